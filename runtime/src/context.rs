//! What an action knows of its request, its connection and its application.

use std::ops::Deref;
use std::sync::Arc;

use crate::db::{Db, Transaction};
use crate::error::Result;
use crate::identity::Identity;
use crate::sessions::Sessions;

/// What an action knows: the database, who is asking, on which connection and stream, under which request id.
#[derive(Debug, Clone)]
pub struct Context {
    db: Db,
    connection: Arc<Connection>,
    stream: &'static str,
    action: Arc<str>,
    request_id: Arc<str>,
}

/// What is the same for every request of a connection.
#[derive(Debug)]
pub struct Connection {
    /// A number that no other connection of this process has.
    pub id: u64,
    /// Who is asking.
    pub user: Identity,
    /// Who else is connected.
    pub sessions: Sessions,
}

impl Connection {
    /// A connection that no other knows of.
    pub fn new(id: u64, user: Identity) -> Self {
        Self { id, user, sessions: Sessions::new() }
    }
}

impl Context {
    /// The context of one request. `request_id` is JSON text.
    pub fn new(
        db: Db,
        connection: Arc<Connection>,
        stream: &'static str,
        action: impl Into<Arc<str>>,
        request_id: impl Into<Arc<str>>,
    ) -> Self {
        Self { db, connection, stream, action: action.into(), request_id: request_id.into() }
    }

    /// The database; inside an `atomic` action, its transaction.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Who is asking.
    pub fn user(&self) -> &Identity {
        &self.connection.user
    }

    /// The connections of the service, to take away rights after a logout or a change of a password. The request
    /// that does so is answered still.
    pub fn sessions(&self) -> &Sessions {
        &self.connection.sessions
    }

    /// The connection's number, unique in this process.
    pub fn connection_id(&self) -> u64 {
        self.connection.id
    }

    /// The stream that was addressed.
    pub fn stream(&self) -> &'static str {
        self.stream
    }

    /// The action, as it was sent.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// The request's id: JSON text, `null` if it had none.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The same, for another action that nobody asked for under an id.
    pub(crate) fn asking(&self, action: &str) -> Self {
        Self { action: action.into(), request_id: "null".into(), ..self.clone() }
    }

    /// Begins the transaction of an `atomic` action.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database).
    pub async fn begin(&self) -> Result<AtomicContext> {
        let transaction = self.db.begin().await?;
        let context = Self { db: transaction.db().clone(), ..self.clone() };
        Ok(AtomicContext { context, transaction })
    }
}

/// A [`Context`] whose database is a transaction. Dropped without [`commit`](Self::commit), it rolls back.
#[derive(Debug)]
pub struct AtomicContext {
    context: Context,
    transaction: Transaction,
}

impl AtomicContext {
    /// Makes the writes stay.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database); nothing was stored then.
    pub async fn commit(self) -> Result<()> {
        drop(self.context);
        self.transaction.commit().await
    }
}

impl Deref for AtomicContext {
    type Target = Context;
    fn deref(&self) -> &Context {
        &self.context
    }
}
