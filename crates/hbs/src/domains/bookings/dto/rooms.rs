//! Which room a stay has.
use serde::Deserialize;
use uuid::Uuid;

/// Which room a stay is to have.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignRoom {
    /// A room of the stay's type, with `upgrade` of any type. Left out, the stay keeps the one that it has, or gets the one that fits best.
    #[garde(skip)]
    pub room_id: Option<Uuid>,
    /// Whether the stay keeps the room when others are rearranged. Left out: a room that is named is pinned.
    #[garde(skip)]
    pub is_pinned: Option<bool>,
    /// Gives a stay to come a room of another type than was sold, at the price of the one that was.
    #[garde(skip)]
    #[serde(default)]
    pub upgrade: bool,
}

/// With whom a stay changes rooms.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwapRooms {
    /// Another stay at the hotel, of this or another booking.
    #[garde(skip)]
    pub with_stay_id: Uuid,
}
