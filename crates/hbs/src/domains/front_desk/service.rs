use super::dto::{DeskStay, FrontDeskOut, FrontDeskQuery};
use super::model::StayRow;
use super::repository;
use super::rules::List;
use crate::app::App;
use crate::domains::properties;
use crate::http::Staff;
use crate::security::permission::BookingsRead;
use crate::{Error, Result};
use chrono::NaiveDate;

/// The lists of a day. Two round trips, however many stays.
pub async fn get(app: &App, staff: &Staff<BookingsRead>, query: &FrontDeskQuery) -> Result<FrontDeskOut> {
    staff.at(query.property_id)?;
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, query.property_id).await?.ok_or_else(|| Error::not_found("property"))?;
    let business_date = property.business_date(app.clock.now());
    let date = query.date.unwrap_or(business_date);
    let rows = repository::stays(&conn, property.id, date).await?;
    drop(conn);
    let list = |list| listed(&rows, list, date);
    Ok(FrontDeskOut {
        property_id: property.id,
        date,
        business_date,
        arrivals: list(List::Arrivals),
        departures: list(List::Departures),
        in_house: list(List::InHouse),
        unassigned: list(List::Unassigned),
    })
}

/// By room number, 99 before 101, those without a room first; then by name.
fn listed(rows: &[StayRow], list: List, date: NaiveDate) -> Vec<DeskStay> {
    let is_on = |row: &&StayRow| list.has(row.status, row.check_in, row.check_out, row.room_id.is_some(), date);
    let mut stays: Vec<DeskStay> = rows.iter().filter(is_on).map(DeskStay::from).collect();
    stays.sort_by(|one, other| {
        let key = |stay: &DeskStay| stay.room_number.as_ref().map(|number| (number.len(), number.clone()));
        key(one).cmp(&key(other)).then_with(|| one.guest.cmp(&other.guest))
    });
    stays
}
