//! Accepts connections, serves HTTP/1 on them, and stops.

use std::io::{self, ErrorKind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::service::edge::head_rejections::{AnswerRejection, RejectedHead, RejectionStream};
use crate::service::edge::io_timeouts::{NeverTimer, TimeoutStream};
use crate::service::edge::limits::Limits;
use crate::service::edge::proxy::{Peer, Proxies};
use crate::service::edge::slots::{Acquire, ConnectionSlots, SlotGuard};
use crate::service::sockets::{BoundSocket, RawListener, SocketFile};

/// Delay after a failed accept. If descriptors have run out, an immediate retry would fail again.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

/// Delay before the next attempt to acquire a slot. Meanwhile the kernel queues new connections.
const SLOT_RETRY: Duration = Duration::from_millis(5);
/// Number of further attempts to acquire a slot for one connection.
const SLOT_RETRIES: u32 = 60;

/// Returns the settings of hyper. Its limits are a little higher than those of `request_limits`, because its own response
/// has no body.
fn http_builder(limits: &Limits) -> http1::Builder {
    let mut http = http1::Builder::new();
    // Without a header timeout hyper does not read the next head right after an answer, and `TimeoutStream` checks its
    // timeouts in reads. `NeverTimer` keeps the timeout from firing.
    http.timer(NeverTimer)
        .header_read_timeout(limits.idle)
        .max_buf_size(limits.target_bytes + limits.header_bytes + 1024)
        .max_headers(2 * limits.headers);
    http
}

/// A socket that accepts connections.
pub(crate) struct Listener {
    // Declared first, and so dropped first: while the socket is open, no other process replaces the file.
    _file: Option<SocketFile>,
    socket: Socket,
}

enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// The stream of an accepted connection.
enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Listener {
    /// Registers a socket with the runtime, in which this must be called.
    ///
    /// # Errors
    /// The [`io::Error`] of the system call that failed.
    pub(crate) fn new(socket: BoundSocket) -> io::Result<Self> {
        let BoundSocket { file, listener, address: _ } = socket;
        let socket = match listener {
            RawListener::Tcp(listener) => {
                listener.set_nonblocking(true)?;
                Socket::Tcp(TcpListener::from_std(listener)?)
            }
            RawListener::Unix(listener) => {
                listener.set_nonblocking(true)?;
                Socket::Unix(UnixListener::from_std(listener)?)
            }
        };
        Ok(Self { _file: file, socket })
    }

    async fn accept(&self) -> io::Result<(Stream, Peer)> {
        match &self.socket {
            Socket::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                // Answers are short and written at once, so Nagle's algorithm would only delay them.
                let _ = stream.set_nodelay(true);
                Ok((Stream::Tcp(stream), Peer::Address(peer.ip())))
            }
            Socket::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                let uid = stream.peer_cred().ok().map(|credentials| credentials.uid());
                Ok((Stream::Unix(stream), Peer::Unix { uid }))
            }
        }
    }
}

/// Raises the soft limit of file descriptors to the hard limit, because the default soft limit is lower than the number of
/// connections. A failure is ignored: the service works with fewer connections.
pub(crate) fn raise_descriptor_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}

/// Serves until `stop` completes, then answers the open requests within [`Limits::drain`]. `rejection` answers the heads that
/// hyper rejects; without it hyper answers them.
pub(crate) async fn serve(
    listener: Listener,
    router: Router,
    limits: Limits,
    slots: &Arc<ConnectionSlots>,
    proxies: &Proxies,
    rejection: Option<AnswerRejection>,
    stop: impl Future<Output = ()>,
) {
    let (stopping, stopped) = watch::channel(());
    let http = http_builder(&limits);
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            // The client closed the connection before it was accepted.
            Err(error)
                if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset) =>
            {
                continue;
            }
            Err(_) => {
                sleep(ACCEPT_RETRY).await;
                continue;
            }
        };
        let mut acquired = slots.acquire(peer, proxies);
        for _ in 0..SLOT_RETRIES {
            if !matches!(acquired, Acquire::Later) {
                break;
            }
            sleep(SLOT_RETRY).await;
            acquired = slots.acquire(peer, proxies);
        }
        // Without a slot the connection is closed here. Queueing it would only hide the overload.
        let Acquire::Slot(slot) = acquired else { continue };
        let connection = Connection { peer, slot, limits, rejection: rejection.clone() };
        let (http, router, stopped) = (http.clone(), router.clone(), stopped.clone());
        match stream {
            Stream::Tcp(stream) => tokio::spawn(connection.serve(stream, http, router, stopped)),
            Stream::Unix(stream) => tokio::spawn(connection.serve(stream, http, router, stopped)),
        };
    }
    // Stop accepting, then signal every open connection to shut down.
    drop((listener, stopped));
    let _ = stopping.send(());
    let _ = timeout(limits.drain, stopping.closed()).await;
}

struct Connection {
    peer: Peer,
    slot: SlotGuard,
    limits: Limits,
    rejection: Option<AnswerRejection>,
}

impl Connection {
    async fn serve(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        http: http1::Builder,
        router: Router,
        mut stopped: watch::Receiver<()>,
    ) {
        let connection_state = Arc::clone(&self.slot.connection_state);
        let stream = TimeoutStream::new(stream, self.limits, Arc::clone(&connection_state));
        let is_rejected = Arc::new(AtomicBool::new(false));
        let stream = RejectionStream::new(stream, self.rejection.clone(), Arc::clone(&is_rejected));
        let router = TowerToHyperService::new(router);
        let service = service_fn(|mut request: Request<Incoming>| {
            connection_state.head_read();
            request.extensions_mut().insert(self.peer);
            request.extensions_mut().insert(Arc::clone(&connection_state));
            let response = router.call(request);
            let connection_state = &connection_state;
            async move {
                let response = response.await;
                connection_state.answered();
                response
            }
        });
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            // Closed by the client, or by a timeout: neither is logged. A rejected head that hyper could not answer, such as
            // the first bytes of HTTP/2, is recorded here.
            ended = connection.as_mut() => {
                let is_unanswered = !is_rejected.load(Ordering::Relaxed) && ended.is_err_and(|error| error.is_parse());
                if let Some(rejection) = self.rejection.as_ref().filter(|_| is_unanswered) {
                    rejection(RejectedHead { status: StatusCode::BAD_REQUEST, is_tls: false });
                }
                return;
            }
            () = connection_state.evicted.notified() => {
                // A request that was read completely after the eviction is still answered.
                if connection_state.request_wait() > 0 {
                    return;
                }
            }
            _ = stopped.changed() => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{SocketAddr, TcpStream};
    use std::time::Instant;

    use axum::middleware::from_fn;
    use axum::routing::get;
    use tokio::sync::{Notify, oneshot};

    use crate::domain::network::listen_address::ListenAddress;
    use crate::service::edge::request_limits::run_within;
    use crate::service::http::oauth_error::OAuthError;

    use super::*;

    const SHORT: Duration = Duration::from_millis(300);
    const LONG: Duration = Duration::from_secs(20);

    struct Running {
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        ended: std::sync::mpsc::Receiver<()>,
        /// Receives a value when the handler of `/slow` starts to run.
        slow_started: std::sync::mpsc::Receiver<()>,
        /// Lets the handler of `/slow` answer.
        slow_release: Arc<Notify>,
    }

    fn start(limits: Limits) -> Running {
        let (stop, stopped) = oneshot::channel();
        let (ends, ended) = std::sync::mpsc::channel();
        let (bound, address) = std::sync::mpsc::channel();
        let (slow_starts, slow_started) = std::sync::mpsc::channel();
        let slow_release = Arc::new(Notify::new());
        let released = Arc::clone(&slow_release);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
                bound.send(socket.local_addr().unwrap()).unwrap();
                let address = ListenAddress::Tcp(socket.local_addr().unwrap());
                let socket = BoundSocket { file: None, listener: RawListener::Tcp(socket), address };
                let listener = Listener::new(socket).unwrap();
                let slow = move || {
                    let (starts, released) = (slow_starts.clone(), Arc::clone(&released));
                    async move {
                        starts.send(()).unwrap();
                        released.notified().await;
                        "slow"
                    }
                };
                let router = Router::new()
                    .route("/", get(|| async { "fast" }))
                    .route("/slow", get(slow))
                    .route("/long", get(std::future::pending::<()>))
                    .route("/large", get(|| async { vec![b'a'; 1 << 20] }))
                    .layer(from_fn(move |request, next| async move {
                        run_within(limits, request, next).await.map_err(OAuthError::from)
                    }));
                serve(
                    listener,
                    router,
                    limits,
                    &ConnectionSlots::new(limits.connections, limits.per_address),
                    &Proxies::default(),
                    None,
                    async { drop(stopped.await) },
                )
                .await;
            });
            ends.send(()).unwrap();
        });
        Running { address: address.recv().unwrap(), stop, ended, slow_started, slow_release }
    }

    fn send(address: SocketAddr, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream
    }

    /// Reads until the service closes the connection.
    fn rest(stream: &mut TcpStream) -> String {
        let mut bytes = Vec::new();
        // A connection that is closed before all of its data was read is reset.
        let _ = stream.read_to_end(&mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    fn get_text(address: SocketAddr, path: &str) -> String {
        rest(&mut send(address, &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")))
    }

    #[test]
    fn an_unfinished_header_is_closed_while_others_are_served() {
        let running = start(Limits { header: SHORT, ..Limits::default() });
        let began = Instant::now();
        let mut slow: Vec<_> =
            ["GET / HTTP/1.1\r\nHos", "", "G"].map(|half| send(running.address, half)).into();
        assert!(get_text(running.address, "/").ends_with("fast"));
        assert!(began.elapsed() < SHORT * 2);
        for stream in &mut slow {
            assert!(!rest(stream).contains("200"));
        }
        assert!((SHORT..SHORT * 6).contains(&began.elapsed()), "{:?}", began.elapsed());
    }

    #[test]
    fn the_idle_timeout_is_separate_from_the_header_timeout() {
        let limits = Limits { header: SHORT, idle: SHORT * 4, ..Limits::default() };
        let running = start(limits);
        let request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
        let began = Instant::now();
        let mut idle = send(running.address, request);
        assert!(rest(&mut idle).ends_with("fast"));
        assert!((SHORT * 4..LONG).contains(&began.elapsed()), "{:?}", began.elapsed());
        // The header timeout starts at the first byte of the next head, and later bytes do not extend it.
        let mut half = send(running.address, request);
        let mut first = [0; 1024];
        assert!(half.read(&mut first).unwrap() > 0);
        let began = Instant::now();
        half.write_all(b"GET / HTT").unwrap();
        let mut writer = half.try_clone().unwrap();
        let drip = std::thread::spawn(move || {
            while writer.write_all(b"a").is_ok() {
                std::thread::park_timeout(SHORT / 4);
            }
        });
        assert_eq!(rest(&mut half), "");
        assert!((SHORT..SHORT * 4).contains(&began.elapsed()), "{:?}", began.elapsed());
        drop(half);
        drip.join().unwrap();
    }

    #[test]
    fn slow_clients_of_every_kind_delay_no_other_client() {
        let limits = Limits {
            connections: 100,
            header: SHORT * 2,
            body: SHORT * 2,
            idle: SHORT * 4,
            ..Limits::default()
        };
        let running = start(limits);
        let body = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n";
        let kinds = ["", "G", "GET / HTTP/1.1\r\nX-A: ", body, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"];
        let mut slow: Vec<_> =
            kinds.into_iter().cycle().take(200).map(|begin| send(running.address, begin)).collect();
        let began = Instant::now();
        while began.elapsed() < SHORT * 2 {
            assert!(get_text(running.address, "/").ends_with("fast"));
            for drip in slow.iter_mut().skip(2).step_by(5) {
                let _ = drip.write(b"a");
            }
        }
        for stream in &mut slow {
            rest(stream);
        }
        assert!(began.elapsed() < LONG, "{:?}", began.elapsed());
    }

    #[test]
    fn a_client_that_does_not_read_its_answers_is_closed() {
        let running = start(Limits { write: SHORT, ..Limits::default() });
        let began = Instant::now();
        // The answers exceed all buffers, and nothing is read.
        let mut silent = send(running.address, "");
        while silent.write_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n").is_ok() {
            std::thread::park_timeout(SHORT / 100);
            assert!(began.elapsed() < LONG, "it is still served");
        }
        assert!(began.elapsed() >= SHORT, "{:?}", began.elapsed());
    }

    #[test]
    fn a_connection_beyond_the_limit_evicts_an_idle_one() {
        let running = start(Limits { connections: 2, header: LONG, ..Limits::default() });
        let mut idle = [send(running.address, "G"), send(running.address, "G")];
        // Connections are accepted in order.
        assert!(get_text(running.address, "/").ends_with("fast"));
        assert_eq!(rest(&mut idle[0]), "");
        let busy = ["/long", "/long"]
            .map(|path| send(running.address, &format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")));
        assert_eq!(rest(&mut idle[1]), "");
        assert_eq!(get_text(running.address, "/"), "");
        drop(busy);
        let end = Instant::now() + LONG;
        while get_text(running.address, "/").is_empty() {
            assert!(Instant::now() < end, "no slot became free");
        }
    }

    #[test]
    fn a_running_request_is_answered_after_the_stop_signal() {
        let running = start(Limits { drain: LONG, answer: LONG, ..Limits::default() });
        let mut slow = send(running.address, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
        running.slow_started.recv_timeout(LONG).unwrap();
        running.stop.send(()).unwrap();
        let end = Instant::now() + LONG;
        while TcpStream::connect(running.address).is_ok() {
            assert!(Instant::now() < end, "connections are still accepted");
        }
        assert!(running.ended.try_recv().is_err());
        running.slow_release.notify_one();
        assert!(rest(&mut slow).ends_with("slow"));
        running.ended.recv_timeout(LONG).unwrap();
    }

    #[test]
    fn an_unfinished_request_delays_the_stop_up_to_the_limit() {
        let running = start(Limits { drain: SHORT, header: LONG, answer: LONG, ..Limits::default() });
        let _half = send(running.address, "GET / HTTP/1.1\r\nHos");
        let _slow = send(running.address, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
        // Connections are accepted in order, so the unfinished head has a connection as well.
        running.slow_started.recv_timeout(LONG).unwrap();
        let began = Instant::now();
        running.stop.send(()).unwrap();
        running.ended.recv_timeout(LONG).unwrap();
        assert!((SHORT..LONG / 2).contains(&began.elapsed()), "{:?}", began.elapsed());
    }
}
