//! Extras of stays: the lines of what is sold with them, and how these follow a stay that becomes another one. Pure.
//!
//! A day that a stay has before and after keeps what it was charged, if as many are served on it. Days that come are charged at
//! the price of the day, days that go are taken back. What is served once moves with its day, and keeps its price.
use super::selling::SoldTax;
use crate::domains::bookings::model::Stay;
use crate::domains::extras::{ExtraTax, ExtraWish, Offered, StayExtra};
use crate::domains::folios::{self, FolioEntry, FolioKind, NewFolioEntry, OfExtra, reversal};
use crate::domains::inventory::Nights;
use crate::domains::rates::engine::{Heads, TaxLine};
use crate::domains::stays::Status;
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::HashSet;
use uuid::Uuid;

/// An extra that is sold with a stay, day by day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoldExtra {
    pub wish: ExtraWish,
    pub name: String,
    pub services: Vec<Served>,
}

/// Service of an extra on a day, with its price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    pub date: NaiveDate,
    pub units: i32,
    /// Price without taxes.
    pub net_minor: i64,
    pub taxes: Vec<SoldTax>,
}

impl Served {
    /// Prices an extra for a day.
    pub fn on(date: NaiveDate, quantity: i32, heads: &Heads<'_>, offered: &Offered) -> Self {
        let (net_minor, taxes) = offered.price(quantity, heads);
        let units = offered.extra.units(quantity, heads.count());
        let taxes = taxes.iter().map(|line| SoldTax::new(line, tax_name(&offered.taxes, line))).collect();
        Self { date, units, net_minor, taxes }
    }

    /// Returns the price that the guest pays.
    pub fn total(&self) -> i64 {
        self.net_minor + self.taxes.iter().map(|tax| tax.amount_minor).sum::<i64>()
    }
}

fn tax_name<'a>(taxes: &'a [ExtraTax], line: &TaxLine) -> &'a str {
    taxes.iter().find(|tax| tax.id == line.tax_rule_id).map_or("", |tax| &tax.name)
}

impl SoldExtra {
    /// Sells an extra with a stay, for its days from a date on.
    pub fn new(wish: &ExtraWish, offered: &Offered, nights: Nights, heads: &Heads<'_>, from: NaiveDate) -> Self {
        let extra = &offered.extra;
        let days = extra.dates(nights, wish.date).into_iter().filter(|date| *date >= from);
        let services = days.map(|date| Served::on(date, wish.quantity, heads, offered)).collect();
        Self { wish: *wish, name: extra.name.clone(), services }
    }

    pub fn total(&self) -> i64 {
        self.services.iter().map(Served::total).sum()
    }

    /// The lines of its folio: the price of each day, then its taxes.
    pub fn charges(&self, stay_id: Uuid, stay_extra_id: Uuid) -> Vec<NewFolioEntry> {
        let sale = Sale { stay_id, stay_extra_id, extra_id: self.wish.extra_id, name: &self.name };
        self.services.iter().flat_map(|served| sale.charges(served, None)).collect()
    }

    /// Makes the row of the sale.
    pub fn row(&self, id: Uuid, stay: (Uuid, Uuid, Uuid), now: DateTime<Utc>) -> StayExtra {
        let (property_id, booking_id, stay_id) = stay;
        let ExtraWish { extra_id, quantity, date } = self.wish;
        StayExtra {
            property_id,
            id,
            booking_id,
            stay_id,
            extra_id,
            quantity,
            date,
            removed_on: None,
            created_at: now,
            updated_at: now,
        }
    }
}

/// Sale of an extra with a stay, as far as its lines name it.
struct Sale<'a> {
    stay_id: Uuid,
    stay_extra_id: Uuid,
    extra_id: Uuid,
    name: &'a str,
}

impl Sale<'_> {
    fn charges(&self, served: &Served, folio_id: Option<Uuid>) -> Vec<NewFolioEntry> {
        let id = Uuid::now_v7();
        let of =
            OfExtra { extra_id: self.extra_id, stay_extra_id: Some(self.stay_extra_id), units: served.units, in_price: false };
        let price = NewFolioEntry {
            stay_id: self.stay_id,
            kind: FolioKind::Extra,
            service_date: served.date,
            amount_minor: served.net_minor,
            description: self.name.to_owned(),
            tax_rule_id: None,
            tax_terms: None,
            reverses_id: None,
            restores_id: None,
            folio_id,
            id: Some(id),
            price_id: None,
            extra: Some(of),
        };
        let tax = |tax: &SoldTax| NewFolioEntry { id: None, price_id: Some(id), ..tax.charge(&price) };
        let taxes: Vec<NewFolioEntry> = served.taxes.iter().map(tax).collect();
        std::iter::once(price).chain(taxes).collect()
    }
}

/// Change of a stay that its extras follow.
pub struct Following<'a> {
    pub stay_id: Uuid,
    pub before: Nights,
    pub after: Nights,
    pub heads_before: &'a Heads<'a>,
    pub heads_after: &'a Heads<'a>,
    /// `true` if days that stay what they are are charged anew, at the price of the day.
    pub reprice: bool,
    /// Says of a day that what was charged for it stays.
    pub is_frozen: &'a dyn Fn(NaiveDate) -> bool,
    /// Lines of the booking that have not been taken back.
    pub open: &'a [FolioEntry],
}

impl Following<'_> {
    /// The lines by which an extra follows the stay.
    pub fn lines(&self, sold: &StayExtra, offered: &Offered) -> Vec<NewFolioEntry> {
        let extra = &offered.extra;
        let (old, new) = (extra.dates(self.before, sold.date), extra.dates(self.after, sold.date));
        // As many are served, and they cost as much: another child may be of another age.
        let asked = |heads: &Heads<'_>| (extra.units(sold.quantity, heads.count()), offered.entered(sold.quantity, heads));
        let is_same = asked(self.heads_before) == asked(self.heads_after) && !self.reprice;
        match (&old[..], &new[..]) {
            ([from], [to]) if from != to && !extra.posted.is_nightly() => self.moved(sold, offered, *to, is_same),
            _ => self.day_by_day(sold, offered, (&old, &new), is_same),
        }
    }

    /// The lines of a service on a day that goes to another one: at its price, if as many are served.
    fn moved(&self, sold: &StayExtra, offered: &Offered, to: NaiveDate, is_same: bool) -> Vec<NewFolioEntry> {
        let taken = self.taken(sold, |_| true);
        if taken.is_empty() {
            return Vec::new();
        }
        let anew = match is_same {
            true => folios::anew(&taken, self.stay_id).into_iter().map(|line| on_day(line, to)).collect(),
            false => self.charged(sold, offered, to, payer(&taken)),
        };
        taken.iter().map(reversal).chain(anew).collect()
    }

    fn day_by_day(
        &self,
        sold: &StayExtra,
        offered: &Offered,
        (old, new): (&[NaiveDate], &[NaiveDate]),
        is_same: bool,
    ) -> Vec<NewFolioEntry> {
        let mut lines = Vec::new();
        for day in old.iter().filter(|day| !is_same || !new.contains(day)) {
            // What was taken back by hand is gone for good.
            let taken = self.taken(sold, |date| date == *day);
            if taken.is_empty() {
                continue;
            }
            let anew = if new.contains(day) { self.charged(sold, offered, *day, payer(&taken)) } else { Vec::new() };
            if !is_equal(&taken, &anew) {
                lines.extend(taken.iter().map(reversal).chain(anew));
            }
        }
        for day in new.iter().filter(|day| !old.contains(day)) {
            lines.extend(self.charged(sold, offered, *day, None));
        }
        lines
    }

    /// The open lines of an extra on some days that are not frozen, each with what belongs to it.
    fn taken(&self, sold: &StayExtra, is_on: impl Fn(NaiveDate) -> bool) -> Vec<FolioEntry> {
        let is_meant = |line: &&FolioEntry| {
            let date = line.service_date;
            line.stay_extra_id == Some(sold.id) && line.kind == FolioKind::Extra && is_on(date) && !(self.is_frozen)(date)
        };
        let prices: HashSet<Uuid> = self.open.iter().filter(is_meant).map(|line| line.id).collect();
        folios::with_belongings(self.open, &prices)
    }

    fn charged(&self, sold: &StayExtra, offered: &Offered, day: NaiveDate, folio_id: Option<Uuid>) -> Vec<NewFolioEntry> {
        let sale = Sale { stay_id: self.stay_id, stay_extra_id: sold.id, extra_id: sold.extra_id, name: &offered.extra.name };
        sale.charges(&Served::on(day, sold.quantity, self.heads_after, offered), folio_id)
    }
}

/// An allowance keeps the day on which it was granted.
fn on_day(line: NewFolioEntry, day: NaiveDate) -> NewFolioEntry {
    if line.extra.is_some() { NewFolioEntry { service_date: day, ..line } } else { line }
}

/// Returns the folio on which all of some lines are paid: who pays them goes on to do so.
fn payer(lines: &[FolioEntry]) -> Option<Uuid> {
    let folio_id = lines.first()?.folio_id;
    lines.iter().all(|line| line.folio_id == folio_id).then_some(folio_id)
}

/// Returns `true` if lines come to what there is, tax by tax.
fn is_equal(there: &[FolioEntry], new: &[NewFolioEntry]) -> bool {
    let mut left: Vec<_> = there.iter().map(|line| (line.tax_rule_id, line.amount_minor, line.extra_units)).collect();
    let mut right: Vec<_> =
        new.iter().map(|line| (line.tax_rule_id, line.amount_minor, line.extra.map(|extra| extra.units))).collect();
    left.sort_unstable();
    right.sort_unstable();
    left == right
}

/// The open lines of an extra that are taken back when it is removed: not those of days that have come while the guests were
/// there. None if all days have come.
pub fn removable(sold: &StayExtra, stay: &Stay, open: &[FolioEntry], today: NaiveDate) -> Option<Vec<FolioEntry>> {
    let is_price = |line: &&FolioEntry| line.stay_extra_id == Some(sold.id) && line.kind == FolioKind::Extra;
    let is_served = |date: NaiveDate| stay.status == Status::CheckedIn && date <= today;
    let prices: Vec<&FolioEntry> = open.iter().filter(is_price).collect();
    let left: HashSet<Uuid> = prices.iter().filter(|line| !is_served(line.service_date)).map(|line| line.id).collect();
    if left.is_empty() && !prices.is_empty() {
        return None;
    }
    Some(folios::with_belongings(open, &left))
}

/// Division of an extra whose stay is split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Division {
    /// Each of the stays has it: the second by a sale of its own.
    Both(StayExtra),
    /// The day on which it is served is the second stay's.
    HandedOver(StayExtra),
}

/// Divides an extra whose stay is split at a night: of one for nights, those of the second stay go with it, and any other one if
/// its day is in the second. With the lines that are charged to the second stay in place of the first.
pub fn divided(
    sold: &StayExtra,
    offered: &Offered,
    (night, nights): (NaiveDate, Nights),
    second_id: Uuid,
    open: &[FolioEntry],
    now: DateTime<Utc>,
) -> (Option<Division>, Vec<NewFolioEntry>) {
    let extra = &offered.extra;
    let (first, second) = (Nights::new(nights.from, night), Nights::new(night, nights.to));
    let is_nightly = extra.posted.is_nightly();
    let days: Vec<NaiveDate> = match is_nightly {
        true => extra.dates(second, None),
        false => {
            let days = extra.dates(nights, sold.date);
            days.into_iter().filter(|day| *day >= night && !extra.dates(first, sold.date).contains(day)).collect()
        }
    };
    if days.is_empty() {
        return (None, Vec::new());
    }
    let id = if is_nightly { Uuid::now_v7() } else { sold.id };
    let is_of_second = |line: &&FolioEntry| {
        line.stay_extra_id == Some(sold.id) && line.kind == FolioKind::Extra && days.contains(&line.service_date)
    };
    let prices: HashSet<Uuid> = open.iter().filter(is_of_second).map(|line| line.id).collect();
    let moved = folios::moved_to(&folios::with_belongings(open, &prices), second_id);
    let of_second = |line: NewFolioEntry| match line.extra {
        Some(of) if line.reverses_id.is_none() => {
            NewFolioEntry { extra: Some(OfExtra { stay_extra_id: Some(id), ..of }), ..line }
        }
        _ => line,
    };
    let division = match is_nightly {
        true => Division::Both(StayExtra { id, stay_id: second_id, created_at: now, updated_at: now, ..sold.clone() }),
        false => Division::HandedOver(sold.clone()),
    };
    (Some(division), moved.into_iter().map(of_second).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::extras::{Extra, ExtraDay, PostedPer};
    use crate::domains::rates::ExtraChildren;
    use crate::testing::december;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn offered(posted: PostedPer, day: ExtraDay, price_minor: i64) -> Offered {
        let extra = Extra {
            property_id: Uuid::nil(),
            id: Uuid::from_u128(7),
            name: "Extra".into(),
            description: String::new(),
            texts: serde_json::Value::Null,
            price_minor,
            posted,
            day,
            min_quantity: 1,
            max_quantity: None,
            is_archived: false,
            version: 1,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            child_prices: ExtraChildren([("child".to_owned(), price_minor / 2)].into()),
        };
        let tax = ExtraTax { id: Uuid::from_u128(8), name: "VAT".into(), rate_ppm: 130_000, is_included: true };
        Offered { extra, taxes: vec![tax] }
    }

    fn sale() -> StayExtra {
        let wish = ExtraWish { extra_id: Uuid::from_u128(7), quantity: 1, date: None };
        let sold = SoldExtra { wish, name: String::new(), services: Vec::new() };
        sold.row(Uuid::from_u128(9), (Uuid::nil(), Uuid::nil(), Uuid::nil()), DateTime::UNIX_EPOCH)
    }

    /// Adults, children of the band that has a price of its own, and children of another one.
    fn heads((adults, children, others): (i32, usize, usize)) -> Heads<'static> {
        let bands = std::iter::repeat_n(Some("child"), children).chain(std::iter::repeat_n(Some("teen"), others));
        Heads { adults, children: bands.collect() }
    }

    /// Adds lines as they stand in a folio once they are posted.
    fn post(lines: &mut Vec<FolioEntry>, new: Vec<NewFolioEntry>) {
        lines.extend(new.into_iter().map(|line| FolioEntry {
            id: line.id.unwrap_or_else(Uuid::now_v7),
            description: line.description,
            tax_rule_id: line.tax_rule_id,
            reverses_id: line.reverses_id,
            price_id: line.price_id,
            extra_id: line.extra.map(|extra| extra.extra_id),
            stay_extra_id: line.extra.and_then(|extra| extra.stay_extra_id),
            extra_units: line.extra.map(|extra| extra.units),
            folio_id: line.folio_id.unwrap_or_default(),
            ..FolioEntry::example(line.kind, line.service_date, line.amount_minor)
        }));
    }

    /// The amount of each day that is charged, taxes included.
    fn by_day(lines: &[FolioEntry]) -> BTreeMap<NaiveDate, i64> {
        let mut days = BTreeMap::new();
        for line in folios::open(lines) {
            *days.entry(line.service_date).or_insert(0) += line.amount_minor;
        }
        days
    }

    proptest! {
        /// Whatever becomes of a stay, each day has one service at a price that was once asked for, and nothing else is charged.
        #[test]
        fn extras_are_on_the_days_of_the_stay_and_each_tax_on_a_price_that_stands(
            kind in 0..5_usize,
            stays in prop::collection::vec((1..20_u32, 1..6_u32, (1..4_i32, 0..3_usize, 0..2_usize), 1..5_000_i64), 1..6),
        ) {
            let (posted, day) = [
                (PostedPer::Night, ExtraDay::Night),
                (PostedPer::PersonNight, ExtraDay::NextDay),
                (PostedPer::Stay, ExtraDay::Departure),
                (PostedPer::Person, ExtraDay::Arrival),
                (PostedPer::Once, ExtraDay::Arrival),
            ][kind];
            let nights = |from: u32, count: u32| Nights::new(december(from), december(from + count));
            let sold = sale();
            let mut lines = Vec::new();
            let (from, count, mut party, price) = stays[0];
            let mut before = nights(from, count);
            let wish = ExtraWish { extra_id: sold.extra_id, quantity: 1, date: None };
            let first = SoldExtra::new(&wish, &offered(posted, day, price), before, &heads(party), before.from);
            post(&mut lines, first.charges(Uuid::nil(), sold.id));
            for (from, count, party_after, price) in &stays[1..] {
                let (after, offered) = (nights(*from, *count), offered(posted, day, *price));
                let was = by_day(&lines);
                let open = folios::open(&lines);
                let (heads_before, heads_after) = (heads(party), heads(*party_after));
                let following = Following {
                    stay_id: Uuid::nil(), before, after, heads_before: &heads_before, heads_after: &heads_after, reprice: false,
                    is_frozen: &|_| false, open: &open,
                };
                post(&mut lines, following.lines(&sold, &offered));
                let days = by_day(&lines);
                let expected = offered.extra.dates(after, None);
                prop_assert_eq!(days.keys().copied().collect::<Vec<_>>(), expected);
                // Half the price for children of the band, and of others all of it.
                let (adults, children, others) = *party_after;
                let each = price * i64::from(adults) + i64::try_from(children).expect("few") * (price / 2)
                    + i64::try_from(others).expect("few") * price;
                let anew = if posted.is_personal() { each } else { *price };
                let costs = |heads: &Heads<'_>| (heads.count(), offered.entered(1, heads));
                let is_same = !posted.is_personal() || costs(&heads_before) == costs(&heads_after);
                for (date, amount) in &days {
                    match was.get(date) {
                        Some(before) if is_same => prop_assert_eq!(before, amount, "what stays keeps its price"),
                        _ if is_same && !posted.is_nightly() => prop_assert_eq!(was.values().sum::<i64>(), *amount),
                        _ => prop_assert_eq!(*amount, anew),
                    }
                }
                (before, party) = (after, *party_after);
            }
            // Each tax that stands is on a price that stands, and none is taken back twice.
            let open = folios::open(&lines);
            let prices: Vec<Uuid> = open.iter().filter(|line| line.kind == FolioKind::Extra).map(|line| line.id).collect();
            prop_assert!(open.iter().filter(|line| line.kind == FolioKind::Tax).all(|tax| tax.price_id.is_some_and(|id| prices.contains(&id))));
            let mut taken: Vec<Uuid> = lines.iter().filter_map(|line| line.reverses_id).collect();
            let count = taken.len();
            taken.sort_unstable();
            taken.dedup();
            prop_assert_eq!(taken.len(), count);
        }
    }
}
