//! Sealing the audit chain and proving it.

use crate::credentials::digest::{hex, sha256};
use crate::domain::audit::{Draft, Head, Record, SCHEME};
use crate::store::{ReadTx, StoreError};

use crate::actions::ActionError;

/// How many records one read of a long chain takes.
const BATCH: usize = 1000;

/// What the first record follows: the hash of the store's identity.
#[must_use]
pub fn genesis(store_id: &str) -> [u8; 32] {
    sha256(format!("apiconn audit of store {store_id}").as_bytes())
}

/// The record that a draft becomes at this place of the chain.
#[must_use]
pub fn seal(draft: &Draft<'_>, sequence: i64, previous: [u8; 32]) -> Record {
    let mut record = Record::from_draft(draft, sequence, previous);
    record.hash = sha256(&record.canonical_bytes());
    record
}

/// The anchor of the chain as it is now.
///
/// # Errors
/// Fails where the store cannot be read or has lost its chain.
pub fn head(read: &dyn ReadTx) -> Result<Head, ActionError> {
    let last = read
        .last_audit_record()?
        .ok_or_else(|| StoreError::Damaged("the audit has no first record".to_owned()))?;
    Ok(Head { store_id: read.base()?.store_id, sequence: last.sequence, hash: hex(&last.hash) })
}

/// A fault in the chain: the first record at which it no longer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The record's number; one past the last where records are missing at the end.
    pub sequence: i64,
    /// What is wrong there.
    pub what: &'static str,
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How many records were read.
    pub records: i64,
    /// The chain's last record.
    pub head: Head,
    /// How many of the given heads were found in the chain.
    pub heads_found: usize,
    /// The first fault, if there is one.
    pub fault: Option<Fault>,
}

/// Reads the whole chain and checks every link, and that each given head is a record of it.
///
/// # Errors
/// Fails where the store cannot be read. A chain that does not hold is no error but a [`Verdict`] with a fault.
pub fn verify(read: &dyn ReadTx, heads: &[Head]) -> Result<Verdict, ActionError> {
    let store_id = read.base()?.store_id;
    let mut previous = genesis(&store_id);
    // A head of another store says nothing of this chain's records.
    let own: Vec<&Head> = heads.iter().filter(|head| head.store_id == store_id).collect();
    let mut sequence = 0;
    // From the very beginning: a record that was put in before the first one would be shown by lists.
    let mut after = i64::MIN;
    let mut fault = None;
    let mut found = 0;
    'chain: loop {
        let records = read.audit_records_after(after, BATCH)?;
        let complete = records.len() < BATCH;
        for record in records {
            let here = record.sequence;
            let wrong = if here <= sequence {
                Some("a record was put in before the first one")
            } else if here > sequence + 1 {
                Some("a record is missing before this one")
            } else if record.scheme != i64::from(SCHEME) {
                Some("its scheme is not one that this program writes")
            } else if record.previous != previous {
                Some("it does not follow the record before it")
            } else if sha256(&record.canonical_bytes()) != record.hash {
                Some("its content was changed after it was sealed")
            } else {
                let hash = hex(&record.hash);
                own.iter()
                    .any(|head| head.sequence == here && head.hash != hash)
                    .then_some("it is not the record that the kept head names: the chain was rewritten")
            };
            if let Some(what) = wrong {
                fault =
                    Some(Fault { sequence: if here == sequence + 1 { here } else { sequence + 1 }, what });
                break 'chain;
            }
            found += own.iter().filter(|head| head.sequence == here).count();
            previous = record.hash;
            sequence = here;
            after = here;
        }
        if complete {
            break;
        }
    }
    if fault.is_none() {
        let beyond = own.iter().find(|head| head.sequence > sequence);
        fault = if sequence == 0 {
            Some(Fault { sequence: 1, what: "the first record is missing" })
        } else if own.len() < heads.len() {
            Some(Fault { sequence: 1, what: "the kept head is that of another store" })
        } else if beyond.is_some() {
            Some(Fault {
                sequence: sequence + 1,
                what: "records that the kept head names are missing at the end",
            })
        } else {
            None
        };
    }
    let head = Head { store_id, sequence, hash: hex(&previous) };
    Ok(Verdict { records: sequence, head, heads_found: found, fault })
}
