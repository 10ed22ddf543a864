//! A document as it is printed.
use super::words::Words;
use crate::domains::invoices::model::{Content, InvoiceKind, Party, VatCategory};
use crate::money::Money;
use chrono::{Datelike, Timelike};
use hbs_documents::{Align, Attachment, Column, Logo, Moment, Sheet, Table};

/// Facts that go with a document into its file.
#[derive(Debug, Default)]
pub struct Extras {
    pub logo: Option<Logo>,
    pub attachment: Option<Attachment>,
    pub is_copy: bool,
}

/// Lays out what a document says.
pub fn sheet(content: &Content, extras: Extras) -> Sheet {
    let words = Words::of([&content.language]);
    let Extras { logo, attachment, is_copy } = extras;
    let heading = words.title(content.kind, content.corrects.is_some());
    let title = content.name.as_ref().map_or_else(|| heading.to_owned(), |name| format!("{heading} {name}"));
    Sheet {
        title: title.clone(),
        language: words.code.to_owned(),
        created: moment(content),
        logo,
        sender: sender(content, words),
        recipient: recipient(&content.buyer, words),
        heading: title,
        mark: is_copy.then(|| words.copy.to_owned()),
        facts: facts(content, words),
        introduction: content.reason.iter().map(|reason| format!("{}: {reason}", words.reason)).collect(),
        table: table(content, words),
        more: Vec::new(),
        breakdown: (!content.taxes.is_empty()).then(|| breakdown(content, words)),
        totals: totals(content, words),
        notes: notes(content, words),
        footer: footer(content, words),
        page_words: words.page.to_owned(),
        goes_on: words.goes_on.to_owned(),
        attachment,
    }
}

fn moment(content: &Content) -> Moment {
    let at = content.issued_at;
    let small = |number: u32| u8::try_from(number).unwrap_or(0);
    Moment {
        year: u16::try_from(at.year()).unwrap_or(0),
        month: small(at.month()),
        day: small(at.day()),
        hour: small(at.hour()),
        minute: small(at.minute()),
        second: small(at.second()),
    }
}

fn sender(content: &Content, words: &Words) -> Vec<String> {
    let Party { name, vat_id, tax_number, email, phone, .. } = &content.seller;
    let hotel = (content.hotel != *name).then(|| content.hotel.clone());
    let numbers = [(words.vat_id, vat_id), (words.tax_number, tax_number)];
    let numbers = numbers.into_iter().filter_map(|(label, number)| Some(format!("{label} {}", number.as_ref()?)));
    let contact: Vec<&str> = [phone, email].into_iter().flatten().map(String::as_str).collect();
    std::iter::once(name.clone())
        .chain(hotel)
        .chain([address(&content.seller).join(", "), numbers.collect::<Vec<_>>().join(" · "), contact.join(" · ")])
        .filter(|line| !line.is_empty())
        .collect()
}

fn recipient(party: &Party, words: &Words) -> Vec<String> {
    let vat_id = party.vat_id.iter().map(|number| format!("{} {number}", words.vat_id));
    std::iter::once(party.name.clone()).chain(address(party)).chain(vat_id).collect()
}

fn address(party: &Party) -> Vec<String> {
    let Party { street, city, postal_code, country, .. } = party;
    let town: Vec<&str> = [postal_code, city].into_iter().flatten().map(String::as_str).collect();
    let lines = [street.clone().unwrap_or_default(), town.join(" "), country.clone().unwrap_or_default()];
    lines.into_iter().filter(|line| !line.is_empty()).collect()
}

fn facts(content: &Content, words: &Words) -> Vec<(String, String)> {
    let period = content.from.zip(content.to).map(|(from, to)| match from == to {
        true => words.date(from),
        false => format!("{} – {}", words.date(from), words.date(to)),
    });
    let corrects = content.corrects.as_ref();
    let corrects = corrects.map(|other| format!("{} {} {}", other.name, words.of_date, words.date(other.issue_date)));
    [
        (words.number, content.name.clone()),
        (words.issue_date, Some(words.date(content.issue_date))),
        (words.due_date, content.due_date.map(|date| words.date(date))),
        (words.period, period),
        (words.booking, content.reference.clone()),
        (words.your_reference, content.buyer_reference.clone()),
        (words.corrects, corrects),
    ]
    .into_iter()
    .filter_map(|(label, value)| Some((label.to_owned(), value?)))
    .collect()
}

fn column(title: &str, width: u16, align: Align) -> Column {
    Column { title: title.to_owned(), width, align }
}

fn table(content: &Content, words: &Words) -> Table {
    let figure = |minor: i64| words.figure(Money::new(minor, content.currency));
    if content.kind == InvoiceKind::Receipt {
        let columns = vec![
            column(words.date, 20, Align::Left),
            column(words.description, 60, Align::Left),
            column(words.amount, 20, Align::Right),
        ];
        let row = |paid: &crate::domains::invoices::model::Paid| {
            vec![words.date(paid.date), format!("{}: {}", words.payment_for, paid.method), figure(paid.amount_minor)]
        };
        return Table { columns, rows: content.payments.iter().map(row).collect() };
    }
    let columns = vec![
        column(words.date, 15, Align::Left),
        column(words.description, 43, Align::Left),
        column(words.rate, 9, Align::Right),
        column(words.net, 11, Align::Right),
        column(words.tax, 10, Align::Right),
        column(words.total, 12, Align::Right),
    ];
    let rate = |category: VatCategory, rate_ppm: i32| match category {
        VatCategory::Standard | VatCategory::Zero => words.percent(rate_ppm),
        VatCategory::Exempt | VatCategory::Outside => "–".to_owned(),
    };
    let rows = content.lines.iter().map(|line| {
        vec![
            words.date(line.date),
            line.description.clone(),
            rate(line.category, line.rate_ppm),
            figure(line.net_minor),
            figure(line.tax_minor),
            figure(line.total_minor),
        ]
    });
    Table { columns, rows: rows.collect() }
}

fn breakdown(content: &Content, words: &Words) -> Table {
    let figure = |minor: i64| words.figure(Money::new(minor, content.currency));
    let columns = vec![
        column(words.rate, 40, Align::Left),
        column(words.net, 20, Align::Right),
        column(words.tax, 20, Align::Right),
        column(words.total, 20, Align::Right),
    ];
    let rows = content.taxes.iter().map(|tax| {
        let name = match &tax.exemption {
            Some(reason) => reason.clone(),
            None => words.percent(tax.rate_ppm),
        };
        vec![name, figure(tax.net_minor), figure(tax.tax_minor), figure(tax.net_minor + tax.tax_minor)]
    });
    Table { columns, rows: rows.collect() }
}

fn totals(content: &Content, words: &Words) -> Vec<(String, String)> {
    let money = |minor: i64| words.money(Money::new(minor, content.currency));
    let line = |label: &str, minor: i64| (label.to_owned(), money(minor));
    match content.kind {
        InvoiceKind::Receipt => vec![line(words.received, content.total_minor)],
        InvoiceKind::CreditNote => vec![
            line(words.sum_net, content.net_minor),
            line(words.sum_tax, content.tax_minor),
            line(words.credited, content.total_minor),
        ],
        _ => {
            let settled = content.settles.iter().map(|other| {
                let label = format!("{} {} ({} {})", words.settled, other.name, words.tax, money(other.tax_minor));
                line(&label, -other.total_minor)
            });
            let paid = content
                .payments
                .iter()
                .map(|paid| line(&format!("{} {}, {}", words.paid, words.date(paid.date), paid.method), -paid.amount_minor));
            [
                line(words.sum_net, content.net_minor),
                line(words.sum_tax, content.tax_minor),
                line(words.sum_total, content.total_minor),
            ]
            .into_iter()
            .chain(settled)
            .chain(paid)
            .chain([line(words.payable, content.payable_minor())])
            .collect()
        }
    }
}

fn notes(content: &Content, words: &Words) -> Vec<String> {
    let mut notes = Vec::new();
    if content.kind == InvoiceKind::ProForma {
        notes.push(words.no_invoice.to_owned());
    }
    if let (true, Some(iban)) = (content.kind.bills() && content.payable_minor() > 0, &content.iban) {
        let bic = content.bic.as_ref().map(|bic| format!(", BIC {bic}")).unwrap_or_default();
        notes.push(format!("{}: {}, IBAN {iban}{bic}", words.please_pay, content.seller.name));
    }
    notes.extend(content.note.iter().flat_map(|note| note.lines()).map(String::from));
    notes
}

fn footer(content: &Content, words: &Words) -> Vec<String> {
    let Party { name, vat_id, registration, .. } = &content.seller;
    let vat_id = vat_id.as_ref().map(|number| format!("{} {number}", words.vat_id));
    let line: Vec<String> = [Some(name.clone()), Some(address(&content.seller).join(", ")), vat_id]
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect();
    std::iter::once(line.join(" · ")).chain(registration.clone()).collect()
}
