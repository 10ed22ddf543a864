//! Profiles of those who are typed at a desk or on a page.
use crate::Result;
use crate::domains::guests::model::{Guest, GuestLink, NewGuest, Person};
use crate::domains::guests::repository;
use crate::domains::guests::rules::matching::{Profile, Settled, needs_lock, settle_each};
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use uuid::Uuid;

/// Finds the profile of each person, or makes one, in the transaction of what names them. Taken after groups and before
/// bookings. `made_for` is the booking that names them, if one does.
pub async fn find_or_make(
    conn: &Conn,
    cause: &Cause,
    property_id: Uuid,
    made_for: Option<Uuid>,
    persons: &[Person<'_>],
) -> Result<Vec<Profile>> {
    let mut profiles = settle_all(conn, cause, property_id, made_for, &[persons.to_vec()]).await?;
    Ok(profiles.pop().unwrap_or_default())
}

/// Finds or makes the profiles of the persons of several bookings that the hotel brings in: a few statements, however many there
/// are.
pub async fn find_or_make_each(
    conn: &Conn,
    cause: &Cause,
    property_id: Uuid,
    bookings: &[Vec<Person<'_>>],
) -> Result<Vec<Vec<Profile>>> {
    settle_all(conn, cause, property_id, None, bookings).await
}

async fn settle_all(
    conn: &Conn,
    cause: &Cause,
    property_id: Uuid,
    made_for: Option<Uuid>,
    bookings: &[Vec<Person<'_>>],
) -> Result<Vec<Vec<Profile>>> {
    let persons: Vec<Person<'_>> = bookings.iter().flatten().copied().collect();
    if persons.is_empty() {
        return Ok(bookings.iter().map(|_| Vec::new()).collect());
    }
    let mut sightings = repository::look_up(conn, property_id, &persons).await?;
    if needs_lock(&persons, &sightings) {
        repository::lock_names(conn, property_id, &persons).await?;
        sightings = repository::look_up(conn, property_id, &persons).await?;
    }
    let settled = settle_each(property_id, bookings, sightings);
    let new: Vec<NewGuest> = settled.iter().flat_map(|one| one.new.iter().cloned()).collect();
    let links: Vec<GuestLink> = settled.iter().flat_map(|one| one.links.iter().copied()).collect();
    repository::insert(conn, property_id, &new, made_for, cause.at).await?;
    repository::link(conn, &links, cause.at).await?;
    outbox::publish_many(conn, cause, settled.iter().flat_map(events_of)).await?;
    Ok(settled.into_iter().map(|one| one.profiles).collect())
}

/// The events of profiles that are made, and of those that get their account.
pub fn events_of(settled: &Settled) -> Vec<Event> {
    let made = settled.new.iter().map(Event::created::<NewGuest>);
    let linked = settled.links.iter().map(|link| {
        let entity = Guest::entity_of(link.property_id, link.id);
        Event::about::<Guest>("guest.updated", entity).and("user_id", None::<Uuid>, link.user_id)
    });
    made.chain(linked).collect()
}
