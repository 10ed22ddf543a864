//! Refunds that staff ask for, and the list of all.
use super::gateway;
use super::pay::{Held, Wanted};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::folios::{self, Named};
use crate::domains::payments::{self, Payment};
use crate::domains::properties;
use crate::domains::refunds::dto::{RefundFilter, RefundOut, RequestRefund};
use crate::domains::refunds::error::RefundError;
use crate::domains::refunds::model::{OfPayment, RefundId, WithPayment};
use crate::domains::refunds::repository;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::page::{Page, PageQuery};
use crate::pauses::Pause;
use crate::security::permission::{PaymentsRead, RefundsRequest};
use crate::security::{OwnOr, Reach, Staff};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use uuid::Uuid;

pub async fn list(app: &App, who: &OwnOr<PaymentsRead>, filter: &RefundFilter, page: &PageQuery) -> Result<Page<RefundOut>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list(&conn, &who.reach, filter, before, limit + 1).await?;
    let Page { items, next_cursor } = page.page(rows, |(refund, _)| refund.id)?;
    Ok(Page { items: shown(&conn, &who.reach, items).await?, next_cursor })
}

pub async fn get(app: &App, who: &OwnOr<PaymentsRead>, id: RefundId) -> Result<RefundOut> {
    let conn = app.db.conn().await?;
    let found = repository::find(&conn, &who.reach, id).await?.or_404("refund")?;
    shown(&conn, &who.reach, vec![found]).await?.pop().or_404("refund")
}

/// Refunds with the entries that they are for, in one more statement however many there are.
pub(super) async fn shown(conn: &Conn, reach: &Reach, rows: Vec<WithPayment>) -> Result<Vec<RefundOut>> {
    let ids: Vec<(Uuid, Uuid)> = rows.iter().map(|(refund, _)| (refund.property_id, refund.id.into())).collect();
    let mut entries = repository::entries(conn, &ids).await?;
    let show = |row: WithPayment| {
        let is_to_staff = reach.scope.covers(row.0.property_id);
        let of_refund = entries.remove(&row.0.id.into()).unwrap_or_default();
        RefundOut::new(row, of_refund, is_to_staff)
    };
    Ok(rows.into_iter().map(show).collect())
}

/// Asks for a refund of a payment.
pub async fn request(app: &App, staff: &Staff<RefundsRequest>, key: &IdempotencyKey, request: RequestRefund) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    let known = payments::find(&*app.db.conn().await?, &staff.reach(), request.payment_id).await?.or_404("payment")?;
    let is_online = known.provider.is_some();
    app.pauses.here(Pause::BeforeClaim).await;
    let part = if is_online { key.of_part(&[]) } else { key.clone() };
    let begun = app
        .change(&part, async |conn| {
            let found = payments::find(conn, &staff.reach(), request.payment_id).await?.or_404("payment")?;
            let property = properties::hold(conn, found.property_id).await?.or_404("payment")?;
            let held = Held::lock(conn, &property, &found, &cause).await?;
            let amount_minor = amount(conn, &held.payment, &request).await?;
            let entry_ids = request.folio_entry_ids.as_deref().unwrap_or_default();
            let wanted = Wanted {
                amount_minor,
                reason: &request.reason,
                requested_by: Some(staff.caller.answerable()),
                posting_id: None,
                entry_ids,
                needs_nobody: false,
            };
            let of_payment = OfPayment::from(&held.payment);
            let refund = held.request(&wanted).await?;
            let refund = if key.is_dry_run() { gateway::rehearse(conn, &found, refund, &cause).await? } else { refund };
            let (location, version) = (format!("/v1/refunds/{}", refund.id), refund.version);
            let body = shown(conn, &staff.reach(), vec![(refund, of_payment)]).await?.pop().or_404("refund")?;
            Answer::created(location, version, &body)
        })
        .await?;
    app.mailer.wake();
    if !is_online || key.is_dry_run() {
        return Ok(begun);
    }
    if let Some(answer) = app.begin_parts(key).await? {
        return Ok(answer);
    }
    let id = begun.location.as_deref().and_then(|location| location.rsplit('/').next()).unwrap_or_default();
    let id = serde_json::from_value(id.into()).map_err(Error::internal)?;
    gateway::finish(app, key, &staff.reach(), begun, gateway::go_on(app, id).await?).await
}

/// Returns what is asked for: the amount that is named, else what the entries come to, else all that is left.
async fn amount(conn: &Conn, payment: &Payment, request: &RequestRefund) -> Result<i64> {
    let of_entries = match &request.folio_entry_ids {
        Some(ids) => Some(left_of(conn, payment, ids).await?),
        None => None,
    };
    let refundable = payment.refundable_minor();
    let amount_minor = match (request.amount, of_entries) {
        (Some(amount), _) if amount.currency != payment.currency => {
            return Err(RefundError::OtherCurrency(payment.currency).into());
        }
        (Some(amount), _) if amount.minor <= 0 => return Err(RefundError::NotPositive.into()),
        (Some(amount), Some(most)) if amount.minor > most => {
            return Err(RefundError::ExceedsEntries(payment.money(most.max(0))).into());
        }
        (Some(amount), _) => amount.minor,
        (None, Some(most)) if most <= 0 => return Err(RefundError::ExceedsEntries(payment.money(0)).into()),
        (None, Some(most)) => most,
        (None, None) => refundable,
    };
    if amount_minor <= 0 || amount_minor > refundable {
        return Err(RefundError::ExceedsRefundable(payment.money(refundable.max(0))).into());
    }
    Ok(amount_minor)
}

/// Returns what is left of some entries: what they come to, less what was asked for of them before and not refused. The caller
/// holds the folios, so nobody asks at the same moment.
async fn left_of(conn: &Conn, payment: &Payment, entry_ids: &[Uuid]) -> Result<i64> {
    let of_folio = (payment.folio_id, payment.booking_id);
    let Named { amount_minor, ids } = folios::charged(conn, payment.property_id, of_folio, entry_ids).await?;
    let ids: Vec<Uuid> = ids.into_iter().collect();
    Ok(amount_minor - repository::asked_for(conn, payment.property_id, &ids).await?)
}
