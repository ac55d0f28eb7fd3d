//! What this server does better than the recorded one, defect by defect (PROTOCOL, "Peer defects", D1 to D22).
//!
//! A scenario is played up to the step that shows the defect, and what has to come instead stands here. Then the
//! connection must be open and silent, as at the end of every scenario. The multiplexed twin is held to the same.
//! What takes more than another frame at one step is a scenario of its own, in `better/`.

use dcrf_replay::{Json, PATIENCE, Scenario, Step, What, is, replay};

use crate::suite::{scenario, server};

/// What comes instead of a defect: frames, or the payloads of frames, as JSON with placeholders.
type Instead<'a> = (&'a str, &'a [&'a str]);

/// Plays scenarios up to their defect, and expects this instead.
async fn instead(expected: &[Instead<'_>]) {
    let server = server().await;
    for (name, payloads) in expected {
        let raw = scenario(name).unwrap_or_else(|| panic!("there is no scenario {name}"));
        let twin = scenario(&format!("{name}@mux"));
        for scenario in [Some(raw), twin].into_iter().flatten() {
            let name = scenario.name.clone();
            let corrected = corrected(scenario, payloads);
            if let Err(difference) = replay(&server, &corrected, PATIENCE).await {
                panic!("{name}: {difference:#?}");
            }
        }
    }
}

/// The scenario up to its defect, which is the first of its steps that no good server has.
fn corrected(mut scenario: Scenario, payloads: &[&str]) -> Scenario {
    assert!(scenario.is_defect, "{} shows no defect", scenario.name);
    let steps = &scenario.steps;
    let is_defect = |at: &usize| {
        let has_nan = |step: &Step| {
            step.source.get("send_text").and_then(Json::text).is_some_and(|text| text.contains("NaN"))
        };
        matches!(steps[*at].what, What::Closed(_) | What::Silent | What::ReceiveText(_))
            || has_nan(&steps[at - 1])
    };
    let at = (1..steps.len()).find(is_defect);
    let at = at.unwrap_or_else(|| panic!("{}: which step is the defect?", scenario.name));
    let shown = scenario.steps[at].clone();
    let stream =
        scenario.steps[..at].iter().rev().find_map(|step| step.source.get("send")?.get("stream").cloned());
    scenario.steps.truncate(at);
    for payload in payloads {
        let frame = match &stream {
            Some(stream) if scenario.name.ends_with("@mux") => {
                format!("{{\"stream\": {stream}, \"payload\": {payload}}}")
            }
            _ => (*payload).to_owned(),
        };
        let frame = Json::parse(&frame).unwrap_or_else(|| panic!("{frame} is no JSON"));
        scenario.steps.push(Step { what: What::Receive(frame.clone()), source: frame, ..shown.clone() });
    }
    scenario.variant = None;
    scenario
}

macro_rules! refused {
    ($status:literal, $action:literal, $id:literal, $errors:literal) => {
        concat!(
            r#"{"errors": "#,
            $errors,
            r#", "data": null, "action": "#,
            $action,
            r#", "response_status": "#,
            $status,
            r#", "request_id": "#,
            $id,
            "}"
        )
    };
}

macro_rules! answered {
    ($action:literal, $id:literal, $data:literal) => {
        concat!(
            r#"{"errors": [], "data": "#,
            $data,
            r#", "action": "#,
            $action,
            r#", "response_status": 200, "request_id": "#,
            $id,
            "}"
        )
    };
}

/// A complaint about the text of a frame: what could be read of action and id is repeated.
const UNREADABLE: &str = r#"{
    "errors": [{"$match": "regex", "pattern": "^(JSON parse error - |Invalid data. Expected a dictionary, but got )"}],
    "data": null, "action": {"$match": "any"}, "response_status": 400, "request_id": null
}"#;

/// The same without a key, at any depth, and with `null` under another.
fn corrected_json(json: &Json, without: &str, null: Option<&str>) -> Json {
    match json {
        Json::List(items) => {
            Json::List(items.iter().map(|item| corrected_json(item, without, null)).collect())
        }
        Json::Object(entries) => {
            let kept = entries.iter().filter(|(key, _)| !is(key, without));
            Json::Object(
                kept.map(|(key, value)| match null {
                    Some(null) if is(key, null) => (key.clone(), Json::Null),
                    _ => (key.clone(), corrected_json(value, without, null)),
                })
                .collect(),
            )
        }
        other => other.clone(),
    }
}

#[tokio::test]
async fn d2_d3_rooms_show_no_password_and_invent_no_message() {
    let server = server().await;
    for (name, null) in [("rooms/retrieve", None), ("rooms/retrieve_empty", Some("last_message"))] {
        for name in [name.to_owned(), format!("{name}@mux")] {
            let mut scenario = scenario(&name).unwrap_or_else(|| panic!("there is no scenario {name}"));
            for step in &mut scenario.steps {
                if let What::Receive(expected) = &mut step.what {
                    *expected = corrected_json(expected, "password", null);
                }
            }
            if let Err(difference) = replay(&server, &scenario, PATIENCE).await {
                panic!("{name}: {difference:#?}");
            }
        }
    }
}

#[tokio::test]
async fn d5_a_missing_argument_is_answered_400() {
    instead(&[
        (
            "crud/retrieve_pk_missing",
            &[refused!(400, r#""retrieve""#, 1, r#"[{"pk": ["This field is required."]}]"#)],
        ),
        (
            "crud/retrieve_pk_in_data",
            &[refused!(400, r#""retrieve""#, 1, r#"[{"pk": ["This field is required."]}]"#)],
        ),
        (
            "crud/update_pk_missing",
            &[refused!(400, r#""update""#, 1, r#"[{"pk": ["This field is required."]}]"#)],
        ),
        (
            "crud/patch_pk_missing",
            &[refused!(400, r#""patch""#, 1, r#"[{"pk": ["This field is required."]}]"#)],
        ),
        (
            "crud/lookup_field_pk",
            &[refused!(400, r#""retrieve""#, 1, r#"[{"username": ["This field is required."]}]"#)],
        ),
        (
            "crud/patch_data_missing",
            &[refused!(400, r#""patch""#, 1, r#"[{"non_field_errors": ["No data provided"]}]"#)],
        ),
    ])
    .await;
}

#[tokio::test]
async fn d5_keys_that_mean_nothing_are_ignored() {
    const USERS: &str = answered!(
        r#""list""#,
        1,
        r#"[{"id": 1, "username": "alice", "email": "alice@example.com"},
            {"id": 2, "username": "bob", "email": "bob@example.com"},
            {"id": 3, "username": "carol", "email": "carol@example.com"}]"#
    );
    instead(&[
        ("crud/reserved_key_consumer", &[USERS]),
        ("crud/reserved_key_queryset", &[USERS]),
        ("crud/reserved_key_scope", &[USERS]),
        ("crud/reserved_key_self", &[USERS]),
        ("custom/unexpected_argument", &[answered!(r#""narrow""#, 2, r#""only these two""#)]),
        ("pagination/reserved_key_view", &[answered!(r#""list""#, 1, r#"{"$match": "any"}"#)]),
    ])
    .await;
}

#[tokio::test]
async fn d5_actions_that_are_no_texts_are_answered_405() {
    instead(&[
        (
            "envelope/action_list",
            &[refused!(405, r#"["list"]"#, 1, r#"["Method \"['list']\" not allowed."]"#)],
        ),
        (
            "envelope/action_object",
            &[refused!(405, r#"{"a": 1}"#, 1, r#"["Method \"{'a': 1}\" not allowed."]"#)],
        ),
    ])
    .await;
}

#[tokio::test]
async fn d5_frames_that_are_no_requests_are_answered_400() {
    instead(&[
        ("frames/blank_text", &[UNREADABLE]),
        ("frames/byte_order_mark", &[UNREADABLE]),
        ("frames/control_character", &[UNREADABLE]),
        ("frames/deep_array_100000", &[UNREADABLE]),
        ("frames/deep_object_100000", &[UNREADABLE]),
        ("frames/empty_text", &[UNREADABLE]),
        ("frames/invalid_json_later", &[UNREADABLE]),
        ("frames/top_level_array", &[UNREADABLE]),
        ("frames/top_level_empty_array", &[UNREADABLE]),
        ("frames/top_level_number", &[UNREADABLE]),
        ("frames/top_level_true", &[UNREADABLE]),
        ("frames/trailing_garbage", &[UNREADABLE]),
        (
            "frames/binary_json",
            &[refused!(
                400,
                "null",
                "null",
                r#"["Binary frames are not supported: send JSON in text frames."]"#
            )],
        ),
    ])
    .await;
}

#[tokio::test]
async fn d5_a_failure_of_an_action_is_answered_and_the_next_request_too() {
    instead(&[
        (
            "custom/exception_sync",
            &[refused!(500, r#""sync_raises_plain""#, 1, r#"["A server error occurred."]"#)],
        ),
        (
            "custom/exception_loses_queue",
            &[
                refused!(500, r#""raises_plain""#, 2, r#"["A server error occurred."]"#),
                answered!(r#""an_async_action""#, 3, r#"{"response with": "some message"}"#),
            ],
        ),
        (
            "custom/django_validation_error",
            &[refused!(400, r#""raises_django_validation_error""#, 1, r#"["django says wrong"]"#)],
        ),
        ("custom/returns_date", &[answered!(r#""returns_date""#, 1, r#"{"day": "2024-02-29"}"#)]),
        (
            "crud/delete_protected",
            &[refused!(
                409,
                r#""delete""#,
                1,
                r#"[{"$match": "regex", "pattern": "^Cannot delete this category"}]"#
            )],
        ),
    ])
    .await;
}

#[tokio::test]
async fn d5_a_permission_that_does_not_understand_a_frame_is_answered_400() {
    let errors = refused!(400, r#""probe""#, 1, r#"[{"n": ["A valid integer is required."]}]"#);
    instead(&[("permissions/frame_type_error", &[errors])]).await;
}

/// Opens the first connection of these scenarios, whose handshake the recorded server refuses or fails, and probes.
#[tokio::test]
async fn d13_permissions_are_joined_and_negated_to_any_depth() {
    let server = server().await;
    let allowed = answered!(r#""probe""#, 1, r#""allowed""#);
    for name in ["permissions/chain", "permissions/drf_or_dcrf", "permissions/nested", "permissions/not"] {
        let mut scenario = scenario(name).unwrap_or_else(|| panic!("there is no scenario {name}"));
        let send = r#"{"conn": "a", "send": {"action": "probe", "request_id": 1}}"#;
        let answer = format!(r#"{{"conn": "a", "recv": {allowed}}}"#);
        scenario.steps.truncate(1);
        scenario.steps.extend([send, &answer].map(|step| Step::read(&Json::parse(step).expect("JSON"))));
        if let Err(difference) = replay(&server, &scenario, PATIENCE).await {
            panic!("{name}: {difference:#?}");
        }
    }
}

#[tokio::test]
async fn d14_frames_for_no_stream_are_answered_and_the_socket_stays() {
    const MALFORMED: &str = r#"{"stream": {"$match": "any"}, "payload": {
        "errors": [{"$match": "regex", "pattern": "^(Malformed multiplexed frame|JSON parse error|Binary frames|Invalid data)"}],
        "data": null, "action": {"$match": "any"}, "response_status": 400, "request_id": {"$match": "any"}
    }}"#;
    instead(&[
        ("multiplex/binary", &[MALFORMED]),
        ("multiplex/invalid_json", &[MALFORMED]),
        ("multiplex/payload_array", &[MALFORMED]),
        ("multiplex/payload_null", &[MALFORMED]),
        ("multiplex/raw_frame", &[MALFORMED]),
        ("multiplex/stream_null", &[MALFORMED]),
        ("multiplex/top_level_array", &[MALFORMED]),
    ])
    .await;
}

#[tokio::test]
async fn d18_limits_and_offsets_of_any_kind_are_answered() {
    const FIRST_THREE: &str = answered!(
        r#""list""#,
        1,
        r#"{"count": 7, "limit": 3, "offset": 0, "results": [
            {"id": 1, "username": "user01", "email": "user01@example.com"},
            {"id": 2, "username": "user02", "email": "user02@example.com"},
            {"id": 3, "username": "user03", "email": "user03@example.com"}
        ]}"#
    );
    instead(&[
        ("pagination/limit_array", &[FIRST_THREE]),
        ("pagination/limit_object", &[FIRST_THREE]),
        ("pagination/offset_null", &[FIRST_THREE]),
        ("pagination/offset_object", &[FIRST_THREE]),
        // There is no page size that is none: a definition without one is refused.
        (
            "pagination/no_page_size",
            &[answered!(
                r#""list""#,
                1,
                r#"{"count": 7, "limit": 25, "offset": 0, "results": {"$match": "any"}}"#
            )],
        ),
        (
            "pagination/limit_beyond_64_bits",
            &[answered!(
                r#""list""#,
                1,
                r#"{"count": 60, "limit": 9223372036854775807, "offset": 58, "results": [
                    {"id": 59, "username": "user59", "email": "user59@example.com"},
                    {"id": 60, "username": "user60", "email": "user60@example.com"}
                ]}"#
            )],
        ),
    ])
    .await;
}

#[tokio::test]
async fn d19_nan_and_infinity_are_refused_and_numbers_keep_their_digits() {
    instead(&[
        ("frames/nan_pk", &[UNREADABLE]),
        ("frames/nan_request_id", &[UNREADABLE]),
        // What Python makes Infinity of is a number in JSON, and comes back as it was sent.
        (
            "frames/huge_numbers",
            &[answered!(
                r#""retrieve""#,
                "1e400",
                r#"{"id": 1, "username": "alice", "email": "alice@example.com"}"#
            )],
        ),
        (
            "multiplex/nan",
            &[r#"{"stream": {"$match": "any"}, "payload": {
                "errors": [{"$match": "regex", "pattern": "^JSON parse error"}],
                "data": null, "action": null, "response_status": 400, "request_id": null
            }}"#],
        ),
    ])
    .await;
}

#[tokio::test]
async fn d20_every_action_is_answered() {
    instead(&[(
        "custom/returns_data_only",
        &[answered!(r#""returns_data_only""#, 1, r#"{"no": "status"}"#)],
    )])
    .await;
    // No scenario shows what an exception of a detached action should be answered with.
    let server = server().await;
    let mut scenario = scenario("custom/returns_data_only").expect("invariant: it was just played");
    let send = r#"{"conn": "a", "send": {"action": "detached_plain", "request_id": 7}}"#;
    let answer = refused!(500, r#""detached_plain""#, 7, r#"["A server error occurred."]"#);
    let answer = format!(r#"{{"conn": "a", "recv": {answer}}}"#);
    scenario.steps.truncate(1);
    scenario.steps.extend([send, &answer].map(|step| Step::read(&Json::parse(step).expect("JSON"))));
    replay(&server, &scenario, PATIENCE).await.expect("an answer");
}

#[tokio::test]
async fn d21_an_unknown_path_is_404() {
    let server = server().await;
    let mut scenario = scenario("frames/unknown_path").expect("the scenario of unknown paths");
    for step in &mut scenario.steps {
        if let What::Rejected(statuses) = &mut step.what {
            *statuses = vec![404];
        }
    }
    replay(&server, &scenario, PATIENCE).await.expect("HTTP 404");
}

#[tokio::test]
async fn d22_what_is_optional_may_be_left_out() {
    let server = server().await;
    let mut scenario = scenario("crud/list").expect("a scenario of users");
    let send = r#"{"conn": "a", "send": {"action": "create", "request_id": 1, "data": {"username": "dave", "password": "p"}}}"#;
    let answer = r#"{"conn": "a", "recv": {"errors": [], "data": {"id": 4, "username": "dave", "email": ""},
        "action": "create", "response_status": 201, "request_id": 1}}"#;
    scenario.steps.truncate(1);
    scenario.steps.extend([send, answer].map(|step| Step::read(&Json::parse(step).expect("JSON"))));
    replay(&server, &scenario, PATIENCE).await.expect("a user without an address");
}
