mod allocate;
mod credit;
mod files;
mod fiscal;
mod issue;
mod letters;
mod numbering;
mod parties;
mod read;
mod settings;
mod verify;

pub use allocate::allocate;
pub use credit::credit;
pub use files::{keep_files, pdf_of};
pub use fiscal::tell_number;
pub use issue::{create, issue_for_demo};
pub use letters::{prepare_mail, send};
pub use read::{Shown, Wanted, list, show};
pub use settings::{get_settings, update_settings};
pub use verify::verify;

use super::dto::{Beside, InvoiceOut};
use super::model::{Content, Invoice, InvoiceId, InvoiceState};
use super::repository::{self, Unallocated};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use uuid::Uuid;

/// Returns the content of a document, as it is stored.
fn content(invoice: &Invoice) -> Result<Content> {
    serde_json::from_value(invoice.content.clone()).map_err(Error::internal)
}

/// Locks the payments of a folio, and returns what of them is on no document. The caller holds the folio, and no states of
/// documents yet.
async fn unallocated(conn: &Conn, property_id: Uuid, folio_id: Uuid) -> Result<Vec<Unallocated>> {
    repository::lock_payments(conn, property_id, folio_id).await?;
    Ok(repository::unallocated(conn, property_id, folio_id).await?)
}

/// Returns the facts about documents of a hotel beside their content.
async fn beside(conn: &Conn, property_id: Uuid, invoices: &[&Invoice]) -> Result<Beside> {
    let ids: Vec<InvoiceId> = invoices.iter().map(|invoice| invoice.id).collect();
    let mut beside = Beside::default();
    for paid in repository::paid(conn, property_id, &ids).await? {
        *beside.paid.entry(paid.invoice_id).or_default() += paid.paid_minor;
    }
    for invoice in invoices {
        let settled: i64 = content(invoice)?.settles.iter().map(|other| other.total_minor).sum();
        *beside.paid.entry(invoice.id).or_default() += settled;
    }
    for number in repository::fiscal_numbers(conn, property_id, &ids).await? {
        beside.fiscal.insert(number.invoice_id, number);
    }
    for (with, id) in repository::issued_with(conn, property_id, &ids).await? {
        beside.issued_with.entry(with).or_default().push(id);
    }
    Ok(beside)
}

/// Shows a document as a whole.
async fn shown(conn: &Conn, invoice: &Invoice, state: &InvoiceState) -> Result<InvoiceOut> {
    let beside = beside(conn, invoice.property_id, &[invoice]).await?;
    Ok(InvoiceOut::new(invoice, content(invoice)?, state, &beside))
}
