//! A connection that does not wait for ever: for the first byte of a request, for the rest of its head, and for the
//! answer to be taken.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use crate::service::edge::limits::Limits;
use crate::service::edge::slots::ConnectionState;

/// A stream with limits. hyper's own limit for a head begins when the request before it ends, so that it could not be
/// short for heads and long between requests.
pub(crate) struct TimeoutStream<S> {
    stream: S,
    limits: Limits,
    connection_state: Arc<ConnectionState>,
    /// Which wait the first byte of a head has ended.
    begun: u64,
    reading: Timer,
    writing: Timer,
}

impl<S> TimeoutStream<S> {
    pub(crate) fn new(stream: S, limits: Limits, connection_state: Arc<ConnectionState>) -> Self {
        // Whoever connects wants something: the first head has to come as if it had begun.
        let begun = connection_state.waiting_for_head();
        Self { stream, limits, connection_state, begun, reading: Timer::default(), writing: Timer::default() }
    }
}

/// A timer for hyper whose every limit lasts for ever.
pub(crate) struct NeverTimer;

/// The end of such a limit.
struct Never;

impl Future for Never {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

impl hyper::rt::Sleep for Never {}

impl hyper::rt::Timer for NeverTimer {
    fn sleep(&self, _: Duration) -> Pin<Box<dyn hyper::rt::Sleep>> {
        Box::pin(Never)
    }

    fn sleep_until(&self, _: std::time::Instant) -> Pin<Box<dyn hyper::rt::Sleep>> {
        Box::pin(Never)
    }
}

/// What a timer is set for: which wait, and whether for its end.
type Purpose = (u64, bool);

/// One timer, set once for each purpose.
#[derive(Default)]
struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
    purpose: Option<Purpose>,
}

impl Timer {
    fn poll(&mut self, cx: &mut Context<'_>, purpose: Purpose, limit: Duration) -> Poll<()> {
        if self.purpose != Some(purpose) {
            self.purpose = Some(purpose);
            match &mut self.sleep {
                Some(sleep) => sleep.as_mut().reset(Instant::now() + limit),
                None => self.sleep = Some(Box::pin(sleep(limit))),
            }
        }
        self.sleep.as_mut().map_or(Poll::Pending, |sleep| sleep.as_mut().poll(cx))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for TimeoutStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let waiting = this.connection_state.waiting_for_head();
        let polled = Pin::new(&mut this.stream).poll_read(cx, buffer);
        if polled.is_ready() {
            this.begun = waiting;
            return polled;
        }
        // Bodies and answers have their own limits.
        if waiting == 0 {
            return Poll::Pending;
        }
        let begun = this.begun == waiting;
        let limit = if begun { this.limits.header } else { this.limits.idle };
        ready!(this.reading.poll(cx, (waiting, begun), limit));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> TimeoutStream<S> {
    /// An answer has to be taken whole in time. A byte now and then is not enough, so what was written does not count.
    fn written<T>(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            return polled;
        }
        let waiting = self.connection_state.waiting();
        ready!(self.writing.poll(cx, (waiting, true), self.limits.write));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for TimeoutStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(cx, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.written(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(cx);
        self.written(cx, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
