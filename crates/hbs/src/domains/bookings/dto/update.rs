//! Request that changes the contact of a booking.
use crate::domains::bookings::model::BookingChange;
use crate::http::valid::present;
use crate::texts::Locale;
use serde::Deserialize;
use serde_with::rust::double_option;

#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateBooking {
    #[garde(dive)]
    #[serde(default)]
    pub contact: ContactPatch,
    #[garde(inner(inner(length(chars, max = 2000))))]
    #[serde(default, with = "double_option")]
    pub special_requests: Option<Option<String>>,
    /// Language of the mails to the guest; null forgets the one that was asked for.
    #[garde(skip)]
    #[serde(default, with = "double_option")]
    #[schema(value_type = Option<String>, example = "pt-PT")]
    pub locale: Option<Option<Locale>>,
}

#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactPatch {
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[serde(default, deserialize_with = "present")]
    pub full_name: Option<String>,
    #[garde(inner(email))]
    #[serde(default, deserialize_with = "present")]
    pub email: Option<String>,
    #[garde(inner(inner(length(chars, min = 3, max = 40))))]
    #[serde(default, with = "double_option")]
    pub phone: Option<Option<String>>,
}

impl From<UpdateBooking> for BookingChange {
    fn from(patch: UpdateBooking) -> Self {
        let UpdateBooking { contact: ContactPatch { full_name, email, phone }, special_requests, locale } = patch;
        Self { contact_name: full_name, contact_email: email, contact_phone: phone, special_requests, locale }
    }
}
