//! A running service, a client that may do everything with it, and ways to ask it.

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

use crate::measure::{Failed, Times, apiconn, output};

const PATIENCE: Duration = Duration::from_secs(5);
/// However slow the answers are, asking ends.
const LONGEST: Duration = Duration::from_mins(3);

/// Makes a key that may introspect, and gives what it authenticates with.
pub fn credentials(store: &Path) -> Result<String, Failed> {
    let pair = output(apiconn(store).args([
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

/// Posts a form on a connection of its own; the answer must be 200.
pub fn post(address: SocketAddr, path: &str, credentials: &str, form: &str) -> Result<String, Failed> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
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

/// What a stream of requests met.
#[derive(Debug, Default)]
pub struct Answers {
    /// How long each took.
    pub times: Times,
    /// What was answered instead of 200, and connections that broke off.
    pub errors: Vec<String>,
    /// What was answered, where each form was sent once.
    pub bodies: Vec<String>,
    /// How long the stream ran.
    pub took: Duration,
}

impl Answers {
    /// Answers a second.
    #[expect(clippy::cast_precision_loss, reason = "a count of some thousands")]
    pub fn rate(&self) -> f64 {
        self.times.count() as f64 / self.took.as_secs_f64()
    }
}

/// Whom to ask, and by whom.
#[derive(Clone, Copy)]
pub struct Client<'a> {
    /// The service.
    pub address: SocketAddr,
    /// What goes into the header `Authorization`.
    pub credentials: &'a str,
    /// How many connections ask at a time, each again as soon as it is answered.
    pub connections: usize,
}

impl Client<'_> {
    /// Sends the same form until `last` is over.
    pub fn for_a_while(self, path: &str, form: &str, last: Duration) -> Result<Answers, Failed> {
        self.drive(path, &[form.to_owned()], usize::MAX, last)
    }

    /// Sends each form once.
    pub fn each(self, path: &str, forms: &[String]) -> Result<Answers, Failed> {
        self.drive(path, forms, forms.len(), LONGEST)
    }

    fn drive(self, path: &str, forms: &[String], most: usize, last: Duration) -> Result<Answers, Failed> {
        let Self { address, credentials, connections } = self;
        let requests: Arc<[String]> =
            forms.iter().map(|form| request(address, path, credentials, form, "keep-alive")).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let began = Instant::now();
        let end = began + last;
        let asked = Arc::new(AtomicUsize::new(0));
        let mut all = Answers::default();
        runtime.block_on(async {
            let mut running = tokio::task::JoinSet::new();
            for _ in 0..connections {
                let (requests, asked) = (Arc::clone(&requests), Arc::clone(&asked));
                running.spawn(async move {
                    let mut answers = Answers::default();
                    if let Err(Failed(why)) =
                        connection(address, &requests, &asked, most, end, &mut answers).await
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
    asked: &AtomicUsize,
    most: usize,
    end: Instant,
    answers: &mut Answers,
) -> Result<(), Failed> {
    let stream = Stream::connect(address).await?;
    stream.set_nodelay(true)?;
    loop {
        let turn = asked.fetch_add(1, Ordering::Relaxed);
        if turn >= most || Instant::now() >= end {
            return Ok(());
        }
        let began = Instant::now();
        match ask(&stream, requests[turn % requests.len()].as_bytes()).await {
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

/// One request on a connection that is kept.
async fn ask(stream: &Stream, request: &[u8]) -> Result<String, Failed> {
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

/// A running service, ended when it is dropped.
pub struct Service {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Service {
    /// Starts one on that store.
    pub fn start(store: &Path) -> Result<Self, Failed> {
        let mut child = apiconn(store)
            .args(["serve", "--listen", "127.0.0.1:0"])
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
                // Whatever it says later must not fill the pipe.
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut stderr, &mut std::io::sink());
                });
                return Ok(service);
            }
            line.clear();
        }
        Err(Failed("the service did not start".to_owned()))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Nothing in this store is kept, so nothing is lost by a hard end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
