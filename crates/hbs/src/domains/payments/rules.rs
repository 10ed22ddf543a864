//! The state of a payment by what its gateway has, in whatever order that is told. Pure.
use super::model::{Attention, Payment, PaymentStatus};
use crate::gateways::{DisputeStatus, GatewayPayment, GatewayStatus};
use chrono::{DateTime, TimeDelta, Utc};

/// Time before the end of an authorization at which somebody has to look at it.
const WARNED_BEFORE: TimeDelta = TimeDelta::hours(24);

/// Number of things that were acknowledged of a payment that are remembered.
const REMEMBERED: usize = 20;

/// Reason why a payment cannot be as its gateway has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is of another amount or in another currency, or more was captured than was asked for.
    Amount,
    /// Less was captured than was paid back or is asked for.
    TakenBack,
}

/// The payment as it is once it follows its gateway. What the gateway has decides, and not what it had told before: so it
/// comes to the same in whatever order its events come, and however often.
pub fn follow(payment: &Payment, told: &GatewayPayment, now: DateTime<Utc>) -> Result<Payment, Fault> {
    let captured = told.captured.minor;
    if told.amount != payment.money(payment.amount_minor) || !(0..=payment.amount_minor).contains(&captured) {
        return Err(Fault::Amount);
    }
    if captured < payment.refunded_minor + payment.refunding_minor {
        return Err(Fault::TakenBack);
    }
    let status = status(payment, told).ok_or(Fault::Amount)?;
    let authorized = match status {
        PaymentStatus::Authorized => told.capturable.minor,
        PaymentStatus::Captured => payment.authorized_minor,
        _ => 0,
    };
    let is_open = status == PaymentStatus::RequiresAction;
    let (attention, attention_about) = attention(payment, told, status, now).unzip();
    Ok(Payment {
        status,
        authorized_minor: authorized.max(captured).min(payment.amount_minor),
        captured_minor: captured,
        gateway_id: Some(told.ids.id.clone()),
        gateway_transaction_id: told.ids.transaction_id.clone().or_else(|| payment.gateway_transaction_id.clone()),
        page: told.page.clone().filter(|_| is_open),
        capture_before: told.capture_before.filter(|_| status == PaymentStatus::Authorized),
        decline: told.decline.filter(|_| captured == 0),
        dispute: told.dispute.as_ref().map(|dispute| dispute.status).or(payment.dispute),
        attention,
        attention_about: attention_about.flatten(),
        lost_minor: lost(payment, told, captured),
        ..payment.clone()
    })
}

/// Amount that the bank has taken back for good, once a dispute is lost: never more than the hotel has, since what was paid back
/// before is not taken twice. A dispute that is won after all gives it back.
fn lost(payment: &Payment, told: &GatewayPayment, captured: i64) -> i64 {
    let there_minor = captured - payment.refunded_minor;
    match &told.dispute {
        Some(dispute) if dispute.status == DisputeStatus::Lost => dispute.amount.minor.clamp(0, there_minor),
        Some(_) => 0,
        None => payment.lost_minor.min(there_minor),
    }
}

/// The status by what the gateway has. Money that was captured decides: without any, nothing is captured. What was voided
/// stays so, though a gateway says of the page of it that it has expired. None for what is no payment, such as a guarantee.
fn status(payment: &Payment, told: &GatewayPayment) -> Option<PaymentStatus> {
    if told.captured.minor > 0 {
        return Some(PaymentStatus::Captured);
    }
    match told.status {
        GatewayStatus::Open => Some(PaymentStatus::RequiresAction),
        GatewayStatus::Processing => Some(PaymentStatus::Pending),
        GatewayStatus::Authorized => Some(PaymentStatus::Authorized),
        GatewayStatus::Captured | GatewayStatus::Failed => Some(PaymentStatus::Failed),
        GatewayStatus::Voided => Some(PaymentStatus::Voided),
        GatewayStatus::Expired if payment.status == PaymentStatus::Voided => Some(PaymentStatus::Voided),
        GatewayStatus::Expired => Some(PaymentStatus::Expired),
        GatewayStatus::Stored => None,
    }
}

/// Returns why somebody has to look at a payment, and what exactly: the first thing that nobody has looked at, else what was said
/// before, as long as it is so.
fn attention(
    payment: &Payment,
    told: &GatewayPayment,
    status: PaymentStatus,
    now: DateTime<Utc>,
) -> Option<(Attention, Option<String>)> {
    let dispute = told.dispute.as_ref().filter(|dispute| dispute.status != DisputeStatus::Won);
    let dispute = dispute.map(|dispute| (Attention::Disputed, format!("{} {}", dispute.id, dispute.status)));
    let at_gateway_minor = payment.refunded_minor - payment.transferred_minor;
    let beyond = told.refunded.minor - at_gateway_minor - payment.refunding_minor;
    let elsewhere = (beyond > 0).then(|| (Attention::RefundedElsewhere, beyond.to_string()));
    let is_less = told.captured.minor < payment.captured_minor;
    let taken_back = is_less.then(|| (Attention::TakenBack, told.captured.minor.to_string()));
    let ends = told.capture_before.and_then(|end| match status {
        PaymentStatus::Authorized if end - now < WARNED_BEFORE => Some(end.to_rfc3339()),
        // Nobody has captured it in time: whoever knew that it would end may not know that it has.
        PaymentStatus::Expired => Some(format!("{} over", end.to_rfc3339())),
        _ => None,
    });
    let ends = ends.map(|what| (Attention::AuthorizationEnds, what));
    let new = [dispute, elsewhere, taken_back, ends]
        .into_iter()
        .flatten()
        .map(|(attention, what)| (attention, format!("{attention} {what}")))
        .find(|(_, about)| !payment.is_acknowledged(about));
    if let Some((attention, about)) = new {
        return Some((attention, Some(about)));
    }
    let kept = payment.attention.filter(|attention| match attention {
        Attention::TakenBack => status == PaymentStatus::Failed,
        Attention::RefundFailed => true,
        // A refund that is under way has another amount at the gateway: that of the payment says nothing of it.
        Attention::AmountDiffers => payment.refunding_minor > 0,
        _ => false,
    })?;
    Some((kept, payment.attention_about.clone()))
}

/// The payment once its order is answered, or another one takes its place: no event waits for that answer any more.
pub fn answered(payment: &Payment) -> Payment {
    let waits = payment.attention == Some(Attention::EventWaits);
    if waits { Payment { attention: None, attention_about: None, ..payment.clone() } } else { payment.clone() }
}

/// Returns what somebody has looked at of a payment once they have acknowledged what it says, of which the latest is kept.
pub fn acknowledged(payment: &Payment) -> Option<String> {
    let known = payment.acknowledged.iter().flat_map(|known| known.lines());
    let all: Vec<&str> = known.chain(payment.attention_about.as_deref()).collect();
    let latest = &all[all.len().saturating_sub(REMEMBERED)..];
    (!latest.is_empty()).then(|| latest.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::payments::model::{PaymentId, PaymentMethod};
    use crate::gateways::{Capture, GatewayDispute, GatewayIds, Provider};
    use crate::money::Money;
    use crate::testing::december;
    use proptest::prelude::*;
    use uuid::Uuid;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn payment() -> Payment {
        Payment {
            property_id: Uuid::nil(),
            id: PaymentId::now_v7(),
            folio_id: Uuid::nil(),
            booking_id: None,
            method: PaymentMethod::Gateway,
            status: PaymentStatus::Pending,
            currency: "EUR".parse().expect("a currency"),
            amount_minor: 30_000,
            authorized_minor: 0,
            captured_minor: 0,
            refunding_minor: 0,
            refunded_minor: 0,
            reference: None,
            value_date: None,
            business_date: december(1),
            version: 1,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            capture: Some(Capture::Automatic),
            provider: Some(Provider::Demo),
            gateway_id: None,
            gateway_transaction_id: None,
            page: None,
            page_expires_at: None,
            capture_before: None,
            decline: None,
            dispute: None,
            attention: None,
            lost_minor: 0,
            drawer_id: None,
            is_brought_in: false,
            recorded_by: None,
            attention_about: None,
            acknowledged: None,
            transferred_minor: 0,
        }
    }

    fn told(status: GatewayStatus, captured: i64) -> GatewayPayment {
        let eur = |minor| Money::new(minor, "EUR".parse().expect("a currency"));
        GatewayPayment {
            ids: GatewayIds { id: "cs_1".into(), transaction_id: Some("pi_1".into()) },
            status,
            amount: eur(30_000),
            capturable: eur(if status == GatewayStatus::Authorized { 30_000 } else { 0 }),
            captured: eur(captured),
            refunded: eur(0),
            capture_before: None,
            page: Some("https://gateway.example/pay".into()),
            guarantee: None,
            decline: None,
            dispute: None,
        }
    }

    #[test]
    fn a_payment_is_as_its_gateway_has_it() {
        use PaymentStatus as P;
        for (status, captured, expected, authorized) in [
            (GatewayStatus::Open, 0, P::RequiresAction, 0),
            (GatewayStatus::Processing, 0, P::Pending, 0),
            (GatewayStatus::Authorized, 0, P::Authorized, 30_000),
            (GatewayStatus::Captured, 30_000, P::Captured, 30_000),
            (GatewayStatus::Captured, 12_000, P::Captured, 12_000),
            (GatewayStatus::Captured, 0, P::Failed, 0),
            (GatewayStatus::Failed, 0, P::Failed, 0),
            (GatewayStatus::Voided, 0, P::Voided, 0),
            (GatewayStatus::Expired, 0, P::Expired, 0),
        ] {
            let after = follow(&payment(), &told(status, captured), NOW).expect("a payment");
            assert_eq!(
                (after.status, after.captured_minor, after.authorized_minor),
                (expected, captured, authorized),
                "{status}"
            );
            assert_eq!(after.page.is_some(), expected == P::RequiresAction, "{status}");
        }
    }

    #[test]
    fn other_amounts_are_not_believed() {
        let more = GatewayPayment {
            amount: Money { minor: 30_001, ..told(GatewayStatus::Open, 0).amount },
            ..told(GatewayStatus::Open, 0)
        };
        assert_eq!(follow(&payment(), &more, NOW).err(), Some(Fault::Amount));
        let dollars = Money::new(30_000, "USD".parse().expect("a currency"));
        let other = GatewayPayment { amount: dollars, ..told(GatewayStatus::Captured, 30_000) };
        assert_eq!(follow(&payment(), &other, NOW).err(), Some(Fault::Amount));
        assert_eq!(follow(&payment(), &told(GatewayStatus::Captured, 30_001), NOW).err(), Some(Fault::Amount));
        assert_eq!(follow(&payment(), &told(GatewayStatus::Stored, 0), NOW).err(), Some(Fault::Amount));
        let paid_back = Payment { captured_minor: 30_000, refunded_minor: 20_000, refunding_minor: 1, ..payment() };
        assert_eq!(follow(&paid_back, &told(GatewayStatus::Failed, 0), NOW).err(), Some(Fault::TakenBack));
    }

    /// T-pay-expiry: the desk is told in time, and again once it is too late. What was never authorized, or was given up, is no
    /// news.
    #[test]
    fn an_authorization_that_ends_is_said_a_day_before_and_afterwards() {
        let with_end = |status, hours| {
            let end = Some(NOW + TimeDelta::hours(hours));
            GatewayPayment { capture_before: end, ..told(status, 0) }
        };
        let ends = |payment: &Payment, told: &GatewayPayment| follow(payment, told, NOW).expect("a payment");
        assert_eq!(ends(&payment(), &with_end(GatewayStatus::Authorized, 25)).attention, None);
        let warned = ends(&payment(), &with_end(GatewayStatus::Authorized, 23));
        assert_eq!(warned.attention, Some(Attention::AuthorizationEnds));
        let seen = Payment { attention: None, acknowledged: acknowledged(&warned), ..warned };
        assert_eq!(ends(&seen, &with_end(GatewayStatus::Authorized, 23)).attention, None, "somebody knows");
        let over = ends(&seen, &with_end(GatewayStatus::Expired, 23));
        assert_eq!((over.status, over.attention), (PaymentStatus::Expired, Some(Attention::AuthorizationEnds)));
        let voided = Payment { status: PaymentStatus::Voided, ..payment() };
        for (payment, told) in [(payment(), told(GatewayStatus::Expired, 0)), (voided, with_end(GatewayStatus::Expired, 23))] {
            assert_eq!(ends(&payment, &told).attention, None);
        }
    }

    #[test]
    fn what_somebody_has_to_look_at_is_said() {
        let captured = Payment { status: PaymentStatus::Captured, captured_minor: 30_000, authorized_minor: 30_000, ..payment() };
        let failed = follow(&captured, &told(GatewayStatus::Failed, 0), NOW).expect("a payment");
        assert_eq!((failed.status, failed.attention), (PaymentStatus::Failed, Some(Attention::TakenBack)));
        assert_eq!(
            follow(&failed, &told(GatewayStatus::Failed, 0), NOW).expect("a payment").attention,
            Some(Attention::TakenBack)
        );
        let dispute = GatewayDispute {
            id: "dp_1".into(),
            status: DisputeStatus::Open,
            amount: captured.money(30_000),
            answer_before: None,
        };
        let disputed = GatewayPayment { dispute: Some(dispute), ..told(GatewayStatus::Captured, 30_000) };
        let after = follow(&captured, &disputed, NOW).expect("a payment");
        assert_eq!((after.attention, after.dispute), (Some(Attention::Disputed), Some(DisputeStatus::Open)));
        let elsewhere = GatewayPayment { refunded: captured.money(1), ..told(GatewayStatus::Captured, 30_000) };
        assert_eq!(follow(&captured, &elsewhere, NOW).expect("a payment").attention, Some(Attention::RefundedElsewhere));
    }

    #[test]
    fn what_was_acknowledged_is_not_said_again() {
        let captured = Payment { status: PaymentStatus::Captured, captured_minor: 30_000, authorized_minor: 30_000, ..payment() };
        let dispute = |status| {
            let dispute = GatewayDispute { id: "dp_1".into(), status, amount: captured.money(30_000), answer_before: None };
            GatewayPayment { dispute: Some(dispute), refunded: captured.money(1), ..told(GatewayStatus::Captured, 30_000) }
        };
        let follow = |payment: &Payment, status| follow(payment, &dispute(status), NOW).expect("a payment");
        let acknowledge = |payment: &Payment| Payment { acknowledged: acknowledged(payment), attention: None, ..payment.clone() };
        let disputed = follow(&captured, DisputeStatus::Open);
        assert_eq!(disputed.attention, Some(Attention::Disputed));
        let elsewhere = follow(&acknowledge(&disputed), DisputeStatus::Open);
        assert_eq!(elsewhere.attention, Some(Attention::RefundedElsewhere), "what it hid");
        let quiet = follow(&acknowledge(&elsewhere), DisputeStatus::Open);
        assert_eq!((quiet.attention, &quiet.attention_about), (None, &None));
        assert_eq!(follow(&quiet, DisputeStatus::Lost).attention, Some(Attention::Disputed), "it goes on");
    }

    /// T-ref-dispute: what is lost is never more than the hotel has, and what is won is the hotel's again.
    #[test]
    fn a_dispute_that_is_lost_takes_what_there_is() {
        let dispute = |status, minor| {
            let amount = payment().money(minor);
            let dispute = GatewayDispute { id: "dp_1".into(), status, amount, answer_before: None };
            GatewayPayment { dispute: Some(dispute), ..told(GatewayStatus::Captured, 30_000) }
        };
        let captured = Payment { status: PaymentStatus::Captured, captured_minor: 30_000, authorized_minor: 30_000, ..payment() };
        for (refunded, status, disputed, lost) in [
            (0, DisputeStatus::Open, 30_000, 0),
            (0, DisputeStatus::Lost, 30_000, 30_000),
            (0, DisputeStatus::Lost, 12_000, 12_000),
            (20_000, DisputeStatus::Lost, 30_000, 10_000),
            (30_000, DisputeStatus::Lost, 30_000, 0),
            (0, DisputeStatus::Won, 30_000, 0),
        ] {
            let before = Payment { refunded_minor: refunded, ..captured.clone() };
            let after = follow(&before, &dispute(status, disputed), NOW).expect("a payment");
            assert_eq!((after.lost_minor, after.had_minor()), (lost, 30_000 - refunded - lost), "{status} {disputed}");
            let again = follow(&after, &dispute(status, disputed), NOW).expect("a payment");
            assert_eq!(again.lost_minor, lost, "told again");
            let won = follow(&after, &dispute(DisputeStatus::Won, disputed), NOW).expect("a payment");
            assert_eq!((won.lost_minor, won.attention), (0, None));
        }
    }

    #[test]
    fn what_was_voided_is_not_said_to_have_expired() {
        let voided = Payment { status: PaymentStatus::Voided, ..payment() };
        assert_eq!(follow(&voided, &told(GatewayStatus::Expired, 0), NOW).expect("a payment").status, PaymentStatus::Voided);
    }

    proptest! {
        /// T-pay-permutations: whatever was told before, and however often, the payment is in the end as the gateway has it.
        #[test]
        fn the_order_of_what_is_told_does_not_matter(order in prop::collection::vec(0..6_usize, 0..20)) {
            let states = [
                told(GatewayStatus::Open, 0), told(GatewayStatus::Processing, 0), told(GatewayStatus::Authorized, 0),
                told(GatewayStatus::Failed, 0), told(GatewayStatus::Voided, 0), told(GatewayStatus::Captured, 12_000),
            ];
            let mut now = payment();
            for n in order {
                now = follow(&now, &states[n], NOW).expect("a payment");
                prop_assert_eq!(now.captured_minor, states[n].captured.minor);
            }
            let last = follow(&now, &told(GatewayStatus::Captured, 30_000), NOW).expect("a payment");
            prop_assert_eq!((last.status, last.captured_minor), (PaymentStatus::Captured, 30_000));
        }
    }
}
