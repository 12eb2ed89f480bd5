//! The command line: the global flags and all commands.

use std::net::SocketAddr;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands::AdminCommand;
use crate::commands::global::GlobalArgs;
use crate::commands::shared::help_text::{MAX_WIDTH, after_help};
use crate::commands::topics::Topic;
use crate::domain::issuer::Issuer;
use crate::domain::name::shorten;
use crate::domain::network::Network;
use crate::exit::Exit;

/// Manage the API keys, OAuth consumers and user grants of one base, and run its token service
///
/// Everything is kept in one SQLite file, the store. A change applies to the service from the next request. The first
/// command that adds something creates the default store; apiconn init creates a store with a name of its own.
#[derive(Parser, Debug)]
#[command(
    name = "apiconn",
    version,
    disable_help_subcommand = true,
    arg_required_else_help = true,
    max_term_width = MAX_WIDTH,
    after_help = topic_names()
)]
pub struct Cli {
    #[command(flatten)]
    pub globals: GlobalArgs,
    #[command(subcommand)]
    pub command: Command,
}

/// Returns the last line of the general help.
fn topic_names() -> String {
    format!("Topics of apiconn help: {}", Topic::NAMES.join(", "))
}

/// The commands of the administrator, and `serve`.
#[derive(Subcommand, Debug)]
pub enum Command {
    #[command(flatten)]
    Admin(AdminCommand),
    Serve(ServeArgs),
}

/// Run the token service on the store
///
/// Serves OAuth 2.0 over plain HTTP: token, authorization, introspection and revocation endpoints, and the pages
/// for sign-in, consent and the user's applications. A proxy in front has to end TLS. It listens on loopback
/// addresses only, unless --behind-proxy names the proxies.
///
/// It runs until SIGTERM or Ctrl-C, then finishes the requests that have begun, for at most 10 seconds, and exits
/// with 0. Other apiconn commands can run beside it; their changes apply to the next request. The store must exist.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[
        (Exit::Failed, "an address cannot be listened on"),
        (Exit::Refused, "an address is not a loopback address"),
    ],
    &[
        "apiconn serve --listen 127.0.0.1:8080",
        "apiconn serve --behind-proxy 127.0.0.1 --operations 127.0.0.1:9080 --check",
    ],
))]
pub struct ServeArgs {
    /// Address to listen on; only a loopback address without --behind-proxy
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = address)]
    pub listen: SocketAddr,
    /// Addresses or networks of the proxies that end TLS, separated by commas
    ///
    /// X-Forwarded-For is read only if a request comes from one of them.
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    pub behind_proxy: Vec<Network>,
    /// Public address of the service [default: the setting issuer]
    #[arg(long, value_name = "URL")]
    pub issuer: Option<Issuer>,
    /// Loopback address for /healthz and /metrics [default: none]
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub operations: Option<SocketAddr>,
    /// Log of requests and events on standard output, without secrets; auto is text at a terminal, otherwise json
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = LogFormat::Auto)]
    pub log: LogFormat,
    /// Check everything that is needed to start, print the findings, and exit
    #[arg(long)]
    pub check: bool,
}

/// The value of `--log`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Auto,
    Json,
    Text,
    Off,
}

/// Parses an address to listen on. Host names are not resolved.
fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        format!(
            "\"{}\" is not an address with a port, such as 127.0.0.1:8080 or [::1]:8080; host names are not accepted",
            shorten(text)
        )
    })
}
