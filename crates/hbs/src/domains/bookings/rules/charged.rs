//! Nights of a stay as they were charged: their price and their taxes, as the lines of the folio tell them. Pure.
use super::selling::{SoldNight, SoldTax};
use crate::domains::folios::{FolioEntry, FolioKind, TaxTerms};
use crate::domains::inventory::Nights;
use crate::domains::rates::engine::{self, Due, Party, Tax, TaxLine};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A night as it was charged.
#[derive(Debug, Clone)]
pub struct Charged {
    pub sold: SoldNight,
    /// Id of the line by which it was sold: what was made before it has a lower one.
    line_id: Uuid,
    sold_at: DateTime<Utc>,
}

/// Dates of a stay before and after a change, which say where in it a night stands.
pub struct Places<'a> {
    pub before: Nights,
    pub after: Nights,
    pub party: Party<'a>,
}

/// Returns the nights that a stay was charged for, by date. `open` are its lines that have not been taken back, `lines` are all.
pub fn nights(open: &[FolioEntry], lines: &[FolioEntry]) -> BTreeMap<NaiveDate, Charged> {
    let mut nights: BTreeMap<NaiveDate, Charged> = BTreeMap::new();
    let of_nights = open.iter().filter(|line| matches!(line.kind, FolioKind::Room | FolioKind::Tax));
    for line in of_nights {
        let night = nights.entry(line.service_date).or_insert_with(|| Charged {
            sold: SoldNight { date: line.service_date, room_minor: 0, taxes: Vec::new() },
            line_id: line.id,
            sold_at: line.created_at,
        });
        if line.kind == FolioKind::Room {
            // What was taken back and restored was sold when it was charged first.
            let first = lines.iter().filter(|other| is_sale_of(line, other)).min_by_key(|other| other.id).unwrap_or(line);
            (night.line_id, night.sold_at) = (first.id, first.created_at);
        }
        match line.tax_rule_id {
            None => night.sold.room_minor += line.amount_minor,
            Some(tax_rule_id) => night.sold.taxes.push(SoldTax {
                tax_rule_id,
                name: line.description.clone(),
                amount_minor: line.amount_minor,
                terms: line.tax_terms(),
            }),
        }
    }
    for night in nights.values_mut() {
        night.sold.taxes.sort_by_key(|tax| tax.tax_rule_id);
    }
    nights
}

fn is_sale_of(line: &FolioEntry, other: &FolioEntry) -> bool {
    let what = |line: &FolioEntry| (line.kind, line.service_date, line.amount_minor);
    other.reverses_id.is_none() && what(other) == what(line)
}

impl Charged {
    pub fn date(&self) -> NaiveDate {
        self.sold.date
    }

    /// Returns the price as it would be entered: the room with the taxes that were in it.
    pub fn entered(&self) -> i64 {
        let included = self.sold.taxes.iter().filter(|tax| tax.is_included());
        self.sold.room_minor + included.map(|tax| tax.amount_minor).sum::<i64>()
    }

    /// The night at its place in the stay as it is to be. A tax that counts nights (the first so many, or once a stay) comes
    /// or goes where by its rule the night bears it at one place and not at the other; all else stays as it was charged.
    /// `rules` are all that there are and were, these with the time at which they ended; `kept` are the nights that stay, `all` are
    /// those that the stay had.
    pub fn at_its_place<'a>(
        &self,
        rules: impl Iterator<Item = (&'a Tax, Option<DateTime<Utc>>)>,
        places: &Places<'_>,
        kept: &BTreeMap<NaiveDate, Self>,
        all: &BTreeMap<NaiveDate, Self>,
    ) -> SoldNight {
        let (mut gone, mut come): (Vec<Uuid>, Vec<(Due, &str)>) = (Vec::new(), Vec::new());
        for (tax, ended_at) in rules {
            let is_there = self.sold.taxes.iter().any(|line| line.tax_rule_id == tax.id);
            match (tax.is_on(places.before, self.date()), tax.is_on(places.after, self.date())) {
                (true, false) if is_there => gone.push(tax.id),
                (false, true) if !is_there => {
                    let line = self.nearest(tax.id, kept).or_else(|| self.nearest(tax.id, all));
                    if self.was_sold_under(tax, ended_at, line.is_some()) {
                        let due = line.map_or_else(|| tax.due_from(places.party), |line| Some(Due::as_charged(&line.line())));
                        come.extend(due.map(|due| (due, line.map_or(tax.name.as_str(), |line| line.name.as_str()))));
                    }
                }
                _ => {}
            }
        }
        self.with(&gone, &come)
    }

    /// Returns the line of a tax on the night that is nearest.
    fn nearest<'n>(&self, tax_rule_id: Uuid, nights: &'n BTreeMap<NaiveDate, Self>) -> Option<&'n SoldTax> {
        let lines = nights.values().filter_map(|night| Some((night, night.tax(tax_rule_id)?)));
        lines.min_by_key(|(night, _)| (night.date() - self.date()).num_days().abs()).map(|(_, line)| line)
    }

    fn tax(&self, tax_rule_id: Uuid) -> Option<&SoldTax> {
        self.sold.taxes.iter().find(|line| line.tax_rule_id == tax_rule_id)
    }

    /// Returns `true` if a rule was there when the night was sold. One that ended at the same moment was, if the stay bears it.
    fn was_sold_under(&self, tax: &Tax, ended_at: Option<DateTime<Utc>>, is_borne: bool) -> bool {
        let was_over = |ended_at| ended_at < self.sold_at || (ended_at == self.sold_at && !is_borne);
        tax.id < self.line_id && !ended_at.is_some_and(was_over)
    }

    /// The night without some of its taxes and with others. What is in its price changes the rest of it, what is added does not.
    fn with(&self, gone: &[Uuid], come: &[(Due, &str)]) -> SoldNight {
        if gone.is_empty() && come.is_empty() {
            return self.sold.clone();
        }
        let (left, stay): (Vec<&SoldTax>, Vec<&SoldTax>) =
            self.sold.taxes.iter().partition(|line| gone.contains(&line.tax_rule_id));
        let changes_price = left.iter().any(|line| line.is_included()) || come.iter().any(|(due, _)| due.is_included);
        let mut night = SoldNight { taxes: stay.into_iter().cloned().collect(), ..self.sold.clone() };
        if changes_price {
            let kept: Vec<(Due, &str)> =
                night.taxes.iter().map(|line| (Due::as_charged(&line.line()), line.name.as_str())).collect();
            let mut due: Vec<(Due, String)> = kept.iter().chain(come).map(|(due, name)| (*due, (*name).to_owned())).collect();
            due.sort_by_key(|(due, _)| due.tax_rule_id);
            let (due, names): (Vec<Due>, Vec<String>) = due.into_iter().unzip();
            let (room_minor, lines) = engine::lines(self.entered(), &due);
            let taxes = lines.iter().zip(&names).map(|(line, name)| SoldTax::new(line, name)).collect();
            return SoldNight { room_minor, taxes, ..night };
        }
        night.taxes.extend(come.iter().map(|(due, name)| SoldTax::new(&due.line_on(self.sold.room_minor), name)));
        night.taxes.sort_by_key(|line| line.tax_rule_id);
        night
    }
}

impl SoldTax {
    fn is_included(&self) -> bool {
        self.terms.is_some_and(|terms| terms.is_included)
    }

    fn line(&self) -> TaxLine {
        let TaxTerms { is_included, rate_ppm } = self.terms.unwrap_or(TaxTerms { is_included: false, rate_ppm: None });
        TaxLine { tax_rule_id: self.tax_rule_id, amount_minor: self.amount_minor, is_included, rate_ppm }
    }
}
