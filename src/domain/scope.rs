//! Scopes: the permissions of a credential.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::domain::name::{Text, shorten};
use crate::domain::time::Timestamp;

/// The scope that a client needs to call introspection. It needs no declaration.
pub const INTROSPECT: &str = "apiconn:introspect";
/// The prefix of the scopes that this program defines.
pub const OWN_PREFIX: &str = "apiconn:";
/// The scopes of `OpenID` Connect Core sections 5.4 and 11, which many clients request unasked.
const OPENID_CONNECT: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];
/// The maximum length of a scope in characters. Longer scopes do not fit a consent page.
pub const SCOPE_LENGTH: usize = 128;

/// A scope-token (RFC 6749 section 3.3): printable ASCII except space, `"` and `\`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(String);

/// A text that is not a scope-token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a scope; a scope is 1 to {SCOPE_LENGTH} printable ASCII characters without space, quote or backslash"
)]
pub struct ScopeError(String);

impl Scope {
    /// Returns the scope as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the scope belongs to this program and is known without being declared.
    #[must_use]
    pub fn is_built_in(&self) -> bool {
        self.0 == INTROSPECT
    }

    /// Returns true if the scope is defined by `OpenID` Connect, which the service does not offer.
    #[must_use]
    pub fn is_openid_connect(&self) -> bool {
        OPENID_CONNECT.contains(&self.0.as_str())
    }

    /// Returns the parts of the scope between characters that some clients use instead of a space. A scope may contain these
    /// characters, so the parts only explain a refusal.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split("%20").flat_map(|part| part.split([',', ';', '|', '+']))
    }

    /// Whether the scope lies in the range kept for this program's own scopes.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        self.0.starts_with(OWN_PREFIX)
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let fits = (1..=SCOPE_LENGTH).contains(&text.len())
            && text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
        if fits { Ok(Self(text.to_owned())) } else { Err(ScopeError(shorten(text))) }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A set of scopes. Its text form is sorted and separated by single spaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopeSet(BTreeSet<Scope>);

impl ScopeSet {
    /// Returns true if the set contains no scope.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns true if the set contains `scope`.
    #[must_use]
    pub fn contains(&self, scope: &Scope) -> bool {
        self.0.contains(scope)
    }

    /// Returns the scopes in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }

    /// Adds a scope. Returns false if the set already contained it.
    pub fn insert(&mut self, scope: Scope) -> bool {
        self.0.insert(scope)
    }

    /// Removes a scope. Returns false if the set did not contain it.
    pub fn remove(&mut self, scope: &Scope) -> bool {
        self.0.remove(scope)
    }

    /// Returns the scopes of both sets.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// Returns the scopes that both sets contain.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }

    /// Returns the scopes of this set that `other` does not contain.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0).cloned().collect())
    }

    /// Returns true if this set contains every scope of `other`.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.0.is_subset(&self.0)
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl FromStr for ScopeSet {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        text.split(' ').filter(|word| !word.is_empty()).map(str::parse).collect()
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

/// A scope that an administrator declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeEntry {
    pub scope: Scope,
    /// The permission in words, for the consent page.
    pub description: Text,
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn scope_syntax_is_that_of_rfc_6749() {
        for text in ["assets.read", "apiconn:introspect", "!", "https://x/y"] {
            assert!(text.parse::<Scope>().is_ok(), "{text}");
        }
        for text in ["", "a b", "a\"b", "a\\b", "ä", "a\u{7f}", &"x".repeat(129)] {
            assert!(text.parse::<Scope>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_set_reads_what_it_writes(words in prop::collection::vec("[!#-\\[\\]-~]{1,20}", 0..8)) {
            let set: ScopeSet = words.iter().map(|word| word.parse::<Scope>().unwrap()).collect();
            prop_assert_eq!(set.to_string().parse::<ScopeSet>().unwrap(), set);
        }

        #[test]
        fn narrowing_never_widens(left in "[a-d]( [a-d]){0,4}", right in "[a-d]( [a-d]){0,4}") {
            let (left, right): (ScopeSet, ScopeSet) = (left.parse().unwrap(), right.parse().unwrap());
            prop_assert!(left.covers(&left.intersection(&right)));
            prop_assert!(left.union(&right).covers(&right));
            prop_assert!(left.without(&right).intersection(&right).is_empty());
        }
    }
}
