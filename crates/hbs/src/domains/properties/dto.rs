use super::model::{NewProperty, PriceMode, Property, PropertyChange, Settings, SettingsPatch, TimeZone};
use crate::Result;
use crate::clock::hours;
use crate::contact::{a_country, emails};
use crate::domains::images::ImageOut;
use crate::http::Reader;
use crate::http::valid::{present, sets};
use crate::money::Currency;
use crate::plain_text::{new_paragraphs, paragraphs};
use crate::texts::{Locale, Texts, TextsPatch};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Property to add.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateProperty {
    /// Name of the hotel as guests see it, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Hotel Miramar")]
    pub name: String,
    /// Description of the hotel for guests, at most 5,000 characters; empty if left out.
    #[garde(length(chars, max = 5000))]
    #[serde(default, deserialize_with = "paragraphs")]
    #[schema(max_length = 5000)]
    pub description: String,
    /// Postal address of the hotel.
    #[garde(dive)]
    pub address: Address,
    /// Geographic location, for searches around a place.
    #[garde(dive)]
    pub location: Option<Location>,
    /// E-mail address of the hotel, at most 254 characters; stored in lower case.
    #[garde(inner(email, length(max = 254)))]
    #[serde(default, deserialize_with = "emails::optional")]
    #[schema(format = "email", max_length = 254)]
    pub email: Option<String>,
    /// Phone number of the hotel, 3 to 40 characters in any form.
    #[garde(inner(length(chars, min = 3, max = 40)))]
    #[schema(min_length = 3, max_length = 40)]
    pub phone: Option<String>,
    /// Time zone, an IANA name. Until the first night audit, today at the hotel is the date in this zone.
    #[garde(skip)]
    #[schema(value_type = String, pattern = r"^[A-Za-z][A-Za-z0-9_+/-]{0,49}$", example = "Europe/Lisbon")]
    pub time_zone: TimeZone,
    /// Currency of all prices, ISO 4217. It cannot be changed later.
    #[garde(skip)]
    pub currency: Currency,
    /// Mode of the prices that staff enter: with or without taxes.
    #[garde(skip)]
    pub prices: PriceMode,
    /// Local time of check-in, from which the hours of cancellation policies are counted back; `15:00` if left out.
    #[garde(skip)]
    #[serde(default, deserialize_with = "hours::optional::deserialize")]
    #[schema(value_type = Option<String>, pattern = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$", example = "15:00")]
    pub check_in_time: Option<NaiveTime>,
    /// Local time of check-out; `11:00` if left out.
    #[garde(skip)]
    #[serde(default, deserialize_with = "hours::optional::deserialize")]
    #[schema(value_type = Option<String>, pattern = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$", example = "11:00")]
    pub check_out_time: Option<NaiveTime>,
    /// Settings of the hotel; those that are left out get their default.
    #[garde(dive)]
    #[serde(default)]
    pub settings: SettingsPatch,
    /// Language of `name` and `description`, here and at room types; `en` if left out.
    #[garde(skip)]
    #[serde(default)]
    #[schema(nullable = false, value_type = Option<String>, pattern = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", example = "en")]
    pub default_locale: Locale,
    /// Name and description in other languages.
    #[garde(dive)]
    #[serde(default)]
    pub texts: TextsPatch,
}

/// Postal address.
#[derive(Debug, Clone, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Street with the house number, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Avenida do Mar 1")]
    pub street: String,
    /// Name of the city, 1 to 100 characters.
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Lagos")]
    pub city: String,
    /// Postal code, at most 20 characters; may be empty.
    #[garde(length(chars, max = 20))]
    #[schema(max_length = 20, example = "8600-315")]
    pub postal_code: String,
    /// Country code, ISO 3166-1 alpha-2.
    #[garde(pattern(r"^[A-Z]{2}$"), custom(a_country))]
    #[schema(pattern = r"^[A-Z]{2}$", example = "PT")]
    pub country: String,
}

/// A point on the globe (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// Latitude in degrees; negative in the south.
    #[garde(range(min = -90.0, max = 90.0))]
    #[schema(minimum = -90, maximum = 90, example = 37.1028)]
    pub latitude: f64,
    /// Longitude in degrees; negative in the west.
    #[garde(range(min = -180.0, max = 180.0))]
    #[schema(minimum = -180, maximum = 180, example = -8.6731)]
    pub longitude: f64,
}

impl Location {
    /// Builds a location from two columns, which the table allows only both or neither.
    pub fn from_degrees(latitude: Option<f64>, longitude: Option<f64>) -> Option<Self> {
        Some(Self { latitude: latitude?, longitude: longitude? })
    }
}

/// Change of a property. Fields that are left out stay as they are.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateProperty {
    /// Name of the hotel as guests see it, 1 to 200 characters.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// Description of the hotel for guests, at most 5,000 characters.
    #[garde(inner(length(chars, max = 5000)))]
    #[serde(default, deserialize_with = "new_paragraphs")]
    #[schema(nullable = false, max_length = 5000)]
    pub description: Option<String>,
    /// Changes to the postal address.
    #[garde(dive)]
    #[serde(default)]
    pub address: AddressPatch,
    /// New location as a whole; null removes it.
    #[garde(dive)]
    #[serde(default, with = "double_option")]
    pub location: Option<Option<Location>>,
    /// E-mail address of the hotel, at most 254 characters, stored in lower case; null removes it.
    #[garde(inner(inner(email, length(max = 254))))]
    #[serde(default, deserialize_with = "emails::patched")]
    #[schema(format = "email", max_length = 254)]
    pub email: Option<Option<String>>,
    /// Phone number of the hotel, 3 to 40 characters in any form; null removes it.
    #[garde(inner(inner(length(chars, min = 3, max = 40))))]
    #[serde(default, with = "double_option")]
    #[schema(min_length = 3, max_length = 40)]
    pub phone: Option<Option<String>>,
    /// Time zone, an IANA name. Until the first night audit, today at the hotel is the date in this zone.
    #[garde(skip)]
    #[schema(nullable = false, value_type = Option<String>, pattern = r"^[A-Za-z][A-Za-z0-9_+/-]{0,49}$")]
    #[serde(default, deserialize_with = "present")]
    pub time_zone: Option<TimeZone>,
    /// Mode of the prices that staff enter: with or without taxes.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub prices: Option<PriceMode>,
    /// Local time of check-in, from which the hours of cancellation policies are counted back.
    #[garde(skip)]
    #[serde(default, deserialize_with = "hours::optional::deserialize")]
    #[schema(value_type = Option<String>, pattern = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$")]
    pub check_in_time: Option<NaiveTime>,
    /// Local time of check-out.
    #[garde(skip)]
    #[serde(default, deserialize_with = "hours::optional::deserialize")]
    #[schema(value_type = Option<String>, pattern = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$")]
    pub check_out_time: Option<NaiveTime>,
    /// Changes to the settings.
    #[garde(dive)]
    #[serde(default)]
    pub settings: SettingsPatch,
    /// Language of `name` and `description`, here and at room types.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, value_type = Option<String>, pattern = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", example = "en")]
    pub default_locale: Option<Locale>,
    /// Name and description in other languages; null removes a language.
    #[garde(dive)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub texts: Option<TextsPatch>,
}

/// Changes to a postal address. Fields that are left out stay as they are.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressPatch {
    /// Street with the house number, 1 to 200 characters.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    pub street: Option<String>,
    /// Name of the city, 1 to 100 characters.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub city: Option<String>,
    /// Postal code, at most 20 characters; may be empty.
    #[garde(inner(length(chars, max = 20)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_length = 20)]
    pub postal_code: Option<String>,
    /// Country code, ISO 3166-1 alpha-2.
    #[garde(inner(pattern(r"^[A-Z]{2}$"), custom(a_country)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, pattern = r"^[A-Z]{2}$")]
    pub country: Option<String>,
}

/// A property with its settings and pictures.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PropertyOut {
    /// Identifier of the property.
    pub id: Uuid,
    /// Name of the hotel as guests see it, in the language of `locale`.
    pub name: String,
    /// Description of the hotel for guests, in the language of `locale`; may be empty.
    pub description: String,
    /// Postal address of the hotel.
    pub address: Address,
    /// Geographic location of the hotel; null if none is given.
    pub location: Option<Location>,
    /// E-mail address of the hotel; null if there is none.
    pub email: Option<String>,
    /// Phone number of the hotel; null if there is none.
    pub phone: Option<String>,
    /// Time zone, an IANA name. Until the first night audit, today at the hotel is the date in this zone.
    #[schema(value_type = String, example = "Europe/Lisbon")]
    pub time_zone: TimeZone,
    /// Currency of all prices, ISO 4217.
    pub currency: Currency,
    /// Mode of the prices that staff enter: with or without taxes.
    pub prices: PriceMode,
    /// Local time of check-in, from which the hours of cancellation policies are counted back.
    #[serde(serialize_with = "hours::serialize")]
    #[schema(value_type = String, example = "15:00")]
    pub check_in_time: NaiveTime,
    /// Local time of check-out.
    #[serde(serialize_with = "hours::serialize")]
    #[schema(value_type = String, example = "11:00")]
    pub check_out_time: NaiveTime,
    /// Settings of the hotel.
    pub settings: Settings,
    /// Language of `name` and `description` if a reader asks for no other.
    #[schema(value_type = String, example = "en")]
    pub default_locale: Locale,
    /// Language of `name` and `description` in this answer.
    #[schema(value_type = String, example = "pt")]
    pub locale: Locale,
    /// Name and description in other languages.
    pub texts: Texts,
    /// Pictures of the property, in their order.
    pub images: Vec<ImageOut>,
    /// Business date of the hotel: "today" there.
    pub business_date: NaiveDate,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

/// Filter of properties.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct PropertyFilter {
    /// Name of the city, whole; upper and lower case and accents do not matter.
    #[garde(inner(length(chars, max = 100)))]
    #[param(example = "Lagos", max_length = 100)]
    pub city: Option<String>,
    /// Country code, ISO 3166-1 alpha-2.
    #[garde(inner(pattern(r"^[A-Za-z]{2}$")))]
    #[param(example = "PT", pattern = r"^[A-Za-z]{2}$")]
    pub country: Option<String>,
}

impl CreateProperty {
    pub fn into_row(self, id: Uuid, now: DateTime<Utc>) -> Result<NewProperty> {
        let Self {
            name,
            description,
            address,
            location,
            email,
            phone,
            time_zone,
            currency,
            prices,
            check_in_time,
            check_out_time,
            settings,
            default_locale,
            texts,
        } = self;
        let Address { street, city, postal_code, country } = address;
        let texts = Texts::default().merged(&texts, &default_locale)?.to_json();
        Ok(NewProperty {
            id,
            name,
            description,
            street,
            city,
            postal_code,
            country,
            latitude: location.map(|location| location.latitude),
            longitude: location.map(|location| location.longitude),
            email,
            phone,
            time_zone,
            currency,
            prices,
            check_in_time: check_in_time.unwrap_or_else(|| NaiveTime::from_hms_opt(15, 0, 0).unwrap_or_default()),
            check_out_time: check_out_time.unwrap_or_else(|| NaiveTime::from_hms_opt(11, 0, 0).unwrap_or_default()),
            settings: settings.into(),
            default_locale,
            texts,
            created_at: now,
            updated_at: now,
        })
    }
}

impl From<UpdateProperty> for PropertyChange {
    fn from(patch: UpdateProperty) -> Self {
        let UpdateProperty {
            name,
            description,
            address,
            location,
            email,
            phone,
            time_zone,
            prices,
            check_in_time,
            check_out_time,
            settings,
            default_locale,
            texts: _,
        } = patch;
        let AddressPatch { street, city, postal_code, country } = address;
        Self {
            name,
            description,
            street,
            city,
            postal_code,
            country,
            latitude: location.map(|location| location.map(|location| location.latitude)),
            longitude: location.map(|location| location.map(|location| location.longitude)),
            email,
            phone,
            time_zone,
            prices,
            check_in_time,
            check_out_time,
            settings,
            default_locale,
            // What they become depends on what they are.
            texts: None,
        }
    }
}

impl PropertyOut {
    pub fn new(property: Property, images: Vec<ImageOut>, now: DateTime<Utc>) -> Self {
        let texts = property.texts();
        let business_date = property.business_date(now);
        let Property {
            id,
            name,
            description,
            street,
            city,
            postal_code,
            country,
            latitude,
            longitude,
            email,
            phone,
            time_zone,
            currency,
            prices,
            check_in_time,
            check_out_time,
            settings,
            default_locale,
            texts: _,
            version,
            created_at,
            updated_at,
            rolled_to: _,
        } = property;
        Self {
            id,
            name,
            description,
            address: Address { street, city, postal_code, country },
            location: Location::from_degrees(latitude, longitude),
            email,
            phone,
            time_zone,
            currency,
            prices,
            check_in_time,
            check_out_time,
            settings,
            locale: default_locale.clone(),
            default_locale,
            texts,
            images,
            business_date,
            version,
            created_at,
            updated_at,
        }
    }
    /// Returns the property in the best available language for the reader.
    #[must_use]
    pub fn for_reader(mut self, reader: &Reader) -> Self {
        self.locale = self.texts.localise(&reader.wanted, self.default_locale.clone(), &mut self.name, &mut self.description);
        self
    }
}

/// Most hotels of one report.
const MOST_HOTELS: usize = 50;

/// Hotels of a report: one, or several that are told of together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hotels(pub BTreeSet<Uuid>);

impl TryFrom<String> for Hotels {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let ids: Result<BTreeSet<Uuid>, String> =
            text.split(',').map(|id| id.trim().parse().map_err(|_| format!("{id:?} is not an identifier"))).collect();
        let ids = ids?;
        if ids.len() > MOST_HOTELS {
            return Err(format!("has at most {MOST_HOTELS} properties"));
        }
        Ok(Self(ids))
    }
}

/// Choice of the hotels of a report.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct OfHotels {
    /// Identifiers of 1 to 50 properties, separated by commas; their figures are added up, and amounts currency by currency.
    #[serde(deserialize_with = "sets::required")]
    #[param(value_type = String, pattern = r"^[0-9a-fA-F-]{36}(,[0-9a-fA-F-]{36})*$")]
    pub property_id: Hotels,
}
