//! Forgetting cards whose time is over, with their signatures.
use super::cards::signature_of;
use crate::Result;
use crate::domains::registration_cards::repository;
use crate::forgetting::{Forgotten, Past};
use crate::stores::postgres::Conn;

/// Forgets cards that are due. Whoever signs one at the same time is waited for.
pub async fn forget_cards(conn: &Conn, past: Past, limit: i64) -> Result<Forgotten> {
    let due = repository::due_cards(conn, past, limit).await?;
    repository::lock_stays_of(conn, past.property_id, &due.ids).await?;
    let still = due.still(&repository::due_cards(conn, past, limit).await?);
    let gone = repository::delete(conn, past.property_id, &still).await?;
    let files = gone.iter().filter_map(signature_of).map(|(name, _)| name).collect();
    Ok(Forgotten { count: gone.len(), files })
}
