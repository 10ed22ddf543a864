//! Use cases of room types, rooms, their housekeeping states and amenities.
mod amenities;
mod housekeeping;
pub mod import;
mod rooms;
mod types;

pub use amenities::{
    assign_amenities, create_amenity, delete_amenity, get_amenity, list_amenities, set_type_amenities, update_amenity,
};
pub use housekeeping::{forget_changes, mark_dirty, not_ready, put_housekeeping, set_housekeeping, set_housekeeping_of_rooms};
pub use rooms::{create_room, delete_room, get_room, import_rooms, list_rooms, update_room};
pub use types::{create_type, delete_type, get_type, list_types, update_type};

use crate::Result;
use crate::domains::images::{Image, ImageOut};
use crate::domains::properties;
use crate::domains::rooms::error::RoomError;
use crate::error::Or404;
use crate::security::Scope;
use crate::stores::postgres::Conn;
use chrono::NaiveDate;
use uuid::Uuid;

fn shown(images: Vec<Image>) -> Vec<ImageOut> {
    images.into_iter().map(Into::into).collect()
}

/// Lets one at a time change names that are unique within a property, before they lock anything
/// else: two that each want the other's name would wait for each other.
async fn lock_names(conn: &Conn, scope: &Scope, property_id: Uuid, what: &str) -> Result<()> {
    properties::lock(conn, scope, property_id).await?.map(|_| ()).or_404(what)
}

fn none_needed(nights: Vec<NaiveDate>) -> Result<()> {
    if nights.is_empty() { Ok(()) } else { Err(RoomError::NeededForSales(nights).into()) }
}
