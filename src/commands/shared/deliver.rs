//! Handing over a secret that was just minted: committed as pending, shown or written, then activated.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::actions::ActionError;
use crate::actions::clients::secrets;
use crate::actions::clients::secrets::Issued;
use crate::domain::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::view::client::ClientView;
use crate::render::{ChangeReport, Credentials, Format, Warning, reveal};

use crate::store::ReadTx;

use crate::commands::context::Ctx;

/// A new file for a secret. It is written beside its place and moved there whole, never over another; it is taken away
/// again unless the secret in it became active.
pub(crate) struct SecretFile {
    path: PathBuf,
    draft: PathBuf,
    file: File,
    placed: bool,
    kept: bool,
}

impl SecretFile {
    /// Begins the file, if one is wanted, so that a folder that takes none is found out before anything is changed.
    ///
    /// # Errors
    /// Fails where none can be made.
    pub(crate) fn begin(ctx: &Ctx<'_>, path: Option<&Path>) -> Result<Option<Self>, Failure> {
        let Some(path) = path.filter(|_| !ctx.globals.dry_run) else { return Ok(None) };
        let fail = |why: String| {
            Failure::usage(format!("the secret file {} cannot be made: {why}", path.display()))
                .hint("nothing was changed")
        };
        let name = path.file_name().ok_or_else(|| fail("it has no file name".to_owned()))?;
        let mut draft_name = std::ffi::OsString::from(".");
        draft_name.push(name);
        draft_name.push(format!(".{}", ctx.operation()));
        let draft = path.with_file_name(draft_name);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft);
        let file = file.map_err(|error| fail(error.to_string()))?;
        Ok(Some(Self { path: path.to_owned(), draft, file, placed: false, kept: false }))
    }

    /// Refuses a place that is taken.
    ///
    /// # Errors
    /// Says that a secret file is never overwritten.
    pub(crate) fn require_free(path: Option<&Path>) -> Result<(), Failure> {
        match path.filter(|path| path.symlink_metadata().is_ok()) {
            None => Ok(()),
            Some(path) => Err(Failure::new(
                Exit::Conflict,
                "file_exists",
                format!("the secret file {} exists already", path.display()),
            )
            .hint("a secret file is never overwritten: name another, or take that one away; nothing was changed")),
        }
    }

    fn write(&mut self, issued: &Issued) -> std::io::Result<()> {
        writeln!(self.file, "{}", reveal(&issued.plain))?;
        self.file.sync_all()?;
        // A second name is refused where the first is taken; a rename would not be, on every file system.
        std::fs::hard_link(&self.draft, &self.path)?;
        self.placed = true;
        std::fs::remove_file(&self.draft)?;
        // The file's name must outlive a power cut as the store's change does.
        let folder =
            self.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    }
}

impl Drop for SecretFile {
    fn drop(&mut self) {
        // What cannot be taken away holds nothing that is accepted.
        if !self.placed {
            let _ = std::fs::remove_file(&self.draft);
        } else if !self.kept {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Refuses an output that would lose the secret, which is shown only once.
///
/// # Errors
/// Names the outputs that show it.
pub(crate) fn check_delivery(ctx: &Ctx<'_>, secret_file: Option<&Path>) -> Result<(), Failure> {
    if ctx.out.format == Format::Id && secret_file.is_none() && !ctx.globals.dry_run {
        return Err(Failure::usage("-o id shows no secret, and a secret is shown only once")
            .hint("add --secret-file PATH, or use -o tsv, -o env or --json"));
    }
    Ok(())
}

/// What a command that mints has to tell.
pub(crate) struct Minting {
    /// `key.create` and the like.
    pub schema: &'static str,
    /// Whose secret it is.
    pub client: Client,
    /// The secret; absent for public consumers and for what was there already.
    pub issued: Option<Issued>,
    /// Whether something differs from before, or would.
    pub changed: bool,
    /// What the caller should know.
    pub warnings: Vec<Warning>,
    /// Where tokens are asked for.
    pub token_url: String,
}

/// Where tokens are asked for.
///
/// # Errors
/// Fails where the store cannot be read.
pub(crate) fn token_url(read: &dyn ReadTx) -> Result<String, ActionError> {
    Ok(read.settings()?.issuer.endpoint("/oauth/token"))
}

/// Hands over the secret and activates it. If it cannot be handed over it is withdrawn, and so is a client made with it.
///
/// # Errors
/// Fails where the secret did not reach its reader, or could not be activated; then it is worth nothing.
pub(crate) fn hand_over<V: ClientView>(
    ctx: &mut Ctx<'_>,
    minting: Minting,
    mut file: Option<SecretFile>,
) -> Result<(), Failure> {
    let Minting { schema, client, issued, changed, warnings, token_url } = minting;
    let (dry_run, operation) = (ctx.globals.dry_run, ctx.operation());
    let issued = issued.filter(|_| !dry_run);
    if let (Some(file), Some(issued)) = (&mut file, &issued) {
        if let Err(error) = file.write(issued) {
            return Err(undelivered(ctx, &client, issued, &error));
        }
        activate(ctx, &client, issued)?;
        file.kept = true;
    }
    for warning in &warnings {
        ctx.out.warn(warning);
    }
    let in_file = file.as_ref().map(|file| file.path.to_string_lossy().into_owned());
    let credentials = Credentials {
        client_id: client.id.as_str(),
        secret: issued.as_ref().filter(|_| in_file.is_none()).map(|issued| &issued.plain),
        file: in_file.as_deref(),
        token_url: &token_url,
    };
    let now = ctx.now();
    let written = ChangeReport {
        schema,
        changed,
        dry_run,
        operation: &operation,
        items: vec![(V::of(&client, None, now), changed)],
        warnings,
        single: true,
    };
    let shown = ctx.out.report_change(&written, Some(&credentials));
    match (&issued, &in_file, shown) {
        (Some(issued), None, Err(error)) => return Err(undelivered(ctx, &client, issued, &error)),
        (Some(issued), None, Ok(())) => activate(ctx, &client, issued)?,
        (_, _, shown) => shown.map_err(|error| Failure::output(&error))?,
    }
    if ctx.out.format == Format::Table {
        let (noun, name) = (client.kind().noun(), &client.name);
        match (&in_file, &issued) {
            (Some(path), _) => {
                ctx.out.note(&format!("The secret is in {path}; the store keeps only its digest."));
            }
            (None, Some(_)) => {
                ctx.out.note("The secret is shown this once; the store keeps only its digest.");
            }
            (None, None) if dry_run => ctx.out.note("Dry run: nothing was kept."),
            (None, None) => {}
        }
        if !dry_run {
            ctx.out.note(&format!("Next: apiconn {noun} show {name}"));
        }
    }
    Ok(())
}

/// Activates what was handed over. If that fails the secret is withdrawn, so that trying again starts afresh.
fn activate(ctx: &mut Ctx<'_>, client: &Client, issued: &Issued) -> Result<(), Failure> {
    let Err(failure) = ctx.change(|change| secrets::deliver(change, issued)) else { return Ok(()) };
    let (noun, name) = (client.kind().noun(), &client.name);
    let message = format!(
        "the secret of {noun} {name} was handed over but not activated, and never will be: {}",
        failure.message
    );
    Err(withdrawn(ctx, issued, Failure { message, hints: Vec::new(), ..failure }))
}

fn undelivered(ctx: &mut Ctx<'_>, client: &Client, issued: &Issued, error: &std::io::Error) -> Failure {
    let (noun, name) = (client.kind().noun(), &client.name);
    let message = format!("the secret of {noun} {name} could not be handed over: {error}");
    withdrawn(ctx, issued, Failure::new(Exit::Failed, "undelivered", message))
}

/// Withdraws a secret, and says whether the command can be tried again at once.
fn withdrawn(ctx: &mut Ctx<'_>, issued: &Issued, failure: Failure) -> Failure {
    match ctx.change(|change| secrets::withdraw(change, issued)) {
        Ok(_) => failure.hint("it was withdrawn and was never accepted; try again"),
        Err(_) => failure.hint("it is refused for ever; try again in a minute, when it counts as never made"),
    }
}
