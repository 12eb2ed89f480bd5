use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::actions::clients::NewClient;
use crate::commands::context::Ctx;
use crate::commands::shared::create;
use crate::commands::shared::create::Creation;
use crate::completion;
use crate::domain::client::{Confidentiality, ConsumerProfile, GrantType, GrantTypes, Profile};
use crate::domain::name::{Name, Text};
use crate::domain::redirect::RedirectUri;
use crate::domain::scope::Scope;
use crate::domain::time::Span;
use crate::failure::Failure;
use crate::render::view::consumer::ConsumerView;

/// `--grant`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum GrantArg {
    /// The application acts as itself
    ClientCredentials,
    /// The application acts for a user who signed in and consented
    AuthorizationCode,
}

/// Add an OAuth consumer and hand over its secret, once
///
/// Examples:
///   apiconn consumer add inventory-bot --grant client_credentials --scope assets.read -o env >bot.env
///   apiconn consumer add field-app --grant authorization_code \
///       --redirect-uri https://field.example/cb --scope assets.read
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct ConsumerAddArgs {
    /// Its name: a-z, 0-9, and . _ @ - after the first
    name: Name,
    /// How it obtains tokens; repeat for both
    #[arg(long = "grant", value_name = "GRANT", required = true, value_delimiter = ',')]
    grants: Vec<GrantArg>,
    /// Where users are sent back to, compared as a whole; repeat for more
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<RedirectUri>,
    /// It cannot keep a secret: none is made, and it proves itself by PKCE alone
    #[arg(long)]
    public: bool,
    /// Hold this permission group
    #[arg(long, value_name = "GROUP", add = completion::groups())]
    group: Option<Name>,
    /// Hold this scope; repeat for more
    #[arg(long = "scope", value_name = "SCOPE", add = completion::scopes())]
    scopes: Vec<Scope>,
    /// What the consent page calls it
    #[arg(long, value_name = "TEXT")]
    title: Option<Text>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<Text>,
    /// Who answers for it
    #[arg(long, value_name = "TEXT")]
    owner: Option<Text>,
    /// How long its access tokens live [default: the setting access_token_lifetime]
    #[arg(long, value_name = "DURATION")]
    access_ttl: Option<Span>,
    /// How long its refresh tokens live unused [default: the setting refresh_token_lifetime]
    #[arg(long, value_name = "DURATION")]
    refresh_ttl: Option<Span>,
    /// Write the secret to this new file instead of standard output
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    secret_file: Option<PathBuf>,
    /// Do nothing if there is a consumer of that name
    #[arg(long)]
    if_missing: bool,
}

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
        return Err(Failure::usage("a public consumer has no secret, so there is nothing for --secret-file"));
    }
    let mut redirect_uris: Vec<RedirectUri> = Vec::new();
    for uri in &args.redirect_uris {
        if !redirect_uris.contains(uri) {
            redirect_uris.push(uri.clone());
        }
    }
    let profile = ConsumerProfile {
        title: args.title.clone(),
        grant_types,
        confidentiality: if args.public { Confidentiality::Public } else { Confidentiality::Confidential },
        redirect_uris,
        access_token_lifetime: args.access_ttl,
        refresh_token_lifetime: args.refresh_ttl,
    };
    let new = NewClient {
        name: args.name.clone(),
        profile: Profile::Consumer(profile),
        description: args.description.clone(),
        owner: args.owner.clone(),
        group: args.group.clone(),
        scopes: args.scopes.iter().cloned().collect(),
        expires: None,
    };
    create::run::<ConsumerView>(
        ctx,
        Creation {
            schema: "consumer.add",
            new,
            if_missing: args.if_missing,
            secret_file: args.secret_file.as_deref(),
        },
    )
}
