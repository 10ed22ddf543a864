//! Bounds of what can be entered. What a price comes to is for [`super::engine`].

/// Prices larger than this cannot be entered, so that no sum of them overflows.
pub const MAX_PRICE_MINOR: i64 = 1_000_000_000_000;
