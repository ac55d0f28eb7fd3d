//! PostgreSQL.

use super::constraints;
use super::observed;
use super::sqlite::references;
use super::statements::{list, quoted};
use crate::escape::postgres as literal;
use crate::evolve::{
    Change, Collation, Column, ColumnChange, ColumnType, Default, Evolution, Index, Inside, Reference,
    Renames, Table, in_order, reference,
};

/// The text of a migration.
pub fn script(changes: &[Change<'_>], evolution: &Evolution) -> String {
    let mut statements = Vec::new();
    let mut late = Vec::new();
    let mut there: Vec<&str> =
        evolution.renames.tables_then.iter().map(|table| table.name.as_str()).collect();
    for change in changes {
        match change {
            Change::DropIndex { name } => statements.push(format!("DROP INDEX {};", quoted(name))),
            Change::Rename(renames) => rename(renames, &mut statements),
            Change::CreateTable { table, adopt } => {
                there.push(&table.name);
                statements.push(create_table(table, *adopt, &there));
                late.extend(late_references(table, &there));
            }
            Change::AlterTable { table, columns } => alter(table, columns, &mut statements),
            Change::CreateIndex { table, name, index, adopt } => {
                statements.append(&mut late);
                statements.push(create_index(&table.name, name, index, *adopt));
            }
            Change::DropTables { tables } => {
                statements.append(&mut late);
                // At once, as they may refer to each other; what others have built upon them is not dropped along.
                let tables = list(tables.iter().map(|table| quoted(&table.name)));
                statements.push(format!("DROP TABLE {tables};"));
            }
            Change::CreateNotes => {
                statements.append(&mut late);
                statements.extend(observed::CREATE_POSTGRES.map(str::to_owned));
            }
            Change::Observe { table } => {
                statements.append(&mut late);
                statements.extend(observed::observe_postgres(table));
            }
            Change::Unobserve { table } => statements.extend(observed::unobserve_postgres(table)),
            Change::DropNotes => statements.extend(observed::DROP_POSTGRES.map(str::to_owned)),
        }
    }
    statements.append(&mut late);
    statements.join("\n\n") + "\n"
}

/// What has a name among those of tables.
#[derive(Debug, Clone, Copy)]
enum Relation {
    Table,
    Index,
    /// PostgreSQL has chosen its name, and another one where that was taken.
    ChosenIndex,
    ChosenSequence,
}

/// Gives everything its new name. Tables, indexes and sequences share one set of names.
fn rename(renames: &Renames, statements: &mut Vec<String>) {
    let named = |kind: Relation, names: &[(String, String)]| -> Vec<(Relation, String, String)> {
        names.iter().map(|(from, to)| (kind, from.clone(), to.clone())).collect()
    };
    let mut all = named(Relation::Table, &renames.tables);
    let indexes = renames.indexes.iter().map(|Inside { what: (from, to, _), .. }| (from.clone(), to.clone()));
    all.extend(named(Relation::Index, &indexes.collect::<Vec<_>>()));
    all.extend(named(Relation::ChosenIndex, &renames.keys));
    all.extend(named(Relation::ChosenSequence, &renames.sequences));
    let is_taken = |name: &str| {
        let tables = &renames.tables_then;
        tables.iter().any(|table| table.name == name || table.indexes.contains_key(name))
    };
    for (kind, from, to) in in_order(all, &is_taken) {
        let what = match kind {
            Relation::Table => "TABLE",
            Relation::Index => "INDEX",
            Relation::ChosenIndex => "INDEX IF EXISTS",
            Relation::ChosenSequence => "SEQUENCE IF EXISTS",
        };
        statements.push(format!("ALTER {what} {} RENAME TO {};", quoted(&from), quoted(&to)));
    }
    for (table, from, to) in inside(&renames.columns, &renames.tables_then) {
        let (table, from, to) = (quoted(table), quoted(&from), quoted(&to));
        statements.push(format!("ALTER TABLE {table} RENAME COLUMN {from} TO {to};"));
    }
    for (table, from, to) in inside(&renames.references, &renames.tables_then) {
        statements.push(constraints::rename(table, &from, &to));
    }
}

/// New names inside of tables, table by table in an order in which no name is taken.
pub fn inside<'a>(
    renames: &'a [Inside<(String, String)>],
    tables: &'a [Table],
) -> impl Iterator<Item = (&'a str, String, String)> {
    let of_one = renames.chunk_by(|one, other| one.table == other.table);
    of_one.flat_map(move |renames| {
        let name = renames[0].table.as_str();
        let columns = tables.iter().filter(move |table| table.name == name).flat_map(|table| &table.columns);
        let columns: Vec<&str> = columns.map(|column| column.name.as_str()).collect();
        let names = renames.iter().map(|each| (name, each.what.0.clone(), each.what.1.clone()));
        in_order(names.collect(), &|name: &str| columns.contains(&name))
    })
}

/// `CREATE INDEX`: both databases read it.
pub fn create_index(table: &str, name: &str, index: &Index, adopt: bool) -> String {
    let columns = list(index.columns.iter().map(|column| quoted(column)));
    let unique = if index.unique { "UNIQUE " } else { "" };
    let absent = if adopt { "IF NOT EXISTS " } else { "" };
    format!("CREATE {unique}INDEX {absent}{} ON {} ({columns});", quoted(name), quoted(table))
}

fn create_table(table: &Table, adopt: bool, there: &[&str]) -> String {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            let mut text = definition(column);
            if let Some(other) = column.references.as_ref().filter(|other| is_there(other, there)) {
                text.push_str(&format!(
                    " CONSTRAINT {} {}",
                    quoted(&reference(&table.name, &column.name)),
                    references(other)
                ));
            }
            format!("    {text}")
        })
        .collect();
    let absent = if adopt { "IF NOT EXISTS " } else { "" };
    format!("CREATE TABLE {absent}{} (\n{}\n);", quoted(&table.name), columns.join(",\n"))
}

fn is_there(reference: &Reference, there: &[&str]) -> bool {
    there.contains(&reference.table.as_str())
}

/// References to tables that are made only later in this migration.
fn late_references(table: &Table, there: &[&str]) -> Vec<String> {
    let late = |column: &Column| {
        let reference = column.references.as_ref().filter(|reference| !is_there(reference, there))?;
        Some(add_reference(table, column, reference))
    };
    table.columns.iter().filter_map(late).collect()
}

fn add_reference(table: &Table, column: &Column, other: &Reference) -> String {
    format!(
        "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) {};",
        quoted(&table.name),
        quoted(&reference(&table.name, &column.name)),
        quoted(&column.name),
        references(other)
    )
}

fn definition(column: &Column) -> String {
    let mut text = format!("{} {}", quoted(&column.name), stored_as(column));
    if column.numbered {
        text.push_str(" GENERATED BY DEFAULT AS IDENTITY");
    }
    if column.key {
        text.push_str(" PRIMARY KEY");
    }
    if !column.nullable && !column.key {
        text.push_str(" NOT NULL");
    }
    if let Some(default) = default(column) {
        text.push_str(&format!(" DEFAULT {default}"));
    }
    text
}

/// The type of a column and, of a text that is ordered by its code points, the collation that does so.
fn stored_as(column: &Column) -> String {
    let ty = storage(column.ty);
    match column.collation {
        Some(Collation::Codepoint) => format!("{ty} COLLATE \"C\""),
        None => ty,
    }
}

fn storage(ty: ColumnType) -> String {
    match ty {
        ColumnType::Boolean => "BOOLEAN".to_owned(),
        ColumnType::Integer | ColumnType::Duration => "BIGINT".to_owned(),
        ColumnType::Float => "DOUBLE PRECISION".to_owned(),
        ColumnType::Text => "TEXT".to_owned(),
        ColumnType::Uuid => "UUID".to_owned(),
        ColumnType::Date => "DATE".to_owned(),
        ColumnType::DateTime => "TIMESTAMPTZ".to_owned(),
        ColumnType::Time => "TIME".to_owned(),
        ColumnType::Decimal { max_digits, decimal_places } => {
            format!("NUMERIC({max_digits}, {decimal_places})")
        }
        ColumnType::Bytes => "BYTEA".to_owned(),
        ColumnType::Json => "JSON".to_owned(),
    }
}

fn default(column: &Column) -> Option<String> {
    match (column.default.as_ref()?, column.ty) {
        (Default::Boolean(value), _) => Some(value.to_string()),
        (Default::Number(number), _) => Some(number.clone()),
        (_, ColumnType::Duration | ColumnType::Bytes) => None,
        (Default::Text(value) | Default::Json(value), _) => Some(literal(value)),
    }
}

fn alter(table: &Table, changes: &[ColumnChange<'_>], statements: &mut Vec<String>) {
    let name = quoted(&table.name);
    for change in changes {
        match change {
            ColumnChange::Add(column) => {
                statements.push(format!("ALTER TABLE {name} ADD COLUMN {};", definition(column)));
                if let Some(other) = &column.references {
                    statements.push(add_reference(table, column, other));
                }
            }
            ColumnChange::Drop(column) => {
                statements.push(format!("ALTER TABLE {name} DROP COLUMN {};", quoted(&column.name)));
            }
            ColumnChange::Alter { old, new } => alter_column(table, old, new, statements),
        }
    }
}

fn alter_column(table: &Table, old: &Column, new: &Column, statements: &mut Vec<String>) {
    let (name, column) = (quoted(&table.name), quoted(&new.name));
    let mut push =
        |what: String| statements.push(format!("ALTER TABLE {name} ALTER COLUMN {column} {what};"));
    let retyped = storage(old.ty) != storage(new.ty);
    if old.default.is_some() && (retyped || default(old) != default(new)) {
        push("DROP DEFAULT".to_owned());
    }
    if retyped {
        push(format!("TYPE {} USING {column}::TEXT::{}", stored_as(new), storage(new.ty)));
    } else if old.collation != new.collation {
        let default = if new.collation.is_none() { " COLLATE \"default\"" } else { "" };
        push(format!("TYPE {}{default}", stored_as(new)));
    }
    if let Some(default) = default(new).filter(|_| retyped || default(old) != default(new)) {
        push(format!("SET DEFAULT {default}"));
    }
    if old.nullable && !new.nullable {
        if let Some(default) = default(new) {
            statements.push(format!("UPDATE {name} SET {column} = {default} WHERE {column} IS NULL;"));
        }
        statements.push(format!("ALTER TABLE {name} ALTER COLUMN {column} SET NOT NULL;"));
    } else if !old.nullable && new.nullable {
        push("DROP NOT NULL".to_owned());
    }
    if old.numbered != new.numbered {
        let what = if new.numbered { "ADD GENERATED BY DEFAULT AS IDENTITY" } else { "DROP IDENTITY" };
        statements.push(format!("ALTER TABLE {name} ALTER COLUMN {column} {what};"));
    }
    if old.references != new.references {
        if old.references.is_some() {
            statements.push(constraints::drop_reference(&table.name, &new.name));
        }
        if let Some(other) = &new.references {
            statements.push(add_reference(table, new, other));
        }
    }
}
