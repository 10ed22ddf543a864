//! Forgetting what the time of is over: documents of those who left, and profiles of those who do not come any more.
use crate::Result;
use crate::domains::guests::repository;
use crate::forgetting::{Forgotten, Past};
use crate::stores::postgres::Conn;
use chrono::{DateTime, Utc};

/// Forgets documents that are due. Whoever writes some at the same time is waited for, and what was written stays.
pub async fn forget_documents(conn: &Conn, past: Past, limit: i64) -> Result<Forgotten> {
    let due = repository::due_documents(conn, past, limit).await?;
    repository::lock_merged(conn, past.property_id, &due.ids).await?;
    let still = due.still(&repository::due_documents(conn, past, limit).await?);
    repository::forget_documents(conn, past.property_id, &still).await?;
    Ok(Forgotten::things(still.len()))
}

/// Clears profiles that are due, with their documents and with what merges remember of them.
pub async fn forget_profiles(conn: &Conn, past: Past, limit: i64, now: DateTime<Utc>) -> Result<Forgotten> {
    let due = repository::due_profiles(conn, past, limit).await?;
    repository::lock_merged(conn, past.property_id, &due.ids).await?;
    let still = due.still(&repository::due_profiles(conn, past, limit).await?);
    repository::forget_documents(conn, past.property_id, &still).await?;
    repository::empty_merges(conn, past.property_id, &still, now).await?;
    repository::clear(conn, past.property_id, &still, now).await?;
    Ok(Forgotten::things(still.len()))
}
