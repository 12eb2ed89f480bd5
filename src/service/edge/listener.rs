//! Connections: how many there may be, and how long one may keep its place without a whole request.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::service::edge::io_timeouts::{NeverTimer, TimeoutStream};
use crate::service::edge::limits::Limits;
use crate::service::edge::proxy::{Peer, Proxies};
use crate::service::edge::slots::{Acquire, ConnectionSlots, SlotGuard};

/// How long to wait after a failed accept: where descriptors have run out, trying at once would only burn time.
const PAUSE: Duration = Duration::from_millis(50);

/// How long to wait before looking again for a place. Meanwhile the kernel keeps the connections that come.
const MOMENT: Duration = Duration::from_millis(5);
/// How many times to look again for one connection.
const MOMENTS: u32 = 60;
/// How many connections the kernel may keep until they are accepted; it takes less where it has a lower limit.
const BACKLOG: u32 = 4096;

/// What hyper is told: a little more than is allowed, so that most of what is too much is refused in our own words.
/// Its own answer has no body.
fn http_builder(limits: &Limits) -> http1::Builder {
    let mut http = http1::Builder::new();
    // Only with a limit of its own does hyper look for the next head at once when it has answered; and only when it
    // looks is the limit of the stream seen.
    http.timer(NeverTimer)
        .header_read_timeout(limits.idle)
        .max_buf_size(limits.target_bytes + limits.header_bytes + 1024)
        .max_headers(2 * limits.headers);
    http
}

/// Listens. A burst of connections must not overflow what the kernel keeps until they are accepted: a client whose
/// connection is lost there tries again only a second later.
pub(crate) fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // What lets a service begin again at once where another has just ended.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `stop`, then ends what is under way, and waits for that as long as the limits say.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    slots: &Arc<ConnectionSlots>,
    proxies: &Proxies,
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
            // It was gone before it was taken.
            Err(error)
                if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset) =>
            {
                continue;
            }
            Err(_) => {
                sleep(PAUSE).await;
                continue;
            }
        };
        let mut taken = slots.take(peer.ip(), proxies);
        for _ in 0..MOMENTS {
            if !matches!(taken, Acquire::Later) {
                break;
            }
            sleep(MOMENT).await;
            taken = slots.take(peer.ip(), proxies);
        }
        // Closed by being dropped: to queue it would only hide that there are too many.
        let Acquire::Slot(place) = taken else { continue };
        // Answers are short and written whole, so there is nothing to wait for; without it they are only later.
        let _ = stream.set_nodelay(true);
        let connection = Connection { stream, peer: Peer(peer.ip()), place, limits };
        tokio::spawn(connection.serve(http.clone(), router.clone(), stopped.clone()));
    }
    // Nobody is let in any more, and everybody table is told.
    drop((listener, stopped));
    let _ = stopping.send(());
    let _ = timeout(limits.drain, stopping.closed()).await;
}

struct Connection {
    stream: TcpStream,
    peer: Peer,
    place: SlotGuard,
    limits: Limits,
}

impl Connection {
    async fn serve(self, http: http1::Builder, router: Router, mut stopped: watch::Receiver<()>) {
        let connection_state = Arc::clone(&self.place.connection_state);
        let stream = TimeoutStream::new(self.stream, self.limits, Arc::clone(&connection_state));
        let router = TowerToHyperService::new(router);
        let service = service_fn(|mut request: Request<Incoming>| {
            connection_state.head();
            request.extensions_mut().insert(self.peer);
            request.extensions_mut().insert(Arc::clone(&connection_state));
            let answer = router.call(request);
            let connection_state = &connection_state;
            async move {
                let answer = answer.await;
                connection_state.wait();
                answer
            }
        });
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            // A client that broke off, or was too slow, is not worth a word.
            _ = connection.as_mut() => return,
            () = connection_state.evicted.notified() => {
                // Meanwhile it may have begun with a request, which is then still answered.
                if connection_state.waiting() > 0 {
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
    use std::net::TcpStream;
    use std::time::Instant;

    use axum::middleware::from_fn;
    use axum::routing::get;
    use tokio::sync::{Notify, oneshot};

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
        let (tell, ended) = std::sync::mpsc::channel();
        let (bound, address) = std::sync::mpsc::channel();
        let (slow_starts, slow_started) = std::sync::mpsc::channel();
        let slow_release = Arc::new(Notify::new());
        let released = Arc::clone(&slow_release);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                bound.send(listener.local_addr().unwrap()).unwrap();
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
                    async { drop(stopped.await) },
                )
                .await;
            });
            tell.send(()).unwrap();
        });
        Running { address: address.recv().unwrap(), stop, ended, slow_started, slow_release }
    }

    fn send(address: SocketAddr, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream
    }

    /// Everything until the service closes the connection.
    fn rest(stream: &mut TcpStream) -> String {
        let mut bytes = Vec::new();
        // Closed in the middle of what was sent, it may be a reset.
        let _ = stream.read_to_end(&mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    fn ask(address: SocketAddr, path: &str) -> String {
        rest(&mut send(address, &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")))
    }

    #[test]
    fn half_a_header_is_closed_in_time_and_honest_requests_go_on_meanwhile() {
        let running = start(Limits { header: SHORT, ..Limits::default() });
        let began = Instant::now();
        let mut held: Vec<_> =
            ["GET / HTTP/1.1\r\nHos", "", "G"].map(|half| send(running.address, half)).into();
        assert!(ask(running.address, "/").ends_with("fast"));
        assert!(began.elapsed() < SHORT * 2);
        for stream in &mut held {
            assert!(!rest(stream).contains("200"));
        }
        assert!((SHORT..SHORT * 6).contains(&began.elapsed()), "{:?}", began.elapsed());
    }

    #[test]
    fn between_two_requests_there_is_a_time_of_its_own() {
        let limits = Limits { header: SHORT, idle: SHORT * 4, ..Limits::default() };
        let running = start(limits);
        let request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
        let began = Instant::now();
        let mut idle = send(running.address, request);
        assert!(rest(&mut idle).ends_with("fast"));
        assert!((SHORT * 4..LONG).contains(&began.elapsed()), "{:?}", began.elapsed());
        // The next head is timed from its first byte, and none that come later give it more.
        let mut half = send(running.address, request);
        let mut first = [0; 1024];
        assert!(half.read(&mut first).unwrap() > 0);
        let began = Instant::now();
        half.write_all(b"GET / HTT").unwrap();
        let mut more = half.try_clone().unwrap();
        let drip = std::thread::spawn(move || {
            while more.write_all(b"a").is_ok() {
                std::thread::park_timeout(SHORT / 4);
            }
        });
        assert_eq!(rest(&mut half), "");
        assert!((SHORT..SHORT * 4).contains(&began.elapsed()), "{:?}", began.elapsed());
        drop(half);
        drip.join().unwrap();
    }

    #[test]
    fn slow_connections_of_every_kind_are_closed_in_time_and_honest_requests_are_answered_beside_them() {
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
        let mut held: Vec<_> =
            kinds.into_iter().cycle().take(200).map(|begin| send(running.address, begin)).collect();
        let began = Instant::now();
        while began.elapsed() < SHORT * 2 {
            assert!(ask(running.address, "/").ends_with("fast"));
            for drip in held.iter_mut().skip(2).step_by(5) {
                let _ = drip.write(b"a");
            }
        }
        for stream in &mut held {
            rest(stream);
        }
        assert!(began.elapsed() < LONG, "{:?}", began.elapsed());
    }

    #[test]
    fn a_client_that_does_not_take_its_answers_is_left() {
        let running = start(Limits { write: SHORT, ..Limits::default() });
        let began = Instant::now();
        // It asks for more than all buffers on the way hold, and reads nothing.
        let mut greedy = send(running.address, "");
        while greedy.write_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n").is_ok() {
            std::thread::park_timeout(SHORT / 100);
            assert!(began.elapsed() < LONG, "it is still served");
        }
        assert!(began.elapsed() >= SHORT, "{:?}", began.elapsed());
    }

    #[test]
    fn a_connection_beyond_the_limit_takes_the_place_of_one_that_does_not_ask_or_is_closed() {
        let running = start(Limits { connections: 2, header: LONG, ..Limits::default() });
        let mut held = [send(running.address, "G"), send(running.address, "G")];
        // Those two are accepted in the order in which they came.
        assert!(ask(running.address, "/").ends_with("fast"));
        assert_eq!(rest(&mut held[0]), "");
        let busy = ["/long", "/long"]
            .map(|path| send(running.address, &format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")));
        assert_eq!(rest(&mut held[1]), "");
        assert_eq!(ask(running.address, "/"), "");
        drop(busy);
        let end = Instant::now() + LONG;
        while ask(running.address, "/").is_empty() {
            assert!(Instant::now() < end, "no place became free");
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
    fn an_unfinished_request_delays_the_stop_by_no_more_than_the_limit() {
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
