//! Amounts that payment links ask for, and when they are over. Pure.
use super::model::{LinkStatus, PaymentLink};
use crate::domains::payments::PaymentStatus;

/// Returns what is paid by a link now, in minor units, of a folio on which so much is left to be paid. None: nothing.
pub fn asks_for(link: &PaymentLink, left_minor: i64) -> Option<i64> {
    match link.amount_minor {
        Some(minor) => (minor <= left_minor).then_some(minor),
        None => (left_minor > 0).then_some(left_minor),
    }
}

/// Returns `true` if a payment that was begun by a link has no end yet.
pub fn is_under_way(status: PaymentStatus) -> bool {
    use PaymentStatus::{Authorized, Pending, RequiresAction, Unknown};
    matches!(status, Pending | RequiresAction | Authorized | Unknown)
}

/// What became of the payment that was begun by a link, if one was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Begun {
    pub captured_minor: i64,
    /// `true` if it has no end yet.
    pub is_under_way: bool,
}

/// Returns how an open link ends that asks for nothing any more: its folio is settled, its payment was made, or there is less to
/// be paid than its amount and nothing is under way by it. None: it stays open.
pub fn ends_as(link: &PaymentLink, balance_minor: i64, begun: Begun) -> Option<LinkStatus> {
    let Begun { captured_minor, is_under_way } = begun;
    match link.amount_minor {
        _ if link.status != LinkStatus::Open => None,
        _ if balance_minor <= 0 => Some(LinkStatus::Paid),
        Some(minor) if captured_minor >= minor => Some(LinkStatus::Paid),
        Some(minor) if minor > balance_minor && !is_under_way => Some(LinkStatus::Cancelled),
        _ => None,
    }
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
        let (none, paid) = (Begun::default(), |captured_minor| Begun { captured_minor, is_under_way: false });
        assert_eq!(ends_as(&link(None), 0, none), Some(LinkStatus::Paid));
        assert_eq!(ends_as(&link(Some(5_000)), 15_000, paid(5_000)), Some(LinkStatus::Paid));
        assert_eq!(ends_as(&link(Some(5_000)), -1, none), Some(LinkStatus::Paid));
        assert_eq!(ends_as(&link(None), 1, paid(5_000)), None);
        assert_eq!(ends_as(&link(Some(5_000)), 15_000, paid(4_999)), None);
        assert_eq!(ends_as(&PaymentLink { status: LinkStatus::Cancelled, ..link(None) }, 0, none), None);
    }

    #[test]
    fn a_link_over_more_than_is_left_is_in_the_way_of_nothing() {
        let under_way = Begun { captured_minor: 0, is_under_way: true };
        assert_eq!(ends_as(&link(Some(5_000)), 4_999, Begun::default()), Some(LinkStatus::Cancelled));
        assert_eq!(ends_as(&link(Some(5_000)), 5_000, Begun::default()), None);
        assert_eq!(ends_as(&link(Some(5_000)), 4_999, under_way), None, "what is on its way may come");
    }
}
