//! Postings by hand: charges with their tax, allowances and corrections. Pure.
use super::transfer::{belongs_to, with_belongings};
use crate::domains::folios::model::{ChargeTax, FolioEntry, FolioKind, Ledger, NewLine, OfExtra, TaxTerms};
use crate::domains::rates::engine::{self, Due, TaxLine};
use crate::numbers::in_proportion;
use chrono::NaiveDate;
use uuid::Uuid;

/// A charge by hand, and for whom it is.
#[derive(Debug, Clone, Copy)]
pub struct Charge<'a> {
    pub booking_id: Option<Uuid>,
    pub stay_id: Option<Uuid>,
    pub description: &'a str,
    /// Price as entered: with a tax that is included in prices, without one that is added to them.
    pub amount_minor: i64,
    pub service_date: NaiveDate,
    /// Taxes that it bears, percentages.
    pub taxes: &'a [ChargeTax],
    /// Extra that is charged.
    pub extra: Option<OfExtra>,
}

/// The lines of a charge: what is sold, then its taxes.
pub fn charge(charge: Charge<'_>, folio_id: Uuid) -> Vec<NewLine> {
    let due: Vec<Due> = charge.taxes.iter().map(due).collect();
    let (net_minor, taxes) = engine::lines(charge.amount_minor, &due);
    let price = NewLine {
        id: Uuid::now_v7(),
        folio_id,
        booking_id: charge.booking_id,
        stay_id: charge.stay_id,
        kind: FolioKind::Extra,
        service_date: charge.service_date,
        amount_minor: net_minor,
        description: charge.description.to_owned(),
        tax_rule_id: None,
        tax_terms: None,
        reverses_id: None,
        origin_id: None,
        price_id: None,
        routing_id: None,
        reason: None,
        ledger: Ledger::Guest,
        extra: charge.extra,
        payment_id: None,
        method: None,
    };
    let of_price = |(line, tax): (TaxLine, &ChargeTax)| NewLine {
        id: Uuid::now_v7(),
        kind: FolioKind::Tax,
        amount_minor: line.amount_minor,
        description: tax.name.clone(),
        tax_rule_id: Some(tax.id),
        tax_terms: Some(TaxTerms { is_included: line.is_included, rate_ppm: line.rate_ppm }),
        price_id: Some(price.id),
        ..price.clone()
    };
    let taxes: Vec<NewLine> = taxes.into_iter().zip(charge.taxes).map(of_price).collect();
    std::iter::once(price).chain(taxes).collect()
}

fn due(tax: &ChargeTax) -> Due {
    let ChargeTax { id, rate_ppm, is_included, .. } = *tax;
    Due::as_charged(&TaxLine { tax_rule_id: id, amount_minor: 0, is_included, rate_ppm })
}

/// An allowance on a line that was charged.
#[derive(Debug, Clone, Copy)]
pub struct Allowance<'a> {
    pub amount_minor: i64,
    /// Date on which it is posted.
    pub today: NaiveDate,
    pub reason: &'a str,
}

/// Returns what can still be allowed on a price: the price with its taxes, less what was allowed on it. `open` are all open
/// lines of the folio.
pub fn allowable(open: &[FolioEntry], price: &FolioEntry) -> i64 {
    with_belongings(open, &[price.id].into()).iter().map(|line| line.amount_minor).sum()
}

/// The price with its taxes, as far as they are here.
fn priced(open: &[FolioEntry], price: &FolioEntry) -> Vec<FolioEntry> {
    let is_part = |line: &FolioEntry| line.root() == price.root();
    let is_tax = |line: &FolioEntry| line.kind == FolioKind::Tax && belongs_to(line, price);
    open.iter().filter(|line| is_part(line) || is_tax(line)).cloned().collect()
}

/// The lines of an allowance: less for the price, and less of each of its taxes, in proportion.
pub fn allowance(open: &[FolioEntry], price: &FolioEntry, allowance: Allowance<'_>) -> Vec<NewLine> {
    let lines = priced(open, price);
    // What an offer took off the price is not paid, so nothing of it is allowed.
    let is_off = |line: &&FolioEntry| line.kind == FolioKind::Discount && belongs_to(line, price);
    let off: i64 = open.iter().filter(is_off).map(|line| line.amount_minor).sum();
    let amount = |line: &FolioEntry| if line.id == price.id { line.amount_minor + off } else { line.amount_minor };
    let amounts: Vec<i64> = lines.iter().map(amount).collect();
    let shares = in_proportion(&amounts, allowance.amount_minor);
    let adjustment_id = Uuid::now_v7();
    let less = |(line, share): (&FolioEntry, i64)| NewLine {
        id: if line.id == price.id { adjustment_id } else { Uuid::now_v7() },
        folio_id: price.folio_id,
        booking_id: line.booking_id,
        stay_id: line.stay_id,
        kind: if line.kind == FolioKind::Tax { FolioKind::Tax } else { FolioKind::Adjustment },
        service_date: allowance.today,
        amount_minor: -share,
        description: line.description.clone(),
        tax_rule_id: line.tax_rule_id,
        tax_terms: line.tax_terms(),
        reverses_id: None,
        origin_id: None,
        // The tax is less for the allowance, which is less for the price.
        price_id: Some(if line.kind == FolioKind::Tax { adjustment_id } else { price.root() }),
        routing_id: None,
        reason: Some(allowance.reason.to_owned()),
        ledger: Ledger::Guest,
        extra: None,
        payment_id: None,
        method: None,
    };
    let is_told = |(line, share): &(&FolioEntry, i64)| *share != 0 || line.id == price.id;
    lines.iter().zip(shares).filter(is_told).map(less).collect()
}

/// The lines that take back what was posted by hand, with what belongs to it: its taxes, and what was allowed on it.
pub fn correction(open: &[FolioEntry], line: &FolioEntry, reason: &str) -> Vec<NewLine> {
    let taken_back = |line: &FolioEntry| NewLine {
        id: Uuid::now_v7(),
        folio_id: line.folio_id,
        booking_id: line.booking_id,
        stay_id: line.stay_id,
        kind: line.kind,
        service_date: line.service_date,
        amount_minor: -line.amount_minor,
        description: line.description.clone(),
        tax_rule_id: line.tax_rule_id,
        tax_terms: line.tax_terms(),
        reverses_id: Some(line.id),
        origin_id: None,
        price_id: line.price_id,
        routing_id: None,
        reason: Some(reason.to_owned()),
        ledger: line.ledger,
        extra: line.of_extra(),
        payment_id: None,
        method: None,
    };
    with_belongings(open, &[line.id].into()).iter().map(taken_back).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::folios::rules::{balance, open};
    use crate::testing::december;

    fn posted(lines: Vec<NewLine>) -> Vec<FolioEntry> {
        lines.into_iter().map(FolioEntry::from).collect()
    }

    fn dinner(is_included: bool) -> Vec<FolioEntry> {
        let tax = ChargeTax { id: Uuid::max(), name: "VAT 13 %".into(), rate_ppm: Some(130_000), is_included };
        let dinner = Charge {
            booking_id: None,
            stay_id: None,
            description: "Dinner",
            amount_minor: 1_000,
            service_date: december(1),
            taxes: &[tax],
            extra: None,
        };
        posted(charge(dinner, Uuid::nil()))
    }

    fn amounts(lines: &[FolioEntry]) -> Vec<(FolioKind, i64)> {
        lines.iter().map(|line| (line.kind, line.amount_minor)).collect()
    }

    #[test]
    fn a_tax_is_in_the_price_or_comes_to_it() {
        use FolioKind::{Extra, Tax};
        assert_eq!(amounts(&dinner(true)), [(Extra, 885), (Tax, 115)]);
        assert_eq!(amounts(&dinner(false)), [(Extra, 1_000), (Tax, 130)]);
    }

    #[test]
    fn an_allowance_takes_of_price_and_tax_and_a_correction_all_of_it() {
        use FolioKind::{Adjustment, Tax};
        let mut lines = dinner(true);
        let less = Allowance { amount_minor: 300, today: december(2), reason: "Cold" };
        let allowed = posted(allowance(&lines, &lines[0], less));
        assert_eq!(amounts(&allowed), [(Adjustment, -266), (Tax, -34)]);
        lines.extend(allowed);
        assert_eq!((balance(&lines), allowable(&lines, &lines[0])), (700, 700));

        let corrected = posted(correction(&lines[2..], &lines[2], "Not cold"));
        assert_eq!(amounts(&corrected), [(Adjustment, 266), (Tax, 34)], "of the allowance alone");
        let dinner = posted(correction(&lines, &lines[0], "Not theirs"));
        lines.extend(dinner);
        assert_eq!((balance(&lines), open(&lines)), (0, Vec::new()));
    }
}
