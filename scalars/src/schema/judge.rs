//! Validates a value by a graph.
//!
//! There are two passes. The first one determines whether the value is valid, and stops at the first error. The second
//! one collects the errors, only for an invalid value. Both count their steps, whose number is bounded for each
//! payload.

use std::collections::HashSet;

use super::graph::{Bound, Check, Choice, Graph, Limit, Node, NodeId, Number, Properties, Types};
use super::json::{Map, Value};
use super::refusals::{Kind, Refusals};
use super::say;
use crate::exact::Exact;

/// The steps that any payload may take, and the additional steps for each of its bytes.
const STEPS: u64 = 100_000;
const STEPS_A_BYTE: u64 = 16;

/// The maximal levels of schemas that are applied within each other.
const MAX_DEPTH: u32 = 256;

/// The reason why the validation of a value was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// The validation would take too many steps.
    #[error("This value takes too many steps to check.")]
    Steps,
    /// The value is nested too deeply.
    #[error("Value is nested too deeply.")]
    Depth,
}

/// The properties or items that were evaluated.
#[derive(Debug)]
struct Seen(Vec<bool>);

impl Seen {
    fn of(value: &Value<'_>) -> Self {
        Self(vec![
            false;
            match value {
                Value::List(items) => items.len(),
                Value::Map(map) => map.len(),
                _ => 0,
            }
        ])
    }

    fn add(&mut self, other: &Self) {
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            *own |= other;
        }
    }
}

fn mark(seen: &mut Option<&mut Seen>, at: usize) {
    if let Some(Some(seen)) = seen.as_mut().map(|seen| seen.0.get_mut(at)) {
        *seen = true;
    }
}

struct Judge<'g> {
    graph: &'g Graph,
    steps: u64,
    depth: u32,
    /// The resources that were entered on the way.
    scope: Vec<u32>,
}

type Verdict = Result<bool, Stop>;

impl Graph {
    /// Returns the errors of a value whose JSON has this many bytes; none if the value is valid.
    ///
    /// # Errors
    /// Returns [`Stop`] if the validation would take too long.
    pub fn judge(&self, value: &Value<'_>, bytes: usize) -> Result<Refusals, Stop> {
        let steps = STEPS + STEPS_A_BYTE * bytes as u64;
        let judge = || Judge { graph: self, steps, depth: 0, scope: Vec::new() };
        let mut refusals = Refusals::default();
        if !judge().apply(0, value, None, None)? {
            judge().apply(0, value, None, Some(&mut refusals))?;
        }
        Ok(refusals)
    }

    /// Tells whether a value is valid.
    ///
    /// # Errors
    /// Returns [`Stop`] if the validation would take too long.
    pub fn takes(&self, value: &Value<'_>, bytes: usize) -> Result<bool, Stop> {
        let steps = STEPS + STEPS_A_BYTE * bytes as u64;
        Judge { graph: self, steps, depth: 0, scope: Vec::new() }.apply(0, value, None, None)
    }
}

impl<'g> Judge<'g> {
    fn spend(&mut self, steps: u64) -> Result<(), Stop> {
        self.steps = self.steps.checked_sub(steps).ok_or(Stop::Steps)?;
        Ok(())
    }

    /// Applies a schema to a value.
    fn apply(
        &mut self,
        id: NodeId,
        value: &Value<'_>,
        seen: Option<&mut Seen>,
        mut out: Option<&mut Refusals>,
    ) -> Verdict {
        self.spend(1)?;
        let node = &self.graph.nodes[id as usize];
        if let (Some(out), Value::Map(_)) = (out.as_deref_mut(), value) {
            out.is_of_object();
        }
        if node.never {
            if let Some(out) = out {
                out.add(Kind::Type, say::NOTHING.to_owned());
            }
            return Ok(false);
        }
        if self.depth >= MAX_DEPTH {
            return Err(Stop::Depth);
        }
        self.depth += 1;
        let enters = self.scope.last() != Some(&node.resource);
        if enters {
            self.scope.push(node.resource);
        }
        let verdict = if node.tracks {
            let mut own = Seen::of(value);
            let verdict = self.checks(node, value, Some(&mut own), out);
            if let Some(seen) = seen {
                seen.add(&own);
            }
            verdict
        } else {
            self.checks(node, value, seen, out)
        };
        if enters {
            self.scope.pop();
        }
        self.depth -= 1;
        verdict
    }

    fn checks(
        &mut self,
        node: &'g Node,
        value: &Value<'_>,
        mut seen: Option<&mut Seen>,
        mut out: Option<&mut Refusals>,
    ) -> Verdict {
        let mut good = true;
        // Whether no schema at the same value has refused it: otherwise unevaluated properties and items are not
        // reported.
        let mut sound = true;
        let mut skips_choice = false;
        for check in &node.checks {
            let skipped = match check {
                Check::Unevaluated { .. } => !sound,
                Check::Choice(_) => skips_choice,
                _ => false,
            };
            if skipped {
                continue;
            }
            if self.check(check, value, seen.as_deref_mut(), out.as_deref_mut())? {
                continue;
            }
            good = false;
            if out.is_none() || matches!(check, Check::Type(_)) {
                return Ok(false);
            }
            skips_choice |= matches!(check, Check::Constant(_));
            sound &= !matches!(
                check,
                Check::Reference(_)
                    | Check::Dynamic { .. }
                    | Check::All(_)
                    | Check::Any(_)
                    | Check::One(_)
                    | Check::Condition { .. }
                    | Check::Dependent(_)
            );
        }
        Ok(good)
    }

    fn check(
        &mut self,
        check: &'g Check,
        value: &Value<'_>,
        seen: Option<&mut Seen>,
        out: Option<&mut Refusals>,
    ) -> Verdict {
        match (check, value) {
            (Check::Reference(node), _) => self.apply(*node, value, seen, out),
            (Check::Dynamic { name, otherwise }, _) => {
                let node = self.dynamic(name).unwrap_or(*otherwise);
                self.apply(node, value, seen, out)
            }
            (Check::Properties(properties), Value::Map(map)) => self.properties(properties, map, seen, out),
            (Check::Elements { first, rest }, Value::List(items)) => {
                self.elements(first, *rest, items, seen, out)
            }
            (Check::Contains { of, least, most }, Value::List(items)) => {
                self.contains(*of, (*least, *most), items, seen, out)
            }
            (Check::Names(node), Value::Map(map)) => self.names(*node, map, out),
            (Check::Dependent(schemas), Value::Map(map)) => self.dependent(schemas, map, value, seen, out),
            (Check::All(members), _) => self.all(members, value, seen, out),
            (Check::Any(members), _) => self.any(members, false, value, seen, out),
            (Check::One(members), _) => self.any(members, true, value, seen, out),
            (Check::Not(node), _) => {
                let good = !self.apply(*node, value, None, None)?;
                Ok(told(good, out, Kind::Other, || say::NOT.to_owned()))
            }
            (Check::Condition { test, then, otherwise }, _) => {
                self.condition(*test, *then, *otherwise, value, seen, out)
            }
            (Check::Unevaluated { items, of }, _) => self.unevaluated(*items, *of, value, seen, out),
            (check, value) => self.assertion(check, value, out),
        }
    }

    /// Checks an assertion about the value alone.
    fn assertion(&mut self, check: &'g Check, value: &Value<'_>, out: Option<&mut Refusals>) -> Verdict {
        Ok(match (check, value) {
            (Check::Type(types), _) => {
                let good = is_of(value, *types);
                let dictionary = types.without(Types::NULL) == Types::OBJECT && !matches!(value, Value::Null);
                let kind = if dictionary { Kind::Dictionary } else { Kind::Type };
                told(good, out, kind, || say::of_type(*types, value))
            }
            (Check::Constant(constant), _) => {
                self.spend(constant.size())?;
                told(constant.same(value), out, Kind::Constant, || say::constant(constant, value))
            }
            (Check::Choice(Choice { texts, others, takes_null }), _) => {
                self.spend(value.size())?;
                let good = match value {
                    Value::Text(text) => texts.contains(text.as_ref()),
                    value => !others.is_empty() && others.contains(&value.canonical()),
                };
                told(good, out, Kind::Constant, || say::choice(value, *takes_null))
            }
            (Check::Number(limit, own), Value::Number(text)) => {
                let good = self.number(*limit, own, text)?;
                told(good, out, Kind::Other, || say::limit(*limit, &own.text))
            }
            (Check::Length(bound, own), Value::Text(text)) => {
                self.spend(text.len() as u64 / 64)?;
                let good = keeps(*bound, *own, text.chars().count());
                told(good, out, Kind::Other, || say::bound(*bound, *own, "characters"))
            }
            (Check::Pattern(pattern), Value::Text(text)) => {
                self.spend(pattern.cost(text.len()))?;
                let good = pattern.is_in(text).map_err(|_| Stop::Steps)?;
                told(good, out, Kind::Other, || say::PATTERN.to_owned())
            }
            (Check::Items(bound, own), Value::List(items)) => {
                let good = keeps(*bound, *own, items.len());
                told(good, out, Kind::Other, || say::bound(*bound, *own, "elements"))
            }
            (Check::Entries(bound, own), Value::Map(map)) => {
                let good = keeps(*bound, *own, map.len());
                told(good, out, Kind::Other, || say::bound(*bound, *own, "entries"))
            }
            (Check::Format(format), Value::Text(text)) => {
                self.spend(text.len() as u64 / 16)?;
                told(format.holds(text), out, Kind::Other, || format.message().to_owned())
            }
            (Check::Unique, Value::List(items)) => {
                self.spend(value.size())?;
                told(!has_twins(items), out, Kind::Other, || say::UNIQUE.to_owned())
            }
            (Check::Required(names), Value::Map(map)) => self.required(names, map, out)?,
            (Check::DependentRequired(lists), Value::Map(map)) => self.dependent_required(lists, map, out)?,
            _ => true,
        })
    }

    fn number(&mut self, limit: Limit, own: &Number, text: &str) -> Verdict {
        if let (Some(own), Ok(value)) = (own.small, text.parse::<i64>()) {
            return Ok(match limit {
                Limit::MultipleOf => value % own == 0,
                Limit::Maximum => value <= own,
                Limit::ExclusiveMaximum => value < own,
                Limit::Minimum => value >= own,
                Limit::ExclusiveMinimum => value > own,
            });
        }
        self.spend(text.len() as u64 / 16)?;
        let Some(value) = Exact::parse(text) else { return Ok(false) };
        Ok(match limit {
            Limit::MultipleOf => {
                self.spend((text.len() as u64).saturating_mul(own.text.len() as u64) / 16)?;
                value.is_multiple(&own.exact)
            }
            Limit::Maximum => value <= own.exact,
            Limit::ExclusiveMaximum => value < own.exact,
            Limit::Minimum => value >= own.exact,
            Limit::ExclusiveMinimum => value > own.exact,
        })
    }

    fn required(&mut self, names: &[String], map: &Map<'_>, mut out: Option<&mut Refusals>) -> Verdict {
        self.spend(names.len() as u64)?;
        let mut good = true;
        for name in names.iter().filter(|name| map.get(name).is_none()) {
            good = false;
            let Some(out) = out.as_deref_mut() else { return Ok(false) };
            out.say_at(name, Kind::Other, say::REQUIRED.to_owned());
        }
        Ok(good)
    }

    fn dependent_required(
        &mut self,
        lists: &[(String, Vec<String>)],
        map: &Map<'_>,
        mut out: Option<&mut Refusals>,
    ) -> Verdict {
        let mut good = true;
        for (property, names) in lists.iter().filter(|(property, _)| map.get(property).is_some()) {
            self.spend(names.len() as u64)?;
            for name in names.iter().filter(|name| map.get(name).is_none()) {
                good = false;
                let Some(out) = out.as_deref_mut() else { return Ok(false) };
                out.say_at(name, Kind::Other, say::required_beside(property));
            }
        }
        Ok(good)
    }

    /// Returns the target of a `$dynamicRef`: the outermost schema with this name that was entered.
    fn dynamic(&self, name: &str) -> Option<NodeId> {
        let mut found =
            self.scope.iter().filter_map(|resource| self.graph.dynamic.get(&(*resource, name.to_owned())));
        found.next().copied()
    }

    fn all(
        &mut self,
        members: &[NodeId],
        value: &Value<'_>,
        mut seen: Option<&mut Seen>,
        mut out: Option<&mut Refusals>,
    ) -> Verdict {
        let mut good = true;
        for member in members {
            good &= self.apply(*member, value, seen.as_deref_mut(), out.as_deref_mut())?;
            if !good && out.is_none() {
                return Ok(false);
            }
        }
        Ok(good)
    }

    /// Applies `anyOf` or, with `one`, `oneOf`.
    fn any(
        &mut self,
        members: &[NodeId],
        one: bool,
        value: &Value<'_>,
        mut seen: Option<&mut Seen>,
        out: Option<&mut Refusals>,
    ) -> Verdict {
        let mut matches = 0;
        for member in members {
            let good = match seen.as_deref_mut() {
                None => self.apply(*member, value, None, None)?,
                Some(seen) => {
                    let mut own = Seen::of(value);
                    let good = self.apply(*member, value, Some(&mut own), None)?;
                    if good {
                        seen.add(&own);
                    }
                    good
                }
            };
            matches += usize::from(good);
            if one && matches > 1 {
                return Ok(told(false, out, Kind::Other, || say::AMBIGUOUS.to_owned()));
            }
            if good && !one && seen.is_none() {
                return Ok(true);
            }
        }
        let Some(out) = out.filter(|_| matches == 0) else { return Ok(matches > 0) };
        let mut near: Option<Refusals> = None;
        let mut several = false;
        for member in members {
            let mut refusals = Refusals::default();
            self.apply(*member, value, None, Some(&mut refusals))?;
            if refusals.is_near() {
                several |= near.is_some();
                near = Some(refusals);
            }
        }
        match near.filter(|_| !several) {
            Some(refusals) => out.merge(refusals),
            None => out.add(Kind::Type, say::NO_FORM.to_owned()),
        }
        Ok(false)
    }

    fn condition(
        &mut self,
        test: NodeId,
        then: Option<NodeId>,
        otherwise: Option<NodeId>,
        value: &Value<'_>,
        mut seen: Option<&mut Seen>,
        out: Option<&mut Refusals>,
    ) -> Verdict {
        let mut own = Seen::of(value);
        let holds = self.apply(test, value, Some(&mut own), None)?;
        if let (true, Some(seen)) = (holds, seen.as_deref_mut()) {
            seen.add(&own);
        }
        match if holds { then } else { otherwise } {
            Some(node) => self.apply(node, value, seen, out),
            None => Ok(true),
        }
    }

    fn dependent(
        &mut self,
        schemas: &[(String, NodeId)],
        map: &Map<'_>,
        value: &Value<'_>,
        mut seen: Option<&mut Seen>,
        mut out: Option<&mut Refusals>,
    ) -> Verdict {
        let mut good = true;
        for (property, node) in schemas {
            self.spend(1)?;
            if map.get(property).is_some() {
                good &= self.apply(*node, value, seen.as_deref_mut(), out.as_deref_mut())?;
            }
            if !good && out.is_none() {
                return Ok(false);
            }
        }
        Ok(good)
    }

    fn names(&mut self, node: NodeId, map: &Map<'_>, mut out: Option<&mut Refusals>) -> Verdict {
        let mut good = true;
        for (name, _) in map.iter() {
            if self.apply(node, &Value::Text(name.into()), None, None)? {
                continue;
            }
            good = false;
            let Some(out) = out.as_deref_mut() else { return Ok(false) };
            out.say_at(name, Kind::Other, say::NAME.to_owned());
        }
        Ok(good)
    }

    /// Applies a schema to a property or item of a value.
    fn inside(&mut self, node: NodeId, key: &str, value: &Value<'_>, out: Option<&mut Refusals>) -> Verdict {
        let Some(out) = out else { return self.apply(node, value, None, None) };
        let mut refusals = Refusals::default();
        let good = self.apply(node, value, None, Some(&mut refusals))?;
        out.at(key, refusals);
        Ok(good)
    }

    /// Applies a schema to a property that no other schema names.
    fn beside(&mut self, node: NodeId, key: &str, value: &Value<'_>, out: Option<&mut Refusals>) -> Verdict {
        match out {
            Some(out) if self.graph.nodes[node as usize].never => {
                out.say_at(key, Kind::Other, say::UNKNOWN.to_owned());
                Ok(false)
            }
            out => self.inside(node, key, value, out),
        }
    }

    fn properties(
        &mut self,
        properties: &Properties,
        map: &Map<'_>,
        mut seen: Option<&mut Seen>,
        mut out: Option<&mut Refusals>,
    ) -> Verdict {
        let Properties { named, names, patterns, others } = properties;
        let mut good = true;
        self.spend(named.len() as u64)?;
        for (name, node) in named {
            let Some(at) = map.position(name) else { continue };
            let Some(value) = map.get(name) else { continue };
            mark(&mut seen, at);
            good &= self.inside(*node, name, value, out.as_deref_mut())?;
            if !good && out.is_none() {
                return Ok(false);
            }
        }
        if patterns.is_empty() && others.is_none() {
            return Ok(good);
        }
        for (at, (name, value)) in map.iter().enumerate() {
            let mut known = names.contains(name);
            self.spend(1)?;
            for (pattern, node) in patterns {
                self.spend(1 + pattern.cost(name.len()))?;
                if pattern.is_in(name).map_err(|_| Stop::Steps)? {
                    known = true;
                    mark(&mut seen, at);
                    good &= self.inside(*node, name, value, out.as_deref_mut())?;
                }
            }
            if let Some(others) = others.filter(|_| !known) {
                mark(&mut seen, at);
                good &= self.beside(others, name, value, out.as_deref_mut())?;
            }
            if !good && out.is_none() {
                return Ok(false);
            }
        }
        Ok(good)
    }

    fn elements(
        &mut self,
        first: &[NodeId],
        rest: Option<NodeId>,
        items: &[Value<'_>],
        mut seen: Option<&mut Seen>,
        mut out: Option<&mut Refusals>,
    ) -> Verdict {
        let mut good = true;
        for (at, value) in items.iter().enumerate() {
            let Some(node) = first.get(at).copied().or(rest) else { break };
            mark(&mut seen, at);
            good &= match out.as_deref_mut() {
                None => self.apply(node, value, None, None)?,
                Some(out) => self.inside(node, &at.to_string(), value, Some(out))?,
            };
            if !good && out.is_none() {
                return Ok(false);
            }
        }
        Ok(good)
    }

    fn contains(
        &mut self,
        of: NodeId,
        (least, most): (u64, Option<u64>),
        items: &[Value<'_>],
        mut seen: Option<&mut Seen>,
        mut out: Option<&mut Refusals>,
    ) -> Verdict {
        let mut found = 0;
        for (at, value) in items.iter().enumerate() {
            if self.apply(of, value, None, None)? {
                found += 1;
                mark(&mut seen, at);
            }
        }
        let few =
            told(found >= least, out.as_deref_mut(), Kind::Other, || say::contains(Bound::Least, least));
        let many = most
            .is_none_or(|most| told(found <= most, out, Kind::Other, || say::contains(Bound::Most, most)));
        Ok(few && many)
    }

    fn unevaluated(
        &mut self,
        of_items: bool,
        node: NodeId,
        value: &Value<'_>,
        seen: Option<&mut Seen>,
        mut out: Option<&mut Refusals>,
    ) -> Verdict {
        let Some(seen) = seen else { return Ok(true) };
        let mut good = true;
        match value {
            Value::List(items) if of_items => {
                for (at, value) in items.iter().enumerate() {
                    self.spend(1)?;
                    if !std::mem::replace(&mut seen.0[at], true) {
                        good &= self.inside(node, &at.to_string(), value, out.as_deref_mut())?;
                    }
                }
            }
            Value::Map(map) if !of_items => {
                for (at, (name, value)) in map.iter().enumerate() {
                    self.spend(1)?;
                    if !std::mem::replace(&mut seen.0[at], true) {
                        good &= self.beside(node, name, value, out.as_deref_mut())?;
                    }
                }
            }
            _ => {}
        }
        Ok(good)
    }
}

/// Adds the error if there is one.
fn told(good: bool, out: Option<&mut Refusals>, kind: Kind, text: impl FnOnce() -> String) -> bool {
    if let (false, Some(out)) = (good, out) {
        out.add(kind, text());
    }
    good
}

fn keeps(bound: Bound, own: u64, found: usize) -> bool {
    match bound {
        Bound::Least => found as u64 >= own,
        Bound::Most => found as u64 <= own,
    }
}

/// Tells whether two items are equal. Few items are compared with each other, many items by their texts.
fn has_twins(items: &[Value<'_>]) -> bool {
    const FEW: usize = 8;
    if items.len() <= FEW {
        return items.iter().enumerate().any(|(at, item)| items[..at].iter().any(|other| item.same(other)));
    }
    let mut known = HashSet::with_capacity(items.len());
    !items.iter().all(|item| known.insert(item.canonical()))
}

fn is_of(value: &Value<'_>, types: Types) -> bool {
    types.has(match value {
        Value::Null => Types::NULL,
        Value::Boolean(_) => Types::BOOLEAN,
        Value::Number(_) if types.has(Types::NUMBER) => Types::NUMBER,
        Value::Number(text) => return types.has(Types::INTEGER) && is_integer(text),
        Value::Text(_) => Types::STRING,
        Value::List(_) => Types::ARRAY,
        Value::Map(_) => Types::OBJECT,
    })
}

fn is_integer(text: &str) -> bool {
    !text.contains(['.', 'e', 'E']) || Exact::parse(text).is_some_and(|number| number.is_integer())
}
