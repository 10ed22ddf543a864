use crate::support::{Client, HotelSpec, Reply, TestApp, eventually};
use diesel_async::SimpleAsyncConnection;
use hbs::domains::authorization::{self, DEFAULT_ROLES};
use hbs::security::permission::CATALOGUE;
use serde_json::{Value, json};
use std::time::Duration;

async fn with_default_roles() -> TestApp {
    let app = TestApp::new().await;
    let conn = app.app.db.conn().await.expect("a connection");
    authorization::ensure_default_roles(&app.app, &conn).await.expect("written");
    app
}

async fn role_id(app: &TestApp, code: &str) -> String {
    let rows = app.rows(&format!("SELECT id FROM roles WHERE code = '{code}'")).await;
    rows[0]["id"].as_str().expect("text").to_owned()
}

/// Somebody with a default role, at a property or everywhere.
async fn with_role(app: &TestApp, code: &str, property_id: Option<&str>) -> Client {
    let client = app.guest().await;
    let conn = app.app.db.conn().await.expect("a connection");
    let property_id = property_id.map(|id| id.parse().expect("an id"));
    authorization::assign_by_code(&app.app, &conn, client.user_id().parse().expect("an id"), code, property_id)
        .await
        .expect("assigned");
    client
}

async fn assign(by: &Client, user: &Client, role_id: &str, property_id: Option<&str>) -> Reply {
    by.post(&assignments(user), &json!({"role_id": role_id, "property_id": property_id})).await
}

fn assignments(user: &Client) -> String {
    format!("/v1/users/{}/role-assignments", user.user_id())
}

async fn take_away(by: &Client, user: &Client, assignment_id: &str) -> Reply {
    by.send(http::Method::DELETE, &format!("{}/{assignment_id}", assignments(user)), None).await
}

#[tokio::test]
async fn there_are_default_roles_and_writing_them_again_changes_nothing() {
    let app = with_default_roles().await;
    let auditor = with_role(&app, "auditor", None).await;
    let roles = auditor.get("/v1/roles").await.expect(200);
    let codes: Vec<&str> =
        roles.body["items"].as_array().expect("a list").iter().map(|role| role["code"].as_str().expect("text")).collect();
    let mut expected: Vec<&str> = DEFAULT_ROLES.iter().map(|role| role.code).collect();
    expected.sort_unstable();
    assert_eq!(codes, expected);
    let admin = roles.body["items"].as_array().expect("a list").iter().find(|role| role["code"] == "super_admin").unwrap();
    assert_eq!(admin["permissions"].as_array().expect("a list").len(), CATALOGUE.len());

    let events = app.number("SELECT count(*) FROM outbox").await;
    let conn = app.app.db.conn().await.expect("a connection");
    authorization::ensure_default_roles(&app.app, &conn).await.expect("written");
    assert_eq!(app.number("SELECT count(*) FROM outbox").await, events);

    // A permission that is new in the code comes to the super administrator, and to nobody else.
    app.sql("DELETE FROM role_permissions WHERE permission = 'reports:read'").await;
    authorization::ensure_default_roles(&app.app, &conn).await.expect("written");
    assert_eq!(app.number("SELECT count(*) FROM role_permissions WHERE permission = 'reports:read'").await, 1);
    assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("role.updated"));
}

#[tokio::test]
async fn the_catalogue_and_ones_own_permissions_can_be_read() {
    let app = with_default_roles().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    let catalogue = guest.get("/v1/permissions").await.expect(200);
    assert_eq!(catalogue.body["items"].as_array().expect("a list").len(), CATALOGUE.len());
    assert_eq!(catalogue.body["items"][0], json!({"name": CATALOGUE[0].name, "about": CATALOGUE[0].about}));
    assert_eq!(guest.get("/v1/me/permissions").await.expect(200).body, json!({"items": [], "next_cursor": null}));

    let cleaner = with_role(&app, "housekeeping", Some(&hotel.id)).await;
    let held = json!({"permission": "rooms:read", "all_properties": false, "property_ids": [hotel.id]});
    assert_eq!(cleaner.get("/v1/me/permissions").await.expect(200).body["items"], json!([held]));
    let everywhere = with_role(&app, "housekeeping", None).await;
    let held = json!({"permission": "rooms:read", "all_properties": true, "property_ids": []});
    assert_eq!(everywhere.get("/v1/me/permissions").await.expect(200).body["items"], json!([held]));
}

#[tokio::test]
async fn a_manager_gives_a_role_at_the_own_hotel_and_takes_it_away() {
    let app = with_default_roles().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = with_role(&app, "property_manager", Some(&hotel.id)).await;
    let user = app.guest().await;
    user.get("/v1/rooms").await.expect(403);

    let front_desk = role_id(&app, "front_desk").await;
    let given = assign(&manager, &user, &front_desk, Some(&hotel.id)).await.expect(201);
    assert_eq!(given.header("location"), format!("{}/{}", assignments(&user), given.id()));
    assert_eq!(given.body["user_id"], user.user_id());
    assert_eq!((&given.body["role_id"], &given.body["property_id"]), (&json!(front_desk), &json!(hotel.id)));
    let rooms = user.get("/v1/rooms").await.expect(200);
    assert_eq!(rooms.body["items"].as_array().expect("a list").len(), 2, "it takes effect at once");
    let listed = manager.get(&assignments(&user)).await.expect(200);
    assert_eq!(listed.body["items"], json!([given.body]));

    let again = assign(&manager, &user, &front_desk, Some(&hotel.id)).await.expect(409);
    assert_eq!(again.code(), "authorization.already_assigned");

    let taken = take_away(&manager, &user, given.id()).await.expect(204);
    assert_eq!(taken.body, Value::Null);
    assert_eq!(user.get("/v1/rooms").await.expect(403).body["permission"], "rooms:read");
    assert_eq!(take_away(&manager, &user, given.id()).await.expect(404).code(), "request.not_found");
    manager.get(&assignments(&user)).await.expect(404);
    let kinds = app.event_kinds().await;
    assert_eq!(kinds[kinds.len() - 2..], ["role_assignment.created", "role_assignment.deleted"]);
}

#[tokio::test]
async fn nobody_gives_or_takes_what_they_do_not_hold() {
    let app = with_default_roles().await;
    let (hotel, other) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    let manager = with_role(&app, "property_manager", Some(&hotel.id)).await;
    let user = app.guest().await;

    let super_admin = role_id(&app, "super_admin").await;
    let refused = assign(&manager, &user, &super_admin, Some(&hotel.id)).await.expect(403);
    assert_eq!(refused.code(), "authorization.escalation");
    assert_eq!(refused.body["missing"], json!(["properties:create", "properties:delete"]));
    assign(&manager, &manager, &super_admin, Some(&hotel.id)).await.expect(403);

    let front_desk = role_id(&app, "front_desk").await;
    let everywhere = assign(&manager, &user, &front_desk, None).await.expect(422);
    assert_eq!(everywhere.pointers(), ["/property_id"]);
    assign(&manager, &user, &front_desk, Some(&other.id)).await.expect(404);
    assert_eq!(app.number(&format!("SELECT count(*) FROM role_assignments WHERE user_id = '{}'", user.user_id())).await, 0);

    // The owner of the hotel has more than the manager, who cannot take it away.
    let owner = with_role(&app, "super_admin", Some(&hotel.id)).await;
    let listed = manager.get(&assignments(&owner)).await.expect(200);
    let assignment = listed.body["items"][0]["id"].as_str().expect("text");
    assert_eq!(take_away(&manager, &owner, assignment).await.expect(403).code(), "authorization.escalation");
    owner.get("/v1/rooms").await.expect(200);
    // What holds at all hotels is not the manager's to see.
    let admin = with_role(&app, "super_admin", None).await;
    manager.get(&assignments(&admin)).await.expect(404);
}

#[tokio::test]
async fn what_is_assigned_must_exist() {
    let app = with_default_roles().await;
    let admin = with_role(&app, "super_admin", None).await;
    let user = app.guest().await;
    let (nothing, front_desk) = (uuid::Uuid::now_v7().to_string(), role_id(&app, "front_desk").await);
    assert_eq!(assign(&admin, &user, &nothing, None).await.expect(422).pointers(), ["/role_id"]);
    assert_eq!(assign(&admin, &user, &front_desk, Some(&nothing)).await.expect(422).pointers(), ["/property_id"]);
    let nobody = format!("/v1/users/{nothing}/role-assignments");
    admin.post(&nobody, &json!({"role_id": front_desk})).await.expect(404);
    admin.get(&nobody).await.expect(404);
    assert_eq!(admin.get(&assignments(&user)).await.expect(200).body["items"], json!([]));
    for path in [
        "/v1/users/x/role-assignments/y",
        &format!("/v1/users/{nothing}/role-assignments/{nothing}"),
        "/v1/users/x/role-assignments/",
    ] {
        let reply = admin.send(http::Method::DELETE, path, None).await.expect(404);
        assert_eq!((reply.code(), reply.header("content-type")), ("request.not_found", "application/problem+json"), "{path}");
    }
}

#[tokio::test]
async fn the_last_super_administrator_stays() {
    let app = with_default_roles().await;
    let first = with_role(&app, "super_admin", None).await;
    let super_admin = role_id(&app, "super_admin").await;
    let own = first.get(&assignments(&first)).await.expect(200).body["items"][0]["id"].as_str().expect("text").to_owned();
    let refused = take_away(&first, &first, &own).await.expect(409);
    assert_eq!(refused.code(), "authorization.last_super_admin");
    // One who is suspended does not count, nor does one at a single hotel.
    let hotel = app.hotel(HotelSpec::default()).await;
    let second = app.guest().await;
    assign(&first, &second, &super_admin, Some(&hotel.id)).await.expect(201);
    let everywhere = assign(&first, &second, &super_admin, None).await.expect(201);
    app.sql(&format!("UPDATE users SET status = 'suspended' WHERE id = '{}'", second.user_id())).await;
    take_away(&first, &first, &own).await.expect(409);
    app.sql(&format!("UPDATE users SET status = 'active' WHERE id = '{}'", second.user_id())).await;
    take_away(&first, &first, &own).await.expect(204);
    first.get("/v1/roles").await.expect(403);
    take_away(&second, &second, everywhere.id()).await.expect(409);
    second.get("/v1/roles").await.expect(200);
}

#[tokio::test]
async fn two_super_administrators_do_not_remove_each_other() {
    let app = with_default_roles().await;
    let (one, other) = (with_role(&app, "super_admin", None).await, with_role(&app, "super_admin", None).await);
    let of_one = one.get(&assignments(&one)).await.expect(200).body["items"][0]["id"].as_str().expect("text").to_owned();
    let of_other = one.get(&assignments(&other)).await.expect(200).body["items"][0]["id"].as_str().expect("text").to_owned();
    // Both are on their way when the role that they are counted by becomes free.
    let mut holder = app.transaction("SELECT FROM roles WHERE code = 'super_admin' FOR NO KEY UPDATE").await;
    let release = async {
        eventually(Duration::from_secs(5), async || app.waiting_for_locks().await == 2).await;
        holder.batch_execute("ROLLBACK").await.expect("released");
    };
    let (first, second, ()) = futures_util::join!(take_away(&one, &other, &of_other), take_away(&other, &one, &of_one), release);
    let mut answers = [(first.status, first.code()), (second.status, second.code())];
    answers.sort_unstable();
    assert_eq!(answers, [(204, ""), (409, "authorization.last_super_admin")]);
    assert_eq!(
        app.number("SELECT count(*) FROM role_assignments a JOIN roles r ON r.id = a.role_id WHERE r.code = 'super_admin'").await,
        1
    );
}

#[tokio::test]
async fn a_changed_role_takes_effect_on_every_process_within_a_second() {
    let app = TestApp::with_background().await;
    let second = app.second().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (manager, cleaner) = (&hotel.manager, app.staff(&["rooms:read"], None).await);
    let assignment = manager.get(&assignments(manager)).await.expect(200);
    let role = assignment.body["items"][0]["role_id"].as_str().expect("text");
    let user = app.guest().await;
    let there = user.at(second.router.clone());
    for _ in 0..3 {
        user.get("/v1/rooms").await.expect(403);
        there.get("/v1/rooms").await.expect(403);
        cleaner.get("/v1/rooms").await.expect(200);
    }
    let given = assign(manager, &user, role, Some(&hotel.id)).await.expect(201);
    user.get("/v1/rooms").await.expect(200);
    eventually(Duration::from_secs(1), async || there.get("/v1/rooms").await.status == 200).await;
    take_away(manager, &user, given.id()).await.expect(204);
    user.get("/v1/rooms").await.expect(403);
    eventually(Duration::from_secs(1), async || there.get("/v1/rooms").await.status == 403).await;
    there.get("/v1/rooms").await.expect(403);
}
