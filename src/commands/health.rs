use std::fmt;
use std::io::{self, Read as _, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::mpsc;
use std::time::Duration;

use clap::Args;
use url::{Host, Url};

use crate::commands::context::Ctx;
use crate::commands::shared::help_text::after_help;
use crate::commands::shared::output::check_format;
use crate::domain::name::shorten;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::health::HealthView;
use crate::shell::word;

/// Longest time for the whole check: a little less than the 2 seconds of the documentation, which include the start of the
/// process.
const LIMIT: Duration = Duration::from_millis(1800);
/// The path that is requested if the URL names none.
const READY: &str = "/readyz";
/// The number of bytes of an answer that contain its status, as in `HTTP/1.1 200`.
const STATUS_BYTES: usize = 12;

/// The status of an answer if the store cannot be read.
const UNAVAILABLE: u16 = 503;
/// The number of bytes of an answer that are read for the state of the store.
const LONGEST_ANSWER: usize = 4096;
/// The longest word for a state of the store.
const LONGEST_STATE: usize = 20;

/// Check whether the service is ready
///
/// Requests the readiness of a service that runs with --operations, and exits with 0 if it can read its store now,
/// otherwise with 1, within 2 seconds. Needs no store, no shell and no other program, so that it can be the health check
/// of a container.
#[derive(Args, Debug)]
#[command(after_long_help = after_help(
    &[(Exit::Failed, "the service is not ready, or does not answer within 2 seconds")],
    &["apiconn health", "apiconn health --url unix:/run/apiconn/operations.sock"],
))]
pub struct HealthArgs {
    /// URL to request, or unix:PATH for a Unix socket
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:9080/readyz")]
    url: HealthUrl,
}

/// Where the readiness is requested.
#[derive(Clone, Debug)]
enum HealthUrl {
    Http(Url),
    Unix(PathBuf),
}

impl FromStr for HealthUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:").filter(|path| !path.is_empty()) {
            return Ok(Self::Unix(path.into()));
        }
        let mut url = Url::parse(text).ok().filter(|url| {
            url.scheme() == "http" && url.has_host() && url.username().is_empty() && url.password().is_none()
        });
        if let Some(url) = url.as_mut().filter(|url| url.path() == "/") {
            url.set_path(READY);
        }
        url.map(Self::Http).ok_or_else(|| {
            format!("\"{}\" is neither an http URL without user and password nor unix:PATH", shorten(text))
        })
    }
}

impl HealthUrl {
    /// Returns the options of `serve` by which it listens there.
    fn listener(&self) -> String {
        let url = match self {
            Self::Unix(path) => return format!("--operations {}", word(&format!("unix:{}", path.display()))),
            Self::Http(url) => url,
        };
        let port = url.port_or_known_default().unwrap_or_default();
        let address = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::from(address),
            Some(Host::Ipv6(address)) => IpAddr::from(address),
            Some(Host::Domain("localhost")) => IpAddr::from(Ipv4Addr::LOCALHOST),
            // The name of another machine or container, in which the service listens on every address.
            Some(Host::Domain(_)) | None => IpAddr::from(Ipv4Addr::UNSPECIFIED),
        };
        let exposed = if address.is_loopback() { "" } else { " --operations-exposed" };
        format!("--operations {}{exposed}", SocketAddr::new(address, port))
    }
}

impl fmt::Display for HealthUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(url) => url.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Runs `apiconn health`, which requests the URL once.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &HealthArgs) -> Result<(), Failure> {
    check_format::<HealthView>(ctx)?;
    let (sender, receiver) = mpsc::channel();
    let url = args.url.clone();
    // A thread, because looking up a host name has no timeout. It ends with the process.
    std::thread::spawn(move || sender.send(status(&url)));
    let failed = |why: String| Failure::new(Exit::Failed, "not_ready", format!("{} {why}", args.url));
    match receiver.recv_timeout(LIMIT) {
        Ok(Ok(Answer { status: status @ 200, .. })) => {
            let view = HealthView::of(args.url.to_string(), status);
            ctx.out.show("health", &view).map_err(|error| Failure::output(&error))
        }
        Ok(Ok(Answer { status, store })) => {
            let store = store.map_or_else(String::new, |store| format!(", store: {store}"));
            Err(failed(format!("answered with status {status}{store}")))
        }
        Ok(Err(error)) => Err(failed(format!("cannot be reached: {error}"))
            .hint(format!("start the service with it: apiconn serve {}", args.url.listener()))),
        Err(_) => Err(failed("did not answer within 2 seconds".to_owned())),
    }
}

/// The answer of the operations listener.
struct Answer {
    status: u16,
    /// Why the store cannot be read, in one word.
    store: Option<String>,
}

/// Requests the URL.
fn status(url: &HealthUrl) -> io::Result<Answer> {
    match url {
        HealthUrl::Http(url) => {
            let addresses = url.socket_addrs(|| None)?;
            let authority = &url[url::Position::BeforeHost..url::Position::AfterPort];
            exchange(
                TcpStream::connect(&*addresses)?,
                authority,
                &url[url::Position::BeforePath..url::Position::AfterQuery],
            )
        }
        HealthUrl::Unix(path) => exchange(UnixStream::connect(path)?, "localhost", READY),
    }
}

fn exchange(mut stream: impl io::Read + Write, host: &str, target: &str) -> io::Result<Answer> {
    stream.write_all(
        format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes(),
    )?;
    let mut line = [0; STATUS_BYTES];
    stream.read_exact(&mut line)?;
    let status =
        std::str::from_utf8(&line).ok().and_then(|line| line.strip_prefix("HTTP/1.")?.get(2..)?.parse().ok());
    let status =
        status.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the answer is not HTTP/1"))?;
    let store = if status == UNAVAILABLE { store_state(stream) } else { None };
    Ok(Answer { status, store })
}

/// Reads the rest of an answer up to the end of its JSON body, and returns the state of the store that it names.
fn store_state(stream: impl io::Read) -> Option<String> {
    let mut rest = Vec::new();
    for byte in io::BufReader::new(stream).bytes().take(LONGEST_ANSWER) {
        rest.push(byte.ok()?);
        if rest.ends_with(b"}") {
            let text = std::str::from_utf8(&rest).ok()?;
            let (_, body) = text.split_once("\r\n\r\n")?;
            let body: serde_json::Value = serde_json::from_str(body).ok()?;
            let state = body.get("store")?.as_str()?;
            // Another program may answer there.
            let is_word = state.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            return (is_word && state.len() <= LONGEST_STATE).then(|| state.replace('_', " "));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hint_names_the_listener_of_the_url() {
        for (url, options) in [
            ("http://127.0.0.1:9080/readyz", "--operations 127.0.0.1:9080"),
            ("http://localhost:9191", "--operations 127.0.0.1:9191"),
            ("http://[::1]:9080/livez", "--operations [::1]:9080"),
            ("http://192.0.2.7", "--operations 192.0.2.7:80 --operations-exposed"),
            ("http://apiconn:9080", "--operations 0.0.0.0:9080 --operations-exposed"),
            ("unix:/run/api conn.sock", "--operations 'unix:/run/api conn.sock'"),
        ] {
            assert_eq!(url.parse::<HealthUrl>().unwrap().listener(), options);
        }
    }

    #[test]
    fn a_url_is_http_or_the_path_of_a_unix_socket() {
        for (text, shown) in [
            ("http://127.0.0.1:9080/readyz", "http://127.0.0.1:9080/readyz"),
            ("http://127.0.0.1:9080", "http://127.0.0.1:9080/readyz"),
            ("http://[::1]:9080/livez", "http://[::1]:9080/livez"),
            ("http://localhost/", "http://localhost/readyz"),
            ("unix:/run/apiconn/operations.sock", "unix:/run/apiconn/operations.sock"),
        ] {
            assert_eq!(text.parse::<HealthUrl>().unwrap().to_string(), shown);
        }
        for text in [
            "",
            "unix:",
            "https://127.0.0.1:9080",
            "127.0.0.1:9080",
            "http://",
            "http://tech1:x@a.example",
            "file:///a",
        ] {
            assert!(text.parse::<HealthUrl>().is_err(), "{text}");
        }
    }
}
