//! Price engine: the price of a stay, and the restrictions against its sale. Pure: no database, no clock.
//!
//! | file | says |
//! | --- | --- |
//! | [`tariff`] | what a hotel charges: plans, rates, age bands, taxes |
//! | [`night`] | what a night costs these guests in a plan, and where each part comes from |
//! | [`discount`] | what offers take off the nights of a stay |
//! | [`package`] | which part of a night's price is for extras that are in it |
//! | [`tax`] | which taxes a stay bears, and the lines of each night |
//! | [`restriction`] | why a plan does not sell a stay, night by night |
//! | [`outlook`] | totals and restrictions of many stays, looked up once |
//! | [`cancellation`] | what holds when it is cancelled |
//! | [`payment`] | when its price is due |
//!
//! All amounts are minor units of the property's currency. Rounding is half away from zero.
pub mod cancellation;
pub mod discount;
pub mod night;
pub mod outlook;
pub mod package;
pub mod payment;
pub mod restriction;
#[cfg(test)]
pub mod samples;
#[cfg(test)]
mod slow;
pub mod tariff;
pub mod tax;

pub use cancellation::{CancellationTerms, Fee, FeeTax, FeeTaxes, FeeWindow};
pub use discount::{Discount, FreeNights, Reduced, Reduction, rest, worth};
pub use night::{Part, PartKind, PriceSource, changed};
pub use outlook::Outlook;
pub use package::{Included, IncludedPrice, IncludedTax};
pub use payment::{Instalment, Instalments, PaymentTerms};
pub use restriction::{Asked, Effective, Restriction, RestrictionReason};
pub use tariff::{
    AgeBand, Change, Derivation, Heads, Limits, NightRate, NightRates, Party, Plan, RoomBasis, Tariff, TariffRules, TypeRate,
    Validity, heads,
};
pub use tax::{Due, NightPrice, Standing, StayPrice, Tax, TaxKind, TaxLine, TaxesDue, lines};

use crate::numbers::{divided, narrowed};

/// One million: the unit of percentages is parts per million.
const PPM: i128 = 1_000_000;

/// Returns a share of an amount, in parts per million.
pub fn share(amount: i64, ppm: i64) -> i64 {
    narrowed(divided(i128::from(amount) * i128::from(ppm), PPM))
}
