use crate::domains::reports::model::{ArrivalsGroup, OccupancyGroup, PaymentsGroup, RevenueGroup};
use crate::http::valid::dates;
use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

/// Choice of the hotel of a report.
#[derive(Debug, Clone, Copy, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct OfHotel {
    /// Identifier of the property.
    pub property_id: Uuid,
}

/// Period of a report.
#[derive(Debug, Clone, Copy, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct InPeriod {
    /// First date of the period.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-01")]
    pub from: NaiveDate,
    /// Last date of the period, inclusive: at most 3,660 days; 366 in `pace`, and in `occupancy` and `revenue` by day.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-31")]
    pub to: NaiveDate,
}

/// Date of the manager's flash.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct FlashQuery {
    /// Date of the report; the business date of the first property if left out.
    #[serde(default, deserialize_with = "dates::optional")]
    #[param(example = "2026-12-24")]
    pub date: Option<NaiveDate>,
}

/// Grouping of the report on occupancy.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct OccupancyQuery {
    /// Grouping of the figures; `day` if left out.
    #[param(inline)]
    pub group: Option<OccupancyGroup>,
}

/// Grouping of the report on revenue.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct RevenueQuery {
    /// Grouping of the revenue; `month` if left out.
    #[param(inline)]
    pub group: Option<RevenueGroup>,
}

/// Grouping of the report on cancellations.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct ArrivalsQuery {
    /// Grouping of the stays; `month` if left out.
    #[param(inline)]
    pub group: Option<ArrivalsGroup>,
}

/// Dates at whose end the books of nights are compared.
#[derive(Debug, Clone, Copy, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct PaceQuery {
    /// Date at whose end the books are shown; the day before the business date if left out.
    #[serde(default, deserialize_with = "dates::optional")]
    #[param(example = "2026-12-24")]
    pub as_of: Option<NaiveDate>,
    /// Days before `as_of` with which the books are compared, 1 to 366; 7 if left out.
    #[garde(inner(range(min = 1, max = 366)))]
    #[param(minimum = 1, maximum = 366, example = 7)]
    pub days: Option<i64>,
}

/// Grouping of the report on payments.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct PaymentsReportQuery {
    /// Grouping of the payments; `method` if left out.
    #[param(inline)]
    pub group: Option<PaymentsGroup>,
}

/// Night of the police register.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct RegisterQuery {
    /// Night of the register, by the date of its evening; the business date if left out.
    #[serde(default, deserialize_with = "dates::optional")]
    #[param(example = "2026-12-24")]
    pub date: Option<NaiveDate>,
}

/// Date of the report on balances.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct BalancesQuery {
    /// Date at whose end the balances are open; the business date if left out.
    #[serde(default, deserialize_with = "dates::optional")]
    #[param(example = "2026-12-31")]
    pub date: Option<NaiveDate>,
}
