use crate::domains::reports::model::{ArrivalsGroup, OccupancyGroup, PaymentsGroup, RevenueGroup};
use crate::http::valid::{dates, sets};
use crate::sheets::ExportFormat;
use chrono::NaiveDate;
use serde::Deserialize;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Most hotels of one report.
const MOST_HOTELS: usize = 50;

/// Hotels of a report: one, or several that are added up.
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

/// Choice of hotels and a date.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct FlashQuery {
    /// Identifiers of 1 to 50 properties, separated by commas; their figures are added up.
    #[serde(deserialize_with = "sets::required")]
    #[param(value_type = String, pattern = r"^[0-9a-fA-F-]{36}(,[0-9a-fA-F-]{36})*$")]
    pub property_id: Hotels,
    /// Date of the report; the business date of the first property if left out.
    #[serde(default, deserialize_with = "dates::optional")]
    #[param(example = "2026-12-24")]
    pub date: Option<NaiveDate>,
    /// Form of the answer: `json`, which is the default, `csv`, `xlsx` or `pdf` (at most 5,000 rows).
    #[serde(default)]
    #[param(inline, example = "json")]
    pub format: ExportFormat,
}

/// Choice of hotels and a period, whose figures are added up by date or by hotel.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct OccupancyQuery {
    /// Identifiers of 1 to 50 properties, separated by commas; their figures are added up.
    #[serde(deserialize_with = "sets::required")]
    #[param(value_type = String, pattern = r"^[0-9a-fA-F-]{36}(,[0-9a-fA-F-]{36})*$")]
    pub property_id: Hotels,
    /// First date of the period.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-01")]
    pub from: NaiveDate,
    /// Last date of the period, inclusive: at most 366 days by day, 3,660 in other groups.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-31")]
    pub to: NaiveDate,
    /// Grouping of the figures; `day` if left out.
    #[param(inline)]
    pub group: Option<OccupancyGroup>,
    /// Form of the answer: `json`, which is the default, `csv`, `xlsx` or `pdf` (at most 5,000 rows).
    #[serde(default)]
    #[param(inline, example = "json")]
    pub format: ExportFormat,
}

/// Choice of hotels and a period, whose revenue is added up by what stays have in common.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct RevenueQuery {
    /// Identifiers of 1 to 50 properties, separated by commas; their figures are added up.
    #[serde(deserialize_with = "sets::required")]
    #[param(value_type = String, pattern = r"^[0-9a-fA-F-]{36}(,[0-9a-fA-F-]{36})*$")]
    pub property_id: Hotels,
    /// First date of the period.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-01")]
    pub from: NaiveDate,
    /// Last date of the period, inclusive: at most 366 days by day, 3,660 in other groups.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-31")]
    pub to: NaiveDate,
    /// Grouping of the revenue; `month` if left out.
    #[param(inline)]
    pub group: Option<RevenueGroup>,
    /// Form of the answer: `json`, which is the default, `csv`, `xlsx` or `pdf` (at most 5,000 rows).
    #[serde(default)]
    #[param(inline, example = "json")]
    pub format: ExportFormat,
}

/// Choice of hotels and days of arrival.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct ArrivalsQuery {
    /// Identifiers of 1 to 50 properties, separated by commas; their figures are added up.
    #[serde(deserialize_with = "sets::required")]
    #[param(value_type = String, pattern = r"^[0-9a-fA-F-]{36}(,[0-9a-fA-F-]{36})*$")]
    pub property_id: Hotels,
    /// First day of arrival.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-01")]
    pub from: NaiveDate,
    /// Last day of arrival, inclusive: at most 3,660 days.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-31")]
    pub to: NaiveDate,
    /// Grouping of the stays; `month` if left out.
    #[param(inline)]
    pub group: Option<ArrivalsGroup>,
    /// Form of the answer: `json`, which is the default, `csv`, `xlsx` or `pdf` (at most 5,000 rows).
    #[serde(default)]
    #[param(inline, example = "json")]
    pub format: ExportFormat,
}

/// Choice of nights, and of the dates at whose end their books are compared.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct PaceQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// First night.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2027-01-01")]
    pub from: NaiveDate,
    /// Last night, inclusive: at most 366 nights.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2027-01-31")]
    pub to: NaiveDate,
    /// Date at whose end the books are shown; the day before the business date if left out.
    #[serde(default, deserialize_with = "dates::optional")]
    #[param(example = "2026-12-24")]
    pub as_of: Option<NaiveDate>,
    /// Days before `as_of` with which the books are compared, 1 to 366; 7 if left out.
    #[garde(inner(range(min = 1, max = 366)))]
    #[param(minimum = 1, maximum = 366, example = 7)]
    pub days: Option<i64>,
    /// Form of the answer: `json`, which is the default, `csv`, `xlsx` or `pdf` (at most 5,000 rows).
    #[serde(default)]
    #[param(inline, example = "json")]
    pub format: ExportFormat,
}

/// Choice of a hotel and a period of payments.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct PaymentsReportQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// First business date.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-01")]
    pub from: NaiveDate,
    /// Last business date, inclusive: at most 3,660 days.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-31")]
    pub to: NaiveDate,
    /// Grouping of the payments; `method` if left out.
    #[param(inline)]
    pub group: Option<PaymentsGroup>,
    /// Form of the answer: `json`, which is the default, `csv`, `xlsx` or `pdf` (at most 5,000 rows).
    #[serde(default)]
    #[param(inline, example = "json")]
    pub format: ExportFormat,
}

/// Choice of a hotel and a period of taxes.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct TaxesQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// First date of the period.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-01")]
    pub from: NaiveDate,
    /// Last date of the period, inclusive: at most 3,660 days.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-31")]
    pub to: NaiveDate,
    /// Form of the answer: `json`, which is the default, `csv`, `xlsx` or `pdf` (at most 5,000 rows).
    #[serde(default)]
    #[param(inline, example = "json")]
    pub format: ExportFormat,
}

/// Choice of a hotel and a night.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct RegisterQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Night of the register, by the date of its evening; the business date if left out.
    #[serde(default, deserialize_with = "dates::optional")]
    #[param(example = "2026-12-24")]
    pub date: Option<NaiveDate>,
    /// Form of the answer: `json`, which is the default, `csv`, `xlsx` or `pdf` (at most 5,000 rows).
    #[serde(default)]
    #[param(inline, example = "json")]
    pub format: ExportFormat,
}

/// Choice of a hotel and a date at whose end balances are open.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct BalancesQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Date at whose end the balances are open; the business date if left out.
    #[serde(default, deserialize_with = "dates::optional")]
    #[param(example = "2026-12-31")]
    pub date: Option<NaiveDate>,
    /// Form of the answer: `json`, which is the default, `csv`, `xlsx` or `pdf` (at most 5,000 rows).
    #[serde(default)]
    #[param(inline, example = "json")]
    pub format: ExportFormat,
}
