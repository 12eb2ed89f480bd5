//! More slow connections than there are places: honest requests are answered all the same.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::support::App;
use crate::support::process::Service;

#[test]
fn whoever_says_at_once_what_it_wants_is_answered_beside_more_slow_connections_than_there_are_places() {
    // Both ends of a connection are descriptors, here and in the service.
    let most = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most }).unwrap();
    if most.is_some_and(|most| most < 3000) {
        eprintln!("NOT TESTED: slow connections, for which {most:?} descriptors are too few");
        return;
    }
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    let open = |half: &str| {
        let mut stream = TcpStream::connect(service.address).unwrap();
        // It may have had to make room already.
        let _ = stream.write_all(half.as_bytes());
        stream
    };
    let body = "POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\ngrant_type=";
    let kinds = [body, "POST /oauth/token HTTP/1.1\r\nHos", ""];
    let slow: Vec<_> = kinds.into_iter().cycle().take(1300).map(open).collect();
    for _ in 0..20 {
        let began = Instant::now();
        assert_eq!(service.token(&key).status, 200);
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    }
    drop(slow);
    assert!(service.stop());
}
