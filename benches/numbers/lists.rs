//! The first page of every list in a large store, compared with a store of 1,000 rows.

use std::time::{Duration, Instant};

use apiconn::domain::State;
use apiconn::domain::id::ClientKind;
use apiconn::domain::page::{
    AuditFilter, ClientFilter, GrantFilter, PageRequest, Sort, StateFilter, TokenFilter, UserFilter,
};
use apiconn::domain::time::{Clock as _, SystemClock};
use apiconn::store::{Access, ReadTx, StoreError, StoreLocation};

use crate::Scale;
use crate::fill::{Content, Filled, size};
use crate::measure::{Failed, Times, alternate, apiconn, ms, output, ratio, time_function};
use crate::report::{Report, heading, note};

const SMALL: i64 = 1000;
const LIMIT: f64 = 3.0;
const ROUNDS: usize = 25;
const PAGE: PageRequest = PageRequest { after: None, limit: 50 };

/// Lists without and with a state filter.
const LISTS: &[&str] = &[
    "consumer list",
    "grant list",
    "grant list --state revoked",
    "grant list --state all",
    "token list",
    "token list --state expired",
    "token list --state revoked",
    "token list --state disabled",
    "token list --state all",
    "user list",
    "user list --state active",
    "user list --state disabled",
    "audit list",
    "status",
];
const STATES: &[&str] =
    &["", " --state active", " --state disabled", " --state expired", " --state revoked", " --state all"];
const SORTS: &[&str] = &[
    "",
    " --sort created",
    " --sort -created",
    " --sort name",
    " --sort -name",
    " --sort expires",
    " --sort -expires",
    " --sort last_used",
    " --sort -last_used",
];

/// Results without a limit. These lists search for expired rows in an order that does not depend on the expiry, and skip
/// all rows that have not expired; no index can contain a state that depends on the time. `status` counts all rows.
const UNLIMITED: &[&str] = &[
    "key list --state expired --sort -created",
    "key list --state expired --sort -last_used",
    "token list --state expired",
    "status",
];

/// Runs the benchmark of all lists.
pub fn run(report: &mut Report, scale: Scale) {
    heading(&format!("First page of a list: {} rows compared with {SMALL}", scale.rows));
    if let Err(Failed(why)) = measure(report, scale) {
        report.fail("lists", &why);
    }
}

fn measure(report: &mut Report, scale: Scale) -> Result<(), Failed> {
    let began = Instant::now();
    let [small, large] = [SMALL, scale.rows].map(|rows| {
        Filled::new(Content {
            keys: rows,
            consumers: rows,
            users: rows,
            grants: rows,
            tokens: rows,
            audit: rows,
        })
    });
    let (small, large) = (small?, large?);
    note(
        "filling both stores",
        &format!("{} s, {} MiB", began.elapsed().as_secs(), size(&large.path()) >> 20),
    );
    for state in STATES {
        for sort in SORTS {
            one(report, &format!("key list{state}{sort}"), &small, &large)?;
        }
    }
    for list in LISTS {
        one(report, list, &small, &large)?;
    }
    // As after a day without any request.
    for store in [&small, &large] {
        store.execute("UPDATE tokens SET expires_at = expires_at - 86400000")?;
        store.checkpoint()?;
    }
    heading("Token lists with every token expired");
    for list in ["token list", "token list --state expired"] {
        one(report, list, &small, &large)?;
    }
    Ok(())
}

fn one(report: &mut Report, list: &str, small: &Filled, large: &Filled) -> Result<(), Failed> {
    let words: Vec<&str> = list.split(' ').collect();
    let command = |store: &Filled| {
        let mut command = apiconn(&store.path());
        command.args(&words);
        command
    };
    let (mut few, mut many) = (command(small), command(large));
    let lines = [output(&mut few)?.lines().count(), output(&mut many)?.lines().count()];
    if lines[0] > lines[1] {
        return Err(Failed(format!("{list} prints {lines:?} lines")));
    }
    let [few, many] = alternate(ROUNDS, [&mut few, &mut many])?;
    let queries = match (query(&words, small)?, query(&words, large)?) {
        (Some(few), Some(many)) => format!("; query alone {} vs {}", us(&many), us(&few)),
        _ => String::new(),
    };
    let detail = format!("{} vs {}{queries}", ms(many.median()), ms(few.median()));
    let ratio = ratio(&many, &few);
    if UNLIMITED.contains(&list) {
        note(list, &format!("{ratio:.2}x, no limit: {detail}"));
    } else {
        report.judge(list, ratio, "x", LIMIT, &detail);
    }
    Ok(())
}

fn us(times: &Times) -> String {
    let median: Duration = times.median();
    format!("{} us", median.as_micros())
}

type Query = Box<dyn Fn(&dyn ReadTx) -> Result<usize, StoreError>>;

/// Times the query of a list in this process, without the cost of a process and its output.
fn query(words: &[&str], store: &Filled) -> Result<Option<Times>, Failed> {
    let option =
        |flag: &str| words.iter().position(|word| *word == flag).and_then(|at| words.get(at + 1)).copied();
    let parsed = |text: Option<&str>, other: StateFilter| text.map_or(Ok(other), str::parse).map_err(Failed);
    let state = option("--state");
    let now = SystemClock.now();
    let clients = |kind| -> Result<_, Failed> {
        let filter = ClientFilter {
            kind,
            state: parsed(state, StateFilter::NotRevoked)?,
            scope: None,
            group: None,
            owner: None,
            expiring_before: None,
            unused_since: None,
            name_glob: None,
        };
        let usual = if state == Some("expired") { "-expires" } else { "-created" };
        let sort: Sort = option("--sort").unwrap_or(usual).parse().map_err(Failed)?;
        Ok(move |read: &dyn ReadTx| read.list_clients(&filter, sort, &PAGE, now).map(|page| page.items.len()))
    };
    let query: Query = match words.first().copied() {
        Some("key") => Box::new(clients(ClientKind::Key)?),
        Some("consumer") => Box::new(clients(ClientKind::Consumer)?),
        Some("grant") => {
            let filter = GrantFilter {
                state: parsed(state, StateFilter::NotRevoked)?,
                user: None,
                client: None,
                scope: None,
                unused_since: None,
                name_glob: None,
            };
            Box::new(move |read| read.list_grants(&filter, &PAGE).map(|page| page.items.len()))
        }
        Some("token") => {
            let filter = TokenFilter {
                state: parsed(state, StateFilter::Only(State::Active))?,
                client: None,
                user: None,
                grant: None,
                kind: None,
                issued_before: None,
            };
            Box::new(move |read| read.list_tokens(&filter, &PAGE, now).map(|page| page.items.len()))
        }
        Some("user") => {
            let filter = UserFilter { state: parsed(state, StateFilter::All)?, name_glob: None };
            Box::new(move |read| read.list_users(&filter, &PAGE).map(|page| page.items.len()))
        }
        Some("audit") => {
            Box::new(|read| read.list_audit(&AuditFilter::default(), &PAGE).map(|page| page.items.len()))
        }
        _ => return Ok(None),
    };
    let store =
        apiconn::store::open(&StoreLocation::File(store.path()), Access::Read, Duration::from_secs(1))?;
    let times = time_function(ROUNDS, || {
        let snapshot = store.read()?;
        query(snapshot.as_ref())?;
        Ok(())
    })?;
    Ok(Some(times))
}
