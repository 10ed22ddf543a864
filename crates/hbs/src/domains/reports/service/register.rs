//! The police register of a night.
use crate::Result;
use crate::app::App;
use crate::domains::bookings::{self, Guest};
use crate::domains::properties;
use crate::domains::reports::dto::{OfHotel, RegisterLine, RegisterReport};
use crate::domains::reports::model::NightStayRow;
use crate::domains::reports::repository;
use crate::error::Or404;
use crate::outbox::{self, Event};
use crate::security::permission::{GuestDocumentsRead, GuestsRead, ReportsRead};
use crate::security::{Permission, Staff};
use chrono::NaiveDate;
use diesel_async::AsyncConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// Most stays of a register.
const MOST_STAYS: i64 = 10_000;

/// Who was in a hotel during a night. Numbers of documents are for those who may read these, and whoever does is on the record.
pub async fn register(
    app: &App,
    staff: &Staff<ReportsRead>,
    OfHotel { property_id }: OfHotel,
    date: Option<NaiveDate>,
) -> Result<RegisterReport> {
    staff.at(property_id)?;
    staff.caller.require::<GuestsRead>(property_id)?;
    let mut conn = app.db.conn().await?;
    let property = properties::find(&conn, property_id).await?.or_404("property")?;
    let date = date.unwrap_or_else(|| property.business_date(app.clock.now()));
    let mut stays = repository::stays_of_night(&conn, property.id, date, MOST_STAYS + 1).await?;
    let most = usize::try_from(MOST_STAYS).unwrap_or(usize::MAX);
    let is_complete = stays.len() <= most;
    stays.truncate(most);
    let ids: Vec<Uuid> = stays.iter().map(|stay| stay.stay_id).collect();
    let mut guests: HashMap<Uuid, Vec<Guest>> = HashMap::new();
    for (stay_id, guest) in bookings::registered_in(&conn, &app.security.data_key, property.id, &ids).await? {
        guests.entry(stay_id).or_default().push(guest);
    }
    let shows_document_numbers = staff.caller.holds(GuestDocumentsRead::NAME, Some(property.id));
    let documents = guests.values().flatten().filter(|guest| guest.document.is_some()).count();
    if shows_document_numbers && documents > 0 {
        let cause = staff.caller.cause(app.clock.now());
        let event = Event::of("property.register_read", &property).with("business_date", date).with("documents", documents);
        conn.transaction(async |conn| outbox::publish(conn, &cause, [event]).await).await?;
        app.relay.wake();
    }
    let mut items = Vec::new();
    for stay in &stays {
        match guests.remove(&stay.stay_id) {
            Some(guests) => items.extend(guests.into_iter().map(|guest| line(stay, guest, shows_document_numbers))),
            None => items.push(RegisterLine::unregistered(stay)),
        }
    }
    let hotels = vec![property.name];
    Ok(RegisterReport { property_id: property.id, date, shows_document_numbers, items, is_complete, hotels })
}

fn line(stay: &NightStayRow, guest: Guest, shows_document_numbers: bool) -> RegisterLine {
    let Guest { full_name, birth_date, nationality, document } = guest;
    let mut line = RegisterLine { is_registered: true, full_name, birth_date, nationality, ..RegisterLine::unregistered(stay) };
    if let Some(document) = document {
        line.document_kind = Some(document.kind);
        line.document_country = Some(document.country);
        line.document_number = Some(document.number).filter(|_| shows_document_numbers);
    }
    line
}
