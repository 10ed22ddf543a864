//! Personal values in the record: sealed, revealed to who may see them, and gone with their keys.
use super::items;
use crate::boundary::assert_problem;
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, eventually};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use hbs::config::Config;
use hbs::outbox::key_ids;
use hbs::person_keys::{ListedErasure, PersonKeys};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

const NAME: &str = "Zebedee Quill";
const EMAIL: &str = "zebedee@example.com";

/// A booking of somebody with a name and an address.
async fn booked(client: &Client, hotel: &Hotel) -> Reply {
    let mut request = hotel.request("2026-12-10", "2026-12-12");
    request["contact"] = json!({"full_name": NAME, "email": EMAIL});
    client.post("/v1/bookings", &request).await.expect(201)
}

/// The entry of the booking's creation, as the list shows it.
async fn entry_of(app: &TestApp, hotel: &Hotel, booking: &Reply) -> Value {
    app.deliver().await;
    let query = format!("/v1/audit-logs?kind=booking.created&booking_id={}", booking.id());
    items(&hotel.manager.get(&query).await.expect(200))[0].clone()
}

fn path_of(entry: &Value) -> String {
    format!("/v1/audit-logs/entries/{}/reveal", entry["id"].as_str().expect("an id"))
}

fn because() -> Value {
    json!({"reason": "Zebedee asked for it"})
}

async fn is_whole(hotel: &Hotel) -> bool {
    let verified = hotel.manager.get("/v1/audit-logs/verify").await.expect(200).body;
    verified["intact"] == true && verified["copies"] == "same"
}

/// Settings with a database of keys at a port on which nobody listens.
fn without_keys(config: &Config) -> Config {
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    Config { person_keys_url: Some(format!("postgres://hbs@127.0.0.1:{port}/keys")), ..config.clone() }
}

#[tokio::test]
async fn personal_values_are_revealed_to_who_may_see_them_and_on_the_record() {
    let app = TestApp::new().await;
    let (hotel, other) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    app.app.person_keys.fill().await.expect("keys");
    let booking = booked(&hotel.manager, &hotel).await;
    let entry = entry_of(&app, &hotel, &booking).await;

    // What is read of the record has neither the value nor what is sealed.
    let withheld = json!({"withheld": true});
    assert_eq!((&entry["changes"]["contact_name"], &entry["is_revealable"]), (&withheld, &json!(true)), "{entry}");
    assert!(!entry["changes"].to_string().contains("sealed"), "{entry}");
    let timeline = hotel.manager.get(&format!("/v1/bookings/{}/timeline", booking.id())).await.expect(200);
    assert_eq!(
        (&items(&timeline)[0]["changes"]["contact_name"], &items(&timeline)[0]["is_revealable"]),
        (&withheld, &json!(true))
    );
    let stored = &app.rows("SELECT changes FROM outbox WHERE kind = 'booking.created'").await[0]["changes"]["contact_name"];
    let (sealed, key) = (stored["sealed"].as_str().expect("sealed"), stored["key"].as_str().expect("a key"));
    let feed = hotel.manager.get(&format!("/v1/events?property_id={}", hotel.id)).await.expect(200).body.to_string();
    for told in [&feed, &timeline.body.to_string(), &entry.to_string()] {
        for secret in [sealed, key, NAME, EMAIL] {
            assert!(!told.contains(secret), "{secret} is in {told}");
        }
    }
    // An export has it, since hashes cover it.
    let export = hotel.manager.get(&format!("/v1/audit-logs/export?booking_id={}", booking.id())).await.expect(200);
    let export = String::from_utf8(export.bytes.to_vec()).expect("UTF-8");
    assert!(export.contains(sealed) && export.contains(key) && !export.contains(NAME), "{export}");

    // Others are refused, and nothing of it is on the record as a reveal.
    let reader = app.staff(&["audit:read", "bookings:read"], Some(&hotel.id)).await;
    assert_problem(&reader.post(&path_of(&entry), &because()).await, 403, "auth.forbidden");
    assert_problem(&other.manager.post(&path_of(&entry), &because()).await, 404, "request.not_found");
    let unknown = json!({"id": Uuid::now_v7()});
    assert_problem(&hotel.manager.post(&path_of(&unknown), &because()).await, 404, "request.not_found");
    assert_eq!(hotel.manager.post(&path_of(&entry), &json!({"reason": ""})).await.expect(422).pointers(), ["/reason"]);
    let open = hotel.manager.get("/v1/audit-logs?kind=property.created").await.expect(200);
    let nothing = hotel.manager.post(&path_of(&items(&open)[0]), &because()).await;
    assert_problem(&nothing, 409, "audit.nothing_to_reveal");
    assert_eq!(app.number("SELECT count(*) FROM outbox WHERE kind = 'personal_data.revealed'").await, 0);

    let revealed = hotel.manager.post(&path_of(&entry), &because()).await.expect(200);
    let values = json!({"contact_name": {"before": null, "after": NAME}, "contact_email": {"before": null, "after": EMAIL}});
    assert_eq!(revealed.body, json!({"id": entry["id"], "values": values}));
    app.deliver().await;
    let told = hotel.manager.get("/v1/audit-logs?kind=personal_data.revealed").await.expect(200);
    let told = &items(&told)[0];
    assert_eq!((&told["actor_id"], &told["stream_id"]), (&json!(hotel.manager.user_id()), &json!(hotel.id)));
    let fact = |value: Value| json!({"before": null, "after": value});
    let fields = fact(json!(["contact_email", "contact_name"]));
    let facts = json!({"entry_id": fact(entry["id"].clone()), "entry_kind": fact(json!("booking.created")), "fields": fields, "reason": withheld});
    assert_eq!(told["changes"], facts);
    let why = hotel.manager.post(&path_of(told), &because()).await.expect(200);
    assert_eq!(why.body["values"]["reason"]["after"], "Zebedee asked for it");
}

/// T-rev-erase, T-pri-chain: with its key a value is gone, and every chain holds before and after.
#[tokio::test]
async fn with_its_key_a_value_is_gone_and_the_chain_holds() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    app.app.person_keys.fill().await.expect("keys");
    let (erased, kept) = (booked(&hotel.manager, &hotel).await, booked(&hotel.manager, &hotel).await);
    let (entry, other) = (entry_of(&app, &hotel, &erased).await, entry_of(&app, &hotel, &kept).await);
    assert!(is_whole(&hotel).await);

    let booking: Uuid = erased.id().parse().expect("an id");
    let ids = key_ids::find(&app.app, &[], &[booking]).await.expect("keys");
    let sealed = format!(
        "SELECT count(DISTINCT fact.value ->> 'key') FROM outbox, jsonb_each(changes) AS fact
         WHERE booking_id = '{booking}' AND fact.value ? 'sealed'"
    );
    let expected = usize::try_from(app.number(&sealed).await).expect("a number");
    assert!(expected > 0 && ids.len() == expected, "{expected} keys, and {ids:?} were found");
    // What left the outbox is found in its copy.
    app.sql(&format!("CREATE TABLE kept AS SELECT * FROM outbox; DELETE FROM outbox WHERE booking_id = '{booking}'")).await;
    assert_eq!(key_ids::find(&app.app, &[booking], &[booking]).await.expect("keys"), ids);
    app.sql("DELETE FROM outbox; INSERT INTO outbox OVERRIDING SYSTEM VALUE SELECT * FROM kept").await;
    assert_eq!(app.app.person_keys.destroy(&ids).await.expect("destroyed"), u64::try_from(expected).expect("a number"));
    assert_eq!(app.app.person_keys.destroy(&ids).await.expect("again"), 0);

    let reveals = "SELECT count(*) FROM outbox WHERE kind = 'personal_data.revealed'";
    let gone = hotel.manager.post(&path_of(&entry), &because()).await;
    assert_problem(&gone, 410, "audit.key_destroyed");
    assert_eq!(app.number(reveals).await, 0, "nothing was revealed");
    hotel.manager.post(&path_of(&other), &because()).await.expect(200);
    app.deliver().await;
    assert!(is_whole(&hotel).await, "without the key as with it");
}

/// No sale waits for keys, and none is refused for want of them.
#[tokio::test]
async fn without_keys_everything_goes_on_and_values_are_withheld_for_good() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    app.app.person_keys.fill().await.expect("keys");
    let sealed = booked(&hotel.manager, &hotel).await;
    let sealed = entry_of(&app, &hotel, &sealed).await;

    // A process of the same hotel whose database of keys is away.
    let lone = TestApp::on(without_keys(&app.app.config)).await;
    lone.app.person_keys.fill().await.expect_err("nobody listens there");
    let ready = lone.anonymous().get("/health/ready").await.expect(200);
    let store = &ready.body["stores"]["person_keys"];
    assert_eq!((&ready.body["status"], store), (&json!("degraded"), &json!("unreachable")));
    let manager = lone.staff(&["bookings:write", "bookings:read", "privacy:reveal", "audit:read"], Some(&hotel.id)).await;
    let booking = booked(&manager, &hotel).await;
    let entry = entry_of(&app, &hotel, &booking).await;
    let told = (&entry["changes"]["contact_name"], &entry["is_revealable"]);
    assert_eq!(told, (&json!({"withheld": true}), &json!(false)));
    assert_problem(&manager.post(&path_of(&entry), &because()).await, 409, "audit.nothing_to_reveal");
    assert_problem(&manager.post(&path_of(&sealed), &because()).await, 503, "audit.keys_unavailable");

    // In the background, keys come by themselves.
    let mut busy = TestApp::on(app.app.config.clone()).await;
    busy.start_background();
    eventually(Duration::from_secs(10), async || busy.app.person_keys.take().is_some()).await;
}

/// Secrets of keys, in the forms in which they could be written.
async fn secrets_of(config: &Config, ids: &[Uuid]) -> Vec<[Vec<u8>; 3]> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Binary)]
        secret: Vec<u8>,
    }
    let ids: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
    #[expect(clippy::disallowed_methods, reason = "a test asks whatever it likes")]
    let query = diesel::sql_query(format!("SELECT secret FROM person_keys WHERE id IN ({})", ids.join(",")));
    let rows: Vec<Row> = query.load(&mut keys(config).await).await.expect("the keys");
    let hex = |secret: &[u8]| secret.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into_bytes();
    let forms = rows.into_iter().map(|Row { secret }| [hex(&secret), BASE64_STANDARD.encode(&secret).into_bytes(), secret]);
    forms.collect()
}

async fn keys(config: &Config) -> AsyncPgConnection {
    AsyncPgConnection::establish(config.person_keys_url.as_deref().expect("an address")).await.expect("a connection")
}

/// All that the stores hold of this place but the keys: a dump of PostgreSQL, MongoDB, Redis and files.
async fn everything(app: &TestApp) -> Vec<(String, Vec<u8>)> {
    let mut dump = tokio::process::Command::new("pg_dump");
    let dump = dump.arg(app.app.config.database_url.as_deref().expect("an address")).output().await.expect("pg_dump");
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    let mut found = app.beside_postgresql().await;
    found.push(("PostgreSQL".into(), dump.stdout));
    found
}

/// T-pri-key: no secret of a key is in a dump of PostgreSQL, in MongoDB or in Redis, whether it was destroyed or not. What is
/// sealed with it is, so the search does find what is there.
#[tokio::test]
async fn no_secret_of_a_key_is_in_any_other_store() {
    let app = TestApp::new().await;
    let config = &app.app.config;
    let hotel = app.hotel(HotelSpec::default()).await;
    app.keep_in_step(&hotel.manager).await;
    app.app.person_keys.fill().await.expect("keys");
    let booking = booked(&hotel.manager, &hotel).await;
    let entry = entry_of(&app, &hotel, &booking).await;
    hotel.manager.post(&path_of(&entry), &because()).await.expect(200);
    app.deliver().await;
    let id: Uuid = booking.id().parse().expect("an id");
    let ids = key_ids::find(&app.app, &[id], &[id]).await.expect("keys");
    let secrets = secrets_of(config, &ids).await;
    assert!(!secrets.is_empty() && secrets.len() == ids.len());

    let has = |content: &[u8], part: &[u8]| content.windows(part.len()).any(|window| window == part);
    for destroyed in [false, true] {
        if destroyed {
            app.app.person_keys.destroy(&ids).await.expect("destroyed");
            assert!(secrets_of(config, &ids).await.is_empty(), "they are gone where they were");
        }
        let stores = everything(&app).await;
        for name in ["PostgreSQL", "MongoDB"] {
            let knows = |id: &Uuid| {
                stores.iter().any(|(store, content)| store.starts_with(name) && has(content, id.to_string().as_bytes()))
            };
            assert!(ids.iter().all(knows), "{name} does not say which key it was");
        }
        assert!(stores.iter().any(|(store, _)| store.starts_with("Redis")), "sessions are there");
        for (store, content) in &stores {
            assert!(!secrets.iter().flatten().any(|secret| has(content, secret)), "a secret is in {store}");
        }
    }
}

/// The database of keys is none of the others', and what it lists stays.
#[tokio::test]
async fn the_database_of_keys_is_its_own_and_its_list_stays() {
    let app = TestApp::with_own_person_keys().await;
    let config = &app.app.config;
    let same = PersonKeys::new(config.database_url.as_deref().expect("an address")).expect("an address");
    let refused = format!("{:?}", same.migrate().await.expect_err("the database of HBS"));
    assert!(refused.contains("leads to the database of HBS itself"), "{refused}");
    assert_eq!(app.number("SELECT count(*) FROM pg_class WHERE relname = 'person_keys'").await, 0, "nothing was made there");

    let people = &app.app.person_keys;
    let erasure = ListedErasure {
        id: Uuid::now_v7(),
        user_id: Some(Uuid::now_v7()),
        profile_ids: vec![Uuid::now_v7(), Uuid::now_v7()],
        booking_ids: Vec::new(),
        erased_at: "2026-12-01T12:00:00Z".parse().expect("an instant"),
        signature: "signed".into(),
        key_id: "key".into(),
    };
    people.list_erasure(&erasure).await.expect("listed");
    people.list_erasure(&erasure).await.expect("and again");
    assert_eq!(people.listed_erasures(None, 2).await.expect("the list"), [erasure]);
    let mut conn = keys(config).await;
    for sql in [
        "UPDATE listed_erasures SET signature = 'forged'",
        "DELETE FROM listed_erasures",
        "TRUNCATE listed_erasures",
        "UPDATE person_keys SET secret = sha256('x')",
    ] {
        assert!(conn.batch_execute(sql).await.is_err_and(|error| error.to_string().contains("never changed")), "{sql}");
    }

    // Keys that were not used do not stay behind a process that ends.
    people.fill().await.expect("keys");
    let used = people.take().expect("a key");
    people.give_back().await.expect("given back");
    assert!(people.take().is_none());
    assert_eq!(people.open(&[used.id()]).await.expect("read").len(), 1, "one that was taken stays");
}
