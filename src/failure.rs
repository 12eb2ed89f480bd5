//! A run that did not succeed: the one place where typed errors become an exit code, a sentence and a hint.

use crate::actions::clients::secrets::VerifyRefusal;
use crate::actions::{ActionError, Namespace};
use crate::domain::handle::HandleError;
use crate::domain::secret::SecretRefusal;
use crate::exit::Exit;
use crate::store::StoreError;

/// Why a run did not succeed, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// A word for programs.
    pub code: &'static str,
    /// What failed, on which object, why.
    pub message: String,
    /// What helps.
    pub hints: Vec<String>,
    /// What may have been meant.
    pub candidates: Vec<String>,
}

impl Failure {
    /// A failure with that exit code.
    pub fn new(exit: Exit, code: &'static str, message: impl Into<String>) -> Self {
        Self { exit, code, message: message.into(), hints: Vec::new(), candidates: Vec::new() }
    }

    /// A wrong command line.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    /// A refusal.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, "refused", message)
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds what may have been meant.
    #[must_use]
    pub fn candidates(mut self, candidates: Vec<String>) -> Self {
        self.candidates = candidates;
        self
    }

    /// The reader of the output went away; there is nothing to say and nobody to say it to.
    #[must_use]
    pub fn closed_pipe() -> Self {
        Self::new(Exit::Done, "closed_pipe", "")
    }

    /// Output could not be written.
    #[must_use]
    pub fn output(error: &std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            Self::closed_pipe()
        } else {
            Self::new(Exit::Failed, "output", format!("the output could not be written: {error}"))
        }
    }
}

impl From<HandleError> for Failure {
    fn from(error: HandleError) -> Self {
        let hint = match &error {
            HandleError::Credential(_) => {
                "it is in your shell's history now: rotate or revoke it. Secrets are read from standard input: apiconn key verify -".to_owned()
            }
            HandleError::OtherNoun { actual, .. } => format!("use apiconn {actual} …"),
            HandleError::Mistyped(_) => "copy the id from a list, or let the shell complete it".to_owned(),
            HandleError::Neither { noun, .. } => format!("apiconn {noun} list shows ids and names"),
        };
        Self::usage(error.to_string()).hint(hint)
    }
}

fn did_you_mean(near: &[String]) -> Option<String> {
    (!near.is_empty()).then(|| format!("did you mean {}?", near.join(" or ")))
}

fn list_command(noun: &str) -> String {
    format!("apiconn {noun} list shows what there is")
}

impl From<ActionError> for Failure {
    fn from(error: ActionError) -> Self {
        let message = error.to_string();
        match error {
            ActionError::Store(error) => error.into(),
            ActionError::Random(_) | ActionError::Hash(_) => Self::new(Exit::Failed, "failed", message),
            ActionError::NotFound { noun, near, .. } => Self::new(Exit::NotFound, "not_found", message)
                .hint(did_you_mean(&near).unwrap_or_else(|| list_command(noun)))
                .candidates(near),
            ActionError::Ambiguous { candidates, .. } => {
                let shown: Vec<String> = candidates
                    .iter()
                    .map(|candidate| format!("{} ({})", candidate.handle, candidate.label))
                    .collect();
                Self::new(Exit::Conflict, "ambiguous", message)
                    .hint(format!("type more of it: {}", shown.join(", ")))
                    .candidates(candidates.into_iter().map(|candidate| candidate.handle).collect())
            }
            ActionError::NameTaken { noun, name, holder } => {
                let failure = Self::new(Exit::Conflict, "name_taken", message);
                let word = noun.as_str();
                match noun {
                    Namespace::Client(_) => failure
                        .hint(format!("look at it with apiconn {word} show {name}; where it may be there already, add --if-missing"))
                        .candidates(vec![holder]),
                    Namespace::User => failure
                        .hint(format!("look at it with apiconn user show {name}"))
                        .candidates(vec![holder]),
                    Namespace::Scope | Namespace::Group => failure.hint(format!("change it with apiconn {word} edit {name}")),
                }
            }
            ActionError::UnderWay { .. } => Self::new(Exit::Conflict, "under_way", message)
                .hint("if the run that made it was killed, its name is free a minute after; try again then"),
            ActionError::UnknownScope { near, .. } => Self::new(Exit::NotFound, "unknown_scope", message)
                .hint(did_you_mean(&near).unwrap_or_else(|| {
                    "apiconn scope list shows the declared ones; apiconn scope add declares another"
                        .to_owned()
                }))
                .candidates(near),
            ActionError::Stale { noun, name, .. } => Self::new(Exit::Conflict, "stale", message)
                .hint(format!("run apiconn {noun} show {name}, then repeat the change")),
            ActionError::InUse { noun, name, holders } => {
                let lists = [
                    (holders.keys > 0, format!("apiconn key list --{noun} {name}")),
                    (holders.consumers > 0, format!("apiconn consumer list --{noun} {name}")),
                    (holders.groups > 0, "apiconn group list".to_owned()),
                    (holders.grants > 0, format!("apiconn grant list --{noun} {name}")),
                ];
                let lists: Vec<String> =
                    lists.into_iter().filter_map(|(holds, list)| holds.then_some(list)).collect();
                Self::new(Exit::Conflict, "in_use", message)
                    .hint(format!("to see who holds it: {}", lists.join(", ")))
            }
            ActionError::Ended { noun, .. } => {
                let verb = if noun == "key" { "create" } else { "add" };
                Self::refused(message)
                    .hint(format!("its name is free: make a new one with apiconn {noun} {verb}"))
            }
            ActionError::Expired { noun, name, .. } => Self::refused(message)
                .hint(format!("give it another end first: apiconn {noun} edit {name} --expires 90d")),
            ActionError::Public { .. } => {
                Self::refused(message).hint("a public consumer proves itself with PKCE")
            }
            ActionError::TwoSecrets { noun, name, older_ends } => {
                let end = older_ends
                    .map_or_else(String::new, |end| format!(" (the older ends at {})", end.to_rfc3339()));
                Self::refused(message).hint(format!(
                    "wait until one has ended{end}, or end both with apiconn {noun} rotate {name} --now"
                ))
            }
            ActionError::UserDisabled { name } => {
                Self::refused(message).hint(format!("switch the user on with apiconn user enable {name}"))
            }
            ActionError::NotForUsers { .. } => {
                Self::refused(message).hint("a consumer for users is added with --grant authorization_code")
            }
            ActionError::BeyondConsumer { name, scopes } => Self::refused(message).hint(format!(
                "give the consumer more with apiconn consumer edit {name} --add-scope {}",
                scopes.replace(' ', " --add-scope ")
            )),
            ActionError::BeyondMaximum { .. } => {
                Self::refused(message).hint("apiconn settings set key_max_lifetime changes the limit")
            }
            ActionError::ReasonRequired => Self::usage(message).hint("add --reason \"why\""),
            ActionError::ScopesRequired { .. } => Self::usage(message).hint("add --scope or --group"),
            ActionError::GrantScopesRequired => Self::usage(message).hint("add --scope"),
            ActionError::OverlapTooShort { .. } => {
                Self::usage(message).hint("--now ends the old secret when the new one is delivered")
            }
            ActionError::Invalid(_) => Self::usage(message),
            ActionError::Overtaken { noun, name } => Self::new(Exit::Conflict, "overtaken", message).hint(
                format!("the secret that was shown is worth nothing; look at apiconn {noun} show {name}"),
            ),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let message = error.to_string();
        let store = |code| Self::new(Exit::Store, code, message.clone());
        match error {
            StoreError::Missing(path) => store("store_missing").hint(format!(
                "check the path, or make a store with apiconn init --store {} --base NAME",
                path.display()
            )),
            StoreError::Exists(_) => Self::new(Exit::Conflict, "store_exists", message)
                .hint("apiconn status shows what it is; nothing was changed"),
            StoreError::Unusable { .. } => store("store_unusable").hint("nothing was changed"),
            StoreError::Foreign(_) => {
                store("store_foreign").hint("check --store and APICONN_STORE; nothing was changed")
            }
            StoreError::Newer { .. } => {
                store("store_newer").hint("use the apiconn that wrote it, or a later one")
            }
            StoreError::Busy => {
                store("store_busy").hint("nothing was changed; try again, or wait longer with --wait 30s")
            }
            StoreError::Full => store("store_full").hint("make room on the disk, then try again"),
            StoreError::ReadOnly => {
                store("store_read_only").hint("run it as the store's owner, on a disk that can be written to")
            }
            StoreError::Damaged(_) => Self::new(Exit::Integrity, "store_damaged", message)
                .hint("stop the service, keep a copy of the file, and restore a backup"),
            StoreError::Conflict => {
                Self::new(Exit::Conflict, "conflict", message).hint("nothing was changed; try again")
            }
            StoreError::Cursor => {
                Self::usage(message).hint("use next_cursor of the page before, with the same --sort")
            }
            StoreError::Failed(_) => {
                store("store_failed").hint("check the disk and its file system; nothing was changed")
            }
        }
    }
}

impl From<VerifyRefusal> for Failure {
    fn from(refusal: VerifyRefusal) -> Self {
        use crate::domain::client::ClientRefusal;
        match refusal {
            VerifyRefusal::Form(error) => Self::refused(format!("the secret is refused: {error}"))
                .hint("paste it whole; apiconn key rotate makes a new one where it is lost"),
            VerifyRefusal::NotASecret => {
                Self::refused("this is a token or code, not the secret of a key or consumer")
                    .hint("apiconn token inspect - tells about tokens")
            }
            VerifyRefusal::Unknown => {
                Self::refused("the secret is refused: no key or consumer of this store has it")
                    .hint("it may belong to another store: check --store and APICONN_STORE")
            }
            VerifyRefusal::Client(held, refusal) => {
                let (noun, name) = (held.client.kind().noun(), &held.client.name);
                let why = match refusal {
                    ClientRefusal::Disabled => "is disabled",
                    ClientRefusal::Expired => "has expired",
                    ClientRefusal::Revoked => "was revoked",
                };
                let hint = match refusal {
                    ClientRefusal::Disabled => format!("apiconn {noun} enable {name} switches it on"),
                    ClientRefusal::Expired => {
                        format!("apiconn {noun} edit {name} --expires 90d gives it another end")
                    }
                    ClientRefusal::Revoked => {
                        format!("apiconn {noun} show {} tells when and why", held.client.id)
                    }
                };
                Self::refused(format!("the secret is refused: {noun} {name} ({}) {why}", held.client.id))
                    .hint(hint)
            }
            VerifyRefusal::Secret(held, refusal) => {
                let (noun, name) = (held.client.kind().noun(), &held.client.name);
                let why = match refusal {
                    SecretRefusal::Undelivered => "was never handed over".to_owned(),
                    SecretRefusal::Retired(at) => format!("was retired by a rotation at {}", at.to_rfc3339()),
                    SecretRefusal::Revoked(at) => format!("was revoked at {}", at.to_rfc3339()),
                };
                Self::refused(format!("the secret is refused: {} of {noun} {name} {why}", held.secret.id))
                    .hint(format!("apiconn {noun} show {name} lists its secrets"))
            }
        }
    }
}
