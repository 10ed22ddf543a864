use crate::domains::properties::Property;
use crate::domains::rooms::RoomType;
use crate::ids::id;
use crate::outbox::{Entity, Recorded};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::wishlist_items;
use serde::Serialize;
use uuid::Uuid;

id! {
    /// Id of an item of a wishlist.
    pub struct ItemId;
}

#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = wishlist_items, check_for_backend(diesel::pg::Pg))]
pub struct Item {
    pub id: ItemId,
    pub user_id: Uuid,
    pub property_id: Uuid,
    /// Room type, of an item that is one.
    pub room_type_id: Option<Uuid>,
    /// Offer, of an item that is one.
    pub offer_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for Item {
    const ENTITY: &'static str = "wishlist_item";
    const OPEN: &'static [&'static str] = &["id", "user_id", "property_id", "room_type_id", "offer_id"];

    /// Returns the item as an entity. It is its owner's affair: its events belong to no property.
    fn entity(&self) -> Entity {
        Entity::new(self.id.into())
    }
}

/// An item of a wishlist with its hotel.
#[derive(Debug)]
pub struct Wish {
    pub item: Item,
    pub property: Property,
    pub what: Wished,
}

/// Subject of a wish.
#[derive(Debug)]
pub enum Wished {
    RoomType(Box<RoomType>),
    /// An offer, by its name, in its hotel's language and in others.
    Offer {
        name: String,
        texts: serde_json::Value,
    },
}
