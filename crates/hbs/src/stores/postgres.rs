//! PostgreSQL: the store of record.
mod run;

pub use run::RunQueryDsl;

use crate::{Error, Result};
use diesel::IntoSql;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{Array, Integer, Nullable, Text};
use diesel_async::pooled_connection::deadpool::{Hook, HookError, Object, Pool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::pin::pin;
use std::time::Duration;

/// A PostgreSQL connection.
///
/// Repositories take `&Conn`: a shared borrow can run queries (several at once, pipelined) but
/// cannot open a transaction. Only services hold `&mut Conn`, so only services decide what is
/// atomic. The one wart: diesel asks for `&mut impl AsyncConnection`, and a *shared* reference is
/// one, so repositories write `mut conn: &Conn` and pass `&mut conn`.
///
/// Futures joined by `futures_util::try_join!` are one round trip, and the server runs them in the
/// order in which they are written, also when their statements have to be prepared first: the
/// statement cache is locked until then and serves in order. (tokio's `try_join!` takes turns in
/// polling and may report a later statement's "transaction is aborted" for the first one's error.)
pub type Conn = AsyncPgConnection;

pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// Maximum age of a connection: its plans grow stale and its statement cache grows.
const CONNECTION_MAX_AGE: Duration = Duration::from_secs(3600);

/// Settings of each connection.
///
/// Ids and dates say little about how many rows there are: a plan made once is as good as one made anew for each execution, which
/// PostgreSQL else does for lists of ids.
///
/// A process that is stopped in the midst of a transaction, or cut off, keeps its locks until the server ends the transaction,
/// which it does when nothing has been said in it for so long. Whoever does work elsewhere meanwhile gives signs of life: see
/// [`while_leading`].
const SESSION: &str = "SET plan_cache_mode = force_generic_plan; SET idle_in_transaction_session_timeout = '30s'";

/// Time between two signs of life of a transaction whose work is done elsewhere.
const PULSE: Duration = Duration::from_secs(5);

/// The pool of connections; a clone shares it.
#[derive(Clone)]
pub struct Db {
    pool: Pool<Conn>,
}

impl Db {
    /// Sets up the pool; the first connection is made when it is first asked for.
    pub fn new(url: &str, max_size: usize) -> Result<Self> {
        let mut config = ManagerConfig::default();
        // No ping at every checkout. Closed connections and open transactions are noticed anyway.
        config.recycling_method = RecyclingMethod::Fast;
        let manager = AsyncDieselConnectionManager::<Conn>::new_with_config(url, config);
        let pool = Pool::builder(manager)
            .max_size(max_size)
            .wait_timeout(Some(Duration::from_secs(20)))
            .create_timeout(Some(Duration::from_secs(5)))
            .runtime(deadpool_runtime())
            .post_create(Hook::async_fn(|conn: &mut Conn, _| {
                Box::pin(async move {
                    let set = conn.batch_execute(SESSION).await;
                    set.map_err(|error| HookError::message(error.to_string()))
                })
            }))
            .pre_recycle(Hook::sync_fn(|_, metrics| {
                if metrics.age() > CONNECTION_MAX_AGE {
                    return Err(HookError::message("the connection is old"));
                }
                Ok(())
            }))
            .build()
            .map_err(Error::internal)?;
        Ok(Self { pool })
    }

    pub async fn conn(&self) -> Result<Object<Conn>> {
        Ok(self.pool.get().await?)
    }

    /// Brings the database to the newest schema and names the migrations that were run.
    pub async fn migrate(&self) -> Result<Vec<String>> {
        self.run(MIGRATIONS).await
    }

    /// Runs those of some migrations that the database has not had, and names them.
    pub async fn run(&self, migrations: EmbeddedMigrations) -> Result<Vec<String>> {
        let conn = Object::take(self.conn().await?);
        let mut harness = AsyncMigrationHarness::new(conn);
        let versions = harness.run_pending_migrations(migrations).map_err(Error::internal)?;
        Ok(versions.iter().map(ToString::to_string).collect())
    }

    /// Tells what a careful operator would ask of the server.
    pub async fn condition(&self) -> Result<Condition> {
        let query = constant_sql(
            "SELECT current_setting('server_version_num')::int AS version,
                    current_setting('is_superuser')::bool AS is_superuser,
                    current_setting('fsync')::bool AS fsync,
                    current_setting('full_page_writes')::bool AS full_page_writes,
                    current_setting('synchronous_commit') <> 'off' AS commits_last",
        );
        Ok(query.get_result(&mut &*self.conn().await?).await?)
    }

    /// The migrations that this program has and the database has not.
    pub async fn pending_migrations(&self) -> Result<usize> {
        let conn = Object::take(self.conn().await?);
        let mut harness = AsyncMigrationHarness::new(conn);
        Ok(harness.pending_migrations(MIGRATIONS).map_err(Error::internal)?.len())
    }
}

/// The newest migration that this program has.
pub fn newest_migration() -> Result<String> {
    let all = MigrationSource::<Pg>::migrations(&MIGRATIONS).map_err(Error::internal)?;
    let versions = all.iter().map(|migration| migration.name().version().to_string());
    versions.max().ok_or_else(|| Error::internal("the program has no migrations"))
}

/// Condition of a server, as far as it decides about what is written.
#[derive(Debug, diesel::QueryableByName)]
pub struct Condition {
    /// Version, as a number: 170002 for 17.2.
    #[diesel(sql_type = Integer)]
    pub version: i32,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    pub is_superuser: bool,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    pub fsync: bool,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    pub full_page_writes: bool,
    /// `true` if what is committed lasts.
    #[diesel(sql_type = diesel::sql_types::Bool)]
    pub commits_last: bool,
}

fn deadpool_runtime() -> deadpool::Runtime {
    deadpool::Runtime::Tokio1
}

#[diesel::declare_sql_function]
extern "SQL" {
    fn pg_try_advisory_xact_lock(number: Integer, schema: Integer) -> Bool;
    fn hashtext(text: Text) -> Integer;
    fn current_schema() -> Text;
}

/// Makes this transaction the only one in the schema that does a piece of work, until it ends. False if another process is
/// at it. The name decides alone, so that old and new programs agree on it while an upgrade rolls.
pub async fn try_lead(mut conn: &Conn, work: &str) -> QueryResult<bool> {
    diesel::select(pg_try_advisory_xact_lock(lock_of(work), hashtext(current_schema()))).get_result(&mut conn).await
}

/// Lets this transaction end without waiting for the disk. If the server dies in the moments after it, the transaction may not
/// have been, though nothing that was committed before it is lost: for what comes to the same when it is done again.
pub async fn end_at_once(mut conn: &Conn) -> QueryResult<usize> {
    Cached(constant_sql("SET LOCAL synchronous_commit = off")).execute(&mut conn).await
}

/// Does work elsewhere while this transaction is open, and lets the server know now and then that somebody is there. The work may
/// use the transaction, too.
///
/// The work is left where it is, with an error, as soon as the transaction turns out to be lost: another process may be at it by
/// then. A process that was stopped for long notices that only after its next step, so that step must do no harm.
pub async fn while_leading<T>(mut conn: &Conn, work: impl Future<Output = Result<T>>) -> Result<T> {
    let mut work = pin!(work);
    loop {
        if let Ok(done) = tokio::time::timeout(PULSE, work.as_mut()).await {
            return done;
        }
        let mut pulse = pin!(diesel::select(1_i32.into_sql::<Integer>()).execute(&mut conn));
        tokio::select! {
            is_there = pulse.as_mut() => {
                is_there?;
            }
            // What is under way on a connection is waited for.
            done = work.as_mut() => {
                pulse.await?;
                return done;
            }
        }
    }
}

/// Locks that had a number before they had a name, and keep it: two relays at once would break the chain, so old and new
/// programs must agree on it while an upgrade rolls.
const NUMBERED: &[(&str, i32)] = &[("outbox.relay", 1), ("audit_logs", 2), ("booking_logs", 3), ("security.signing_keys", 900)];

/// The number of the advisory lock for a piece of work: FNV-1a of its name, the same in every version of HBS.
pub fn lock_of(work: &str) -> i32 {
    if let Some((_, number)) = NUMBERED.iter().find(|(name, _)| *name == work) {
        return *number;
    }
    let hash = work.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash.cast_signed()
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Text as searches compare it: in lower case, without accents. A function of the migrations.
    fn folded(text: Text) -> Text;
    /// Says that a text has another one somewhere in it, as searches compare them. A function of the migrations.
    fn mentions(text: Nullable<Text>, part: Nullable<Text>) -> Nullable<Bool>;
    /// Says that a folded text has each of some words somewhere in it. A function of the migrations.
    fn mentions_all(text: Text, words: Array<Text>) -> Bool;
    /// All runs of three characters of a text, by which an index finds words in it. A function of the migrations.
    fn trigrams(text: Text) -> Array<Text>;
    /// Trigrams of words that are looked for. A function of the migrations.
    fn trigrams_of(words: Array<Text>) -> Array<Text>;
    /// Says that a search text has each of these words, in whatever order. A function of the migrations.
    fn has_words(text: Text, words: Text) -> Bool;
}

/// Keeps the prepared statement of a query whose SQL text never varies.
///
/// Diesel prepares `UPDATE`, `ON CONFLICT DO UPDATE` and multi-row inserts anew each time, which
/// costs a round trip and ends pipelining. The text is the cache's key, so a text that varies with
/// the number of rows is one entry per number: keep that number small.
pub struct Cached<Q>(pub Q);

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Cached<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }
    fn is_safe_to_cache_prepared(&self, _: &Pg) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q> QueryId for Cached<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Cached<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, C> diesel::RunQueryDsl<C> for Cached<Q> {}

/// SQL that the DSL cannot say, such as `FROM unnest(…)`. To be run within [`Cached`], hence constant.
#[expect(clippy::disallowed_methods, reason = "the one place, so that what is unchecked is easy to find")]
pub fn constant_sql(sql: &'static str) -> diesel::query_builder::SqlQuery {
    diesel::sql_query(sql)
}

/// A condition in just the words of a partial index. Plans are made once and know no parameters, so what is bound does not tell
/// them that the index serves.
pub fn as_indexed(condition: &'static str) -> diesel::expression::SqlLiteral<diesel::sql_types::Bool> {
    diesel::dsl::sql(condition)
}
