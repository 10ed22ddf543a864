//! An invoice as XML by EN 16931, in the syntax of UN/CEFACT (CII): what is inside a Factur-X file.
use super::xml::{Element, document};
use crate::domains::invoices::model::{Content, InvoiceKind, Line, Party, TaxSum, VatCategory};
use crate::money::Money;
use crate::numbers::percent;
use chrono::NaiveDate;

/// Name of the file in a Factur-X document, and the level that it is at.
pub const FILE: &str = "factur-x.xml";
pub const LEVEL: &str = "EN 16931";

/// Returns what a document lacks to be an electronic invoice.
pub fn lacks(content: &Content) -> Option<&'static str> {
    let Party { vat_id, tax_number, .. } = &content.seller;
    let is_taxed = content.taxes.iter().any(|tax| tax.category != VatCategory::Outside);
    (is_taxed && vat_id.is_none() && tax_number.is_none()).then_some("a VAT number or a tax number of the hotel")
}

/// Writes a document that has a number.
pub fn write(content: &Content) -> std::io::Result<Vec<u8>> {
    document(&invoice(content))
}

fn invoice(content: &Content) -> Element {
    let context = Element::new(
        "rsm:ExchangedDocumentContext",
        [Element::new("ram:GuidelineSpecifiedDocumentContextParameter", [Element::text("ram:ID", "urn:cen.eu:en16931:2017")])],
    );
    let lines = content.lines.iter().zip(1..).map(|(line, place)| item(content, line, place));
    let transaction = Element::new(
        "rsm:SupplyChainTradeTransaction",
        lines.chain([agreement(content), Element::new("ram:ApplicableHeaderTradeDelivery", []), settlement(content)]),
    );
    Element::new("rsm:CrossIndustryInvoice", [context, head(content), transaction])
        .with("xmlns:rsm", "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100")
        .with("xmlns:ram", "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100")
        .with("xmlns:udt", "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100")
        .with("xmlns:qdt", "urn:un:unece:uncefact:data:standard:QualifiedDataType:100")
}

fn type_code(content: &Content) -> &'static str {
    match content.kind {
        InvoiceKind::CreditNote => "381",
        InvoiceKind::Advance => "386",
        _ if content.corrects.is_some() => "384",
        _ => "380",
    }
}

fn head(content: &Content) -> Element {
    let notes = content.reason.iter().chain(&content.note);
    let notes = notes.map(|note| Element::new("ram:IncludedNote", [Element::text("ram:Content", note)]));
    Element::new(
        "rsm:ExchangedDocument",
        [
            Element::text("ram:ID", content.name.clone().unwrap_or_default()),
            Element::text("ram:TypeCode", type_code(content)),
            at("ram:IssueDateTime", content.issue_date),
        ]
        .into_iter()
        .chain(notes),
    )
}

/// A date, as CII has it.
fn at(name: &'static str, date: NaiveDate) -> Element {
    let text = Element::text("udt:DateTimeString", date.format("%Y%m%d").to_string()).with("format", "102");
    Element::new(name, [text])
}

fn amount(name: &'static str, content: &Content, minor: i64) -> Element {
    Element::text(name, Money::new(minor, content.currency).amount())
}

fn category(category: VatCategory) -> &'static str {
    match category {
        VatCategory::Standard => "S",
        VatCategory::Zero => "Z",
        VatCategory::Exempt => "E",
        VatCategory::Outside => "O",
    }
}

/// The rate of a category, which what is outside of the tax does not have.
fn rate(of: VatCategory, rate_ppm: i32) -> Option<Element> {
    (of != VatCategory::Outside).then(|| Element::text("ram:RateApplicablePercent", percent(rate_ppm.into())))
}

fn item(content: &Content, line: &Line, place: usize) -> Element {
    let tax = [Element::text("ram:TypeCode", "VAT"), Element::text("ram:CategoryCode", category(line.category))];
    let tax = Element::new("ram:ApplicableTradeTax", tax.into_iter().chain(rate(line.category, line.rate_ppm)));
    let day = [at("ram:StartDateTime", line.date), at("ram:EndDateTime", line.date)];
    let sum = amount("ram:LineTotalAmount", content, line.net_minor);
    // A price is not negative: what takes something away is so many units less.
    let quantity = if line.net_minor < 0 { -1 } else { 1 };
    Element::new(
        "ram:IncludedSupplyChainTradeLineItem",
        [
            Element::new("ram:AssociatedDocumentLineDocument", [Element::text("ram:LineID", place.to_string())]),
            Element::new("ram:SpecifiedTradeProduct", [Element::text("ram:Name", not_empty(&line.description))]),
            Element::new(
                "ram:SpecifiedLineTradeAgreement",
                [Element::new("ram:NetPriceProductTradePrice", [amount("ram:ChargeAmount", content, line.net_minor.abs())])],
            ),
            Element::new(
                "ram:SpecifiedLineTradeDelivery",
                [Element::text("ram:BilledQuantity", quantity.to_string()).with("unitCode", "C62")],
            ),
            Element::new(
                "ram:SpecifiedLineTradeSettlement",
                [
                    tax,
                    Element::new("ram:BillingSpecifiedPeriod", day),
                    Element::new("ram:SpecifiedTradeSettlementLineMonetarySummation", [sum]),
                ],
            ),
        ],
    )
}

fn not_empty(text: &str) -> &str {
    if text.trim().is_empty() { "–" } else { text }
}

fn agreement(content: &Content) -> Element {
    let reference = content.buyer_reference.iter().map(|reference| Element::text("ram:BuyerReference", reference));
    // A document about what is outside of the tax names no VAT number (BR-O-02).
    let is_outside = content.taxes.iter().any(|tax| tax.category == VatCategory::Outside);
    let parties = [
        party("ram:SellerTradeParty", content, &content.seller, is_outside),
        party("ram:BuyerTradeParty", content, &content.buyer, is_outside),
    ];
    let order = content
        .reference
        .iter()
        .map(|reference| Element::new("ram:SellerOrderReferencedDocument", [Element::text("ram:IssuerAssignedID", reference)]));
    Element::new("ram:ApplicableHeaderTradeAgreement", reference.chain(parties).chain(order))
}

fn party(name: &'static str, content: &Content, party: &Party, is_outside: bool) -> Element {
    let Party { street, city, postal_code, country, vat_id, tax_number, registration, email, phone, .. } = party;
    let is_seller = name == "ram:SellerTradeParty";
    let mut children = Vec::new();
    // Whoever has no other number is known by its tax number or name (BR-CO-26).
    if is_seller {
        children.push(Element::text("ram:ID", tax_number.clone().unwrap_or_else(|| content.hotel.clone())));
    }
    children.push(Element::text("ram:Name", not_empty(&party.name)));
    if let (true, Some(registration)) = (is_seller, registration) {
        children.push(Element::new("ram:SpecifiedLegalOrganization", [Element::text("ram:ID", registration)]));
    }
    if let (true, Some(phone), Some(email)) = (is_seller, phone, email) {
        let number = |name, element, text: &String| Element::new(name, [Element::text(element, text)]);
        children.push(Element::new(
            "ram:DefinedTradeContact",
            [
                Element::text("ram:PersonName", not_empty(&party.name)),
                number("ram:TelephoneUniversalCommunication", "ram:CompleteNumber", phone),
                number("ram:EmailURIUniversalCommunication", "ram:URIID", email),
            ],
        ));
    }
    // An address without a country is taken to be in that of the hotel, since it must have one (BR-11).
    let country = country.as_ref().or(content.seller.country.as_ref()).cloned().unwrap_or_default();
    let parts = [("ram:PostcodeCode", postal_code), ("ram:LineOne", street), ("ram:CityName", city)];
    let parts = parts.into_iter().filter_map(|(name, part)| Some(Element::text(name, part.as_ref()?)));
    children.push(Element::new("ram:PostalTradeAddress", parts.chain([Element::text("ram:CountryID", country)])));
    if let Some(email) = email {
        let address = Element::text("ram:URIID", email).with("schemeID", "EM");
        children.push(Element::new("ram:URIUniversalCommunication", [address]));
    }
    let registered = |number: &Option<String>, scheme: &'static str| {
        let id = Element::text("ram:ID", number.as_ref()?).with("schemeID", scheme);
        Some(Element::new("ram:SpecifiedTaxRegistration", [id]))
    };
    if !is_outside {
        children.extend(registered(vat_id, "VA"));
        children.extend(is_seller.then(|| registered(tax_number, "FC")).flatten());
    }
    Element::new(name, children)
}

fn settlement(content: &Content) -> Element {
    let means = content.iban.iter().filter(|_| content.kind != InvoiceKind::CreditNote).map(|iban| {
        let account = Element::new("ram:PayeePartyCreditorFinancialAccount", [Element::text("ram:IBANID", iban)]);
        let bank = content
            .bic
            .iter()
            .map(|bic| Element::new("ram:PayeeSpecifiedCreditorFinancialInstitution", [Element::text("ram:BICID", bic)]));
        let code = Element::text("ram:TypeCode", "58");
        Element::new("ram:SpecifiedTradeSettlementPaymentMeans", [code, account].into_iter().chain(bank))
    });
    let taxes = content.taxes.iter().map(|tax| tax_sum(content, tax));
    let period = content
        .from
        .zip(content.to)
        .map(|(from, to)| Element::new("ram:BillingSpecifiedPeriod", [at("ram:StartDateTime", from), at("ram:EndDateTime", to)]));
    let due = content.due_date.unwrap_or(content.issue_date);
    let terms = Element::new("ram:SpecifiedTradePaymentTerms", [at("ram:DueDateDateTime", due)]);
    let corrects = content.corrects.iter().map(|other| {
        let date = Element::text("qdt:DateTimeString", other.issue_date.format("%Y%m%d").to_string()).with("format", "102");
        let id = Element::text("ram:IssuerAssignedID", other.name.clone());
        Element::new("ram:InvoiceReferencedDocument", [id, Element::new("ram:FormattedIssueDateTime", [date])])
    });
    let settled = content.settles.iter().map(|other| {
        let date = Element::text("qdt:DateTimeString", other.issue_date.format("%Y%m%d").to_string()).with("format", "102");
        let id = Element::text("ram:IssuerAssignedID", other.name.clone());
        Element::new("ram:InvoiceReferencedDocument", [id, Element::new("ram:FormattedIssueDateTime", [date])])
    });
    Element::new(
        "ram:ApplicableHeaderTradeSettlement",
        std::iter::once(Element::text("ram:InvoiceCurrencyCode", content.currency.code()))
            .chain(means)
            .chain(taxes)
            .chain(period)
            .chain([terms, sums(content)])
            .chain(corrects)
            .chain(settled),
    )
}

fn tax_sum(content: &Content, tax: &TaxSum) -> Element {
    let reason = tax.exemption.iter().map(|reason| Element::text("ram:ExemptionReason", reason));
    Element::new(
        "ram:ApplicableTradeTax",
        [amount("ram:CalculatedAmount", content, tax.tax_minor), Element::text("ram:TypeCode", "VAT")]
            .into_iter()
            .chain(reason)
            .chain([amount("ram:BasisAmount", content, tax.net_minor), Element::text("ram:CategoryCode", category(tax.category))])
            .chain(rate(tax.category, tax.rate_ppm)),
    )
}

fn sums(content: &Content) -> Element {
    let tax = amount("ram:TaxTotalAmount", content, content.tax_minor).with("currencyID", content.currency.code());
    Element::new(
        "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
        [
            amount("ram:LineTotalAmount", content, content.net_minor),
            amount("ram:TaxBasisTotalAmount", content, content.net_minor),
            tax,
            amount("ram:GrandTotalAmount", content, content.total_minor),
            amount("ram:TotalPrepaidAmount", content, content.prepaid_minor),
            amount("ram:DuePayableAmount", content, content.payable_minor()),
        ],
    )
}
