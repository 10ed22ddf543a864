use crate::every_route::{Call, Exception::AsksToo, Request, World};
use crate::support::{Client, Hotel, HotelSpec, PASSWORD, Reply, TestApp, eventually, unique};
use diesel_async::SimpleAsyncConnection;
use hbs::domains::authorization;
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;

async fn with_default_roles() -> TestApp {
    let app = TestApp::new().await;
    let conn = app.app.db.conn().await.expect("a connection");
    authorization::ensure_default_roles(&app.app, &conn).await.expect("written");
    app
}

async fn give(app: &TestApp, user: &Client, code: &str, property_id: Option<&str>) {
    let conn = app.app.db.conn().await.expect("a connection");
    let property_id = property_id.map(|id| id.parse().expect("an id"));
    authorization::assign_by_code(&app.app, &conn, user.user_id().parse().expect("an id"), code, property_id)
        .await
        .expect("assigned");
}

async fn with_role(app: &TestApp, code: &str, property_id: Option<&str>) -> Client {
    let client = app.guest().await;
    give(app, &client, code, property_id).await;
    client
}

async fn role_id(app: &TestApp, code: &str) -> String {
    let rows = app.rows(&format!("SELECT id FROM roles WHERE code = '{code}'")).await;
    rows[0]["id"].as_str().expect("text").to_owned()
}

fn user(id: &str) -> String {
    format!("/v1/users/{id}")
}

async fn suspend(by: &Client, id: &str) -> Reply {
    by.post(&format!("{}/suspend", user(id)), &json!({"reason": "Left the company"})).await
}

async fn act(by: &Client, id: &str, action: &str) -> Reply {
    by.send(Method::POST, &format!("{}/{action}", user(id)), None).await
}

fn ids(reply: &Reply) -> Vec<String> {
    reply.body["items"].as_array().expect("a list").iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn a_manager_invites_a_colleague() {
    let app = with_default_roles().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = with_role(&app, "property_manager", Some(&hotel.id)).await;
    let front_desk = role_id(&app, "front_desk").await;
    let email = format!("{}@Example.com", unique("Rui"));
    let body = json!({"email": email, "full_name": "Rui Costa", "phone": "+351910000001", "locale": "pt-PT",
                      "assignments": [{"role_id": front_desk, "property_id": hotel.id}]});
    let made = manager.post("/v1/users", &body).await.expect(201);
    assert_eq!(made.header("location"), user(made.id()));
    assert_eq!(made.body["email"], email.to_lowercase());
    assert_eq!((&made.body["status"], &made.body["locale"]), (&json!("invited"), &json!("pt-PT")));
    assert_eq!(made.body["role_assignments"][0]["role_code"], "front_desk");
    assert_eq!(made.body["role_assignments"][0]["property_id"], hotel.id);
    let read = manager.get(&user(made.id())).await.expect(200);
    assert_eq!((&read.body, read.header("etag")), (&made.body, "\"1\""));

    let mail = app.rows("SELECT kind, address, user_id, params FROM mail_queue WHERE kind <> 'verify_email'").await;
    let expected = json!({"kind": "invitation", "address": email.to_lowercase(), "user_id": made.id(), "params": {}});
    assert_eq!(mail, [expected]);
    act(&manager, made.id(), "invitation").await.expect(200);
    assert_eq!(app.number("SELECT count(*) FROM mail_queue WHERE kind = 'invitation'").await, 2);

    // Nobody signs in by an invitation alone.
    let login = json!({"login": email, "password": ""});
    assert_eq!(app.anonymous().post("/v1/auth/login", &login).await.expect(422).pointers(), ["/password"]);
    let login = json!({"login": email, "password": PASSWORD});
    assert_eq!(app.anonymous().post("/v1/auth/login", &login).await.expect(401).code(), "auth.wrong_credentials");

    // One form for addresses and numbers, as people sign in with them.
    let with = |field: &str, value: &str| {
        let mut other = json!({"email": "other@example.com", "full_name": "Eva", "assignments": body["assignments"]});
        other[field] = json!(value);
        other
    };
    let padded = manager.post("/v1/users", &with("email", &format!(" {email} "))).await;
    assert_eq!(padded.expect(409).code(), "auth.email_taken");
    assert_eq!(manager.post("/v1/users", &with("phone", "+1234567")).await.expect(422).pointers(), ["/phone"], "no such number");
    assert_eq!(manager.post("/v1/users", &body).await.expect(409).code(), "auth.email_taken");
    let kinds = app.event_kinds().await;
    assert_eq!(kinds[kinds.len() - 3..], ["user.invited", "role_assignment.created", "user.invited_again"]);
    // A number that nobody has proved is in nobody's way.
    let spaced = manager.post("/v1/users", &with("phone", "+351 910 000 001")).await.expect(201);
    assert_eq!(spaced.body["phone"], "+351910000001");
    let told = app.rows("SELECT changes FROM outbox WHERE kind = 'user.invited'").await;
    assert_eq!(told[0]["changes"]["email"], json!({"withheld": true}));
    assert_eq!(told[0]["changes"]["phone"], json!({"withheld": true}));
}

#[tokio::test]
async fn nobody_invites_to_more_than_they_hold() {
    let app = with_default_roles().await;
    let (hotel, other) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    let manager = with_role(&app, "property_manager", Some(&hotel.id)).await;
    let (super_admin, front_desk) = (role_id(&app, "super_admin").await, role_id(&app, "front_desk").await);
    let invite = async |by: &Client, assignments: Value| {
        let email = format!("{}@example.com", unique("new"));
        by.post("/v1/users", &json!({"email": email, "full_name": "New", "assignments": assignments})).await
    };
    let refused = invite(&manager, json!([{"role_id": super_admin, "property_id": hotel.id}])).await.expect(403);
    assert_eq!(refused.code(), "authorization.escalation");
    assert!(refused.body["missing"].to_string().contains("users:delete"), "{}", refused.body);
    invite(&manager, json!([{"role_id": front_desk, "property_id": other.id}])).await.expect(404);
    let places = json!([{"role_id": front_desk, "property_id": hotel.id}, {"role_id": front_desk, "property_id": null}]);
    assert_eq!(invite(&manager, places).await.expect(422).pointers(), ["/assignments/1/property_id"]);
    assert_eq!(invite(&manager, json!([])).await.expect(422).pointers(), ["/assignments"]);
    let nothing = uuid::Uuid::now_v7();
    let unknown = json!([{"role_id": front_desk, "property_id": hotel.id}, {"role_id": nothing, "property_id": hotel.id}]);
    assert_eq!(invite(&manager, unknown).await.expect(422).pointers(), ["/assignments/1/role_id"]);
    // Inviting is not assigning.
    let inviter = app.staff(&["users:invite"], Some(&hotel.id)).await;
    let refused = invite(&inviter, json!([{"role_id": front_desk, "property_id": hotel.id}])).await.expect(403);
    assert_eq!((refused.code(), &refused.body["permission"]), ("auth.forbidden", &json!("roles:assign")));
    // What nobody may set is not taken: no mass assignment.
    for member in ["status", "password", "is_deleted", "version", "id"] {
        let mut body = json!({"email": "mass@example.com", "full_name": "Mass", "assignments": []});
        body[member] = json!("active");
        assert_eq!(manager.post("/v1/users", &body).await.expect(422).pointers(), [format!("/{member}")]);
    }
    assert_eq!(app.number("SELECT count(*) FROM users WHERE status = 'invited'").await, 0, "nothing is left of it");
    // Somebody with a say everywhere may invite a person without a role.
    let admin = with_role(&app, "super_admin", None).await;
    invite(&admin, json!([])).await.expect(201);
    invite(&admin, json!([{"role_id": super_admin, "property_id": null}])).await.expect(201);
}

#[tokio::test]
async fn accounts_are_found_within_the_scope() {
    let app = with_default_roles().await;
    let (hotel, other) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    let admin = with_role(&app, "super_admin", None).await;
    let manager = with_role(&app, "property_manager", Some(&hotel.id)).await;
    let desk = with_role(&app, "front_desk", Some(&hotel.id)).await;
    let foreign = with_role(&app, "front_desk", Some(&other.id)).await;
    let guest = app.guest().await;
    give(&app, &desk, "housekeeping", Some(&other.id)).await;

    let seen = ids(&manager.get("/v1/users").await.expect(200));
    assert_eq!(seen, [desk.user_id(), manager.user_id(), hotel.manager.user_id()], "newest first; neither guests nor strangers");
    let read = manager.get(&user(desk.user_id())).await.expect(200);
    assert_eq!(read.body["role_assignments"].as_array().map(Vec::len), Some(1), "what they have elsewhere is not told");
    assert_restricted(&read.body);
    for unseen in [&guest, &foreign, &admin] {
        manager.get(&user(unseen.user_id())).await.expect(404);
    }
    manager.get(&format!("/v1/users?property_id={}", other.id)).await.expect(404);
    assert_eq!(ids(&manager.get("/v1/users?role=housekeeping").await.expect(200)), Vec::<String>::new());
    assert_eq!(ids(&manager.get("/v1/users?role=front_desk").await.expect(200)), [desk.user_id()]);

    let everybody = admin.get("/v1/users?limit=200").await.expect(200);
    assert!(ids(&everybody).contains(&guest.user_id().to_owned()));
    let at_other = ids(&admin.get(&format!("/v1/users?property_id={}&role=front_desk", other.id)).await.expect(200));
    assert_eq!(at_other, [foreign.user_id()]);

    app.sql(&format!("UPDATE users SET full_name = 'Zoë 100%_a\\b', phone = '+351912345678' WHERE id = '{}'", guest.user_id()))
        .await;
    for q in ["zo%C3%AB", "100%25_", "%5Cb", "912345", "ZO", "100%25_%20zoe", "%2B351%20912%20345", "zoe%20912345678"] {
        assert_eq!(ids(&admin.get(&format!("/v1/users?q={q}")).await.expect(200)), [guest.user_id()], "{q}");
    }
    assert_eq!(ids(&admin.get("/v1/users?q=%25%25").await.expect(200)), Vec::<String>::new(), "wildcards are letters");
    suspend(&admin, guest.user_id()).await.expect(200);
    assert_eq!(ids(&admin.get("/v1/users?status=suspended").await.expect(200)), [guest.user_id()]);
    for (query, at) in
        [("status=asleep", "/status"), ("sort=age", "/sort"), ("property_id=x", "/property_id"), ("limit=0", "/limit")]
    {
        assert_eq!(admin.get(&format!("/v1/users?{query}")).await.expect(422).pointers(), [at], "{query}");
    }
    for (sort, at) in [
        ("full_name", json!({"Name": "a\u{0}"})),
        ("full_name", json!({"Time": "2026-01-01T00:00:00Z"})),
        ("created_at", json!({"Time": "-100000-01-01T00:00:00Z"})),
        ("created_at", json!({"Name": "a"})),
    ] {
        let place = json!({"sort": sort, "at": at, "id": guest.user_id()}).to_string();
        let made_up = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, place);
        let reply = admin.get(&format!("/v1/users?sort={sort}&cursor={made_up}")).await.expect(422);
        assert_eq!(reply.pointers(), ["/cursor"], "{sort} {at}");
    }
}

#[tokio::test]
async fn every_order_goes_through_all_pages() {
    let app = with_default_roles().await;
    let admin = with_role(&app, "super_admin", None).await;
    for n in 0..7 {
        let id = app.guest().await.user_id().to_owned();
        let login = if n % 3 == 0 { "NULL".to_owned() } else { format!("'2026-01-0{n}T00:00:00Z'") };
        app.sql(&format!("UPDATE users SET full_name = 'Name {}', last_login_at = {login} WHERE id = '{id}'", n % 4)).await;
    }
    let total = usize::try_from(app.number("SELECT count(*) FROM users").await).expect("a number");
    for sort in ["created_at", "full_name", "last_login_at"] {
        let mut forward = Vec::new();
        for (sort, back) in [(sort.to_owned(), false), (format!("-{sort}"), true)] {
            let (mut found, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = admin.get(&format!("/v1/users?sort={sort}&limit=3{cursor}")).await.expect(200);
                found.extend(ids(&page));
                match page.body["next_cursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            assert_eq!(found.len(), total, "{sort}");
            if back {
                found.reverse();
                assert_eq!(found, forward, "{sort}");
            }
            forward = found;
        }
    }
    let page = admin.get("/v1/users?sort=full_name&limit=1").await.expect(200);
    let cursor = page.body["next_cursor"].as_str().expect("more");
    assert_eq!(admin.get(&format!("/v1/users?cursor={cursor}")).await.expect(422).pointers(), ["/cursor"]);
}

#[tokio::test]
async fn who_is_suspended_is_out_at_once_and_can_come_back() {
    let app = with_default_roles().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = with_role(&app, "property_manager", Some(&hotel.id)).await;
    let email = format!("{}@example.com", unique("desk"));
    let desk = app.register(&email).await;
    app.sql("UPDATE users SET email_verified_at = now()").await;
    give(&app, &desk, "front_desk", Some(&hotel.id)).await;
    desk.get("/v1/rooms").await.expect(200);
    app.sql(&format!(
        "INSERT INTO user_tokens (token_hash, user_id, purpose, expires_at, created_at, updated_at)
         VALUES ('x', '{0}', 'reset_password', now() + interval '1 hour', now(), now());
         INSERT INTO mail_queue (id, kind, address, user_id, due_at, created_at, updated_at)
         VALUES (gen_random_uuid(), 'reset_password', 'x@example.com', '{0}', now(), now(), now())",
        desk.user_id()
    ))
    .await;

    let out = suspend(&manager, desk.user_id()).await.expect(200);
    assert_eq!((&out.body["status"], &out.body["suspended_reason"]), (&json!("suspended"), &json!("Left the company")));
    assert_eq!(out.header("etag"), "\"2\"");
    assert_eq!(desk.get("/v1/rooms").await.expect(401).code(), "auth.unauthenticated");
    desk.get("/v1/me").await.expect(401);
    let login = json!({"login": email, "password": PASSWORD});
    app.anonymous().post("/v1/auth/login", &login).await.expect(401);
    app.anonymous().post("/v1/auth/refresh", &json!({"refresh_token": desk.refresh_token()})).await.expect(401);
    assert_eq!(
        app.number("SELECT count(*) FROM user_tokens WHERE used_at IS NULL").await,
        0,
        "what was mailed is good for nothing"
    );
    let left = app.rows(&format!("SELECT kind FROM mail_queue WHERE user_id = '{}'", desk.user_id())).await;
    assert_eq!(left, [json!({"kind": "suspended"})], "nor is what was about to be; that they are out they are told");
    assert_eq!(app.mail_to(&email).await[0]["subject"], "Your account was suspended");
    let reasons = app.rows(&format!("SELECT revoked_reason FROM sessions WHERE user_id = '{}'", desk.user_id())).await;
    assert_eq!(reasons, [json!({"revoked_reason": "suspended"})]);

    let again = suspend(&manager, desk.user_id()).await.expect(409);
    assert_eq!(
        (again.code(), &again.body["from"], &again.body["to"]),
        ("users.illegal_move", &json!("suspended"), &json!("suspended"))
    );
    let back = act(&manager, desk.user_id(), "reactivate").await.expect(200);
    assert_eq!((&back.body["status"], &back.body["suspended_at"]), (&json!("active"), &Value::Null));
    assert_eq!(act(&manager, desk.user_id(), "reactivate").await.expect(409).body["from"], "active");
    assert_eq!(act(&manager, desk.user_id(), "invitation").await.expect(409).code(), "users.not_invited");
    desk.get("/v1/me").await.expect(401);
    app.anonymous().post("/v1/auth/login", &login).await.expect(200);
    let told = app.rows("SELECT changes FROM outbox WHERE kind = 'user.suspended'").await;
    assert_eq!(told[0]["changes"]["status"], json!({"before": "active", "after": "suspended"}));
    assert_eq!(told[0]["changes"]["suspended_reason"], json!({"withheld": true}));

    // Who never chose a password is invited still.
    let body = json!({"email": format!("{}@example.com", unique("new")), "full_name": "New",
                      "assignments": [{"role_id": role_id(&app, "front_desk").await, "property_id": hotel.id}]});
    let invited = manager.post("/v1/users", &body).await.expect(201);
    suspend(&manager, invited.id()).await.expect(200);
    assert_eq!(act(&manager, invited.id(), "reactivate").await.expect(200).body["status"], "invited");
    let empty = manager.post(&format!("{}/suspend", user(invited.id())), &json!({"reason": ""})).await.expect(422);
    assert_eq!(empty.pointers(), ["/reason"]);
}

#[tokio::test]
async fn suspending_reaches_every_process_within_a_second() {
    let app = TestApp::with_background().await;
    let second = app.second().await;
    let (admin, staff) = (app.admin().await, app.staff(&["rooms:read"], None).await);
    let there = staff.at(second.router.clone());
    for _ in 0..5 {
        there.get("/v1/rooms").await.expect(200);
    }
    suspend(&admin, staff.user_id()).await.expect(200);
    staff.get("/v1/rooms").await.expect(401);
    eventually(Duration::from_secs(1), async || there.get("/v1/rooms").await.status == 401).await;
}

#[tokio::test]
async fn nobody_acts_beyond_their_power() {
    let app = with_default_roles().await;
    let (hotel, other) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    let manager = with_role(&app, "property_manager", Some(&hotel.id)).await;
    let (guest, foreign) = (app.guest().await, with_role(&app, "front_desk", Some(&other.id)).await);
    for unseen in [&guest, &foreign] {
        for action in ["reactivate", "unlock", "invitation"] {
            act(&manager, unseen.user_id(), action).await.expect(404);
        }
        suspend(&manager, unseen.user_id()).await.expect(404);
        manager.delete(&format!("{}/second-factor", user(unseen.user_id())), "\"1\"").await.expect(404);
    }
    // The owner holds more than the manager.
    let owner = with_role(&app, "super_admin", Some(&hotel.id)).await;
    let refused = suspend(&manager, owner.user_id()).await.expect(403);
    assert_eq!(refused.code(), "authorization.escalation");
    let missing = json!([
        "audit:write",
        "backups:read",
        "backups:run",
        "properties:create",
        "properties:delete",
        "roles:write",
        "users:delete"
    ]);
    assert_eq!(refused.body["missing"], missing);
    // Who works elsewhere too is not only the manager's.
    let both = with_role(&app, "front_desk", Some(&hotel.id)).await;
    give(&app, &both, "front_desk", Some(&other.id)).await;
    assert_eq!(suspend(&manager, both.user_id()).await.expect(403).code(), "users.beyond_scope");
    let everywhere = with_role(&app, "front_desk", Some(&hotel.id)).await;
    give(&app, &everywhere, "auditor", None).await;
    assert_eq!(suspend(&manager, everywhere.user_id()).await.expect(403).code(), "users.beyond_scope");
    // Nor on oneself.
    assert_eq!(suspend(&manager, manager.user_id()).await.expect(403).code(), "users.self");
    let own_factor = format!("{}/second-factor", user(manager.user_id()));
    assert_eq!(manager.delete(&own_factor, "\"1\"").await.expect(403).code(), "users.self");
    let _spare = with_role(&app, "super_admin", None).await;
    let admin = with_role(&app, "super_admin", None).await;
    assert_eq!(admin.delete(&user(admin.user_id()), "\"1\"").await.expect(403).code(), "users.self");
    for person in [&guest, &foreign, &owner, &both, &everywhere, &manager, &admin] {
        person.get("/v1/me").await.expect(200);
    }
    // Somebody with a say everywhere reaches them all.
    for person in [&guest, &owner, &both, &manager] {
        suspend(&admin, person.user_id()).await.expect(200);
    }
}

#[tokio::test]
async fn the_last_super_administrator_is_neither_suspended_nor_deleted() {
    let app = with_default_roles().await;
    let first = with_role(&app, "super_admin", None).await;
    let helper = app.admin().await;
    assert_eq!(suspend(&helper, first.user_id()).await.expect(409).code(), "authorization.last_super_admin");
    let refused = helper.delete(&user(first.user_id()), "\"1\"").await.expect(409);
    assert_eq!(refused.code(), "authorization.last_super_admin");
    let second = with_role(&app, "super_admin", None).await;
    suspend(&helper, first.user_id()).await.expect(200);
    suspend(&helper, second.user_id()).await.expect(409);
    // One who is suspended does not count, so that one can be deleted.
    helper.delete(&user(first.user_id()), "\"2\"").await.expect(204);
    second.get("/v1/users").await.expect(200);
}

#[tokio::test]
async fn two_super_administrators_do_not_suspend_each_other() {
    let app = with_default_roles().await;
    let (one, other) = (with_role(&app, "super_admin", None).await, with_role(&app, "super_admin", None).await);
    let deadlocks = app.deadlocks().await;
    let mut holder = app.transaction("SELECT FROM roles WHERE code = 'super_admin' FOR NO KEY UPDATE").await;
    let release = async {
        eventually(Duration::from_secs(5), async || app.waiting_for_locks().await == 2).await;
        holder.batch_execute("ROLLBACK").await.expect("released");
    };
    let (first, second, ()) = futures_util::join!(suspend(&one, other.user_id()), suspend(&other, one.user_id()), release);
    let mut answers = [(first.status, first.code()), (second.status, second.code())];
    answers.sort_unstable();
    assert_eq!(answers, [(200, ""), (409, "authorization.last_super_admin")]);
    assert_eq!(app.number("SELECT count(*) FROM users WHERE status = 'suspended'").await, 1);
    assert_eq!(app.deadlocks_at_the_end().await, deadlocks);
}

#[tokio::test]
async fn who_is_deleted_leaves_nothing_to_act_with() {
    let app = with_default_roles().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let admin = with_role(&app, "super_admin", None).await;
    let email = format!("{}@example.com", unique("gone"));
    let gone = app.register(&email).await;
    app.sql(&format!("UPDATE users SET phone = '+351910000077' WHERE id = '{}'", gone.user_id())).await;
    give(&app, &gone, "property_manager", Some(&hotel.id)).await;
    let booking = hotel.book(&gone, "2026-12-01", "2026-12-02").await;
    let key = json!({"name": "Theirs", "grants": [{"permission": "rooms:read", "property_id": hotel.id}]});
    let key = gone.post("/v1/api-keys", &key).await.expect(201);
    let integration = app.anonymous().with("authorization", format!("Bearer {}", key.body["key"].as_str().expect("a key")));
    integration.get("/v1/rooms").await.expect(200);

    assert_eq!(admin.send(Method::DELETE, &user(gone.user_id()), None).await.expect(428).code(), "request.precondition_required");
    admin.delete(&user(gone.user_id()), "\"1\"").await.expect(204);
    gone.get("/v1/me").await.expect(401);
    integration.get("/v1/rooms").await.expect(401);
    admin.get(&user(gone.user_id())).await.expect(404);
    admin.delete(&user(gone.user_id()), "\"2\"").await.expect(404);
    let id = gone.user_id();
    for left in [
        format!("SELECT count(*) FROM role_assignments WHERE user_id = '{id}'"),
        format!("SELECT count(*) FROM sessions WHERE user_id = '{id}' AND revoked_at IS NULL"),
        format!("SELECT count(*) FROM api_keys WHERE created_by = '{id}' AND revoked_at IS NULL"),
    ] {
        assert_eq!(app.number(&left).await, 0, "{left}");
    }
    let kinds = app.event_kinds().await;
    for kind in ["user.deleted", "role_assignment.deleted", "session.ended", "api_key.revoked"] {
        assert!(kinds.iter().any(|told| told == kind), "{kind} in {kinds:?}");
    }
    // The booking stays, and address and number are free.
    admin.get(&format!("/v1/bookings/{}", booking.id())).await.expect(200);
    let body = json!({"email": email, "full_name": "Another", "phone": "+351910000077"});
    admin.post("/v1/users", &body).await.expect(201);
}

#[tokio::test]
async fn who_is_deleted_is_told_at_a_proved_address() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let [proved, unproved] = ["proved@example.com", "unproved@example.com"];
    let ana = app.anonymous().with("accept-language", "pt");
    let register = async |email: &str| {
        let body = json!({"email": email, "password": PASSWORD, "full_name": "Ana Sousa"});
        let registered = ana.post("/v1/auth/register", &body).await.expect(201);
        registered.body["user"]["id"].as_str().expect("an id").to_owned()
    };
    for email in [proved, unproved] {
        let id = register(email).await;
        let token = app.token_for(email).await;
        if email == proved {
            app.anonymous().post("/v1/auth/email/verify", &json!({"token": token})).await.expect(200);
        }
        let etag = admin.get(&user(&id)).await.expect(200).header("etag").to_owned();
        admin.delete(&user(&id), &etag).await.expect(204);
    }
    assert_eq!(app.mail_to(proved).await[0]["subject"], "A sua conta foi eliminada");
    assert_eq!(app.mail_to(unproved).await.len(), 1, "the link alone: who knows whose address it is");
}

#[tokio::test]
async fn a_role_given_while_its_holder_is_deleted_is_not_left_behind() {
    let app = with_default_roles().await;
    let hotel: Hotel = app.hotel(HotelSpec::default()).await;
    let (admin, gone) = (with_role(&app, "super_admin", None).await, app.guest().await);
    let body = json!({"role_id": role_id(&app, "front_desk").await, "property_id": hotel.id});
    let path = format!("{}/role-assignments", user(gone.user_id()));
    let gone_path = user(gone.user_id());
    let mut holder = app.transaction(&format!("SELECT FROM users WHERE id = '{}' FOR UPDATE", gone.user_id())).await;
    let release = async {
        eventually(Duration::from_secs(5), async || app.waiting_for_locks().await == 2).await;
        holder.batch_execute("ROLLBACK").await.expect("released");
    };
    let (given, deleted, ()) = futures_util::join!(admin.post(&path, &body), admin.delete(&gone_path, "\"1\""), release);
    assert_eq!(deleted.status, 204, "{}", deleted.body);
    assert!([201, 404].contains(&given.status), "{}", given.body);
    assert_eq!(app.number(&format!("SELECT count(*) FROM role_assignments WHERE user_id = '{}'", gone.user_id())).await, 0);
}

#[tokio::test]
async fn a_lost_device_and_a_lock_out_are_helped() {
    let app = with_default_roles().await;
    let admin = with_role(&app, "super_admin", None).await;
    let user_id = app.guest().await.user_id().to_owned();
    app.sql(&format!(
        "INSERT INTO second_factors (user_id, secret, created_at, updated_at) VALUES ('{user_id}', 'sealed', now(), now());
         INSERT INTO recovery_codes (user_id, code_hash, created_at, updated_at) VALUES ('{user_id}', 'x', now(), now());
         UPDATE users SET second_factor_since = now() WHERE id = '{user_id}';
         INSERT INTO login_failures (subject, failures, last_failed_at, locked_until, created_at, updated_at)
         VALUES (sha256('user:{user_id}'), 5, now(), now() + interval '1 hour', now(), now())"
    ))
    .await;
    let read = admin.get(&user(&user_id)).await.expect(200);
    assert_eq!(read.body["has_second_factor"], true);
    assert!(read.body["locked_until"].is_string(), "{}", read.body);

    let free = act(&admin, &user_id, "unlock").await.expect(200);
    assert_eq!((&free.body["locked_until"], free.header("etag")), (&Value::Null, "\"1\""));
    act(&admin, &user_id, "unlock").await.expect(200);
    assert_eq!(app.number("SELECT count(*) FROM outbox WHERE kind = 'user.unlocked'").await, 1);

    let path = format!("{}/second-factor", user(&user_id));
    admin.delete(&path, "\"1\"").await.expect(204);
    let left = "(SELECT count(*) FROM second_factors) + (SELECT count(*) FROM recovery_codes)";
    assert_eq!(app.number(&format!("SELECT {left}")).await, 0);
    assert_eq!(admin.get(&user(&user_id)).await.expect(200).body["has_second_factor"], false);
    assert_eq!(
        app.rows("SELECT kind FROM mail_queue WHERE kind <> 'verify_email'").await,
        [json!({"kind": "second_factor_changed"})]
    );
    assert_eq!(admin.delete(&path, "\"2\"").await.expect(404).code(), "request.not_found");
}

/// Asserts that an account is shown without what is its user's and other hotels'.
#[track_caller]
fn assert_restricted(account: &Value) {
    assert_eq!(account["is_restricted"], true, "{account}");
    for name in ["email", "phone", "suspended_reason", "last_login_at", "locked_until"] {
        assert_eq!(account[name], Value::Null, "{name} of {account}");
    }
    for name in ["email_verified", "has_second_factor"] {
        assert_eq!(account[name], false, "{name} of {account}");
    }
}

/// S2: nobody comes within reach by what whoever reaches out has made: a role, an invitation, a booking in their name.
#[tokio::test]
async fn nobody_comes_within_reach_without_a_say() {
    let app = with_default_roles().await;
    let (hotel, other) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    let manager = with_role(&app, "property_manager", Some(&hotel.id)).await;
    let housekeeping = role_id(&app, "housekeeping").await;
    let (guest, foreign) = (app.guest().await, with_role(&app, "front_desk", Some(&other.id)).await);
    let unproved = app.register("unproved@example.com").await;
    let invited = json!({"email": "invited@example.com", "full_name": "Invited",
                         "assignments": [{"role_id": housekeeping, "property_id": other.id}]});
    let invited = other.manager.post("/v1/users", &invited).await.expect(201).id().to_owned();
    let victims = [guest.user_id(), foreign.user_id(), unproved.user_id(), &invited];
    for id in victims {
        let role = json!({"role_id": housekeeping, "property_id": hotel.id});
        manager.post(&format!("{}/role-assignments", user(id)), &role).await.expect(404);
        let mut booking = hotel.request("2026-12-01", "2026-12-02");
        booking["guest_user_id"] = json!(id);
        let booking = hotel.manager.post("/v1/bookings", &booking).await.expect(201);
        hotel.manager.post(&format!("/v1/bookings/{}/cancel", booking.id()), &json!({})).await.expect(200);
        manager.get(&user(id)).await.expect(404);
        manager.get(&format!("{}/role-assignments", user(id))).await.expect(404);
        suspend(&manager, id).await.expect(404);
        for action in ["unlock", "reactivate", "invitation"] {
            act(&manager, id, action).await.expect(404);
        }
        manager.delete(&format!("{}/second-factor", user(id)), "\"1\"").await.expect(404);
        assert!(!ids(&manager.get("/v1/users?limit=200").await.expect(200)).contains(&id.to_owned()));
    }
    assert_eq!(
        app.number(&format!(
            "SELECT count(*) FROM role_assignments WHERE property_id = '{}' AND role_id = '{housekeeping}'",
            hotel.id
        ))
        .await,
        0
    );
}

/// S2: somebody with an account is asked, and works there once they say so.
#[tokio::test]
async fn somebody_with_an_account_takes_the_role_themselves() {
    let app = with_default_roles().await;
    let (hotel, other) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    let manager = with_role(&app, "property_manager", Some(&hotel.id)).await;
    let front_desk = role_id(&app, "front_desk").await;
    let person = with_role(&app, "housekeeping", Some(&other.id)).await;
    let email = person.get("/v1/me").await.expect(200).body["email"].as_str().expect("text").to_owned();
    let body =
        json!({"email": email, "full_name": "Whatever", "assignments": [{"role_id": front_desk, "property_id": hotel.id}]});
    let asked = manager.post("/v1/users", &body).await.expect(202);
    assert!(
        !asked.body.to_string().contains(person.user_id()) && !asked.body.to_string().contains("Test Person"),
        "{}",
        asked.body
    );
    let invitation = asked.body["role_invitations"][0]["id"].as_str().expect("an id").to_owned();
    manager.get(&user(person.user_id())).await.expect(404);
    let mails = app.mail_to(&email).await;
    assert_eq!(mails[0]["subject"], "You are invited to join a team");
    assert!(
        mails[0]["text"].as_str().is_some_and(|text| text.contains("Test Hotel") && text.contains("/role-invitations")),
        "{mails:?}"
    );
    // Asking again is not a second mail.
    let again = manager.post("/v1/users", &body).await.expect(202);
    assert_eq!(again.body["role_invitations"][0]["id"], invitation);
    assert_eq!(app.mail_to(&email).await.len(), mails.len());

    let mine = person.get("/v1/me/role-invitations").await.expect(200);
    assert_eq!(
        (&mine.body["items"][0]["role_code"], &mine.body["items"][0]["property_name"]),
        (&json!("front_desk"), &json!("Test Hotel"))
    );
    let path = format!("/v1/me/role-invitations/{invitation}");
    app.guest().await.send(Method::POST, &format!("{path}/accept"), None).await.expect(404);
    let given = person.send(Method::POST, &format!("{path}/accept"), None).await.expect(201);
    assert_eq!((&given.body["role_id"], &given.body["property_id"]), (&json!(front_desk), &json!(hotel.id)));
    person.send(Method::POST, &format!("{path}/accept"), None).await.expect(404);
    let rooms = person.get("/v1/rooms").await.expect(200).body.to_string();
    assert!(rooms.contains(&hotel.id), "at once");

    // They are a colleague, and still somebody else's too.
    assert!(ids(&manager.get("/v1/users").await.expect(200)).contains(&person.user_id().to_owned()));
    assert_restricted(&manager.get(&user(person.user_id())).await.expect(200).body);
    for query in [format!("q={email}"), format!("q={}", &email[..12])] {
        assert!(
            !ids(&manager.get(&format!("/v1/users?{query}")).await.expect(200)).contains(&person.user_id().to_owned()),
            "{query}"
        );
    }
    assert!(ids(&manager.get("/v1/users?q=Test%20Person").await.expect(200)).contains(&person.user_id().to_owned()));
    assert!(!ids(&manager.get("/v1/users?sort=last_login_at").await.expect(200)).contains(&person.user_id().to_owned()));
    assert_eq!(suspend(&manager, person.user_id()).await.expect(403).code(), "users.beyond_scope");
    // More roles at the hotel are the manager's to give, and to take; the person is told.
    let role = json!({"role_id": role_id(&app, "housekeeping").await, "property_id": hotel.id});
    let more = manager.post(&format!("{}/role-assignments", user(person.user_id())), &role).await.expect(201);
    assert_eq!(app.mail_to(&email).await[0]["subject"], "You were given a role");
    let taken = format!("{}/role-assignments/{}", user(person.user_id()), more.id());
    manager.send(Method::DELETE, &taken, None).await.expect(204);
}

/// An invitation lapses with the power of whoever sent it, and can be declined and taken back.
#[tokio::test]
async fn an_invitation_to_a_role_is_worth_no_more_than_its_sender() {
    let app = with_default_roles().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = with_role(&app, "property_manager", Some(&hotel.id)).await;
    let front_desk = role_id(&app, "front_desk").await;
    let invite = async |person: &Client| {
        let email = person.get("/v1/me").await.expect(200).body["email"].clone();
        let body = json!({"email": email, "full_name": "X", "assignments": [{"role_id": front_desk, "property_id": hotel.id}]});
        let asked = manager.post("/v1/users", &body).await.expect(202);
        asked.body["role_invitations"][0]["id"].as_str().expect("an id").to_owned()
    };
    let mine = |id: &str, action: &str| format!("/v1/me/role-invitations/{id}/{action}");
    let (declining, late, waiting) = (app.guest().await, app.guest().await, app.guest().await);
    let id = invite(&declining).await;
    declining.send(Method::POST, &mine(&id, "decline"), None).await.expect(204);
    declining.send(Method::POST, &mine(&id, "accept"), None).await.expect(404);
    let asked_before = app.number("SELECT count(*) FROM mail_queue WHERE kind = 'role_invitation'").await;
    invite(&declining).await;
    assert_eq!(
        app.number("SELECT count(*) FROM mail_queue WHERE kind = 'role_invitation'").await,
        asked_before,
        "not again so soon"
    );

    let id = invite(&waiting).await;
    let foreign = with_role(&app, "property_manager", Some(&app.hotel(HotelSpec::default()).await.id)).await;
    foreign.send(Method::DELETE, &format!("/v1/role-invitations/{id}"), None).await.expect(404);
    manager.send(Method::DELETE, &format!("/v1/role-invitations/{id}"), None).await.expect(204);
    waiting.send(Method::POST, &mine(&id, "accept"), None).await.expect(404);
    assert_eq!(waiting.get("/v1/me/role-invitations").await.expect(200).body["items"], json!([]));

    let id = invite(&late).await;
    app.sql(&format!("DELETE FROM role_assignments WHERE user_id = '{}'", manager.user_id())).await;
    let refused = late.send(Method::POST, &mine(&id, "accept"), None).await.expect(409);
    assert_eq!(refused.code(), "authorization.invitation_lapsed");
    late.get("/v1/rooms").await.expect(403);
}

/// S2: a guest of another hotel is not a hotel's alone, whoever made the booking.
#[tokio::test]
async fn a_guest_of_other_hotels_is_not_a_hotels_alone() {
    let app = with_default_roles().await;
    let (hotel, other) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    let manager = with_role(&app, "property_manager", Some(&hotel.id)).await;
    let person = with_role(&app, "front_desk", Some(&hotel.id)).await;
    hotel.book(&person, "2026-12-01", "2026-12-02").await;
    assert_eq!(manager.get(&user(person.user_id())).await.expect(200).body["is_restricted"], false, "a guest of this hotel");
    let booking = other.book(&person, "2026-12-01", "2026-12-02").await;
    assert_restricted(&manager.get(&user(person.user_id())).await.expect(200).body);
    assert_eq!(suspend(&manager, person.user_id()).await.expect(403).code(), "users.beyond_scope");
    assert_eq!(act(&manager, person.user_id(), "unlock").await.expect(403).code(), "users.beyond_scope");
    let factor = format!("{}/second-factor", user(person.user_id()));
    assert_eq!(manager.delete(&factor, "\"1\"").await.expect(403).code(), "users.beyond_scope");
    let admin = with_role(&app, "super_admin", None).await;
    assert!(booking.body["guest_user_id"].is_string());
    suspend(&admin, person.user_id()).await.expect(200);
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_users", async |w| {
            a_colleague(w).await;
            Call::plain()
        }),
        Request::new("get_user", async |w| Call::to(&a_colleague(w).await)),
        Request::new("invite_user", async |w| Call::plain().json(&invitation(w).await))
            .but(AsksToo("roles:assign"), "whoever is invited gets a role"),
        Request::new("resend_invitation", async |w| Call::to(&a_colleague(w).await)),
        Request::new("suspend_user", async |w| Call::to(&a_colleague(w).await).json(&json!({"reason": "test"}))),
        Request::new("reactivate_user", async |w| {
            let colleague = a_colleague(w).await;
            suspend(&w.admin, &colleague).await.expect(200);
            Call::to(&colleague)
        }),
        Request::new("unlock_user", async |w| Call::to(&a_colleague(w).await)),
        Request::new("delete_user", async |w| Call::to(&a_colleague(w).await)),
        Request::new("reset_second_factor", async |w| Call::to(&with_second_factor(w).await)),
    ]
}

/// A role that permits nothing.
async fn idle_role(w: &World) -> String {
    let role = json!({"code": unique("role"), "name": "Test", "permissions": []});
    w.admin.post("/v1/roles", &role).await.expect(201).id().to_owned()
}

async fn invitation(w: &World) -> Value {
    json!({"email": format!("{}@example.com", unique("new")), "full_name": "New Colleague",
           "assignments": [{"role_id": idle_role(w).await, "property_id": w.property().await}]})
}

/// Invites a user to work at the hotel.
async fn a_colleague(w: &World) -> String {
    w.admin.post("/v1/users", &invitation(w).await).await.expect(201).id().to_owned()
}

/// Makes a user who works at the hotel and has a second factor.
async fn with_second_factor(w: &World) -> String {
    let colleague = w.app.guest().await.user_id().to_owned();
    w.app.sql(&format!("UPDATE users SET second_factor_since = now() WHERE id = '{colleague}'")).await;
    let role = json!({"role_id": idle_role(w).await, "property_id": w.property().await});
    w.admin.post(&format!("{}/role-assignments", user(&colleague)), &role).await.expect(201);
    colleague
}
