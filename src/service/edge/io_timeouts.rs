//! Timeouts of a connection: for the first byte of a request, for the rest of its head, and for writing the answer.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use crate::service::edge::limits::Limits;
use crate::service::edge::slots::ConnectionState;

/// A stream with timeouts. hyper's own header timeout starts at the end of the previous request, so it cannot be short for
/// heads and long between requests.
pub(crate) struct TimeoutStream<S> {
    stream: S,
    limits: Limits,
    connection_state: Arc<ConnectionState>,
    /// The wait for a head, as in [`ConnectionState::head_wait`], during which the first byte of a head arrived.
    started: u64,
    read_timer: Timer,
    write_timer: Timer,
}

impl<S> TimeoutStream<S> {
    /// Wraps a stream that was just accepted.
    pub(crate) fn new(stream: S, limits: Limits, connection_state: Arc<ConnectionState>) -> Self {
        // The header timeout starts at connect, not at the first byte.
        let started = connection_state.head_wait();
        let (read_timer, write_timer) = (Timer::default(), Timer::default());
        Self { stream, limits, connection_state, started, read_timer, write_timer }
    }
}

/// A timer for hyper that never fires. [`TimeoutStream`] has the timeouts.
pub(crate) struct NeverTimer;

/// A future that never completes.
struct NeverSleep;

impl Future for NeverSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

impl hyper::rt::Sleep for NeverSleep {}

impl hyper::rt::Timer for NeverTimer {
    fn sleep(&self, _: Duration) -> Pin<Box<dyn hyper::rt::Sleep>> {
        Box::pin(NeverSleep)
    }

    fn sleep_until(&self, _: std::time::Instant) -> Pin<Box<dyn hyper::rt::Sleep>> {
        Box::pin(NeverSleep)
    }
}

/// The wait that a timer limits, and true if the timeout for its end applies rather than the one for its first byte.
type Purpose = (u64, bool);

/// A timer that is reset if its purpose changes.
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
        let wait = this.connection_state.head_wait();
        let polled = Pin::new(&mut this.stream).poll_read(cx, buffer);
        if polled.is_ready() {
            this.started = wait;
            return polled;
        }
        // `request_limits` limits the time for a body and for its answer.
        if wait == 0 {
            return Poll::Pending;
        }
        let has_started = this.started == wait;
        let limit = if has_started { this.limits.header } else { this.limits.idle };
        ready!(this.read_timer.poll(cx, (wait, has_started), limit));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> TimeoutStream<S> {
    /// Fails a write that blocks for too long. The timer is set once for each answer and not after each write, so a client
    /// cannot extend it by reading slowly.
    fn limit_write<T>(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            return polled;
        }
        let wait = self.connection_state.request_wait();
        ready!(self.write_timer.poll(cx, (wait, true), self.limits.write));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for TimeoutStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.limit_write(cx, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.limit_write(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(cx);
        self.limit_write(cx, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
