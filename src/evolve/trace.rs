//! Traces which former thing each thing of the definition continues: tables, relations or columns.
//!
//! A thing with a former name (`x-was`) continues the thing that had exactly this name: two that name each other are
//! swapped, and in a chain each takes the place of the next. A thing without one continues the former thing with its
//! own name. A former name that has been applied may stay in the definition for a while and has no effect, because the
//! last run recorded it.

use std::collections::HashMap;

use crate::diag::nearest;
use crate::ir::Name;

/// A former thing.
#[derive(Debug)]
pub struct Old<'a> {
    /// The name in the definition. `None`: only its name in the database is known.
    pub wire: Option<&'a str>,
    /// The name in the database.
    pub db: &'a str,
    /// Whether the name in the database was derived from that in the definition, by the rules for names.
    pub derived: bool,
    /// The former name that the last run found in the definition.
    pub was: Option<&'a str>,
    /// All earlier names.
    pub former: &'a [String],
}

/// A thing that the definition asks for.
#[derive(Debug)]
pub struct New<'a> {
    /// The name in the definition.
    pub wire: &'a str,
    /// The name in the database.
    pub db: &'a str,
    /// The former name.
    pub was: Option<&'a str>,
}

/// The result: which thing continues which.
#[derive(Debug, Default)]
pub struct Trace {
    /// For each new thing the position of the former one; `None` if it is new.
    pub from: Vec<Option<usize>>,
    /// The former names that are invalid.
    pub faults: Vec<Fault>,
}

/// A former name that is invalid.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing has or had this name.
    Unknown {
        /// The position of the new thing that gives the name.
        new: usize,
        /// The most similar name.
        near: Option<String>,
    },
    /// Another new thing already continues the one with this name.
    Taken {
        /// The position of the new thing that gives the name.
        new: usize,
        /// The position of the new thing that continues it.
        by: usize,
    },
}

impl Old<'_> {
    /// Tells whether the last run found this former name, too.
    fn obeyed(&self, was: &str) -> bool {
        self.was.is_some_and(|obeyed| obeyed == was || self.wire.is_none() && is_made_from(obeyed, was))
    }

    fn had(&self, name: &str) -> bool {
        self.former.iter().any(|former| former == name)
    }
}

/// Tells whether a name in the database follows from a name of the definition, also as that of a foreign key.
fn is_made_from(db: &str, name: &str) -> bool {
    let snake = Name::parse(name).snake();
    db == name || db == snake || db.strip_suffix("_id").is_some_and(|db| db == snake)
}

/// Returns the position of a name among things that have a name in the definition, or only one in the database.
pub fn find(names: &[(Option<&str>, &str)], name: &str) -> Option<usize> {
    let same = names.iter().position(|(wire, _)| *wire == Some(name));
    same.or_else(|| names.iter().position(|(wire, db)| wire.is_none() && is_made_from(db, name)))
}

/// Traces which new thing continues which former one.
pub fn trace(old: &[Old<'_>], new: &[New<'_>]) -> Trace {
    let index = Index::of(old);
    let mut this = Trace { from: vec![None; new.len()], faults: Vec::new() };
    // For each former thing the new one that continues it.
    let mut claims: HashMap<usize, usize> = HashMap::new();
    let mut own_name: Vec<usize> = Vec::new();
    for (at, wanted) in new.iter().enumerate() {
        let own = index.called(old, wanted.wire);
        let Some(was) = wanted.was else {
            own_name.push(at);
            continue;
        };
        let same = own.or_else(|| index.in_database(wanted.db));
        if same.is_some_and(|same| old[same].obeyed(was)) {
            own_name.push(at);
        } else if let Some(found) = index.called(old, was).or_else(|| index.in_database(was)) {
            claim(&mut this, &mut claims, at, found);
        } else if own.is_some_and(|own| old[own].had(was)) {
            own_name.push(at);
        } else if let Some(found) = old.iter().position(|old| old.had(was)) {
            claim(&mut this, &mut claims, at, found);
        } else {
            let names = old.iter().map(|old| old.wire.unwrap_or(old.db));
            let near = nearest(was, names).map(str::to_owned);
            this.faults.push(Fault::Unknown { new: at, near });
            own_name.push(at);
        }
    }
    let mut left = Vec::new();
    for at in own_name {
        match index.called(old, new[at].wire) {
            Some(own) => match claims.get(&own) {
                Some(by) => this.faults.push(Fault::Taken { new: *by, by: at }),
                None => {
                    this.from[at] = Some(own);
                    claims.insert(own, at);
                }
            },
            None => left.push(at),
        }
    }
    for at in left {
        if let Some(found) = index.in_database(new[at].db).filter(|found| !claims.contains_key(found)) {
            this.from[at] = Some(found);
            claims.insert(found, at);
        }
    }
    this
}

fn claim(this: &mut Trace, claims: &mut HashMap<usize, usize>, at: usize, found: usize) {
    match claims.get(&found) {
        Some(by) => this.faults.push(Fault::Taken { new: at, by: *by }),
        None => {
            this.from[at] = Some(found);
            claims.insert(found, at);
        }
    }
}

/// The former things by their names.
struct Index<'a> {
    wire: HashMap<&'a str, usize>,
    db: HashMap<&'a str, usize>,
    /// Whether only the names in the database are known of some things.
    nameless: bool,
}

impl<'a> Index<'a> {
    fn of(old: &[Old<'a>]) -> Self {
        let wires = old.iter().enumerate().filter_map(|(at, old)| Some((old.wire?, at)));
        Self {
            wire: wires.collect(),
            db: old.iter().enumerate().map(|(at, old)| (old.db, at)).collect(),
            nameless: old.iter().any(|old| old.wire.is_none()),
        }
    }

    fn called(&self, old: &[Old<'_>], name: &str) -> Option<usize> {
        if let Some(found) = self.wire.get(name) {
            return Some(*found);
        }
        let snake = if self.nameless { Name::parse(name).snake() } else { return None };
        let candidates = [name.to_owned(), format!("{snake}_id"), snake];
        let mut found = candidates.iter().filter_map(|db| self.in_database(db));
        found.find(|at| old[*at].wire.is_none() && old[*at].derived)
    }

    fn in_database(&self, name: &str) -> Option<usize> {
        self.db.get(name).copied()
    }
}

#[cfg(test)]
mod tests;
