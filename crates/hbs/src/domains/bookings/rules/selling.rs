//! Sales of the lines of a request: rate plan, price and terms of each. Pure.
use super::Capacity;
use super::amendment::Wanted;
use super::extras::SoldExtra;
use crate::Result;
use crate::domains::catalogue::Catalogue;
use crate::domains::extras::{self, ExtraError, ExtraWish};
use crate::domains::folios::{FolioKind, NewFolioEntry, OfExtra, TaxTerms};
use crate::domains::inventory::Nights;
use crate::domains::offers::rules::conditions::Condition;
use crate::domains::offers::rules::limits;
use crate::domains::offers::{self, Buyer, Counter, GivenCode, Line, OfferError, OnSale, Refused, SoldCode, SoldOffer};
use crate::domains::rates::HotelRates;
use crate::domains::rates::engine::{
    Asked, CancellationTerms, Discount, Heads, IncludedPrice, NightPrice, Party, Reduced, Restriction, RoomBasis, StayPrice,
    TaxLine,
};
use crate::domains::rooms::RoomType;
use crate::error::FieldError;
use crate::money::Money;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Channel of requests that name none.
pub const DIRECT: &str = "direct";

/// Channel of guests who come without a booking.
pub const WALK_IN: &str = "walk_in";

/// Wish of a line of a request.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    pub room_type_id: Uuid,
    /// Rate plan; none for the hotel's default plan.
    pub rate_plan_id: Option<Uuid>,
    pub party: Party<'a>,
    /// Price per night, if staff set it.
    pub nightly_price: Option<Money>,
    /// Extras that are to be sold with it.
    pub extras: &'a [ExtraWish],
}

/// A line that can be priced: its type and plan are there.
#[derive(Debug, Clone, Copy)]
pub struct Sellable<'a> {
    pub wish: Wish<'a>,
    pub basis: RoomBasis,
    pub rate_plan_id: Uuid,
}

/// Sale of a line: plan, price and terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sold {
    pub rate_plan_id: Uuid,
    pub terms: CancellationTerms,
    pub nights: Vec<SoldNight>,
    /// Offers that are taken off, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<SoldOffer>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoldNight {
    pub date: NaiveDate,
    /// The room without taxes, before offers.
    pub room_minor: i64,
    /// Amounts that offers take off, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<SoldDiscount>,
    pub taxes: Vec<SoldTax>,
    /// Extras that are in the price of the night.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub included: Vec<SoldIncluded>,
}

/// An amount that an offer takes off a night.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoldDiscount {
    pub offer_id: Uuid,
    pub name: String,
    /// Amount off the price as entered.
    pub entered_minor: i64,
    /// Amount off the room without taxes.
    pub net_minor: i64,
}

/// An extra that is in the price of a night.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoldIncluded {
    pub extra_id: Uuid,
    pub name: String,
    pub units: i32,
    /// Price without taxes.
    pub net_minor: i64,
    pub taxes: Vec<SoldTax>,
}

impl SoldIncluded {
    /// Returns the part of the price that the guest pays for it.
    pub fn total(&self) -> i64 {
        self.net_minor + self.taxes.iter().map(|tax| tax.amount_minor).sum::<i64>()
    }

    /// The lines of its folio: the price, then its taxes. `like` is the line of the room on that night.
    fn charges(&self, like: &NewFolioEntry) -> Vec<NewFolioEntry> {
        let id = Uuid::now_v7();
        let of = OfExtra { extra_id: self.extra_id, stay_extra_id: None, units: self.units, in_price: true };
        let price = NewFolioEntry {
            kind: FolioKind::Extra,
            amount_minor: self.net_minor,
            description: self.name.clone(),
            id: Some(id),
            extra: Some(of),
            ..like.clone()
        };
        let tax = |tax: &SoldTax| NewFolioEntry { id: None, price_id: Some(id), ..tax.charge(&price) };
        let taxes: Vec<NewFolioEntry> = self.taxes.iter().map(tax).collect();
        std::iter::once(price).chain(taxes).collect()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoldTax {
    pub tax_rule_id: Uuid,
    pub name: String,
    pub amount_minor: i64,
    /// Terms of the tax; none in what was agreed on before they were kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<TaxTerms>,
}

impl SoldTax {
    pub fn new(line: &TaxLine, name: &str) -> Self {
        let TaxLine { tax_rule_id, amount_minor, is_included, rate_ppm } = *line;
        Self { tax_rule_id, name: name.to_owned(), amount_minor, terms: Some(TaxTerms { is_included, rate_ppm }) }
    }

    /// The line of the tax on a price.
    pub fn charge(&self, price: &NewFolioEntry) -> NewFolioEntry {
        NewFolioEntry {
            kind: FolioKind::Tax,
            amount_minor: self.amount_minor,
            description: self.name.clone(),
            tax_rule_id: Some(self.tax_rule_id),
            tax_terms: self.terms,
            ..price.clone()
        }
    }
}

impl Sold {
    /// Returns the price that the guest pays.
    pub fn total(&self) -> i64 {
        self.nights.iter().map(SoldNight::total).sum()
    }

    /// Returns what an offer takes off each night, as entered.
    pub fn off(&self, offer_id: Uuid) -> BTreeMap<NaiveDate, i64> {
        let of_night = |night: &SoldNight| {
            let own = night.discounts.iter().filter(|discount| discount.offer_id == offer_id);
            (night.date, own.map(|discount| discount.entered_minor).sum::<i64>())
        };
        self.nights.iter().map(of_night).filter(|(_, off)| *off > 0).collect()
    }

    /// The lines of its folio: each night's room, then what offers take off, its taxes, and the extras that are in its price.
    pub fn charges(&self, stay_id: Uuid, room_type: &str) -> Vec<NewFolioEntry> {
        let of_night = |night: &SoldNight| {
            let room = NewFolioEntry {
                stay_id,
                kind: FolioKind::Room,
                service_date: night.date,
                amount_minor: night.room_minor,
                description: room_type.to_owned(),
                tax_rule_id: None,
                tax_terms: None,
                reverses_id: None,
                restores_id: None,
                folio_id: None,
                id: None,
                price_id: None,
                extra: None,
            };
            let discount = |discount: &SoldDiscount| NewFolioEntry {
                kind: FolioKind::Discount,
                amount_minor: -discount.net_minor,
                description: discount.name.clone(),
                ..room.clone()
            };
            let is_told = |discount: &&SoldDiscount| discount.net_minor != 0;
            let discounts: Vec<NewFolioEntry> = night.discounts.iter().filter(is_told).map(discount).collect();
            let taxes: Vec<NewFolioEntry> = night.taxes.iter().map(|tax| tax.charge(&room)).collect();
            let included: Vec<NewFolioEntry> = night.included.iter().flat_map(|extra| extra.charges(&room)).collect();
            std::iter::once(room).chain(discounts).chain(taxes).chain(included).collect::<Vec<_>>()
        };
        self.nights.iter().flat_map(of_night).collect()
    }
}

impl SoldNight {
    pub fn total(&self) -> i64 {
        let taxes: i64 = self.taxes.iter().map(|tax| tax.amount_minor).sum();
        self.net_minor() + taxes + self.included.iter().map(SoldIncluded::total).sum::<i64>()
    }

    /// Returns the price of the room without taxes, once offers are taken off.
    pub fn net_minor(&self) -> i64 {
        self.room_minor - self.discounts.iter().map(|discount| discount.net_minor).sum::<i64>()
    }
}

/// A restriction in the way of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Restricted {
    /// Position of the room among those asked for, from 0.
    pub room: usize,
    /// Identifier of the room type that was asked for.
    pub room_type_id: Uuid,
    /// Identifier of the rate plan that does not sell it.
    pub rate_plan_id: Uuid,
    #[serde(flatten)]
    pub restriction: Restriction,
}

/// The plan and the type of each line, or what is wrong with the lines.
pub fn sellable<'a>(
    wishes: &[Wish<'a>],
    catalogue: &Catalogue,
    rates: &HotelRates,
) -> Result<Vec<Sellable<'a>>, Vec<FieldError>> {
    let (mut lines, mut errors) = (Vec::with_capacity(wishes.len()), Vec::new());
    for (line, wish) in wishes.iter().enumerate() {
        if let Some((child, detail)) = too_old(wish.party.children_ages, catalogue.property.settings.max_child_age) {
            errors.push(FieldError::body(format!("/rooms/{line}/children_ages/{child}"), detail));
        }
        match sellable_line(*wish, catalogue, rates) {
            Ok(sellable) => lines.push(sellable),
            Err((field, detail)) => errors.push(FieldError::body(format!("/rooms/{line}/{field}"), detail)),
        }
    }
    if errors.is_empty() { Ok(lines) } else { Err(errors) }
}

fn sellable_line<'a>(wish: Wish<'a>, catalogue: &Catalogue, rates: &HotelRates) -> Result<Sellable<'a>, (&'static str, String)> {
    let kind = catalogue.room_type(wish.room_type_id).ok_or(("room_type_id", "is not a room type of the property".into()))?;
    let rate_plan_id = sold_plan(wish, kind, rates)?;
    check_capacity(kind, rates, wish.party)?;
    let currency = catalogue.property.currency;
    if wish.nightly_price.is_some_and(|price| price.currency != currency) {
        return Err(("nightly_price/currency", format!("must be {currency}")));
    }
    Ok(Sellable { wish, basis: basis(kind), rate_plan_id })
}

/// Returns the plan in which the type is sold: the one that is named, or the hotel's default plan.
fn sold_plan(wish: Wish<'_>, kind: &RoomType, rates: &HotelRates) -> Result<Uuid, (&'static str, String)> {
    let rate_plan_id = match wish.rate_plan_id {
        Some(id) => id,
        None => rates
            .tariff
            .default_plan()
            .map(|plan| plan.id)
            .ok_or(("rate_plan_id", "is needed: the hotel has no plan that is sold where none is named".into()))?,
    };
    if !rates.plan(rate_plan_id).is_some_and(|plan| plan.is_active && rates.is_open(plan)) {
        return Err(("rate_plan_id", "is not a rate plan that the property sells".into()));
    }
    if !rates.tariff.sells(rate_plan_id, kind.id) {
        let detail = match wish.rate_plan_id {
            Some(_) => "does not sell this room type",
            None => "is needed: the hotel's default plan does not sell this room type",
        };
        return Err(("rate_plan_id", detail.into()));
    }
    Ok(rate_plan_id)
}

/// An amended stay that can be priced.
pub struct Resellable<'a> {
    pub basis: RoomBasis,
    pub rate_plan_id: Uuid,
    /// Name of the room type.
    pub name: &'a str,
}

/// The plan and the type of a stay that was sold before: what stays as it was need not be on sale any more.
pub fn resellable<'a>(
    wanted: &Wanted,
    catalogue: &'a Catalogue,
    rates: &HotelRates,
) -> Result<Resellable<'a>, (&'static str, String)> {
    let kind = catalogue.room_type(wanted.room_type_id).ok_or(("room_type_id", "is not a room type of the property".into()))?;
    if let Some((child, detail)) = too_old_anew(wanted, catalogue.property.settings.max_child_age) {
        return Err(("children_ages", format!("child {child} {detail}")));
    }
    check_guests(wanted, kind, catalogue, rates)?;
    if let (true, Some(rate_plan_id)) = (wanted.sells_the_same(), wanted.rate_plan_id) {
        return Ok(Resellable { basis: basis(kind), rate_plan_id, name: &kind.name });
    }
    let wish = Wish {
        room_type_id: wanted.room_type_id,
        rate_plan_id: wanted.rate_plan_id,
        party: wanted.party(),
        nightly_price: None,
        extras: &[],
    };
    let rate_plan_id = sold_plan(wish, kind, rates)?;
    Ok(Resellable { basis: basis(kind), rate_plan_id, name: &kind.name })
}

/// Returns the first child that is too old and was not in the stay before.
fn too_old_anew(wanted: &Wanted, max_child_age: i32) -> Option<(usize, String)> {
    let mut known: Vec<i32> = if wanted.is_new() { Vec::new() } else { wanted.children_before() };
    let mut comes = |age: i32| match known.iter().position(|other| *other == age) {
        Some(place) => {
            known.swap_remove(place);
            false
        }
        None => true,
    };
    let child = wanted.children_ages.iter().position(|age| comes(*age) && *age > max_child_age)?;
    Some((child, too_old_for(max_child_age)))
}

/// Checks that the room takes the guests, where there are more of them, or the room is another one: what was sold is not judged by
/// what the type takes today.
fn check_guests(
    wanted: &Wanted,
    kind: &RoomType,
    catalogue: &Catalogue,
    rates: &HotelRates,
) -> Result<(), (&'static str, String)> {
    let has_more_guests = wanted.is_new() || grows(rates, wanted);
    if has_more_guests || wanted.room_type_id != wanted.stay.booked_room_type_id {
        check_capacity(kind, rates, wanted.party())?;
    }
    // After an upgrade they are in a room of another type.
    match catalogue.room_type(wanted.occupied_type()).filter(|occupied| has_more_guests && occupied.id != kind.id) {
        Some(occupied) => check_capacity(occupied, rates, wanted.party()),
        None => Ok(()),
    }
}

/// Returns `true` if a stay is to have more adults, more children, or more of both together, than it has.
fn grows(rates: &HotelRates, wanted: &Wanted) -> bool {
    let ages = wanted.children_before();
    let before = rates.tariff.heads(Party { adults: wanted.stay.adults, children_ages: &ages });
    let after = rates.tariff.heads(wanted.party());
    let guests = |heads: &Heads<'_>| usize::try_from(heads.adults).unwrap_or(usize::MAX).saturating_add(heads.children.len());
    after.adults > before.adults || after.children.len() > before.children.len() || guests(&after) > guests(&before)
}

/// The plan and the type of a stay as was agreed on: it need not be on sale any more.
pub fn resellable_as_agreed<'a>(
    wanted: &Wanted,
    agreed: &Sold,
    catalogue: &'a Catalogue,
) -> Result<Resellable<'a>, (&'static str, String)> {
    let kind = catalogue.room_type(wanted.room_type_id).ok_or(("room_type_id", "is not a room type of the property".into()))?;
    Ok(Resellable { basis: basis(kind), rate_plan_id: agreed.rate_plan_id, name: &kind.name })
}

/// Returns the first child that is too old to be one at the hotel, and the reason.
pub fn too_old(children_ages: &[i32], max_child_age: i32) -> Option<(usize, String)> {
    let child = children_ages.iter().position(|age| *age > max_child_age)?;
    Some((child, too_old_for(max_child_age)))
}

fn too_old_for(max_child_age: i32) -> String {
    format!("children are at most {max_child_age} here; count this one among the adults")
}

/// Checks that a room of the type takes the guests; the error names the field by which it does not.
pub fn check_capacity(kind: &RoomType, rates: &HotelRates, party: Party<'_>) -> Result<(), (&'static str, String)> {
    let heads = rates.tariff.heads(party);
    let capacity = Capacity { max_adults: kind.max_adults, max_children: kind.max_children, max_guests: kind.max_guests };
    match capacity.check(heads.adults, heads.children.len()) {
        None => Ok(()),
        // A child of an age in no band counts as an adult, and one too many.
        Some(("adults", detail)) if party.adults <= kind.max_adults && heads.adults > kind.max_adults => {
            Err(("children_ages", format!("{detail}, and children of some of these ages count as adults here")))
        }
        Some(wrong) => Err(wrong),
    }
}

/// Returns the data of a room type on which prices depend.
pub fn basis(kind: &RoomType) -> RoomBasis {
    RoomBasis { room_type_id: kind.id, base_price_minor: kind.base_price_minor, max_adults: kind.max_adults }
}

/// Returns the restrictions that keep the plans from being sold.
pub fn restrictions(lines: &[Sellable<'_>], rates: &HotelRates, nights: Nights, asked: Asked<'_>) -> Vec<Restricted> {
    let of_line = |(room, line): (usize, &Sellable<'_>)| {
        let (room_type_id, rate_plan_id) = (line.basis.room_type_id, line.rate_plan_id);
        let found = rates.tariff.restrictions(rate_plan_id, room_type_id, nights, asked);
        found.into_iter().map(move |restriction| Restricted { room, room_type_id, rate_plan_id, restriction })
    };
    lines.iter().enumerate().flat_map(of_line).collect()
}

/// Offers of a hotel, and who asks for them.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    pub on_sale: &'a [OnSale],
    pub buyer: Buyer<'a>,
}

/// Price of a line, with the offers that are taken off it.
#[derive(Debug)]
pub struct OfferedPrice<'a> {
    pub price: StayPrice,
    pub offers: Vec<Reduced<'a>>,
}

/// The prices of lines that are sold together: by the plan, as staff set them or, of some nights, as was agreed with a group, which
/// `agreed` says for each; then less what offers take off. These are for prices of plans: one that was set or agreed on is the price.
/// What the plan has in its price is in any of them.
pub fn prices<'a>(
    lines: &[Sellable<'_>],
    rates: &HotelRates,
    nights: Nights,
    agreed: &[BTreeMap<NaiveDate, i64>],
    asking: Option<&Asking<'a>>,
) -> Vec<OfferedPrice<'a>> {
    let none = BTreeMap::new();
    let agreed_of = |place: usize| agreed.get(place).unwrap_or(&none);
    let listed: Vec<StayPrice> =
        lines.iter().enumerate().map(|(place, line)| as_listed(line, rates, nights, agreed_of(place))).collect();
    let is_of_plan = |place: usize| lines[place].wish.nightly_price.is_none() && agreed_of(place).is_empty();
    let of_plan: Vec<usize> = (0..lines.len()).filter(|place| is_of_plan(*place)).collect();
    let mut offers: Vec<Vec<Reduced<'a>>> = vec![Vec::new(); lines.len()];
    if let Some(asking) = asking.filter(|asking| !asking.on_sale.is_empty()) {
        let asked: Vec<(Line<'_>, Vec<i64>)> =
            of_plan.iter().map(|place| (line(&lines[*place], rates, nights), listed[*place].entered())).collect();
        for (place, chosen) in of_plan.into_iter().zip(offers::chosen_for(asking.on_sale, &asking.buyer, &asked)) {
            offers[place] = chosen;
        }
    }
    let priced = |((line, listed), offers): ((&Sellable<'_>, StayPrice), Vec<Reduced<'a>>)| OfferedPrice {
        price: rates.tariff.reduced(line.rate_plan_id, listed, nights, line.wish.party, &offers),
        offers,
    };
    lines.iter().zip(listed).zip(offers).map(priced).collect()
}

/// The price of one line, less what offers take off it.
pub fn price_with<'a>(line: &Sellable<'_>, rates: &HotelRates, nights: Nights, asking: &Asking<'a>) -> OfferedPrice<'a> {
    let listed = as_listed(line, rates, nights, &BTreeMap::new());
    let on_sale: Vec<&'a OnSale> = asking.on_sale.iter().collect();
    let offers = offers::chosen(&on_sale, &asking.buyer, &self::line(line, rates, nights), &listed.entered());
    OfferedPrice { price: rates.tariff.reduced(line.rate_plan_id, listed, nights, line.wish.party, &offers), offers }
}

/// The stay of a line, as offers ask for it.
pub fn line<'a>(sellable: &Sellable<'a>, rates: &'a HotelRates, nights: Nights) -> Line<'a> {
    let Sellable { wish, basis, rate_plan_id } = sellable;
    Line {
        nights,
        room_type_id: basis.room_type_id,
        rate_plan_id: *rate_plan_id,
        party: wish.party,
        bands: &rates.tariff.rules.bands,
    }
}

/// The price of a line as listed: by the plan, or as staff set it, or, of some nights, as was agreed with its group.
fn as_listed(line: &Sellable<'_>, rates: &HotelRates, nights: Nights, agreed: &BTreeMap<NaiveDate, i64>) -> StayPrice {
    let (tariff, party) = (&rates.tariff, line.wish.party);
    match line.wish.nightly_price {
        Some(set) => tariff.price_set_to(set.minor, nights, party),
        None if agreed.is_empty() => tariff.price_as_listed(line.rate_plan_id, line.basis, nights, party),
        None => {
            let by_plan = |night| tariff.night_minor(line.rate_plan_id, line.basis, night, party);
            tariff.price_set_by_night(|night| agreed.get(&night).copied().unwrap_or_else(|| by_plan(night)), nights, party)
        }
    }
}

/// The price of one line without offers.
pub fn price(line: &Sellable<'_>, rates: &HotelRates, nights: Nights, agreed: &BTreeMap<NaiveDate, i64>) -> StayPrice {
    let listed = as_listed(line, rates, nights, agreed);
    rates.tariff.divided(line.rate_plan_id, listed, nights, line.wish.party)
}

/// The lines and terms of a price.
pub fn sold(line: &Sellable<'_>, rates: &HotelRates, price: &StayPrice) -> Result<Sold> {
    sold_with(line, rates, price, Vec::new())
}

/// The lines and terms of a room that is sold by day at a price, as if staff had set it: without the taxes that are counted by
/// person and night.
pub fn sold_by_day(line: &Sellable<'_>, rates: &HotelRates, nights: Nights, price_minor: i64) -> Result<Sold> {
    let (tariff, party) = (rates.tariff.by_day(), line.wish.party);
    let price = tariff.price_set_to(price_minor, nights, party);
    sold(line, rates, &tariff.divided(line.rate_plan_id, price, nights, party))
}

/// The lines and terms of a price from which offers are taken off.
pub fn sold_with(line: &Sellable<'_>, rates: &HotelRates, price: &StayPrice, offers: Vec<SoldOffer>) -> Result<Sold> {
    let terms = rates.terms(line.rate_plan_id)?.clone();
    let nights = sold_nights(rates, price, &offers);
    Ok(Sold { rate_plan_id: line.rate_plan_id, terms, nights, offers })
}

/// The offers that are taken off a price, as they are sold.
pub fn sold_offers(reduced: &[Reduced<'_>], asking: &Asking<'_>) -> Vec<SoldOffer> {
    let sold = |reduced: &Reduced<'_>| {
        let OnSale { offer, terms, .. } = asking.on_sale.iter().find(|one| one.offer.id == reduced.offer_id)?;
        let code = asking.buyer.code.filter(|code| code.offer_id == offer.id);
        let code = code.map(|code| SoldCode { id: code.id, code: code.code.clone(), is_single_use: code.is_single_use });
        Some(SoldOffer { offer_id: offer.id, name: offer.name.clone(), code, terms: terms.clone() })
    };
    reduced.iter().filter_map(sold).collect()
}

/// The rates with the hidden plans on sale that whoever asks is sold: all by staff, else those of the offer whose code is given.
pub fn opened(rates: HotelRates, is_by_staff: bool, code: Option<&GivenCode>, catalogue: &Catalogue) -> HotelRates {
    if is_by_staff {
        return rates.all_opened();
    }
    let on_sale = code.and_then(|code| catalogue.offer(code.offer_id));
    rates.opened(on_sale.into_iter().flat_map(|on_sale| on_sale.terms.rate_plan_ids.iter().copied()))
}

/// Checks that the offer of a code is not over.
pub fn check_code(code: Option<&GivenCode>, catalogue: &Catalogue, local_date: NaiveDate) -> Result<(), OfferError> {
    let Some(code) = code else { return Ok(()) };
    match catalogue.offer(code.offer_id).filter(|on_sale| !on_sale.has_ended(local_date)) {
        Some(_) => Ok(()),
        None => Err(OfferError::Ended { offer_id: code.offer_id }),
    }
}

/// Returns the offers with limits that rooms are sold with.
pub fn limited(sold: &[Sold], catalogue: &Catalogue) -> Vec<Uuid> {
    let is_limited = |id: &Uuid| catalogue.offer(*id).is_some_and(|on_sale| on_sale.offer.is_limited());
    sold.iter().flat_map(|sold| &sold.offers).map(|offer| offer.offer_id).filter(is_limited).collect()
}

/// Returns the limits that are in the way of offers that rooms are sold with. `today` is the business date.
pub fn in_the_way(sold: &[Sold], counters: &[Counter], catalogue: &Catalogue, today: NaiveDate) -> Vec<Refused> {
    let off = |offer_id: Uuid| sold.iter().map(|sold| sold.off(offer_id).values().sum::<i64>()).sum();
    let is_sold = |counter: &&Counter| sold.iter().flat_map(|sold| &sold.offers).any(|one| one.offer_id == counter.offer_id);
    let refused = |counter: &Counter| {
        let on_sale = catalogue.offer(counter.offer_id)?;
        let condition = limits::in_the_way(&on_sale.offer, counter, today, off(counter.offer_id))?;
        Some(Refused::new(on_sale, condition))
    };
    counters.iter().filter(is_sold).filter_map(refused).collect()
}

/// Checks that something is left of the offer of a code, which is not silently left out.
pub fn check_code_is_left(code: Option<&GivenCode>, refused: &[Refused]) -> Result<(), OfferError> {
    let of_code = |refused: &&Refused| code.is_some_and(|code| code.offer_id == refused.offer_id);
    match refused.iter().find(of_code).cloned() {
        Some(first) if first.condition == Condition::FirstBookingOnly => Err(OfferError::NotApplicable(vec![first])),
        Some(other) => Err(OfferError::Exhausted(vec![other])),
        None => Ok(()),
    }
}

/// Checks that a code was for something: its offer is taken off a room, or others save more.
pub fn check_code_applies(
    rooms: &[Sellable<'_>],
    buyer: &Buyer<'_>,
    nights: Nights,
    catalogue: &Catalogue,
    rates: &HotelRates,
    sold: &[Sold],
) -> Result<(), OfferError> {
    let Some(on_sale) = buyer.code.and_then(|code| catalogue.offer(code.offer_id)) else { return Ok(()) };
    if sold.iter().flat_map(|sold| &sold.offers).any(|one| one.offer_id == on_sale.offer.id) {
        return Ok(());
    }
    let lines: Vec<Line<'_>> = rooms.iter().map(|room| line(room, rates, nights)).collect();
    on_sale.check(buyer, &lines)
}

/// The extras that are to be sold with each line, or the first that cannot be.
pub fn sold_extras(lines: &[Sellable<'_>], catalogue: &Catalogue, nights: Nights) -> Result<Vec<Vec<SoldExtra>>, ExtraError> {
    let of_line = |(room, line): (usize, &Sellable<'_>)| {
        let heads = catalogue.rates.tariff.heads(line.wish.party);
        let sold = |(place, wish): (usize, &ExtraWish)| -> Result<SoldExtra, ExtraError> {
            let at = |field: &str| format!("/rooms/{room}/extras/{place}/{field}");
            let offered = extras::rules::wished(wish, &catalogue.extras, nights, at)?;
            Ok(SoldExtra::new(wish, offered, nights, &heads, nights.from))
        };
        line.wish.extras.iter().enumerate().map(sold).collect()
    };
    lines.iter().enumerate().map(of_line).collect()
}

/// The lines of a price, from which these offers are taken off.
pub fn sold_nights(rates: &HotelRates, price: &StayPrice, offers: &[SoldOffer]) -> Vec<SoldNight> {
    let discount = |discount: &Discount| {
        let Discount { offer_id, entered_minor, net_minor } = *discount;
        let name = offers.iter().find(|offer| offer.offer_id == offer_id).map(|offer| offer.name.clone()).unwrap_or_default();
        SoldDiscount { offer_id, name, entered_minor, net_minor }
    };
    let taxes = |lines: &[TaxLine]| -> Vec<SoldTax> {
        lines.iter().map(|line| SoldTax::new(line, rates.tax_name(line.tax_rule_id))).collect()
    };
    let included = |extra: &IncludedPrice| SoldIncluded {
        extra_id: extra.extra_id,
        name: extra.name.clone(),
        units: extra.units,
        net_minor: extra.net_minor,
        taxes: taxes(&extra.taxes),
    };
    let night = |night: &NightPrice| SoldNight {
        date: night.date,
        room_minor: night.room_minor,
        discounts: night.discounts.iter().map(discount).collect(),
        taxes: taxes(&night.taxes),
        included: night.included.iter().map(included).collect(),
    };
    price.nights.iter().map(night).collect()
}
