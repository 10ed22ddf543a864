use super::model::{NewProperty, PriceMode, Property, PropertyChange, Settings, SettingsPatch, TimeZone};
use crate::Result;
use crate::clock::hours;
use crate::domains::images::ImageOut;
use crate::http::Reader;
use crate::http::valid::present;
use crate::money::Currency;
use crate::texts::{Locale, Texts, TextsPatch};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use uuid::Uuid;

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateProperty {
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(example = "Hotel Miramar")]
    pub name: String,
    #[garde(length(chars, max = 5000))]
    #[serde(default)]
    pub description: String,
    #[garde(dive)]
    pub address: Address,
    /// Geographic location, for searches around a place.
    #[garde(dive)]
    pub location: Option<Location>,
    #[garde(inner(email))]
    pub email: Option<String>,
    #[garde(inner(length(chars, min = 3, max = 40)))]
    pub phone: Option<String>,
    /// Time zone, an IANA name. Until the first night audit, today at the hotel is the date in this zone.
    #[garde(skip)]
    #[schema(value_type = String, example = "Europe/Lisbon")]
    pub time_zone: TimeZone,
    /// Currency of all prices, ISO 4217. It cannot be changed later.
    #[garde(skip)]
    pub currency: Currency,
    #[garde(skip)]
    pub prices: PriceMode,
    #[garde(skip)]
    #[serde(default, deserialize_with = "hours::optional::deserialize")]
    #[schema(value_type = Option<String>, example = "15:00")]
    pub check_in_time: Option<NaiveTime>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "hours::optional::deserialize")]
    #[schema(value_type = Option<String>, example = "11:00")]
    pub check_out_time: Option<NaiveTime>,
    #[garde(dive)]
    #[serde(default)]
    pub settings: SettingsPatch,
    /// Language of `name` and `description`, here and at room types; `en` if left out.
    #[garde(skip)]
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "en")]
    pub default_locale: Locale,
    /// Name and description in other languages.
    #[garde(dive)]
    #[serde(default)]
    pub texts: TextsPatch,
}

#[derive(Debug, Clone, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Address {
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(example = "Avenida do Mar 1")]
    pub street: String,
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(example = "Lagos")]
    pub city: String,
    #[garde(length(chars, max = 20))]
    #[schema(example = "8600-315")]
    pub postal_code: String,
    /// Country code, ISO 3166-1 alpha-2.
    #[garde(pattern(r"^[A-Z]{2}$"))]
    #[schema(example = "PT")]
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

#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateProperty {
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[serde(default, deserialize_with = "present")]
    pub name: Option<String>,
    #[garde(inner(length(chars, max = 5000)))]
    #[serde(default, deserialize_with = "present")]
    pub description: Option<String>,
    #[garde(dive)]
    #[serde(default)]
    pub address: AddressPatch,
    /// New location as a whole; null removes it.
    #[garde(dive)]
    #[serde(default, with = "double_option")]
    pub location: Option<Option<Location>>,
    #[garde(inner(inner(email)))]
    #[serde(default, with = "double_option")]
    pub email: Option<Option<String>>,
    #[garde(inner(inner(length(chars, min = 3, max = 40))))]
    #[serde(default, with = "double_option")]
    pub phone: Option<Option<String>>,
    #[garde(skip)]
    #[schema(value_type = Option<String>)]
    #[serde(default, deserialize_with = "present")]
    pub time_zone: Option<TimeZone>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    pub prices: Option<PriceMode>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "hours::optional::deserialize")]
    #[schema(value_type = Option<String>)]
    pub check_in_time: Option<NaiveTime>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "hours::optional::deserialize")]
    #[schema(value_type = Option<String>)]
    pub check_out_time: Option<NaiveTime>,
    #[garde(dive)]
    #[serde(default)]
    pub settings: SettingsPatch,
    /// Language of `name` and `description`, here and at room types.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "en")]
    pub default_locale: Option<Locale>,
    /// Name and description in other languages; null removes a language.
    #[garde(dive)]
    #[serde(default, deserialize_with = "present")]
    pub texts: Option<TextsPatch>,
}

#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressPatch {
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[serde(default, deserialize_with = "present")]
    pub street: Option<String>,
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[serde(default, deserialize_with = "present")]
    pub city: Option<String>,
    #[garde(inner(length(chars, max = 20)))]
    #[serde(default, deserialize_with = "present")]
    pub postal_code: Option<String>,
    #[garde(inner(pattern(r"^[A-Z]{2}$")))]
    #[serde(default, deserialize_with = "present")]
    pub country: Option<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PropertyOut {
    pub id: Uuid,
    pub name: String,
    pub description: String,
    pub address: Address,
    pub location: Option<Location>,
    pub email: Option<String>,
    pub phone: Option<String>,
    #[schema(value_type = String, example = "Europe/Lisbon")]
    pub time_zone: TimeZone,
    pub currency: Currency,
    pub prices: PriceMode,
    #[serde(serialize_with = "hours::serialize")]
    #[schema(value_type = String, example = "15:00")]
    pub check_in_time: NaiveTime,
    #[serde(serialize_with = "hours::serialize")]
    #[schema(value_type = String, example = "11:00")]
    pub check_out_time: NaiveTime,
    pub settings: Settings,
    /// Language of `name` and `description` if a reader asks for no other.
    #[schema(value_type = String, example = "en")]
    pub default_locale: Locale,
    /// Language of `name` and `description` in this answer.
    #[schema(value_type = String, example = "pt")]
    pub locale: Locale,
    /// Name and description in other languages.
    pub texts: Texts,
    pub images: Vec<ImageOut>,
    /// Business date of the hotel: "today" there.
    pub business_date: NaiveDate,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Filter of properties.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct PropertyFilter {
    /// Name of the city, in any case but otherwise exact.
    #[param(example = "Lagos")]
    pub city: Option<String>,
    /// Country code, ISO 3166-1 alpha-2.
    #[param(example = "PT")]
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
