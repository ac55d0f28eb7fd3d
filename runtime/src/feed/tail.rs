//! Tells the changes of the log to the subscribers of this node.
//!
//! Every node reads the whole log, in its order. So no message between nodes can be lost, and what a node has committed
//! before it was killed is told by the others. A node's own writes wake the task; those of others are found by asking
//! again after a short pause.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};

use super::hub::{Hub, Warned};
use super::log::{ChangeLog, Image, LogEntry, fold, read};
use crate::change::Position;
use crate::db::Db;
use crate::db::listener::giving_out;
use crate::db::log::{Logged, LoggedBy, MANY, What};
use crate::ground::error::{Error, Result};
use crate::ground::failure::cause;
use crate::schema::meta::Latest;

/// The pause after which the log is read again without being asked: the delay of what others write.
const POLL: Duration = Duration::from_millis(20);
/// The pause while another node numbers the log.
const BUSY: Duration = Duration::from_millis(1);
/// The first pause after an error; each is twice the one before.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// The time between two positions for a socket to which nothing is told.
const QUIET: Duration = Duration::from_secs(30);
/// The time between two deletions of old entries.
const FORGET: Duration = Duration::from_secs(2);

/// The task, which ends at once when this is dropped.
#[derive(Debug)]
pub(crate) struct Tail {
    abort: AbortHandle,
    log: Arc<ChangeLog>,
}

impl Tail {
    /// Starts the task, if an observer that is served reads the log.
    pub(crate) fn start(db: &Db) -> Option<Arc<Self>> {
        let (models, kept) = db.hub().logged()?;
        let log = Arc::new(ChangeLog::new(models, kept));
        db.hub().set_log(&log);
        let task = tokio::spawn(giving_out(tell(db.clone().uncounted(), Arc::clone(&log))));
        Some(Arc::new(Self { abort: task.abort_handle(), log }))
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.log.end();
        self.abort.abort();
    }
}

/// The reader of the log.
struct Reader {
    db: Db,
    log: Arc<ChangeLog>,
    /// The position up to which everything was read; `None` before the first pass.
    head: Option<Position>,
    /// The entries of a transaction of which more may follow, and its number.
    open: (i64, Vec<Arc<LogEntry>>),
}

async fn tell(db: Db, log: Arc<ChangeLog>) {
    let mut reader = Reader { db: db.clone(), log: Arc::clone(&log), head: None, open: (0, Vec::new()) };
    let (mut pause, mut reason) = (PAUSE, String::new());
    let (mut quiet, mut forgotten) = (Instant::now(), Instant::now());
    loop {
        let requests = log.requests();
        let wait = match reader.pass().await {
            Ok(busy) => {
                (pause, reason) = (PAUSE, String::new());
                if !busy {
                    log.fulfilled(requests);
                }
                if busy { BUSY } else { POLL }
            }
            Err(error) => {
                let cause = cause(&error);
                if cause != reason {
                    tracing::warn!(error = cause, "the log of changes cannot be read at the moment");
                    reason = cause;
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
                pause
            }
        };
        if quiet.elapsed() >= QUIET {
            quiet = Instant::now();
            let told = log.told().await;
            db.hub().position_to_all(*told);
        }
        if forgotten.elapsed() >= FORGET {
            forgotten = Instant::now();
            forget(&db, log.kept).await;
        }
        tokio::select! {
            () = log.stop.notified() => return,
            () = db.closing() => return,
            () = log.woken(), if reason.is_empty() && wait == POLL => {}
            () = sleep(wait) => {}
        }
    }
}

/// Deletes what is older than the definition says.
async fn forget(db: &Db, kept: Latest) {
    match db.forget_log(Duration::from_secs(kept.age), kept.entries).await {
        Ok(_) => {}
        Err(error) => {
            let error = Error::from(error);
            tracing::warn!(error = cause(&error), "old entries of the log of changes were not deleted");
        }
    }
}

impl Reader {
    /// Numbers and tells everything that is committed. Returns whether another node was numbering, so that something may
    /// be left.
    async fn pass(&mut self) -> Result<bool> {
        let head = match self.head {
            Some(head) => head,
            None => self.begin().await?,
        };
        let numbered = self.db.number_log(head).await?;
        if !numbered.known {
            // A backup was restored, or the log was shortened beyond what was read.
            self.begin_anew().await?;
            return Ok(true);
        }
        if numbered.last > head.batch {
            self.read_to(numbered.last).await?;
        }
        self.close().await;
        Ok(numbered.busy)
    }

    /// Begins at the end of the log. Whoever is subscribed already, because the log could not be read in time, may have
    /// missed something before.
    async fn begin(&mut self) -> Result<Position> {
        let head = self.db.log_head().await?;
        self.db.number_log(head).await?;
        let head = self.db.log_head().await?;
        let mut told = self.log.told().await;
        *told = head;
        self.log.begin(head);
        for model in &self.log.models {
            self.db.hub().gap(model, "epoch", head, None);
        }
        drop(told);
        self.head = Some(head);
        self.open = (0, Vec::new());
        Ok(head)
    }

    /// Begins at the end of another history, of which subscribers know nothing.
    async fn begin_anew(&mut self) -> Result<()> {
        tracing::warn!(
            "the log of changes is not the one that was read before: subscribers read everything anew"
        );
        self.begin().await.map(drop)
    }

    /// Reads up to the end of a batch.
    async fn read_to(&mut self, last: u64) -> Result<()> {
        while let Some(head) = self.head {
            let page = self.db.log_after(head).await?;
            let entries = read(&self.db, &self.log.models, head, &page.entries).await?;
            for (logged, entry) in page.entries.iter().zip(entries) {
                self.take(logged, entry).await;
            }
            let is_end = !page.full && self.head.is_some_and(|head| head.batch >= last);
            if is_end || page.entries.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// Takes an entry: a transaction is told when the next one begins.
    async fn take(&mut self, logged: &Logged, entry: Option<Arc<LogEntry>>) {
        if logged.transaction != self.open.0 {
            self.close().await;
            self.open.0 = logged.transaction;
        }
        self.head = Some(logged.position);
        let Some(entry) = entry else { return };
        self.open.1.push(entry);
        if self.open.1.len() > MANY && matches!(logged.what, What::Row { .. }) {
            self.open.1 = many(std::mem::take(&mut self.open.1));
        }
    }

    /// Tells the transaction that was read.
    async fn close(&mut self) {
        let Some(head) = self.head else { return };
        let entries = std::mem::take(&mut self.open.1);
        let mut told = self.log.told().await;
        if head == *told {
            return;
        }
        let by = LoggedBy { transaction: self.open.0, end: head };
        let (mut mailboxes, mut warned) = (Vec::new(), Warned::default());
        for each in fold(&entries) {
            self.db.hub().tell_rights(&each, &mut warned, &mut mailboxes);
            self.db.hub().tell_logged(&self.db, by, each, &mut mailboxes).await;
        }
        entries.into_iter().for_each(|entry| self.log.keep(entry));
        *told = head;
        Hub::position_to(mailboxes, head);
    }
}

/// Replaces the entries of a transaction that are too many by one for each model.
fn many(entries: Vec<Arc<LogEntry>>) -> Vec<Arc<LogEntry>> {
    let mut few: Vec<Arc<LogEntry>> = Vec::new();
    for entry in entries.into_iter().rev() {
        let LogEntry { position, prior, transaction, model, .. } = *entry;
        if few.iter().all(|other| !std::ptr::eq(other.model, model)) {
            let image = Image::Unknown("many");
            few.push(Arc::new(LogEntry { position, prior, transaction, model, image }));
        }
    }
    few.reverse();
    few
}
