use super::model::{Extra, ExtraDay, ExtraWish, Offered, PostedPer, Service};
use crate::domains::rates::rules::bounds;
use crate::http::valid::{dates, present};
use crate::money::{Currency, Money};
use crate::plain_text::{new_paragraphs, paragraphs};
use crate::texts::{Texts, TextsPatch};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Extra to add to what a hotel sells.
#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateExtra {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Name of the extra as guests see it, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Breakfast")]
    pub name: String,
    /// Description for guests, at most 5,000 characters.
    #[garde(length(chars, max = 5000))]
    #[serde(default, deserialize_with = "paragraphs")]
    #[schema(max_length = 5000)]
    pub description: String,
    /// Name and description in languages beside the property's `default_locale`.
    #[garde(dive)]
    #[serde(default)]
    pub texts: TextsPatch,
    /// Price of one in the property's currency, not negative: with the taxes that are included in prices.
    #[garde(custom(bounds::price))]
    pub price: Money,
    /// Prices of one for children, by the code of their age band, of an extra that is charged for guests; at most 18 bands.
    /// Children of bands that are not named pay the price.
    #[garde(length(max = 18), custom(bounds::prices))]
    #[serde(default)]
    #[schema(example = json!({"child": {"amount": "5.00", "currency": "EUR"}}))]
    pub child_prices: BTreeMap<String, Money>,
    /// Way in which it is charged.
    #[garde(skip)]
    pub posted: PostedPer,
    /// Day on which it is served and charged. If left out: `night` for what is charged for nights, else `arrival`.
    #[garde(skip)]
    pub day: Option<ExtraDay>,
    /// Identifiers of the tax rules that it bears, percentages, at most 10; no tax if left out.
    #[garde(length(max = 10))]
    #[serde(default)]
    #[schema(max_items = 10)]
    pub tax_rule_ids: Vec<Uuid>,
    /// Lowest number that is sold with a stay, 1 to 1,000; 1 if left out.
    #[garde(range(min = 1, max = 1000))]
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 1000, default = 1)]
    pub min_quantity: i32,
    /// Highest number that is sold with a stay, 1 to 1,000; no highest number if left out.
    #[garde(inner(range(min = 1, max = 1000)))]
    #[schema(minimum = 1, maximum = 1000)]
    pub max_quantity: Option<i32>,
}

fn one() -> i32 {
    1
}

/// Change of an extra. Fields that are left out stay as they are; how it is charged cannot be changed.
#[derive(Debug, Clone, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateExtra {
    /// Name of the extra as guests see it, 1 to 200 characters.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// Description for guests, at most 5,000 characters.
    #[garde(inner(length(chars, max = 5000)))]
    #[serde(default, deserialize_with = "new_paragraphs")]
    #[schema(nullable = false, max_length = 5000)]
    pub description: Option<String>,
    /// Name and description in languages beside the property's `default_locale`; null removes a language.
    #[garde(dive)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub texts: Option<TextsPatch>,
    /// Price of one in the property's currency, not negative; what was sold keeps its price.
    #[garde(inner(custom(bounds::price)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub price: Option<Money>,
    /// Prices of one for children, by the code of their age band, at most 18 bands; they replace all that there were.
    #[garde(inner(length(max = 18), custom(bounds::prices)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub child_prices: Option<BTreeMap<String, Money>>,
    /// Day on which it is served and charged, one that fits how it is charged; it holds for what is sold from then on, and for
    /// nights that come to a stay.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub day: Option<ExtraDay>,
    /// Identifiers of the tax rules that it bears, percentages, at most 10; they replace all that it bore.
    #[garde(inner(length(max = 10)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_items = 10)]
    pub tax_rule_ids: Option<Vec<Uuid>>,
    /// Lowest number that is sold with a stay, 1 to 1,000.
    #[garde(inner(range(min = 1, max = 1000)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    pub min_quantity: Option<i32>,
    /// Highest number that is sold with a stay, 1 to 1,000; null for no highest number.
    #[garde(inner(inner(range(min = 1, max = 1000))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 1, maximum = 1000)]
    pub max_quantity: Option<Option<i32>>,
    /// `true` if it is sold no more, `false` to sell it again.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub is_archived: Option<bool>,
}

/// Choice of a hotel's extras.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct ExtraFilter {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// `true` for extras that are not sold any more, `false` for those that are; those that are sold if left out.
    #[serde(default)]
    pub is_archived: bool,
}

/// An extra: something that a hotel sells beside the room.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ExtraOut {
    /// Identifier of the extra.
    pub id: Uuid,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Name of the extra, in the property's language.
    #[schema(example = "Breakfast")]
    pub name: String,
    /// Description for guests, in the property's language.
    pub description: String,
    /// Name and description in other languages.
    pub texts: Texts,
    /// Price of one, with the taxes that are included in prices.
    pub price: Money,
    /// Prices of one for children, by the code of their age band; children of other bands pay the price.
    pub child_prices: BTreeMap<String, Money>,
    /// Way in which it is charged.
    pub posted: PostedPer,
    /// Day on which it is served and charged.
    pub day: ExtraDay,
    /// Identifiers of the tax rules that it bears: those of them that have not ended.
    pub tax_rule_ids: Vec<Uuid>,
    /// Lowest number that is sold with a stay.
    pub min_quantity: i32,
    /// Highest number that is sold with a stay; null for no highest number.
    pub max_quantity: Option<i32>,
    /// `true` if it is sold no more; what was sold of it goes on.
    pub is_archived: bool,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl ExtraOut {
    pub fn new(offered: Offered, currency: Currency) -> Self {
        let Offered { extra, taxes } = offered;
        let Extra {
            property_id,
            id,
            name,
            description,
            texts,
            price_minor,
            posted,
            day,
            min_quantity,
            max_quantity,
            is_archived,
            version,
            created_at,
            updated_at,
            child_prices,
        } = extra;
        let money = |minor| Money::new(minor, currency);
        Self {
            id,
            property_id,
            name,
            description,
            texts: Texts::from_json(texts),
            price: money(price_minor),
            child_prices: child_prices.0.into_iter().map(|(code, minor)| (code, money(minor))).collect(),
            posted,
            day,
            tax_rule_ids: taxes.into_iter().map(|tax| tax.id).collect(),
            min_quantity,
            max_quantity,
            is_archived,
            version,
            created_at,
            updated_at,
        }
    }
}

/// Extra wished for with a stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtraRequest {
    /// Identifier of the extra.
    #[garde(skip)]
    pub extra_id: Uuid,
    /// Number of it, within the extra's own bounds, 1 to 1,000; 1 if left out. What is charged for guests is charged so many
    /// times for each of them.
    #[garde(range(min = 1, max = 1000))]
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 1000, default = 1)]
    pub quantity: i32,
    /// Day of the stay on which it is served, for an extra that is charged `once`; the extra's own day if left out.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-12-24")]
    pub date: Option<NaiveDate>,
}

impl From<ExtraRequest> for ExtraWish {
    fn from(request: ExtraRequest) -> Self {
        let ExtraRequest { extra_id, quantity, date } = request;
        Self { extra_id, quantity, date }
    }
}

/// Choice of a hotel and a day.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct ScheduleQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Day on which extras are served.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-24")]
    pub date: NaiveDate,
}

/// Extras that are to be served on a day.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ExtraSchedule {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Day on which they are served.
    pub date: NaiveDate,
    /// Extras, by name.
    pub items: Vec<ScheduledExtra>,
}

/// Extra that is to be served on a day, and to whom.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ScheduledExtra {
    /// Identifier of the extra.
    pub extra_id: Uuid,
    /// Name of the extra, in the property's language.
    #[schema(example = "Breakfast")]
    pub name: String,
    /// Number of it in all.
    pub units: i32,
    /// Stays that get it, by room.
    pub services: Vec<ServiceOut>,
}

/// Stay to which an extra is served.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ServiceOut {
    /// Number of the extra.
    pub units: i32,
    /// Identifier of the booking; null for what is charged to the house.
    pub booking_id: Option<Uuid>,
    /// Reference of the booking; null for what is charged to the house.
    #[schema(example = "HBS-7KQ2M9XA")]
    pub reference: Option<String>,
    /// Identifier of the stay; null for what was charged to the booking as a whole.
    pub stay_id: Option<Uuid>,
    /// Name of the guest who stays, or else of the booking's contact.
    pub guest_name: Option<String>,
    /// Number on the door of the room; null if there is none yet.
    #[schema(example = "101")]
    pub room_number: Option<String>,
}

impl ExtraSchedule {
    /// Groups services, which come by name, by their extra.
    pub fn new(property_id: Uuid, date: NaiveDate, services: Vec<Service>) -> Self {
        let mut items: Vec<ScheduledExtra> = Vec::new();
        for service in services {
            let Service { extra_id, name, units, booking_id, reference, stay_id, guest_name, room_number } = service;
            let out = ServiceOut { units, booking_id, reference, stay_id, guest_name, room_number };
            match items.iter_mut().find(|item| item.extra_id == extra_id) {
                Some(item) => {
                    item.units += units;
                    item.services.push(out);
                }
                None => items.push(ScheduledExtra { extra_id, name, units, services: vec![out] }),
            }
        }
        Self { property_id, date, items }
    }
}
