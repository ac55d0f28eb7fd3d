//! How the models of a definition are served: all of them by a plain consumer, the first by one of every sort.

use serde_json::{Map, Value as Json, json};

use super::{Definition, Kind, Model};

/// The ways in which the rows of the first model are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Lists are whole; rows are written, and their changes observed.
    Whole,
    /// Lists come in pages of a limit and an offset.
    Pages,
    /// Lists come in pages by cursor.
    Cursor,
    /// Lists come as a stream of pages.
    Streamed,
    /// Lists and events are narrowed by a queryset.
    Seen,
}

impl Stream {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Whole, Self::Pages, Self::Cursor, Self::Streamed, Self::Seen];

    /// The word that the consumer's name ends with.
    const fn word(self) -> &'static str {
        match self {
            Self::Whole => "",
            Self::Pages => "Pages",
            Self::Cursor => "Cursor",
            Self::Streamed => "Streamed",
            Self::Seen => "Seen",
        }
    }

    /// The name of its stream.
    pub fn name(self, model: &Model) -> String {
        let suffix = match self {
            Self::Whole => "",
            Self::Pages => "_pages",
            Self::Cursor => "_cursor",
            Self::Streamed => "_streamed",
            Self::Seen => "_seen",
        };
        format!("{}{suffix}", model.name.to_lowercase())
    }
}

/// A column that clients can name, of the model itself or along foreign keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath {
    /// The foreign keys: positions in the columns of the model that the way has come to.
    pub path: Vec<usize>,
    /// A position in the columns of the last model.
    pub column: usize,
}

/// Foreign keys of a way, at most.
const MOST_HOPS: usize = 2;

impl Definition {
    /// The first model.
    pub fn root(&self) -> &Model {
        &self.models[0]
    }

    /// The column that a way leads to, and its model.
    pub fn reached(&self, reach: &FieldPath) -> (&Model, usize) {
        let mut model = self.root();
        for step in &reach.path {
            let target = model.columns[*step].kind.target();
            model = self.model(target.unwrap_or_else(|| panic!("{reach:?} leads nowhere")));
        }
        (model, reach.column)
    }

    /// The name of a way on the wire.
    pub fn spelled(&self, reach: &FieldPath) -> String {
        let (mut model, mut name) = (self.root(), String::new());
        for step in &reach.path {
            let column = &model.columns[*step];
            name = name + &column.name + "__";
            model = self.model(column.kind.target().unwrap_or_else(|| panic!("{reach:?} leads nowhere")));
        }
        name + &model.columns[reach.column].name
    }

    /// Everything that clients can name, but for JSON.
    pub fn reaches(&self) -> Vec<FieldPath> {
        let mut found = Vec::new();
        self.reaches_of(self.root(), &[], &mut found);
        found
    }

    fn reaches_of(&self, model: &Model, path: &[usize], found: &mut Vec<FieldPath>) {
        for (index, column) in model.columns.iter().enumerate() {
            if !column.kind.is_json() {
                found.push(FieldPath { path: path.to_vec(), column: index });
            }
        }
        if path.len() == MOST_HOPS {
            return;
        }
        for (index, column) in model.columns.iter().enumerate() {
            if let Some(target) = column.kind.target() {
                self.reaches_of(self.model(target), &[path, &[index]].concat(), found);
            }
        }
    }

    /// What is searched: texts of the model itself, and those one foreign key away.
    pub fn searched(&self) -> Vec<FieldPath> {
        let is_text = |reach: &FieldPath| {
            let (model, column) = self.reached(reach);
            model.columns[column].kind.is_text() && reach.path.len() < MOST_HOPS
        };
        self.reaches().into_iter().filter(is_text).collect()
    }

    pub(super) fn serializers(&self) -> Json {
        let serializers = self.models.iter().map(|model| {
            let fields: Vec<&str> = model.columns.iter().map(|column| column.name.as_str()).collect();
            let mut serializer = json!({ "model": model.name, "fields": fields });
            // What is stored is what was sent: texts as they are, and keys where the server would make some.
            let texts = model.columns.iter().filter(|column| matches!(column.kind, Kind::Text { .. }));
            let mut kwargs: Map<String, Json> = texts
                .map(|column| (column.name.clone(), json!({ "allow_blank": true, "trim_whitespace": false })))
                .collect();
            if model.key().kind == Kind::Uuid {
                kwargs.insert(model.key().name.clone(), json!({ "read_only": false }));
            }
            if !kwargs.is_empty() {
                serializer["extra_kwargs"] = Json::Object(kwargs);
            }
            (format!("{}Serializer", model.name), serializer)
        });
        Json::Object(serializers.collect())
    }

    pub(super) fn consumers(&self) -> Json {
        let mut consumers = Map::new();
        for stream in Stream::ALL {
            let root = self.root();
            let mut consumer = self.lists(stream.name(root));
            match stream {
                Stream::Whole => {
                    consumer["mixins"] = json!(["list", "retrieve", "create", "update", "patch", "delete"]);
                    consumer["observers"] = self.changes();
                }
                Stream::Pages => {
                    consumer["mixins"] = json!(["paginated_list"]);
                    consumer["pagination"] = json!({ "page_size": 3 });
                }
                Stream::Cursor => {
                    consumer["mixins"] = json!(["paginated_list"]);
                    consumer["pagination"] = json!({ "page_size": 3, "style": "cursor" });
                }
                Stream::Streamed => {
                    consumer["mixins"] = json!(["streamed_list"]);
                    consumer["pagination"] = json!({ "page_size": 3 });
                }
                Stream::Seen => {
                    consumer["mixins"] = json!(["list", "retrieve"]);
                    consumer["queryset"] = json!("custom");
                    consumer["observers"] = self.changes();
                }
            }
            consumers.insert(format!("{}{}Consumer", root.name, stream.word()), consumer);
        }
        for model in &self.models[1..] {
            let consumer = json!({
                "stream": model.name.to_lowercase(),
                "serializer": format!("{}Serializer", model.name),
                "mixins": ["list", "retrieve", "create", "patch", "delete"],
            });
            consumers.insert(format!("{}Consumer", model.name), consumer);
        }
        Json::Object(consumers)
    }

    /// A consumer of the first model that allows everything that can be allowed.
    fn lists(&self, stream: String) -> Json {
        let names: Vec<String> = self.reaches().iter().map(|reach| self.spelled(reach)).collect();
        let search: Vec<String> = self.searched().iter().map(|reach| self.spelled(reach)).collect();
        let mut consumer = json!({
            "stream": stream,
            "serializer": format!("{}Serializer", self.root().name),
            "filter": names,
            "search": search,
            "order_by": names,
        });
        if !self.ordering.is_empty() {
            let term = |(column, descending): &(usize, bool)| {
                let sign = if *descending { "-" } else { "" };
                format!("{sign}{}", self.root().columns[*column].name)
            };
            consumer["ordering"] = json!(self.ordering.iter().map(term).collect::<Vec<_>>());
        }
        consumer
    }

    /// An observer of every row of the first model.
    fn changes(&self) -> Json {
        let root = &self.root().name;
        json!({ "changes": { "model": root, "serializer": format!("{root}Serializer"), "groups": [] } })
    }
}
