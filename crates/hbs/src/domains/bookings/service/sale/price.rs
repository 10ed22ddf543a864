//! Prices of the rooms of an order.
use super::offer::Offer;
use super::order::Order;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::rules::extras::SoldExtra;
use crate::domains::bookings::rules::selling::{self, Asking, OfferedPrice, Sellable, Sold};
use crate::domains::bookings::service::group::Left;
use crate::domains::folios::NewFolioEntry;
use crate::domains::offers::OfferError;
use crate::domains::offers::rules::conditions::Condition;
use crate::domains::rates::engine::CancellationTerms;
use crate::money::Money;
use crate::{Error, Result};
use chrono::NaiveDate;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The rooms of an order with their prices.
pub struct Priced {
    pub stays: Vec<PricedStay>,
    pub total: Money,
}

/// A stay with its terms and the lines of its folio.
pub struct PricedStay {
    pub id: Uuid,
    pub rate_plan_id: Uuid,
    pub terms: CancellationTerms,
    pub folio: Vec<NewFolioEntry>,
    /// Extras that are sold with it, each by the id of its sale.
    pub extras: Vec<(Uuid, SoldExtra)>,
    /// Offers that it is sold with.
    pub sold: Sold,
    /// Price of the stay, without its extras.
    pub total_minor: i64,
    /// Plan's price of the first night and price that staff set, if they set one.
    pub set_price: Option<(Money, Money)>,
}

impl PricedStay {
    /// Returns what the guest pays, for extras too.
    fn total(&self) -> i64 {
        self.total_minor + self.extras.iter().map(|(_, extra)| extra.total()).sum::<i64>()
    }
}

/// Prices each room, and fails if the guest was shown another total.
pub fn price(order: &Order<'_>, offer: &Offer<'_>) -> Result<Priced> {
    let (mut sold, mut extras) = (sold(order, offer)?, extras(order, offer)?);
    // What was quoted, was quoted without.
    if let Some(exemption) = offer.exemption.as_ref().filter(|_| order.quote.is_none()) {
        sold.iter_mut().for_each(|sold| exemption.leave_out(sold, &offer.rates.tariff.rules.taxes));
        extras.iter_mut().flatten().for_each(|extra| exemption.leave_out_of_extra(extra));
    }
    let stays = sold.into_iter().zip(extras).zip(&offer.rooms);
    let stays: Vec<PricedStay> =
        stays.map(|((sold, extras), room)| priced(order, offer, sold, extras, room)).collect::<Result<_>>()?;
    let total = Money::new(stays.iter().map(PricedStay::total).sum(), offer.property().currency);
    match order.sell.expected_total.filter(|expected| *expected != total) {
        Some(expected) => Err(BookingError::PriceChanged { expected, actual: total }.into()),
        None => Ok(Priced { stays, total }),
    }
}

/// Returns the sales as quoted, if there is a quote; else by rate, and at prices agreed with the group, less what offers take off.
fn sold(order: &Order<'_>, offer: &Offer<'_>) -> Result<Vec<Sold>> {
    if order.sell.is_day_use {
        return sold_by_day(order, offer);
    }
    let today = offer.property().business_date(order.now());
    if let Some(quote) = &order.quote {
        let sold = quote.sold();
        // The price that was quoted holds, but for what is used up.
        return match selling::in_the_way(&sold, &offer.counters, &offer.catalogue, today).as_slice() {
            [] => Ok(sold),
            [first, ..] if first.condition == Condition::FirstBookingOnly => {
                Err(OfferError::NotApplicable(vec![first.clone()]).into())
            }
            refused => Err(OfferError::Exhausted(refused.to_vec()).into()),
        };
    }
    let mut left = offer.set_aside.as_ref().map(Left::of);
    let agreed: Vec<BTreeMap<NaiveDate, i64>> =
        offer.rooms.iter().map(|room| agreed_nights(order, room.basis.room_type_id, left.as_mut())).collect();
    let mut without: Vec<Uuid> = Vec::new();
    loop {
        let sold = sold_without(order, offer, &agreed, &without)?;
        let refused = selling::in_the_way(&sold, &offer.counters, &offer.catalogue, today);
        if refused.is_empty() {
            let buyer = order.buyer(offer.property(), &[]);
            selling::check_code_applies(&offer.rooms, &buyer, order.sell.nights, &offer.catalogue, &offer.rates, &sold)?;
            return Ok(sold);
        }
        selling::check_code_is_left(order.code.as_ref(), &refused)?;
        // What everybody gets, as long as there is some, is not taken off any more; the next best may be.
        without.extend(refused.iter().map(|refused| refused.offer_id));
    }
}

/// Returns the sales by day: at the price that staff set, else at that of the plan.
fn sold_by_day(order: &Order<'_>, offer: &Offer<'_>) -> Result<Vec<Sold>> {
    let rates = &offer.rates;
    let sold = |(line, room): (usize, &Sellable<'_>)| -> Result<Sold> {
        let of_plan = || rates.tariff.day_minor(room.rate_plan_id, room.basis.room_type_id);
        let price_minor = room.wish.nightly_price.map(|price| price.minor).or_else(of_plan);
        let price_minor = price_minor.ok_or_else(|| no_day_price(offer, line, room))?;
        selling::sold_by_day(room, rates, order.sell.nights, price_minor)
    };
    offer.rooms.iter().enumerate().map(sold).collect()
}

fn no_day_price(offer: &Offer<'_>, line: usize, room: &Sellable<'_>) -> BookingError {
    let plan = offer.rates.plan(room.rate_plan_id).map(|plan| plan.code.clone());
    let kind = offer.catalogue.room_type(room.basis.room_type_id).map(|kind| kind.name.clone());
    BookingError::NoDayPrice { line, plan: plan.unwrap_or_default(), room_type: kind.unwrap_or_default() }
}

fn sold_without(
    order: &Order<'_>,
    offer: &Offer<'_>,
    agreed: &[BTreeMap<NaiveDate, i64>],
    without: &[Uuid],
) -> Result<Vec<Sold>> {
    let rates = &offer.rates;
    let asking = Asking { on_sale: &offer.catalogue.offers, buyer: order.buyer(offer.property(), without) };
    let is_asking = order.group.is_none();
    let prices = selling::prices(&offer.rooms, rates, order.sell.nights, agreed, Some(&asking).filter(|_| is_asking));
    let sold = |(room, priced): (&Sellable<'_>, OfferedPrice<'_>)| {
        selling::sold_with(room, rates, &priced.price, selling::sold_offers(&priced.offers, &asking))
    };
    offer.rooms.iter().zip(prices).map(sold).collect()
}

/// Returns the extras of each room, as quoted, if there is a quote.
fn extras(order: &Order<'_>, offer: &Offer<'_>) -> Result<Vec<Vec<SoldExtra>>> {
    match &order.quote {
        Some(quote) => Ok(quote.extras()),
        None => Ok(selling::sold_extras(&offer.rooms, &offer.catalogue, order.sell.nights)?),
    }
}

/// Returns the agreed prices of nights for a room: nights on which rooms are left of those set aside, after the rooms
/// before it.
fn agreed_nights(order: &Order<'_>, room_type_id: Uuid, left: Option<&mut Left<'_>>) -> BTreeMap<NaiveDate, i64> {
    let (Some(group), Some(left)) = (&order.group, left) else { return BTreeMap::new() };
    let nights: Vec<NaiveDate> = order.sell.nights.iter().filter(|night| left.take(*night, room_type_id)).collect();
    group.at_its_rate(&nights, room_type_id)
}

fn priced(order: &Order<'_>, offer: &Offer<'_>, sold: Sold, extras: Vec<SoldExtra>, room: &Sellable<'_>) -> Result<PricedStay> {
    let kind = offer.catalogue.room_type(room.basis.room_type_id);
    let kind = kind.ok_or_else(|| Error::internal("a room type that was chosen is not there"))?;
    let id = Uuid::now_v7();
    let extras: Vec<(Uuid, SoldExtra)> = extras.into_iter().map(|extra| (Uuid::now_v7(), extra)).collect();
    let charges = extras.iter().flat_map(|(sale_id, extra)| extra.charges(id, *sale_id));
    Ok(PricedStay {
        id,
        folio: sold.charges(id, &kind.name).into_iter().chain(charges).collect(),
        extras,
        total_minor: sold.total(),
        rate_plan_id: sold.rate_plan_id,
        terms: sold.terms.clone(),
        sold,
        set_price: room.wish.nightly_price.map(|set| (listed(order, offer, room), set)),
    })
}

/// The price of the first night by the plan.
fn listed(order: &Order<'_>, offer: &Offer<'_>, room: &Sellable<'_>) -> Money {
    let minor = offer.rates.tariff.night_minor(room.rate_plan_id, room.basis, order.sell.nights.from, room.wish.party);
    Money::new(minor, offer.property().currency)
}
