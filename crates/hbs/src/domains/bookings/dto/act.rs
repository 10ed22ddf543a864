//! Actions on bookings and stays.
use crate::domains::bookings::model::{Booking, Stay};
use crate::domains::bookings::rules::fees::Settlement;
use crate::money::Money;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why something is done with a booking.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionBody {
    #[garde(inner(length(chars, max = 500)))]
    #[schema(example = "Guest asked by phone")]
    pub reason: Option<String>,
    /// Charges no fee for cancelling, not coming or leaving early. Needs `bookings:waive_fee` and a reason.
    #[garde(skip)]
    #[serde(default)]
    pub waive_fee: bool,
    /// Checks guests into rooms that are not ready. Needs `stays:override` and a reason.
    #[garde(skip)]
    #[serde(default)]
    pub ignore_housekeeping: bool,
    /// Checks guests out who leave something unpaid. Needs `stays:override` and a reason.
    #[garde(skip)]
    #[serde(default)]
    pub ignore_balance: bool,
}

/// How long a hold is to last.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtendHold {
    /// From now on; the property caps it.
    #[garde(range(min = 1, max = 10080))]
    #[schema(minimum = 1, maximum = 10080, example = 30)]
    pub hold_minutes: i32,
}

/// Which stay; all that can be cancelled if left out.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct CancellationQuery {
    pub stay_id: Option<Uuid>,
}

/// What cancelling would cost at a moment.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CancellationOut {
    pub booking_id: Uuid,
    /// The moment: fees grow towards arrival.
    pub at: DateTime<Utc>,
    /// The stays that would be cancelled.
    pub stays: Vec<StayCancellation>,
    /// The sum of their fees.
    pub fee: Money,
    /// What the whole booking would cost then.
    pub total_after: Money,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StayCancellation {
    pub stay_id: Uuid,
    /// What the stay costs now.
    pub total: Money,
    pub fee: Money,
    /// Nothing for stays from before there were plans.
    #[schema(example = "Free until 24 hours before arrival, then 100 % of the price. If you do not come: 100 % of the price.")]
    pub cancellation_policy: Option<String>,
}

impl CancellationOut {
    pub fn new(booking: &Booking, at: DateTime<Utc>, total_after: i64, stays: &[(Stay, Settlement)]) -> Self {
        let money = |minor| Money::new(minor, booking.currency);
        let shown = |(stay, settlement): &(Stay, Settlement)| StayCancellation {
            stay_id: stay.id,
            total: money(stay.total_minor),
            fee: money(settlement.fee_minor),
            cancellation_policy: stay.cancellation_terms.as_ref().map(|terms| terms.0.text(booking.currency)),
        };
        Self {
            booking_id: booking.id,
            at,
            stays: stays.iter().map(shown).collect(),
            fee: money(stays.iter().map(|(_, settlement)| settlement.fee_minor).sum()),
            total_after: money(total_after),
        }
    }
}
