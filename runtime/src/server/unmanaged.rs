//! Checks that models can work with unmanaged tables, and with SQL types that only the database knows.

use super::error::ServiceError;
use crate::db::Db;
use crate::schema::meta::{ActionKind, ConsumerMeta, ModelMeta};

/// Compares the tables with their models, and looks for the triggers of observed tables: with `true` those that log the
/// changes.
///
/// # Errors
/// [`ServiceError::Unmanaged`] with all problems; [`ServiceError::Prepare`] if a table cannot be inspected.
pub(super) async fn check(
    db: &Db,
    consumers: Vec<&'static ConsumerMeta>,
    models: Vec<&'static ModelMeta>,
    expressions: Vec<&'static ModelMeta>,
    observed: Vec<(&'static ModelMeta, bool)>,
) -> Result<(), ServiceError> {
    let mut misfits = Vec::new();
    for model in models {
        let creates = consumers.iter().any(|consumer| is_created_by(model, consumer));
        let found = db.misfits(model, creates).await;
        misfits.extend(found.map_err(|error| ServiceError::Prepare(error.into()))?);
    }
    for model in expressions {
        let found = db.misfits_of_expressions(model).await;
        misfits.extend(found.map_err(|error| ServiceError::Prepare(error.into()))?);
    }
    for (model, logged) in observed {
        let found = db.missing_triggers(model, logged).await;
        misfits.extend(found.map_err(|error| ServiceError::Prepare(error.into()))?);
    }
    if misfits.is_empty() { Ok(()) } else { Err(ServiceError::Unmanaged(misfits)) }
}

fn is_created_by(model: &'static ModelMeta, consumer: &'static ConsumerMeta) -> bool {
    let bound = consumer.model.as_ref();
    bound.is_some_and(|bound| std::ptr::eq(bound.serializer.model, model))
        && consumer.actions.iter().any(|action| action.kind == ActionKind::Create)
}
