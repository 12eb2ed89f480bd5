//! The topics of `apiconn help`.

use std::fmt::Write as _;

use crate::commands::shared::help_text::{printable, unwrapped};
use crate::domain::time::UNITS;
use crate::exit::Exit;

/// A topic of `apiconn help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    Concepts,
    Durations,
    Environment,
    ExitCodes,
    Handles,
    Leaked,
    Output,
}

impl Topic {
    /// All topics by name.
    pub(crate) const ALL: [Self; 7] = [
        Self::Concepts,
        Self::Durations,
        Self::Environment,
        Self::ExitCodes,
        Self::Handles,
        Self::Leaked,
        Self::Output,
    ];
    /// The names of all topics, for completion.
    pub(crate) const NAMES: [&'static str; 7] = {
        let mut names = [""; 7];
        let mut index = 0;
        while index < names.len() {
            names[index] = Self::ALL[index].name();
            index += 1;
        }
        names
    };

    const fn name(self) -> &'static str {
        match self {
            Self::Concepts => "concepts",
            Self::Durations => "durations",
            Self::Environment => "environment",
            Self::ExitCodes => "exit-codes",
            Self::Handles => "handles",
            Self::Leaked => "leaked",
            Self::Output => "output",
        }
    }

    const fn summary(self) -> &'static str {
        match self {
            Self::Concepts => "base, key, consumer, grant, scope, group",
            Self::Durations => "how to write durations and times",
            Self::Environment => "environment variables",
            Self::ExitCodes => "exit codes of all commands",
            Self::Handles => "how to name an object",
            Self::Leaked => "what to do if a secret, token, password or store leaked",
            Self::Output => "tables, JSON and other formats",
        }
    }

    /// Returns the topic of that name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }

    /// Returns the text, wrapped at the width of the terminal as clap wraps the help of a command.
    pub(crate) fn text(self) -> String {
        self.wrapped(None)
    }

    /// Returns the text wrapped at `columns`, or at the width of the terminal.
    fn wrapped(self, columns: Option<usize>) -> String {
        let text = match self {
            Self::Concepts => CONCEPTS.to_owned(),
            Self::Durations => durations(),
            Self::Environment => environment(),
            Self::ExitCodes => exit_codes(),
            Self::Handles => HANDLES.to_owned(),
            Self::Leaked => LEAKED.to_owned(),
            Self::Output => OUTPUT.to_owned(),
        };
        let lines: Vec<String> = text
            .lines()
            .map(|line| if line.starts_with(' ') { unwrapped(line) } else { line.to_owned() })
            .collect();
        let mut page = clap::Command::new("topic")
            .disable_help_flag(true)
            .max_term_width(crate::commands::shared::help_text::MAX_WIDTH)
            .help_template("{about}")
            .about(lines.join("\n"));
        if let Some(columns) = columns {
            page = page.term_width(columns);
        }
        printable(page.render_help().to_string().trim_end())
    }
}

/// Returns one line per topic, for the help of `apiconn help`.
pub(crate) fn listing() -> String {
    let mut text = "Topics:\n".to_owned();
    for topic in Topic::ALL {
        let _ = writeln!(text, "{}", unwrapped(&format!("  {:<12} {}", topic.name(), topic.summary())));
    }
    text
}

/// Returns the exit codes of all commands, one per line.
pub(crate) fn exit_codes() -> String {
    let lines: Vec<String> =
        Exit::TABLE.iter().map(|(exit, meaning)| format!("{:>3}  {meaning}\n", exit.code())).collect();
    lines.concat()
}

fn durations() -> String {
    let units: Vec<String> = UNITS
        .iter()
        .map(|(unit, millis)| {
            let seconds = millis / 1000;
            let name = match *unit {
                "w" => "weeks of 7 days",
                "d" => "days of 24 hours",
                "h" => "hours",
                "m" => "minutes",
                _ => "seconds",
            };
            format!("  {unit}  {name:<17}{seconds:>7} s")
        })
        .collect();
    format!("{DURATIONS_BEGIN}\n{}\n\n{DURATIONS_END}", units.join("\n"))
}

fn environment() -> String {
    let lines: Vec<String> =
        VARIABLES.iter().map(|(name, meaning)| format!("  {name:<16}  {meaning}")).collect();
    let lines = lines.join(
        "
",
    );
    format!(
        "Read by every command:\n\n{lines}\n\n{AUDITED_VARIABLES}\n\nAPICONN_COMPLETE is set by the shell during completion. Do not set it yourself.\n"
    )
}

// In these texts a line that begins with a space is printed as it is; every other line is a paragraph.

const CONCEPTS: &str = "\
A base is the account of one company. Everything below belongs to one base and is kept in one file, the store. A \
command works on the store that --store or APICONN_STORE names.

A key is an id and a secret for a program of your own. The program exchanges them for access tokens, or presents the \
secret to an API that asks the service about it.

A consumer is an application of another company, a client in OAuth 2.0. It gets tokens for itself \
(client_credentials) or for a user who signed in and consented (authorization_code).

A grant is the authorization of one consumer by one user, for some scopes. Tokens for the user work only while the \
grant is active.

A scope is one permission, such as assets.read; your APIs define its effect. A group is a named set of scopes. A key \
or consumer has its own scopes and those of its group. A token never has more scopes than its key or consumer, and \
its grant.

Disabling can be undone by enabling. Revoking is permanent. Both apply from the next request, also to tokens issued \
before.
";

const DURATIONS_BEGIN: &str = "\
A duration is a number with a unit, or several of them without spaces: 90d, 12h, 1d12h.
";

const DURATIONS_END: &str = "\
Numbers are whole: write 90m, not 1.5h. Months and years are not accepted, because their lengths differ. The longest \
duration is 100 years. The settings key_default_lifetime and key_max_lifetime also accept never.

--expires accepts a duration from now, a date (2027-01-31: 00:00 UTC on that day), an RFC 3339 time \
(2027-01-31T08:00:00+02:00), tomorrow (the next 00:00 UTC) or never. --since of apiconn audit list accepts a date, an \
RFC 3339 time, or a duration before now.
";

/// The environment variables that change the behaviour of a command.
pub(crate) const VARIABLES: [(&str, &str); 6] = [
    ("APICONN_STORE", "store file, if --store is not given; sudo removes it"),
    ("APICONN_NO_INPUT", "if not empty: never ask a question, like --no-input"),
    ("XDG_DATA_HOME", "the default store is apiconn/store.db in this folder"),
    ("HOME", "without XDG_DATA_HOME the folder is ~/.local/share"),
    ("NO_COLOR", "if not empty: no colour"),
    ("TERM", "if it is dumb: no colour"),
];

/// The environment variables that are recorded.
pub(crate) const AUDITED_VARIABLES: &str = "\
Copied into audit records, as claims that are not verified: SUDO_USER, and the address of the CI job from CI_JOB_URL, \
BUILD_URL, or GITHUB_SERVER_URL with GITHUB_REPOSITORY and GITHUB_RUN_ID.";

const HANDLES: &str = "\
Wherever a command takes an object, give one of:

  apck_test_7Hq2mZ0xPa4T  its id
  apck_test_7H            a prefix of its id that no other id has
  erp-sync                its name
  tech1/field-app         for a grant: USER/CONSUMER, each by id, prefix or name
  -                       handles from standard input, one per line, if the
                          command takes several

A name is 1 to 64 characters of a-z, 0-9 and . _ @ - and begins with a letter or digit. Names are unique among the keys \
(or consumers, or users) that are not revoked. If revoked ones had the same name, the name means the one that is not \
revoked, otherwise the one revoked last.

  apck_  key         usr_  user        tok_  token      op_   run of a command
  apcc_  consumer    grt_  grant       sec_  secret     req_  request

Secrets and tokens (apcs_, apcx_, apca_, apcr_, apcg_) are never accepted on the command line, because other users of \
the machine can read it. Commands that need one read it from standard input.
";

const LEAKED: &str = "\
Every change below applies from the next request. Add --reason TEXT: it is recorded in the audit.

The secret of a key (apcs_) or a consumer (apcx_). For a consumer, write consumer instead of key in the second and \
third command:

  apiconn key verify - <leaked.txt      # shows the key
  apiconn key rotate erp-sync --now     # new secret; the old ones end
  apiconn key disable erp-sync          # alternative: stop it now, rotate later

An access token (apca_) or a refresh token (apcr_):

  apiconn token inspect - <leaked.txt   # its id, client and user
  apiconn token revoke tok_7Hq2mZ0xPa4T # ends this token only
  apiconn grant revoke tech1/field-app  # ends all tokens of the grant

The password of a user. A new password ends the sessions; offboard also ends all grants:

  apiconn user set-password tech1
  apiconn grant list --user tech1
  apiconn user offboard tech1

A copy of the store. It contains digests of secrets and tokens, from which they cannot be computed, and Argon2id \
hashes of passwords, from which weak passwords can be guessed: set new passwords. If the store could also be changed, \
check the audit and end what can be used:

  apiconn audit verify --heads-file heads.txt
  apiconn token revoke --all
  apiconn key revoke --all
  apiconn consumer disable --all

Then look for uses:

  apiconn key show erp-sync             # last use of each secret
  apiconn refusal list                  # attempts that were refused
  apiconn audit list --since 7d         # changes
";

const OUTPUT: &str = "\
Data is printed on standard output; messages, warnings and errors on standard error. At a terminal data is a table \
with relative times; ids are never shortened, and columns at the right are left out if the terminal is narrow. In a \
pipe it is TSV with RFC 3339 times.

  -o table   aligned columns
  -o json    one document
  -o jsonl   one object per line
  -o csv     with a header; a cell that a spreadsheet could take for a
             formula begins with an apostrophe
  -o tsv     without a header; empty if there is no value
  -o env     APICONN_CLIENT_ID=, APICONN_CLIENT_SECRET= and
             APICONN_TOKEN_URL=, after key create, consumer add and rotate
  -o id      ids only, one per line

key create, consumer add and rotate print client_id TAB client_secret with -o tsv.

JSON documents name their schema. Within a schema number, fields are only added:

  lists      {\"schema\":\"key.list/1\",\"items\":[...],\"next_cursor\":null}
  changes    {\"schema\":\"key.create/1\",\"changed\":true,\"dry_run\":false,
              \"operation\":\"op_...\",\"key\":{...},\"warnings\":[...]}
  errors     {\"schema\":\"error/1\",\"error\":{\"code\":...,\"message\":...,
              \"hint\":...,\"candidates\":[...]},\"warnings\":[...]}

After key create, consumer add and rotate the document also has client_secret. Errors are printed on standard error. \
The field state is active, disabled, expired or revoked.

--fields a,b.c selects fields in all formats. Messages are coloured at a terminal; NO_COLOR, TERM=dumb or \
--color never turns colour off.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_of_a_duration_is_listed_with_its_name() {
        let text = Topic::Durations.text();
        for (unit, _) in UNITS {
            let listed = text.lines().any(|line| line.starts_with(&format!("  {unit}  ")));
            assert!(listed, "{unit}: {text}");
        }
        assert_eq!(text.matches("seconds").count(), 1, "{text}");
    }

    #[test]
    fn concepts_fit_one_screen_and_no_line_exceeds_80_columns() {
        assert!(Topic::Concepts.wrapped(Some(80)).lines().count() < 24);
        for topic in Topic::ALL {
            for line in topic.wrapped(Some(80)).lines() {
                assert!(line.chars().count() <= 80, "{line}");
            }
        }
    }

    #[test]
    fn a_topic_is_found_by_its_name() {
        for topic in Topic::ALL {
            assert_eq!(Topic::from_name(topic.name()), Some(topic));
            assert!(topic.text().ends_with('\n'));
        }
    }
}
