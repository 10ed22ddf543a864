//! The list of bookings: its filter, its order, its pages, and what is new in it.
use super::show::BookingOut;
use crate::domains::bookings::model::Booking;
use crate::domains::stays::Status;
use crate::http::valid::{dates, sets};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Filter of bookings.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct BookingFilter {
    /// Identifier of the property.
    pub property_id: Option<Uuid>,
    /// Statuses of the booking, separated by commas: `held,confirmed`.
    #[garde(custom(few))]
    #[serde(deserialize_with = "sets::optional")]
    #[param(value_type = Option<Vec<Status>>, style = Form, explode = false, inline, max_items = 7)]
    pub status: Option<Statuses>,
    /// Reference of the booking; upper and lower case are the same.
    #[garde(inner(length(chars, max = 50)))]
    #[param(example = "HBS-7KQ2M9XA", max_length = 50)]
    pub reference: Option<String>,
    /// Channel that the booking comes from, exact.
    #[garde(inner(length(chars, max = 50)))]
    #[param(max_length = 50)]
    pub channel: Option<String>,
    /// Reference of the booking on its channel, exact.
    #[garde(inner(length(chars, max = 100)))]
    #[param(max_length = 100)]
    pub external_reference: Option<String>,
    /// Earliest day of arrival.
    #[serde(deserialize_with = "dates::optional")]
    pub check_in_from: Option<NaiveDate>,
    /// Latest day of arrival, inclusive.
    #[serde(deserialize_with = "dates::optional")]
    pub check_in_to: Option<NaiveDate>,
    /// Earliest day of departure.
    #[serde(deserialize_with = "dates::optional")]
    pub check_out_from: Option<NaiveDate>,
    /// Latest day of departure, inclusive.
    #[serde(deserialize_with = "dates::optional")]
    pub check_out_to: Option<NaiveDate>,
    /// Earliest day (UTC) on which the booking was made.
    #[serde(deserialize_with = "dates::optional")]
    pub created_from: Option<NaiveDate>,
    /// Latest day (UTC) on which the booking was made, inclusive.
    #[serde(deserialize_with = "dates::optional")]
    pub created_to: Option<NaiveDate>,
    /// Date of a night of the stay: arrival on this date or before, departure after it.
    #[serde(deserialize_with = "dates::optional")]
    pub night: Option<NaiveDate>,
    /// Words to look for, in any order, each somewhere in the references, the contact's name, e-mail address and phone number,
    /// the names of guests who stay, or for staff in notes and tags. Case and accents do not matter.
    #[garde(inner(length(chars, max = 200)))]
    #[param(max_length = 200, example = "almeida ana")]
    pub q: Option<String>,
    /// Former name of `q`, for a part of the contact's name, e-mail address or phone number.
    #[garde(inner(length(chars, max = 200)))]
    #[param(max_length = 200)]
    pub contact: Option<String>,
    /// Former name of `q`, for a part of the contact's name, e-mail address or phone number, or of the name of a guest who
    /// stays.
    #[garde(inner(length(chars, max = 200)))]
    #[param(max_length = 200)]
    pub guest: Option<String>,
    /// `true` for bookings with a balance to settle, `false` for those without.
    pub has_balance: Option<bool>,
    /// Identifier of the group that the booking belongs to.
    pub group_id: Option<Uuid>,
    /// Identifier of the guest profile of the contact; bookings of merged profiles are included.
    pub guest_id: Option<Uuid>,
    /// Identifier of the account of the company or agent for which the booking was made.
    pub account_id: Option<Uuid>,
    /// Tag that the booking has: its name (`wake-up` finds `wake-up:07:00`), or the whole of it. For staff.
    #[garde(inner(length(chars, max = 100)))]
    #[param(max_length = 100, example = "vip")]
    pub tag: Option<String>,
    /// Order of the bookings; the newest comes first if left out.
    #[param(inline)]
    pub sort: BookingSort,
}

/// Statuses, separated by commas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statuses(pub Vec<Status>);

impl TryFrom<String> for Statuses {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.split(',').map(|word| word.trim().parse()).collect::<Result<_, _>>().map(Self)
    }
}

#[expect(clippy::ref_option, reason = "garde's signature of a custom rule")]
fn few(statuses: &Option<Statuses>, (): &()) -> garde::Result {
    match statuses {
        Some(Statuses(statuses)) if statuses.len() > Status::ALL.len() => Err(garde::Error::new("names a status twice")),
        _ => Ok(()),
    }
}

/// Order of bookings; a leading hyphen reverses it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum BookingSort {
    #[serde(rename = "created_at")]
    Created,
    #[default]
    #[serde(rename = "-created_at")]
    CreatedLast,
    #[serde(rename = "check_in")]
    CheckIn,
    #[serde(rename = "-check_in")]
    CheckInLast,
    #[serde(rename = "check_out")]
    CheckOut,
    #[serde(rename = "-check_out")]
    CheckOutLast,
    /// Name of the contact, whatever its case and accents.
    #[serde(rename = "name")]
    Name,
    #[serde(rename = "-name")]
    NameLast,
    #[serde(rename = "total")]
    Total,
    #[serde(rename = "-total")]
    TotalLast,
}

/// Place of a booking in an order, in cursors.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Place {
    pub sort: BookingSort,
    pub key: SortKey,
    pub id: Uuid,
}

/// Value of a booking by which it is sorted, beside its id.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum SortKey {
    Created,
    Date(NaiveDate),
    Name(String),
    Total(i64),
}

impl Place {
    pub fn of(sort: BookingSort, booking: &Booking) -> Self {
        let key = match sort {
            BookingSort::Created | BookingSort::CreatedLast => SortKey::Created,
            BookingSort::CheckIn | BookingSort::CheckInLast => SortKey::Date(booking.check_in),
            BookingSort::CheckOut | BookingSort::CheckOutLast => SortKey::Date(booking.check_out),
            BookingSort::Name | BookingSort::NameLast => SortKey::Name(booking.contact_name.clone()),
            BookingSort::Total | BookingSort::TotalLast => SortKey::Total(booking.total_minor),
        };
        Self { sort, key, id: booking.id }
    }
}

/// What to tell of a list of bookings beside its page.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct BookingListQuery {
    /// `true` to count the bookings that the filter finds.
    pub count: bool,
    /// `sync` of an earlier answer with the same filter, for what has changed since; or a time (UTC), for bookings that have
    /// changed since then. Needs `property_id`.
    #[garde(inner(length(chars, max = 2000)))]
    #[param(max_length = 2000, example = "2026-12-24T10:00:00Z")]
    pub updated_since: Option<String>,
}

/// Page of bookings.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct BookingPage {
    /// Items of the page, in the order of the list; of a delta, those that have changed.
    pub items: Vec<BookingOut>,
    /// Cursor of the next page, to be sent as `cursor`; null on the last page.
    pub next_cursor: Option<String>,
    /// Number of bookings that the filter finds, where it was asked for: at most 1,000, which stands for as many or more.
    pub count: Option<i64>,
    /// `true` if only what has changed since `updated_since` is told; `false` if the list is whole: then forget your copy.
    pub is_delta: bool,
    /// Identifiers of bookings that have changed and that the filter does not find now; on the first page of a delta.
    pub removed: Vec<Uuid>,
    /// Mark of this answer, to be sent as `updated_since` later; of several pages, that of the first one counts. Null without a
    /// `property_id` at which the caller is staff.
    pub sync: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_separated_by_commas() {
        let read = |text: &str| Statuses::try_from(text.to_owned()).map(|statuses| statuses.0);
        assert_eq!(read("held, confirmed"), Ok(vec![Status::Held, Status::Confirmed]));
        assert!(read("held,lost").is_err() && read("").is_err());
    }
}
