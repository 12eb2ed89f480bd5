//! Connections: how many there may be, and how long one may keep its place without a whole request.

use std::io::ErrorKind;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

/// How long to wait after a failed accept: where descriptors have run out, trying at once would only burn time.
const PAUSE: Duration = Duration::from_millis(50);

/// How much, and how long, a client may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Connections at a time; the next one is closed as soon as it comes.
    pub connections: u32,
    /// From the end of one request, or the beginning of the connection, to the last header of the next.
    pub header: Duration,
    /// From the last header to the end of the body.
    pub body: Duration,
    /// From the end of the body to the answer.
    pub answer: Duration,
    /// From the signal to stop to the end of what is under way.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            header: Duration::from_secs(10),
            body: Duration::from_secs(10),
            answer: Duration::from_secs(10),
            drain: Duration::from_secs(10),
        }
    }
}

/// Serves until `stop`, then ends what is under way, and waits for that as long as the limits say.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(usize::try_from(limits.connections).unwrap_or(usize::MAX)));
    let (stopping, stopped) = watch::channel(());
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.header);
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
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
        // Closed by being dropped: to queue it would only hide that there are too many.
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
        // Answers are short and written whole, so there is nothing to wait for; without it they are only later.
        let _ = stream.set_nodelay(true);
        let connection =
            http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
        let mut stopped = stopped.clone();
        tokio::spawn(async move {
            let _place = place;
            let mut connection = pin!(connection);
            tokio::select! {
                // A client that broke off, or was too slow, is not worth a word.
                _ = connection.as_mut() => return,
                _ = stopped.changed() => connection.as_mut().graceful_shutdown(),
            }
            let _ = connection.await;
        });
    }
    // Nobody is let in any more, and everybody inside is told.
    drop(listener);
    drop(stopping);
    let _ = timeout(limits.drain, places.acquire_many(limits.connections)).await;
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{SocketAddr, TcpStream};
    use std::time::Instant;

    use axum::routing::get;
    use tokio::sync::oneshot;

    use super::*;

    const SHORT: Duration = Duration::from_millis(300);
    const LONG: Duration = Duration::from_secs(20);

    struct Running {
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        ended: std::sync::mpsc::Receiver<()>,
    }

    fn start(limits: Limits) -> Running {
        let (stop, stopped) = oneshot::channel();
        let (tell, ended) = std::sync::mpsc::channel();
        let (bound, address) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                bound.send(listener.local_addr().unwrap()).unwrap();
                let slow = || async {
                    sleep(SHORT).await;
                    "slow"
                };
                let router = Router::new().route("/", get(|| async { "fast" })).route("/slow", get(slow));
                serve(listener, router, limits, async { drop(stopped.await) }).await;
            });
            tell.send(()).unwrap();
        });
        Running { address: address.recv().unwrap(), stop, ended }
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
        // Between two requests it is the same.
        let mut idle = send(running.address, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        assert!(rest(&mut idle).ends_with("fast"));
    }

    #[test]
    fn a_connection_beyond_the_limit_is_closed_and_the_place_of_one_that_ended_is_free() {
        let running = start(Limits { connections: 2, header: LONG, ..Limits::default() });
        let held = [send(running.address, "G"), send(running.address, "G")];
        // Those two are accepted in the order in which they came.
        assert_eq!(ask(running.address, "/"), "");
        drop(held);
        let end = Instant::now() + LONG;
        while ask(running.address, "/").is_empty() {
            assert!(Instant::now() < end, "no place became free");
        }
    }

    #[test]
    fn what_is_under_way_is_finished_after_the_signal_and_what_takes_too_long_is_not() {
        let running = start(Limits { drain: SHORT * 3, header: LONG, ..Limits::default() });
        let mut slow = send(running.address, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
        // It keeps its place without ever sending the rest.
        let _half = send(running.address, "GET / HTTP/1.1\r\nHos");
        // The answer of a later connection shows that both were taken.
        assert!(ask(running.address, "/").ends_with("fast"));
        let began = Instant::now();
        running.stop.send(()).unwrap();
        assert!(rest(&mut slow).ends_with("slow"));
        running.ended.recv_timeout(LONG).unwrap();
        assert!(began.elapsed() < SHORT * 10, "{:?}", began.elapsed());
        assert!(TcpStream::connect(running.address).is_err());
    }
}
