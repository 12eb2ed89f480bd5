use clap::Args;

use crate::commands::context::Ctx;
use crate::commands::shared::list;
use crate::commands::shared::list::PageArgs;
use crate::domain::page::Page;
use crate::domain::settings::SettingName;
use crate::failure::Failure;
use crate::render::view::setting::SettingView;

/// List all settings with their values
///
/// Examples:
///   apiconn settings list
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct SettingsListArgs {}

pub(crate) fn run(ctx: &mut Ctx<'_>, _: &SettingsListArgs) -> Result<(), Failure> {
    let whole = PageArgs { limit: 1, cursor: None, all: true, fail_if_any: false };
    list::run(
        ctx,
        "settings.list",
        &whole,
        |read, _, _| {
            let settings = read.settings()?;
            let items = SettingName::ALL.into_iter().map(|name| SettingView::of(&settings, name)).collect();
            Ok(Page { items, next: None })
        },
        |view: &SettingView, _| view.clone(),
    )
}
