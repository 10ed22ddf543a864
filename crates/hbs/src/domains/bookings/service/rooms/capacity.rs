//! Capacity of a room of another type than was sold: the guests must have room in it.
use crate::app::App;
use crate::domains::bookings::dto::AssignRoom;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::Stay;
use crate::domains::bookings::rules::selling;
use crate::domains::bookings::service::desk::Desk;
use crate::domains::catalogue::Catalogues;
use crate::domains::rates::engine::Party;
use crate::error::Or404;
use crate::security::Caller;
use crate::security::permission::StaysOverride;
use crate::{Error, Result, stamps};
use uuid::Uuid;

/// Checks that who ignores capacities may do so, and says why: somebody will ask.
pub fn check_exception(caller: &Caller, property_id: Uuid, request: &AssignRoom) -> Result<()> {
    if !request.ignore_capacity {
        return Ok(());
    }
    caller.require::<StaysOverride>(property_id)?;
    match &request.reason {
        Some(reason) if !reason.trim().is_empty() => Ok(()),
        _ => Err(Error::invalid("/reason", "is needed to put guests into a room that is too small for them")),
    }
}

/// Checks that a room of the type takes the guests of a stay. Returns `true` if it does not, and that is meant. The type that was
/// sold to them is not judged.
pub async fn is_too_small(app: &App, desk: &Desk<'_>, stay: &Stay, room_type_id: Uuid, request: &AssignRoom) -> Result<bool> {
    if room_type_id == stay.room_type_id || room_type_id == stay.booked_room_type_id {
        return Ok(false);
    }
    let version = stamps::version(desk.conn, stay.property_id).await?;
    let catalogue = Catalogues::of(app).get(desk.conn, stay.property_id, version).await?.or_404("booking")?;
    let kind = catalogue.room_type(room_type_id).or_404("room type")?;
    let children_ages: Vec<i32> = stay.children_ages.iter().flatten().copied().collect();
    let party = Party { adults: stay.adults, children_ages: &children_ages };
    match selling::check_capacity(kind, &catalogue.rates, party) {
        Ok(()) => Ok(false),
        Err(_) if request.ignore_capacity => Ok(true),
        Err((_, detail)) => Err(BookingError::RoomTooSmall(detail).into()),
    }
}
