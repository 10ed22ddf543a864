//! Decisions about refunds: somebody else approves them, or says why not.
use super::pay::{Approval, Held, payment_of};
use super::request::shown;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::payments;
use crate::domains::properties;
use crate::domains::refunds::dto::{ApproveRefund, RejectRefund};
use crate::domains::refunds::error::RefundError;
use crate::domains::refunds::model::{OfPayment, Refund, RefundId};
use crate::domains::refunds::repository;
use crate::domains::refunds::rules::{is_open, may_approve};
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::security::Staff;
use crate::security::permission::RefundsApprove;
use crate::stores::postgres::Conn;
use crate::version::IfMatch;

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
    let answer = app
        .change(key, async |conn| {
            let (found, _) = repository::find(conn, &staff.reach(), id).await?.or_404("refund")?;
            let property = properties::hold(conn, found.property_id).await?.or_404("refund")?;
            let payment = payment_of(conn, property.id, found.payment_id).await?;
            let held = Held::lock(conn, &property, &payment, &cause).await?;
            let refund = held.refund(id).await?;
            seen.check(refund.version)?;
            check_open(&refund, "approved")?;
            let settings = payments::known_settings(conn, &property).await?;
            if !may_approve(refund.requested_by, person, settings.allows_own_approval) {
                return Err(RefundError::SamePerson.into());
            }
            let of_payment = OfPayment::from(&held.payment);
            let approval = Approval { decided_by: Some(person), reference: request.reference.clone() };
            let after = held.approve(refund, approval).await?;
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
            let (found, _) = repository::find(conn, &staff.reach(), id).await?.or_404("refund")?;
            let property = properties::hold(conn, found.property_id).await?.or_404("refund")?;
            let payment = payment_of(conn, property.id, found.payment_id).await?;
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
