//! Floods of requests from anonymous callers: one kind for each answer that they can cause. Tests and benchmarks share this
//! module.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, SystemTime};

use apiconn::credentials::digest::sha256;
use apiconn::credentials::format::checksum;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rusqlite::{Connection, params};

/// Timeout of a single step.
const TIMEOUT: Duration = Duration::from_mins(1);
/// Parallel connections of a flood.
const CONNECTIONS: usize = 4;
/// Requests that are sent before the first answer is read.
const PIPELINED: usize = 32;
/// The redirect URI of the consumers of [`Target`].
pub const REDIRECT: &str = "https://field.example/cb";
/// A code challenge of the right form.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The service, and what an anonymous caller knows of it.
pub struct Target {
    pub address: SocketAddr,
    /// The ids of confidential consumers with the code grant.
    pub clients: Vec<String>,
    /// The id of a public consumer.
    pub public: String,
    /// The cookie and the token of a sign-in form.
    form: (String, String),
}

/// A kind of request. Each has a number, from which its texts are made.
pub struct Kind {
    pub name: &'static str,
    request: fn(&Target, usize) -> String,
    /// True if the service closes the connection after the answer.
    is_last: bool,
}

/// Returns every kind.
#[rustfmt::skip]
pub fn kinds() -> Vec<Kind> {
    let kind = |name, request| Kind { name, request, is_last: false };
    vec![
        kind("authorize: unknown client", |target, number| authorize(target, &[("client_id", &made_up(number))])),
        kind("authorize: redirect URI", |target, number| {
            authorize(target, &[("client_id", target.client(number)), ("redirect_uri", &format!("{REDIRECT}/{number}"))])
        }),
        kind("authorize: scope", |target, number| {
            authorize(target, &[("client_id", target.client(number)), ("scope", &format!("scope.{number}"))])
        }),
        kind("authorize: response type", |target, number| {
            authorize(target, &[("client_id", target.client(number)), ("response_type", &format!("type{number}"))])
        }),
        kind("authorize: no challenge", |target, number| {
            authorize(target, &[("client_id", target.client(number)), ("code_challenge", "")])
        }),
        kind("authorize: request object", |target, number| {
            authorize(target, &[("client_id", target.client(number)), ("request_uri", &number.to_string())])
        }),
        kind("authorize: no session", |target, number| {
            authorize(target, &[("client_id", target.client(number)), ("prompt", "none"), ("state", &number.to_string())])
        }),
        kind("authorize: sign-in page", |target, number| {
            authorize(target, &[("client_id", target.client(number)), ("state", &number.to_string())])
        }),
        kind("authorize: by POST", |target, number| post(target, "/oauth/authorize", "", &format!("client_id={number}"))),
        kind("authorize: by POST, redirected", |target, number| {
            let body = authorization(&[("client_id", target.client(number)), ("state", &number.to_string())]);
            post(target, "/oauth/authorize", "", &body)
        }),
        kind("token: content type", |target, number| {
            let body = format!("{{\"client_id\":\"app{number}\"}}");
            format!(
                "POST /oauth/token HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json; n={number}\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                target.address,
                body.len()
            )
        }),
        Kind {
            name: "token: large body",
            request: |target, number| {
                let body = format!("grant_type={}{number}", "x".repeat(70_000));
                post(target, "/oauth/token", "Connection: close\r\n", &body)
            },
            is_last: true,
        },
        kind("token: wrong secret", |target, number| {
            let header = basic(target.client(number), &format!("apcx_test_{number}")) + &from(number);
            post(target, "/oauth/token", &header, "grant_type=client_credentials")
        }),
        kind("token: unknown client", |target, number| {
            let header = basic(&made_up(number), "apcx_test_wrong") + &from(number);
            post(target, "/oauth/token", &header, "grant_type=client_credentials")
        }),
        kind("token: client from IPv4 addresses", |target, number| {
            let bytes = u32::try_from(number).unwrap_or_default().to_be_bytes();
            let header = format!("X-Forwarded-For: 10.{}.{}.{}\r\n", bytes[1], bytes[2], bytes[3]);
            post(target, "/oauth/token", &header, &format!("grant_type=client_credentials&client_id=app{number}"))
        }),
        kind("token: grant type", |target, number| {
            post(target, "/oauth/token", "", &format!("grant_type=type{number}&client_id={}", target.client(number)))
        }),
        kind("token: scope", |target, number| {
            post(target, "/oauth/token", "", &format!("grant_type=refresh_token&scope=%22{number}&client_id={}", made_up(number)))
        }),
        kind("token: code", |target, number| {
            let body = format!("grant_type=authorization_code&client_id={}&code=apcg_{number}&code_verifier=x", target.public);
            post(target, "/oauth/token", "", &body)
        }),
        kind("token: refresh token", |target, number| {
            let body = format!("grant_type=refresh_token&client_id={}&refresh_token=apcr_{number}", target.public);
            post(target, "/oauth/token", "", &body)
        }),
        kind("introspect: wrong secret", |target, number| {
            let header = basic(target.client(number), &number.to_string()) + &from(number);
            post(target, "/oauth/introspect", &header, "token=x")
        }),
        kind("revoke: unknown secret", |target, number| {
            let secret = format!("apcx_test_7Hq2mZ0xPa4T_{number:032}");
            post(target, "/oauth/revoke", "", &format!("token={secret}{}", checksum(&secret)))
        }),
        kind("revoke: wrong client", |target, number| {
            post(target, "/oauth/revoke", &from(number), &format!("token=x&client_id={}", made_up(number)))
        }),
        kind("sign-in: wrong password", |target, number| {
            let (cookie, token) = &target.form;
            let header = format!("Cookie: {cookie}\r\nX-Forwarded-For: 198.51.100.7\r\n");
            post(target, "/login", &header, &format!("token={token}&request=&username=user{number}&password=guess"))
        }),
        kind("sign-in: foreign form", |target, number| {
            post(target, "/login", "", &format!("token={number}&request=&username=user{number}&password=guess"))
        }),
        kind("account: no session", |target, number| get(target, &format!("/account/applications?n={number}"), "")),
        kind("other host", |_, number| {
            format!("GET /login HTTP/1.1\r\nHost: host{number}.example\r\n{}\r\n", from(number))
        }),
        kind("preflight", |target, number| {
            format!(
                "OPTIONS /oauth/token HTTP/1.1\r\nHost: {}\r\nOrigin: https://host{number}.example\r\n\
                 Access-Control-Request-Method: POST\r\n\r\n",
                target.address
            )
        }),
        kind("unknown path", |target, number| get(target, &format!("/path/{number}"), "")),
        kind("method", |target, number| get(target, &format!("/oauth/token?n={number}"), "")),
        Kind {
            name: "malformed head",
            request: |target, number| {
                format!("GET /login HTTP/1.1\r\nHost: {}\r\nX{number} : a\r\n\r\n", target.address)
            },
            is_last: true,
        },
    ]
}

impl Target {
    /// Returns what an anonymous caller of the service knows.
    ///
    /// # Errors
    /// A description of the error if the sign-in page cannot be read.
    pub fn new(address: SocketAddr, clients: Vec<String>, public: String) -> Result<Self, String> {
        let mut connection = connect(address)?;
        let target = Self { address, clients, public, form: Default::default() };
        let request = get(&target, "/login", "Connection: close\r\n");
        connection.write_all(request.as_bytes()).map_err(|error| format!("write: {error}"))?;
        let mut page = String::new();
        connection.read_to_string(&mut page).map_err(|error| format!("read: {error}"))?;
        let between = |begin: &str, end| Some(page.split_once(begin)?.1.split_once(end)?.0.to_owned());
        let form = between("set-cookie: ", ";").zip(between("name=\"token\" value=\"", "\""));
        Ok(Self { form: form.ok_or_else(|| format!("no form in {page}"))?, ..target })
    }

    fn client(&self, number: usize) -> &str {
        &self.clients[number % self.clients.len()]
    }
}

fn made_up(number: usize) -> String {
    format!("apcc_test_{number:012}")
}

/// Returns the header of a proxy for one of many IPv6 addresses: 256 networks of subscribers in each site.
fn from(number: usize) -> String {
    format!("X-Forwarded-For: 2001:db8:{:x}:{:x}::1\r\n", number / 256 % 65_536, number % 256)
}

fn basic(id: &str, secret: &str) -> String {
    format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("{id}:{secret}")))
}

fn get(target: &Target, path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", target.address)
}

fn post(target: &Target, path: &str, headers: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{body}",
        target.address,
        body.len()
    )
}

/// Returns the parameters of a complete authorization request with some of them replaced.
fn authorization(changes: &[(&str, &str)]) -> String {
    let mut parameters = BTreeMap::from([
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    parameters.extend(changes.iter().copied());
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

/// Returns a complete authorization request with some parameters replaced.
fn authorize(target: &Target, changes: &[(&str, &str)]) -> String {
    get(target, &format!("/oauth/authorize?{}", authorization(changes)), "")
}

fn connect(address: SocketAddr) -> Result<TcpStream, String> {
    let open = || {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(stream)
    };
    open().map_err(|error: std::io::Error| format!("connect: {error}"))
}

/// Sends the requests of a kind with these numbers. Returns the number of answers by status.
///
/// # Errors
/// A description of the error of a connection.
pub fn send(target: &Target, kind: &Kind, numbers: Range<usize>) -> Result<BTreeMap<u16, usize>, String> {
    let mut all = BTreeMap::new();
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..CONNECTIONS)
            .map(|part| {
                let numbers = numbers.clone().skip(part).step_by(CONNECTIONS);
                scope.spawn(move || send_part(target, kind, &numbers.collect::<Vec<_>>()))
            })
            .collect();
        for part in running {
            let part = part.join().map_err(|_| "a thread panicked".to_owned())??;
            for (status, count) in part {
                *all.entry(status).or_default() += count;
            }
        }
        Ok(all)
    })
}

fn send_part(target: &Target, kind: &Kind, numbers: &[usize]) -> Result<BTreeMap<u16, usize>, String> {
    let mut statuses = BTreeMap::new();
    let mut connection = Answers { stream: connect(target.address)?, bytes: Vec::new() };
    for numbers in numbers.chunks(if kind.is_last { 1 } else { PIPELINED }) {
        if kind.is_last {
            connection = Answers { stream: connect(target.address)?, bytes: Vec::new() };
        }
        let requests: String = numbers.iter().map(|number| (kind.request)(target, *number)).collect();
        connection.stream.write_all(requests.as_bytes()).map_err(|error| format!("write: {error}"))?;
        for _ in numbers {
            *statuses.entry(connection.next()?).or_default() += 1;
        }
    }
    Ok(statuses)
}

/// The answers on a connection.
struct Answers {
    stream: TcpStream,
    bytes: Vec<u8>,
}

impl Answers {
    /// Reads one answer and returns its status.
    fn next(&mut self) -> Result<u16, String> {
        let mut buffer = [0; 16 * 1024];
        loop {
            if let Some((status, length)) = complete(&self.bytes) {
                self.bytes.drain(..length);
                return Ok(status);
            }
            match self.stream.read(&mut buffer).map_err(|error| format!("read: {error}"))? {
                0 => return Err(format!("closed after {:?}", String::from_utf8_lossy(&self.bytes))),
                got => self.bytes.extend_from_slice(&buffer[..got]),
            }
        }
    }
}

/// Returns the status and the length of the first answer, if it is complete.
fn complete(bytes: &[u8]) -> Option<(u16, usize)> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let whole = end + length.and_then(|length| length.parse().ok()).unwrap_or(0_usize);
    (bytes.len() >= whole).then_some((status, whole))
}

/// Adds all counters of failures that anonymous callers can cause: those that made-up names and client ids share, and as many
/// as are kept of each kind of address.
///
/// # Errors
/// The error of SQLite.
pub fn fill_counters(store: &Path) -> rusqlite::Result<()> {
    let mut connection = Connection::open(store)?;
    let transaction = connection.transaction()?;
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_millis();
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    for (kind, text) in [
        ("password", "unknown"),
        ("client_secret", "unknown"),
        ("password_from", "filled"),
        ("password_from_site", "filled"),
        ("client_secret_from", "filled"),
        ("client_secret_from_site", "filled"),
    ] {
        for number in 0..4096 {
            let subject = sha256(format!("{text} {number:03x}0").as_bytes());
            transaction
                .execute("INSERT INTO throttles VALUES (?1, ?2, 1, ?3, ?3)", params![kind, subject, now])?;
        }
    }
    transaction.commit()
}

/// Returns the number of rows of each table.
///
/// # Errors
/// The error of SQLite.
pub fn rows(store: &Path) -> rusqlite::Result<BTreeMap<String, i64>> {
    let connection = Connection::open(store)?;
    let mut names = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")?;
    let names: Vec<String> = names.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let count = |name: String| {
        let count = connection.query_row(&format!("SELECT count(*) FROM {name}"), [], |row| row.get(0))?;
        Ok((name, count))
    };
    names.into_iter().map(count).collect()
}
