//! A quote: a price that holds until it expires, in a token that only HBS can write.
//!
//! The token is a JWT of our own (HS256 with a key derived from `data_key`). Nobody else verifies it,
//! so that it needs no public key, and the exchange of the keys that sign access tokens leaves
//! quotes alone. It holds the lines themselves: what is redeemed is what was quoted, whatever has become
//! of rates, taxes and policies since.
use super::extras::{Served, SoldExtra};
use super::selling::{Sellable, Sold, SoldDiscount, SoldIncluded, SoldNight, SoldTax, Wish};
use crate::domains::bookings::error::BookingError;
use crate::domains::extras::ExtraWish;
use crate::domains::folios::TaxTerms;
use crate::domains::inventory::Nights;
use crate::domains::offers::SoldOffer;
use crate::domains::rates::engine::CancellationTerms;
use crate::error::FieldError;
use crate::money::{Currency, Money};
use crate::security::DataKey;
use crate::{Error, Result};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const PURPOSE: &str = "quote";

/// Content of a quote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    pub property_id: Uuid,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
    pub channel: String,
    pub currency: Currency,
    /// Expiry, by business time.
    pub expires_at: DateTime<Utc>,
    pub rooms: Vec<QuotedLine>,
    /// The lines of nights, each once however many nights cost the same: many rooms for a year must
    /// still be a token that can be sent.
    prices: Vec<QuotedPrice>,
    /// Id and name of each tax that a price names by its place here.
    taxes: Vec<(Uuid, String)>,
    /// Extras that are in the price of a night: the extra, its name, how many of it, and the place of the price.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    packages: Vec<Vec<(Uuid, String, i32, usize)>>,
    /// Terms of each of these taxes. Empty in a quote of a process that kept none yet, which also reads quotes that have them.
    #[serde(default)]
    tax_terms: Vec<Option<TaxTerms>>,
    /// Offers that are taken off, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    offers: Vec<SoldOffer>,
    /// What offers take off a night: the place of each, the amount as entered, and that without taxes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    discounts: Vec<Vec<(usize, i64, i64)>>,
    /// Code that was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Account or guest whose exemption from taxes it goes by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exempt_payer_id: Option<Uuid>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotedLine {
    pub room_type_id: Uuid,
    pub rate_plan_id: Uuid,
    pub adults: i32,
    pub children_ages: Vec<i32>,
    pub terms: CancellationTerms,
    /// Night by night, the place of its price.
    nights: Vec<usize>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    extras: Vec<QuotedExtra>,
    /// Night by night, the place of the extras that are in its price; empty if none of the nights has any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    packages: Vec<usize>,
    /// Places of the offers that are taken off, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    offers: Vec<usize>,
    /// Night by night, the place of what offers take off; empty if they take off nothing of any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    discounts: Vec<usize>,
}

/// A quoted extra: what was wished for, and what is served of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct QuotedExtra {
    wish: ExtraWish,
    name: String,
    services: Vec<QuotedServices>,
}

/// Services on days that follow each other: the first, counted from the arrival, how many days, how many of it, and the place of the
/// price.
type QuotedServices = (i64, i64, i32, usize);

/// The room without taxes, then the place of each tax with its amount.
type QuotedPrice = (i64, Vec<(usize, i64)>);

/// The place of a value in a list, where it is put if it is not there.
fn place_of<T: PartialEq>(list: &mut Vec<T>, value: T) -> usize {
    list.iter().position(|other| *other == value).unwrap_or_else(|| {
        list.push(value);
        list.len() - 1
    })
}

impl Quote {
    pub fn new(
        property_id: Uuid,
        nights: Nights,
        channel: &str,
        currency: Currency,
        expires_at: DateTime<Utc>,
        lines: &[(Sellable<'_>, Sold, Vec<SoldExtra>)],
    ) -> Self {
        let (mut prices, mut taxes, mut packages) = (Vec::new(), Vec::new(), Vec::new());
        let mut offers: Vec<SoldOffer> = Vec::new();
        let mut discounts: Vec<Vec<(usize, i64, i64)>> = Vec::new();
        let mut place_of_price = |net_minor: i64, borne: &[SoldTax]| {
            let tax = |tax: &SoldTax| {
                let place = place_of(&mut taxes, ((tax.tax_rule_id, tax.name.clone()), tax.terms));
                (place, tax.amount_minor)
            };
            let price = (net_minor, borne.iter().map(tax).collect());
            place_of(&mut prices, price)
        };
        let rooms = lines
            .iter()
            .map(|(line, sold, extras)| QuotedLine {
                room_type_id: line.basis.room_type_id,
                rate_plan_id: line.rate_plan_id,
                adults: line.wish.party.adults,
                children_ages: line.wish.party.children_ages.to_vec(),
                terms: sold.terms.clone(),
                offers: sold.offers.iter().map(|offer| place_of(&mut offers, offer.clone())).collect(),
                discounts: places_of_discounts(sold, &offers, &mut discounts),
                nights: sold.nights.iter().map(|night| place_of_price(night.room_minor, &night.taxes)).collect(),
                packages: places_of_packages(&sold.nights, &mut packages, &mut place_of_price),
                extras: extras.iter().map(|extra| quoted_extra(extra, nights.from, &mut place_of_price)).collect(),
            })
            .collect();
        let (taxes, tax_terms) = taxes.into_iter().unzip();
        Self {
            property_id,
            check_in: nights.from,
            check_out: nights.to,
            channel: channel.into(),
            currency,
            expires_at,
            rooms,
            prices,
            taxes,
            packages,
            tax_terms,
            offers,
            discounts,
            code: None,
            exempt_payer_id: None,
        }
    }

    /// Returns the quote as one that goes by the exemption of an account or guest.
    #[must_use]
    pub fn exempt(self, exempt_payer_id: Option<Uuid>) -> Self {
        Self { exempt_payer_id, ..self }
    }

    /// Returns the quote with the code that was given for it.
    #[must_use]
    pub fn with_code(self, code: Option<String>) -> Self {
        Self { code, ..self }
    }

    pub fn to_token(&self, key: &DataKey) -> Result<String> {
        key.sign(PURPOSE, self)
    }

    /// Reads a token of ours. Whether it still holds is another question: a request that is sent
    /// again gets its first answer even after that.
    pub fn from_token(token: &str, key: &DataKey) -> Result<Self> {
        key.verify(PURPOSE, token).ok_or_else(|| Error::invalid("/quote", "is not a quote of this server"))
    }

    pub fn check_holds(&self, now: DateTime<Utc>) -> Result<(), BookingError> {
        if now < self.expires_at { Ok(()) } else { Err(BookingError::QuoteExpired(self.expires_at)) }
    }

    /// Returns the quoted price and terms of each line, in their order.
    pub fn sold(&self) -> Vec<Sold> {
        let nights = Nights::new(self.check_in, self.check_out);
        let taxes = |taxes: &[(usize, i64)]| -> Vec<SoldTax> { taxes.iter().filter_map(|tax| self.tax(tax)).collect() };
        let included = |(extra_id, name, units, place): &(Uuid, String, i32, usize)| {
            let (net_minor, borne) = self.prices.get(*place)?;
            let (net_minor, taxes) = (*net_minor, taxes(borne));
            Some(SoldIncluded { extra_id: *extra_id, name: name.clone(), units: *units, net_minor, taxes })
        };
        let discount = |(place, entered_minor, net_minor): &(usize, i64, i64)| {
            let SoldOffer { offer_id, name, .. } = self.offers.get(*place)?;
            let (entered_minor, net_minor) = (*entered_minor, *net_minor);
            Some(SoldDiscount { offer_id: *offer_id, name: name.clone(), entered_minor, net_minor })
        };
        let night = |(date, place, package, discounts): (NaiveDate, &usize, Option<&usize>, Option<&usize>)| {
            let (room_minor, borne) = self.prices.get(*place)?;
            let discounts = discounts.and_then(|place| self.discounts.get(*place)).into_iter().flatten();
            let package = package.and_then(|place| self.packages.get(*place)).into_iter().flatten();
            Some(SoldNight {
                date,
                room_minor: *room_minor,
                discounts: discounts.filter_map(discount).collect(),
                taxes: taxes(borne),
                included: package.filter_map(included).collect(),
            })
        };
        let nights_of = |line: &QuotedLine| -> Vec<SoldNight> {
            let each = nights.iter().zip(&line.nights).enumerate();
            each.filter_map(|(n, (date, place))| night((date, place, line.packages.get(n), line.discounts.get(n)))).collect()
        };
        self.rooms
            .iter()
            .map(|line| Sold {
                rate_plan_id: line.rate_plan_id,
                terms: line.terms.clone(),
                nights: nights_of(line),
                offers: line.offers.iter().filter_map(|place| self.offers.get(*place)).cloned().collect(),
            })
            .collect()
    }

    /// Returns the quoted extras of each line, in their order.
    pub fn extras(&self) -> Vec<Vec<SoldExtra>> {
        let served = |(first, days, units, place): &QuotedServices| {
            let (net_minor, taxes) = self.prices.get(*place).cloned().unwrap_or_default();
            let taxes: Vec<SoldTax> = taxes.iter().filter_map(|tax| self.tax(tax)).collect();
            let (units, check_in) = (*units, self.check_in);
            let date = move |day: i64| check_in + TimeDelta::days(day);
            (*first..first + days).map(move |day| Served { date: date(day), units, net_minor, taxes: taxes.clone() })
        };
        let extra = |extra: &QuotedExtra| SoldExtra {
            wish: extra.wish,
            name: extra.name.clone(),
            services: extra.services.iter().flat_map(served).collect(),
        };
        self.rooms.iter().map(|room| room.extras.iter().map(extra).collect()).collect()
    }

    fn tax(&self, (place, amount_minor): &(usize, i64)) -> Option<SoldTax> {
        let (tax_rule_id, name) = self.taxes.get(*place)?.clone();
        let terms = self.tax_terms.get(*place).copied().flatten();
        Some(SoldTax { tax_rule_id, name, amount_minor: *amount_minor, terms })
    }

    pub fn total(&self) -> Money {
        let extras = self.extras().iter().flatten().map(SoldExtra::total).sum::<i64>();
        Money::new(self.sold().iter().map(Sold::total).sum::<i64>() + extras, self.currency)
    }

    /// Returns the differences between a request and the quote.
    pub fn differences(&self, property_id: Uuid, nights: Nights, channel: &str, wishes: &[Wish<'_>]) -> Vec<FieldError> {
        let mut found = Vec::new();
        let mut differs = |differs: bool, pointer: String| {
            if differs {
                found.push(FieldError::body(pointer, "is not what the quote is for"));
            }
        };
        differs(property_id != self.property_id, "/property_id".into());
        differs(nights.from != self.check_in, "/check_in".into());
        differs(nights.to != self.check_out, "/check_out".into());
        differs(channel != self.channel, "/channel".into());
        differs(wishes.len() != self.rooms.len(), "/rooms".into());
        for (line, (wish, quoted)) in wishes.iter().zip(&self.rooms).enumerate() {
            let at = |field: &str| format!("/rooms/{line}/{field}");
            differs(wish.room_type_id != quoted.room_type_id, at("room_type_id"));
            // Without a plan, the quoted one is meant.
            differs(wish.rate_plan_id.is_some_and(|id| id != quoted.rate_plan_id), at("rate_plan_id"));
            differs(wish.party.adults != quoted.adults, at("adults"));
            differs(wish.party.children_ages != quoted.children_ages, at("children_ages"));
            differs(wish.nightly_price.is_some(), at("nightly_price"));
            // Without extras, the quoted ones are meant.
            let has_others = !wish.extras.iter().copied().eq(quoted.extras.iter().map(|extra| extra.wish));
            differs(!wish.extras.is_empty() && has_others, at("extras"));
        }
        found
    }
}

/// The place of what offers take off each night, if they take off anything of any.
fn places_of_discounts(sold: &Sold, offers: &[SoldOffer], discounts: &mut Vec<Vec<(usize, i64, i64)>>) -> Vec<usize> {
    if sold.nights.iter().all(|night| night.discounts.is_empty()) {
        return Vec::new();
    }
    let of_night = |night: &SoldNight| {
        let place = |discount: &SoldDiscount| {
            let place = offers.iter().position(|offer| offer.offer_id == discount.offer_id)?;
            Some((place, discount.entered_minor, discount.net_minor))
        };
        let each = night.discounts.iter().filter_map(place).collect();
        place_of(discounts, each)
    };
    sold.nights.iter().map(of_night).collect()
}

/// The place of what is in the price of each night, if anything is in that of any.
fn places_of_packages(
    nights: &[SoldNight],
    packages: &mut Vec<Vec<(Uuid, String, i32, usize)>>,
    place_of_price: &mut impl FnMut(i64, &[SoldTax]) -> usize,
) -> Vec<usize> {
    if nights.iter().all(|night| night.included.is_empty()) {
        return Vec::new();
    }
    let mut package = |night: &SoldNight| {
        let each = night
            .included
            .iter()
            .map(|extra| (extra.extra_id, extra.name.clone(), extra.units, place_of_price(extra.net_minor, &extra.taxes)));
        let each = each.collect();
        place_of(packages, each)
    };
    nights.iter().map(&mut package).collect()
}

fn quoted_extra(
    extra: &SoldExtra,
    check_in: NaiveDate,
    place_of_price: &mut impl FnMut(i64, &[SoldTax]) -> usize,
) -> QuotedExtra {
    let mut services: Vec<QuotedServices> = Vec::new();
    for served in &extra.services {
        let (day, place) = ((served.date - check_in).num_days(), place_of_price(served.net_minor, &served.taxes));
        match services.last_mut() {
            Some((first, days, units, price)) if (*first + *days, *units, *price) == (day, served.units, place) => *days += 1,
            _ => services.push((day, 1, served.units, place)),
        }
    }
    QuotedExtra { wish: extra.wish, name: extra.name.clone(), services }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::rates::engine::{Fee, Party, RoomBasis};
    use crate::security::new_data_key;
    use chrono::Days;

    /// Rooms at the same changing prices, as many nights as can be.
    fn year_for(rooms: usize) -> (Quote, Vec<Sold>, Vec<Vec<SoldExtra>>) {
        let from: NaiveDate = "2026-12-01".parse().expect("a date");
        let nights = Nights::new(from, from + Days::new(365));
        let policy = CancellationTerms {
            code: "FLEX".into(),
            name: "Flexible".into(),
            is_non_refundable: false,
            windows: Vec::new(),
            no_show: Fee::Nights(1),
            fee_tax: crate::domains::rates::engine::FeeTaxes::default(),
            payment: crate::domains::rates::engine::PaymentTerms::default(),
        };
        let terms = Some(TaxTerms { is_included: true, rate_ppm: Some(60_000) });
        let tax = |n: i64| SoldTax { tax_rule_id: Uuid::from_u128(7), name: "VAT 6 %".into(), amount_minor: n, terms };
        let night = |(date, n): (NaiveDate, i64)| SoldNight {
            date,
            room_minor: 10_000 + n % 50,
            discounts: Vec::new(),
            taxes: vec![tax(n % 50), tax(1)],
            included: vec![SoldIncluded {
                extra_id: Uuid::from_u128(9),
                name: "Breakfast".into(),
                units: 2,
                net_minor: 2_000,
                taxes: vec![tax(260)],
            }],
        };
        let sold = Sold {
            rate_plan_id: Uuid::from_u128(2),
            terms: policy,
            nights: nights.iter().zip(0..).map(night).collect(),
            offers: Vec::new(),
        };
        let room = RoomBasis { room_type_id: Uuid::from_u128(1), base_price_minor: 10_000, max_adults: 2 };
        let party = Party { adults: 2, children_ages: &[7] };
        let wishes: Vec<ExtraWish> =
            (0..20).map(|n| ExtraWish { extra_id: Uuid::from_u128(100 + n), quantity: 2, date: None }).collect();
        let extra = |wish: &ExtraWish| SoldExtra {
            wish: *wish,
            name: "Breakfast".into(),
            services: nights.iter().map(|date| Served { date, units: 4, net_minor: 4_000, taxes: vec![tax(240)] }).collect(),
        };
        let extras: Vec<SoldExtra> = wishes.iter().map(extra).collect();
        let wish = Wish { room_type_id: room.room_type_id, rate_plan_id: None, party, nightly_price: None, extras: &wishes };
        let lines = vec![(Sellable { wish, basis: room, rate_plan_id: sold.rate_plan_id }, sold.clone(), extras.clone()); rooms];
        let expires_at = "2026-12-01T12:30:00Z".parse().expect("an instant");
        let quote = Quote::new(Uuid::from_u128(3), nights, "direct", "EUR".parse().expect("a currency"), expires_at, &lines);
        (quote, vec![sold; rooms], vec![extras; rooms])
    }

    #[test]
    fn a_token_holds_every_line_and_can_be_sent() {
        let key = DataKey::from_base64(&new_data_key()).expect("a key");
        let (quote, sold, extras) = year_for(50);
        let token = quote.to_token(&key).expect("a token");
        assert!(token.len() < 400_000, "{} bytes", token.len());
        let read = Quote::from_token(&token, &key).expect("ours");
        assert_eq!((read.sold(), &read), (sold.clone(), &quote));
        assert_eq!(read.extras(), extras);
        let total = sold.iter().map(Sold::total).sum::<i64>() + extras.iter().flatten().map(SoldExtra::total).sum::<i64>();
        assert_eq!(read.total().minor, total);
    }
}
