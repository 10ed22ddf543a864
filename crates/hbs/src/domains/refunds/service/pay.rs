//! Way of the money: it is set aside when somebody asks for it, and paid back once somebody approves.
use super::letters;
use crate::Result;
use crate::clock::Clock;
use crate::domains::drawers::{self, DrawerId};
use crate::domains::folios::{self, LockedShares, Paid, Posted};
use crate::domains::payments::{
    self, Attempt, AttemptId, AttemptKind, AttemptStatus, Attention, Payment, PaymentId, PaymentMethod,
};
use crate::domains::properties::Property;
use crate::domains::refunds::error::RefundError;
use crate::domains::refunds::model::{Refund, RefundChange, RefundId, RefundStatus, RefundWay, Told};
use crate::domains::refunds::repository;
use crate::domains::refunds::rules::needs_approval;
use crate::error::Or404;
use crate::gateways::DisputeStatus;
use crate::money::Money;
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use chrono::TimeDelta;
use uuid::Uuid;

/// Time within which the refunds of a booking that nobody approved count as one.
const COUNTED_TOGETHER: TimeDelta = TimeDelta::hours(24);

/// A payment that is locked, with the folios that have its money.
pub struct Held<'a> {
    pub conn: &'a Conn,
    pub property: &'a Property,
    pub cause: &'a Cause,
    pub payment: Payment,
    locked: LockedShares,
}

/// Refund that is asked for.
pub struct Wanted<'a> {
    pub amount_minor: i64,
    pub reason: &'a str,
    /// The person who asks for it; none: HBS itself.
    pub requested_by: Option<Uuid>,
    pub posting_id: Option<Uuid>,
    pub entry_ids: &'a [Uuid],
    /// `true` if it is paid back without a second person, whatever its amount.
    pub needs_nobody: bool,
}

/// Approval of a refund: by whom, if anybody had to, by which way it goes, and what was noted.
#[derive(Default)]
pub struct Approval {
    pub decided_by: Option<Uuid>,
    pub way: RefundWay,
    pub reference: Option<String>,
}

impl<'a> Held<'a> {
    /// Locks the folios that have the money of a payment, then the payment.
    pub async fn lock(conn: &'a Conn, property: &'a Property, found: &Payment, cause: &'a Cause) -> Result<Self> {
        let Payment { id, folio_id, booking_id, .. } = *found;
        let locked = folios::lock_paid(conn, property.id, id.into(), (folio_id, booking_id)).await?;
        let payment = payments::lock(conn, property.id, id).await?.or_404("payment")?;
        Ok(Self { conn, property, cause, payment, locked })
    }

    /// Asks for a refund: its money is set aside. What is small enough is paid back at once.
    pub async fn request(mut self, wanted: &Wanted<'_>) -> Result<Refund> {
        self.check_undisputed()?;
        let now = self.cause.at;
        let before = self.payment.clone();
        let too_much = || RefundError::ExceedsRefundable(before.money(before.refundable_minor().max(0)));
        self.payment = payments::reserve(self.conn, &before, wanted.amount_minor, now).await?.ok_or_else(too_much)?;
        let refund = Refund {
            property_id: self.property.id,
            id: RefundId::now_v7(),
            payment_id: before.id,
            status: RefundStatus::Requested,
            amount_minor: wanted.amount_minor,
            reason: wanted.reason.to_owned(),
            requested_by: wanted.requested_by,
            decided_by: None,
            decided_at: None,
            rejection: None,
            reference: None,
            completed_at: None,
            posting_id: wanted.posting_id,
            version: 1,
            created_at: now,
            updated_at: now,
            gateway_id: None,
            drawer_id: None,
            way: RefundWay::Own,
        };
        repository::insert(self.conn, &refund).await?;
        if !wanted.entry_ids.is_empty() {
            repository::insert_entries(self.conn, &refund, wanted.entry_ids).await?;
        }
        let event = Event::created(&self.told(&refund)).named("refund.requested");
        outbox::publish(self.conn, self.cause, [event, Event::changed(&before, &self.payment)]).await?;
        let settings = payments::known_settings(self.conn, self.property).await?;
        // Many small ones are a large one.
        let lately_minor = repository::unapproved(self.conn, &self.payment, now - COUNTED_TOGETHER).await?;
        let is_large = needs_approval(lately_minor + refund.amount_minor, settings.refund_approval_above_minor);
        if is_large && !wanted.needs_nobody {
            letters::queue(self.conn, &self.payment, &refund).await?;
            return Ok(refund);
        }
        self.approve(refund, Approval::default()).await
    }

    /// Approves a refund, and pays it back: through the gateway of its payment, if it has one and goes by that.
    pub async fn approve(self, before: Refund, approval: Approval) -> Result<Refund> {
        self.check_undisputed()?;
        let approved = RefundChange {
            status: Some(RefundStatus::Approved),
            decided_by: Some(approval.decided_by),
            decided_at: Some(self.cause.at),
            reference: Some(approval.reference),
            way: Some(approval.way),
            ..RefundChange::default()
        };
        let refund = self.change(&before, &approved, "refund.approved").await?;
        match (self.payment.provider, refund.way) {
            (Some(_), RefundWay::Own) => self.order(&refund).await,
            (None, _) | (Some(_), RefundWay::BankTransfer) => self.complete(&refund, None).await,
        }
    }

    /// Commits the order of a refund to the gateway, which is called afterwards.
    pub async fn order(self, before: &Refund) -> Result<Refund> {
        let processing = RefundChange { status: Some(RefundStatus::Processing), ..RefundChange::default() };
        let refund = self.change(before, &processing, "refund.ordered").await?;
        let attempt = Attempt {
            property_id: self.property.id,
            id: AttemptId::now_v7(),
            payment_id: self.payment.id,
            refund_id: Some(refund.id.into()),
            kind: AttemptKind::Refund,
            status: AttemptStatus::Open,
            amount_minor: refund.amount_minor,
            words: None,
            fault: None,
            ordered_at: Clock::real_now(),
            created_at: self.cause.at,
            updated_at: self.cause.at,
        };
        payments::insert_attempt(self.conn, &attempt).await?;
        letters::queue(self.conn, &self.payment, &refund).await?;
        Ok(refund)
    }

    /// Sets the money of a refund that failed aside again, and orders it anew.
    pub async fn order_again(mut self, before: &Refund) -> Result<Refund> {
        self.set_aside_again(before).await?;
        self.order(before).await
    }

    /// Pays a refund that failed back by a transfer to a bank account.
    pub async fn transfer_instead(mut self, before: &Refund, reference: Option<&str>) -> Result<Refund> {
        self.set_aside_again(before).await?;
        let other = RefundChange {
            way: Some(RefundWay::BankTransfer),
            reference: Some(reference.map(str::to_owned)),
            ..RefundChange::default()
        };
        let refund = self.change(before, &other, "refund.updated").await?;
        self.complete(&refund, None).await
    }

    /// Sets the money of a refund that failed aside again.
    async fn set_aside_again(&mut self, before: &Refund) -> Result<()> {
        self.check_undisputed()?;
        let payment = self.payment.clone();
        let too_much = || RefundError::ExceedsRefundable(payment.money(payment.refundable_minor().max(0)));
        let reserved = payments::reserve(self.conn, &payment, before.amount_minor, self.cause.at).await?;
        self.payment = reserved.ok_or_else(too_much)?;
        outbox::publish(self.conn, self.cause, [Event::changed(&payment, &self.payment)]).await?;
        Ok(())
    }

    fn check_undisputed(&self) -> Result<()> {
        match self.payment.dispute {
            Some(DisputeStatus::Open | DisputeStatus::Lost) => Err(RefundError::Disputed.into()),
            Some(DisputeStatus::Won) | None => Ok(()),
        }
    }

    /// Notes that a refund is on its way at the gateway.
    pub async fn note(self, before: &Refund, gateway_id: &str) -> Result<Refund> {
        if before.gateway_id.as_deref() == Some(gateway_id) {
            return Ok(before.clone());
        }
        let known = RefundChange { gateway_id: Some(gateway_id.to_owned()), ..RefundChange::default() };
        self.change(before, &known, "refund.updated").await
    }

    /// Notes that a refund has not gone through: its money can be asked for again. One that was paid back and comes back
    /// days later counts on the folio no more.
    pub async fn fail(self, before: &Refund) -> Result<Refund> {
        let now = self.cause.at;
        let failed = RefundChange { status: Some(RefundStatus::Failed), ..RefundChange::default() };
        let after = repository::change(self.conn, before, &failed, now).await?;
        let booking_id = self.payment.booking_id;
        let told = |refund| Told { refund, booking_id };
        let mut event = Event::changed(&told(before), &told(&after)).named("refund.failed");
        let freed = match before.status {
            RefundStatus::Completed => {
                let counted = payments::refund_failed(self.conn, &self.payment, (0, before.amount_minor), now).await?;
                let paid = self.payment.on_folio(self.property.business_date(now), now);
                let posted = folios::take_refund_back(self.conn, &paid, self.locked, before.amount_minor).await?;
                event = event.with("lines", &posted);
                counted
            }
            _ => payments::refund_failed(self.conn, &self.payment, (before.amount_minor, 0), now).await?,
        };
        outbox::publish(self.conn, self.cause, [event, Event::changed(&self.payment, &freed)]).await?;
        letters::queue(self.conn, &self.payment, &after).await?;
        Ok(after)
    }

    /// Marks the payment for somebody to look at: a refund of it has another amount at the gateway.
    pub async fn mark_amount_differs(&self, refund: &Refund, told: Money) -> Result<()> {
        let about = format!("{} {} {}", Attention::AmountDiffers, refund.id, told.minor);
        let marked = payments::mark(self.conn, &self.payment, Attention::AmountDiffers, &about, self.cause.at).await?;
        let event = Event::changed(&self.payment, &marked);
        if event.is_empty() {
            return Ok(());
        }
        outbox::publish(self.conn, self.cause, [event]).await?;
        Ok(())
    }

    /// Pays a refund back that is approved: the folios that have the money count it as gone.
    pub async fn complete(self, before: &Refund, gateway_id: Option<&str>) -> Result<Refund> {
        let now = self.cause.at;
        let done = RefundChange {
            drawer_id: self.drawer_of(before).await?,
            status: Some(RefundStatus::Completed),
            completed_at: Some(now),
            gateway_id: gateway_id.map(str::to_owned),
            ..RefundChange::default()
        };
        let after = repository::change(self.conn, before, &done, now).await?;
        let settled = (before.amount_minor, before.way == RefundWay::BankTransfer);
        let paid_back = payments::settle_refund(self.conn, &self.payment, settled, now).await?;
        let today = self.property.business_date(now);
        let paid = Paid { method: before.way.method(), ..self.payment.on_folio(today, now) };
        // What the bank took back as well has left the folios already.
        let leaves_minor = self.payment.had_minor() - paid_back.had_minor();
        let posted = match leaves_minor {
            0 => Posted::default(),
            minor => folios::pay_back(self.conn, &paid, self.locked, minor).await?,
        };
        let booking_id = self.payment.booking_id;
        let told = |refund| Told { refund, booking_id };
        let event = Event::changed(&told(before), &told(&after)).named("refund.completed").with("lines", &posted);
        outbox::publish(self.conn, self.cause, [event, Event::changed(&self.payment, &paid_back)]).await?;
        letters::queue(self.conn, &self.payment, &after).await?;
        Ok(after)
    }

    /// The open drawer of whoever pays a refund in cash: the person who approved it, or who asked for it where nobody had to.
    async fn drawer_of(&self, refund: &Refund) -> Result<Option<DrawerId>> {
        let is_cash = self.payment.method == PaymentMethod::Cash && refund.way == RefundWay::Own;
        let person = refund.decided_by.or(refund.requested_by).filter(|_| is_cash);
        match person {
            Some(person) => Ok(drawers::hold_open(self.conn, self.property.id, person).await?),
            None => Ok(None),
        }
    }

    /// Rejects a refund: what was set aside is free.
    pub async fn reject(self, before: &Refund, decided_by: Uuid, reason: &str) -> Result<Refund> {
        let rejected = RefundChange {
            status: Some(RefundStatus::Rejected),
            decided_by: Some(Some(decided_by)),
            decided_at: Some(self.cause.at),
            rejection: Some(reason.to_owned()),
            ..RefundChange::default()
        };
        let after = self.change(before, &rejected, "refund.rejected").await?;
        let freed = payments::release(self.conn, &self.payment, before.amount_minor, self.cause.at).await?;
        outbox::publish(self.conn, self.cause, [Event::changed(&self.payment, &freed)]).await?;
        letters::queue(self.conn, &self.payment, &after).await?;
        Ok(after)
    }

    async fn change(&self, before: &Refund, change: &RefundChange, kind: &'static str) -> Result<Refund> {
        let after = repository::change(self.conn, before, change, self.cause.at).await?;
        let event = Event::changed(&self.told(before), &self.told(&after)).named(kind);
        outbox::publish(self.conn, self.cause, [event]).await?;
        Ok(after)
    }

    fn told<'r>(&self, refund: &'r Refund) -> Told<'r> {
        Told { refund, booking_id: self.payment.booking_id }
    }

    /// The refund of the payment, locked.
    pub async fn refund(&self, id: RefundId) -> Result<Refund> {
        repository::lock(self.conn, self.property.id, id).await?.or_404("refund")
    }
}

/// Finds the payment of a refund, as it is before anything is locked.
pub async fn payment_of(conn: &Conn, property_id: Uuid, id: PaymentId) -> Result<Payment> {
    payments::find_in(conn, property_id, id).await?.or_404("payment")
}
