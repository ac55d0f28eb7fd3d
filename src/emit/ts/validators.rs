//! `src/validate.ts`: a Standard Schema for whatever the server takes.

use std::collections::HashSet;

use askama::Template;

use super::data::Data;
use super::descriptor::{Describer, Subject, name_of};
use super::file;
use super::imports::Imports;
use super::names::Names;
use crate::emit::docs::banner;
use crate::ir::{Api, Home, Name, SerializerOf, inputs};

#[derive(Template)]
#[template(path = "ts/validate.ts.j2", escape = "none")]
struct File {
    banner: String,
    imports: Vec<String>,
    /// What several validators name.
    shared: Vec<Shared>,
    validators: Vec<Validator>,
}

struct Shared {
    name: String,
    data: String,
}

struct Validator {
    name: String,
    ty: String,
    data: String,
}

/// A type, its data, and the types that this names.
struct Described {
    subject: Subject,
    data: Data,
    needs: Vec<Subject>,
}

/// Words of JavaScript, and what the file itself says: no validator is called so.
const TAKEN: &[&str] = &[
    "arguments",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "eval",
    "exact",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "formats",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typed",
    "typeof",
    "undefined",
    "validator",
    "var",
    "void",
    "while",
    "with",
    "yield",
];

/// The text of the file.
pub(super) fn file(api: &Api, names: &Names) -> String {
    let all: Vec<Described> =
        subjects(api).into_iter().map(|subject| describe(api, names, subject)).collect();
    let named: HashSet<usize> =
        all.iter().flat_map(|described| &described.needs).filter_map(|need| at(&all, *need)).collect();
    let mut imports = Imports::of_root();
    imports.validate(&["validator"]);
    if !all.is_empty() {
        imports.validate(&["typed"]);
    }
    if all.iter().any(|described| described.data.is_exact()) {
        imports.validate(&["exact"]);
    }
    let mut taken: HashSet<String> = TAKEN.iter().map(|word| (*word).to_owned()).collect();
    let mut shared = Vec::new();
    for (index, described) in all.iter().enumerate().filter(|(index, _)| named.contains(index)) {
        let name = shared_name(names, all[index].subject);
        let data = described.data.code(format!("const {name} = ;").len(), 0);
        shared.push(Shared { name, data });
    }
    let validators = all.iter().enumerate().map(|(index, described)| {
        let ty = name_of(names, described.subject).to_owned();
        imports.generated(api, names, home(api, described.subject), &ty);
        let name = validator_name(&mut taken, &ty);
        let data = whole(api, names, &all, described, named.contains(&index));
        let data = data.code(format!("  {{ typed }},").len(), 2);
        Validator { name, ty, data }
    });
    let validators = validators.collect();
    file::text(&File { banner: banner(&api.origin), imports: imports.lines(), shared, validators })
}

/// Everything that the server takes, in the order of the definition.
fn subjects(api: &Api) -> Vec<Subject> {
    let enums = api.enums.iter().map(|(id, _)| Subject::Enum(id));
    let objects = api.objects.iter().map(|(id, _)| Subject::Object(id));
    let unions = api.unions.iter().map(|(id, _)| Subject::Union(id));
    let of_models =
        api.serializers.iter().filter(|(_, serializer)| matches!(serializer.of, SerializerOf::Model(_)));
    let taken =
        of_models.flat_map(|(id, _)| inputs(api, id).into_iter().map(move |input| Subject::Input(id, input)));
    taken.chain(objects).chain(unions).chain(enums).collect()
}

fn home(api: &Api, subject: Subject) -> Home {
    match subject {
        Subject::Enum(id) => api.enums[id].home,
        Subject::Object(id) => api.objects[id].home,
        Subject::Union(id) => api.unions[id].home,
        Subject::Input(id, _) => Home::Serializer(id),
    }
}

fn describe(api: &Api, names: &Names, subject: Subject) -> Described {
    let mut describer = Describer::new(api, names, subject);
    let data = describer.describe();
    Described { subject, data, needs: describer.needs }
}

fn at(all: &[Described], subject: Subject) -> Option<usize> {
    all.iter().position(|described| described.subject == subject)
}

/// The data of a validator, with all that it names.
fn whole(api: &Api, names: &Names, all: &[Described], described: &Described, is_named: bool) -> Data {
    let mut found: Vec<usize> = Vec::new();
    let mut next: Vec<Subject> = if is_named { vec![described.subject] } else { described.needs.clone() };
    while let Some(subject) = next.pop() {
        let Some(index) = at(all, subject).filter(|index| !found.contains(index)) else { continue };
        found.push(index);
        next.extend(&all[index].needs);
    }
    found.sort_unstable();
    let mut entries = match &described.data {
        Data::Map(entries) if !is_named => entries.clone(),
        _ => {
            let reference = format!("#/$defs/{}", name_of(names, described.subject));
            vec![("$ref".to_owned(), Data::text(&reference))]
        }
    };
    if entries.iter().all(|(name, _)| name != "x-reading") {
        let reading = Describer::new(api, names, described.subject).reading();
        entries.insert(0, ("x-reading".to_owned(), Data::text(reading)));
    }
    if !found.is_empty() {
        let definitions = found.iter().map(|index| {
            let subject = all[*index].subject;
            (name_of(names, subject).to_owned(), Data::Code(shared_name(names, subject)))
        });
        entries.push(("$defs".to_owned(), Data::Map(definitions.collect())));
    }
    Data::Map(entries)
}

/// `ADDRESS_SCHEMA`: no type and no validator is called so.
fn shared_name(names: &Names, subject: Subject) -> String {
    let name = name_of(names, subject);
    format!("{}_SCHEMA", Name::parse(name).shouting())
}

/// `createMessageInput`
fn validator_name(taken: &mut HashSet<String>, ty: &str) -> String {
    let mut chars = ty.chars();
    let first = chars.next().map(|first| first.to_lowercase().to_string()).unwrap_or_default();
    let mut name = first + chars.as_str();
    while name == ty || !taken.insert(name.clone()) {
        name.push_str("Schema");
    }
    name
}
