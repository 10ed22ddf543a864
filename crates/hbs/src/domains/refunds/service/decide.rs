//! Decisions about refunds: somebody else approves them, or says why not.
use super::gateway;
use super::pay::{Approval, Held, payment_of};
use super::request::shown;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::payments::{self, Payment};
use crate::domains::properties::{self, Property};
use crate::domains::refunds::dto::{ApproveRefund, RejectRefund, RetryRefund};
use crate::domains::refunds::error::RefundError;
use crate::domains::refunds::model::{OfPayment, Refund, RefundId, RefundStatus, RefundWay};
use crate::domains::refunds::repository;
use crate::domains::refunds::rules::{is_open, may_approve};
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::Cause;
use crate::security::Staff;
use crate::security::permission::RefundsApprove;
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use crate::{Error, Result};

/// Approves a refund, which is then paid back.
pub async fn approve(
    app: &App,
    staff: &Staff<RefundsApprove>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: RefundId,
    request: ApproveRefund,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    let person = staff.caller.answerable();
    let is_online = request.way == RefundWay::Own && is_online(app, staff, id).await?;
    let part = if is_online { key.of_part(&[]) } else { key.clone() };
    let begun = app
        .change(&part, async |conn| {
            let (property, payment) = place(conn, staff, id).await?;
            let held = Held::lock(conn, &property, &payment, &cause).await?;
            let refund = held.refund(id).await?;
            seen.check(refund.version)?;
            check_open(&refund, "approved")?;
            let settings = payments::known_settings(conn, &property).await?;
            if !may_approve(refund.requested_by, person, settings.allows_own_approval) {
                return Err(RefundError::SamePerson.into());
            }
            let of_payment = OfPayment::from(&held.payment);
            let approval = Approval { decided_by: Some(person), way: request.way, reference: request.reference.clone() };
            let after = held.approve(refund, approval).await?;
            let after = if key.is_dry_run() { gateway::rehearse(conn, &payment, after, &cause).await? } else { after };
            answer(conn, staff, after, of_payment).await
        })
        .await?;
    app.mailer.wake();
    if !is_online || key.is_dry_run() {
        return Ok(begun);
    }
    if let Some(answer) = app.begin_parts(key).await? {
        return Ok(answer);
    }
    gateway::finish(app, key, &staff.reach(), begun, gateway::go_on(app, id).await?).await
}

/// The hotel of a refund, whose business date does not roll meanwhile, and the payment that is paid back.
async fn place(conn: &Conn, staff: &Staff<RefundsApprove>, id: RefundId) -> Result<(Property, Payment)> {
    let (found, _) = repository::find(conn, &staff.reach(), id).await?.or_404("refund")?;
    let property = properties::hold(conn, found.property_id).await?.or_404("refund")?;
    let payment = payment_of(conn, property.id, found.payment_id).await?;
    Ok((property, payment))
}

/// Returns `true` if the payment of a refund went through a gateway.
async fn is_online(app: &App, staff: &Staff<RefundsApprove>, id: RefundId) -> Result<bool> {
    let conn = app.db.conn().await?;
    let (found, _) = repository::find(&conn, &staff.reach(), id).await?.or_404("refund")?;
    Ok(payment_of(&conn, found.property_id, found.payment_id).await?.provider.is_some())
}

/// Tries a refund again that did not go through; one whose order has no known end is looked up. One that has failed for good
/// can be transferred instead.
pub async fn retry(
    app: &App,
    staff: &Staff<RefundsApprove>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: RefundId,
    request: RetryRefund,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    match request.way {
        RefundWay::BankTransfer => return transfer(app, staff, key, seen, id, request.reference.as_deref(), &cause).await,
        RefundWay::Own if request.reference.is_some() => return Err(Error::invalid("/reference", "is for bank transfers")),
        RefundWay::Own => {}
    }
    if let Some(answer) = app.begin_parts(key).await? {
        return Ok(answer);
    }
    let begun = app
        .change(&key.of_part(&[]), async |conn| {
            let (property, payment) = place(conn, staff, id).await?;
            let held = Held::lock(conn, &property, &payment, &cause).await?;
            let refund = held.refund(id).await?;
            seen.check(refund.version)?;
            let of_payment = OfPayment::from(&held.payment);
            let after = match refund.status {
                RefundStatus::Failed => held.order_again(&refund).await?,
                RefundStatus::Processing => refund,
                status => return Err(RefundError::IllegalMove { status, done: "tried again" }.into()),
            };
            let after = if key.is_dry_run() { gateway::rehearse(conn, &payment, after, &cause).await? } else { after };
            answer(conn, staff, after, of_payment).await
        })
        .await?;
    if key.is_dry_run() {
        return Ok(begun);
    }
    gateway::finish(app, key, &staff.reach(), begun, gateway::resolve(app, id).await?).await
}

/// Notes that a refund that has failed was transferred to a bank account.
async fn transfer(
    app: &App,
    staff: &Staff<RefundsApprove>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: RefundId,
    reference: Option<&str>,
    cause: &Cause,
) -> Result<Answer> {
    let answer = app
        .change(key, async |conn| {
            let (property, payment) = place(conn, staff, id).await?;
            let held = Held::lock(conn, &property, &payment, cause).await?;
            let refund = held.refund(id).await?;
            seen.check(refund.version)?;
            // What may be on its way at the gateway would be paid twice.
            if refund.status != RefundStatus::Failed {
                return Err(RefundError::IllegalMove { status: refund.status, done: "transferred instead" }.into());
            }
            let of_payment = OfPayment::from(&held.payment);
            let after = held.transfer_instead(&refund, reference).await?;
            answer(conn, staff, after, of_payment).await
        })
        .await?;
    app.mailer.wake();
    Ok(answer)
}

/// Rejects a refund: its money can be asked for again. Who asked for it may take that back so.
pub async fn reject(
    app: &App,
    staff: &Staff<RefundsApprove>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: RefundId,
    request: RejectRefund,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    let answer = app
        .change(key, async |conn| {
            let (property, payment) = place(conn, staff, id).await?;
            let held = Held::lock(conn, &property, &payment, &cause).await?;
            let refund = held.refund(id).await?;
            seen.check(refund.version)?;
            check_open(&refund, "rejected")?;
            let of_payment = OfPayment::from(&held.payment);
            let after = held.reject(&refund, staff.caller.answerable(), &request.reason).await?;
            answer(conn, staff, after, of_payment).await
        })
        .await?;
    app.mailer.wake();
    Ok(answer)
}

fn check_open(refund: &Refund, done: &'static str) -> Result<()> {
    if is_open(refund.status) { Ok(()) } else { Err(RefundError::IllegalMove { status: refund.status, done }.into()) }
}

async fn answer(conn: &Conn, staff: &Staff<RefundsApprove>, refund: Refund, of_payment: OfPayment) -> Result<Answer> {
    let version = refund.version;
    let body = shown(conn, &staff.reach(), vec![(refund, of_payment)]).await?.pop().or_404("refund")?;
    Answer::ok(version, &body)
}
