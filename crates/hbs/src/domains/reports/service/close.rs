use crate::Result;
use crate::domains::reports::repository;
use crate::stores::postgres::Conn;
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// Writes down what a date came to, within the transaction that closes it. The caller holds the property, and no entry counts on
/// the date any more.
pub async fn close_date(conn: &Conn, property_id: Uuid, date: NaiveDate, now: DateTime<Utc>) -> Result<()> {
    repository::write_day(conn, property_id, date, now).await?;
    repository::write_stays(conn, property_id, date, now).await?;
    repository::write_arrivals(conn, property_id, date, now).await?;
    repository::write_pickups(conn, property_id, date, now).await?;
    repository::write_terms(conn, property_id, date, now).await?;
    Ok(())
}
