//! `src/validate.ts`: a Standard Schema for each input of the server.

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
    /// The types that several validators refer to.
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
    /// The parts of the validator that are needed beside the data: `{ calendar }`.
    means: Option<String>,
}

/// A type, its data, and the types that it refers to.
struct Described {
    subject: Subject,
    data: Data,
    needs: Vec<Subject>,
}

/// The keywords of JavaScript, and the names that the file itself uses, which validators must not have.
const TAKEN: &[&str] = &[
    "arguments",
    "await",
    "break",
    "calendar",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "decimals",
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
    "files",
    "finally",
    "for",
    "formats",
    "forms",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "keywords",
    "let",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "relations",
    "return",
    "static",
    "strptime",
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

/// Returns the text of the file.
pub(super) fn file(api: &Api, names: &Names) -> String {
    let all: Vec<Described> =
        subjects(api).into_iter().map(|subject| describe(api, names, subject)).collect();
    let named: HashSet<usize> =
        all.iter().flat_map(|described| &described.needs).filter_map(|need| at(&all, *need)).collect();
    let mut imports = Imports::of_root();
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
        let reached = reached(&all, described, named.contains(&index));
        let means = means(&described.data, reached.iter().map(|index| &all[*index].data));
        imports.validate(&means);
        let data = whole(api, names, &all, described, named.contains(&index), &reached);
        let means = (!means.is_empty()).then(|| format!("{{ {} }}", means.join(", ")));
        let (before, indent) = if means.is_some() {
            (3, 2)
        } else {
            (format!("export const {name} = /* @__PURE__ */ typed<{ty}>();").len(), 0)
        };
        let data = data.code(before, indent);
        Validator { name, ty, data, means }
    });
    let validators = validators.collect();
    file::text(&File { banner: banner(&api.origin), imports: imports.lines(), shared, validators })
}

/// Returns all inputs of the server, in the order of the definition.
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

/// Returns the types that a validator refers to, directly or through others.
fn reached(all: &[Described], described: &Described, is_named: bool) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    let mut next: Vec<Subject> = if is_named { vec![described.subject] } else { described.needs.clone() };
    while let Some(subject) = next.pop() {
        let Some(index) = at(all, subject).filter(|index| !found.contains(index)) else { continue };
        found.push(index);
        next.extend(&all[index].needs);
    }
    found.sort_unstable();
    found
}

/// Returns the parts of the validator that some data needs beyond what all data needs.
fn means<'a>(own: &'a Data, others: impl Iterator<Item = &'a Data>) -> Vec<&'static str> {
    const SCHEMA: &str = "x-schema";
    const CALENDAR: &[&str] = &["'date'", "'time'", "'date-time'", "'duration'"];
    const OTHERS: &[&str] = &["'uuid'", "'decimal'", "'byte'", "'biginteger'"];
    const FILES: &[&str] = &["'FileField'", "'FilePathField'", "'ImageField'"];
    const RELATIONS: &[&str] = &["'ManyRelatedField'", "'SlugRelatedField'", "'ManySlugRelatedField'"];
    let all: Vec<&Data> = [own].into_iter().chain(others).collect();
    let format = |is: &dyn Fn(&str) -> bool| {
        let entry =
            |key: &str, value: &Data| matches!(value, Data::Code(code) if key == "format" && is(code));
        all.iter().any(|data| data.has(SCHEMA, &entry))
    };
    let field = |classes: &[&str]| {
        let entry = |key: &str, value: &Data| matches!(value, Data::Code(code) if key == "x-field" && classes.contains(&code.as_str()));
        all.iter().any(|data| data.has(SCHEMA, &entry))
    };
    let has = |name: &str| all.iter().any(|data| data.has("", &|key, _| key == name));
    let words = [
        ("calendar", format(&|code| CALENDAR.contains(&code))),
        ("decimals", format(&|code| code == "'decimal'")),
        ("files", field(FILES)),
        ("formats", has("x-format")),
        ("forms", format(&|code| !CALENDAR.contains(&code) && !OTHERS.contains(&code))),
        ("keywords", has(SCHEMA)),
        ("relations", field(RELATIONS)),
        ("strptime", has("x-input-formats")),
    ];
    words.into_iter().filter_map(|(word, is_needed)| is_needed.then_some(word)).collect()
}

/// Returns the data of a validator, with all types that it refers to.
fn whole(
    api: &Api,
    names: &Names,
    all: &[Described],
    described: &Described,
    is_named: bool,
    found: &[usize],
) -> Data {
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

/// Returns `ADDRESS_SCHEMA`, which no type and no validator is named.
fn shared_name(names: &Names, subject: Subject) -> String {
    let name = name_of(names, subject);
    format!("{}_SCHEMA", Name::parse(name).shouting())
}

/// Returns the name of a validator: `createMessageInput`.
fn validator_name(taken: &mut HashSet<String>, ty: &str) -> String {
    let mut chars = ty.chars();
    let first = chars.next().map(|first| first.to_lowercase().to_string()).unwrap_or_default();
    let mut name = first + chars.as_str();
    while name == ty || !taken.insert(name.clone()) {
        name.push_str("Schema");
    }
    name
}
