//! Random offers of all kinds: searches, calendars, quotes, sales and amendments take off the same, and it is what a second
//! engine, slow and obvious, takes off.
use super::selling::told;
use super::{OFFERS, cents, offer, quote, request};
use crate::support::{Hotel, HotelSpec, Reply, TestApp, act, book, day, eur, size};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::cmp::Reverse;

/// Prices of the nights from 10 December, a Thursday, on: in cents.
const PRICES: [i64; 9] = [10_000, 12_345, 15_001, 9_999, 8_000, 8_000, 33, 10_000, 20_000];
/// Price of an extra for two adults each night, in cents.
const BREAKFAST: i64 = 2_000;

#[derive(Debug, Clone, Copy)]
enum Kind {
    Percent(i64),
    AmountPerNight(i64),
    AmountPerStay(i64),
    FixedPrice(i64),
    FreeNights { stay: usize, pay: usize, is_last: bool },
    IncludedExtras,
    BundleForPercent(i64),
    BundleForAmount(i64),
}

/// An offer that is made, by its place among those of its case.
#[derive(Debug, Clone, Copy)]
struct Made {
    kind: Kind,
    says_combinable: bool,
    /// `true` if it is for Friday and Saturday nights only.
    is_for_weekends: bool,
}

/// Offers, one more for those who have its code, a stay, and the nights that it has once it is amended.
#[derive(Debug, Clone)]
struct Case {
    offers: Vec<Made>,
    by_code: Made,
    from: usize,
    nights: usize,
    amended: usize,
}

fn made() -> impl Strategy<Value = Made> {
    let amount = || prop_oneof![1..100_i64, 1..40_000_i64];
    let kind = prop_oneof![
        (1..=100_i64).prop_map(Kind::Percent),
        amount().prop_map(Kind::AmountPerNight),
        amount().prop_map(Kind::AmountPerStay),
        amount().prop_map(Kind::FixedPrice),
        (2..5_usize, 1..4_usize, any::<bool>()).prop_map(|(stay, pay, is_last)| Kind::FreeNights {
            stay,
            pay: pay.min(stay - 1),
            is_last
        }),
        Just(Kind::IncludedExtras),
        (1..=100_i64).prop_map(Kind::BundleForPercent),
        amount().prop_map(Kind::BundleForAmount),
    ];
    (kind, any::<bool>(), prop::bool::weighted(0.3)).prop_map(|(kind, says_combinable, is_for_weekends)| Made {
        kind,
        says_combinable,
        is_for_weekends,
    })
}

fn cases() -> impl Strategy<Value = Case> {
    (prop::collection::vec(made(), 1..5), made(), 0..4_usize, 1..5_usize, 1..6_usize)
        .prop_map(|(offers, by_code, from, nights, amended)| Case { offers, by_code, from, nights, amended })
}

fn money(minor: i64) -> Value {
    eur(&format!("{}.{:02}", minor / 100, minor % 100))
}

fn date(night: usize) -> String {
    day(9 + u64::try_from(night).expect("few")).to_string()
}

fn is_weekend(night: usize) -> bool {
    [1, 2, 8].contains(&night)
}

impl Made {
    fn is_bundle(self) -> bool {
        matches!(self.kind, Kind::BundleForPercent(_) | Kind::BundleForAmount(_))
    }

    fn is_combinable(self) -> bool {
        self.says_combinable && !self.is_bundle()
    }

    fn body(self, place: usize, hotel: &Hotel, breakfast: &str) -> Value {
        let both = json!([{"room_type_id": hotel.double, "rooms": 2}]);
        let mut body = match self.kind {
            Kind::Percent(percent) => json!({"percent": percent.to_string()}),
            Kind::AmountPerNight(amount) => json!({"kind": "amount_per_night", "percent": null, "amount": money(amount)}),
            Kind::AmountPerStay(amount) => json!({"kind": "amount_per_stay", "percent": null, "amount": money(amount)}),
            Kind::FixedPrice(price) => json!({"kind": "fixed_price", "percent": null, "amount": money(price)}),
            Kind::FreeNights { stay, pay, is_last } => {
                let free = if is_last { "last" } else { "cheapest" };
                json!({"kind": "free_nights", "percent": null, "stay_nights": stay, "pay_nights": pay, "free_nights": free})
            }
            Kind::IncludedExtras => json!({"kind": "included_extras", "percent": null, "extras": [{"extra_id": breakfast}]}),
            Kind::BundleForPercent(percent) => {
                json!({"kind": "bundle", "percent": percent.to_string(), "room_types": both})
            }
            Kind::BundleForAmount(amount) => {
                json!({"kind": "bundle", "percent": null, "amount": money(amount), "room_types": both})
            }
        };
        body["name"] = json!(format!("Offer {place}"));
        body["is_combinable"] = json!(self.is_combinable());
        if self.is_for_weekends {
            body["weekdays"] = json!(["fri", "sat"]);
        }
        body
    }

    /// Returns `true` for a night that costs less.
    fn counts(self, night: usize) -> bool {
        !self.is_for_weekends || is_weekend(night)
    }

    fn fits(self, nights: &[usize]) -> bool {
        nights.iter().any(|night| self.counts(*night))
    }

    /// Returns the amount that the offer takes off these prices of these nights.
    fn off(self, nights: &[usize], prices: &[i64]) -> Vec<i64> {
        let each = |of_night: &dyn Fn(i64) -> i64| -> Vec<i64> {
            let pairs = nights.iter().zip(prices);
            pairs.map(|(night, price)| if self.counts(*night) { of_night(*price) } else { 0 }).collect()
        };
        let counted: Vec<usize> = (0..nights.len()).filter(|place| self.counts(nights[*place])).collect();
        match self.kind {
            Kind::Percent(percent) | Kind::BundleForPercent(percent) => each(&|price| (price * percent + 50) / 100),
            Kind::AmountPerNight(amount) => each(&|price| amount.min(price)),
            Kind::FixedPrice(fixed) => each(&|price| (price - fixed).max(0)),
            Kind::AmountPerStay(amount) | Kind::BundleForAmount(amount) => shared(amount, &counted, prices),
            Kind::FreeNights { stay, pay, is_last } => {
                let count = counted.len() / stay * (stay - pay);
                let mut free = counted;
                if is_last {
                    free.reverse();
                } else {
                    free.sort_by_key(|place| (prices[*place], Reverse(*place)));
                }
                free.truncate(count);
                (0..prices.len()).map(|place| if free.contains(&place) { prices[place] } else { 0 }).collect()
            }
            Kind::IncludedExtras => vec![0; prices.len()],
        }
    }

    /// Returns the amount that a guest saves who pays so much less: the price of its extras counts, too.
    fn saved(self, off: &[i64]) -> i64 {
        let nights = i64::try_from(off.len()).expect("few");
        let worth = if matches!(self.kind, Kind::IncludedExtras) { BREAKFAST * nights } else { 0 };
        off.iter().sum::<i64>() + worth
    }

    fn rank(self) -> usize {
        match self.kind {
            Kind::FixedPrice(_) => 0,
            Kind::FreeNights { .. } => 1,
            Kind::Percent(_) => 2,
            Kind::AmountPerNight(_) => 3,
            Kind::AmountPerStay(_) => 4,
            _ => 5,
        }
    }
}

/// Shares an amount: the whole cents of each share first, then one each where most is missing, of equals the first.
fn shared(amount: i64, counted: &[usize], prices: &[i64]) -> Vec<i64> {
    let mut off = vec![0; prices.len()];
    let all: i64 = counted.iter().map(|place| prices[*place]).sum();
    if all == 0 {
        return off;
    }
    let amount = amount.min(all);
    for place in counted {
        off[*place] = prices[*place] * amount / all;
    }
    let mut missing = counted.to_vec();
    missing.sort_by_key(|place| (Reverse(prices[*place] * amount % all), *place));
    missing.truncate(usize::try_from(amount - off.iter().sum::<i64>()).expect("few"));
    for place in missing {
        off[place] += 1;
    }
    off
}

/// The offers that a stay gets, in the order in which they are taken off, and what a guest saves by them.
fn chosen(offers: &[Made], nights: &[usize], prices: &[i64]) -> (Vec<Made>, i64) {
    let candidates: Vec<Made> = offers.iter().copied().filter(|made| !made.is_bundle() && made.fits(nights)).collect();
    let (mut alone, mut saved_alone) = (Vec::new(), 0);
    for made in &candidates {
        let saved = made.saved(&made.off(nights, prices));
        if saved > saved_alone {
            (alone, saved_alone) = (vec![*made], saved);
        }
    }
    let mut combinable: Vec<Made> = candidates.into_iter().filter(|made| made.is_combinable()).collect();
    combinable.sort_by_key(|made| made.rank());
    let (mut together, mut saved_together, mut left) = (Vec::new(), 0, prices.to_vec());
    for made in combinable {
        let off = made.off(nights, &left);
        if made.saved(&off) > 0 {
            saved_together += made.saved(&off);
            left = left.iter().zip(off).map(|(left, off)| left - off).collect();
            together.push(made);
        }
    }
    if saved_alone >= saved_together { (alone, saved_alone) } else { (together, saved_together) }
}

/// Returns the rest of the prices of nights.
fn left(taken: &[Made], nights: &[usize], prices: &[i64]) -> i64 {
    let mut left = prices.to_vec();
    for made in taken.iter().filter(|made| made.fits(nights)) {
        let off = made.off(nights, &left);
        left = left.iter().zip(off).map(|(left, off)| left - off).collect();
    }
    left.iter().sum()
}

/// Returns the price of two rooms booked together: the first bundle that saves more takes the place of what each would get.
fn together(offers: &[Made], nights: &[usize], prices: &[i64]) -> i64 {
    let (taken, saved) = chosen(offers, nights, prices);
    let (both, of_both) = ([nights, nights].concat(), [prices, prices].concat());
    for made in offers.iter().filter(|made| made.is_bundle() && made.fits(nights)) {
        let off: i64 = made.off(&both, &of_both).iter().sum();
        if off > 2 * saved {
            return of_both.iter().sum::<i64>() - off;
        }
    }
    2 * left(&taken, nights, prices)
}

/// Compares the total of a stay in each answer, one after the other, with what it should be.
async fn play(app: &TestApp, hotel: &Hotel, breakfast: &str, case: &Case) {
    let mut made: Vec<Reply> = Vec::new();
    for (place, one) in case.offers.iter().enumerate() {
        made.push(offer(hotel, one.body(place, hotel, breakfast)).await);
    }
    let nights: Vec<usize> = (case.from..case.from + case.nights).collect();
    let prices: Vec<i64> = nights.iter().map(|night| PRICES[*night]).collect();
    let (check_in, check_out) = (date(case.from), date(case.from + case.nights));
    let dates = [check_in.as_str(), check_out.as_str()];

    let (taken, _) = chosen(&case.offers, &nights, &prices);
    let expected = left(&taken, &nights, &prices);
    let count = u32::try_from(case.nights).expect("few");
    assert_eq!(told(&app.anonymous(), hotel, dates, count, None).await, [expected; 5], "{case:?}");

    // Who has the code is offered one more, if it is of use for such a stay; others go on without it.
    let (by_code, saved) = (case.by_code, case.by_code.saved(&case.by_code.off(&nights, &prices)));
    if by_code.fits(&nights) && !by_code.is_bundle() && saved > 0 {
        let mut body = by_code.body(case.offers.len(), hotel, breakfast);
        (body["access"], body["code"]) = (json!("code"), json!("RANDOM"));
        let made = offer(hotel, body).await;
        let offers: Vec<Made> = case.offers.iter().copied().chain([by_code]).collect();
        let (taken, _) = chosen(&offers, &nights, &prices);
        let with_code = left(&taken, &nights, &prices);
        assert_eq!(told(&app.anonymous(), hotel, dates, count, Some("random")).await, [with_code; 5], "{case:?}");
        assert_eq!(told(&app.anonymous(), hotel, dates, count, None).await, [expected; 5], "{case:?}");
        hotel.manager.delete(&format!("{OFFERS}/{}", made.id()), "\"1\"").await.expect(204);
    }

    let both = json!({"rooms": [{"room_type_id": hotel.double, "adults": 2}, {"room_type_id": hotel.double, "adults": 2}]});
    let quoted = quote(&app.anonymous(), hotel, dates, both.clone()).await.expect(200);
    let sold = hotel.manager.post("/v1/bookings?dry_run=true", &request(hotel, dates, &both)).await.expect(201);
    let expected = together(&case.offers, &nights, &prices);
    assert_eq!([cents(&quoted.body["total"]), cents(&sold.body["total"])], [expected; 2], "{case:?}");

    if case.amended != case.nights {
        let booked = book(&hotel.manager, &request(hotel, dates, &json!({}))).await.expect(201);
        let nights: Vec<usize> = (case.from..case.from + case.amended).collect();
        let prices: Vec<i64> = nights.iter().map(|night| PRICES[*night]).collect();
        let amend = format!("/v1/bookings/{}/amend?dry_run=true", booked.id());
        let amended = hotel.manager.post(&amend, &json!({"check_out": date(case.from + case.amended)})).await.expect(200);
        assert_eq!(cents(&amended.body["booking"]["total"]), left(&taken, &nights, &prices), "{case:?}");
        act(&hotel.manager, &booked, "cancel").await.expect(200);
    }
    for one in &made {
        hotel.manager.delete(&format!("{OFFERS}/{}", one.id()), "\"1\"").await.expect(204);
    }
}

/// T-off-stack: one function says what offers take off, wherever it is asked.
#[tokio::test]
async fn random_offers_stack_alike_in_searches_quotes_sales_and_amendments() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let plan = hotel.default_plan(&app).await;
    for (night, price) in PRICES.iter().enumerate() {
        let price = price.to_string();
        hotel.rate(&app, &plan, &date(night), &[("price_minor", price.as_str())]).await;
    }
    let extra = json!({"property_id": hotel.id, "name": "Breakfast", "price": eur("10.00"), "posted": "per_person_night"});
    let breakfast = hotel.manager.post("/v1/extras", &extra).await.expect(201);
    let mut runner = TestRunner::deterministic();
    for _ in 0..size(12, 100) {
        let case = cases().new_tree(&mut runner).expect("a case").current();
        play(&app, &hotel, breakfast.id(), &case).await;
    }
    app.assert_consistent().await;
}
