//! Guests of stays, as hotels in many countries must record them. Numbers of documents are masked, but for one that is revealed.
use super::desk::Desk;
use super::people;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::dto::{IdentityDocument, RevealStayDocument, StayGuestsOut};
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::{Booking, BookingChange, Document, Guest, Stay, StayGuestRow};
use crate::domains::bookings::repository;
use crate::domains::guests::masking::{self, Numbered, is_masked};
use crate::domains::guests::{Person, Profile};
use crate::error::Or404;
use crate::forgetting::{Forgotten, Past};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event, Recorded};
use crate::reading::{self, Revealing};
use crate::security::permission::{GuestDocumentsRead, GuestsRead, StaysCheckIn};
use crate::security::{DataKey, Staff};
use crate::stores::postgres::Conn;
use crate::version::{IfMatch, MustMatch, changed_meanwhile};
use crate::{Error, Result};
use chrono::{DateTime, Days, Utc};
use diesel_async::AsyncConnection;
use uuid::Uuid;

pub async fn guests(app: &App, staff: &Staff<GuestsRead>, (booking_id, stay_id): (Uuid, Uuid)) -> Result<StayGuestsOut> {
    let conn = app.db.conn().await?;
    let booking = repository::find(&conn, &staff.reach(), booking_id).await?.or_404("booking")?;
    let stay = find_stay(&conn, &booking, stay_id).await?;
    let rows = repository::guests_of(&conn, booking.property_id, &[stay.id]).await?;
    let guests = rows.into_iter().map(|row| opened(row, &app.security.data_key)).collect::<Result<_>>()?;
    Ok(StayGuestsOut::new(stay.id, booking.version, guests))
}

/// Shows the document of one guest of a stay in full, with the version of the booking. That it is shown is on the record before
/// it is. Nothing else is stored, so no idempotency key keeps a copy of it.
pub async fn reveal_document(
    app: &App,
    staff: &Staff<GuestDocumentsRead>,
    seen: IfMatch,
    (booking_id, stay_id): (Uuid, Uuid),
    RevealStayDocument { position }: RevealStayDocument,
) -> Result<(i64, IdentityDocument)> {
    let (cause, reach) = (staff.caller.cause(app.clock.now()), staff.reach());
    let mut conn = app.db.conn().await?;
    let shown = conn
        .transaction(async |conn| {
            let booking = repository::find(conn, &reach, booking_id).await?.or_404("booking")?;
            let stay = find_stay(conn, &booking, stay_id).await?;
            seen.check(booking.version)?;
            let rows = repository::guests_of(conn, booking.property_id, &[stay.id]).await?;
            let row = rows.into_iter().find(|row| row.position == position);
            let document = row.map(|row| opened(row, &app.security.data_key)).transpose()?.and_then(|guest| guest.document);
            let document = document.ok_or_else(|| Error::invalid("/position", "is not that of a guest with a document"))?;
            let event = reading::revealed(stay.entity(), Revealing::StayGuestDocument).with("position", position);
            outbox::publish(conn, &cause, [event]).await?;
            Ok::<_, Error>((booking.version, IdentityDocument::from(document)))
        })
        .await?;
    app.relay.wake();
    Ok(shown)
}

/// Records the guests of a stay, in place of those on record. A number that is given as it is shown stays as it is.
pub async fn set_guests(
    app: &App,
    staff: &Staff<StaysCheckIn>,
    key: &IdempotencyKey,
    seen: MustMatch,
    (booking_id, stay_id): (Uuid, Uuid),
    guests: &[Guest],
) -> Result<Answer> {
    let now = app.clock.now();
    check_born(guests, now).map_err(|place| Error::invalid(format!("/guests/{place}/birth_date"), "is not past"))?;
    let (cause, reach) = (staff.caller.cause(now), staff.reach());
    app.change(key, async |conn| {
        let before = repository::find(conn, &reach, booking_id).await?.or_404("booking")?;
        seen.check(before.version)?;
        let stay = find_stay(conn, &before, stay_id).await?;
        let rows_before = repository::guests_of(conn, before.property_id, &[stay.id]).await?;
        let known = rows_before.iter().cloned().map(|row| opened(row, &app.security.data_key)).collect::<Result<Vec<Guest>>>()?;
        let guests = with_numbers(guests, &known)?;
        if known == guests {
            return Ok(Answer::unchanged(before.version, &StayGuestsOut::new(stay.id, before.version, known))?.secret());
        }
        let persons: Vec<Person<'_>> = guests.iter().map(Guest::person).collect();
        let profiles = people::registered(conn, &cause, (&before, &stay), &rows_before, &persons).await?;
        let after = repository::update(conn, &before, &BookingChange::default(), now).await?;
        let after = after.ok_or_else(|| changed_meanwhile(before.version + 1))?;
        let gone = repository::delete_guests(conn, before.property_id, stay.id).await?;
        let rows = rows(before.property_id, stay.id, &guests, &profiles, &app.security.data_key, now)?;
        repository::insert_guests(conn, &rows).await?;
        // Who they are is not for the record.
        let event = Event::of("stay.guests_registered", &stay).and("registered_guests", gone, guests.len());
        outbox::publish(conn, &cause, [event]).await?;
        // The answer is kept for a repeated request, hence encrypted.
        Ok(Answer::ok(after.version, &StayGuestsOut::new(stay.id, after.version, guests))?.secret())
    })
    .await
}

/// Refuses guests who would be born in the future, by their place. Wherever the hotel is, its date is not later than
/// tomorrow.
pub(super) fn check_born(guests: &[Guest], now: DateTime<Utc>) -> Result<(), usize> {
    let tomorrow = now.date_naive() + Days::new(1);
    match guests.iter().position(|guest| guest.birth_date.is_some_and(|born| born > tomorrow)) {
        Some(place) => Err(place),
        None => Ok(()),
    }
}

/// Puts the numbers on record in the place of those that are given as they are shown.
fn with_numbers(given: &[Guest], known: &[Guest]) -> Result<Vec<Guest>> {
    let numbers = masking::numbers(&numbered(given), &numbered(known))
        .map_err(|place| Error::invalid(format!("/guests/{place}/document/number"), masking::NOT_ON_RECORD))?;
    let guest = |(guest, number): (&Guest, Option<&str>)| {
        let document = guest.document.as_ref().zip(number);
        let document = document.map(|(document, number)| Document { number: number.to_owned(), ..document.clone() });
        Guest { document, ..guest.clone() }
    };
    Ok(given.iter().zip(numbers).map(guest).collect())
}

fn numbered(guests: &[Guest]) -> Vec<Option<Numbered<'_>>> {
    let documents = guests.iter().map(|guest| guest.document.as_ref());
    documents
        .map(|document| document.map(|Document { kind, country, number }| Numbered { kind: *kind, country, number }))
        .collect()
}

/// Refuses guests whose documents have masked numbers, by their place: nothing is on record yet that could be meant.
pub(super) fn check_unmasked(guests: &[Guest]) -> Result<(), usize> {
    let is_hidden = |guest: &Guest| guest.document.as_ref().is_some_and(|document| is_masked(&document.number));
    guests.iter().position(is_hidden).map_or(Ok(()), Err)
}

/// Forgets documents of guests of stays that are due. Whoever writes some at the same time is waited for, and what was written
/// stays. Who stayed remains on record.
pub async fn forget_documents(conn: &Conn, past: Past, limit: i64, now: DateTime<Utc>) -> Result<Forgotten> {
    let due = repository::due_documents(conn, past, limit).await?;
    repository::lock_bookings_of(conn, past.property_id, &due.ids).await?;
    let still = due.still(&repository::due_documents(conn, past, limit).await?);
    repository::forget_documents(conn, past.property_id, &still, now).await?;
    Ok(Forgotten::things(still.len()))
}

/// A stay with who is on record as its guests, and the number of its room.
pub struct Registered {
    pub stay: Stay,
    pub guests: Vec<Guest>,
    pub room_number: Option<String>,
}

/// A stay of a booking with its guests, for use cases of others.
pub async fn registered(conn: &Conn, data_key: &DataKey, booking: &Booking, stay_id: Uuid) -> Result<Registered> {
    let stay = find_stay(conn, booking, stay_id).await?;
    let rows = repository::guests_of(conn, booking.property_id, &[stay.id]).await?;
    let guests = rows.into_iter().map(|row| opened(row, data_key)).collect::<Result<_>>()?;
    let numbers = repository::room_numbers(conn, stay.room_id.as_slice()).await?;
    let room_number = stay.room_id.and_then(|id| numbers.get(&id).cloned());
    Ok(Registered { stay, guests, room_number })
}

/// The guests of some stays of a hotel, each with the stay, for use cases of others.
pub async fn registered_in(conn: &Conn, data_key: &DataKey, property_id: Uuid, stays: &[Uuid]) -> Result<Vec<(Uuid, Guest)>> {
    let rows = repository::guests_of(conn, property_id, stays).await?;
    rows.into_iter().map(|row| Ok((row.stay_id, opened(row, data_key)?))).collect()
}

async fn find_stay(conn: &Conn, booking: &Booking, stay_id: Uuid) -> Result<Stay> {
    let stays = repository::stays_of(conn, &[booking]).await?;
    stays.into_iter().find(|stay| stay.id == stay_id).or_404("stay")
}

/// Guests in the order in which they are named, as they are stored, each with the profile.
pub(super) fn rows(
    property_id: Uuid,
    stay_id: Uuid,
    guests: &[Guest],
    profiles: &[Profile],
    data_key: &DataKey,
    now: DateTime<Utc>,
) -> Result<Vec<StayGuestRow>> {
    let row = |((position, guest), profile): ((i32, &Guest), &Profile)| {
        let Guest { full_name, birth_date, nationality, document } = guest;
        let seal = |document: &Document| data_key.seal(&purpose(stay_id, position), document.number.as_bytes());
        Ok(StayGuestRow {
            property_id,
            stay_id,
            position,
            full_name: full_name.clone(),
            birth_date: *birth_date,
            nationality: nationality.clone(),
            document_kind: document.as_ref().map(|document| document.kind),
            document_country: document.as_ref().map(|document| document.country.clone()),
            document_number: document.as_ref().map(seal).transpose()?,
            guest_id: Some(profile.id),
            created_at: now,
            updated_at: now,
        })
    };
    (0..).zip(guests).zip(profiles).map(row).collect()
}

fn opened(row: StayGuestRow, data_key: &DataKey) -> Result<Guest> {
    let StayGuestRow {
        stay_id,
        position,
        full_name,
        birth_date,
        nationality,
        document_kind,
        document_country,
        document_number: sealed,
        ..
    } = row;
    let number = sealed.map(|sealed| document_number(data_key, (stay_id, position), &sealed)).transpose()?;
    let document = match (document_kind, number, document_country) {
        (Some(kind), Some(number), Some(country)) => Some(Document { kind, number, country }),
        _ => None,
    };
    Ok(Guest { full_name, birth_date, nationality, document })
}

/// Opens the number of the document of a guest of a stay, by the position.
pub fn document_number(data_key: &DataKey, (stay_id, position): (Uuid, i32), sealed: &[u8]) -> Result<String> {
    let number = data_key.open(&purpose(stay_id, position), sealed).map_err(Error::internal)?;
    String::from_utf8(number).map_err(Error::internal)
}

/// Puts the guests of a stay on record for another one, too: their documents are sealed for it.
pub(super) async fn copy_guests(conn: &Conn, data_key: &DataKey, from: &Stay, to: Uuid, now: DateTime<Utc>) -> Result<()> {
    let there = repository::guests_of(conn, from.property_id, &[from.id]).await?;
    let copy = |row: StayGuestRow| {
        let seal = |sealed: &Vec<u8>| {
            let number = data_key.open(&purpose(from.id, row.position), sealed).map_err(Error::internal)?;
            data_key.seal(&purpose(to, row.position), &number)
        };
        let document_number = row.document_number.as_ref().map(seal).transpose()?;
        Ok(StayGuestRow { stay_id: to, document_number, created_at: now, updated_at: now, ..row })
    };
    let rows: Vec<StayGuestRow> = there.into_iter().map(copy).collect::<Result<_>>()?;
    repository::insert_guests(conn, &rows).await?;
    Ok(())
}

fn purpose(stay_id: Uuid, position: i32) -> String {
    format!("stay-guest:{stay_id}:{position}")
}

/// Checks that somebody of each room is on record, if the hotel requires it.
pub(super) async fn check_identified(desk: &Desk<'_>, stays: &[Uuid]) -> Result<()> {
    let unknown = repository::unidentified(desk.conn, desk.property_id(), stays).await?;
    if unknown.is_empty() { Ok(()) } else { Err(BookingError::IdentityMissing(unknown).into()) }
}
