//! What is in the database, and the judge: who may see which row of it, and what is shown with it.

use std::collections::{BTreeMap, BTreeSet};

use dcrf_oracle::descriptors::Descriptors;
use dcrf_runtime::meta::Via;
use dcrf_runtime::{Db, Value, store};

use super::scheme::{HEARD, Heard, Nested, Scheme, Served, Sight, Table};

/// Somebody who is connected: the key of a person; none: nobody is logged in.
pub type Role = Option<i64>;

/// Everything that is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    rows: BTreeMap<Table, BTreeMap<i64, Vec<Value>>>,
    /// Docs and labels.
    labelled: BTreeSet<(i64, i64)>,
}

/// What a permission of the application's own says.
#[derive(Debug, Clone, Default)]
pub struct Staff(pub BTreeSet<i64>);

impl State {
    /// Reads a database.
    ///
    /// # Panics
    /// If it cannot be read.
    pub async fn read(db: &Db, descriptors: &Descriptors) -> Self {
        let mut rows = BTreeMap::new();
        for table in Table::ALL {
            let meta = descriptors.model(&table.model().to_uppercase());
            let found = store::list(db, meta).await.unwrap_or_else(|error| panic!("{error}"));
            let keyed = found.into_iter().map(|row| (integer(&row.values()[0]), row.values().to_vec()));
            rows.insert(table, keyed.collect());
        }
        let doc = descriptors.model("DOC");
        let through = doc.relations.iter().find(|relation| relation.name == "labels").expect("labels");
        let Via::Table { table, from, to } = through.via else { panic!("labels are many-to-many") };
        let sql = format!("SELECT \"{from}\", \"{to}\" FROM \"{table}\"").leak();
        let found = db.query(sql, Vec::new()).await.unwrap_or_else(|error| panic!("{error}"));
        let labelled =
            found.iter().map(|row| (integer(&row.values()[0]), integer(&row.values()[1]))).collect();
        Self { rows, labelled }
    }

    /// The rows of a table.
    pub fn rows(&self, table: Table) -> &BTreeMap<i64, Vec<Value>> {
        &self.rows[&table]
    }

    /// The value in a column of a row, if there is such a row.
    pub fn value(&self, table: Table, key: i64, column: &str) -> Option<&Value> {
        Some(&self.rows[&table].get(&key)?[table.column(column)])
    }

    /// Changes a row.
    pub fn set(&mut self, table: Table, key: i64, column: &str, value: Value) {
        if let Some(row) = self.rows.get_mut(&table).and_then(|rows| rows.get_mut(&key)) {
            row[table.column(column)] = value;
        }
    }

    /// Puts those rows of another state into it that it has not.
    pub fn bring_back(&mut self, other: &Self) {
        for (table, rows) in &other.rows {
            let own = self.rows.entry(*table).or_default();
            for (key, row) in rows {
                own.entry(*key).or_insert_with(|| row.clone());
            }
        }
    }

    /// Puts a row into it.
    pub fn insert(&mut self, table: Table, key: i64, values: &[(&str, Value)]) {
        let mut row = vec![Value::Null; table.columns().len()];
        row[0] = Value::Integer(key);
        for (column, value) in values {
            row[table.column(column)] = value.clone();
        }
        self.rows.entry(table).or_default().insert(key, row);
    }

    /// The rows in which this differs from another state: tables and keys.
    pub fn changed<'a>(&'a self, other: &'a Self) -> BTreeSet<(Table, i64)> {
        let mut changed = BTreeSet::new();
        for table in Table::ALL {
            let (own, others) = (self.rows(table), other.rows(table));
            let keys = own.keys().chain(others.keys());
            changed.extend(keys.filter(|key| own.get(key) != others.get(key)).map(|key| (table, *key)));
        }
        let labelled = self.labelled.symmetric_difference(&other.labelled);
        changed.extend(labelled.map(|(doc, _)| (Table::Doc, *doc)));
        changed
    }

    /// The person at the end of foreign keys.
    fn person(&self, mut table: Table, mut key: i64, path: &[&str]) -> Option<i64> {
        for step in path {
            let Value::Integer(next) = self.value(table, key, step)? else { return None };
            (table, key) = (if *step == "doc" { Table::Doc } else { Table::Person }, *next);
        }
        (table == Table::Person && self.rows[&table].contains_key(&key)).then_some(key)
    }

    /// Whether a queryset admits a row.
    fn admits(&self, sight: Sight, role: Role, table: Table, key: i64) -> bool {
        let team = |person: i64| self.value(Table::Person, person, "team");
        match sight {
            Sight::All => true,
            Sight::Own(path) => role.is_some() && self.person(table, key, path) == role,
            Sight::Team(path) => {
                let (own, other) = (role.and_then(team), self.person(table, key, path).and_then(team));
                own.is_some() && own == other
            }
            Sight::OwnOrOpen => {
                self.value(table, key, "open") == Some(&Value::Boolean(true))
                    || (role.is_some() && self.person(table, key, &["owner"]) == role)
            }
        }
    }

    /// Whether somebody may see a row of a consumer.
    pub fn is_visible(&self, served: &Served, staff: &Staff, role: Role, key: i64) -> bool {
        self.rows(served.table).contains_key(&key)
            && (!served.staff || role.is_some_and(|role| staff.0.contains(&role)))
            && (!served.own_rows || (role.is_some() && self.person(served.table, key, &["owner"]) == role))
            && self.admits(served.sight, role, served.table, key)
    }

    /// The keys of the rows that somebody finds in the list of a consumer.
    pub fn listed(&self, served: &Served, staff: &Staff, role: Role) -> BTreeSet<i64> {
        let keys = self.rows(served.table).keys().copied();
        keys.filter(|key| self.is_visible(served, staff, role, *key)).collect()
    }

    /// The texts that somebody may come to see, whatever they ask.
    pub fn reachable(&self, scheme: &Scheme, staff: &Staff, role: Role) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        for served in &scheme.consumers {
            for key in self.listed(served, staff, role) {
                self.show(scheme, served.shown, key, &mut found);
                self.show(scheme, scheme.observed(served), key, &mut found);
            }
        }
        if let Some(heard) = scheme.heard {
            let is_heard = |key: i64| match heard {
                Heard::All => true,
                Heard::Custom => self.admits(HEARD, role, Table::Note, key),
                // Those who see it there are counted already.
                Heard::Guarded => false,
            };
            for key in self.rows(Table::Note).keys().filter(|key| is_heard(**key)) {
                self.show(scheme, "NoteSerializer", *key, &mut found);
            }
        }
        found
    }

    /// The texts that a serializer shows of a row.
    fn show<'a>(&'a self, scheme: &Scheme, serializer: &str, key: i64, found: &mut BTreeSet<&'a str>) {
        let mut texts =
            |table: Table, key: i64, columns: &[&str]| {
                let values = columns.iter().filter_map(|column| self.value(table, key, column));
                found.extend(values.filter_map(|value| {
                    if let Value::Text(text) = value { Some(text.as_str()) } else { None }
                }));
            };
        let related = |table: Table, column: &str| match self.value(table, key, column) {
            Some(Value::Integer(key)) => Some(*key),
            _ => None,
        };
        match serializer {
            "PersonSerializer" => texts(Table::Person, key, &["name"]),
            "LabelSerializer" => texts(Table::Label, key, &["name"]),
            "NoteSerializer" => texts(Table::Note, key, &["text"]),
            "NoteCardSerializer" => {
                texts(Table::Note, key, &["text"]);
                if let (1.., Some(doc)) = (scheme.depth, related(Table::Note, "doc")) {
                    texts(Table::Doc, doc, &["title", "body"]);
                }
            }
            "CardSerializer" => {
                texts(Table::Doc, key, &["title"]);
                if let (1.., Some(owner)) = (scheme.depth, related(Table::Doc, "owner")) {
                    texts(Table::Person, owner, &["name"]);
                }
            }
            "DocSerializer" => {
                texts(Table::Doc, key, &["title", "body"]);
                if let (true, Some(reviewer)) = (scheme.reviewer.is_shown(), related(Table::Doc, "reviewer"))
                {
                    texts(Table::Person, reviewer, &["name"]);
                }
                if scheme.notes.is_shown() {
                    let notes = self.rows(Table::Note).keys();
                    for note in notes
                        .filter(|note| self.value(Table::Note, **note, "doc") == Some(&Value::Integer(key)))
                    {
                        texts(Table::Note, *note, &["text"]);
                    }
                }
            }
            other => panic!("the judge does not know {other}"),
        }
    }

    /// Whether somebody may have changed a row, so that it came to another state: one that a consumer which writes shows
    /// them, or one that is written with such a row.
    pub fn may_write(
        &self,
        after: &Self,
        scheme: &Scheme,
        staff: &Staff,
        role: Role,
        (table, key): (Table, i64),
    ) -> bool {
        let shows = |writes: bool, table: Table, key: i64| {
            let mut consumers = scheme.consumers.iter().filter(|served| served.table == table);
            consumers.any(|served| (!writes || served.writes) && self.is_visible(served, staff, role, key))
        };
        let doc = || match self.value(table, key, "doc") {
            Some(Value::Integer(doc)) => Some(*doc),
            _ => None,
        };
        shows(true, table, key)
            || match table {
                Table::Note => doc().is_some_and(|doc| {
                    // It goes with its doc, or with the list that a payload replaces.
                    let goes = !after.rows(Table::Doc).contains_key(&doc);
                    (goes || scheme.notes == Nested::Open) && shows(true, Table::Doc, doc)
                }),
                Table::Person if scheme.reviewer == Nested::Guarded => shows(false, table, key),
                _ => false,
            }
    }

    /// Whether somebody sees a person.
    pub fn knows(&self, scheme: &Scheme, staff: &Staff, role: Role, person: i64) -> bool {
        self.is_visible(scheme.served("people"), staff, role, person)
    }
}

/// A key.
///
/// # Panics
/// If it is none.
pub fn integer(value: &Value) -> i64 {
    match value {
        Value::Integer(number) => *number,
        other => panic!("{other:?} is not a key"),
    }
}
