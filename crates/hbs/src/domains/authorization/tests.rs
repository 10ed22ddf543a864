use crate::every_route::Exception::{ForAllProperties, ForKeysToo, NotVersioned, OfNoProperty, OfOwner};
use crate::every_route::{Call, Request, World};
use crate::support::{Client, HotelSpec, Reply, TestApp, eventually, unique};
use diesel_async::SimpleAsyncConnection;
use hbs::domains::authorization::{self, DEFAULT_ROLES};
use hbs::security::permission::CATALOGUE;
use serde_json::{Value, json};
use std::time::Duration;

pub async fn with_default_roles() -> TestApp {
    let app = TestApp::new().await;
    let conn = app.app.db.conn().await.expect("a connection");
    authorization::ensure_default_roles(&app.app, &conn).await.expect("written");
    app
}

async fn role_id(app: &TestApp, code: &str) -> String {
    let rows = app.rows(&format!("SELECT id FROM roles WHERE code = '{code}'")).await;
    rows[0]["id"].as_str().expect("text").to_owned()
}

/// Makes a client with a default role, at a property or everywhere.
pub async fn with_role(app: &TestApp, code: &str, property_id: Option<&str>) -> Client {
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
    let held = |permission: &str| json!({"permission": permission, "all_properties": false, "property_ids": [hotel.id]});
    let all = json!([held("housekeeping:write"), held("lost_property:write"), held("rooms:read")]);
    assert_eq!(cleaner.get("/v1/me/permissions").await.expect(200).body["items"], all);
    let everywhere = with_role(&app, "housekeeping", None).await;
    let held = |permission: &str| json!({"permission": permission, "all_properties": true, "property_ids": []});
    let all = json!([held("housekeeping:write"), held("lost_property:write"), held("rooms:read")]);
    assert_eq!(everywhere.get("/v1/me/permissions").await.expect(200).body["items"], all);
}

#[tokio::test]
async fn a_manager_gives_a_role_at_the_own_hotel_and_takes_it_away() {
    let app = with_default_roles().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = with_role(&app, "property_manager", Some(&hotel.id)).await;
    // Who works there already; of others, whoever is asked has a say.
    let user = with_role(&app, "content_editor", Some(&hotel.id)).await;
    let stranger = app.guest().await;
    user.get("/v1/rooms").await.expect(403);

    let front_desk = role_id(&app, "front_desk").await;
    assign(&manager, &stranger, &front_desk, Some(&hotel.id)).await.expect(404);
    let given = assign(&manager, &user, &front_desk, Some(&hotel.id)).await.expect(201);
    assert_eq!(given.header("location"), format!("{}/{}", assignments(&user), given.id()));
    assert_eq!(given.body["user_id"], user.user_id());
    assert_eq!((&given.body["role_id"], &given.body["property_id"]), (&json!(front_desk), &json!(hotel.id)));
    let rooms = user.get("/v1/rooms").await.expect(200);
    assert_eq!(rooms.body["items"].as_array().expect("a list").len(), 2, "it takes effect at once");
    let listed = manager.get(&assignments(&user)).await.expect(200);
    assert_eq!((listed.body["items"].as_array().map(Vec::len), &listed.body["items"][1]), (Some(2), &given.body));

    let again = assign(&manager, &user, &front_desk, Some(&hotel.id)).await.expect(409);
    assert_eq!(again.code(), "authorization.already_assigned");

    let taken = take_away(&manager, &user, given.id()).await.expect(204);
    assert_eq!(taken.body, Value::Null);
    assert_eq!(user.get("/v1/rooms").await.expect(403).body["permission"], "rooms:read");
    assert_eq!(take_away(&manager, &user, given.id()).await.expect(404).code(), "request.not_found");
    manager.get(&assignments(&stranger)).await.expect(404);
    let kinds = app.event_kinds().await;
    assert_eq!(kinds[kinds.len() - 2..], ["role_assignment.created", "role_assignment.deleted"]);
}

#[tokio::test]
async fn nobody_gives_or_takes_what_they_do_not_hold() {
    let app = with_default_roles().await;
    let (hotel, other) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    let manager = with_role(&app, "property_manager", Some(&hotel.id)).await;
    let user = with_role(&app, "content_editor", Some(&hotel.id)).await;

    let super_admin = role_id(&app, "super_admin").await;
    let refused = assign(&manager, &user, &super_admin, Some(&hotel.id)).await.expect(403);
    assert_eq!(refused.code(), "authorization.escalation");
    let missing =
        ["audit:write", "backups:read", "backups:run", "properties:create", "properties:delete", "roles:write", "users:delete"];
    assert_eq!(refused.body["missing"], json!(missing));
    assign(&manager, &manager, &super_admin, Some(&hotel.id)).await.expect(403);

    let front_desk = role_id(&app, "front_desk").await;
    let everywhere = assign(&manager, &user, &front_desk, None).await.expect(422);
    assert_eq!(everywhere.pointers(), ["/property_id"]);
    assign(&manager, &user, &front_desk, Some(&other.id)).await.expect(404);
    assert_eq!(app.number(&format!("SELECT count(*) FROM role_assignments WHERE user_id = '{}'", user.user_id())).await, 1);

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

/// Otherwise, somebody who registers with a colleague's address would be taken for them.
#[tokio::test]
async fn a_role_is_given_to_nobody_whose_address_is_not_proved() {
    let app = with_default_roles().await;
    let admin = with_role(&app, "super_admin", None).await;
    let front_desk = role_id(&app, "front_desk").await;
    let eve = app.register("boss@example.com").await;
    assert_eq!(assign(&admin, &eve, &front_desk, None).await.expect(409).code(), "authorization.unverified");
    assert_eq!(admin.get(&assignments(&eve)).await.expect(200).body["items"], json!([]));
    app.sql("UPDATE users SET email_verified_at = now()").await;
    assign(&admin, &eve, &front_desk, None).await.expect(201);
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
    let suspended = "status = 'suspended', suspended_at = now(), suspended_reason = 'test'";
    app.sql(&format!("UPDATE users SET {suspended} WHERE id = '{}'", second.user_id())).await;
    take_away(&first, &first, &own).await.expect(409);
    let active = "status = 'active', suspended_at = NULL, suspended_reason = NULL";
    app.sql(&format!("UPDATE users SET {active} WHERE id = '{}'", second.user_id())).await;
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
    let user = app.staff(&["reports:read"], Some(&hotel.id)).await;
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

fn role(reply: &Reply) -> String {
    format!("/v1/roles/{}", reply.id())
}

#[tokio::test]
async fn a_role_is_made_changed_and_removed() {
    let app = with_default_roles().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let admin = with_role(&app, "super_admin", None).await;
    let body =
        json!({"code": "night_auditor", "name": "Night auditor", "permissions": ["rooms:read", "audit:read", "rooms:read"]});
    let made = admin.post("/v1/roles", &body).await.expect(201);
    assert_eq!((made.header("location"), made.header("etag")), (role(&made).as_str(), "\"1\""));
    assert_eq!(made.body["permissions"], json!(["audit:read", "rooms:read"]));
    assert_eq!(made.body["requires_second_factor"], false);
    assert_eq!(admin.get(&role(&made)).await.expect(200).body, made.body);
    assert_eq!(admin.post("/v1/roles", &body).await.expect(409).code(), "authorization.code_taken");

    let user = app.guest().await;
    let given = assign(&admin, &user, made.id(), Some(&hotel.id)).await.expect(201);
    user.get("/v1/rooms").await.expect(200);
    let patch = json!({"name": "Auditor at night", "permissions": ["audit:read"]});
    let changed = admin.patch(&role(&made), "\"1\"", &patch).await.expect(200);
    assert_eq!((changed.header("etag"), &changed.body["permissions"]), ("\"2\"", &json!(["audit:read"])));
    assert_eq!(changed.body["name"], "Auditor at night");
    user.get("/v1/rooms").await.expect(403);
    admin.patch(&role(&made), "\"1\"", &patch).await.expect(412);
    let told = app.rows("SELECT changes FROM outbox WHERE kind = 'role.updated' ORDER BY id DESC LIMIT 1").await;
    let permissions = json!({"before": ["audit:read", "rooms:read"], "after": ["audit:read"]});
    assert_eq!(told[0]["changes"]["permissions"], permissions);

    let refused = admin.delete(&role(&made), "\"2\"").await.expect(409);
    assert_eq!((refused.code(), &refused.body["assignments"]), ("authorization.role_in_use", &json!(1)));
    take_away(&admin, &user, given.id()).await.expect(204);
    admin.delete(&role(&made), "\"2\"").await.expect(204);
    admin.get(&role(&made)).await.expect(404);
    assert_eq!(app.number(&format!("SELECT count(*) FROM role_permissions WHERE role_id = '{}'", made.id())).await, 0);

    for (wrong, at) in [
        (json!({"code": "Night", "name": "x"}), "/code"),
        (json!({"code": "night", "name": ""}), "/name"),
        (json!({"code": "night", "name": "x", "permissions": ["rooms:read", "rooms:paint"]}), "/permissions/1"),
        (json!({"code": "night", "name": "x", "version": 7}), "/version"),
    ] {
        assert_eq!(admin.post("/v1/roles", &wrong).await.expect(422).pointers(), [at], "{wrong}");
    }
    let code = admin.patch(&role(&made), "\"1\"", &json!({"code": "other"})).await.expect(422);
    assert_eq!(code.pointers(), ["/code"], "a code is never changed");
}

#[tokio::test]
async fn roles_are_no_way_to_more_power() {
    let app = with_default_roles().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let editor = app.staff(&["roles:read", "roles:write", "rooms:read", "rooms:write"], None).await;
    let refused =
        editor.post("/v1/roles", &json!({"code": "mine", "name": "x", "permissions": ["audit:read", "rooms:read"]})).await;
    assert_eq!(refused.expect(403).body["missing"], json!(["audit:read"]));
    // One's own role is no exception.
    let own = app.rows(&format!("SELECT role_id AS id FROM role_assignments WHERE user_id = '{}'", editor.user_id())).await;
    let own = format!("/v1/roles/{}", own[0]["id"].as_str().expect("text"));
    let all: Vec<&str> = CATALOGUE.iter().map(|entry| entry.name).collect();
    let refused = editor.patch(&own, "\"1\"", &json!({"permissions": all})).await.expect(403);
    assert_eq!(refused.code(), "authorization.escalation");
    editor.patch(&own, "\"1\"", &json!({"permissions": ["roles:read", "roles:write", "rooms:read"]})).await.expect(200);
    editor
        .patch(&own, "\"2\"", &json!({"permissions": ["roles:read", "roles:write", "rooms:read", "rooms:write"]}))
        .await
        .expect(403);
    // Nobody takes out what they do not hold, nor removes a role with it, nor makes it easier to use.
    let auditor = format!("/v1/roles/{}", role_id(&app, "auditor").await);
    let refused = editor.patch(&auditor, "\"1\"", &json!({"permissions": ["rooms:read"]})).await.expect(403);
    assert!(refused.body["missing"].to_string().contains("audit:read"), "{}", refused.body);
    editor.delete(&auditor, "\"1\"").await.expect(403);
    // Asking for a second factor takes the role from who has none; not asking any more gives it.
    editor.patch(&auditor, "\"1\"", &json!({"requires_second_factor": true})).await.expect(403);
    app.sql("UPDATE roles SET requires_second_factor = true WHERE code = 'auditor'").await;
    editor.patch(&auditor, "\"1\"", &json!({"requires_second_factor": false})).await.expect(403);
    editor.patch(&auditor, "\"1\"", &json!({"name": "Controller", "requires_second_factor": true})).await.expect(200);
    // Roles are everybody's: a hotel's own people do not change them.
    let manager = app.staff(&all, Some(&hotel.id)).await;
    let refused = manager.post("/v1/roles", &json!({"code": "local", "name": "x"})).await.expect(403);
    assert_eq!(refused.code(), "auth.forbidden");
    manager.patch(&auditor, "\"3\"", &json!({"name": "x"})).await.expect(403);
    manager.delete(&auditor, "\"3\"").await.expect(403);
}

#[tokio::test]
async fn the_super_administrator_stays_what_it_is() {
    let app = with_default_roles().await;
    let admin = with_role(&app, "super_admin", None).await;
    let path = format!("/v1/roles/{}", role_id(&app, "super_admin").await);
    for patch in [json!({"permissions": []}), json!({"name": "x"}), json!({"description": "x"})] {
        assert_eq!(admin.patch(&path, "\"1\"", &patch).await.expect(409).code(), "authorization.protected_role", "{patch}");
    }
    assert_eq!(admin.delete(&path, "\"1\"").await.expect(409).code(), "authorization.protected_role");
    admin.get("/v1/roles").await.expect(200);
    // From now on it takes a second factor, also for who decided so.
    admin.patch(&path, "\"1\"", &json!({"requires_second_factor": true})).await.expect(200);
    let refused = admin.get("/v1/roles").await.expect(403);
    assert_eq!((refused.code(), &refused.body["permission"]), ("auth.second_factor_required", &json!("roles:read")));
    app.sql(&format!("UPDATE sessions SET second_factor_at = now() WHERE user_id = '{}'", admin.user_id())).await;
    admin.patch(&path, "\"2\"", &json!({"requires_second_factor": false})).await.expect(200);
}

/// Otherwise, a role that gains a permission while it is given could grant permissions that the giver does not hold.
#[tokio::test]
async fn nobody_gains_by_a_role_that_changes_meanwhile() {
    let app = with_default_roles().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let user = with_role(&app, "content_editor", Some(&hotel.id)).await;
    let manager = with_role(&app, "property_manager", Some(&hotel.id)).await;
    let front_desk = role_id(&app, "front_desk").await;
    let change = format!(
        "UPDATE roles SET version = version + 1 WHERE id = '{front_desk}';
         INSERT INTO role_permissions VALUES ('{front_desk}', 'users:delete', now(), now())"
    );
    let mut editor = app.transaction(&change).await;
    let commit = async {
        eventually(Duration::from_secs(5), async || app.waiting_for_locks().await == 1).await;
        editor.batch_execute("COMMIT").await.expect("changed");
    };
    let (given, ()) = futures_util::join!(assign(&manager, &user, &front_desk, Some(&hotel.id)), commit);
    assert_eq!(given.expect(403).body["missing"], json!(["users:delete"]));
    assert_eq!(app.number(&format!("SELECT count(*) FROM role_assignments WHERE user_id = '{}'", user.user_id())).await, 1);

    // The other way round: who was given the role just before is told of its change.
    let admin = with_role(&app, "super_admin", None).await;
    let path = format!("/v1/roles/{}", role_id(&app, "housekeeping").await);
    let housekeeping = role_id(&app, "housekeeping").await;
    let mut giver = app
        .transaction(&format!(
            "SELECT FROM roles WHERE id = '{housekeeping}' FOR SHARE;
             INSERT INTO role_assignments (id, user_id, role_id, created_at, updated_at)
             VALUES (gen_random_uuid(), '{}', '{housekeeping}', now(), now())",
            user.user_id()
        ))
        .await;
    let commit = async {
        eventually(Duration::from_secs(5), async || app.waiting_for_locks().await == 1).await;
        giver.batch_execute("COMMIT").await.expect("given");
    };
    let patch = json!({"permissions": ["rooms:read", "bookings:read"]});
    let (changed, ()) = futures_util::join!(admin.patch(&path, "\"1\"", &patch), commit);
    changed.expect(200);
    user.get("/v1/rooms").await.expect(200);
}

#[tokio::test]
async fn a_changed_role_is_felt_by_its_holders_on_every_process() {
    let app = TestApp::with_background().await;
    let second = app.second().await;
    let admin = app.admin().await;
    let body = json!({"code": "viewer", "name": "Viewer", "permissions": ["rooms:read"]});
    let made = admin.post("/v1/roles", &body).await.expect(201);
    let user = app.guest().await;
    assign(&admin, &user, made.id(), None).await.expect(201);
    let there = user.at(second.router.clone());
    for _ in 0..3 {
        there.get("/v1/rooms").await.expect(200);
    }
    admin.patch(&role(&made), "\"1\"", &json!({"permissions": []})).await.expect(200);
    user.get("/v1/rooms").await.expect(403);
    eventually(Duration::from_secs(1), async || there.get("/v1/rooms").await.status == 403).await;
}

const SAME_EVERYWHERE: &str = "roles are the same at all properties";

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_permissions", async |_| Call::plain()).but(ForKeysToo, "an integration reads what it may be given"),
        Request::new("my_permissions", async |_| Call::plain()).but(ForKeysToo, "an integration reads what it may do"),
        Request::new("list_roles", async |w| {
            a_role(w, "roles:write").await;
            Call::plain()
        })
        .but(OfNoProperty, SAME_EVERYWHERE),
        Request::new("create_role", async |_| Call::plain().json(&new_role(&["roles:write"])))
            .but(ForAllProperties, SAME_EVERYWHERE),
        Request::new("get_role", async |w| Call::to(&a_role(w, "roles:write").await)).but(OfNoProperty, SAME_EVERYWHERE),
        Request::new("update_role", async |w| {
            Call::to(&a_role(w, "roles:write").await).json(&json!({"name": "Another name", "permissions": []}))
        })
        .but(ForAllProperties, SAME_EVERYWHERE),
        Request::new("delete_role", async |w| Call::to(&a_role(w, "roles:write").await)).but(ForAllProperties, SAME_EVERYWHERE),
        Request::new("list_assignments", async |w| {
            an_assignment(w).await;
            Call::to(w.owner.user_id())
        }),
        Request::new("create_assignment", async |w| {
            an_assignment(w).await;
            let another = json!({"role_id": a_role(w, "roles:assign").await, "property_id": w.property().await});
            Call::to(w.owner.user_id()).json(&another)
        }),
        Request::new("delete_assignment", async |w| Call::to(w.owner.user_id()).and(&an_assignment(w).await))
            .but(NotVersioned, "an assignment is made and taken away, never changed"),
        Request::new("my_role_invitations", async |_| Call::plain()),
        Request::new("accept_role_invitation", async |w| Call::to(&an_invitation(w).await))
            .but(OfOwner, "whoever is invited accepts"),
        Request::new("decline_role_invitation", async |w| Call::to(&an_invitation(w).await))
            .but(OfOwner, "whoever is invited declines"),
        Request::new("list_role_invitations", async |w| {
            an_invitation(w).await;
            Call::plain()
        }),
        Request::new("withdraw_role_invitation", async |w| Call::to(&an_invitation(w).await))
            .but(NotVersioned, "an invitation is made and ended, never changed"),
    ]
}

#[tokio::test]
async fn staff_see_the_invitations_that_they_can_take_back() {
    let app = TestApp::new().await;
    let [here, there] = [app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await];
    let admin = app.admin().await;
    let role = admin.post("/v1/roles", &new_role(&["roles:assign"])).await.expect(201);
    let clerk = app.staff(&["users:invite", "roles:assign"], Some(&here.id)).await;
    let guest = app.guest().await;
    let email = guest.get("/v1/me").await.expect(200).body["email"].clone();
    let invite = json!({"email": email, "full_name": "Ana", "assignments": [{"role_id": role.id(), "property_id": here.id}]});
    let asked = clerk.post("/v1/users", &invite).await.expect(202);
    let sent = &asked.body["role_invitations"][0];

    let listed = clerk.get("/v1/role-invitations").await.expect(200);
    let mut expected = sent.clone();
    expected["user_id"] = json!(guest.user_id());
    expected["role_code"] = role.body["code"].clone();
    expected["role_name"] = role.body["name"].clone();
    assert_eq!(listed.body["items"], json!([expected]));
    let count = async |client: &Client, query: String| {
        let listed = client.get(&format!("/v1/role-invitations{query}")).await.expect(200);
        listed.body["items"].as_array().map(Vec::len)
    };
    assert_eq!(count(&clerk, format!("?property_id={}", here.id)).await, Some(1));
    assert_eq!(count(&clerk, format!("?user_id={}", guest.user_id())).await, Some(1));
    assert_eq!(count(&clerk, format!("?user_id={}", clerk.user_id())).await, Some(0));
    assert_eq!(count(&admin, format!("?property_id={}", there.id)).await, Some(0));
    assert_eq!(count(&there.manager, String::new()).await, Some(0), "of another hotel");

    // Whether somebody declined is not told; what is taken back or over is gone.
    let path = format!("/v1/me/role-invitations/{}/decline", sent["id"].as_str().expect("an id"));
    guest.post(&path, &json!({})).await.expect(204);
    assert_eq!(clerk.get("/v1/role-invitations").await.expect(200).body["items"], json!([expected]));
    app.sql("UPDATE role_invitations SET status = 'withdrawn'").await;
    assert_eq!(count(&clerk, String::new()).await, Some(0));
    app.sql("UPDATE role_invitations SET status = 'pending', expires_at = now()").await;
    assert_eq!(count(&clerk, String::new()).await, Some(0));
}

fn new_role(permissions: &[&str]) -> Value {
    json!({"code": unique("role"), "name": "Test", "permissions": permissions})
}

/// A role that somebody with this permission alone holds whole.
async fn a_role(w: &World, permission: &str) -> String {
    w.admin.post("/v1/roles", &new_role(&[permission])).await.expect(201).id().to_owned()
}

async fn an_assignment(w: &World) -> String {
    assign(&w.admin, &w.owner, &a_role(w, "roles:assign").await, Some(w.property().await)).await.expect(201).id().to_owned()
}

/// Invites the owner of the booking to a role at the hotel.
async fn an_invitation(w: &World) -> String {
    let email = w.owner.get("/v1/me").await.expect(200).body["email"].clone();
    let role = a_role(w, "roles:assign").await;
    let inviter = w.app.staff(&["users:invite", "roles:assign"], Some(w.property().await)).await;
    let body =
        json!({"email": email, "full_name": "Owner", "assignments": [{"role_id": role, "property_id": w.property().await}]});
    let asked = inviter.post("/v1/users", &body).await.expect(202);
    asked.body["role_invitations"][0]["id"].as_str().expect("an id").to_owned()
}
