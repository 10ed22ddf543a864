//! An invoice as XML by EN 16931, in the syntax of UBL 2.1. Where the parties have all that the authorities of Germany ask for,
//! it says that it is an XRechnung.
use super::xml::{Element, document};
use crate::domains::invoices::model::{Content, InvoiceKind, Line, Party, TaxSum, VatCategory};
use crate::money::Money;
use crate::numbers::percent;
use chrono::NaiveDate;

const EN_16931: &str = "urn:cen.eu:en16931:2017";
const XRECHNUNG: &str = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0";
/// Business process of an XRechnung: that of Peppol, an invoice for what was sold.
const PROCESS: &str = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0";

/// Writes a document that has a number.
pub fn write(content: &Content) -> std::io::Result<Vec<u8>> {
    document(&invoice(content))
}

/// Returns `true` if a document has what XRechnung asks for beyond EN 16931: a reference of the buyer, a contact of the seller,
/// both towns and both electronic addresses, and a way to pay.
fn is_xrechnung(content: &Content) -> bool {
    let has_town = |party: &Party| party.city.is_some() && party.postal_code.is_some() && party.email.is_some();
    let can_be_paid = content.iban.is_some() && content.kind != InvoiceKind::CreditNote;
    content.buyer_reference.is_some()
        && content.seller.phone.is_some()
        && has_town(&content.seller)
        && has_town(&content.buyer)
        && can_be_paid
}

fn day(date: NaiveDate) -> String {
    date.format("%Y-%m-%d").to_string()
}

fn amount(name: &'static str, content: &Content, minor: i64) -> Element {
    Element::text(name, Money::new(minor, content.currency).amount()).with("currencyID", content.currency.code())
}

fn invoice(content: &Content) -> Element {
    let is_credit = content.kind == InvoiceKind::CreditNote;
    let (root, line, quantity) = if is_credit {
        ("CreditNote", "cac:CreditNoteLine", "cbc:CreditedQuantity")
    } else {
        ("Invoice", "cac:InvoiceLine", "cbc:InvoicedQuantity")
    };
    let namespace = if is_credit {
        "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
    } else {
        "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
    };
    let is_xrechnung = is_xrechnung(content);
    let customization = if is_xrechnung { XRECHNUNG } else { EN_16931 };
    let type_code = match content.kind {
        InvoiceKind::CreditNote => Element::text("cbc:CreditNoteTypeCode", "381"),
        InvoiceKind::Advance => Element::text("cbc:InvoiceTypeCode", "386"),
        _ if content.corrects.is_some() => Element::text("cbc:InvoiceTypeCode", "384"),
        _ => Element::text("cbc:InvoiceTypeCode", "380"),
    };
    let due = content.due_date.unwrap_or(content.issue_date);
    let notes: Vec<&str> = content.reason.iter().chain(&content.note).map(String::as_str).collect();
    let mut children = vec![Element::text("cbc:CustomizationID", customization)];
    children.extend(is_xrechnung.then(|| Element::text("cbc:ProfileID", PROCESS)));
    children.push(Element::text("cbc:ID", content.name.clone().unwrap_or_default()));
    children.push(Element::text("cbc:IssueDate", day(content.issue_date)));
    children.extend((!is_credit).then(|| Element::text("cbc:DueDate", day(due))));
    children.push(type_code);
    children.extend((!notes.is_empty()).then(|| Element::text("cbc:Note", notes.join(" "))));
    children.push(Element::text("cbc:DocumentCurrencyCode", content.currency.code()));
    children.extend(content.buyer_reference.iter().map(|reference| Element::text("cbc:BuyerReference", reference)));
    children.extend(content.from.zip(content.to).map(|(from, to)| period(from, to)));
    children.extend(order(content));
    children.extend(preceding(content));
    let is_outside = content.taxes.iter().any(|tax| tax.category == VatCategory::Outside);
    children.push(Element::new("cac:AccountingSupplierParty", [party(content, &content.seller, true, is_outside)]));
    children.push(Element::new("cac:AccountingCustomerParty", [party(content, &content.buyer, false, is_outside)]));
    children.extend(means(content));
    children.extend(is_credit.then(|| Element::new("cac:PaymentTerms", [Element::text("cbc:Note", day(due))])));
    children.push(taxes(content));
    children.push(sums(content));
    children.extend(content.lines.iter().zip(1..).map(|(of, place)| item(content, of, place, (line, quantity))));
    Element::new(root, children)
        .with("xmlns", namespace)
        .with("xmlns:cac", "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2")
        .with("xmlns:cbc", "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2")
}

fn period(from: NaiveDate, to: NaiveDate) -> Element {
    Element::new("cac:InvoicePeriod", [Element::text("cbc:StartDate", day(from)), Element::text("cbc:EndDate", day(to))])
}

/// The booking. The buyer has no order of it, so its id is the seller's (BT-14), and the other one is a word for none.
fn order(content: &Content) -> Option<Element> {
    let reference = content.reference.as_ref()?;
    let ids = [Element::text("cbc:ID", "NA"), Element::text("cbc:SalesOrderID", reference)];
    Some(Element::new("cac:OrderReference", ids))
}

fn preceding(content: &Content) -> Vec<Element> {
    let of = |name: &str, date: NaiveDate| {
        let reference = [Element::text("cbc:ID", name), Element::text("cbc:IssueDate", day(date))];
        Element::new("cac:BillingReference", [Element::new("cac:InvoiceDocumentReference", reference)])
    };
    let corrects = content.corrects.iter().map(|other| of(&other.name, other.issue_date));
    corrects.chain(content.settles.iter().map(|other| of(&other.name, other.issue_date))).collect()
}

fn party(content: &Content, party: &Party, is_seller: bool, is_outside: bool) -> Element {
    let Party { name, street, city, postal_code, country, vat_id, tax_number, registration, email, phone } = party;
    let mut children = Vec::new();
    children.extend(email.iter().map(|email| Element::text("cbc:EndpointID", email).with("schemeID", "EM")));
    if is_seller {
        let id = Element::text("cbc:ID", tax_number.clone().unwrap_or_else(|| content.hotel.clone()));
        children.push(Element::new("cac:PartyIdentification", [id]));
    }
    let country = country.as_ref().or(content.seller.country.as_ref()).cloned().unwrap_or_default();
    let parts = [("cbc:StreetName", street), ("cbc:CityName", city), ("cbc:PostalZone", postal_code)];
    let parts = parts.into_iter().filter_map(|(name, part)| Some(Element::text(name, part.as_ref()?)));
    let country = Element::new("cac:Country", [Element::text("cbc:IdentificationCode", country)]);
    children.push(Element::new("cac:PostalAddress", parts.chain([country])));
    if !is_outside {
        children.extend(vat_id.iter().map(|number| scheme(number, "VAT")));
        children.extend(tax_number.iter().filter(|_| is_seller).map(|number| scheme(number, "FC")));
    }
    let registration = registration.iter().filter(|_| is_seller).map(|number| Element::text("cbc:CompanyID", number));
    children.push(Element::new(
        "cac:PartyLegalEntity",
        [Element::text("cbc:RegistrationName", name)].into_iter().chain(registration),
    ));
    if let (true, Some(phone), Some(email)) = (is_seller, phone, email) {
        let contact =
            [Element::text("cbc:Name", name), Element::text("cbc:Telephone", phone), Element::text("cbc:ElectronicMail", email)];
        children.push(Element::new("cac:Contact", contact));
    }
    Element::new("cac:Party", children)
}

fn scheme(number: &str, of: &'static str) -> Element {
    let scheme = Element::new("cac:TaxScheme", [Element::text("cbc:ID", of)]);
    Element::new("cac:PartyTaxScheme", [Element::text("cbc:CompanyID", number), scheme])
}

fn means(content: &Content) -> Option<Element> {
    let iban = content.iban.as_ref().filter(|_| content.kind != InvoiceKind::CreditNote)?;
    let bank = content.bic.iter().map(|bic| Element::new("cac:FinancialInstitutionBranch", [Element::text("cbc:ID", bic)]));
    let account = Element::new("cac:PayeeFinancialAccount", [Element::text("cbc:ID", iban)].into_iter().chain(bank));
    Some(Element::new("cac:PaymentMeans", [Element::text("cbc:PaymentMeansCode", "58"), account]))
}

fn category(name: &'static str, of: VatCategory, rate_ppm: i32, exemption: Option<&String>) -> Element {
    let code = match of {
        VatCategory::Standard => "S",
        VatCategory::Zero => "Z",
        VatCategory::Exempt => "E",
        VatCategory::Outside => "O",
    };
    // What is outside of the tax has no rate in a line, and a rate of nothing among the sums, which XRechnung asks for.
    let has_rate = of != VatCategory::Outside || name == "cac:TaxCategory";
    let rate = has_rate.then(|| Element::text("cbc:Percent", percent(rate_ppm.into())));
    let reason = exemption.map(|reason| Element::text("cbc:TaxExemptionReason", reason));
    let scheme = Element::new("cac:TaxScheme", [Element::text("cbc:ID", "VAT")]);
    Element::new(name, [Element::text("cbc:ID", code)].into_iter().chain(rate).chain(reason).chain([scheme]))
}

fn taxes(content: &Content) -> Element {
    let of_rate = |tax: &TaxSum| {
        Element::new(
            "cac:TaxSubtotal",
            [
                amount("cbc:TaxableAmount", content, tax.net_minor),
                amount("cbc:TaxAmount", content, tax.tax_minor),
                category("cac:TaxCategory", tax.category, tax.rate_ppm, tax.exemption.as_ref()),
            ],
        )
    };
    let sum = amount("cbc:TaxAmount", content, content.tax_minor);
    Element::new("cac:TaxTotal", std::iter::once(sum).chain(content.taxes.iter().map(of_rate)))
}

fn sums(content: &Content) -> Element {
    Element::new(
        "cac:LegalMonetaryTotal",
        [
            amount("cbc:LineExtensionAmount", content, content.net_minor),
            amount("cbc:TaxExclusiveAmount", content, content.net_minor),
            amount("cbc:TaxInclusiveAmount", content, content.total_minor),
            amount("cbc:PrepaidAmount", content, content.prepaid_minor),
            amount("cbc:PayableAmount", content, content.payable_minor()),
        ],
    )
}

fn item(content: &Content, line: &Line, place: usize, (name, quantity): (&'static str, &'static str)) -> Element {
    let units = if line.net_minor < 0 { "-1" } else { "1" };
    let description = if line.description.trim().is_empty() { "–" } else { &line.description };
    let tax = category("cac:ClassifiedTaxCategory", line.category, line.rate_ppm, None);
    Element::new(
        name,
        [
            Element::text("cbc:ID", place.to_string()),
            Element::text(quantity, units).with("unitCode", "C62"),
            amount("cbc:LineExtensionAmount", content, line.net_minor),
            period(line.date, line.date),
            Element::new("cac:Item", [Element::text("cbc:Name", description), tax]),
            Element::new("cac:Price", [amount("cbc:PriceAmount", content, line.net_minor.abs())]),
        ],
    )
}
