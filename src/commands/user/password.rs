//! The password flags of `user add` and `user set-password`.

use std::path::PathBuf;

use clap::Args;

use crate::commands::context::Ctx;
use crate::domain::secret_text::SecretText;
use crate::failure::Failure;

/// The source of a new password. Without a flag it is asked for twice at the terminal.
#[derive(Args, Clone, Debug)]
pub(crate) struct PasswordArgs {
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
    /// Read the password from the first line of this file
    #[arg(long, value_name = "PATH", conflicts_with = "password_stdin", value_hint = clap::ValueHint::FilePath)]
    password_file: Option<PathBuf>,
}

impl PasswordArgs {
    /// Reads the password.
    ///
    /// # Errors
    /// As [`Ctx::read_new_password`].
    pub(crate) fn read(&self, ctx: &mut Ctx<'_>) -> Result<SecretText, Failure> {
        ctx.read_new_password(self.password_stdin, self.password_file.as_deref())
    }
}
