//! The one thread that writes. It takes whatever waits, puts it into one transaction, then answers. No timer: a lone
//! request is committed at once, and those that come meanwhile are the next group.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::actions::{ActionError, BorrowedTransaction, Change, refusals, throttle};
use crate::credentials::mint;
use crate::credentials::mint::Random;
use crate::domain::audit::{Actor, Via};
use crate::domain::id::OperationId;
use crate::domain::name::Text;
use crate::domain::refusal::RefusedRequest;
use crate::domain::session::KNOWN_BROWSER;
use crate::domain::time::{Clock, Timestamp};
use crate::store::{Store, StoreError, WriteTx};

use crate::explain::explain;
use crate::service::ops::metrics::Metrics;
use crate::service::ops::store_health::StoreHealth;
use crate::service::work::refusal_queue::Refusals;
use crate::service::work::usage::Usage;

/// How many requests may wait. Beyond it the service says so instead of queueing.
const QUEUE: usize = 1024;
/// How many requests one transaction takes.
const MAX_BATCH: usize = 256;
/// How many rows of a kind that are long over go each time.
const SWEEP: u32 = 100;
/// How often what belongs to no one request is written.
const FLUSH: Duration = Duration::from_mins(1);

/// What a request does in its job: within a transaction that it shares with others.
pub(crate) struct JobContext<'a> {
    /// The transaction.
    pub write: &'a mut (dyn WriteTx + 'a),
    /// Where randomness comes from.
    pub random: &'a mut Random,
    /// The one moment at which everything in the transaction happens.
    pub now: Timestamp,
    actor: &'a Actor,
}

impl JobContext<'_> {
    /// Makes a change with its audit rows. One that is refused leaves nothing behind, whatever else is in the transaction.
    ///
    /// # Errors
    /// The outer error is the store's; the inner one says why the change was refused.
    pub(crate) fn change<T>(
        &mut self,
        reason: &Text,
        make: impl FnOnce(&mut Change<'_>) -> Result<T, ActionError>,
    ) -> Result<Result<T, ActionError>, StoreError> {
        let operation = OperationId::from_random(&mint::id(self.random));
        self.write.savepoint()?;
        let mut change = Change::in_transaction(BorrowedTransaction {
            write: &mut *self.write,
            random: &mut *self.random,
            actor: self.actor,
            reason: Some(reason),
            operation: &operation,
        });
        match make(&mut change).and_then(|value| change.finish().map(|_| value)) {
            Ok(value) => {
                self.write.release_savepoint()?;
                Ok(Ok(value))
            }
            Err(ActionError::Store(error)) => Err(error),
            Err(refused) => {
                self.write.rollback_to_savepoint()?;
                Ok(Err(refused))
            }
        }
    }
}

/// One request in the queue.
trait Job: Send {
    /// Does its work in the transaction.
    fn work(&mut self, job: &mut JobContext<'_>) -> Result<(), StoreError>;
    /// Tells whoever waits how it ended, after the commit.
    fn answer(self: Box<Self>, ended: Result<(), StoreError>);
}

struct Task<T, F> {
    work: Option<F>,
    result: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T: Send, F: Send> Job for Task<T, F>
where
    F: FnOnce(&mut JobContext<'_>) -> Result<T, StoreError>,
{
    fn work(&mut self, job: &mut JobContext<'_>) -> Result<(), StoreError> {
        if let Some(work) = self.work.take() {
            self.result = Some(work(job)?);
        }
        Ok(())
    }

    fn answer(self: Box<Self>, ended: Result<(), StoreError>) {
        let Self { result, reply, .. } = *self;
        // Whoever asked may have gone; a token then expires unseen.
        let _ = reply.send(ended.and_then(|()| result.ok_or(StoreError::Busy(None))));
    }
}

/// Some work, of which a fault of this program breaks off no more than itself: without the thread nothing could be
/// written any more.
fn catch_panic(work: impl FnOnce() -> Result<(), StoreError>) -> Result<(), StoreError> {
    let fault =
        |_| Err(StoreError::Failed { why: "a fault of this program broke it off".to_owned(), source: None });
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(fault)
}

/// A job in a group, and why it alone failed, if it did.
struct QueuedJob {
    job: Box<dyn Job>,
    failed: Option<StoreError>,
}

impl From<Box<dyn Job>> for QueuedJob {
    fn from(job: Box<dyn Job>) -> Self {
        Self { job, failed: None }
    }
}

impl QueuedJob {
    /// Does the job's work. What fails for this job alone, be it a fault of this program, leaves nothing of it behind and
    /// takes no other along.
    ///
    /// # Errors
    /// Fails where nobody in the group can be served.
    fn serve(&mut self, job: &mut JobContext<'_>) -> Result<(), StoreError> {
        job.write.savepoint()?;
        match catch_panic(|| self.job.work(job)) {
            Ok(()) => job.write.release_savepoint(),
            Err(
                error @ (StoreError::Damaged(_)
                | StoreError::Corrupt(_)
                | StoreError::Conflict(_)
                | StoreError::Cursor
                | StoreError::Failed { .. }),
            ) => {
                self.failed = Some(error);
                job.write.rollback_to_savepoint()
            }
            Err(error) => Err(error),
        }
    }

    fn answer(self, ended: Result<(), StoreError>) {
        self.job.answer(ended.and(self.failed.map_or(Ok(()), Err)));
    }
}

/// Writes the refusals that wait.
struct RecordRefusals {
    waiting: Arc<Refusals>,
    taken: Vec<RefusedRequest>,
}

impl Job for RecordRefusals {
    fn work(&mut self, job: &mut JobContext<'_>) -> Result<(), StoreError> {
        self.taken = self.waiting.take();
        refusals::record(job.write, &self.taken, explain)
    }

    fn answer(self: Box<Self>, ended: Result<(), StoreError>) {
        if ended.is_err() {
            self.waiting.put_back(self.taken);
        }
    }
}

/// The way to the thread.
pub(crate) struct Writer {
    jobs: SyncSender<Box<dyn Job>>,
    metrics: Arc<Metrics>,
}

impl Writer {
    /// Has some work done; returns when what it wrote is stored for good.
    ///
    /// # Errors
    /// Fails where the store does, or where too many wait already.
    pub(crate) async fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut JobContext<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.metrics.queued(1);
        match self.jobs.try_send(Box::new(Task { work: Some(work), result: None, reply })) {
            Ok(()) => answer.await.unwrap_or(Err(StoreError::Busy(None))),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.metrics.queued(-1);
                Err(StoreError::Busy(None))
            }
        }
    }

    /// Has the refusals that wait written with the next group. If that cannot be, they wait for the next one, or for the
    /// minute's job.
    pub(crate) fn record(&self, waiting: &Arc<Refusals>) {
        let job = Box::new(RecordRefusals { waiting: Arc::clone(waiting), taken: Vec::new() });
        self.metrics.queued(1);
        if self.jobs.try_send(job).is_err() {
            self.metrics.queued(-1);
            waiting.put_back(Vec::new());
        }
    }
}

/// Starts the thread. It ends when the last [`Writer`] is gone.
///
/// # Errors
/// Fails where the operating system gives no thread.
pub(crate) fn start(
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Box<Random>,
    (usage, refusals): (Arc<Usage>, Arc<Refusals>),
    actor: Actor,
    store_health: Arc<StoreHealth>,
) -> std::io::Result<(Writer, JoinHandle<()>)> {
    let (jobs, receiver) = sync_channel(QUEUE);
    let metrics = Arc::clone(&store_health.metrics);
    let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(move || {
        // What a user or a client does through the service is not done by whoever started it at a terminal.
        let actor = Actor { via: Via::Service, sudo_user: None, terminal: None, ci_job: None, ..actor };
        Thread { store, clock, random, usage, refusals, actor, store_health }.run(&receiver);
    })?;
    Ok((Writer { jobs, metrics }, thread))
}

struct Thread {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Box<Random>,
    usage: Arc<Usage>,
    refusals: Arc<Refusals>,
    actor: Actor,
    store_health: Arc<StoreHealth>,
}

impl Thread {
    fn run(mut self, jobs: &Receiver<Box<dyn Job>>) {
        let mut flush_at = Instant::now() + FLUSH;
        loop {
            match jobs.recv_timeout(flush_at.saturating_duration_since(Instant::now())) {
                Ok(first) => {
                    let mut group = Vec::with_capacity(8);
                    group.push(QueuedJob::from(first));
                    group.extend(jobs.try_iter().take(MAX_BATCH - 1).map(QueuedJob::from));
                    let ended = catch_panic(|| self.commit(&mut group, jobs));
                    match &ended {
                        Ok(()) => self.store_health.well(),
                        Err(error) => self.store_health.failed(error),
                    }
                    for seat in group {
                        seat.answer(ended.clone());
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if Instant::now() >= flush_at {
                self.flush();
                flush_at = Instant::now() + FLUSH;
            }
        }
        self.flush();
    }

    fn commit(
        &mut self,
        group: &mut Vec<QueuedJob>,
        jobs: &Receiver<Box<dyn Job>>,
    ) -> Result<(), StoreError> {
        let begun = self.store.write(self.clock.as_ref());
        if begun.is_ok() {
            // Another process may have kept us waiting, and whoever came meanwhile need not wait once more.
            group.extend(jobs.try_iter().take(MAX_BATCH.saturating_sub(group.len())).map(QueuedJob::from));
        }
        self.store_health.metrics.taken(group.len());
        let mut transaction = begun?;
        let now = transaction.now();
        for seat in group {
            seat.serve(&mut JobContext {
                write: transaction.as_mut(),
                random: &mut *self.random,
                now,
                actor: &self.actor,
            })?;
        }
        transaction.commit()
    }

    /// What is not written for any one request: uses, refusals that could not be, and what has long been over.
    fn flush(&self) {
        let (usage, waiting) = (self.usage.take(), self.refusals.take());
        let written = catch_panic(|| {
            let mut transaction = self.store.write(self.clock.as_ref())?;
            let now = transaction.now();
            transaction.add_uses(&usage)?;
            refusals::record(transaction.as_mut(), &waiting, explain)?;
            transaction.sweep_consent_requests(now, SWEEP)?;
            transaction.sweep_sessions(now.minus(KNOWN_BROWSER), SWEEP)?;
            throttle::sweep(transaction.as_mut())?;
            transaction.commit()
        });
        if written.is_err() {
            self.usage.put_back(usage);
            self.refusals.put_back(waiting);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use rand::SeedableRng as _;

    use super::*;
    use crate::actions::{ChangeContext, base};
    use crate::domain::id::Environment;
    use crate::domain::settings::SettingName;
    use crate::domain::time::SystemClock;
    use crate::store;
    use crate::store::{Access, StoreLocation};

    /// A store of its own, in a folder that goes with it.
    fn new_store() -> (tempfile::TempDir, Arc<dyn Store>, Actor) {
        let folder = tempfile::tempdir().unwrap();
        let location = StoreLocation::File(folder.path().join("base.db"));
        let actor = Actor {
            via: Via::CommandLine,
            uid: None,
            login_uid: None,
            sudo_user: None,
            terminal: None,
            host: None,
            ci_job: None,
        };
        let mut origin = ChangeContext {
            clock: &SystemClock,
            random: &mut rand::rngs::StdRng::seed_from_u64(1),
            actor: &actor,
            reason: None,
            operation: OperationId::from_random("000000000000"),
            dry_run: false,
        };
        let new = base::NewBase {
            name: "Acme".parse().unwrap(),
            environment: Environment::Test,
            issuer: "http://127.0.0.1:8080".parse().unwrap(),
        };
        let (new, record) = base::initial_contents(&mut origin, new);
        store::create(&location, &new, &record, FLUSH).unwrap();
        let store = Arc::from(store::open(&location, Access::Serve, FLUSH).unwrap());
        (folder, store, actor)
    }

    #[test]
    fn a_job_that_fails_by_itself_takes_no_other_along_and_leaves_nothing() {
        let (_folder, store, actor) = new_store();
        let random = Box::new(rand::rngs::StdRng::seed_from_u64(2));
        let collected = (Arc::default(), Arc::default());
        let log = Arc::new(crate::service::ops::log::Log::start(None, Arc::new(SystemClock)).unwrap());
        let metrics = Arc::new(Metrics::new(SystemClock.now()));
        let store_health = Arc::new(StoreHealth::new(metrics, log));
        let (writer, thread) =
            start(Arc::clone(&store), Arc::new(SystemClock), random, collected, actor, store_health).unwrap();
        let (release, released) = channel::<()>();
        let set = |job: &mut JobContext<'_>, name, value| job.write.set_setting(name, value);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (first, failed, broken, last) = runtime.block_on(async {
            let (first, failed, broken, last, ()) = tokio::join!(
                // The others come while this one is worked on, and are the next group.
                writer.submit(move |_| {
                    released.recv().unwrap();
                    Ok(())
                }),
                writer.submit(move |job| {
                    set(job, SettingName::RequireReason, "true")?;
                    Err::<(), _>(StoreError::Damaged("a row".to_owned()))
                }),
                writer.submit(move |job| -> Result<(), StoreError> {
                    set(job, SettingName::RequireReason, "true")?;
                    panic!("a fault of this program")
                }),
                writer.submit(move |job| set(job, SettingName::AccessTokenLifetime, "5m")),
                async move { release.send(()).unwrap() },
            );
            (first, failed, broken, last)
        });
        assert_eq!((first, last), (Ok(()), Ok(())));
        assert_eq!(failed, Err(StoreError::Damaged("a row".to_owned())));
        assert!(matches!(broken, Err(StoreError::Failed { .. })), "{broken:?}");
        drop(writer);
        thread.join().unwrap();
        let settings = store.read().unwrap().settings().unwrap();
        assert!(!settings.require_reason);
        assert_eq!(settings.access_token_lifetime.to_string(), "5m");
    }
}
