//! Constructors of checks from the objects that fail them.

use crate::domain::client::{Client, ClientRefusal, StoredState};
use crate::domain::family::ChainPlace;
use crate::domain::grant::StoredGrantState;
use crate::domain::redirect::RedirectUri;
use crate::domain::scope::ScopeSet;
use crate::domain::secret::{Secret, SecretRefusal};
use crate::domain::time::Timestamp;
use crate::domain::token::{TokenRecord, TokenRefusal};

use crate::domain::refusal::{Check, compare_redirect};

impl Check {
    /// Returns the check for a redirect URI that is not registered.
    #[must_use]
    pub fn redirect_mismatch(sent: &str, registered: &[RedirectUri]) -> Self {
        Self::RedirectMismatch { sent: sent.to_owned(), nearest: compare_redirect(sent, registered, false) }
    }

    /// Returns the check for a redirect URI that a public consumer has not registered with any port.
    #[must_use]
    pub fn redirect_mismatch_on_any_port(sent: &str, registered: &[RedirectUri]) -> Self {
        Self::RedirectMismatch { sent: sent.to_owned(), nearest: compare_redirect(sent, registered, true) }
    }

    /// Returns the check that a client fails at `now`, or `None` if it is accepted.
    #[must_use]
    pub fn of_client(client: &Client, now: Timestamp) -> Option<Self> {
        let refusal = client.refusal(now)?;
        Some(match (refusal, &client.stored_state) {
            (ClientRefusal::Revoked, StoredState::Revoked { at, .. }) => Self::ClientRevoked { at: *at },
            (ClientRefusal::Disabled, StoredState::Disabled { since }) => {
                Self::ClientDisabled { since: *since }
            }
            _ => Self::ClientExpired { at: client.expires_at.unwrap_or(now) },
        })
    }

    /// Returns the check that a secret fails at `now`, or `None` if it is accepted. Its client is not considered.
    #[must_use]
    pub fn of_secret(secret: &Secret, now: Timestamp) -> Option<Self> {
        let hint = secret.hint.clone();
        Some(match secret.refusal(now)? {
            SecretRefusal::Undelivered => Self::SecretPending { hint },
            SecretRefusal::Retired(at) => Self::SecretRetired { hint, at },
            SecretRefusal::Revoked(at) => Self::SecretRevoked { hint, at },
        })
    }

    /// Returns the check that the exchange of a refresh token fails at `now`, or `None` if it is accepted. The caller handles a
    /// reused token.
    #[must_use]
    pub fn of_refresh_token(record: &TokenRecord, now: Timestamp) -> Option<Self> {
        let own = || Self::RefreshRevoked { at: record.token.revoked_at };
        let (grant, user) =
            record.authorization.as_ref().map_or((None, None), |(grant, user)| (Some(grant), Some(user)));
        Some(match record.refusal_of_exchange(now)? {
            TokenRefusal::Client(_) => Self::of_client(&record.client, now).unwrap_or_else(own),
            TokenRefusal::GrantRevoked => match grant.map(|grant| (&grant.id, &grant.stored_state)) {
                Some((grant, StoredGrantState::Revoked { at, .. })) => {
                    Self::GrantRevoked { grant: grant.clone(), at: *at }
                }
                _ => own(),
            },
            TokenRefusal::UserDisabled => {
                user.and_then(|user| user.disabled_at).map_or_else(own, |since| Self::UserDisabled { since })
            }
            TokenRefusal::FamilyEnded => {
                Self::RefreshRevoked { at: record.family.and_then(|family| family.ended_at) }
            }
            TokenRefusal::SecretRevoked
            | TokenRefusal::Revoked
            | TokenRefusal::Used
            | TokenRefusal::NotNewest => own(),
            TokenRefusal::Expired => Self::RefreshExpired {
                at: match &record.place {
                    ChainPlace::Predecessor(predecessor) => predecessor.expires_at,
                    ChainPlace::Newest | ChainPlace::Other => record.token.expires_at,
                },
            },
            TokenRefusal::FamilyExpired => Self::RefreshFamilyExpired { at: record.expires_at() },
        })
    }

    /// Returns the check that a request for scopes fails, or `None` if they can be issued. `None` requests every scope of the
    /// client.
    #[must_use]
    pub fn of_scopes(client: &Client, requested: Option<&ScopeSet>) -> Option<Self> {
        let available = client.scopes();
        match requested.map(|requested| requested.without(&available)) {
            Some(missing) if !missing.is_empty() => Some(Self::ScopeNotHeld {
                missing,
                group: client.group.as_ref().map(|group| group.name.clone()),
            }),
            _ if requested.unwrap_or(&available).is_empty() => Some(Self::ScopeNone),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::client::Profile;
    use crate::domain::family::{Family, Predecessor};
    use crate::domain::grant::Grant;
    use crate::domain::group::GroupScopes;
    use crate::domain::secret::Phase;
    use crate::domain::token::{Token, TokenKind};
    use crate::domain::user::User;

    const fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn client(stored_state: StoredState, expires_at: Option<Timestamp>) -> Client {
        Client {
            id: "apck_test_7Hq2mZ0xPa4T".parse().unwrap(),
            name: "erp-sync".parse().unwrap(),
            profile: Profile::Key,
            description: None,
            owner: None,
            group: Some(GroupScopes { name: "readers".parse().unwrap(), scopes: "b".parse().unwrap() }),
            direct_scopes: "a".parse().unwrap(),
            stored_state,
            created_at: at(0),
            expires_at,
            last_used_at: None,
            revision: 1,
        }
    }

    #[test]
    fn an_unusable_client_has_its_time() {
        let judge = |stored_state, expires_at| Check::of_client(&client(stored_state, expires_at), at(50));
        assert_eq!(judge(StoredState::Active, Some(at(51))), None);
        assert_eq!(judge(StoredState::Active, Some(at(50))), Some(Check::ClientExpired { at: at(50) }));
        let disabled = StoredState::Disabled { since: at(7) };
        assert_eq!(judge(disabled, Some(at(50))), Some(Check::ClientDisabled { since: at(7) }));
        let revoked = StoredState::Revoked { at: at(8), reason: None };
        assert_eq!(judge(revoked, None), Some(Check::ClientRevoked { at: at(8) }));
    }

    #[test]
    fn scopes_that_are_lacking_are_named_with_the_group() {
        let scopes =
            |asked: &str| Check::of_scopes(&client(StoredState::Active, None), Some(&asked.parse().unwrap()));
        assert_eq!(scopes("a b"), None);
        assert_eq!(Check::of_scopes(&client(StoredState::Active, None), None), None);
        let group = Some("readers".parse().unwrap());
        assert_eq!(scopes("a c"), Some(Check::ScopeNotHeld { missing: "c".parse().unwrap(), group }));
        assert_eq!(scopes(""), Some(Check::ScopeNone));
    }

    #[test]
    fn a_secret_refusal_has_the_hint() {
        let secret = |phase, expires_at| Secret {
            id: "sec_7Hq2mZ0xPa4T".parse().unwrap(),
            hint: "Qr4t".to_owned(),
            created_at: at(0),
            expires_at,
            phase,
            first_used_at: None,
            last_used_at: None,
            uses: 0,
        };
        let hint = || "Qr4t".to_owned();
        let judge = |phase, expires_at| Check::of_secret(&secret(phase, expires_at), at(50));
        assert_eq!(judge(Phase::Delivered(at(1)), None), None);
        assert_eq!(judge(Phase::Pending, None), Some(Check::SecretPending { hint: hint() }));
        let retired = Check::SecretRetired { hint: hint(), at: at(9) };
        assert_eq!(judge(Phase::Delivered(at(1)), Some(at(9))), Some(retired));
        let revoked = Check::SecretRevoked { hint: hint(), at: at(5) };
        assert_eq!(judge(Phase::Revoked(at(5)), Some(at(9))), Some(revoked));
    }

    #[test]
    fn a_refresh_refusal_names_its_cause() {
        let record = TokenRecord {
            token: Token {
                id: "tok_7Hq2mZ0xPa4T".parse().unwrap(),
                kind: TokenKind::Refresh,
                scopes: "a".parse().unwrap(),
                issued_at: at(0),
                expires_at: at(100),
                revoked_at: None,
            },
            client: client(StoredState::Active, None),
            secret: None,
            family: Some(Family { ended_at: None, expires_at: Some(at(200)) }),
            place: ChainPlace::Newest,
            authorization: Some((
                Grant {
                    id: "grt_7Hq2mZ0xPa4T".parse().unwrap(),
                    user: "usr_7Hq2mZ0xPa4T".parse().unwrap(),
                    username: "tech1".parse().unwrap(),
                    client: "apck_test_7Hq2mZ0xPa4T".parse().unwrap(),
                    client_name: "erp-sync".parse().unwrap(),
                    scopes: "a".parse().unwrap(),
                    stored_state: StoredGrantState::Active,
                    created_at: at(0),
                    last_used_at: None,
                },
                User {
                    id: "usr_7Hq2mZ0xPa4T".parse().unwrap(),
                    username: "tech1".parse().unwrap(),
                    display_name: None,
                    email: None,
                    disabled_at: None,
                    created_at: at(0),
                },
            )),
        };
        let judge = |change: &dyn Fn(&mut TokenRecord)| {
            let mut record = record.clone();
            change(&mut record);
            Check::of_refresh_token(&record, at(50))
        };
        assert_eq!(judge(&|_| {}), None);
        assert_eq!(
            judge(&|record| record.token.expires_at = at(50)),
            Some(Check::RefreshExpired { at: at(50) })
        );
        assert_eq!(
            judge(&|record| record.token.revoked_at = Some(at(3))),
            Some(Check::RefreshRevoked { at: Some(at(3)) })
        );
        assert_eq!(
            judge(&|record| record.family = Some(Family { ended_at: Some(at(2)), expires_at: None })),
            Some(Check::RefreshRevoked { at: Some(at(2)) })
        );
        for (idle, family, expected) in [
            (60, 50, Some(Check::RefreshFamilyExpired { at: at(50) })),
            (50, 60, Some(Check::RefreshExpired { at: at(50) })),
            (40, 50, Some(Check::RefreshExpired { at: at(40) })),
            (50, 40, Some(Check::RefreshFamilyExpired { at: at(40) })),
            (51, 51, None),
        ] {
            let ends = |record: &mut TokenRecord| {
                record.token.expires_at = at(idle);
                record.family = Some(Family { ended_at: None, expires_at: Some(at(family)) });
            };
            assert_eq!(judge(&ends), expected, "idle end {idle}, family end {family}");
        }
        let predecessor = |record: &mut TokenRecord| {
            record.place = ChainPlace::Predecessor(Predecessor {
                exchanged_at: at(45),
                expires_at: at(49),
                nonce: None,
            });
        };
        assert_eq!(judge(&predecessor), Some(Check::RefreshExpired { at: at(49) }));
        let secret = "sec_7Hq2mZ0xPa4T".parse().ok();
        assert_eq!(
            judge(&|record| record.secret = secret.clone().map(|id| (id, Phase::Revoked(at(4))))),
            Some(Check::RefreshRevoked { at: None })
        );
        assert_eq!(
            judge(&|record| record.client.stored_state = StoredState::Disabled { since: at(5) }),
            Some(Check::ClientDisabled { since: at(5) })
        );
        let user =
            |record: &mut TokenRecord| record.authorization.as_mut().unwrap().1.disabled_at = Some(at(6));
        assert_eq!(judge(&user), Some(Check::UserDisabled { since: at(6) }));
        let grant = |record: &mut TokenRecord| {
            record.authorization.as_mut().unwrap().0.stored_state =
                StoredGrantState::Revoked { at: at(7), reason: None };
        };
        let id = "grt_7Hq2mZ0xPa4T".parse().unwrap();
        assert_eq!(judge(&grant), Some(Check::GrantRevoked { grant: id, at: at(7) }));
    }
}
