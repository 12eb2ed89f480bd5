//! The writer: one thread that runs all queued jobs in one transaction, commits, and then sends the results.
//!
//! There is no timer: a single job is committed at once, and the jobs that arrive during a commit form the next batch. Each
//! job has a savepoint of its own, so a job that fails leaves no change and does not affect the others.

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
use crate::domain::refusal::RefusalGroup;
use crate::domain::session::KNOWN_BROWSER;
use crate::domain::time::{Clock, Day, Timestamp};
use crate::store::usage::DAYS_KEPT;
use crate::store::{Store, StoreError, WriteTx};

use crate::explain::explain;
use crate::service::ops::metrics::Metrics;
use crate::service::ops::store_health::StoreHealth;
use crate::service::work::refusal_queue::RefusalQueue;
use crate::service::work::usage::Usage;

/// Number of jobs that may wait. Further jobs fail with [`StoreError::Busy`].
const QUEUE: usize = 1024;
/// Number of jobs in one transaction.
const MAX_BATCH: usize = 256;
/// Number of expired rows of each kind that one flush deletes.
const SWEEP: u32 = 100;
/// Number of nonces of refresh tokens that one flush erases.
const MAX_NONCES: u32 = 10_000;
/// Number of counts of old days that one flush deletes. Each client that is used has one a day.
const SWEEP_DAYS: u32 = 1000;
/// Time between two flushes.
const FLUSH_INTERVAL: Duration = Duration::from_mins(1);

/// Access of a job to the transaction that it shares with other jobs.
pub(crate) struct JobContext<'a> {
    pub write: &'a mut (dyn WriteTx + 'a),
    pub random: &'a mut Random,
    /// Time of the transaction.
    pub now: Timestamp,
    actor: &'a Actor,
}

impl JobContext<'_> {
    /// Makes a change with its audit rows. A refused change is rolled back alone.
    ///
    /// # Errors
    /// Any [`StoreError`] if the store failed; the inner [`ActionError`] if the change is refused.
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
            Err(ActionError::Store(error)) => {
                // The savepoints of a job and of its change have one name, so the inner one ends here. If the transaction
                // cannot go on, its own error is the one to report.
                let _ = self.write.rollback_to_savepoint();
                Err(error)
            }
            Err(refused) => {
                self.write.rollback_to_savepoint()?;
                Ok(Err(refused))
            }
        }
    }
}

/// Work for the writer.
trait Job: Send {
    /// Runs in the transaction.
    fn run(&mut self, context: &mut JobContext<'_>) -> Result<(), StoreError>;
    /// Reports the result, after the commit or the failure.
    fn finish(self: Box<Self>, result: Result<(), StoreError>);
}

/// Work whose result a request waits for.
struct RequestJob<T, F> {
    work: Option<F>,
    value: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T: Send, F: Send> Job for RequestJob<T, F>
where
    F: FnOnce(&mut JobContext<'_>) -> Result<T, StoreError>,
{
    fn run(&mut self, context: &mut JobContext<'_>) -> Result<(), StoreError> {
        if let Some(work) = self.work.take() {
            self.value = Some(work(context)?);
        }
        Ok(())
    }

    fn finish(self: Box<Self>, result: Result<(), StoreError>) {
        let Self { value, reply, .. } = *self;
        // The request may have been cancelled. A token that it issued then expires unused.
        let _ = reply.send(result.and_then(|()| value.ok_or(StoreError::Busy(None))));
    }
}

/// Runs `work`, and reports and returns a panic as an error, because without the writer thread nothing could be written any
/// more. The store itself reports its failures.
fn catch_panic(
    store_health: &StoreHealth,
    work: impl FnOnce() -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let error = StoreError::Failed { why: "a job of the writer panicked".to_owned(), source: None };
        store_health.failed(&error);
        Err(error)
    })
}

/// A job of a batch, and its error if it failed alone.
struct QueuedJob {
    job: Box<dyn Job>,
    error: Option<StoreError>,
}

impl From<Box<dyn Job>> for QueuedJob {
    fn from(job: Box<dyn Job>) -> Self {
        Self { job, error: None }
    }
}

impl QueuedJob {
    /// Runs the job in a savepoint. An error of this job alone, or a panic, rolls back to the savepoint.
    ///
    /// # Errors
    /// Any [`StoreError`] that makes the whole transaction fail.
    fn run(&mut self, store_health: &StoreHealth, context: &mut JobContext<'_>) -> Result<(), StoreError> {
        context.write.savepoint()?;
        match catch_panic(store_health, || self.job.run(context)) {
            Ok(()) => context.write.release_savepoint(),
            Err(
                error @ (StoreError::Damaged(_)
                | StoreError::Corrupt(_)
                | StoreError::Conflict(_)
                | StoreError::Cursor
                | StoreError::Failed { .. }),
            ) => {
                self.error = Some(error);
                context.write.rollback_to_savepoint()
            }
            Err(error) => Err(error),
        }
    }

    fn finish(self, result: Result<(), StoreError>) {
        self.job.finish(result.and(self.error.map_or(Ok(()), Err)));
    }
}

/// Stores the queued refusals.
struct RefusalJob {
    queue: Arc<RefusalQueue>,
    taken: Vec<RefusalGroup>,
}

impl Job for RefusalJob {
    fn run(&mut self, context: &mut JobContext<'_>) -> Result<(), StoreError> {
        self.taken = self.queue.take();
        refusals::record(context.write, &self.taken, explain)
    }

    fn finish(self: Box<Self>, result: Result<(), StoreError>) {
        if result.is_err() {
            self.queue.put_back(self.taken);
        }
    }
}

/// Handle that submits jobs to the writer thread.
pub(crate) struct Writer {
    jobs: SyncSender<Box<dyn Job>>,
    metrics: Arc<Metrics>,
}

impl Writer {
    /// Runs `work` in the next transaction, and returns its result after the commit.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if too many jobs wait; otherwise any [`StoreError`] of `work` or of the commit.
    pub(crate) async fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut JobContext<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, result) = oneshot::channel();
        self.metrics.queued(1);
        match self.jobs.try_send(Box::new(RequestJob { work: Some(work), value: None, reply })) {
            Ok(()) => result.await.unwrap_or(Err(StoreError::Busy(None))),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.metrics.queued(-1);
                Err(StoreError::Busy(None))
            }
        }
    }

    /// Stores the queued refusals in the next transaction. If the job cannot be queued, a later refusal or the next flush
    /// stores them.
    pub(crate) fn record(&self, queue: &Arc<RefusalQueue>) {
        let job = Box::new(RefusalJob { queue: Arc::clone(queue), taken: Vec::new() });
        self.metrics.queued(1);
        if self.jobs.try_send(job).is_err() {
            self.metrics.queued(-1);
            queue.put_back(Vec::new());
        }
    }
}

/// State of the writer thread.
pub(crate) struct WriterThread {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub random: Box<Random>,
    pub usage: Arc<Usage>,
    pub refusal_queue: Arc<RefusalQueue>,
    /// The process that started the service.
    pub actor: Actor,
    pub store_health: Arc<StoreHealth>,
}

impl WriterThread {
    /// Starts the thread. It ends when the returned [`Writer`] is dropped.
    ///
    /// # Errors
    /// The [`std::io::Error`] of the operating system if it refuses a thread.
    pub(crate) fn start(mut self) -> std::io::Result<(Writer, JoinHandle<()>)> {
        let (jobs, receiver) = sync_channel(QUEUE);
        let metrics = Arc::clone(&self.store_health.metrics);
        // The audit must not attribute the changes of users and clients to the terminal session that started the service.
        self.actor = Actor { via: Via::Service, sudo_user: None, terminal: None, ci_job: None, ..self.actor };
        let thread =
            std::thread::Builder::new().name("writer".to_owned()).spawn(move || self.run(&receiver))?;
        Ok((Writer { jobs, metrics }, thread))
    }

    fn run(mut self, jobs: &Receiver<Box<dyn Job>>) {
        let mut flush_at = Instant::now() + FLUSH_INTERVAL;
        loop {
            match jobs.recv_timeout(flush_at.saturating_duration_since(Instant::now())) {
                Ok(first) => {
                    let mut batch = Vec::with_capacity(8);
                    batch.push(QueuedJob::from(first));
                    batch.extend(jobs.try_iter().take(MAX_BATCH - 1).map(QueuedJob::from));
                    let store_health = Arc::clone(&self.store_health);
                    let result = catch_panic(&store_health, || self.commit(&mut batch, jobs));
                    if result.is_ok() && batch.iter().all(|job| job.error.is_none()) {
                        store_health.recovered();
                    }
                    for job in batch {
                        job.finish(result.clone());
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if Instant::now() >= flush_at {
                self.flush();
                flush_at = Instant::now() + FLUSH_INTERVAL;
            }
        }
        self.flush();
    }

    fn commit(
        &mut self,
        batch: &mut Vec<QueuedJob>,
        jobs: &Receiver<Box<dyn Job>>,
    ) -> Result<(), StoreError> {
        let begun = self.store.write(self.clock.as_ref());
        if begun.is_ok() {
            // Jobs that arrived while another process had the write lock need not wait for the next transaction.
            batch.extend(jobs.try_iter().take(MAX_BATCH.saturating_sub(batch.len())).map(QueuedJob::from));
        }
        self.store_health.metrics.taken(batch.len());
        let mut transaction = begun?;
        let now = transaction.now();
        for job in batch {
            let context = &mut JobContext {
                write: transaction.as_mut(),
                random: &mut *self.random,
                now,
                actor: &self.actor,
            };
            job.run(&self.store_health, context)?;
        }
        transaction.commit()
    }

    /// Stores the counted uses and the refusals that no job stored, and deletes expired rows.
    fn flush(&self) {
        let (usage, refused) = (self.usage.take(), self.refusal_queue.take());
        let result = catch_panic(&self.store_health, || {
            let mut transaction = self.store.write(self.clock.as_ref())?;
            let now = transaction.now();
            transaction.add_uses(&usage)?;
            transaction.sweep_client_days(Day::from(now).minus(DAYS_KEPT - 1), SWEEP_DAYS)?;
            refusals::record(transaction.as_mut(), &refused, explain)?;
            transaction.erase_nonces(MAX_NONCES)?;
            transaction.sweep_consent_decisions(now, SWEEP)?;
            transaction.sweep_sessions(now.minus(KNOWN_BROWSER), SWEEP)?;
            throttle::sweep(transaction.as_mut())?;
            transaction.commit()
        });
        if result.is_err() {
            self.usage.put_back(usage);
            self.refusal_queue.put_back(refused);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::mpsc::channel;

    use rand::SeedableRng as _;

    use super::*;
    use crate::actions::{ChangeContext, base};
    use crate::domain::id::Environment;
    use crate::domain::settings::SettingName;
    use crate::domain::time::SystemClock;
    use crate::store;
    use crate::store::{Access, StoreLocation};

    /// Returns a new store, and the temporary folder that contains it.
    pub(crate) fn new_store() -> (tempfile::TempDir, Arc<dyn Store>, Actor) {
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
        let mut context = ChangeContext {
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
        let (new, record) = base::initial_contents(&mut context, new);
        store::create(&location, &new, &record, FLUSH_INTERVAL).unwrap();
        let store = Arc::from(store::open(&location, Access::Serve, FLUSH_INTERVAL).unwrap());
        (folder, store, actor)
    }

    #[test]
    fn a_failed_job_is_rolled_back_and_affects_no_other_job() {
        let (_folder, store, actor) = new_store();
        let random = Box::new(rand::rngs::StdRng::seed_from_u64(2));
        let metrics = Arc::new(Metrics::new(SystemClock.now()));
        let store_health = Arc::new(StoreHealth::new(metrics));
        let writer_thread = WriterThread {
            store: Arc::clone(&store),
            clock: Arc::new(SystemClock),
            random,
            usage: Arc::default(),
            refusal_queue: Arc::default(),
            actor,
            store_health,
        };
        let (writer, thread) = writer_thread.start().unwrap();
        let (release, released) = channel::<()>();
        let set = |job: &mut JobContext<'_>, name, value| job.write.set_setting(name, value);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (first, failed, broken, last) = runtime.block_on(async {
            let (first, failed, broken, last, ()) = tokio::join!(
                // The others arrive while this job runs, and form the next batch.
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
                    panic!("a defect of this program")
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
