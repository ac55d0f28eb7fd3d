//! Writes the rows of create and update: the row itself, and the rows of nested serializers and relations.
//!
//! A row of columns alone is one statement. Everything else happens in a transaction: rows to which the row refers are
//! written before it, rows that refer to it after it. The rows of a nested list are replaced; a row that refers to it
//! one to one is changed.

use std::sync::Arc;

use super::{guard, perform};
use crate::app::context::Context;
use crate::app::dispatch::Dispatch;
use crate::app::judged::Judged;
use crate::db::{Db, Lock};
use crate::ground::error::{Detail, Error, Result};
use crate::ground::future::BoxFuture;
use crate::schema::meta::{
    Access, FieldMeta, Isolation, ModelMeta, NestedMeta, NestedOf, RelationMeta, SerializerMeta, Source, Via,
};
use crate::schema::row::Row;
use crate::schema::value::{Object, Value};
use crate::store::{self, Naming, RowSelector, Values, spelled};
use crate::wire::decode::{Refusal, does_not_exist};

/// The values of a payload, by their destination.
#[derive(Default, Clone)]
struct Parts {
    /// The columns of the row itself.
    columns: Values,
    /// The rows to which it refers.
    parents: Vec<Parent>,
    /// The rows that refer to it.
    children: Vec<Children>,
    /// The rows that refer to it one to one.
    followers: Vec<Follower>,
    /// The keys of the rows to which it is related.
    keys: Vec<(&'static str, usize, Vec<Value>)>,
}

#[derive(Clone)]
struct Parent {
    field: &'static FieldMeta,
    column: usize,
    serializer: &'static SerializerMeta,
    data: Object,
}

#[derive(Clone)]
struct Children {
    field: &'static FieldMeta,
    relation: usize,
    serializer: &'static SerializerMeta,
    rows: Vec<Object>,
}

/// A row whose one-to-one relation refers to the row.
#[derive(Clone)]
struct Follower {
    field: &'static FieldMeta,
    relation: usize,
    serializer: &'static SerializerMeta,
    /// Its values; `None` if there is to be no such row.
    data: Option<Object>,
}

impl Parts {
    fn of(serializer: &'static SerializerMeta, data: Object) -> Self {
        let mut parts = Self { columns: Vec::with_capacity(serializer.fields.len()), ..Self::default() };
        parts.add(serializer, data);
        parts
    }

    fn add(&mut self, serializer: &'static SerializerMeta, mut data: Object) {
        let writable =
            serializer.fields.iter().enumerate().filter(|(_, field)| field.access != Access::ReadOnly);
        for (index, field) in writable {
            let Some(value) = data.take_value(index) else { continue };
            match (field.source, value) {
                (Source::Column(column), value) => self.set(column, value),
                (Source::Keys(relation), Value::List(keys)) => self.keys.push((field.name, relation, keys)),
                (Source::Nested(nested), value) => self.nest(field, nested, value),
                _ => {}
            }
        }
    }

    fn set(&mut self, column: usize, value: Value) {
        match self.columns.iter_mut().find(|(own, _)| *own == column) {
            Some(slot) => slot.1 = value,
            None => self.columns.push((column, value)),
        }
    }

    fn nest(&mut self, field: &'static FieldMeta, nested: &'static NestedMeta, value: Value) {
        let serializer = nested.serializer;
        match (nested.of, value) {
            (NestedOf::Row, Value::Object(data)) => self.add(serializer, data),
            (NestedOf::ForeignKey(column), Value::Object(data)) => {
                self.parents.push(Parent { field, column, serializer, data });
            }
            (NestedOf::ForeignKey(column), Value::Null) => self.set(column, Value::Null),
            (NestedOf::Relation(relation), Value::List(items)) => {
                let object = |item| if let Value::Object(object) = item { Some(object) } else { None };
                let rows = items.into_iter().filter_map(object).collect();
                self.children.push(Children { field, relation, serializer, rows });
            }
            (NestedOf::Back(relation), Value::Object(data)) => {
                self.followers.push(Follower { field, relation, serializer, data: Some(data) });
            }
            (NestedOf::Back(relation), Value::Null) => {
                self.followers.push(Follower { field, relation, serializer, data: None });
            }
            _ => {}
        }
    }

    fn is_one_row(&self) -> bool {
        self.parents.is_empty()
            && self.children.is_empty()
            && self.followers.is_empty()
            && self.keys.is_empty()
    }
}

/// Returns the values of a payload that are not stored, for the application that prepares the write.
fn payload_alone(serializer: &'static SerializerMeta, data: &Object) -> Arc<[(&'static str, Value)]> {
    let fields = serializer.fields.iter().enumerate();
    let fields = fields.filter(|(_, field)| matches!(field.source, Source::Payload));
    fields.filter_map(|(index, field)| Some((field.name, data.get(index)?.clone()))).collect()
}

/// Checks the values of a payload that the application gives by the rules of their columns.
pub(super) fn check(serializer: &'static SerializerMeta, data: &Object) -> Result<()> {
    let columns = Parts::of(serializer, data.clone()).columns;
    store::check_named(serializer.model, &columns, Naming::Fields(serializer))
}

/// Stores a new row. `hook` is the consumer whose application prepares it.
pub(super) async fn create(
    ctx: &Context,
    serializer: &'static SerializerMeta,
    hook: Option<&dyn Dispatch>,
    data: Object,
) -> Result<Row> {
    let db = ctx.db().for_write();
    let extra = payload_alone(serializer, &data);
    let parts = Parts::of(serializer, data);
    if parts.is_one_row() && hook.is_none() {
        return store::insert(db, serializer.model, parts.columns, Naming::Fields(serializer)).await;
    }
    let step = |db: Db| -> BoxFuture<'_, Result<Row>> {
        let (ctx, mut parts) = (ctx.within(db), parts.clone());
        let extra = Arc::clone(&extra);
        Box::pin(async move {
            if let Some(consumer) = hook {
                let ctx = ctx.clone().with_validated(extra);
                parts.columns = perform::create(consumer, &ctx, serializer, parts.columns).await?;
            }
            insert(&ctx, serializer, parts).await
        })
    };
    db.atomically(Isolation::Database, step).await
}

/// Changes the row. A row that was checked is changed only if it has not changed since. `hook` is the consumer whose
/// application prepares the change.
pub(super) async fn update(
    ctx: &Context,
    serializer: &'static SerializerMeta,
    by: RowSelector,
    judged: Option<&Judged>,
    hook: Option<&dyn Dispatch>,
    data: Object,
) -> Result<Row> {
    let (db, model, naming) = (ctx.db().for_write(), serializer.model, Naming::Fields(serializer));
    let extra = payload_alone(serializer, &data);
    let mut parts = Parts::of(serializer, data);
    if parts.is_one_row() && hook.is_none() {
        let Some(judged) = judged else { return store::change(db, model, by, parts.columns, naming).await };
        if let Some(by) = by.being(model, judged.row()) {
            let changed = store::change(db, model, by, std::mem::take(&mut parts.columns), naming).await;
            // The row was deleted or has changed.
            return if let Err(Error::NotFound) = changed { Err(judged.stale()) } else { changed };
        }
    }
    let step = |db: Db| -> BoxFuture<'_, Result<Row>> {
        let (ctx, by, parts) = (ctx.within(db).with_validated(Arc::clone(&extra)), by.clone(), parts.clone());
        Box::pin(async move { change(&ctx, serializer, by, judged, hook, parts).await })
    };
    db.atomically(Isolation::Database, step).await
}

/// Inserts a row inside a transaction. The future is boxed, because serializers can be nested in each other.
fn insert<'a>(
    ctx: &'a Context,
    serializer: &'static SerializerMeta,
    mut parts: Parts,
) -> BoxFuture<'a, Result<Row>> {
    Box::pin(async move {
        for parent in std::mem::take(&mut parts.parents) {
            let model = parent.serializer.model;
            let row = insert(ctx, parent.serializer, Parts::of(parent.serializer, parent.data)).await;
            let row = row.map_err(|error| under(parent.field.name, error))?;
            parts.set(parent.column, row.get(model.key).clone());
        }
        let columns = std::mem::take(&mut parts.columns);
        let row = store::insert(ctx.db(), serializer.model, columns, Naming::Fields(serializer)).await?;
        belongings(ctx, serializer, &row, parts, false).await?;
        Ok(row)
    })
}

async fn change(
    ctx: &Context,
    serializer: &'static SerializerMeta,
    which: RowSelector,
    judged: Option<&Judged>,
    hook: Option<&dyn Dispatch>,
    mut parts: Parts,
) -> Result<Row> {
    let (db, model) = (ctx.db(), serializer.model);
    // The lock decides whether the row is found until the transaction ends, because related rows are written by other
    // statements.
    let current = store::find_locked(db, model, &which, Lock::Values).await?.ok_or(Error::NotFound)?;
    if let Some(judged) = judged.filter(|judged| !judged.is(&current)) {
        return Err(judged.stale());
    }
    if let Some(consumer) = hook {
        parts.columns = perform::update(consumer, ctx, serializer, &current, parts.columns).await?;
    }
    for parent in std::mem::take(&mut parts.parents) {
        let key = current.get(parent.column).clone();
        let own = Parts::of(parent.serializer, parent.data);
        let other = parent.serializer.model;
        let row = if key == Value::Null {
            insert(ctx, parent.serializer, own).await
        } else {
            may_change(ctx, parent.field, other, &key).await?;
            Box::pin(change(ctx, parent.serializer, RowSelector::new(other.key, key), None, None, own)).await
        };
        let row = row.map_err(|error| under(parent.field.name, error))?;
        parts.set(parent.column, row.get(other.key).clone());
    }
    let columns = std::mem::take(&mut parts.columns);
    let by = RowSelector::new(model.key, current.get(model.key).clone());
    let row = store::change(db, model, by, columns, Naming::Fields(serializer)).await?;
    belongings(ctx, serializer, &row, parts, true).await?;
    Ok(row)
}

/// Checks whether a field may change the row of a foreign key: a row that the connection cannot see is answered like a
/// key that does not exist.
async fn may_change(
    ctx: &Context,
    field: &'static FieldMeta,
    model: &'static ModelMeta,
    key: &Value,
) -> Result<()> {
    let Some(stream) = field.within else { return Ok(()) };
    match guard::admit(ctx, stream, "update", model, key.clone()).await {
        Err(Error::NotFound) => {
            let detail = Refusal::from(does_not_exist(&spelled(key))).detail(field.messages);
            Err(under(field.name, Error::Validation(detail)))
        }
        admitted => admitted,
    }
}

/// Checks whether a field may delete a row of a replaced list. A list is replaced completely or not at all, so that a
/// row which the connection cannot see prevents it, like a row which it may not delete.
async fn may_replace(
    ctx: &Context,
    field: &'static FieldMeta,
    model: &'static ModelMeta,
    key: &Value,
) -> Result<()> {
    let Some(stream) = field.within else { return Ok(()) };
    match guard::admit(ctx, stream, "delete", model, key.clone()).await {
        Err(Error::NotFound) => Err(Error::PermissionDenied),
        admitted => admitted,
    }
}

/// Writes the relations of a stored row, and the rows that refer to it.
async fn belongings(
    ctx: &Context,
    serializer: &'static SerializerMeta,
    row: &Row,
    parts: Parts,
    replaces: bool,
) -> Result<()> {
    let (db, model) = (ctx.db(), serializer.model);
    let key = row.get(model.key);
    for (field, relation, keys) in parts.keys {
        let set = store::relation::set(db, model, &model.relations[relation], key, keys).await;
        set.map_err(|error| under(field, error))?;
    }
    for follower in parts.followers {
        follow(ctx, model, row, follower).await?;
    }
    for children in parts.children {
        let relation: &'static RelationMeta = &model.relations[children.relation];
        let Via::Column(column) = relation.via else {
            return Err(Error::internal("rows of a table between two models are not made with one of them"));
        };
        let other = children.serializer.model;
        if replaces {
            for key in store::keys_where(db, other, column, key.clone()).await? {
                may_replace(ctx, children.field, other, &key).await?;
                store::remove(db, other, RowSelector::new(other.key, key)).await?;
            }
        }
        for (position, data) in children.rows.into_iter().enumerate() {
            let mut own = Parts::of(children.serializer, data);
            own.set(column, key.clone());
            let inserted = insert(ctx, children.serializer, own).await;
            inserted.map_err(|error| under(children.field.name, under(&position.to_string(), error)))?;
        }
    }
    Ok(())
}

/// Writes the row that refers to a stored row one to one: changes it, stores it if there is none, or deletes it.
async fn follow(ctx: &Context, model: &'static ModelMeta, row: &Row, follower: Follower) -> Result<()> {
    let Follower { field, relation, serializer, data } = follower;
    let (db, other, key) = (ctx.db(), serializer.model, row.get(model.key));
    let Some(column) = model.relations[relation].via.column() else {
        return Err(Error::internal("a one-to-one relation without a column"));
    };
    let current = store::keys_where(db, other, column, key.clone()).await?.pop();
    let own = data.map(|data| Parts::of(serializer, data));
    match (current, own) {
        (None, None) => Ok(()),
        (None, Some(mut own)) => {
            own.set(column, key.clone());
            insert(ctx, serializer, own).await.map(drop).map_err(|error| under(field.name, error))
        }
        (Some(current), None) => {
            may_replace(ctx, field, other, &current).await?;
            store::remove(db, other, RowSelector::new(other.key, current)).await
        }
        (Some(current), Some(mut own)) => {
            may_change(ctx, field, other, &current).await?;
            own.columns.retain(|(own, _)| *own != column);
            let which = RowSelector::new(other.key, current);
            let changed = Box::pin(change(ctx, serializer, which, None, None, own)).await;
            changed.map(drop).map_err(|error| under(field.name, error))
        }
    }
}

/// Returns an error as one of a field.
fn under(field: &str, error: Error) -> Error {
    match error {
        Error::Validation(detail) => Error::Validation(Detail::Map(vec![(field.to_owned(), detail)])),
        other => other,
    }
}
