//! A whole HBS per test: a database of its own in one private PostgreSQL and in one MongoDB, a key
//! prefix of its own in one Redis. No sockets but to the stores.
mod ask;
mod bookings;
mod bucket;
mod client;
mod contract;
pub mod events;
mod gateway;
mod hotel;
mod log;
mod mail;
mod pictures;
mod stores;
pub mod workbook;

pub use ask::eventually;
pub use bookings::{act, book, day, eur, post};
pub use bucket::Bucket;
pub use client::{Client, Reply};
pub use gateway::{TestGateway, answer as page_answer, browser};
pub use hotel::{Hotel, HotelSpec};
pub use log::Log;
pub use mail::MailServer;
pub use pictures::{lossless_webp, png_chunk};

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use hbs::app::App;
use hbs::config::Config;
use hbs::outbox::{consumers, relay, sinks};
use hbs::person_keys::PersonKeys;
use hbs::server::{self, Api};
use hbs_devstack::{DevStack, Options};
use std::collections::BTreeMap;
use std::sync::atomic::AtomicI64;
use std::sync::{Mutex, OnceLock};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// The password of everybody who registers in tests: not easy to guess.
pub const PASSWORD: &str = "correct horse battery staple";

/// The stores of all tests. The process's end ends them.
pub async fn stack() -> &'static DevStack {
    static STACK: OnceCell<DevStack> = OnceCell::const_new();
    STACK.get_or_init(|| async { DevStack::start(Options::throw_away()).await.unwrap_or_else(|error| panic!("{error}")) }).await
}

fn data_key() -> String {
    static KEY: OnceLock<String> = OnceLock::new();
    KEY.get_or_init(hbs::security::new_data_key).clone()
}

/// The private key of the tests' backups.
pub fn backup_identity() -> &'static age::x25519::Identity {
    static IDENTITY: OnceLock<age::x25519::Identity> = OnceLock::new();
    IDENTITY.get_or_init(age::x25519::Identity::generate)
}

/// A name that no other test has.
pub fn unique(prefix: &str) -> String {
    format!("{prefix}_{}", Uuid::now_v7().simple())
}

/// Settings for a process on the stores of `stack`, with a place of its own in each: in PostgreSQL a schema, which is not made
/// here.
pub fn config_for(stack: &DevStack, place: &str) -> Config {
    let mut config = Config::defaults().expect("defaults");
    let search_path = format!("options=-csearch_path%3D{place}%2Cpublic");
    config.database_url = Some(format!("{}?{search_path}&application_name={place}", stack.database_url()));
    config.person_keys_url = Some(person_keys_url(stack));
    config.mongodb_url = Some(stack.mongodb_url().into());
    config.mongodb_database = place.into();
    config.redis_url = Some(stack.redis_url().into());
    config.redis_prefix = format!("{place}:");
    config.data_key = Some(data_key());
    config.object_store_url = Some(format!("file://{}", stack.dir().join("objects").join(place).display()));
    config.backup_url = Some(format!("file://{}", stack.dir().join("backups").join(place).display()));
    config.backup_recipient = Some(backup_identity().to_public().to_string());
    // Tests ask as often as they like, but for those about limits.
    config.rate_limits = false;
    config.access_log = false;
    config.test_clock = true;
    config
}

/// Returns `true` if tests run at the size of the promises that they check, instead of one that takes seconds:
/// `HBS_TEST_FULL=1`.
#[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of HBS")]
pub fn is_full_size() -> bool {
    std::env::var("HBS_TEST_FULL").is_ok_and(|value| value == "1")
}

/// Returns a size: a small one, or that of the promise.
pub fn size(small: usize, full: usize) -> usize {
    if is_full_size() { full } else { small }
}

/// Runs all at once and returns what they came to, in their order.
pub async fn together<T: Send + 'static>(work: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let tasks: Vec<_> = work.into_iter().map(tokio::spawn).collect();
    let mut results = Vec::with_capacity(tasks.len());
    for task in tasks {
        results.push(task.await.expect("a task that does not panic"));
    }
    results
}

/// The routes for such settings. They are made once, since the document about them takes as long as many a test.
fn api(config: &Config) -> Api {
    static APIS: Mutex<BTreeMap<(bool, bool), Api>> = Mutex::new(BTreeMap::new());
    let decisive = (config.test_clock, hbs::mail::keeps_mailbox(config));
    APIS.lock().expect("no test fails while it makes them").entry(decisive).or_insert_with(|| Api::new(config)).clone()
}

pub struct TestApp {
    pub app: App,
    pub router: axum::Router,
    background: Vec<tokio::task::JoinHandle<()>>,
    /// The connection of the test itself: a new one costs PostgreSQL more than most of what tests ask.
    kept: tokio::sync::Mutex<Option<AsyncPgConnection>>,
    /// Position up to which events were compared with the catalogue of their kinds.
    catalogued: AtomicI64,
}

impl TestApp {
    /// HBS without background work: no job runs, no event is delivered unless the test says so.
    pub async fn new() -> Self {
        Self::on(place_on(stack().await).await).await
    }

    /// HBS with all its background work.
    pub async fn with_background() -> Self {
        let mut test = Self::new().await;
        test.start_background();
        test
    }

    pub fn start_background(&mut self) {
        self.background.extend(server::spawn_background(&self.app).expect("the work beside requests"));
    }

    /// Starts another process on the same stores.
    pub async fn on(config: Config) -> Self {
        let test = Self::on_nothing(config).await;
        test.app.security.ensure_signing_key(test.app.config.jwt_key.as_deref()).await.expect("a signing key");
        test
    }

    /// A process whose database has no tables yet, or is away.
    pub async fn on_nothing(config: Config) -> Self {
        // What lies behind a 500 stands in the log only.
        let _ = tracing_subscriber::fmt().with_max_level(tracing::Level::ERROR).with_ansi(false).with_test_writer().try_init();
        let app = App::new(config, None).await.expect("an app");
        Self {
            router: api(&app.config).router(&app),
            app,
            background: Vec::new(),
            kept: Default::default(),
            catalogued: AtomicI64::new(0),
        }
    }

    /// Returns a client who is not signed in.
    pub fn anonymous(&self) -> Client {
        Client::new(self.router.clone(), None)
    }

    /// A new guest, signed in, who has proved their address.
    pub async fn guest(&self) -> Client {
        self.newcomer(Uuid::now_v7(), "").await
    }

    /// A new person, signed in, with what further SQL gives them. Signing up takes longer than many a test, most of it for the
    /// password, so person, session and events are written as signing up leaves them. Tests of signing up use `register`.
    async fn newcomer(&self, id: Uuid, more: &str) -> Client {
        let (session, token, email) = (Uuid::now_v7(), unique("token"), format!("{}@example.com", unique("guest")));
        let (hash, now) = (self.password_hash().await, self.app.clock.now().to_rfc3339());
        self.sql(&format!(
            r#"INSERT INTO users (id, email, full_name, password_hash, email_verified_at, last_login_at, created_at, updated_at)
               VALUES ('{id}', '{email}', 'Test Person', '{hash}', now(), now(), now(), now());
               INSERT INTO sessions (id, user_id, expires_at, last_used_at, created_at, updated_at)
               VALUES ('{session}', '{id}', now() + interval '30 days', now(), now(), now());
               INSERT INTO refresh_tokens (token_hash, session_id, created_at, updated_at)
               VALUES (sha256('{token}'), '{session}', now(), now());
               INSERT INTO outbox (event_id, stream_id, kind, entity, entity_id, actor_kind, actor_id, changes, occurred_at)
               VALUES ('{registered}', '{system}', 'user.registered', 'user', '{id}', 'anonymous', NULL,
                       '{{"email": {{"withheld": true}}, "status": {{"before": null, "after": "active"}}}}', '{now}'),
                      ('{started}', '{system}', 'session.started', 'session', '{session}', 'user', '{id}',
                       '{{"user_id": {{"before": null, "after": "{id}"}}}}', '{now}');
               {more}"#,
            registered = Uuid::now_v7(),
            started = Uuid::now_v7(),
            system = Uuid::nil(),
        ))
        .await;
        let signed_in = self.anonymous().post("/v1/auth/refresh", &serde_json::json!({"refresh_token": token})).await.expect(200);
        // Whoever has just signed up has one token.
        self.sql(&format!("DELETE FROM refresh_tokens WHERE token_hash = sha256('{token}')")).await;
        Client::new(self.router.clone(), Some(signed_in.body))
    }

    /// The hash of `PASSWORD`, which is made once.
    async fn password_hash(&self) -> &'static str {
        static HASH: OnceCell<String> = OnceCell::const_new();
        HASH.get_or_init(async || self.app.security.passwords.hash(PASSWORD.into(), None).await.expect("a hash")).await
    }

    pub async fn register(&self, email: &str) -> Client {
        let body = serde_json::json!({"email": email, "password": PASSWORD, "full_name": "Test Person"});
        let reply = self.anonymous().post("/v1/auth/register", &body).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        Client::new(self.router.clone(), Some(reply.body))
    }

    /// Returns a client who holds exactly these permissions, at a property or (None) at all of them.
    pub async fn staff(&self, permissions: &[&str], property_id: Option<&str>) -> Client {
        let (id, role, code) = (Uuid::now_v7(), Uuid::now_v7(), unique("role"));
        let property = property_id.map_or("NULL".to_owned(), |id| format!("'{id}'"));
        let permissions = permissions.join(",");
        let roles = format!(
            "INSERT INTO roles (id, code, name, description, created_at, updated_at)
             VALUES ('{role}', '{code}', 'Test', '', now(), now());
             INSERT INTO role_permissions (role_id, permission, created_at, updated_at)
             SELECT '{role}', unnest('{{{permissions}}}'::text[]), now(), now();
             INSERT INTO role_assignments (id, user_id, role_id, property_id, created_at, updated_at)
             VALUES (gen_random_uuid(), '{id}', '{role}', {property}, now(), now());"
        );
        self.newcomer(id, &roles).await
    }

    /// Returns a client who may do everything everywhere.
    pub async fn admin(&self) -> Client {
        let all: Vec<&str> = hbs::security::permission::CATALOGUE.iter().map(|entry| entry.name).collect();
        self.staff(&all, None).await
    }

    /// A hotel with rooms, as `HotelSpec` says.
    pub async fn hotel(&self, spec: HotelSpec) -> Hotel {
        Hotel::create(self, spec).await
    }

    /// Sets the clock as a client does, which runs the jobs that follow it.
    pub async fn move_clock(&self, now: &str) {
        self.anonymous().put("/v1/test/clock", &serde_json::json!({"now": now})).await.expect(200);
    }

    /// Sets the clock, and runs the jobs that follow it, at least one of which fails at something.
    pub async fn move_clock_in_vain(&self, now: &str) {
        self.set_clock(now);
        hbs::jobs::run_due(&self.app, &server::jobs()).await.expect_err("a job that says what it could not do");
    }

    /// Sets business time, as RFC 3339.
    pub fn set_clock(&self, now: &str) {
        self.app.clock.set(now.parse().expect("an instant"));
    }

    pub async fn sql(&self, sql: &str) {
        // What a session is told holds for as long as it lasts.
        if sql.contains("SET ") || sql.contains("set_config") {
            return self.connect().await.batch_execute(sql).await.expect(sql);
        }
        let mut kept = self.kept.lock().await;
        let mut conn = self.at_hand(kept.take()).await;
        conn.batch_execute(sql).await.expect(sql);
        *kept = Some(conn);
    }

    /// Lets every statement of a kind, such as `INSERT ON mail_log`, end as if the server had ended its connection, until
    /// `reconnect`.
    pub async fn disconnect_at(&self, statement: &str) {
        self.sql(&format!(
            "CREATE SEQUENCE disconnections;
             CREATE FUNCTION disconnect() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 PERFORM nextval('disconnections');
                 RAISE EXCEPTION 'terminating connection due to administrator command';
             END $$;
             CREATE TRIGGER disconnect BEFORE {statement} FOR EACH STATEMENT EXECUTE FUNCTION disconnect()"
        ))
        .await;
    }

    /// Lets such statements pass again, and says how many have ended.
    pub async fn reconnect(&self) -> i64 {
        let ended = self.number("SELECT last_value FROM disconnections").await;
        self.sql("DROP FUNCTION disconnect() CASCADE; DROP SEQUENCE disconnections").await;
        ended
    }

    /// The connection that was kept, or a new one if there is none that works.
    async fn at_hand(&self, kept: Option<AsyncPgConnection>) -> AsyncPgConnection {
        if let Some(mut conn) = kept
            && conn.batch_execute("").await.is_ok()
        {
            return conn;
        }
        self.connect().await
    }

    /// Returns the rows that SQL finds.
    pub(super) async fn load<R>(&self, sql: &str) -> Vec<R>
    where
        R: diesel::QueryableByName<diesel::pg::Pg> + Send + 'static,
    {
        use diesel_async::RunQueryDsl;
        #[expect(clippy::disallowed_methods, reason = "a test asks whatever it likes")]
        let query = diesel::sql_query(sql);
        let mut kept = self.kept.lock().await;
        let mut conn = self.at_hand(kept.take()).await;
        let rows = query.load(&mut conn).await.expect(sql);
        *kept = Some(conn);
        rows
    }

    /// Runs SQL that may be refused; what PostgreSQL says then.
    pub async fn try_sql(&self, sql: &str) -> Result<(), String> {
        self.connect().await.batch_execute(sql).await.map_err(|error| error.to_string())
    }

    /// Returns one number that SQL computes.
    pub async fn number(&self, sql: &str) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct Number {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            value: i64,
        }
        let numbers: Vec<Number> = self.load(&format!("SELECT ({sql})::bigint AS value")).await;
        numbers[0].value
    }

    /// Returns a digest of what the rows of each table say, for tests of what must be the same elsewhere.
    pub async fn contents(&self) -> BTreeMap<String, String> {
        self.of_each_table("md5(coalesce(string_agg(t::text, ';' ORDER BY t::text), ''))").await
    }

    /// Returns a digest of the versions of the rows of each table, for tests of what must leave everything as it is: a row that
    /// was written again as it was differs.
    pub async fn row_versions(&self) -> BTreeMap<String, String> {
        self.of_each_table("count(*) || ' rows ' || coalesce(sum(hashtext(ctid::text || xmin::text)), 0)").await
    }

    async fn of_each_table(&self, digest: &str) -> BTreeMap<String, String> {
        let tables =
            self.pairs("SELECT tablename::text AS name, '' AS value FROM pg_tables WHERE schemaname = current_schema()").await;
        assert!(tables.len() > 40, "only {} tables", tables.len());
        let of_one = |table: &String| format!("SELECT '{table}' AS name, {digest} AS value FROM {table} t");
        self.pairs(&tables.keys().map(of_one).collect::<Vec<_>>().join(" UNION ALL ")).await
    }

    /// Returns the pairs of texts `name` and `value` that SQL finds.
    async fn pairs(&self, sql: &str) -> BTreeMap<String, String> {
        #[derive(diesel::QueryableByName)]
        struct Pair {
            #[diesel(sql_type = diesel::sql_types::Text)]
            name: String,
            #[diesel(sql_type = diesel::sql_types::Text)]
            value: String,
        }
        let pairs: Vec<Pair> = self.load(sql).await;
        pairs.into_iter().map(|Pair { name, value }| (name, value)).collect()
    }

    pub async fn connect(&self) -> AsyncPgConnection {
        let url = self.app.config.database_url.as_ref().expect("a database");
        AsyncPgConnection::establish(url).await.expect("a connection")
    }

    /// Numbers and delivers every event that there is now.
    pub async fn deliver(&self) {
        while relay::number_batch(&self.app).await.expect("the relay") > 0 {}
        self.assert_catalogued().await;
        for sink in sinks::ALL {
            while sinks::deliver_batch(&self.app, *sink).await.expect("a sink") > 0 {}
        }
    }

    /// Lets every consumer have every event that there is, and those that come of it.
    pub async fn consume(&self) {
        loop {
            while relay::number_batch(&self.app).await.expect("the relay") > 0 {}
            let mut consumed = 0;
            for consumer in server::consumers() {
                consumed += consumers::consume_batch(&self.app, consumer).await.expect("a consumer");
            }
            if consumed == 0 {
                return self.assert_catalogued().await;
            }
        }
    }

    /// Returns how often transactions have waited for each other in a circle, in the whole database.
    pub async fn deadlocks(&self) -> i64 {
        self.number("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").await
    }

    /// Returns the deadlocks with those of this app up to now. A server process reports its own only now and then and
    /// when it ends, so all connections of the app are ended: it is of no use afterwards.
    pub async fn deadlocks_at_the_end(&self) -> i64 {
        let name = &self.app.config.mongodb_database;
        let ended = format!(
            "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 30000)) FROM pg_stat_activity
             WHERE application_name = '{name}' AND pid <> pg_backend_pid()"
        );
        assert!(self.number(&ended).await > 0, "no connection of {name} was found");
        self.deadlocks().await
    }

    /// Asserts what must hold at any time: nothing sold twice, every counter right.
    pub async fn assert_consistent(&self) {
        let mismatches = hbs::domains::inventory::verify(&self.app).await.expect("verified");
        assert!(mismatches.is_empty(), "{mismatches:?}");
        for (what, sql) in [
            ("nights sold beyond capacity", "SELECT count(*) FROM inventory WHERE sold + allotted > capacity + overbooking"),
            (
                "live stays without their room on a night",
                "SELECT count(*) FROM stays s, generate_series(s.check_in::timestamp, s.check_out::timestamp - interval '1 day', '1 day') n
                 WHERE s.status IN ('held', 'confirmed', 'checked_in', 'checked_out') AND s.room_id IS NOT NULL
                   AND NOT EXISTS (SELECT FROM room_nights r WHERE r.property_id = s.property_id AND r.stay_id = s.id
                                   AND (r.room_id = s.room_id OR n::date < s.moved_on) AND r.night = n::date)",
            ),
            (
                "room nights of stays that do not have them",
                "SELECT count(*) FROM room_nights r JOIN stays s ON s.property_id = r.property_id AND s.id = r.stay_id
                 WHERE s.status IN ('cancelled', 'expired') OR r.night < s.check_in OR r.night >= s.check_out OR (r.room_id <> s.room_id AND (s.moved_on IS NULL OR r.night >= s.moved_on))
                    OR (s.status = 'no_show' AND r.night > s.check_in)",
            ),
            (
                "nights of blocks that are not theirs, or that they lack",
                "SELECT count(*) FROM
                 (SELECT b.property_id, b.room_id, n::date AS night, b.id AS block_id FROM room_blocks b,
                  generate_series(b.from_date::timestamp, coalesce(b.released_from, b.to_date)::timestamp - interval '1 day', '1 day') n
                  WHERE b.kind <> 'out_of_service') b
                 FULL JOIN (SELECT property_id, room_id, night, block_id FROM room_nights WHERE block_id IS NOT NULL) n
                 USING (property_id, room_id, night, block_id)
                 WHERE b.property_id IS NULL OR n.property_id IS NULL",
            ),
            (
                "overbooking that is neither the type's nor a block's",
                &format!(
                    "SELECT count(*) FROM inventory i JOIN room_types t ON t.property_id = i.property_id AND t.id = i.room_type_id
                     JOIN properties p ON p.id = i.property_id
                     WHERE i.night >= coalesce(p.business_date, ('{}'::timestamptz AT TIME ZONE p.time_zone)::date) AND i.overbooking <> t.overbooking +
                     (SELECT count(*) FROM room_nights n JOIN rooms r ON r.property_id = n.property_id AND r.id = n.room_id
                      WHERE n.property_id = i.property_id AND n.night = i.night AND r.room_type_id = i.room_type_id
                        AND n.raises_overbooking)",
                    self.app.clock.now().to_rfc3339(),
                ),
            ),
            (
                "bookings whose total is not their folio",
                "SELECT count(*) FROM bookings b WHERE b.total_minor <>
                 (SELECT coalesce(sum(amount_minor), 0) FROM folio_entries f WHERE f.property_id = b.property_id AND f.booking_id = b.id
                  AND f.kind NOT IN ('payment', 'refund', 'deposit', 'opening'))",
            ),
            (
                "stays whose total is not their folio",
                "SELECT count(*) FROM stays s WHERE s.total_minor <>
                 (SELECT coalesce(sum(amount_minor), 0) FROM folio_entries f WHERE f.property_id = s.property_id AND f.stay_id = s.id
                  AND (f.kind IN ('room', 'discount', 'tax', 'fee') AND f.price_id IS NULL OR f.extra_in_price))",
            ),
            (
                "folios whose balance is not the sum of their lines",
                "SELECT count(*) FROM folios f WHERE f.balance_minor <>
                 (SELECT coalesce(sum(amount_minor), 0) FROM folio_entries e WHERE e.property_id = f.property_id AND e.folio_id = f.id)",
            ),
            (
                "folios whose deposits are not the sum of theirs",
                "SELECT count(*) FROM folios f WHERE f.deposits_minor <>
                 (SELECT coalesce(sum(amount_minor), 0) FROM folio_entries e
                  WHERE e.property_id = f.property_id AND e.folio_id = f.id AND e.ledger = 'deposits')",
            ),
            (
                "accounts whose folio is not what stands in the ledger of the city for them, or transfers that come to something",
                "SELECT (SELECT count(*) FROM folios f WHERE f.kind = 'account' AND f.balance_minor <>
                         (SELECT coalesce(sum(amount_minor) FILTER (WHERE ledger = 'city'), 0) FROM folio_entries e
                          WHERE e.property_id = f.property_id AND e.folio_id = f.id))
                      + (SELECT count(*) FROM folio_entries e JOIN folios f ON f.property_id = e.property_id AND f.id = e.folio_id
                         WHERE (e.ledger = 'city') <> (f.kind = 'account'))
                      + (SELECT count(*) FROM (SELECT FROM folio_entries WHERE kind = 'transfer' GROUP BY property_id, posting_id
                         HAVING sum(amount_minor) <> 0) t)",
            ),
            (
                "bookings without a main folio",
                "SELECT count(*) FROM bookings b WHERE NOT EXISTS
                 (SELECT FROM folios f WHERE f.property_id = b.property_id AND f.id = b.id AND f.booking_id = b.id)",
            ),
            (
                "moves that leave something, or are not of one line",
                "SELECT count(*) FROM (SELECT FROM folio_entries WHERE origin_id IS NOT NULL GROUP BY property_id, posting_id, origin_id
                 HAVING sum(amount_minor) <> 0 OR count(DISTINCT (kind, service_date, tax_rule_id, stay_id)) <> 1) m",
            ),
            (
                "lines that take back another amount than there was, or on another folio that was open",
                "SELECT count(*) FROM folio_entries t JOIN folio_entries e ON e.property_id = t.property_id AND e.id = t.reverses_id
                 JOIN folios f ON f.property_id = e.property_id AND f.id = e.folio_id
                 WHERE t.amount_minor <> -e.amount_minor OR (t.folio_id <> e.folio_id AND f.closed_at IS NULL)",
            ),
            (
                "closed dates whose books do not come to nothing, or do not say what their lines say",
                "SELECT (SELECT count(*) FROM (SELECT FROM ledger_days GROUP BY property_id, business_date
                         HAVING sum(opening_minor) <> 0 OR sum(closing_minor) <> 0) d)
                      + (SELECT count(*) FROM ledger_days d WHERE d.movement_minor <> (
                         SELECT coalesce(sum(e.amount_minor), 0) FROM ledger_entries(d.property_id) e
                         WHERE e.ledger = d.ledger AND greatest(e.service_date, e.posted_on) = d.business_date))",
            ),
            (
                "payments whose lines are not what was captured less what was paid back",
                "SELECT count(*) FROM payments p WHERE p.captured_minor - p.refunded_minor - p.lost_minor <>
                 (SELECT coalesce(-sum(e.amount_minor), 0) FROM folio_entries e WHERE e.property_id = p.property_id AND e.payment_id = p.id)",
            ),
            (
                "payments of which more is paid back, or asked for, than was captured, or other than their refunds say",
                "SELECT count(*) FROM payments p WHERE p.refunded_minor + greatest(p.refunding_minor, p.lost_minor) > p.captured_minor
                    OR p.captured_minor > p.authorized_minor
                    OR p.refunded_minor <> (SELECT coalesce(sum(r.amount_minor), 0) FROM refunds r
                                            WHERE r.property_id = p.property_id AND r.payment_id = p.id AND r.status = 'completed')
                    OR p.refunding_minor <> (SELECT coalesce(sum(r.amount_minor), 0) FROM refunds r
                                             WHERE r.property_id = p.property_id AND r.payment_id = p.id
                                               AND r.status IN ('requested', 'approved', 'processing'))",
            ),
            (
                "offers of which other is counted than is live, or more than there is",
                "SELECT count(*) FROM offer_counters c JOIN offers o ON o.property_id = c.property_id AND o.id = c.offer_id
                 CROSS JOIN LATERAL (SELECT count(*) AS used, coalesce(sum(r.discount_minor), 0) AS spent FROM offer_redemptions r
                     WHERE r.property_id = c.property_id AND r.offer_id = c.offer_id AND r.is_live) live
                 WHERE num_nonnulls(o.max_redemptions, o.max_per_guest, o.max_per_day, o.budget_minor) > 0
                   AND (c.used <> live.used OR c.spent_minor <> live.spent)",
            ),
            (
                "offers of bookings that are not what their stays have",
                "SELECT count(*) FROM offer_redemptions r WHERE r.is_live <> EXISTS (
                     SELECT FROM stay_offers h JOIN stays s ON s.property_id = h.property_id AND s.id = h.stay_id
                     WHERE h.property_id = r.property_id AND h.booking_id = r.booking_id AND h.offer_id = r.offer_id
                       AND (h.lost_on IS NULL OR h.discount_minor > 0) AND s.status NOT IN ('cancelled', 'expired'))",
            ),
            ("bookings without stays", "SELECT count(*) FROM bookings b WHERE NOT EXISTS (SELECT FROM stays s WHERE s.booking_id = b.id)"),
            (
                "bookings without their event",
                "SELECT count(*) FROM bookings b WHERE 1 <> (SELECT count(*) FROM outbox o WHERE o.entity_id = b.id AND o.kind = 'booking.created')",
            ),
        ] {
            assert_eq!(self.number(sql).await, 0, "{what}");
        }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        for task in &self.background {
            task.abort();
        }
    }
}

/// A new place on the stores of `stack`, with all tables, and the settings for it.
pub async fn place_on(stack: &DevStack) -> Config {
    let place = unique("test");
    create_database(stack, &place).await;
    let database_url = Some(format!("{}?application_name={place}", url_of(stack, &place)));
    Config { database_url, ..config_for(stack, &place) }
}

/// Copies the database with all tables, which the first test makes: the migrations take longer than most tests.
async fn create_database(stack: &DevStack, name: &str) {
    let mut conn = AsyncPgConnection::establish(stack.database_url()).await.expect("a connection");
    conn.batch_execute("SELECT pg_advisory_lock(1)").await.expect("a lock");
    if conn.batch_execute("CREATE DATABASE all_tables").await.is_ok() {
        let mut tables = AsyncPgConnection::establish(&url_of(stack, "all_tables")).await.expect("a connection");
        tables.batch_execute(ddl()).await.expect("the tables");
        migrate_person_keys(person_keys_url(stack)).await;
        // It would look into hundreds of databases that nobody needs any more.
        conn.batch_execute("ALTER SYSTEM SET autovacuum = off").await.expect("a setting");
        conn.batch_execute("SELECT pg_reload_conf()").await.expect("a setting");
    }
    conn.batch_execute("SELECT pg_advisory_unlock(1)").await.expect("a lock");
    // To copy a thousand small files costs a quarter of what their pages cost in the log.
    conn.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE all_tables STRATEGY file_copy")).await.expect("a database");
}

/// The database of keys of all places on a stack: where the keys have ids that no two share, one will do.
fn person_keys_url(stack: &DevStack) -> String {
    url_of(stack, "hbs_keys")
}

/// Makes a database of keys with its tables. Migrations block, which runtimes of one thread refuse: so they have their own.
async fn migrate_person_keys(url: String) {
    let migrate = move || {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async { PersonKeys::new(&url).expect("an address").migrate().await }).expect("the database of keys");
    };
    tokio::task::spawn_blocking(migrate).await.expect("an end");
}

/// Makes the database of keys on a stack, unless another test has.
pub async fn make_person_keys(stack: &DevStack) {
    let mut conn = AsyncPgConnection::establish(stack.database_url()).await.expect("a connection");
    conn.batch_execute("SELECT pg_advisory_lock(1)").await.expect("a lock");
    migrate_person_keys(person_keys_url(stack)).await;
}

fn url_of(stack: &DevStack, database: &str) -> String {
    let server = stack.database_url().strip_suffix("/hbs").expect("the database of the stack");
    format!("{server}/{database}")
}

/// Returns all migrations in their order.
pub fn ddl() -> &'static str {
    static DDL: OnceLock<String> = OnceLock::new();
    DDL.get_or_init(|| {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
        let mut folders: Vec<_> = std::fs::read_dir(root).expect("migrations").flatten().map(|entry| entry.path()).collect();
        folders.sort();
        folders.iter().map(|folder| std::fs::read_to_string(folder.join("up.sql")).expect("up.sql")).collect()
    })
}
