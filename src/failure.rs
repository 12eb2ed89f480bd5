//! The failure of a run. Typed errors become an exit code, a message and hints here and nowhere else.
//!
//! A message says what failed, on which object, and why. A hint says what to do next. If a hint names a command, it is
//! one that can be run: `tests/cli/hints.rs` parses the commands in all hints.

use crate::actions::clients::secrets::VerifyRefusal;
use crate::actions::{ActionError, Namespace};
use crate::domain::client::ClientRefusal;
use crate::domain::handle::HandleError;
use crate::domain::id::ClientKind;
use crate::domain::introspection::may_have;
use crate::domain::scope::INTROSPECT;
use crate::domain::secret::SecretRefusal;
use crate::exit::Exit;
use crate::shell;
use crate::store::StoreError;

/// The reason why a run failed, ready to be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub exit: Exit,
    /// A stable identifier for programs, such as `not_found`.
    pub code: &'static str,
    /// One sentence without a full stop.
    pub message: String,
    /// Suggested next steps, one sentence each.
    pub hints: Vec<String>,
    /// Handles of the objects that may have been meant.
    pub candidates: Vec<String>,
}

impl Failure {
    /// Returns a failure without hints.
    pub fn new(exit: Exit, code: &'static str, message: impl Into<String>) -> Self {
        Self { exit, code, message: message.into(), hints: Vec::new(), candidates: Vec::new() }
    }

    /// Returns the failure of a wrong command line.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    /// Returns the failure of a command that a rule forbids.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, "refused", message)
    }

    /// Adds a hint after the others.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Sets the objects that may have been meant.
    #[must_use]
    pub fn candidates(mut self, candidates: Vec<String>) -> Self {
        self.candidates = candidates;
        self
    }

    /// Returns a failure without a message, for a closed output pipe. The exit code is 0.
    #[must_use]
    pub fn closed_pipe() -> Self {
        Self::new(Exit::Done, "closed_pipe", "")
    }

    /// Returns the failure of a write to standard output.
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
        let message = error.to_string();
        match &error {
            HandleError::Credential(_) => Self::usage(message)
                .hint("it is in the history of your shell now; to end it, see apiconn help leaked")
                .hint("secrets are read from standard input, as by apiconn key verify -"),
            HandleError::OtherNoun { actual, .. } => {
                Self::usage(message).hint(format!("to list the commands for it: apiconn {actual} --help"))
            }
            HandleError::Mistyped(_) => {
                Self::usage(message).hint("copy the id from a list, or complete it with TAB")
            }
            HandleError::Neither { noun, .. } => {
                Self::usage(message).hint(format!("to list ids and names: apiconn {noun} list"))
            }
        }
    }
}

fn did_you_mean(near: &[String]) -> Option<String> {
    (!near.is_empty()).then(|| format!("did you mean {}?", near.join(" or ")))
}

impl From<ActionError> for Failure {
    fn from(error: ActionError) -> Self {
        let message = error.to_string();
        match error {
            ActionError::Store(error) => error.into(),
            ActionError::Handle(error) => error.into(),
            ActionError::Random(_) | ActionError::Hash(_) => Self::new(Exit::Failed, "failed", message),
            ActionError::NotFound { noun, near, .. } => {
                let hint = did_you_mean(&near)
                    .unwrap_or_else(|| format!("to list the existing ones: apiconn {noun} list"));
                Self::new(Exit::NotFound, "not_found", message).hint(hint).candidates(near)
            }
            ActionError::Ambiguous { candidates, .. } => {
                let list: Vec<String> = candidates
                    .iter()
                    .map(|candidate| format!("{} ({})", candidate.handle, candidate.label))
                    .collect();
                Self::new(Exit::Conflict, "ambiguous", message)
                    .hint(format!("give more characters of it: {}", list.join(", ")))
                    .candidates(candidates.into_iter().map(|candidate| candidate.handle).collect())
            }
            ActionError::NameAndId { named, identified, .. } => Self::new(Exit::Conflict, "ambiguous", message)
                .hint(format!("give {} or {} instead", shell::word(&named.handle), identified.label))
                .candidates(vec![named.handle, identified.label]),
            ActionError::NameTaken { noun, name, holder } => {
                let failure = Self::new(Exit::Conflict, "name_taken", message);
                match noun {
                    // Only `key create` and `consumer add` end here, and both have --if-missing.
                    Namespace::Client(kind) => failure
                        .hint(format!("to see it: apiconn {} show {name}", kind.noun()))
                        .hint("to accept the existing one: add --if-missing")
                        .candidates(vec![holder]),
                    Namespace::User => {
                        failure.hint(format!("to see it: apiconn user show {name}")).candidates(vec![holder])
                    }
                    Namespace::Scope => failure.hint(format!(
                        "to change its description: apiconn scope edit {} DESCRIPTION",
                        shell::word(&name)
                    )),
                    Namespace::Group => failure.hint(format!("to change it: apiconn group edit {name}")),
                }
            }
            ActionError::UnderWay { .. } => Self::new(Exit::Conflict, "under_way", message)
                .hint("if that run was killed, its name is free after one minute: try again then"),
            ActionError::UnknownScope { scope, near } => {
                let hint = if scope.is_openid_connect() {
                    "OpenID Connect is not offered and no id_token is issued; leave its scopes out".to_owned()
                } else {
                    did_you_mean(&near).unwrap_or_else(|| {
                        "to declare it: apiconn scope add SCOPE DESCRIPTION; to list the declared ones: apiconn scope list"
                            .to_owned()
                    })
                };
                Self::new(Exit::NotFound, "unknown_scope", message).hint(hint).candidates(near)
            }
            ActionError::ScopesJoined { parts, .. } => Self::new(Exit::NotFound, "unknown_scope", message)
                .hint(format!("repeat the option for each scope: {}", parts.join(", ")))
                .candidates(parts),
            ActionError::Stale { noun, name, .. } => Self::new(Exit::Conflict, "stale", message)
                .hint(format!("to see what changed: apiconn {noun} show {name}")),
            ActionError::InUse { noun, name, holders } => {
                let lists = [
                    (holders.keys, format!("apiconn key list --{noun} {}", shell::word(&name))),
                    (holders.consumers, format!("apiconn consumer list --{noun} {}", shell::word(&name))),
                    (holders.groups, "apiconn group list".to_owned()),
                    (holders.grants, format!("apiconn grant list --{noun} {}", shell::word(&name))),
                ];
                let lists: Vec<String> =
                    lists.into_iter().filter_map(|(count, list)| (count > 0).then_some(list)).collect();
                Self::new(Exit::Conflict, "in_use", message)
                    .hint(format!("to list what uses it: {}", lists.join("; ")))
            }
            ActionError::Ended { noun, .. } => {
                let verb = if noun == "key" { "create" } else { "add" };
                Self::refused(message)
                    .hint(format!("a new {noun} can have its name: apiconn {noun} {verb} --help"))
            }
            ActionError::Expired { noun, name, .. } => Self::refused(message)
                .hint(format!("to set a new expiry first: apiconn {noun} edit {name} --expires 90d")),
            ActionError::Public { .. } => Self::refused(message).hint("a public consumer uses PKCE alone"),
            ActionError::TwoSecrets { noun, name, older_ends } => {
                let end = older_ends
                    .map_or_else(String::new, |end| format!(" (the older ends at {})", end.to_rfc3339()));
                Self::refused(message).hint(format!(
                    "wait until one has ended{end}, or end both: apiconn {noun} rotate {name} --now"
                ))
            }
            ActionError::UserDisabled { name } => {
                Self::refused(message).hint(format!("to enable the user: apiconn user enable {name}"))
            }
            ActionError::NotForUsers { .. } => Self::refused(message).hint(
                "the grant types of a consumer cannot be changed; a new one is added with apiconn consumer add --grant authorization_code",
            ),
            ActionError::BeyondConsumer { scopes, .. } if !may_have(ClientKind::Consumer, &scopes) => {
                Self::refused(message).hint(format!("leave {INTROSPECT} out: no consumer can have it"))
            }
            ActionError::BeyondConsumer { name, scopes } => {
                let flags: Vec<String> =
                    scopes.iter().map(|scope| shell::flag("--add-scope", scope.as_str())).collect();
                Self::refused(message).hint(format!(
                    "to give the scopes to the consumer first: apiconn consumer edit {name} {}",
                    flags.join(" ")
                ))
            }
            ActionError::BeyondMaximum { .. } => Self::refused(message)
                .hint("to change the limit: apiconn settings set key_max_lifetime DURATION"),
            ActionError::ConsumerIntrospects { .. } => Self::refused(message)
                .hint("give the API that introspects a key of its own: apiconn key create NAME --scope apiconn:introspect")
                .hint("a consumer introspects its own tokens without a scope"),
            ActionError::GroupIntrospects { name, .. } => Self::refused(message).hint(format!(
                "to list the consumers: apiconn consumer list --group {}",
                shell::word(name.as_str())
            )),
            ActionError::ReasonRequired => Self::usage(message).hint("add --reason TEXT"),
            ActionError::ScopesRequired { .. } => Self::usage(message).hint("add --scope SCOPE or --group GROUP"),
            ActionError::GrantScopesRequired => Self::usage(message).hint("add --scope SCOPE"),
            ActionError::OverlapTooShort { .. } => {
                Self::usage(message).hint("to end the old secret when the new one is delivered: --now")
            }
            ActionError::Invalid(_) => Self::usage(message),
            ActionError::Forbidden { noun, name, .. } => {
                Self::refused(message).hint(format!("to see what is stored: apiconn {noun} show {name}"))
            }
            ActionError::Overtaken { noun, name } => Self::new(Exit::Conflict, "overtaken", message)
                .hint(format!(
                    "the secret that was printed is not accepted; to see the current ones: apiconn {noun} show {name}"
                )),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        // The engine's own message helps where the cause is outside this program: a disk, a file system, a damaged file.
        let engine = match &error {
            StoreError::Unusable { source, .. } | StoreError::Failed { source, .. } => source.as_ref(),
            StoreError::Corrupt(source) => Some(source),
            _ => None,
        };
        let engine = engine.map(|engine| format!("SQLite reported: {engine}"));
        let mut failure = Self::of_store(error);
        failure.hints.extend(engine);
        failure
    }
}

impl Failure {
    fn of_store(error: StoreError) -> Self {
        let message = error.to_string();
        let store = |code| Self::new(Exit::Store, code, message.clone());
        match error {
            StoreError::Missing(location) => store("store_missing").hint(format!(
                "check the path, or create a store: apiconn init --store {} --base NAME",
                shell::word(&location.to_string())
            )),
            StoreError::Exists(_) => Self::new(Exit::Conflict, "store_exists", message)
                .hint("nothing was changed; to see which base it is: apiconn status"),
            StoreError::UnknownScheme(_) => {
                store("store_unusable").hint("nothing was changed; give the path of a file")
            }
            StoreError::Unusable { .. } => {
                store("store_unusable").hint("nothing was changed; check the path, its owner and its mode")
            }
            StoreError::Foreign(_) => {
                store("store_foreign").hint("nothing was changed; check --store and APICONN_STORE")
            }
            StoreError::Newer { .. } => {
                store("store_newer").hint("use the version that wrote it, or a newer one")
            }
            StoreError::UnreleasedSchema(_) => store("store_unreleased").hint(
                "nothing was changed; use the version that made it, or create another store: apiconn init --store PATH --base NAME",
            ),
            StoreError::Busy(_) => {
                store("store_busy").hint("nothing was changed; try again, or wait longer with --wait 30s")
            }
            StoreError::Full(_) => store("store_full").hint("free some space on the disk, then try again"),
            StoreError::ReadOnly(_) => store("store_read_only")
                .hint("run the command as the owner of the store, on a writable file system"),
            StoreError::Damaged(_) | StoreError::Corrupt(_) => Self::new(Exit::Integrity, "store_damaged", message)
                .hint("stop the service, keep a copy of the file, and restore a backup"),
            StoreError::Conflict(_) => {
                Self::new(Exit::Conflict, "conflict", message).hint("nothing was changed; try again")
            }
            StoreError::Cursor => {
                Self::usage(message).hint("use next_cursor of the previous page, with the same options")
            }
            StoreError::Failed { .. } => {
                store("store_failed").hint("nothing was changed; check the disk and its file system")
            }
        }
    }
}

impl From<VerifyRefusal> for Failure {
    fn from(refusal: VerifyRefusal) -> Self {
        match refusal {
            VerifyRefusal::Form(error) => Self::refused(format!("the secret is refused: {error}"))
                .hint("paste the whole secret; if it is lost, make a new one: apiconn key rotate NAME"),
            VerifyRefusal::NotASecret => {
                Self::refused("this is a token or code, not the secret of a key or consumer")
                    .hint("to check a token: apiconn token inspect -")
            }
            VerifyRefusal::Unknown => {
                Self::refused("the secret is refused: no key or consumer of this store has it")
                    .hint("it may belong to another store: check --store and APICONN_STORE")
            }
            VerifyRefusal::Client(secret, refusal) => {
                let client = &secret.client;
                let (noun, name, id) = (client.kind().noun(), &client.name, &client.id);
                let (state, hint) = match refusal {
                    ClientRefusal::Disabled => {
                        ("is disabled", format!("to enable it: apiconn {noun} enable {name}"))
                    }
                    ClientRefusal::Expired => (
                        "has expired",
                        format!("to set a new expiry: apiconn {noun} edit {name} --expires 90d"),
                    ),
                    ClientRefusal::Revoked => (
                        "was revoked",
                        format!("to see when and why: apiconn {noun} show {}", shell::word(id.as_str())),
                    ),
                };
                Self::refused(format!("the secret is refused: {noun} {name} ({id}) {state}")).hint(hint)
            }
            VerifyRefusal::Secret(secret, refusal) => {
                let (noun, name) = (secret.client.kind().noun(), &secret.client.name);
                let state = match refusal {
                    SecretRefusal::Undelivered => "was never printed".to_owned(),
                    SecretRefusal::Retired(at) => format!("was retired by a rotation at {}", at.to_rfc3339()),
                    SecretRefusal::Revoked(at) => format!("was revoked at {}", at.to_rfc3339()),
                };
                Self::refused(format!("the secret is refused: {} of {noun} {name} {state}", secret.secret.id))
                    .hint(format!("to list its secrets: apiconn {noun} show {name}"))
            }
        }
    }
}
