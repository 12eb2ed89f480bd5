//! Flags that every command takes, before or after its verb.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::domain::name::Text;
use crate::domain::span::Span;
use crate::render::Format;

const HEADING: &str = "Global options";

/// Flags that every command takes.
#[derive(Args, Clone, Debug)]
pub struct GlobalArgs {
    /// The store's file [env: APICONN_STORE; default: $XDG_DATA_HOME/apiconn/store.db]
    #[arg(long, global = true, value_name = "PATH", value_hint = clap::ValueHint::FilePath, help_heading = HEADING)]
    pub store: Option<PathBuf>,
    /// How data is written [default: table at a terminal, tsv in a pipe]
    #[arg(short, long, global = true, value_name = "FORMAT", help_heading = HEADING)]
    pub output: Option<OutputArg>,
    /// Short for -o json
    #[arg(long, global = true, conflicts_with = "output", help_heading = HEADING)]
    pub json: bool,
    /// Only these fields, separated by commas; a.b reaches into a field
    #[arg(long, global = true, value_name = "FIELDS", value_delimiter = ',', help_heading = HEADING)]
    pub fields: Option<Vec<String>>,
    /// Say nothing but warnings and errors on standard error
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = HEADING)]
    pub quiet: bool,
    /// Say which store is used
    #[arg(short, long, global = true, help_heading = HEADING)]
    pub verbose: bool,
    /// When to colour messages
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = HEADING)]
    pub color: ColorArg,
    /// Never ask; what would ask fails instead [env: APICONN_NO_INPUT]
    #[arg(long, global = true, help_heading = HEADING)]
    pub no_input: bool,
    /// Answer yes to the question whether to go on
    #[arg(short, long, global = true, help_heading = HEADING)]
    pub yes: bool,
    /// Try everything, keep nothing
    #[arg(long, global = true, help_heading = HEADING)]
    pub dry_run: bool,
    /// Why, for the audit
    #[arg(long, global = true, value_name = "TEXT", help_heading = HEADING)]
    pub reason: Option<Text>,
    /// How long to wait while another process writes
    #[arg(long, global = true, value_name = "DURATION", default_value = "5s", help_heading = HEADING)]
    pub wait: Span,
}

/// `-o`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputArg {
    /// Aligned columns
    Table,
    /// One JSON document
    Json,
    /// One JSON object a line
    Jsonl,
    /// Comma-separated, with a header
    Csv,
    /// Tab-separated, without a header
    Tsv,
    /// Shell variables
    Env,
    /// Ids alone
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

/// `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// At a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
