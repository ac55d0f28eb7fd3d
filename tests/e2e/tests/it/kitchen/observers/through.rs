//! Many-to-many relations whose pairs are rows of a model: both ends hear of them, whoever writes them.

use dcrf_e2e::Database;
use dcrf_runtime::Model as _;
use kitchen::models::{
    Club, Membership, MembershipChanges, NewClub, NewMembership, NewPlayer, NewTeam, Player, Team,
};
use serde_json::{Value, json};

use super::super::Kitchen;
use super::super::server::Stream;
use super::event;
use crate::on_both_databases;

on_both_databases!(
    both_ends_hear_of_rows_that_relate_them,
    both_ends_hear_of_what_the_database_deletes,
    what_is_made_in_one_transaction_is_one_event,
    what_somebody_else_relates_is_heard_of_once,
);

/// Two clubs, two players, and who hears of the clubs, of one of them, and of the players.
async fn kitchen(database: Database) -> (Kitchen, [Stream; 3]) {
    let kitchen = Kitchen::start(database).await;
    let mut clubs = kitchen.open("clubs").await;
    for name in ["one", "two"] {
        // Of what is written before anybody is served, it would be heard as of what somebody else writes.
        clubs.create(json!({"name": name})).await.data(201);
        let new = NewPlayer { name: name.into() };
        Player::objects(&kitchen.db).create(new).await.expect("a player");
    }
    assert_eq!(clubs.under("s", "subscribe_to_memberships", json!({})).await, 201);
    let mut first = kitchen.open("clubs").await;
    assert_eq!(first.under("s", "subscribe_instance", json!({"pk": 1})).await, 201);
    let mut players = kitchen.open("club_players").await;
    assert_eq!(players.under("s", "subscribe_to_joining", json!({})).await, 201);
    (kitchen, [clubs, first, players])
}

fn club(id: i64, members: &[i64]) -> Value {
    let name = if id == 1 { "one" } else { "two" };
    event("update", 200, json!({"id": id, "name": name, "members": members}), "s")
}

fn player(id: i64, clubs: &[i64]) -> Value {
    let name = if id == 1 { "one" } else { "two" };
    event("update", 200, json!({"id": id, "name": name, "clubs": clubs}), "s")
}

async fn both_ends_hear_of_rows_that_relate_them(database: Database) {
    let (kitchen, [mut clubs, mut first, mut players]) = kitchen(database).await;
    let mut memberships = kitchen.open("memberships").await;
    memberships.create(json!({"club": 1, "player": 1})).await.data(201);
    // Nobody else is related by that.
    memberships.ask("patch", json!({"pk": 1, "data": {"role": "captain"}})).await.data(200);
    memberships.ask("patch", json!({"pk": 1, "data": {"club": 1}})).await.data(200);
    clubs.heard(vec![club(1, &[1])]).await;
    first.heard(vec![club(1, &[1])]).await;
    players.heard(vec![player(1, &[1])]).await;
    memberships.ask("patch", json!({"pk": 1, "data": {"club": 2}})).await.data(200);
    clubs.heard_in_any_order(vec![club(1, &[]), club(2, &[1])]).await;
    first.heard(vec![club(1, &[])]).await;
    players.heard(vec![player(1, &[2])]).await;
    memberships.ask("delete", json!({"pk": 1})).await.data(204);
    clubs.heard(vec![club(2, &[])]).await;
    players.heard(vec![player(1, &[])]).await;
    first.heard_nothing().await;
}

async fn member(kitchen: &Kitchen, club: i64, player: i64, sponsor: Option<i64>) {
    let new = NewMembership { club, player, sponsor, role: None };
    Membership::objects(&kitchen.db).create(new).await.expect("a membership");
}

async fn both_ends_hear_of_what_the_database_deletes(database: Database) {
    let (kitchen, [mut clubs, mut first, mut players]) = kitchen(database).await;
    Team::objects(&kitchen.db).create(NewTeam { name: "sponsor".into() }).await.expect("a team");
    for (club, player, sponsor) in [(1, 1, None), (1, 2, Some(1)), (2, 2, None)] {
        member(&kitchen, club, player, sponsor).await;
    }
    clubs.heard(vec![club(1, &[1]), club(1, &[1, 2]), club(2, &[2])]).await;
    first.heard(vec![club(1, &[1]), club(1, &[1, 2])]).await;
    players.heard(vec![player(1, &[1]), player(2, &[1]), player(2, &[1, 2])]).await;
    // A third row, with which one that relates the two goes.
    kitchen.open("team_memos").await.ask("delete", json!({"pk": 1})).await.data(204);
    clubs.heard(vec![club(1, &[1])]).await;
    first.heard(vec![club(1, &[1])]).await;
    players.heard(vec![player(2, &[2])]).await;
    // One of the two.
    Player::objects(&kitchen.db).delete(1).await.expect("it is there");
    clubs.heard(vec![club(1, &[])]).await;
    first.heard(vec![club(1, &[])]).await;
    let gone = players.client.expect_frame().await;
    assert_eq!((&gone["action"], &gone["data"]["id"]), (&json!("delete"), &json!(1)));
    Club::objects(&kitchen.db).delete(2).await.expect("it is there");
    players.heard(vec![player(2, &[])]).await;
}

async fn what_is_made_in_one_transaction_is_one_event(database: Database) {
    let (kitchen, [mut clubs, mut first, mut players]) = kitchen(database).await;
    let transaction = kitchen.db.begin().await.expect("a transaction");
    let db = transaction.db();
    let new = Club::objects(db).create(NewClub { name: "three".into() }).await.expect("a club");
    let new = NewMembership { club: new.id, player: 1, sponsor: None, role: None };
    let member = Membership::objects(db).create(new).await.expect("a membership");
    let moved = MembershipChanges { player: Some(2), ..MembershipChanges::default() };
    Membership::objects(db).update(member.id, moved).await.expect("it is there");
    let gone = NewMembership { club: 1, player: 1, sponsor: None, role: None };
    let gone = Membership::objects(db).create(gone).await.expect("a membership");
    Membership::objects(db).delete(gone.id).await.expect("it is there");
    transaction.commit().await.expect("a commit");
    let made = json!({"id": 3, "name": "three", "members": [2]});
    clubs.heard(vec![event("create", 200, made, "s")]).await;
    players.heard(vec![player(2, &[3])]).await;
    first.heard_nothing().await;
}

async fn what_somebody_else_relates_is_heard_of_once(database: Database) {
    let (kitchen, [_, mut first, _]) = kitchen(database).await;
    let insert = "INSERT INTO membership (club_id, player_id, role) VALUES (1, 1, 'x')";
    kitchen.database.transaction(&[insert], true).await;
    assert_eq!(first.client.expect_frame().await, club(1, &[1]));
    member(&kitchen, 1, 2, None).await;
    assert_eq!(first.client.expect_frame().await, club(1, &[1, 2]));
    kitchen.database.transaction(&["DELETE FROM membership WHERE player_id = 1"], true).await;
    assert_eq!(first.client.expect_frame().await, club(1, &[2]));
    Membership::objects(&kitchen.db).delete(2).await.expect("it is there");
    assert_eq!(first.client.expect_frame().await, club(1, &[]));
    kitchen.database.transaction(&["UPDATE club SET name = 'three' WHERE id = 1"], true).await;
    assert_eq!(first.client.expect_frame().await["data"]["name"], "three");
}
