use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::actions::ActionError;
use crate::actions::clients::NewClient;
use crate::commands::consumer::safeguard_args::{PkceArg, RotationArg};
use crate::commands::context::Ctx;
use crate::commands::shared::client_create;
use crate::commands::shared::client_create::CreateRequest;
use crate::commands::shared::help_text::after_help;
use crate::completion;
use crate::domain::client::Profile;
use crate::domain::consumer::{Confidentiality, ConsumerProfile, GrantType, GrantTypes, Safeguards};
use crate::domain::name::{Name, Text};
use crate::domain::redirect::RedirectUri;
use crate::domain::refresh_policy::{FamilyLifetime, RefreshGrace};
use crate::domain::scope::Scope;
use crate::domain::time::Span;
use crate::domain::web_origin::WebOrigin;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::consumer::ConsumerView;

/// The value of `--grant`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum GrantArg {
    /// The consumer gets tokens for itself
    ClientCredentials,
    /// The consumer gets tokens for users who sign in and consent
    AuthorizationCode,
}

/// Add an OAuth consumer and print its secret once
///
/// The consumer needs a scope or a group, and a redirect URI if it uses authorization_code. It can ask users for
/// the scopes it has and for no others. The store keeps only a digest of the secret, so the secret cannot be
/// printed again. If the secret cannot be written, the new consumer is revoked.
///
/// A public consumer (--public) has no secret and proves each sign-in by PKCE.
///
/// --pkce optional and --refresh-rotation off are for software that cannot do better, and weaken its protection.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[
        (Exit::Conflict, "another consumer has the name, or the secret file exists"),
        (Exit::Refused, "the consumer would get apiconn:introspect"),
    ],
    &[
        "apiconn consumer add inventory-bot --grant client_credentials --scope assets.read -o env >bot.env",
        "apiconn consumer add field-app --grant authorization_code \\\n      --redirect-uri https://field.example/cb --scope assets.read",
    ],
))]
pub struct ConsumerAddArgs {
    /// Name: a-z, 0-9 and, after the first character, . _ @ -
    name: Name,
    /// Way to obtain tokens; repeat for both
    #[arg(long = "grant", value_name = "GRANT", required = true, value_delimiter = ',')]
    grants: Vec<GrantArg>,
    /// Address to which users are sent back; repeat for more
    ///
    /// Compared as a whole string. A public consumer may use any port of 127.0.0.1, `[::1]` and localhost.
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<RedirectUri>,
    /// Further origin of the application's pages, such as capacitor://localhost; repeat for more
    ///
    /// Pages at the origins of the redirect URIs of a public consumer may call the token and revocation endpoints in
    /// any case; a loopback address with any port.
    #[arg(long = "web-origin", value_name = "ORIGIN")]
    web_origins: Vec<WebOrigin>,
    /// Create a public consumer, which has no secret and uses PKCE alone
    #[arg(long)]
    public: bool,
    /// Permission group whose scopes the consumer gets
    #[arg(long, value_name = "GROUP", add = completion::groups())]
    group: Option<Name>,
    /// Scope to give; repeat for more
    #[arg(long = "scope", value_name = "SCOPE", add = completion::declared_scopes())]
    scopes: Vec<Scope>,
    /// Name shown on the consent page [default: the consumer's name]
    #[arg(long, value_name = "TEXT")]
    title: Option<Text>,
    /// Purpose, as free text
    #[arg(long, value_name = "TEXT")]
    description: Option<Text>,
    /// Person or team responsible, as free text
    #[arg(long, value_name = "TEXT")]
    owner: Option<Text>,
    /// Lifetime of its access tokens [default: the setting access_token_lifetime]
    #[arg(long, value_name = "DURATION")]
    access_ttl: Option<Span>,
    /// Lifetime of its unused refresh tokens [default: the setting refresh_token_lifetime]
    #[arg(long, value_name = "DURATION")]
    refresh_ttl: Option<Span>,
    /// Time for which a replaced refresh token obtains its successor again, at most 5m [default: the setting
    /// refresh_token_grace]
    ///
    /// For a program that loses a response, and for workers that refresh at the same time. 0s means never.
    #[arg(long, value_name = "DURATION")]
    refresh_grace: Option<RefreshGrace>,
    /// Time after a sign-in at which its refresh tokens end, or never [default: the setting refresh_family_lifetime]
    #[arg(long, value_name = "DURATION|never", add = completion::words(&[FamilyLifetime::NEVER]))]
    family_ttl: Option<FamilyLifetime>,
    /// Whether a sign-in needs a PKCE challenge [default: required]
    ///
    /// With optional, a request without code_challenge must contain state. A challenge that is sent must be met.
    #[arg(long, value_name = "PKCE")]
    pkce: Option<PkceArg>,
    /// Whether each use replaces a refresh token [default: on]
    #[arg(long, value_name = "ROTATION")]
    refresh_rotation: Option<RotationArg>,
    /// Write the secret to a new file with mode 0600 instead of standard output
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    secret_file: Option<PathBuf>,
    /// Do nothing if a consumer with this name exists
    ///
    /// Exits with 0 and prints the existing consumer, without a secret. A warning names the fields that differ.
    #[arg(long)]
    if_missing: bool,
}

/// Runs `apiconn consumer add` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &ConsumerAddArgs) -> Result<(), Failure> {
    let grants: Vec<GrantType> = args
        .grants
        .iter()
        .map(|grant| match grant {
            GrantArg::ClientCredentials => GrantType::ClientCredentials,
            GrantArg::AuthorizationCode => GrantType::AuthorizationCode,
        })
        .collect();
    let grant_types =
        GrantTypes::from_list(&grants).ok_or_else(|| Failure::usage("a consumer needs --grant"))?;
    if args.public && args.secret_file.is_some() {
        return Err(Failure::usage(
            "--secret-file cannot be used with --public: a public consumer has no secret",
        ));
    }
    let mut redirect_uris: Vec<RedirectUri> = Vec::new();
    for uri in &args.redirect_uris {
        if !redirect_uris.contains(uri) {
            redirect_uris.push(uri.clone());
        }
    }
    let mut web_origins: Vec<WebOrigin> = Vec::new();
    for origin in &args.web_origins {
        if !web_origins.contains(origin) {
            web_origins.push(origin.clone());
        }
    }
    let client_type = if args.public {
        Confidentiality::Public
    } else {
        Confidentiality::Confidential(Safeguards::default())
    };
    let confidentiality = client_type
        .with_safeguards(args.pkce.map(Into::into), args.refresh_rotation.map(Into::into))
        .map_err(|error| ActionError::Invalid(error.to_string()))?;
    let profile = ConsumerProfile {
        title: args.title.clone(),
        grant_types,
        confidentiality,
        redirect_uris,
        web_origins,
        access_token_lifetime: args.access_ttl,
        refresh_token_lifetime: args.refresh_ttl,
        refresh_token_grace: args.refresh_grace,
        refresh_family_lifetime: args.family_ttl,
    };
    let warnings = profile.warnings().into_iter().map(Into::into).collect();
    let new = NewClient {
        name: args.name.clone(),
        profile: Profile::Consumer(profile),
        description: args.description.clone(),
        owner: args.owner.clone(),
        group: args.group.clone(),
        scopes: args.scopes.iter().cloned().collect(),
        expires: None,
    };
    client_create::run::<ConsumerView>(
        ctx,
        CreateRequest {
            schema: "consumer.add",
            new,
            warnings,
            if_missing: args.if_missing,
            secret_file: args.secret_file.as_deref(),
        },
    )
}
