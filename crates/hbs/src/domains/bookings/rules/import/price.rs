//! Price of an imported stay that was sold elsewhere. Pure.
use crate::domains::inventory::Nights;
use crate::domains::rates::engine::{Party, StayPrice, Tariff};
use chrono::NaiveDate;

/// Price in a row, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Price {
    /// No price in the row: the plan's price.
    Listed,
    /// Price per night, as prices are entered at the hotel.
    Nightly(i64),
    /// Price that the guest pays for the stay, all taxes included.
    Total(i64),
}

/// The prices of nights that come to a total: alike, and the cents that are left go to the first nights.
fn spread(total: i64, nights: Nights) -> impl Fn(NaiveDate) -> i64 {
    let count = nights.count().max(1);
    let (each, left) = (total.div_euclid(count), total.rem_euclid(count));
    move |night| each + i64::from((night - nights.from).num_days() < left)
}

/// The lines of a stay that costs `total` with all taxes; none if the added taxes alone cost more.
///
/// Where taxes are added to prices, the price is searched from which they come to the total. Rounding
/// may leave some cents between the last price that is too low and the first that is too high: they
/// go to the first night's room.
pub fn of_total(tariff: &Tariff, total: i64, nights: Nights, party: Party<'_>) -> Option<StayPrice> {
    let at = |entered| tariff.price_set_by_night(spread(entered, nights), nights, party);
    let mut price = at(total);
    if price.total() != total {
        let (mut low, mut high) = (0, total);
        if at(low).total() > total {
            return None;
        }
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if at(middle).total() > total { high = middle } else { low = middle }
        }
        price = at(low);
        let left = total - price.total();
        price.nights.first_mut()?.room_minor += left;
    }
    Some(price)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::rates::engine::samples::taxed;
    use crate::domains::rates::engine::{Standing, Tax, TaxKind, Validity};
    use crate::testing::december;
    use uuid::Uuid;

    fn tax(kind: TaxKind, is_included: bool) -> Tax {
        Tax {
            id: Uuid::now_v7(),
            name: "Tax".into(),
            kind,
            is_included,
            skip_nights: 0,
            max_nights: None,
            valid: Validity::default(),
            standing: Standing::default(),
        }
    }

    const PARTY: Party<'static> = Party { adults: 2, children_ages: &[] };

    #[test]
    fn nights_come_to_the_total() {
        let nights = Nights::new(december(1), december(4));
        let prices: Vec<i64> = nights.iter().map(spread(1000, nights)).collect();
        assert_eq!(prices, [334, 333, 333]);
    }

    #[test]
    fn the_guest_pays_the_total_to_the_cent() {
        let included = tax(TaxKind::Percent(60_000), true);
        let added = tax(TaxKind::Percent(88_750), false);
        let city = tax(TaxKind::PerPersonNight { amount_minor: 200, min_age: None, max_age: None }, false);
        for taxes in [vec![], vec![included.clone()], vec![added.clone()], vec![included, added, city]] {
            let tariff = taxed(taxes);
            for last in [2, 4, 11] {
                let nights = Nights::new(december(1), december(last));
                for total in [10_000, 10_001, 33_333, 99_999, 1_234_567] {
                    let price = of_total(&tariff, total, nights, PARTY).expect("a price");
                    assert_eq!(price.total(), total, "{tariff:?}");
                    assert!(price.nights.iter().all(|night| night.room_minor >= 0));
                }
            }
        }
    }

    #[test]
    fn a_total_below_its_taxes_is_none() {
        let city = tax(TaxKind::PerNight(500), false);
        let tariff = taxed(vec![city]);
        let nights = Nights::new(december(1), december(3));
        assert_eq!(of_total(&tariff, 999, nights, PARTY), None);
        assert_eq!(of_total(&tariff, 1000, nights, PARTY).map(|price| price.total()), Some(1000));
    }
}
