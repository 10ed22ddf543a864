//! Requests and answers about amendments.
use super::create::maybe_price;
use super::show::BookingOut;
use crate::domains::bookings::model::commands::{AddRoom, Amend, AmendStay};
use crate::domains::folios::{FolioKind, NewFolioEntry};
use crate::http::valid::dates;
use crate::money::{Currency, Money};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use serde_with::skip_serializing_none;
use uuid::Uuid;

/// Changes to the stays of a booking. Fields that are left out stay as they are.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"check_out": "2026-12-28", "expected_total": {"amount": "400.00", "currency": "EUR"}}))]
pub struct AmendBooking {
    /// New day of arrival for every stay that is still to come.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional")]
    #[schema(nullable = false, example = "2026-12-24")]
    pub check_in: Option<NaiveDate>,
    /// New day of departure for every stay that has not ended.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional")]
    #[schema(nullable = false, example = "2026-12-28")]
    pub check_out: Option<NaiveDate>,
    /// Changes to single stays.
    #[garde(length(max = 50), dive)]
    #[serde(default)]
    #[schema(max_items = 50)]
    pub stays: Vec<StayAmendment>,
    /// Rooms to add, one entry per room.
    #[garde(length(max = 50), dive)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub add_rooms: Vec<AddedRoom>,
    /// `true` to sell unchanged nights at today's prices as well. For staff.
    #[garde(skip)]
    #[serde(default)]
    pub reprice: bool,
    /// Total of the booking that the guest was shown; if the actual total differs, nothing is changed.
    #[garde(skip)]
    pub expected_total: Option<Money>,
    /// `true` to sell despite the restrictions of the rate plans. Needs `bookings:override`.
    #[garde(skip)]
    #[serde(default)]
    pub ignore_restrictions: bool,
    /// Reason for the amendment, at most 500 characters.
    #[garde(inner(length(chars, max = 500)))]
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

/// Changes to one stay. Fields that are left out stay as they are.
#[skip_serializing_none]
#[derive(Debug, Clone, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StayAmendment {
    /// Identifier of a stay of the booking; each stay once.
    #[garde(skip)]
    pub stay_id: Uuid,
    /// New day of arrival; fixed once the guests are in the house.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional")]
    #[schema(nullable = false, example = "2026-12-24")]
    pub check_in: Option<NaiveDate>,
    /// New day of departure.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional")]
    #[schema(nullable = false, example = "2026-12-28")]
    pub check_out: Option<NaiveDate>,
    /// New room type, sold at its price; for guests in the house, for the nights that are left.
    #[garde(skip)]
    pub room_type_id: Option<Uuid>,
    /// Identifier of the new rate plan.
    #[garde(skip)]
    pub rate_plan_id: Option<Uuid>,
    /// New number of adults in the room, 1 to 50.
    #[garde(inner(range(min = 1, max = 50)))]
    #[schema(minimum = 1, maximum = 50)]
    pub adults: Option<i32>,
    /// New ages of all children on the day of arrival, in years, 0 to 17; at most 50.
    #[garde(inner(length(max = 50), inner(range(min = 0, max = 17))))]
    #[schema(max_items = 50, minimum = 0, maximum = 17)]
    pub children_ages: Option<Vec<i32>>,
    /// New name of the guest who stays, 1 to 200 characters; null removes it.
    #[garde(inner(inner(length(chars, min = 1, max = 200))))]
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 200)]
    pub guest_name: Option<Option<String>>,
    /// New price per night, not negative, gross or net like the hotel's prices, for all nights that are not past. Needs
    /// `bookings:price`.
    #[garde(custom(maybe_price))]
    pub nightly_price: Option<Money>,
}

/// A room to add to a booking. It is held if the booking is a hold, and confirmed otherwise.
#[skip_serializing_none]
#[derive(Debug, Clone, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddedRoom {
    /// Identifier of the room type.
    #[garde(skip)]
    pub room_type_id: Uuid,
    /// Rate plan of the room; if left out, that of the booking's group, or else the hotel's default plan.
    #[garde(skip)]
    pub rate_plan_id: Option<Uuid>,
    /// Day of arrival; if left out, that of the booking, or today if that is past.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional")]
    #[schema(nullable = false, example = "2026-12-24")]
    pub check_in: Option<NaiveDate>,
    /// Day of departure; that of the booking if left out.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::optional")]
    #[schema(nullable = false, example = "2026-12-28")]
    pub check_out: Option<NaiveDate>,
    /// Number of adults in the room, 1 to 50.
    #[garde(range(min = 1, max = 50))]
    #[schema(minimum = 1, maximum = 50, example = 2)]
    pub adults: i32,
    /// Ages of the children on the day of arrival, in years, 0 to 17; at most 50. No children if left out.
    #[garde(length(max = 50), inner(range(min = 0, max = 17)))]
    #[serde(default)]
    #[schema(max_items = 50, minimum = 0, maximum = 17, example = json!([7]))]
    pub children_ages: Vec<i32>,
    /// Name of the guest who stays, 1 to 200 characters.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(min_length = 1, max_length = 200, example = "Ana Sousa")]
    pub guest_name: Option<String>,
    /// Price per night in place of the plan's, not negative, gross or net like the hotel's prices. Needs
    /// `bookings:price`.
    #[garde(custom(maybe_price))]
    pub nightly_price: Option<Money>,
}

impl From<AmendBooking> for Amend {
    fn from(body: AmendBooking) -> Self {
        let AmendBooking { check_in, check_out, stays, add_rooms, reprice, expected_total, ignore_restrictions, reason } = body;
        let stays = stays.into_iter().map(AmendStay::from).collect();
        let add_rooms = add_rooms.into_iter().map(AddRoom::from).collect();
        Self { check_in, check_out, stays, add_rooms, reprice, expected_total, ignore_restrictions, reason }
    }
}

impl From<StayAmendment> for AmendStay {
    fn from(stay: StayAmendment) -> Self {
        let StayAmendment {
            stay_id,
            check_in,
            check_out,
            room_type_id,
            rate_plan_id,
            adults,
            children_ages,
            guest_name,
            nightly_price,
        } = stay;
        Self { stay_id, check_in, check_out, room_type_id, rate_plan_id, adults, children_ages, guest_name, nightly_price }
    }
}

impl From<AddedRoom> for AddRoom {
    fn from(room: AddedRoom) -> Self {
        let AddedRoom { room_type_id, rate_plan_id, check_in, check_out, adults, children_ages, guest_name, nightly_price } =
            room;
        Self { room_type_id, rate_plan_id, check_in, check_out, adults, children_ages, guest_name, nightly_price }
    }
}

/// Shows a stored amendment as the request that asked for it.
impl From<Amend> for AmendBooking {
    fn from(amend: Amend) -> Self {
        let Amend { check_in, check_out, stays, add_rooms, reprice, expected_total, ignore_restrictions, reason } = amend;
        let stays = stays.into_iter().map(StayAmendment::from).collect();
        let add_rooms = add_rooms.into_iter().map(AddedRoom::from).collect();
        Self { check_in, check_out, stays, add_rooms, reprice, expected_total, ignore_restrictions, reason }
    }
}

impl From<AmendStay> for StayAmendment {
    fn from(stay: AmendStay) -> Self {
        let AmendStay {
            stay_id,
            check_in,
            check_out,
            room_type_id,
            rate_plan_id,
            adults,
            children_ages,
            guest_name,
            nightly_price,
        } = stay;
        Self { stay_id, check_in, check_out, room_type_id, rate_plan_id, adults, children_ages, guest_name, nightly_price }
    }
}

impl From<AddRoom> for AddedRoom {
    fn from(room: AddRoom) -> Self {
        let AddRoom { room_type_id, rate_plan_id, check_in, check_out, adults, children_ages, guest_name, nightly_price } = room;
        Self { room_type_id, rate_plan_id, check_in, check_out, adults, children_ages, guest_name, nightly_price }
    }
}

/// A booking after an amendment, or as it would be after one.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AmendmentOut {
    /// `true` if nothing was changed because a dry run was asked for.
    pub dry_run: bool,
    /// Former name of `dry_run`.
    #[schema(deprecated)]
    pub is_dry_run: bool,
    /// Booking after the amendment; in a dry run, as it would be.
    pub booking: BookingOut,
    /// Total price of the booking before the amendment, taxes included.
    pub total_before: Money,
    /// Difference between the new and the old total; negative if the booking becomes cheaper.
    pub difference: Money,
    /// Offers that stays lose, since they meet the conditions no more.
    pub lost_offers: Vec<LostOffer>,
    /// Entries that the amendment adds to the folio.
    pub entries: Vec<AmendedEntry>,
}

/// Offer that a stay loses by an amendment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LostOffer {
    /// Identifier of the stay.
    pub stay_id: Uuid,
    /// Identifier of the offer.
    pub offer_id: Uuid,
    /// Name of the offer when the stay was sold.
    #[schema(example = "Stay four nights, pay three")]
    pub name: String,
    /// Amount that it took off nights which the stay goes on having, and takes off no more.
    pub cost: Money,
}

/// Entry that an amendment adds to the folio.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AmendedEntry {
    /// Identifier of the stay.
    pub stay_id: Uuid,
    /// Kind of the entry.
    pub kind: FolioKind,
    /// Date of the night, or of the day on which an extra is served, that the entry is for.
    pub service_date: NaiveDate,
    /// Text of the entry: the name of the room type, the tax or the extra.
    pub description: String,
    /// Amount of the entry; negative for a reversal.
    pub amount: Money,
}

impl AmendedEntry {
    pub fn new(line: NewFolioEntry, currency: Currency) -> Self {
        let NewFolioEntry { stay_id, kind, service_date, amount_minor, description, .. } = line;
        Self { stay_id, kind, service_date, description, amount: Money::new(amount_minor, currency) }
    }
}
