//! A password goes in, is stored as a hash, and never comes out.

use dcrf_e2e::{App, Database, Server};
use serde_json::json;

use crate::envelope::{USERS, create, id};
use crate::on_both_databases;

on_both_databases!(a_password_is_hashed_and_never_shown, a_refused_password_is_not_repeated);

const STORED: &str = "SELECT password FROM \"user\"";

/// Django's format: `pbkdf2_sha256$<iterations>$<salt>$<base64 of 32 bytes>`.
fn assert_is_hash(stored: &str) {
    let parts: Vec<&str> = stored.split('$').collect();
    let [algorithm, iterations, salt, hash] = parts[..] else { panic!("{stored} is no hash of Django's") };
    assert_eq!(algorithm, "pbkdf2_sha256");
    assert!(iterations.parse::<u32>().is_ok_and(|iterations| iterations >= 600_000), "{stored}");
    assert!(salt.len() >= 16 && hash.len() == 44 && hash.ends_with('='), "{stored}");
}

async fn a_password_is_hashed_and_never_shown(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let mut socket = server.connect(USERS).await;
    let created = socket.request(create("alice", 1)).await;
    let pk = id(&created);
    let first = database.text(STORED).await;
    assert_is_hash(&first);
    let patch = json!({"action": "patch", "request_id": 2, "pk": pk, "data": {"email": "x@example.com"}});
    let patched = socket.request(patch).await;
    assert_eq!(database.text(STORED).await, first, "a password that is not sent stays");
    let update = json!({
        "action": "update", "request_id": 3, "pk": pk, "data": {"username": "alice", "password": "a secret"}
    });
    let updated = socket.request(update).await;
    let second = database.text(STORED).await;
    assert_is_hash(&second);
    assert_ne!(second, first, "every hash has a salt of its own");
    let retrieved = socket.request(json!({"action": "retrieve", "request_id": 4, "pk": pk})).await;
    let listed = socket.request(json!({"action": "list", "request_id": 5})).await;
    for answer in [created, patched, updated, retrieved, listed] {
        let text = answer.to_string();
        for secret in ["password", "pbkdf2", "a secret"] {
            assert!(!text.contains(secret), "{text}");
        }
        assert_eq!(answer["errors"], json!([]), "{text}");
    }
}

async fn a_refused_password_is_not_repeated(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let mut socket = server.connect(USERS).await;
    let secret = "a very long secret ".repeat(200);
    for data in [
        json!({"username": "not a name", "password": "a very long secret"}),
        json!({"username": "alice", "password": [secret]}),
    ] {
        let answer = socket.request(json!({"action": "create", "request_id": 1, "data": data})).await;
        assert_eq!(answer["response_status"], json!(400), "{answer}");
        assert!(!answer.to_string().contains("very long secret"), "{answer}");
    }
}
