//! `last_used`: written per secret and outside of requests, flushed when the service stops, never set back.

use crate::support::App;
use crate::support::process::Service;

use super::{number, raw};

#[test]
fn uses_are_counted_per_secret_after_the_requests() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    for _ in 0..5 {
        assert_eq!(service.token(&key).status, 200);
    }
    assert_eq!(service.token(&(key.0.clone(), format!("{}x", key.1))).status, 401);
    let connection = raw(&app.store());
    assert_eq!(number(&connection, "SELECT count(*) FROM tokens"), 5);
    assert_eq!(
        number(&connection, "SELECT uses FROM secrets"),
        0,
        "uses must not be written during the request"
    );
    assert_eq!(
        number(&connection, "SELECT count(first_used_at) FROM secrets"),
        1,
        "the first use is written at once"
    );
    assert!(service.stop());
    assert_eq!(number(&connection, "SELECT uses FROM secrets"), 5);
    assert_eq!(
        number(&connection, "SELECT (SELECT last_used_at FROM secrets) = (SELECT last_used_at FROM clients)"),
        1
    );
    let shown = app.run("key show k -o json").ok().json();
    assert_eq!(shown["key"]["secrets"][0]["uses"], 5);
    assert!(shown["key"]["secrets"][0]["last_used_at"].is_string());
}
