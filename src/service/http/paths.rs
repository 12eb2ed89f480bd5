//! The paths of the service: for the routers, the metadata, the pages and the stored refusals.

/// Metadata (RFC 8414 section 3); the issuer's path follows it, if the issuer has one.
pub(crate) const METADATA: &str = "/.well-known/oauth-authorization-server";
/// Metadata of an issuer with a path.
pub(crate) const METADATA_WITH_PATH: &str = "/.well-known/oauth-authorization-server/{*path}";
/// Token endpoint (RFC 6749 section 3.2).
pub(crate) const TOKEN: &str = "/oauth/token";
/// Introspection endpoint (RFC 7662).
pub(crate) const INTROSPECT: &str = "/oauth/introspect";
/// Revocation endpoint (RFC 7009).
pub(crate) const REVOKE: &str = "/oauth/revoke";
/// Authorization endpoint (RFC 6749 section 3.1).
pub(crate) const AUTHORIZE: &str = "/oauth/authorize";
/// The form of the consent page.
pub(crate) const CONSENT: &str = "/consent";
/// Sign-in page of users.
pub(crate) const SIGN_IN: &str = "/login";
/// Sign-out page of users.
pub(crate) const SIGN_OUT: &str = "/logout";
/// The page on which a user sees the applications that may act for them.
pub(crate) const APPLICATIONS: &str = "/account/applications";
/// The form that revokes one authorization.
pub(crate) const APPLICATION_REVOKE: &str = "/account/applications/revoke";
/// The form that revokes all authorizations of a user.
pub(crate) const APPLICATIONS_REVOKE_ALL: &str = "/account/applications/revoke-all";
/// The page for developers of clients, `service_documentation` of the metadata.
pub(crate) const DEVELOPERS: &str = "/developers";
/// The stylesheet, the icon and the logo.
pub(crate) const ASSET: &str = "/assets/{name}";

/// The endpoints by which stored refusals are named, longer paths first.
const ENDPOINTS: &[&str] =
    &[APPLICATIONS, AUTHORIZE, CONSENT, DEVELOPERS, INTROSPECT, REVOKE, TOKEN, SIGN_IN, SIGN_OUT];

/// Returns true for a route that programs call and that is therefore served under every allowed host, and not under the host
/// of the issuer alone.
pub(crate) fn is_for_programs(route: &str) -> bool {
    matches!(route, TOKEN | INTROSPECT | REVOKE | METADATA | METADATA_WITH_PATH)
}

/// Returns the endpoint of a route, or `other` for a route without a name of its own.
pub(crate) fn endpoint(route: &str) -> &'static str {
    ENDPOINTS.iter().find(|known| route.starts_with(**known)).copied().unwrap_or("other")
}
