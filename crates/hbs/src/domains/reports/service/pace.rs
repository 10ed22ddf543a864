use super::period::BY_DAY;
use crate::Result;
use crate::app::App;
use crate::domains::properties;
use crate::domains::reports::dto::{InPeriod, OfHotel, PaceLine, PaceQuery, PaceReport};
use crate::domains::reports::repository;
use crate::error::Or404;
use crate::periods::period;
use crate::security::Staff;
use crate::security::permission::ReportsRead;
use chrono::{Days, TimeDelta};

/// Days with which the books are compared, unless others are asked for.
const DAYS: i64 = 7;

/// How the books of nights stand at the end of a date, and how they stood before.
pub async fn pace(
    app: &App,
    staff: &Staff<ReportsRead>,
    OfHotel { property_id }: OfHotel,
    InPeriod { from, to }: InPeriod,
    PaceQuery { as_of, days }: PaceQuery,
) -> Result<PaceReport> {
    staff.at(property_id)?;
    let dates = period(from, to, BY_DAY)?;
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, property_id).await?.or_404("property")?;
    let as_of = as_of.unwrap_or_else(|| property.business_date(app.clock.now()) - Days::new(1));
    let compared_with = as_of - TimeDelta::days(days.unwrap_or(DAYS));
    let known_since = repository::closed(&conn, property_id).await?.first;
    let rows = repository::pace(&conn, property_id, dates, as_of, compared_with).await?;
    let items = rows.iter().map(|row| PaceLine::new(row, property.currency)).collect();
    Ok(PaceReport { property_id, as_of, compared_with, known_since, items, hotels: vec![property.name] })
}
