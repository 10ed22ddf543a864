//! Requests that book rooms, or sell them at the desk.
use super::guests::StayGuest;
use crate::clock::hours;
use crate::contact::Contact;
use crate::domains::bookings::model::Guest;
use crate::domains::bookings::model::commands::{Sell, SellRoom, WalkIn, occupied};
use crate::domains::bookings::model::tags::Tags;
use crate::domains::extras::{ExtraRequest, ExtraWish};
use crate::domains::rates::rules::MAX_PRICE_MINOR;
use crate::http::valid::dates;
use crate::money::Money;
use crate::plain_text::paragraphs;
use crate::texts::Locale;
use chrono::{NaiveDate, NaiveTime};
use serde::Deserialize;
use uuid::Uuid;

/// Booking to make, with its rooms and its contact.
#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBooking {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Day of arrival, a date at the hotel.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-24")]
    pub check_in: NaiveDate,
    /// Day of departure: the first night not stayed. The day of arrival for day use, which staff sell: one room, at the `day_price`
    /// of its rate plan.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-27")]
    pub check_out: NaiveDate,
    /// Rooms to book, one entry per room.
    #[garde(length(min = 1, max = 50), dive)]
    #[schema(min_items = 1, max_items = 50)]
    pub rooms: Vec<RoomRequest>,
    /// Contact person of the booking, who receives the mails. Guests need an e-mail address, staff can leave it out.
    #[garde(dive)]
    pub contact: Contact,
    /// Account that the booking belongs to. If left out, guests book for themselves and staff for the contact only.
    #[garde(skip)]
    pub guest_user_id: Option<Uuid>,
    /// Channel that the booking comes from; `direct` if left out.
    #[garde(inner(pattern(r"^[a-z0-9][a-z0-9_./-]{0,49}$")))]
    #[schema(pattern = r"^[a-z0-9][a-z0-9_./-]{0,49}$", example = "direct")]
    pub channel: Option<String>,
    /// Reference of the booking on its channel, unique per property and channel.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schema(min_length = 1, max_length = 100)]
    pub external_reference: Option<String>,
    /// Minutes for which the rooms are held instead of confirmed, at most the hotel's `max_hold_minutes`.
    #[garde(inner(range(min = 1, max = 10080)))]
    #[schema(minimum = 1, maximum = 10080)]
    pub hold_minutes: Option<i32>,
    /// Total that the guest was shown; if the actual total differs, nothing is booked.
    #[garde(skip)]
    pub expected_total: Option<Money>,
    /// Token of `POST /v1/quotes`: the rooms are sold exactly at the quoted price and terms.
    #[garde(inner(length(min = 1, max = 500_000)))]
    #[schema(min_length = 1, max_length = 500000)]
    pub quote: Option<String>,
    /// `true` to sell despite the restrictions of the rate plans (stop sell, minimum stay …). Needs
    /// `bookings:override`.
    #[garde(skip)]
    #[serde(default)]
    pub ignore_restrictions: bool,
    /// Code of a group. Its rooms are taken first, at its rates and, for rooms without a `rate_plan_id`, in its plan.
    #[garde(inner(length(chars, min = 1, max = 30)))]
    #[schema(min_length = 1, max_length = 30, example = "ANA-RUI-2026")]
    pub group_code: Option<String>,
    /// Code of an offer, at most 100 characters; upper and lower case are the same. With a quote, the quote's code is meant.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schema(min_length = 1, max_length = 100, example = "SUMMER26")]
    pub code: Option<String>,
    /// Special requests of the guest, at most 2,000 characters.
    #[garde(inner(length(chars, max = 2000)))]
    #[serde(default, deserialize_with = "paragraphs")]
    #[schema(max_length = 2000)]
    pub special_requests: Option<String>,
    /// Language of the mails to the guest. If left out: the language that a guest's browser asks for, else that of the
    /// guest's account, else the hotel's.
    #[garde(skip)]
    #[schema(value_type = Option<String>, pattern = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", example = "pt-PT")]
    pub locale: Option<Locale>,
    /// Guest profile of the contact. If left out, the profile with the same name and the same e-mail address or phone number is
    /// taken, or one is made. Only staff can name one.
    #[garde(skip)]
    pub guest_id: Option<Uuid>,
    /// Account of the company or agent for which the booking is made; it must be active. Only staff can name one.
    #[garde(skip)]
    pub account_id: Option<Uuid>,
    /// Local time at which the guests mean to arrive on the day of arrival.
    #[garde(skip)]
    #[serde(default, deserialize_with = "hours::optional::deserialize")]
    #[schema(value_type = Option<String>, pattern = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$", example = "22:30")]
    pub arrival_time: Option<NaiveTime>,
    /// Notes for staff, 1 to 2,000 characters, which guests are never shown. Only staff can write them.
    #[garde(inner(length(chars, min = 1, max = 2000)))]
    #[serde(default, deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 2000, example = "Comes by night train; keep a quiet room")]
    pub notes: Option<String>,
    /// Tags for staff, which guests are never shown. Only staff can set them; none if left out.
    #[garde(skip)]
    #[serde(default)]
    pub tags: Tags,
}

/// Room to sell, with its guests.
#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomRequest {
    /// Identifier of the room type.
    #[garde(skip)]
    pub room_type_id: Uuid,
    /// Rate plan of the room; the hotel's default plan if left out.
    #[garde(skip)]
    pub rate_plan_id: Option<Uuid>,
    /// Number of adults in the room, 1 to 50.
    #[garde(range(min = 1, max = 50))]
    #[schema(minimum = 1, maximum = 50, example = 2)]
    pub adults: i32,
    /// Ages of the children on the day of arrival, in years, 0 to 17; at most 50. No children if left out.
    #[garde(length(max = 50), inner(range(min = 0, max = 17)))]
    #[serde(default)]
    #[schema(max_items = 50, minimum = 0, maximum = 17, example = json!([7]))]
    pub children_ages: Vec<i32>,
    /// A particular room, which the stay then keeps. Only staff can name one.
    #[garde(skip)]
    pub room_id: Option<Uuid>,
    /// Name of the guest who stays, 1 to 200 characters.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(min_length = 1, max_length = 200, example = "Ana Sousa")]
    pub guest_name: Option<String>,
    /// Price per night, or by day for day use, in place of the plan's, not negative, gross or net like the hotel's prices. Needs
    /// `bookings:price`.
    #[garde(custom(maybe_price))]
    pub nightly_price: Option<Money>,
    /// Guests who will stay in the room, if already known. Needs `stays:check_in`.
    #[garde(length(max = 50), dive)]
    #[serde(default)]
    #[schema(max_items = 50)]
    pub guests: Vec<StayGuest>,
    /// Extras to sell with the room, at most 20. With a `quote`, those that were quoted if left out.
    #[garde(length(max = 20), dive)]
    #[serde(default)]
    #[schema(max_items = 20)]
    pub extras: Vec<ExtraRequest>,
}

impl From<CreateBooking> for Sell {
    fn from(body: CreateBooking) -> Self {
        let CreateBooking {
            property_id,
            check_in,
            check_out,
            rooms,
            contact,
            guest_user_id,
            channel,
            external_reference,
            hold_minutes,
            expected_total,
            quote,
            ignore_restrictions,
            group_code,
            code,
            special_requests,
            locale,
            guest_id,
            account_id,
            arrival_time,
            notes,
            tags,
        } = body;
        let (nights, is_day_use) = occupied(check_in, check_out);
        Self {
            property_id,
            nights,
            is_day_use,
            rooms: rooms.into_iter().map(SellRoom::from).collect(),
            contact,
            guest_user_id,
            channel,
            external_reference,
            hold_minutes,
            expected_total,
            quote,
            ignore_restrictions,
            group_code,
            code,
            special_requests,
            locale,
            guest_id,
            account_id,
            arrival_time,
            notes,
            tags,
        }
    }
}

impl From<RoomRequest> for SellRoom {
    fn from(room: RoomRequest) -> Self {
        let RoomRequest { room_type_id, rate_plan_id, adults, children_ages, room_id, guest_name, nightly_price, guests, extras } =
            room;
        let guests = guests.into_iter().map(Guest::from).collect();
        let extras = extras.into_iter().map(ExtraWish::from).collect();
        Self { room_type_id, rate_plan_id, adults, children_ages, room_id, guest_name, nightly_price, guests, extras }
    }
}

#[expect(clippy::ref_option, reason = "garde's signature of a custom rule")]
pub(super) fn maybe_price(price: &Option<Money>, (): &()) -> garde::Result {
    match price {
        Some(price) if !(0..=MAX_PRICE_MINOR).contains(&price.minor) => {
            Err(garde::Error::new("must not be negative or absurdly large"))
        }
        _ => Ok(()),
    }
}

/// Sale to guests who are at the desk without a booking.
#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateWalkIn {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Day of departure; the day of arrival is today. Today for day use: one room, at the `day_price` of its rate plan.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-27")]
    pub check_out: NaiveDate,
    /// Rooms to sell, one entry per room.
    #[garde(length(min = 1, max = 50), dive)]
    #[schema(min_items = 1, max_items = 50)]
    pub rooms: Vec<RoomRequest>,
    /// Contact person of the booking, who receives the mails, if there is an e-mail address.
    #[garde(dive)]
    pub contact: Contact,
    /// Total that the guests were told; if the actual total differs, nothing is sold.
    #[garde(skip)]
    pub expected_total: Option<Money>,
    /// `true` to sell despite the restrictions of the rate plans. Needs `bookings:override`.
    #[garde(skip)]
    #[serde(default)]
    pub ignore_restrictions: bool,
    /// Special requests of the guest, at most 2,000 characters.
    #[garde(inner(length(chars, max = 2000)))]
    #[serde(default, deserialize_with = "paragraphs")]
    #[schema(max_length = 2000)]
    pub special_requests: Option<String>,
    /// Language of the mails to the guest. If left out: the language that a guest's browser asks for, else that of the
    /// guest's account, else the hotel's.
    #[garde(skip)]
    #[schema(value_type = Option<String>, pattern = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", example = "pt-PT")]
    pub locale: Option<Locale>,
    /// Guest profile of the contact. If left out, the profile with the same name and the same e-mail address or phone number is
    /// taken, or one is made. Only staff can name one.
    #[garde(skip)]
    pub guest_id: Option<Uuid>,
    /// Account of the company or agent for which the booking is made; it must be active. Only staff can name one.
    #[garde(skip)]
    pub account_id: Option<Uuid>,
    /// Notes for staff, 1 to 2,000 characters, which guests are never shown. Only staff can write them.
    #[garde(inner(length(chars, min = 1, max = 2000)))]
    #[serde(default, deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 2000, example = "Comes by night train; keep a quiet room")]
    pub notes: Option<String>,
    /// Tags for staff, which guests are never shown. Only staff can set them; none if left out.
    #[garde(skip)]
    #[serde(default)]
    pub tags: Tags,
}

impl From<CreateWalkIn> for WalkIn {
    fn from(body: CreateWalkIn) -> Self {
        let CreateWalkIn {
            property_id,
            check_out,
            rooms,
            contact,
            expected_total,
            ignore_restrictions,
            special_requests,
            locale,
            guest_id,
            account_id,
            notes,
            tags,
        } = body;
        let rooms = rooms.into_iter().map(SellRoom::from).collect();
        Self {
            property_id,
            check_out,
            rooms,
            contact,
            expected_total,
            ignore_restrictions,
            special_requests,
            locale,
            guest_id,
            account_id,
            notes,
            tags,
        }
    }
}
