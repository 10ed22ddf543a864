//! Requests and answers about actions on bookings and stays.
use crate::domains::bookings::model::{Booking, FirstNight, Stay};
use crate::domains::bookings::rules::fees::Settlement;
use crate::domains::folios::NewFolioEntry;
use crate::language::Language;
use crate::money::{Currency, Money};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Options of an action on a booking or stay, with its reason.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionBody {
    /// Reason for the action, at most 500 characters; needed with `waive_fee`, `ignore_housekeeping`, `ignore_balance` and
    /// `first_night`.
    #[garde(inner(length(chars, max = 500)))]
    #[schema(max_length = 500, example = "Guest asked by phone")]
    pub reason: Option<String>,
    /// `true` to charge no fee for cancelling, a no-show or leaving early. Needs `bookings:waive_fee` and a reason.
    #[garde(skip)]
    #[serde(default)]
    pub waive_fee: bool,
    /// `true` to check guests into rooms that are not ready. Needs `stays:override` and a reason.
    #[garde(skip)]
    #[serde(default)]
    pub ignore_housekeeping: bool,
    /// `true` to check out guests with an unpaid balance. Needs `stays:override` and a reason.
    #[garde(skip)]
    #[serde(default)]
    pub ignore_balance: bool,
    /// Identifier of the account, a company or an agent of the hotel, that pays what is due when guests check out: all that is
    /// due on the folios of the booking when its last guests leave, else what is due for the stays of those who leave. It goes
    /// there within the account's `credit_limit`. Needs `accounts:charge`.
    #[garde(skip)]
    pub to_account_id: Option<Uuid>,
    /// Treatment of the night that is over, for reinstating a no-show of the date that was closed last, where it is
    /// needed, with a reason. Waiving it needs `bookings:waive_fee`.
    #[garde(skip)]
    pub first_night: Option<FirstNight>,
}

/// New length of a hold.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtendHold {
    /// Minutes from now until the hold expires, at most the hotel's `max_hold_minutes`.
    #[garde(range(min = 1, max = 10080))]
    #[schema(minimum = 1, maximum = 10080, example = 30)]
    pub hold_minutes: i32,
}

/// Choice of the stay to cancel; all stays that can be cancelled if left out.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct CancellationQuery {
    /// Identifier of the stay to cancel; all stays that can be cancelled if left out.
    pub stay_id: Option<Uuid>,
}

/// Price of cancelling at a given time.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CancellationOut {
    /// Identifier of the booking.
    pub booking_id: Uuid,
    /// Time for which the fees are calculated; they grow towards arrival.
    pub at: DateTime<Utc>,
    /// Stays that would be cancelled.
    pub stays: Vec<StayCancellation>,
    /// Sum of the cancellation fees.
    pub fee: Money,
    /// Total price of the whole booking after the cancellation.
    pub total_after: Money,
}

/// Price of cancelling one stay.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StayCancellation {
    /// Identifier of the stay.
    pub stay_id: Uuid,
    /// Current price of the stay, taxes included.
    pub total: Money,
    /// Fee for cancelling the stay; 0 for a hold.
    pub fee: Money,
    /// Fee without the taxes in it.
    pub fee_net: Money,
    /// Taxes in the fee, as the terms say.
    pub fee_taxes: Vec<FeeTaxOut>,
    /// Terms of cancellation, as text; null for stays from before there were rate plans.
    #[schema(example = "Free until 24 hours before arrival, then 100 % of the price. If you do not come: 100 % of the price.")]
    pub cancellation_policy: Option<String>,
}

/// Tax that is in a fee.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FeeTaxOut {
    /// Identifier of the tax rule; null for taxes of which none is recorded.
    pub tax_rule_id: Option<Uuid>,
    /// Name of the tax.
    #[schema(example = "IVA 6 %")]
    pub name: String,
    /// Amount of the tax.
    pub amount: Money,
}

fn fee_taxes(settlement: &Settlement, currency: Currency) -> Vec<FeeTaxOut> {
    let (_, taxes) = settlement.fee_lines();
    let shown = |line: &NewFolioEntry| FeeTaxOut {
        tax_rule_id: line.tax_rule_id,
        name: line.description.clone(),
        amount: Money::new(line.amount_minor, currency),
    };
    taxes.into_iter().map(shown).collect()
}

impl CancellationOut {
    pub fn new(booking: &Booking, at: DateTime<Utc>, total_after: i64, stays: &[(Stay, Settlement)], language: Language) -> Self {
        let money = |minor| Money::new(minor, booking.currency);
        let shown = |(stay, settlement): &(Stay, Settlement)| StayCancellation {
            stay_id: stay.id,
            total: money(stay.total_minor),
            fee: money(settlement.fee_minor),
            fee_net: money(settlement.fee_lines().0),
            fee_taxes: fee_taxes(settlement, booking.currency),
            cancellation_policy: stay.cancellation_terms.as_ref().map(|terms| terms.0.text_in(language, booking.currency)),
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
