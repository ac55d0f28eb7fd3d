//! The objects that all requests of a connection share.

use std::sync::Arc;

use super::endpoint::{Endpoint, Stream};
use crate::app::context::ConnectionInfo;
use crate::app::mailbox::{Mailbox, StreamSender};
use crate::db::Db;
use crate::ground::limits::Limits;
use crate::ground::memory::RequestMemory;
use crate::ground::stats::Stats;
use crate::wire::frame::Wrapper;

/// The objects that all requests of a connection share.
#[derive(Debug)]
pub(crate) struct Caller {
    /// The database.
    pub(crate) db: Db,
    /// The connection with its identity.
    pub(crate) connection: Arc<ConnectionInfo>,
    /// The endpoint.
    pub(crate) endpoint: Arc<Endpoint>,
    /// The limits.
    pub(crate) limits: Arc<Limits>,
}

impl Caller {
    /// Returns a handle for one request, which counts the memory of its rows.
    pub(super) fn db_of_request(&self) -> Db {
        match &self.connection.memory {
            Some(share) => self.db.clone().counted(RequestMemory::new(share)),
            None => self.db.clone(),
        }
    }

    /// Returns the counters of crossed limits.
    pub(super) fn stats(&self) -> &Stats {
        &self.connection.bounds.stats
    }

    /// Returns the sender for frames of a stream of the connection.
    pub(super) fn sender(&self, mailbox: Arc<Mailbox>, position: usize) -> StreamSender {
        let stream = &self.endpoint.streams[position];
        let wrapper = self.endpoint.multiplexed.then(|| Arc::clone(&stream.name_json));
        StreamSender { mailbox, stream: position, wrapper }
    }

    /// Returns the wrapper of the envelopes of a stream.
    pub(super) fn wrapper<'a>(&self, stream: &'a Stream) -> Wrapper<'a> {
        if self.endpoint.multiplexed { Wrapper::Stream(&stream.name_json) } else { Wrapper::Raw }
    }
}
