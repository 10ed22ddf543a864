//! Orders: what each does to the books, as changes that are written together. No I/O.
use crate::Choice;
use crate::books::{Books, Change, Waiting};
use crate::objects::{
    Capture, CaptureOrder, ChargeOrder, CheckoutOrder, Event, Page, Payment, Purpose, Refund, RefundOrder, RefundStatus, Status,
};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// Time for which money stays authorized.
const AUTHORIZED_FOR: TimeDelta = TimeDelta::days(7);
/// Time after which come what comes days later.
const DAYS_LATER: TimeDelta = TimeDelta::days(3);

/// Order that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    NotFound,
    /// The state of the payment, or an amount, does not allow it.
    NotAllowed(&'static str),
    /// The gateway failed, and keeps that under the key.
    Failed,
}

/// Result of an order: the object that answers it, and the changes.
#[derive(Debug)]
pub struct Done<T> {
    pub made: T,
    pub changes: Vec<Change>,
}

/// The next step of whoever is on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Back to the hotel.
    Return,
    Declined,
    SecondFactor,
    /// It is done, and they are not told.
    Lost,
}

pub fn id(prefix: &str) -> String {
    format!("{prefix}_{}", Uuid::now_v7().simple())
}

pub fn checkout(key: Uuid, order: &CheckoutOrder, now: DateTime<Utc>) -> Result<Done<Payment>, Refusal> {
    match order.purpose {
        Purpose::Pay if order.amount <= 0 => return Err(Refusal::NotAllowed("amount_too_small")),
        Purpose::Guarantee if order.amount != 0 => return Err(Refusal::NotAllowed("amount_not_supported")),
        _ => {}
    }
    if [&order.return_url, &order.cancel_url].iter().any(|url| !is_web_address(url)) {
        return Err(Refusal::NotAllowed("address_not_supported"));
    }
    if order.expires_at <= now {
        return Err(Refusal::NotAllowed("page_would_be_over"));
    }
    let page = Page {
        description: order.description.clone(),
        email: order.email.clone(),
        stores_guarantee: order.stores_guarantee || order.purpose == Purpose::Guarantee,
        return_url: order.return_url.clone(),
        cancel_url: order.cancel_url.clone(),
        expires_at: order.expires_at,
    };
    let payment = Payment {
        purpose: order.purpose,
        page: Some(page),
        ..payment(key, order.payment_id, (order.amount, &order.currency, order.digits), order.capture, now)
    };
    Ok(Done { changes: vec![Change::Payment(payment.clone())], made: payment })
}

/// Returns `true` for an address that a page may lead to.
fn is_web_address(url: &str) -> bool {
    url.parse::<reqwest::Url>().is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// Charges a guarantee. One that is declined is kept, too: as a payment that failed.
pub fn charge(books: &Books, key: Uuid, order: &ChargeOrder, now: DateTime<Utc>) -> Result<Done<Payment>, Refusal> {
    let left_by = books.payment_of_guarantee(&order.guarantee).ok_or(Refusal::NotFound)?;
    if order.amount <= 0 {
        return Err(Refusal::NotAllowed("amount_too_small"));
    }
    let amount = (order.amount, order.currency.as_str(), order.digits);
    let ordered = Payment { choice: left_by.choice, ..payment(key, order.payment_id, amount, order.capture, now) };
    let (charged, kind) = match left_by.choice {
        Some(Choice::ChargesDeclined) => (declined(&ordered, "insufficient_funds"), "payment.failed"),
        _ => paid(&ordered, now),
    };
    Ok(done(charged, kind, now))
}

fn payment(key: Uuid, payment_id: Uuid, money: (i64, &str, u32), capture: Capture, now: DateTime<Utc>) -> Payment {
    let (amount, currency, digits) = money;
    Payment {
        id: id("dp"),
        key,
        payment_id,
        purpose: Purpose::Pay,
        status: Status::Open,
        amount,
        currency: currency.into(),
        digits,
        capture,
        capturable: 0,
        captured: 0,
        capture_before: None,
        guarantee: None,
        decline: None,
        dispute: None,
        choice: None,
        asks_for_factor: false,
        settles_at: None,
        disputed_at: None,
        created_at: now,
        page: None,
    }
}

pub fn capture(books: &Books, id: &str, order: &CaptureOrder, now: DateTime<Utc>) -> Result<Done<Payment>, Refusal> {
    let payment = books.payment(id).ok_or(Refusal::NotFound)?;
    if payment.status != Status::Authorized {
        return Err(Refusal::NotAllowed("payment_not_authorized"));
    }
    if order.amount <= 0 || order.amount > payment.capturable {
        return Err(Refusal::NotAllowed("amount_too_large"));
    }
    let captured = Payment { status: Status::Captured, captured: order.amount, capturable: 0, ..payment.clone() };
    Ok(done(captured, "payment.captured", now))
}

pub fn void(books: &Books, id: &str, now: DateTime<Utc>) -> Result<Done<Payment>, Refusal> {
    let payment = books.payment(id).ok_or(Refusal::NotFound)?;
    match payment.status {
        Status::Voided => Ok(Done { made: payment.clone(), changes: Vec::new() }),
        Status::Open | Status::Processing | Status::Authorized => {
            let voided = Payment { status: Status::Voided, capturable: 0, ..payment.clone() };
            Ok(done(voided, "payment.voided", now))
        }
        _ => Err(Refusal::NotAllowed("payment_cannot_be_voided")),
    }
}

pub fn refund(books: &Books, key: Uuid, order: &RefundOrder, now: DateTime<Utc>) -> Result<Done<Refund>, Refusal> {
    let payment = books.payment(&order.payment).ok_or(Refusal::NotFound)?;
    if payment.dispute.is_some() {
        return Err(Refusal::NotAllowed("payment_disputed"));
    }
    if order.amount <= 0 || order.amount > payment.captured - books.refunded(&payment.id) {
        return Err(Refusal::NotAllowed("amount_too_large"));
    }
    let refund = Refund {
        id: id("dr"),
        key,
        payment: payment.id.clone(),
        refund_id: order.refund_id,
        status: RefundStatus::Succeeded,
        amount: order.amount,
        currency: payment.currency.clone(),
        fails_at: (payment.choice == Some(Choice::RefundsFailLater)).then(|| now + DAYS_LATER),
        created_at: now,
    };
    let event = event_of_refund(payment, &refund, "refund.succeeded", now);
    Ok(Done { changes: vec![Change::Refund(refund.clone()), Change::Event(event)], made: refund })
}

/// Does what somebody on the page has chosen.
pub fn choose(payment: &Payment, choice: Choice, late: TimeDelta, now: DateTime<Utc>) -> (Next, Vec<Change>) {
    let chosen = Payment { choice: Some(choice), ..payment.clone() };
    let next = match choice {
        Choice::Declined => Next::Declined,
        Choice::SecondFactor => Next::SecondFactor,
        Choice::LostAnswers => Next::Lost,
        _ => Next::Return,
    };
    let changes = match choice {
        Choice::Declined => done(declined(&chosen, "card_declined"), "payment.failed", now).changes,
        Choice::SecondFactor => vec![Change::Payment(Payment { asks_for_factor: true, ..chosen })],
        Choice::Late => {
            let settles_at = Some(now + late);
            done(Payment { status: Status::Processing, settles_at, ..chosen }, "payment.processing", now).changes
        }
        _ => {
            let (paid, kind) = paid(&chosen, now);
            done(paid, kind, now).changes
        }
    };
    let changes = changes.into_iter().map(|change| match change {
        // The hotel is told, but not before whoever paid would have been back.
        Change::Event(waiting) if choice == Choice::LostAnswers => {
            Change::Event(Waiting { due_at: waiting.due_at.map(|due_at| due_at + late), ..waiting })
        }
        change => change,
    });
    (next, changes.collect())
}

/// Does what the second factor came to.
pub fn confirm(payment: &Payment, is_confirmed: bool, now: DateTime<Utc>) -> (Next, Vec<Change>) {
    let asked = Payment { asks_for_factor: false, ..payment.clone() };
    if is_confirmed {
        let (paid, kind) = paid(&asked, now);
        (Next::Return, done(paid, kind, now).changes)
    } else {
        (Next::Declined, done(declined(&asked, "authentication_failed"), "payment.failed", now).changes)
    }
}

/// The payment when the bank has said yes.
pub fn paid(payment: &Payment, now: DateTime<Utc>) -> (Payment, &'static str) {
    let (status, kind) = match (payment.purpose, payment.capture) {
        (Purpose::Guarantee, _) => (Status::Stored, "payment.stored"),
        (Purpose::Pay, Capture::Automatic) => (Status::Captured, "payment.captured"),
        (Purpose::Pay, Capture::Manual) => (Status::Authorized, "payment.authorized"),
    };
    let amount_if = |wanted: Status| if status == wanted { payment.amount } else { 0 };
    let stores_guarantee = payment.page.as_ref().is_some_and(|page| page.stores_guarantee);
    let paid = Payment {
        status,
        capturable: amount_if(Status::Authorized),
        captured: amount_if(Status::Captured),
        capture_before: (status == Status::Authorized).then(|| now + AUTHORIZED_FOR),
        guarantee: stores_guarantee.then(|| id("dg")),
        settles_at: None,
        disputed_at: (payment.choice == Some(Choice::DisputedLater)).then(|| now + DAYS_LATER),
        ..payment.clone()
    };
    (paid, kind)
}

fn declined(payment: &Payment, reason: &str) -> Payment {
    Payment { status: Status::Failed, decline: Some(reason.into()), ..payment.clone() }
}

fn done(payment: Payment, kind: &str, now: DateTime<Utc>) -> Done<Payment> {
    let event = event_of(&payment, kind, now);
    Done { changes: vec![Change::Payment(payment.clone()), Change::Event(event)], made: payment }
}

pub fn event_of(payment: &Payment, kind: &str, now: DateTime<Utc>) -> Waiting {
    let event = Event {
        id: id("de"),
        kind: kind.into(),
        occurred_at: now,
        payment: payment.id.clone(),
        refund: None,
        payment_id: payment.payment_id,
        refund_id: None,
        amount: payment.amount,
        currency: payment.currency.clone(),
        is_doubled: payment.choice == Some(Choice::UnorderedEvents),
    };
    Waiting { event, due_at: Some(now), tries: 0 }
}

pub fn event_of_refund(payment: &Payment, refund: &Refund, kind: &str, now: DateTime<Utc>) -> Waiting {
    let of_payment = event_of(payment, kind, now);
    let event =
        Event { refund: Some(refund.id.clone()), refund_id: Some(refund.refund_id), amount: refund.amount, ..of_payment.event };
    Waiting { event, ..of_payment }
}
