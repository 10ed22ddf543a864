//! Requests of guests without an account, and what they get.
use super::show::BookingOut;
use crate::clock::hours;
use crate::contact::{Contact, emails};
use crate::domains::bookings::model::commands::{Sell, SellRoom};
use crate::domains::extras::{ExtraRequest, ExtraWish};
use crate::http::valid::dates;
use crate::money::Money;
use crate::plain_text::paragraphs;
use crate::texts::Locale;
use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Booking to make without an account.
#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateGuestBooking {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Day of arrival, a date at the hotel.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-24")]
    pub check_in: NaiveDate,
    /// Day of departure: the first night not stayed.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-27")]
    pub check_out: NaiveDate,
    /// Rooms to book, one entry per room.
    #[garde(length(min = 1, max = 50), dive)]
    #[schema(min_items = 1, max_items = 50)]
    pub rooms: Vec<GuestRoom>,
    /// Contact person of the booking. The link that confirms it is mailed to the e-mail address, which is needed.
    #[garde(dive)]
    pub contact: Contact,
    /// Total that the guest was shown; if the actual total differs, nothing is booked.
    #[garde(skip)]
    pub expected_total: Option<Money>,
    /// Token of `POST /v1/quotes`: the rooms are sold exactly at the quoted price and terms.
    #[garde(inner(length(min = 1, max = 500_000)))]
    #[schema(min_length = 1, max_length = 500000)]
    pub quote: Option<String>,
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
    /// Language of the mails to the guest. If left out: the language that the guest's browser asks for, else the hotel's.
    #[garde(skip)]
    #[schema(value_type = Option<String>, pattern = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", example = "pt-PT")]
    pub locale: Option<Locale>,
    /// Local time at which the guests mean to arrive on the day of arrival.
    #[garde(skip)]
    #[serde(default, deserialize_with = "hours::optional::deserialize")]
    #[schema(value_type = Option<String>, pattern = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$", example = "22:30")]
    pub arrival_time: Option<NaiveTime>,
}

/// Room to book without an account, with its guests.
#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GuestRoom {
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
    /// Name of the guest who stays, 1 to 200 characters.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(min_length = 1, max_length = 200, example = "Ana Sousa")]
    pub guest_name: Option<String>,
    /// Extras to sell with the room, at most 20. With a `quote`, those that were quoted if left out.
    #[garde(length(max = 20), dive)]
    #[serde(default)]
    #[schema(max_items = 20)]
    pub extras: Vec<ExtraRequest>,
}

impl From<CreateGuestBooking> for Sell {
    fn from(body: CreateGuestBooking) -> Self {
        let CreateGuestBooking {
            property_id,
            check_in,
            check_out,
            rooms,
            contact,
            expected_total,
            quote,
            group_code,
            code,
            special_requests,
            locale,
            arrival_time,
        } = body;
        let rooms = rooms.into_iter().map(SellRoom::from).collect();
        let plain = Self::to_guest(property_id, (check_in, check_out), rooms, contact);
        Self { expected_total, quote, group_code, code, special_requests, locale, arrival_time, ..plain }
    }
}

impl From<GuestRoom> for SellRoom {
    fn from(room: GuestRoom) -> Self {
        let GuestRoom { room_type_id, rate_plan_id, adults, children_ages, guest_name, extras } = room;
        let extras = extras.into_iter().map(ExtraWish::from).collect();
        Self { guest_name, extras, ..Self::of_type(room_type_id, rate_plan_id, adults, children_ages) }
    }
}

/// Link to a booking that was mailed to its contact.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenLink {
    /// Token of the link in the mail.
    #[garde(length(chars, min = 1, max = 1000))]
    #[schema(min_length = 1, max_length = 1000)]
    pub token: String,
}

/// Access to one booking without an account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AccessOut {
    /// Access token, to be sent as `Authorization: Bearer …`. It reaches this booking alone.
    #[schema(example = "hbsg_mB3…")]
    pub access_token: String,
    /// Type of the access token; always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Lifetime of the access token in seconds. The link gives another one.
    #[schema(example = 900)]
    pub expires_in: u32,
    /// The booking, which is confirmed by the link if it was held until then.
    pub booking: BookingOut,
}

/// Booking whose link is to be mailed again.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LookUp {
    /// Reference of the booking; upper and lower case are the same.
    #[garde(length(chars, min = 1, max = 50))]
    #[schema(min_length = 1, max_length = 50, example = "HBS-7KQ2M9XA")]
    pub reference: String,
    /// E-mail address of the contact, to which the link is mailed.
    #[serde(deserialize_with = "emails::normal")]
    #[garde(email, length(max = 254))]
    #[schema(format = "email", max_length = 254, example = "ana@example.com")]
    pub email: String,
}
