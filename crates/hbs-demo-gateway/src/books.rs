//! The books: all payments, refunds, answers and events, and the file that they are read from at the start.
use crate::Error;
use crate::journal::Journal;
use crate::objects::{Dispute, Event, Payment, PaymentAnswer, Refund, RefundStatus, Status};
use crate::orders;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use uuid::Uuid;

/// Time between two tries to send an event, at least and at most.
const RETRY_AFTER: (i64, i64) = (1, 60);
/// Time that a hotel has to answer a dispute.
const TO_ANSWER: TimeDelta = TimeDelta::days(7);

/// A change of the books. Those of one order stand in one line of the file, so that all are there or none.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "change", content = "to", rename_all = "snake_case")]
pub enum Change {
    Payment(Payment),
    Refund(Refund),
    Answer(Answer),
    Event(Waiting),
    /// Days were let pass: seconds by which its time is ahead of the real one.
    Ahead(i64),
}

/// Answer to an order, kept under its key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answer {
    pub key: String,
    /// Digest of the order, since another order must not have its key.
    pub order: String,
    pub status: u16,
    pub body: Value,
}

/// An event, with whether and when it is to be sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Waiting {
    pub event: Event,
    /// Time of the next try; `None` when it was delivered.
    pub due_at: Option<DateTime<Utc>>,
    pub tries: u32,
}

pub struct Books {
    journal: Journal,
    ahead: TimeDelta,
    payments: BTreeMap<String, Payment>,
    refunds: BTreeMap<String, Refund>,
    answers: HashMap<String, Answer>,
    /// By id, which is that of their time.
    events: BTreeMap<String, Waiting>,
}

impl Books {
    pub fn open(dir: &Path) -> Result<Self, Error> {
        let (journal, lines) = Journal::open::<Vec<Change>>(dir.join("books.jsonl"))?;
        let mut books = Self {
            journal,
            ahead: TimeDelta::zero(),
            payments: BTreeMap::new(),
            refunds: BTreeMap::new(),
            answers: HashMap::new(),
            events: BTreeMap::new(),
        };
        lines.into_iter().flatten().for_each(|change| books.apply(change));
        Ok(books)
    }

    /// Writes changes, all or none.
    pub fn write(&mut self, changes: Vec<Change>) -> Result<(), Error> {
        if changes.is_empty() {
            return Ok(());
        }
        self.journal.append(&changes)?;
        changes.into_iter().for_each(|change| self.apply(change));
        Ok(())
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::Payment(payment) => drop(self.payments.insert(payment.id.clone(), payment)),
            Change::Refund(refund) => drop(self.refunds.insert(refund.id.clone(), refund)),
            Change::Answer(answer) => drop(self.answers.insert(answer.key.clone(), answer)),
            Change::Event(waiting) => drop(self.events.insert(waiting.event.id.clone(), waiting)),
            Change::Ahead(seconds) => self.ahead = TimeDelta::seconds(seconds),
        }
    }

    pub fn ahead(&self) -> TimeDelta {
        self.ahead
    }

    pub fn let_pass(&mut self, days: i64) -> Result<(), Error> {
        self.write(vec![Change::Ahead((self.ahead + TimeDelta::days(days)).num_seconds())])
    }

    pub fn payment(&self, id: &str) -> Option<&Payment> {
        self.payments.get(id)
    }

    pub fn payments(&self) -> impl DoubleEndedIterator<Item = &Payment> {
        self.payments.values()
    }

    pub fn payment_of_key(&self, key: Uuid) -> Option<&Payment> {
        self.payments.values().find(|payment| payment.key == key)
    }

    /// The payment that left a guarantee.
    pub fn payment_of_guarantee(&self, guarantee: &str) -> Option<&Payment> {
        self.payments.values().find(|payment| payment.guarantee.as_deref() == Some(guarantee))
    }

    pub fn refund(&self, id: &str) -> Option<&Refund> {
        self.refunds.get(id)
    }

    pub fn refund_of_key(&self, key: Uuid) -> Option<&Refund> {
        self.refunds.values().find(|refund| refund.key == key)
    }

    /// The sum of a payment's refunds that have not failed.
    pub fn refunded(&self, payment: &str) -> i64 {
        let refunds = self.refunds.values().filter(|refund| refund.payment == payment);
        refunds.filter(|refund| refund.status != RefundStatus::Failed).map(|refund| refund.amount).sum()
    }

    pub fn answer(&self, key: &str) -> Option<&Answer> {
        self.answers.get(key)
    }

    /// A payment as it is told. Its page is at `url`.
    pub fn told(&self, payment: &Payment, url: &str) -> PaymentAnswer {
        let has_page = payment.page.is_some() && payment.status == Status::Open;
        PaymentAnswer {
            id: payment.id.clone(),
            payment_id: payment.payment_id,
            status: payment.status,
            amount: payment.amount,
            currency: payment.currency.clone(),
            capturable: payment.capturable,
            captured: payment.captured,
            refunded: self.refunded(&payment.id),
            capture_before: payment.capture_before,
            guarantee: payment.guarantee.clone(),
            decline: payment.decline.clone(),
            dispute: payment.dispute.clone(),
            url: has_page.then(|| format!("{url}/pages/{}", payment.id)),
        }
    }

    /// The payments that were ordered since a time, as they are told.
    pub fn made_since(&self, since: DateTime<Utc>, url: &str) -> Vec<PaymentAnswer> {
        self.payments.values().filter(|payment| payment.created_at >= since).map(|payment| self.told(payment, url)).collect()
    }

    /// Everything, for whoever compares it with books of their own.
    pub fn all(&self, url: &str) -> Value {
        json!({
            "payments": self.payments.values().map(|payment| self.told(payment, url)).collect::<Vec<_>>(),
            "refunds": self.refunds.values().collect::<Vec<_>>(),
            "events": self.events.values().collect::<Vec<_>>(),
        })
    }

    /// Does what time alone brings: pages and authorizations end, banks say yes, refunds come back, payments are disputed.
    pub fn settle(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        let mut changes = Vec::new();
        for payment in self.payments.values() {
            if let Some((payment, kind)) = brought_by_time(payment, now) {
                changes.push(Change::Event(orders::event_of(&payment, kind, now)));
                changes.push(Change::Payment(payment));
            }
        }
        for refund in self.refunds.values() {
            let comes_back = refund.status != RefundStatus::Failed && refund.fails_at.is_some_and(|at| at <= now);
            if let (true, Some(payment)) = (comes_back, self.payments.get(&refund.payment)) {
                let refund = Refund { status: RefundStatus::Failed, ..refund.clone() };
                changes.push(Change::Event(orders::event_of_refund(payment, &refund, "refund.failed", now)));
                changes.push(Change::Refund(refund));
            }
        }
        self.write(changes)
    }

    /// The events that are to be sent now, oldest first, but those that come out of order: they come last, latest first.
    pub fn due_events(&self, now: DateTime<Utc>) -> Vec<Event> {
        let due = self.events.values().filter(|waiting| waiting.due_at.is_some_and(|due_at| due_at <= now));
        let (unordered, mut events): (Vec<_>, Vec<_>) =
            due.map(|waiting| waiting.event.clone()).partition(|event| event.is_doubled);
        events.extend(unordered.into_iter().rev());
        events
    }

    pub fn mark_delivered(&mut self, events: &[Event]) -> Result<(), Error> {
        let waiting = events.iter().filter_map(|event| self.events.get(&event.id).cloned());
        let changes = waiting.map(|waiting| Change::Event(Waiting { due_at: None, ..waiting })).collect();
        self.write(changes)
    }

    /// Puts an event off that nobody took: twice as long as the last time.
    pub fn put_off(&mut self, event: &Event, now: DateTime<Utc>) -> Result<(), Error> {
        let Some(waiting) = self.events.get(&event.id).cloned() else { return Ok(()) };
        let tries = waiting.tries.saturating_add(1);
        let (least, most) = RETRY_AFTER;
        let pause = least.checked_shl(tries - 1).filter(|pause| *pause < most).unwrap_or(most);
        let due_at = Some(now + TimeDelta::seconds(pause));
        self.write(vec![Change::Event(Waiting { due_at, tries, ..waiting })])
    }
}

/// A payment as time alone has changed it, with the kind of event that tells so.
fn brought_by_time(payment: &Payment, now: DateTime<Utc>) -> Option<(Payment, &'static str)> {
    let is_over = |at: Option<DateTime<Utc>>| at.is_some_and(|at| at <= now);
    let page_ends = payment.page.as_ref().map(|page| page.expires_at);
    match payment.status {
        Status::Open if is_over(page_ends) => Some((Payment { status: Status::Expired, ..payment.clone() }, "payment.expired")),
        Status::Processing if is_over(payment.settles_at) => Some(orders::paid(payment, now)),
        Status::Authorized if is_over(payment.capture_before) => {
            Some((Payment { status: Status::Expired, capturable: 0, ..payment.clone() }, "payment.expired"))
        }
        Status::Captured if payment.dispute.is_none() && is_over(payment.disputed_at) => {
            let dispute =
                Dispute { id: orders::id("dd"), amount: payment.captured, answer_before: now + TO_ANSWER, is_lost: false };
            Some((Payment { dispute: Some(dispute), ..payment.clone() }, "payment.disputed"))
        }
        // Nobody answers a dispute here: it is lost.
        Status::Captured => {
            let dispute = payment.dispute.clone().filter(|dispute| !dispute.is_lost && dispute.answer_before <= now)?;
            let dispute = Dispute { is_lost: true, ..dispute };
            Some((Payment { dispute: Some(dispute), ..payment.clone() }, "payment.dispute_lost"))
        }
        _ => None,
    }
}
