//! Issuing a document: its number, its date and its place in the chain, given under the last lock that is taken.
use super::fiscal;
use crate::app::App;
use crate::domains::invoices::model::{
    Content, Counter, Invoice, InvoiceId, InvoiceKind, InvoiceSettings, InvoiceState, LineRow,
};
use crate::domains::invoices::repository;
use crate::domains::invoices::rules::number;
use crate::domains::properties::Property;
use crate::pauses::Pause;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, Datelike, Days, NaiveDate, SubsecRound, Utc};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A document to be issued.
#[derive(Debug)]
pub struct Draft {
    pub id: InvoiceId,
    pub folio_id: Uuid,
    pub booking_id: Option<Uuid>,
    /// All that it says but for number, date and time.
    pub content: Content,
    /// Days after the date of issue on which it is due; none if nothing is to be paid.
    pub payment_days: Option<i32>,
    pub corrects_id: Option<InvoiceId>,
    pub issued_with_id: Option<InvoiceId>,
    pub payment_id: Option<Uuid>,
}

/// When a document is issued, and as which of its year.
struct Place {
    at: DateTime<Utc>,
    date: NaiveDate,
    year: i32,
    number: i64,
}

impl Place {
    /// Returns the place after the last one. Times go on, whatever clocks say; the year is that of the date at the hotel.
    fn after(counter: &Counter, property: &Property, now: DateTime<Utc>) -> Self {
        let at = now.trunc_subsecs(6).max(counter.last_issued_at);
        let date = property.local_time(at).date();
        let begin = NaiveDate::from_ymd_opt(counter.year, 1, 1).unwrap_or(date);
        let date = date.max(begin);
        let number = if date.year() == counter.year { counter.last_number + 1 } else { 1 };
        Self { at, date, year: date.year(), number }
    }
}

/// Issues a document. It locks the counter of its kind, the last of all locks: nobody else gets a number until the transaction
/// ends, and one that is rolled back gives its number back.
pub async fn issue(
    app: &App,
    conn: &Conn,
    property: &Property,
    settings: &InvoiceSettings,
    mut draft: Draft,
) -> Result<(Invoice, InvoiceState)> {
    let kind = draft.content.kind;
    if kind == InvoiceKind::ProForma {
        let at = app.clock.now().trunc_subsecs(6);
        dated(&mut draft, at, property.local_time(at).date());
        return insert(conn, draft, None).await;
    }
    let mut counter = repository::lock_counter(conn, property.id, kind, app.clock.now()).await?;
    let place = Place::after(&counter, property, app.clock.now());
    dated(&mut draft, place.at, place.date);
    draft.content.name = Some(number::written(&settings.number_format, kind, place.year, place.number));
    let prev_hash = counter.last_hash.clone();
    let hash = hash(&prev_hash, &written(&draft.content)?)?;
    counter.year = place.year;
    counter.last_number = place.number;
    counter.last_issued_at = place.at;
    counter.last_hash.clone_from(&hash);
    counter.updated_at = place.at;
    let issued = insert(conn, draft, Some(Numbered { year: place.year, number: place.number, prev_hash, hash })).await?;
    repository::set_counter(conn, &counter).await?;
    app.pauses.here(Pause::AfterNumber).await;
    if let Some(asked) = fiscal::issuer(settings.fiscal_issuer).ask(&issued.0) {
        repository::insert_fiscal_number(conn, &asked).await?;
    }
    Ok(issued)
}

fn dated(draft: &mut Draft, at: DateTime<Utc>, date: NaiveDate) {
    draft.content.issued_at = at;
    draft.content.issue_date = date;
    draft.content.due_date = draft.payment_days.map(|days| date + Days::new(u64::try_from(days).unwrap_or(0)));
}

fn written(content: &Content) -> Result<Value> {
    serde_json::to_value(content).map_err(Error::internal)
}

/// The hash of a document: of the one before it, and of what it says in canonical JSON.
pub fn hash(prev_hash: &[u8], content: &Value) -> Result<Vec<u8>> {
    let text = serde_json_canonicalizer::to_vec(content).map_err(Error::internal)?;
    let mut digest = Sha256::new();
    digest.update(prev_hash);
    digest.update(&text);
    Ok(digest.finalize().to_vec())
}

struct Numbered {
    year: i32,
    number: i64,
    prev_hash: Vec<u8>,
    hash: Vec<u8>,
}

async fn insert(conn: &Conn, draft: Draft, numbered: Option<Numbered>) -> Result<(Invoice, InvoiceState)> {
    let Draft { id, folio_id, booking_id, content, payment_days: _, corrects_id, issued_with_id, payment_id } = draft;
    let at = content.issued_at;
    let property_id = content.property_id;
    let (year, number, prev_hash, hash) = match numbered {
        Some(Numbered { year, number, prev_hash, hash }) => (Some(year), Some(number), Some(prev_hash), Some(hash)),
        None => (None, None, None, None),
    };
    let invoice = Invoice {
        property_id,
        id,
        folio_id,
        booking_id,
        kind: content.kind,
        year,
        number,
        name: content.name.clone(),
        issued_at: at,
        issue_date: content.issue_date,
        currency: content.currency,
        net_minor: content.net_minor,
        tax_minor: content.tax_minor,
        total_minor: content.total_minor,
        corrects_id,
        issued_with_id,
        payment_id,
        content: written(&content)?,
        prev_hash,
        hash,
        created_at: at,
        updated_at: at,
    };
    let state = InvoiceState {
        property_id,
        invoice_id: id,
        credited_minor: 0,
        mailed: 0,
        mailed_at: None,
        version: 1,
        created_at: at,
        updated_at: at,
    };
    let lines: Vec<LineRow> = content.lines.iter().map(|line| LineRow::new(line, property_id, id, at)).collect();
    repository::insert(conn, &invoice, &state, &lines).await?;
    Ok((invoice, state))
}
