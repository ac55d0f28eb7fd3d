//! A database that refuses everything: for tests of code that uses no database.

use std::sync::Arc;
use std::time::Duration;

use super::backend::{Backend, Begin, Committed, Notes, Probe, Refusal, Run};
use super::dialect::Dialect;
use super::fair_queue::Requester;
use super::fate::{DbError, DbResult};
use super::statement::Statement;
use crate::ground::future::BoxFuture;
use crate::ground::outage::Reason;
use crate::schema::meta::Isolation;

/// Refuses everything.
#[derive(Debug)]
pub(crate) struct NoDatabase;

fn refused<'a, T: 'a>() -> BoxFuture<'a, Result<T, DbError>> {
    Box::pin(async { Err(DbError::from(sqlx::Error::PoolClosed)) })
}

impl Backend for NoDatabase {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn run<'a>(&'a self, _: Statement, _: &'a Requester) -> Run<'a> {
        refused()
    }

    fn run_then<'a>(&'a self, _: Statement, _: &'a Requester, _: Committed) -> Run<'a> {
        refused()
    }

    fn begin<'a>(&'a self, _: Isolation, _: &'a Requester, _: bool) -> Begin<'a> {
        refused()
    }

    fn snapshot<'a>(&'a self, _: &'a Requester) -> Begin<'a> {
        refused()
    }

    fn begin_shows_that_it_can_be_written(&self) -> bool {
        false
    }

    fn concerns_all(&self, _: Reason) -> bool {
        false
    }

    fn probe<'a>(&'a self, _: Option<&'a Refusal>) -> BoxFuture<'a, Result<Probe, DbError>> {
        refused()
    }

    fn notes(
        self: Arc<Self>,
        _: Vec<&'static str>,
        _: Duration,
    ) -> BoxFuture<'static, DbResult<Box<dyn Notes>>> {
        Box::pin(async { Err(sqlx::Error::PoolClosed) })
    }

    fn closing(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}
