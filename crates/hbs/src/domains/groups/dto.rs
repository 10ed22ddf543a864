use super::model::{Group, GroupStatus};
use super::rules;
use crate::contact::Contact;
use crate::domains::inventory::AllottedNight;
use crate::domains::rates::rules::MAX_PRICE_MINOR;
use crate::http::valid::{dates, present};
use crate::money::{Currency, Money};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateGroup {
    #[garde(skip)]
    pub property_id: Uuid,
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(example = "Wedding of Ana and Rui")]
    pub name: String,
    /// By which its guests book: unique within the property, in any case.
    #[garde(custom(group_code))]
    #[schema(example = "ANA-RUI-2026")]
    pub code: String,
    /// Who speaks for the group.
    #[garde(dive)]
    pub contact: Option<Contact>,
    #[garde(inner(length(chars, min = 1, max = 2000)))]
    pub notes: Option<String>,
    /// What its rooms are sold by where a booking does not say; the hotel's default plan if left out.
    #[garde(skip)]
    pub rate_plan_id: Option<Uuid>,
    /// The day at the hotel on which what is left goes back on sale: after today, and not after the first night.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-01")]
    pub cut_off: NaiveDate,
    /// The rooms that are set aside.
    #[garde(length(min = 1, max = 100), dive)]
    pub block: Vec<BlockLine>,
    /// What a night was agreed at, in place of the plan's price.
    #[garde(length(max = 100), dive)]
    #[serde(default)]
    pub rates: Vec<GroupRate>,
}

/// Rooms of a type on some nights.
#[derive(Debug, Clone, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockLine {
    #[garde(skip)]
    pub room_type_id: Uuid,
    /// The first night.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-24")]
    pub from: NaiveDate,
    /// The day after the last night.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-27")]
    pub to: NaiveDate,
    /// Each night, those that its guests have booked included.
    #[garde(range(min = 1, max = 10_000))]
    #[schema(example = 10)]
    pub rooms: i32,
}

/// What a night in a room of the type was agreed at.
#[derive(Debug, Clone, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupRate {
    #[garde(skip)]
    pub room_type_id: Uuid,
    /// Gross or net as the property's prices are.
    #[garde(custom(agreed_price))]
    pub nightly_price: Money,
}

fn group_code(code: &str, (): &()) -> garde::Result {
    match rules::code(code) {
        Some(_) => Ok(()),
        None => Err(garde::Error::new("must be 3 to 30 letters, digits and hyphens")),
    }
}

fn agreed_price(price: &Money, (): &()) -> garde::Result {
    if (0..=MAX_PRICE_MINOR).contains(&price.minor) {
        Ok(())
    } else {
        Err(garde::Error::new("must not be negative or absurdly large"))
    }
}

#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateGroup {
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[serde(default, deserialize_with = "present")]
    pub name: Option<String>,
    /// Another one altogether; null: nobody.
    #[garde(dive)]
    #[serde(default, with = "double_option")]
    pub contact: Option<Option<Contact>>,
    #[garde(inner(inner(length(chars, min = 1, max = 2000))))]
    #[serde(default, with = "double_option")]
    pub notes: Option<Option<String>>,
    /// For rooms that are booked from now on.
    #[garde(skip)]
    #[serde(default, with = "double_option")]
    pub rate_plan_id: Option<Option<Uuid>>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional")]
    #[schema(example = "2026-12-01")]
    pub cut_off: Option<NaiveDate>,
    /// All of them anew, for rooms that are booked from now on.
    #[garde(dive)]
    #[serde(default, deserialize_with = "present")]
    pub rates: Option<Vec<GroupRate>>,
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetBlock {
    /// All of it: nights that are not named are given up.
    #[garde(length(min = 1, max = 100), dive)]
    pub block: Vec<BlockLine>,
}

/// Which groups.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct GroupFilter {
    pub property_id: Option<Uuid>,
    #[param(inline)]
    pub status: Option<GroupStatus>,
    /// A part of the name or of the code.
    #[param(example = "wedding")]
    pub text: Option<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GroupOut {
    pub id: Uuid,
    pub property_id: Uuid,
    #[schema(example = "Wedding of Ana and Rui")]
    pub name: String,
    #[schema(example = "ANA-RUI-2026")]
    pub code: String,
    pub status: GroupStatus,
    pub contact: Option<Contact>,
    pub notes: Option<String>,
    pub rate_plan_id: Option<Uuid>,
    pub rates: Vec<GroupRate>,
    /// The day at the hotel on which what is left goes back on sale.
    #[schema(example = "2026-12-01")]
    pub cut_off: NaiveDate,
    pub released_at: Option<DateTime<Utc>>,
    /// Night by night, also nights on which its guests stay beyond what was agreed.
    pub nights: Vec<GroupNight>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A group as a list shows it: what it comes to over all nights and types.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GroupSummary {
    pub id: Uuid,
    pub property_id: Uuid,
    #[schema(example = "Wedding of Ana and Rui")]
    pub name: String,
    #[schema(example = "ANA-RUI-2026")]
    pub code: String,
    pub status: GroupStatus,
    #[schema(example = "2026-12-01")]
    pub cut_off: NaiveDate,
    /// The first night that was agreed on.
    pub from: Option<NaiveDate>,
    /// The day after the last one.
    pub to: Option<NaiveDate>,
    /// Room nights as agreed, as booked by its guests, and set aside still.
    pub blocked: i64,
    pub picked_up: i64,
    pub remaining: i64,
    pub version: i64,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GroupNight {
    #[schema(example = "2026-12-24")]
    pub date: NaiveDate,
    pub room_type_id: Uuid,
    /// Rooms as agreed.
    pub blocked: i32,
    /// Rooms that its guests have, also beyond what was agreed.
    pub picked_up: i32,
    /// Rooms that are set aside for it still.
    pub remaining: i32,
}

impl From<&AllottedNight> for GroupNight {
    fn from(night: &AllottedNight) -> Self {
        let AllottedNight { night: date, room_type_id, blocked, rooms: _, picked_up } = *night;
        Self { date, room_type_id, blocked, picked_up, remaining: night.remaining() }
    }
}

impl GroupOut {
    pub fn new<'a>(
        group: Group,
        rates: &BTreeMap<Uuid, i64>,
        nights: impl Iterator<Item = &'a AllottedNight>,
        currency: Currency,
    ) -> Self {
        let status = group.status();
        let Group {
            property_id,
            id,
            name,
            code,
            contact_name,
            contact_email,
            contact_phone,
            notes,
            rate_plan_id,
            cut_off,
            released_at,
            version,
            created_at,
            updated_at,
        } = group;
        let contact =
            contact_name.zip(contact_email).map(|(full_name, email)| Contact { full_name, email, phone: contact_phone });
        Self {
            id,
            property_id,
            name,
            code,
            status,
            contact,
            notes,
            rate_plan_id,
            rates: shown_rates(rates, currency),
            cut_off,
            released_at,
            nights: nights.map(GroupNight::from).collect(),
            version,
            created_at,
            updated_at,
        }
    }
}

fn shown_rates(rates: &BTreeMap<Uuid, i64>, currency: Currency) -> Vec<GroupRate> {
    let rate = |(room_type_id, minor): (&Uuid, &i64)| GroupRate {
        room_type_id: *room_type_id,
        nightly_price: Money::new(*minor, currency),
    };
    rates.iter().map(rate).collect()
}

/// What a guest of a group can book.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GroupOffer {
    #[schema(example = "Wedding of Ana and Rui")]
    pub name: String,
    #[schema(example = "ANA-RUI-2026")]
    pub code: String,
    /// With `released`, its guests book as anybody does.
    pub status: GroupStatus,
    /// The day at the hotel from which on the rooms are on sale to anybody.
    #[schema(example = "2026-12-01")]
    pub cut_off: NaiveDate,
    pub rate_plan_id: Option<Uuid>,
    /// Nothing for a type: the plan's price.
    pub rates: Vec<GroupRate>,
    /// Nights with rooms left for the group.
    pub nights: Vec<OfferedNight>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OfferedNight {
    #[schema(example = "2026-12-24")]
    pub date: NaiveDate,
    pub room_type_id: Uuid,
    pub remaining: i32,
}

impl GroupOffer {
    pub fn new<'a>(
        group: Group,
        rates: &BTreeMap<Uuid, i64>,
        nights: impl Iterator<Item = &'a AllottedNight>,
        currency: Currency,
    ) -> Self {
        let offered = |night: &AllottedNight| OfferedNight {
            date: night.night,
            room_type_id: night.room_type_id,
            remaining: night.remaining(),
        };
        Self {
            status: group.status(),
            name: group.name,
            code: group.code,
            cut_off: group.cut_off,
            rate_plan_id: group.rate_plan_id,
            rates: shown_rates(rates, currency),
            nights: nights.map(offered).filter(|night| night.remaining > 0).collect(),
        }
    }
}
