//! Stays that bear no taxes: the taxes that are taken back, and those that are never charged. Pure.
use super::charged::{self, Charged, Places};
use super::extras::SoldExtra;
use super::selling::{Sold, SoldTax};
use crate::domains::accounts::PayerExemption;
use crate::domains::bookings::model::{Stay, TaxExemption};
use crate::domains::extras::Offered;
use crate::domains::folios::{self, FolioEntry, FolioKind, NewFolioEntry};
use crate::domains::inventory::Nights;
use crate::domains::rates::DatedTax;
use crate::domains::rates::engine::Party;
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeMap;
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

    /// Leaves out of a price what is not borne.
    pub fn leave_out(&self, sold: &mut Sold) {
        for night in &mut sold.nights {
            let date = night.date;
            night.taxes.retain(|tax| !self.covers(date, Some(tax.tax_rule_id)));
            for extra in &mut night.included {
                extra.taxes.retain(|tax| !self.covers(date, Some(tax.tax_rule_id)));
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

    /// The taxes among a stay's open lines that are taken back: of dates from today on, on its price and its extras.
    pub fn taken_back(&self, open: &[FolioEntry], today: NaiveDate) -> Vec<FolioEntry> {
        let is_borne = |line: &&FolioEntry| {
            line.kind == FolioKind::Tax
                && line.stay_id == Some(self.stay_id)
                && (line.is_of_price() || line.stay_extra_id.is_some())
                && line.service_date >= today
                && self.covers(line.service_date, line.tax_rule_id)
        };
        open.iter().filter(is_borne).cloned().collect()
    }

    /// Leaves out taxes that are to be charged and are not borne.
    pub fn without(&self, mut lines: Vec<NewFolioEntry>) -> Vec<NewFolioEntry> {
        lines.retain(|line| {
            let is_charged_tax = line.kind == FolioKind::Tax && line.reverses_id.is_none();
            !is_charged_tax || !self.covers(line.service_date, line.tax_rule_id)
        });
        lines
    }
}

/// Leaves out taxes that a stay does not bear, if it is exempt from any.
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
        let places = Places { before: self.stay.nights(), after: self.stay.nights(), party };
        let of_night = |night: &Charged| {
            let rules = self.taxes.iter().filter(|rule| self.is_meant(night.date(), rule.tax.id));
            let missing = night.missing(rules, &places, &nights, &lines);
            let room = open.iter().find(|line| line.kind == FolioKind::Room && line.service_date == night.date());
            let on_room = |tax: SoldTax| Some(tax.charge(&anew(room?, None)));
            missing.into_iter().filter_map(on_room).collect::<Vec<_>>()
        };
        nights.values().flat_map(of_night).collect()
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
