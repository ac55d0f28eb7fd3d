//! Runs the steps of a migration, inside of its transaction.

use super::aside::SuspendedObjects;
use super::on::On;
use super::rows;
use super::script::{Part, Step, Task};
use crate::ground::error::Result;

/// Runs one step.
///
/// # Errors
/// Returns the error of the database; [`Error::Internal`](crate::Error::Internal) with the rows or columns that prevent
/// it.
pub(super) async fn run(on: &mut On<'_>, step: &Step<'_>) -> Result<()> {
    let mut aside = SuspendedObjects::default();
    for part in &step.parts {
        match part {
            Part::Sql(sql) => on.execute(sql).await?,
            Part::Task(Task::Aside { table, columns }) => {
                aside = SuspendedObjects::take(on, table, columns).await?
            }
            Part::Task(Task::Restore {}) => std::mem::take(&mut aside).restore(on).await?,
            Part::Task(task) => {
                rows::run(on, task).await?;
                // A later step may run the same statement on a table that has changed.
                on.forget().await?;
            }
        }
    }
    Ok(())
}
