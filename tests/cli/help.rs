//! Help texts and manual pages: complete, and consistent with the command line.

use crate::support::App;

/// Calls `visit` with the path and the definition of every command without subcommands.
pub fn each_leaf(mut visit: impl FnMut(&str, &clap::Command)) {
    fn walk(path: &str, command: &clap::Command, visit: &mut impl FnMut(&str, &clap::Command)) {
        let mut leaf = true;
        for child in command.get_subcommands() {
            leaf = false;
            walk(format!("{path} {}", child.get_name()).trim(), child, visit);
        }
        if leaf {
            visit(path, command);
        }
    }
    let mut command = apiconn::command_line();
    command.build();
    walk("", &command, &mut visit);
}

/// Returns the examples in a command's help. A backslash continues a line.
fn examples(command: &clap::Command) -> Vec<String> {
    let help = command.clone().render_long_help().to_string().replace('\u{a0}', " ");
    let examples = help.split_once("Examples:\n").map_or("", |(_, examples)| examples);
    let examples = examples.split("\n\n").next().unwrap_or_default().replace("\\\n", " ");
    examples.lines().map(str::to_owned).collect()
}

#[test]
fn clap_accepts_the_command_definition() {
    apiconn::command_line().debug_assert();
}

#[test]
fn every_command_has_examples_that_a_shell_accepts() {
    let mut count = 0;
    each_leaf(|path, command| {
        count += 1;
        let examples = examples(command);
        assert!(!examples.is_empty(), "{path}");
        for example in examples {
            assert!(example.contains(&format!("apiconn {path}")), "{path}: {example}");
            // A shell would run text in backticks, and read a file after `<`.
            assert!(!example.contains('`') && !example.contains("<http"), "{path}: {example}");
        }
    });
    assert_eq!(count, LEAVES);
}

#[test]
fn every_example_parses() {
    each_leaf(|path, command| {
        for example in examples(command) {
            for part in example.split('|').map(str::trim).filter(|part| part.starts_with("apiconn ")) {
                let part = part.split([')', '>', '<']).next().unwrap_or_default();
                let words = crate::support::split(part);
                let parsed = apiconn::command_line().try_get_matches_from(&words);
                assert!(parsed.is_ok(), "{path}: {example}: {parsed:?}");
            }
        }
    });
}

#[test]
fn no_flag_takes_a_secret() {
    each_leaf(|path, command| {
        for argument in command.get_arguments() {
            let long = argument.get_long().unwrap_or_default();
            let secret = ["secret", "password", "token"].iter().any(|word| long.contains(word));
            let by_reference = long.ends_with("-file") || long.ends_with("-stdin");
            assert!(!secret || by_reference, "{path} --{long}");
        }
    });
}

#[test]
fn help_topics_exist() {
    let app = App::empty();
    assert_eq!(
        app.run("help exit-codes").ok().out,
        "  0  success, also if there was nothing to change
  1  failure without a code of its own
  2  wrong command line, or a confirmation is needed
  3  not found
  4  conflict: name taken, id prefix ambiguous, or revision stale
  5  refused by a rule, or the question was answered with no
  6  store missing, busy, unusable, or written by a newer version
  7  findings: --fail-if-any was given and the list is not empty
  8  integrity: store or audit chain damaged
130  interrupted by Ctrl-C
"
    );
    for (topic, begin) in [
        ("concepts", "A base is the account of one company. "),
        ("durations", "A duration is a number with a unit, or several of them without spaces: "),
        ("output", "Data is printed on standard output; messages, warnings and errors on standard error. "),
        ("handles", "Wherever a command takes an object, give one of:\n"),
        ("leaked", "Every change below applies from the next request. "),
        (
            "environment",
            "Read by every command:\n\n  APICONN_STORE     store file, if --store is not given; sudo removes it\n",
        ),
    ] {
        let run = app.run(&format!("help {topic}")).ok();
        assert!(run.out.replace('\n', " ").starts_with(&begin.replace('\n', " ")), "{run:?}");
    }
    let run = app.run("help key create").ok();
    assert!(run.out.starts_with("Create an API key and print its secret once\n"), "{run:?}");
    assert_eq!(app.run("key create --help").ok().out, run.out);
    let run = app.run("help nonsense").exits(2);
    assert_eq!(
        run.err,
        "error: \"nonsense\" is not a command or topic\nhint: the topics are concepts, durations, environment, exit-codes, handles, leaked, output\nhint: to list the commands: apiconn --help\n"
    );
}

#[test]
fn command_tree_matches_the_snapshot() {
    let mut tree = Vec::new();
    each_leaf(|path, command| {
        let mut words = vec![path.to_owned()];
        for argument in command.get_positionals() {
            words.push(argument.get_id().to_string().to_uppercase());
        }
        for argument in command.get_arguments().filter(|argument| !argument.is_global_set()) {
            words.extend(argument.get_long().filter(|long| *long != "help").map(|long| format!("--{long}")));
        }
        tree.push(words.join(" "));
    });
    insta::assert_snapshot!(tree.join("\n"), @r"
    init --base --env --issuer
    status
    key create NAME --group --scope --owner --description --expires --secret-file --if-missing
    key list --state --scope --group --owner --expiring-in --unused-for --match --sort --limit --cursor --all --fail-if-any
    key show HANDLE
    key edit HANDLE --add-scope --remove-scope --group --no-group --owner --no-owner --description --no-description --expires --if-revision
    key rotate HANDLE --overlap --now --secret-file
    key disable HANDLES --state --scope --group --owner --expiring-in --unused-for --match --all
    key enable HANDLES --state --scope --group --owner --expiring-in --unused-for --match --all
    key revoke HANDLES --state --scope --group --owner --expiring-in --unused-for --match --all
    key verify SOURCE
    consumer add NAME --grant --redirect-uri --web-origin --public --group --scope --title --description --owner --access-ttl --refresh-ttl --refresh-grace --family-ttl --pkce --refresh-rotation --secret-file --if-missing
    consumer list --state --scope --group --owner --expiring-in --unused-for --match --sort --limit --cursor --all --fail-if-any
    consumer show HANDLE
    consumer edit HANDLE --add-scope --remove-scope --group --no-group --owner --no-owner --description --no-description --expires --if-revision --add-redirect-uri --remove-redirect-uri --add-web-origin --remove-web-origin --title --no-title --access-ttl --no-access-ttl --refresh-ttl --no-refresh-ttl --refresh-grace --no-refresh-grace --family-ttl --no-family-ttl --pkce --refresh-rotation
    consumer rotate HANDLE --overlap --now --secret-file
    consumer disable HANDLES --state --scope --group --owner --expiring-in --unused-for --match --all
    consumer enable HANDLES --state --scope --group --owner --expiring-in --unused-for --match --all
    consumer revoke HANDLES --state --scope --group --owner --expiring-in --unused-for --match --all
    grant add USER CONSUMER --scope
    grant list --state --user --consumer --scope --unused-for --match --limit --cursor --all --fail-if-any
    grant show HANDLE
    grant revoke HANDLES --state --user --consumer --scope --unused-for --match --all
    token list --state --key --consumer --user --grant --kind --older-than --limit --cursor --all --fail-if-any
    token inspect HANDLE
    token revoke HANDLES --state --key --consumer --user --grant --kind --older-than --all
    refusal list --limit --fail-if-any
    refusal show REQUEST
    user add USERNAME --name --email --password-stdin --password-file
    user list --state --match --limit --cursor --all --fail-if-any
    user show HANDLE
    user set-password HANDLE --password-stdin --password-file
    user disable HANDLES
    user enable HANDLES
    user offboard HANDLES
    scope add SCOPE DESCRIPTION
    scope list
    scope edit SCOPE DESCRIPTION
    scope remove SCOPE
    group add NAME --scope --description
    group list
    group show NAME
    group edit NAME --add-scope --remove-scope --description --no-description
    group remove NAME
    settings list
    settings set NAME VALUE
    audit list --object --id --operation --since --limit --cursor --all --fail-if-any
    audit head
    audit verify --head --heads-file
    store info --schema
    health --url
    completions SHELL
    man --dir
    help WORDS
    serve --listen --socket-mode --socket-group --behind-proxy --issuer --operations --operations-exposed --log --check
    ");
}

#[test]
fn global_flags_match_the_snapshot() {
    let command = apiconn::command_line();
    let flags: Vec<String> = command
        .get_arguments()
        .filter(|argument| argument.is_global_set())
        .map(|argument| {
            let short = argument.get_short().map_or_else(String::new, |short| format!(" -{short}"));
            format!("--{}{short}", argument.get_long().unwrap())
        })
        .collect();
    assert_eq!(
        flags.join(" "),
        "--store --output -o --json --fields --quiet -q --verbose -v --color --no-input --yes -y --dry-run --reason --wait"
    );
}

#[test]
fn manual_has_a_page_for_every_command() {
    let app = App::empty();
    let page = app.run("man").ok();
    assert!(page.out.contains(".TH apiconn 1"), "{page:?}");
    let folder = app.folder().join("man1");
    app.run(&format!("man --dir {}", folder.display())).ok();
    let pages = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(pages, 67);
    let page = std::fs::read_to_string(folder.join("apiconn-key-create.1")).unwrap();
    assert!(page.contains("apiconn\\-key\\-create"), "{page}");
}

/// Number of commands without subcommands.
pub const LEAVES: usize = 55;

#[test]
fn dry_run_of_man_writes_nothing_and_lists_the_files() {
    let app = App::empty();
    let folder = app.folder().join("man1");
    let run = |words: &str| app.run(&format!("man --dir {} {words}", folder.display())).ok().err;
    let would = run("--dry-run");
    assert!(!folder.exists());
    let count = would.strip_prefix("Would write ").unwrap().split(' ').next().unwrap().to_owned();
    assert_eq!(run(""), format!("Wrote {count} pages into {}.\n", folder.display()));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count().to_string(), count);
}
