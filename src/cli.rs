//! The command line: global flags and the command enum; nothing but clap.

use std::net::SocketAddr;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands::AdminCommand;
use crate::commands::global::GlobalArgs;
use crate::domain::issuer::Issuer;
use crate::domain::name::shorten;
use crate::domain::network::Network;

/// API keys, OAuth consumers and user grants of one base: the super administrator's tool, and the token service
#[derive(Parser, Debug)]
#[command(
    name = "apiconn",
    version,
    disable_help_subcommand = true,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = "Topics: apiconn help exit-codes|output|handles|environment"
)]
pub struct Cli {
    /// Flags that every command takes.
    #[command(flatten)]
    pub globals: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand, Debug)]
#[expect(missing_docs, reason = "a doc comment on a command would be its help")]
pub enum Command {
    #[command(flatten)]
    Admin(AdminCommand),
    Serve(ServeArgs),
}

/// Run the token service on the store
///
/// Examples:
///   apiconn serve --listen 127.0.0.1:8080
///   apiconn serve --behind-proxy 127.0.0.1 --operations 127.0.0.1:9080 --check
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct ServeArgs {
    /// Where to listen; off loopback only with --behind-proxy
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = address)]
    pub listen: SocketAddr,
    /// Addresses or networks of the proxies in front, which end TLS and whose X-Forwarded-For is believed
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    pub behind_proxy: Vec<Network>,
    /// Public address of the service [default: the setting issuer]
    #[arg(long, value_name = "URL")]
    pub issuer: Option<Issuer>,
    /// Where to tell about health and metrics (/healthz, /metrics); a loopback address [default: nowhere]
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub operations: Option<SocketAddr>,
    /// A line for each request on standard output: what was asked and how it ended, never a secret
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = LogFormat::Json)]
    pub log: LogFormat,
    /// Try everything that starting needs, say what was found, and end
    #[arg(long)]
    pub check: bool,
}

/// How requests are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "a doc comment on a value would be its help")]
pub enum LogFormat {
    Json,
    Off,
}

/// An address to listen on.
fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        format!(
            "\"{}\" is not an address and a port, such as 127.0.0.1:8080 or [::1]:8080; names are not looked up",
            shorten(text)
        )
    })
}
