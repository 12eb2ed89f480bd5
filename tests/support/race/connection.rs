//! A persistent HTTP connection.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::TIMEOUT;

/// Returns the string value of a member of a JSON object. The value must not contain quotes.
pub fn member(body: &str, name: &str) -> Option<String> {
    let (_, rest) = body.split_once(&format!("\"{name}\":\""))?;
    rest.split('"').next().map(str::to_owned)
}

/// Returns the Basic `Authorization` header line of a client.
pub fn basic((id, secret): &(String, String)) -> String {
    format!("Authorization: Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// An HTTP response.
pub struct Response {
    pub status: u16,
    pub head: String,
    pub body: String,
}

/// A persistent connection.
pub struct HttpConnection {
    address: SocketAddr,
    stream: TcpStream,
}

impl HttpConnection {
    /// Connects to the service.
    ///
    /// # Errors
    /// A description of the error if the connection cannot be opened.
    pub fn open(address: SocketAddr) -> Result<Self, String> {
        let open = || {
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(TIMEOUT))?;
            Ok(stream)
        };
        let stream = open().map_err(|error: std::io::Error| format!("connect: {error}"))?;
        Ok(Self { address, stream })
    }

    /// Posts a form with one more header line. Returns the status and the body.
    ///
    /// # Errors
    /// A description of the error of the connection.
    pub fn post(&mut self, path: &str, header: &str, form: &str) -> Result<(u16, String), String> {
        let header = format!("{header}\r\nContent-Type: application/x-www-form-urlencoded");
        self.send("POST", path, &header, form).map(|response| (response.status, response.body))
    }

    /// Requests a page with one more header line.
    ///
    /// # Errors
    /// A description of the error of the connection.
    pub fn get(&mut self, path: &str, header: &str) -> Result<Response, String> {
        self.send("GET", path, header, "")
    }

    fn send(&mut self, method: &str, path: &str, header: &str, body: &str) -> Result<Response, String> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{header}\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).map_err(|error| format!("write: {error}"))?;
        let mut answer = Vec::with_capacity(4096);
        let mut buffer = [0; 16 * 1024];
        loop {
            let got = self.stream.read(&mut buffer).map_err(|error| format!("read: {error}"))?;
            if got == 0 {
                return Err(format!("closed after {}", String::from_utf8_lossy(&answer)));
            }
            answer.extend_from_slice(&buffer[..got]);
            let text = String::from_utf8_lossy(&answer);
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.and_then(|length| length.parse().ok()).unwrap_or_default();
            if body.len() >= length {
                let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
                let status = status.ok_or("no status")?;
                return Ok(Response { status, head: head.to_owned(), body: body.to_owned() });
            }
        }
    }
}
