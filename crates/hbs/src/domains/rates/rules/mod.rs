//! Rules of rates, pure. Prices are calculated by [`engine`].
pub mod adjustment;
pub mod bounds;
pub mod effective;
pub mod engine;
mod hotel;

pub use hotel::{DatedTax, HotelRates, PriceLine};
pub(in crate::domains::rates) use hotel::{PER_NIGHT, PER_PERSON_NIGHT};

/// Highest price that can be entered, in minor units: no sum of such prices overflows.
pub const MAX_PRICE_MINOR: i64 = 1_000_000_000_000;
