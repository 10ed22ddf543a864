//! Rules of rates, pure. What a price comes to is for [`engine`].
pub mod effective;
pub mod engine;
mod hotel;

pub use hotel::{HotelRates, PriceLine};

/// Prices larger than this cannot be entered, so that no sum of them overflows.
pub const MAX_PRICE_MINOR: i64 = 1_000_000_000_000;
