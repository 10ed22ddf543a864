//! Nights of a stay as they were charged: their price and their taxes, as the lines of the folio tell them. Pure.
use super::selling::{SoldDiscount, SoldIncluded, SoldNight, SoldTax};
use crate::domains::bookings::model::TaxExemption;
use crate::domains::folios::{FolioEntry, FolioKind, OfExtra, TaxTerms};
use crate::domains::inventory::Nights;
use crate::domains::rates::DatedTax;
use crate::domains::rates::engine::{self, Due, Party, Standing, Tax, TaxLine};
use crate::numbers::in_proportion;
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A night as it was charged.
#[derive(Debug, Clone)]
pub struct Charged {
    pub sold: SoldNight,
    sale: Sale,
}

/// Sale of a night: since when it costs what it costs.
#[derive(Debug, Clone, Copy)]
enum Sale {
    /// In a posting of its own. What was made before it has a lower id than its first line.
    Posted { line_id: Uuid, posting_id: Uuid, at: DateTime<Utc> },
    /// With all nights of the stay, which were priced anew: those that came to cost something else, and those that did not.
    Priced { at: DateTime<Utc> },
}

impl Sale {
    /// Finds the sale of a night among all lines of its stay. What was taken back and restored, which its lines tell, and what
    /// only bears other taxes or offers since, was sold before; what was given up and sold again was not, whatever it costs.
    fn of(night: NaiveDate, lines: &[FolioEntry]) -> Option<Self> {
        let mut lines: Vec<&FolioEntry> = lines.iter().filter(|line| line.service_date == night).collect();
        lines.sort_by_key(|line| line.id);
        let (mut open, mut sale): (Vec<&FolioEntry>, Option<Self>) = (Vec::new(), None);
        // What it cost when it was there last; none while it is given up.
        let mut was: Option<i64> = None;
        for posted in lines.chunk_by(|one, other| one.posting_id == other.posting_id) {
            open.retain(|line| posted.iter().all(|other| other.reverses_id != Some(line.id)));
            open.extend(posted.iter().filter(|line| line.reverses_id.is_none()));
            let is_there = open.iter().any(|line| is_room(line));
            let now = is_there.then(|| entered(&open));
            if is_there && (sale.is_none() || !is_sold_before(posted, was, now)) {
                sale = Some(Self::posted(posted[0]));
            }
            was = now;
        }
        sale
    }

    fn posted(first: &FolioEntry) -> Self {
        Self::Posted { line_id: first.id, posting_id: first.posting_id, at: first.created_at }
    }

    /// The sale of a night of a stay whose nights were all priced anew at a time.
    fn priced(self, priced_at: Option<DateTime<Utc>>) -> Self {
        match (self, priced_at) {
            (Self::Posted { at, .. }, Some(priced_at)) if at <= priced_at => Self::Priced { at: priced_at },
            _ => self,
        }
    }

    /// Returns `true` for nights that were sold together.
    fn is_same(self, other: Self) -> bool {
        match (self, other) {
            (Self::Posted { posting_id, .. }, Self::Posted { posting_id: other, .. }) => posting_id == other,
            (Self::Priced { .. }, Self::Priced { .. }) => true,
            _ => false,
        }
    }
}

/// The price of a night as entered, with the extras that are in it.
fn entered(lines: &[&FolioEntry]) -> i64 {
    lines.iter().filter(|line| is_in_price(line)).map(|line| line.amount_minor).sum()
}

/// Returns `true` if a posting that leaves a night at a price, `now` as entered, sells it not anew. `was` is its price before;
/// none if it had been given up: then lines that name those that they restore bring it back, and others sell it again.
fn is_sold_before(posted: &[&FolioEntry], was: Option<i64>, now: Option<i64>) -> bool {
    let mut rooms = posted.iter().filter(|line| is_room(line));
    match was {
        None => rooms.any(|line| line.restores_id.is_some()),
        // Taxes come and go by exemptions, and offers by their conditions, and leave the room at its price.
        Some(_) => was == now || rooms.next().is_none(),
    }
}

fn is_room(line: &FolioEntry) -> bool {
    line.kind == FolioKind::Room
}

fn is_in_price(line: &FolioEntry) -> bool {
    matches!(line.kind, FolioKind::Room | FolioKind::Discount | FolioKind::Extra) || line.tax_included == Some(true)
}

/// Dates of a stay before and after a change, which say where in it a night stands.
pub struct Places<'a> {
    pub before: Nights,
    pub after: Nights,
    pub party: Party<'a>,
    /// Exemption of the stay: no tax comes to a night that does not bear it.
    pub exemption: Option<&'a TaxExemption>,
}

impl Places<'_> {
    fn is_exempt(&self, date: NaiveDate, tax_rule_id: Uuid) -> bool {
        self.exemption.is_some_and(|exemption| exemption.covers(date, Some(tax_rule_id)))
    }
}

/// Returns the nights that a stay was charged for, by date. `open` are its lines that have not been taken back, `lines` are all;
/// `priced_at` is when all of its nights were last priced together.
pub fn nights(open: &[FolioEntry], lines: &[FolioEntry], priced_at: Option<DateTime<Utc>>) -> BTreeMap<NaiveDate, Charged> {
    let mut nights: BTreeMap<NaiveDate, SoldNight> = BTreeMap::new();
    let is_priced = |kind| matches!(kind, FolioKind::Room | FolioKind::Discount | FolioKind::Tax | FolioKind::Extra);
    for line in open.iter().filter(|line| is_priced(line.kind)) {
        let date = line.service_date;
        let night = nights.entry(date).or_insert_with(|| SoldNight {
            date,
            room_minor: 0,
            discounts: Vec::new(),
            taxes: Vec::new(),
            included: Vec::new(),
        });
        if line.kind == FolioKind::Discount {
            take_off(&mut night.discounts, line);
            continue;
        }
        // A night that several pay has a line of each.
        let (net_minor, taxes) = match line.of_extra() {
            Some(of) => part_of(&mut night.included, &of, line),
            None => (&mut night.room_minor, &mut night.taxes),
        };
        match sold_tax(line) {
            Some(tax) => match taxes.iter_mut().find(|there| is_same_tax(there, &tax)) {
                Some(there) => there.amount_minor += tax.amount_minor,
                None => taxes.push(tax),
            },
            None => *net_minor += line.amount_minor,
        }
    }
    let charged = |(date, mut night): (NaiveDate, SoldNight)| {
        night.taxes.sort_by_key(|tax| tax.tax_rule_id);
        for extra in &mut night.included {
            extra.taxes.sort_by_key(|tax| tax.tax_rule_id);
        }
        Some((date, Charged { sale: Sale::of(date, lines)?.priced(priced_at), sold: night }))
    };
    nights.into_iter().filter_map(charged).collect()
}

/// Adds what an offer takes off a night. A night that several pay has a line of each.
fn take_off(discounts: &mut Vec<SoldDiscount>, line: &FolioEntry) {
    match discounts.iter_mut().find(|there| there.name == line.description) {
        Some(there) => there.net_minor -= line.amount_minor,
        // Which offer it is, and what it is as entered, the stay remembers.
        None => discounts.push(SoldDiscount {
            offer_id: Uuid::nil(),
            name: line.description.clone(),
            entered_minor: 0,
            net_minor: -line.amount_minor,
        }),
    }
}

/// The part of a night's price that is for an extra: its price without taxes, and these.
fn part_of<'a>(included: &'a mut Vec<SoldIncluded>, of: &OfExtra, line: &FolioEntry) -> (&'a mut i64, &'a mut Vec<SoldTax>) {
    let place = included.iter().position(|extra| extra.extra_id == of.extra_id).unwrap_or_else(|| {
        let OfExtra { extra_id, units, .. } = *of;
        included.push(SoldIncluded { extra_id, name: String::new(), units, net_minor: 0, taxes: Vec::new() });
        included.len() - 1
    });
    let extra = &mut included[place];
    if line.kind == FolioKind::Extra {
        extra.name.clone_from(&line.description);
    }
    (&mut extra.net_minor, &mut extra.taxes)
}

fn is_same_tax(one: &SoldTax, other: &SoldTax) -> bool {
    (one.tax_rule_id, one.terms) == (other.tax_rule_id, other.terms)
}

/// The tax of a line, if it is one.
pub fn sold_tax(line: &FolioEntry) -> Option<SoldTax> {
    let FolioEntry { tax_rule_id, description, amount_minor, .. } = line;
    Some(SoldTax {
        tax_rule_id: (*tax_rule_id)?,
        name: description.clone(),
        amount_minor: *amount_minor,
        terms: line.tax_terms(),
    })
}

impl Charged {
    pub fn date(&self) -> NaiveDate {
        self.sold.date
    }

    /// Returns the price as it would be entered: the room and the extras that were in it, with the taxes that were in them.
    pub fn entered(&self) -> i64 {
        self.entered_for_room() + self.entered_for_extras()
    }

    fn entered_for_extras(&self) -> i64 {
        self.sold.included.iter().map(entered_for).sum()
    }

    fn entered_for_room(&self) -> i64 {
        self.sold.net_minor() + in_price(&self.sold.taxes)
    }

    /// The night with other amounts taken off: `off_before` is what was taken off as entered, `off` what each offer takes off now, with
    /// its name. Its taxes are at the rates at which they were charged: `rules` are all that there are and were. The extras in its
    /// price bear what the room is not enough for.
    #[must_use]
    pub fn reduced(&self, rules: &[DatedTax], off_before: i64, off: &[(Uuid, String, i64)]) -> Self {
        let (due, names): (Vec<Due>, Vec<String>) = self.sold.taxes.iter().map(|tax| (tax.due(rules), tax.name.clone())).unzip();
        let extras = self.entered_for_extras();
        let for_room = |entered: i64| (entered - extras).max(0);
        let net = |entered: i64| engine::lines(for_room(entered), &due).0;
        let mut entered = self.entered() + off_before;
        let room_minor = net(entered);
        let (mut before, mut discounts) = (room_minor, Vec::new());
        for (offer_id, name, off) in off {
            let off = (*off).clamp(0, entered.max(0));
            if off > 0 {
                entered -= off;
                let after = net(entered);
                let (offer_id, name) = (*offer_id, name.clone());
                discounts.push(SoldDiscount { offer_id, name, entered_minor: off, net_minor: before - after });
                before = after;
            }
        }
        let (_, lines) = engine::lines(for_room(entered), &due);
        let taxes = lines.iter().zip(&names).map(|(line, name)| SoldTax::new(line, name)).collect();
        let included = shared(&self.sold.included, entered.min(extras));
        Self { sold: SoldNight { room_minor, discounts, taxes, included, ..self.sold.clone() }, sale: self.sale }
    }

    /// The night at its place in the stay as it is to be. A tax that counts nights (the first so many, or once a stay) comes
    /// or goes where by its rule the night bears it at one place and not at the other; all else stays as it was charged.
    /// `rules` are all that there are and were; `nights` are all of the stay, and `lines` all that was ever charged for it.
    pub fn at_its_place(
        &self,
        rules: &[DatedTax],
        places: &Places<'_>,
        nights: &BTreeMap<NaiveDate, Self>,
        lines: &[FolioEntry],
    ) -> SoldNight {
        let (mut gone, mut come): (Vec<Uuid>, Vec<(Due, String)>) = (Vec::new(), Vec::new());
        for rule in rules {
            let tax = &rule.tax;
            match (tax.is_on(places.before, self.date()), tax.is_on(places.after, self.date())) {
                (true, false) if self.tax(tax.id).is_some() => gone.push(tax.id),
                (false, true) if self.tax(tax.id).is_none() && !places.is_exempt(self.date(), tax.id) => {
                    let is_due = self.bears_with_others(tax, places, nights).unwrap_or_else(|| self.was_sold_under(rule, lines));
                    if is_due {
                        let anew = || Some((tax.due_from(places.party)?, tax.name.clone()));
                        come.extend(self.as_sold(tax, places, nights, lines).or_else(anew));
                    }
                }
                _ => {}
            }
        }
        self.with(rules, &gone, &come)
    }

    fn tax(&self, tax_rule_id: Uuid) -> Option<&SoldTax> {
        self.sold.taxes.iter().find(|line| line.tax_rule_id == tax_rule_id)
    }

    /// Returns `true` if nights that were sold with this one, and by their place bear the tax, do so; none if there are no such nights.
    fn bears_with_others(&self, tax: &Tax, places: &Places<'_>, nights: &BTreeMap<NaiveDate, Self>) -> Option<bool> {
        let mut others =
            nights.values().filter(|other| other.sale.is_same(self.sale) && tax.is_on(places.before, other.date())).peekable();
        others.peek()?;
        Some(others.any(|other| other.tax(tax.id).is_some()))
    }

    /// Returns `true` if a rule was there when the night was sold: it is older, and had not ended. One that ended at the same moment was, if
    /// it was charged then.
    pub fn was_sold_under(&self, rule: &DatedTax, lines: &[FolioEntry]) -> bool {
        let DatedTax { tax, made_at, ended_at } = rule;
        match self.sale {
            Sale::Posted { line_id, posting_id, at } => {
                let is_charged = |line: &FolioEntry| line.tax_rule_id == Some(tax.id) && line.posting_id == posting_id;
                let had_ended = |ended_at| ended_at < at || (ended_at == at && !lines.iter().any(is_charged));
                tax.id < line_id && !ended_at.is_some_and(had_ended)
            }
            Sale::Priced { at } => *made_at <= at && ended_at.is_none_or(|ended_at| ended_at > at),
        }
    }

    /// The taxes, of those that are meant, that the night would bear at its place by rules under which it was sold, and does
    /// not: the stay was exempt from them. One that was taken back comes back as it was, if the night costs what it did.
    /// `rules` are all that there are and were.
    pub fn missing(
        &self,
        rules: &[DatedTax],
        is_meant: impl Fn(&DatedTax) -> bool,
        places: &Places<'_>,
        nights: &BTreeMap<NaiveDate, Self>,
        lines: &[FolioEntry],
    ) -> Vec<SoldTax> {
        let is_missing = |rule: &&DatedTax| {
            let tax = &rule.tax;
            is_meant(rule)
                && tax.is_on(places.after, self.date())
                && self.tax(tax.id).is_none()
                && self.was_sold_under(rule, lines)
        };
        let net_minor = self.sold.net_minor();
        // Each with whether it is as it was.
        let again = |rule: &DatedTax| {
            let tax = &rule.tax;
            if let Some(as_it_was) = self.taken_back(tax.id, lines) {
                return Some((tax.standing, as_it_was, true));
            }
            let anew = || Some((tax.due_from(places.party)?, tax.name.clone()));
            let (due, name) = self.as_sold(tax, places, nights, lines).or_else(anew)?;
            Some((tax.standing, SoldTax::new(&due.line_on(net_minor), &name), false))
        };
        let found: Vec<(Standing, SoldTax, bool)> = rules.iter().filter(is_missing).filter_map(again).collect();
        let borne = self.sold.taxes.iter().filter(|tax| tax.due(rules).is_in_base());
        let come = found.iter().filter(|(standing, ..)| *standing == Standing::InBase).map(|(_, tax, _)| tax);
        let levies_minor: i64 = borne.chain(come).map(|levy| levy.amount_minor).sum();
        let on_levies = |(standing, tax, is_as_it_was): (Standing, SoldTax, bool)| match (standing, is_as_it_was) {
            (Standing::Vat, false) => tax.on(net_minor + levies_minor),
            _ => tax,
        };
        found.into_iter().map(on_levies).collect()
    }

    /// Returns a tax as it was before it was taken back last, if these others were taken back with it.
    pub fn as_it_was_with(&self, tax_rule_id: Uuid, others: &[Uuid], lines: &[FolioEntry]) -> Option<SoldTax> {
        let (posting_id, tax) = self.taken_back_by(tax_rule_id, lines)?;
        let went_along = |other: &Uuid| self.taken_back_by(*other, lines).is_some_and(|(by, _)| by == posting_id);
        others.iter().all(went_along).then_some(tax)
    }

    /// Returns a tax as it was when it was taken back last, if the night has not been sold anew since.
    fn taken_back(&self, tax_rule_id: Uuid, lines: &[FolioEntry]) -> Option<SoldTax> {
        self.taken_back_by(tax_rule_id, lines).map(|(_, tax)| tax)
    }

    /// Returns that with the posting that took it back.
    fn taken_back_by(&self, tax_rule_id: Uuid, lines: &[FolioEntry]) -> Option<(Uuid, SoldTax)> {
        let is_own = |line: &FolioEntry| {
            line.service_date == self.date() && line.tax_rule_id == Some(tax_rule_id) && line.extra_id.is_none()
        };
        let (taken_id, tax) = last_taken_back(lines, is_own)?;
        // A price that was moved or restored is as old as it was.
        let is_newer = |line: &FolioEntry| {
            (line.kind, line.service_date, line.reverses_id) == (FolioKind::Room, self.date(), None)
                && (line.origin_id, line.restores_id) == (None, None)
                && line.id > taken_id
        };
        let posting_id = lines.iter().find(|line| line.id == taken_id)?.posting_id;
        (!lines.iter().any(is_newer)).then_some((posting_id, tax))
    }

    /// Returns a tax as the stay bears it, or as it bore it on this night.
    fn as_sold(
        &self,
        tax: &Tax,
        places: &Places<'_>,
        nights: &BTreeMap<NaiveDate, Self>,
        lines: &[FolioEntry],
    ) -> Option<(Due, String)> {
        let distance = |night: &&Self| (night.date() - self.date()).num_days().abs();
        let bearing = || nights.values().filter(|night| night.tax(tax.id).is_some());
        let stays = |night: &&Self| places.after.contains(night.date());
        let is_own = |line: &&FolioEntry| {
            (line.service_date, line.tax_rule_id, line.reverses_id, line.origin_id, line.extra_id)
                == (self.date(), Some(tax.id), None, None, None)
        };
        let on_one_that_stays = bearing().filter(stays).min_by_key(distance).and_then(|night| night.tax(tax.id)).cloned();
        let before = || lines.iter().filter(is_own).max_by_key(|line| line.id).and_then(sold_tax);
        let elsewhere = || bearing().min_by_key(distance).and_then(|night| night.tax(tax.id)).cloned();
        let sold = on_one_that_stays.or_else(before).or_else(elsewhere)?;
        Some((Due::as_charged(&sold.line()).of_standing(tax.standing), sold.name))
    }

    /// The night without some of its taxes and with others. What is in its price changes the rest of it, and a levy that bears
    /// value added tax changes that tax; what is added to it otherwise changes nothing else.
    fn with(&self, rules: &[DatedTax], gone: &[Uuid], come: &[(Due, String)]) -> SoldNight {
        if gone.is_empty() && come.is_empty() {
            return self.sold.clone();
        }
        let (left, stay): (Vec<&SoldTax>, Vec<&SoldTax>) =
            self.sold.taxes.iter().partition(|line| gone.contains(&line.tax_rule_id));
        let bears =
            self.sold.taxes.iter().any(|line| line.due(rules).is_in_base()) || come.iter().any(|(due, _)| due.is_in_base());
        let changes_price = left.iter().any(|line| line.is_included()) || come.iter().any(|(due, _)| due.is_included);
        if changes_price || bears {
            let stay = stay.into_iter().map(|line| (line.due(rules), line.name.clone()));
            let mut taxes: Vec<(Due, String)> = stay.chain(come.iter().cloned()).collect();
            taxes.sort_by_key(|(due, _)| due.tax_rule_id);
            let (due, names): (Vec<Due>, Vec<String>) = taxes.into_iter().unzip();
            let (net_minor, lines) = engine::lines(self.entered_for_room(), &due);
            let taxes = lines.iter().zip(&names).map(|(line, name)| SoldTax::new(line, name)).collect();
            // What offers take off stays.
            let room_minor = net_minor + self.sold.room_minor - self.sold.net_minor();
            return SoldNight { room_minor, taxes, ..self.sold.clone() };
        }
        let come = come.iter().map(|(due, name)| SoldTax::new(&due.line_on(self.sold.net_minor()), name));
        let mut taxes: Vec<SoldTax> = stay.into_iter().cloned().chain(come).collect();
        taxes.sort_by_key(|line| line.tax_rule_id);
        SoldNight { taxes, ..self.sold.clone() }
    }
}

/// The tax that was taken back last of some lines, as it was, with the id of a line that took it back. Moves take nothing back.
pub fn last_taken_back(lines: &[FolioEntry], is_own: impl Fn(&FolioEntry) -> bool) -> Option<(Uuid, SoldTax)> {
    let is_taking = |line: &&FolioEntry| line.reverses_id.is_some() && line.origin_id.is_none() && is_own(line);
    let last = lines.iter().filter(is_taking).max_by_key(|line| line.id)?;
    // What several paid was one tax.
    let parts = lines.iter().filter(is_taking).filter(|line| line.posting_id == last.posting_id);
    let amount_minor = -parts.map(|line| line.amount_minor).sum::<i64>();
    Some((last.id, SoldTax { amount_minor, ..sold_tax(last)? }))
}

/// The part of a price, as entered, that was for an extra.
fn entered_for(extra: &SoldIncluded) -> i64 {
    extra.net_minor + in_price(&extra.taxes)
}

/// Extras that share what there is for them, in proportion to what they were entered at.
fn shared(included: &[SoldIncluded], left: i64) -> Vec<SoldIncluded> {
    let parts: Vec<i64> = included.iter().map(entered_for).collect();
    if left == parts.iter().sum::<i64>() {
        return included.to_vec();
    }
    let at = |(extra, part): (&SoldIncluded, i64)| {
        let due: Vec<Due> = extra.taxes.iter().map(|tax| Due::as_charged(&tax.line())).collect();
        let (net_minor, lines) = engine::lines(part, &due);
        let taxes = lines.iter().zip(&extra.taxes).map(|(line, tax)| SoldTax::new(line, &tax.name)).collect();
        SoldIncluded { net_minor, taxes, ..extra.clone() }
    };
    included.iter().zip(in_proportion(&parts, left)).map(at).collect()
}

/// The taxes that were in a price.
fn in_price(taxes: &[SoldTax]) -> i64 {
    taxes.iter().filter(|tax| tax.is_included()).map(|tax| tax.amount_minor).sum()
}

impl SoldTax {
    fn is_included(&self) -> bool {
        self.terms.is_some_and(|terms| terms.is_included)
    }

    /// The tax on another price, at the rate at which it was charged. A fixed amount stays.
    #[must_use]
    pub fn on(&self, net_minor: i64) -> Self {
        Self { amount_minor: Due::as_charged(&self.line()).line_on(net_minor).amount_minor, ..self.clone() }
    }

    /// The tax as it was charged, and as its rule stands to others.
    fn due(&self, rules: &[DatedTax]) -> Due {
        Due::as_charged(&self.line()).of_standing(DatedTax::standing(rules, self.tax_rule_id))
    }

    fn line(&self) -> TaxLine {
        let TaxTerms { is_included, rate_ppm } = self.terms.unwrap_or(TaxTerms { is_included: false, rate_ppm: None });
        TaxLine { tax_rule_id: self.tax_rule_id, amount_minor: self.amount_minor, is_included, rate_ppm }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::folios::{self, NewFolioEntry};
    use crate::testing::december;

    const VAT: Uuid = Uuid::from_u128(1);

    fn charge(kind: FolioKind, amount_minor: i64) -> NewFolioEntry {
        let line = folios::reversal(&FolioEntry::example(kind, december(10), -amount_minor));
        NewFolioEntry { reverses_id: None, ..line }
    }

    fn vat(amount_minor: i64) -> NewFolioEntry {
        let tax_terms = Some(TaxTerms { is_included: true, rate_ppm: Some(60_000) });
        NewFolioEntry { tax_rule_id: Some(VAT), tax_terms, ..charge(FolioKind::Tax, amount_minor) }
    }

    /// The lines of a night at 100.00, of which 5.66 are tax.
    fn night() -> Vec<NewFolioEntry> {
        vec![charge(FolioKind::Room, 9_434), vat(566)]
    }

    /// Adds lines as they stand in a folio once they are posted together, and returns the posting.
    fn post(lines: &mut Vec<FolioEntry>, new: Vec<NewFolioEntry>) -> Uuid {
        let posting_id = Uuid::now_v7();
        lines.extend(new.into_iter().map(|line| FolioEntry {
            tax_rule_id: line.tax_rule_id,
            tax_included: line.tax_terms.map(|terms| terms.is_included),
            tax_rate_ppm: line.tax_terms.and_then(|terms| terms.rate_ppm),
            reverses_id: line.reverses_id,
            restores_id: line.restores_id,
            folio_id: line.folio_id.unwrap_or_default(),
            posting_id,
            ..FolioEntry::example(line.kind, line.service_date, line.amount_minor)
        }));
        posting_id
    }

    fn take_back(lines: &mut Vec<FolioEntry>, is_meant: impl Fn(&FolioEntry) -> bool) -> Uuid {
        let taken = folios::open(lines).iter().filter(|line| is_meant(line)).map(folios::reversal).collect();
        post(lines, taken)
    }

    fn restore(lines: &mut Vec<FolioEntry>) {
        let restored = folios::restoration(lines);
        post(lines, restored);
    }

    /// Moves half of each line to another folio.
    fn split(lines: &mut Vec<FolioEntry>) {
        let (posting_id, company) = (Uuid::now_v7(), Uuid::from_u128(7));
        for line in folios::open(lines) {
            let part = |amount_minor: i64, reverses_id: Option<Uuid>, folio_id: Uuid| FolioEntry {
                id: Uuid::now_v7(),
                amount_minor,
                reverses_id,
                restores_id: None,
                posting_id,
                folio_id,
                origin_id: Some(line.root()),
                ..line.clone()
            };
            let half = line.amount_minor / 2;
            lines.push(part(-line.amount_minor, Some(line.id), line.folio_id));
            lines.push(part(half, None, company));
            lines.push(part(line.amount_minor - half, None, line.folio_id));
        }
    }

    /// Returns the posting of the sale.
    fn sale(lines: &[FolioEntry]) -> Uuid {
        match Sale::of(december(10), lines) {
            Some(Sale::Posted { posting_id, .. }) => posting_id,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_night_that_is_restored_keeps_its_sale_and_one_that_is_sold_again_has_another() {
        let mut lines = Vec::new();
        let first = post(&mut lines, night());
        for _ in 0..2 {
            take_back(&mut lines, |_| true);
            restore(&mut lines);
            assert_eq!(sale(&lines), first);
        }
        take_back(&mut lines, |_| true);
        let again = post(&mut lines, night());
        assert_eq!(sale(&lines), again, "it costs what it did");
        take_back(&mut lines, |_| true);
        restore(&mut lines);
        assert_eq!(sale(&lines), again, "what is restored is what was sold last");
    }

    #[test]
    fn a_night_that_several_pay_keeps_its_sale_when_it_is_moved_and_restored() {
        let mut lines = Vec::new();
        let first = post(&mut lines, night());
        for parts in [4, 8] {
            split(&mut lines);
            assert_eq!(sale(&lines), first);
            take_back(&mut lines, |_| true);
            restore(&mut lines);
            assert_eq!((folios::open(&lines).len(), sale(&lines)), (parts, first));
        }
    }

    #[test]
    fn a_night_keeps_its_sale_where_only_its_taxes_and_offers_change() {
        let mut lines = Vec::new();
        let first = post(&mut lines, [night(), vec![charge(FolioKind::Discount, -1_000)]].concat());
        take_back(&mut lines, |line| line.kind == FolioKind::Tax);
        assert_eq!(sale(&lines), first, "exempt from a tax that was in the price");
        post(&mut lines, vec![vat(566)]);
        take_back(&mut lines, |line| line.kind == FolioKind::Discount);
        assert_eq!(sale(&lines), first, "without its offer");
        let gone: Vec<NewFolioEntry> = folios::open(&lines).iter().filter(|line| is_room(line)).map(folios::reversal).collect();
        let dearer = post(&mut lines, [gone, vec![charge(FolioKind::Room, 9_500)]].concat());
        assert_eq!(sale(&lines), dearer);
    }

    #[test]
    fn a_tax_comes_back_as_it_was_to_a_night_that_was_restored_and_to_none_that_was_sold_again() {
        let mut lines = Vec::new();
        post(&mut lines, night());
        take_back(&mut lines, |line| line.kind == FolioKind::Tax);
        let comes_back = |lines: &[FolioEntry]| {
            let night = nights(&folios::open(lines), lines, None).remove(&december(10)).expect("a night");
            night.taken_back(VAT, lines).map(|tax| tax.amount_minor)
        };
        take_back(&mut lines, |_| true);
        restore(&mut lines);
        assert_eq!(comes_back(&lines), Some(566));
        take_back(&mut lines, |_| true);
        post(&mut lines, vec![charge(FolioKind::Room, 9_434)]);
        assert_eq!(comes_back(&lines), None);
    }
}
