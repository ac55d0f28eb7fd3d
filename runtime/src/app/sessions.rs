//! The open connections of users, and the revocation of their rights.
//!
//! Every connection of an authenticated user is registered here while it lasts. A revocation reaches those of this
//! process at once, and is remembered against credentials that were issued before: a signed cookie or a token is valid
//! by itself, so that its revocation has to be stored.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::oneshot;

use crate::app::identity::{Identity, User};
use crate::ground::error::Error;

/// The time for which a revocation is remembered by default: the lifetime of the longest default session.
const REMEMBER: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// The number of revocations that are kept before expired ones are removed.
const SWEEP: usize = 1024;

/// The open connections of the authenticated users of a service, and the means to end them. Clones share one registry.
///
/// A connection whose rights are revoked does not receive further events. Its waiting requests are answered with 401,
/// requests in progress are finished, and the socket is closed with 4401.
///
/// The registry belongs to one process and is not stored.
///
/// ```
/// use std::time::SystemTime;
///
/// use dcrf_runtime::{Identity, Sessions};
///
/// let sessions = Sessions::new();
/// let laptop = Identity::user("7").with_session("laptop").with_issued_at(SystemTime::now());
/// let phone = Identity::user("7").with_session("phone").with_issued_at(SystemTime::now());
///
/// // A logout ends one session.
/// sessions.revoke(&laptop);
/// assert!(!sessions.allows(&laptop));
/// assert!(sessions.allows(&phone));
///
/// // A change of the password ends all sessions of the user. It returns the number of closed connections.
/// assert_eq!(sessions.revoke_user("7"), 0);
/// assert!(!sessions.allows(&phone));
/// ```
#[derive(Clone, Default)]
pub struct Sessions(Arc<Mutex<Registry>>);

#[derive(Default)]
struct Registry {
    connections: HashMap<u64, Entry>,
    users: HashMap<Arc<str>, BTreeSet<u64>>,
    sessions: HashMap<Arc<str>, BTreeSet<u64>>,
    revoked_users: HashMap<String, Revocation>,
    revoked_sessions: HashMap<String, Revocation>,
    /// Counts revocations: a handshake that began before one can be detected.
    round: u64,
    sweep_at: usize,
    remember: Option<Duration>,
    next: u64,
}

/// A connection.
struct Entry {
    user: Arc<str>,
    session: Option<Arc<str>>,
    issued_at: Option<SystemTime>,
    end: oneshot::Sender<()>,
}

/// The record of a revocation.
struct Revocation {
    round: u64,
    before: SystemTime,
    made: Instant,
}

/// The number of revocations at the time at which a handshake began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ticket(u64);

impl Sessions {
    /// Creates an empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how long revocations are remembered. This should be the longest lifetime of a credential. The default is 14
    /// days.
    pub fn remember(&self, time: Duration) {
        self.lock().remember = Some(time);
    }

    /// Ends every connection of a user, and refuses all credentials that were issued to the user before now. Returns
    /// the number of ended connections.
    ///
    /// Credentials that are issued afterwards are valid: revoke first, then issue new ones.
    pub fn revoke_user(&self, user: &str) -> usize {
        self.revoke_issued_before(user, SystemTime::now())
    }

    /// Ends the connections of a user whose credentials were issued before a time or do not contain the time of issue,
    /// and refuses credentials that were issued before this time from now on. Returns the number of ended connections.
    pub fn revoke_issued_before(&self, user: &str, time: SystemTime) -> usize {
        let mut registry = self.lock();
        let revocation = registry.revocation(time);
        let before = match registry.revoked_users.get(user) {
            // The later time of two revocations counts: a revocation never restores rights.
            Some(earlier) => earlier.before.max(time),
            None => time,
        };
        registry.revoked_users.insert(user.to_owned(), Revocation { before, ..revocation });
        let ids = registry.users.get(user).cloned().unwrap_or_default();
        let old =
            |id: &u64| registry.connections.get(id).is_some_and(|entry| is_before(entry.issued_at, time));
        let ids: Vec<u64> = ids.into_iter().filter(old).collect();
        registry.end(&ids)
    }

    /// Ends every connection of one session (login), and refuses its credentials from now on. Returns the number of
    /// ended connections.
    pub fn revoke_session(&self, session: &str) -> usize {
        let mut registry = self.lock();
        let revocation = registry.revocation(SystemTime::now());
        registry.revoked_sessions.insert(session.to_owned(), revocation);
        let ids: Vec<u64> = registry.sessions.get(session).into_iter().flatten().copied().collect();
        registry.end(&ids)
    }

    /// Ends the session (login) of an identity or, if the identity does not name one, revokes all rights of the user,
    /// as a logout does. Returns the number of ended connections.
    pub fn revoke(&self, identity: &Identity) -> usize {
        match identity.as_user() {
            None => 0,
            Some(User { session: Some(session), .. }) => self.revoke_session(session),
            Some(user) => self.revoke_user(&user.id),
        }
    }

    /// Tells whether the credentials of an identity are still valid: they have neither expired nor been revoked. This
    /// is for HTTP routes; the runtime checks handshakes itself. Credentials that do not contain the time of issue
    /// count as new.
    pub fn allows(&self, identity: &Identity) -> bool {
        let Some(user) = identity.as_user() else { return true };
        !is_over(user) && !self.lock().is_revoked(user, None)
    }

    /// Returns the number of open connections of all authenticated users.
    pub fn connections(&self) -> usize {
        self.lock().connections.len()
    }

    /// Returns the number of open connections of one user.
    pub fn connections_of(&self, user: &str) -> usize {
        self.lock().users.get(user).map_or(0, BTreeSet::len)
    }

    /// Returns a ticket, which must be taken before the credentials are checked: revocations after it count.
    pub(crate) fn ticket(&self) -> Ticket {
        Ticket(self.lock().round)
    }

    /// Registers a connection.
    ///
    /// # Errors
    /// [`Error::NotAuthenticated`] if its rights have expired or were revoked.
    pub(crate) fn enter(&self, identity: &Identity, ticket: Ticket) -> Result<Rights, Error> {
        let Some(user) = identity.as_user() else { return Ok(Rights::default()) };
        let mut registry = self.lock();
        if is_over(user) || registry.is_revoked(user, Some(ticket)) {
            return Err(Error::NotAuthenticated);
        }
        let (end, ended) = oneshot::channel();
        let id = registry.add(user, end);
        drop(registry);
        let left = user.expires_at.and_then(|end| end.duration_since(SystemTime::now()).ok());
        let expires = left.and_then(|left| tokio::time::Instant::now().checked_add(left));
        Ok(Rights { entry: Some(Membership { sessions: self.clone(), id, ended }), expires })
    }

    fn lock(&self) -> MutexGuard<'_, Registry> {
        // No foreign code runs under the lock, and every change leaves the registry consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registry {
    fn add(&mut self, user: &User, end: oneshot::Sender<()>) -> u64 {
        let id = self.next;
        self.next += 1;
        let name: Arc<str> = user.id.as_str().into();
        let session: Option<Arc<str>> = user.session.as_deref().map(Into::into);
        self.users.entry(Arc::clone(&name)).or_default().insert(id);
        if let Some(session) = &session {
            self.sessions.entry(Arc::clone(session)).or_default().insert(id);
        }
        self.connections.insert(id, Entry { user: name, session, issued_at: user.issued_at, end });
        id
    }

    fn remove(&mut self, id: u64) -> Option<Entry> {
        let entry = self.connections.remove(&id)?;
        take(&mut self.users, &entry.user, id);
        if let Some(session) = &entry.session {
            take(&mut self.sessions, session, id);
        }
        Some(entry)
    }

    /// Ends connections: they are notified, and no longer counted.
    fn end(&mut self, ids: &[u64]) -> usize {
        let entries: Vec<Entry> = ids.iter().filter_map(|id| self.remove(*id)).collect();
        // A connection that has just ended does not receive it.
        entries.into_iter().filter_map(|entry| entry.end.send(()).ok()).count()
    }

    fn revocation(&mut self, before: SystemTime) -> Revocation {
        self.round += 1;
        self.sweep();
        Revocation { round: self.round, before, made: Instant::now() }
    }

    /// Removes expired records from time to time.
    fn sweep(&mut self) {
        if self.revoked_users.len() + self.revoked_sessions.len() < self.sweep_at.max(SWEEP) {
            return;
        }
        let remember = self.remember.unwrap_or(REMEMBER);
        self.revoked_users.retain(|_, revocation| revocation.made.elapsed() < remember);
        self.revoked_sessions.retain(|_, revocation| revocation.made.elapsed() < remember);
        self.sweep_at = 2 * (self.revoked_users.len() + self.revoked_sessions.len());
    }

    fn is_revoked(&self, user: &User, ticket: Option<Ticket>) -> bool {
        let session = user.session.as_deref().and_then(|session| self.revoked_sessions.get(session));
        let Some(revocation) = self.revoked_users.get(&user.id) else { return session.is_some() };
        let old = match (user.issued_at, ticket) {
            (Some(issued), _) => issued < revocation.before,
            (None, Some(ticket)) => ticket.0 < revocation.round,
            (None, None) => false,
        };
        old || session.is_some()
    }
}

fn is_over(user: &User) -> bool {
    user.expires_at.is_some_and(|end| end <= SystemTime::now())
}

fn is_before(issued: Option<SystemTime>, time: SystemTime) -> bool {
    issued.is_none_or(|issued| issued < time)
}

fn take(index: &mut HashMap<Arc<str>, BTreeSet<u64>>, key: &str, id: u64) {
    if let Some(ids) = index.get_mut(key) {
        ids.remove(&id);
        if ids.is_empty() {
            index.remove(key);
        }
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("connections", &self.connections()).finish_non_exhaustive()
    }
}

/// The rights of a connection.
#[derive(Debug, Default)]
pub(crate) struct Rights {
    entry: Option<Membership>,
    /// The time at which they expire.
    pub(crate) expires: Option<tokio::time::Instant>,
}

/// A connection's entry in the registry, which is removed when this is dropped.
#[derive(Debug)]
struct Membership {
    sessions: Sessions,
    id: u64,
    ended: oneshot::Receiver<()>,
}

impl Rights {
    /// Resolves once, when the rights are revoked.
    pub(crate) fn poll_revoked(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(entry) = &mut self.entry else { return Poll::Pending };
        let ended = Pin::new(&mut entry.ended).poll(cx);
        if ended.is_ready() {
            self.entry = None;
        }
        ended.map(|_| ())
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.sessions.lock().remove(self.id);
    }
}

#[cfg(test)]
mod tests;
