//! The dashboard of a moderator.

use dcrf_applications::live_analytics::{publish, service};
use dcrf_e2e::Database;
use dcrf_runtime::Model as _;
use dcrf_runtime::broker::BrokerOptions;
use live_analytics::models::{Event, NewEvent, NewUser, User, UserRole};
use serde_json::json;

use crate::on_both_databases;
use crate::server::{Server, answer, refusal};

on_both_databases!(
    figures_come_to_those_who_have_asked_for_them,
    the_query_names_figures,
    close_codes_say_what_is_missing,
    unknown_figures_are_refused,
);

/// One attendee, one moderator and two events.
async fn fill(server: &Server) {
    for (username, role) in [("ann", UserRole::Attendee), ("mo", UserRole::Moderator)] {
        let user = NewUser { username: username.to_owned(), role: Some(role) };
        User::objects(&server.db).create(user).await.expect("a user");
    }
    for name in ["Opening", "Closing"] {
        Event::objects(&server.db).create(NewEvent { name: name.to_owned() }).await.expect("an event");
    }
}

async fn figures_come_to_those_who_have_asked_for_them(database: Database) {
    let server = Server::start(database, service()).await;
    fill(&server).await;
    let mut dashboard = server.open("/ws/live-analytics/1/?token=user-2").await;
    let mut other = server.open("/ws/live-analytics/2/?token=user-2&metrics=no_show").await;
    for (request_id, action, subscribed) in
        [(1, "no_show", json!(["no_show"])), (2, "chats", json!(["no_show", "chats"]))]
    {
        let answered = dashboard.request(&json!({"action": action, "request_id": request_id})).await;
        assert_eq!(answered, answer(action, request_id, 200, json!({"subscribed": subscribed})));
    }
    for metric in ["participation_rate", "chats"] {
        publish(&server.db, 1, metric, &json!({"count": 3})).await.expect("figures");
    }
    let frame = json!({"type": "update", "metric": "chats", "data": {"count": 3}});
    assert_eq!(dashboard.expect_frame().await, frame);
    dashboard.expect_nothing().await;
    other.expect_nothing().await;
}

async fn the_query_names_figures(database: Database) {
    let server = Server::start(database, service()).await;
    fill(&server).await;
    let mut dashboard =
        server.open("/ws/live-analytics/1/?token=user-2&metrics=no_show%2Cweather,chats").await;
    let answered = dashboard.request(&json!({"action": "chats", "request_id": 1})).await;
    assert_eq!(answered["data"], json!({"subscribed": ["no_show", "chats"]}));
    publish(&server.db, 1, "no_show", &json!({"count": 7})).await.expect("figures");
    let frame = json!({"type": "update", "metric": "no_show", "data": {"count": 7}});
    assert_eq!(dashboard.expect_frame().await, frame);
}

async fn close_codes_say_what_is_missing(database: Database) {
    let server = Server::start(database, service()).await;
    fill(&server).await;
    for (target, code) in [
        ("/ws/live-analytics/1/", 4001),
        ("/ws/live-analytics/1/?token=user-1", 4003),
        ("/ws/live-analytics/1/?token=user-9", 4003),
        ("/ws/live-analytics/3/?token=user-2", 4004),
    ] {
        assert_eq!(server.open(target).await.expect_close().await, code, "{target}");
    }
    assert_eq!(server.refuses("/ws/live-analytics/opening/?token=user-2").await, 404);
    assert_eq!(server.refuses("/ws/live-analytics/1/?token=none").await, 401);
}

async fn unknown_figures_are_refused(database: Database) {
    let server = Server::start(database, service()).await;
    fill(&server).await;
    let mut dashboard = server.open("/ws/live-analytics/1/?token=user-2").await;
    let refused = dashboard.request(&json!({"action": "weather", "request_id": 1})).await;
    assert_eq!(refused, refusal("weather", 1, 405, json!(["Method \"weather\" not allowed."])));
    let unnamed = dashboard.request(&json!({"request_id": 2})).await;
    assert_eq!(unnamed["response_status"], 405);
    // A moderator whose role ends while the socket is open is asked again.
    let attendee =
        live_analytics::models::UserChanges { role: Some(UserRole::Attendee), ..Default::default() };
    User::objects(&server.db).update(2, attendee).await.expect("a user");
    let refused = dashboard.request(&json!({"action": "chats", "request_id": 3})).await;
    let forbidden = json!(["You do not have permission to perform this action."]);
    assert_eq!(refused, refusal("chats", 3, 403, forbidden));
}

/// The name by which PostgreSQL notifies a group, and the text, are those of docs/brokers.md.
#[tokio::test]
async fn a_job_in_another_program_sends_figures_by_postgres() {
    let Some(database) = Database::postgres().await else { return };
    let server = Server::start(database, service()).await;
    fill(&server).await;
    let options = BrokerOptions::new("live-analytics");
    server.db.use_broker(&server.database.url(), options).await.expect("a broker");
    let mut dashboard = server.open("/ws/live-analytics/1/?token=user-2").await;
    dashboard.request(&json!({"action": "chats", "request_id": 1})).await;
    let notify = r#"SELECT pg_notify('dcrf_b8b7f5d4bb888230_48', '{"v": 1, "node": 4711, "seq": 0, "said": {"raw": {
        "channel": "live_analytics/group:/event_1_chats", "addressed": false, "change": null,
        "frame": {"type": "update", "metric": "chats", "data": {"count": 9}}
    }}}')"#;
    server.database.transaction(&[notify], true).await;
    let frame = json!({"type": "update", "metric": "chats", "data": {"count": 9}});
    assert_eq!(dashboard.expect_frame().await, frame);
}
