//! A world and the cases in it: data, so that they can be made smaller and shown.

use dcrf_oracle::definition::{Definition, FieldPath};
use dcrf_oracle::rows::{Row, Rows};
use dcrf_oracle::values::Value;
use dcrf_oracle::wire::Framing;
use serde_json::{Map, Value as Json, json};

/// A definition, its rows, what is asked about them, and what is done to them.
#[derive(Debug, Clone)]
pub struct World {
    /// What it was made of.
    pub seed: u64,
    /// The definition.
    pub definition: Definition,
    /// How frames travel.
    pub framing: Framing,
    /// The rows there are when lists are asked for.
    pub rows: Rows,
    /// What is done while subscriptions are there. The last, where there are any, makes a row that everybody hears of: what
    /// came before has been told then.
    pub writes: Vec<Write>,
    /// The cases, by their numbers.
    pub cases: Vec<(usize, Case)>,
}

/// What is done to rows of the first model.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// A row is made.
    Create(Row),
    /// Some columns of a row are changed.
    Patch {
        /// Which row.
        row: usize,
        /// Columns and their new values.
        changes: Vec<(usize, Value)>,
    },
    /// A row is deleted.
    Delete {
        /// Which row.
        row: usize,
    },
}

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// What rows must have, all of it.
    pub filter: Vec<Term>,
    /// What is searched for.
    pub search: Option<String>,
    /// The order, and whether descending.
    pub order: Vec<(FieldPath, bool)>,
    /// In which form the list is asked for, beside as a whole.
    pub form: Form,
    /// A queryset.
    pub queryset: Option<Tree>,
    /// Whether somebody with the queryset subscribes.
    pub sight: bool,
}

/// The form of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As a whole only.
    Whole,
    /// A page.
    Page {
        /// Rows of it.
        limit: usize,
        /// Rows before it.
        offset: usize,
    },
    /// All pages by cursor, there and back.
    Cursor {
        /// Rows of a page.
        limit: usize,
    },
    /// All pages as a stream.
    Streamed {
        /// Rows of a page.
        limit: usize,
        /// Rows before the first.
        offset: usize,
    },
}

/// What one column must have.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// Which column.
    pub reach: FieldPath,
    /// How it is compared.
    pub lookup: Lookup,
    /// With what.
    pub values: Vec<Value>,
    /// The values as the frame spells them.
    pub spelled: Vec<Json>,
    /// Whether the frame says `__eq`.
    pub explicit: bool,
}

/// How a column is compared, by a client or in a queryset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    Eq,
    /// Of querysets alone.
    Ne,
    In,
    Lt,
    Lte,
    Gt,
    Gte,
    Contains,
    StartsWith,
    /// With a boolean; in a queryset without: it is null.
    IsNull,
    /// Of clients alone.
    Range,
}

impl Lookup {
    /// Whether it asks what is less.
    pub const fn is_ordering(self) -> bool {
        matches!(self, Self::Lt | Self::Lte | Self::Gt | Self::Gte | Self::Range)
    }
}

/// A queryset, about rows of the model that it stands at.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    All(Vec<Tree>),
    Any(Vec<Tree>),
    Not(Box<Tree>),
    Compare {
        column: usize,
        lookup: Lookup,
        values: Vec<Value>,
    },
    /// The row that a foreign key names is there and has something.
    Related {
        column: usize,
        tree: Box<Tree>,
    },
    /// The same, but where there is none, one of nulls stands for it.
    Outer {
        column: usize,
        tree: Box<Tree>,
    },
}

impl Lookup {
    /// Its name in a filter.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::In => "in",
            Self::Lt => "lt",
            Self::Lte => "lte",
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::Contains => "contains",
            Self::StartsWith => "starts_with",
            Self::IsNull => "isnull",
            Self::Range => "range",
        }
    }
}

impl Term {
    /// The entry of a frame's `filter`.
    fn entry(&self, definition: &Definition) -> (String, Json) {
        let name = definition.spelled(&self.reach);
        let plain = self.lookup == Lookup::Eq && !self.explicit;
        let name = if plain { name } else { format!("{name}__{}", self.lookup.name()) };
        let many = matches!(self.lookup, Lookup::In | Lookup::Range);
        let value = if many { Json::Array(self.spelled.clone()) } else { self.spelled[0].clone() };
        (name, value)
    }
}

impl Case {
    /// `filter`
    pub fn filter(&self, definition: &Definition) -> Json {
        Json::Object(self.filter.iter().map(|term| term.entry(definition)).collect::<Map<_, _>>())
    }

    /// The queryset of somebody who subscribes under it, and hears of one row besides.
    pub fn sight(&self, last: &Row) -> Option<Tree> {
        let tree = self.queryset.clone().filter(|_| self.sight)?;
        let last = Tree::Compare { column: 0, lookup: Lookup::Eq, values: vec![last[0].clone()] };
        Some(Tree::Any(vec![tree, last]))
    }

    /// Whether everything that the filter asks for is in the row itself, so that events can be judged by it.
    pub fn is_own(&self) -> bool {
        self.filter.iter().all(|term| term.reach.path.is_empty())
    }

    /// The arguments of a list, but for the part of it.
    pub fn arguments(&self, definition: &Definition) -> Json {
        let mut arguments = json!({});
        if !self.filter.is_empty() {
            arguments["filter"] = self.filter(definition);
        }
        if let Some(search) = &self.search {
            arguments["search"] = json!(search);
        }
        if !self.order.is_empty() {
            arguments["order_by"] = json!(spelled(definition, &self.order));
        }
        arguments
    }
}

/// The names of an order, as clients write them.
pub fn spelled(definition: &Definition, order: &[(FieldPath, bool)]) -> Vec<String> {
    let name = |(reach, descending): &(FieldPath, bool)| {
        format!("{}{}", if *descending { "-" } else { "" }, definition.spelled(reach))
    };
    order.iter().map(name).collect()
}

impl Write {
    /// The row that is there before.
    pub const fn row(&self) -> Option<usize> {
        match self {
            Self::Create(_) => None,
            Self::Patch { row, .. } | Self::Delete { row } => Some(*row),
        }
    }
}

impl World {
    /// The row that is made last.
    pub fn last(&self) -> Option<&Row> {
        match self.writes.last()? {
            Write::Create(row) => Some(row),
            Write::Patch { .. } | Write::Delete { .. } => None,
        }
    }

    /// The row that a case looks for under its queryset.
    pub fn row_of(&self, case: usize) -> Option<&Row> {
        let rows: Vec<&Row> = self.rows.tables[0].iter().flatten().collect();
        (!rows.is_empty()).then(|| rows[case % rows.len()])
    }

    /// Visits every place where a case names a column: the model and the column.
    fn visit(&mut self, definition: &Definition, visitor: &mut dyn FnMut(usize, &mut usize)) {
        for (_, case) in &mut self.cases {
            let reaches = case.filter.iter_mut().map(|term| &mut term.reach);
            for reach in reaches.chain(case.order.iter_mut().map(|(reach, _)| reach)) {
                let mut model = 0;
                for step in &mut reach.path {
                    let next = target(definition, model, *step);
                    visitor(model, step);
                    model = next;
                }
                visitor(model, &mut reach.column);
            }
            if let Some(tree) = &mut case.queryset {
                tree.visit(definition, 0, visitor);
            }
        }
    }

    /// Whether a case names a column.
    pub fn names(&self, model: usize, column: usize) -> bool {
        let mut found = false;
        self.clone().visit(&self.definition, &mut |own, named| found |= (own, *named) == (model, column));
        found
    }

    /// The same world with the positions of columns behind one that has gone, by the definition that had it.
    pub fn shift(&mut self, before: &Definition, model: usize, gone: usize) {
        self.visit(before, &mut |own, named| {
            if own == model && *named > gone {
                *named -= 1;
            }
        });
    }
}

impl Tree {
    fn visit(&mut self, definition: &Definition, model: usize, visitor: &mut dyn FnMut(usize, &mut usize)) {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                parts.iter_mut().for_each(|part| part.visit(definition, model, visitor));
            }
            Self::Not(part) => part.visit(definition, model, visitor),
            Self::Compare { column, .. } => visitor(model, column),
            Self::Related { column, tree } | Self::Outer { column, tree } => {
                tree.visit(definition, target(definition, model, *column), visitor);
                visitor(model, column);
            }
        }
    }
}

/// The model that a foreign key leads to.
fn target(definition: &Definition, model: usize, column: usize) -> usize {
    let target = definition.models[model].columns[column].kind.target();
    target.and_then(|name| definition.model_position(name)).expect("a foreign key")
}
