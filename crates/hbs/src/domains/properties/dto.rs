use super::model::{NewProperty, PriceMode, Property, PropertyChange, TimeZone};
use crate::http::valid::{hours, present};
use crate::money::Currency;
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
    #[garde(inner(email))]
    pub email: Option<String>,
    #[garde(inner(length(chars, min = 3, max = 40)))]
    pub phone: Option<String>,
    /// IANA name. "Today" at the hotel is the date there.
    #[garde(skip)]
    #[schema(value_type = String, example = "Europe/Lisbon")]
    pub time_zone: TimeZone,
    /// Cannot be changed later.
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
    /// ISO 3166-1 alpha-2.
    #[garde(pattern(r"^[A-Z]{2}$"))]
    #[schema(example = "PT")]
    pub country: String,
}

/// The limits of a property. What is left out stays as it is, or gets its default.
#[derive(Debug, Default, Clone, Copy, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsPatch {
    #[garde(inner(range(min = 1, max = 50)))]
    #[schema(minimum = 1, maximum = 50, default = 5)]
    #[serde(default, deserialize_with = "present")]
    pub max_rooms_per_booking: Option<i32>,
    /// Nights of one stay.
    #[garde(inner(range(min = 1, max = 365)))]
    #[schema(minimum = 1, maximum = 365, default = 90)]
    #[serde(default, deserialize_with = "present")]
    pub max_nights: Option<i32>,
    /// How many days before arrival can be booked.
    #[garde(inner(range(min = 1, max = 1500)))]
    #[schema(minimum = 1, maximum = 1500, default = 730)]
    #[serde(default, deserialize_with = "present")]
    pub max_advance_days: Option<i32>,
    /// For how many nights from today there is inventory.
    #[garde(inner(range(min = 1, max = 1500)))]
    #[schema(minimum = 1, maximum = 1500, default = 730)]
    #[serde(default, deserialize_with = "present")]
    pub horizon_nights: Option<i32>,
    #[garde(inner(range(min = 1, max = 10080)))]
    #[schema(minimum = 1, maximum = 10080, default = 60)]
    #[serde(default, deserialize_with = "present")]
    pub max_hold_minutes: Option<i32>,
    /// Holds that one guest can have at a time.
    #[garde(inner(range(min = 1, max = 100)))]
    #[schema(minimum = 1, maximum = 100, default = 3)]
    #[serde(default, deserialize_with = "present")]
    pub max_live_holds: Option<i32>,
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
    /// "Today" at the hotel.
    pub business_date: NaiveDate,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Settings {
    pub max_rooms_per_booking: i32,
    pub max_nights: i32,
    pub max_advance_days: i32,
    pub horizon_nights: i32,
    pub max_hold_minutes: i32,
    pub max_live_holds: i32,
}

/// Which properties.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct PropertyFilter {
    /// Exactly this city, whatever the case.
    #[param(example = "Lagos")]
    pub city: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[param(example = "PT")]
    pub country: Option<String>,
}

impl CreateProperty {
    pub fn into_row(self, id: Uuid, now: DateTime<Utc>) -> NewProperty {
        let Self {
            name,
            description,
            address,
            email,
            phone,
            time_zone,
            currency,
            prices,
            check_in_time,
            check_out_time,
            settings,
        } = self;
        let Address { street, city, postal_code, country } = address;
        let SettingsPatch {
            max_rooms_per_booking,
            max_nights,
            max_advance_days,
            horizon_nights,
            max_hold_minutes,
            max_live_holds,
        } = settings;
        NewProperty {
            id,
            name,
            description,
            street,
            city,
            postal_code,
            country,
            email,
            phone,
            time_zone,
            currency,
            prices,
            check_in_time: check_in_time.unwrap_or_else(|| NaiveTime::from_hms_opt(15, 0, 0).unwrap_or_default()),
            check_out_time: check_out_time.unwrap_or_else(|| NaiveTime::from_hms_opt(11, 0, 0).unwrap_or_default()),
            max_rooms_per_booking: max_rooms_per_booking.unwrap_or(5),
            max_nights: max_nights.unwrap_or(90),
            max_advance_days: max_advance_days.unwrap_or(730),
            horizon_nights: horizon_nights.unwrap_or(730),
            max_hold_minutes: max_hold_minutes.unwrap_or(60),
            max_live_holds: max_live_holds.unwrap_or(3),
            created_at: now,
            updated_at: now,
        }
    }
}

impl From<UpdateProperty> for PropertyChange {
    fn from(patch: UpdateProperty) -> Self {
        let UpdateProperty {
            name,
            description,
            address,
            email,
            phone,
            time_zone,
            prices,
            check_in_time,
            check_out_time,
            settings,
        } = patch;
        let AddressPatch { street, city, postal_code, country } = address;
        let SettingsPatch {
            max_rooms_per_booking,
            max_nights,
            max_advance_days,
            horizon_nights,
            max_hold_minutes,
            max_live_holds,
        } = settings;
        Self {
            name,
            description,
            street,
            city,
            postal_code,
            country,
            email,
            phone,
            time_zone,
            prices,
            check_in_time,
            check_out_time,
            max_rooms_per_booking,
            max_nights,
            max_advance_days,
            horizon_nights,
            max_hold_minutes,
            max_live_holds,
        }
    }
}

impl PropertyOut {
    pub fn new(property: Property, now: DateTime<Utc>) -> Self {
        let business_date = property.business_date(now);
        let Property {
            id,
            name,
            description,
            street,
            city,
            postal_code,
            country,
            email,
            phone,
            time_zone,
            currency,
            prices,
            check_in_time,
            check_out_time,
            max_rooms_per_booking,
            max_nights,
            max_advance_days,
            horizon_nights,
            max_hold_minutes,
            max_live_holds,
            version,
            created_at,
            updated_at,
        } = property;
        Self {
            id,
            name,
            description,
            address: Address { street, city, postal_code, country },
            email,
            phone,
            time_zone,
            currency,
            prices,
            check_in_time,
            check_out_time,
            settings: Settings {
                max_rooms_per_booking,
                max_nights,
                max_advance_days,
                horizon_nights,
                max_hold_minutes,
                max_live_holds,
            },
            business_date,
            version,
            created_at,
            updated_at,
        }
    }
}
