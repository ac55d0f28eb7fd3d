//! Smaller worlds: the ways to take something away from one that fails.

use dcrf_oracle::rows::Rows;
use dcrf_oracle::shrink::Step;
use dcrf_oracle::values::Value;

use super::case::{Case, Form, Tree, World, Write};

/// A world with one case, or with none.
pub fn alone(world: &World, case: Option<usize>) -> World {
    let cases = world.cases.iter().filter(|(number, _)| Some(*number) == case).cloned().collect();
    World { cases, ..world.clone() }
}

/// The ways to make a world smaller.
pub fn steps(world: &World) -> Vec<Step<World>> {
    let mut steps: Vec<Step<World>> = Vec::new();
    let rows = world.rows.tables[0].len();
    for count in [rows / 2, rows / 4] {
        if count > 1 {
            for start in (0..rows).step_by(count) {
                steps.push(Box::new(move |world| without_rows(world, 0, start..(start + count))));
            }
        }
    }
    steps.push(Box::new(|world| {
        (!world.writes.is_empty()).then(|| World { writes: Vec::new(), ..world.clone() })
    }));
    for index in (0..world.writes.len()).rev() {
        steps.push(Box::new(move |world| without_write(world, index)));
    }
    for (table, rows) in world.rows.tables.iter().enumerate() {
        for row in (0..rows.len()).rev() {
            steps.push(Box::new(move |world| without_rows(world, table, row..row + 1)));
        }
    }
    if !world.cases.is_empty() {
        steps.extend(cases(world));
    }
    for model in 0..world.definition.models.len() {
        for column in 1..world.definition.models[model].columns.len() {
            steps.push(Box::new(move |world| without_column(world, model, column)));
            steps.push(Box::new(move |world| plainer(world, model, column)));
        }
    }
    steps.push(Box::new(|world| {
        let mut less = world.clone();
        less.definition.ordering.clear();
        (less.definition != world.definition).then_some(less)
    }));
    for model in (1..world.definition.models.len()).rev() {
        steps.push(Box::new(move |world| without_model(world, model)));
    }
    steps
}

/// The ways to make the first case smaller.
fn cases(world: &World) -> Vec<Step<World>> {
    fn change(change: impl Fn(&Case) -> Option<Case> + 'static) -> Step<World> {
        Box::new(move |world| {
            let mut less = world.clone();
            less.cases[0].1 = change(&world.cases[0].1)?;
            Some(less)
        })
    }
    let case = &world.cases[0].1;
    let mut steps = vec![
        change(|case| case.search.is_some().then(|| Case { search: None, ..case.clone() })),
        change(|case| case.queryset.is_some().then(|| Case { queryset: None, ..case.clone() })),
        change(|case| (case.form != Form::Whole).then(|| Case { form: Form::Whole, ..case.clone() })),
    ];
    for index in 0..case.filter.len() {
        steps.push(change(move |case| {
            let mut less = case.clone();
            less.filter.remove(index);
            Some(less)
        }));
        for value in 0..case.filter[index].values.len() {
            steps.push(change(move |case| {
                let mut less = case.clone();
                let term = &mut less.filter[index];
                (term.lookup == super::case::Lookup::In)
                    .then(|| (term.values.remove(value), term.spelled.remove(value)))?;
                Some(less)
            }));
        }
    }
    for index in 0..case.order.len() {
        steps.push(change(move |case| {
            let mut less = case.clone();
            less.order.remove(index);
            Some(less)
        }));
    }
    let trees = case.queryset.as_ref().map_or(0, |tree| smaller_trees(tree).len());
    for index in 0..trees {
        steps.push(change(move |case| {
            let queryset = smaller_trees(case.queryset.as_ref()?).get(index).cloned();
            Some(Case { queryset: Some(queryset?), ..case.clone() })
        }));
    }
    steps
}

/// Querysets with something taken away.
fn smaller_trees(tree: &Tree) -> Vec<Tree> {
    let inside = |parts: &Vec<Tree>, whole: fn(Vec<Tree>) -> Tree| {
        let mut found = parts.clone();
        for index in 0..parts.len() {
            let mut less = parts.clone();
            less.remove(index);
            found.push(whole(less));
            for part in smaller_trees(&parts[index]) {
                let mut less = parts.clone();
                less[index] = part;
                found.push(whole(less));
            }
        }
        found
    };
    match tree {
        Tree::All(parts) => inside(parts, Tree::All),
        Tree::Any(parts) => inside(parts, Tree::Any),
        Tree::Not(part) => {
            let inner = smaller_trees(part).into_iter().map(|part| Tree::Not(Box::new(part)));
            std::iter::once((**part).clone()).chain(inner).collect()
        }
        Tree::Related { column, tree } => {
            let whole = |tree| Tree::Related { column: *column, tree: Box::new(tree) };
            smaller_trees(tree).into_iter().map(whole).collect()
        }
        Tree::Outer { column, tree } => {
            let whole = |tree| Tree::Outer { column: *column, tree: Box::new(tree) };
            smaller_trees(tree).into_iter().map(whole).collect()
        }
        Tree::Compare { .. } => Vec::new(),
    }
}

/// Without rows that nobody refers to; the numbers of those behind them, which the database gives, are others then.
fn without_rows(world: &World, table: usize, range: std::ops::Range<usize>) -> Option<World> {
    let mut less = world.clone();
    for row in range.rev() {
        if row >= less.rows.tables[table].len() || less.rows.is_referred_to(&world.definition, table, row) {
            return None;
        }
        if table == 0 && less.writes.iter().any(|write| write.row() == Some(row)) {
            return None;
        }
        less.rows.tables[table].remove(row);
        renumber(&mut less, table, row);
    }
    Some(less)
}

/// After a row has gone: the positions and numbers behind it are one less.
fn renumber(world: &mut World, table: usize, gone: usize) {
    let model = &world.definition.models[table];
    let (name, numbered) = (model.name.clone(), model.is_numbered());
    if table == 0 {
        for write in &mut world.writes {
            if let Write::Patch { row, .. } | Write::Delete { row } = write
                && *row > gone
            {
                *row -= 1;
            }
        }
    }
    if !numbered {
        return;
    }
    let down = |value: &mut Value| {
        if let Value::Integer(number) = value
            && usize::try_from(*number).is_ok_and(|number| number > gone + 1)
        {
            *number -= 1;
        }
    };
    let holds = |model: &dcrf_oracle::definition::Model, own: bool| -> Vec<usize> {
        let columns = model.columns.iter().enumerate();
        let refers = columns.filter(|(_, column)| column.kind.target() == Some(name.as_str()));
        own.then_some(0).into_iter().chain(refers.map(|(index, _)| index)).collect()
    };
    for (index, rows) in world.rows.tables.iter_mut().enumerate() {
        for column in holds(&world.definition.models[index], index == table) {
            rows.iter_mut().flatten().for_each(|row| down(&mut row[column]));
        }
    }
    let columns = holds(&world.definition.models[0], table == 0);
    for write in &mut world.writes {
        match write {
            Write::Create(row) => columns.iter().for_each(|column| down(&mut row[*column])),
            Write::Patch { changes, .. } => {
                changes
                    .iter_mut()
                    .filter(|(column, _)| columns.contains(column))
                    .for_each(|(_, value)| down(value));
            }
            Write::Delete { .. } => {}
        }
    }
}

/// Without a write, unless another needs it.
fn without_write(world: &World, index: usize) -> Option<World> {
    let mut less = world.clone();
    if let Write::Create(_) = less.writes[index] {
        // Those behind it mean rows by their position, and the last one is needed.
        return None;
    }
    less.writes.remove(index);
    Some(less)
}

/// Without a column that nobody asks for.
fn without_column(world: &World, model: usize, column: usize) -> Option<World> {
    let definition = &world.definition;
    if world.names(model, column) || definition.models[model].columns.len() <= column {
        return None;
    }
    let mut less = world.clone();
    let own = &mut less.definition.models[model];
    own.columns.remove(column);
    own.unique_together.clear();
    own.indexes.clear();
    if model == 0 {
        less.definition.ordering.clear();
    }
    let Rows { tables } = &mut less.rows;
    tables[model].iter_mut().flatten().for_each(|row| {
        row.remove(column);
    });
    if model == 0 {
        for write in &mut less.writes {
            match write {
                Write::Create(row) => {
                    row.remove(column);
                }
                Write::Patch { changes, .. } => {
                    changes.retain(|(changed, _)| *changed != column);
                    changes
                        .iter_mut()
                        .filter(|(changed, _)| *changed > column)
                        .for_each(|(changed, _)| *changed -= 1);
                }
                Write::Delete { .. } => {}
            }
        }
    }
    less.shift(definition, model, column);
    Some(less)
}

/// A column without an index, a default, or a name of its own in the database.
fn plainer(world: &World, model: usize, column: usize) -> Option<World> {
    let mut less = world.clone();
    let own = less.definition.models.get_mut(model)?.columns.get_mut(column)?;
    (own.unique, own.index, own.default, own.column) = (false, false, None, None);
    own.keywords.clear();
    less.definition.models[model].table = None;
    less.definition.models[model].relations.clear();
    (less.definition != world.definition).then_some(less)
}

/// Without a model that nobody refers to.
fn without_model(world: &World, model: usize) -> Option<World> {
    let name = world.definition.models.get(model)?.name.clone();
    let mut models = world.definition.models.iter().enumerate().filter(|(index, _)| *index != model);
    let referred = models.any(|(_, other)| {
        other.columns.iter().any(|column| column.kind.target() == Some(name.as_str()))
            || other.relations.iter().any(|relation| relation.target == name)
    });
    if referred {
        return None;
    }
    let mut less = world.clone();
    less.definition.models.remove(model);
    less.rows.tables.remove(model);
    Some(less)
}
