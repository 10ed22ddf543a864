use crate::every_route::Exception::{OfNoProperty, Public};
use crate::every_route::{Call, Request, World};
use crate::faults::{TempDir, program};
use crate::support::{Hotel, HotelSpec, TestApp, act};
use hbs::domains::checkpoints::{self, Checkpoint, Difference};
use hbs::domains::{audit, folios};
use hbs::server;
use hbs_devstack::Options;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use tokio::process::Command;
use uuid::Uuid;

/// A hotel with a booking, all of it numbered and delivered.
async fn recorded() -> (TestApp, Hotel) {
    let app = TestApp::new().await;
    // With keys at hand, so that what is exported and signed has sealed values, too.
    app.app.person_keys.fill().await.expect("keys");
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    app.deliver().await;
    (app, hotel)
}

async fn made(app: &TestApp) -> Checkpoint {
    checkpoints::make(&app.app).await.expect("made").expect("something new")
}

async fn differences(app: &TestApp, kept: &[Checkpoint]) -> Vec<Difference> {
    checkpoints::compare(&app.app, kept).await.expect("compared")
}

/// Asserts that the record is what these checkpoints say.
async fn assert_as_kept(app: &TestApp, kept: &[Checkpoint]) {
    let differences = differences(app, kept).await;
    assert!(differences.is_empty(), "{differences:?}");
}

/// Returns `true` if every chain holds by itself.
async fn is_intact(app: &TestApp) -> bool {
    let verified = audit::verify_all(&app.app, |_| ()).await.expect("verified");
    verified.iter().all(|stream| stream.first_broken_seq.is_none())
}

/// Numbers the events of a hotel anew, as somebody who has changed one does who wants its chain to hold.
async fn recompute(app: &TestApp, hotel: &Hotel) {
    app.sql(&format!(
        "UPDATE outbox SET position = NULL, seq = NULL, prev_hash = NULL, hash = NULL WHERE stream_id = '{0}';
         DELETE FROM outbox_streams WHERE stream_id = '{0}'",
        hotel.id
    ))
    .await;
    app.deliver().await;
    assert!(is_intact(app).await, "the chain is as good as new");
}

fn head_of<'a>(checkpoint: &'a Value, stream_id: &str) -> &'a Value {
    let heads = checkpoint["streams"].as_array().expect("a list");
    heads.iter().find(|head| head["stream_id"] == stream_id).unwrap_or_else(|| panic!("{stream_id}: {checkpoint}"))
}

/// Returns the digest of a head, as the document describes it.
fn digest_of(head: &Value) -> String {
    let text = format!(r#"{{"hash":{},"seq":{},"stream_id":{}}}"#, head["hash"], head["seq"], head["stream_id"]);
    hbs::numbers::hex(&Sha256::digest(text))
}

#[tokio::test]
async fn checkpoints_are_a_chain_of_signed_statements() {
    let (app, hotel) = recorded().await;
    let first = made(&app).await;
    assert!(checkpoints::make(&app.app).await.expect("made").is_none(), "nothing is new");
    hotel.book(&hotel.manager, "2026-12-14", "2026-12-15").await;
    assert!(checkpoints::make(&app.app).await.expect("made").is_none(), "what has no number yet is not on the record");
    app.deliver().await;
    let second = made(&app).await;
    assert_eq!((first.statement.number, second.statement.number), (1, 2));
    assert_eq!((&first.statement.previous, &second.statement.previous), (&"0".repeat(64), &first.digest));
    assert_eq!(first.statement.installation, "localhost");

    let auditor = app.staff(&["audit:read"], None).await;
    let listed = auditor.get("/v1/audit-logs/checkpoints").await.expect(200).body;
    assert_eq!(listed, json!({"items": [second, first], "next_cursor": null}));
    let path = format!("/v1/audit-logs/checkpoints/{}", first.id);
    assert_eq!(auditor.get(&path).await.expect(200).body, json!(first));
    let page = auditor.get("/v1/audit-logs/checkpoints?limit=1").await.expect(200).body;
    let rest = format!("/v1/audit-logs/checkpoints?limit=1&cursor={}", page["next_cursor"].as_str().expect("a cursor"));
    assert_eq!(auditor.get(&rest).await.expect(200).body["items"], json!([first]));
    assert_eq!(auditor.get(&format!("/v1/audit-logs/checkpoints/{}", Uuid::nil())).await.expect(404).code(), "request.not_found");

    let head = head_of(&listed["items"][0], &hotel.id).clone();
    let entries = app.number(&format!("SELECT count(*) FROM outbox WHERE stream_id = '{}'", hotel.id)).await;
    let last = format!("SELECT encode(hash, 'hex') AS hash FROM outbox WHERE stream_id = '{}' AND seq = {entries}", hotel.id);
    assert_eq!(head, json!({"stream_id": hotel.id, "seq": entries, "hash": app.rows(&last).await[0]["hash"]}));
    assert_as_kept(&app, &[second, first]).await;
}

#[tokio::test]
async fn checkpoints_are_neither_changed_nor_removed() {
    let (app, _) = recorded().await;
    made(&app).await;
    for sql in ["UPDATE audit_checkpoints SET number = 7", "DELETE FROM audit_checkpoints", "TRUNCATE audit_checkpoints"] {
        let refused = app.try_sql(sql).await.expect_err(sql);
        assert!(refused.contains("neither changed nor removed"), "{sql}: {refused}");
    }
}

/// Whoever sees one hotel sees its head alone, and can verify all the same: the statement that is signed has its digest.
#[tokio::test]
async fn a_checkpoint_shows_the_heads_within_the_scope_and_is_verified_by_them() {
    let (app, hotel) = recorded().await;
    let other = app.hotel(HotelSpec::default()).await;
    app.deliver().await;
    let whole = made(&app).await;
    let path = format!("/v1/audit-logs/checkpoints/{}", whole.id);
    let seen = hotel.manager.get(&path).await.expect(200).body;
    assert_eq!(seen["streams"].as_array().map(Vec::len), Some(1), "{seen}");
    assert!(!seen.to_string().contains(&other.id), "{seen}");
    assert_eq!(whole.streams.len(), 3, "both hotels, and what belongs to none");
    assert_eq!((&seen["statement"], &seen["signature"]), (&json!(whole.statement), &json!(whole.signature)));
    assert!(whole.statement.heads.contains(&digest_of(head_of(&seen, &hotel.id))));
    let kept: Checkpoint = serde_json::from_value(seen).expect("a checkpoint");
    assert_as_kept(&app, &[kept]).await;
    assert_eq!(app.guest().await.get(&path).await.expect(403).code(), "auth.forbidden");
}

#[tokio::test]
async fn a_record_that_was_cut_or_written_anew_is_named_by_the_kept_checkpoint() {
    let (app, hotel) = recorded().await;
    let stream_id: Uuid = hotel.id.parse().expect("an id");
    let first = made(&app).await;
    let known_good = head_of(&json!(first), &hotel.id)["seq"].as_i64().expect("a number");
    hotel.book(&hotel.manager, "2026-12-14", "2026-12-15").await;
    app.deliver().await;
    let second = made(&app).await;
    let seq = head_of(&json!(second), &hotel.id)["seq"].as_i64().expect("a number");
    let kept = [first, second];
    app.sql("CREATE TABLE as_it_was AS SELECT * FROM outbox; CREATE TABLE heads AS SELECT * FROM outbox_streams").await;

    // The end is cut off, and the head says that it was never there.
    let left = seq - 1;
    app.sql(&format!(
        "DELETE FROM outbox WHERE stream_id = '{0}' AND seq = {seq};
         UPDATE outbox_streams SET (seq, hash) = (SELECT seq, hash FROM outbox WHERE stream_id = '{0}' AND seq = {left})
         WHERE stream_id = '{0}'",
        hotel.id
    ))
    .await;
    assert!(is_intact(&app).await, "the chain alone does not tell");
    assert_eq!(differences(&app, &kept).await, [Difference::Cut { number: 2, stream_id, seq, left }]);

    // An entry is changed, and all after it are computed anew.
    app.sql("DELETE FROM outbox; INSERT INTO outbox OVERRIDING SYSTEM VALUE SELECT * FROM as_it_was").await;
    app.sql(&format!("UPDATE outbox SET actor_id = gen_random_uuid() WHERE stream_id = '{}' AND seq = {seq}", hotel.id)).await;
    recompute(&app, &hotel).await;
    assert_eq!(differences(&app, &kept).await, [Difference::Rewritten { number: 2, stream_id, known_good, seq }]);
    app.sql(&format!("UPDATE outbox SET kind = 'booking.forged' WHERE stream_id = '{}' AND seq = 1", hotel.id)).await;
    recompute(&app, &hotel).await;
    let both = [
        Difference::Rewritten { number: 1, stream_id, known_good: 0, seq: known_good },
        Difference::Rewritten { number: 2, stream_id, known_good: 0, seq },
    ];
    assert_eq!(differences(&app, &kept).await, both);
    assert!(both[0].to_string().contains(&format!("of the entries 1 to {known_good}, at least one was changed")), "{}", both[0]);

    // As it was, all is well.
    app.sql("DELETE FROM outbox; INSERT INTO outbox OVERRIDING SYSTEM VALUE SELECT * FROM as_it_was").await;
    app.sql("DELETE FROM outbox_streams; INSERT INTO outbox_streams SELECT * FROM heads").await;
    assert_as_kept(&app, &kept).await;
}

#[tokio::test]
async fn a_checkpoint_that_was_not_signed_here_is_told_apart() {
    let (app, _) = recorded().await;
    let checkpoint = made(&app).await;
    let changed = |change: fn(&mut Checkpoint)| {
        let mut changed = checkpoint.clone();
        change(&mut changed);
        changed
    };
    for forged in [
        changed(|checkpoint| checkpoint.statement.made_at = "2020-01-01T00:00:00.000000Z".into()),
        changed(|checkpoint| checkpoint.statement.format = "hbs-checkpoint-2".into()),
        changed(|checkpoint| checkpoint.signature = "A".repeat(86)),
        changed(|checkpoint| checkpoint.streams[0].seq += 1),
        changed(|checkpoint| checkpoint.digest = "0".repeat(64)),
    ] {
        assert_eq!(differences(&app, &[forged]).await, [Difference::Forged { number: 1 }]);
    }
    let unknown = changed(|checkpoint| checkpoint.kid = "of_another".into());
    assert_eq!(differences(&app, &[unknown]).await, [Difference::UnknownKey { number: 1, kid: "of_another".into() }]);

    // Of another installation, whose key was brought here.
    let (elsewhere, _) = recorded().await;
    let theirs = made(&elsewhere).await;
    let keys = elsewhere.rows("SELECT kid, encode(public_key, 'hex') AS half FROM audit_keys").await;
    let key = |name: &str| keys[0][name].as_str().expect("text").to_owned();
    app.sql(&format!(
        "INSERT INTO audit_keys (kid, public_key, retired_at, created_at, updated_at)
         VALUES ('{}', decode('{}', 'hex'), now(), now(), now())",
        key("kid"),
        key("half")
    ))
    .await;
    assert_eq!(differences(&app, &[theirs]).await[0], Difference::OtherCheckpoint { number: 1 });
}

#[tokio::test]
async fn keys_of_checkpoints_are_published_for_good_and_sign_for_their_time_only() {
    let (app, hotel) = recorded().await;
    let path = "/.well-known/hbs-audit-keys.json";
    assert_eq!(app.anonymous().get(path).await.expect(200).body, json!({"keys": []}), "none before the first checkpoint");
    let first = made(&app).await;
    let kid = checkpoints::rotate_key(&app.app).await.expect("a key");
    hotel.book(&hotel.manager, "2026-12-14", "2026-12-15").await;
    app.deliver().await;
    let second = made(&app).await;
    assert_eq!(second.kid, kid);
    assert_ne!(first.kid, kid);
    let keys = app.anonymous().get(path).await.expect(200).body["keys"].clone();
    let told: Vec<_> = keys.as_array().expect("a list").iter().map(|key| (&key["kid"], key["retired_at"].is_null())).collect();
    assert_eq!(told, [(&json!(first.kid), false), (&json!(kid), true)]);
    assert_eq!((&keys[0]["kty"], &keys[0]["crv"], &keys[0]["use"]), (&json!("OKP"), &json!("Ed25519"), &json!("sig")));
    assert_as_kept(&app, &[first, second]).await;
    let secrets = app.rows("SELECT secret IS NULL AS is_gone FROM audit_keys ORDER BY created_at").await;
    assert_eq!(secrets, [json!({"is_gone": true}), json!({"is_gone": false})], "what signed once signs no more");
    let refused = app.try_sql("UPDATE audit_keys SET secret = 'x', retired_at = NULL").await.expect_err("two keys that sign");
    assert!(refused.contains("audit_keys_one_signs"), "{refused}");
    assert_ne!(keys, app.anonymous().get("/.well-known/jwks.json").await.expect(200).body["keys"], "they sign nothing else");
}

async fn run_job(app: &TestApp, name: &str) {
    let jobs = server::jobs();
    let job = jobs.iter().find(|job| job.name == name).expect("the job");
    (job.run)(app.app.clone()).await.expect("done");
}

#[tokio::test]
async fn the_job_makes_a_checkpoint_when_one_is_due_and_something_is_new() {
    let (app, hotel) = recorded().await;
    let count = async || app.number("SELECT count(*) FROM audit_checkpoints").await;
    let run = async || run_job(&app, "checkpoints.make").await;
    run().await;
    hotel.book(&hotel.manager, "2026-12-14", "2026-12-15").await;
    app.deliver().await;
    run().await;
    assert_eq!(count().await, 1, "an hour is not over");
    // As if it had been made two hours ago: nobody can change it but who puts the guard aside.
    app.sql(
        "ALTER TABLE audit_checkpoints DISABLE TRIGGER audit_checkpoints_stay;
         UPDATE audit_checkpoints SET created_at = created_at - interval '2 hours';
         ALTER TABLE audit_checkpoints ENABLE TRIGGER audit_checkpoints_stay",
    )
    .await;
    run().await;
    assert_eq!(count().await, 2);
}

/// Events of before the time that is kept, delivered and consumed, and of today.
async fn grown_old() -> (TestApp, Hotel, String) {
    let (app, hotel) = recorded().await;
    let booking = hotel.book(&hotel.manager, "2026-12-01", "2026-12-03").await;
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    app.consume().await;
    app.deliver().await;
    app.set_clock("2028-06-01T12:00:00Z");
    (app, hotel, booking.id().to_owned())
}

async fn pruned(app: &TestApp) -> usize {
    checkpoints::prune_outbox(&app.app).await.expect("pruned")
}

#[tokio::test]
async fn what_somebody_still_needs_stays_in_the_outbox() {
    let (app, hotel, _) = grown_old().await;
    assert_eq!(pruned(&app).await, 0, "no checkpoint covers it");
    made(&app).await;
    app.sql("CREATE TABLE seen AS SELECT * FROM outbox_sinks").await;
    for behind in ["audit_logs", "booking_logs", "notifications", "waitlist"] {
        app.sql(&format!("UPDATE outbox_sinks SET position = 0 WHERE name = '{behind}'")).await;
        assert_eq!(pruned(&app).await, 0, "{behind} has not seen it");
        app.sql("UPDATE outbox_sinks SET position = seen.position FROM seen WHERE seen.name = outbox_sinks.name").await;
    }
    app.sql("DELETE FROM outbox_sinks WHERE name = 'audit_logs'").await;
    assert_eq!(pruned(&app).await, 0, "a sink that has not begun has not seen it");
    app.sql("INSERT INTO outbox_sinks SELECT * FROM seen WHERE name = 'audit_logs'").await;
    app.set_clock("2027-12-31T12:00:00Z");
    assert_eq!(pruned(&app).await, 0, "it is not old enough");
    app.set_clock("2028-06-01T12:00:00Z");

    let all = app.number("SELECT count(*) FROM outbox").await;
    let removed = pruned(&app).await;
    assert_eq!(app.number("SELECT count(*) FROM outbox").await, 1, "the newest stays: the next position follows from it");
    assert_eq!(i64::try_from(removed).expect("a number"), all - 1);
    assert_eq!(pruned(&app).await, 0);
    hotel.book(&hotel.manager, "2028-06-10", "2028-06-11").await;
    app.consume().await;
    app.deliver().await;
    made(&app).await;
    assert_eq!(pruned(&app).await, 1, "what is new stays");
}

#[tokio::test]
async fn chains_ledger_and_timelines_hold_without_what_left_the_outbox() {
    let (app, hotel, booking) = grown_old().await;
    let kept = made(&app).await;
    let timeline = format!("/v1/bookings/{booking}/timeline");
    let before = hotel.manager.get(&timeline).await.expect(200).body;
    let lines = folios::verify(&app.app).await.expect("verified").lines;
    let seq = app.number(&format!("SELECT seq FROM outbox_streams WHERE stream_id = '{}'", hotel.id)).await;
    assert!(pruned(&app).await > 0);

    let path = format!("/v1/audit-logs/verify?property_id={}", hotel.id);
    let verified = hotel.manager.get(&path).await.expect(200).body;
    let stream = &verified["streams"][0];
    let (entries, pruned_seq) = (stream["entries"].as_i64().expect("a number"), stream["pruned_seq"].as_i64().expect("a number"));
    assert_eq!((&verified["intact"], entries + pruned_seq), (&json!(true), seq), "{verified}");
    assert!(pruned_seq >= seq - 1, "{verified}");
    assert_eq!(hotel.manager.get(&timeline).await.expect(200).body, before, "MongoDB has it all");
    assert_as_kept(&app, std::slice::from_ref(&kept)).await;

    // It goes on where it was.
    hotel.book(&hotel.manager, "2028-06-10", "2028-06-11").await;
    app.consume().await;
    app.deliver().await;
    assert!(is_intact(&app).await);
    assert_as_kept(&app, std::slice::from_ref(&kept)).await;
    let after = folios::verify(&app.app).await.expect("verified");
    assert!(after.faults.is_empty() && after.lines > lines, "{} lines: {:?}", after.lines, after.faults);
    let kept_for_ledger = checkpoints::verify_kept(&app.app).await.expect("verified");
    assert!(kept_for_ledger.entries > 0 && kept_for_ledger.is_compared, "{kept_for_ledger:?}");
    assert_eq!(kept_for_ledger.wrong, None);
    assert_eq!(app.number("SELECT count(*) FROM outbox_kept WHERE changes -> 'lines' IS NULL").await, 0, "no others are kept");

    // Once more, so that what the kept checkpoint names is in MongoDB's copy alone.
    made(&app).await;
    app.set_clock("2030-01-01T12:00:00Z");
    assert!(pruned(&app).await > 0);
    assert_eq!(app.number("SELECT count(*) FROM outbox").await, 1);
    assert_as_kept(&app, std::slice::from_ref(&kept)).await;
    let mut other = kept.clone();
    other.streams[0].hash = "0".repeat(64);
    assert_eq!(differences(&app, &[other]).await, [Difference::Forged { number: 1 }]);
    assert!(folios::verify(&app.app).await.expect("verified").faults.is_empty());

    // What is left does not follow from another one.
    app.set_clock("2028-06-01T12:00:00Z");
    hotel.book(&hotel.manager, "2028-06-12", "2028-06-13").await;
    app.deliver().await;
    let pruned_seq = app.number(&format!("SELECT pruned_seq FROM outbox_streams WHERE stream_id = '{}'", hotel.id)).await;
    app.sql(&format!("UPDATE outbox_streams SET pruned_hash = sha256('x') WHERE stream_id = '{}'", hotel.id)).await;
    let verified = hotel.manager.get(&path).await.expect(200).body;
    assert_eq!(verified["streams"][0]["first_broken_seq"], json!(pruned_seq + 1), "{verified}");
}

#[tokio::test]
async fn what_is_kept_for_the_ledger_is_found_changed() {
    let (app, hotel, _) = grown_old().await;
    made(&app).await;
    pruned(&app).await;
    let changed = |amount: &str| {
        format!(
            "UPDATE outbox_kept SET changes = jsonb_set(changes, '{{lines,after,0,amount_minor}}', '{amount}') WHERE stream_id = '{}'",
            hotel.id
        )
    };
    app.sql(&changed("1")).await;
    let stream_id: Uuid = hotel.id.parse().expect("an id");
    let verified = checkpoints::verify_kept(&app.app).await.expect("verified");
    assert_eq!(verified.wrong.map(|(stream, _)| stream), Some(stream_id), "its hash is another one");
    assert!(!folios::verify(&app.app).await.expect("verified").faults.is_empty(), "the line is not what its event tells");
}

/// Logs of domains that grow with what people do, not with the business.
#[tokio::test]
async fn logs_of_long_ago_are_forgotten() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let dirty = json!({"housekeeping": "dirty"});
    hotel.manager.post(&format!("/v1/rooms/{}/housekeeping", hotel.rooms[0]), &dirty).await.expect(200);
    app.sql(&format!(
        "INSERT INTO rate_updates (property_id, id, actor_kind, rate_plan_ids, room_type_ids, from_night, to_night, weekdays,
                                   changes, cells, created_at, updated_at)
         VALUES ('{}', gen_random_uuid(), 'system', '{{}}', '{{}}', '2026-12-01', '2026-12-02', 127, '{{}}', 1, now(), now())",
        hotel.id
    ))
    .await;
    for (job, table) in [("rates.forget_updates", "rate_updates"), ("rooms.forget_changes", "housekeeping_changes")] {
        let left = async || app.number(&format!("SELECT count(*) FROM {table}")).await;
        app.set_clock("2027-12-01T12:00:00Z");
        run_job(&app, job).await;
        assert!(left().await > 0, "{table}: of a year ago");
        app.set_clock("2028-06-01T12:00:00Z");
        run_job(&app, job).await;
        assert_eq!(left().await, 0, "{table}: of long ago");
    }
}

/// Files that an auditor holds: an export of the record, checkpoints, and the keys.
struct Files {
    dir: TempDir,
    record: Vec<Value>,
    checkpoints: Vec<Value>,
}

impl Files {
    async fn of(app: &TestApp) -> Self {
        let auditor = app.staff(&["audit:read"], None).await;
        app.deliver().await;
        made(app).await;
        let dir = TempDir::new();
        let keys = app.anonymous().get("/.well-known/hbs-audit-keys.json").await.expect(200).body;
        fs::write(dir.0.join("keys.json"), keys.to_string()).expect("written");
        let export = auditor.get("/v1/audit-logs/export").await.expect(200);
        let lines = std::str::from_utf8(&export.bytes).expect("UTF-8").lines();
        let record = lines.map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let listed = auditor.get("/v1/audit-logs/checkpoints").await.expect(200).body;
        Self { dir, record, checkpoints: listed["items"].as_array().expect("a list").clone() }
    }

    /// Runs the script over the files and returns whether it found nothing, with what it said.
    async fn check(&self) -> (bool, String) {
        let lines = |values: &[Value]| values.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
        let file = |name: &str| -> PathBuf { self.dir.0.join(name) };
        fs::write(file("record.ndjson"), lines(&self.record)).expect("written");
        fs::write(file("checkpoints.jsonl"), lines(&self.checkpoints)).expect("written");
        let python = Options::throw_away().venv.join("bin/python");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/check-record.py");
        let mut command = Command::new(python);
        command.arg(script).arg("--keys").arg(file("keys.json")).arg("--record").arg(file("record.ndjson"));
        let output = command.arg(file("checkpoints.jsonl")).output().await.expect("the script");
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), said)
    }

    fn entry(&mut self, hotel: &Hotel, seq: i64) -> &mut Value {
        let is_it = |entry: &&mut Value| entry["stream_id"] == hotel.id.as_str() && entry["seq"] == seq;
        self.record.iter_mut().find(is_it).expect("the entry")
    }
}

/// The script is of another language, and has 100 lines.
#[tokio::test]
async fn a_script_checks_an_export_without_hbs() {
    let (app, hotel) = recorded().await;
    made(&app).await;
    // Numbers, texts and names that canonical JSON writes in its own way.
    app.sql(&format!(
        r#"INSERT INTO outbox (event_id, stream_id, kind, entity, entity_id, actor_kind, changes, occurred_at)
           VALUES (gen_random_uuid(), '{}', 'room.updated', 'room', gen_random_uuid(), 'system',
                   '{{"b\u00e9\n": {{"before": [1.50, 1e-7, 9007199254740993, 0.000015, -0.5], "after": "\u2028 \u0001 \ud83d\ude00 \\\" /"}},
                      "B": {{"before": true, "after": null}}}}', '2026-12-01T12:00:00.5Z')"#,
        hotel.id
    ))
    .await;
    let mut files = Files::of(&app).await;
    let (is_right, said) = files.check().await;
    let expected = format!("2 checkpoints, {} entries, 0 faults\n", files.record.len() - 1);
    assert_eq!((is_right, said.as_str()), (true, expected.as_str()));
    let script =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/check-record.py")).expect("the script");
    assert!(script.lines().count() <= 100, "{} lines", script.lines().count());

    // A byte is changed.
    let kind = files.entry(&hotel, 3)["kind"].take();
    files.entry(&hotel, 3)["kind"] = json!(kind.as_str().expect("text").replacen('a', "b", 1));
    let (is_right, said) = files.check().await;
    assert!(!is_right && said.starts_with(&format!("{}: entry 3 was changed", hotel.id)), "{said}");
    files.entry(&hotel, 3)["kind"] = kind;

    // The end is cut off; an entry is left out.
    let (whole, last) = (files.record.clone(), head_of(&files.checkpoints[0], &hotel.id)["seq"].clone());
    files.record.retain(|entry| entry["stream_id"] != hotel.id.as_str() || entry["seq"] != last);
    let (is_right, said) = files.check().await;
    assert!(!is_right && said.starts_with(&format!("{}: entry {last} is missing, says checkpoint 2\n", hotel.id)), "{said}");
    for missing in [1, 2] {
        files.record = whole.iter().filter(|entry| entry["seq"] != missing).cloned().collect();
        let (is_right, said) = files.check().await;
        let named = format!("{}: entry {} was changed, or what was before it is missing\n", hotel.id, missing + 1);
        assert!(!is_right && said.contains(&named), "{said}");
    }
    files.record = Vec::new();
    let (is_right, said) = files.check().await;
    assert!(!is_right && said.contains("is missing, says checkpoint 1"), "{said}");
    files.record = whole;

    // A statement that nobody signed, a head that was not in it, and a checkpoint of another chain.
    let signed = files.checkpoints.clone();
    files.checkpoints[1]["statement"]["installation"] = json!("motel.example");
    let (is_right, said) = files.check().await;
    assert!(!is_right, "{said}");
    assert!(
        said.starts_with("checkpoint 1: its signature is not good\ncheckpoint 2: it does not follow from the one before\n"),
        "{said}"
    );
    files.checkpoints = signed.clone();
    let forged = signed[1]["signature"].clone();
    files.checkpoints[0]["signature"] = forged;
    let (is_right, said) = files.check().await;
    assert!(!is_right && said.starts_with("checkpoint 2: its signature is not good\n"), "{said}");
    files.checkpoints = signed;
    files.checkpoints[0]["streams"][0]["seq"] = json!(1);
    let (is_right, said) = files.check().await;
    assert!(!is_right && said.starts_with("checkpoint 2: it names a head that was not signed\n"), "{said}");
}

/// The program, as an operator runs it: it writes the newest checkpoint into a file, and compares the record with that.
#[tokio::test]
async fn operators_keep_checkpoints_and_compare_the_record_with_them() {
    let (app, hotel) = recorded().await;
    let dir = TempDir::new();
    let config = &app.app.config;
    let text = |value: &Option<String>| value.clone().expect("set");
    let (database, mongodb, data_key) = (text(&config.database_url), text(&config.mongodb_url), text(&config.data_key));
    let settings = [
        ("HBS_DATABASE_URL", database.as_str()),
        ("HBS_MONGODB_URL", mongodb.as_str()),
        ("HBS_MONGODB_DATABASE", config.mongodb_database.as_str()),
        ("HBS_DATA_KEY", data_key.as_str()),
    ];
    let run = async |args: &[&str]| {
        let output = dir.0.join("output");
        let _ = fs::remove_file(&output);
        let status = program(&dir.0, &settings).args(args).status().await.expect("the program");
        (status.code().expect("an end"), fs::read_to_string(output).expect("what it said"))
    };
    let (status, said) = run(&["audit", "checkpoint"]).await;
    assert!(status == 1 && said.contains("there is no checkpoint yet"), "{said}");
    let first = made(&app).await;
    let (status, said) = run(&["audit", "checkpoint"]).await;
    assert_eq!((status, serde_json::from_str::<Value>(&said).expect("JSON")), (0, json!(first)));
    let keep = ["audit", "checkpoint", "--to", "kept.jsonl"];
    assert_eq!(run(&keep).await, (0, "added checkpoint 1 to kept.jsonl\n".into()));
    assert_eq!(run(&keep).await, (0, "kept.jsonl has checkpoint 1 already\n".into()));
    let (status, said) = run(&["audit", "rotate-key"]).await;
    assert!(status == 0 && said.ends_with("which signs checkpoints from now on\n"), "{said}");
    hotel.book(&hotel.manager, "2026-12-14", "2026-12-15").await;
    app.deliver().await;
    made(&app).await;
    assert_eq!(run(&keep).await, (0, "added checkpoint 2 to kept.jsonl\n".into()));
    let verify = ["audit", "verify", "--against", "kept.jsonl"];
    let (status, said) = run(&verify).await;
    assert!(status == 0 && said.ends_with("2 checkpoints of kept.jsonl, 0 differences\n"), "{said}");

    app.sql(&format!("UPDATE outbox SET changes = '{{}}' WHERE stream_id = '{}' AND seq = 2", hotel.id)).await;
    recompute(&app, &hotel).await;
    let (_, said) = run(&["audit", "verify"]).await;
    assert!(said.contains("2 chains, 0 broken"), "the chain alone does not tell: {said}");
    let (status, said) = run(&verify).await;
    let named = format!("checkpoint 1: {}: of the entries 1 to ", hotel.id);
    assert!(status == 1 && said.contains(&named) && said.ends_with("2 checkpoints of kept.jsonl, 2 differences\n"), "{said}");
    fs::write(dir.0.join("kept.jsonl"), "nothing of the kind").expect("written");
    let (status, said) = run(&verify).await;
    assert!(status == 1 && said.contains("not checkpoints as `hbs audit checkpoint` writes them"), "{said}");
}

/// A checkpoint that covers the world's hotel.
async fn a_checkpoint(w: &World) -> String {
    w.booking().await;
    w.app.deliver().await;
    checkpoints::make(&w.app.app).await.expect("made");
    checkpoints::newest(&w.app.app).await.expect("read").expect("a checkpoint").id.to_string()
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_checkpoints", async |w| {
            a_checkpoint(w).await;
            Call::plain()
        }),
        Request::new("get_checkpoint", async |w| Call::to(&a_checkpoint(w).await))
            .but(OfNoProperty, "a checkpoint is of the whole record, and shows of it the heads that one may see"),
        Request::new("audit_keys", async |_| Call::plain()).but(Public, "others verify checkpoints with them"),
    ]
}
