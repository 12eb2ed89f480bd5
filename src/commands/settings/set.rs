use clap::Args;

use crate::actions::{Outcome, base};
use crate::commands::context::Ctx;
use crate::commands::shared::client::single;
use crate::commands::shared::list::check_format;
use crate::completion;
use crate::domain::settings::SettingName;
use crate::failure::Failure;
use crate::render::view::setting::SettingView;

/// Give a setting another value; what exists already is not changed by it
///
/// The logo is a PNG, JPEG, WebP or SVG file of at most 256 KiB, which the service must be able to read. Colours are
/// made darker or lighter where text needs it.
///
/// Examples:
///   apiconn settings set issuer https://auth.example.com
///   apiconn settings set key_max_lifetime 365d
///   apiconn settings set accent_color 0a7d4f
///   apiconn settings set logo_file /etc/apiconn/logo.svg
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct SettingsSetArgs {
    /// Which setting
    #[arg(value_parser = parse_name, add = completion::settings())]
    name: SettingName,
    /// Its value
    value: String,
}

fn parse_name(text: &str) -> Result<SettingName, String> {
    let names: Vec<&str> = SettingName::ALL.into_iter().map(SettingName::as_str).collect();
    SettingName::from_word(text).ok_or_else(|| format!("the settings are {}", names.join(", ")))
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &SettingsSetArgs) -> Result<(), Failure> {
    check_format::<SettingView>(ctx)?;
    ctx.may_make_store();
    let (settings, outcome) = ctx.change(|change| base::set_setting(change, args.name, &args.value))?;
    let word = match outcome {
        Outcome::Unchanged => "is already",
        Outcome::Changed => "is now",
        Outcome::WouldChange => "would be",
    };
    ctx.out.note(&format!("{} {word} {}.", args.name.as_str(), settings.get(args.name)));
    single(ctx, "settings.set", outcome, SettingView::of(&settings, args.name))
}
