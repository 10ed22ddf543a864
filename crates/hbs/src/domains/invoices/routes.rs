use super::dto::{
    CreateInvoice, CreditInvoice, InvoiceFileQuery, InvoiceFilter, InvoiceOut, InvoiceSettingsOut, InvoiceSummary, SendInvoice,
    TellFiscalNumber, UpdateInvoiceSettings,
};
use super::error;
use super::model::{InvoiceId, XmlSyntax};
use super::service::{self, Shown, Wanted};
use crate::answer::{Answer, etag};
use crate::app::App;
use crate::domains::folios;
use crate::http::answer::Versioned;
use crate::http::upload::PdfFile;
use crate::http::{DryRun, OptionalBody, PathId, Query, Rehearsable, Valid, routes};
use crate::idempotency::Keyed;
use crate::page::{Page, PageQuery};
use crate::security::permission::{InvoicesIssue, InvoicesRead, PropertiesUpdate};
use crate::security::{OwnOr, Staff};
use crate::version::{IfMatch, MustMatch};
use crate::{Error, Result};
use axum::Json;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

/// Routes of invoices.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_invoices, create_invoice))
        .routes(routes!(get_invoice))
        .routes(routes!(credit_invoice))
        .routes(routes!(send_invoice))
        .routes(routes!(tell_fiscal_number))
        .routes(routes!(get_invoice_settings, update_invoice_settings))
}

/// List invoices, credit notes and receipts.
///
/// The newest come first. Guests see those of their own bookings.
#[utoipa::path(get, path = "/v1/invoices", tag = "invoices", security(("bearer" = []), ("bearer" = ["invoices:read"])),
    params(InvoiceFilter, PageQuery), responses((status = 200, body = Page<InvoiceSummary>)))]
pub async fn list_invoices(
    app: App,
    who: OwnOr<InvoicesRead>,
    Query(filter): Query<InvoiceFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<InvoiceSummary>>> {
    Ok(Json(service::list(&app, &who, &filter, &page).await?))
}

/// Issue an invoice, an advance invoice, a pro forma invoice or a receipt.
///
/// The number is given at the moment of issue, without a gap by hotel, kind and year. An invoice bills what is on a folio and
/// on no invoice yet. Its taxes are those of its sums, by rate; the cents by which they differ from those of the entries are
/// posted to the folio as a pair of entries of kind `rounding`, so what is to be paid stays what was quoted. Levies outside of
/// value added tax go on a document of their own, which is issued with it (`issued_with`).
#[utoipa::path(post, path = "/v1/invoices", tag = "invoices", security(("bearer" = ["invoices:issue"])), params(DryRun),
    request_body = CreateInvoice, responses((status = 201, body = InvoiceOut)),
    extensions(("x-problems" = json!([
        error::NOTHING_TO_INVOICE, error::NOT_POSITIVE, error::NOT_OPEN, error::ADVANCE_TOO_HIGH, error::RECEIPT_EXISTS,
        error::NOT_PAID, error::NOT_REPLACEABLE, error::TOO_MANY_LINES, folios::CLOSED
    ]))))]
pub async fn create_invoice(
    app: App,
    staff: Staff<InvoicesIssue>,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<CreateInvoice>>,
) -> Result<Answer> {
    service::create(&app, &staff, &key, body).await
}

/// Show an invoice, as JSON, PDF or XML.
///
/// The address ends with `.pdf` or `.xml`, or `Accept` says `application/pdf` or `application/xml`; otherwise it is JSON. The
/// PDF holds the XML (Factur-X, EN 16931); `syntax` says in which other one it is wanted. Files are the same ever after. There is
/// no XML of pro forma invoices and receipts. Guests see the documents of their own bookings.
#[utoipa::path(get, path = "/v1/invoices/{id}", tag = "invoices", security(("bearer" = []), ("bearer" = ["invoices:read"])),
    params(
        ("id" = String, Path, max_length = 40, description = "Identifier of the document, followed by `.pdf` or `.xml` for the file."),
        InvoiceFileQuery,
    ),
    responses((status = 200, content((InvoiceOut = "application/json"), (PdfFile = "application/pdf"), (String = "application/xml")))),
    extensions(("x-problems" = json!([error::NO_FILE, error::NOT_ELECTRONIC, error::AWAITS_FISCAL_NUMBER]))))]
pub async fn get_invoice(
    app: App,
    who: OwnOr<InvoicesRead>,
    Path(file): Path<String>,
    Query(query): Query<InvoiceFileQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    let (id, wanted) = asked_for(&file, &headers, &query)?;
    match service::show(&app, &who, id, wanted).await? {
        Shown::Document { version, body } => Ok(Versioned { version, body: *body }.into_response()),
        Shown::File { version, name, content_type, content } => {
            let headers = [
                (header::ETAG, etag(version)),
                (header::CONTENT_TYPE, content_type.to_owned()),
                (header::CONTENT_DISPOSITION, format!("inline; filename=\"{name}\"")),
            ];
            Ok((headers, content).into_response())
        }
    }
}

/// Returns what an address and a header ask for.
fn asked_for(file: &str, headers: &HeaderMap, query: &InvoiceFileQuery) -> Result<(Uuid, Wanted)> {
    let (id, extension) = file.split_once('.').map_or((file, None), |(id, extension)| (id, Some(extension)));
    let id = id.parse().map_err(|_| Error::not_found("invoice"))?;
    let pdf = if query.copy { Wanted::PdfCopy } else { Wanted::Pdf };
    let xml = Wanted::Xml(query.syntax.unwrap_or(XmlSyntax::Cii));
    match extension {
        Some("pdf") => return Ok((id, pdf)),
        Some("xml") => return Ok((id, xml)),
        Some(_) => return Err(Error::not_found("file")),
        None => {}
    }
    let accepts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let kinds = accepts.flat_map(|value| value.split(',')).filter_map(|kind| kind.split(';').next()).map(str::trim);
    let mut wanted = kinds.filter_map(|kind| match kind {
        "application/json" | "application/*" | "*/*" => Some(Wanted::Json),
        "application/pdf" => Some(pdf),
        "application/xml" => Some(xml),
        _ => None,
    });
    Ok((id, wanted.next().unwrap_or(Wanted::Json)))
}

/// Credit an invoice, or a part of it.
///
/// The credit note names the document that it corrects, and bears the rates that stand there. All credit notes together credit
/// no more of a line than it has. A line that is credited as a whole is free again: what is on the folio can be invoiced anew,
/// to another payer for instance. An amount of a line is allowed on the folio as well; with `as_on_folio`, what the folio has
/// taken back and allowed since is credited.
#[utoipa::path(post, path = "/v1/invoices/{id}/credit", tag = "invoices", security(("bearer" = ["invoices:issue"])),
    params(("id" = Uuid, Path), IfMatch, DryRun), request_body = CreditInvoice, responses((status = 201, body = InvoiceOut)),
    extensions(("x-problems" = json!([
        error::NOT_CREDITABLE, error::EXCEEDS_LINE, error::NOTHING_TO_CREDIT, error::SETTLED, folios::CLOSED, folios::TOO_MUCH,
        folios::NOT_OPEN, folios::GOES_WITH_PRICE, folios::OF_ACCOUNT
    ]))))]
pub async fn credit_invoice(
    app: App,
    staff: Staff<InvoicesIssue>,
    PathId(id): PathId<InvoiceId>,
    seen: IfMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<CreditInvoice>>,
) -> Result<Answer> {
    service::credit(&app, &staff, &key, seen, id, body).await
}

/// Mail an invoice.
///
/// The mail has the PDF. What is mailed once more is marked as a copy.
#[utoipa::path(post, path = "/v1/invoices/{id}/send", tag = "invoices", security(("bearer" = ["invoices:issue"])),
    params(("id" = Uuid, Path), IfMatch), request_body = Option<SendInvoice>, responses((status = 200, body = InvoiceSummary)),
    extensions(("x-problems" = json!([error::NO_ADDRESS, error::AWAITS_FISCAL_NUMBER]))))]
pub async fn send_invoice(
    app: App,
    staff: Staff<InvoicesIssue>,
    PathId(id): PathId<InvoiceId>,
    seen: IfMatch,
    Keyed(key, OptionalBody(body)): Keyed<OptionalBody<SendInvoice>>,
) -> Result<Answer> {
    service::send(&app, &staff, &key, seen, id, body).await
}

/// Tell the number that a fiscal system has given to an invoice.
///
/// For hotels whose `fiscal_issuer` is `external`: a document that was issued waits for it (`awaits_fiscal_number=true` lists
/// those), and there are no files of it until then. The number stands on them in place of that of HBS, which is noted beside it,
/// with the code and the text of the QR code. The same told again changes nothing.
#[utoipa::path(post, path = "/v1/invoices/{id}/fiscal-number", tag = "invoices", security(("bearer" = ["invoices:issue"])),
    params(("id" = Uuid, Path), IfMatch), request_body = TellFiscalNumber, responses((status = 200, body = InvoiceOut)),
    extensions(("x-problems" = json!([error::NO_FISCAL_NUMBER_ASKED, error::FISCAL_NUMBER_TAKEN]))))]
pub async fn tell_fiscal_number(
    app: App,
    staff: Staff<InvoicesIssue>,
    PathId(id): PathId<InvoiceId>,
    seen: IfMatch,
    Keyed(key, Valid(body)): Keyed<Valid<TellFiscalNumber>>,
) -> Result<Answer> {
    service::tell_number(&app, &staff, &key, seen, id, body).await
}

/// Show the invoice settings of a property.
#[utoipa::path(get, path = "/v1/properties/{id}/invoice-settings", tag = "invoices", security(("bearer" = ["invoices:read"])),
    params(("id" = Uuid, Path)), responses((status = 200, body = InvoiceSettingsOut)))]
pub async fn get_invoice_settings(
    app: App,
    staff: Staff<InvoicesRead>,
    PathId(id): PathId,
) -> Result<Versioned<InvoiceSettingsOut>> {
    let body = service::get_settings(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Change the invoice settings of a property (JSON merge patch).
///
/// Documents that were issued keep what they say. While nothing has been set, the version is 0 (`If-Match: "0"`).
#[utoipa::path(patch, path = "/v1/properties/{id}/invoice-settings", tag = "invoices", security(("bearer" = ["properties:update"])),
    params(("id" = Uuid, Path), MustMatch), request_body = UpdateInvoiceSettings, responses((status = 200, body = InvoiceSettingsOut)))]
pub async fn update_invoice_settings(
    app: App,
    staff: Staff<PropertiesUpdate>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateInvoiceSettings>>,
) -> Result<Answer> {
    service::update_settings(&app, &staff, &key, seen, id, body).await
}
