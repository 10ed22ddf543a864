use super::model::{BlockRow, StayRow};
use crate::changes::Asked;
use crate::clock::hours;
use crate::domains::blocks::BlockKind;
use crate::domains::bookings::Tags;
use crate::domains::rooms::Housekeeping;
use crate::domains::stays::{Status, departure};
use crate::http::valid::dates;
use crate::money::Money;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{AllOfBuilder, Discriminator, ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

/// Choice of the hotel and the nights of a calendar.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct CalendarQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// First night.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-01")]
    pub from: NaiveDate,
    /// End, exclusive: the day after the last night, at most 92 nights after `from`.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2027-01-01")]
    pub to: NaiveDate,
    /// Room type to show; all room types if left out.
    pub room_type_id: Option<Uuid>,
    /// Floor whose rooms to show; all floors if left out. Stays without a room are shown whatever the floor.
    #[garde(inner(length(chars, max = 20)))]
    #[param(max_length = 20, example = "3")]
    pub floor: Option<String>,
    /// `sync` of an earlier answer to the same request, for what has changed since.
    #[garde(inner(length(chars, max = 2000)))]
    #[param(max_length = 2000)]
    pub updated_since: Option<String>,
}

impl CalendarQuery {
    /// Returns what is asked for, as marks know it.
    pub fn asked(&self) -> Asked {
        let Self { property_id, from, to, room_type_id, floor, updated_since: _ } = self;
        Asked::new(&format!("calendar {property_id} {from} {to} {room_type_id:?} {floor:?}"))
    }
}

/// Calendar of a hotel: room types and rooms over some nights.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CalendarOut {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// First night.
    pub from: NaiveDate,
    /// End, exclusive: the day after the last night.
    pub to: NaiveDate,
    /// Business date of the hotel: "today" there.
    pub business_date: NaiveDate,
    /// Room types, ordered by code. Of a delta, all of them if anything has changed.
    pub room_types: Vec<CalendarType>,
    /// Rooms, ordered by number. Of a delta, those that have changed, each with all of its segments.
    pub rooms: Vec<CalendarRoom>,
    /// `true` if only what has changed since `updated_since` is told; `false` if the calendar is whole: then forget your copy.
    pub is_delta: bool,
    /// Identifiers of rooms that are gone, or not among those asked for any more. Only in a delta.
    pub removed_rooms: Vec<Uuid>,
    /// Mark of this answer, to be sent as `updated_since` later; `ETag` has it, too.
    pub sync: String,
}

/// Room type in a calendar, with its inventory and rates.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CalendarType {
    /// Identifier of the room type.
    pub id: Uuid,
    /// Code of the room type, unique within the property.
    #[schema(example = "DLX")]
    pub code: String,
    /// Name of the room type, in the property's own language.
    pub name: String,
    /// Inventory and rates of the nights that are within the horizon, in order.
    pub nights: Vec<CalendarNight>,
    /// Stays of the room type without a room, ordered by arrival.
    pub unassigned: Vec<CalendarStay>,
}

/// Inventory and rates of a room type on a night.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CalendarNight {
    /// Date of the night.
    pub date: NaiveDate,
    /// Number of rooms that are not blocked.
    #[schema(example = 12)]
    pub capacity: i32,
    /// Number of rooms that are sold, holds included.
    #[schema(example = 9)]
    pub sold: i32,
    /// Number of rooms set aside for groups and not picked up yet.
    pub allotted: i32,
    /// Number of rooms that may be sold beyond capacity.
    pub overbooking: i32,
    /// Number of rooms that can still be sold.
    #[schema(example = 3)]
    pub available: i32,
    /// Rate in the hotel's default plan; null if that plan does not sell the room type.
    pub default_rate: Option<CalendarRate>,
    /// Rate in the cheapest plan that sells the night on the direct channel; null if none does.
    pub cheapest_rate: Option<CalendarRate>,
}

/// Price of a night in a rate plan, with its restrictions: the night's own, or else the plan's.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CalendarRate {
    /// Identifier of the rate plan.
    pub rate_plan_id: Uuid,
    /// Price of the room without extra guests, gross or net like the hotel's prices.
    pub price: Money,
    /// `true` if the plan does not sell this night.
    pub stop_sell: bool,
    /// Minimum number of nights of a stay that begins on this night.
    #[schema(example = 2)]
    pub min_stay: Option<i32>,
    /// Minimum number of nights of a stay that has this night, whenever it begins.
    #[schema(example = 3)]
    pub min_stay_through: Option<i32>,
    /// Maximum number of nights of a stay that begins on this night.
    pub max_stay: Option<i32>,
    /// `true` if no stay can begin on this date.
    pub closed_to_arrival: bool,
    /// `true` if no stay can end on this date.
    pub closed_to_departure: bool,
}

/// Room in a calendar, with its stays and blocks.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CalendarRoom {
    /// Identifier of the room.
    pub id: Uuid,
    /// Number on the door of the room, unique within the property.
    #[schema(example = "304")]
    pub room_number: String,
    /// Former name of `room_number`.
    #[schema(deprecated, example = "304")]
    pub number: String,
    /// Version of the room: send it as `If-Match` to change the room.
    pub version: i64,
    /// Floor of the room; null for none.
    pub floor: Option<String>,
    /// Identifier of the room type.
    pub room_type_id: Uuid,
    /// Housekeeping state of the room.
    pub housekeeping: Housekeeping,
    /// Stays and blocks of the room, ordered by first night. They are shown whole, even if they begin before the
    /// calendar or end after it. Only blocks that are `out_of_service` may overlap with others.
    pub segments: Vec<Segment>,
}

/// A stay or block that a room is taken by.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Segment {
    Stay(CalendarStay),
    Block(CalendarBlock),
}

impl Segment {
    pub fn from(&self) -> NaiveDate {
        match self {
            Self::Stay(stay) => stay.from,
            Self::Block(block) => block.from,
        }
    }
}

/// Names the schema of each kind: generators of clients make no types of nameless ones.
impl PartialSchema for Segment {
    fn schema() -> RefOr<Schema> {
        let kinds = [("stay", "StaySegment"), ("block", "BlockSegment")];
        let mapping = kinds.map(|(kind, name)| (kind, Ref::from_schema_name(name).ref_location));
        OneOfBuilder::new()
            .item(Ref::from_schema_name("StaySegment"))
            .item(Ref::from_schema_name("BlockSegment"))
            .discriminator(Some(Discriminator::with_mapping("kind", mapping)))
            .description(Some("A stay or block that a room is taken by."))
            .into()
    }
}

impl ToSchema for Segment {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push(("StaySegment".into(), of_kind::<CalendarStay>("stay")));
        schemas.push(("BlockSegment".into(), of_kind::<CalendarBlock>("block")));
        schemas.push((CalendarStay::name().into(), CalendarStay::schema()));
        schemas.push((CalendarBlock::name().into(), CalendarBlock::schema()));
        CalendarStay::schemas(schemas);
        CalendarBlock::schemas(schemas);
    }
}

fn of_kind<T: ToSchema>(kind: &str) -> RefOr<Schema> {
    let word = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([kind])).description(Some("Kind of the segment."));
    AllOfBuilder::new()
        .item(Ref::from_schema_name(T::name()))
        .item(ObjectBuilder::new().property("kind", word).required("kind"))
        .into()
}

/// Stay in a calendar.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CalendarStay {
    /// First night.
    pub from: NaiveDate,
    /// End, exclusive: the day after the last night; a no-show has only the first night.
    pub to: NaiveDate,
    /// Identifier of the stay.
    pub stay_id: Uuid,
    /// Identifier of the booking.
    pub booking_id: Uuid,
    /// Reference of the booking.
    #[schema(example = "HBS-7KQ2M9XA")]
    pub reference: String,
    /// Version of the booking, which is that of its stays too: send it as `If-Match` to act on them.
    pub version: i64,
    /// Name of the guest of the stay, or else of the contact of the booking.
    #[schema(example = "Ana Sousa")]
    pub guest_name: String,
    /// Status of the stay.
    pub status: Status,
    /// `true` if the stay keeps its room when others are rearranged.
    pub is_pinned: bool,
    /// Day of arrival of the whole stay, whichever of its nights the segment has.
    pub check_in: NaiveDate,
    /// Day of departure of the whole stay; of day use, the day of arrival.
    pub check_out: NaiveDate,
    /// `true` for day use: the room is sold for the day, and its night is on sale once the guests have left.
    pub is_day_use: bool,
    /// Number of guests: adults and children.
    #[schema(example = 2)]
    pub guests: i32,
    /// `true` if something of the booking is left to be paid, or to be paid back.
    pub has_balance: bool,
    /// Group that the booking belongs to; null for none.
    pub group_id: Option<Uuid>,
    /// Name of the group; null without a `group_id`.
    #[schema(example = "Wedding of Ana and Rui")]
    pub group_name: Option<String>,
    /// Local time at which the guests mean to arrive; null if it is not known.
    #[serde(serialize_with = "hours::nullable::serialize")]
    #[schema(value_type = Option<String>, example = "22:30")]
    pub arrival_time: Option<NaiveTime>,
    /// Time at which the hold expires; null if the booking is not a hold.
    pub hold_expires_at: Option<DateTime<Utc>>,
    /// Tags of the booking.
    pub tags: Tags,
}

impl CalendarStay {
    /// Makes the segment of a stay with all of its nights. `has_balance` is that of its booking.
    pub fn new(row: StayRow, has_balance: bool) -> Self {
        let StayRow { stay, booking, group } = row;
        let to = if stay.status == Status::NoShow { stay.check_in + Days::new(1) } else { stay.check_out };
        let (group_id, group_name) = group.map(|group| (group.id, group.name)).unzip();
        Self {
            from: stay.check_in,
            to,
            stay_id: stay.id,
            booking_id: stay.booking_id,
            reference: booking.reference,
            version: booking.version,
            guest_name: stay.guest_name.unwrap_or(booking.contact_name),
            status: stay.status,
            is_pinned: stay.is_pinned,
            check_in: stay.check_in,
            check_out: departure(stay.check_in, stay.check_out, stay.is_day_use),
            is_day_use: stay.is_day_use,
            guests: stay.adults + i32::try_from(stay.children_ages.len()).unwrap_or(0),
            has_balance,
            group_id,
            group_name,
            arrival_time: booking.arrival_time,
            hold_expires_at: booking.hold_expires_at,
            tags: booking.tags,
        }
    }
}

/// Room block in a calendar.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CalendarBlock {
    /// First blocked night.
    pub from: NaiveDate,
    /// End, exclusive: the day after the last blocked night, or the day of the release.
    pub to: NaiveDate,
    /// Identifier of the room block.
    pub block_id: Uuid,
    /// Version of the room block: send it as `If-Match` to change it.
    pub version: i64,
    /// Kind of the block.
    pub block_kind: BlockKind,
    /// Reason for the block, shown to staff.
    #[schema(example = "Burst pipe in the bathroom")]
    pub reason: String,
}

impl From<BlockRow> for CalendarBlock {
    fn from(row: BlockRow) -> Self {
        let BlockRow { block_id, room_id: _, kind, reason, from_date, to_date, released_from, version } = row;
        Self { from: from_date, to: released_from.unwrap_or(to_date), block_id, version, block_kind: kind, reason }
    }
}
