use super::model::{
    Content, Corrected, FiscalIssuerKind, FiscalNumber, FiscalStatus, Invoice, InvoiceId, InvoiceKind, InvoiceLineId,
    InvoiceSettings, InvoiceState, Line, Paid, Party, Settled, TaxSum, VatCategory, WantedKind, XmlSyntax,
};
use crate::contact::{PostalAddress, emails, maybe_at_a_domain};
use crate::domains::payments::PaymentId;
use crate::domains::rates::rules::MAX_PRICE_MINOR;
use crate::http::valid::{dates, present};
use crate::money::{Currency, Money};
use crate::numbers::{hex, percent};
use crate::texts::Locale;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use std::collections::HashMap;
use uuid::Uuid;

/// Person or company that a document is for.
#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvoicePayer {
    /// Name of the person or company, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Exemplo Viagens, Lda.")]
    pub name: String,
    /// Postal address of the person or company.
    #[garde(dive)]
    pub address: Option<PostalAddress>,
    /// VAT number or other tax number, 1 to 50 characters. It is taken for a VAT number if it begins with the two capital
    /// letters of a country.
    #[garde(inner(length(chars, min = 1, max = 50)))]
    #[schema(min_length = 1, max_length = 50, example = "PT501234567")]
    pub tax_id: Option<String>,
    /// E-mail address to which the document is sent, at most 254 characters; stored in lower case.
    #[garde(inner(email, length(max = 254)), custom(maybe_at_a_domain))]
    #[serde(default, deserialize_with = "emails::optional")]
    #[schema(format = "email", max_length = 254, example = "contas@example.com")]
    pub email: Option<String>,
}

/// Document to issue.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateInvoice {
    /// Kind of the document.
    #[garde(skip)]
    pub kind: WantedKind,
    /// Identifier of the folio that is invoiced; left out for a receipt.
    #[garde(skip)]
    pub folio_id: Option<Uuid>,
    /// Identifier of the payment that a receipt confirms; for receipts only.
    #[garde(skip)]
    #[schema(value_type = Option<Uuid>)]
    pub payment_id: Option<PaymentId>,
    /// Entries of the folio that are invoiced, each with its taxes and what was allowed on it, 1 to 1,000; all that are on no
    /// invoice yet if left out.
    #[garde(inner(length(min = 1, max = 1000)))]
    #[schema(min_items = 1, max_items = 1000)]
    pub entry_ids: Option<Vec<Uuid>>,
    /// Last date of service that is invoiced, inclusive, for what was had so far of a long stay; without a limit if left out.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::nullable")]
    #[schema(example = "2026-12-10")]
    pub served_to: Option<NaiveDate>,
    /// Amount of an advance invoice, taxes included; all that is paid and on no invoice if left out. For advance invoices only.
    #[garde(custom(not_absurd))]
    pub amount: Option<Money>,
    /// Payer that stands on the document; whoever pays the folio if left out: its account, its guest, or the contact of the
    /// booking.
    #[garde(dive)]
    pub payer: Option<InvoicePayer>,
    /// Language of the document, one of `en`, `pt` and `de`, or a form of one; the payer's or the hotel's if left out.
    #[garde(skip)]
    #[schema(value_type = Option<String>, pattern = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", example = "pt")]
    pub language: Option<Locale>,
    /// Reference that the payer has asked for, such as the number of an order, 1 to 100 characters.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schema(min_length = 1, max_length = 100, example = "PO-4711")]
    pub buyer_reference: Option<String>,
    /// Identifier of the invoice whose place this one takes: one of the same folio that was credited as a whole.
    #[garde(skip)]
    #[schema(value_type = Option<Uuid>)]
    pub corrects_id: Option<InvoiceId>,
}

/// Line of a document that is credited.
#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditedLine {
    /// Identifier of the line.
    #[garde(skip)]
    #[schema(value_type = Uuid)]
    pub line_id: InvoiceLineId,
    /// Amount that is credited, taxes included: more than nothing, and less than what is left of the line. It is allowed on the
    /// folio, too, which needs `adjustments:write`. All that is left of the line if left out: the folio stays as it is, and what
    /// is on it can be invoiced again.
    #[garde(custom(not_absurd))]
    pub amount: Option<Money>,
}

/// Credit note to issue.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditInvoice {
    /// Reason of the credit, 1 to 500 characters; it stands on the credit note.
    #[garde(length(chars, min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500, example = "Invoice made out to the wrong company")]
    pub reason: String,
    /// Lines that are credited, 1 to 1,000; all that is left of the document if left out.
    #[garde(length(min = 1, max = 1000), dive)]
    #[schema(min_items = 1, max_items = 1000)]
    pub lines: Option<Vec<CreditedLine>>,
    /// `true` to credit what the folio has taken back and allowed since the document was issued; not together with `lines`.
    #[garde(skip)]
    #[serde(default)]
    #[schema(default = false)]
    pub as_on_folio: bool,
}

/// Mail with a document.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SendInvoice {
    /// E-mail address to which the document is sent, at most 254 characters; the payer's on the document if left out.
    #[garde(inner(email, length(max = 254)), custom(maybe_at_a_domain))]
    #[serde(default, deserialize_with = "emails::optional")]
    #[schema(format = "email", max_length = 254, example = "contas@example.com")]
    pub to: Option<String>,
}

/// Number that a fiscal system has given to a document.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TellFiscalNumber {
    /// Number by which the state knows the document, 1 to 100 characters.
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "FT 2026A/42")]
    pub number: String,
    /// Code that is to stand on the document, such as an ATCUD, 1 to 200 characters; null or left out if there is none.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(min_length = 1, max_length = 200, example = "CSDF7T5H-42")]
    pub code: Option<String>,
    /// Text of the QR code that is to stand on the document, 1 to 1,000 characters; null or left out if there is none. It is
    /// printed as a text.
    #[garde(inner(length(chars, min = 1, max = 1000)))]
    #[schema(min_length = 1, max_length = 1000, example = "A:501234567*B:999999990*C:PT")]
    pub qr_text: Option<String>,
}

/// Choice of a document's file.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct InvoiceFileQuery {
    /// `true` for a PDF that is marked as a copy.
    pub copy: bool,
    /// Syntax of the XML: `cii` if left out.
    #[param(inline)]
    pub syntax: Option<XmlSyntax>,
}

/// Filter of documents.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct InvoiceFilter {
    /// Identifier of the property; if left out, all properties at which you hold the permission, and your own bookings.
    pub property_id: Option<Uuid>,
    /// Identifier of the folio.
    pub folio_id: Option<Uuid>,
    /// Identifier of the booking.
    pub booking_id: Option<Uuid>,
    /// Kind of the document.
    #[param(inline)]
    pub kind: Option<InvoiceKind>,
    /// Number of the document, as it is written, at most 60 characters.
    #[garde(inner(length(chars, max = 60)))]
    #[param(max_length = 60, example = "INV-2026-000042")]
    pub number: Option<String>,
    /// Identifier of the document that is corrected.
    pub corrects_id: Option<Uuid>,
    /// `true` for documents that wait for a fiscal number, `false` for all others.
    pub awaits_fiscal_number: Option<bool>,
    /// First date of issue.
    #[serde(deserialize_with = "dates::optional")]
    #[param(example = "2026-12-01")]
    pub issued_from: Option<NaiveDate>,
    /// Last date of issue, inclusive.
    #[serde(deserialize_with = "dates::optional")]
    #[param(example = "2026-12-31")]
    pub issued_to: Option<NaiveDate>,
}

/// Document, in short.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct InvoiceSummary {
    /// Identifier of the document.
    #[schema(value_type = Uuid)]
    pub id: InvoiceId,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of the folio.
    pub folio_id: Uuid,
    /// Identifier of the folio's booking; null if it has none.
    pub booking_id: Option<Uuid>,
    /// Kind of the document.
    pub kind: InvoiceKind,
    /// Number of the document; null for a pro forma invoice.
    #[schema(example = "INV-2026-000042")]
    pub number: Option<String>,
    /// Time at which it was issued (UTC).
    pub issued_at: DateTime<Utc>,
    /// Date at the hotel on which it was issued: the year of its number is that of this date.
    pub issue_date: NaiveDate,
    /// Name of whom it is for.
    pub payer_name: String,
    /// Currency of the document.
    pub currency: Currency,
    /// Net amount.
    pub net: Money,
    /// Value added tax.
    pub tax: Money,
    /// Total, taxes included.
    pub total: Money,
    /// Amount that credit notes have taken back of it.
    pub credited: Money,
    /// Amount that payments and advance invoices pay of it by now.
    pub paid: Money,
    /// Identifier of the document that it corrects; null if it corrects none.
    #[schema(value_type = Option<Uuid>)]
    pub corrects_id: Option<InvoiceId>,
    /// Identifiers of the documents that were issued with it.
    #[schema(value_type = Vec<Uuid>)]
    pub issued_with: Vec<InvoiceId>,
    /// Identifier of the payment that a receipt confirms; null otherwise.
    pub payment_id: Option<Uuid>,
    /// Number that a fiscal system gives to it; null where none is asked for.
    pub fiscal: Option<FiscalNumberOut>,
    /// Number of times that it was mailed: after the first time, it is marked as a copy.
    pub mailed: i32,
    /// Time at which it was mailed last (UTC); null if it never was.
    pub mailed_at: Option<DateTime<Utc>>,
    /// Number that grows with each mail and credit note; the `ETag` header carries it.
    pub version: i64,
}

/// Number that a fiscal system gives to a document.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FiscalNumberOut {
    /// Status of the number.
    pub status: FiscalStatus,
    /// Number by which the state knows the document; null until it is given.
    pub number: Option<String>,
    /// Code that stands on the document; null if there is none.
    pub code: Option<String>,
    /// Text of the QR code; null if there is none.
    pub qr_text: Option<String>,
}

impl From<FiscalNumber> for FiscalNumberOut {
    fn from(fiscal: FiscalNumber) -> Self {
        let FiscalNumber { property_id: _, invoice_id: _, status, number, code, qr_text, created_at: _, updated_at: _ } = fiscal;
        Self { status, number, code, qr_text }
    }
}

/// Document, as it was issued.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct InvoiceOut {
    #[serde(flatten)]
    pub summary: InvoiceSummary,
    /// Language of the document.
    #[schema(value_type = String, example = "pt")]
    pub language: Locale,
    /// Hotel that issued it.
    pub seller: InvoiceParty,
    /// Payer that it is for.
    pub payer: InvoiceParty,
    /// Reference of the booking; null if there is none.
    #[schema(example = "HBS-7KQ2M9XA")]
    pub booking_reference: Option<String>,
    /// Reference that the payer has asked for; null if there is none.
    pub buyer_reference: Option<String>,
    /// First date of service; null if there are no lines.
    pub served_from: Option<NaiveDate>,
    /// Last date of service (inclusive); null if there are no lines.
    pub served_to: Option<NaiveDate>,
    /// Date on which it is due; null for what is not to be paid.
    pub due_date: Option<NaiveDate>,
    /// Lines of the document.
    pub lines: Vec<InvoiceLineOut>,
    /// Taxes by category and rate.
    pub taxes: Vec<InvoiceTaxOut>,
    /// Advance invoices that it settles: their tax is in `tax`, and was told before.
    pub settles: Vec<SettledAdvanceOut>,
    /// Payments that were there when it was issued.
    pub payments: Vec<InvoicePaymentOut>,
    /// Amount that advance invoices and payments had paid when it was issued.
    pub prepaid: Money,
    /// Amount that was left to be paid when it was issued.
    pub payable: Money,
    /// Tax that no advance invoice has told of.
    pub tax_left: Money,
    /// Document that it corrects; null if it corrects none.
    pub corrects: Option<CorrectedInvoiceOut>,
    /// Reason of a credit note; null otherwise.
    pub reason: Option<String>,
    /// Hash of the document, by which it is linked to the one before, in hexadecimal digits; null for a pro forma invoice.
    pub hash: Option<String>,
}

/// Party of a document.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct InvoiceParty {
    /// Name of the person or company.
    pub name: String,
    /// Postal address; null if nothing of it is known.
    pub address: Option<PostalAddress>,
    /// VAT number; null if there is none.
    pub vat_id: Option<String>,
    /// Tax number that is no VAT number; null if there is none.
    pub tax_number: Option<String>,
    /// E-mail address; null if it is not known.
    pub email: Option<String>,
}

impl From<Party> for InvoiceParty {
    fn from(party: Party) -> Self {
        let Party { name, street, city, postal_code, country, vat_id, tax_number, registration: _, email, phone: _ } = party;
        let address = PostalAddress { street, city, postal_code, country }.known();
        Self { name, address, vat_id, tax_number, email }
    }
}

/// Line of a document.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct InvoiceLineOut {
    /// Identifier of the line.
    #[schema(value_type = Uuid)]
    pub id: InvoiceLineId,
    /// Description of what was sold.
    pub description: String,
    /// Date of service.
    pub date: NaiveDate,
    /// Category of value added tax.
    pub vat_category: VatCategory,
    /// Rate of value added tax in percent.
    #[schema(example = "6")]
    pub vat_percent: String,
    /// Net amount.
    pub net: Money,
    /// Value added tax of the line: its share of the tax of the sum, which is spread over the lines.
    pub tax: Money,
    /// Total, taxes included.
    pub total: Money,
    /// Identifier of the line that it credits, of a credit note; null otherwise.
    #[schema(value_type = Option<Uuid>)]
    pub credits_id: Option<InvoiceLineId>,
}

/// Sum of a category and rate of value added tax.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct InvoiceTaxOut {
    /// Category of value added tax.
    pub vat_category: VatCategory,
    /// Rate of value added tax in percent.
    #[schema(example = "6")]
    pub vat_percent: String,
    /// Reason of an exemption; null if there is none.
    pub exemption: Option<String>,
    /// Net amount.
    pub net: Money,
    /// Value added tax.
    pub tax: Money,
}

/// Advance invoice that is settled.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SettledAdvanceOut {
    /// Identifier of the advance invoice.
    #[schema(value_type = Uuid)]
    pub invoice_id: InvoiceId,
    /// Number of the advance invoice.
    pub number: String,
    /// Date on which it was issued.
    pub issue_date: NaiveDate,
    /// Value added tax that it has told of.
    pub tax: Money,
    /// Total of it, taxes included.
    pub total: Money,
}

/// Payment on a document.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct InvoicePaymentOut {
    /// Identifier of the payment.
    pub payment_id: Uuid,
    /// Method of the payment, in words.
    #[schema(example = "Card terminal")]
    pub method: String,
    /// Business date on which it was recorded.
    pub date: NaiveDate,
    /// Amount that counts for the document.
    pub amount: Money,
}

/// Document that is corrected.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CorrectedInvoiceOut {
    /// Identifier of the document.
    #[schema(value_type = Uuid)]
    pub invoice_id: InvoiceId,
    /// Number of the document.
    pub number: String,
    /// Date on which it was issued.
    pub issue_date: NaiveDate,
}

/// Facts about documents beside their content.
#[derive(Debug, Default)]
pub struct Beside {
    /// Amount that was paid of each document by now, in minor units.
    pub paid: HashMap<InvoiceId, i64>,
    /// Documents that were issued with each document.
    pub issued_with: HashMap<InvoiceId, Vec<InvoiceId>>,
    pub fiscal: HashMap<InvoiceId, FiscalNumber>,
}

impl InvoiceSummary {
    pub fn new(invoice: &Invoice, content: &Content, state: &InvoiceState, beside: &Beside) -> Self {
        let money = |minor| Money::new(minor, invoice.currency);
        Self {
            id: invoice.id,
            property_id: invoice.property_id,
            folio_id: invoice.folio_id,
            booking_id: invoice.booking_id,
            kind: invoice.kind,
            number: invoice.name.clone(),
            issued_at: invoice.issued_at,
            issue_date: invoice.issue_date,
            payer_name: content.buyer.name.clone(),
            currency: invoice.currency,
            net: money(invoice.net_minor),
            tax: money(invoice.tax_minor),
            total: money(invoice.total_minor),
            credited: money(state.credited_minor),
            paid: money(beside.paid.get(&invoice.id).copied().unwrap_or(0)),
            corrects_id: invoice.corrects_id,
            issued_with: beside.issued_with.get(&invoice.id).cloned().unwrap_or_default(),
            payment_id: invoice.payment_id,
            fiscal: beside.fiscal.get(&invoice.id).cloned().map(Into::into),
            mailed: state.mailed,
            mailed_at: state.mailed_at,
            version: state.version,
        }
    }
}

impl InvoiceOut {
    pub fn new(invoice: &Invoice, content: Content, state: &InvoiceState, beside: &Beside) -> Self {
        let summary = InvoiceSummary::new(invoice, &content, state, beside);
        let money = |minor| Money::new(minor, invoice.currency);
        let (payable, tax_left) = (money(content.payable_minor()), money(content.tax_left_minor()));
        Self {
            summary,
            language: content.language,
            seller: content.seller.into(),
            payer: content.buyer.into(),
            booking_reference: content.reference,
            buyer_reference: content.buyer_reference,
            served_from: content.from,
            served_to: content.to,
            due_date: content.due_date,
            lines: content.lines.into_iter().map(|line| InvoiceLineOut::new(line, invoice.currency)).collect(),
            taxes: content.taxes.into_iter().map(|tax| InvoiceTaxOut::new(tax, invoice.currency)).collect(),
            settles: content.settles.into_iter().map(|other| SettledAdvanceOut::new(other, invoice.currency)).collect(),
            payments: content.payments.into_iter().map(|paid| InvoicePaymentOut::new(paid, invoice.currency)).collect(),
            prepaid: money(content.prepaid_minor),
            payable,
            tax_left,
            corrects: content.corrects.map(Into::into),
            reason: content.reason,
            hash: invoice.hash.as_deref().map(hex),
        }
    }
}

impl InvoiceLineOut {
    fn new(line: Line, currency: Currency) -> Self {
        let Line {
            id,
            description,
            date,
            quantity: _,
            category,
            rate_ppm,
            net_minor,
            tax_minor,
            total_minor,
            exemption: _,
            credits_id,
        } = line;
        let money = |minor| Money::new(minor, currency);
        Self {
            id,
            description,
            date,
            vat_category: category,
            vat_percent: percent(rate_ppm.into()),
            net: money(net_minor),
            tax: money(tax_minor),
            total: money(total_minor),
            credits_id,
        }
    }
}

impl InvoiceTaxOut {
    fn new(tax: TaxSum, currency: Currency) -> Self {
        let TaxSum { category, rate_ppm, exemption, net_minor, tax_minor } = tax;
        let money = |minor| Money::new(minor, currency);
        Self {
            vat_category: category,
            vat_percent: percent(rate_ppm.into()),
            exemption,
            net: money(net_minor),
            tax: money(tax_minor),
        }
    }
}

impl SettledAdvanceOut {
    fn new(settled: Settled, currency: Currency) -> Self {
        let Settled { invoice_id, name, issue_date, net_minor: _, tax_minor, total_minor } = settled;
        let money = |minor| Money::new(minor, currency);
        Self { invoice_id, number: name, issue_date, tax: money(tax_minor), total: money(total_minor) }
    }
}

impl InvoicePaymentOut {
    fn new(paid: Paid, currency: Currency) -> Self {
        let Paid { payment_id, method, date, amount_minor } = paid;
        Self { payment_id, method, date, amount: Money::new(amount_minor, currency) }
    }
}

impl From<Corrected> for CorrectedInvoiceOut {
    fn from(corrected: Corrected) -> Self {
        let Corrected { invoice_id, name, issue_date } = corrected;
        Self { invoice_id, number: name, issue_date }
    }
}

/// Settings of a hotel's invoices.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct InvoiceSettingsOut {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Name of the company that runs the hotel; null if it is the hotel's.
    pub legal_name: Option<String>,
    /// VAT number, with the letters of its country; null if there is none.
    #[schema(example = "PT501234567")]
    pub vat_id: Option<String>,
    /// Tax number that is no VAT number; null if there is none.
    pub tax_number: Option<String>,
    /// Entry in a register of companies; null if there is none.
    pub registration: Option<String>,
    /// Bank account to which invoices are paid; null if there is none.
    pub iban: Option<String>,
    /// Code of the bank; null if there is none.
    pub bic: Option<String>,
    /// Note below the totals of each document; null if there is none.
    pub note: Option<String>,
    /// Format of the numbers.
    #[schema(example = "{kind}-{year}-{number:6}")]
    pub number_format: String,
    /// Issuer of the numbers by which the state knows documents.
    pub fiscal_issuer: FiscalIssuerKind,
    /// Number that grows with each change, 0 while nothing was said; the `ETag` header carries it.
    pub version: i64,
    /// Time of the last change (UTC); of the property if nothing was said yet.
    pub updated_at: DateTime<Utc>,
}

impl From<InvoiceSettings> for InvoiceSettingsOut {
    fn from(settings: InvoiceSettings) -> Self {
        let InvoiceSettings {
            property_id,
            legal_name,
            vat_id,
            tax_number,
            registration,
            iban,
            bic,
            note,
            number_format,
            version,
            created_at: _,
            updated_at,
            fiscal_issuer,
        } = settings;
        Self {
            property_id,
            legal_name,
            vat_id,
            tax_number,
            registration,
            iban,
            bic,
            note,
            number_format,
            fiscal_issuer,
            version,
            updated_at,
        }
    }
}

/// Change of a hotel's invoice settings. Fields that are left out stay as they are; documents that were issued keep what they
/// say.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateInvoiceSettings {
    /// Name of the company that runs the hotel, 1 to 200 characters; null if it is the hotel's.
    #[garde(inner(inner(length(chars, min = 1, max = 200))))]
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 200, example = "Exemplo Hotéis, S.A.")]
    pub legal_name: Option<Option<String>>,
    /// VAT number, which begins with the two letters of its country; null for none.
    #[garde(inner(inner(pattern(r"^[A-Z]{2}[A-Z0-9+*.]{2,20}$"))))]
    #[serde(default, with = "double_option")]
    #[schema(pattern = r"^[A-Z]{2}[A-Z0-9+*.]{2,20}$", example = "PT501234567")]
    pub vat_id: Option<Option<String>>,
    /// Tax number that is no VAT number, 1 to 50 characters; null for none.
    #[garde(inner(inner(length(chars, min = 1, max = 50))))]
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 50)]
    pub tax_number: Option<Option<String>>,
    /// Entry in a register of companies, 1 to 200 characters; null for none.
    #[garde(inner(inner(length(chars, min = 1, max = 200))))]
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 200, example = "C.R.C. Lisboa 501234567")]
    pub registration: Option<Option<String>>,
    /// Bank account to which invoices are paid, an IBAN without blanks; null for none.
    #[garde(inner(inner(pattern(r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$"))))]
    #[serde(default, with = "double_option")]
    #[schema(pattern = r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$", example = "PT50000201231234567890154")]
    pub iban: Option<Option<String>>,
    /// Code of the bank (BIC); null for none.
    #[garde(inner(inner(pattern(r"^[A-Z0-9]{8}([A-Z0-9]{3})?$"))))]
    #[serde(default, with = "double_option")]
    #[schema(pattern = r"^[A-Z0-9]{8}([A-Z0-9]{3})?$", example = "CGDIPTPL")]
    pub bic: Option<Option<String>>,
    /// Note below the totals of each document, 1 to 1,000 characters; null for none.
    #[garde(inner(inner(length(chars, min = 1, max = 1000))))]
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 1000, example = "Thank you for your stay.")]
    pub note: Option<Option<String>>,
    /// Format of the numbers to come, 1 to 40 characters, with `{kind}` (INV, LEV, ADV, CN or REC), `{year}` or `{yy}`, and
    /// `{number}`, or `{number:6}` with at least six digits.
    #[garde(inner(length(chars, min = 1, max = 40)))]
    #[schema(nullable = false, min_length = 1, max_length = 40, example = "{kind}-{year}-{number:6}")]
    #[serde(default, deserialize_with = "present")]
    pub number_format: Option<String>,
    /// Issuer of the numbers by which the state knows documents to come: `none` by default.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub fiscal_issuer: Option<FiscalIssuerKind>,
}

fn not_absurd(amount: &Option<Money>, (): &()) -> garde::Result {
    let bounds = -MAX_PRICE_MINOR..=MAX_PRICE_MINOR;
    let is_sane = amount.as_ref().is_none_or(|amount| bounds.contains(&amount.minor));
    if is_sane { Ok(()) } else { Err(garde::Error::new("must not be absurdly large")) }
}
