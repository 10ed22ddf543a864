use super::model::{Group, GroupStatus};
use super::rules;
use crate::contact::Contact;
use crate::domains::inventory::AllottedNight;
use crate::domains::rates::rules::bounds;
use crate::http::valid::{dates, present};
use crate::money::{Currency, Money};
use crate::plain_text::{new_paragraphs, paragraphs};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Group to add, with the rooms to set aside for it.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateGroup {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Name of the group, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Wedding of Ana and Rui")]
    pub name: String,
    /// Code with which the group's guests book: 3 to 30 letters, digits and hyphens, not beginning with a hyphen; unique
    /// within the property, in any case. Left out, one is made that cannot be guessed.
    #[garde(inner(custom(group_code)))]
    #[schema(pattern = r"^[A-Za-z0-9][A-Za-z0-9-]{2,29}$", example = "ANA-RUI-2026")]
    pub code: Option<String>,
    /// Contact person of the group.
    #[garde(dive)]
    pub contact: Option<Contact>,
    /// Notes on the group for staff, 1 to 2,000 characters.
    #[garde(inner(length(chars, min = 1, max = 2000)))]
    #[serde(default, deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 2000)]
    pub notes: Option<String>,
    /// Rate plan of the group's rooms if a booking names none; the hotel's default plan if left out.
    #[garde(skip)]
    pub rate_plan_id: Option<Uuid>,
    /// Account of the company or agent that the group is of.
    #[garde(skip)]
    pub account_id: Option<Uuid>,
    /// Cut-off date at the hotel, when unsold rooms go back on sale: after today, and not after the first night.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-01")]
    pub cut_off: NaiveDate,
    /// Rooms to set aside.
    #[garde(length(min = 1, max = 100), dive)]
    #[schema(min_items = 1, max_items = 100)]
    pub block: Vec<BlockLine>,
    /// Agreed prices per night, in place of the plan's.
    #[garde(length(max = 100), dive)]
    #[serde(default)]
    #[schema(max_items = 100)]
    pub rates: Vec<GroupRate>,
}

/// Rooms of a type that are set aside on some nights.
#[derive(Debug, Clone, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockLine {
    /// Identifier of the room type.
    #[garde(skip)]
    pub room_type_id: Uuid,
    /// First night.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-24")]
    pub from: NaiveDate,
    /// End, exclusive: the day after the last night.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-27")]
    pub to: NaiveDate,
    /// Number of rooms on each night, including those that the group's guests have booked.
    #[garde(range(min = 1, max = 10_000))]
    #[schema(minimum = 1, maximum = 10000, example = 10)]
    pub rooms: i32,
}

/// Agreed price per night of a room type.
#[derive(Debug, Clone, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupRate {
    /// Identifier of the room type; each room type once.
    #[garde(skip)]
    pub room_type_id: Uuid,
    /// Price per night, not negative, gross or net like the hotel's prices.
    #[garde(custom(bounds::price))]
    pub nightly_price: Money,
}

fn group_code(code: &str, (): &()) -> garde::Result {
    match rules::code(code) {
        Some(_) => Ok(()),
        None => Err(garde::Error::new("must be 3 to 30 letters, digits and hyphens")),
    }
}

/// Change of a group. Fields that are left out stay as they are.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateGroup {
    /// Name of the group, 1 to 200 characters.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// New contact, as a whole; null removes it.
    #[garde(dive)]
    #[serde(default, with = "double_option")]
    pub contact: Option<Option<Contact>>,
    /// Notes on the group for staff, 1 to 2,000 characters; null removes them.
    #[garde(inner(inner(length(chars, min = 1, max = 2000))))]
    #[serde(default, deserialize_with = "new_paragraphs")]
    #[schema(min_length = 1, max_length = 2000)]
    pub notes: Option<Option<String>>,
    /// Rate plan of rooms that are booked from now on.
    #[garde(skip)]
    #[serde(default, with = "double_option")]
    pub rate_plan_id: Option<Option<Uuid>>,
    /// Account of the company or agent that the group is of; null takes it away.
    #[garde(skip)]
    #[serde(default, with = "double_option")]
    pub account_id: Option<Option<Uuid>>,
    /// Cut-off date at the hotel, when unsold rooms go back on sale: after today, and not after the first night.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional")]
    #[schema(nullable = false, example = "2026-12-01")]
    pub cut_off: Option<NaiveDate>,
    /// Complete list of agreed prices, for rooms that are booked from now on.
    #[garde(length(max = 100), dive)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_items = 100)]
    pub rates: Option<Vec<GroupRate>>,
}

/// Rooms to set aside for a group.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetBlock {
    /// Complete list of the rooms to set aside: nights that are not named are given up.
    #[garde(length(min = 1, max = 100), dive)]
    #[schema(min_items = 1, max_items = 100)]
    pub block: Vec<BlockLine>,
}

/// Filter of groups.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct GroupFilter {
    /// Identifier of the property.
    pub property_id: Option<Uuid>,
    /// Status of the group.
    #[param(inline)]
    pub status: Option<GroupStatus>,
    /// Words of the name or the code, in any order; case and accents do not matter.
    #[garde(inner(length(chars, max = 200)))]
    #[param(example = "wedding", max_length = 200)]
    pub q: Option<String>,
    /// Former name of `q`, for a part of the name or the code.
    #[garde(inner(length(chars, max = 200)))]
    #[param(example = "wedding", max_length = 200)]
    pub text: Option<String>,
}

/// A group with its rooms.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GroupOut {
    /// Identifier of the group.
    pub id: Uuid,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Name of the group.
    #[schema(example = "Wedding of Ana and Rui")]
    pub name: String,
    /// Code with which the group's guests book, in capital letters.
    #[schema(example = "ANA-RUI-2026")]
    pub code: String,
    /// Status of the group.
    pub status: GroupStatus,
    /// Contact person of the group; null if there is none.
    pub contact: Option<Contact>,
    /// Identifier of the guest profile of the contact; null if there is no contact.
    pub guest_id: Option<Uuid>,
    /// Identifier of the account of the company or agent that the group is of; null if there is none.
    pub account_id: Option<Uuid>,
    /// Notes on the group for staff; null if there are none.
    pub notes: Option<String>,
    /// Identifier of the rate plan of the group's rooms if a booking names none; null for the hotel's default plan.
    pub rate_plan_id: Option<Uuid>,
    /// Agreed prices per night; room types without one are sold at the plan's price.
    pub rates: Vec<GroupRate>,
    /// Cut-off date at the hotel, when unsold rooms go back on sale.
    #[schema(example = "2026-12-01")]
    pub cut_off: NaiveDate,
    /// Time at which the remaining rooms went back on sale (UTC); null for an open group.
    pub released_at: Option<DateTime<Utc>>,
    /// Rooms of the group night by night, including nights on which its guests stay beyond what was agreed.
    pub nights: Vec<GroupNight>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

/// A group in a list, with its totals over all nights and room types.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GroupSummary {
    /// Identifier of the group.
    pub id: Uuid,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Name of the group.
    #[schema(example = "Wedding of Ana and Rui")]
    pub name: String,
    /// Code with which the group's guests book, in capital letters.
    #[schema(example = "ANA-RUI-2026")]
    pub code: String,
    /// Status of the group.
    pub status: GroupStatus,
    /// Contact person of the group; null if there is none.
    pub contact: Option<Contact>,
    /// Cut-off date at the hotel, when unsold rooms go back on sale.
    #[schema(example = "2026-12-01")]
    pub cut_off: NaiveDate,
    /// First night of the agreed rooms.
    pub from: Option<NaiveDate>,
    /// End, exclusive: the day after the last night of the agreed rooms.
    pub to: Option<NaiveDate>,
    /// Number of room nights as agreed.
    pub blocked: i64,
    /// Number of room nights that the group's guests have booked.
    pub picked_up: i64,
    /// Number of room nights that are still set aside.
    pub remaining: i64,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
}

/// Rooms of a group on a night, of one room type.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GroupNight {
    /// Date of the night.
    #[schema(example = "2026-12-24")]
    pub date: NaiveDate,
    /// Identifier of the room type.
    pub room_type_id: Uuid,
    /// Number of rooms as agreed.
    pub blocked: i32,
    /// Number of rooms that the group's guests have booked, including those beyond what was agreed.
    pub picked_up: i32,
    /// Number of rooms that are still set aside for the group.
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
            guest_id,
            account_id,
        } = group;
        let contact = contact_of(contact_name, contact_email, contact_phone);
        Self {
            id,
            property_id,
            name,
            code,
            status,
            contact,
            guest_id,
            account_id,
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

/// Returns the contact of a group, if it has one.
pub fn contact_of(name: Option<String>, email: Option<String>, phone: Option<String>) -> Option<Contact> {
    name.map(|full_name| Contact { full_name, email, phone })
}

fn shown_rates(rates: &BTreeMap<Uuid, i64>, currency: Currency) -> Vec<GroupRate> {
    let rate = |(room_type_id, minor): (&Uuid, &i64)| GroupRate {
        room_type_id: *room_type_id,
        nightly_price: Money::new(*minor, currency),
    };
    rates.iter().map(rate).collect()
}

/// Offer to the guests of a group.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GroupOffer {
    /// Name of the group.
    #[schema(example = "Wedding of Ana and Rui")]
    pub name: String,
    /// Code with which the group's guests book, in capital letters.
    #[schema(example = "ANA-RUI-2026")]
    pub code: String,
    /// Status of the group. If it is `released`, its guests book like anybody else.
    pub status: GroupStatus,
    /// Cut-off date at the hotel, from which the rooms are on sale to anybody.
    #[schema(example = "2026-12-01")]
    pub cut_off: NaiveDate,
    /// Identifier of the rate plan of the group's rooms if a booking names none; null for the hotel's default plan.
    pub rate_plan_id: Option<Uuid>,
    /// Agreed prices per night; room types without one are sold at the plan's price.
    pub rates: Vec<GroupRate>,
    /// Nights with rooms left for the group.
    pub nights: Vec<OfferedNight>,
}

/// Night with rooms of one type that are left for a group.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OfferedNight {
    /// Date of the night.
    #[schema(example = "2026-12-24")]
    pub date: NaiveDate,
    /// Identifier of the room type.
    pub room_type_id: Uuid,
    /// Number of rooms that are left for the group.
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
