//! Rights that change without the row: who is told, what is shown, and what is not.

use std::time::Duration;

use axum::http::request::Parts;
use dcrf_runtime::dispatch::BoxFuture;
use dcrf_runtime::test::TestClient;
use dcrf_runtime::{Authenticator, Context, Db, Error, Identity, Model as _, Result, condition};
use letters::consumers::{TellAndFailInput, TellInput};
use letters::models::{
    Closure, Letter, Membership, NewClosure, NewLetter, NewMembership, NewNotice, NewPerson, Notice, Person,
};
use letters::{LetterHandler, NoticeHandler};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tungstenite::Message;

use super::on_each;

struct Rooms;

/// Returns the rooms whose letters a user sees.
async fn rooms(ctx: &Context) -> Result<Vec<i64>> {
    let closed: Vec<i64> =
        Closure::objects(ctx.db()).all().list().await?.into_iter().map(|closure| closure.room).collect();
    let me = ctx.user().key::<Person>().unwrap_or_default();
    let own = Membership::MEMBER.eq(me) | Membership::MEMBER.is_null();
    let memberships = Membership::objects(ctx.db()).filter(own).list().await?;
    Ok(memberships.into_iter().map(|own| own.room).filter(|room| !closed.contains(room)).collect())
}

impl LetterHandler for Rooms {
    async fn queryset(&self, ctx: &Context) -> Result<condition::Filter<Letter>> {
        Ok(Letter::ROOM.is_in(rooms(ctx).await?))
    }

    async fn named_groups(&self, row: Letter) -> Result<Vec<String>> {
        Ok(vec![row.room.to_string()])
    }

    async fn named_groups_for(&self, ctx: &Context) -> Result<Vec<String>> {
        Ok(rooms(ctx).await?.iter().map(i64::to_string).collect())
    }

    async fn tell(&self, ctx: &Context, input: TellInput) -> Result<()> {
        ctx.rights_changed(&input.user).await
    }

    async fn tell_and_fail(&self, ctx: &Context, input: TellAndFailInput) -> Result<()> {
        ctx.rights_changed(&input.user).await?;
        Err(Error::invalid("It was to fail."))
    }
}

impl NoticeHandler for Rooms {
    async fn counted_members(&self, ctx: &Context, _: &Notice) -> Result<i64> {
        let count = Membership::objects(ctx.db()).all().count().await?;
        Ok(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

/// The user is the one whom a header names.
struct Users;

impl Authenticator for Users {
    fn authenticate<'a>(&'a self, parts: &'a Parts, _: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        Box::pin(async {
            let user = parts.headers.get("x-user").and_then(|user| user.to_str().ok());
            Ok(user.filter(|user| !user.is_empty()).map_or(Identity::Anonymous, Identity::user))
        })
    }
}

pub(super) struct Node {
    pub(super) db: Db,
    address: String,
    task: JoinHandle<()>,
}

impl Node {
    pub(super) async fn start(url: &str) -> Self {
        let db = Db::connect(url, &letters::MIGRATIONS).await.expect("a database");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let served = db.clone();
        let task = tokio::spawn(async move {
            let service = letters::service(Rooms).authenticator(Users);
            service.serve(listener, served, std::future::pending()).await.expect("a service");
        });
        Self { db, address, task }
    }

    /// Opens a socket of a user.
    pub(super) async fn open(&self, stream: &str, user: &str) -> TestClient {
        let url = format!("ws://{}/ws/{stream}/", self.address);
        TestClient::try_connect(&url, &[("x-user", user)]).await.expect("a socket")
    }

    /// Opens a socket of a user that knows positions.
    pub(super) async fn greeted(&self, stream: &str, user: &str) -> TestClient {
        let mut client = self.open(stream, user).await;
        let hello = json!({"action": "$hello", "request_id": "h", "data": {"protocol": 1}});
        assert_eq!(client.request(&hello).await["response_status"], 200);
        client
    }

    pub(super) fn kill(self) {
        self.task.abort();
    }

    pub(super) async fn person(&self) -> i64 {
        Person::objects(&self.db).create(NewPerson { name: None }).await.expect("stored").id
    }

    pub(super) async fn join(&self, member: impl Into<Option<i64>>, room: i64) -> i64 {
        let new = NewMembership { member: Some(member.into()), room };
        Membership::objects(&self.db).create(new).await.expect("stored").id
    }

    pub(super) async fn leave(&self, membership: i64) {
        Membership::objects(&self.db).delete(membership).await.expect("deleted");
    }

    pub(super) async fn write(&self, room: i64, text: &str) -> i64 {
        let new = NewLetter { room, text: text.to_owned() };
        Letter::objects(&self.db).create(new).await.expect("stored").id
    }
}

/// Subscribes, from a position on if there is one, and returns the answer.
pub(super) async fn subscribe(client: &mut TestClient, action: &str, since: Option<&Value>) -> Value {
    let mut ask = json!({"action": action, "request_id": 1});
    if let Some(since) = since {
        ask["$dcrf"] = json!({"since": since});
    }
    let answer = client.request(&ask).await;
    assert_eq!(answer["response_status"], 201, "{answer}");
    answer
}

/// Everything up to a marker that the user sees: its texts, and `resync` with its reason.
async fn told_until(client: &mut TestClient, marker: &str) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let frame = client.expect_frame().await;
        let text = frame["data"]["text"].as_str().unwrap_or_default();
        match frame["action"].as_str() {
            Some("resync") => {
                assert_eq!((&frame["data"], &frame["request_id"]), (&Value::Null, &json!(1)), "{frame}");
                let reason = frame["$dcrf"]["reason"].as_str().unwrap_or("none");
                all.push(format!("resync {reason}"));
            }
            Some("$position") => {}
            _ if text == marker => return all,
            Some(action) => all.push(format!("{action} {text}")),
            None => panic!("{frame}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_is_taken_away_is_told_to_the_user_alone() {
    on_each(async |url| {
        let (a, b) = (Node::start(&url).await, Node::start(&url).await);
        let (ann, bob) = (a.person().await, a.person().await);
        let room = a.join(ann, 1).await;
        a.join(ann, 2).await;
        a.join(bob, 1).await;
        a.join(bob, 2).await;
        let mut own = a.greeted("letters", &ann.to_string()).await;
        let mut elsewhere = b.greeted("desk", &ann.to_string()).await;
        let mut old = b.open("letters", &ann.to_string()).await;
        let mut other = a.greeted("letters", &bob.to_string()).await;
        let mut nobody = a.greeted("letters", "").await;
        subscribe(&mut own, "subscribe_to_letters", None).await;
        subscribe(&mut elsewhere, "subscribe_to_others", None).await;
        subscribe(&mut old, "subscribe_to_letters", None).await;
        subscribe(&mut other, "subscribe_to_letters", None).await;
        subscribe(&mut nobody, "subscribe_to_letters", None).await;
        a.write(1, "before").await;
        for client in [&mut own, &mut elsewhere, &mut old, &mut other] {
            assert_eq!(told_until(client, "before").await, Vec::<String>::new());
        }
        a.leave(room).await;
        a.write(1, "hidden").await;
        a.write(2, "marker").await;
        for client in [&mut own, &mut elsewhere] {
            assert_eq!(told_until(client, "marker").await, ["resync rights"]);
        }
        assert_eq!(told_until(&mut old, "marker").await, ["resync none"]);
        assert_eq!(told_until(&mut other, "marker").await, ["create hidden"]);
        // A right that is given is told, too, and so is one of everybody.
        let room = a.join(ann, 1).await;
        a.write(1, "again").await;
        assert_eq!(told_until(&mut own, "again").await, ["resync rights"]);
        let open = a.join(None, 3).await;
        a.write(3, "open").await;
        for client in [&mut own, &mut nobody] {
            assert_eq!(told_until(client, "open").await, ["resync rights"]);
        }
        assert_eq!(told_until(&mut other, "open").await, ["create again", "resync rights"]);
        a.leave(open).await;
        // A row that moves from one user to another concerns both.
        let changes = [Membership::MEMBER.set(bob), Membership::ROOM.set(4)];
        Membership::objects(&b.db).patch(room, changes).await.expect("stored");
        a.write(2, "end").await;
        assert_eq!(told_until(&mut own, "end").await, ["resync rights", "resync rights"]);
        assert_eq!(told_until(&mut other, "end").await, ["resync rights", "resync rights"]);
        // Without a column, a change concerns everybody.
        Closure::objects(&a.db).create(NewClosure { room: 1 }).await.expect("stored");
        a.write(1, "closed").await;
        a.write(2, "last").await;
        assert_eq!(told_until(&mut own, "last").await, ["resync rights"]);
        assert_eq!(told_until(&mut other, "last").await, ["resync rights"]);
        a.kill();
        b.kill();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_lost_a_right_while_away_reads_everything_anew() {
    on_each(async |url| {
        let (a, b) = (Node::start(&url).await, Node::start(&url).await);
        let (ann, bob) = (a.person().await, a.person().await);
        let (of_ann, of_bob) = (a.join(ann, 1).await, a.join(bob, 1).await);
        a.join(ann, 2).await;
        let mut client = a.greeted("letters", &ann.to_string()).await;
        let from = subscribe(&mut client, "subscribe_to_letters", None).await["$dcrf"]["pos"].clone();
        client.close().await;
        // Rights of others change nothing.
        a.write(1, "first").await;
        a.leave(of_bob).await;
        for node in [&a, &b] {
            let mut client = node.greeted("letters", &ann.to_string()).await;
            let answer = subscribe(&mut client, "subscribe_to_letters", Some(&from)).await;
            assert_eq!(answer["data"]["resumed"], true, "{answer}");
            a.write(2, "marker").await;
            let told = told_until(&mut client, "marker").await;
            assert_eq!(told.first().map(String::as_str), Some("create first"));
        }
        a.leave(of_ann).await;
        a.write(1, "hidden").await;
        // A node that has nothing in memory reads the log of the database.
        let fresh = Node::start(&url).await;
        for node in [&a, &b, &fresh] {
            for (stream, action) in [
                ("letters", "subscribe_to_letters"),
                ("letters", "subscribe_to_named"),
                ("desk", "subscribe_to_others"),
            ] {
                let mut client = node.greeted(stream, &ann.to_string()).await;
                let answer = subscribe(&mut client, action, Some(&from)).await;
                assert_eq!(answer["data"], json!({"resumed": false, "reason": "rights"}), "{answer}");
                node.write(1, "hidden, too").await;
                node.write(2, "marker").await;
                assert_eq!(told_until(&mut client, "marker").await, Vec::<String>::new());
            }
        }
        // Deleted users are not members any more, and many rows at once concern everybody.
        let from =
            subscribe(&mut a.greeted("letters", &bob.to_string()).await, "subscribe_to_letters", None).await;
        let from = from["$dcrf"]["pos"].clone();
        let carl = a.person().await;
        a.join(carl, 7).await;
        let gone =
            subscribe(&mut a.greeted("letters", &carl.to_string()).await, "subscribe_to_letters", None).await;
        Person::objects(&b.db).delete(carl).await.expect("deleted");
        let mut client = a.greeted("letters", &carl.to_string()).await;
        let answer = subscribe(&mut client, "subscribe_to_letters", Some(&gone["$dcrf"]["pos"])).await;
        assert_eq!(answer["data"]["reason"], "rights", "{answer}");
        let mut client = a.greeted("letters", &bob.to_string()).await;
        assert_eq!(
            subscribe(&mut client, "subscribe_to_letters", Some(&from)).await["data"]["resumed"],
            true
        );
        if url.starts_with("postgres") {
            a.db.execute("TRUNCATE membership", vec![]).await.expect("stored");
            let gap = client.expect_event(|frame| frame["action"] == "resync").await;
            assert_eq!(gap["$dcrf"]["reason"], "rights", "{gap}");
            let answer = subscribe(&mut client, "subscribe_to_letters", Some(&from)).await;
            assert_eq!(answer["data"]["reason"], "rights", "{answer}");
        }
        for node in [a, b, fresh] {
            node.kill();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_in_groups_that_the_application_names_comes_back_for_others() {
    on_each(async |url| {
        let node = Node::start(&url).await;
        let ann = node.person().await;
        let right = node.join(ann, 1).await;
        let mut client = node.greeted("letters", &ann.to_string()).await;
        let from = subscribe(&mut client, "subscribe_to_named", None).await["$dcrf"]["pos"].clone();
        node.write(1, "shown").await;
        assert_eq!(told_until(&mut client, "shown").await, Vec::<String>::new());
        node.leave(right).await;
        node.join(ann, 2).await;
        node.write(1, "hidden").await;
        let frame = loop {
            match client.next_message().await {
                Some(Message::Close(Some(frame))) => break frame,
                Some(message) => assert!(!message.to_string().contains("hidden"), "{message}"),
                None => panic!("it was not closed"),
            }
        };
        assert_eq!(u16::from(frame.code), 1012);
        let mut client = node.greeted("letters", &ann.to_string()).await;
        let answer = subscribe(&mut client, "subscribe_to_named", Some(&from)).await;
        assert_eq!(answer["data"], json!({"resumed": false, "reason": "rights"}));
        node.write(1, "hidden").await;
        node.write(2, "marker").await;
        assert_eq!(told_until(&mut client, "marker").await, Vec::<String>::new());
        node.kill();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_rows_of_one_user_in_a_transaction_are_told_once() {
    on_each(async |url| {
        let node = Node::start(&url).await;
        let (ann, bob) = (node.person().await, node.person().await);
        node.join(ann, 1).await;
        node.join(bob, 1).await;
        let (mut own, mut other) = (
            node.greeted("letters", &ann.to_string()).await,
            node.greeted("letters", &bob.to_string()).await,
        );
        subscribe(&mut own, "subscribe_to_letters", None).await;
        subscribe(&mut other, "subscribe_to_letters", None).await;
        let transaction = node.db.begin().await.expect("begun");
        let memberships = Membership::objects(transaction.db());
        for room in 10..30 {
            memberships.create(NewMembership { member: Some(Some(ann)), room }).await.expect("stored");
        }
        let letters = Letter::objects(transaction.db());
        letters.create(NewLetter { room: 10, text: "new".to_owned() }).await.expect("stored");
        letters.create(NewLetter { room: 1, text: "marker".to_owned() }).await.expect("stored");
        transaction.commit().await.expect("stored");
        assert_eq!(told_until(&mut own, "marker").await, ["resync rights", "create new"]);
        assert_eq!(told_until(&mut other, "marker").await, Vec::<String>::new());
        // What a transaction takes back is nothing.
        let transaction = node.db.begin().await.expect("begun");
        let memberships = Membership::objects(transaction.db());
        let brief =
            memberships.create(NewMembership { member: Some(Some(ann)), room: 9 }).await.expect("stored");
        memberships.delete(brief.id).await.expect("deleted");
        transaction.commit().await.expect("stored");
        node.write(1, "end").await;
        assert_eq!(told_until(&mut own, "end").await, Vec::<String>::new());
        node.kill();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_application_tells_what_no_row_tells() {
    on_each(async |url| {
        let (a, b) = (Node::start(&url).await, Node::start(&url).await);
        let ann = a.person().await;
        a.join(ann, 1).await;
        let user = ann.to_string();
        let (mut letters, mut claims) =
            (a.greeted("letters", &user).await, b.greeted("notices", &user).await);
        let (mut free, mut other) = (b.greeted("notices", &user).await, b.greeted("notices", "77").await);
        let from = subscribe(&mut letters, "subscribe_to_letters", None).await["$dcrf"]["pos"].clone();
        subscribe(&mut claims, "subscribe_to_by_claims", None).await;
        subscribe(&mut free, "subscribe_to_notices", None).await;
        subscribe(&mut other, "subscribe_to_by_claims", None).await;
        let mut teller = a.open("letters", "").await;
        let tell = |action: &str, user: &str| json!({"action": action, "request_id": 5, "user": user});
        let failed = teller.request(&tell("tell_and_fail", &user)).await;
        assert_eq!(failed["response_status"], 400);
        let answer = teller.request(&tell("tell", &user)).await;
        assert!(answer["errors"].as_array().is_some_and(Vec::is_empty), "{answer}");
        for text in ["'\\\"", "8", ""] {
            teller.request(&tell("tell", text)).await;
        }
        a.write(1, "marker").await;
        Notice::objects(&a.db).create(NewNotice { text: "marker".to_owned() }).await.expect("stored");
        assert_eq!(told_until(&mut letters, "marker").await, ["resync rights"]);
        assert_eq!(told_until(&mut claims, "marker").await, ["resync rights"]);
        assert_eq!(told_until(&mut free, "marker").await, Vec::<String>::new());
        assert_eq!(told_until(&mut other, "marker").await, Vec::<String>::new());
        let mut again = b.greeted("letters", &user).await;
        let answer = subscribe(&mut again, "subscribe_to_letters", Some(&from)).await;
        assert_eq!(answer["data"]["reason"], "rights", "{answer}");
        let mut other = b.greeted("letters", "77").await;
        let answer = subscribe(&mut other, "subscribe_to_letters", Some(&from)).await;
        assert_eq!(answer["data"]["resumed"], true, "{answer}");
        a.kill();
        b.kill();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_method_reads_is_a_reason_to_read_anew() {
    on_each(async |url| {
        let node = Node::start(&url).await;
        let mut client = node.greeted("notices", "").await;
        let from = subscribe(&mut client, "subscribe_to_counted", None).await["$dcrf"]["pos"].clone();
        node.join(None, 1).await;
        let notice = NewNotice { text: "one".to_owned() };
        Notice::objects(&node.db).create(notice).await.expect("stored");
        let gap = client.expect_event(|frame| frame["request_id"] == 1).await;
        assert_eq!((&gap["action"], &gap["$dcrf"]["reason"]), (&json!("resync"), &json!("rights")), "{gap}");
        let event = client.expect_event(|frame| frame["request_id"] == 1).await;
        assert_eq!(event["data"]["members"], 1, "{event}");
        let mut again = node.greeted("notices", "").await;
        let answer = subscribe(&mut again, "subscribe_to_counted", Some(&from)).await;
        assert_eq!(answer["data"]["reason"], "rights");
        node.kill();
    })
    .await;
}

/// Memberships of many users change while they are told and come back: nobody is ever shown the text of a room in which
/// the user has never been, and a user whose rights are left alone is told of no change of rights.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_user_may_not_see_is_in_no_frame() {
    on_each(async |url| {
        let (a, b) = (Node::start(&url).await, Node::start(&url).await);
        let (ann, bob, eve) = (a.person().await, a.person().await, a.person().await);
        a.join(bob, 1).await;
        a.join(ann, 2).await;
        a.join(eve, 2).await;
        let mut bystander = b.greeted("letters", &eve.to_string()).await;
        subscribe(&mut bystander, "subscribe_to_letters", None).await;
        let writer = {
            let db = a.db.clone();
            tokio::spawn(async move {
                let (letters, memberships) = (Letter::objects(&db), Membership::objects(&db));
                let mut right = None;
                for round in 0..60_i64 {
                    match right.take() {
                        None => {
                            let new = NewMembership { member: Some(Some(ann)), room: 3 };
                            right = Some(memberships.create(new).await.expect("stored").id);
                        }
                        Some(own) => memberships.delete(own).await.expect("deleted"),
                    }
                    let secret = NewLetter { room: 1, text: format!("secret {round}") };
                    let secret = letters.create(secret).await.expect("stored");
                    let text = format!("open {round}");
                    letters.create(NewLetter { room: 2, text }).await.expect("stored");
                    letters
                        .patch(secret.id, [Letter::TEXT.set(format!("secret, {round}"))])
                        .await
                        .expect("stored");
                }
                letters.create(NewLetter { room: 2, text: "end".to_owned() }).await.expect("stored");
            })
        };
        let (mut since, mut refused, mut gaps) = (Value::Null, 0, 0);
        let mut round = 0;
        let mut is_over = false;
        while !is_over {
            round += 1;
            let mut client = if round % 2 == 0 { &a } else { &b }.greeted("letters", &ann.to_string()).await;
            let answer = subscribe(&mut client, "subscribe_to_letters", Some(&since)).await;
            refused += usize::from(answer["data"]["reason"] == "rights");
            since = answer["$dcrf"]["pos"].clone();
            let last = writer.is_finished();
            let list = client.request(&json!({"action": "list", "request_id": 2})).await;
            assert!(!list.to_string().contains("secret"), "{list}");
            is_over = last && list.to_string().contains("end");
            for _ in 0..5 {
                let frame = tokio::time::timeout(Duration::from_millis(30), client.expect_frame()).await;
                let Ok(frame) = frame else { break };
                assert!(!frame.to_string().contains("secret"), "{frame}");
                gaps += usize::from(frame["action"] == "resync");
                if frame["$dcrf"]["pos"].as_str() > since.as_str() {
                    since = frame["$dcrf"]["pos"].clone();
                }
            }
            client.close().await;
        }
        writer.await.expect("no panic");
        let told = told_until(&mut bystander, "end").await;
        assert!(told.len() == 60 && told.iter().all(|told| told.starts_with("create open")), "{told:?}");
        assert!(refused + gaps > 0, "no change of rights was told");
        a.kill();
        b.kill();
    })
    .await;
}
