//! A store, or HBS itself, goes away in the middle of work and comes back. Nothing that was
//! acknowledged is lost, nothing is done by halves, and nobody is let in who should not be.
//!
//! Each test has stores of its own, so that what it stops is nobody else's.
mod delivery;

use crate::support::workbook::{XLSX, workbook};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, config_for, day, place_on, size, together, unique};
use diesel_async::SimpleAsyncConnection;
use futures_util::TryStreamExt;
use hbs::config::Config;
use hbs::outbox::{Numbered, Published, chain, consumers};
use hbs_devstack::{DevStack, Options};
use mongodb::bson::{Bson, Document, doc};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use uuid::Uuid;

const BOOKINGS: &str = "/v1/bookings";
const READY: &str = "/health/ready";
pub const NOON: &str = "2026-12-01T12:00:00Z";
/// Maximum time that anything may take to come back.
const PATIENCE: Duration = Duration::from_secs(60);

async fn own_stack() -> DevStack {
    DevStack::start(Options::throw_away()).await.unwrap_or_else(|error| panic!("{error}"))
}

/// Asks until the answer is yes.
pub async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Books one room for the n-th night of a hotel with ten, so that any number of them fits.
fn book(client: &Client, hotel: &Hotel, n: usize) -> impl Future<Output = Reply> + Send + use<> {
    let night = u64::try_from(n / 10).expect("a number");
    let (client, request) = (client.clone(), hotel.request(day(night), day(night + 1)));
    async move { client.post(BOOKINGS, &request).await }
}

/// Books a range of them, several at a time, and expects each to succeed.
async fn book_all(client: &Client, hotel: &Hotel, range: std::ops::Range<usize>) -> Vec<Reply> {
    let numbers: Vec<usize> = range.collect();
    let mut replies = Vec::new();
    for some in numbers.chunks(8) {
        replies.extend(together(some.iter().map(|n| book(client, hotel, *n))).await);
    }
    replies.into_iter().map(|reply| reply.expect(201)).collect()
}

/// Waits until every event is delivered, and consumers, who publish events of their own, have nothing left to act on.
async fn delivered(app: &TestApp) {
    let undelivered = async || app.anonymous().get(READY).await.body["undelivered_events"].clone();
    eventually("every event is delivered", async || {
        let before = app.number("SELECT count(*) FROM outbox").await;
        let is_delivered = undelivered().await == 0;
        let waiting = consumers::backlogs(&app.app).await.expect("the cursors of consumers");
        let is_quiet = app.number("SELECT count(*) FROM outbox").await == before;
        is_delivered && is_quiet && waiting.iter().all(|(_, events)| *events == 0)
    })
    .await;
}

// The record

fn text<'a>(document: &'a Document, field: &str) -> &'a str {
    document.get_str(field).unwrap_or_else(|error| panic!("{field}: {error}"))
}

fn id(document: &Document, field: &str) -> Uuid {
    text(document, field).parse().expect("an id")
}

fn bytes(document: &Document, field: &str) -> Vec<u8> {
    let digits = text(document, field);
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal")).collect()
}

/// The event that an entry in MongoDB tells of.
fn numbered(document: &Document) -> Numbered {
    let maybe = |field: &str| document.get_str(field).ok().map(str::to_owned);
    Numbered {
        event: Published {
            id: 0,
            event_id: id(document, "_id"),
            stream_id: id(document, "stream_id"),
            kind: text(document, "kind").into(),
            entity: text(document, "entity").into(),
            entity_id: id(document, "entity_id"),
            booking_id: maybe("booking_id").map(|id| id.parse().expect("an id")),
            actor_kind: text(document, "actor_kind").parse().expect("a kind of actor"),
            actor_id: maybe("actor_id").map(|id| id.parse().expect("an id")),
            request_id: maybe("request_id"),
            changes: document.get("changes").cloned().unwrap_or(Bson::Null).into_relaxed_extjson(),
            occurred_at: text(document, "occurred_at").parse().expect("an instant"),
            version: None,
        },
        position: document.get_i64("position").expect("a position"),
        seq: document.get_i64("seq").expect("a number"),
        prev_hash: bytes(document, "prev_hash"),
        hash: bytes(document, "hash"),
    }
}

/// The entries of a collection up to a position.
async fn entries(app: &TestApp, collection: &str, last: i64) -> Vec<Document> {
    let collection = app.app.mongo.database().collection::<Document>(collection);
    let all = collection.find(doc! {"position": {"$lte": last}}).sort(doc! {"position": 1}).await.expect("a cursor");
    all.try_collect().await.expect("documents")
}

/// Asserts that every event which the sinks have delivered stands in MongoDB once, in its place, and that the chains hold
/// there too. What jobs and consumers publish meanwhile is not asked for: see [`delivered`].
async fn assert_record_is_whole(app: &TestApp) {
    let sinks = "SELECT min(position) FROM outbox_sinks WHERE name IN ('audit_logs', 'booking_logs')";
    let last = app.number(sinks).await;
    let published = app.rows(&format!("SELECT event_id, kind FROM outbox WHERE position <= {last}")).await;
    let audit_logs = entries(app, "audit_logs", last).await;
    let ids: BTreeSet<Uuid> = audit_logs.iter().map(|entry| id(entry, "_id")).collect();
    assert_eq!(ids.len(), audit_logs.len(), "an event is there twice");
    let is_there = |event: &Value| ids.contains(&event["event_id"].as_str().expect("an id").parse().expect("an id"));
    let missing: Vec<&Value> = published.iter().filter(|event| !is_there(event)).collect();
    assert!(missing.is_empty(), "not in audit_logs: {missing:?}");
    assert_eq!(ids.len(), published.len(), "audit_logs has what was never published");

    let mut heads: BTreeMap<Uuid, (i64, Vec<u8>)> = BTreeMap::new();
    for (entry, position) in audit_logs.iter().map(numbered).zip(1..) {
        assert_eq!(entry.position, position, "a gap in the positions");
        let (seq, hash) = heads.entry(entry.event.stream_id).or_insert_with(|| (0, chain::GENESIS.to_vec()));
        assert_eq!(entry.seq, *seq + 1, "a gap in {}", entry.event.stream_id);
        assert!(chain::holds(hash, &entry), "{} breaks at {}", entry.event.stream_id, entry.seq);
        (*seq, *hash) = (entry.seq, entry.hash);
    }
    let verified = hbs::domains::audit::verify_all(&app.app, |_| {}).await.expect("verified");
    for verification in &verified {
        assert_eq!(verification.first_broken_seq, None, "{}", verification.stream_id);
    }
    for (stream_id, (seq, _)) in heads {
        let verification = verified.iter().find(|verification| verification.stream_id == stream_id).expect("a stream");
        assert!(verification.entries >= seq, "{stream_id} has {} entries, and MongoDB {seq}", verification.entries);
    }

    let of_bookings: Vec<Document> = audit_logs.into_iter().filter(|entry| entry.get_str("booking_id").is_ok()).collect();
    assert_eq!(entries(app, "booking_logs", last).await, of_bookings, "booking_logs");
}

// MongoDB

#[tokio::test(flavor = "multi_thread")]
async fn mongodb_may_be_away_while_rooms_are_sold() {
    let part = size(60, 1000) / 4;
    let stack = own_stack().await;
    let mut app = TestApp::on(place_on(&stack).await).await;
    app.start_background();
    let hotel = app.hotel(HotelSpec { rooms: 10, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let ready = async || app.anonymous().get(READY).await.expect(200).body;
    eventually("everything is well", async || ready().await["status"] == "ok").await;

    let mut replies = book_all(&guest, &hotel, 0..part).await;
    let (stopped, booked) = tokio::join!(stack.mongodb().stop(), book_all(&guest, &hotel, part..2 * part));
    stopped.expect("stopped");
    replies.extend(booked);
    replies.extend(book_all(&guest, &hotel, 2 * part..3 * part).await);

    let health = ready().await;
    assert_eq!(health["status"], "degraded", "{health}");
    assert_eq!(health["stores"], json!({"postgresql": "ok", "redis": "ok", "mongodb": "unreachable", "person_keys": "ok"}));
    // Two events a booking, and none of the last part can have been delivered.
    let waiting = health["undelivered_events"].as_u64().expect("a number");
    assert!(waiting >= u64::try_from(2 * part).expect("a number"), "{health}");
    let timeline = guest.get(&format!("{BOOKINGS}/{}/timeline", replies[0].id())).await;
    assert_eq!((timeline.status, timeline.code()), (503, "audit.unavailable"), "{}", timeline.body);

    let (started, booked) = tokio::join!(stack.mongodb().start(), book_all(&guest, &hotel, 3 * part..4 * part));
    started.expect("started");
    replies.extend(booked);
    delivered(&app).await;
    eventually("everything is well again", async || ready().await["status"] == "ok").await;

    assert_record_is_whole(&app).await;
    let created: BTreeSet<Uuid> = entries(&app, "audit_logs", i64::MAX)
        .await
        .iter()
        .filter(|entry| text(entry, "kind") == "booking.created")
        .map(|entry| id(entry, "entity_id"))
        .collect();
    let booked: BTreeSet<Uuid> = replies.iter().map(|reply| reply.id().parse().expect("an id")).collect();
    assert_eq!((created.len(), &created), (4 * part, &booked));
    app.assert_consistent().await;
    stack.stop().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn mongodb_killed_after_a_delivery_has_lost_nothing() {
    let stack = own_stack().await;
    let app = TestApp::on(place_on(&stack).await).await;
    let hotel = app.hotel(HotelSpec { rooms: 10, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    for round in 0..size(4, 40) {
        book_all(&guest, &hotel, 10 * round..10 * round + 5).await;
        app.deliver().await;
        stack.mongodb().kill().await.expect("killed");
        stack.mongodb().start().await.expect("started");
        eventually("MongoDB answers", async || app.app.mongo.ping().await.is_ok()).await;
        assert_record_is_whole(&app).await;
    }
    stack.stop().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn mongodb_killed_during_a_delivery_gets_every_event_once() {
    let stack = own_stack().await;
    let mut app = TestApp::on(place_on(&stack).await).await;
    app.start_background();
    let hotel = app.hotel(HotelSpec { rooms: 10, ..HotelSpec::default() }).await;
    let part = size(40, 200);
    for round in 0..size(3, 15) {
        let killed = async {
            // In the middle of it: when something of this round has arrived.
            let before = entries(&app, "audit_logs", i64::MAX).await.len();
            eventually("a delivery", async || entries(&app, "audit_logs", i64::MAX).await.len() > before).await;
            stack.mongodb().kill().await.expect("killed");
            stack.mongodb().start().await.expect("started");
        };
        tokio::join!(killed, book_all(&hotel.manager, &hotel, part * round..part * (round + 1)));
        eventually("MongoDB answers", async || app.app.mongo.ping().await.is_ok()).await;
    }
    delivered(&app).await;
    assert_record_is_whole(&app).await;
    stack.stop().await.expect("stopped");
}

// Redis

/// Two processes on the same stores, with a user who has signed out and one who has lost a role while Redis was away.
struct TwoProcesses {
    stack: DevStack,
    here: TestApp,
    there: TestApp,
    admin: Client,
    /// User who stays signed in.
    guest: Client,
    hotel: Hotel,
}

impl TwoProcesses {
    async fn start() -> Self {
        let stack = own_stack().await;
        let config = place_on(&stack).await;
        let (mut here, mut there) = (TestApp::on(config.clone()).await, TestApp::on(config).await);
        here.start_background();
        there.start_background();
        let hotel = here.hotel(HotelSpec { rooms: 10, ..HotelSpec::default() }).await;
        there.set_clock(NOON);
        Self { admin: here.admin().await, guest: here.guest().await, stack, here, there, hotel }
    }

    /// A client of this process, and the same person at the other.
    fn both(&self, client: &Client) -> [Client; 2] {
        [client.at(self.here.router.clone()), client.at(self.there.router.clone())]
    }

    /// Asserts that both processes answer a person with this status.
    async fn both_answer(&self, client: &Client, path: &str, status: u16) {
        for client in self.both(client) {
            client.get(path).await.expect(status);
        }
    }

    /// Asserts that the status is the same at once here, and within a second there.
    async fn takes_effect(&self, client: &Client, path: &str, status: u16) {
        let began = Instant::now();
        let [here, there] = self.both(client);
        here.get(path).await.expect(status);
        while there.get(path).await.status != status {
            assert!(began.elapsed() < Duration::from_secs(1), "the other process still lets them in");
        }
        there.get(path).await.expect(status);
    }

    /// Ends a session and takes a role away, and both processes see it.
    async fn shut_out(&self) -> ShutOut {
        let signed_out = self.here.guest().await;
        let dismissed = self.here.staff(&["rooms:read"], None).await;
        self.both_answer(&signed_out, "/v1/me", 200).await;
        self.both_answer(&dismissed, "/v1/rooms", 200).await;

        signed_out.post("/v1/auth/logout", &Value::Null).await.expect(204);
        self.takes_effect(&signed_out, "/v1/me", 401).await;
        let assignments = format!("/v1/users/{}/role-assignments", dismissed.user_id());
        let assignment = self.admin.get(&assignments).await.expect(200).body["items"][0]["id"].clone();
        let assignment = format!("{assignments}/{}", assignment.as_str().expect("an id"));
        self.admin.send(http::Method::DELETE, &assignment, None).await.expect(204);
        self.takes_effect(&dismissed, "/v1/rooms", 403).await;
        ShutOut { signed_out, dismissed }
    }

    /// Asserts that people stay shut out for longer than any process needs to get used to Redis again.
    async fn stay_shut_out(&self, people: &ShutOut, at_least: Duration) {
        let began = Instant::now();
        while began.elapsed() < at_least {
            self.both_answer(&people.signed_out, "/v1/me", 401).await;
            self.both_answer(&people.dismissed, "/v1/rooms", 403).await;
            self.both_answer(&self.guest, "/v1/me", 200).await;
        }
    }

    async fn redis_status(&self) -> String {
        let health = self.here.anonymous().get(READY).await.expect(200).body;
        health["stores"]["redis"].as_str().expect("a word").to_owned()
    }

    /// Returns `true` if processes keep in Redis what they know of sessions.
    async fn is_cached(&self) -> bool {
        for client in self.both(&self.here.guest().await) {
            client.get("/v1/me").await.expect(200);
        }
        let Ok(client) = redis::Client::open(self.stack.redis_url()) else { return false };
        let Ok(mut conn) = client.get_multiplexed_async_connection().await else { return false };
        let pattern = self.here.app.redis.key("session:*");
        let kept: Vec<String> = redis::cmd("KEYS").arg(pattern).query_async(&mut conn).await.expect("keys");
        !kept.is_empty()
    }
}

struct ShutOut {
    signed_out: Client,
    dismissed: Client,
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_may_be_away_and_nobody_gets_in_who_should_not() {
    let two = TwoProcesses::start().await;
    eventually("sessions are cached", async || two.is_cached().await).await;
    let before = two.shut_out().await;

    two.stack.redis().stop().await.expect("stopped");
    for n in 0..size(20, 200) {
        two.both_answer(&two.guest, "/v1/me", 200).await;
        book(&two.guest, &two.hotel, n).await.expect(201);
    }
    assert_eq!(two.redis_status().await, "unreachable");
    let meanwhile = two.shut_out().await;
    two.stay_shut_out(&before, Duration::from_millis(200)).await;

    two.stack.redis().start().await.expect("started");
    two.stay_shut_out(&before, Duration::from_secs(1)).await;
    two.stay_shut_out(&meanwhile, Duration::from_secs(1)).await;
    eventually("sessions are cached again", async || two.is_cached().await).await;
    two.stay_shut_out(&before, Duration::from_millis(500)).await;
    two.stay_shut_out(&meanwhile, Duration::from_millis(500)).await;
    assert_eq!(two.redis_status().await, "ok");
    two.shut_out().await;
    two.stack.stop().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_may_hang_and_nobody_gets_in_who_should_not() {
    let two = TwoProcesses::start().await;
    eventually("sessions are cached", async || two.is_cached().await).await;
    let redis = two.stack.redis().pid().expect("a process");

    signal("STOP", redis).await;
    for n in 0..size(4, 20) {
        two.both_answer(&two.guest, "/v1/me", 200).await;
        book(&two.guest, &two.hotel, n).await.expect(201);
    }
    let meanwhile = two.shut_out().await;
    signal("CONT", redis).await;
    two.stay_shut_out(&meanwhile, Duration::from_secs(2)).await;
    eventually("sessions are cached again", async || two.is_cached().await).await;
    two.stay_shut_out(&meanwhile, Duration::from_millis(500)).await;
    two.shut_out().await;
    two.stack.stop().await.expect("stopped");
}

// PostgreSQL

#[derive(Clone, Copy)]
enum End {
    Orderly,
    Killed,
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_may_be_restarted() {
    postgresql_comes_back(End::Orderly).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_may_be_killed() {
    postgresql_comes_back(End::Killed).await;
}

/// Restarts PostgreSQL under requests, which get either what they asked for or 503, and then all work again.
async fn postgresql_comes_back(end: End) {
    let stack = own_stack().await;
    let mut app = TestApp::on(place_on(&stack).await).await;
    app.start_background();
    let hotel = Arc::new(app.hotel(HotelSpec { rooms: 10, ..HotelSpec::default() }).await);
    let guest = app.guest().await;
    let is_over = Arc::new(AtomicBool::new(false));
    let workers: Vec<_> = (0..8_usize)
        .map(|worker| {
            let (guest, hotel, is_over) = (guest.clone(), Arc::clone(&hotel), Arc::clone(&is_over));
            tokio::spawn(async move {
                let (mut replies, mut booked) = (Vec::new(), 0);
                while !is_over.load(Ordering::SeqCst) {
                    // What was not answered is asked again with the same key, until it is.
                    let n = 8 * booked + worker;
                    let reply = book(&guest.with("idempotency-key", format!("{worker}-{booked}")), &hotel, n).await;
                    booked += usize::from(reply.status == 201);
                    replies.push(reply);
                    replies.push(guest.get("/v1/me").await);
                    let search = format!(
                        "/v1/availability?property_id={}&check_in={}&check_out={}&adults=1",
                        hotel.id,
                        day(700),
                        day(702)
                    );
                    replies.push(guest.get(&search).await);
                }
                (replies, booked)
            })
        })
        .collect();

    for _ in 0..size(2, 8) {
        let before = app.number("SELECT count(*) FROM bookings").await;
        eventually("some bookings", async || app.number("SELECT count(*) FROM bookings").await > before + 16).await;
        match end {
            End::Orderly => stack.postgres().stop().await.expect("stopped"),
            End::Killed => stack.postgres().kill().await.expect("killed"),
        }
        let health = app.anonymous().get(READY).await.expect(503).body;
        assert_eq!(health["status"], "down", "{health}");
        stack.postgres().start().await.expect("started");
        // Connections that died with the server are not handed out: everything works at once.
        let search = format!("/v1/availability?property_id={}&check_in={}&check_out={}&adults=1", hotel.id, day(700), day(702));
        let answers = together((0..64).map(|_| {
            let (guest, search) = (guest.clone(), search.clone());
            async move { guest.get(&search).await }
        }))
        .await;
        for answer in answers {
            answer.expect(200);
        }
    }
    is_over.store(true, Ordering::SeqCst);
    let mut booked = 0;
    for worker in workers {
        let (replies, count) = worker.await.expect("a task that does not panic");
        booked += count;
        for reply in replies {
            assert!(matches!(reply.status, 200 | 201 | 503), "{}: {}", reply.status, reply.body);
        }
    }
    // A request may have had its effect although its answer was lost with the connection.
    let on_record = app.number("SELECT count(*) FROM bookings").await;
    let unanswered = on_record - i64::try_from(booked).expect("a count");
    assert!((0..=8).contains(&unanswered), "{on_record} bookings, {booked} answered");
    delivered(&app).await;
    assert_record_is_whole(&app).await;
    app.assert_consistent().await;
    stack.stop().await.expect("stopped");
}

// HBS itself

async fn signal(name: &str, pid: u32) {
    send_signal(name, &pid.to_string()).await;
}

async fn send_signal(name: &str, target: &str) {
    let status = Command::new("sh").args(["-c", r#"kill -s "$0" -- "$1""#, name, target]).status().await.expect("sh");
    assert!(status.success(), "kill -s {name} {target}");
}

/// A directory that is removed at the end, with what root's PostgreSQL keeps elsewhere.
pub struct TempDir(pub PathBuf);

impl TempDir {
    pub fn new() -> Self {
        let dir = std::env::temp_dir().join(unique("hbs"));
        fs::create_dir_all(&dir).expect("a directory");
        Self(dir)
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        if let Ok(postgres) = fs::read_link(self.0.join("dev/postgres")) {
            let _ = fs::remove_dir_all(postgres);
        }
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The program, with no settings but these.
pub fn program(dir: &Path, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hbs"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HBS_")) {
        command.env_remove(name);
    }
    let log = fs::OpenOptions::new().create(true).append(true).open(dir.join("output")).expect("a file");
    let stdout = Stdio::from(log.try_clone().expect("a file"));
    command.current_dir(dir).envs(settings.iter().copied()).stdin(Stdio::null()).stdout(stdout).stderr(log);
    command.kill_on_drop(true);
    command
}

pub fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

/// The program on a stack, as an operator runs it, and beside it an app on the same data that shows
/// what there is.
pub struct Installed {
    pub stack: DevStack,
    pub dir: TempDir,
    pub config: Config,
    pub inside: TestApp,
}

impl Installed {
    pub async fn new() -> Self {
        let stack = own_stack().await;
        let config = config_for(&stack, &unique("test"));
        let dir = TempDir::new();
        let installed = Self { inside: TestApp::on_nothing(config.clone()).await, stack, dir, config };
        let migrated = installed.command("127.0.0.1:1").arg("migrate").status().await.expect("the program");
        assert!(migrated.success(), "{}", installed.output());
        installed
            .inside
            .app
            .security
            .ensure_signing_key(installed.inside.app.config.jwt_key.as_deref())
            .await
            .expect("a signing key");
        installed
    }

    pub fn command(&self, listen: &str) -> Command {
        let Config { database_url, person_keys_url, mongodb_url, redis_url, .. } = &self.config;
        let Config { mongodb_database, redis_prefix, data_key, .. } = &self.config;
        let settings = [
            ("HBS_LISTEN", listen),
            ("HBS_DATABASE_URL", database_url.as_deref().expect("a database")),
            ("HBS_PERSON_KEYS_URL", person_keys_url.as_deref().expect("a database")),
            ("HBS_MONGODB_URL", mongodb_url.as_deref().expect("a MongoDB")),
            ("HBS_REDIS_URL", redis_url.as_deref().expect("a Redis")),
            ("HBS_MONGODB_DATABASE", mongodb_database),
            ("HBS_REDIS_PREFIX", redis_prefix),
            ("HBS_DATA_KEY", data_key.as_deref().expect("a key")),
            ("HBS_OBJECT_STORE_URL", self.config.object_store_url.as_deref().expect("a folder")),
            ("HBS_TEST_CLOCK", "1"),
            // One person books as fast as a whole hotel here.
            ("HBS_RATE_LIMITS", "off"),
            ("HBS_ACCESS_LOG", "off"),
            ("HBS_LOG", "warn"),
            // Programs without optimization read hostile files slowly, where others use the machine.
            ("HBS_REQUEST_TIMEOUT_SECONDS", "120"),
        ];
        program(&self.dir.0, &settings)
    }

    pub fn output(&self) -> String {
        fs::read_to_string(self.dir.0.join("output")).unwrap_or_default()
    }

    /// A command that does one thing, which must go well.
    pub async fn run(&self, arguments: &[&str]) {
        let status = self.command("127.0.0.1:1").args(arguments).status().await.expect("the program");
        assert!(status.success(), "{arguments:?}: {}", self.output());
    }

    /// Serves, at noon of the hotel's first day.
    async fn serve(&self) -> Server {
        self.serve_with(&[]).await
    }

    /// Serves with further settings.
    pub async fn serve_with(&self, more: &[(&str, &str)]) -> Server {
        let address = free_address();
        let child = self.command(&address).envs(more.iter().copied()).arg("serve").spawn().expect("the program");
        let mut server = Server { remote: Remote { http: http_client(), address }, child };
        eventually("it serves", async || {
            assert!(matches!(server.child.try_wait(), Ok(None)), "it ended: {}", self.output());
            server.get(READY).await.is_ok_and(|answer| answer.status() == 200)
        })
        .await;
        let clock = server.http.put(server.url("/v1/test/clock")).json(&json!({"now": NOON})).send().await;
        assert_eq!(clock.expect("an answer").status(), 200);
        server
    }
}

/// A process that serves.
pub struct Server {
    remote: Remote,
    pub child: Child,
}

pub fn http_client() -> reqwest::Client {
    hbs::tls::use_ring();
    reqwest::Client::new()
}

/// Remote server, with the means of reaching it.
#[derive(Clone)]
pub struct Remote {
    pub http: reqwest::Client,
    address: String,
}

/// Result of a request over the network.
struct Sent {
    key: String,
    request: Value,
    /// Answer, if one came completely.
    answer: Option<(u16, Value)>,
}

impl std::ops::Deref for Server {
    type Target = Remote;
    fn deref(&self) -> &Remote {
        &self.remote
    }
}

impl Server {
    fn pid(&self) -> u32 {
        self.child.id().expect("a process")
    }
}

impl Remote {
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub async fn get(&self, path: &str) -> reqwest::Result<reqwest::Response> {
        self.http.get(self.url(path)).send().await
    }

    /// Books over the network.
    fn book(&self, token: &str, key: String, request: Value) -> impl Future<Output = Sent> + Send + use<> {
        let sent = self.http.post(self.url(BOOKINGS)).bearer_auth(token).header("idempotency-key", &key).json(&request);
        async move {
            let answer = match sent.send().await {
                Ok(answer) => {
                    let status = answer.status().as_u16();
                    answer.json().await.ok().map(|body| (status, body))
                }
                Err(_) => None,
            };
            Sent { key, request, answer }
        }
    }
}

/// Clients that book one room after the other for as long as they are answered.
struct Load {
    answered: Arc<AtomicUsize>,
    clients: Vec<JoinHandle<Vec<Sent>>>,
}

impl Load {
    fn start(server: &Server, hotel: &Hotel, guest: &Client) -> Self {
        let answered = Arc::new(AtomicUsize::new(0));
        let clients = (0..8_u64).map(|client| {
            let (answered, server, token) = (Arc::clone(&answered), server.remote.clone(), guest.access_token().to_owned());
            // Ten rooms on these nights: most find one, some do not.
            let requests: Vec<Value> = (0..50).map(|n| hotel.request(day(2 * n + client % 2), day(2 * n + 3))).collect();
            tokio::spawn(async move {
                let mut sent = Vec::new();
                for request in requests.iter().cycle() {
                    let key = unique(&format!("client{client}"));
                    sent.push(server.book(&token, key, request.clone()).await);
                    if sent.last().is_none_or(|sent| sent.answer.is_none()) {
                        break;
                    }
                    answered.fetch_add(1, Ordering::SeqCst);
                }
                sent
            })
        });
        Self { clients: clients.collect(), answered }
    }

    async fn until(&self, answers: usize) {
        eventually("answers", async || self.answered.load(Ordering::SeqCst) >= answers).await;
    }

    /// Ends the load, and returns all that was sent once nobody is answered any more.
    async fn end(self) -> Vec<Sent> {
        let mut sent = Vec::new();
        for client in self.clients {
            sent.extend(client.await.expect("a task that does not panic"));
        }
        sent
    }
}

/// The ids of the bookings that were answered, all of which must be on record, and nothing else.
async fn assert_all_on_record(inside: &TestApp, sent: &[Sent]) {
    let mut ids = BTreeSet::new();
    for sent in sent {
        match &sent.answer {
            Some((201, body)) => assert!(ids.insert(body["id"].as_str().expect("an id").to_owned()), "two answers, one booking"),
            Some((409, body)) => assert_eq!(body["code"], "booking.no_availability"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(inside.number("SELECT count(*) FROM bookings").await, i64::try_from(ids.len()).expect("a count"));
    for id in &ids {
        let path = format!("SELECT count(*) FROM bookings WHERE id = '{id}'");
        assert_eq!(inside.number(&path).await, 1, "{id} was answered and is not there");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hbs_killed_under_load_leaves_nothing_half_done() {
    let installed = Installed::new().await;
    let inside = &installed.inside;
    let hotel = inside.hotel(HotelSpec { rooms: 10, ..HotelSpec::default() }).await;
    let guest = inside.guest().await;
    let mut all = Vec::new();
    for round in 0..size(3, 10) {
        let mut server = installed.serve().await;
        let load = Load::start(&server, &hotel, &guest);
        load.until(size(40, 200) + 7 * round).await;
        server.child.kill().await.expect("killed");
        all.extend(load.end().await);

        // Whatever was open when it died holds up nobody.
        let server = installed.serve().await;
        let (answered, unanswered): (Vec<Sent>, Vec<Sent>) = all.into_iter().partition(|sent| sent.answer.is_some());
        all = answered;
        assert!(!unanswered.is_empty(), "it did not die in the middle of anything");
        for sent in unanswered {
            let began = Instant::now();
            let sent = server.book(guest.access_token(), sent.key, sent.request).await;
            assert!(began.elapsed() < Duration::from_secs(3), "something is still locked");
            all.push(sent);
        }
        assert_all_on_record(inside, &all).await;
        inside.assert_consistent().await;
        delivered(inside).await;
    }
    assert_record_is_whole(inside).await;
    installed.run(&["audit", "verify"]).await;
    installed.run(&["inventory", "verify"]).await;
    installed.stack.stop().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn hbs_asked_to_end_answers_what_it_has_begun() {
    const WAITING: usize = 10;
    let installed = Installed::new().await;
    let inside = &installed.inside;
    let hotel = inside.hotel(HotelSpec { rooms: 10, ..HotelSpec::default() }).await;
    let guest = inside.guest().await;

    // With requests that cannot go on for now, so that they are surely in flight.
    let mut server = installed.serve().await;
    let mut holder = inside.connect().await;
    holder.batch_execute("BEGIN; LOCK TABLE inventory IN ACCESS EXCLUSIVE MODE").await.expect("locked");
    let in_flight: Vec<_> = (0..WAITING)
        .map(|n| tokio::spawn(server.book(guest.access_token(), format!("in flight {n}"), hotel.request(day(300), day(302)))))
        .collect();
    // The first for the table, the others for the guest, whose bookings are counted one after the other.
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    eventually("all of them wait", async || inside.number(waiting).await >= i64::try_from(WAITING).expect("a count")).await;
    signal("TERM", server.pid()).await;
    eventually("it takes no more", async || TcpStream::connect(&server.address).await.is_err()).await;
    assert!(matches!(server.child.try_wait(), Ok(None)), "it did not wait for them");
    holder.batch_execute("COMMIT").await.expect("unlocked");
    let mut all = Vec::new();
    for sent in in_flight {
        let sent = sent.await.expect("a task that does not panic");
        assert!(matches!(sent.answer, Some((201, _))), "{:?}", sent.answer);
        all.push(sent);
    }
    let began = Instant::now();
    assert_eq!(server.child.wait().await.expect("an end").code(), Some(0), "{}", installed.output());
    assert!(began.elapsed() < Duration::from_secs(10), "it waited for nobody");

    // Under load: what was not answered was not begun.
    for round in 0..size(2, 10) {
        let mut server = installed.serve().await;
        let load = Load::start(&server, &hotel, &guest);
        load.until(size(40, 200) + 7 * round).await;
        signal("TERM", server.pid()).await;
        assert_eq!(server.child.wait().await.expect("an end").code(), Some(0), "{}", installed.output());
        all.extend(load.end().await.into_iter().filter(|sent| sent.answer.is_some()));
        assert_all_on_record(inside, &all).await;
    }
    inside.assert_consistent().await;
    inside.deliver().await;
    assert_record_is_whole(inside).await;
    installed.stack.stop().await.expect("stopped");
}

fn is_running(pid: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// Processes that work in a directory or were started with its name.
fn processes_of(dir: &Path) -> Vec<String> {
    let name = dir.to_str().expect("a name");
    let processes = fs::read_dir("/proc").expect("processes").flatten().map(|entry| entry.path());
    let about_it = |process: &PathBuf| {
        let cmdline = fs::read(process.join("cmdline")).unwrap_or_default();
        let cwd = fs::read_link(process.join("cwd")).unwrap_or_default();
        String::from_utf8_lossy(&cmdline).contains(name) || cwd.starts_with(dir)
    };
    let shown = |process: PathBuf| {
        let cmdline = fs::read(process.join("cmdline")).unwrap_or_default();
        format!("{} {}", process.display(), String::from_utf8_lossy(&cmdline).replace('\0', " "))
    };
    processes.filter(about_it).map(shown).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn hbs_dev_lets_the_tour_and_generated_clients_through_and_leaves_no_process_behind() {
    let dir = TempDir::new();
    let dev_dir = dir.0.join("dev");
    fs::create_dir_all(&dev_dir).expect("a directory");
    // Servers that the machine does not have are installed once, into the development directory.
    let _ = std::os::unix::fs::symlink(Options::throw_away().venv, dev_dir.join("venv"));
    let address = free_address();
    let settings = [("HBS_DEV_DIR", dev_dir.to_str().expect("a name")), ("HBS_LISTEN", address.as_str())];
    // As a terminal does it: a group of its own, all of which gets the signal.
    let mut child = program(&dir.0, &settings).arg("dev").process_group(0).spawn().expect("the program");
    let output = || fs::read_to_string(dir.0.join("output")).unwrap_or_default();
    let http = http_client();
    eventually("it serves", async || {
        assert!(matches!(child.try_wait(), Ok(None)), "it ended: {}", output());
        http.get(format!("http://{address}{READY}")).send().await.is_ok_and(|answer| answer.status() == 200)
    })
    .await;
    let records = ["postgres", "redis", "mongodb"].map(|server| dev_dir.join("run").join(server).with_extension("pid"));
    let records = records.iter().map(|record| fs::read_to_string(record).expect("a record"));
    let pids: Vec<String> = records.filter_map(|record| record.split(' ').next().map(str::to_owned)).collect();
    assert_eq!(pids.len(), 3);
    assert!(pids.iter().all(|pid| is_running(pid)));

    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts");
    for script in ["tour.sh", "clients.sh"] {
        let played = Command::new(scripts.join(script)).env("HBS_LISTEN", &address).output().await.expect("a script");
        let (output, errors) = (String::from_utf8_lossy(&played.stdout), String::from_utf8_lossy(&played.stderr));
        assert!(played.status.success(), "{script}: {output}{errors}");
    }

    send_signal("INT", &format!("-{}", child.id().expect("a process"))).await;
    let began = Instant::now();
    assert_eq!(child.wait().await.expect("an end").code(), Some(0), "{}", output());
    assert!(began.elapsed() < Duration::from_secs(5), "Ctrl-C took {:?}", began.elapsed());
    eventually("its servers are gone", async || !pids.iter().any(|pid| is_running(pid))).await;
    let mut left = Vec::new();
    eventually("nothing is left", async || {
        left = processes_of(&dir.0);
        left.is_empty()
    })
    .await;
}

// Files that become more than they are

/// Peak of a process's memory since it was last asked for, and what it has now, in MB.
fn memory(pid: u32) -> (u64, u64) {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let megabytes = |key: &str| {
        let value = status.lines().find_map(|line| line.strip_prefix(key)).expect(key);
        value.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1000
    };
    let found = (megabytes("VmHWM:"), megabytes("VmRSS:"));
    fs::write(format!("/proc/{pid}/clear_refs"), "5").expect("the peak is forgotten");
    found
}

/// Spreadsheets that are small and could become large, with the status that they are answered with.
///
/// The small ones go little beyond the bounds, which decide how long they are read. The full ones show that more is not read.
fn hostile_sheets() -> Vec<(&'static str, &'static str, Vec<u8>, u16)> {
    const TEXTS: &str = "<si><t>number</t></si><si><t>room_type</t></si>";
    let header = "<row r=\"1\"><c t=\"s\"><v>0</v></c><c t=\"s\"><v>1</v></c></row>";
    let book = |texts: &str, rows: &str| {
        let texts = format!("<sst uniqueCount=\"4000000000\">{TEXTS}{texts}</sst>");
        let sheet = format!("<worksheet><dimension ref=\"A1:XFD1048576\"/><sheetData>{header}{rows}</sheetData></worksheet>");
        workbook(&texts, &sheet)
    };
    let shared = "<row><c t=\"s\"><v>2</v></c></row>".repeat(1_000);
    let wrong = "<row><c t=\"s\"><v>2</v></c><c t=\"s\"><v>2</v></c></row>".repeat(size(12_000, 49_000));
    let lines = |line: &str, count: usize| format!("number,room_type\n{}", line.repeat(count)).into_bytes();
    vec![
        ("a far corner", XLSX, book("", "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>"), 413),
        ("a far row", XLSX, book("", "<row r=\"1048576\"><c r=\"AX1048576\"><v>1</v></c></row>"), 413),
        ("a long text, often", XLSX, book(&format!("<si><t>{}</t></si>", "x".repeat(2_000_000)), &shared), 413),
        ("long texts, often", XLSX, book(&format!("<si><t>{}</t></si>", "x".repeat(32_000)), &shared), 413),
        ("many texts", XLSX, book(&"<si><t/></si>".repeat(size(1_100_000, 3_000_000)), ""), 413),
        ("empty cells", XLSX, book("", &format!("<row>{}</row>", "<c s=\"1\"/>".repeat(size(1_100_000, 3_000_000)))), 413),
        ("much of nothing", XLSX, book("", &" ".repeat(size(140_000_000, 300_000_000))), 413),
        ("nothing between", XLSX, book("", &"<a/>".repeat(size(4_100_000, 30_000_000))), 413),
        ("a deep tree", XLSX, book("", &"<a>".repeat(size(100_000, 10_000_000))), 413),
        (
            "a formula far away",
            XLSX,
            book("", "<row><c><f t=\"shared\" si=\"4000000000\" ref=\"A1:B2\">A1</f></c><c/></row>"),
            200,
        ),
        ("wrong rows", XLSX, book(&format!("<si><t>{}</t></si>", "\u{1f600}".repeat(30)), &wrong), 200),
        ("wrong lines", "text/csv", lines(&format!("{},{}\n", "y".repeat(97), "z".repeat(97)), size(12_000, 49_999)), 200),
        ("commas", "text/csv", lines(",", size(1_000_000, 10_000_000)), 413),
        ("line breaks", "text/csv", lines("\n", size(1_000_000, 10_000_000)), 422),
    ]
}

/// Does something hostile while others ask, and returns the status that it is answered with. It takes little memory, and others
/// are answered meanwhile.
async fn bounded(server: &Server, name: &str, hostile: impl Future<Output = u16>) -> u16 {
    const MOST_MB: u64 = 100;
    let (_, before) = memory(server.pid());
    let is_over = AtomicBool::new(false);
    let answered = async {
        let mut slowest = Duration::ZERO;
        while !is_over.load(Ordering::SeqCst) {
            let began = Instant::now();
            assert_eq!(server.get(READY).await.expect("an answer").status(), 200);
            slowest = slowest.max(began.elapsed());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        slowest
    };
    let done = async {
        let status = hostile.await;
        is_over.store(true, Ordering::SeqCst);
        status
    };
    let began = Instant::now();
    let (status, slowest) = tokio::join!(done, answered);
    let (peak, _) = memory(server.pid());
    println!("{name}: {status}, {:?}; {before} MB, at most {peak} MB; others waited {slowest:?}", began.elapsed());
    assert!(peak.saturating_sub(before) < MOST_MB, "{name}: {before} MB before, {peak} MB at most");
    assert!(slowest < Duration::from_secs(5), "{name}: others waited {slowest:?}");
    status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_spreadsheet_takes_little_memory_and_others_are_answered() {
    let installed = Installed::new().await;
    let hotel = installed.inside.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let server = installed.serve().await;
    let send = async |kind: &'static str, file: Vec<u8>| {
        let path = format!("/v1/rooms/import?dry_run=true&property_id={}", hotel.id);
        let sent = server.http.post(server.url(&path)).bearer_auth(hotel.manager.access_token()).header("content-type", kind);
        let answer = sent.body(file).send().await.expect("an answer");
        let status = answer.status().as_u16();
        answer.bytes().await.expect("a body");
        status
    };
    // What a server has once it has done all this.
    let sheets = hostile_sheets();
    for (_, kind, file, _) in sheets.iter().rev().take(1) {
        send(kind, file.clone()).await;
    }
    memory(server.pid());
    for (name, kind, file, expected) in sheets {
        assert_eq!(bounded(&server, name, send(kind, file)).await, expected, "{name}");
    }
    installed.stack.stop().await.expect("stopped");
}

/// Calendars of up to 1 MiB that could take long or become large.
fn hostile_calendars() -> Vec<(&'static str, String)> {
    let event = |n: usize, more: &str| {
        format!("BEGIN:VEVENT\r\nUID:e{n}\r\nDTSTART;VALUE=DATE:20261{:03}\r\n{more}END:VEVENT\r\n", 201 + n % 28)
    };
    let events = |count: usize, more: &dyn Fn(usize) -> String| (0..count).map(|n| event(n, &more(n))).collect::<String>();
    let of_one_name = |more: &dyn Fn(usize) -> String| events(9_000, more).replace("UID:e", "UID:same\r\nCOMMENT:e");
    vec![
        ("many events", events(12_000, &|_| String::new())),
        ("one name, often", of_one_name(&|n| format!("SEQUENCE:{n}\r\n"))),
        ("one series, often", of_one_name(&|n| format!("RECURRENCE-ID;VALUE=DATE:20261{:03}\r\n", 201 + n % 28))),
        ("rules without end", events(10_000, &|_| "RRULE:FREQ=DAILY\r\n".into())),
        ("rules by the second", events(50, &|_| "RRULE:FREQ=SECONDLY\r\n".into())),
        ("dates without end", event(1, &format!("RDATE;VALUE=DATE:{}20261224\r\n", "20261224,".repeat(110_000)))),
        ("folds without end", event(1, &format!("SUMMARY:x{}\r\n", "\r\n x".repeat(250_000)))),
        ("a long line", event(1, &format!("SUMMARY:{}\r\n", "x".repeat(1_000_000)))),
        ("a deep tree", "BEGIN:VEVENT\r\n".repeat(70_000)),
        ("many parameters", event(1, &format!("SUMMARY{}:x\r\n", ";X-A=b".repeat(170_000)))),
    ]
}

/// Bodies of up to 1 MiB, and requests around them, that could take long or become large.
#[tokio::test(flavor = "multi_thread")]
async fn hostile_calendars_bodies_and_headers_take_little_memory_and_others_are_answered() {
    let installed = Installed::new().await;
    let hotel = installed.inside.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let import = json!({"property_id": hotel.id, "room_id": hotel.rooms[0], "name": "Elsewhere"});
    let import = hotel.manager.post("/v1/feed-imports", &import).await.expect(201);
    let server = installed.serve().await;
    let token = hotel.manager.access_token();
    // A connection may be closed on whoever sends too much: that is an answer, too.
    let status = async |request: reqwest::RequestBuilder| match request.bearer_auth(token).send().await {
        Ok(answer) => {
            let status = answer.status().as_u16();
            let _ = answer.bytes().await;
            status
        }
        Err(_) => 0,
    };
    let calendar = |content: &str| {
        let path = server.url(&format!("/v1/feed-imports/{}/file", import.id()));
        let file = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{content}END:VCALENDAR\r\n");
        assert!(file.len() <= 1024 * 1024, "{} bytes", file.len());
        server.http.post(path).header("content-type", "text/calendar").body(file)
    };
    status(calendar("")).await;
    memory(server.pid());
    for (name, content) in hostile_calendars() {
        let answer = bounded(&server, name, status(calendar(&content))).await;
        assert!([200, 409, 422].contains(&answer), "{name}: {answer}");
    }

    let booking = |body: String| server.http.post(server.url(BOOKINGS)).header("content-type", "application/json").body(body);
    let room = format!("{{\"room_type_id\": \"{}\", \"adults\": 1}},", hotel.double);
    let ages = "7,".repeat(400_000);
    for (name, body) in [
        ("deep lists", "[".repeat(1_000_000)),
        ("deep objects", "{\"a\":".repeat(200_000)),
        ("unknown members", format!("{{{}\"z\": 1}}", "\"a\": 1,".repeat(120_000))),
        ("many rooms", format!("{{\"rooms\": [{}null]}}", room.repeat(10_000))),
        ("many ages", format!("{{\"rooms\": [{{\"room_type_id\": \"{}\", \"children_ages\": [{ages}7]}}]}}", hotel.double)),
        ("many escapes", format!("{{\"special_requests\": \"{}\"}}", "\\u00e9".repeat(170_000))),
        ("a long number", format!("{{\"property_id\": {}}}", "9".repeat(1_000_000))),
    ] {
        let answer = bounded(&server, name, status(booking(body))).await;
        assert!([400, 422].contains(&answer), "{name}: {answer}");
    }
    let answer = bounded(&server, "too much", status(booking(" ".repeat(50_000_000)))).await;
    assert!([0, 413].contains(&answer), "too much: {answer}");

    let get = |path: &str| server.http.get(server.url(path));
    let many = (0..1_000).fold(get(READY), |request, n| request.header(format!("x-{n}"), "x".repeat(100)));
    let query = format!("{BOOKINGS}?{}", "a=b&".repeat(15_000));
    for (name, request) in [
        ("many headers", many),
        ("a long header", get(READY).header("x-long", "x".repeat(2_000_000))),
        ("a long address", get(&format!("/v1/{}", "x".repeat(60_000)))),
        ("a long query", get(&query)),
        ("many languages", get("/v1/properties").header("accept-language", "pt-PT,".repeat(2_000))),
        ("many encodings", get("/v1/properties").header("accept-encoding", "gzip,".repeat(2_000))),
        ("many versions", get("/v1/properties").header("if-none-match", "\"1\",".repeat(2_000))),
    ] {
        let answer = bounded(&server, name, status(request)).await;
        assert!(answer < 500, "{name}: {answer}");
    }
    installed.stack.stop().await.expect("stopped");
}
