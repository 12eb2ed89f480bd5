//! Sealing and verifying the audit chain.

use crate::credentials::digest::{hex, sha256};
use crate::domain::audit::{Draft, Head, Record, SCHEME};
use crate::domain::hash_labels;
use crate::store::ReadTx;

use crate::actions::ActionError;

/// The number of records that one read returns.
const BATCH: usize = 1000;

/// Returns the hash that the first record follows, which is made from the id of the store.
#[must_use]
pub fn genesis(store_id: &str) -> [u8; 32] {
    sha256(format!("{}{store_id}", hash_labels::AUDIT_GENESIS).as_bytes())
}

/// Returns the sealed record with the given number that follows the record with the hash `previous`.
#[must_use]
pub fn seal(draft: &Draft<'_>, sequence: i64, previous: [u8; 32]) -> Record {
    let mut record = Record::from_draft(draft, sequence, previous);
    record.hash = sha256(&record.canonical_bytes());
    record
}

/// Returns the head of the chain.
///
/// # Errors
/// [`ActionError::Store`] if the store cannot be read or its chain is empty.
pub fn head(read: &dyn ReadTx) -> Result<Head, ActionError> {
    let last = read.last_audit_record()?.ok_or_else(|| read.damaged("the audit has no first record"))?;
    Ok(Head { store_id: read.base()?.store_id, sequence: last.sequence, hash: hex(&last.hash) })
}

/// The first record at which the chain is not valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainFault {
    /// The number of the record. If records are missing at the end, the number of the first missing one.
    pub sequence: i64,
    /// The description of the fault, a clause without a final period.
    pub what: &'static str,
}

/// The result of a verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainReport {
    /// The number of valid records.
    pub records: i64,
    /// The last valid record of the chain.
    pub head: Head,
    /// The number of given heads that the chain contains.
    pub heads_found: usize,
    /// The number of the last record that a given head proves unchanged, with all records before it.
    pub proved: Option<i64>,
    /// The first fault; `None` if the chain is valid.
    pub fault: Option<ChainFault>,
}

/// Reads the whole chain and checks every link, and that the chain contains every given head.
///
/// # Errors
/// [`ActionError::Store`] if the store cannot be read. An invalid chain is not an error: the report contains the fault.
pub fn verify(read: &dyn ReadTx, heads: &[Head]) -> Result<ChainReport, ActionError> {
    let store_id = read.base()?.store_id;
    let mut previous = genesis(&store_id);
    // A head of another store does not describe records of this chain.
    let own: Vec<&Head> = heads.iter().filter(|head| head.store_id == store_id).collect();
    let mut sequence = 0;
    // From the smallest number, because lists would show a record that was inserted before the first one.
    let mut after = i64::MIN;
    let mut fault = None;
    let mut heads_found = 0;
    let mut proved = None;
    'chain: loop {
        let records = read.audit_records_after(after, BATCH)?;
        let complete = records.len() < BATCH;
        for record in records {
            let here = record.sequence;
            let wrong = if here <= sequence {
                Some("a record was inserted before the first one")
            } else if here > sequence + 1 {
                Some("a record is missing before this one")
            } else if record.scheme != i64::from(SCHEME) {
                Some("its scheme is unknown to this program")
            } else if record.previous != previous {
                Some("it does not follow the record before it")
            } else if sha256(&record.canonical_bytes()) != record.hash {
                Some("its content was changed after it was sealed")
            } else {
                let hash = hex(&record.hash);
                own.iter()
                    .any(|head| head.sequence == here && head.hash != hash)
                    .then_some("it differs from the saved head: the chain was rewritten")
            };
            if let Some(what) = wrong {
                fault = Some(ChainFault {
                    sequence: if here == sequence + 1 { here } else { sequence + 1 },
                    what,
                });
                break 'chain;
            }
            let matching = own.iter().filter(|head| head.sequence == here).count();
            if matching > 0 {
                heads_found += matching;
                proved = Some(here);
            }
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
            Some(ChainFault { sequence: 1, what: "the first record is missing" })
        } else if own.len() < heads.len() {
            Some(ChainFault { sequence: 1, what: "the saved head belongs to another store" })
        } else if beyond.is_some() {
            Some(ChainFault {
                sequence: sequence + 1,
                what: "records up to the saved head are missing at the end",
            })
        } else {
            None
        };
    }
    let head = Head { store_id, sequence, hash: hex(&previous) };
    Ok(ChainReport { records: sequence, head, heads_found, proved, fault })
}
