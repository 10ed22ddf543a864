//! Approval of refunds, and how much is paid back when guests do not come. Pure.
use super::model::RefundStatus;
use uuid::Uuid;

/// Returns `true` if a refund needs a second person: one of more than the hotel pays back without.
pub fn needs_approval(amount_minor: i64, above_minor: i64) -> bool {
    amount_minor > above_minor
}

/// Returns `true` if a person may decide about a refund: nobody approves what they asked for, by whatever session or key,
/// unless the hotel has said that it has nobody else.
pub fn may_approve(requested_by: Option<Uuid>, person: Uuid, allows_own: bool) -> bool {
    allows_own || requested_by != Some(person)
}

/// Returns what is to be paid back of a payment, in minor units, when a booking has a credit: no more than the payment has
/// left, and nothing that is asked for already. A balance below zero is a credit.
pub fn credit_of(balance_minor: i64, refunding_minor: i64, refundable_minor: i64) -> i64 {
    (-balance_minor - refunding_minor).min(refundable_minor).max(0)
}

/// Returns `true` if somebody can still decide about a refund.
pub fn is_open(status: RefundStatus) -> bool {
    status == RefundStatus::Requested
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_refunds_need_nobody_else() {
        assert!(!needs_approval(5_000, 5_000) && needs_approval(5_001, 5_000) && needs_approval(1, 0));
    }

    #[test]
    fn nobody_approves_their_own() {
        let (ana, rui) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert!(!may_approve(Some(ana), ana, false));
        assert!(may_approve(Some(ana), rui, false) && may_approve(Some(ana), ana, true));
        assert!(may_approve(None, ana, false), "a cancellation asked for it");
    }

    #[test]
    fn what_was_paid_beyond_the_fee_is_paid_back_once() {
        assert_eq!(credit_of(-6_000, 0, 10_000), 6_000, "100.00 were paid, the fee is 40.00");
        assert_eq!(credit_of(-6_000, 6_000, 4_000), 0, "it is asked for already");
        assert_eq!(credit_of(-6_000, 0, 2_500), 2_500, "the rest is of another payment");
        assert_eq!(credit_of(4_000, 0, 10_000), 0);
    }
}
