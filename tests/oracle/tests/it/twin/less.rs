//! Making requests smaller.

use dcrf_oracle::shrink::Step;

use super::json::Json;
use super::payloads::Request;

/// Ways to make a request smaller.
pub fn steps(request: &Request) -> Vec<Step<Request>> {
    let Some(data) = &request.data else { return Vec::new() };
    let smaller = less(data).into_iter().map(|data| -> Step<Request> {
        Box::new(move |request| Some(Request { data: Some(data.clone()), ..request.clone() }))
    });
    smaller.collect()
}

/// The values that lack one part of a value.
fn less(value: &Json) -> Vec<Json> {
    let mut found = Vec::new();
    match value {
        Json::Raw(text) => found.extend(shorter(text).map(Json::Raw)),
        Json::List(items) => {
            for index in 0..items.len() {
                let mut fewer = items.clone();
                fewer.remove(index);
                found.push(Json::List(fewer));
            }
            for (index, item) in items.iter().enumerate() {
                found.extend(less(item).into_iter().map(|item| {
                    let mut items = items.clone();
                    items[index] = item;
                    Json::List(items)
                }));
            }
        }
        Json::Object(entries) => {
            for index in 0..entries.len() {
                let mut fewer = entries.clone();
                fewer.remove(index);
                found.push(Json::Object(fewer));
            }
            for (index, (_, value)) in entries.iter().enumerate() {
                found.extend(less(value).into_iter().map(|value| {
                    let mut entries = entries.clone();
                    entries[index].1 = value;
                    Json::Object(entries)
                }));
            }
        }
    }
    found
}

/// Half of a long text, or of a number with many digits.
fn shorter(text: &str) -> Option<String> {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() < 16 || text.contains('\\') {
        return None;
    }
    let quote = if text.starts_with('"') { "\"" } else { "" };
    let inner: String = letters[quote.len()..letters.len() / 2].iter().collect();
    Some(format!("{quote}{inner}{quote}"))
}
