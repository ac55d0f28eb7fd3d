//! Compiles a schema of documents to a graph.

use std::collections::{HashMap, HashSet};

use super::documents::{Documents, Place, token};
use super::format::Format;
use super::graph::{Bound, Check, Choice, Graph, Limit, Node, NodeId, Number, Properties, Types};
use super::json::{Map, Value};
use super::pattern::Pattern;
use crate::exact::Exact;

/// The reason why a schema cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (at {})", if place.pointer.is_empty() { "the root" } else { &place.pointer })]
pub struct CompileError {
    /// The place of the error.
    pub place: Place,
    /// The error, as a sentence without its subject.
    pub message: String,
}

/// A reference and its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The schema that contains it.
    pub from: Place,
    /// The keyword: `$ref` or `$dynamicRef`.
    pub keyword: &'static str,
    /// The target.
    pub to: Place,
}

/// The result of compiling a schema.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// The graph, which validates values.
    pub graph: Graph,
    /// The references of all schemas that were compiled.
    pub references: Vec<Reference>,
}

struct Compiler<'a> {
    documents: &'a Documents,
    graph: Graph,
    known: HashMap<Place, NodeId>,
    waiting: Vec<(NodeId, Place)>,
    references: Vec<Reference>,
}

/// Compiles the schema at a place, and the schemas that it refers to.
///
/// # Errors
/// Returns a [`CompileError`] at the first keyword whose value JSON Schema does not allow, or at the first reference
/// without a target.
pub fn compile(documents: &Documents, place: &Place) -> Result<Compiled, CompileError> {
    let graph = Graph::default();
    let mut compiler =
        Compiler { documents, graph, known: HashMap::new(), waiting: Vec::new(), references: Vec::new() };
    compiler.node(place.clone());
    compiler.work()?;
    if compiler.references.iter().any(|reference| reference.keyword == "$dynamicRef") {
        for (resource, name, place) in documents.dynamic_anchors() {
            let node = compiler.node(place.clone());
            let resource = u32::try_from(resource).unwrap_or(u32::MAX);
            compiler.graph.dynamic.insert((resource, name.to_owned()), node);
        }
        compiler.work()?;
    }
    compiler.ends()?;
    Ok(Compiled { graph: compiler.graph, references: compiler.references })
}

impl Compiler<'_> {
    fn node(&mut self, place: Place) -> NodeId {
        if let Some(node) = self.known.get(&place) {
            return *node;
        }
        let node = NodeId::try_from(self.graph.nodes.len()).unwrap_or(NodeId::MAX);
        self.graph.nodes.push(Node::default());
        self.known.insert(place.clone(), node);
        self.waiting.push((node, place));
        node
    }

    fn work(&mut self) -> Result<(), CompileError> {
        while let Some((id, place)) = self.waiting.pop() {
            let node = self.compile(&place)?;
            self.graph.nodes[id as usize] = node;
        }
        Ok(())
    }

    /// Checks that no schema refers to itself for the same value, because its validation would not end.
    fn ends(&self) -> Result<(), CompileError> {
        // 0 is not visited, 1 is in progress, 2 is done.
        let mut state = vec![0_u8; self.graph.nodes.len()];
        for start in 0..self.graph.nodes.len() {
            let mut way: Vec<(usize, Vec<NodeId>)> = Vec::new();
            if state[start] == 0 {
                state[start] = 1;
                way.push((start, self.graph.nodes[start].in_place()));
            }
            while let Some((node, next)) = way.last_mut() {
                let Some(to) = next.pop().map(|to| to as usize) else {
                    state[*node] = 2;
                    way.pop();
                    continue;
                };
                match state[to] {
                    0 => {
                        state[to] = 1;
                        way.push((to, self.graph.nodes[to].in_place()));
                    }
                    1 => {
                        let place = self.known.iter().find(|(_, id)| **id as usize == to);
                        let place = place.map(|(place, _)| place.clone());
                        let place = place.unwrap_or(Place { document: 0, pointer: String::new() });
                        return Err(CompileError {
                            place,
                            message: "leads to itself without end".to_owned(),
                        });
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn compile(&mut self, place: &Place) -> Result<Node, CompileError> {
        let documents = self.documents;
        let Some(value) = documents.value(place) else { return Err(wrong(place, "", "is not there")) };
        let (resource, asserts) = documents.around(place);
        let mut node = Node { resource: u32::try_from(resource).unwrap_or(u32::MAX), ..Node::default() };
        let map = match value {
            Value::Boolean(always) => {
                node.never = !always;
                return Ok(node);
            }
            Value::Map(map) => map,
            _ => return Err(wrong(place, "", "is no schema: an object, `true` or `false`")),
        };
        let dialect = documents.resources[resource].dialect;
        let mut schema = Reading { compiler: self, place, map, asserts, checks: Vec::new() };
        schema.references()?;
        if !(dialect.reference_alone && map.get("$ref").is_some()) {
            if dialect.validates {
                schema.validation(dialect.nullable)?;
            }
            schema.format()?;
            if dialect.validates {
                schema.unique()?;
            }
            schema.contains()?;
            if dialect.validates {
                schema.required()?;
            }
            schema.applicators()?;
        }
        node.checks = schema.checks;
        node.tracks = node.checks.iter().any(|check| matches!(check, Check::Unevaluated { .. }));
        Ok(node)
    }
}

fn wrong(place: &Place, keyword: &str, message: &str) -> CompileError {
    let pointer = if keyword.is_empty() {
        place.pointer.clone()
    } else {
        format!("{}/{}", place.pointer, token(keyword))
    };
    CompileError { place: Place { document: place.document, pointer }, message: message.to_owned() }
}

/// A schema object while it is compiled.
struct Reading<'c, 'a> {
    compiler: &'c mut Compiler<'a>,
    place: &'c Place,
    map: &'c Map<'static>,
    asserts: bool,
    checks: Vec<Check>,
}

impl<'c> Reading<'c, '_> {
    fn wrong<T>(&self, keyword: &str, message: &str) -> Result<T, CompileError> {
        Err(wrong(self.place, keyword, message))
    }

    fn get(&self, keyword: &str) -> Option<&'c Value<'static>> {
        self.map.get(keyword)
    }

    /// Returns the node of the schema at a pointer from this one.
    fn inner(&mut self, pointer: &str) -> NodeId {
        let place =
            Place { document: self.place.document, pointer: format!("{}{pointer}", self.place.pointer) };
        self.compiler.node(place)
    }

    fn one(&mut self, keyword: &str) -> Option<NodeId> {
        self.get(keyword)?;
        Some(self.inner(&format!("/{keyword}")))
    }

    fn many(&mut self, keyword: &str) -> Result<Option<Vec<NodeId>>, CompileError> {
        let Some(value) = self.get(keyword) else { return Ok(None) };
        let Some(items) = value.as_list() else { return self.wrong(keyword, "is no list of schemas") };
        if items.is_empty() && matches!(keyword, "allOf" | "anyOf" | "oneOf") {
            return self.wrong(keyword, "has no schema");
        }
        let pointers = (0..items.len()).map(|index| format!("/{keyword}/{index}"));
        Ok(Some(pointers.map(|pointer| self.inner(&pointer)).collect()))
    }

    fn named(&self, keyword: &str) -> Result<Option<&'c Map<'static>>, CompileError> {
        match self.get(keyword) {
            None => Ok(None),
            Some(Value::Map(map)) => Ok(Some(map)),
            Some(_) => self.wrong(keyword, "is no object"),
        }
    }

    fn count(&self, keyword: &str) -> Result<Option<u64>, CompileError> {
        let Some(value) = self.get(keyword) else { return Ok(None) };
        let number = match value {
            Value::Number(text) => Exact::parse(text),
            _ => None,
        };
        match number {
            Some(number) if number.as_u64().is_some() => Ok(number.as_u64()),
            Some(number) if number.is_integer() && number.is_positive() => Ok(Some(u64::MAX)),
            _ => self.wrong(keyword, "is no whole number from 0 up"),
        }
    }

    fn names(&self, keyword: &str, value: &Value<'static>) -> Result<Vec<String>, CompileError> {
        let names = value.as_list().and_then(|items| {
            items.iter().map(|item| item.as_text().map(str::to_owned)).collect::<Option<Vec<_>>>()
        });
        names.map_or_else(|| self.wrong(keyword, "is no list of names"), Ok)
    }

    fn references(&mut self) -> Result<(), CompileError> {
        for keyword in ["$ref", "$dynamicRef"] {
            let Some(value) = self.get(keyword) else { continue };
            let Some(reference) = value.as_text() else { return self.wrong(keyword, "is no text") };
            let Some(found) = self.compiler.documents.find(reference, self.place) else {
                return self.wrong(keyword, "leads to nothing that is known");
            };
            self.compiler.references.push(Reference {
                from: self.place.clone(),
                keyword,
                to: found.place.clone(),
            });
            let node = self.compiler.node(found.place);
            self.checks.push(match found.dynamic {
                Some(name) if keyword == "$dynamicRef" => Check::Dynamic { name, otherwise: node },
                _ => Check::Reference(node),
            });
        }
        Ok(())
    }

    fn validation(&mut self, nullable: bool) -> Result<(), CompileError> {
        self.types(nullable)?;
        if let Some(constant) = self.get("const") {
            self.checks.push(Check::Constant(constant.clone()));
        }
        if let Some(value) = self.get("enum") {
            let Some(values) = value.as_list() else { return self.wrong("enum", "is no list of values") };
            let takes_null = values.contains(&Value::Null);
            let texts = values.iter().filter_map(Value::as_text).map(str::to_owned).collect();
            let others = values.iter().filter(|value| value.as_text().is_none()).map(Value::canonical);
            self.checks.push(Check::Choice(Choice { texts, others: others.collect(), takes_null }));
        }
        self.number("multipleOf", Limit::MultipleOf)?;
        self.pattern()?;
        self.bound("maxLength", Bound::Most, Check::Length)?;
        let exclusive = |keyword: &str| self.get(keyword) == Some(&Value::Boolean(true));
        let (above, below) = (exclusive("exclusiveMaximum"), exclusive("exclusiveMinimum"));
        self.number("maximum", if above { Limit::ExclusiveMaximum } else { Limit::Maximum })?;
        self.number("exclusiveMaximum", Limit::ExclusiveMaximum)?;
        self.bound("maxItems", Bound::Most, Check::Items)?;
        self.bound("maxProperties", Bound::Most, Check::Entries)?;
        self.bound("minLength", Bound::Least, Check::Length)?;
        self.number("minimum", if below { Limit::ExclusiveMinimum } else { Limit::Minimum })?;
        self.number("exclusiveMinimum", Limit::ExclusiveMinimum)?;
        self.bound("minItems", Bound::Least, Check::Items)?;
        self.bound("minProperties", Bound::Least, Check::Entries)
    }

    fn format(&mut self) -> Result<(), CompileError> {
        if let Some(value) = self.get("format") {
            let Some(name) = value.as_text() else { return self.wrong("format", "is no text") };
            if let Some(format) = Format::named(name).filter(|_| self.asserts) {
                self.checks.push(Check::Format(format));
            }
        }
        Ok(())
    }

    fn unique(&mut self) -> Result<(), CompileError> {
        match self.get("uniqueItems") {
            Some(Value::Boolean(true)) => self.checks.push(Check::Unique),
            None | Some(Value::Boolean(false)) => {}
            Some(_) => return self.wrong("uniqueItems", "is neither `true` nor `false`"),
        }
        Ok(())
    }

    fn contains(&mut self) -> Result<(), CompileError> {
        if let Some(of) = self.one("contains") {
            let least = self.count("minContains")?.unwrap_or(1);
            let most = self.count("maxContains")?;
            self.checks.push(Check::Contains { of, least, most });
        }
        Ok(())
    }

    fn types(&mut self, nullable: bool) -> Result<(), CompileError> {
        let Some(value) = self.get("type") else { return Ok(()) };
        let single = std::slice::from_ref(value);
        let names = value.as_list().unwrap_or(single);
        let mut types = Types::default();
        for name in names {
            let Some(named) = name.as_text().and_then(Types::named) else {
                return self.wrong("type", "names no type of JSON");
            };
            types = types.with(named);
        }
        if nullable && self.get("nullable") == Some(&Value::Boolean(true)) {
            types = types.with(Types::NULL);
        }
        self.checks.push(Check::Type(types));
        Ok(())
    }

    fn pattern(&mut self) -> Result<(), CompileError> {
        let Some(value) = self.get("pattern") else { return Ok(()) };
        let Some(pattern) = value.as_text() else { return self.wrong("pattern", "is no text") };
        match Pattern::new(pattern) {
            Ok(pattern) => self.checks.push(Check::Pattern(pattern)),
            Err(error) => return self.wrong("pattern", &format!("is no regular expression: {error}")),
        }
        Ok(())
    }

    fn number(&mut self, keyword: &str, limit: Limit) -> Result<(), CompileError> {
        let text = match self.get(keyword) {
            None => return Ok(()),
            // In draft 4 it is a boolean that modifies `minimum` or `maximum`.
            Some(Value::Boolean(_)) if keyword.starts_with("exclusive") => return Ok(()),
            Some(Value::Number(text)) => text.to_string(),
            Some(_) => return self.wrong(keyword, "is no number"),
        };
        let Some(exact) = Exact::parse(&text) else { return self.wrong(keyword, "is no number") };
        if limit == Limit::MultipleOf && !exact.is_positive() {
            return self.wrong(keyword, "is not greater than 0");
        }
        let number = Number { small: text.parse().ok(), text, exact };
        self.checks.push(Check::Number(limit, number));
        Ok(())
    }

    fn bound(
        &mut self,
        keyword: &str,
        bound: Bound,
        check: fn(Bound, u64) -> Check,
    ) -> Result<(), CompileError> {
        if let Some(count) = self.count(keyword)? {
            self.checks.push(check(bound, count));
        }
        Ok(())
    }

    fn required(&mut self) -> Result<(), CompileError> {
        match self.get("required") {
            // In draft 3 it was a keyword of the property.
            None | Some(Value::Boolean(_)) => {}
            Some(value) => {
                let names = self.names("required", value)?;
                self.checks.push(Check::Required(names));
            }
        }
        for keyword in ["dependentRequired", "dependencies"] {
            let Some(map) = self.named(keyword)? else { continue };
            let lists =
                map.iter().filter(|(_, value)| keyword == "dependentRequired" || value.as_list().is_some());
            let lists: Result<Vec<_>, _> =
                lists.map(|(name, value)| Ok((name.to_owned(), self.names(keyword, value)?))).collect();
            let lists = lists?;
            if !lists.is_empty() {
                self.checks.push(Check::DependentRequired(lists));
            }
        }
        Ok(())
    }

    fn applicators(&mut self) -> Result<(), CompileError> {
        if let Some(names) = self.one("propertyNames") {
            self.checks.push(Check::Names(names));
        }
        self.properties()?;
        self.elements()?;
        for keyword in ["dependentSchemas", "dependencies"] {
            let Some(map) = self.named(keyword)? else { continue };
            let names =
                map.iter().filter(|(_, value)| !matches!(value, Value::List(_))).map(|(name, _)| name);
            let schemas: Vec<_> = names
                .map(|name| (name.to_owned(), self.inner(&format!("/{keyword}/{}", token(name)))))
                .collect();
            if !schemas.is_empty() {
                self.checks.push(Check::Dependent(schemas));
            }
        }
        if let Some(members) = self.many("allOf")? {
            self.checks.push(Check::All(members));
        }
        if let Some(members) = self.many("anyOf")? {
            self.checks.push(Check::Any(members));
        }
        if let Some(members) = self.many("oneOf")? {
            self.checks.push(Check::One(members));
        }
        if let Some(node) = self.one("not") {
            self.checks.push(Check::Not(node));
        }
        if let Some(test) = self.one("if") {
            let (then, otherwise) = (self.one("then"), self.one("else"));
            self.checks.push(Check::Condition { test, then, otherwise });
        }
        if let Some(of) = self.one("unevaluatedItems") {
            self.checks.push(Check::Unevaluated { items: true, of });
        }
        if let Some(of) = self.one("unevaluatedProperties") {
            self.checks.push(Check::Unevaluated { items: false, of });
        }
        Ok(())
    }

    fn properties(&mut self) -> Result<(), CompileError> {
        let mut properties = Properties::default();
        if let Some(map) = self.named("properties")? {
            for (name, _) in map.iter() {
                let node = self.inner(&format!("/properties/{}", token(name)));
                properties.named.push((name.to_owned(), node));
            }
            properties.names = map.iter().map(|(name, _)| name.to_owned()).collect::<HashSet<_>>();
        }
        if let Some(map) = self.named("patternProperties")? {
            for (name, _) in map.iter() {
                let node = self.inner(&format!("/patternProperties/{}", token(name)));
                match Pattern::new(name) {
                    Ok(pattern) => properties.patterns.push((pattern, node)),
                    Err(error) => {
                        return self
                            .wrong("patternProperties", &format!("is no regular expression: {error}"));
                    }
                }
            }
        }
        properties.others = self.one("additionalProperties");
        let said = ["properties", "patternProperties", "additionalProperties"];
        if said.iter().any(|keyword| self.get(keyword).is_some()) {
            self.checks.push(Check::Properties(properties));
        }
        Ok(())
    }

    fn elements(&mut self) -> Result<(), CompileError> {
        let (resource, _) = self.compiler.documents.around(self.place);
        let old = self.compiler.documents.resources[resource].dialect.old_items;
        let listed = matches!(self.get("items"), Some(Value::List(_)));
        let (first, rest) = if listed {
            (self.many("items")?, self.one("additionalItems"))
        } else {
            let first = if old { None } else { self.many("prefixItems")? };
            (first, self.one("items"))
        };
        if first.is_some() || rest.is_some() {
            self.checks.push(Check::Elements { first: first.unwrap_or_default(), rest });
        }
        Ok(())
    }
}
