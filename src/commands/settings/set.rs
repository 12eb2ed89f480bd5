use std::fmt::Write as _;

use clap::Args;

use crate::actions::{ChangeOutcome, base};
use crate::commands::context::{Ctx, default_issuer};
use crate::commands::shared::help_text::{examples, unwrapped};
use crate::commands::shared::output::check_format;
use crate::commands::shared::output::print_change_with;
use crate::completion;
use crate::domain::consumer::ProfileWarning;
use crate::domain::settings::{SettingName, Settings};
use crate::failure::Failure;
use crate::render::view::setting::SettingView;

/// Set one setting of the base
///
/// Lifetimes apply to keys and tokens made from then on; those that exist keep theirs. refresh_token_grace and
/// refresh_family_lifetime apply at each use of a refresh token. The logo is a PNG, JPEG,
/// WebP or SVG file of at most 256 KiB that the service can read. If the accent colour is too light or too dark for
/// readable text, the pages use a darker or lighter shade of it.
#[derive(Args, Debug)]
#[command(after_long_help = listing() + "\n" + &examples(&[
    "apiconn settings set issuer https://auth.example.com",
    "apiconn settings set key_max_lifetime 365d",
    "apiconn settings set accent_color 0a7d4f",
    "apiconn settings set logo_file /etc/apiconn/logo.svg",
]))]
pub struct SettingsSetArgs {
    /// Name of the setting, as listed below
    #[arg(value_parser = parse_name, add = completion::settings())]
    name: SettingName,
    /// New value of the setting
    value: String,
}

/// Returns name, type, default and meaning of each setting, as the code has them.
fn listing() -> String {
    let mut text = "Settings:\n".to_owned();
    let Ok(issuer) = default_issuer() else { return text };
    let defaults = Settings::initial(issuer);
    for name in SettingName::ALL {
        let line = format!("  {} <{}> [default: {}]", name.as_str(), value_type(name), defaults.get(name));
        let _ = writeln!(text, "{}\n      {}", unwrapped(&line), name.meaning());
    }
    text
}

/// Returns the type of the value of a setting, as shown in help.
const fn value_type(name: SettingName) -> &'static str {
    match name {
        SettingName::Issuer => "URL",
        SettingName::KeyDefaultLifetime
        | SettingName::KeyMaxLifetime
        | SettingName::RefreshFamilyLifetime => "DURATION|never",
        SettingName::RotationOverlap
        | SettingName::AccessTokenLifetime
        | SettingName::RefreshTokenLifetime
        | SettingName::RefreshTokenGrace => "DURATION",
        SettingName::RequireReason => "true|false",
        SettingName::AccentColor => "RRGGBB",
        SettingName::AdditionalHosts => "HOST,HOST|none",
        SettingName::LogoFile => "PATH|none",
    }
}

fn parse_name(text: &str) -> Result<SettingName, String> {
    let names: Vec<&str> = SettingName::ALL.into_iter().map(SettingName::as_str).collect();
    SettingName::from_word(text).ok_or_else(|| format!("the settings are {}", names.join(", ")))
}

/// Runs `apiconn settings set` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &SettingsSetArgs) -> Result<(), Failure> {
    check_format::<SettingView>(ctx)?;
    ctx.allow_store_creation();
    let (settings, outcome) = ctx.change(|change| base::set_setting(change, args.name, &args.value))?;
    let word = match outcome {
        ChangeOutcome::Unchanged => "is already",
        ChangeOutcome::Changed => "is now",
        ChangeOutcome::WouldChange => "would be",
    };
    ctx.out.note(&format!("{} {word} {}.", args.name.as_str(), settings.get(args.name)));
    let lifetime =
        (args.name == SettingName::RefreshFamilyLifetime).then_some(settings.refresh_family_lifetime);
    let warnings = ProfileWarning::of(None, None, lifetime).into_iter().map(Into::into).collect();
    print_change_with(ctx, "settings.set", outcome, SettingView::of(&settings, args.name), warnings)
}
