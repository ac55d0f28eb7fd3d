//! Django and the service on one database: each performs a request on the same rows.

use dcrf_oracle::seed::Dice;
use serde_json::{Value, json};

use super::compare::masked;
use super::definition::{Shape, Target};
use super::django::Django;
use super::json::Json;
use super::payloads::{Request, Stored, payload};
use super::service::Server;

/// Rows of each serializer that are stored before requests, if Django takes them.
const ROWS: usize = 7;

/// Both programs.
pub struct Twins {
    pub django: Django,
    server: Server,
    targets: Vec<Target>,
    stored: Stored,
    /// All that is stored, as text.
    base: String,
    /// Whether the database keeps the order of the keys of JSON.
    keeps_order: bool,
}

/// What both have done.
#[derive(Debug, Clone)]
pub struct Outcomes {
    pub django: Value,
    pub service: Value,
}

impl Twins {
    /// Starts both on an empty database: Django makes the tables.
    pub async fn start(python: &str, url: &str, targets: Vec<Target>) -> Self {
        let django = Django::start(python, url).await;
        let server = Server::start(url).await;
        let keeps_order = url.starts_with("sqlite");
        Self { django, server, targets, stored: Stored::default(), base: String::new(), keeps_order }
    }

    pub const fn stored(&self) -> &Stored {
        &self.stored
    }

    /// Stores random rows, through Django, in the place of all others.
    pub async fn store(&mut self, seed: u64) {
        let mut dice = Dice::new(seed);
        self.stored = Stored::default();
        self.server.disconnect();
        self.django.ask(r#"{"do": "empty"}"#).await;
        for number in 0..self.targets.len() {
            let target = self.targets[number].clone();
            if !target.mixins.iter().any(|name| name == "create") {
                continue;
            }
            for _ in 0..ROWS {
                let data = payload(&mut dice, &target, &self.stored, false);
                let request =
                    format!(r#"{{"do": "create", "serializer": "{}", "data": {data}}}"#, target.serializer);
                self.django.ask(&request).await;
            }
            let shown = self
                .django
                .ask(&json!({"do": "shown", "serializers": [target.serializer]}).to_string())
                .await;
            self.stored.add(shown);
        }
        let names: Vec<&str> = self.targets.iter().map(|target| target.serializer.as_str()).collect();
        let kept = self.django.ask(&json!({"do": "keep", "serializers": names}).to_string()).await;
        self.base = kept.to_string();
        self.stored.add(kept);
    }

    /// Has both perform a request, each on the same rows.
    pub async fn perform(&mut self, request: &Request, fault: Option<&str>) -> Outcomes {
        let mut django = self.django.ask(&request.for_django(fault)).await;
        let mut service = self.server.ask(&request.stream, &request.action, &request.arguments()).await;
        if django.get("read").is_some() && service["status"].as_u64().is_some_and(|status| status < 300) {
            let key = self.key_of(request, &django, &service);
            let read = self.server.ask(&request.stream, "retrieve", &format!(r#", "pk": {key}"#)).await;
            service["read"] = read["data"].clone();
        }
        let mut changes = self.django.ask(r#"{"do": "changes"}"#).await;
        service["rows"] = changes["rows"].take();
        let sent = request.data.as_ref().map(ToString::to_string).unwrap_or_default();
        let known = format!("{}{sent}", self.base);
        for outcome in [&mut django, &mut service] {
            rows_as_objects(&mut outcome["rows"]);
            if !self.keeps_order {
                self.sort_documents(request, outcome);
            }
            masked(outcome, &known);
        }
        Outcomes { django, service }
    }

    /// The key of the row that was written: the service may have made up another UUID.
    fn key_of(&self, request: &Request, django: &Value, service: &Value) -> Value {
        let target = self.targets.iter().find(|target| target.serializer == request.serializer);
        let name = target.map_or("id", |target| target.key.as_str());
        service["data"].get(name).unwrap_or(&django["key"]).clone()
    }

    /// Sorts the keys in columns of any JSON: Django shows what was sent, and the service what `jsonb` has made of it.
    fn sort_documents(&self, request: &Request, outcome: &mut Value) {
        let target = self.targets.iter().find(|target| target.serializer == request.serializer);
        for field in target.into_iter().flat_map(|target| &target.fields) {
            if matches!(&field.shape, Shape::Value(schema) if !schema.contains_key("type"))
                && let Some(value) = outcome["data"].get_mut(&field.name)
            {
                value.sort_all_objects();
            }
        }
    }

    pub async fn end(self) {
        self.server.end().await;
    }
}

impl Request {
    fn for_django(&self, fault: Option<&str>) -> String {
        let text =
            |value: &Option<Json>| value.as_ref().map_or_else(|| "null".to_owned(), ToString::to_string);
        format!(
            r#"{{"do": "perform", "action": "{}", "serializer": "{}", "key": {}, "data": {}, "fault": {}}}"#,
            self.action,
            self.serializer,
            text(&self.key),
            text(&self.data),
            json!(fault)
        )
    }

    fn arguments(&self) -> String {
        let entry = |name: &str, value: &Option<Json>| {
            value.as_ref().map(|value| format!(r#", "{name}": {value}"#)).unwrap_or_default()
        };
        entry("pk", &self.key) + &entry("data", &self.data)
    }
}

/// Each row of the database is the text of an object.
fn rows_as_objects(tables: &mut Value) {
    let lists = tables.as_object_mut().into_iter().flat_map(|tables| tables.values_mut());
    for row in lists.filter_map(Value::as_object_mut).flat_map(|changes| changes.values_mut()) {
        for row in row.as_array_mut().into_iter().flatten() {
            *row =
                row.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| row.take());
        }
    }
}
