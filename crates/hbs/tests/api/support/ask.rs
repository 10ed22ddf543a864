//! Questions of tests to an app and its database.
use super::{TestApp, migrate_person_keys, place_on, stack, unique};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use hbs::config::Config;
use serde_json::Value;
use std::panic::Location;
use std::time::{Duration, Instant};

impl TestApp {
    /// HBS without background work, with settings of the test's own.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = place_on(stack().await).await;
        change(&mut config);
        Self::on(config).await
    }

    /// HBS with a database of keys that no other test writes, for tests of the list of erasures.
    pub async fn with_own_person_keys() -> Self {
        let own = |url: Option<String>| url.map(|url| url.replace("/hbs_keys", &format!("/{}", unique("keys"))));
        let app = Self::with(|config| config.person_keys_url = own(config.person_keys_url.take())).await;
        migrate_person_keys(app.app.config.person_keys_url.clone().expect("an address")).await;
        app
    }

    /// Starts another process on the same stores, with all its background work.
    pub async fn second(&self) -> Self {
        let mut second = Self::on(self.app.config.clone()).await;
        second.start_background();
        second
    }

    /// Returns the rows that SQL finds, each as a JSON object.
    pub async fn rows(&self, sql: &str) -> Vec<Value> {
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::Jsonb)]
            value: Value,
        }
        let rows: Vec<Row> = self.load(&format!("SELECT to_jsonb(t) AS value FROM ({sql}) t")).await;
        rows.into_iter().map(|row| row.value).collect()
    }

    /// A transaction on a connection of its own that has done something and is still open.
    pub async fn transaction(&self, sql: &str) -> AsyncPgConnection {
        let mut conn = self.connect().await;
        conn.batch_execute(&format!("BEGIN; {sql}")).await.expect(sql);
        conn
    }

    /// Returns how many of the app's connections wait for another transaction.
    pub async fn waiting_for_locks(&self) -> i64 {
        let place = &self.app.config.mongodb_database;
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name";
        self.number(&format!("{waiting} = '{place}'")).await
    }

    /// The kinds of all events there are, oldest first.
    pub async fn event_kinds(&self) -> Vec<String> {
        let rows = self.rows("SELECT kind FROM outbox ORDER BY id").await;
        rows.iter().filter_map(|row| row["kind"].as_str().map(String::from)).collect()
    }
}

/// Asks again and again until the answer is yes, and fails if it is not in time.
#[track_caller]
pub fn eventually<F: Future<Output = bool>>(within: Duration, mut ask: impl FnMut() -> F) -> impl Future<Output = ()> {
    let asked_at = Location::caller();
    async move {
        let started = Instant::now();
        while !ask().await {
            assert!(started.elapsed() < within, "not within {within:?}, asked at {asked_at}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
