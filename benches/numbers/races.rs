//! Commands that end a credential while clients use it: no request that is sent after the exit of the command may be
//! accepted. And a killed service: it must keep its acknowledged changes.

#[path = "../../tests/support/race/mod.rs"]
mod race;

use std::path::Path;

use crate::Scale;
use crate::fill::{Content, Filled};
use crate::measure::{Failed, apiconn, ms, output};
use crate::report::{Report, heading};
use crate::service::Service;
use race::{CLIENTS, Credential, Outcome, Race, RaceSetup, killed};

const RACES: [(&str, Race); 5] = [
    (
        "access token, grant revoke",
        Race { credential: Credential::AccessToken, ending: "grant revoke GRANT --yes" },
    ),
    (
        "refresh token, grant revoke",
        Race { credential: Credential::RefreshToken, ending: "grant revoke GRANT --yes" },
    ),
    ("API secret, key revoke", Race { credential: Credential::Secret, ending: "key revoke KEY --yes" }),
    ("session, user disable", Race { credential: Credential::Session, ending: "user disable USER --yes" }),
    ("consent, grant revoke", Race { credential: Credential::Consent, ending: "grant revoke GRANT --yes" }),
];

/// Runs all races.
pub fn run(report: &mut Report, scale: Scale) {
    heading(&format!(
        "Immediate end: {CLIENTS} clients use a credential while a command ends it, {} rounds each",
        scale.races
    ));
    if let Err(Failed(why)) = measure(report, scale) {
        report.fail("accepted after the end", &why);
    }
}

fn measure(report: &mut Report, scale: Scale) -> Result<(), Failed> {
    let store = Filled::new(Content { keys: 1, ..Content::default() })?;
    let path = store.path();
    let introspector = introspector(&path)?;
    let service = Service::start(&path)?;
    let program = || apiconn(&path);
    let setup =
        RaceSetup { program: &program, store: &path, address: service.address, introspector: &introspector };
    for (what, race) in RACES {
        let outcome = race::run(setup, race, scale.races).map_err(Failed)?;
        if let Some(why) = outcome.trouble.first() {
            report.fail(what, &format!("{} rounds, such as {why}", outcome.trouble.len()));
        }
        if outcome.least_before < CLIENTS {
            report.fail(what, &"in some round the credential was not used before its end");
        }
        report.judge(
            &format!("accepted after: {what}"),
            count(outcome.after + outcome.again),
            "",
            0.0,
            &summary(&outcome),
        );
    }
    output(apiconn(&path).args(["audit", "verify"]))?;
    Ok(())
}

/// Kills the service while it issues and revokes tokens.
pub fn killed(report: &mut Report, scale: Scale) {
    heading(&format!("Service killed {} times while it issues and revokes tokens", scale.kills));
    let measure = || -> Result<killed::Outcome, Failed> {
        let store = Filled::new(Content { keys: 1, ..Content::default() })?;
        let path = store.path();
        let introspector = introspector(&path)?;
        let start = || {
            let service = Service::start(&path).map_err(|Failed(why)| why)?;
            let address = service.address;
            Ok((service, address))
        };
        let outcome =
            killed::run(&start, &|| apiconn(&path), &path, &introspector, scale.kills).map_err(Failed)?;
        output(apiconn(&path).args(["audit", "verify"]))?;
        match store.text("PRAGMA integrity_check")?.as_str() {
            "ok" => Ok(outcome),
            other => Err(Failed(other.to_owned())),
        }
    };
    match measure() {
        Ok(outcome) => {
            if let Some(why) = outcome.trouble.first() {
                report.fail("kills", &format!("{} times, such as {why}", outcome.trouble.len()));
            }
            let issued = format!("{} issued in {} runs", outcome.issued, scale.kills);
            report.judge("tokens issued but not stored", count(outcome.missing), "", 0.0, &issued);
            report.judge("tokens refused without a revocation", count(outcome.lost), "", 0.0, "");
            let ended = format!("{} acknowledged as ended", outcome.ended);
            report.judge("tokens accepted after their end", count(outcome.accepted), "", 0.0, &ended);
        }
        Err(Failed(why)) => report.fail("killed service", &why),
    }
}

fn introspector(store: &Path) -> Result<(String, String), Failed> {
    let words = ["key", "create", "introspector", "--scope", "apiconn:introspect", "-o", "tsv"];
    let pair = output(apiconn(store).args(words))?;
    let (id, secret) = pair.trim_end().split_once('\t').ok_or_else(|| Failed(pair.clone()))?;
    Ok((id.to_owned(), secret.to_owned()))
}

fn summary(outcome: &Outcome) -> String {
    format!(
        "{} rounds, {} requests: {} accepted before the exit, at least {} per round; {} refused after it, the first within {}",
        outcome.rounds,
        outcome.requests,
        outcome.before,
        outcome.least_before,
        outcome.refused,
        ms(outcome.longest)
    )
}

#[expect(clippy::cast_precision_loss, reason = "a count that should be none")]
const fn count(number: usize) -> f64 {
    number as f64
}
