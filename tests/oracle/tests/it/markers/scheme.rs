//! Definitions with rights, drawn at random: which consumers there are over which model, what narrows each, and what
//! each shows.

use dcrf_oracle::seed::Dice;
use serde_json::{Map, Value as Json, json};

/// The models. Their columns are in the order in which [`columns`](Table::columns) gives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// Somebody: `id`, `name`, `team`, `pin`.
    Person,
    /// What somebody owns: `id`, `owner`, `reviewer`, `open`, `title`, `body`, `pin`.
    Doc,
    /// What somebody says of a doc: `id`, `doc`, `author`, `text`, `pin`.
    Note,
    /// What everybody sees: `id`, `name`.
    Label,
}

impl Table {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Person, Self::Doc, Self::Note, Self::Label];

    /// The name of the model.
    pub const fn model(self) -> &'static str {
        match self {
            Self::Person => "Person",
            Self::Doc => "Doc",
            Self::Note => "Note",
            Self::Label => "Label",
        }
    }

    /// The names of the columns.
    pub const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Person => &["id", "name", "team", "pin"],
            Self::Doc => &["id", "owner", "reviewer", "open", "title", "body", "pin"],
            Self::Note => &["id", "doc", "author", "text", "pin"],
            Self::Label => &["id", "name"],
        }
    }

    /// Which column has a name.
    ///
    /// # Panics
    /// If none has.
    pub fn column(self, name: &str) -> usize {
        let found = self.columns().iter().position(|column| *column == name);
        found.unwrap_or_else(|| panic!("{self:?} has no column {name}"))
    }
}

/// Whose rows a connection sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Everybody's.
    All,
    /// Those of whoever is at the end of these foreign keys.
    Own(&'static [&'static str]),
    /// Those of the team of whoever is at the end of these foreign keys.
    Team(&'static [&'static str]),
    /// Docs that are the connection's own or open.
    OwnOrOpen,
}

/// A consumer.
#[derive(Debug, Clone)]
pub struct Served {
    /// The name of its stream.
    pub stream: &'static str,
    /// Whose rows it serves.
    pub table: Table,
    /// What it shows.
    pub shown: &'static str,
    /// Its queryset.
    pub sight: Sight,
    /// Whether only staff may ask it.
    pub staff: bool,
    /// Whether it asks about each row whether it is the connection's own, which lists do not.
    pub own_rows: bool,
    /// How it lists.
    pub lists: Lists,
    /// Whether it writes.
    pub writes: bool,
}

/// How a consumer lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lists {
    /// It does not.
    No,
    /// Whole.
    Whole,
    /// In pages of a limit and an offset.
    Pages,
    /// In pages by cursor.
    Cursor,
    /// As a stream of pages.
    Streamed,
}

/// A definition.
#[derive(Debug, Clone)]
pub struct Scheme {
    /// Its consumers.
    pub consumers: Vec<Served>,
    /// What docs show of their reviewer: its key, or its row.
    pub reviewer: Nested,
    /// Whether docs show their notes, and whether they write them.
    pub notes: Nested,
    /// Whether an author of a note is somebody whom its writer sees.
    pub knows_authors: bool,
    /// How deep cards are shown.
    pub depth: usize,
    /// Whether observers show cards, and not rows as the consumer does.
    pub observes_cards: bool,
    /// Which notes are heard of through the consumer of docs; none: no observer tells of them there.
    pub heard: Option<Heard>,
}

/// Related rows in a doc.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nested {
    /// They are not shown, or only by their keys.
    No,
    /// They are shown.
    Shown,
    /// They are shown, and written as their own consumer lets whoever asks.
    Guarded,
    /// They are shown, and written by whoever may write the doc.
    Open,
}

impl Nested {
    /// Whether they are shown.
    pub const fn is_shown(self) -> bool {
        !matches!(self, Self::No)
    }

    /// Whether they are written.
    pub const fn is_written(self) -> bool {
        matches!(self, Self::Guarded | Self::Open)
    }

    /// The entry in `nested`.
    fn entry(self, serializer: &str, many: bool, guard: &str) -> Json {
        let mut entry = json!({ "serializer": serializer });
        if many {
            entry["many"] = json!(true);
        }
        match self {
            Self::No | Self::Shown => entry["read_only"] = json!(true),
            Self::Guarded => entry["queryset"] = json!(guard),
            Self::Open => entry["queryset"] = json!("all"),
        }
        entry
    }
}

/// Which rows of another model an observer tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// All of them.
    All,
    /// Those that their own consumer shows.
    Guarded,
    /// Those of a queryset of the observer's own: notes by their authors.
    Custom,
}

/// What an observer of notes with a queryset of its own tells of.
pub const HEARD: Sight = Sight::Own(&["author"]);

impl Scheme {
    /// Draws one.
    pub fn random(dice: &mut Dice) -> Self {
        let docs = *dice.pick(&[Sight::Own(&["owner"]), Sight::Team(&["owner"]), Sight::OwnOrOpen]);
        let board = *dice.pick(&[Sight::All, Sight::Team(&["owner"]), Sight::Own(&["reviewer"])]);
        let notes = *dice.pick(&[
            Sight::Own(&["doc", "owner"]),
            Sight::Own(&["author"]),
            Sight::Team(&["doc", "owner"]),
            Sight::Team(&["author"]),
        ]);
        let people = *dice.pick(&[Sight::All, Sight::Own(&[]), Sight::Team(&[])]);
        let mut lists = || *dice.pick(&[Lists::Whole, Lists::Pages, Lists::Cursor, Lists::Streamed]);
        let served = |stream, table, shown, sight, lists| Served {
            stream,
            table,
            shown,
            sight,
            staff: false,
            own_rows: false,
            lists,
            writes: true,
        };
        let mut consumers = vec![
            served("docs", Table::Doc, "DocSerializer", docs, lists()),
            served("notes", Table::Note, "NoteSerializer", notes, lists()),
            Served {
                writes: false,
                ..served("people", Table::Person, "PersonSerializer", people, Lists::Whole)
            },
            Served {
                writes: false,
                ..served("labels", Table::Label, "LabelSerializer", Sight::All, Lists::Whole)
            },
        ];
        if dice.chance(60) {
            let mut board = served("board", Table::Doc, "CardSerializer", board, Lists::Whole);
            (board.staff, board.writes) = (true, false);
            consumers.push(board);
        }
        if dice.chance(60) {
            let mut vault = served("vault", Table::Doc, "DocSerializer", Sight::All, Lists::No);
            vault.own_rows = true;
            consumers.push(vault);
        }
        // Nobody asks a consumer that shows every row.
        let is_narrowed = people != Sight::All;
        let reviewer = *dice.pick(&[Nested::No, Nested::Shown, Nested::Guarded, Nested::Guarded]);
        Self {
            consumers,
            reviewer: if is_narrowed || !reviewer.is_written() { reviewer } else { Nested::Shown },
            notes: *dice.pick(&[Nested::No, Nested::Shown, Nested::Guarded, Nested::Open]),
            knows_authors: dice.chance(50) && is_narrowed,
            depth: dice.roll(2),
            observes_cards: dice.chance(40),
            heard: *dice.pick(&[None, Some(Heard::All), Some(Heard::Guarded), Some(Heard::Custom)]),
        }
    }

    /// A consumer by its stream.
    pub fn served(&self, stream: &str) -> &Served {
        let found = self.consumers.iter().find(|served| served.stream == stream);
        found.unwrap_or_else(|| panic!("there is no stream {stream}"))
    }

    /// The document.
    pub fn to_text(&self) -> String {
        let document = json!({
            "name": "markers",
            "models": models(),
            "serializers": self.serializers(),
            "consumers": self.consumers.iter().map(|own| (name(own), self.consumer(own))).collect::<Map<_, _>>(),
        });
        serde_json::to_string_pretty(&document).expect("a document is plain JSON") + "\n"
    }

    fn serializers(&self) -> Json {
        let mut doc = json!({
            "model": "Doc",
            "fields": ["id", "owner", "reviewer", "open", "title", "body", "pin", "labels"],
            "extra_kwargs": { "pin": { "write_only": true } },
            "nested": {},
        });
        if self.reviewer.is_shown() {
            doc["nested"]["reviewer"] = self.reviewer.entry("DocPersonSerializer", false, "PeopleConsumer");
            doc["fields"].as_array_mut().expect("a list").push(json!("reviewer_key"));
            doc["extra_kwargs"]["reviewer_key"] = json!({ "source": "reviewer", "read_only": true });
        }
        if self.notes.is_shown() {
            doc["fields"].as_array_mut().expect("a list").push(json!("notes"));
            doc["nested"]["notes"] = self.notes.entry("DocNoteSerializer", true, "NotesConsumer");
        }
        let mut note = json!({
            "model": "Note",
            "fields": ["id", "doc", "author", "text", "pin"],
            "extra_kwargs": { "pin": { "write_only": true } },
        });
        if self.knows_authors {
            note["extra_kwargs"]["author"] = json!({ "queryset": "PeopleConsumer" });
        }
        json!({
            "PersonSerializer": { "model": "Person", "fields": ["id", "name", "team"] },
            "DocPersonSerializer": { "model": "Person", "fields": ["id", "name"] },
            "DocSerializer": doc,
            "CardSerializer": { "model": "Doc", "fields": ["id", "title", "owner"], "depth": self.depth },
            "NoteSerializer": note,
            "DocNoteSerializer": {
                "model": "Note",
                "fields": ["id", "author", "text", "pin"],
                "extra_kwargs": { "pin": { "write_only": true } },
            },
            "NoteCardSerializer": { "model": "Note", "fields": ["id", "text", "doc"], "depth": self.depth },
            "LabelSerializer": { "model": "Label", "fields": ["id", "name"] },
        })
    }

    /// What observers of a consumer show.
    pub fn observed(&self, served: &Served) -> &'static str {
        match served.table {
            Table::Doc if self.observes_cards => "CardSerializer",
            Table::Note if self.observes_cards => "NoteCardSerializer",
            _ => served.shown,
        }
    }

    fn consumer(&self, own: &Served) -> Json {
        let mut consumer = json!({ "stream": own.stream, "serializer": own.shown });
        let mut mixins = vec!["observer_instance"];
        if own.writes {
            mixins.extend(["create", "update", "patch", "delete"]);
        }
        match own.lists {
            Lists::No => {}
            Lists::Whole => mixins.push("list"),
            Lists::Pages | Lists::Cursor => mixins.push("paginated_list"),
            Lists::Streamed => mixins.push("streamed_list"),
        }
        if own.lists != Lists::No {
            if own.lists != Lists::Whole {
                consumer["pagination"] = json!({ "page_size": 3 });
            }
            if own.lists == Lists::Cursor {
                consumer["pagination"]["style"] = json!("cursor");
            }
            let texts: &[&str] = match own.shown {
                "DocSerializer" => &["title", "body"],
                "CardSerializer" => &["title"],
                "NoteSerializer" => &["text"],
                _ => &["name"],
            };
            consumer["search"] = json!(texts);
            consumer["filter"] = json!(texts);
            consumer["order_by"] = json!(texts);
        }
        consumer["mixins"] = json!(mixins);
        if own.sight != Sight::All {
            consumer["queryset"] = json!("custom");
        }
        let permissions: Vec<&str> = [(own.staff, "IsStaff"), (own.own_rows, "IsOwn")]
            .iter()
            .filter(|(is, _)| *is)
            .map(|(_, name)| *name)
            .collect();
        if !permissions.is_empty() {
            consumer["permission_classes"] = json!(permissions);
        }
        let model = own.table.model();
        let mut observers = json!({
            "changes": { "model": model, "serializer": self.observed(own), "groups": [] },
        });
        match own.table {
            Table::Doc => {
                observers["of_owner"] = json!({ "model": "Doc", "serializer": self.observed(own), "groups": [{ "by": ["owner"] }] });
            }
            Table::Note => {
                observers["of_doc"] = json!({ "model": "Note", "serializer": self.observed(own), "groups": [{ "by": ["doc"] }] });
            }
            Table::Person | Table::Label => {}
        }
        if let (Table::Doc, "docs", Some(heard)) = (own.table, own.stream, self.heard) {
            let queryset = match heard {
                Heard::All => "all",
                Heard::Guarded => "NotesConsumer",
                Heard::Custom => "custom",
            };
            observers["heard"] = json!({ "model": "Note", "serializer": "NoteSerializer", "groups": [], "queryset": queryset });
        }
        consumer["observers"] = observers;
        consumer
    }
}

/// The name of a consumer.
fn name(own: &Served) -> String {
    let (first, rest) = own.stream.split_at(1);
    format!("{}{rest}Consumer", first.to_uppercase())
}

fn models() -> Json {
    let text = json!({ "type": "string", "maxLength": 60 });
    let pin = json!({ "type": "string", "maxLength": 60, "writeOnly": true, "default": "none" });
    json!({
        "Person": {
            "type": "object",
            "properties": { "name": text, "team": { "type": "integer", "default": -1 }, "pin": pin },
            "required": ["name"],
        },
        "Doc": {
            "type": "object",
            "properties": {
                "owner": { "x-foreign-key": "Person", "x-on-delete": "cascade" },
                "reviewer": { "type": ["null"], "x-foreign-key": "Person", "x-on-delete": "set-null" },
                "open": { "type": "boolean", "default": false },
                "title": text,
                "body": text,
                "pin": pin,
                "labels": { "x-many-to-many": "Label", "minItems": 0 },
            },
            "required": ["owner", "title", "body"],
        },
        "Note": {
            "type": "object",
            "properties": {
                "doc": { "x-foreign-key": "Doc", "x-on-delete": "cascade", "x-related-name": "notes" },
                "author": { "x-foreign-key": "Person", "x-on-delete": "cascade" },
                "text": text,
                "pin": pin,
            },
            "required": ["doc", "author", "text"],
        },
        "Label": {
            "type": "object",
            "properties": { "name": text },
            "required": ["name"],
        },
    })
}
