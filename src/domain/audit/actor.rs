//! The process and the person behind a change.

/// The interface through which a change was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    CommandLine,
    Service,
}

impl Via {
    /// Returns the word in outputs and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CommandLine => "cli",
            Self::Service => "serve",
        }
    }
}

/// The author of a change, as far as the operating system reports it. The environment variables in it can be forged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub via: Via,
    /// The real user id of the process.
    pub uid: Option<u32>,
    /// The user id of the login session, which `sudo` does not change.
    pub login_uid: Option<u32>,
    /// The value of `SUDO_USER`. It can be forged.
    pub sudo_user: Option<String>,
    /// The path of the terminal's device.
    pub terminal: Option<String>,
    /// The host name of the machine.
    pub host: Option<String>,
    /// The URL of the CI job, from the environment. It can be forged.
    pub ci_job: Option<String>,
}
