//! Two people who speak.

use dcrf_applications::transcription::service;
use dcrf_e2e::Database;
use serde_json::{Value, json};

use crate::on_both_databases;
use crate::server::{Server, answer, refusal};

on_both_databases!(
    a_connection_gets_all_that_it_has_said,
    the_query_chooses_language_and_provider,
    a_version_of_the_protocol_is_selected,
    an_anonymous_voice_is_refused,
    pieces_that_are_not_speech_are_refused,
);

fn piece(request_id: i64, voice: &str) -> Value {
    json!({"action": "transcribe", "request_id": request_id, "voice_stream": voice})
}

async fn a_connection_gets_all_that_it_has_said(database: Database) {
    let server = Server::start(database, service()).await;
    let mut one = server.open("/ws/transcription/?token=user-1").await;
    let mut two = server.open("/ws/transcription/?token=user-1").await;
    let local = |text: &str| json!({"language": null, "stt_provider": "local", "transcript": text});
    let answered = one.request(&piece(1, "SGVsbG8=")).await;
    assert_eq!(answered, answer("transcribe", 1, 200, local("Hello")));
    let answered = two.request(&piece(1, "R29vZA==")).await;
    assert_eq!(answered, answer("transcribe", 1, 200, local("Good")));
    let answered = one.request(&piece(2, "IHdvcmxk")).await;
    assert_eq!(answered, answer("transcribe", 2, 200, local("Hello world")));
}

async fn the_query_chooses_language_and_provider(database: Database) {
    let server = Server::start(database, service()).await;
    let mut voice = server.open("/ws/transcription/?token=user-1&language=de&provider=cloud").await;
    let answered = voice.request(&piece(1, "SGFsbG8=")).await;
    let said = json!({"language": "de", "stt_provider": "cloud", "transcript": "Hallo"});
    assert_eq!(answered, answer("transcribe", 1, 200, said));
    let mut unknown = server.open("/ws/transcription/?token=user-1&provider=a%20friend").await;
    assert_eq!(unknown.expect_frame().await, json!({"error": "There is no provider a friend."}));
    assert_eq!(unknown.expect_close().await, 4400);
}

async fn a_version_of_the_protocol_is_selected(database: Database) {
    let server = Server::start(database, service()).await;
    // A client ends the handshake with an error if the server selects none of the versions that it offers.
    for offered in ["transcription.v1", "transcription.v3, transcription.v2"] {
        let target = "/ws/transcription/?token=user-1";
        let mut voice = server.offer(target, offered).await.unwrap_or_else(|refused| panic!("{refused:?}"));
        assert_eq!(voice.request(&piece(1, "T0s=")).await["data"]["transcript"], "OK");
    }
}

async fn an_anonymous_voice_is_refused(database: Database) {
    let server = Server::start(database, service()).await;
    let mut voice = server.open("/ws/transcription/").await;
    let forbidden = json!(["You do not have permission to perform this action."]);
    assert_eq!(voice.request(&piece(1, "SGVsbG8=")).await, refusal("transcribe", 1, 403, forbidden));
    assert_eq!(voice.close().await, 1000);
}

async fn pieces_that_are_not_speech_are_refused(database: Database) {
    let server = Server::start(database, service()).await;
    let mut voice = server.open("/ws/transcription/?token=user-1").await;
    let refused = voice.request(&piece(1, "not base64!")).await;
    assert_eq!((&refused["response_status"], &refused["data"]), (&json!(400), &Value::Null));
    assert!(refused["errors"][0]["voice_stream"].is_array(), "{refused}");
    let refused = voice.request(&piece(2, "/w==")).await;
    let errors = json!([{"voice_stream": ["This is not speech."]}]);
    assert_eq!(refused, refusal("transcribe", 2, 400, errors));
    let refused = voice.request(&json!({"action": "transcribe", "request_id": 3})).await;
    let errors = json!([{"voice_stream": ["This field is required."]}]);
    assert_eq!(refused, refusal("transcribe", 3, 400, errors));
    // What was refused is not kept.
    assert_eq!(voice.request(&piece(4, "T0s=")).await["data"]["transcript"], "OK");
}
