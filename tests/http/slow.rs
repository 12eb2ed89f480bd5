//! More slow connections than connection slots: other requests are still answered in time.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::support::App;
use crate::support::process::Service;

#[test]
fn slow_connections_do_not_delay_other_requests() {
    // Each connection needs a descriptor in the test and one in the service, which inherits the limit.
    let limit = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: limit, maximum: limit }).unwrap();
    if limit.is_some_and(|limit| limit < 3000) {
        eprintln!("NOT TESTED: slow connections: {limit:?} descriptors are too few");
        return;
    }
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    let open = |start: &str| {
        let mut stream = TcpStream::connect(service.address).unwrap();
        // The write fails if the service has already evicted this connection.
        let _ = stream.write_all(start.as_bytes());
        stream
    };
    let body = "POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\ngrant_type=";
    let starts = [body, "POST /oauth/token HTTP/1.1\r\nHos", ""];
    let slow: Vec<_> = starts.into_iter().cycle().take(1300).map(open).collect();
    for _ in 0..20 {
        let began = Instant::now();
        assert_eq!(service.token(&key).status, 200);
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    }
    drop(slow);
    assert!(service.stop());
}
