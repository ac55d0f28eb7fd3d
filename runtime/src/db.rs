//! The database (stand-in).
use crate::error::Result;
/// A handle.
#[derive(Debug, Clone)]
pub struct Db(());
impl Db {
    /// Connects and migrates.
    pub async fn connect(_url: &str, _migrations: &Migrations) -> Result<Self> {
        Ok(Self(()))
    }
    /// Begins a transaction.
    pub async fn begin(&self) -> Result<Transaction> {
        Ok(Transaction(self.clone()))
    }
    /// Closes it.
    pub async fn close(&self) {}
}
/// A transaction.
#[derive(Debug)]
pub struct Transaction(Db);
impl Transaction {
    /// The handle to work with.
    pub fn db(&self) -> &Db {
        &self.0
    }
    /// Makes it stay.
    pub async fn commit(self) -> Result<()> {
        Ok(())
    }
}
/// The migrations of a generated crate, one list a database.
#[derive(Debug, Clone, Copy)]
pub struct Migrations {
    /// For SQLite.
    pub sqlite: &'static [Migration],
    /// For PostgreSQL.
    pub postgres: &'static [Migration],
}
/// One migration.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its number, from 1.
    pub version: i64,
    /// Its name.
    pub name: &'static str,
    /// Its statements.
    pub sql: &'static str,
}
