//! Amounts that payment links ask for, and when they are over. Pure.
use super::model::{LinkStatus, PaymentLink};

/// Returns what is paid by a link now, in minor units, of a folio on which so much is left to be paid. None: nothing.
pub fn asks_for(link: &PaymentLink, left_minor: i64) -> Option<i64> {
    match link.amount_minor {
        Some(minor) => (minor <= left_minor).then_some(minor),
        None => (left_minor > 0).then_some(left_minor),
    }
}

/// Returns `true` if an open link asks for nothing any more: its folio is settled, or its payment was made.
pub fn is_paid(link: &PaymentLink, balance_minor: i64, captured_minor: i64) -> bool {
    link.status == LinkStatus::Open && (balance_minor <= 0 || link.amount_minor.is_some_and(|minor| captured_minor >= minor))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::payment_links::model::PaymentLinkId;
    use chrono::DateTime;
    use uuid::Uuid;

    fn link(amount_minor: Option<i64>) -> PaymentLink {
        PaymentLink {
            property_id: Uuid::nil(),
            id: PaymentLinkId::now_v7(),
            folio_id: Uuid::nil(),
            booking_id: None,
            status: LinkStatus::Open,
            currency: "EUR".parse().expect("a currency"),
            amount_minor,
            email: None,
            expires_at: DateTime::UNIX_EPOCH,
            payment_id: None,
            created_by: None,
            version: 1,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_link_asks_for_its_amount_or_for_all_that_is_left() {
        assert_eq!(
            (asks_for(&link(None), 20_000), asks_for(&link(None), 0), asks_for(&link(None), -1)),
            (Some(20_000), None, None)
        );
        assert_eq!((asks_for(&link(Some(5_000)), 20_000), asks_for(&link(Some(5_000)), 4_999)), (Some(5_000), None));
    }

    #[test]
    fn a_link_is_over_once_it_is_paid_or_nothing_is_owed() {
        assert!(is_paid(&link(None), 0, 0) && is_paid(&link(Some(5_000)), 15_000, 5_000) && is_paid(&link(Some(5_000)), -1, 0));
        assert!(!is_paid(&link(None), 1, 5_000) && !is_paid(&link(Some(5_000)), 15_000, 4_999));
        assert!(!is_paid(&PaymentLink { status: LinkStatus::Cancelled, ..link(None) }, 0, 0));
    }
}
