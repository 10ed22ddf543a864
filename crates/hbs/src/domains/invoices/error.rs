use crate::error::{DomainError, FieldError, Member, Problem};
use crate::money::Money;
use serde_json::{Map, Value, json};
use utoipa::schema;
use uuid::Uuid;

#[derive(Debug, thiserror::Error)]
pub enum InvoiceError {
    #[error("There is nothing on the folio that is not on an invoice already.")]
    NothingToInvoice,
    #[error("The entries to be invoiced come to {0}: it must be more than nothing.")]
    NotPositive(Money),
    #[error("Of the entries named, {} are on an invoice already, or were taken back.", .0.len())]
    NotOpen(Vec<Uuid>),
    #[error(
        "{0} can be invoiced in advance: as much as is paid on the folio and not on an invoice, and no more than it comes to."
    )]
    AdvanceTooHigh(Money),
    #[error("There is a receipt for the payment already.")]
    ReceiptExists(Uuid),
    #[error("The payment has brought no money: there is nothing to confirm.")]
    NotPaid,
    #[error("The document is one that cannot be credited.")]
    NotCreditable,
    #[error("{0} of the line can be credited.")]
    ExceedsLine(Money),
    #[error("There is nothing left to be credited.")]
    NothingToCredit,
    #[error("The document was settled by the invoice {0}: credit that one.")]
    SettledBy(String),
    #[error("An invoice takes the place of one of the same folio that was credited as a whole.")]
    NotReplaceable,
    #[error("There is no address to which it could be sent: give one as `to`.")]
    NoAddress,
    #[error("There is no such file of this kind of document.")]
    NoFile,
    #[error("The folio does not fit on one invoice: it has {found} lines, and an invoice has at most {most}.")]
    TooManyLines { found: usize, most: usize },
    #[error("The document waits for its fiscal number: it cannot be handed out before.")]
    AwaitsFiscalNumber,
    #[error("{0}")]
    NoFiscalNumberAsked(&'static str),
    #[error("The number is that of another document.")]
    FiscalNumberTaken,
    #[error("As XML the document needs {0}: say it in the invoice settings, and issue it again.")]
    NotElectronic(&'static str),
}

pub const NOTHING_TO_INVOICE: Problem = Problem {
    code: "invoices.nothing_to_invoice",
    status: 409,
    title: "Nothing to invoice",
    about: "Each entry of a folio is on one invoice. All that was charged is on one already, or was taken back.",
    members: &[],
};
pub const NOT_POSITIVE: Problem = Problem {
    code: "invoices.not_positive",
    status: 409,
    title: "Not more than nothing",
    about: "An invoice asks for money. What takes money away from an invoice is a credit note: `POST /v1/invoices/{id}/credit`.",
    members: &[Member::object::<Money>("total", "Sum of the entries.")],
};
pub const NOT_OPEN: Problem = Problem {
    code: "invoices.entries_not_open",
    status: 409,
    title: "Entries not open",
    about: "Each entry of a folio is on one invoice. `entry_ids` names those that are on one already, that were taken back, or that belong to such ones.",
    members: &[Member::value("entry_ids", "Entries that cannot be invoiced.", || schema!(Vec<Uuid>).into())],
};
pub const ADVANCE_TOO_HIGH: Problem = Problem {
    code: "invoices.advance_too_high",
    status: 409,
    title: "Advance too high",
    about: "An advance invoice is for money that was paid on the folio, is on no invoice yet, and pays for something that is on the folio.",
    members: &[Member::object::<Money>("most", "Highest amount of an advance invoice.")],
};
pub const RECEIPT_EXISTS: Problem = Problem {
    code: "invoices.receipt_exists",
    status: 409,
    title: "Receipt exists",
    about: "A payment has one receipt. `invoice_id` names it; it can be sent again.",
    members: &[Member::value("invoice_id", "Receipt of the payment.", || schema!(Uuid).into())],
};
pub const NOT_PAID: Problem = Problem {
    code: "invoices.not_paid",
    status: 409,
    title: "Not paid",
    about: "A receipt confirms money that the hotel has.",
    members: &[],
};
pub const NOT_CREDITABLE: Problem = Problem {
    code: "invoices.not_creditable",
    status: 409,
    title: "Not creditable",
    about: "Invoices, advance invoices and documents about levies are credited. Pro forma invoices, credit notes and receipts are not.",
    members: &[],
};
pub const EXCEEDS_LINE: Problem = Problem {
    code: "invoices.exceeds_line",
    status: 409,
    title: "More than the line has",
    about: "All credit notes together credit no more of a line than it has.",
    members: &[Member::object::<Money>("most", "Amount that is left of the line.")],
};
pub const NOTHING_TO_CREDIT: Problem = Problem {
    code: "invoices.nothing_to_credit",
    status: 409,
    title: "Nothing to credit",
    about: "All of the document was credited, or the folio has taken nothing of it back since.",
    members: &[],
};
pub const SETTLED: Problem = Problem {
    code: "invoices.settled",
    status: 409,
    title: "Settled by another invoice",
    about: "An advance invoice that another one has settled is part of that. Credit the other one first.",
    members: &[],
};
pub const NOT_REPLACEABLE: Problem = Problem {
    code: "invoices.not_replaceable",
    status: 409,
    title: "Not replaceable",
    about: "An invoice names the one whose place it takes: one of the same folio, of which everything was credited.",
    members: &[],
};
pub const NO_ADDRESS: Problem = Problem {
    code: "invoices.no_address",
    status: 422,
    title: "No address",
    about: "The buyer on the document has no e-mail address, and none was given.",
    members: &[],
};
pub const NO_FILE: Problem = Problem {
    code: "invoices.no_file",
    status: 404,
    title: "No such file",
    about: "XML is there for invoices, advance invoices, documents about levies and credit notes.",
    members: &[],
};
pub const TOO_MANY_LINES: Problem = Problem {
    code: "invoices.too_many_lines",
    status: 409,
    title: "Too many lines",
    about: "Name some of the entries, and issue several invoices.",
    members: &[Member::value("most", "Highest number of lines.", || schema!(i64).into())],
};
pub const NOT_ELECTRONIC: Problem = Problem {
    code: "invoices.not_electronic",
    status: 409,
    title: "Not an electronic invoice",
    about: "EN 16931 asks for a VAT number or a tax number of the seller where tax is charged. The hotel had none in its invoice settings when the document was issued.",
    members: &[],
};

pub const AWAITS_FISCAL_NUMBER: Problem = Problem {
    code: "invoices.awaits_fiscal_number",
    status: 409,
    title: "Waits for its fiscal number",
    about: "The hotel's documents have numbers of a fiscal system (`fiscal_issuer` of the invoice settings). Until `POST /v1/invoices/{id}/fiscal-number` has told this one's, there are no files of it, and it is not mailed.",
    members: &[],
};
pub const NO_FISCAL_NUMBER_ASKED: Problem = Problem {
    code: "invoices.no_fiscal_number_asked",
    status: 409,
    title: "No fiscal number asked for",
    about: "A fiscal number is told once, of a document for which one was asked: those that were issued while `fiscal_issuer` was `external`.",
    members: &[],
};
pub const FISCAL_NUMBER_TAKEN: Problem = Problem {
    code: "invoices.fiscal_number_taken",
    status: 409,
    title: "Fiscal number taken",
    about: "A fiscal number is that of one document of the hotel.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[
    &NOTHING_TO_INVOICE,
    &NOT_POSITIVE,
    &NOT_OPEN,
    &ADVANCE_TOO_HIGH,
    &RECEIPT_EXISTS,
    &NOT_PAID,
    &NOT_CREDITABLE,
    &EXCEEDS_LINE,
    &NOTHING_TO_CREDIT,
    &SETTLED,
    &NOT_REPLACEABLE,
    &NO_ADDRESS,
    &NO_FILE,
    &TOO_MANY_LINES,
    &NOT_ELECTRONIC,
    &AWAITS_FISCAL_NUMBER,
    &NO_FISCAL_NUMBER_ASKED,
    &FISCAL_NUMBER_TAKEN,
];

impl DomainError for InvoiceError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::NothingToInvoice => &NOTHING_TO_INVOICE,
            Self::NotPositive(_) => &NOT_POSITIVE,
            Self::NotOpen(_) => &NOT_OPEN,
            Self::AdvanceTooHigh(_) => &ADVANCE_TOO_HIGH,
            Self::ReceiptExists(_) => &RECEIPT_EXISTS,
            Self::NotPaid => &NOT_PAID,
            Self::NotCreditable => &NOT_CREDITABLE,
            Self::ExceedsLine(_) => &EXCEEDS_LINE,
            Self::NothingToCredit => &NOTHING_TO_CREDIT,
            Self::SettledBy(_) => &SETTLED,
            Self::NotReplaceable => &NOT_REPLACEABLE,
            Self::NoAddress => &NO_ADDRESS,
            Self::NoFile => &NO_FILE,
            Self::TooManyLines { .. } => &TOO_MANY_LINES,
            Self::NotElectronic(_) => &NOT_ELECTRONIC,
            Self::AwaitsFiscalNumber => &AWAITS_FISCAL_NUMBER,
            Self::NoFiscalNumberAsked(_) => &NO_FISCAL_NUMBER_ASKED,
            Self::FiscalNumberTaken => &FISCAL_NUMBER_TAKEN,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::NoAddress => vec![FieldError::body("/to", "is needed")],
            _ => Vec::new(),
        }
    }

    fn extra(&self) -> Map<String, Value> {
        let member = |name: &str, value: Value| Map::from_iter([(name.to_owned(), value)]);
        match self {
            Self::NotPositive(total) => member("total", json!(total)),
            Self::NotOpen(entry_ids) => member("entry_ids", json!(entry_ids)),
            Self::AdvanceTooHigh(most) | Self::ExceedsLine(most) => member("most", json!(most)),
            Self::ReceiptExists(id) => member("invoice_id", json!(id)),
            Self::TooManyLines { most, .. } => member("most", json!(most)),
            _ => Map::new(),
        }
    }
}
