//! The tables that a definition asks for.

use std::collections::BTreeMap;

use super::filling::{self, Fillings};
use super::schema::{
    Collation, Column, ColumnType, Default, Index, ObservedColumn, ObservedTable, OnDeleteSql, Predicate,
    Reference, Table,
};
use super::sql_types::SqlTypes;
use crate::ir::{
    self, Api, Auto, Between, ConstraintRule, Field, Literal, Model, ModelId, OnDelete, Relation, Scalar,
    Type, Via,
};

/// The tables that a definition asks for.
#[derive(Debug)]
pub struct Wanted {
    /// The tables of all models, then those of their many-to-many relations.
    pub tables: Vec<WantedTable>,
    /// The tables whose changes are recorded by triggers.
    pub observed: Vec<ObservedTable>,
    /// The tables whose changes triggers write into the log.
    pub logged: Vec<ObservedTable>,
    /// The values that existing rows get.
    pub fillings: Fillings,
}

/// A table of a definition.
#[derive(Debug)]
pub struct WantedTable {
    /// The table. [`name_indexes`](super::indexes) gives its indexes their names and adds them to it.
    pub table: Table,
    /// The indexes of the table.
    pub indexes: Vec<Index>,
    /// The model of the table, or the model that has the many-to-many relation.
    pub model: ModelId,
    /// The model at the other end of the relation that the table is made for.
    pub target: Option<ModelId>,
    /// Whether migrations make and change the table.
    pub managed: bool,
}

impl Wanted {
    /// Reads the tables of a definition.
    pub fn of(api: &Api) -> Self {
        let own = api.models.iter().map(|(id, model)| WantedTable {
            table: table(api, model),
            indexes: indexes(model),
            model: id,
            target: None,
            managed: model.managed,
        });
        let relations = || {
            api.models
                .iter()
                .flat_map(|(id, model)| model.relations.iter().map(move |each| (id, model, each)))
        };
        let between = relations().filter_map(|(id, model, relation)| {
            let (table, indexes) = between_table(api, model, relation)?;
            Some(WantedTable {
                table,
                indexes,
                model: id,
                target: Some(relation.target),
                managed: model.managed,
            })
        });
        let noted = api.models.iter().filter(|(id, _)| is_noted(api, *id));
        let noted = noted.map(|(_, model)| observed_table(api, model));
        let noted_between =
            relations().filter(|(id, _, relation)| is_noted(api, *id) || is_noted(api, relation.target));
        let noted_between =
            noted_between.filter_map(|(_, model, relation)| observed_between(api, model, relation));
        let (tables, observed) = (own.chain(between).collect(), noted.chain(noted_between).collect());
        let logged = api.models.iter().filter(|(id, _)| is_logged(api, *id));
        let logged = logged.map(|(_, model)| logged_table(api, model)).collect();
        Self { tables, observed, logged, fillings: Fillings::of(api) }
    }
}

fn table(api: &Api, model: &Model) -> Table {
    let key = &model.fields[model.key].column;
    let columns = model.fields.iter().map(|field| column(api, model, field, field.column == *key));
    Table {
        name: model.table.clone(),
        model: Some(model.wire.clone()),
        relation: None,
        was: model.was.clone(),
        former: Vec::new(),
        columns: columns.collect(),
        dropped: Vec::new(),
        indexes: BTreeMap::new(),
        checks: checks(model),
    }
}

fn checks(model: &Model) -> BTreeMap<String, Predicate> {
    let check = |constraint: &ir::Constraint| match &constraint.rule {
        ConstraintRule::Check(condition) => Some((constraint.name.clone(), predicate(model, condition))),
        ConstraintRule::Unique { .. } => None,
    };
    model.constraints.iter().filter_map(check).collect()
}

/// Returns a condition on the columns of a table.
fn predicate(model: &Model, condition: &ir::Predicate) -> Predicate {
    let value = |value: &Literal| default(value).expect("invariant: no column is compared with null");
    condition.map(&|field| model.fields[*field].column.clone(), &value)
}

fn indexes(model: &Model) -> Vec<Index> {
    let key = &model.fields[model.key].column;
    let mut indexes = Vec::new();
    let mut add = |columns: Vec<String>, unique: bool| indexes.push(Index::of(columns, unique));
    for field in model.fields.iter().filter(|field| field.column != *key) {
        if field.unique {
            add(vec![field.column.clone()], true);
        } else if field.index || field.foreign_key.is_some() {
            add(vec![field.column.clone()], false);
        }
    }
    let names = |positions: &[usize]| positions.iter().map(|at| model.fields[*at].column.clone()).collect();
    for positions in &model.unique_together {
        add(names(positions), true);
    }
    for positions in &model.indexes {
        add(names(positions), false);
    }
    for constraint in &model.constraints {
        if let ConstraintRule::Unique { fields, condition } = &constraint.rule {
            indexes.push(Index {
                name: Some(constraint.name.clone()),
                condition: condition.as_ref().map(|condition| predicate(model, condition)),
                ..Index::of(names(fields), true)
            });
        }
    }
    indexes
}

/// Returns the table of a many-to-many relation, as Django makes it: a number and the keys of both models, with its
/// indexes. Returns `None` if no table is made for the relation.
fn between_table(api: &Api, model: &Model, relation: &Relation) -> Option<(Table, Vec<Index>)> {
    let Via::Table(Between { table, from, to, model: None }) = &relation.via else { return None };
    if !relation.declared {
        return None;
    }
    let target = &api.models[relation.target];
    let plain = |name: &str| Column {
        name: name.to_owned(),
        property: None,
        ty: ColumnType::Integer,
        sql: None,
        values: None,
        collation: None,
        key: false,
        numbered: false,
        nullable: false,
        default: None,
        references: None,
        was: None,
        former: Vec::new(),
    };
    let reference = |name: &str, other: &Model| Column {
        ty: column_type(api, &other.fields[other.key].ty),
        collation: collation(&other.fields[other.key]),
        references: Some(Reference {
            table: other.table.clone(),
            column: other.fields[other.key].column.clone(),
            on_delete: OnDeleteSql::Cascade,
        }),
        ..plain(name)
    };
    let index = |columns: &[&String], unique: bool| {
        let columns = columns.iter().map(|column| (*column).clone()).collect();
        Index::of(columns, unique)
    };
    let indexes = vec![index(&[from, to], true), index(&[to], false)];
    let table = Table {
        name: table.clone(),
        model: Some(model.wire.clone()),
        relation: Some(relation.wire.clone()),
        was: relation.was.clone(),
        former: Vec::new(),
        dropped: Vec::new(),
        columns: vec![
            Column { key: true, numbered: true, ..plain("id") },
            reference(from, model),
            reference(to, target),
        ],
        indexes: BTreeMap::new(),
        checks: BTreeMap::new(),
    };
    Some((table, indexes))
}

fn observed_table(api: &Api, model: &Model) -> ObservedTable {
    let column =
        |field: &Field| ObservedColumn { name: field.column.clone(), ty: column_type(api, &field.ty) };
    let columns = model.fields.iter().map(column).collect();
    ObservedTable { table: model.table.clone(), columns, left_out: Vec::new() }
}

/// Returns the same for the log, which keeps nothing write-only.
fn logged_table(api: &Api, model: &Model) -> ObservedTable {
    let all = observed_table(api, model);
    let is_secret = |name: &String| model.fields.iter().any(|field| field.secret && field.column == *name);
    let (left_out, columns) = all.columns.into_iter().partition(|column| is_secret(&column.name));
    let left_out: Vec<ObservedColumn> = left_out;
    ObservedTable { columns, left_out: left_out.into_iter().map(|column| column.name).collect(), ..all }
}

/// Returns the observers of a model.
fn observers(api: &Api, model: ModelId) -> impl Iterator<Item = &ir::Observer> {
    let all = api.consumers.values().flat_map(ir::Consumer::all_observers);
    all.filter(move |observer| observer.model == model)
}

/// Tells whether the changes of a model are logged: its observers are told from the log, or rights depend on its rows.
fn is_logged(api: &Api, model: ModelId) -> bool {
    let all = api.consumers.values().flat_map(|consumer| &consumer.observers);
    let mut dependencies = all.filter_map(|observer| observer.depends_on.as_ref()).flatten();
    observers(api, model).any(|observer| observer.latest.is_some())
        || dependencies.any(|dependency| dependency.model == model)
}

/// Tells whether triggers record what others than the server write for observers that do not read the log.
fn is_noted(api: &Api, model: ModelId) -> bool {
    let mut observers = observers(api, model).peekable();
    let logged = observers.peek().is_some() && observers.all(|observer| observer.latest.is_some());
    api.models[model].observe_database && !logged
}

/// Returns the table of a many-to-many relation with the keys of both models. Returns `None` if the table is a model's,
/// or if the relation is declared at the other end.
fn observed_between(api: &Api, model: &Model, relation: &Relation) -> Option<ObservedTable> {
    let Via::Table(Between { table, from, to, model: None }) = &relation.via else { return None };
    if !relation.declared {
        return None;
    }
    let key = |name: &str, model: &Model| ObservedColumn {
        name: name.to_owned(),
        ty: column_type(api, &model.fields[model.key].ty),
    };
    let columns = vec![key(from, model), key(to, &api.models[relation.target])];
    Some(ObservedTable { table: table.clone(), columns, left_out: Vec::new() })
}

fn column(api: &Api, model: &Model, field: &Field, key: bool) -> Column {
    let references = field.foreign_key.as_ref().map(|foreign_key| {
        let other = &api.models[foreign_key.model];
        Reference {
            table: other.table.clone(),
            column: other.fields[other.key].column.clone(),
            on_delete: match foreign_key.on_delete {
                OnDelete::Cascade => OnDeleteSql::Cascade,
                OnDelete::Protect | OnDelete::Restrict => OnDeleteSql::Restrict,
                OnDelete::SetNull => OnDeleteSql::SetNull,
                OnDelete::SetDefault => OnDeleteSql::SetDefault,
                OnDelete::DoNothing => OnDeleteSql::NoAction,
            },
        }
    });
    debug_assert!(!key || model.fields[model.key].column == field.column);
    Column {
        name: field.column.clone(),
        property: Some(field.wire.clone()).filter(|wire| *wire != field.column),
        ty: column_type(api, &field.ty),
        sql: field.sql.as_ref().map(SqlTypes::of),
        values: values(api, &field.ty),
        collation: collation(field).filter(|_| field.sql.is_none()),
        key,
        numbered: field.auto == Auto::Key,
        nullable: field.nullable,
        default: field.default.as_ref().filter(|_| field.sql.is_none()).and_then(default),
        references,
        was: field.was.clone(),
        former: Vec::new(),
    }
}

/// Returns the values of an enum, as JSON.
fn values(api: &Api, ty: &Type) -> Option<Vec<String>> {
    let Type::Enum(id) = ty else { return None };
    Some(api.enums[*id].variants.iter().map(|variant| filling::json(&variant.value)).collect())
}

fn collation(field: &Field) -> Option<Collation> {
    match field.collation? {
        ir::Collation::Codepoint => Some(Collation::Codepoint),
        ir::Collation::Database => None,
    }
}

fn column_type(api: &Api, ty: &Type) -> ColumnType {
    match ty {
        Type::Scalar(scalar) => match *scalar {
            Scalar::Boolean => ColumnType::Boolean,
            Scalar::Integer => ColumnType::Integer,
            // No column has it: only the JSON of a column contains it.
            Scalar::BigInteger => ColumnType::Json,
            Scalar::Float => ColumnType::Float,
            Scalar::Text | Scalar::Form(_) => ColumnType::Text,
            Scalar::Uuid => ColumnType::Uuid,
            Scalar::Date => ColumnType::Date,
            Scalar::DateTime => ColumnType::DateTime,
            Scalar::Time => ColumnType::Time,
            Scalar::Duration => ColumnType::Duration,
            Scalar::Decimal { max_digits, decimal_places } => {
                ColumnType::Decimal { max_digits, decimal_places }
            }
            Scalar::Bytes => ColumnType::Bytes,
        },
        Type::Enum(id) => {
            let first = api.enums[*id].variants.first();
            match first.map(|variant| &variant.value) {
                Some(Literal::Integer(_)) => ColumnType::Integer,
                _ => ColumnType::Text,
            }
        }
        Type::Object(_)
        | Type::Union(_)
        | Type::List(_)
        | Type::Tuple(_)
        | Type::Map(_)
        | Type::Row(_)
        | Type::Json => ColumnType::Json,
    }
}

fn default(literal: &Literal) -> Option<Default> {
    Some(match literal {
        Literal::Null => return None,
        Literal::Boolean(value) => Default::Boolean(*value),
        Literal::Integer(value) => Default::Number(value.to_string()),
        Literal::Number(text) => Default::Number(text.clone()),
        Literal::Text(text) => Default::Text(text.clone()),
        Literal::Json(text) => Default::Json(text.clone()),
    })
}
