use clap::{Args, ValueEnum};

use crate::commands::context::Ctx;
use crate::commands::shared::help_text::after_help;
use crate::commands::shared::list;
use crate::commands::shared::list::PageArgs;
use crate::credentials::digest::hex;
use crate::domain::audit::ObjectKind;
use crate::domain::page::AuditFilter;
use crate::domain::time::TimeSpec;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::audit::RecordView;

/// The value of `--object`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ObjectArg {
    Base,
    Setting,
    Scope,
    Group,
    Key,
    Consumer,
    User,
    Grant,
    Token,
}

impl From<ObjectArg> for ObjectKind {
    fn from(object: ObjectArg) -> Self {
        match object {
            ObjectArg::Base => Self::Base,
            ObjectArg::Setting => Self::Setting,
            ObjectArg::Scope => Self::Scope,
            ObjectArg::Group => Self::Group,
            ObjectArg::Key => Self::Key,
            ObjectArg::Consumer => Self::Consumer,
            ObjectArg::User => Self::User,
            ObjectArg::Grant => Self::Grant,
            ObjectArg::Token => Self::Token,
        }
    }
}

/// List audit records, newest first
///
/// Each change of the store has a record: when, by whom, what, on which object, which fields, and the reason.
/// Values and secrets are not recorded.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Findings, "--fail-if-any was given and a record was found")],
    &[
        "apiconn audit list --object key --since 2026-11-01",
        "apiconn audit list --id apck_test_7Hq2mZ0xPa4T -o json",
    ],
))]
pub struct AuditListArgs {
    /// Select records about this kind of object
    #[arg(long, value_name = "NOUN")]
    object: Option<ObjectArg>,
    /// Select records about the object with this id or name, given in full
    #[arg(long, value_name = "HANDLE")]
    id: Option<String>,
    /// Select records of one run of a command, by its id, op_ and 12 characters
    #[arg(long, value_name = "OPERATION")]
    operation: Option<String>,
    /// Select records from this time on: a date, an RFC 3339 time, or a duration before now
    #[arg(long, value_name = "WHEN")]
    since: Option<TimeSpec>,
    #[command(flatten)]
    page: PageArgs,
}

/// Runs `apiconn audit list` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &AuditListArgs) -> Result<(), Failure> {
    let now = ctx.now();
    let since = match args.since {
        Some(TimeSpec::In(span)) => Some(now.minus(span)),
        Some(TimeSpec::At(moment)) => Some(moment),
        Some(TimeSpec::Tomorrow | TimeSpec::Never) => {
            return Err(Failure::usage(
                "--since needs a time in the past: a date, an RFC 3339 time, or a duration",
            ));
        }
        None => None,
    };
    let filter = AuditFilter {
        object: args.object.map(Into::into),
        object_handle: args.id.clone(),
        operation: args.operation.clone(),
        since,
    };
    list::run(
        ctx,
        "audit.list",
        &args.page,
        |read, request, _| Ok(read.list_audit(&filter, request)?),
        |record, _| RecordView::of(record, hex(&record.hash)),
    )
}
