//! Secrets in memory.

use zeroize::Zeroizing;

/// A secret, token or password in clear. It cannot be printed, compared, copied or serialised, and its memory is
/// overwritten when it is dropped.
///
/// ```compile_fail
/// let plain = apiconn::secrets::plain::SecretText::new("x".to_owned());
/// println!("{plain:?}");
/// ```
///
/// ```compile_fail
/// let plain = apiconn::secrets::plain::SecretText::new("x".to_owned());
/// println!("{plain}");
/// ```
///
/// ```compile_fail
/// let plain = apiconn::secrets::plain::SecretText::new("x".to_owned());
/// serde_json::to_string(&plain);
/// ```
///
/// ```compile_fail
/// let plain = apiconn::secrets::plain::SecretText::new("x".to_owned());
/// let copy = plain.clone();
/// ```
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Takes a secret into custody.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The secret itself. Clippy forbids this call but where a secret is handed over or checked.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}
