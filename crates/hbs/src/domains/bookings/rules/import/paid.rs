//! What guests had paid at another system, as the rows of a sheet say it. Pure.
use super::read::Draft;
use crate::domains::payments::PaymentMethod;
use crate::domains::rates::rules::MAX_PRICE_MINOR;
use crate::money::{Currency, Money};
use crate::sheets::{Row, quoted};

/// Amount that was paid for a stay at another system, more than nothing, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paid {
    pub method: PaymentMethod,
    pub amount_minor: i64,
}

/// Reads what was paid for a stay; none if nothing was. Notes in the row what is wrong with it.
pub fn paid(row: &mut Row, currency: Currency) -> Option<Paid> {
    let method = method(row);
    let amount_minor = row.money("paid", currency).map(|amount| amount.minor).filter(|minor| *minor > 0)?;
    if amount_minor > MAX_PRICE_MINOR {
        row.blame("paid", "is absurdly large");
        return None;
    }
    if row.text("paid_method").is_none() {
        row.blame("paid_method", "is empty, but something was paid");
    }
    Some(Paid { method: method?, amount_minor })
}

/// Reads how it was paid. Of what a gateway took there is nothing here by which it could be paid back through it.
fn method(row: &mut Row) -> Option<PaymentMethod> {
    let text = row.text("paid_method")?.to_lowercase();
    let method: Option<PaymentMethod> = text.parse().ok().filter(|method| *method != PaymentMethod::Gateway);
    if method.is_none() {
        row.blame("paid_method", format!("{} is none of cash, card_terminal and bank_transfer", quoted(&text)));
    }
    method
}

/// Refuses the bookings for which more was paid than they cost: a slip more often than a credit, which comes in with the opening
/// balances.
pub fn check_paid(groups: &[Vec<usize>], rows: &mut [Row], drafts: &[Option<Draft>], currency: Currency) {
    for group in groups {
        let stays: Vec<&Draft> = group.iter().filter_map(|n| drafts[*n].as_ref()).collect();
        // What a booking costs is known once each of its rows is right.
        if stays.len() < group.len() {
            continue;
        }
        let total: i64 = stays.iter().map(|draft| draft.sold.total()).sum();
        let paid: i64 = stays.iter().filter_map(|draft| draft.paid).map(|paid| paid.amount_minor).sum();
        let last = group.iter().rev().find(|n| drafts[**n].as_ref().is_some_and(|draft| draft.paid.is_some()));
        if let Some(last) = last
            && paid > total
        {
            let [paid, total] = [paid, total].map(|minor| Money::new(minor, currency).amount());
            let detail = format!("comes to {paid} for a booking of {total}; bring a credit in with the opening balances");
            rows[*last].blame("paid", detail);
        }
    }
}
