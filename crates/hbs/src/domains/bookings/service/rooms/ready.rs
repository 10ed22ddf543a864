//! Rooms that guests can be sent to.
use crate::Result;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::repository;
use crate::domains::bookings::service::desk::Desk;
use crate::domains::rooms::{self, Room};
use futures_util::try_join;
use uuid::Uuid;

/// Rooms that guests cannot be sent to now.
pub struct Unready {
    /// Rooms that other guests have not left, with their numbers.
    occupied: Vec<(Uuid, String)>,
    /// Rooms that are not made up.
    dirty: Vec<Room>,
}

impl Unready {
    /// Finds the rooms that are not ready; ones that are not made up only where that matters.
    pub async fn among(desk: &Desk<'_>, rooms: &[Uuid], must_be_made_up: bool) -> Result<Self> {
        let dirty =
            async { if must_be_made_up { rooms::not_ready(desk.conn, desk.property, rooms).await } else { Ok(Vec::new()) } };
        let occupied = async { Ok(repository::rooms_with_guests(desk.conn, desk.property_id(), rooms).await?) };
        let (occupied, dirty) = try_join!(occupied, dirty)?;
        Ok(Self { occupied, dirty })
    }

    pub fn contains(&self, room_id: Uuid) -> bool {
        self.is_occupied(room_id) || self.is_unmade(room_id)
    }

    pub fn is_occupied(&self, room_id: Uuid) -> bool {
        self.occupied.iter().any(|(id, _)| *id == room_id)
    }

    pub fn is_unmade(&self, room_id: Uuid) -> bool {
        self.dirty.iter().any(|room| room.id == room_id)
    }

    /// Fails if one of these is among them.
    pub fn refuse(&self, rooms: &[Uuid]) -> Result<(), BookingError> {
        if let Some((_, number)) = self.occupied.iter().find(|(id, _)| rooms.contains(id)) {
            return Err(BookingError::RoomOccupied(number.clone()));
        }
        match self.dirty.iter().find(|room| rooms.contains(&room.id)) {
            Some(room) => Err(BookingError::RoomNotReady { number: room.number.clone(), housekeeping: room.housekeeping }),
            None => Ok(()),
        }
    }
}

/// Checks that others have left the rooms and, where that must be, that they have been made up.
pub async fn check_ready(desk: &Desk<'_>, rooms: &[Uuid], must_be_made_up: bool) -> Result<()> {
    Ok(Unready::among(desk, rooms, must_be_made_up).await?.refuse(rooms)?)
}
