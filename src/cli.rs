//! The command line: the global flags and all commands.

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands::AdminCommand;
use crate::commands::global::GlobalArgs;
use crate::commands::shared::help_text::{MAX_WIDTH, after_help};
use crate::commands::topics::Topic;
use crate::domain::issuer::Issuer;
use crate::domain::name::shorten;
use crate::domain::network::listen_address::ListenAddress;
use crate::domain::network::trusted_proxy::ProxyName;
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
/// for sign-in, consent and the user's applications. A proxy must terminate TLS. The service listens on loopback
/// addresses and Unix sockets only, unless --behind-proxy names the networks of the proxies.
///
/// Sockets that systemd passes are served as well: one with the name operations has health and metrics,
/// all others have endpoints and pages.
///
/// The service runs until SIGTERM or Ctrl-C, then finishes the requests that have begun, for at most 10 seconds, and
/// exits with 0. SIGHUP makes it read the file of the logo again. Other apiconn commands can run at the same time; their
/// changes apply to the next request. The store must exist.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[
        (Exit::Failed, "an address cannot be listened on"),
        (Exit::Refused, "an address is not a loopback address"),
    ],
    &[
        "apiconn serve --listen 127.0.0.1:8080",
        "apiconn serve --listen unix:/run/apiconn/http.sock --socket-group www-data --behind-proxy uid:www-data",
        "apiconn serve --behind-proxy 127.0.0.1 --operations 127.0.0.1:9080 --check",
    ],
))]
pub struct ServeArgs {
    /// Address to listen on, or unix:PATH [default: 127.0.0.1:8080, unless systemd passes a socket]
    ///
    /// Can be repeated. An address that is not a loopback address needs --behind-proxy.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Vec<ListenAddress>,
    /// Permission bits of the Unix sockets, in octal [default: 0660]
    #[arg(long, value_name = "MODE", value_parser = socket_mode)]
    pub socket_mode: Option<u32>,
    /// Group of the Unix sockets, as a name or a number [default: the group of the process]
    #[arg(long, value_name = "GROUP")]
    pub socket_group: Option<String>,
    /// Proxies that terminate TLS, separated by commas: addresses, networks, unix, or uid:USER
    ///
    /// X-Forwarded-For is read only if a request comes from one of them. unix stands for each process that the mode of a
    /// Unix socket lets connect, uid:USER for the processes of one user.
    #[arg(long, value_name = "PROXY", value_delimiter = ',')]
    pub behind_proxy: Vec<ProxyName>,
    /// Public address of the service [default: the setting issuer]
    #[arg(long, value_name = "URL")]
    pub issuer: Option<Issuer>,
    /// Address for /livez, /readyz and /metrics, or unix:PATH [default: none]
    ///
    /// Can be repeated. Health and metrics need no authentication, so an address that is not a loopback address needs
    /// --operations-exposed.
    #[arg(long, value_name = "ADDRESS")]
    pub operations: Vec<ListenAddress>,
    /// Let other machines read health and metrics
    #[arg(long)]
    pub operations_exposed: bool,
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

/// Parses the permission bits of a Unix socket.
fn socket_mode(text: &str) -> Result<u32, String> {
    let is_octal =
        !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| (b'0'..b'8').contains(&byte));
    // The owner needs access, because the service finds out whether the socket is in use by connecting to it.
    u32::from_str_radix(text, 8)
        .ok()
        .filter(|mode| is_octal && *mode <= 0o777 && mode & 0o600 == 0o600)
        .ok_or_else(|| format!("\"{}\" is not a mode between 0600 and 0777, such as 0660", shorten(text)))
}
