//! Mailing documents.
use super::files::{self, File};
use super::{beside, content, fiscal};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::invoices::dto::{InvoiceSummary, SendInvoice};
use crate::domains::invoices::error::InvoiceError;
use crate::domains::invoices::model::{FileFormat, InvoiceId, InvoiceKind};
use crate::domains::invoices::repository;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::language::Language;
use crate::mail::{self, Attachment, Letter, Mail, Queued};
use crate::money::Money;
use crate::outbox::{self, Event};
use crate::security::permission::InvoicesIssue;
use crate::security::{Reach, Scope, Staff};
use crate::version::IfMatch;
use crate::{Error, Result};
use serde_json::json;

/// Kind of mail with a document.
const INVOICE: &str = "invoice";

/// Mails a document: as it is the first time, and marked as a copy after that.
pub async fn send(
    app: &App,
    staff: &Staff<InvoicesIssue>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: InvoiceId,
    request: SendInvoice,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    let answer = app
        .change(key, async |conn| {
            let (invoice, _) = repository::find(conn, &staff.reach(), id).await?.or_404("invoice")?;
            let state = repository::lock_state(conn, invoice.property_id, id).await?;
            seen.check(state.version)?;
            fiscal::given(conn, &invoice).await?;
            let said = content(&invoice)?;
            let address = request.to.as_ref().or(said.buyer.email.as_ref()).ok_or(InvoiceError::NoAddress)?;
            let is_copy = state.mailed > 0;
            let params = json!({"invoice_id": id, "is_copy": is_copy});
            mail::enqueue(conn, &[Mail { kind: INVOICE, address, user_id: None, booking: None, params }]).await?;
            let after = repository::note_mail(conn, &state, cause.at).await?;
            let event = Event::of("invoice.mailed", &invoice).and("mailed", state.mailed, after.mailed).with("is_copy", is_copy);
            outbox::publish(conn, &cause, [event]).await?;
            let beside = beside(conn, invoice.property_id, &[&invoice]).await?;
            Answer::ok(after.version, &InvoiceSummary::new(&invoice, &said, &after, &beside))
        })
        .await?;
    app.mailer.wake();
    Ok(answer)
}

/// The words of a mail with a document, and its file.
pub async fn prepare_mail(app: &App, mail: &Queued) -> Result<Option<Letter>> {
    let id: InvoiceId = serde_json::from_value(mail.params["invoice_id"].clone()).map_err(Error::internal)?;
    let is_copy = mail.params["is_copy"] == true;
    let conn = app.db.conn().await?;
    let Some((invoice, _)) = repository::find(&conn, &Reach::of_scope(Scope::All), id).await? else { return Ok(None) };
    drop(conn);
    let said = content(&invoice)?;
    let format = if is_copy { FileFormat::PdfCopy } else { FileFormat::Pdf };
    let File { name, content_type, content } = files::file(app, &invoice, format).await?;
    let language = Language::first_of([&said.language]);
    let money = |minor| language.money(Money::new(minor, said.currency));
    let is_payable = said.kind.bills() && said.payable_minor() > 0;
    let params = json!({
        "hotel": {"name": said.hotel},
        "kind": said.kind,
        "number": said.name,
        "total": money(said.total_minor),
        "payable": is_payable.then(|| money(said.payable_minor())),
        "due": said.due_date.filter(|_| is_payable && said.kind != InvoiceKind::ProForma).map(|date| language.date(date)),
        "is_copy": is_copy,
    });
    let attachment = Some(Attachment { filename: name, content_type, content });
    Ok(Some(Letter { kind: INVOICE, locale: language.code().into(), name: None, link: None, params, attachment }))
}
