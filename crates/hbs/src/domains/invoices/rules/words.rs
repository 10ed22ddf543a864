//! The words of documents, in the languages in which HBS prints them, and how dates and amounts are written there.
use crate::domains::invoices::model::InvoiceKind;
use crate::money::Money;
use crate::numbers::percent;
use crate::texts::Locale;
use chrono::NaiveDate;

/// The words of a language.
#[derive(Debug, PartialEq, Eq)]
pub struct Words {
    pub code: &'static str,
    pub pro_forma: &'static str,
    pub invoice: &'static str,
    pub corrected_invoice: &'static str,
    pub levy: &'static str,
    pub advance: &'static str,
    pub credit_note: &'static str,
    pub receipt: &'static str,
    pub copy: &'static str,
    pub number: &'static str,
    pub issue_date: &'static str,
    pub due_date: &'static str,
    pub booking: &'static str,
    pub your_reference: &'static str,
    pub period: &'static str,
    pub corrects: &'static str,
    pub of_date: &'static str,
    pub reason: &'static str,
    pub vat_id: &'static str,
    pub tax_number: &'static str,
    pub date: &'static str,
    pub description: &'static str,
    pub rate: &'static str,
    pub net: &'static str,
    pub tax: &'static str,
    pub total: &'static str,
    pub amount: &'static str,
    pub sum_net: &'static str,
    pub sum_tax: &'static str,
    pub sum_total: &'static str,
    pub paid: &'static str,
    pub settled: &'static str,
    pub payable: &'static str,
    pub credited: &'static str,
    pub received: &'static str,
    pub payment_for: &'static str,
    pub advance_for: &'static str,
    pub allowance: &'static str,
    pub fee: &'static str,
    pub untaxed: &'static str,
    pub exempt_levy: &'static str,
    pub outside: &'static str,
    pub no_invoice: &'static str,
    pub please_pay: &'static str,
    pub page: &'static str,
    pub goes_on: &'static str,
    thousands: &'static str,
    decimals: &'static str,
    date_format: &'static str,
}

const ENGLISH: Words = Words {
    code: "en",
    pro_forma: "Pro forma invoice",
    invoice: "Invoice",
    corrected_invoice: "Corrected invoice",
    levy: "Statement of levies",
    advance: "Advance payment invoice",
    credit_note: "Credit note",
    receipt: "Receipt",
    copy: "Copy",
    number: "Number",
    issue_date: "Date of issue",
    due_date: "Due on",
    booking: "Booking",
    your_reference: "Your reference",
    period: "Period of service",
    corrects: "Corrects",
    of_date: "of",
    reason: "Reason",
    vat_id: "VAT number",
    tax_number: "Tax number",
    date: "Date",
    description: "Description",
    rate: "VAT",
    net: "Net",
    tax: "VAT",
    total: "Total",
    amount: "Amount",
    sum_net: "Net amount",
    sum_tax: "Value added tax",
    sum_total: "Total",
    paid: "Paid",
    settled: "Advance payment invoice",
    payable: "To be paid",
    credited: "Credited",
    received: "Received",
    payment_for: "Payment",
    advance_for: "Advance payment for services to come",
    allowance: "allowance",
    fee: "Fee",
    untaxed: "Exempt from VAT",
    exempt_levy: "Levy, exempt from VAT",
    outside: "Levy, outside the scope of VAT",
    no_invoice: "This is no invoice: it gives no right to deduct input tax.",
    please_pay: "Please pay to",
    page: "Page {page} of {pages}",
    goes_on: "continued on the next page",
    thousands: ",",
    decimals: ".",
    date_format: "%d %b %Y",
};

const PORTUGUESE: Words = Words {
    code: "pt",
    pro_forma: "Fatura pró-forma",
    invoice: "Fatura",
    corrected_invoice: "Fatura retificativa",
    levy: "Nota de taxas",
    advance: "Fatura de adiantamento",
    credit_note: "Nota de crédito",
    receipt: "Recibo",
    copy: "Cópia",
    number: "Número",
    issue_date: "Data de emissão",
    due_date: "Vencimento",
    booking: "Reserva",
    your_reference: "V/ referência",
    period: "Período",
    corrects: "Retifica",
    of_date: "de",
    reason: "Motivo",
    vat_id: "NIF",
    tax_number: "N.º fiscal",
    date: "Data",
    description: "Descrição",
    rate: "IVA",
    net: "Líquido",
    tax: "IVA",
    total: "Total",
    amount: "Valor",
    sum_net: "Valor líquido",
    sum_tax: "Imposto sobre o valor acrescentado",
    sum_total: "Total",
    paid: "Pago",
    settled: "Fatura de adiantamento",
    payable: "A pagar",
    credited: "Creditado",
    received: "Recebido",
    payment_for: "Pagamento",
    advance_for: "Adiantamento por serviços a prestar",
    allowance: "abatimento",
    fee: "Taxa",
    untaxed: "Isento de IVA",
    exempt_levy: "Taxa isenta de IVA",
    outside: "Taxa não sujeita a IVA",
    no_invoice: "Este documento não serve de fatura.",
    please_pay: "Pagamento para",
    page: "Página {page} de {pages}",
    goes_on: "continua na página seguinte",
    thousands: "\u{a0}",
    decimals: ",",
    date_format: "%d/%m/%Y",
};

const GERMAN: Words = Words {
    code: "de",
    pro_forma: "Proforma-Rechnung",
    invoice: "Rechnung",
    corrected_invoice: "Korrigierte Rechnung",
    levy: "Abgabenbeleg",
    advance: "Anzahlungsrechnung",
    credit_note: "Stornorechnung",
    receipt: "Quittung",
    copy: "Kopie",
    number: "Nummer",
    issue_date: "Ausgestellt am",
    due_date: "Fällig am",
    booking: "Buchung",
    your_reference: "Ihr Zeichen",
    period: "Leistungszeitraum",
    corrects: "Berichtigt",
    of_date: "vom",
    reason: "Grund",
    vat_id: "USt-IdNr.",
    tax_number: "Steuernummer",
    date: "Datum",
    description: "Leistung",
    rate: "USt",
    net: "Netto",
    tax: "USt",
    total: "Brutto",
    amount: "Betrag",
    sum_net: "Nettobetrag",
    sum_tax: "Umsatzsteuer",
    sum_total: "Gesamtbetrag",
    paid: "Bezahlt",
    settled: "Anzahlungsrechnung",
    payable: "Zu zahlen",
    credited: "Gutgeschrieben",
    received: "Erhalten",
    payment_for: "Zahlung",
    advance_for: "Anzahlung auf künftige Leistungen",
    allowance: "Nachlass",
    fee: "Gebühr",
    untaxed: "Steuerfrei",
    exempt_levy: "Abgabe, steuerfrei",
    outside: "Abgabe, nicht steuerbar",
    no_invoice: "Dieser Beleg ist keine Rechnung und berechtigt nicht zum Vorsteuerabzug.",
    please_pay: "Bitte zahlen Sie an",
    page: "Seite {page} von {pages}",
    goes_on: "weiter auf der nächsten Seite",
    thousands: ".",
    decimals: ",",
    date_format: "%d.%m.%Y",
};

const ALL: [&Words; 3] = [&ENGLISH, &PORTUGUESE, &GERMAN];

impl Words {
    /// Returns the words of the first of some languages in which there are some; English ones if there are none.
    pub fn of<'a>(locales: impl IntoIterator<Item = &'a Locale>) -> &'static Self {
        let codes = ALL.map(|words| words.code);
        let best = crate::texts::best(locales, &codes);
        ALL.into_iter().find(|words| Some(words.code) == best).unwrap_or(&ENGLISH)
    }

    pub fn date(&self, date: NaiveDate) -> String {
        date.format(self.date_format).to_string()
    }

    /// Returns an amount as it is written, with its currency.
    pub fn money(&self, money: Money) -> String {
        format!("{}\u{a0}{}", self.figure(money), money.currency)
    }

    /// Returns an amount as it is written, without its currency.
    pub fn figure(&self, money: Money) -> String {
        let amount = money.amount();
        let (sign, amount) = amount.strip_prefix('-').map_or(("", amount.as_str()), |amount| ("\u{2212}", amount));
        let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
        let mut text = String::from(sign);
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place).is_multiple_of(3) {
                text.push_str(self.thousands);
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push_str(self.decimals);
            text.push_str(fraction);
        }
        text
    }

    /// Returns a rate as it is written: `6 %`.
    pub fn percent(&self, rate_ppm: i32) -> String {
        format!("{}\u{a0}%", percent(rate_ppm.into()).replace('.', self.decimals))
    }

    pub fn title(&self, kind: InvoiceKind, is_correction: bool) -> &'static str {
        match kind {
            InvoiceKind::ProForma => self.pro_forma,
            InvoiceKind::Invoice if is_correction => self.corrected_invoice,
            InvoiceKind::Invoice => self.invoice,
            InvoiceKind::Levy => self.levy,
            InvoiceKind::Advance => self.advance,
            InvoiceKind::CreditNote => self.credit_note,
            InvoiceKind::Receipt => self.receipt,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::december;

    #[test]
    fn figures_are_written_as_people_write_them() {
        let money = Money::new(-123_456_789, "EUR".parse().expect("a currency"));
        let told = |words: &Words| (words.money(money).replace('\u{a0}', " "), words.date(december(24)));
        assert_eq!(told(&ENGLISH), ("−1,234,567.89 EUR".into(), "24 Dec 2026".into()));
        assert_eq!(told(&PORTUGUESE), ("−1 234 567,89 EUR".into(), "24/12/2026".into()));
        assert_eq!(told(&GERMAN), ("−1.234.567,89 EUR".into(), "24.12.2026".into()));
        assert_eq!((ENGLISH.percent(60_000), GERMAN.percent(55_000)), ("6\u{a0}%".into(), "5,5\u{a0}%".into()));
    }

    #[test]
    fn the_first_language_that_is_there_is_taken() {
        let locale = |text: &str| text.parse::<Locale>().expect("a locale");
        for (wanted, code) in [(&["de-AT", "en"][..], "de"), (&["ja", "pt-BR"], "pt"), (&["ja"], "en"), (&[], "en")] {
            let wanted: Vec<Locale> = wanted.iter().map(|text| locale(text)).collect();
            assert_eq!(Words::of(&wanted).code, code);
        }
    }
}
