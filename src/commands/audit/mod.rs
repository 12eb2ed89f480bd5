//! The verbs of the noun `audit`.

mod head;
mod list;
mod verify;

use clap::Subcommand;

use crate::failure::Failure;

use crate::commands::context::Ctx;

/// Read and verify the audit, the record of all changes
///
/// Every change writes a record in the same transaction. The records form a hash chain.
#[derive(Subcommand, Debug)]
pub enum AuditCommand {
    #[command(visible_alias = "ls")]
    List(list::AuditListArgs),
    Head(head::AuditHeadArgs),
    Verify(verify::AuditVerifyArgs),
}

/// Runs a verb of `apiconn audit`.
pub(crate) fn run(ctx: &mut Ctx<'_>, command: &AuditCommand) -> Result<(), Failure> {
    match command {
        AuditCommand::List(args) => list::run(ctx, args),
        AuditCommand::Head(args) => head::run(ctx, args),
        AuditCommand::Verify(args) => verify::run(ctx, args),
    }
}
