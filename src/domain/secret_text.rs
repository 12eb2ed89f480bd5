//! Secrets, tokens and passwords in memory.

use zeroize::Zeroizing;

/// A secret, token or password in plain text. It cannot be printed, compared, copied or serialised, and its memory is
/// overwritten when it is dropped.
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Takes a secret into custody.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Returns the secret. Clippy forbids this call except where a secret is delivered or verified.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::{Debug, Display};
    use std::marker::PhantomData;

    use super::SecretText;

    /// Returns whether `SecretText` and `String` implement a trait: an inherent constant hides the trait's constant of the
    /// same name if its trait bound is satisfied.
    macro_rules! implemented_by_secret_text_and_string {
        ($bound:path) => {{
            struct Probe<T>(PhantomData<T>);
            trait Otherwise {
                const IMPLEMENTED: bool = false;
            }
            impl<T> Otherwise for Probe<T> {}
            impl<T: $bound> Probe<T> {
                const IMPLEMENTED: bool = true;
            }
            let _ = Probe(PhantomData::<SecretText>);
            (Probe::<SecretText>::IMPLEMENTED, Probe::<String>::IMPLEMENTED)
        }};
    }

    #[test]
    fn a_secret_is_not_printed_compared_cloned_or_serialized() {
        for (name, implemented) in [
            ("Debug", implemented_by_secret_text_and_string!(Debug)),
            ("Display", implemented_by_secret_text_and_string!(Display)),
            ("Clone", implemented_by_secret_text_and_string!(Clone)),
            ("PartialEq", implemented_by_secret_text_and_string!(PartialEq)),
            ("Serialize", implemented_by_secret_text_and_string!(serde::Serialize)),
        ] {
            assert_eq!(implemented, (false, true), "{name}");
        }
    }
}
