//! The copies of the record in MongoDB.
use crate::support::{Hotel, HotelSpec, TestApp, eventually};
use hbs::outbox::relay;
use hbs::outbox::sinks::{self, Found};
use mongodb::Collection;
use mongodb::bson::{Document, doc};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// Error of MongoDB for what a user may not do.
const UNAUTHORIZED: i32 = 13;

/// A collection, for somebody who may do everything.
async fn as_admin(app: &TestApp, collection: &str) -> Collection<Document> {
    let url = app.app.config.mongodb_url.as_ref().expect("a MongoDB").replace("hbs:hbs@", "admin:admin@");
    let client = mongodb::Client::with_uri_str(&url).await.expect("a client");
    client.database(&app.app.config.mongodb_database).collection(collection)
}

async fn booked(nights: &[(&str, &str)]) -> (TestApp, Hotel) {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    for (check_in, check_out) in nights {
        hotel.book(&hotel.manager, check_in, check_out).await;
    }
    app.deliver().await;
    (app, hotel)
}

const TWO: [(&str, &str); 2] = [("2026-12-10", "2026-12-12"), ("2026-12-12", "2026-12-14")];

async fn verified(hotel: &Hotel) -> Value {
    hotel.manager.get(&format!("/v1/audit-logs/verify?property_id={}", hotel.id)).await.expect(200).body
}

/// Counts and differences of the first copy, which is that of the audit log.
fn differences(verified: &Value) -> (Value, Value) {
    let copy = &verified["streams"][0]["copies"][0];
    assert_eq!(copy["collection"], "audit_logs");
    let named = copy["differences"].as_array().expect("a list").iter();
    let named = named.map(|one| json!([one["kind"], one["seq"], one["fields"]])).collect::<Vec<_>>();
    (json!([copy["missing"], copy["differing"], copy["extra"]]), json!(named))
}

#[tokio::test]
async fn a_byte_changed_in_either_copy_is_found_and_named() {
    let (app, hotel) = booked(&TWO).await;
    let logs = as_admin(&app, "audit_logs").await;
    let entries = app.number(&format!("SELECT count(*) FROM outbox WHERE stream_id = '{}'", hotel.id)).await;
    let of_bookings =
        app.number(&format!("SELECT count(*) FROM outbox WHERE stream_id = '{}' AND booking_id IS NOT NULL", hotel.id)).await;
    let whole = verified(&hotel).await;
    assert_eq!((&whole["intact"], &whole["copies"], &whole["astray"]), (&json!(true), &json!("same"), &Value::Null));
    let same = |name: &str, same: i64| json!({"collection": name, "same": same, "missing": 0, "differing": 0, "extra": 0, "undelivered": 0, "differences": []});
    assert_eq!(whole["streams"][0]["copies"], json!([same("audit_logs", entries), same("booking_logs", of_bookings)]));

    // In MongoDB.
    let fifth = doc! {"stream_id": &hotel.id, "seq": 5_i64};
    let original = logs.find_one(fifth.clone()).await.expect("an answer").expect("an entry");
    for (change, fields) in [
        (doc! {"kind": "booking.forged"}, json!(["kind"])),
        (doc! {"changes.forged": true, "occurred_at": "2026-12-01T12:00:00.000001Z"}, json!(["changes", "occurred_at"])),
        (doc! {"beside": 1}, json!(["beside"])),
    ] {
        logs.update_one(fifth.clone(), doc! {"$set": change}).await.expect("changed");
        let found = verified(&hotel).await;
        assert_eq!((&found["intact"], &found["copies"]), (&json!(true), &json!("different")));
        assert_eq!(differences(&found), (json!([0, 1, 0]), json!([["differing", 5, fields]])));
        assert_eq!(found["streams"][0]["copies"][1], same("booking_logs", of_bookings), "the other copy is as it was");
        logs.replace_one(fifth.clone(), original.clone()).await.expect("restored");
    }
    // A copy that was moved away is named where it should be.
    logs.update_one(fifth.clone(), doc! {"$set": {"seq": 5000_i64}}).await.expect("changed");
    assert_eq!(differences(&verified(&hotel).await), (json!([0, 1, 0]), json!([["differing", 5, ["seq"]]])));
    logs.replace_one(doc! {"_id": original.get_str("_id").expect("an id")}, original.clone()).await.expect("restored");

    // In PostgreSQL.
    app.sql("CREATE TABLE kept AS SELECT * FROM outbox").await;
    let forge = format!("UPDATE outbox SET kind = 'booking.forged' WHERE stream_id = '{}' AND seq = 5", hotel.id);
    app.sql(&forge).await;
    let found = verified(&hotel).await;
    assert_eq!((&found["intact"], &found["streams"][0]["first_broken_seq"]), (&json!(false), &json!(5)));
    assert_eq!(differences(&found), (json!([0, 1, 0]), json!([["differing", 5, ["kind"]]])));

    // In both, alike.
    logs.update_one(fifth.clone(), doc! {"$set": {"kind": "booking.forged"}}).await.expect("changed");
    let found = verified(&hotel).await;
    assert_eq!((&found["intact"], &found["streams"][0]["first_broken_seq"]), (&json!(false), &json!(5)));
    assert_eq!(differences(&found).0, json!([0, 0, 0]), "the chain tells");
    logs.replace_one(fifth, original.clone()).await.expect("restored");
    app.sql("DELETE FROM outbox; INSERT INTO outbox OVERRIDING SYSTEM VALUE SELECT * FROM kept").await;
    assert_eq!(verified(&hotel).await, whole);

    // What MongoDB has alone.
    let mut forged = original;
    forged.insert("_id", Uuid::now_v7().to_string());
    logs.insert_one(&forged).await.expect("inserted");
    assert_eq!(differences(&verified(&hotel).await), (json!([0, 0, 1]), json!([["extra", 5, []]])));
    logs.update_one(doc! {"_id": forged.get_str("_id").expect("an id")}, doc! {"$set": {"stream_id": Uuid::max().to_string()}})
        .await
        .expect("changed");
    assert_eq!(verified(&hotel).await["copies"], "same", "it is of no hotel");
    let auditor = app.staff(&["audit:read"], None).await;
    app.deliver().await;
    let all = auditor.get("/v1/audit-logs/verify").await.expect(200).body;
    assert_eq!((&all["intact"], &all["copies"], &all["astray"]), (&json!(true), &json!("different"), &json!(1)));
}

/// More than two batches wait: the next one is read while one is on its way.
#[tokio::test]
async fn what_has_waited_for_long_is_delivered_as_it_stands() {
    let (app, hotel) = booked(&TWO).await;
    app.sql(&format!(
        "INSERT INTO outbox (event_id, stream_id, kind, entity, entity_id, actor_kind, changes, occurred_at)
         SELECT gen_random_uuid(), '{}', 'amenity.updated', 'amenity', md5((n % 7)::text)::uuid, 'system',
                jsonb_build_object('name', jsonb_build_object('before', n, 'after', n + 0.5)), '2026-12-01T12:00:00Z'
         FROM generate_series(1, 2500) AS n ORDER BY n",
        hotel.id
    ))
    .await;
    while relay::number_batch(&app.app).await.expect("the relay") > 0 {}
    let delivering = tokio::spawn(sinks::run(app.app.clone(), sinks::AUDIT_LOGS));
    eventually(Duration::from_secs(60), async || sinks::backlog(&app.app, sinks::AUDIT_LOGS).await.expect("a number") == 0).await;
    delivering.abort();
    app.deliver().await;
    let entries = app.number(&format!("SELECT count(*) FROM outbox WHERE stream_id = '{}'", hotel.id)).await;
    let found = verified(&hotel).await;
    assert_eq!((&found["intact"], &found["copies"]), (&json!(true), &json!("same")));
    assert_eq!(found["streams"][0]["copies"][0]["same"], json!(entries));
    assert!(entries > 2500);
}

#[tokio::test]
async fn what_mongodb_lacks_is_delivered_again_on_request() {
    let (app, hotel) = booked(&TWO).await;
    let keeper = app.staff(&["audit:read", "audit:write"], Some(&hotel.id)).await;
    app.deliver().await;
    for name in ["audit_logs", "booking_logs"] {
        let lost = doc! {"stream_id": &hotel.id, "kind": "booking.created"};
        assert_eq!(as_admin(&app, name).await.delete_many(lost).await.expect("removed").deleted_count, 2, "{name}");
    }
    let found = verified(&hotel).await;
    let (counts, named) = differences(&found);
    assert_eq!((&found["copies"], counts), (&json!("different"), json!([2, 0, 0])));
    let seq = named[0][1].as_i64().expect("a number");
    let position = found["streams"][0]["copies"][0]["differences"][0]["position"].as_i64().expect("a position");
    assert_eq!(
        (
            &named[0][0],
            app.number(&format!("SELECT position FROM outbox WHERE stream_id = '{}' AND seq = {seq}", hotel.id)).await
        ),
        (&json!("missing"), position)
    );

    // One by its position, then all of the hotel.
    let redeliver = async |body: Value| keeper.post("/v1/audit-logs/redeliver", &body).await;
    let delivered = |entries: i64, each: i64| {
        let of = |name: &str| json!({"collection": name, "entries": each});
        json!({"entries": entries, "delivered": [of("audit_logs"), of("booking_logs")], "next_position": null})
    };
    let one = redeliver(json!({"property_id": hotel.id, "from_position": position, "to_position": position})).await.expect(200);
    assert_eq!(one.body, delivered(1, 1));
    let entries = app.number(&format!("SELECT count(*) FROM outbox WHERE stream_id = '{}' AND seq IS NOT NULL", hotel.id)).await;
    assert_eq!(redeliver(json!({"property_id": hotel.id})).await.expect(200).body, delivered(entries, 1));
    assert_eq!(app.number("SELECT count(*) FROM outbox WHERE kind = 'audit_log.redelivered'").await, 2);
    assert_eq!(redeliver(json!({"property_id": hotel.id})).await.expect(200).body, delivered(entries, 0));
    assert_eq!(app.number("SELECT count(*) FROM outbox WHERE kind = 'audit_log.redelivered'").await, 2, "nothing was done");
    app.deliver().await;
    assert_eq!(verified(&hotel).await["copies"], "same");

    // What differs is not overwritten.
    let logs = as_admin(&app, "audit_logs").await;
    let first = doc! {"stream_id": &hotel.id, "seq": 1_i64};
    logs.update_one(first.clone(), doc! {"$set": {"kind": "forged"}}).await.expect("changed");
    assert_eq!(redeliver(json!({"property_id": hotel.id})).await.expect(200).body["delivered"][0]["entries"], 0);
    assert_eq!(logs.find_one(first).await.expect("an answer").expect("an entry").get_str("kind").expect("text"), "forged");

    assert_eq!(redeliver(json!({})).await.expect(403).body["permission"], "audit:write");
    let backwards = redeliver(json!({"property_id": hotel.id, "from_position": 2, "to_position": 1})).await.expect(422);
    assert_eq!(backwards.pointers(), ["/to_position"]);
}

/// MongoDB after its disk was restored from a copy, up to a position.
async fn restore(app: &TestApp, position: i64) {
    for sink in sinks::ALL {
        let later = doc! {"position": {"$gt": position}};
        as_admin(app, sink.name).await.delete_many(later).await.expect("removed");
    }
}

#[tokio::test]
async fn mongodb_restored_from_an_old_copy_is_noticed_and_filled_again() {
    let (app, hotel) = booked(&TWO[..1]).await;
    let old = app.number("SELECT max(position) FROM outbox").await;
    hotel.book(&hotel.manager, TWO[1].0, TWO[1].1).await;
    app.deliver().await;
    let found = async || {
        let mut found = Vec::new();
        for sink in sinks::ALL {
            found.push(sinks::look(&app.app, *sink).await.expect("an answer").expect("nobody else is at it"));
        }
        found
    };
    assert_eq!(found().await, [Found::Current; 2]);
    for position in [old, 0] {
        restore(&app, position).await;
        assert_eq!(verified(&hotel).await["copies"], "different");
        assert_eq!(found().await, [Found::Behind; 2], "from {position}");
        let health = app.anonymous().get("/health/ready").await.expect(200).body;
        assert!(health["undelivered_events"].as_i64() > Some(0), "{health}");
        app.deliver().await;
        assert_eq!(verified(&hotel).await["copies"], "same");
        assert_eq!(found().await, [Found::Current; 2]);
    }
    // Events that were not delivered yet are none that are missing.
    hotel.book(&hotel.manager, "2026-12-20", "2026-12-21").await;
    assert_eq!(found().await, [Found::Current; 2]);
    app.deliver().await;

    // The other way round: PostgreSQL has lost what MongoDB has.
    let logs = as_admin(&app, "audit_logs").await;
    let mut last = logs.find_one(doc! {}).sort(doc! {"position": -1}).await.expect("an answer").expect("an entry");
    let position = last.get_i64("position").expect("a position") + 1;
    last.extend(doc! {"_id": Uuid::now_v7().to_string(), "position": position});
    logs.insert_one(&last).await.expect("inserted");
    assert_eq!(found().await, [Found::Ahead, Found::Current]);
    assert_eq!(app.number("SELECT position FROM outbox_sinks WHERE name = 'audit_logs'").await, position - 1, "left as it is");
}

#[tokio::test]
async fn nobody_changes_or_removes_what_is_on_the_record() {
    let (app, _) = booked(&TWO).await;
    for sink in sinks::ALL {
        let logs = app.app.mongo.database().collection::<Document>(sink.name);
        let forged = doc! {"$set": {"kind": "forged"}};
        let refusals = [
            logs.update_one(doc! {}, forged.clone()).await.map(|_| ()),
            logs.update_many(doc! {}, forged).await.map(|_| ()),
            logs.replace_one(doc! {}, doc! {"kind": "forged"}).await.map(|_| ()),
            logs.delete_one(doc! {}).await.map(|_| ()),
            logs.delete_many(doc! {}).await.map(|_| ()),
            logs.drop().await,
        ];
        for (number, refusal) in refusals.into_iter().enumerate() {
            let error = refusal.expect_err("it was done");
            let code = match error.kind.as_ref() {
                mongodb::error::ErrorKind::Command(error) => error.code,
                other => panic!("{}, {number}: {other:?}", sink.name),
            };
            assert_eq!(code, UNAUTHORIZED, "{}, {number}: {error}", sink.name);
        }
        assert!(logs.count_documents(doc! {}).await.expect("a count") > 0);
    }
}

#[tokio::test]
async fn each_filter_has_its_index() {
    let (app, hotel) = booked(&TWO).await;
    for sink in sinks::ALL {
        sinks::create_indexes(&app.app, *sink).await.expect("indexes");
    }
    let id = Uuid::nil().to_string();
    for filter in [
        doc! {},
        doc! {"stream_id": &hotel.id},
        doc! {"stream_id": {"$in": [&hotel.id, &id]}},
        doc! {"booking_id": &id},
        doc! {"entity_id": &id},
        doc! {"actor_id": &id},
        doc! {"request_id": "one"},
        doc! {"kind": "booking.created"},
        doc! {"entity": "booking"},
        doc! {"occurred_at": {"$gte": "2026-12-01T00:00:00.000000Z", "$lt": "2026-12-02T00:00:00.000000Z"}},
        doc! {"stream_id": &hotel.id, "occurred_at": {"$gte": "2026-12-01T00:00:00.000000Z"}, "position": {"$lt": 9_i64}},
    ] {
        let find = doc! {"find": "audit_logs", "filter": filter.clone(), "sort": {"position": -1}, "limit": 51};
        let plan = app.app.mongo.database().run_command(doc! {"explain": find}).await.expect("a plan");
        let winning = plan.get_document("queryPlanner").and_then(|planner| planner.get_document("winningPlan"));
        let winning = winning.expect("a plan").to_string();
        assert!(winning.contains("IXSCAN") && !winning.contains("COLLSCAN"), "{filter}: {winning}");
    }
}
