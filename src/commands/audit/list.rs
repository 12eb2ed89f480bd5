use clap::{Args, ValueEnum};

use crate::commands::context::Ctx;
use crate::commands::shared::list;
use crate::commands::shared::list::PageArgs;
use crate::credentials::digest::hex;
use crate::domain::audit::ObjectKind;
use crate::domain::page::AuditFilter;
use crate::domain::time::When;
use crate::failure::Failure;
use crate::render::view::audit::RecordView;

/// `--object`
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
/// Examples:
///   apiconn audit list --object key --since 2026-11-01
///   apiconn audit list --id apck_test_7Hq2mZ0xPa4T -o json
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct AuditListArgs {
    /// About this kind of object
    #[arg(long, value_name = "NOUN")]
    object: Option<ObjectArg>,
    /// About the objects with this whole id or name
    #[arg(long, value_name = "HANDLE")]
    id: Option<String>,
    /// Of this run of a command
    #[arg(long, value_name = "OPERATION")]
    operation: Option<String>,
    /// From this time on: a date or an RFC 3339 time, or a duration: that long ago
    #[arg(long, value_name = "WHEN")]
    since: Option<When>,
    #[command(flatten)]
    page: PageArgs,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &AuditListArgs) -> Result<(), Failure> {
    let now = ctx.now();
    let since = match args.since {
        Some(When::In(span)) => Some(now.minus(span)),
        Some(When::At(moment)) => Some(moment),
        Some(When::Tomorrow | When::Never) => {
            return Err(Failure::usage(
                "--since wants a time that is past: a date, an RFC 3339 time, or a duration",
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
