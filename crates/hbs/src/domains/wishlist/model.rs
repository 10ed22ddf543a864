use crate::domains::properties::PriceMode;
use crate::money::Currency;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::wishlist_items;
use serde::Serialize;
use uuid::Uuid;

#[derive(Debug, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = wishlist_items, check_for_backend(diesel::pg::Pg))]
pub struct Item {
    pub id: Uuid,
    pub user_id: Uuid,
    pub property_id: Uuid,
    pub room_type_id: Uuid,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// An item with what is shown of its room type.
#[derive(Debug, Queryable)]
pub struct Wish {
    pub id: Uuid,
    pub added_at: DateTime<Utc>,
    pub property: PropertyPart,
    pub room_type: TypePart,
}

#[derive(Debug, Queryable)]
pub struct PropertyPart {
    pub id: Uuid,
    pub name: String,
    pub currency: Currency,
    pub prices: PriceMode,
}

#[derive(Debug, Queryable)]
pub struct TypePart {
    pub id: Uuid,
    pub name: String,
    pub max_adults: i32,
    pub max_children: i32,
    pub max_guests: i32,
    pub base_price_minor: i64,
}

/// What is free of a type on all nights asked for.
#[derive(Debug, Queryable)]
pub struct Free {
    pub room_type_id: Uuid,
    pub nights: i64,
    pub available: Option<i32>,
}
