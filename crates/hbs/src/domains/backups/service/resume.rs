//! The end of the quarantine: what the gateways know is asked for first, and who was erased since the backup is erased again.
use super::super::repository;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::payments;
use crate::outbox::{key_ids, sinks};
use crate::person_keys::ListedErasure;
use crate::quarantine;
use crate::{Error, Result};
use uuid::Uuid;

/// What came of it.
#[derive(Debug)]
pub struct Resumed {
    /// Payments of which the gateway knew something else, with the states that they have now.
    pub payments: Vec<(Uuid, String)>,
    /// Number of erasures that were replayed.
    pub erasures: usize,
}

/// Asks the gateways for all payments that are under way, and ends the quarantine.
pub async fn resume(app: &App) -> Result<Resumed> {
    if quarantine::find(&*app.db.conn().await?).await?.is_none() {
        return Err(Error::internal("HBS is not in quarantine: there is nothing to resume"));
    }
    if let Some(ahead) = sinks::ahead(app).await? {
        return Err(Error::internal(ahead.to_string()));
    }
    let erasures = replay_erasures(app).await?;
    let began = Clock::real_now();
    payments::reconcile(app).await?;
    let conn = app.db.conn().await?;
    let payments = repository::payments_changed_since(&conn, began).await?;
    quarantine::end(&conn, Clock::real_now()).await?;
    Ok(Resumed { payments, erasures })
}

/// Does again what was erased, of whatever the archive brought back: it may be older than the erasure. Without the list nobody
/// knows who that is, so the quarantine goes on.
async fn replay_erasures(app: &App) -> Result<usize> {
    let listed = app.person_keys.listed_erasures().await.map_err(|error| {
        tracing::error!(?error, "the list of erasures could not be read");
        Error::internal(
            "person_keys_url: the list of erasures cannot be read, and whoever was erased since the backup would be back. \
             The quarantine goes on: see to the database of the keys of persons, then resume",
        )
    })?;
    for erasure in &listed {
        replay(app, erasure).await?;
    }
    Ok(listed.len())
}

/// Destroys the keys of what the record says of a person: those of a store that was itself brought back are there again.
async fn replay(app: &App, erasure: &ListedErasure) -> Result<()> {
    let ListedErasure { user_id, profile_ids, booking_ids, .. } = erasure;
    let of_person: Vec<Uuid> = user_id.iter().chain(profile_ids).chain(booking_ids).copied().collect();
    let keys = key_ids::find(app, &of_person, booking_ids).await?;
    app.person_keys.destroy(&keys).await.map(drop)
}
