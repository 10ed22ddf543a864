//! Giving stays other rooms, their first one, or none: when a booking needs the room, a block does, or one comes free.
use crate::Result;
use crate::domains::inventory::model::{Nights, Waiting};
use crate::domains::inventory::repository::{self, Occupancy, stays};
use crate::outbox::{self, Cause, Entity, Event, Recorded};
use crate::stores::postgres::Conn;
use chrono::{DateTime, Days, NaiveDate, Utc};
use uuid::Uuid;

impl Occupancy {
    /// Returns `true` for a stay to come that nobody pinned, all of whose nights are locked: up to `locked_to`.
    pub fn may_move(&self, today: NaiveDate, locked_to: NaiveDate) -> bool {
        self.is_to_come(today, locked_to) && !self.is_pinned
    }

    /// Returns `true` for a stay to come, pinned or not, all of whose nights are locked: up to `locked_to`.
    pub fn is_to_come(&self, today: NaiveDate, locked_to: NaiveDate) -> bool {
        self.status.is_to_come() && self.check_in >= today && self.check_out <= locked_to + Days::new(1)
    }
}

/// A stay with the room that it has, and the one that it is to have.
#[derive(Debug, Clone)]
struct Change {
    property_id: Uuid,
    stay_id: Uuid,
    booking_id: Uuid,
    nights: Nights,
    is_pinned: bool,
    from: Option<Uuid>,
    to: Option<Uuid>,
}

impl Recorded for Change {
    const ENTITY: &'static str = "stay";
    const OPEN: &'static [&'static str] = &["room_id", "is_pinned"];

    fn entity(&self) -> Entity {
        Entity::new(self.stay_id).at(self.property_id).in_booking(self.booking_id)
    }
}

impl Change {
    fn event(&self) -> Event {
        let kind = match (self.from, self.to) {
            (None, _) => "stay.assigned",
            (Some(_), Some(_)) => "stay.moved",
            (Some(_), None) => "stay.unassigned",
        };
        let event = Event::of(kind, self).and("room_id", self.from, self.to);
        if self.is_pinned { event.and("is_pinned", true, false) } else { event }
    }
}

/// Stays that are to have other rooms, or none. Nothing is written of it yet.
#[derive(Debug, Default)]
pub struct Moves(Vec<Change>);

impl Moves {
    /// Makes moves of some stays. `occupancies` has them all, and may have others.
    pub fn new(property_id: Uuid, occupancies: &[Occupancy], rooms: impl IntoIterator<Item = (Uuid, Option<Uuid>)>) -> Self {
        let change = |(stay_id, to)| {
            let stay = occupancies.iter().find(|stay| stay.stay_id == stay_id)?;
            let Occupancy { booking_id, room_id, is_pinned, nights, .. } = *stay;
            Some(Change { property_id, stay_id, booking_id, nights, is_pinned, from: Some(room_id), to })
        };
        Self(rooms.into_iter().filter_map(change).collect())
    }

    /// Gives a stay without a room one.
    pub(super) fn seat(&mut self, property_id: Uuid, waiting: &Waiting, room_id: Uuid) {
        let Waiting { stay_id, booking_id, nights, .. } = *waiting;
        self.0.push(Change { property_id, stay_id, booking_id, nights, is_pinned: false, from: None, to: Some(room_id) });
    }

    /// Adds other moves. Of two of one stay the later one counts.
    pub fn extend(&mut self, later: Self) {
        self.0.retain(|change| !later.0.iter().any(|other| other.stay_id == change.stay_id));
        self.0.extend(later.0);
    }

    /// Returns the room that a stay is to have, if it is among them.
    pub(super) fn room_of(&self, stay_id: Uuid) -> Option<Option<Uuid>> {
        self.0.iter().find(|change| change.stay_id == stay_id).map(|change| change.to)
    }

    /// Takes a stay out of them, and returns the room that it was to have.
    pub fn remove(&mut self, stay_id: Uuid) -> Option<Uuid> {
        let place = self.0.iter().position(|change| change.stay_id == stay_id)?;
        self.0.swap_remove(place).to
    }

    /// The bookings of those who move.
    pub fn bookings(&self) -> impl Iterator<Item = Uuid> {
        self.0.iter().map(|change| change.booking_id)
    }

    /// Writes the moves and their events.
    pub async fn carry_out(&self, conn: &Conn, cause: &Cause) -> Result<()> {
        self.write(conn, cause.at).await?;
        self.publish(conn, cause).await
    }

    fn changes(&self) -> impl Iterator<Item = &Change> {
        self.0.iter().filter(|change| change.from != change.to)
    }

    /// Writes the moves: pins go, and the bookings get a new version. The caller holds the inventory rows of all nights of those
    /// who move.
    pub async fn write(&self, conn: &Conn, now: DateTime<Utc>) -> Result<()> {
        let moved: Vec<&Change> = self.changes().collect();
        let Some(property_id) = moved.first().map(|change| change.property_id) else { return Ok(()) };
        let Some(first_night) = moved.iter().map(|change| change.nights.from).min() else { return Ok(()) };
        let ids: Vec<Uuid> = moved.iter().map(|change| change.stay_id).collect();
        let bookings: Vec<Uuid> = moved.iter().map(|change| change.booking_id).collect();
        let nights: Vec<_> = moved.iter().filter_map(|change| Some((change.stay_id, change.to?, change.nights))).collect();
        stays::bump_versions(conn, property_id, &bookings, now).await?;
        // Two statements: within one, a row could not take the place of one that is deleted.
        repository::vacate(conn, property_id, &ids, first_night).await?;
        repository::occupy(conn, property_id, &nights, now).await?;
        for change in &moved {
            stays::set_room(conn, property_id, change.stay_id, change.to, false, now).await?;
        }
        Ok(())
    }

    /// Publishes an event for each who moves.
    pub async fn publish(&self, conn: &Conn, cause: &Cause) -> Result<()> {
        outbox::publish(conn, cause, self.changes().map(Change::event)).await?;
        Ok(())
    }
}
