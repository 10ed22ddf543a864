//! Keys of personal values in the record of events, in a database of their own.
//!
//! The record cannot be changed: what it once says of a person it says for good. So it keeps names, addresses and what people
//! write sealed, each event under a key of its own, and a person is erased from it by destroying the keys of their events.
//! Chains of hashes cover what was sealed and hold before and after. The keys are in neither of the stores that archives are
//! made of, or a restored archive would bring back who was erased.
//!
//! Whoever writes an event never waits for this database: each process has keys at hand that are stored already and were not
//! used. Without one, a value is withheld and not kept at all.
mod database;
mod key;
mod pool;
mod store;

pub use key::{LONGEST, PersonKey};
pub use store::ListedErasure;

use crate::stores::postgres::Db;
use crate::{Error, Result};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use pool::Pool;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations-keys");

/// Connections to the database. Nobody is in a hurry there.
const CONNECTIONS: usize = 2;
/// Keys that are stored by one statement.
const BATCH: usize = 256;
/// Pause after which a full pool is looked at, however few keys were taken.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// The keys that this process has at hand, and the database of all of them; a clone shares both.
#[derive(Clone)]
pub struct PersonKeys(Arc<Parts>);

struct Parts {
    url: String,
    db: Db,
    pool: Pool,
}

impl fmt::Debug for PersonKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonKeys")
    }
}

impl PersonKeys {
    /// Sets the keys up; the database is connected to when it is first needed.
    pub fn new(url: &str) -> Result<Self> {
        Ok(Self(Arc::new(Parts { url: url.to_owned(), db: Db::new(url, CONNECTIONS)?, pool: Pool::default() })))
    }

    /// Makes the database if there is none, brings it to the newest schema and names the migrations that were run.
    pub async fn migrate(&self) -> Result<Vec<String>> {
        database::ensure(&self.0.url).await.map_err(worded)?;
        let conn = self.0.db.conn().await.map_err(worded)?;
        if store::is_database_of_hbs(&conn).await? {
            return Err(Error::internal(
                "person_keys_url: leads to the database of HBS itself, whose archives would have the keys. Name another one",
            ));
        }
        drop(conn);
        self.0.db.run(MIGRATIONS).await
    }

    /// Returns `true` if the database answers and has its tables.
    pub async fn answers(&self) -> bool {
        let Ok(conn) = self.0.db.conn().await else { return false };
        store::has_tables(&conn).await.is_ok()
    }

    /// Takes a key that nothing was sealed with. None if there is none at hand, which is counted: what it was wanted for is
    /// withheld for good then.
    pub fn take(&self) -> Option<PersonKey> {
        self.0.pool.take()
    }

    /// Stores keys until as many are at hand as there should be.
    pub async fn fill(&self) -> Result<()> {
        while self.0.pool.lacks() {
            let keys: Vec<PersonKey> = (0..BATCH).map(|_| PersonKey::random()).collect();
            store::insert(&*self.0.db.conn().await?, &keys).await?;
            // Stored first: a key that was used and lost would be as good as destroyed.
            self.0.pool.put(keys);
        }
        Ok(())
    }

    /// Keeps keys at hand for as long as the process runs.
    pub async fn keep_filled(self) {
        loop {
            match self.fill().await {
                Ok(()) => drop(tokio::time::timeout(LOOK_AGAIN, self.0.pool.is_low()).await),
                Err(error) => {
                    tracing::warn!(
                        ?error,
                        "no keys could be stored: personal values of events are withheld when those at hand are used"
                    );
                    metrics::counter!("hbs_person_keys_failures_total").increment(1);
                    tokio::time::sleep(AFTER_FAILURE).await;
                }
            }
        }
    }

    /// Destroys the keys at hand that nothing was sealed with, at the end of the process.
    pub async fn give_back(&self) -> Result<()> {
        let unused: Vec<Uuid> = self.0.pool.drain().iter().map(PersonKey::id).collect();
        if !unused.is_empty() {
            self.destroy(&unused).await?;
        }
        Ok(())
    }

    /// Reads keys. Those that were destroyed are not among them.
    pub async fn open(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, PersonKey>> {
        let keys = store::find(&*self.0.db.conn().await?, ids).await?;
        Ok(keys.into_iter().map(|key| (key.id(), key)).collect())
    }

    /// Destroys keys, and returns how many there were. What was sealed with them can be read by nobody from then on.
    pub async fn destroy(&self, ids: &[Uuid]) -> Result<u64> {
        let conn = self.0.db.conn().await.map_err(apart)?;
        let destroyed = store::delete(&conn, ids).await.map_err(|error| apart(error.into()))?;
        u64::try_from(destroyed).map_err(Error::internal)
    }

    /// Adds an erasure to the list, once however often it is asked for.
    pub async fn list_erasure(&self, erasure: &ListedErasure) -> Result<()> {
        let conn = self.0.db.conn().await.map_err(apart)?;
        store::insert_erasure(&conn, erasure).await.map_err(|error| apart(error.into()))
    }

    /// Returns the next erasures after one, oldest first.
    pub async fn listed_erasures(&self, after: Option<Uuid>, limit: i64) -> Result<Vec<ListedErasure>> {
        Ok(store::list_erasures(&*self.0.db.conn().await?, after, limit).await?)
    }

    /// Returns those of some ids of erasures that are listed.
    pub async fn listed_among(&self, ids: &[Uuid]) -> Result<Vec<Uuid>> {
        Ok(store::listed_among(&*self.0.db.conn().await?, ids).await?)
    }
}

/// Tells a failure of this database from one of the database of HBS, without which no run goes on.
fn apart(error: Error) -> Error {
    if error.is_database_away() { Error::unavailable("The database of the keys of persons is not available.") } else { error }
}

/// Words an error for whoever runs a command, without the address, which has a password.
fn worded(error: Error) -> Error {
    match error {
        Error::Internal { source, .. } => {
            Error::internal(format!("person_keys_url: the database of the keys of persons cannot be used: {source}"))
        }
        error @ Error::Client(_) => error,
    }
}
