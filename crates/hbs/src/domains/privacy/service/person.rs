//! Who is to be erased: whom a caller may name, and all that belongs to that person.
use crate::domains::privacy::model::erasure::{ErasedUser, Person};
use crate::domains::privacy::repository::people::{self, AtHotel, Listed};
use crate::error::Or404;
use crate::person_keys::ListedErasure;
use crate::security::Scope;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The person of an erasure, as somebody names them.
#[derive(Debug, Clone)]
pub enum Named {
    /// An account, with its bookings and profiles at all hotels.
    Account(Uuid),
    /// A guest profile with those that were merged, and the bookings that were made for it at that hotel.
    Profile(Uuid),
    /// The contact of a booking that belongs to no account. For staff, with all bookings of that address at that hotel; by a link, which
    /// may have been passed on and shows its booking alone, with that booking only.
    Contact { booking_id: Uuid, proved: Option<String> },
}

/// A person who is found and locked, and their account if they have one.
#[derive(Debug)]
pub struct Found {
    pub person: Person,
    pub user: Option<ErasedUser>,
    /// Whether a hotel says who they are: then the addresses in its rows are theirs, there. Whoever asks for their own erasure may have
    /// written those of others into bookings.
    is_told_by_hotel: bool,
}

/// Finds a person within a scope, and locks what is theirs.
pub async fn find(conn: &Conn, named: &Named, scope: &Scope) -> Result<Found> {
    let found = match named {
        Named::Account(id) => of_account(conn, *id).await?,
        Named::Profile(id) => of_profile(conn, *id, scope).await?,
        Named::Contact { booking_id, proved } => of_contact(conn, *booking_id, proved.as_deref(), scope).await?,
    };
    completed(conn, found).await
}

async fn of_account(conn: &Conn, id: Uuid) -> Result<Found> {
    let user = people::lock_user(conn, id).await?.or_404("user")?;
    let proved = user.is_email_verified.then_some(user.email.as_str());
    let profiles = people::guests_of(conn, Some(id), &[], proved).await?;
    // Nobody books for these profiles from here on.
    people::lock(conn, &of_rows(&profiles, &[])).await?;
    let bookings = people::bookings_of_user(conn, id, &profiles, proved).await?;
    let guests = people::guests_of(conn, Some(id), &bookings, proved).await?;
    let addresses = proved.map(str::to_lowercase).into_iter().collect();
    let locale = user.locale.parse().ok();
    let person = Person { users: vec![id], addresses, locale, ..of_rows(&guests, &bookings) };
    Ok(Found { person, user: Some(user), is_told_by_hotel: false })
}

async fn of_profile(conn: &Conn, id: Uuid, scope: &Scope) -> Result<Found> {
    let guests = people::guest_with_merged(conn, id).await?;
    let hotel = guests.first().map(|guest| guest.property_id).filter(|hotel| scope.covers(*hotel)).or_404("guest")?;
    // Nobody books for these profiles from here on.
    people::lock(conn, &of_rows(&guests, &[])).await?;
    let bookings = people::bookings_of_guests(conn, hotel, &ids(&guests)).await?;
    Ok(Found { person: of_rows(&guests, &bookings), user: None, is_told_by_hotel: true })
}

async fn of_contact(conn: &Conn, booking_id: Uuid, proved: Option<&str>, scope: &Scope) -> Result<Found> {
    let contact = people::contact(conn, booking_id).await?.or_404("booking")?;
    // A link is good for as long as the booking has the address that it went to.
    let is_proved = proved.is_some() && contact.contact_email.as_deref() == proved;
    if !is_proved && !scope.covers(contact.property_id) {
        return Err(Error::not_found("booking"));
    }
    let mut bookings = match &contact.contact_email {
        Some(email) if !is_proved => people::bookings_of_address(conn, email, contact.property_id).await?,
        _ => Vec::new(),
    };
    if bookings.is_empty() {
        bookings.push(AtHotel { property_id: contact.property_id, id: booking_id });
    }
    let guests = people::guests_of(conn, None, &bookings, contact.contact_email.as_deref()).await?;
    Ok(Found { person: of_rows(&guests, &bookings), user: None, is_told_by_hotel: !is_proved })
}

/// Finds a person again by the ids of an earlier erasure, as far as their rows are there.
pub async fn find_listed(conn: &Conn, listed: &ListedErasure) -> Result<Found> {
    let user = match listed.user_id {
        Some(id) => people::lock_user(conn, id).await?,
        None => None,
    };
    let guests = people::there(conn, Listed::Guests, &listed.profile_ids).await?;
    let bookings = people::there(conn, Listed::Bookings, &listed.booking_ids).await?;
    let addresses = user.iter().filter(|user| user.is_email_verified).map(|user| user.email.clone()).collect();
    let locale = user.as_ref().and_then(|user| user.locale.parse().ok());
    let users = listed.user_id.filter(|_| user.is_some()).into_iter().collect();
    let person = Person { users, addresses, locale, ..of_rows(&guests, &bookings) };
    completed(conn, Found { person, user, is_told_by_hotel: listed.user_id.is_none() }).await
}

/// Locks the rows of a person, and adds what is read of them.
async fn completed(conn: &Conn, found: Found) -> Result<Found> {
    let Found { mut person, user, is_told_by_hotel } = found;
    people::lock(conn, &person).await?;
    person.words = people::words(conn, &person).await?;
    if is_told_by_hotel {
        person.known_addresses = person.words.iter().filter(|word| word.contains('@')).cloned().collect();
    }
    if person.locale.is_none() {
        person.locale = people::locale_of_bookings(conn, &person).await?.and_then(|locale| locale.parse().ok());
    }
    Ok(Found { person, user, is_told_by_hotel })
}

fn of_rows(guests: &[AtHotel], bookings: &[AtHotel]) -> Person {
    let hotels: BTreeSet<Uuid> = guests.iter().chain(bookings).map(|row| row.property_id).collect();
    Person { guests: ids(guests), bookings: ids(bookings), hotels: hotels.into_iter().collect(), ..Person::default() }
}

fn ids(rows: &[AtHotel]) -> Vec<Uuid> {
    let ids: BTreeSet<Uuid> = rows.iter().map(|row| row.id).collect();
    ids.into_iter().collect()
}
