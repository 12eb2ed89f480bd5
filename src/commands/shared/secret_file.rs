//! The file that `--secret-file` names.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::actions::clients::secrets::PendingSecret;
use crate::commands::context::Ctx;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::reveal;

/// A new file for a secret. It is written under a temporary name in the same folder and never replaces a file. When it
/// is dropped it is removed, unless [`SecretFile::keep`] was called.
pub(crate) struct SecretFile {
    path: PathBuf,
    temporary: PathBuf,
    file: File,
    linked: bool,
    kept: bool,
}

impl SecretFile {
    /// Creates the temporary file, so that a folder that is not writable is found before anything is changed. Returns
    /// none without a path or in a dry run.
    ///
    /// # Errors
    /// [`Failure`] with [`Exit::Usage`] if the file cannot be created.
    pub(crate) fn begin(ctx: &Ctx<'_>, path: Option<&Path>) -> Result<Option<Self>, Failure> {
        let Some(path) = path.filter(|_| !ctx.globals.dry_run) else { return Ok(None) };
        let fail = |why: String| {
            Failure::usage(format!("the secret file {} cannot be created: {why}", path.display()))
                .hint("nothing was changed")
        };
        let name = path.file_name().ok_or_else(|| fail("it has no file name".to_owned()))?;
        let mut temporary_name = std::ffi::OsString::from(".");
        temporary_name.push(name);
        temporary_name.push(format!(".{}", ctx.operation()));
        let temporary = path.with_file_name(temporary_name);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary);
        let file = file.map_err(|error| fail(error.to_string()))?;
        Ok(Some(Self { path: path.to_owned(), temporary, file, linked: false, kept: false }))
    }

    /// Checks that no file has the path.
    ///
    /// # Errors
    /// [`Failure`] with [`Exit::Conflict`] if the path exists.
    pub(crate) fn require_free(path: Option<&Path>) -> Result<(), Failure> {
        match path.filter(|path| path.symlink_metadata().is_ok()) {
            None => Ok(()),
            Some(path) => Err(Failure::new(
                Exit::Conflict,
                "file_exists",
                format!("the secret file {} already exists", path.display()),
            )
            .hint(
                "nothing was changed; a secret file is never overwritten: name another, or remove that one",
            )),
        }
    }

    /// Writes the secret and gives the file its name.
    pub(crate) fn write(&mut self, issued: &PendingSecret) -> std::io::Result<()> {
        writeln!(self.file, "{}", reveal(&issued.plain))?;
        self.file.sync_all()?;
        // A hard link fails if the name exists; a rename would replace the file on some file systems.
        std::fs::hard_link(&self.temporary, &self.path)?;
        self.linked = true;
        std::fs::remove_file(&self.temporary)?;
        // The name has to survive a power failure, as the change of the store does.
        let folder =
            self.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    }

    /// Keeps the file: its secret is active.
    pub(crate) const fn keep(&mut self) {
        self.kept = true;
    }

    /// Returns the path as text.
    pub(crate) fn path(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }
}

impl Drop for SecretFile {
    fn drop(&mut self) {
        // If a file cannot be removed, the secret in it is not accepted.
        if !self.linked {
            let _ = std::fs::remove_file(&self.temporary);
        } else if !self.kept {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
