//! `list` and `show` of keys and consumers.

use crate::actions::resolve;
use crate::commands::context::Ctx;
use crate::commands::shared::client_filter::{ClientFilterArgs, ClientSortArgs};
use crate::commands::shared::list;
use crate::commands::shared::list::PageArgs;
use crate::commands::shared::output::check_format;
use crate::domain::client::Client;
use crate::domain::handle::Handle;
use crate::domain::time::Timestamp;
use crate::failure::Failure;
use crate::render::relative_time::relative_time;
use crate::render::view::client::ClientView;

/// Prints a page of clients.
///
/// # Errors
/// [`Failure`] as of [`list::run`].
pub(crate) fn list<V: ClientView>(
    ctx: &mut Ctx<'_>,
    schema: &str,
    filter: &ClientFilterArgs,
    sort: &ClientSortArgs,
    page: &PageArgs,
) -> Result<(), Failure> {
    list::run(
        ctx,
        schema,
        page,
        |read, request, now| {
            let sort = sort.order(filter.state);
            let filter = filter.filter(V::KIND, read, now)?;
            Ok(read.list_clients(&filter, sort, request, now)?)
        },
        |client, now| V::of(client, None, now),
    )
}

/// Prints one client with the state of its secrets.
///
/// # Errors
/// [`Failure`] with [`crate::exit::Exit::NotFound`] if the client does not exist.
pub(crate) fn show<V: ClientView>(ctx: &mut Ctx<'_>, schema: &str, handle: &str) -> Result<(), Failure> {
    check_format::<V>(ctx)?;
    let handle = Handle::parse(V::KIND.into(), handle)?;
    let view = ctx.read(|read, now| {
        let client = resolve::client(read, V::KIND, &handle)?;
        let secrets = read.secrets_of(&client.id)?;
        Ok(V::of(&client, Some(&secrets), now))
    })?;
    ctx.out.show(schema, &view).map_err(|error| Failure::output(&error))
}

/// Returns `never used` or `last used 2 days ago`.
pub(crate) fn last_use(client: &Client, now: Timestamp) -> String {
    client
        .last_used_at
        .map_or_else(|| "never used".to_owned(), |at| format!("last used {}", relative_time(at, now)))
}
