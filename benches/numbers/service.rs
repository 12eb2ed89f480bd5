//! A running service, and clients that send requests to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::net::TcpStream as Stream;

use crate::measure::{Failed, PROGRAM, Times, apiconn_of, output};

const TIMEOUT: Duration = Duration::from_secs(5);
/// Time limit of a load.
const TIME_LIMIT: Duration = Duration::from_mins(3);

/// Creates a key that may introspect. Returns its Basic credentials.
pub fn credentials(store: &Path) -> Result<String, Failed> {
    credentials_of(PROGRAM.as_ref(), store)
}

/// Creates the same key with this build of the program.
pub fn credentials_of(program: &Path, store: &Path) -> Result<String, Failed> {
    let pair = output(apiconn_of(program, store).args([
        "key",
        "create",
        "the-client",
        "--scope",
        "assets.read",
        "--scope",
        "apiconn:introspect",
        "-o",
        "tsv",
    ]))?;
    Ok(STANDARD.encode(pair.trim_end().replace('\t', ":")))
}

fn request(address: SocketAddr, path: &str, credentials: &str, form: &str, keep: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: {keep}\r\nAuthorization: Basic {credentials}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    )
}

/// Posts a form on a new connection. Returns the body of a response with status 200.
pub fn post(address: SocketAddr, path: &str, credentials: &str, form: &str) -> Result<String, Failed> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_nodelay(true)?;
    let request = request(address, path, credentials, form, "close");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    match answer.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.1 200 ") => Ok(body.to_owned()),
        _ => Err(Failed(answer)),
    }
}

/// The results of a load.
#[derive(Debug, Default)]
pub struct Answers {
    /// Duration of each request.
    pub times: Times,
    /// Responses other than 200, and connection errors.
    pub errors: Vec<String>,
    /// The bodies of the responses, if each form was sent once.
    pub bodies: Vec<String>,
    /// Duration of the load.
    pub took: Duration,
}

impl Answers {
    /// Returns the number of responses per second.
    #[expect(clippy::cast_precision_loss, reason = "a count of some thousands")]
    pub fn rate(&self) -> f64 {
        self.times.count() as f64 / self.took.as_secs_f64()
    }
}

/// A client of the service.
#[derive(Clone, Copy)]
pub struct Client<'a> {
    /// The address of the service.
    pub address: SocketAddr,
    /// Base64 credentials for the Basic `Authorization` header.
    pub credentials: &'a str,
    /// Number of connections. Each sends the next request once it has a response.
    pub connections: usize,
}

impl Client<'_> {
    /// Sends the same form repeatedly for a duration.
    pub fn for_a_while(self, path: &str, form: &str, duration: Duration) -> Result<Answers, Failed> {
        self.drive(path, &[form.to_owned()], usize::MAX, duration)
    }

    /// Sends each form once.
    pub fn each(self, path: &str, forms: &[String]) -> Result<Answers, Failed> {
        self.drive(path, forms, forms.len(), TIME_LIMIT)
    }

    fn drive(self, path: &str, forms: &[String], most: usize, duration: Duration) -> Result<Answers, Failed> {
        let Self { address, credentials, connections } = self;
        let requests: Arc<[String]> =
            forms.iter().map(|form| request(address, path, credentials, form, "keep-alive")).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let began = Instant::now();
        let end = began + duration;
        let sent = Arc::new(AtomicUsize::new(0));
        let mut all = Answers::default();
        runtime.block_on(async {
            let mut running = tokio::task::JoinSet::new();
            for _ in 0..connections {
                let (requests, sent) = (Arc::clone(&requests), Arc::clone(&sent));
                running.spawn(async move {
                    let mut answers = Answers::default();
                    if let Err(Failed(why)) =
                        connection(address, &requests, &sent, most, end, &mut answers).await
                    {
                        answers.errors.push(why);
                    }
                    answers
                });
            }
            while let Some(answers) = running.join_next().await {
                match answers {
                    Ok(answers) => all.add(answers),
                    Err(error) => all.errors.push(error.to_string()),
                }
            }
        });
        all.took = began.elapsed();
        Ok(all)
    }
}

async fn connection(
    address: SocketAddr,
    requests: &[String],
    sent: &AtomicUsize,
    most: usize,
    end: Instant,
    answers: &mut Answers,
) -> Result<(), Failed> {
    let stream = Stream::connect(address).await?;
    stream.set_nodelay(true)?;
    loop {
        let number = sent.fetch_add(1, Ordering::Relaxed);
        if number >= most || Instant::now() >= end {
            return Ok(());
        }
        let began = Instant::now();
        match send(&stream, requests[number % requests.len()].as_bytes()).await {
            Ok(body) => {
                answers.times.push(began.elapsed());
                if most < usize::MAX {
                    answers.bodies.push(body);
                }
            }
            Err(Failed(why)) => answers.errors.push(why),
        }
    }
}

impl Answers {
    fn add(&mut self, other: Self) {
        self.times.add(other.times);
        self.bodies.extend(other.bodies);
        self.errors.extend(other.errors);
    }
}

/// Sends one request on a persistent connection. Returns the body of a response with status 200.
async fn send(stream: &Stream, request: &[u8]) -> Result<String, Failed> {
    let mut rest = request;
    while !rest.is_empty() {
        stream.writable().await?;
        match stream.try_write(rest) {
            Ok(sent) => rest = &rest[sent..],
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut answer = Vec::with_capacity(1024);
    let mut buffer = [0; 4096];
    loop {
        stream.readable().await?;
        match stream.try_read(&mut buffer) {
            Ok(0) => return Err(Failed("the connection was closed".to_owned())),
            Ok(got) => answer.extend_from_slice(&buffer[..got]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error.into()),
        }
        let text = String::from_utf8_lossy(&answer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.and_then(|length| length.parse().ok()).unwrap_or_default();
        if body.len() < length {
            continue;
        }
        return if head.starts_with("HTTP/1.1 200 ") {
            Ok(body.to_owned())
        } else {
            Err(Failed(text.into_owned()))
        };
    }
}

/// A running service, killed on drop.
pub struct Service {
    child: Child,
    /// The listening address.
    pub address: SocketAddr,
}

impl Service {
    /// Starts a service on a store.
    pub fn start(store: &Path) -> Result<Self, Failed> {
        Self::start_of(PROGRAM.as_ref(), store)
    }

    /// Starts a service of this build of the program.
    pub fn start_of(program: &Path, store: &Path) -> Result<Self, Failed> {
        Self::start_with(program, store, &[])
    }

    /// Starts a service that believes the addresses which its clients forward.
    pub fn start_behind_proxy(store: &Path) -> Result<Self, Failed> {
        Self::start_with(PROGRAM.as_ref(), store, &["--behind-proxy", "127.0.0.1"])
    }

    fn start_with(program: &Path, store: &Path, words: &[&str]) -> Result<Self, Failed> {
        let mut child = apiconn_of(program, store)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(words)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let stderr = child.stderr.take();
        let mut service = Self { child, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        let Some(stderr) = stderr else { return Err(Failed("the service has no stderr".to_owned())) };
        let mut stderr = BufReader::new(stderr);
        let mut line = String::new();
        while stderr.read_line(&mut line)? > 0 {
            if let Some(rest) = line.strip_prefix("Listening on http://") {
                service.address = rest.split(',').next().unwrap_or_default().parse()?;
                // Later output must not fill the pipe.
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut stderr, &mut std::io::sink());
                });
                return Ok(service);
            }
            line.clear();
        }
        Err(Failed("the service did not start".to_owned()))
    }

    /// Returns the process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // The store is temporary, so the service needs no clean shutdown.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
