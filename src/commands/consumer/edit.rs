use clap::Args;

use crate::actions::clients::ClientEdit;
use crate::commands::context::Ctx;
use crate::commands::shared::client;
use crate::commands::shared::client::{EditArgs, set_or_unset};
use crate::completion;
use crate::domain::name::Text;
use crate::domain::redirect::RedirectUri;
use crate::domain::time::Span;
use crate::failure::Failure;
use crate::render::view::consumer::ConsumerView;

/// Change a consumer in place; what is not named stays as it is
///
/// Examples:
///   apiconn consumer edit field-app --add-redirect-uri https://field.example/cb2
///   apiconn consumer edit field-app --remove-scope work_orders.write --if-revision 4
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct ConsumerEditArgs {
    /// By id, the unique beginning of one, or name
    #[arg(value_name = "CONSUMER", add = completion::consumers(completion::States::NotRevoked))]
    handle: String,
    #[command(flatten)]
    edit: EditArgs,
    /// Add a redirect URI
    #[arg(long = "add-redirect-uri", value_name = "URI")]
    add_redirect_uris: Vec<RedirectUri>,
    /// Take a redirect URI out
    #[arg(long = "remove-redirect-uri", value_name = "URI")]
    remove_redirect_uris: Vec<RedirectUri>,
    /// What the consent page calls it
    #[arg(long, value_name = "TEXT")]
    title: Option<Text>,
    /// Without title
    #[arg(long, conflicts_with = "title")]
    no_title: bool,
    /// How long its access tokens live
    #[arg(long, value_name = "DURATION")]
    access_ttl: Option<Span>,
    /// As long as the setting says
    #[arg(long, conflicts_with = "access_ttl")]
    no_access_ttl: bool,
    /// How long its refresh tokens live unused
    #[arg(long, value_name = "DURATION")]
    refresh_ttl: Option<Span>,
    /// As long as the setting says
    #[arg(long, conflicts_with = "refresh_ttl")]
    no_refresh_ttl: bool,
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &ConsumerEditArgs) -> Result<(), Failure> {
    let edit = ClientEdit {
        title: set_or_unset(args.title.as_ref(), args.no_title),
        add_redirect_uris: args.add_redirect_uris.clone(),
        remove_redirect_uris: args.remove_redirect_uris.clone(),
        access_token_lifetime: set_or_unset(args.access_ttl.as_ref(), args.no_access_ttl),
        refresh_token_lifetime: set_or_unset(args.refresh_ttl.as_ref(), args.no_refresh_ttl),
        ..args.edit.edit()
    };
    client::edit::<ConsumerView>(ctx, "consumer.edit", &args.handle, &edit, args.edit.if_revision)
}
