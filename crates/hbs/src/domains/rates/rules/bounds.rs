//! Bounds of amounts that are sent, as garde checks them. Pure.
use super::MAX_PRICE_MINOR;
use crate::money::Money;
use std::collections::BTreeMap;

/// Validates that an amount, of whatever sign, is not absurdly large.
pub(crate) fn amount(amount: &Money, (): &()) -> garde::Result {
    let bounds = -MAX_PRICE_MINOR..=MAX_PRICE_MINOR;
    if bounds.contains(&amount.minor) { Ok(()) } else { Err(garde::Error::new("must not be absurdly large")) }
}

/// Validates that an amount, if there is one, is not absurdly large.
#[expect(clippy::ref_option, reason = "garde's signature of a custom rule")]
pub(crate) fn maybe_amount(value: &Option<Money>, context: &()) -> garde::Result {
    value.as_ref().map_or(Ok(()), |value| amount(value, context))
}

/// Validates that prices by age band are neither negative nor absurdly large.
pub(crate) fn prices(prices: &BTreeMap<String, Money>, context: &()) -> garde::Result {
    prices.values().try_for_each(|one| price(one, context))
}

/// Validates that a price is neither negative nor absurdly large.
pub(crate) fn price(price: &Money, (): &()) -> garde::Result {
    let bounds = 0..=MAX_PRICE_MINOR;
    if bounds.contains(&price.minor) { Ok(()) } else { Err(garde::Error::new("must not be negative or absurdly large")) }
}
