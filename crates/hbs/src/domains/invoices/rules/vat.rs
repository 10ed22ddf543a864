//! Value added tax by rate, worked out from sums: what is to be paid stays what was quoted, and the cents are spread over the
//! lines by largest remainder.
use super::items::Item;
use crate::domains::folios::Rounding;
use crate::domains::invoices::model::{TaxSum, VatCategory};
use crate::numbers::{apportion, divided};

/// One million: a whole, in parts per million.
const WHOLE: i128 = 1_000_000;

/// Totals of items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    /// Net amount of each item, in their order.
    pub nets: Vec<i64>,
    pub taxes: Vec<TaxSum>,
    /// Cents by which a tax differs from what the folio has.
    pub roundings: Vec<Rounding>,
}

impl Derived {
    pub fn net_minor(&self) -> i64 {
        self.taxes.iter().map(|tax| tax.net_minor).sum()
    }

    pub fn tax_minor(&self) -> i64 {
        self.taxes.iter().map(|tax| tax.tax_minor).sum()
    }
}

/// Returns an amount without its tax: rounded half away from zero.
pub fn net(total_minor: i64, rate_ppm: i32) -> i64 {
    let (exact, by) = (i128::from(total_minor) * WHOLE, WHOLE + i128::from(rate_ppm));
    i64::try_from(divided(exact, by)).unwrap_or(total_minor)
}

/// Returns a share of an amount: rounded half away from zero.
pub fn share(amount: i64, part: i64, whole: i64) -> i64 {
    let (part, whole) = if whole < 0 { (-i128::from(part), -i128::from(whole)) } else { (part.into(), whole.into()) };
    if whole == 0 {
        return 0;
    }
    i64::try_from(divided(i128::from(amount) * part, whole)).unwrap_or(0)
}

/// Works out the taxes of items.
pub fn derive(items: &[Item]) -> Derived {
    let mut nets: Vec<i64> = items.iter().map(|item| item.total_minor).collect();
    let mut taxes: Vec<TaxSum> = Vec::new();
    let mut roundings = Vec::new();
    for (category, rate_ppm) in rates(items) {
        let places: Vec<usize> = of_rate(items, category, rate_ppm);
        let totals: Vec<i64> = places.iter().map(|n| items[*n].total_minor).collect();
        let total: i64 = totals.iter().sum();
        let net_minor = net(total, rate_ppm);
        for (place, amount) in places.iter().zip(spread(&totals, rate_ppm, net_minor)) {
            nets[*place] = amount;
        }
        let tax_minor = total - net_minor;
        let on_folio: i64 = places.iter().map(|n| items[*n].folio_tax_minor).sum();
        if let Some((tax_rule_id, terms)) = places.iter().find_map(|n| items[*n].tax).filter(|_| tax_minor != on_folio) {
            roundings.push(Rounding { amount_minor: tax_minor - on_folio, tax_rule_id, terms });
        }
        taxes.push(TaxSum { category, rate_ppm, exemption: reasons(items, &places), net_minor, tax_minor });
    }
    Derived { nets, taxes, roundings }
}

/// The categories and rates of items, the highest first.
fn rates(items: &[Item]) -> Vec<(VatCategory, i32)> {
    let mut rates: Vec<(VatCategory, i32)> = Vec::new();
    for item in items {
        let rate = (item.category, item.rate_ppm);
        if !rates.contains(&rate) {
            rates.push(rate);
        }
    }
    rates.sort_by_key(|(category, rate)| (std::cmp::Reverse(*rate), category.as_str()));
    rates
}

fn of_rate(items: &[Item], category: VatCategory, rate_ppm: i32) -> Vec<usize> {
    let is_of = |item: &Item| (item.category, item.rate_ppm) == (category, rate_ppm);
    items.iter().enumerate().filter(|(_, item)| is_of(item)).map(|(n, _)| n).collect()
}

/// The reasons of an exemption: a category has one sum, whatever the reasons are.
fn reasons(items: &[Item], places: &[usize]) -> Option<String> {
    let mut reasons: Vec<&str> = Vec::new();
    for reason in places.iter().filter_map(|n| items[*n].exemption.as_deref()) {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

/// Spreads a net sum over amounts that hold a tax: the cents that are left go to those that lost most by rounding.
fn spread(totals: &[i64], rate_ppm: i32, net_minor: i64) -> Vec<i64> {
    let exact: Vec<i128> = totals.iter().map(|total| i128::from(*total) * WHOLE).collect();
    apportion(net_minor, &exact, WHOLE + i128::from(rate_ppm))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::folios::TaxTerms;
    use crate::testing::december;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn item(total_minor: i64, folio_tax_minor: i64, rate_ppm: i32) -> Item {
        Item {
            entries: Vec::new(),
            description: "Double".into(),
            date: december(1),
            category: VatCategory::Standard,
            rate_ppm,
            exemption: None,
            total_minor,
            folio_tax_minor,
            tax: Some((Uuid::nil(), TaxTerms { is_included: true, rate_ppm: Some(rate_ppm) })),
        }
    }

    #[test]
    fn a_tax_is_that_of_the_sum_and_what_is_paid_stays() {
        // 99.00 at 6 % is 93.40 and 5.60, 300 times: EN 16931 asks for the tax of the sum.
        let nights = vec![item(9_900, 560, 60_000); 300];
        let derived = derive(&nights);
        assert_eq!((derived.net_minor(), derived.tax_minor()), (2_801_887, 168_113));
        assert_eq!(derived.nets.iter().sum::<i64>(), 2_801_887);
        assert!(derived.nets.iter().all(|net| [9_339, 9_340].contains(net)));
        assert_eq!(derived.roundings.iter().map(|cents| cents.amount_minor).collect::<Vec<_>>(), [168_113 - 300 * 560]);
        assert_eq!((net(-9_900, 60_000), net(0, 60_000), net(11_000, 0)), (-9_340, 0, 11_000));
    }

    #[test]
    fn a_share_is_rounded_half_away_from_nothing() {
        assert_eq!((share(5, 1, 2), share(-5, 1, 2), share(5, -1, -2), share(7, 0, 0)), (3, -3, 3, 0));
    }

    proptest! {
        #[test]
        fn sums_hold_whatever_the_lines_are(
            lines in proptest::collection::vec((-50_000..2_000_000_i64, prop_oneof![Just(60_000), Just(130_000), Just(230_000), Just(190_000)]), 1..60),
        ) {
            let items: Vec<Item> = lines.iter().map(|(total, rate)| item(*total, *total - net(*total, *rate), *rate)).collect();
            let derived = derive(&items);
            let total: i64 = items.iter().map(|item| item.total_minor).sum();
            prop_assert_eq!(derived.net_minor() + derived.tax_minor(), total);
            for tax in &derived.taxes {
                let of_rate: i64 = items.iter().zip(&derived.nets).filter(|(item, _)| item.rate_ppm == tax.rate_ppm).map(|(_, net)| net).sum();
                prop_assert_eq!(of_rate, tax.net_minor);
                // Within a cent of what the rate says: more than that EN 16931 would not have.
                let exact = i128::from(tax.net_minor) * i128::from(tax.rate_ppm) - i128::from(tax.tax_minor) * WHOLE;
                prop_assert!(exact.abs() <= WHOLE, "{:?}", tax);
            }
            for (item, net_minor) in items.iter().zip(&derived.nets) {
                prop_assert!((net_minor - net(item.total_minor, item.rate_ppm)).abs() <= 1);
            }
        }
    }
}
