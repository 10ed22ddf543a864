//! Payments that come after an invoice: they pay the documents of the folio, the oldest first.
use super::unallocated;
use crate::app::App;
use crate::domains::folios;
use crate::domains::invoices::model::InvoiceId;
use crate::domains::invoices::repository;
use crate::domains::payments::{self, PaymentId};
use crate::domains::properties;
use crate::security::Scope;
use crate::{Error, Result};
use diesel_async::AsyncConnection;
use serde_json::json;
use uuid::Uuid;

/// Allocates what was paid on the folio of a payment, and is on no document, to documents that are unpaid. Once more it does
/// nothing.
pub async fn allocate(app: &App, property_id: Uuid, payment_id: Uuid) -> Result<()> {
    let now = app.clock.now();
    let id: PaymentId = serde_json::from_value(json!(payment_id)).map_err(Error::internal)?;
    let mut conn = app.db.conn().await?;
    let Some(payment) = payments::find_in(&conn, property_id, id).await? else { return Ok(()) };
    let folio_id = payment.folio_id;
    conn.transaction(async |conn| {
        let Some(found) = folios::find(conn, &Scope::All, folio_id).await? else { return Ok(()) };
        if properties::hold(conn, property_id).await?.is_none() {
            return Ok(());
        }
        folios::lock_to_invoice(conn, &found, &[]).await?;
        let mut paid = unallocated(conn, property_id, folio_id).await?;
        for document in repository::unpaid(conn, property_id, folio_id).await? {
            let mut left = document.unpaid_minor;
            let mut amounts: Vec<(Uuid, i64)> = Vec::new();
            for payment in &mut paid {
                let amount = payment.amount_minor.min(left);
                if amount > 0 {
                    payment.amount_minor -= amount;
                    left -= amount;
                    amounts.push((payment.payment_id, amount));
                }
            }
            let invoice_id: InvoiceId = document.invoice_id;
            repository::allocate(conn, (property_id, invoice_id), &amounts, now).await?;
        }
        Ok::<_, Error>(())
    })
    .await
}
