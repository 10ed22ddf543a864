//! The end of the quarantine: what the gateways know is asked for first, and who was erased since the backup is erased again.
use super::adopt;
use super::place::Archives;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::{payments, privacy};
use crate::outbox::sinks;
use crate::quarantine::{self, Restored};
use crate::{Error, Result};
use chrono::TimeDelta;

/// Time before the moment that was restored from which payments are looked for: clocks are apart.
const CLOCKS_APART: TimeDelta = TimeDelta::hours(1);
/// The same where nobody knows of which moment it is: from before it was put into quarantine.
const UNKNOWN: TimeDelta = TimeDelta::days(7);
/// Erasures that are read from the list at a time.
const ERASURES: i64 = 100;

/// Outcome of the end of a quarantine.
#[derive(Debug)]
pub struct Resumed {
    /// Payments of which the gateways knew something else, or of which HBS knows nothing.
    pub differences: Vec<payments::Difference>,
    /// Number of erasures that were replayed.
    pub erasures: usize,
    /// Number of archives that the database did not know.
    pub archives: usize,
}

/// Asks the gateways for all payments that are under way, and for those that were made since, and ends the quarantine. It goes on if a
/// gateway cannot say what it has.
pub async fn resume(app: &App) -> Result<Resumed> {
    let Some(Restored { quarantined_since, as_of, .. }) = quarantine::find(&*app.db.conn().await?).await? else {
        return Err(Error::internal("HBS is not in quarantine: there is nothing to resume"));
    };
    if let Some(ahead) = sinks::ahead(app).await? {
        return Err(Error::internal(ahead.to_string()));
    }
    let erasures = replay_erasures(app).await?;
    let now = Clock::real_now();
    let since = as_of.map_or_else(|| quarantined_since.unwrap_or(now) - UNKNOWN, |as_of| as_of - CLOCKS_APART);
    let differences = payments::reconcile_all(app, since).await?;
    quarantine::end(&*app.db.conn().await?, now).await?;
    Ok(Resumed { differences, erasures, archives: adopt_archives(app).await })
}

/// Takes in the archives that are younger than the restored one. Whether the place of the archives is there decides on no quarantine:
/// the next backup does the same.
async fn adopt_archives(app: &App) -> usize {
    if app.config.backup_url.is_none() {
        return 0;
    }
    let adopted = match Archives::of(&app.config) {
        Ok(archives) => Box::pin(adopt::adopt(app, &archives)).await,
        Err(error) => Err(error),
    };
    adopted.unwrap_or_else(|error| {
        tracing::warn!(?error, "archives that the database does not know could not be looked for");
        0
    })
}

/// Does again what was erased, of whatever the archive brought back: it may be older than the erasure. Without the list nobody
/// knows who that is, so the quarantine goes on.
async fn replay_erasures(app: &App) -> Result<usize> {
    let (mut last, mut replayed) = (None, 0);
    loop {
        let listed = app.person_keys.listed_erasures(last, ERASURES).await.map_err(|error| {
            tracing::error!(?error, "the list of erasures could not be read");
            Error::internal(
                "person_keys_url: the list of erasures cannot be read, and whoever was erased since the backup would be back. \
                 The quarantine goes on: see to the database of the keys of persons, then resume",
            )
        })?;
        let Some(newest) = listed.last() else { break };
        last = Some(newest.id);
        for erasure in &listed {
            privacy::replay(app, erasure).await?;
        }
        replayed += listed.len();
    }
    // The list may have been brought back from an older copy, and keys with it.
    privacy::complete_unlisted(app).await?;
    Ok(replayed)
}
