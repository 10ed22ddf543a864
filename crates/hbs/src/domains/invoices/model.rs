use crate::ids::id;
use crate::money::Currency;
use crate::outbox::{Entity, Recorded};
use crate::texts::Locale;
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use hbs_schema::{
    invoice_counters, invoice_entries, invoice_fiscal_numbers, invoice_lines, invoice_settings, invoice_states, invoices,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

id! {
    /// Id of an invoice, a credit note or a receipt.
    pub struct InvoiceId;
}

id! {
    /// Id of a line of an invoice.
    pub struct InvoiceLineId;
}

text_enum! {
    /// Kind of a document: a preview without a number (`pro_forma`), an invoice (`invoice`), the part of it that is outside of
    /// value added tax, such as a tourist tax (`levy`), an invoice for what is paid in advance (`advance`), what takes back an
    /// invoice or a part of it (`credit_note`), or what confirms a payment (`receipt`).
    pub enum InvoiceKind {
        ProForma = "pro_forma",
        Invoice = "invoice",
        Levy = "levy",
        Advance = "advance",
        CreditNote = "credit_note",
        Receipt = "receipt",
    }
}

impl InvoiceKind {
    /// Letters of the kind in a number.
    pub fn letters(self) -> &'static str {
        match self {
            Self::ProForma => "PF",
            Self::Invoice => "INV",
            Self::Levy => "LEV",
            Self::Advance => "ADV",
            Self::CreditNote => "CN",
            Self::Receipt => "REC",
        }
    }

    /// Returns `true` for a document that asks for money, and can be credited.
    pub fn bills(self) -> bool {
        matches!(self, Self::Invoice | Self::Levy | Self::Advance)
    }

    /// Returns `true` for a document that there is as XML by EN 16931.
    pub fn has_xml(self) -> bool {
        self.bills() || self == Self::CreditNote
    }
}

text_enum! {
    /// Kind of a document that can be asked for: a preview without a number (`pro_forma`), an invoice (`invoice`), which brings a
    /// document about levies outside of value added tax with it where there are some, an invoice for what is paid in advance
    /// (`advance`), or what confirms a payment (`receipt`). Credit notes are made of what they credit.
    pub enum WantedKind {
        ProForma = "pro_forma",
        Invoice = "invoice",
        Advance = "advance",
        Receipt = "receipt",
    }
}

impl From<WantedKind> for InvoiceKind {
    fn from(kind: WantedKind) -> Self {
        match kind {
            WantedKind::ProForma => Self::ProForma,
            WantedKind::Invoice => Self::Invoice,
            WantedKind::Advance => Self::Advance,
            WantedKind::Receipt => Self::Receipt,
        }
    }
}

text_enum! {
    /// Category of value added tax: at a rate (`standard`), at a rate of nothing (`zero`), exempt from it (`exempt`) or outside
    /// of it (`outside`).
    pub enum VatCategory {
        Standard = "standard",
        Zero = "zero",
        Exempt = "exempt",
        Outside = "outside",
    }
}

text_enum! {
    /// Issuer of the numbers by which the state knows documents: nobody beside HBS (`none`), or a fiscal system, which is told of
    /// each document by whoever connects it and gives it a number (`external`).
    pub enum FiscalIssuerKind {
        None = "none",
        External = "external",
    }
}

text_enum! {
    /// Status of a fiscal number: asked for (`requested`) or given (`issued`).
    pub enum FiscalStatus {
        Requested = "requested",
        Issued = "issued",
    }
}

text_enum! {
    /// Syntax of XML by EN 16931: that of UN/CEFACT (`cii`), as inside the PDF, or that of OASIS (`ubl`), as for XRechnung.
    pub enum XmlSyntax {
        Cii = "cii",
        Ubl = "ubl",
    }
}

text_enum! {
    /// Format of a document's file: PDF, the same marked as a copy, or XML in the syntax of CII or UBL.
    pub enum FileFormat {
        Pdf = "pdf",
        PdfCopy = "pdf_copy",
        Cii = "cii",
        Ubl = "ubl",
    }
}

/// A party of a document, as it stood when that was issued.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    pub name: String,
    pub street: Option<String>,
    pub city: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
    pub vat_id: Option<String>,
    pub tax_number: Option<String>,
    pub registration: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
}

/// Content of a document: everything, whatever becomes of what it was made of. It is stored, hashed, shown, printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub property_id: Uuid,
    pub kind: InvoiceKind,
    pub name: Option<String>,
    pub issued_at: DateTime<Utc>,
    pub issue_date: NaiveDate,
    pub due_date: Option<NaiveDate>,
    pub language: Locale,
    pub currency: Currency,
    pub seller: Party,
    pub buyer: Party,
    /// Name of the hotel, where the seller's is another one.
    pub hotel: String,
    /// Reference of the booking.
    pub reference: Option<String>,
    /// Reference of the buyer, such as the number of an order.
    pub buyer_reference: Option<String>,
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    pub lines: Vec<Line>,
    pub taxes: Vec<TaxSum>,
    pub net_minor: i64,
    pub tax_minor: i64,
    pub total_minor: i64,
    /// Advance invoices that are settled.
    pub settles: Vec<Settled>,
    pub payments: Vec<Paid>,
    /// Amount that was paid before, by advance invoices and payments.
    pub prepaid_minor: i64,
    pub corrects: Option<Corrected>,
    pub reason: Option<String>,
    pub iban: Option<String>,
    pub bic: Option<String>,
    pub note: Option<String>,
}

impl Content {
    /// Amount that is left to be paid.
    pub fn payable_minor(&self) -> i64 {
        self.total_minor - self.prepaid_minor
    }

    /// Tax of the document that no advance invoice has told of.
    pub fn tax_left_minor(&self) -> i64 {
        self.tax_minor - self.settles.iter().map(|settled| settled.tax_minor).sum::<i64>()
    }
}

/// A line of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub id: InvoiceLineId,
    pub description: String,
    pub date: NaiveDate,
    /// One; minus one where the line takes something away.
    pub quantity: i32,
    pub category: VatCategory,
    pub rate_ppm: i32,
    pub net_minor: i64,
    pub tax_minor: i64,
    pub total_minor: i64,
    /// Reason of an exemption.
    pub exemption: Option<String>,
    /// Line that it credits.
    pub credits_id: Option<InvoiceLineId>,
}

/// Sum of a category and rate of tax.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxSum {
    pub category: VatCategory,
    pub rate_ppm: i32,
    pub exemption: Option<String>,
    pub net_minor: i64,
    pub tax_minor: i64,
}

/// Advance invoice that is settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    pub invoice_id: InvoiceId,
    pub name: String,
    pub issue_date: NaiveDate,
    pub net_minor: i64,
    pub tax_minor: i64,
    pub total_minor: i64,
}

/// Payment that was there when a document was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    pub payment_id: Uuid,
    pub method: String,
    pub date: NaiveDate,
    pub amount_minor: i64,
}

/// Document that is corrected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corrected {
    pub invoice_id: InvoiceId,
    pub name: String,
    pub issue_date: NaiveDate,
}

/// A document that was issued.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = invoices, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Invoice {
    pub property_id: Uuid,
    pub id: InvoiceId,
    pub folio_id: Uuid,
    pub booking_id: Option<Uuid>,
    pub kind: InvoiceKind,
    pub year: Option<i32>,
    pub number: Option<i64>,
    pub name: Option<String>,
    pub issued_at: DateTime<Utc>,
    pub issue_date: NaiveDate,
    pub currency: Currency,
    pub net_minor: i64,
    pub tax_minor: i64,
    pub total_minor: i64,
    pub corrects_id: Option<InvoiceId>,
    pub issued_with_id: Option<InvoiceId>,
    pub payment_id: Option<Uuid>,
    #[serde(skip)]
    pub content: serde_json::Value,
    #[serde(skip)]
    pub prev_hash: Option<Vec<u8>>,
    #[serde(skip)]
    pub hash: Option<Vec<u8>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for Invoice {
    const ENTITY: &'static str = "invoice";
    /// Fields that events show: whom it is for is in its content, which is none of them.
    const OPEN: &'static [&'static str] = &[
        "property_id",
        "id",
        "folio_id",
        "booking_id",
        "kind",
        "year",
        "number",
        "name",
        "issued_at",
        "issue_date",
        "currency",
        "net_minor",
        "tax_minor",
        "total_minor",
        "corrects_id",
        "issued_with_id",
        "payment_id",
        "credited_minor",
        "mailed",
        "is_copy",
        "fiscal_number",
    ];

    fn entity(&self) -> Entity {
        Entity::new(self.id.into()).at(self.property_id).in_booking(self.booking_id)
    }
}

/// State of a document after it was issued.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = invoice_states, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct InvoiceState {
    pub property_id: Uuid,
    pub invoice_id: InvoiceId,
    pub credited_minor: i64,
    pub mailed: i32,
    pub mailed_at: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Line of a document, as far as others count on it.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = invoice_lines, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct LineRow {
    pub property_id: Uuid,
    pub id: InvoiceLineId,
    pub invoice_id: InvoiceId,
    pub category: VatCategory,
    pub rate_ppm: i32,
    pub net_minor: i64,
    pub tax_minor: i64,
    pub total_minor: i64,
    pub credits_id: Option<InvoiceLineId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl LineRow {
    pub fn new(line: &Line, property_id: Uuid, invoice_id: InvoiceId, at: DateTime<Utc>) -> Self {
        Self {
            property_id,
            id: line.id,
            invoice_id,
            category: line.category,
            rate_ppm: line.rate_ppm,
            net_minor: line.net_minor,
            tax_minor: line.tax_minor,
            total_minor: line.total_minor,
            credits_id: line.credits_id,
            created_at: at,
            updated_at: at,
        }
    }
}

/// Line of a folio that a document tells of.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = invoice_entries, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct EntryRow {
    pub property_id: Uuid,
    pub invoice_id: InvoiceId,
    pub entry_id: Uuid,
    pub line_id: Option<InvoiceLineId>,
    pub released_by: Option<InvoiceId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Number that a fiscal system gives to a document.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = invoice_fiscal_numbers, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct FiscalNumber {
    pub property_id: Uuid,
    pub invoice_id: InvoiceId,
    pub status: FiscalStatus,
    pub number: Option<String>,
    /// Code that the system wants on the document, such as an ATCUD.
    pub code: Option<String>,
    /// Text of the QR code that it wants there.
    pub qr_text: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Numbers of a hotel's documents of a kind, locked.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = invoice_counters, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Counter {
    pub property_id: Uuid,
    pub kind: InvoiceKind,
    pub year: i32,
    pub last_number: i64,
    pub last_issued_at: DateTime<Utc>,
    pub last_hash: Vec<u8>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Settings of a hotel's invoices: what they say of it, and how their numbers are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = invoice_settings, check_for_backend(diesel::pg::Pg))]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct InvoiceSettings {
    pub property_id: Uuid,
    pub legal_name: Option<String>,
    pub vat_id: Option<String>,
    pub tax_number: Option<String>,
    pub registration: Option<String>,
    pub iban: Option<String>,
    pub bic: Option<String>,
    pub note: Option<String>,
    pub number_format: String,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub fiscal_issuer: FiscalIssuerKind,
}

impl InvoiceSettings {
    /// The settings of a hotel that has not said anything.
    pub fn unsaid(property_id: Uuid, at: DateTime<Utc>) -> Self {
        Self {
            property_id,
            legal_name: None,
            vat_id: None,
            tax_number: None,
            registration: None,
            iban: None,
            bic: None,
            note: None,
            number_format: "{kind}-{year}-{number:6}".into(),
            version: 0,
            created_at: at,
            updated_at: at,
            fiscal_issuer: FiscalIssuerKind::None,
        }
    }
}

impl Recorded for InvoiceSettings {
    const ENTITY: &'static str = "invoice_settings";
    const OPEN: &'static [&'static str] = &["property_id", "number_format", "fiscal_issuer", "vat_id", "registration"];

    fn entity(&self) -> Entity {
        Entity::new(self.property_id).at(self.property_id)
    }
}

/// Fault in the invoices, where it was found first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceFault {
    pub property_id: Uuid,
    pub kind: InvoiceKind,
    /// Number of the document, or the one that should be there.
    pub name: String,
    pub fault: &'static str,
}

/// Result of following the chains of invoices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedInvoices {
    pub documents: i64,
    pub faults: Vec<InvoiceFault>,
}
