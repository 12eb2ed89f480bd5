//! Request heads that hyper rejects by itself, before any layer sees them.
//!
//! hyper answers them with a head alone. Every answer of the service has a request id, so an answer without one is hyper's,
//! and is replaced here by one in the documented shape.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use axum::http::{HeaderMap, StatusCode};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The first two bytes of a connection that begins with a TLS handshake (RFC 8446 section 5.1).
const TLS_START: [u8; 2] = [0x16, 0x03];

/// A request head that hyper rejected, and what is known of its connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RejectedHead {
    /// The status of hyper's own answer.
    pub status: StatusCode,
    /// True if the connection began with a TLS handshake.
    pub is_tls: bool,
}

/// Records a rejected head, and returns the headers and the body of the answer.
pub(crate) type AnswerRejection = Arc<dyn Fn(RejectedHead) -> (HeaderMap, String) + Send + Sync>;

/// A stream that replaces hyper's own answers. Without an [`AnswerRejection`] it changes nothing.
pub(crate) struct RejectionStream<S> {
    stream: S,
    answer: Option<AnswerRejection>,
    /// True if an answer was replaced.
    is_rejected: Arc<AtomicBool>,
    /// The first bytes of the connection, as many as tell TLS from HTTP.
    start: Vec<u8>,
    /// The part of the answer that is not written yet.
    unwritten: Vec<u8>,
}

impl<S> RejectionStream<S> {
    /// Wraps a stream. `is_rejected` becomes true with the first replaced answer.
    pub(crate) fn new(stream: S, answer: Option<AnswerRejection>, is_rejected: Arc<AtomicBool>) -> Self {
        Self { stream, answer, is_rejected, start: Vec::new(), unwritten: Vec::new() }
    }

    /// Takes an answer of hyper's own in the place of the stream, and keeps the answer that replaces it.
    fn replace(&mut self, bytes: &[u8]) -> bool {
        let Some(answer) = &self.answer else { return false };
        let Some(status) = own_status(bytes) else { return false };
        let (headers, body) = answer(RejectedHead { status, is_tls: self.start == TLS_START });
        self.unwritten = completed(bytes, &headers, &body);
        self.is_rejected.store(true, Ordering::Relaxed);
        true
    }
}

/// Returns the status of an answer that hyper made by itself: an error, with a head alone and without a request id.
fn own_status(bytes: &[u8]) -> Option<StatusCode> {
    let status = bytes.strip_prefix(b"HTTP/1.1 ").or_else(|| bytes.strip_prefix(b"HTTP/1.0 "))?.get(..3)?;
    if status[0] != b'4' || !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let head = std::str::from_utf8(bytes).ok()?;
    if head.contains("\r\nrequest-id: ") { None } else { StatusCode::from_bytes(status).ok() }
}

/// Returns an answer of hyper's own with further headers and a body. Its status and its date are kept.
fn completed(own: &[u8], headers: &HeaderMap, body: &str) -> Vec<u8> {
    let mut answer = Vec::new();
    for line in own.split_inclusive(|byte| *byte == b'\n').filter(|line| *line != b"\r\n") {
        if !line.starts_with(b"content-length:") && !line.starts_with(b"connection:") {
            answer.extend_from_slice(line);
        }
    }
    for (name, value) in headers {
        answer.extend_from_slice(name.as_str().as_bytes());
        answer.extend_from_slice(b": ");
        answer.extend_from_slice(value.as_bytes());
        answer.extend_from_slice(b"\r\n");
    }
    let end = format!("content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    answer.extend_from_slice(end.as_bytes());
    answer
}

impl<S: AsyncWrite + Unpin> RejectionStream<S> {
    fn poll_unwritten(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.unwritten.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.unwritten))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.unwritten.drain(..written);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for RejectionStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let missing = TLS_START.len() - self.start.len();
        self.start.extend(buffer.filled()[before..].iter().take(missing));
        result
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for RejectionStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_unwritten(cx))?;
        if self.replace(bytes) {
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_unwritten(cx))?;
        // A head without a body is one slice.
        if let [head] = slices
            && self.replace(head)
        {
            return Poll::Ready(Ok(head.len()));
        }
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_unwritten(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_unwritten(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_error_without_a_request_id_is_replaced() {
        let own = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(own_status(own), Some(StatusCode::BAD_REQUEST));
        let old = b"HTTP/1.0 431 Request Header Fields Too Large\r\nconnection: close\r\n\r\n";
        assert_eq!(own_status(old), Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
        for bytes in [
            &b"HTTP/1.1 400 Bad Request\r\nrequest-id: req_7Hq2mZ0xPa4T\r\ncontent-length: 0\r\n\r\n"[..],
            b"HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}",
            b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            b"HTTP/1.1 100 Continue\r\n\r\n",
            b"HTTP/1.1 4",
            b"",
        ] {
            assert_eq!(own_status(bytes), None, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
