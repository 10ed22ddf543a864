//! Parts that are taken back of a document: of each line no more than it has, at the rates that it had. The tax of a part is what
//! the tax of all parts so far comes to, less what was taken back before: so the parts come to the whole, to the cent.
use super::vat::share;
use crate::domains::invoices::model::{InvoiceLineId, Line, LineRow, TaxSum, VatCategory};
use crate::numbers::in_proportion;
use std::collections::HashMap;

/// A line of which something is credited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub line_id: InvoiceLineId,
    pub amount_minor: i64,
}

/// Reason why parts cannot be credited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Nothing,
    Unknown(InvoiceLineId),
    /// Less is left of the line, or of its rate.
    TooMuch {
        left_minor: i64,
    },
}

/// A document, and what was credited of it by now.
#[derive(Debug)]
pub struct Standing<'a> {
    pub lines: &'a [Line],
    pub credits: &'a [LineRow],
}

impl Standing<'_> {
    pub fn line(&self, id: InvoiceLineId) -> Option<&Line> {
        self.lines.iter().find(|line| line.id == id)
    }

    /// Returns what of a line is left.
    pub fn left(&self, line: &Line) -> i64 {
        let credited: i64 = self.credits.iter().filter(|row| row.credits_id == Some(line.id)).map(|row| row.total_minor).sum();
        line.total_minor - credited
    }

    /// Returns category and rate of a line of the document, or of a credit of one.
    pub fn rate(&self, id: InvoiceLineId) -> Option<(VatCategory, i32)> {
        let of_credit = || self.credits.iter().find(|row| row.id == id).map(|row| (row.category, row.rate_ppm));
        self.line(id).map(|line| (line.category, line.rate_ppm)).or_else(of_credit)
    }

    /// All that is left, line by line.
    pub fn rest(&self) -> Vec<Part> {
        let part = |line: &Line| Part { line_id: line.id, amount_minor: self.left(line) };
        self.lines.iter().map(part).filter(|part| part.amount_minor != 0).collect()
    }

    /// Total and tax of a rate, and what was credited of them.
    fn of_rate(&self, rate: (VatCategory, i32)) -> Rate {
        let lines = self.lines.iter().filter(|line| (line.category, line.rate_ppm) == rate);
        let credits = || self.credits.iter().filter(|row| (row.category, row.rate_ppm) == rate);
        let (total, tax) = lines.fold((0, 0), |(total, tax), line| (total + line.total_minor, tax + line.tax_minor));
        Rate {
            total,
            tax,
            credited: credits().map(|row| row.total_minor).sum(),
            credited_tax: credits().map(|row| row.tax_minor).sum(),
        }
    }
}

struct Rate {
    total: i64,
    tax: i64,
    credited: i64,
    credited_tax: i64,
}

/// The lines and the sums of a credit note.
#[derive(Debug, PartialEq, Eq)]
pub struct Credited {
    pub lines: Vec<Line>,
    pub taxes: Vec<TaxSum>,
}

/// Works out a credit note of parts of lines.
pub fn credit(standing: &Standing<'_>, parts: &[Part]) -> Result<Credited, Refusal> {
    let mut lines = untaxed(standing, parts)?;
    if lines.is_empty() {
        return Err(Refusal::Nothing);
    }
    let mut taxes = Vec::new();
    for ((category, rate_ppm), places) in by_rate(&lines) {
        let rate = standing.of_rate((category, rate_ppm));
        let amounts: Vec<i64> = places.iter().map(|n| lines[*n].total_minor).collect();
        let amount: i64 = amounts.iter().sum();
        if rate.credited + amount > rate.total.max(0) || rate.credited + amount < rate.total.min(0) {
            return Err(Refusal::TooMuch { left_minor: rate.total - rate.credited });
        }
        let tax_minor = share(rate.tax, rate.credited + amount, rate.total) - rate.credited_tax;
        for (place, tax) in places.iter().zip(in_proportion(&amounts, tax_minor)) {
            let line = &mut lines[*place];
            (line.tax_minor, line.net_minor) = (tax, line.total_minor - tax);
        }
        let exemption = places.iter().find_map(|n| lines[*n].exemption.clone());
        taxes.push(TaxSum { category, rate_ppm, exemption, net_minor: amount - tax_minor, tax_minor });
    }
    Ok(Credited { lines, taxes })
}

/// The lines of the note, whose taxes are not worked out yet.
fn untaxed(standing: &Standing<'_>, parts: &[Part]) -> Result<Vec<Line>, Refusal> {
    let mut lines: Vec<Line> = Vec::new();
    for Part { line_id, amount_minor } in parts.iter().copied().filter(|part| part.amount_minor != 0) {
        let line = standing.line(line_id).ok_or(Refusal::Unknown(line_id))?;
        let left_minor = standing.left(line);
        if amount_minor.abs() > left_minor.abs() || amount_minor.signum() != left_minor.signum() {
            return Err(Refusal::TooMuch { left_minor });
        }
        let credits_id = Some(line.id);
        lines.push(Line { id: InvoiceLineId::now_v7(), total_minor: amount_minor, credits_id, ..line.clone() });
    }
    Ok(lines)
}

/// Places of lines by their category and rate, in the order of the first of each.
fn by_rate(lines: &[Line]) -> Vec<((VatCategory, i32), Vec<usize>)> {
    let mut places: Vec<((VatCategory, i32), Vec<usize>)> = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        let rate = (line.category, line.rate_ppm);
        match places.iter_mut().find(|(known, _)| *known == rate) {
            Some((_, of_rate)) => of_rate.push(n),
            None => places.push((rate, vec![n])),
        }
    }
    places
}

/// The parts that bring a document in line with its folio: lines that were taken back as a whole, and what was allowed on others.
pub fn following(standing: &Standing<'_>, taken_back: &[InvoiceLineId], allowed: &HashMap<InvoiceLineId, i64>) -> Vec<Part> {
    let part = |line: &Line| {
        let left = standing.left(line);
        let amount_minor = if taken_back.contains(&line.id) { left } else { allowed.get(&line.id).map_or(0, |sum| -sum) };
        Part { line_id: line.id, amount_minor }
    };
    standing.lines.iter().map(part).filter(|part| part.amount_minor != 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::invoices::model::InvoiceId;
    use crate::testing::december;
    use chrono::DateTime;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn line(net_minor: i64, tax_minor: i64) -> Line {
        Line {
            id: InvoiceLineId::now_v7(),
            description: "Double".into(),
            date: december(1),
            quantity: 1,
            category: VatCategory::Standard,
            rate_ppm: 60_000,
            net_minor,
            tax_minor,
            total_minor: net_minor + tax_minor,
            exemption: None,
            credits_id: None,
        }
    }

    fn row(line: &Line) -> LineRow {
        LineRow::new(line, Uuid::nil(), InvoiceId::now_v7(), DateTime::UNIX_EPOCH)
    }

    #[test]
    fn no_more_is_credited_than_a_line_has() {
        let lines = [line(9_340, 560), line(4_717, 283)];
        let standing = Standing { lines: &lines, credits: &[] };
        let part = |n: usize, amount_minor| Part { line_id: lines[n].id, amount_minor };
        assert_eq!(credit(&standing, &[part(1, 5_001)]), Err(Refusal::TooMuch { left_minor: 5_000 }));
        assert_eq!(credit(&standing, &[part(1, -1)]), Err(Refusal::TooMuch { left_minor: 5_000 }));
        assert_eq!(credit(&standing, &[]), Err(Refusal::Nothing));
        let strange = InvoiceLineId::now_v7();
        let unknown = credit(&standing, &[Part { line_id: strange, amount_minor: 1 }]);
        assert_eq!(unknown, Err(Refusal::Unknown(strange)));
        let all = credit(&standing, &standing.rest()).expect("a credit note");
        let told: Vec<_> = all.lines.iter().map(|line| (line.total_minor, line.credits_id)).collect();
        assert_eq!(told, [(9_900, Some(lines[0].id)), (5_000, Some(lines[1].id))]);
        assert_eq!((all.taxes[0].net_minor, all.taxes[0].tax_minor), (14_057, 843));
    }

    proptest! {
        #[test]
        fn parts_come_to_the_whole_to_the_cent(
            totals in proptest::collection::vec(1..50_000_i64, 1..8),
            shares in proptest::collection::vec((0..8_usize, 1..100_i64), 1..30),
        ) {
            let lines: Vec<Line> = totals.iter().map(|total| {
                let net = super::super::vat::net(*total, 60_000);
                line(net, total - net)
            }).collect();
            let mut credits: Vec<LineRow> = Vec::new();
            for (n, percent) in shares {
                let standing = Standing { lines: &lines, credits: &credits };
                let line = &lines[n % lines.len()];
                let part = Part { line_id: line.id, amount_minor: standing.left(line) * percent / 100 };
                if let Ok(credited) = credit(&standing, &[part]) {
                    credits.extend(credited.lines.iter().map(row));
                }
                let tax: i64 = credits.iter().map(|row| row.tax_minor).sum();
                prop_assert!(tax <= lines.iter().map(|line| line.tax_minor).sum());
            }
            let standing = Standing { lines: &lines, credits: &credits };
            if let Ok(credited) = credit(&standing, &standing.rest()) {
                credits.extend(credited.lines.iter().map(row));
            }
            let sums = |amounts: &dyn Fn(&LineRow) -> i64| credits.iter().map(amounts).sum::<i64>();
            prop_assert_eq!(sums(&|row| row.total_minor), totals.iter().sum::<i64>());
            prop_assert_eq!(sums(&|row| row.tax_minor), lines.iter().map(|line| line.tax_minor).sum::<i64>());
            prop_assert_eq!(sums(&|row| row.net_minor), lines.iter().map(|line| line.net_minor).sum::<i64>());
        }
    }
}
