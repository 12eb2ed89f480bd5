//! The rights of a client at introspection (RFC 7662 section 2.2).

use crate::domain::client::{Client, Profile};
use crate::domain::id::ClientKind;
use crate::domain::scope::{INTROSPECT, ScopeSet};

/// A credential that a caller of introspection presents, by type and with the client that it belongs to.
#[derive(Clone, Copy, Debug)]
pub enum Introspected<'a> {
    AccessToken(&'a Client),
    RefreshToken(&'a Client),
    Secret(&'a Client),
}

/// The decision whether a caller may introspect a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntrospectionRight {
    Permitted,
    /// Permitted to a key with the scope [`INTROSPECT`], which the caller is not.
    NeedsScope,
    /// Not permitted to any other client.
    Never,
}

/// Decides whether `caller`, a client that authenticated with its secret, may introspect a credential.
///
/// A client may introspect the tokens that were issued to it. A key with the scope [`INTROSPECT`] acts as a resource
/// server: it may introspect what a resource server accepts, which are access tokens and the secrets of keys. A refresh
/// token is of use at the token endpoint only, together with the secret of its client, and the secret of a consumer
/// carries no consent of a user. Neither is a credential for a resource server, so no right extends to it.
#[must_use]
pub fn may_introspect(caller: &Client, credential: Introspected<'_>) -> IntrospectionRight {
    match credential {
        Introspected::AccessToken(client) | Introspected::RefreshToken(client) if client.id == caller.id => {
            IntrospectionRight::Permitted
        }
        Introspected::AccessToken(_) => as_resource_server(caller),
        Introspected::RefreshToken(_) => IntrospectionRight::Never,
        Introspected::Secret(client) => match client.profile {
            Profile::Key => as_resource_server(caller),
            Profile::Consumer(_) => IntrospectionRight::Never,
        },
    }
}

fn as_resource_server(caller: &Client) -> IntrospectionRight {
    // A consumer belongs to a third party. One that has the scope from an earlier time has no right by it.
    match caller.profile {
        Profile::Key if caller.has_scope(INTROSPECT) => IntrospectionRight::Permitted,
        Profile::Key | Profile::Consumer(_) => IntrospectionRight::NeedsScope,
    }
}

/// Returns true if a client of this kind may have all of `scopes`. Only keys may have [`INTROSPECT`].
#[must_use]
pub fn may_have(kind: ClientKind, scopes: &ScopeSet) -> bool {
    match kind {
        ClientKind::Key => true,
        ClientKind::Consumer => !scopes.iter().any(|scope| scope.as_str() == INTROSPECT),
    }
}

#[cfg(test)]
mod tests {
    use super::IntrospectionRight::{NeedsScope, Never, Permitted};
    use super::*;
    use crate::domain::client::StoredState;
    use crate::domain::consumer::{Confidentiality, ConsumerProfile, GrantTypes, Safeguards};
    use crate::domain::group::GroupScopes;
    use crate::domain::time::Timestamp;

    fn client(id: &str, profile: Profile, scopes: &str) -> Client {
        Client {
            id: id.parse().unwrap(),
            name: "erp-sync".parse().unwrap(),
            profile,
            description: None,
            owner: None,
            group: None,
            direct_scopes: scopes.parse().unwrap(),
            stored_state: StoredState::Active,
            created_at: Timestamp::from_millis(0),
            expires_at: None,
            last_used_at: None,
            revision: 1,
        }
    }

    fn consumer() -> Profile {
        Profile::Consumer(ConsumerProfile {
            title: None,
            grant_types: GrantTypes::ClientCredentials,
            confidentiality: Confidentiality::Confidential(Safeguards::default()),
            redirect_uris: vec![],
            web_origins: vec![],
            access_token_lifetime: None,
            refresh_token_lifetime: None,
            refresh_token_grace: None,
            refresh_family_lifetime: None,
        })
    }

    #[test]
    fn rights_follow_caller_owner_and_type() {
        let gateway = client("apck_test_gateway00000", Profile::Key, "apiconn:introspect");
        let mut grouped = client("apck_test_grouped00000", Profile::Key, "assets.read");
        let scopes = "apiconn:introspect".parse().unwrap();
        grouped.group = Some(GroupScopes { name: "gateways".parse().unwrap(), scopes });
        let key = client("apck_test_key000000000", Profile::Key, "assets.read");
        let third = client("apcc_test_third0000000", consumer(), "apiconn:introspect");
        let other = client("apcc_test_other0000000", consumer(), "assets.read");
        // Each caller with the rights to an access token, a refresh token and a secret of each client.
        for (caller, owner, expected) in [
            (&gateway, &gateway, [Permitted, Permitted, Permitted]),
            (&gateway, &key, [Permitted, Never, Permitted]),
            (&gateway, &other, [Permitted, Never, Never]),
            (&grouped, &key, [Permitted, Never, Permitted]),
            (&key, &key, [Permitted, Permitted, NeedsScope]),
            (&key, &other, [NeedsScope, Never, Never]),
            (&third, &third, [Permitted, Permitted, Never]),
            (&third, &key, [NeedsScope, Never, NeedsScope]),
            (&third, &other, [NeedsScope, Never, Never]),
            (&other, &other, [Permitted, Permitted, Never]),
        ] {
            let credentials = [
                Introspected::AccessToken(owner),
                Introspected::RefreshToken(owner),
                Introspected::Secret(owner),
            ];
            let rights = credentials.map(|credential| may_introspect(caller, credential));
            assert_eq!(rights, expected, "{} asks about {}", caller.id, owner.id);
        }
    }

    #[test]
    fn only_a_key_may_have_the_introspection_scope() {
        let scopes = "apiconn:introspect assets.read".parse().unwrap();
        assert!(may_have(ClientKind::Key, &scopes));
        assert!(!may_have(ClientKind::Consumer, &scopes));
        assert!(may_have(ClientKind::Consumer, &"assets.read".parse().unwrap()));
    }
}
