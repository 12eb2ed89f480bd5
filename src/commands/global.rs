//! The global flags, which every command takes, before or after its verb.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::domain::name::Text;
use crate::domain::time::Span;
use crate::render::Format;

const HEADING: &str = "Global options";

/// The global flags, as parsed by clap.
#[derive(Args, Clone, Debug)]
pub struct GlobalArgs {
    /// Store file [env: APICONN_STORE] [default: $XDG_DATA_HOME/apiconn/store.db]
    #[arg(long, global = true, value_name = "PATH", value_hint = clap::ValueHint::FilePath, help_heading = HEADING)]
    pub store: Option<PathBuf>,
    /// Output format: table, json, jsonl, csv, tsv, env or id [default: table at a terminal, tsv in a pipe]
    #[arg(short, long, global = true, value_name = "FORMAT", hide_possible_values = true, help_heading = HEADING)]
    pub output: Option<OutputArg>,
    /// Print JSON, like -o json
    #[arg(long, global = true, conflicts_with = "output", help_heading = HEADING)]
    pub json: bool,
    /// Print only these fields, separated by commas; a.b selects a nested field
    #[arg(long, global = true, value_name = "FIELDS", value_delimiter = ',', help_heading = HEADING)]
    pub fields: Option<Vec<String>>,
    /// Print nothing on standard error except warnings and errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = HEADING)]
    pub quiet: bool,
    /// Print the path of the store
    #[arg(short, long, global = true, help_heading = HEADING)]
    pub verbose: bool,
    /// Colour in messages: auto, always or never [default: auto]
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = true, hide_default_value = true, help_heading = HEADING)]
    pub color: ColorArg,
    /// Never ask a question; exit with 2 instead [env: APICONN_NO_INPUT]
    #[arg(long, global = true, help_heading = HEADING)]
    pub no_input: bool,
    /// Answer the confirmation question with yes
    #[arg(short, long, global = true, help_heading = HEADING)]
    pub yes: bool,
    /// Check and print the change without making it
    #[arg(long, global = true, help_heading = HEADING)]
    pub dry_run: bool,
    /// Reason for the change, recorded in the audit
    #[arg(long, global = true, value_name = "TEXT", help_heading = HEADING)]
    pub reason: Option<Text>,
    /// Longest wait for another process that is writing [default: 5s]
    #[arg(long, global = true, value_name = "DURATION", default_value = "5s", hide_default_value = true, help_heading = HEADING)]
    pub wait: Span,
}

/// The value of `-o`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputArg {
    /// Aligned columns with relative times
    Table,
    /// One JSON document with its schema
    Json,
    /// One JSON object per line
    Jsonl,
    /// Comma-separated values with a header
    Csv,
    /// Tab-separated values without a header
    Tsv,
    /// Shell variables with a new secret
    Env,
    /// Ids only, one per line
    Id,
}

impl From<OutputArg> for Format {
    fn from(output: OutputArg) -> Self {
        match output {
            OutputArg::Table => Self::Table,
            OutputArg::Json => Self::Json,
            OutputArg::Jsonl => Self::Jsonl,
            OutputArg::Csv => Self::Csv,
            OutputArg::Tsv => Self::Tsv,
            OutputArg::Env => Self::Env,
            OutputArg::Id => Self::Id,
        }
    }
}

/// The value of `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// Use colour at a terminal
    Auto,
    /// Use colour in pipes too
    Always,
    /// Use no colour at all
    Never,
}
