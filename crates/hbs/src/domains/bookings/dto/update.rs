//! Request that changes the contact of a booking, and what is noted on it.
use crate::clock::hours;
use crate::contact::{at_a_domain, emails};
use crate::domains::bookings::model::BookingChange;
use crate::domains::bookings::model::tags::Tags;
use crate::http::valid::present;
use crate::plain_text::new_paragraphs;
use crate::texts::Locale;
use chrono::NaiveTime;
use serde::Deserialize;
use serde_with::rust::double_option;
use uuid::Uuid;

/// Change of a booking. Fields that are left out stay as they are.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateBooking {
    /// Changes to the contact person.
    #[garde(dive)]
    #[serde(default)]
    pub contact: ContactPatch,
    /// Special requests of the guest, at most 2,000 characters; null removes them.
    #[garde(inner(inner(length(chars, max = 2000))))]
    #[serde(default, deserialize_with = "new_paragraphs")]
    #[schema(max_length = 2000)]
    pub special_requests: Option<Option<String>>,
    /// Language of the mails to the guest; null forgets the one that was asked for.
    #[garde(skip)]
    #[serde(default, with = "double_option")]
    #[schema(value_type = Option<String>, pattern = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", example = "pt-PT")]
    pub locale: Option<Option<Locale>>,
    /// Guest profile of the contact. If left out, a contact with another name, e-mail address or phone number has the profile
    /// with the same, or a new one. Only staff can name one.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub guest_id: Option<Uuid>,
    /// Account of the company or agent for which the booking is made, which must be active; null takes it away. Only staff can
    /// name one.
    #[garde(skip)]
    #[serde(default, with = "double_option")]
    pub account_id: Option<Option<Uuid>>,
    /// Local time at which the guests mean to arrive on the day of arrival; null if it is not known any more.
    #[garde(skip)]
    #[serde(default, with = "hours::nullable")]
    #[schema(value_type = Option<String>, pattern = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$", example = "22:30")]
    pub arrival_time: Option<Option<NaiveTime>>,
    /// Notes for staff, 1 to 2,000 characters, which guests are never shown; null removes them. Only staff can write them.
    #[garde(inner(inner(length(chars, min = 1, max = 2000))))]
    #[serde(default, deserialize_with = "new_paragraphs")]
    #[schema(min_length = 1, max_length = 2000)]
    pub notes: Option<Option<String>>,
    /// Tags for staff, as a whole; null removes all. Only staff can set them.
    #[garde(skip)]
    #[serde(default, with = "double_option")]
    pub tags: Option<Option<Tags>>,
}

/// Changes to a contact person. Fields that are left out stay as they are.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactPatch {
    /// Full name of the contact person, 1 to 200 characters.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    pub full_name: Option<String>,
    /// E-mail address of the contact person, at most 254 characters; stored in lower case. Staff can remove it by null.
    #[garde(inner(inner(email, custom(at_a_domain), length(max = 254))))]
    #[serde(default, deserialize_with = "emails::patched")]
    #[schema(format = "email", max_length = 254)]
    pub email: Option<Option<String>>,
    /// Phone number of the contact person, 3 to 40 characters in any form; null removes it.
    #[garde(inner(inner(length(chars, min = 3, max = 40))))]
    #[serde(default, with = "double_option")]
    #[schema(min_length = 3, max_length = 40)]
    pub phone: Option<Option<String>>,
}

impl From<UpdateBooking> for BookingChange {
    fn from(patch: UpdateBooking) -> Self {
        let UpdateBooking { contact, special_requests, locale, arrival_time, notes, tags, guest_id, account_id } = patch;
        let ContactPatch { full_name, email, phone } = contact;
        let contact_proved_at = email.as_ref().map(|_| None);
        Self {
            contact_name: full_name,
            contact_email: email,
            contact_phone: phone,
            special_requests,
            locale,
            guest_id,
            account_id,
            contact_proved_at,
            arrival_time,
            notes,
            tags: tags.map(Option::unwrap_or_default),
        }
    }
}
