//! Uses of clients, secrets, grants and sessions, counted in memory. A request waits only for the row of its own token to be
//! written; the writer stores the counts later.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use crate::credentials::digest::Digest;
use crate::domain::id::{ClientId, GrantId, SecretId};
use crate::domain::scope::{Scope, ScopeSet};
use crate::domain::time::{Day, Timestamp};
use crate::store::usage::{ClientUsage, DayUses, ScopeUse, SecretUsage, Uses};

/// Uses since the writer last stored them: the last time, and the count.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    clients: Mutex<HashMap<ClientId, ClientUses>>,
    secrets: Mutex<HashMap<SecretId, (Timestamp, i64)>>,
    grants: Mutex<HashMap<GrantId, (Timestamp, i64)>>,
    sessions: Mutex<HashMap<[u8; 32], (Timestamp, i64)>>,
}

/// Uses of one client: the count of each day, and the last day of each scope.
#[derive(Debug, Default)]
struct ClientUses {
    days: HashMap<Day, i64>,
    scopes: HashMap<Scope, Day>,
}

impl ClientUses {
    fn add(&mut self, day: Day, uses: i64) {
        *self.days.entry(day).or_default() += uses;
    }

    fn add_scope(&mut self, scope: &Scope, day: Day) {
        match self.scopes.get_mut(scope) {
            Some(last) => *last = day.max(*last),
            None => {
                self.scopes.insert(scope.clone(), day);
            }
        }
    }

    fn into_usage(self, client: ClientId) -> ClientUsage {
        let days = self.days.into_iter().map(|(day, uses)| DayUses { day, uses });
        let scopes = self.scopes.into_iter().map(|(scope, last_day)| ScopeUse { scope, last_day });
        ClientUsage { client, days: days.collect(), scopes: scopes.collect() }
    }
}

fn add<K: Eq + Hash>(uses: &Mutex<HashMap<K, (Timestamp, i64)>>, key: K, at: Timestamp, count: i64) {
    let mut uses = uses.lock().unwrap_or_else(PoisonError::into_inner);
    let entry = uses.entry(key).or_insert((at, 0));
    entry.0 = entry.0.max(at);
    entry.1 += count;
}

fn take<K: Eq + Hash>(
    uses: &Mutex<HashMap<K, (Timestamp, i64)>>,
) -> impl Iterator<Item = (K, (Timestamp, i64))> {
    std::mem::take(&mut *uses.lock().unwrap_or_else(PoisonError::into_inner)).into_iter()
}

impl Usage {
    /// Changes the uses of one client. A busy client has an entry already, so that its id is not copied.
    fn of_client(&self, client: &ClientId, change: impl FnOnce(&mut ClientUses)) {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        match clients.get_mut(client) {
            Some(uses) => change(uses),
            None => change(clients.entry(client.clone()).or_default()),
        }
    }

    /// Counts a use of a client.
    pub(crate) fn client(&self, client: &ClientId, at: Timestamp) {
        self.of_client(client, |uses| uses.add(at.into(), 1));
    }

    /// Records scopes that a client asked for with a request that succeeded.
    pub(crate) fn scopes(&self, client: &ClientId, scopes: &ScopeSet, at: Timestamp) {
        self.of_client(client, |uses| {
            for scope in scopes.iter() {
                uses.add_scope(scope, at.into());
            }
        });
    }

    /// Counts a use of a secret.
    pub(crate) fn secret(&self, secret: &SecretId, at: Timestamp) {
        add(&self.secrets, secret.clone(), at, 1);
    }

    /// Counts a use of a token of a grant.
    pub(crate) fn grant(&self, grant: &GrantId, at: Timestamp) {
        add(&self.grants, grant.clone(), at, 1);
    }

    /// Counts a request of a session.
    pub(crate) fn session(&self, session: &Digest, at: Timestamp) {
        add(&self.sessions, *session.as_bytes(), at, 1);
    }

    /// Removes and returns all counts.
    pub(crate) fn take(&self) -> Uses {
        let clients =
            std::mem::take(&mut *self.clients.lock().unwrap_or_else(PoisonError::into_inner)).into_iter();
        Uses {
            clients: clients.map(|(client, uses)| uses.into_usage(client)).collect(),
            secrets: take(&self.secrets)
                .map(|(secret, (last_used_at, uses))| SecretUsage { secret, last_used_at, uses })
                .collect(),
            grants: take(&self.grants).map(|(grant, (last, _))| (grant, last)).collect(),
            sessions: take(&self.sessions)
                .map(|(session, (last, _))| (Digest::from_bytes(session), last))
                .collect(),
        }
    }

    /// Adds counts that could not be stored back to those of the meantime.
    pub(crate) fn put_back(&self, uses: Uses) {
        for ClientUsage { client, days, scopes } in uses.clients {
            self.of_client(&client, |uses| {
                for DayUses { day, uses: count } in days {
                    uses.add(day, count);
                }
                for ScopeUse { scope, last_day } in scopes {
                    uses.add_scope(&scope, last_day);
                }
            });
        }
        for usage in uses.secrets {
            add(&self.secrets, usage.secret, usage.last_used_at, usage.uses);
        }
        for (grant, last) in uses.grants {
            add(&self.grants, grant, last, 0);
        }
        for (session, last) in uses.sessions {
            add(&self.sessions, *session.as_bytes(), last, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_put_back_are_added_and_the_latest_time_is_kept() {
        const DAY: i64 = 86_400_000;
        let usage = Usage::default();
        let secret: SecretId = "sec_7Hq2mZ0xPa4T".parse().unwrap();
        let grant: GrantId = "grt_7Hq2mZ0xPa4T".parse().unwrap();
        let client: ClientId = "apck_test_7Hq2mZ0xPa4T".parse().unwrap();
        let scopes: ScopeSet = "assets.read".parse().unwrap();
        usage.client(&client, Timestamp::from_millis(5));
        usage.client(&client, Timestamp::from_millis(DAY));
        usage.scopes(&client, &scopes, Timestamp::from_millis(DAY));
        usage.secret(&secret, Timestamp::from_millis(5));
        usage.secret(&secret, Timestamp::from_millis(3));
        usage.grant(&grant, Timestamp::from_millis(7));
        let taken = usage.take();
        assert!(usage.take().is_empty());
        usage.secret(&secret, Timestamp::from_millis(4));
        usage.client(&client, Timestamp::from_millis(DAY));
        usage.scopes(&client, &scopes, Timestamp::from_millis(5));
        usage.put_back(taken);
        let mut all = usage.take();
        all.clients[0].days.sort_by_key(|uses| uses.day);
        let day = Day::from_number;
        let expected = ClientUsage {
            client,
            days: vec![DayUses { day: day(0), uses: 1 }, DayUses { day: day(1), uses: 2 }],
            scopes: vec![ScopeUse { scope: "assets.read".parse().unwrap(), last_day: day(1) }],
        };
        assert_eq!(all.clients, [expected]);
        assert_eq!(all.secrets, [SecretUsage { secret, last_used_at: Timestamp::from_millis(5), uses: 3 }]);
        assert_eq!(all.grants, [(grant, Timestamp::from_millis(7))]);
    }
}
