//! The layout as tables: which folder imports which, which words stand where, how many files a folder has.

/// A folder or file of `src` and the parts of the crate that it may import besides itself.
pub struct Layer {
    /// A folder, or a file with `.rs`. The longest one that fits a file applies.
    pub place: &'static str,
    /// Other places, by the same names.
    pub imports: &'static [&'static str],
    /// The rule in words.
    pub why: &'static str,
}

const fn layer(place: &'static str, imports: &'static [&'static str], why: &'static str) -> Layer {
    Layer { place, imports, why }
}

/// The import table, from the program down to the domain.
pub const LAYERS: &[Layer] = &[
    layer("main.rs", &["lib.rs", "completion", "system.rs", "exit.rs"], "the process: streams, exit code"),
    layer(
        "lib.rs",
        &[
            "cli.rs",
            "parse.rs",
            "commands",
            "service/mod.rs",
            "service/options.rs",
            "service/preflight.rs",
            "service/sockets.rs",
            "failure.rs",
            "actions",
            "render",
            "store/location.rs",
            "credentials",
            "domain",
            "system.rs",
            "exit.rs",
        ],
        "the only file that imports both the commands and the service",
    ),
    layer("cli.rs", &["commands", "domain", "exit.rs"], "the command line as clap sees it"),
    layer(
        "parse.rs",
        &[
            "cli.rs",
            "commands",
            "failure.rs",
            "render",
            "credentials",
            "domain",
            "system.rs",
            "shell.rs",
            "exit.rs",
        ],
        "parsing ends before a command runs",
    ),
    layer(
        "commands",
        &[
            "completion",
            "failure.rs",
            "actions",
            "explain",
            "render",
            "store",
            "store/open.rs",
            "store/location.rs",
            "credentials",
            "domain",
            "system.rs",
            "shell.rs",
            "exit.rs",
        ],
        "commands do not import the service",
    ),
    layer(
        "completion",
        &["render", "store", "store/open.rs", "store/location.rs", "domain", "system.rs"],
        "completion reads the store and changes nothing, so it imports no actions",
    ),
    layer(
        "failure.rs",
        &["actions", "explain", "store", "credentials", "domain", "shell.rs", "exit.rs"],
        "the commands import failures, so a failure knows neither commands nor service",
    ),
    layer("render", &["domain", "shell.rs"], "render prints domain values"),
    layer(
        "service/mod.rs",
        &[
            "service/routes",
            "service/operations",
            "service/preflight.rs",
            "service/state.rs",
            "service/options.rs",
            "service/sockets.rs",
            "service/pages",
            "service/pages/logo.rs",
            "service/http",
            "service/edge",
            "service/work",
            "service/ops",
            "explain",
            "store",
            "store/open.rs",
            "store/location.rs",
            "credentials",
            "domain",
            "system.rs",
        ],
        "starts and stops the service; no file below it imports it",
    ),
    layer(
        "service/preflight.rs",
        &[
            "service/options.rs",
            "service/sockets.rs",
            "service/pages/logo.rs",
            "service/edge",
            "actions",
            "explain",
            "store",
            "store/open.rs",
            "store/location.rs",
            "domain",
        ],
        "`serve --check` uses the parts that the service uses, and serves nothing",
    ),
    layer(
        "service/routes",
        &[
            "service/pages",
            "service/pages/logo.rs",
            "service/http",
            "service/state.rs",
            "service/edge",
            "service/work",
            "service/ops",
            "actions",
            "explain",
            "store",
            "credentials",
            "domain",
        ],
        "one file an endpoint; endpoints do not import the operations listener",
    ),
    layer(
        "service/operations",
        &["service/http", "service/edge", "service/work", "service/ops", "store", "domain"],
        "the second listener: health and metrics, no endpoint of the product",
    ),
    layer(
        "service/pages",
        &[
            "service/http",
            "service/state.rs",
            "service/pages/logo.rs",
            "service/edge",
            "service/work",
            "service/ops",
            "actions",
            "store",
            "credentials",
            "domain",
        ],
        "pages use the HTTP helpers; the HTTP helpers know no page",
    ),
    layer(
        "service/http",
        &[
            "service/state.rs",
            "service/edge",
            "service/work",
            "service/ops",
            "actions",
            "explain",
            "store",
            "credentials",
            "domain",
        ],
        "requests and responses, without pages and endpoints",
    ),
    layer(
        "service/state.rs",
        &["service/pages/logo.rs", "service/work", "service/ops", "store", "credentials", "domain"],
        "shared by all handlers",
    ),
    layer(
        "service/pages/logo.rs",
        &["credentials", "domain"],
        "the logo is read at the start and is part of the state",
    ),
    layer(
        "service/edge",
        &["service/sockets.rs", "service/ops", "domain"],
        "connections and limits, before a request is read",
    ),
    layer(
        "service/work",
        &["service/ops", "actions", "explain", "store", "credentials", "domain"],
        "threads and queues behind the handlers; they know no HTTP",
    ),
    layer(
        "service/ops",
        &["service/options.rs", "store", "store/location.rs", "domain"],
        "log, metrics, health: used by every layer",
    ),
    layer(
        "service/options.rs",
        &["service/sockets.rs", "store", "store/location.rs", "domain"],
        "the options of `serve`, and the errors that keep it from running",
    ),
    layer("service/sockets.rs", &["domain"], "sockets are bound before anything is accepted"),
    layer(
        "actions",
        &["store", "store/open.rs", "store/location.rs", "credentials", "domain"],
        "what the product does; actions know neither the command line nor HTTP",
    ),
    layer("explain", &["domain", "shell.rs"], "words for the administrator, made from facts alone"),
    layer("store/mod.rs", &["store", "store/open.rs", "store/location.rs"], "declares and re-exports"),
    layer("store/open.rs", &["store", "store/sqlite", "store/location.rs", "domain"], "chooses the engine"),
    layer(
        "store/sqlite",
        &["store", "store/location.rs", "credentials", "domain"],
        "one engine behind the interface; only `store/open.rs` names it",
    ),
    layer("store", &["store/location.rs", "credentials", "domain"], "the interface knows no engine"),
    layer("store/location.rs", &["domain"], "where a store is: a path or a URL"),
    layer("credentials", &["domain"], "mints, recognises and digests secrets"),
    layer("system.rs", &["credentials", "domain"], "clock, environment and streams, injected at the top"),
    layer("domain", &[], "pure types and rules"),
    layer("exit.rs", &[], "the table of exit codes"),
    layer("shell.rs", &[], "quoting for a POSIX shell"),
];

/// Code that may appear only in these places, and why. A single word is looked for in strings, too.
pub const WORDS: &[(&str, &[&str], &str)] = &[
    ("rusqlite", &["store/sqlite"], "all SQL is in store/sqlite"),
    ("axum", &["service"], "HTTP belongs to the service"),
    ("askama", &["service/pages"], "service/pages renders the templates"),
    (
        "clap::",
        &["cli.rs", "commands", "completion", "parse.rs", "lib.rs", "main.rs"],
        "actions and everything below can be used without a command line",
    ),
    ("dialoguer", &["render"], "render alone prompts"),
    ("comfy_table", &["render"], "render alone prints"),
    ("rowid", &[], "rows are ordered by seq; an engine's own row number is not part of the schema"),
    (
        ".commit()",
        &["store", "actions/change.rs", "service/work/writer.rs"],
        "a change is committed together with its audit rows",
    ),
];

/// Words that the files of a row of the import table may not use in names, and why. Compared with the parts of an
/// identifier (`file_mode` has `file` and `mode`); a word with an upper-case letter is compared with the whole identifier.
pub const BANNED: &[(&str, &[&str], &str)] = &[(
    "store",
    &["Path", "PathBuf", "Duration", "wait", "timeout", "mode", "umask", "permissions"],
    "an engine without files or locks must fit behind the interface",
)];

/// Files and folders whose strings may contain a flag (`--word`) or `apiconn `: they write for command line users.
pub const COMMAND_LINE_WORDS: &[&str] =
    &["commands", "explain", "completion", "cli.rs", "parse.rs", "failure.rs", "exit.rs", "lib.rs"];

/// The one file for labels that are hashed (`apiconn audit …`), whose bytes must never change. It contains only string
/// constants that begin with `apiconn ` and name no flag.
pub const HASH_LABELS: &str = "domain/hash_labels.rs";

/// The place whose strings may contain CSS, in which `--name: value;` is a property.
pub const CSS: &str = "service/pages";

/// A kind of folder: its name, its folders (`x/*` means each folder in `x`), the most files, and why.
pub struct FolderKind {
    /// The kind in words.
    pub name: &'static str,
    /// The folders of this kind; empty for the kind of all other folders.
    pub folders: &'static [&'static str],
    /// The most Rust files directly in one such folder.
    pub most: usize,
    /// The reason for the number.
    pub why: &'static str,
}

/// The kinds of folders. The last one is for all other folders.
pub const FOLDERS: &[FolderKind] = &[
    FolderKind {
        name: "one file a type",
        folders: &["domain"],
        most: 32,
        why: "the file is named like its type, so it is found by name",
    },
    FolderKind {
        name: "one file an aggregate",
        folders: &["store", "store/sqlite", "actions", "render/view"],
        most: 22,
        why: "the files have the same names in each of these folders",
    },
    FolderKind {
        name: "one file a verb",
        folders: &["commands/*"],
        most: 13,
        why: "the files are the subcommands of `apiconn NOUN`",
    },
    FolderKind { name: "by topic", folders: &[], most: 14, why: "about ten names can be read at a glance" },
];
