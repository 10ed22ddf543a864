use crate::ids::id;
use crate::media::PictureFormat;
use crate::outbox::{Entity, Recorded};
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use hbs_schema::lost_items;
use serde::Serialize;
use uuid::Uuid;

id! {
    /// Id of a lost item.
    pub struct LostItemId;
}

text_enum! {
    /// Status of a lost item: `kept` until it is `returned` to its owner, `sent` to them, or `disposed` of.
    pub enum LostItemStatus {
        Kept = "kept",
        Returned = "returned",
        Sent = "sent",
        /// Thrown away, given to charity or to the authorities.
        Disposed = "disposed",
    }
}

text_enum! {
    /// End of a lost item: it is `returned` to its owner, `sent` to them, or `disposed` of.
    pub enum LostItemEnd {
        Returned = "returned",
        Sent = "sent",
        /// Thrown away, given to charity or to the authorities.
        Disposed = "disposed",
    }
}

impl From<LostItemEnd> for LostItemStatus {
    fn from(end: LostItemEnd) -> Self {
        match end {
            LostItemEnd::Returned => Self::Returned,
            LostItemEnd::Sent => Self::Sent,
            LostItemEnd::Disposed => Self::Disposed,
        }
    }
}

text_enum! {
    /// Category of a lost item.
    pub enum LostItemCategory {
        Clothing = "clothing",
        Electronics = "electronics",
        Jewellery = "jewellery",
        Documents = "documents",
        Money = "money",
        Keys = "keys",
        Luggage = "luggage",
        Toiletries = "toiletries",
        Other = "other",
    }
}

/// A thing that was found.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = lost_items, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct LostItem {
    pub property_id: Uuid,
    pub id: LostItemId,
    pub status: LostItemStatus,
    pub category: LostItemCategory,
    pub description: String,
    pub found_at: DateTime<Utc>,
    pub found_in: Option<String>,
    pub room_id: Option<Uuid>,
    pub stay_id: Option<Uuid>,
    pub found_by: String,
    pub stored_in: Option<String>,
    pub keep_until: NaiveDate,
    pub outcome: Option<String>,
    pub closed_at: Option<DateTime<Utc>>,
    pub photo_key: Option<String>,
    pub photo_format: Option<PictureFormat>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for LostItem {
    const ENTITY: &'static str = "lost_item";
    const OPEN: &'static [&'static str] =
        &["property_id", "id", "status", "category", "found_at", "room_id", "stay_id", "keep_until", "closed_at"];
    const SEALED: &'static [&'static str] = &["description", "found_in", "found_by", "stored_in", "outcome"];

    fn entity(&self) -> Entity {
        Entity::new(self.id.into()).at(self.property_id)
    }
}

/// Change of a lost item.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = lost_items)]
pub struct LostItemChange {
    pub status: Option<LostItemStatus>,
    pub category: Option<LostItemCategory>,
    pub description: Option<String>,
    pub found_at: Option<DateTime<Utc>>,
    pub found_in: Option<Option<String>>,
    pub room_id: Option<Option<Uuid>>,
    pub stay_id: Option<Option<Uuid>>,
    pub found_by: Option<String>,
    pub stored_in: Option<Option<String>>,
    pub keep_until: Option<NaiveDate>,
    pub outcome: Option<Option<String>>,
    pub closed_at: Option<Option<DateTime<Utc>>>,
    pub photo_key: Option<Option<String>>,
    pub photo_format: Option<Option<PictureFormat>>,
}

/// A lost item with the number of its room.
pub type WithRoom = (LostItem, Option<String>);
