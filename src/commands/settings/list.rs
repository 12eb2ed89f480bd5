use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::help_text::examples;
use crate::commands::shared::list;
use crate::commands::shared::list::PageArgs;
use crate::domain::page::Page;
use crate::domain::settings::SettingName;
use crate::failure::Failure;
use crate::render::view::setting::SettingView;

/// List the settings of the base with their values
///
/// apiconn settings set --help shows the type and the default of each setting.
#[derive(Args, Debug)]
#[command(after_long_help = examples(&[
    "apiconn settings list",
    "apiconn settings list -o json --fields name,value",
]))]
pub struct SettingsListArgs {}

/// Runs `apiconn settings list` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, _: &SettingsListArgs) -> Result<(), Failure> {
    list::run(
        ctx,
        "settings.list",
        &PageArgs::WHOLE,
        |read, _, _| {
            let settings = read.settings()?;
            let items = SettingName::ALL.into_iter().map(|name| SettingView::of(&settings, name)).collect();
            Ok(Page { items, next: None })
        },
        |view: &SettingView, _| view.clone(),
    )
}
