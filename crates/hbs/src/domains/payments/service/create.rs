//! Payments: made, whichever method they have, and read.
use super::{gateway, record};
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::payments::dto::{CreatePayment, PaymentFilter, PaymentOut};
use crate::domains::payments::model::{PaymentId, PaymentMethod};
use crate::domains::payments::repository;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::page::{Page, PageQuery};
use crate::security::OwnOr;
use crate::security::permission::{PaymentsRead, PaymentsWrite};

pub async fn list(app: &App, who: &OwnOr<PaymentsRead>, filter: &PaymentFilter, page: &PageQuery) -> Result<Page<PaymentOut>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list(&conn, &who.reach, filter, before, limit + 1).await?;
    let Page { items, next_cursor } = page.page(rows, |payment| payment.id)?;
    Ok(Page { items: record::shown(&conn, &who.reach, items).await?, next_cursor })
}

pub async fn get(app: &App, who: &OwnOr<PaymentsRead>, id: PaymentId) -> Result<PaymentOut> {
    let conn = app.db.conn().await?;
    let payment = repository::find(&conn, &who.reach, id).await?.or_404("payment")?;
    record::shown(&conn, &who.reach, vec![payment]).await?.pop().or_404("payment")
}

/// Records a payment, or begins one on a page of the gateway.
pub async fn create(app: &App, who: &OwnOr<PaymentsWrite>, key: &IdempotencyKey, request: CreatePayment) -> Result<Answer> {
    match request.method {
        PaymentMethod::Gateway => gateway::create(app, who, key, request).await,
        PaymentMethod::Cash | PaymentMethod::CardTerminal | PaymentMethod::BankTransfer => {
            record::record(app, who, key, request).await
        }
    }
}
