//! Requests and answers about an action on many bookings and stays.
use super::act::ActionBody;
use super::show::BookingOut;
use crate::error::ProblemBody;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

/// An action on many bookings and stays of a property.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkAction {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Bookings and stays to act on, in this order, each once: 1 to 100.
    #[garde(length(min = 1, max = 100), dive)]
    #[schema(min_items = 1, max_items = 100)]
    pub items: Vec<BulkItem>,
    /// Options of the action, the same for each item.
    #[garde(dive)]
    #[serde(default)]
    pub options: ActionBody,
}

/// A booking, or one stay of it, to act on.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkItem {
    /// Identifier of the booking.
    #[garde(skip)]
    pub booking_id: Uuid,
    /// Identifier of the stay; every stay of the booking that can take the action if left out.
    #[garde(skip)]
    pub stay_id: Option<Uuid>,
    /// Version of the booking that the caller saw, as with `If-Match`; any version if left out.
    #[garde(inner(range(min = 1)))]
    #[schema(minimum = 1)]
    pub version: Option<i64>,
}

/// Results of an action on many bookings and stays.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BulkDone {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Number of items with which the action was done.
    pub done: usize,
    /// Number of items that were refused, each for a reason of its own.
    pub refused: usize,
    /// Number of stays that the request did not reach: send another one for them. Always 0 where the items were named.
    pub remaining: usize,
    /// Results, in the order of the items.
    pub results: Vec<BulkResult>,
}

/// Result of the action on one booking or stay.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BulkResult {
    /// Identifier of the booking.
    pub booking_id: Uuid,
    /// Identifier of the stay; null if the whole booking was meant.
    pub stay_id: Option<Uuid>,
    /// HTTP status with which the same action on this item alone would have been answered.
    #[schema(example = 200)]
    pub status: u16,
    /// `ETag` of the booking after the action; null if the item was refused.
    #[schema(example = "\"4\"")]
    pub etag: Option<String>,
    /// Booking after the action; null if the item was refused.
    #[schema(value_type = Option<BookingOut>)]
    pub booking: Option<Box<RawValue>>,
    /// Problem, as the action on this item alone would have been answered with; null if the action was done.
    pub problem: Option<ProblemBody>,
}
