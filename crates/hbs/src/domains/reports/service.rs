use super::dto::{MonthOut, StaysQuery, StaysReport};
use super::repository;
use crate::Result;
use crate::app::App;
use crate::domains::properties;
use crate::error::Or404;
use crate::security::Staff;
use crate::security::permission::ReportsRead;
use chrono::NaiveDate;

/// Stays by month of arrival.
pub async fn stays(app: &App, staff: &Staff<ReportsRead>, query: &StaysQuery) -> Result<StaysReport> {
    staff.at(query.property_id)?;
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, query.property_id).await?.or_404("property")?;
    // Not `NaiveDate::MIN`, which lies before the first date of PostgreSQL.
    let (from, to) = (query.from.unwrap_or_default(), query.to.unwrap_or(NaiveDate::MAX));
    let rows = repository::stays_by_arrival_month(&conn, property.id, from, to).await?;
    let items = rows.iter().map(|row| MonthOut::new(row, property.currency)).collect();
    Ok(StaysReport { property_id: property.id, group: query.group, items })
}
