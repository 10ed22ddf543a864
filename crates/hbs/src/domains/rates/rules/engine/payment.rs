//! When the price of a stay is due: the terms as they were when it was sold, and the instalments by them.
use super::share;
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

/// Parts per million of a whole.
const WHOLE: i32 = 1_000_000;

/// Payment terms of a stay: a copy of its plan's when the stay was sold, whatever becomes of the plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentTerms {
    /// Share of the price that is due when booking, in parts per million.
    pub now_ppm: i32,
    /// Days before the arrival at which the rest is due. None: it is paid at the hotel.
    pub rest_days_before: Option<i32>,
}

/// Part of a stay's price with the date on which it is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instalment {
    pub due_on: NaiveDate,
    pub amount_minor: i64,
}

/// Instalments of a stay: that which is due when booking, and the rest before the arrival, if it is due before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Instalments {
    pub deposit: Option<Instalment>,
    pub rest: Option<Instalment>,
}

impl PaymentTerms {
    /// The whole price is due when booking.
    pub const NOW: Self = Self { now_ppm: WHOLE, rest_days_before: None };

    /// Returns `true` if nothing is due before the guests are at the hotel.
    pub fn are_at_property(&self) -> bool {
        *self == Self::default()
    }

    /// Returns `true` if something is due when booking.
    pub fn ask_at_once(&self) -> bool {
        self.now_ppm > 0
    }

    /// Returns the instalments of a stay of this price, sold on `sold_on`.
    pub fn instalments(&self, total_minor: i64, sold_on: NaiveDate, check_in: NaiveDate) -> Instalments {
        let of = |due_on: NaiveDate, amount_minor| (amount_minor > 0).then_some(Instalment { due_on, amount_minor });
        let now_minor = share(total_minor, self.now_ppm.into());
        let rest_on = self.rest_days_before.and_then(|days| u64::try_from(days).ok()).map(|days| {
            let before = check_in.checked_sub_days(Days::new(days)).unwrap_or(sold_on);
            before.max(sold_on)
        });
        Instalments { deposit: of(sold_on, now_minor), rest: rest_on.and_then(|rest_on| of(rest_on, total_minor - now_minor)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::december;
    use proptest::prelude::*;

    #[test]
    fn instalments_follow_the_terms() {
        let (sold_on, check_in) = (december(1), december(20));
        let of = |now_ppm, rest_days_before| {
            let Instalments { deposit, rest } = PaymentTerms { now_ppm, rest_days_before }.instalments(20_000, sold_on, check_in);
            let told = |one: Option<Instalment>| one.map(|one| (one.due_on, one.amount_minor));
            (told(deposit), told(rest))
        };
        assert_eq!(of(0, None), (None, None), "it is paid at the hotel");
        assert_eq!(of(1_000_000, None), (Some((sold_on, 20_000)), None));
        assert_eq!(of(300_000, None), (Some((sold_on, 6_000)), None));
        assert_eq!(of(300_000, Some(14)), (Some((sold_on, 6_000)), Some((december(6), 14_000))));
        assert_eq!(of(0, Some(0)), (None, Some((check_in, 20_000))));
        assert_eq!(of(0, Some(30)), (None, Some((sold_on, 20_000))), "it is late for that already");
    }

    proptest! {
        #[test]
        fn instalments_come_to_the_price(total in 0..1_000_000_000_i64, now_ppm in 0..=1_000_000_i32, days in 0..400_i32) {
            let terms = PaymentTerms { now_ppm, rest_days_before: Some(days) };
            let Instalments { deposit, rest } = terms.instalments(total, december(1), december(20));
            let sum: i64 = [deposit, rest].into_iter().flatten().map(|one| one.amount_minor).sum();
            prop_assert_eq!(sum, total);
            prop_assert!([deposit, rest].into_iter().flatten().all(|one| one.amount_minor > 0 && one.due_on >= december(1)));
        }
    }
}
