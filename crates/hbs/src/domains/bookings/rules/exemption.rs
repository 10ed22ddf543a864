//! Stays that bear no taxes: the taxes that are taken back, and those that are never charged. Pure.
//!
//! The net price stays as it was sold, so a hotel gets for an exempt stay what it gets for any other. Value added tax is on what
//! is charged: a levy that is part of what bears it takes its share of that tax along when it goes, and brings it when it comes
//! back.
use super::charged::{self, Charged, Places};
use super::extras::SoldExtra;
use super::selling::{Sold, SoldNight, SoldTax};
use crate::domains::accounts::PayerExemption;
use crate::domains::bookings::model::{Stay, TaxExemption};
use crate::domains::extras::Offered;
use crate::domains::folios::{self, FolioEntry, FolioKind, NewFolioEntry};
use crate::domains::inventory::Nights;
use crate::domains::rates::DatedTax;
use crate::domains::rates::engine::{Party, Standing, Tax};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use uuid::Uuid;

impl TaxExemption {
    /// Makes what stays get that are sold to a payer with an exemption. Each gets it under its own id.
    pub fn of_payer(property_id: Uuid, exemption: PayerExemption, now: DateTime<Utc>) -> Self {
        let PayerExemption { from, until, tax_rule_ids, reason, reference } = exemption;
        Self {
            property_id,
            stay_id: Uuid::nil(),
            from_date: from,
            tax_rule_ids: tax_rule_ids.map(|ids| ids.into_iter().map(Some).collect()),
            reason,
            reference,
            created_at: now,
            updated_at: now,
            until_date: until,
            withdrawal_reason: None,
        }
    }

    /// Returns `true` if it is about any of some nights.
    pub fn concerns(&self, nights: Nights) -> bool {
        self.from_date < nights.to && self.until_date.is_none_or(|until| until > nights.from)
    }

    /// Leaves out of a price what is not borne, with the value added tax on it. `rules` are the taxes on nights.
    pub fn leave_out(&self, sold: &mut Sold, rules: &[Tax]) {
        for night in &mut sold.nights {
            let date = night.date;
            self.leave_out_of_room(night, rules);
            for extra in &mut night.included {
                extra.taxes.retain(|tax| !self.covers(date, Some(tax.tax_rule_id)));
            }
        }
    }

    /// Leaves out of the price of a room for a night what is not borne. Without a levy that bears value added tax, that is less.
    fn leave_out_of_room(&self, night: &mut SoldNight, rules: &[Tax]) {
        let stands =
            |tax: &SoldTax, standing: Standing| rules.iter().any(|rule| rule.id == tax.tax_rule_id && rule.standing == standing);
        let date = night.date;
        let is_gone = |tax: &SoldTax| self.covers(date, Some(tax.tax_rule_id));
        let loses_levy = night.taxes.iter().any(|tax| is_gone(tax) && stands(tax, Standing::InBase));
        night.taxes.retain(|tax| !is_gone(tax));
        if loses_levy {
            let levies = night.taxes.iter().filter(|tax| stands(tax, Standing::InBase));
            let base_minor = night.net_minor() + levies.map(|tax| tax.amount_minor).sum::<i64>();
            for tax in night.taxes.iter_mut().filter(|tax| stands(tax, Standing::Vat)) {
                *tax = tax.on(base_minor);
            }
        }
    }

    /// Leaves out of the price of an extra what is not borne.
    pub fn leave_out_of_extra(&self, extra: &mut SoldExtra) {
        for served in &mut extra.services {
            let date = served.date;
            served.taxes.retain(|tax| !self.covers(date, Some(tax.tax_rule_id)));
        }
    }

    /// Returns `true` if a tax of a date is not borne.
    pub fn covers(&self, date: NaiveDate, tax_rule_id: Option<Uuid>) -> bool {
        let is_meant = self.tax_rule_ids.as_ref().is_none_or(|rules| rules.contains(&tax_rule_id));
        date >= self.from_date && self.until_date.is_none_or(|until| date < until) && is_meant
    }

    /// Returns `true` if it was withdrawn, and nothing of it is to come.
    pub fn is_over(&self, today: NaiveDate) -> bool {
        self.until_date.is_some_and(|until| until <= today.max(self.from_date))
    }

    /// The lines by which the stay is relieved of taxes of dates from today on, on its price and its extras. `open` are the lines
    /// of the booking that have not been taken back, `rules` all taxes on nights that there are and were.
    pub fn relief(&self, open: &[FolioEntry], rules: &[DatedTax], today: NaiveDate) -> Vec<NewFolioEntry> {
        let taken = self.taken_back(open, today);
        let gone: HashSet<Uuid> = taken.iter().map(|line| line.id).collect();
        let is_levy = |line: &&FolioEntry| is_of_room(line) && standing(line.tax_rule_id, rules) == Standing::InBase;
        let nights: BTreeSet<NaiveDate> = taken.iter().filter(is_levy).map(|line| line.service_date).collect();
        let vat_of = |night: NaiveDate| {
            let is_left = |line: &&FolioEntry| {
                (line.stay_id, line.service_date) == (Some(self.stay_id), night) && is_of_room(line) && !gone.contains(&line.id)
            };
            let left: Vec<&FolioEntry> = open.iter().filter(is_left).collect();
            vat_anew(&left, base(&left, rules), rules, |_| None)
        };
        taken.iter().map(folios::reversal).chain(nights.into_iter().flat_map(vat_of)).collect()
    }

    /// The taxes among a stay's open lines that are taken back.
    fn taken_back(&self, open: &[FolioEntry], today: NaiveDate) -> Vec<FolioEntry> {
        let is_borne = |line: &&FolioEntry| {
            line.kind == FolioKind::Tax
                && line.stay_id == Some(self.stay_id)
                && (line.is_of_price() || line.stay_extra_id.is_some())
                && line.service_date >= today
                && self.covers(line.service_date, line.tax_rule_id)
        };
        open.iter().filter(is_borne).cloned().collect()
    }

    /// Leaves out taxes on nights that are to be charged and are not borne, with the value added tax on them. `rules` are all
    /// that there are and were.
    pub fn nights_without(&self, lines: Vec<NewFolioEntry>, rules: &[DatedTax]) -> Vec<NewFolioEntry> {
        let is_of_room = |line: &NewFolioEntry| line.extra.is_none() && line.reverses_id.is_none();
        let is_in_base = |line: &NewFolioEntry| standing(line.tax_rule_id, rules) == Standing::InBase;
        let is_levy = |line: &&NewFolioEntry| is_of_room(line) && is_in_base(line) && self.leaves_out(line);
        let nights: BTreeSet<NaiveDate> = lines.iter().filter(is_levy).map(|line| line.service_date).collect();
        let mut lines = self.without(lines);
        for night in nights {
            let is_of_night = |line: &NewFolioEntry| is_of_room(line) && line.service_date == night;
            let bears = |line: &&NewFolioEntry| is_of_night(line) && (line.kind != FolioKind::Tax || is_in_base(line));
            let base_minor: i64 = lines.iter().filter(bears).map(|line| line.amount_minor).sum();
            for line in &mut lines {
                let is_vat = line.kind == FolioKind::Tax && standing(line.tax_rule_id, rules) == Standing::Vat;
                if let Some(tax_rule_id) = line.tax_rule_id.filter(|_| is_vat && is_of_night(line)) {
                    let NewFolioEntry { description, amount_minor, tax_terms, .. } = line.clone();
                    let tax = SoldTax { tax_rule_id, name: description, amount_minor, terms: tax_terms };
                    line.amount_minor = tax.on(base_minor).amount_minor;
                }
            }
        }
        lines
    }

    /// Leaves out taxes that are to be charged and are not borne.
    fn without(&self, mut lines: Vec<NewFolioEntry>) -> Vec<NewFolioEntry> {
        lines.retain(|line| !self.leaves_out(line));
        lines
    }

    fn leaves_out(&self, line: &NewFolioEntry) -> bool {
        let is_charged_tax = line.kind == FolioKind::Tax && line.reverses_id.is_none();
        is_charged_tax && self.covers(line.service_date, line.tax_rule_id)
    }
}

fn standing(tax_rule_id: Option<Uuid>, rules: &[DatedTax]) -> Standing {
    tax_rule_id.map(|id| DatedTax::standing(rules, id)).unwrap_or_default()
}

/// Returns `true` for the price of a night's room, what is taken off it, and the taxes on it.
fn is_of_room(line: &FolioEntry) -> bool {
    matches!(line.kind, FolioKind::Room | FolioKind::Discount | FolioKind::Tax) && line.is_of_price() && !line.extra_in_price
}

/// Returns what bears value added tax of the open lines of a night's room: its net price, and levies that are part of that.
fn base(night: &[&FolioEntry], rules: &[DatedTax]) -> i64 {
    let bears = |line: &&&FolioEntry| line.kind != FolioKind::Tax || standing(line.tax_rule_id, rules) == Standing::InBase;
    night.iter().filter(bears).map(|line| line.amount_minor).sum()
}

/// The lines by which the value added tax among the open lines of a night's room is charged on something else: as it was on that,
/// where that is known.
fn vat_anew(
    night: &[&FolioEntry],
    base_minor: i64,
    rules: &[DatedTax],
    as_it_was: impl Fn(Uuid) -> Option<SoldTax>,
) -> Vec<NewFolioEntry> {
    // A tax that several pay has a line of each.
    let mut taxes: BTreeMap<Uuid, Vec<&FolioEntry>> = BTreeMap::new();
    for line in night.iter().copied().filter(|line| line.kind == FolioKind::Tax) {
        if let Some(id) = line.tax_rule_id.filter(|id| DatedTax::standing(rules, *id) == Standing::Vat) {
            taxes.entry(id).or_default().push(line);
        }
    }
    let exchanged = |(id, parts): (Uuid, Vec<&FolioEntry>)| {
        let first: &FolioEntry = parts.first()?;
        let due = as_it_was(id).or_else(|| Some(charged::sold_tax(first)?.on(base_minor)))?;
        let is_other = due.amount_minor != parts.iter().map(|line| line.amount_minor).sum::<i64>();
        let charge = due.charge(&anew(first, None));
        is_other.then(|| parts.into_iter().map(folios::reversal).chain([charge]).collect::<Vec<_>>())
    };
    taxes.into_iter().filter_map(exchanged).flatten().collect()
}

/// Leaves out taxes on extras that a stay does not bear, if it is exempt from any.
pub fn without_exempt(exemption: Option<&TaxExemption>, lines: Vec<NewFolioEntry>) -> Vec<NewFolioEntry> {
    match exemption {
        Some(exemption) => exemption.without(lines),
        None => lines,
    }
}

/// A stay that bears its taxes again from a date on.
pub struct BorneAgain<'a> {
    /// The exemption, as it is before it is withdrawn.
    pub exemption: &'a TaxExemption,
    pub from: NaiveDate,
    pub stay: &'a Stay,
    /// Taxes on nights that the hotel has and had.
    pub taxes: &'a [DatedTax],
    /// The extras that the stay has, as they are sold by now.
    pub offered: &'a [Offered],
    /// All lines of the booking.
    pub folio: &'a [FolioEntry],
}

impl BorneAgain<'_> {
    /// The taxes that are charged, on its nights and on its extras. Those that were taken back come back as they were.
    pub fn lines(&self) -> Vec<NewFolioEntry> {
        let open = folios::open(self.folio);
        let mut lines = self.on_nights();
        lines.extend(self.on_extras(&open));
        lines
    }

    fn is_meant(&self, date: NaiveDate, tax_rule_id: Uuid) -> bool {
        date >= self.from && self.exemption.covers(date, Some(tax_rule_id))
    }

    fn on_nights(&self) -> Vec<NewFolioEntry> {
        let lines = folios::of_stay(self.folio, self.stay.id);
        let open = folios::open(&lines);
        let nights = charged::nights(&open, &lines, self.stay.priced_at);
        let children_ages: Vec<i32> = self.stay.children_ages.iter().flatten().copied().collect();
        let party = Party { adults: self.stay.adults, children_ages: &children_ages };
        let places = Places { before: self.stay.nights(), after: self.stay.nights(), party, exemption: None };
        let of_night = |night: &Charged| {
            // Day use never bore those that are counted by person and night.
            let is_borne = |rule: &DatedTax| !(self.stay.is_day_use && rule.tax.counts_persons());
            let is_meant = |rule: &DatedTax| is_borne(rule) && self.is_meant(night.date(), rule.tax.id);
            let missing = night.missing(self.taxes, is_meant, &places, &nights, &lines);
            let on_night: Vec<&FolioEntry> =
                open.iter().filter(|line| line.service_date == night.date() && is_of_room(line)).collect();
            let mut come = self.vat_again(night, &on_night, &missing, &lines);
            let room = on_night.iter().copied().find(|line| line.kind == FolioKind::Room);
            let on_room = |tax: SoldTax| Some(tax.charge(&anew(room?, None)));
            come.extend(missing.into_iter().filter_map(on_room));
            come
        };
        nights.values().flat_map(of_night).collect()
    }

    /// The value added tax of a night to which levies come back that are part of what bears it: as it was with them, or on them
    /// as well.
    fn vat_again(
        &self,
        night: &Charged,
        on_night: &[&FolioEntry],
        missing: &[SoldTax],
        lines: &[FolioEntry],
    ) -> Vec<NewFolioEntry> {
        let is_levy = |tax: &&SoldTax| DatedTax::standing(self.taxes, tax.tax_rule_id) == Standing::InBase;
        let levies: Vec<&SoldTax> = missing.iter().filter(is_levy).collect();
        if levies.is_empty() {
            return Vec::new();
        }
        let ids: Vec<Uuid> = levies.iter().map(|levy| levy.tax_rule_id).collect();
        let levies_minor: i64 = levies.iter().map(|levy| levy.amount_minor).sum();
        let base_minor = base(on_night, self.taxes) + levies_minor;
        vat_anew(on_night, base_minor, self.taxes, |id| night.as_it_was_with(id, &ids, lines))
    }

    fn on_extras(&self, open: &[FolioEntry]) -> Vec<NewFolioEntry> {
        let is_price = |line: &&FolioEntry| {
            line.kind == FolioKind::Extra
                && line.stay_id == Some(self.stay.id)
                && (line.extra_in_price || line.stay_extra_id.is_some())
                && line.service_date >= self.from
        };
        // Parts of one price that several pay have one root, and one tax.
        let mut prices: BTreeMap<Uuid, (&FolioEntry, i64)> = BTreeMap::new();
        for line in open.iter().filter(is_price) {
            prices.entry(line.root()).or_insert((line, 0)).1 += line.amount_minor;
        }
        prices.into_values().flat_map(|(price, net_minor)| self.on_extra(open, price, net_minor)).collect()
    }

    fn on_extra(&self, open: &[FolioEntry], price: &FolioEntry, net_minor: i64) -> Vec<NewFolioEntry> {
        let is_on_it = |line: &FolioEntry| line.kind == FolioKind::Tax && line.price_id == Some(price.root());
        let is_borne = |id: Uuid| open.iter().any(|line| is_on_it(line) && line.tax_rule_id == Some(id));
        let mut taxes: BTreeMap<Uuid, SoldTax> = BTreeMap::new();
        for tax in self.offered.iter().filter(|offered| Some(offered.extra.id) == price.extra_id).flat_map(|one| &one.taxes) {
            taxes.insert(tax.id, SoldTax::new(&tax.due().line_on(net_minor), &tax.name));
        }
        for id in self.folio.iter().filter(|line| is_on_it(line)).filter_map(|line| line.tax_rule_id) {
            let last = charged::last_taken_back(self.folio, |line| is_on_it(line) && line.tax_rule_id == Some(id));
            taxes.extend(last.map(|(_, tax)| (id, tax)));
        }
        taxes.retain(|id, _| self.is_meant(price.service_date, *id) && !is_borne(*id));
        taxes.into_values().map(|tax| tax.charge(&anew(price, Some(price.root())))).collect()
    }
}

/// A price as if it were charged anew, for the taxes on it.
fn anew(price: &FolioEntry, price_id: Option<Uuid>) -> NewFolioEntry {
    NewFolioEntry { reverses_id: None, price_id, ..folios::reversal(price) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::folios::TaxTerms;
    use crate::domains::rates::engine::{self, Due, Tax, TaxKind, TaxLine, Validity};
    use crate::testing::december;
    use chrono::DateTime;
    use proptest::prelude::*;

    const VAT: Uuid = Uuid::from_u128(1);
    const CITY: Uuid = Uuid::from_u128(2);
    const BEACH: Uuid = Uuid::from_u128(3);
    const APART: Uuid = Uuid::from_u128(4);

    fn rules() -> Vec<DatedTax> {
        let rule = |(id, standing)| {
            let tax = Tax {
                id,
                name: "Tax".into(),
                kind: TaxKind::PerNight(0),
                is_included: false,
                skip_nights: 0,
                max_nights: None,
                valid: Validity::default(),
                standing,
            };
            DatedTax { tax, made_at: DateTime::UNIX_EPOCH, ended_at: None }
        };
        let standings = [(VAT, Standing::Vat), (CITY, Standing::InBase), (BEACH, Standing::InBase), (APART, Standing::Apart)];
        standings.map(rule).into()
    }

    fn exempt_from(tax_rule_ids: Option<&[Uuid]>) -> TaxExemption {
        TaxExemption {
            property_id: Uuid::nil(),
            stay_id: Uuid::nil(),
            from_date: december(1),
            tax_rule_ids: tax_rule_ids.map(|ids| ids.iter().copied().map(Some).collect()),
            reason: "Diplomat".into(),
            reference: "MNE-1".into(),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            until_date: None,
            withdrawal_reason: None,
        }
    }

    fn room(net_minor: i64) -> FolioEntry {
        FolioEntry::example(FolioKind::Room, december(10), net_minor)
    }

    /// A line of a tax: added to the price, unless that holds it.
    fn tax(id: Uuid, amount_minor: i64, rate_ppm: Option<i32>, is_included: bool) -> FolioEntry {
        FolioEntry {
            tax_rule_id: Some(id),
            tax_included: Some(is_included),
            tax_rate_ppm: rate_ppm,
            ..FolioEntry::example(FolioKind::Tax, december(10), amount_minor)
        }
    }

    fn amounts(lines: &[NewFolioEntry]) -> Vec<i64> {
        let mut amounts: Vec<i64> = lines.iter().map(|line| line.amount_minor).collect();
        amounts.sort_unstable();
        amounts
    }

    /// The amounts of the lines that relieve a stay of taxes.
    fn relieved(tax_rule_ids: Option<&[Uuid]>, open: &[FolioEntry]) -> Vec<i64> {
        amounts(&exempt_from(tax_rule_ids).relief(open, &rules(), december(1)))
    }

    #[test]
    fn a_levy_takes_the_tax_on_it_along() {
        let vat = |amount, is_included| tax(VAT, amount, Some(60_000), is_included);
        let levy = |id, amount| tax(id, amount, None, false);
        // 6 % of 100.00 and of 4.00, then of 100.00 alone.
        let net = [room(10_000), vat(624, false), levy(CITY, 400)];
        assert_eq!(relieved(Some(&[CITY]), &net), [-624, -400, 600]);
        // 104.00 / 1.06 = 98.11; without the levy 6 % of 94.11 are 5.65.
        let gross = [room(9_411), vat(589, true), levy(CITY, 400)];
        assert_eq!(relieved(Some(&[CITY]), &gross), [-589, -400, 565]);
        // A levy that is borne still bears the tax: 6 % of 101.00.
        let two = [room(10_000), vat(630, false), levy(CITY, 400), levy(BEACH, 100)];
        assert_eq!(relieved(Some(&[CITY]), &two), [-630, -400, 606]);
        // What an offer takes off is not charged: 6 % of 90.00.
        let off = FolioEntry::example(FolioKind::Discount, december(10), -1_000);
        let cheaper = [room(10_000), off, vat(564, false), levy(CITY, 400)];
        assert_eq!(relieved(Some(&[CITY]), &cheaper), [-564, -400, 540]);
        // What two pay is one tax.
        let split = [room(10_000), vat(312, false), vat(312, false), levy(CITY, 400)];
        assert_eq!(relieved(Some(&[CITY]), &split), [-400, -312, -312, 600]);
        // Nothing else has to do with the levy: a tax that does not bear it, and one from which the stay is exempt, too.
        let apart = [room(10_000), vat(600, false), levy(APART, 400)];
        assert_eq!(relieved(Some(&[APART]), &apart), [-400]);
        assert_eq!(relieved(None, &net), [-624, -400]);
        assert_eq!(relieved(Some(&[VAT]), &net), [-624]);
    }

    #[test]
    fn dates_that_are_over_stay_as_they_are() {
        let open = [room(10_000), tax(VAT, 624, Some(60_000), false), tax(CITY, 400, None, false)];
        assert!(exempt_from(None).relief(&open, &rules(), december(11)).is_empty());
    }

    proptest! {
        /// A night that is charged without a levy costs what one does that is relieved of it: the net price, and the tax on that.
        #[test]
        fn what_is_never_charged_is_what_is_taken_back(
            price in 0..100_000_i64, levy in 1..2_000_i64, rate in 1..30_i32, is_vat_in_price: bool, is_levy_in_price: bool,
        ) {
            let due = |id, amount_minor, rate_ppm, is_included, standing| {
                Due::as_charged(&TaxLine { tax_rule_id: id, amount_minor, is_included, rate_ppm }).of_standing(standing)
            };
            let rate_ppm = rate * 10_000;
            let taxes = [
                due(VAT, 0, Some(rate_ppm), is_vat_in_price, Standing::Vat),
                due(CITY, levy, None, is_levy_in_price, Standing::InBase),
            ];
            let (net_minor, lines) = engine::lines(price, &taxes);
            let open: Vec<FolioEntry> = std::iter::once(room(net_minor))
                .chain(lines.iter().map(|line| tax(line.tax_rule_id, line.amount_minor, line.rate_ppm, line.is_included)))
                .collect();
            let charge = |line: &FolioEntry| NewFolioEntry { amount_minor: line.amount_minor, ..anew(line, None) };
            let charges: Vec<NewFolioEntry> = open.iter().map(charge).collect();
            let exemption = exempt_from(Some(&[CITY]));
            let charged = exemption.nights_without(charges, &rules());
            let relief = exemption.relief(&open, &rules(), december(1));
            let sum = |lines: &[NewFolioEntry]| lines.iter().map(|line| line.amount_minor).sum::<i64>();
            let before: i64 = open.iter().map(|line| line.amount_minor).sum();
            prop_assert_eq!(sum(&charged), before + sum(&relief));
            let vat = charged.iter().find(|line| line.tax_rule_id == Some(VAT)).map(|line| line.amount_minor);
            // Rounded half away from zero.
            let expected = (i128::from(net_minor) * i128::from(rate_ppm) + 500_000) / 1_000_000;
            prop_assert_eq!(vat.map(i128::from), Some(expected));
            prop_assert!(charged.iter().all(|line| line.tax_rule_id != Some(CITY)));
            let terms = TaxTerms { is_included: is_vat_in_price, rate_ppm: Some(rate_ppm) };
            prop_assert!(charged.iter().any(|line| line.tax_terms == Some(terms)));
        }
    }
}
