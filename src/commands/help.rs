use clap::Args;

use crate::domain::name::shorten;
use crate::exit::Exit;
use crate::failure::Failure;

use crate::commands::context::Ctx;

/// Explain a topic or a command
///
/// Topics: exit-codes, output, handles, environment.
///
/// Examples:
///   apiconn help exit-codes
///   apiconn help key create
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct HelpArgs {
    /// A topic, or the words of a command
    #[arg(value_name = "TOPIC", add = crate::completion::words(&["exit-codes", "output", "handles", "environment"]))]
    words: Vec<String>,
}

const OUTPUT: &str = "\
Data goes to standard output, everything else to standard error.

At a terminal a list is a table: times are relative, ids are never cut, and columns go from the right where it is narrow.
In a pipe a list is TSV: no header, RFC 3339 times, whole values, nothing for null.

-o table   aligned columns
-o json    one document. Lists: {\"schema\":\"key.list/1\",\"items\":[...],\"next_cursor\":null}
           Changes: {\"schema\",\"changed\",\"dry_run\",\"operation\",\"key\":{...},\"warnings\":[...]}, with \"client_secret\" once
-o jsonl   one object a line
-o csv     with a header; a cell that a spreadsheet would take for a formula begins with an apostrophe
-o tsv     without a header; after create, add and rotate it is client_id TAB client_secret
-o env     APICONN_CLIENT_ID=, APICONN_CLIENT_SECRET=, APICONN_TOKEN_URL=
-o id      ids alone, one a line

--fields a,b.c picks fields. Fields are only ever added within a schema's number.
With -o json an error is one document on standard error: {\"schema\":\"error/1\",\"error\":{\"code\",\"message\",\"hint\",\"candidates\"}}.
state is active, disabled, expired or revoked. Colour is for terminals; NO_COLOR, TERM=dumb or --color never
switches it off.
";

const HANDLES: &str = "\
Where a command wants an object, it takes

  an id              apck_test_7Hq2mZ0xPa4T
  its beginning      apck_test_7H, if no other id begins so
  a name             erp-sync; the one that is not revoked, else the one revoked last
  USER/CONSUMER      for a grant: tech1/field-app, each end an id, a beginning, or a name
  -                  handles from standard input, one a line, where the command takes several

Names are a-z, 0-9 and, after the first character, . _ @ - ; at most 64. They are unique among what is not revoked.
Prefixes: apck_ key, apcc_ consumer, usr_ user, grt_ grant, tok_ token, sec_ secret, op_ run of a command.
Secrets and tokens themselves (apcs_ apcx_ apca_ apcr_ apcg_) are never taken from the command line.
";

const ENVIRONMENT: &str = "\
APICONN_STORE     the store's file, where --store is not given
APICONN_NO_INPUT  not empty: never ask
XDG_DATA_HOME     the default store is $XDG_DATA_HOME/apiconn/store.db, else ~/.local/share/apiconn/store.db
NO_COLOR          not empty: no colour
TERM              dumb: no colour
APICONN_COMPLETE  set by the shell while it completes; do not set it yourself

For the audit, as claimed: SUDO_USER, and the CI job's address from CI_JOB_URL, BUILD_URL, or GITHUB_SERVER_URL with
GITHUB_REPOSITORY and GITHUB_RUN_ID.
";

/// The text of `help exit-codes`.
#[must_use]
pub(crate) fn exit_codes() -> String {
    let lines: Vec<String> =
        Exit::TABLE.iter().map(|(exit, meaning)| format!("{:>3}  {meaning}\n", exit.code())).collect();
    lines.concat()
}

pub(crate) fn run(ctx: &mut Ctx<'_>, args: &HelpArgs) -> Result<(), Failure> {
    let words: Vec<&str> = args.words.iter().map(String::as_str).collect();
    let text = match words.as_slice() {
        ["exit-codes"] => exit_codes(),
        ["output"] => OUTPUT.to_owned(),
        ["handles"] => HANDLES.to_owned(),
        ["environment"] => ENVIRONMENT.to_owned(),
        words => {
            let mut command = (ctx.command_line)();
            command.build();
            let mut found = &mut command;
            for word in words {
                found = found.find_subcommand_mut(word).ok_or_else(|| {
                    Failure::usage(format!("there is no command or topic \"{}\"", shorten(word)))
                        .hint("the topics are exit-codes, output, handles and environment; apiconn --help lists the commands")
                })?;
            }
            found.render_long_help().to_string()
        }
    };
    ctx.out.text(&text).map_err(|error| Failure::output(&error))
}
