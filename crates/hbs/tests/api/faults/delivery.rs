//! Stores and processes fail while events are numbered, delivered and acted on. In the end each event stands in each sink once
//! and in its order, each consumer has seen it, and what consumers have done is what they would have done on a quiet day.
use super::record::assert_record_is_whole;
use super::webhooks::Hook;
use super::{Installed, READY, book, book_all, eventually, own_stack, signal};
use crate::payments::pay;
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, day, place_on, size, unique};
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use futures_util::future::BoxFuture;
use hbs::app::App;
use hbs::config::Config;
use hbs::outbox::consumers::{self, Consumer};
use hbs::outbox::{Numbered, sinks};
use hbs::stores::postgres::while_leading;
use hbs::{Result, server};
use hbs_devstack::{DevStack, Server};
use mongodb::bson::{Document, doc};
use serde_json::json;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Tables that consumers write to, with those whose rows they change.
const ACTED_ON: [&str; 10] = [
    "bookings",
    "folio_entries",
    "invoice_payments",
    "notifications",
    "payment_links",
    "payments",
    "payments_due",
    "refunds",
    "waitlist_entries",
    "webhook_deliveries",
];

/// How many people book at a time.
const PEOPLE: usize = 4;
/// Ten bookings a night, for all nights before those of the suites.
const BOOKED_AT_MOST: usize = 5_000;

/// Waits until nothing is left to do: every event has its place, and every sink and consumer is at the last one. What a consumer
/// publishes is committed before it moves on, so one look is enough.
pub async fn settled(app: &TestApp) {
    let all = sinks::ALL.len() + server::consumers().count();
    let sql = format!(
        "SELECT (SELECT count(*) FROM outbox WHERE position IS NULL) + greatest(0, {all} - count(*) FILTER (WHERE name <> 'watcher'))
              + coalesce(sum((SELECT max(position) FROM outbox) - position), 0) FROM outbox_sinks"
    );
    eventually("everything is delivered and acted on", async || app.number(&sql).await == 0).await;
}

// A consumer that only watches

const WATCHER: Consumer = Consumer { name: "watcher", kinds: &[], handle: note };

fn note<'a>(app: &'a App, events: &'a [Numbered]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let positions: Vec<String> = events.iter().map(|event| format!("({})", event.position)).collect();
        let noted = format!("INSERT INTO seen (position) VALUES {}", positions.join(", "));
        Ok(app.db.conn().await?.batch_execute(&noted).await?)
    })
}

/// Starts to watch what consumers get.
async fn watch(app: &TestApp) -> JoinHandle<()> {
    app.sql("CREATE TABLE seen (number bigint GENERATED ALWAYS AS IDENTITY, position bigint NOT NULL)").await;
    tokio::spawn(consumers::run(app.app.clone(), WATCHER))
}

/// Asserts that a consumer gets every event, and each for the first time in its turn.
async fn assert_seen_in_order(app: &TestApp) {
    let unseen = "SELECT count(*) FROM outbox o WHERE NOT EXISTS (SELECT FROM seen s WHERE s.position = o.position)";
    assert_eq!(app.number(unseen).await, 0, "events that a consumer never got");
    let early = "SELECT count(*) FROM
                 (SELECT number, lag(number) OVER (ORDER BY position) AS before
                  FROM (SELECT position, min(number) AS number FROM seen GROUP BY position) first) f WHERE before > number";
    assert_eq!(app.number(early).await, 0, "events that a consumer got before an earlier one");
}

// A hotel at work

/// A hotel at work on stores that fail. Some of its suites are waited for.
struct House {
    stack: DevStack,
    app: TestApp,
    hotel: Arc<Hotel>,
    guest: Client,
    /// A server that is told of whatever happens at the hotel.
    hook: Hook,
    /// Bookings of suites, each of which somebody waits for.
    waited_for: Vec<Reply>,
    watching: JoinHandle<()>,
}

impl House {
    async fn open() -> Self {
        let stack = own_stack().await;
        let mut app = TestApp::on(Config { outgoing_unguarded: true, ..place_on(&stack).await }).await;
        app.start_background();
        let hotel = app.hotel(HotelSpec { rooms: 10, suites: 1, ..HotelSpec::default() }).await;
        let guest = app.guest().await;
        let (hook, watching) = (Hook::of(&hotel).await, watch(&app).await);
        let mut house = Self { stack, app, hotel: Arc::new(hotel), guest, hook, waited_for: Vec::new(), watching };
        for n in 0..u64::try_from(3 * Self::rounds()).expect("a number") {
            house.is_waited_for(600 + n).await;
        }
        settled(&house.app).await;
        house
    }

    /// How often each fault happens.
    fn rounds() -> usize {
        size(1, 5)
    }

    /// Sells the suite for a night that somebody else wants, too.
    async fn is_waited_for(&mut self, night: u64) {
        let mut request = self.hotel.request(day(night), day(night + 1));
        request["rooms"][0]["room_type_id"] = json!(self.hotel.suite);
        self.waited_for.push(crate::support::book(&self.guest, &request).await.expect(201));
        let wish = json!({
            "property_id": self.hotel.id, "room_type_id": self.hotel.suite, "check_in": day(night), "check_out": day(night + 1),
            "adults": 2, "contact": {"full_name": "Ana Sousa", "email": format!("{}@example.com", unique("waiting"))},
        });
        self.app.guest().await.post("/v1/waitlist", &wish).await.expect(201);
    }

    /// Gives up a suite that is waited for.
    async fn give_up_suite(&mut self) {
        let booked = self.waited_for.pop().expect("a suite that is waited for");
        act(&self.guest, &booked, "cancel").await.expect(200);
    }

    async fn bookings(&self) -> i64 {
        self.app.number("SELECT count(*) FROM bookings").await
    }

    /// Waits until some more has been booked.
    async fn goes_on(&self) {
        let before = self.bookings().await;
        eventually("some more bookings", async || self.bookings().await > before + 8).await;
    }

    async fn is_well(&self) {
        let health = async || self.app.anonymous().get(READY).await;
        eventually("everything is well", async || health().await.body["status"] == "ok").await;
    }

    /// Lets a store fail under load, in each way.
    async fn survives(mut self, store: Store) {
        let trade = Trade::begin(&self);
        for (minute, fault) in (3..).step_by(3).zip(Fault::ALL.repeat(Self::rounds())) {
            self.goes_on().await;
            self.give_up_suite().await;
            self.fail(store, fault).await;
            self.is_well().await;
            // Whoever told the webhook when the store went away has it for two minutes.
            self.app.set_clock(&format!("2026-12-01T12:{minute:02}:00Z"));
        }
        for reply in trade.end().await {
            let is_answered = match reply.status {
                200 | 201 => true,
                // What was not answered may have been booked, and is booked once more.
                409 => reply.code() == "booking.no_availability",
                503 => store == Store::PostgreSql,
                _ => false,
            };
            assert!(is_answered, "{store:?}: {}: {}", reply.status, reply.body);
        }
        self.assert_as_on_a_quiet_day().await;
        self.watching.abort();
        self.stack.stop().await.expect("stopped");
    }

    async fn fail(&self, store: Store, fault: Fault) {
        let server = store.of(&self.stack);
        match fault {
            Fault::Killed => server.kill().await.expect("killed"),
            Fault::Restarted => server.stop().await.expect("stopped"),
            Fault::Paused => pause(server).await,
        }
        match store {
            Store::PostgreSql => drop(self.app.anonymous().get(READY).await.expect(503)),
            Store::MongoDb | Store::Redis => self.goes_on().await,
        }
        match fault {
            Fault::Killed | Fault::Restarted => server.start().await.expect("started"),
            Fault::Paused => go_on(server).await,
        }
    }

    async fn assert_as_on_a_quiet_day(&self) {
        let app = &self.app;
        settled(app).await;
        assert_record_is_whole(app).await;
        assert_seen_in_order(app).await;
        app.assert_consistent().await;
        for (what, expected, found) in [
            (
                "guests told that their booking is confirmed",
                "SELECT count(*) FROM bookings WHERE user_id IS NOT NULL AND status <> 'held'",
                "SELECT count(*) FROM notifications WHERE kind = 'my_booking_confirmed'",
            ),
            (
                "guests told that their booking is cancelled",
                "SELECT count(*) FROM bookings WHERE user_id IS NOT NULL AND status = 'cancelled'",
                "SELECT count(*) FROM notifications WHERE kind = 'my_booking_cancelled'",
            ),
            (
                "refunds of what was paid for bookings that are cancelled",
                "SELECT count(*) FROM payments p JOIN bookings b ON b.property_id = p.property_id AND b.id = p.booking_id
                 WHERE b.status = 'cancelled'",
                "SELECT count(DISTINCT payment_id) FROM refunds",
            ),
            ("refunds of a payment each", "SELECT count(DISTINCT payment_id) FROM refunds", "SELECT count(*) FROM refunds"),
            (
                "suites that were given up, and are held for who waited",
                "SELECT count(*) FROM bookings b WHERE b.status = 'cancelled' AND EXISTS
                 (SELECT FROM stays s JOIN room_types t ON t.property_id = s.property_id AND t.id = s.room_type_id
                  WHERE s.property_id = b.property_id AND s.booking_id = b.id AND t.code = 'STE')",
                "SELECT count(*) FROM waitlist_entries w JOIN bookings b ON b.property_id = w.property_id AND b.id = w.booking_id
                 WHERE w.status = 'offered' AND b.status = 'held'",
            ),
            (
                "people told that a suite is held for them",
                "SELECT count(*) FROM waitlist_entries WHERE status = 'offered'",
                "SELECT count(*) FROM notifications WHERE kind = 'waitlist_offered'",
            ),
        ] {
            let (expected, found) = (app.number(expected).await, app.number(found).await);
            assert!(expected > 0, "nothing to look at: {what}");
            assert_eq!(found, expected, "{what}");
        }
        self.hook.assert_told_of_everything(app).await;
        self.assert_nothing_is_left_to_do().await;
    }

    /// Asserts that consumers who get everything again, in peace, find nothing that was left undone.
    async fn assert_nothing_is_left_to_do(&self) {
        let before = self.app.contents().await;
        self.app.sql("UPDATE outbox_sinks SET position = 0 WHERE name NOT IN ('audit_logs', 'booking_logs')").await;
        settled(&self.app).await;
        let after = self.app.contents().await;
        for table in ACTED_ON {
            assert!(before.contains_key(table), "no table {table}");
            assert_eq!(after.get(table), before.get(table), "something was left to do in {table}");
        }
    }
}

/// Somebody who books, pays and cancels, for as long as they are asked to.
struct Trade {
    is_over: Arc<AtomicBool>,
    people: Vec<JoinHandle<Vec<Reply>>>,
}

impl Trade {
    fn begin(house: &House) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let people = (0..PEOPLE).map(|person| {
            let (guest, hotel, is_over) = (house.guest.clone(), Arc::clone(&house.hotel), Arc::clone(&is_over));
            tokio::spawn(async move {
                let (mut replies, mut answered) = (Vec::new(), 0);
                while !is_over.load(Ordering::SeqCst) {
                    let done = one(&guest, &hotel, (PEOPLE * answered + person) % BOOKED_AT_MOST).await;
                    answered += usize::from(done[0].status != 503);
                    replies.extend(done);
                }
                replies
            })
        });
        Self { people: people.collect(), is_over }
    }

    async fn end(self) -> Vec<Reply> {
        self.is_over.store(true, Ordering::SeqCst);
        let mut replies = Vec::new();
        for person in self.people {
            replies.extend(person.await.expect("a task that does not panic"));
        }
        replies
    }
}

/// The n-th booking, which the desk takes cash for, and nine of ten of which are cancelled. What is not answered is left as it
/// is.
async fn one(guest: &Client, hotel: &Hotel, n: usize) -> Vec<Reply> {
    let mut replies = vec![book(guest, hotel, n).await];
    if replies[0].status == 201 {
        replies.push(pay(&hotel.manager, replies[0].id(), "50.00").await);
        if replies[1].status == 201 && !n.is_multiple_of(10) {
            replies.push(act(guest, &replies[0], "cancel").await);
        }
    }
    replies
}

// Faults

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Store {
    PostgreSql,
    MongoDb,
    Redis,
}

impl Store {
    fn of(self, stack: &DevStack) -> &Server {
        match self {
            Self::PostgreSql => stack.postgres(),
            Self::MongoDb => stack.mongodb(),
            Self::Redis => stack.redis(),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Fault {
    Killed,
    Paused,
    Restarted,
}

impl Fault {
    const ALL: [Self; 3] = [Self::Killed, Self::Paused, Self::Restarted];
}

/// The main process of a server first, which then starts no more, and those that it has started.
fn processes(server: &Server) -> Vec<u32> {
    let main = server.pid().expect("a process");
    let all = fs::read_dir("/proc").expect("processes").flatten();
    let pids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let is_child = |pid: &u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let parent = stat.rsplit_once(')').and_then(|(_, fields)| fields.split_whitespace().nth(1)?.parse().ok());
        parent == Some(main)
    };
    std::iter::once(main).chain(pids.filter(is_child)).collect()
}

/// Stops a server in the midst of whatever it does.
async fn pause(server: &Server) {
    signal("STOP", server.pid().expect("a process")).await;
    for pid in processes(server) {
        signal("STOP", pid).await;
    }
}

async fn go_on(server: &Server) {
    for pid in processes(server).into_iter().rev() {
        signal("CONT", pid).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_to_mongodb_each_event_is_delivered_once_and_acted_on() {
    House::open().await.survives(Store::MongoDb).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_to_redis_each_event_is_delivered_once_and_acted_on() {
    House::open().await.survives(Store::Redis).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_to_postgresql_each_event_is_delivered_once_and_acted_on() {
    House::open().await.survives(Store::PostgreSql).await;
}

// Events that commit late

/// T-feed-gap: a place is given by the order in which events become visible, so none is passed over that began early and ended
/// late.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_commits_late_has_a_later_place_and_nobody_skips_it() {
    let app = TestApp::with_background().await;
    let watching = watch(&app).await;
    let hotel = app.hotel(HotelSpec { rooms: 10, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let late = Uuid::now_v7();
    let mut transaction = app
        .transaction(&format!(
            "INSERT INTO outbox (event_id, stream_id, kind, entity, entity_id, booking_id, actor_kind, actor_id, request_id, changes, occurred_at)
             SELECT '{late}', stream_id, kind, entity, entity_id, booking_id, actor_kind, actor_id, request_id, changes, occurred_at
             FROM outbox ORDER BY id LIMIT 1"
        ))
        .await;
    for n in 0..size(5, 50) {
        book(&guest, &hotel, n).await.expect(201);
    }
    settled(&app).await;
    let last = app.number("SELECT max(position) FROM outbox").await;
    let last_id = app.number("SELECT max(id) FROM outbox").await;
    transaction.batch_execute("COMMIT").await.expect("committed");
    let is_there = format!("SELECT count(*) FROM outbox WHERE event_id = '{late}' AND position IS NOT NULL");
    eventually("the late one has its place", async || app.number(&is_there).await == 1).await;
    settled(&app).await;

    let place = format!("SELECT count(*) FROM outbox WHERE event_id = '{late}' AND id < {last_id} AND position > {last}");
    assert_eq!(app.number(&place).await, 1, "it has a lower id and a later place");
    let audit_logs = app.app.mongo.database().collection::<Document>("audit_logs");
    let delivered = audit_logs.count_documents(doc! {"_id": late.to_string()}).await.expect("a count");
    assert_eq!(delivered, 1, "audit_logs skips it");
    assert_seen_in_order(&app).await;
    assert_record_is_whole(&app).await;
    watching.abort();
}

// Leading

/// Work that is done elsewhere may take longer than a transaction may be silent.
#[tokio::test]
async fn whoever_leads_is_there_for_as_long_as_the_work_takes() {
    let app = TestApp::new().await;
    let mut conn = app.app.db.conn().await.expect("a connection");
    conn.batch_execute("SET idle_in_transaction_session_timeout = '6s'").await.expect("set");
    let work = async {
        tokio::time::sleep(Duration::from_secs(8)).await;
        Ok(7)
    };
    let done = conn.transaction(async |conn| while_leading(conn, work).await).await;
    assert_eq!(done.expect("the transaction is still there"), 7);
}

#[tokio::test]
async fn work_is_left_when_the_lead_is_lost() {
    let app = TestApp::new().await;
    let mut conn = app.app.db.conn().await.expect("a connection");
    let led = conn.transaction(async |conn| while_leading(conn, std::future::pending::<Result<()>>()).await);
    let place = &app.app.config.mongodb_database;
    let end = format!(
        "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity
         WHERE application_name = '{place}' AND state = 'idle in transaction'"
    );
    let ended = eventually("the transaction is ended", async || app.number(&end).await == 1);
    let (led, ()) = tokio::join!(led, ended);
    led.expect_err("another process may lead");
}

// Two processes

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Killed,
    /// Stopped for so long that another process takes over, and then let go on.
    Stopped,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_while_it_numbers_delivers_and_tells_leaves_nothing_undone_and_nothing_twice() {
    of_two_processes_one_ends(End::Killed).await;
}

/// T-feed-gap: numbers never interleave, although the one that is stopped believes to lead when it goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_stopped_while_it_numbers_delivers_and_tells_holds_nobody_up_and_does_nothing_twice() {
    of_two_processes_one_ends(End::Stopped).await;
}

async fn of_two_processes_one_ends(end: End) {
    let installed = Installed::new().await;
    let inside = &installed.inside;
    let hotel = inside.hotel(HotelSpec { rooms: 10, ..HotelSpec::default() }).await;
    let guest = inside.guest().await;
    let mut first = installed.serve().await;
    book(&guest, &hotel, 0).await.expect(201);
    settled(inside).await;

    // In the midst of everything: MongoDB has not answered, a consumer has not written, and numbers are not committed.
    let mongodb = installed.stack.mongodb();
    pause(mongodb).await;
    let mut no_telling = inside.transaction("LOCK TABLE notifications IN SHARE MODE").await;
    book(&guest, &hotel, 1).await.expect(201);
    let sinks = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
                 WHERE l.locktype = 'advisory' AND l.classid IN (2, 3) AND a.xact_start < clock_timestamp() - interval '1 second'";
    eventually("both sinks wait for MongoDB", async || inside.number(sinks).await == 2).await;
    eventually("a consumer waits", async || inside.waiting_for_locks().await >= 1).await;
    let mut no_numbers = inside.transaction("LOCK TABLE outbox_streams IN SHARE MODE").await;
    book(&guest, &hotel, 2).await.expect(201);
    let numbering = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'outbox_streams'::regclass";
    eventually("the relay waits", async || inside.number(numbering).await >= 1).await;
    match end {
        End::Killed => first.child.kill().await.expect("killed"),
        End::Stopped => signal("STOP", first.pid()).await,
    }
    go_on(mongodb).await;
    no_telling.batch_execute("COMMIT").await.expect("unlocked");
    no_numbers.batch_execute("COMMIT").await.expect("unlocked");

    let second = installed.serve().await;
    settled(inside).await;
    book_all(&guest, &hotel, 3..10).await;
    settled(inside).await;
    assert_all_told(inside).await;
    assert_record_is_whole(inside).await;

    if end == End::Stopped {
        signal("CONT", first.pid()).await;
        book_all(&guest, &hotel, 10..size(50, 500)).await;
        eventually("it serves again", async || first.get(READY).await.is_ok_and(|answer| answer.status() == 200)).await;
        settled(inside).await;
        assert_all_told(inside).await;
        assert_record_is_whole(inside).await;
    }
    inside.assert_consistent().await;
    drop((first, second));
    installed.stack.stop().await.expect("stopped");
}

/// Asserts that guests were told of each booking, once.
async fn assert_all_told(app: &TestApp) {
    let told = app.number("SELECT count(*) FROM notifications WHERE kind = 'my_booking_confirmed'").await;
    assert_eq!(told, app.number("SELECT count(*) FROM bookings").await, "guests told of their bookings");
}
