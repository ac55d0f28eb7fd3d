//! The losses and impossible changes of an evolution, as diagnostics.

use super::lineage::{Lineage, Part, Why, is_between};
use super::resemblance::{self, Thing};
use super::schema::{Schema, Table};
use super::trace;
use super::wanted::{Wanted, WantedTable};
use crate::diag::{Code, Diagnostic, Severity, Sink, nearest, quote};
use crate::ir::{Api, ModelId};
use crate::resolve::Places;
use crate::source::Span;

/// The diagnostics that the user may allow, which are then warnings.
pub const ANSWERABLE: [Code; 8] = [
    Code::DropTable,
    Code::DropColumn,
    Code::PossibleRename,
    Code::AdoptTable,
    Code::RetypeColumn,
    Code::RequiredColumn,
    Code::NarrowedEnum,
    Code::UniqueRows,
];

/// The parts of an evolution that are checked for losses and impossible changes.
pub struct Refusals<'a> {
    pub(super) api: &'a Api,
    pub(super) places: &'a Places,
    pub(super) old: &'a Schema,
    /// The former tables; those that are not managed are last.
    pub(super) known: &'a [&'a Table],
    pub(super) wanted: &'a Wanted,
    pub(super) lineage: &'a Lineage,
    pub(super) allowed: &'a [Code],
    pub(super) sink: &'a Sink,
}

impl Refusals<'_> {
    /// Reports everything. Returns whether something was refused.
    pub fn report(&self) -> bool {
        let mut found: Vec<Diagnostic> = Vec::new();
        self.misnamed(&mut found);
        self.gone_tables(&mut found);
        for at in 0..self.wanted.tables.len() {
            self.gone_columns(at, &mut found);
        }
        self.adopted(&mut found);
        self.hazards(&mut found);
        let mut refused = false;
        for mut diagnostic in found {
            if self.allowed.contains(&diagnostic.code) && ANSWERABLE.contains(&diagnostic.code) {
                diagnostic.severity = Severity::Warning;
                diagnostic.help.clear();
            }
            refused |= diagnostic.severity == Severity::Error;
            self.sink.push(diagnostic);
        }
        refused
    }

    fn misnamed(&self, found: &mut Vec<Diagnostic>) {
        for misnamed in &self.lineage.misnamed {
            let (span, was) = self.former_name(misnamed.part);
            found.push(match &misnamed.why {
                Why::Unknown { near } => {
                    let message = format!("the last run did not have {}", quote(was));
                    Diagnostic::error(Code::UnknownFormerName, span, message).suggest(near.as_deref()).help(
                        "`x-was` names what a migration renames; remove it from a new model or property",
                    )
                }
                Why::Taken { by } => {
                    let (_, name) = self.named(*by);
                    let message = format!("{} cannot be continued by two models or properties", quote(was));
                    let diagnostic = Diagnostic::error(Code::TakenFormerName, span, message)
                        .related(self.span(*by), format!("{} continues it", quote(name)));
                    match self.former_name(*by).1 {
                        "" => diagnostic.help("if that is new, generate once without it, and then add it"),
                        _ => diagnostic,
                    }
                }
            });
        }
    }

    /// Returns the place and the text of the former name that a part gives.
    fn former_name(&self, part: Part) -> (Span, &str) {
        let table = |at: usize| (&self.wanted.tables[at], &self.wanted.tables[at].table);
        match part {
            Part::Table(at) => {
                let (wanted, table) = table(at);
                let was = table.was.as_deref().unwrap_or_default();
                match &table.relation {
                    Some(relation) => (self.places.former_property(wanted.model, relation), was),
                    None => (self.places.former_model(wanted.model), was),
                }
            }
            Part::Column(at, column) => {
                let (wanted, table) = table(at);
                let column = &table.columns[column];
                let span = self.places.former_property(wanted.model, column.wire());
                (span, column.was.as_deref().unwrap_or_default())
            }
        }
    }

    /// Returns the model and the name of a part.
    fn named(&self, part: Part) -> (ModelId, &str) {
        let (Part::Table(at) | Part::Column(at, _)) = part;
        let WantedTable { table, model, .. } = &self.wanted.tables[at];
        match part {
            Part::Table(_) => (*model, table.wire()),
            Part::Column(_, column) => (*model, table.columns[column].wire()),
        }
    }

    fn span(&self, part: Part) -> Span {
        let (model, name) = self.named(part);
        match part {
            Part::Table(at) if self.wanted.tables[at].target.is_none() => self.places.model(model),
            _ => self.places.property(model, name),
        }
    }

    fn gone_tables(&self, found: &mut Vec<Diagnostic>) {
        let heirs = self.lineage.heirs(self.known.len());
        let ours = self.old.tables.len();
        let mut gone: Vec<usize> = (0..ours).filter(|at| heirs[*at].is_none()).collect();
        let models = || self.known.iter().map(|table| (table.relation.is_none(), *table));
        let names: Vec<(Option<&str>, &str)> = models()
            .map(|(model, table)| (table.model.as_deref().filter(|_| model), table.name.as_str()))
            .collect();
        for name in &self.api.dropped {
            match trace::find(&names, name) {
                Some(at) if at < ours && heirs[at].is_none() => gone.retain(|other| *other != at),
                Some(at) => {
                    found.push(self.not_gone(self.places.gone_model(name), name, heirs[at].map(Part::Table)))
                }
                None if self.old.dropped.contains(name) => {}
                None => {
                    let near = nearest(name, names.iter().map(|(wire, db)| wire.unwrap_or(db)));
                    found.push(never_there(self.places.gone_model(name), name, near));
                }
            }
        }
        let answered: Vec<&Table> = (0..ours)
            .filter(|at| heirs[*at].is_none() && !gone.contains(at))
            .map(|at| self.known[at])
            .collect();
        // The relations of a model are dropped together with it.
        let owner_goes = |table: &Table| {
            let owner = |other: &&Table| {
                other.relation.is_none() && other.model.is_some() && other.model == table.model
            };
            let goes = answered.iter().copied().chain(gone.iter().map(|at| self.known[*at]));
            table.relation.is_some() && goes.filter(|other| owner(other)).count() > 0
        };
        let left: Vec<usize> = gone.iter().copied().filter(|at| !owner_goes(self.known[*at])).collect();
        self.gone_models(&left, found);
        self.gone_relations(&left, &heirs, found);
    }

    fn gone_models(&self, gone: &[usize], found: &mut Vec<Diagnostic>) {
        let gone: Vec<&Table> =
            gone.iter().map(|at| self.known[*at]).filter(|table| table.relation.is_none()).collect();
        let is_new = |(at, wanted): &(usize, &WantedTable)| {
            wanted.managed && wanted.target.is_none() && self.lineage.tables[*at].is_none()
        };
        let new: Vec<&WantedTable> =
            self.wanted.tables.iter().enumerate().filter(is_new).map(|(_, wanted)| wanted).collect();
        let pairs = resemblance::pairs(
            &gone.iter().map(|table| Thing::of_table(table)).collect::<Vec<_>>(),
            &new.iter().map(|wanted| Thing::of_table(&wanted.table)).collect::<Vec<_>>(),
        );
        for (table, pair) in gone.iter().zip(pairs) {
            let name = table.wire();
            found.push(match pair {
                Some(new_at) => {
                    let new = new[new_at];
                    let span = self.places.model(new.model);
                    let help = format!("to drop its rows, add `\"{name}\": {{ \"x-drop\": true }}` to the models");
                    possible_rename(span, new.table.wire(), name, &help)
                }
                None => {
                    let message = format!("the table {} would be dropped, with its rows", quote(&table.name));
                    Diagnostic::error(Code::DropTable, self.places.models(), message)
                        .label(format!("there is no {} here any more", quote(name)))
                        .help(format!("if it was renamed, add `\"x-was\": \"{name}\"` to the renamed model"))
                        .help(format!(
                            "to drop its rows, add `\"{name}\": {{ \"x-drop\": true }}` here, or run with `--allow {}`",
                            Code::DropTable
                        ))
                }
            });
        }
    }

    fn gone_relations(&self, gone: &[usize], heirs: &[Option<usize>], found: &mut Vec<Diagnostic>) {
        for table in gone.iter().map(|at| self.known[*at]) {
            let Some(relation) = &table.relation else { continue };
            let owner =
                self.known.iter().position(|other| other.relation.is_none() && other.model == table.model);
            let Some(model) = owner.and_then(|at| heirs[at]).map(|at| self.wanted.tables[at].model) else {
                continue;
            };
            if self.api.models[model].dropped.contains(relation) {
                continue;
            }
            let target = is_between(table).then(|| table.columns[2].references.as_ref()).flatten();
            let other = self.wanted.tables.iter().enumerate().find(|(at, wanted)| {
                let now = wanted.target.and_then(|target| self.lineage.tables[target.index()]);
                let same = now.is_some_and(|at| target.is_some_and(|was| was.table == self.known[at].name));
                wanted.model == model && wanted.managed && self.lineage.tables[*at].is_none() && same
            });
            let help = format!("to drop its links, add `\"{relation}\": {{ \"x-drop\": true }}` there");
            found.push(match other {
                Some((_, wanted)) => {
                    let name = wanted.table.wire();
                    possible_rename(self.places.property(model, name), name, relation, &help)
                }
                None => {
                    let message =
                        format!("the table {} would be dropped, with its links", quote(&table.name));
                    self.gone_property(Code::DropTable, model, relation, message)
                }
            });
        }
    }

    fn gone_columns(&self, at: usize, found: &mut Vec<Diagnostic>) {
        let WantedTable { table, model, target, managed, .. } = &self.wanted.tables[at];
        let said = if target.is_none() { self.api.models[*model].dropped.as_slice() } else { &[] };
        let Some(from) = self.lineage.tables[at].map(|from| self.known[from]).filter(|_| *managed) else {
            let never = said.iter().filter(|_| self.lineage.tables[at].is_none() && *managed);
            found.extend(never.map(|name| never_there(self.places.property(*model, name), name, None)));
            return;
        };
        let columns = &self.lineage.columns[at];
        let heir = |old: usize| columns.iter().position(|from| *from == Some(old));
        let mut gone: Vec<usize> = (0..from.columns.len()).filter(|old| heir(*old).is_none()).collect();
        let nameless = from.is_nameless();
        let names: Vec<(Option<&str>, &str)> = from
            .columns
            .iter()
            .map(|column| (Some(column.wire()).filter(|_| !nameless), column.name.as_str()))
            .collect();
        let relation = |name: &String| {
            let same = |other: &&Table| other.model == from.model && other.relation.as_ref() == Some(name);
            self.known.iter().position(same)
        };
        for name in said {
            let place = self.places.property(*model, name);
            let now = match (trace::find(&names, name), relation(name)) {
                (Some(old), _) => match heir(old) {
                    Some(now) => Some(Part::Column(at, now)),
                    None => {
                        gone.retain(|other| *other != old);
                        None
                    }
                },
                (None, Some(old)) => {
                    self.lineage.tables.iter().position(|from| *from == Some(old)).map(Part::Table)
                }
                (None, None) if from.dropped.contains(name) => None,
                (None, None) => {
                    let near = nearest(name, names.iter().map(|(wire, db)| wire.unwrap_or(db)));
                    found.push(never_there(place, name, near));
                    None
                }
            };
            found.extend(now.map(|now| self.not_gone(place, name, Some(now))));
        }
        let new: Vec<usize> = (0..columns.len()).filter(|new| columns[*new].is_none()).collect();
        let pairs = resemblance::pairs(
            &gone.iter().map(|old| Thing::of_column(&from.columns[*old])).collect::<Vec<_>>(),
            &new.iter().map(|new| Thing::of_column(&table.columns[*new])).collect::<Vec<_>>(),
        );
        for (old, pair) in gone.iter().zip(pairs) {
            let (column, name) = (&from.columns[*old], from.columns[*old].wire());
            found.push(match pair {
                Some(pair) => {
                    let now = table.columns[new[pair]].wire();
                    let help =
                        format!("to drop its values, add `\"{name}\": {{ \"x-drop\": true }}` beside it");
                    possible_rename(self.places.property(*model, now), now, name, &help)
                }
                None => {
                    let message =
                        format!("the column {} would be dropped, with its values", quote(&column.name));
                    self.gone_property(Code::DropColumn, *model, name, message)
                }
            });
        }
    }

    /// Reports a dropped property. It has no place in the definition any more, so the place of its model is used.
    fn gone_property(&self, code: Code, model: ModelId, name: &str, message: String) -> Diagnostic {
        let span = self.places.property(model, name);
        let is_else = span != self.places.model(model);
        let label = if is_else {
            "the property has another kind now".to_owned()
        } else {
            format!("there is no property {} here any more", quote(name))
        };
        let diagnostic = Diagnostic::error(code, span, message).label(label);
        if is_else {
            return diagnostic.help(format!("to drop it, run with `--allow {code}`"));
        }
        diagnostic
            .help(format!("if it was renamed, add `\"x-was\": \"{name}\"` to the renamed property"))
            .help(format!(
                "to drop it, add `\"{name}\": {{ \"x-drop\": true }}` to the properties, or run with `--allow {code}`"
            ))
    }

    /// Reports something that `x-drop` names, but that still exists.
    fn not_gone(&self, span: Span, name: &str, heir: Option<Part>) -> Diagnostic {
        let message = format!("{} still exists", quote(name));
        let diagnostic = Diagnostic::error(Code::TakenFormerName, span, message);
        match heir {
            Some(heir) => {
                diagnostic.related(self.span(heir), format!("{} continues it", quote(self.named(heir).1)))
            }
            None => diagnostic.help("its table is not managed (`x-managed`): migrations do not drop it"),
        }
    }

    /// Reports unmanaged tables that migrations make and change from now on.
    fn adopted(&self, found: &mut Vec<Diagnostic>) {
        for (wanted, from) in self.wanted.tables.iter().zip(&self.lineage.tables) {
            let name = &wanted.table.name;
            if !wanted.managed || from.is_some() || !self.old.unmanaged.contains(name) {
                continue;
            }
            let message =
                format!("the table {} was not managed, and a migration would create it", quote(name));
            let help = format!(
                "run with `--allow {}`: if the table exists, it must match the definition; otherwise the migration \
                 creates it",
                Code::AdoptTable
            );
            let span = match &wanted.table.relation {
                Some(relation) => self.places.property(wanted.model, relation),
                None => self.places.managed(wanted.model),
            };
            found.push(Diagnostic::error(Code::AdoptTable, span, message).help(help));
        }
    }
}

fn possible_rename(span: Span, new: &str, gone: &str, help: &str) -> Diagnostic {
    let message = format!("{} is new and {} is gone: was it renamed?", quote(new), quote(gone));
    Diagnostic::error(Code::PossibleRename, span, message)
        .help(format!("if so, add `\"x-was\": \"{gone}\"` to it"))
        .help(format!("{help}, or run with `--allow {}`", Code::PossibleRename))
}

fn never_there(span: Span, name: &str, near: Option<&str>) -> Diagnostic {
    let message = format!("the last run did not have {}", quote(name));
    Diagnostic::error(Code::UnknownFormerName, span, message)
        .suggest(near)
        .help("`x-drop` names what a migration drops; remove it")
}
