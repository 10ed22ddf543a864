use super::model::{LostItem, LostItemCategory, LostItemChange, LostItemEnd, LostItemId, LostItemStatus, WithRoom};
use crate::http::valid::{dates, instants, present};
use crate::plain_text::{new_paragraphs, paragraphs};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use uuid::Uuid;

/// Thing that was found.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateLostItem {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Category of the thing.
    #[garde(skip)]
    pub category: LostItemCategory,
    /// Description by which its owner can be told from others, 1 to 1,000 characters.
    #[garde(length(chars, min = 1, max = 1000))]
    #[serde(deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 1000, example = "Black umbrella with a wooden handle")]
    pub description: String,
    /// Time at which it was found (UTC), not in the future; now if left out.
    #[garde(skip)]
    #[serde(default, deserialize_with = "instants::nullable")]
    pub found_at: Option<DateTime<Utc>>,
    /// Place where it was found, 1 to 200 characters; may be left out with `room_id` or `stay_id`.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(min_length = 1, max_length = 200, example = "Breakfast room, by the window")]
    pub found_in: Option<String>,
    /// Identifier of the room in which it was found; the stay's room if left out with `stay_id`.
    #[garde(skip)]
    pub room_id: Option<Uuid>,
    /// Identifier of the stay whose guests may have lost it.
    #[garde(skip)]
    pub stay_id: Option<Uuid>,
    /// Name of the person who found it, 1 to 200 characters; yours if left out. Integrations must name somebody.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(min_length = 1, max_length = 200, example = "Hugo Housekeeping")]
    pub found_by: Option<String>,
    /// Place where it is kept, 1 to 200 characters; null or left out if nobody has said.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(min_length = 1, max_length = 200, example = "Safe, bag 117")]
    pub stored_in: Option<String>,
    /// Last day on which it is kept, inclusive; by the setting `lost_property_days` if left out.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::nullable")]
    #[schema(example = "2027-03-01")]
    pub keep_until: Option<NaiveDate>,
}

/// Change of a lost item. Fields that are left out stay as they are.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateLostItem {
    /// Category of the thing.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub category: Option<LostItemCategory>,
    /// Description by which its owner can be told from others, 1 to 1,000 characters.
    #[garde(inner(length(chars, min = 1, max = 1000)))]
    #[serde(default, deserialize_with = "new_paragraphs")]
    #[schema(nullable = false, min_length = 1, max_length = 1000)]
    pub description: Option<String>,
    /// Time at which it was found (UTC), not in the future.
    #[garde(skip)]
    #[serde(default, deserialize_with = "instants::optional")]
    #[schema(nullable = false)]
    pub found_at: Option<DateTime<Utc>>,
    /// Place where it was found, 1 to 200 characters; null to forget it, if there is a room.
    #[garde(inner(inner(length(chars, min = 1, max = 200))))]
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 200)]
    pub found_in: Option<Option<String>>,
    /// Identifier of the room in which it was found; null for none.
    #[garde(skip)]
    #[serde(default, with = "double_option")]
    pub room_id: Option<Option<Uuid>>,
    /// Identifier of the stay whose guests may have lost it; null for none.
    #[garde(skip)]
    #[serde(default, with = "double_option")]
    pub stay_id: Option<Option<Uuid>>,
    /// Name of the person who found it, 1 to 200 characters.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    pub found_by: Option<String>,
    /// Place where it is kept, 1 to 200 characters; null to forget it.
    #[garde(inner(inner(length(chars, min = 1, max = 200))))]
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 200)]
    pub stored_in: Option<Option<String>>,
    /// Last day on which it is kept, inclusive.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional")]
    #[schema(nullable = false, example = "2027-03-01")]
    pub keep_until: Option<NaiveDate>,
}

impl From<UpdateLostItem> for LostItemChange {
    fn from(patch: UpdateLostItem) -> Self {
        let UpdateLostItem { category, description, found_at, found_in, room_id, stay_id, found_by, stored_in, keep_until } =
            patch;
        Self { category, description, found_at, found_in, room_id, stay_id, found_by, stored_in, keep_until, ..Self::default() }
    }
}

/// End of a lost item's time at the hotel.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseLostItem {
    /// End of the item: how it leaves the hotel.
    #[garde(skip)]
    pub status: LostItemEnd,
    /// Details: to whom it went, by which parcel; 1 to 500 characters, null or left out for none.
    #[garde(inner(length(chars, min = 1, max = 500)))]
    #[schema(min_length = 1, max_length = 500, example = "Parcel RR123456785PT")]
    pub outcome: Option<String>,
}

/// Filter of lost items.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct LostItemFilter {
    /// Identifier of the property; if left out, all properties at which you hold the permission.
    pub property_id: Option<Uuid>,
    /// Status of the item.
    #[param(inline)]
    pub status: Option<LostItemStatus>,
    /// Category of the item.
    #[param(inline)]
    pub category: Option<LostItemCategory>,
    /// Identifier of the room in which it was found.
    pub room_id: Option<Uuid>,
    /// Identifier of the stay whose guests may have lost it.
    pub stay_id: Option<Uuid>,
    /// Words of the description or of the places, in any order; case and accents do not matter.
    #[garde(inner(length(chars, max = 200)))]
    #[param(example = "umbrella black", max_length = 200)]
    pub q: Option<String>,
    /// Former name of `q`, for a text that the description or one of the places has somewhere in it.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[param(example = "umbrella", min_length = 1, max_length = 100)]
    pub text: Option<String>,
    /// First day on which it was found, by the calendar of the hotel.
    #[serde(deserialize_with = "dates::optional")]
    #[param(example = "2026-12-01")]
    pub found_from: Option<NaiveDate>,
    /// Last day on which it was found, inclusive, by the calendar of the hotel.
    #[serde(deserialize_with = "dates::optional")]
    #[param(example = "2026-12-24")]
    pub found_to: Option<NaiveDate>,
    /// Last day of keeping, inclusive: only items that are kept no longer than until this day.
    #[serde(deserialize_with = "dates::optional")]
    #[param(example = "2026-12-24")]
    pub keep_until_to: Option<NaiveDate>,
}

/// A thing that was found at a hotel.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LostItemOut {
    /// Identifier of the lost item.
    #[schema(value_type = Uuid)]
    pub id: LostItemId,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Status of the item.
    pub status: LostItemStatus,
    /// Category of the item.
    pub category: LostItemCategory,
    /// Description by which its owner can be told from others.
    #[schema(example = "Black umbrella with a wooden handle")]
    pub description: String,
    /// Time at which it was found (UTC).
    pub found_at: DateTime<Utc>,
    /// Place where it was found; null if only the room is known.
    pub found_in: Option<String>,
    /// Identifier of the room in which it was found; null for none.
    pub room_id: Option<Uuid>,
    /// Number on the door of that room; null for none.
    #[schema(example = "304")]
    pub room_number: Option<String>,
    /// Identifier of the stay whose guests may have lost it; null for none.
    pub stay_id: Option<Uuid>,
    /// Name of the person who found it.
    pub found_by: String,
    /// Place where it is kept; null if nobody has said.
    pub stored_in: Option<String>,
    /// Last day on which it is kept, inclusive.
    #[schema(example = "2027-03-01")]
    pub keep_until: NaiveDate,
    /// Details of what became of the item; null while it is kept, and where nobody has said.
    pub outcome: Option<String>,
    /// Time at which it was returned, sent or disposed of (UTC); null while it is kept.
    pub closed_at: Option<DateTime<Utc>>,
    /// Address of its photo, which needs `lost_property:read` as well; null for none.
    #[schema(example = "/v1/lost-items/01a203ed-d571-732d-9af1-34b36c0dae65/photo")]
    pub photo_url: Option<String>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl From<WithRoom> for LostItemOut {
    fn from((row, room_number): WithRoom) -> Self {
        let LostItem {
            property_id,
            id,
            status,
            category,
            description,
            found_at,
            found_in,
            room_id,
            stay_id,
            found_by,
            stored_in,
            keep_until,
            outcome,
            closed_at,
            photo_key,
            photo_format: _,
            version,
            created_at,
            updated_at,
        } = row;
        let photo_url = photo_key.map(|_| format!("/v1/lost-items/{id}/photo"));
        Self {
            id,
            property_id,
            status,
            category,
            description,
            found_at,
            found_in,
            room_id,
            room_number,
            stay_id,
            found_by,
            stored_in,
            keep_until,
            outcome,
            closed_at,
            photo_url,
            version,
            created_at,
            updated_at,
        }
    }
}
