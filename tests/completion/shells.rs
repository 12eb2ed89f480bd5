//! Completion in bash, zsh and fish, with the stubs of `completions/`.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{granted, sql};
use crate::support::terminal::Terminal;
use crate::support::{App, tools};

const STUBS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/completions");

/// Sets an environment in which a shell finds the program and reads no configuration of the machine.
fn set_environment(command: &mut Command, app: &App) {
    let program = Path::new(env!("CARGO_BIN_EXE_apiconn")).parent().unwrap();
    command
        .env_clear()
        .env("PATH", format!("{}:{}", program.display(), tools::path().display()))
        .env("HOME", app.folder())
        .env("TERM", "xterm")
        .env("LC_ALL", "C.UTF-8")
        .env("APICONN_STORE", app.store())
        .current_dir(app.folder());
}

/// Keys that move to the end of the line and delete all of it.
const EMPTY: &str = "\u{5}\u{15}";

/// An interactive shell in which Ctrl-T prints the current line.
struct Prompt {
    terminal: Terminal,
    shown: usize,
}

impl Prompt {
    fn of(app: &App, shell: &str, set_up: &[&str]) -> Self {
        let terminal = Terminal::of(shell, &app.store(), |command| set_environment(command, app));
        let mut prompt = Self { terminal, shown: 0 };
        // The shell computes a sum, so that the echo of the input is not mistaken for the output.
        for (index, line) in set_up.iter().enumerate() {
            prompt.terminal.send(&format!("{line}; echo set-up-$(({index}+100))\r"));
            prompt.terminal.expect(&format!("set-up-{}", index + 100));
        }
        prompt
    }

    fn bash(app: &App) -> Self {
        let source = format!("source {STUBS}/apiconn.bash");
        Self::of(
            app,
            "bash --noprofile --norc -i",
            &[
                "stty cols 150; PS1='> '; bind 'set bell-style none'; bind 'set enable-bracketed-paste off'",
                r#"bind -x '"\C-t": printf "line-%s<%s>\n" $((++shown)) "$READLINE_LINE"'"#,
                &source,
            ],
        )
    }

    fn zsh(app: &App) -> Self {
        let load = format!("fpath=({STUBS} $fpath); autoload -Uz compinit; compinit -u -D");
        Self::of(
            app,
            "zsh -f -i",
            &[
                "stty cols 150; PS1='> '; setopt no_beep",
                r#"show() { zle -M "line-$((++shown))<$BUFFER>" }; zle -N show; bindkey '^T' show"#,
                &load,
            ],
        )
    }

    fn fish(app: &App) -> Self {
        let load = format!("set fish_complete_path {STUBS} $fish_complete_path");
        // fish has no `$((…))`.
        let mut terminal = Terminal::of("fish -i", &app.store(), |command| set_environment(command, app));
        terminal.send(&format!(
            "stty cols 150; {load}; set -g shown 0; function show; set -g shown (math $shown + 1); \
             echo line-$shown'<'(commandline)'>'; end; bind \\ct show; echo set-up-(math 99 + 1)\r"
        ));
        terminal.expect("set-up-100");
        Self { terminal, shown: 0 }
    }

    /// Types keys and asserts the resulting line. Then clears the line.
    #[track_caller]
    fn becomes(&mut self, keys: &str, line: &str) {
        self.shown += 1;
        self.terminal.send(&format!("{keys}\u{14}"));
        self.terminal.expect(&format!("line-{}<{line}>", self.shown));
        self.terminal.send(EMPTY);
    }

    /// Types keys and waits until the texts are shown. Then clears the line.
    #[track_caller]
    fn shows(&mut self, keys: &str, texts: &[&str]) {
        self.terminal.send(keys);
        for text in texts {
            self.terminal.expect(text);
        }
        self.terminal.send(EMPTY);
    }
}

/// Makes a base with the users tech1 and tech2@acme.example, one grant, and scopes with colons.
fn base_with_two_users() -> (App, String, [String; 2]) {
    let (app, grant) = granted();
    app.user("tech2@acme.example");
    app.run("scope add read:assets \"Read them\"").ok();
    app.run("scope add read:orders \"Is a * or a ? or [ab] in it\"").ok();
    let user =
        |name: &str| app.run(&format!("user show {name} --fields user_id -o tsv")).ok().out.trim().to_owned();
    let users = [user("tech1"), user("tech2@acme.example")];
    (app, grant, users)
}

#[test]
fn bash_completes() {
    if !tools::installed(&["bash", "script", "stty"]) {
        return;
    }
    let (app, grant, users) = base_with_two_users();
    let mut bash = Prompt::bash(&app);
    bash.becomes("apiconn ke\t", "apiconn key ");
    bash.becomes("apiconn key rev\t", "apiconn key revoke ");
    bash.becomes("apiconn grant revoke \t", &format!("apiconn grant revoke {grant} "));
    bash.becomes("apiconn grant revoke te\t", "apiconn grant revoke tech1/field-app ");
    bash.becomes("apiconn grant revoke tech1/\t", "apiconn grant revoke tech1/field-app ");
    bash.becomes(
        &format!("apiconn grant revoke {}\t", &grant[..8]),
        &format!("apiconn grant revoke {grant} "),
    );
    bash.becomes("apiconn key list --sta\t", "apiconn key list --state ");
    bash.becomes("apiconn key list --state dis\t", "apiconn key list --state disabled ");

    // readline splits these words.
    bash.becomes("apiconn key list --state=dis\t", "apiconn key list --state=disabled ");
    bash.becomes("apiconn user show tech2@\t", "apiconn user show tech2@acme.example ");
    bash.becomes("apiconn user show tech2@ac\t", "apiconn user show tech2@acme.example ");
    bash.becomes("apiconn key create x --scope read:\t", "apiconn key create x --scope read:");
    bash.becomes("apiconn key create x --scope read:as\t", "apiconn key create x --scope read:assets ");
    bash.becomes("apiconn key create x --scope=read:as\t", "apiconn key create x --scope=read:assets ");
    bash.becomes("apiconn user show \"tech1\t", "apiconn user show \"tech1\" ");
    bash.becomes(
        "apiconn user show tech2@acme.example --fields x --store ba\t",
        "apiconn user show tech2@acme.example --fields x --store base.db",
    );

    bash.becomes("apiconn --store ~/bas\t", "apiconn --store ~/base.db");
    bash.becomes(
        "apiconn --store=~/base.db grant revoke te\t",
        "apiconn --store=~/base.db grant revoke tech1/field-app ",
    );

    // With the cursor in the middle of the line.
    bash.becomes(
        "apiconn grant revoke te --yes\u{1b}b\u{1b}[D\u{1b}[D\u{1b}[D\t",
        "apiconn grant revoke tech1/field-app --yes",
    );

    bash.becomes("apiconn user show t\t", "apiconn user show tech");
    bash.shows(
        "apiconn user show tech\t\t",
        &[&format!("tech1               ({})", users[0]), &format!("tech2@acme.example  ({})", users[1])],
    );
    bash.shows(
        "apiconn key create x --scope read:\t\t",
        &["assets  (Read them)", "orders  (Is a * or a ? or [ab] in it)"],
    );

    // With show-all-if-ambiguous, descriptions are listed but not inserted.
    bash.terminal.send("bind 'set show-all-if-ambiguous on'\r");
    bash.becomes("apiconn key create x --scope read:\t", "apiconn key create x --scope read:");
    bash.becomes("apiconn key create x --scope w\t", "apiconn key create x --scope work_orders.write ");
    bash.becomes("apiconn user show te\t", "apiconn user show tech");
}

#[test]
fn zsh_completes() {
    if !tools::installed(&["zsh", "script", "stty"]) {
        return;
    }
    let (app, grant, users) = base_with_two_users();
    let mut zsh = Prompt::zsh(&app);
    // The first TAB loads the stub and completes as well.
    zsh.becomes("apiconn grant revoke te\t", "apiconn grant revoke tech1/field-app ");
    zsh.becomes("apiconn ke\t", "apiconn key ");
    zsh.becomes("apiconn grant revoke \t", &format!("apiconn grant revoke {grant} "));
    zsh.becomes("apiconn grant revoke tech1/\t", "apiconn grant revoke tech1/field-app ");
    zsh.becomes("apiconn key list --state=dis\t", "apiconn key list --state=disabled ");
    zsh.becomes("apiconn user show tech2@ac\t", "apiconn user show tech2@acme.example ");
    zsh.becomes("apiconn key create x --scope read:as\t", "apiconn key create x --scope read:assets ");
    zsh.becomes("apiconn --store bas\t", "apiconn --store base.db");
    zsh.becomes("apiconn --store ~/bas\t", "apiconn --store ~/bas");
    zsh.becomes(
        "apiconn --store ~/base.db grant revoke te\t",
        "apiconn --store ~/base.db grant revoke tech1/field-app ",
    );
    zsh.shows(
        "apiconn user show te\t\t",
        &[&format!("tech1               -- {}", users[0]), &format!("tech2@acme.example  -- {}", users[1])],
    );
}

#[test]
fn fish_completes() {
    if !tools::installed(&["fish"]) {
        return;
    }
    let (app, grant, users) = base_with_two_users();
    let complete = |line: &str| {
        let mut fish = Command::new("fish");
        set_environment(&mut fish, &app);
        let script = format!("set fish_complete_path {STUBS} $fish_complete_path; complete -C '{line}'");
        let output = fish.args(["-c", &script]).stdin(Stdio::null()).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(
        complete("apiconn grant revoke "),
        format!("{grant}\ttech1 → field-app, assets.read, 3 days ago\n")
    );
    assert_eq!(
        complete("apiconn grant revoke te"),
        format!("tech1/field-app\t{grant}, assets.read, 3 days ago\n")
    );
    assert_eq!(complete("apiconn key list --state=dis"), "--state=disabled\n");
    assert_eq!(
        complete("apiconn user show te"),
        format!("tech1\t{}\ntech2@acme.example\t{}\n", users[0], users[1])
    );
    sql(&app, "UPDATE grants SET revoked_at = 1");
    assert_eq!(complete("apiconn grant revoke te"), "");
}

#[test]
fn fish_completes_at_a_terminal() {
    if !tools::installed(&["fish", "script", "stty"]) {
        return;
    }
    let (app, _, users) = base_with_two_users();
    let mut fish = Prompt::fish(&app);
    fish.becomes("apiconn grant revoke te\t", "apiconn grant revoke tech1/field-app ");
    fish.becomes("apiconn key create x --scope read:as\t", "apiconn key create x --scope read:assets ");
    fish.becomes("apiconn --store ~/bas\t", "apiconn --store ~/base.db");
    fish.becomes(
        "apiconn --store ~/base.db grant revoke te\t",
        "apiconn --store ~/base.db grant revoke tech1/field-app ",
    );
    fish.shows("apiconn user show te\t", &[&users[0], &users[1]]);
}

#[test]
fn stub_without_the_program_is_silent() {
    let app = App::empty();
    for (shell, arguments, load) in [
        ("bash", &["--norc", "-c"][..], format!("source {STUBS}/apiconn.bash")),
        ("zsh", &["-f", "-c"], format!("fpath=({STUBS} $fpath); autoload -Uz _apiconn; _apiconn || true")),
        (
            "fish",
            &["-c"],
            format!("set fish_complete_path {STUBS} $fish_complete_path; complete -C 'apiconn x'"),
        ),
    ] {
        if tools::installed(&[shell]) {
            let mut command = Command::new(tools::find(shell).unwrap());
            set_environment(&mut command, &app);
            let output = command.env("PATH", "/usr/bin:/bin").args(arguments).arg(load).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            assert_eq!((&*output.stdout, &*output.stderr), (&b""[..], &b""[..]), "{shell}: {output:?}");
        }
    }
}
