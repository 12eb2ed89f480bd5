//! A key from creation to revocation.

use crate::support::App;

#[test]
fn key_is_accepted_until_it_is_revoked() {
    let app = App::new();
    let (id, secret) = app.key("erp-sync", "--scope assets.read --expires 90d");
    let verified = app.call("key verify - -o json").stdin(&secret).run().ok().json();
    assert_eq!(verified["schema"], "key.verify/1");
    assert_eq!(verified["verified"]["client_id"], id);
    assert_eq!(verified["verified"]["scope"], "assets.read");
    app.run("key revoke erp-sync --yes").ok();
    let refused = app.call("key verify -").stdin(&secret).run().exits(5);
    assert_eq!(
        refused.err,
        format!(
            "error: the secret is refused: key erp-sync ({id}) was revoked\nhint: to see when and why: apiconn key show {id}\n"
        )
    );
    assert_eq!(refused.out, "");
}
