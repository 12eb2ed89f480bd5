use std::path::PathBuf;

use clap::Args;

use crate::actions::audit;
use crate::commands::context::Ctx;
use crate::commands::shared::help_text::after_help;
use crate::commands::shared::output::check_format;
use crate::domain::audit::Head;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::Format;
use crate::render::view::audit::VerdictView;

/// Check that the audit records form an unbroken chain
///
/// Reads every record and checks its hash and its link to the record before. Without a kept head the check cannot
/// detect that the whole chain was rewritten, or that records were cut off at its end. No check can prove that a
/// record tells the truth.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Integrity, "the chain is broken, or does not contain a kept head")],
    &["apiconn audit verify", "apiconn audit verify --heads-file heads.txt"],
))]
pub struct AuditVerifyArgs {
    /// Kept head, as printed by apiconn audit head; repeat for more
    #[arg(long = "head", value_name = "HEAD")]
    heads: Vec<Head>,
    /// File of kept heads, one per line
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    heads_file: Option<PathBuf>,
}

/// Runs `apiconn audit verify` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &AuditVerifyArgs) -> Result<(), Failure> {
    check_format::<VerdictView>(ctx)?;
    let mut heads = args.heads.clone();
    if let Some(path) = &args.heads_file {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::usage(format!("the heads file {} cannot be read: {error}", path.display()))
        })?;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            heads.push(
                line.parse()
                    .map_err(|error: crate::domain::audit::HeadError| Failure::usage(error.to_string()))?,
            );
        }
        if heads.is_empty() {
            return Err(Failure::usage(format!("the heads file {} contains no head", path.display()))
                .hint("to keep one: apiconn audit head -o id >>FILE"));
        }
    }
    let verdict = ctx.read(|read, _| audit::verify(read, &heads))?;
    if let Some(fault) = verdict.fault {
        let hint = if heads.iter().any(|head| head.store_id != verdict.head.store_id) {
            "a kept head belongs to another store: check --store and APICONN_STORE".to_owned()
        } else {
            let proved = match verdict.proved {
                Some(record) => format!(
                    "the records are unchanged only up to the last kept head that matches (record {record})"
                ),
                None => "no kept head matches, so earlier records may be changed as well".to_owned(),
            };
            format!("keep a copy of the store, and compare it with a backup; {proved}")
        };
        return Err(Failure::new(
            Exit::Integrity,
            "audit_damaged",
            format!("the audit chain is broken at record {}: {}", fault.sequence, fault.what),
        )
        .hint(hint));
    }
    let view = VerdictView::of(verdict.records, &verdict.head, verdict.heads_found);
    ctx.out.show("audit.verify", &view).map_err(|error| Failure::output(&error))?;
    if matches!(ctx.out.format, Format::Tsv | Format::Csv | Format::Id) {
        // These formats have no fields for it.
        ctx.out.note(&view.limits());
    }
    Ok(())
}
