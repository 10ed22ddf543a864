//! Amended stays: the lines of their folio as they would be, and the entries needed to get there. Pure.
//!
//! A night that stays what it was (type, plan and guests) keeps its price and its taxes, whatever has become of the rules;
//! only a tax that counts nights comes to it or leaves it, where its place in the stay is another one. Any other night is
//! sold at what was agreed with its group, or at the price of the day, with the taxes of the day.
//!
//! The offers that a stay was sold with stay as they were sold, for as long as it meets their conditions; those that it meets no
//! more are lost. What they take off is found anew from all nights of the stay, so that a night that is kept may cost something else.
use super::charged::{self, Charged};
use super::selling::{self, Asking, SoldNight, sold_nights};
use crate::domains::bookings::model::{Stay, TaxExemption};
use crate::domains::folios::{FolioEntry, FolioKind, NewFolioEntry, reversal};
use crate::domains::inventory::Nights;
use crate::domains::offers::rules::choice::applied;
use crate::domains::offers::{self, HeldOffer, Line, OnSale, SoldOffer};
use crate::domains::rates::engine::{Asked, Party, Reduced, Restriction, RestrictionReason, RoomBasis};
use crate::domains::rates::{DatedTax, HotelRates};
use crate::domains::stays::Status;
use chrono::NaiveDate;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Place in a request that names a stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mention {
    /// The request as a whole, which concerns all stays.
    All,
    /// A named stay, by its place among them.
    Stay(usize),
    /// A room to be added, by its place among them.
    Added(usize),
}

impl Mention {
    pub fn pointer(self, field: &str) -> String {
        match self {
            Self::All => format!("/{field}"),
            Self::Stay(place) => format!("/stays/{place}/{field}"),
            Self::Added(place) => format!("/add_rooms/{place}/{field}"),
        }
    }
}

/// A stay as it is to be.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub mention: Mention,
    /// The stay as it is. One that is to be added: as it begins, before anything is charged.
    pub stay: Stay,
    pub nights: Nights,
    /// The type that is sold.
    pub room_type_id: Uuid,
    /// Rate plan; none for the hotel's default plan.
    pub rate_plan_id: Option<Uuid>,
    pub adults: i32,
    pub children_ages: Vec<i32>,
    pub guest_name: Option<String>,
    /// Price of the open nights in minor units, gross or net like the hotel's prices, if staff set it.
    pub nightly_price_minor: Option<i64>,
    /// `false` for day use of which a stay overnight is to become.
    pub is_day_use: bool,
}

impl Wanted {
    /// Asks for a stay just as it is.
    pub fn like(stay: &Stay) -> Self {
        Self {
            mention: Mention::All,
            nights: stay.nights(),
            room_type_id: stay.booked_room_type_id,
            rate_plan_id: stay.rate_plan_id,
            adults: stay.adults,
            children_ages: stay.children_ages.iter().flatten().copied().collect(),
            guest_name: stay.guest_name.clone(),
            nightly_price_minor: None,
            is_day_use: stay.is_day_use,
            stay: stay.clone(),
        }
    }

    pub fn is_new(&self) -> bool {
        matches!(self.mention, Mention::Added(_))
    }

    pub fn party(&self) -> Party<'_> {
        Party { adults: self.adults, children_ages: &self.children_ages }
    }

    /// Returns the type of the room that the stay is in then: after an upgrade not the one that was sold.
    pub fn occupied_type(&self) -> Uuid {
        if self.sells_the_same_type() { self.stay.room_type_id } else { self.room_type_id }
    }

    /// Returns the nights that the stay has already, if it is not new.
    pub fn had(&self) -> Option<Nights> {
        Some(self.stay.nights()).filter(|_| !self.is_new())
    }

    /// Returns `true` if the stay has the night already, in a room of the type.
    pub fn has(&self, night: NaiveDate, room_type_id: Uuid) -> bool {
        room_type_id == self.stay.room_type_id && self.had().is_some_and(|had| had.contains(night))
    }

    /// Returns `true` if the night was sold to the stay already, as of the type.
    pub fn was_sold(&self, night: NaiveDate, room_type_id: Uuid) -> bool {
        room_type_id == self.stay.booked_room_type_id && self.had().is_some_and(|had| had.contains(night))
    }

    fn sells_the_same_type(&self) -> bool {
        self.room_type_id == self.stay.booked_room_type_id
    }

    /// Returns `true` if guests who have a room by day are to stay the night.
    pub fn stays_overnight(&self) -> bool {
        self.stay.is_day_use && !self.is_day_use
    }

    /// Returns `true` if guests in the house who have a room by day are to stay the night, and nothing else is to change but the
    /// price.
    pub fn only_stays_overnight(&self) -> bool {
        self.stays_overnight() && self.stay.status == Status::CheckedIn && self.sells_the_same() && self.has_the_same_guests()
    }

    pub fn sells_the_same(&self) -> bool {
        !self.is_new() && self.sells_the_same_type() && self.rate_plan_id == self.stay.rate_plan_id
    }

    /// Returns the ages of the children that the stay has.
    pub fn children_before(&self) -> Vec<i32> {
        self.stay.children_ages.iter().flatten().copied().collect()
    }

    fn has_the_same_guests(&self) -> bool {
        self.adults == self.stay.adults
            && self.children_ages.iter().copied().map(Some).eq(self.stay.children_ages.iter().copied())
    }

    /// Returns `true` if nothing that has a price changes: only the name of the guest, or nothing.
    pub fn costs_the_same(&self) -> bool {
        self.sells_the_same()
            && self.has_the_same_guests()
            && self.nights == self.stay.nights()
            && self.nightly_price_minor.is_none()
            && !self.stays_overnight()
    }

    pub fn is_as_it_was(&self) -> bool {
        self.costs_the_same() && self.guest_name == self.stay.guest_name
    }
}

/// Inputs for the price of an amended stay.
pub struct Pricing<'a> {
    pub rates: &'a HotelRates,
    pub room: RoomBasis,
    pub rate_plan_id: Uuid,
    /// Agreed prices of nights with the group, as they would be entered.
    pub agreed: BTreeMap<NaiveDate, i64>,
    /// Lines of the stay that have not been taken back.
    pub open: &'a [FolioEntry],
    /// All lines of the stay.
    pub lines: &'a [FolioEntry],
    /// Charges of dates before it are closed. None: none are.
    pub open_from: Option<NaiveDate>,
    /// The nights that guests in the house have stayed: they stay as they were charged. Nights that are added are charged, past or not.
    pub stayed: Option<Nights>,
    /// `true` if unchanged nights are sold anew as well.
    pub reprice: bool,
    /// Taxes that the hotel has, and those that it has ended: what was sold under them keeps them.
    pub taxes: &'a [DatedTax],
    /// Exemption of the stay from taxes.
    pub exemption: Option<&'a TaxExemption>,
    /// Offers that the stay was sold with, in the order in which they are taken off.
    pub held: &'a [HeldOffer],
    /// Offers that rooms get which are added.
    pub asking: Option<Asking<'a>>,
}

/// Nights as they are sold, with the offers that are taken off.
pub struct Sale {
    pub nights: Vec<SoldNight>,
    /// Offers of a room that is added.
    pub offers: Vec<SoldOffer>,
    /// What each offer that the stay was sold with takes off then, in their order.
    pub off: Vec<BTreeMap<NaiveDate, i64>>,
}

impl<'a> Pricing<'a> {
    /// The nights as they are sold then.
    pub fn sale(&self, wanted: &Wanted) -> Sale {
        let kept = self.kept(wanted);
        // Guests who stay the night after the day have it at the price of the day, with the taxes of a night.
        let by_day = if wanted.stays_overnight() { self.charged_nights(wanted) } else { BTreeMap::new() };
        let tariff = &self.rates.tariff;
        let price_of = |night: NaiveDate| {
            let entered = |charged: &Charged| charged.entered() + self.off_before(night);
            let as_charged = kept.get(&night).map(entered);
            let of_day = || by_day.get(&night).map(entered);
            let agreed = || self.agreed.get(&night).copied();
            let by_plan = || tariff.night_minor(self.rate_plan_id, self.room, night, wanted.party());
            as_charged.or(wanted.nightly_price_minor).or_else(of_day).or_else(agreed).unwrap_or_else(by_plan)
        };
        let set = tariff.price_set_by_night(price_of, wanted.nights, wanted.party());
        let reduced = self.reduced(wanted, &set.entered());
        let offers = self.sold_offers(wanted, &reduced);
        let price = tariff.reduced(self.rate_plan_id, set, wanted.nights, wanted.party(), &reduced);
        let mut nights = sold_nights(self.rates, &price, &offers);
        let off = self.off(wanted, &reduced);
        for night in &mut nights {
            if let Some(charged) = kept.get(&night.date) {
                *night = self.as_charged(wanted, charged, &off);
            }
        }
        Sale { nights, offers: if wanted.is_new() { offers } else { Vec::new() }, off }
    }

    /// What is taken off: of a room that is added by whatever offers it gets, of a stay by those that it keeps.
    fn reduced(&self, wanted: &Wanted, prices: &[i64]) -> Vec<Reduced<'a>> {
        let line = self.line(wanted);
        if wanted.is_new() {
            let is_of_plan = wanted.nightly_price_minor.is_none() && self.agreed.is_empty();
            let asking = self.asking.as_ref().filter(|_| is_of_plan);
            let chosen = |asking: &Asking<'a>| {
                let on_sale: Vec<&'a OnSale> = asking.on_sale.iter().collect();
                offers::chosen(&on_sale, &asking.buyer, &line, prices)
            };
            return asking.map(chosen).unwrap_or_default();
        }
        let kept = self.held.iter().filter(|held| self.keeps(wanted, held));
        kept.fold(Vec::new(), |mut reduced, held| {
            let next = match held.terms.bundle.is_empty() {
                true => applied((held.offer_id, &held.terms), &line, prices, &reduced),
                // The nights that were booked together cost less; those that come do not.
                false => {
                    let of_night = |night: NaiveDate| held.nights.get(&night).copied().unwrap_or(0);
                    let by_night = wanted.nights.iter().map(of_night).collect();
                    Reduced { offer_id: held.offer_id, by_night, included: &held.terms.included }
                }
            };
            reduced.push(next);
            reduced
        })
    }

    fn line<'w>(&'w self, wanted: &'w Wanted) -> Line<'w> {
        let (room_type_id, rate_plan_id) = (wanted.room_type_id, self.rate_plan_id);
        Line { nights: wanted.nights, room_type_id, rate_plan_id, party: wanted.party(), bands: &self.rates.tariff.rules.bands }
    }

    /// Returns `true` if a stay keeps an offer as it is to be. Where staff set the price, that is the price.
    pub fn keeps(&self, wanted: &Wanted, held: &HeldOffer) -> bool {
        held.lost_on.is_none() && wanted.nightly_price_minor.is_none() && held.terms.fits(&self.line(wanted))
    }

    fn sold_offers(&self, wanted: &Wanted, reduced: &[Reduced<'_>]) -> Vec<SoldOffer> {
        if wanted.is_new() {
            return self.asking.as_ref().map(|asking| selling::sold_offers(reduced, asking)).unwrap_or_default();
        }
        let sold = |held: &HeldOffer| SoldOffer {
            offer_id: held.offer_id,
            name: held.name.clone(),
            code: None,
            terms: held.terms.clone(),
        };
        self.held.iter().map(sold).collect()
    }

    /// What was taken off a night, as entered.
    fn off_before(&self, night: NaiveDate) -> i64 {
        self.held.iter().filter_map(|held| held.nights.get(&night)).sum()
    }

    /// What each offer that the stay was sold with takes off each night then. Nights that stay as they were charged keep theirs.
    fn off(&self, wanted: &Wanted, reduced: &[Reduced<'_>]) -> Vec<BTreeMap<NaiveDate, i64>> {
        let of_offer = |held: &HeldOffer| {
            let own = reduced.iter().find(|reduced| reduced.offer_id == held.offer_id);
            let of_night = |(place, night): (usize, NaiveDate)| {
                let anew = || own.and_then(|own| own.by_night.get(place)).copied();
                let off = if self.is_frozen(night) { held.nights.get(&night).copied() } else { anew() };
                Some((night, off.filter(|off| *off > 0)?))
            };
            wanted.nights.iter().enumerate().filter_map(of_night).collect()
        };
        self.held.iter().map(of_offer).collect()
    }

    /// The nights that stay what they were.
    fn kept(&self, wanted: &Wanted) -> BTreeMap<NaiveDate, Charged> {
        let mut nights = self.charged_nights(wanted);
        nights.retain(|night, _| self.is_kept(wanted, *night));
        nights
    }

    /// The nights as they were charged.
    fn charged_nights(&self, wanted: &Wanted) -> BTreeMap<NaiveDate, Charged> {
        charged::nights(self.open, self.lines, wanted.stay.priced_at)
    }

    fn is_kept(&self, wanted: &Wanted, night: NaiveDate) -> bool {
        !self.is_sold_anew(wanted) || self.is_frozen(night)
    }

    /// Returns `true` if all nights are sold anew, those that there were as well.
    fn is_sold_anew(&self, wanted: &Wanted) -> bool {
        let is_same = wanted.sells_the_same() && wanted.has_the_same_guests() && wanted.nightly_price_minor.is_none();
        !is_same || self.reprice || wanted.stays_overnight()
    }

    /// Returns `true` if all nights are sold anew, and rules of taxes have come or gone since some were sold. Their lines do not
    /// tell that where a night costs what it did, or only its offer and its taxes are others.
    pub fn is_priced_under_others(&self, wanted: &Wanted) -> bool {
        let is_other =
            |night: &Charged| self.taxes.iter().any(|dated| night.was_sold_under(dated, self.lines) != dated.ended_at.is_none());
        let nights = self.charged_nights(wanted);
        self.is_sold_anew(wanted) && nights.values().filter(|night| !self.is_frozen(night.date())).any(is_other)
    }

    /// A night as it was charged, but for taxes that count nights and find it at another place, and for what offers take off then.
    fn as_charged(&self, wanted: &Wanted, night: &Charged, off: &[BTreeMap<NaiveDate, i64>]) -> SoldNight {
        let date = night.date();
        if self.is_frozen(date) {
            return self.named(night.sold.clone());
        }
        let is_off = |(held, off): (&HeldOffer, &BTreeMap<NaiveDate, i64>)| held.nights.get(&date) == off.get(&date);
        let night = match self.held.iter().zip(off).all(is_off) {
            true => night.clone(),
            false => {
                let now = |(held, off): (&HeldOffer, &BTreeMap<NaiveDate, i64>)| {
                    (held.offer_id, held.name.clone(), off.get(&date).copied().unwrap_or(0))
                };
                let now: Vec<_> = self.held.iter().zip(off).map(now).collect();
                night.reduced(self.taxes, self.off_before(date), &now)
            }
        };
        let (before, after, party) = (wanted.stay.nights(), wanted.nights, wanted.party());
        let places = charged::Places { before, after, party, exemption: self.exemption };
        self.named(night.at_its_place(self.taxes, &places, &self.charged_nights(wanted), self.lines))
    }

    /// A night whose discounts, as they were charged, say which offers they are of: lines of folios tell the names.
    fn named(&self, mut night: SoldNight) -> SoldNight {
        let date = night.date;
        for discount in night.discounts.iter_mut().filter(|discount| discount.offer_id.is_nil()) {
            if let Some(held) = self.held.iter().find(|held| held.name == discount.name) {
                discount.offer_id = held.offer_id;
                discount.entered_minor = held.nights.get(&date).copied().unwrap_or(0);
            }
        }
        night
    }

    /// Returns the prices that nights were charged at, as they would be entered.
    pub fn charged(&self) -> HashMap<NaiveDate, i64> {
        charged::nights(self.open, self.lines, None).iter().map(|(night, charged)| (*night, charged.entered())).collect()
    }

    /// Returns the plan's price for the first night.
    pub fn listed(&self, wanted: &Wanted) -> i64 {
        self.rates.tariff.night_minor(self.rate_plan_id, self.room, wanted.nights.from, wanted.party())
    }

    /// Returns `true` for a night that stays as it was charged: it is closed, or the guests have stayed it.
    pub fn is_frozen(&self, night: NaiveDate) -> bool {
        let is_closed = self.open_from.is_some_and(|open_from| night < open_from);
        is_closed || self.stayed.is_some_and(|stayed| stayed.contains(night))
    }

    /// The lines that lead from those that there are to `target`: what is not in it is taken back, what is new is charged.
    pub fn difference(&self, wanted: &Wanted, target: Vec<NewFolioEntry>) -> Vec<NewFolioEntry> {
        let is_of_night = |line: &&FolioEntry| {
            let is_priced = matches!(line.kind, FolioKind::Room | FolioKind::Discount | FolioKind::Tax | FolioKind::Extra);
            is_priced && !self.is_frozen(line.service_date)
        };
        let (of_extras, of_rooms): (Vec<&FolioEntry>, Vec<&FolioEntry>) =
            self.open.iter().filter(is_of_night).partition(|line| line.extra_in_price);
        let mut left: Vec<Vec<&FolioEntry>> = Vec::new();
        for line in of_rooms {
            // What several pay is one price all the same.
            match left.iter_mut().find(|parts| is_same_price(parts[0], line)) {
                Some(parts) => parts.push(line),
                None => left.push(vec![line]),
            }
        }
        let target = target.into_iter().filter(|line| !self.is_frozen(line.service_date));
        let (extras, rooms): (Vec<NewFolioEntry>, Vec<NewFolioEntry>) = target.partition(|line| line.extra.is_some());
        let mut new = Vec::new();
        for line in rooms {
            // The line of a night that stays what it was has the name that its type had.
            let is_kept = self.is_kept(wanted, line.service_date);
            match left.iter().position(|parts| is_same_line(parts, &line, is_kept)) {
                Some(place) => drop(left.swap_remove(place)),
                None => new.push(line),
            }
        }
        let mut left = left.concat();
        // An extra in the price is exchanged with its taxes, or not at all: they name its line.
        let (gone, come) = exchanged(of_extras, extras);
        left.extend(gone);
        new.extend(come);
        left.sort_by_key(|line| (line.service_date, line.id));
        let paid = |line: NewFolioEntry| NewFolioEntry { folio_id: self.payer_of(wanted, line.service_date), ..line };
        left.into_iter().map(reversal).chain(new.into_iter().map(paid)).collect()
    }

    /// The open lines of nights that the stay does not have any more.
    pub fn given_up(&self, wanted: &Wanted) -> Vec<FolioEntry> {
        let is_gone = |line: &&FolioEntry| {
            line.kind != FolioKind::Fee && !wanted.nights.contains(line.service_date) && !self.is_frozen(line.service_date)
        };
        self.open.iter().filter(is_gone).cloned().collect()
    }

    /// Returns the folio on which a night is paid, if it was moved there as a whole: who pays it goes on to do so.
    fn payer_of(&self, wanted: &Wanted, night: NaiveDate) -> Option<Uuid> {
        let mut folios = self.open.iter().filter(|line| line.service_date == night).map(|line| line.folio_id);
        let folio_id = folios.next()?;
        let is_elsewhere = folio_id != wanted.stay.booking_id && folios.all(|other| other == folio_id);
        is_elsewhere.then_some(folio_id)
    }

    /// The restrictions that stand in the way of what is new. What was sold once is not restricted afterwards.
    pub fn restrictions(&self, wanted: &Wanted, asked: Asked<'_>) -> Vec<Restriction> {
        let (before, after) = (wanted.stay.nights(), wanted.nights);
        if wanted.costs_the_same() {
            return Vec::new();
        }
        let is_other = !wanted.sells_the_same();
        let concerns = |found: &Restriction| {
            // Guests in the house arrived long ago: only whether the nights that are left are on sale is asked then.
            let is_here = self.stayed.is_some();
            (is_other && !is_here)
                || (is_other
                    && !self.is_frozen(found.date)
                    && matches!(found.reason, RestrictionReason::StopSell | RestrictionReason::NotValid))
                || match found.reason {
                    RestrictionReason::StopSell | RestrictionReason::NotValid => !before.contains(found.date),
                    RestrictionReason::MinStay => before.from != after.from || breaks_minimum(found, before, after),
                    RestrictionReason::MinStayThrough => !before.contains(found.date) || breaks_minimum(found, before, after),
                    RestrictionReason::MaxStay => before.from != after.from || after.count() > before.count(),
                    RestrictionReason::ClosedToArrival | RestrictionReason::AdvancePurchase | RestrictionReason::LastMinute => {
                        before.from != after.from
                    }
                    RestrictionReason::ClosedToDeparture => before.to != after.to,
                    RestrictionReason::Channel => false,
                }
        };
        let mut found = self.rates.tariff.restrictions(self.rate_plan_id, self.room.room_type_id, after, asked);
        found.retain(concerns);
        found
    }
}

/// Returns `true` if a stay was as long as the minimum, and is so no more. A minimum that it never had came later.
fn breaks_minimum(found: &Restriction, before: Nights, after: Nights) -> bool {
    let was_long_enough = found.limit.is_none_or(|least| before.count() >= i64::from(least));
    was_long_enough && after.count() < before.count()
}

/// Takes apart what is charged for extras in the price of nights and what is to be charged: the extras of nights that are to be
/// taken back, and those that come in their place. What stays as it is is in neither.
fn exchanged(there: Vec<&FolioEntry>, target: Vec<NewFolioEntry>) -> (Vec<&FolioEntry>, Vec<NewFolioEntry>) {
    type Part<K> = BTreeMap<(NaiveDate, Uuid), Vec<K>>;
    let (mut before, mut after): (Part<&FolioEntry>, Part<NewFolioEntry>) = (BTreeMap::new(), BTreeMap::new());
    for line in there {
        before.entry((line.service_date, line.extra_id.unwrap_or_default())).or_default().push(line);
    }
    for line in target {
        let extra_id = line.extra.map(|extra| extra.extra_id).unwrap_or_default();
        after.entry((line.service_date, extra_id)).or_default().push(line);
    }
    let is_same = |lines: &[&FolioEntry], new: &[NewFolioEntry]| {
        let sums = lines.iter().map(|line| (line.tax_rule_id, line.extra_units, line.amount_minor));
        let sums_of_new = new.iter().map(|line| (line.tax_rule_id, line.extra.map(|extra| extra.units), line.amount_minor));
        summed(sums) == summed(sums_of_new)
    };
    after.retain(|part, new| match before.get(part) {
        Some(lines) if is_same(lines, new) => before.remove(part).is_none(),
        _ => true,
    });
    (before.into_values().flatten().collect(), after.into_values().flatten().collect())
}

/// Sums the lines of a price and of each of its taxes: what several pay is one price all the same.
fn summed(lines: impl Iterator<Item = (Option<Uuid>, Option<i32>, i64)>) -> BTreeMap<(Option<Uuid>, Option<i32>), i64> {
    let mut sums = BTreeMap::new();
    for (tax_rule_id, units, amount_minor) in lines {
        *sums.entry((tax_rule_id, units)).or_insert(0) += amount_minor;
    }
    sums
}

/// Returns `true` for the parts of one price, of what one offer takes off, or of one tax.
fn is_same_price(one: &FolioEntry, other: &FolioEntry) -> bool {
    let is_same_offer = one.kind != FolioKind::Discount || one.description == other.description;
    is_same_offer
        && (one.kind, one.service_date, one.tax_rule_id, one.tax_terms())
            == (other.kind, other.service_date, other.tax_rule_id, other.tax_terms())
}

fn is_same_line(parts: &[&FolioEntry], line: &NewFolioEntry, is_kept: bool) -> bool {
    let there = parts[0];
    let amount_minor: i64 = parts.iter().map(|line| line.amount_minor).sum();
    let FolioEntry { kind, service_date, tax_rule_id, description, .. } = there;
    (*kind, *service_date, amount_minor, *tax_rule_id) == (line.kind, line.service_date, line.amount_minor, line.tax_rule_id)
        && (is_kept && line.kind != FolioKind::Discount || line.kind == FolioKind::Tax || *description == line.description)
        && (line.tax_terms.is_none() || line.tax_terms == there.tax_terms())
}
