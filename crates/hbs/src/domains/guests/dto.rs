use super::model::{DocumentKind, Guest, GuestChange, Statistics, StayRow};
use super::rules;
use super::rules::duplicates::DuplicateReason;
use super::rules::masking::masked;
use crate::contact::{PostalAddress, a_country, a_nationality, emails, maybe_at_a_domain, patched_at_a_domain};
use crate::domains::accounts::PayerExemption;
use crate::domains::stays::Status;
use crate::http::valid::{dates, present};
use crate::money::{Currency, Money};
use crate::plain_text::{new_paragraphs, paragraphs};
use crate::texts::Locale;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use uuid::Uuid;

/// Guest profile to add.
#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateGuest {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Full name of the guest, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Ana Sousa")]
    pub full_name: String,
    /// E-mail address, at most 254 characters; stored in lower case.
    #[garde(inner(email, length(max = 254)), custom(maybe_at_a_domain))]
    #[serde(default, deserialize_with = "emails::optional")]
    #[schema(format = "email", max_length = 254, example = "ana@example.com")]
    pub email: Option<String>,
    /// Phone number, 3 to 40 characters in any form.
    #[garde(inner(length(chars, min = 3, max = 40)))]
    #[schema(min_length = 3, max_length = 40, example = "+351910000000")]
    pub phone: Option<String>,
    /// Language in which the guest is written to.
    #[garde(skip)]
    #[schema(value_type = Option<String>, pattern = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", example = "pt-PT")]
    pub locale: Option<Locale>,
    /// Postal address of the guest.
    #[garde(dive)]
    pub address: Option<PostalAddress>,
    /// Date of birth, not after today.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::nullable")]
    #[schema(example = "1990-04-25")]
    pub birth_date: Option<NaiveDate>,
    /// Nationality, ISO 3166-1 alpha-2; `XX` for people who have none.
    #[garde(inner(pattern(r"^[A-Z]{2}$"), custom(a_nationality)))]
    #[schema(pattern = r"^[A-Z]{2}$", example = "PT")]
    pub nationality: Option<String>,
    /// Notes on the guest for staff, 1 to 4,000 characters; the guest does not see them.
    #[garde(inner(length(chars, min = 1, max = 4000)))]
    #[serde(default, deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 4000)]
    pub notes: Option<String>,
    /// Preferences of the guest, at most 30 of 1 to 100 characters.
    #[garde(length(max = 30), inner(length(chars, min = 1, max = 100)))]
    #[serde(default)]
    #[schema(max_items = 30, min_length = 1, max_length = 100, example = json!(["High floor"]))]
    pub preferences: Vec<String>,
    /// Tags to find the guest by, at most 30 of 1 to 50 characters; stored in lower case.
    #[garde(length(max = 30), inner(length(chars, min = 1, max = 50)))]
    #[serde(default)]
    #[schema(max_items = 30, min_length = 1, max_length = 50, example = json!(["wine"]))]
    pub tags: Vec<String>,
    /// `true` for a guest who is to be treated with special care; `false` if left out.
    #[garde(skip)]
    #[serde(default)]
    pub is_vip: bool,
    /// Account of the company that the guest travels for.
    #[garde(skip)]
    pub account_id: Option<Uuid>,
}

impl CreateGuest {
    pub fn into_guest(self, now: DateTime<Utc>) -> Guest {
        let Self {
            property_id,
            full_name,
            email,
            phone,
            locale,
            address,
            birth_date,
            nationality,
            notes,
            preferences,
            tags,
            is_vip,
            account_id,
        } = self;
        let PostalAddress { street, city, postal_code, country } = address.unwrap_or_default();
        let id = Uuid::now_v7();
        Guest {
            property_id,
            id,
            survivor_id: id,
            merged_into_id: None,
            full_name,
            email,
            phone,
            locale,
            street,
            city,
            postal_code,
            country,
            birth_date,
            nationality,
            notes,
            preferences: rules::distinct(preferences).into_iter().map(Some).collect(),
            tags: rules::tags(tags).into_iter().map(Some).collect(),
            is_vip,
            account_id,
            user_id: None,
            version: 1,
            created_at: now,
            updated_at: now,
            tax_exemption: None,
        }
    }
}

/// Change of a guest profile. Fields that are left out stay as they are.
#[derive(Debug, Clone, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateGuest {
    /// Full name of the guest, 1 to 200 characters.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    pub full_name: Option<String>,
    /// E-mail address, at most 254 characters; null removes it.
    #[garde(inner(inner(email, length(max = 254))), custom(patched_at_a_domain))]
    #[serde(default, deserialize_with = "emails::patched")]
    #[schema(format = "email", max_length = 254)]
    pub email: Option<Option<String>>,
    /// Phone number, 3 to 40 characters in any form; null removes it.
    #[garde(inner(inner(length(chars, min = 3, max = 40))))]
    #[serde(default, with = "double_option")]
    #[schema(min_length = 3, max_length = 40)]
    pub phone: Option<Option<String>>,
    /// Language in which the guest is written to; null forgets it.
    #[garde(skip)]
    #[serde(default, with = "double_option")]
    #[schema(value_type = Option<String>, pattern = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", example = "pt-PT")]
    pub locale: Option<Option<Locale>>,
    /// New postal address, as a whole; null removes it.
    #[garde(dive)]
    #[serde(default, with = "double_option")]
    pub address: Option<Option<PostalAddress>>,
    /// Date of birth, not after today; null removes it.
    #[garde(skip)]
    #[serde(default, deserialize_with = "patched_date")]
    pub birth_date: Option<Option<NaiveDate>>,
    /// Nationality, ISO 3166-1 alpha-2, `XX` for people who have none; null removes it.
    #[garde(inner(inner(pattern(r"^[A-Z]{2}$"), custom(a_nationality))))]
    #[serde(default, with = "double_option")]
    #[schema(pattern = r"^[A-Z]{2}$")]
    pub nationality: Option<Option<String>>,
    /// Notes on the guest for staff, 1 to 4,000 characters; null removes them.
    #[garde(inner(inner(length(chars, min = 1, max = 4000))))]
    #[serde(default, deserialize_with = "new_paragraphs")]
    #[schema(min_length = 1, max_length = 4000)]
    pub notes: Option<Option<String>>,
    /// Complete list of preferences, at most 30 of 1 to 100 characters.
    #[garde(inner(length(max = 30), inner(length(chars, min = 1, max = 100))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_items = 30, min_length = 1, max_length = 100)]
    pub preferences: Option<Vec<String>>,
    /// Complete list of tags, at most 30 of 1 to 50 characters; stored in lower case.
    #[garde(inner(length(max = 30), inner(length(chars, min = 1, max = 50))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_items = 30, min_length = 1, max_length = 50)]
    pub tags: Option<Vec<String>>,
    /// `true` for a guest who is to be treated with special care.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub is_vip: Option<bool>,
    /// Account of the company that the guest travels for; null if it is none.
    #[garde(skip)]
    #[serde(default, with = "double_option")]
    pub account_id: Option<Option<Uuid>>,
    /// New exemption from taxes, as a whole; null ends it. It needs `tax_exemptions:write`, and is for stays that are sold from now
    /// on.
    #[garde(dive)]
    #[serde(default, with = "double_option")]
    pub tax_exemption: Option<Option<PayerExemption>>,
}

impl Guest {
    /// Returns the guest's exemption from taxes.
    pub fn exemption(&self) -> Option<PayerExemption> {
        self.tax_exemption.clone().and_then(|stored| serde_json::from_value(stored).ok())
    }
}

fn patched_date<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<NaiveDate>>, D::Error> {
    dates::nullable(deserializer).map(Some)
}

impl From<UpdateGuest> for GuestChange {
    fn from(patch: UpdateGuest) -> Self {
        let UpdateGuest {
            full_name,
            email,
            phone,
            locale,
            address,
            birth_date,
            nationality,
            notes,
            preferences,
            tags,
            is_vip,
            account_id,
            tax_exemption,
        } = patch;
        let [street, city, postal_code, country] = PostalAddress::patched(address);
        Self {
            full_name,
            email,
            phone,
            locale,
            street,
            city,
            postal_code,
            country,
            birth_date,
            nationality,
            notes,
            preferences: preferences.map(rules::distinct),
            tags: tags.map(rules::tags),
            is_vip,
            account_id,
            tax_exemption: tax_exemption.map(|wanted| wanted.map(|wanted| serde_json::json!(wanted))),
        }
    }
}

/// Merge of two guest profiles.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeGuests {
    /// Identifier of the profile that is merged into the one of the address.
    #[garde(skip)]
    pub merged_id: Uuid,
}

/// Filter of guest profiles.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct GuestFilter {
    /// Identifier of the property.
    pub property_id: Option<Uuid>,
    /// Words of the name, parts of the e-mail address or digits of the phone number, in any order; case and accents do not
    /// matter. A profile is found by what merged profiles say, too.
    #[garde(inner(length(chars, max = 200)))]
    #[param(example = "sousa ana", max_length = 200)]
    pub q: Option<String>,
    /// E-mail address, exact but for its case.
    #[garde(inner(length(chars, max = 254)))]
    #[serde(deserialize_with = "emails::optional")]
    #[param(example = "ana@example.com", max_length = 254)]
    pub email: Option<String>,
    /// Tag of the guest; case does not matter.
    #[garde(inner(length(chars, max = 50)))]
    #[param(example = "wine", max_length = 50)]
    pub tag: Option<String>,
    /// `true` for guests who are to be treated with special care, `false` for the others.
    pub is_vip: Option<bool>,
    /// Identifier of the account of the company that the guests travel for.
    pub account_id: Option<Uuid>,
}

/// A guest profile in a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GuestSummary {
    /// Identifier of the guest profile.
    pub id: Uuid,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Full name of the guest.
    #[schema(example = "Ana Sousa")]
    pub full_name: String,
    /// E-mail address; null if none is known.
    pub email: Option<String>,
    /// Phone number; null if none is known.
    pub phone: Option<String>,
    /// City of the postal address; null if none is known.
    pub city: Option<String>,
    /// Country code of the postal address, ISO 3166-1 alpha-2; null if none is known.
    pub country: Option<String>,
    /// Date of birth; null if it is not known.
    pub birth_date: Option<NaiveDate>,
    /// Tags of the guest.
    pub tags: Vec<String>,
    /// `true` for a guest who is to be treated with special care.
    pub is_vip: bool,
    /// Identifier of the account of the company that the guest travels for; null if there is none.
    pub account_id: Option<Uuid>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
}

impl From<Guest> for GuestSummary {
    fn from(guest: Guest) -> Self {
        Self {
            id: guest.id,
            property_id: guest.property_id,
            full_name: guest.full_name,
            email: guest.email,
            phone: guest.phone,
            city: guest.city,
            country: guest.country,
            birth_date: guest.birth_date,
            tags: guest.tags.into_iter().flatten().collect(),
            is_vip: guest.is_vip,
            account_id: guest.account_id,
            version: guest.version,
        }
    }
}

/// A guest profile with its figures.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GuestOut {
    /// Identifier of the guest profile.
    pub id: Uuid,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Full name of the guest.
    #[schema(example = "Ana Sousa")]
    pub full_name: String,
    /// E-mail address; null if none is known.
    pub email: Option<String>,
    /// Phone number; null if none is known.
    pub phone: Option<String>,
    /// Language in which the guest is written to; null if it is not known.
    #[schema(value_type = Option<String>, example = "pt-PT")]
    pub locale: Option<Locale>,
    /// Postal address; null if none is known.
    pub address: Option<PostalAddress>,
    /// Date of birth; null if it is not known.
    pub birth_date: Option<NaiveDate>,
    /// Nationality, ISO 3166-1 alpha-2; null if it is not known.
    pub nationality: Option<String>,
    /// Notes on the guest for staff; null if there are none.
    pub notes: Option<String>,
    /// Preferences of the guest.
    pub preferences: Vec<String>,
    /// Tags of the guest.
    pub tags: Vec<String>,
    /// `true` for a guest who is to be treated with special care.
    pub is_vip: bool,
    /// Identifier of the account of the company that the guest travels for; null if there is none.
    pub account_id: Option<Uuid>,
    /// Exemption from taxes that stays get which are sold to the guest; null if there is none.
    pub tax_exemption: Option<PayerExemption>,
    /// Identifier of the user account by which the guest books; null if there is none at a verified address.
    pub user_id: Option<Uuid>,
    /// Identifier of the profile into which this one was merged; null if it was not merged.
    pub merged_into_id: Option<Uuid>,
    /// Identifier of the profile that stands for this one; its own if it was not merged.
    pub survivor_id: Uuid,
    /// Profiles that were merged into this one, or into one of those, as they were.
    pub merged: Vec<GuestSummary>,
    /// Figures of the guest's stays, those of merged profiles included.
    pub statistics: GuestStatistics,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

/// Figures of a guest's stays at a hotel.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GuestStatistics {
    /// Number of bookings of which the guest is the contact.
    pub bookings: i64,
    /// Number of stays in which the guest was or is in the house.
    pub stays: i64,
    /// Number of nights of these stays.
    pub nights: i64,
    /// Number of cancelled stays.
    pub cancelled: i64,
    /// Number of stays for which the guest did not come.
    pub no_shows: i64,
    /// Price of the stays under the guest's name that have begun or ended, taxes and fees included.
    pub revenue: Money,
    /// Day of the first arrival; null before it.
    pub first_check_in: Option<NaiveDate>,
    /// Day of the last departure; null before the first arrival.
    pub last_check_out: Option<NaiveDate>,
    /// Day of the next arrival; null if none is booked.
    pub next_check_in: Option<NaiveDate>,
}

impl GuestStatistics {
    fn new(statistics: Statistics, currency: Currency) -> Self {
        let Statistics {
            bookings,
            stays,
            nights,
            cancelled,
            no_shows,
            revenue_minor,
            first_check_in,
            last_check_out,
            next_check_in,
        } = statistics;
        Self {
            bookings,
            stays,
            nights,
            cancelled,
            no_shows,
            revenue: Money::new(revenue_minor, currency),
            first_check_in,
            last_check_out,
            next_check_in,
        }
    }
}

impl GuestOut {
    pub fn new(guest: Guest, merged: Vec<Guest>, statistics: Statistics, currency: Currency) -> Self {
        let exemption = guest.exemption();
        let Guest {
            property_id,
            id,
            survivor_id,
            merged_into_id,
            full_name,
            email,
            phone,
            locale,
            street,
            city,
            postal_code,
            country,
            birth_date,
            nationality,
            notes,
            preferences,
            tags,
            is_vip,
            account_id,
            user_id,
            version,
            created_at,
            updated_at,
            tax_exemption: _,
        } = guest;
        Self {
            id,
            property_id,
            full_name,
            email,
            phone,
            locale,
            address: PostalAddress { street, city, postal_code, country }.known(),
            birth_date,
            nationality,
            notes,
            preferences: preferences.into_iter().flatten().collect(),
            tags: tags.into_iter().flatten().collect(),
            is_vip,
            account_id,
            tax_exemption: exemption,
            user_id,
            merged_into_id,
            survivor_id,
            merged: merged.into_iter().map(GuestSummary::from).collect(),
            statistics: GuestStatistics::new(statistics, currency),
            version,
            created_at,
            updated_at,
        }
    }
}

/// A stay of a guest.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GuestStay {
    /// Identifier of the stay.
    pub stay_id: Uuid,
    /// Identifier of the booking.
    pub booking_id: Uuid,
    /// Reference of the booking.
    #[schema(example = "HBS-7KQ2M9XA")]
    pub reference: String,
    /// Status of the stay.
    pub status: Status,
    /// Day of arrival.
    pub check_in: NaiveDate,
    /// Day of departure: the first night not stayed.
    pub check_out: NaiveDate,
    /// Identifier of the type of the stay's room.
    pub room_type_id: Uuid,
    /// Number on the door of the room; null if the stay has none.
    pub room_number: Option<String>,
    /// Number of adults in the room.
    pub adults: i32,
    /// Price of the stay, taxes and fees included.
    pub total: Money,
    /// `true` if the stay is under somebody else's name, and the guest is registered in its room.
    pub is_companion: bool,
}

impl GuestStay {
    pub fn new(row: StayRow, currency: Currency) -> Self {
        let StayRow {
            id,
            booking_id,
            reference,
            status,
            check_in,
            check_out,
            room_type_id,
            room_number,
            adults,
            total_minor,
            is_registered_only,
        } = row;
        Self {
            stay_id: id,
            booking_id,
            reference,
            status,
            check_in,
            check_out,
            room_type_id,
            room_number,
            adults,
            total: Money::new(total_minor, currency),
            is_companion: is_registered_only,
        }
    }
}

/// A profile that may be of the same person.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GuestDuplicate {
    /// Profile that may be a duplicate.
    pub guest: GuestSummary,
    /// Likelihood that both are the same person, from 0 to 100.
    pub score: i32,
    /// Reasons, the weightiest first.
    pub reasons: Vec<DuplicateReason>,
}

/// Profiles that may be of the same person, the likeliest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GuestDuplicates {
    /// Profiles that may be of the same person, the likeliest first; at most 200.
    pub items: Vec<GuestDuplicate>,
}

/// Identity documents of a guest to put on record.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetGuestDocuments {
    /// Complete list of the guest's documents.
    #[garde(length(max = 10), dive)]
    #[schema(max_items = 10)]
    pub documents: Vec<GuestDocument>,
}

/// Identity document of a guest profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GuestDocument {
    /// Kind of the document.
    #[garde(skip)]
    pub kind: DocumentKind,
    /// Number of the document, 1 to 50 characters; stored encrypted. Lists show it masked (`•••• 3456`); sent back like that, the
    /// number on record stays.
    #[garde(length(chars, min = 1, max = 50))]
    #[schema(min_length = 1, max_length = 50, example = "CA123456")]
    pub number: String,
    /// Country that issued the document, ISO 3166-1 alpha-2.
    #[garde(pattern(r"^[A-Z]{2}$"), custom(a_country))]
    #[schema(pattern = r"^[A-Z]{2}$", example = "PT")]
    pub country: String,
    /// Last day on which the document is valid; null or left out if it is not known.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::nullable")]
    #[schema(example = "2031-04-25")]
    pub expires_on: Option<NaiveDate>,
}

/// Identity documents of a guest profile.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GuestDocumentsOut {
    /// Identifier of the guest profile.
    pub guest_id: Uuid,
    /// Number that grows with each change of the profile; the `ETag` header carries it.
    pub version: i64,
    /// Documents of the guest, their numbers masked.
    pub documents: Vec<GuestDocument>,
}

impl GuestDocumentsOut {
    pub fn new(guest_id: Uuid, version: i64, documents: Vec<GuestDocument>) -> Self {
        let shown = |document: GuestDocument| GuestDocument { number: masked(&document.number), ..document };
        Self { guest_id, version, documents: documents.into_iter().map(shown).collect() }
    }
}

/// Document of a guest to show in full.
#[derive(Debug, Clone, Copy, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevealDocument {
    /// Position of the document in the list of the guest's documents, from 0 to 9.
    #[garde(range(min = 0, max = 9))]
    #[schema(minimum = 0, maximum = 9, example = 0)]
    pub position: i32,
}
