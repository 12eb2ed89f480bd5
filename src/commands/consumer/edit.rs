use clap::Args;

use crate::actions::clients::ClientEdit;
use crate::commands::consumer::safeguard_args::{PkceArg, RotationArg};
use crate::commands::context::Ctx;
use crate::commands::shared::client_edit;
use crate::commands::shared::client_edit::{EditArgs, patch};
use crate::commands::shared::help_text::after_help;
use crate::completion;
use crate::domain::name::Text;
use crate::domain::redirect::RedirectUri;
use crate::domain::refresh_policy::{FamilyLifetime, RefreshGrace};
use crate::domain::time::Span;
use crate::domain::web_origin::WebOrigin;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::consumer::ConsumerView;

/// Change an OAuth consumer without changing its id or secret
///
/// Options that are not given change nothing. The change applies from the next request, also to tokens that were
/// issued before: a token never carries more scopes than its consumer has.
///
/// This command does not rename a consumer, does not change its secret (apiconn consumer rotate) and does not bring
/// back a revoked consumer.
#[derive(Args, Debug)]
// A consumer cannot have the scope for introspection, which a key can.
#[command(mut_args(|flag| match flag.get_id().as_str() {
    "add_scopes" => flag.add(completion::declared_scopes()),
    _ => flag,
}))]
#[command(after_long_help = after_help(
    &[
        (Exit::Conflict, "--if-revision names another revision than the one stored"),
        (Exit::Refused, "the consumer is revoked, would get apiconn:introspect, or does not allow the change"),
    ],
    &[
        "apiconn consumer edit field-app --add-redirect-uri https://field.example/cb2",
        "apiconn consumer edit field-app --remove-scope work_orders.write --if-revision 4",
    ],
))]
pub struct ConsumerEditArgs {
    /// Id, unique id prefix, or name
    #[arg(value_name = "CONSUMER", add = completion::consumers(completion::States::NotRevoked))]
    handle: String,
    #[command(flatten)]
    edit: EditArgs,
    /// Redirect URI to add; repeat for more
    #[arg(long = "add-redirect-uri", value_name = "URI")]
    add_redirect_uris: Vec<RedirectUri>,
    /// Redirect URI to remove; repeat for more
    #[arg(long = "remove-redirect-uri", value_name = "URI")]
    remove_redirect_uris: Vec<RedirectUri>,
    /// Origin of the application's pages to add, such as capacitor://localhost; repeat for more
    #[arg(long = "add-web-origin", value_name = "ORIGIN")]
    add_web_origins: Vec<WebOrigin>,
    /// Origin to remove; repeat for more
    #[arg(long = "remove-web-origin", value_name = "ORIGIN")]
    remove_web_origins: Vec<WebOrigin>,
    /// Name shown on the consent page
    #[arg(long, value_name = "TEXT")]
    title: Option<Text>,
    /// Remove the title: show the name
    #[arg(long, conflicts_with = "title")]
    no_title: bool,
    /// Lifetime of the consumer's access tokens
    #[arg(long, value_name = "DURATION")]
    access_ttl: Option<Span>,
    /// Remove the lifetime: use the setting access_token_lifetime
    #[arg(long, conflicts_with = "access_ttl")]
    no_access_ttl: bool,
    /// Lifetime of the consumer's unused refresh tokens
    #[arg(long, value_name = "DURATION")]
    refresh_ttl: Option<Span>,
    /// Remove the lifetime: use the setting refresh_token_lifetime
    #[arg(long, conflicts_with = "refresh_ttl")]
    no_refresh_ttl: bool,
    /// Time for which a replaced refresh token obtains its successor again, at most 5m
    #[arg(long, value_name = "DURATION")]
    refresh_grace: Option<RefreshGrace>,
    /// Remove the grace: use the setting refresh_token_grace
    #[arg(long, conflicts_with = "refresh_grace")]
    no_refresh_grace: bool,
    /// Time after a sign-in at which its refresh tokens end, or never
    #[arg(long, value_name = "DURATION|never", add = completion::words(&[FamilyLifetime::NEVER]))]
    family_ttl: Option<FamilyLifetime>,
    /// Remove the lifetime: use the setting refresh_family_lifetime
    #[arg(long, conflicts_with = "family_ttl")]
    no_family_ttl: bool,
    /// Whether a sign-in needs a PKCE challenge
    #[arg(long, value_name = "PKCE")]
    pkce: Option<PkceArg>,
    /// Whether each use replaces a refresh token
    #[arg(long, value_name = "ROTATION")]
    refresh_rotation: Option<RotationArg>,
}

/// Runs `apiconn consumer edit` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &ConsumerEditArgs) -> Result<(), Failure> {
    let edit = ClientEdit {
        title: patch(args.title.as_ref(), args.no_title),
        add_redirect_uris: args.add_redirect_uris.clone(),
        remove_redirect_uris: args.remove_redirect_uris.clone(),
        add_web_origins: args.add_web_origins.clone(),
        remove_web_origins: args.remove_web_origins.clone(),
        access_token_lifetime: patch(args.access_ttl.as_ref(), args.no_access_ttl),
        refresh_token_lifetime: patch(args.refresh_ttl.as_ref(), args.no_refresh_ttl),
        refresh_token_grace: patch(args.refresh_grace.as_ref(), args.no_refresh_grace),
        refresh_family_lifetime: patch(args.family_ttl.as_ref(), args.no_family_ttl),
        pkce: args.pkce.map(Into::into),
        refresh_rotation: args.refresh_rotation.map(Into::into),
        ..args.edit.edit()
    };
    client_edit::edit::<ConsumerView>(ctx, "consumer.edit", &args.handle, &edit, args.edit.if_revision)
}
