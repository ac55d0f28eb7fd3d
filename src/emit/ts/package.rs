//! The npm package around the client.

use askama::Template;

use super::file;
use super::names::{Names, key, text};
use super::ty::exact_integers;
use crate::emit::docs::{banner, lines, summary};
use crate::escape;
use crate::ir::{Api, BuiltIn, Home, Multiplexer, ObjectId};

#[derive(Template)]
#[template(path = "ts/package.json.j2", escape = "none")]
struct Package {
    name: String,
    version: String,
    description: String,
    /// The optional keys `license`, `repository` and `private`.
    more: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "ts/README.md.j2", escape = "none")]
struct Readme {
    banner: String,
    package: String,
    client: String,
    docs: Vec<String>,
    streams: Vec<Stream>,
    example: Option<String>,
}

#[derive(Template)]
#[template(path = "ts/index.ts.j2", escape = "none")]
struct Index {
    banner: String,
    docs: String,
    client: String,
    /// The class of the core that the client extends.
    base: &'static str,
    /// Whether integers that JSON rounds are read as `bigint`.
    exact_integers: bool,
    consumers: Vec<Consumer>,
    /// The type of the options, and whether they may be left out.
    options: String,
    optional: bool,
    /// The options that the core gets.
    given: String,
    /// The path of the shared socket, if it is not the default.
    shared: Option<String>,
    /// The modules that the package exports.
    modules: Vec<String>,
}

struct Stream {
    member: String,
    wire: String,
    docs: String,
}

struct Consumer {
    docs: String,
    member: String,
    class: String,
    module: String,
    stream: String,
    path: String,
    key: String,
    /// The type of the parameters of its path, if it has a connection for each of their values.
    parameters: Option<String>,
    /// The type of the parameters of its path, if the client or its options name it.
    imported: Option<String>,
}

const TSCONFIG: &str = include_str!("../../../templates/ts/tsconfig.json");
const IGNORE: &str = "dist/\nnode_modules/\n";

/// Returns all files that are not sources, by path.
pub(super) fn files(api: &Api) -> Vec<(&'static str, String)> {
    let package = package_name(api);
    let description = summary(&api.docs, &format!("The client of the realtime API {}.", api.name.kebab()));
    let said = &api.package;
    let private = said.private.filter(|private| *private).map(|_| "true".to_owned());
    let more = [
        ("license", said.license.as_deref().map(json)),
        ("repository", said.repository.as_deref().map(json)),
        ("private", private),
    ];
    let manifest = Package {
        name: json(&package),
        version: json(said.version.as_deref().unwrap_or("0.1.0")),
        description: json(&description),
        more: more.into_iter().filter_map(|(key, value)| Some((key, value?))).collect(),
    };
    vec![
        ("package.json", file::text(&manifest)),
        ("tsconfig.json", TSCONFIG.to_owned()),
        (".gitignore", IGNORE.to_owned()),
        ("README.md", readme(api, package)),
    ]
}

fn package_name(api: &Api) -> String {
    let given = api.client.as_ref().and_then(|client| client.package.clone());
    given.unwrap_or_else(|| format!("{}-client", api.name.kebab()))
}

fn readme(api: &Api, package: String) -> String {
    let names = Names::of(api);
    let streams = api.consumers.iter().map(|(id, consumer)| Stream {
        member: names.stream(id).to_owned(),
        wire: escape::markdown_cell(&escape::markdown_code(&consumer.stream)),
        docs: escape::markdown_cell(&summary(&consumer.docs, "")),
    });
    let listing = api
        .consumers
        .iter()
        .find(|(_, consumer)| consumer.has(BuiltIn::List) && consumer.path_parameters.is_none());
    let readme = Readme {
        banner: escape::html_comment(&banner(&api.origin)),
        package,
        client: names.client().to_owned(),
        docs: lines(&api.docs, ""),
        streams: streams.collect(),
        example: listing.map(|(id, _)| names.stream(id).to_owned()),
    };
    file::text(&readme)
}

/// Returns the options that the core gets: those of the definition, unless the caller has others.
fn given(api: &Api) -> String {
    let protocols: Vec<String> = api.subprotocols.iter().map(|name| text(name)).collect();
    let protocols = (!protocols.is_empty()).then(|| format!("protocols: [{}]", protocols.join(", ")));
    let json = exact_integers(api).then(|| "json: exactIntegers('bigint')".to_owned());
    let own: Vec<String> = [json, protocols].into_iter().flatten().collect();
    if own.is_empty() { "options".to_owned() } else { format!("{{ {}, ...options }}", own.join(", ")) }
}

/// Returns `src/index.ts`, with the client and the exports of all modules.
pub(super) fn index(api: &Api, names: &Names, modules: &[String]) -> String {
    let owners = owners_of_parameters(api);
    let consumers = api.consumers.iter().map(|(id, consumer)| Consumer {
        docs: super::docs::comment(&consumer.docs, "", 2),
        member: names.stream(id).to_owned(),
        class: names.consumer(id).to_owned(),
        module: names.module(api, Home::Consumer(id)),
        stream: text(&consumer.stream),
        path: text(&consumer.path),
        key: key(&consumer.stream),
        parameters: consumer
            .path_parameters
            .filter(|_| !api.multiplexer.serves(&consumer.path))
            .map(|id| names.object(id).to_owned()),
        imported: consumer
            .path_parameters
            .filter(|own| {
                !api.multiplexer.serves(&consumer.path)
                    || owners.iter().any(|(_, owner)| *owner == Some(*own))
            })
            .map(|id| names.object(id).to_owned()),
    });
    let consumers: Vec<Consumer> = consumers.collect();
    let is_parameterized = consumers.iter().any(|consumer| consumer.parameters.is_some());
    let parameters = parameters_of_sockets(&owners, names);
    let index = Index {
        banner: banner(&api.origin),
        docs: super::docs::comment(&api.docs, "The client of the server, with a property per stream.", 0),
        client: names.client().to_owned(),
        base: if is_parameterized { "ParameterizedClient" } else { "Client" },
        consumers,
        options: match &parameters {
            Some(parameters) => format!("ClientOptions & {{ readonly parameters: {parameters} }}"),
            None => "ClientOptions".to_owned(),
        },
        optional: parameters.is_none(),
        given: given(api),
        exact_integers: exact_integers(api),
        shared: match &api.multiplexer {
            Multiplexer::Default => None,
            Multiplexer::At(path) => Some(text(path)),
            Multiplexer::None => Some("null".to_owned()),
        },
        modules: modules.to_vec(),
    };
    file::text(&index)
}

/// Returns the parameters in the path of the shared socket, each with the object that has its type.
fn owners_of_parameters(api: &Api) -> Vec<(&str, Option<ObjectId>)> {
    let segments = api.multiplexer.path().into_iter().flat_map(|path| path.split('/'));
    let names = segments.filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let owner = |name: &str| {
        let mut objects = api.consumers.values().filter_map(|consumer| consumer.path_parameters);
        objects.find(|id| api.objects[*id].properties.iter().any(|property| property.wire == name))
    };
    names.map(|name| (name, owner(name))).collect()
}

/// Returns the type of the parameters in the paths of sockets that every client opens.
fn parameters_of_sockets(owners: &[(&str, Option<ObjectId>)], names: &Names) -> Option<String> {
    let members = owners.iter().map(|(name, owner)| {
        let ty =
            owner.map_or_else(|| "string".to_owned(), |id| format!("{}[{}]", names.object(id), text(name)));
        format!("readonly {name}: {ty}")
    });
    let members: Vec<String> = members.collect();
    (!members.is_empty()).then(|| format!("{{ {} }}", members.join("; ")))
}

fn json(text: &str) -> String {
    escape::json(&serde_json::Value::from(text).to_string())
}
