use std::path::PathBuf;

use clap::Args;

use crate::actions::audit;
use crate::commands::context::Ctx;
use crate::commands::shared::list::check_format;
use crate::domain::audit::{Head, HeadError};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::Format;
use crate::render::view::audit::VerdictView;

/// Prove that the audit was not altered, and say what that does not prove
///
/// Without a head that was kept elsewhere, a chain that was rewritten as a whole, or cut at its end, looks right.
///
/// Examples:
///   apiconn audit verify
///   apiconn audit verify --heads-file heads.txt
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct AuditVerifyArgs {
    /// A head that was kept: what audit head printed; repeat for more
    #[arg(long = "head", value_name = "HEAD")]
    heads: Vec<Head>,
    /// A file of kept heads, one a line
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    heads_file: Option<PathBuf>,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &AuditVerifyArgs) -> Result<(), Failure> {
    check_format::<VerdictView>(ctx)?;
    let mut heads = args.heads.clone();
    if let Some(path) = &args.heads_file {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::usage(format!("the file of heads {} cannot be read: {error}", path.display()))
        })?;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            heads.push(line.parse().map_err(|error: HeadError| Failure::usage(error.to_string()))?);
        }
        if heads.is_empty() {
            return Err(Failure::usage(format!("the file of heads {} holds none", path.display()))
                .hint("apiconn audit head -o id >>FILE keeps one"));
        }
    }
    let verdict = ctx.read(|read, _| audit::verify(read, &heads))?;
    if let Some(fault) = verdict.fault {
        let hint = if heads.iter().any(|head| head.store_id != verdict.head.store_id) {
            "check --store and APICONN_STORE, and of which store the heads were kept"
        } else {
            "keep a copy of the store as it is, and compare with a backup; the records before that one are whole"
        };
        return Err(Failure::new(
            Exit::Integrity,
            "audit_damaged",
            format!("the audit does not hold at record {}: {}", fault.sequence, fault.what),
        )
        .hint(hint));
    }
    let view = VerdictView::of(verdict.records, &verdict.head, verdict.heads_found);
    ctx.out.show("audit.verify", &view).map_err(|error| Failure::output(&error))?;
    if matches!(ctx.out.format, Format::Tsv | Format::Csv | Format::Id) {
        // These leave out what the others say in fields.
        ctx.out.note(&view.limits());
    }
    Ok(())
}
