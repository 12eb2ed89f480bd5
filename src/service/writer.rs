//! The one thread that writes: it takes all that waits, commits it in one transaction, then answers. No timer: a lone
//! request is committed at once, and those that come meanwhile are the next group.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::actions::tokens::{ClientCredentials, IssueRefusal, IssuedToken, issue_client_credentials};
use crate::domain::time::Clock;
use crate::secrets::mint::Random;
use crate::store::{Store, StoreError};

use super::usage::Usage;

/// How many requests may wait. Beyond it the service says so instead of queueing.
const QUEUE: usize = 1024;
/// How many requests one transaction takes.
const GROUP: usize = 256;
/// How often the uses of secrets are written.
const FLUSH: Duration = Duration::from_mins(1);

type Issued = Result<Result<IssuedToken, IssueRefusal>, StoreError>;

struct Job {
    request: ClientCredentials,
    reply: oneshot::Sender<Issued>,
}

/// The way to the thread.
pub(super) struct Writer(SyncSender<Job>);

impl Writer {
    /// Issues a token; returns when it is stored for good.
    ///
    /// # Errors
    /// The outer error is the store's, or that too many wait already; the inner one says why no token was issued.
    pub(super) async fn issue(&self, request: ClientCredentials) -> Issued {
        let (reply, answer) = oneshot::channel();
        match self.0.try_send(Job { request, reply }) {
            Ok(()) => answer.await.unwrap_or(Err(StoreError::Busy)),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(StoreError::Busy),
        }
    }
}

/// Starts the thread. It ends when the last [`Writer`] is gone.
///
/// # Errors
/// Fails where the operating system gives no thread.
pub(super) fn start(
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Box<Random>,
    usage: Arc<Usage>,
) -> std::io::Result<(Writer, JoinHandle<()>)> {
    let (sender, receiver) = sync_channel(QUEUE);
    let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(move || {
        Thread { store, clock, random, usage }.run(&receiver);
    })?;
    Ok((Writer(sender), thread))
}

struct Thread {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Box<Random>,
    usage: Arc<Usage>,
}

impl Thread {
    fn run(mut self, jobs: &Receiver<Job>) {
        let mut flush_at = Instant::now() + FLUSH;
        loop {
            match jobs.recv_timeout(flush_at.saturating_duration_since(Instant::now())) {
                Ok(first) => {
                    let group: Vec<Job> =
                        std::iter::once(first).chain(jobs.try_iter().take(GROUP - 1)).collect();
                    self.commit(group);
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

    fn commit(&mut self, group: Vec<Job>) {
        match self.issue_all(&group) {
            Ok(answers) => {
                for (job, answer) in group.into_iter().zip(answers) {
                    // Whoever asked may have gone; the token then expires unseen.
                    let _ = job.reply.send(answer);
                }
            }
            Err(error) => {
                for job in group {
                    let _ = job.reply.send(Err(error.clone()));
                }
            }
        }
    }

    fn issue_all(&mut self, group: &[Job]) -> Result<Vec<Issued>, StoreError> {
        let mut transaction = self.store.write()?;
        let now = self.clock.now();
        let mut answers = Vec::with_capacity(group.len());
        for job in group {
            answers.push(Ok(issue_client_credentials(
                transaction.as_mut(),
                &mut *self.random,
                now,
                &job.request,
            )?));
        }
        transaction.commit()?;
        Ok(answers)
    }

    fn flush(&self) {
        let usage = self.usage.take();
        if usage.is_empty() {
            return;
        }
        let written = self.store.write().and_then(|mut transaction| {
            transaction.add_usage(&usage)?;
            transaction.commit()
        });
        if written.is_err() {
            self.usage.put_back(usage);
        }
    }
}
