//! Numbers by which the state knows documents, where the law wants those of a certified system: it is asked for one when a
//! document is issued, and whoever connects it tells the number.
use super::{beside, content, shown};
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::invoices::dto::{InvoiceOut, TellFiscalNumber};
use crate::domains::invoices::error::InvoiceError;
use crate::domains::invoices::model::{FiscalIssuerKind, FiscalNumber, FiscalStatus, Invoice, InvoiceId};
use crate::domains::invoices::repository;
use crate::error::{OnConstraint, Or404};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::security::Staff;
use crate::security::permission::InvoicesIssue;
use crate::stores::postgres::Conn;
use crate::version::IfMatch;

/// Whoever gives documents the number by which the state knows them.
pub trait FiscalIssuer: Sync {
    /// Returns what is asked for a document that was just issued; none if its own number is enough.
    fn ask(&self, invoice: &Invoice) -> Option<FiscalNumber>;
}

/// Nobody: the number of HBS is enough.
struct NoIssuer;

impl FiscalIssuer for NoIssuer {
    fn ask(&self, _: &Invoice) -> Option<FiscalNumber> {
        None
    }
}

/// A system beside HBS, which is told of documents and tells their numbers through the API.
struct ExternalIssuer;

impl FiscalIssuer for ExternalIssuer {
    fn ask(&self, invoice: &Invoice) -> Option<FiscalNumber> {
        Some(FiscalNumber {
            property_id: invoice.property_id,
            invoice_id: invoice.id,
            status: FiscalStatus::Requested,
            number: None,
            code: None,
            qr_text: None,
            created_at: invoice.issued_at,
            updated_at: invoice.issued_at,
        })
    }
}

pub fn issuer(kind: FiscalIssuerKind) -> &'static dyn FiscalIssuer {
    match kind {
        FiscalIssuerKind::None => &NoIssuer,
        FiscalIssuerKind::External => &ExternalIssuer,
    }
}

/// The fiscal number of a document that can be handed out; none if it has and needs none.
pub async fn given(conn: &Conn, invoice: &Invoice) -> Result<Option<FiscalNumber>> {
    match repository::fiscal_numbers(conn, invoice.property_id, &[invoice.id]).await?.pop() {
        Some(number) if number.status == FiscalStatus::Requested => Err(InvoiceError::AwaitsFiscalNumber.into()),
        number => Ok(number),
    }
}

/// Tells the number that a fiscal system has given to a document. The same once more changes nothing.
pub async fn tell_number(
    app: &App,
    staff: &Staff<InvoicesIssue>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: InvoiceId,
    request: TellFiscalNumber,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let (invoice, _) = repository::find(conn, &staff.reach(), id).await?.or_404("invoice")?;
        let state = repository::lock_state(conn, invoice.property_id, id).await?;
        seen.check(state.version)?;
        let none = || InvoiceError::NoFiscalNumberAsked("No fiscal number was asked for the document.");
        let asked = repository::fiscal_numbers(conn, invoice.property_id, &[id]).await?.pop().ok_or_else(none)?;
        let TellFiscalNumber { number, code, qr_text } = &request;
        let told = FiscalNumber {
            status: FiscalStatus::Issued,
            number: Some(number.clone()),
            code: code.clone(),
            qr_text: qr_text.clone(),
            updated_at: cause.at,
            ..asked.clone()
        };
        if asked.status == FiscalStatus::Issued {
            if (FiscalNumber { updated_at: asked.updated_at, ..told }) != asked {
                return Err(InvoiceError::NoFiscalNumberAsked("The document has another fiscal number already.").into());
            }
            let beside = beside(conn, invoice.property_id, &[&invoice]).await?;
            return Answer::unchanged(state.version, &InvoiceOut::new(&invoice, content(&invoice)?, &state, &beside));
        }
        let set = repository::set_fiscal_number(conn, &told).await;
        set.on_constraint("invoice_fiscal_numbers_number", || InvoiceError::FiscalNumberTaken)?;
        let after = repository::touch(conn, &state, cause.at).await?;
        let event = Event::of("invoice.fiscal_number_told", &invoice).with("fiscal_number", number);
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &shown(conn, &invoice, &after).await?)
    })
    .await
}
