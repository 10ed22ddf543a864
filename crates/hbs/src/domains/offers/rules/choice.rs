//! Choice of offers: of those that a stay could get, the ones that it gets.
//!
//! The one that saves most is taken alone, unless those that say `is_combinable` save more together. These are taken off one
//! after the other: fixed prices first, then free nights, percentages, amounts for nights, amounts for stays; of a kind the
//! oldest first. Extras that come with a stay count as what they would cost by themselves. A bundle takes the place of what its
//! rooms would get alone, where it saves more. What is asked of a search, a quote and a sale is the same function.
use crate::domains::inventory::Nights;
use crate::domains::offers::model::{OfferKind, OfferTerms, OnSale};
use crate::domains::rates::engine::{AgeBand, Party, Reduced, heads, rest, worth};
use chrono::NaiveDate;
use std::cmp::Reverse;
use uuid::Uuid;

/// The one who books, when and how.
#[derive(Debug, Clone, Copy)]
pub struct Buyer<'a> {
    /// Date at the hotel, by its calendar: offers are booked on dates of these.
    pub local_date: NaiveDate,
    /// Business date of the hotel, from which days ahead are counted.
    pub today: NaiveDate,
    pub channel: &'a str,
    /// `true` for somebody with an account.
    pub is_member: bool,
    /// Code that was given.
    pub code: Option<&'a GivenCode>,
    /// Offers of which nothing is left for this booking.
    pub without: &'a [Uuid],
}

/// A code that was given, and is one of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenCode {
    pub id: Uuid,
    pub offer_id: Uuid,
    pub code: String,
    pub is_single_use: bool,
}

/// A stay that is to be sold.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    pub nights: Nights,
    pub room_type_id: Uuid,
    pub rate_plan_id: Uuid,
    pub party: Party<'a>,
    /// Age bands of the hotel, by which extras have prices for children.
    pub bands: &'a [AgeBand],
}

impl Line<'_> {
    pub fn guests(&self) -> i64 {
        i64::from(self.party.adults) + i64::try_from(self.party.children_ages.len()).unwrap_or(i64::MAX)
    }
}

/// Returns the offers that a stay gets by itself, in the order in which they are taken off. `prices` are those of its nights, as
/// entered.
pub fn chosen<'a>(offers: &[&'a OnSale], buyer: &Buyer<'_>, line: &Line<'_>, prices: &[i64]) -> Vec<Reduced<'a>> {
    let is_meant = |on_sale: &&'a OnSale| {
        is_single(on_sale.offer.kind) && on_sale.terms.fits(line) && on_sale.is_for(buyer, line.nights.from)
    };
    let candidates: Vec<&'a OnSale> = offers.iter().copied().filter(is_meant).collect();
    let alone = |on_sale: &&'a OnSale| {
        let reduced = reduced(on_sale, line, prices);
        (saved(&reduced, line), reduced)
    };
    // Of equals the oldest.
    let best = candidates
        .iter()
        .map(alone)
        .filter(|(saved, _)| *saved > 0)
        .min_by_key(|(saved, reduced)| (Reverse(*saved), reduced.offer_id));
    let together = together(&candidates, line, prices);
    let saved_together: i64 = together.iter().map(|reduced| saved(reduced, line)).sum();
    let mut chosen = match best {
        Some((saved_alone, reduced)) if saved_alone >= saved_together => vec![reduced],
        _ => together,
    };
    chosen.extend(access(offers, buyer, line));
    chosen
}

/// Returns the offer that opens a hidden plan to whoever has its code: it takes nothing off, and counts.
fn access<'a>(offers: &[&'a OnSale], buyer: &Buyer<'_>, line: &Line<'_>) -> Option<Reduced<'a>> {
    let opens = |on_sale: &&&'a OnSale| {
        on_sale.offer.kind == OfferKind::PlanAccess && on_sale.terms.fits(line) && on_sale.is_for(buyer, line.nights.from)
    };
    let on_sale = offers.iter().find(opens)?;
    let by_night = vec![0; usize::try_from(line.nights.count()).unwrap_or(0)];
    Some(Reduced { offer_id: on_sale.offer.id, by_night, included: &[] })
}

/// Returns the offers that each of some rooms gets which are booked together, bundles among them.
pub fn chosen_for<'a>(offers: &'a [OnSale], buyer: &Buyer<'_>, lines: &[(Line<'_>, Vec<i64>)]) -> Vec<Vec<Reduced<'a>>> {
    let all: Vec<&'a OnSale> = offers.iter().collect();
    let mut given: Vec<Vec<Reduced<'a>>> = lines.iter().map(|(line, prices)| chosen(&all, buyer, line, prices)).collect();
    let mut bundled = vec![false; lines.len()];
    for on_sale in offers.iter().filter(|on_sale| on_sale.offer.kind == OfferKind::Bundle) {
        let free: Vec<usize> = (0..lines.len()).filter(|place| !bundled[*place]).collect();
        let Some(places) = bundle(on_sale, buyer, lines, &free) else { continue };
        let reduced = reduced_together(on_sale, lines, &places);
        let saved_alone: i64 =
            places.iter().map(|place| given[*place].iter().map(|one| saved(one, &lines[*place].0)).sum::<i64>()).sum();
        if reduced.iter().map(Reduced::total).sum::<i64>() > saved_alone {
            for (place, reduced) in places.into_iter().zip(reduced) {
                bundled[place] = true;
                given[place] = vec![reduced];
            }
        }
    }
    given
}

/// Returns what an offer that a stay was sold with takes off it as it is to be, after others. It was chosen when it was sold, and
/// stays as it was.
pub fn applied<'a>(
    (offer_id, terms): (Uuid, &'a OfferTerms),
    line: &Line<'_>,
    prices: &[i64],
    before: &[Reduced<'_>],
) -> Reduced<'a> {
    let by_night = terms.reduction.of(&rest(prices, before), &counting(terms.weekdays, line.nights));
    Reduced { offer_id, by_night, included: &terms.included }
}

fn is_single(kind: OfferKind) -> bool {
    !matches!(kind, OfferKind::Bundle | OfferKind::PlanAccess)
}

/// Returns what an offer alone takes off.
fn reduced<'a>(on_sale: &'a OnSale, line: &Line<'_>, prices: &[i64]) -> Reduced<'a> {
    let terms = &on_sale.terms;
    let counts = counting(terms.weekdays, line.nights);
    Reduced { offer_id: on_sale.offer.id, by_night: terms.reduction.of(prices, &counts), included: &terms.included }
}

/// Says of each night whether its price is less.
fn counting(weekdays: i16, nights: Nights) -> Vec<bool> {
    nights.iter().map(|night| super::conditions::is_on(weekdays, night)).collect()
}

/// Returns what offers that go together take off, each of what the ones before it leave. Those that take nothing off are left
/// out.
fn together<'a>(candidates: &[&'a OnSale], line: &Line<'_>, prices: &[i64]) -> Vec<Reduced<'a>> {
    let mut combinable: Vec<&'a OnSale> = candidates.iter().copied().filter(|on_sale| on_sale.offer.is_combinable).collect();
    combinable.sort_by_key(|on_sale| (rank(on_sale.offer.kind), on_sale.offer.id));
    let mut taken: Vec<Reduced<'a>> = Vec::new();
    for on_sale in combinable {
        let next = reduced(on_sale, line, &rest(prices, &taken));
        if saved(&next, line) > 0 {
            taken.push(next);
        }
    }
    taken
}

/// The place of a kind among those that are taken off one after the other.
fn rank(kind: OfferKind) -> u8 {
    match kind {
        OfferKind::FixedPrice => 0,
        OfferKind::FreeNights => 1,
        OfferKind::Percent => 2,
        OfferKind::AmountPerNight => 3,
        OfferKind::AmountPerStay => 4,
        OfferKind::IncludedExtras | OfferKind::Bundle | OfferKind::PlanAccess => 5,
    }
}

/// Returns what a guest saves by an offer: less to pay, and what its extras would cost.
fn saved(reduced: &Reduced<'_>, line: &Line<'_>) -> i64 {
    reduced.total().saturating_add(worth(reduced.included, reduced.by_night.len(), &heads(line.bands, line.party)))
}

/// Returns the places of the rooms that make a bundle, if they are all there.
fn bundle(on_sale: &OnSale, buyer: &Buyer<'_>, lines: &[(Line<'_>, Vec<i64>)], free: &[usize]) -> Option<Vec<usize>> {
    let fits = |place: &&usize| {
        let (line, _) = &lines[**place];
        on_sale.terms.fits(line) && on_sale.is_for(buyer, line.nights.from)
    };
    let fitting: Vec<usize> = free.iter().filter(fits).copied().collect();
    let mut places = Vec::new();
    for (room_type_id, rooms) in &on_sale.terms.bundle {
        let wanted = usize::try_from(*rooms).unwrap_or(0);
        let own: Vec<usize> =
            fitting.iter().copied().filter(|place| lines[*place].0.room_type_id == *room_type_id).take(wanted).collect();
        if own.len() < wanted {
            return None;
        }
        places.extend(own);
    }
    (!places.is_empty()).then_some(places)
}

/// Returns what a bundle takes off each of its rooms: an amount is shared among all nights of all rooms.
fn reduced_together<'a>(on_sale: &'a OnSale, lines: &[(Line<'_>, Vec<i64>)], places: &[usize]) -> Vec<Reduced<'a>> {
    let terms = &on_sale.terms;
    let prices: Vec<i64> = places.iter().flat_map(|place| lines[*place].1.iter().copied()).collect();
    let counts: Vec<bool> = places.iter().flat_map(|place| counting(terms.weekdays, lines[*place].0.nights)).collect();
    let mut off = terms.reduction.of(&prices, &counts).into_iter();
    let of_room = |place: &usize| Reduced {
        offer_id: on_sale.offer.id,
        by_night: off.by_ref().take(lines[*place].1.len()).collect(),
        included: &terms.included,
    };
    places.iter().map(of_room).collect()
}

/// Samples for tests.
#[cfg(test)]
pub mod samples {
    use super::*;
    use crate::domains::offers::model::{Access, Offer, OfferTerms};
    use crate::domains::rates::engine::Reduction;
    use crate::testing::december;
    use chrono::DateTime;

    /// An offer that takes nothing off, for everybody.
    pub fn automatic(n: u128) -> OnSale {
        let offer = Offer {
            property_id: Uuid::nil(),
            id: Uuid::from_u128(n),
            name: format!("Offer {n}"),
            description: String::new(),
            texts: serde_json::json!({}),
            kind: OfferKind::Percent,
            percent_ppm: Some(100_000),
            amount_minor: None,
            stay_nights: None,
            pay_nights: None,
            free_nights: None,
            access: Access::Automatic,
            book_from: None,
            book_until: None,
            stay_from: None,
            stay_until: None,
            weekdays: 127,
            arrival_weekdays: 127,
            min_advance_days: None,
            max_advance_days: None,
            min_nights: None,
            max_nights: None,
            min_guests: None,
            max_guests: None,
            channels: Vec::new(),
            members_only: false,
            first_booking_only: false,
            max_redemptions: None,
            max_per_guest: None,
            max_per_day: None,
            budget_minor: None,
            is_combinable: false,
            is_archived: false,
            version: 1,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        };
        let terms = OfferTerms::new(&offer, &[], Vec::new(), Vec::new());
        OnSale { offer, terms, code: None, is_full: false, full_on: None }
    }

    /// An offer of a kind with a reduction.
    pub fn of_kind(n: u128, kind: OfferKind, reduction: Reduction, is_combinable: bool) -> OnSale {
        let plain = automatic(n);
        let offer = Offer { kind, is_combinable, ..plain.offer };
        OnSale { offer, terms: OfferTerms { reduction, ..plain.terms }, ..plain }
    }

    /// Somebody who books on the first of December.
    pub fn buyer() -> Buyer<'static> {
        let today = december(1);
        Buyer { local_date: today, today, channel: "direct", is_member: false, code: None, without: &[] }
    }

    pub fn line(from: u32, to: u32) -> Line<'static> {
        let nights = Nights::new(december(from), december(to));
        let party = Party { adults: 2, children_ages: &[] };
        Line { nights, room_type_id: Uuid::from_u128(100), rate_plan_id: Uuid::from_u128(1), party, bands: &[] }
    }
}

#[cfg(test)]
mod tests {
    use super::samples::{automatic, buyer, line, of_kind};
    use super::*;
    use crate::domains::offers::model::OfferTerms;
    use crate::domains::rates::engine::Reduction;
    use proptest::prelude::*;

    const PRICES: [i64; 3] = [10_000, 12_000, 9_000];

    fn percent(n: u128, ppm: i64, is_combinable: bool) -> OnSale {
        of_kind(n, OfferKind::Percent, Reduction::Percent { ppm }, is_combinable)
    }

    fn per_stay(n: u128, amount_minor: i64, is_combinable: bool) -> OnSale {
        of_kind(n, OfferKind::AmountPerStay, Reduction::AmountPerStay { amount_minor }, is_combinable)
    }

    /// The offers that a stay of three nights gets, by number, and what they take off.
    fn given(offers: &[OnSale]) -> (Vec<u128>, i64) {
        let offers: Vec<&OnSale> = offers.iter().collect();
        let chosen = chosen(&offers, &buyer(), &line(10, 13), &PRICES);
        (chosen.iter().map(|one| one.offer_id.as_u128()).collect(), chosen.iter().map(Reduced::total).sum())
    }

    /// T-off-stack: which of several offers a stay gets.
    #[test]
    fn of_a_stack_the_best_is_taken_alone_unless_those_that_combine_save_more() {
        assert_eq!(given(&[percent(1, 100_000, false), percent(2, 150_000, false)]), (vec![2], 4_650));
        assert_eq!(given(&[percent(2, 100_000, false), percent(1, 100_000, false)]), (vec![1], 3_100), "of equals the oldest");
        let both = [percent(1, 100_000, true), per_stay(2, 1_000, true)];
        assert_eq!(given(&both), (vec![1, 2], 4_100), "the percentage first, then the amount");
        let with_better = [percent(1, 100_000, true), per_stay(2, 1_000, true), percent(3, 200_000, false)];
        assert_eq!(given(&with_better), (vec![3], 6_200));
        assert_eq!(given(&[percent(1, 100_000, true), percent(2, 100_000, false)]), (vec![1], 3_100), "both must say so");
        assert_eq!(given(&[automatic(1)]).0, [1]);
        assert_eq!(given(&[percent(1, 0, false), percent(2, 0, true)]), (vec![], 0), "what saves nothing is not taken");
    }

    /// A bundle of two rooms of a type and one of another, with the rooms that are booked.
    fn bundle_of(booked: &[u128], reduction: Reduction) -> Vec<(Vec<u128>, i64)> {
        let bundle = of_kind(1, OfferKind::Bundle, reduction, false);
        let rooms = vec![(Uuid::from_u128(100), 2), (Uuid::from_u128(200), 1)];
        let terms = OfferTerms { bundle: rooms, ..bundle.terms };
        let offers = [OnSale { terms, ..bundle }, percent(2, 50_000, false)];
        let room = |kind: &u128| (Line { room_type_id: Uuid::from_u128(*kind), ..line(10, 13) }, PRICES.to_vec());
        let lines: Vec<_> = booked.iter().map(room).collect();
        let told = |given: Vec<Reduced<'_>>| {
            (given.iter().map(|one| one.offer_id.as_u128()).collect(), given.iter().map(Reduced::total).sum())
        };
        chosen_for(&offers, &buyer(), &lines).into_iter().map(told).collect()
    }

    #[test]
    fn a_bundle_is_booked_together_or_not_at_all() {
        let alone = (vec![2], 1_550);
        let all = bundle_of(&[100, 200, 100, 100], Reduction::Percent { ppm: 100_000 });
        assert_eq!(all, [(vec![1], 3_100), (vec![1], 3_100), (vec![1], 3_100), alone.clone()]);
        assert_eq!(bundle_of(&[100, 200], Reduction::Percent { ppm: 100_000 }), [alone.clone(), alone.clone()]);
        let amount = bundle_of(&[100, 100, 200], Reduction::AmountPerStay { amount_minor: 10_000 });
        assert_eq!(amount.iter().map(|(_, off)| off).sum::<i64>(), 10_000, "to the cent: {amount:?}");
        let little = bundle_of(&[100, 100, 200], Reduction::AmountPerStay { amount_minor: 100 });
        assert_eq!(little, [alone.clone(), alone.clone(), alone], "where it saves less, each room gets what it would alone");
    }

    proptest! {
        /// T-off-split: amounts over several rooms and nights are shared out to the cent.
        #[test]
        fn an_amount_of_a_bundle_is_split_over_rooms_to_the_cent(
            prices in prop::collection::vec(prop::collection::vec(0..50_000_i64, 3), 2..6), amount_minor in 0..400_000_i64,
        ) {
            let rooms = i32::try_from(prices.len()).expect("few");
            let bundle = of_kind(1, OfferKind::Bundle, Reduction::AmountPerStay { amount_minor }, false);
            let terms = OfferTerms { bundle: vec![(Uuid::from_u128(100), rooms)], ..bundle.terms };
            let lines: Vec<_> = prices.iter().map(|of_room| (line(10, 13), of_room.clone())).collect();
            let offers = [OnSale { terms, ..bundle }];
            let given = chosen_for(&offers, &buyer(), &lines);
            let off: i64 = given.iter().flatten().map(Reduced::total).sum();
            let total: i64 = prices.iter().flatten().sum();
            prop_assert_eq!(off, amount_minor.min(total));
            for (of_room, given) in prices.iter().zip(&given) {
                prop_assert!(rest(of_room, given).iter().all(|left| *left >= 0));
            }
        }
    }
}
