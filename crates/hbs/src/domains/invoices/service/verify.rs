//! Following the chains of documents: whether each says what it said when it was issued, and whether none is gone.
use super::content;
use super::numbering::hash;
use crate::Result;
use crate::app::App;
use crate::domains::invoices::model::{Counter, Invoice, InvoiceFault, VerifiedInvoices};
use crate::domains::invoices::repository;
use crate::stores::postgres::Conn;

const BATCH: i64 = 500;

/// Compares every document with its hash, and every chain with its counter. Of each chain the first fault is told.
pub async fn verify(app: &App) -> Result<VerifiedInvoices> {
    let conn = app.db.conn().await?;
    let mut verified = VerifiedInvoices { documents: 0, faults: Vec::new() };
    for counter in repository::counters(&conn).await? {
        let (documents, fault) = follow(&conn, &counter).await?;
        verified.documents += documents;
        verified.faults.extend(fault);
    }
    Ok(verified)
}

/// The last document of a chain, as far as it was followed.
struct Link {
    year: i32,
    number: i64,
    hash: Vec<u8>,
}

async fn follow(conn: &Conn, counter: &Counter) -> Result<(i64, Option<InvoiceFault>)> {
    let of = (counter.property_id, counter.kind);
    let mut last = Link { year: 0, number: 0, hash: vec![0; 32] };
    let mut documents = 0;
    let told = |name: String, fault| Some(InvoiceFault { property_id: of.0, kind: of.1, name, fault });
    loop {
        let batch = repository::chain(conn, of, (last.year, last.number), BATCH).await?;
        if batch.is_empty() {
            break;
        }
        for invoice in &batch {
            if let Some(fault) = fault_of(invoice, &last)? {
                return Ok((documents, told(invoice.name.clone().unwrap_or_default(), fault)));
            }
            documents += 1;
            last = Link {
                year: invoice.year.unwrap_or(0),
                number: invoice.number.unwrap_or(0),
                hash: invoice.hash.clone().unwrap_or_default(),
            };
        }
    }
    let is_last = (counter.year, counter.last_number) == (last.year, last.number) && counter.last_hash == last.hash;
    let fault = if is_last { None } else { told(counter.last_number.to_string(), "the last document is gone") };
    Ok((documents, fault))
}

fn fault_of(invoice: &Invoice, last: &Link) -> Result<Option<&'static str>> {
    let (year, number) = (invoice.year.unwrap_or(0), invoice.number.unwrap_or(0));
    let expected = if year == last.year { last.number + 1 } else { 1 };
    if number != expected {
        return Ok(Some("the document before it is gone"));
    }
    if invoice.prev_hash.as_ref() != Some(&last.hash) {
        return Ok(Some("it does not go on where the document before it ended"));
    }
    if invoice.hash.as_deref() != Some(hash(&last.hash, &invoice.content)?.as_slice()) {
        return Ok(Some("it does not say what it said when it was issued"));
    }
    let said = content(invoice)?;
    let told = (said.name, said.issue_date, said.net_minor, said.tax_minor, said.total_minor);
    let known = (invoice.name.clone(), invoice.issue_date, invoice.net_minor, invoice.tax_minor, invoice.total_minor);
    Ok((told != known).then_some("its row is not what it says"))
}
