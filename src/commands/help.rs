use clap::Args;

use crate::commands::shared::help_text::{examples, printable};
use crate::commands::topics;
use crate::commands::topics::Topic;
use crate::domain::name::shorten;
use crate::failure::Failure;

use crate::commands::context::Ctx;

/// Explain a topic, or show the help of a command
#[derive(Args, Debug)]
#[command(after_long_help = topics::listing() + "\n" + &examples(&["apiconn help concepts", "apiconn help key create"]))]
pub struct HelpArgs {
    /// Topic, or the words of a command
    #[arg(value_name = "TOPIC", add = crate::completion::words(&Topic::NAMES))]
    words: Vec<String>,
}

/// Runs `apiconn help` and prints the result.
pub(crate) fn run(ctx: &mut Ctx<'_>, args: &HelpArgs) -> Result<(), Failure> {
    let words: Vec<&str> = args.words.iter().map(String::as_str).collect();
    let topic = match words.as_slice() {
        [word] => Topic::from_name(word),
        _ => None,
    };
    let text = if let Some(topic) = topic {
        topic.text()
    } else {
        let mut command = (ctx.command_line)();
        command.build();
        let mut found = &mut command;
        for word in words {
            found = found.find_subcommand_mut(word).ok_or_else(|| {
                Failure::usage(format!("\"{}\" is not a command or topic", shorten(word)))
                    .hint(format!("the topics are {}", Topic::NAMES.join(", ")))
                    .hint("to list the commands: apiconn --help")
            })?;
        }
        printable(&found.render_long_help().to_string())
    };
    ctx.out.text(&text).map_err(|error| Failure::output(&error))
}
