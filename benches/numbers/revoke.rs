//! Revocation of a grant with many tokens, compared with a grant with one token.

use crate::Scale;
use crate::fill::{Content, Filled};
use crate::measure::{Failed, Times, apiconn, ms, ratio, time};
use crate::report::{Report, heading};

const ROUNDS: usize = 21;
const LIMIT: f64 = 2.0;

/// Revokes new grants of both kinds in alternation.
pub fn run(report: &mut Report, scale: Scale) {
    heading("Revoking a grant");
    let what = format!("a grant with {} tokens, compared with 1", scale.tokens);
    match measure(scale) {
        Ok((many, one)) => {
            let detail =
                format!("{} vs {}; medians of {}", ms(many.median()), ms(one.median()), many.count());
            report.judge(&what, ratio(&many, &one), "x", LIMIT, &detail);
        }
        Err(Failed(why)) => report.fail(&what, &why),
    }
}

fn measure(scale: Scale) -> Result<(Times, Times), Failed> {
    let store = Filled::new(Content {
        keys: 1,
        consumers: 10,
        users: 1000,
        grants: 1000,
        tokens: scale.tokens,
        ..Content::default()
    })?;
    store.execute("UPDATE tokens SET revoked_at = NULL")?;
    let (mut many, mut one) = (Times::default(), Times::default());
    for round in 0..ROUNDS {
        // Takes two active grants without tokens and moves all tokens except one to the first.
        let live = |at: usize| {
            store.text(&format!(
                "SELECT grant_id FROM grants WHERE revoked_at IS NULL ORDER BY seq LIMIT 1 OFFSET {at}"
            ))
        };
        let (heavy, light) = (live(0)?, live(1)?);
        store.execute(&format!(
            "UPDATE tokens SET grant_seq = (SELECT seq FROM grants WHERE grant_id = '{heavy}') WHERE seq > 1;
             UPDATE tokens SET grant_seq = (SELECT seq FROM grants WHERE grant_id = '{light}') WHERE seq = 1;"
        ))?;
        store.checkpoint()?;
        let revoke = |id: &str, times: &mut Times| -> Result<(), Failed> {
            times.push(time(apiconn(&store.path()).args(["grant", "revoke", id, "--yes"]))?);
            store.checkpoint()
        };
        if round % 2 == 0 {
            revoke(&heavy, &mut many)?;
            revoke(&light, &mut one)?;
        } else {
            revoke(&light, &mut one)?;
            revoke(&heavy, &mut many)?;
        }
    }
    Ok((many, one))
}
