//! `key verify` and `token inspect` with credentials on standard input.

use apiconn::credentials::digest::Digest;
use apiconn::credentials::format::checksum;
use apiconn::domain::secret_text::SecretText;
use rusqlite::params;

use crate::support::App;

const SECRET: &str = "apcs_test_7Hq2mZ0xPa4T_9fKc3VtQxN8sLb2WyEoUj6RgZp0DhAaM3Et442";

/// Appends the checksum of a credential.
fn with_checksum(body: &str) -> String {
    format!("{body}{}", checksum(body))
}

#[test]
fn valid_secret_shows_its_client_and_scope() {
    let app = App::new();
    app.run("group add g --scope work_orders.write").ok();
    let (key, of_key) = app.key("k", "--scope assets.read --group g --expires 90d --owner ops");
    let (consumer, of_consumer) = app.consumer("c", "--scope assets.read");
    let id = |name: &str| {
        let shown = app.run(&format!("{name} --fields secrets.secret_id")).ok().out;
        shown.trim_end().to_owned()
    };
    let run = app.call("key verify -").stdin(format!("{of_key}\n")).run().ok();
    assert_eq!(
        run.out,
        format!(
            "{key}\tk\tkey\tactive\tassets.read work_orders.write\t{}\t2027-02-22T10:30:00.000Z\tops\n",
            id("key show k")
        )
    );
    let run = app.call("key verify").stdin(format!("{of_consumer}\r\nmore")).run().ok();
    assert_eq!(
        run.out,
        format!("{consumer}\tc\tconsumer\tactive\tassets.read\t{}\t\t\n", id("consumer show c"))
    );
    assert_eq!(app.number("SELECT sum(uses) FROM secrets"), 0, "verification does not count as a use");
}

#[test]
fn refused_secret_shows_the_reason_and_a_hint() {
    let app = App::new();
    let (id, secret) = app.key("k", "--scope assets.read --expires 2d");
    let client = format!("key k ({id})");
    let expect = |step: &str, why: &str, hint: &str| {
        if !step.is_empty() {
            app.run(step).ok();
        }
        let run = app.call("key verify -").stdin(&secret).run().exits(5);
        assert_eq!(run.err, format!("error: the secret is refused: {why}\nhint: {hint}\n"));
        assert_eq!(run.out, "");
    };
    expect("key disable k --yes", &format!("{client} is disabled"), "to enable it: apiconn key enable k");
    app.advance("2d");
    expect(
        "key enable k",
        &format!("{client} has expired"),
        "to set a new expiry: apiconn key edit k --expires 90d",
    );
    expect(
        "key revoke k --yes",
        &format!("{client} was revoked"),
        &format!("to see when and why: apiconn key show {id}"),
    );
}

#[test]
fn malformed_secret_is_rejected_without_the_store() {
    let app = App::empty();
    for (text, err) in [
        (
            SECRET.replace("442", "443"),
            "error: the secret is refused: it contains a typing error: the checksum does not match\nhint: paste the whole secret; if it is lost, make a new one: apiconn key rotate NAME\n",
        ),
        (
            SECRET[..50].to_owned(),
            "error: the secret is refused: it is too short, too long, or contains an invalid character\nhint: paste the whole secret; if it is lost, make a new one: apiconn key rotate NAME\n",
        ),
        (
            "hunter2".to_owned(),
            "error: the secret is refused: it does not look like a credential of apiconn, which begins with apcs_, apcx_, apca_, apcr_ or apcg_\nhint: paste the whole secret; if it is lost, make a new one: apiconn key rotate NAME\n",
        ),
        (
            with_checksum(&format!("apca_{}", "a".repeat(43))),
            "error: this is a token or code, not the secret of a key or consumer\nhint: to check a token: apiconn token inspect -\n",
        ),
    ] {
        assert_eq!(app.call("key verify -").stdin(&text).run().exits(5).err, err, "{text}");
    }
    // A well-formed secret can be checked only with the store.
    app.call("key verify -").stdin(SECRET).run().exits(6);
    let app = App::new();
    assert_eq!(
        app.call("key verify -").stdin(SECRET).run().exits(5).err,
        "error: the secret is refused: no key or consumer of this store has it\nhint: it may belong to another store: check --store and APICONN_STORE\n"
    );
    assert_eq!(
        app.run("key verify -").exits(2).err,
        "error: the secret is read from standard input, which is empty\nhint: for its arguments and examples: apiconn key verify --help\n"
    );
    assert_eq!(
        app.run("key verify hunter2").exits(2).err,
        "error: the secret is read from standard input, never from the command line\nhint: to check a secret in a file: apiconn key verify - <FILE\n"
    );
}

#[test]
fn token_on_stdin_is_looked_up_by_digest() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    let token = with_checksum(&format!("apca_{}", "a".repeat(43)));
    let digest = Digest::of(&SecretText::new(token.clone()));
    app.raw()
        .execute(
            "INSERT INTO tokens (token_id, digest, kind, client_seq, scope, issued_at, expires_at)
             SELECT 'tok_000000000001', ?1, 'access', seq, scope, created_at, created_at + 60000 FROM clients",
            params![digest.as_bytes()],
        )
        .unwrap();
    let inspect = |text: &str| app.call("token inspect - --fields token_id,state").stdin(text).run();
    assert_eq!(inspect(&format!("{token}\n")).ok().out, "tok_000000000001\tactive\n");
    app.advance("1m");
    assert_eq!(inspect(&token).ok().out, "tok_000000000001\texpired\n");
    let other = with_checksum(&format!("apcr_{}", "a".repeat(65)));
    let run = inspect(&other).exits(3);
    assert!(!run.err.contains(&other), "{run:?}");
    assert_eq!(
        run.err,
        "error: no token of this store has the value that was read\nhint: it may belong to another store: check --store and APICONN_STORE\n"
    );
}

#[test]
fn malformed_token_is_rejected_without_the_store() {
    let app = App::empty();
    let mistyped = format!("apca_{}", "a".repeat(49));
    let code = with_checksum(&format!("apcg_{}", "a".repeat(43)));
    let whole = "hint: paste the whole token; to list active tokens: apiconn token list\n";
    for (text, err) in [
        (
            SECRET,
            "error: this is the secret of a key or consumer, not a token\nhint: to check a secret: apiconn key verify -\n".to_owned(),
        ),
        (
            &code,
            "error: this is an authorization code, not a token\nhint: a code can be exchanged once, by the consumer it was issued to, within 60 seconds\n".to_owned(),
        ),
        (&mistyped, format!("error: the token is refused: it contains a typing error: the checksum does not match\n{whole}")),
        (
            "apca_short",
            format!("error: the token is refused: it is too short, too long, or contains an invalid character\n{whole}"),
        ),
    ] {
        assert_eq!(app.call("token inspect -").stdin(text).run().exits(5).err, err, "{text}");
    }
}

#[test]
fn blanks_around_a_credential_are_removed_as_by_the_service() {
    let app = App::new();
    let (_, secret) = app.key("k", "--scope assets.read");
    let token = with_checksum(&format!("apca_{}", "a".repeat(43)));
    let around = |text: &str| {
        [
            format!(" {text}"),
            format!("{text} \n"),
            format!("\u{feff}{text}\r\n"),
            format!("\n\r\n  \n\t{text}\t\nmore"),
            format!("\u{a0}{text}\u{3000}"),
        ]
    };
    for text in around(&secret) {
        app.call("key verify -").stdin(&text).run().ok();
    }
    for text in around(&token) {
        // The form is right, and the store has no such token.
        app.call("token inspect -").stdin(&text).run().exits(3);
    }
    for text in ["", "\n", " \r\n\u{feff}\n"] {
        let run = app.call("key verify -").stdin(text).run().exits(2);
        assert!(
            run.err.starts_with("error: the secret is read from standard input, which is empty\n"),
            "{run:?}"
        );
    }
    // A blank inside stays a fault.
    app.call("key verify -").stdin(secret.replacen('_', " _", 1)).run().exits(5);
}
