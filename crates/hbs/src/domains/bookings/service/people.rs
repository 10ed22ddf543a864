//! Profiles of those who book and stay.
use crate::domains::accounts;
use crate::domains::bookings::model::{Booking, BookingChange, Stay, StayGuestRow, TaxExemption};
use crate::domains::bookings::repository;
use crate::domains::guests::{self, Person, Profile};
use crate::outbox::Cause;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use uuid::Uuid;

/// Checks a profile that was chosen for a booking.
pub async fn check_guest(conn: &Conn, property_id: Uuid, guest_id: Option<Uuid>) -> Result<()> {
    let Some(id) = guest_id else { return Ok(()) };
    match guests::find_in(conn, property_id, id).await? {
        Some(_) => Ok(()),
        None => Err(Error::invalid("/guest_id", "is not a guest profile of the hotel")),
    }
}

/// Checks the account for which a booking is made.
pub async fn check_account(conn: &Conn, property_id: Uuid, account_id: Option<Uuid>) -> Result<()> {
    let Some(id) = account_id else { return Ok(()) };
    accounts::check(conn, property_id, id, None, "/account_id").await
}

/// Whoever pays: an account, else a guest.
#[derive(Debug, Clone, Copy, Default)]
pub struct Payer {
    pub account_id: Option<Uuid>,
    pub guest_id: Option<Uuid>,
}

/// The exemption from taxes of whoever pays, as stays get it that are sold to them, and whose it is.
pub async fn exemption(
    conn: &Conn,
    property_id: Uuid,
    payer: Payer,
    now: DateTime<Utc>,
) -> QueryResult<Option<(Uuid, TaxExemption)>> {
    let found = match payer {
        Payer { account_id: Some(id), .. } => {
            let account = accounts::find_in(conn, property_id, id).await?;
            account.and_then(|account| account.exemption())
        }
        Payer { guest_id: Some(id), .. } => return exemption_of_guest(conn, property_id, id, now).await,
        Payer { account_id: None, guest_id: None } => None,
    };
    let of = |exemption| TaxExemption::of_payer(property_id, exemption, now);
    Ok(payer.account_id.zip(found.map(of)))
}

/// The exemption of a guest: that of the profile which stands for the one that is named.
async fn exemption_of_guest(
    conn: &Conn,
    property_id: Uuid,
    id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<Option<(Uuid, TaxExemption)>> {
    let guest = match guests::find_in(conn, property_id, id).await? {
        Some(named) if named.survivor_id != id => guests::find_in(conn, property_id, named.survivor_id).await?,
        own => own,
    };
    let of = |exemption| TaxExemption::of_payer(property_id, exemption, now);
    Ok(guest.and_then(|guest| Some((guest.id, of(guest.exemption()?)))))
}

/// Completes a change of a booking: a contact who becomes another one has another profile, unless one was chosen.
pub async fn with_profile(conn: &Conn, cause: &Cause, booking: &Booking, change: BookingChange) -> Result<BookingChange> {
    let name = change.contact_name.as_ref().unwrap_or(&booking.contact_name);
    let email = change.contact_email.as_ref().unwrap_or(&booking.contact_email);
    let phone = change.contact_phone.as_ref().unwrap_or(&booking.contact_phone);
    let is_same = (name, email, phone) == (&booking.contact_name, &booking.contact_email, &booking.contact_phone);
    if is_same || change.guest_id.is_some() {
        return Ok(change);
    }
    let contact = Person { email: email.as_deref(), phone: phone.as_deref(), user_id: booking.user_id, ..Person::named(name) };
    let profiles = guests::find_or_make(conn, cause, booking.property_id, Some(booking.id), &[contact]).await?;
    Ok(BookingChange { guest_id: profiles.first().map(|profile| profile.id), ..change })
}

/// Gives stays the profiles of those who stay, as they are named; none where that is the contact.
pub async fn name_stays(conn: &Conn, cause: &Cause, booking: &Booking, stays: &[(Uuid, Option<String>)]) -> Result<()> {
    if stays.is_empty() {
        return Ok(());
    }
    let names = stays.iter().filter_map(|(_, name)| name.as_deref());
    let persons: Vec<Person<'_>> = [booking.contact_person()].into_iter().chain(names.map(Person::named)).collect();
    let profiles = guests::find_or_make(conn, cause, booking.property_id, Some(booking.id), &persons).await?;
    let mut profiles = profiles.into_iter();
    let contact = profiles.next();
    let mut guest = |name: &Option<String>| name.as_ref().and_then(|_| profiles.next()).filter(|one| Some(*one) != contact);
    let named: Vec<(Uuid, Option<Uuid>)> = stays.iter().map(|(id, name)| (*id, guest(name).map(|guest| guest.id))).collect();
    repository::set_stay_guests(conn, booking.property_id, &named).await?;
    Ok(())
}

/// Returns the profiles of guests who are registered in a room: the booking's contact, who stays under a name of their own, and
/// who was registered there before, are known.
pub async fn registered(
    conn: &Conn,
    cause: &Cause,
    (booking, stay): (&Booking, &Stay),
    known: &[StayGuestRow],
    typed: &[Person<'_>],
) -> Result<Vec<Profile>> {
    let own = stay.guest_name.as_deref().zip(stay.guest_id).map(|(name, id)| Person { id: Some(id), ..Person::named(name) });
    let before = known.iter().filter(|row| row.guest_id.is_some()).map(|row| Person {
        id: row.guest_id,
        birth_date: row.birth_date,
        ..Person::named(&row.full_name)
    });
    let mut persons: Vec<Person<'_>> = own.into_iter().chain([booking.contact_person()]).chain(before).collect();
    let others = persons.len();
    persons.extend(typed);
    let profiles = guests::find_or_make(conn, cause, booking.property_id, Some(booking.id), &persons).await?;
    Ok(profiles.into_iter().skip(others).collect())
}
