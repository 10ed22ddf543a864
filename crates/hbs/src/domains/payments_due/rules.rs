//! Dues of a booking, and what of them is paid. Pure.
use super::model::{DueKind, DueStay};
use crate::domains::rates::engine::{Instalment, Instalments};
use crate::domains::stays::Status;
use chrono::NaiveDate;
use uuid::Uuid;

/// Number of times that a guarantee is charged by itself for something.
pub const MOST_CHARGES: i32 = 3;

/// Something that is due of a stay, before it is known what of it is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    pub stay_id: Uuid,
    pub kind: DueKind,
    pub cause_id: Uuid,
    pub due_on: NaiveDate,
    pub amount_minor: i64,
}

/// Returns the parts of the price of a stay that are due before it is paid at the hotel, of a booking made on `sold_on`. A stay
/// that has ended owes what it owed.
pub fn instalments(stay: &DueStay, sold_on: NaiveDate) -> Vec<Wanted> {
    if !matches!(stay.status, Status::Held | Status::Confirmed | Status::CheckedIn) {
        return Vec::new();
    }
    let Instalments { deposit, rest } = stay.payment_terms().instalments(stay.total_minor, sold_on, stay.check_in);
    let of = |kind, one: Option<Instalment>| {
        let (due_on, amount_minor) = one.map_or((sold_on, 0), |one| (one.due_on, one.amount_minor));
        Wanted { stay_id: stay.id, kind, cause_id: stay.id, due_on, amount_minor }
    };
    vec![of(DueKind::Deposit, deposit), of(DueKind::Rest, rest)]
}

/// Something that is due with its amount, in the order in which payments count for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owed {
    pub due_on: NaiveDate,
    pub amount_minor: i64,
    /// `true` if it is due as the stay is now.
    pub is_live: bool,
}

/// Returns what is not paid of each, in minor units. `owed` is in the order of due dates; what is paid counts for what is due
/// first, and no more is due than the booking owes.
pub fn outstanding(owed: &[Owed], paid_minor: i64, balance_minor: i64) -> Vec<i64> {
    let mut paid_minor = paid_minor.max(0);
    let unpaid = owed.iter().map(|one| {
        let amount_minor = if one.is_live { one.amount_minor } else { 0 };
        let covered_minor = amount_minor.min(paid_minor);
        paid_minor -= covered_minor;
        amount_minor - covered_minor
    });
    let mut left_minor = balance_minor.max(0);
    unpaid
        .map(|minor| {
            let minor = minor.min(left_minor);
            left_minor -= minor;
            minor
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::december;
    use proptest::prelude::*;

    fn owed(day: u32, amount_minor: i64) -> Owed {
        Owed { due_on: december(day), amount_minor, is_live: true }
    }

    #[test]
    fn what_is_due_first_is_paid_first() {
        let two = [owed(1, 6_000), owed(6, 14_000)];
        assert_eq!(outstanding(&two, 0, 20_000), [6_000, 14_000]);
        assert_eq!(outstanding(&two, 7_000, 13_000), [0, 13_000]);
        assert_eq!(outstanding(&two, 20_000, 0), [0, 0]);
        assert_eq!(outstanding(&two, 0, 9_000), [6_000, 3_000], "an allowance was granted");
        assert_eq!(outstanding(&two, -500, 20_500), [6_000, 14_000]);
        let given_up = [Owed { is_live: false, ..owed(1, 6_000) }, owed(2, 10_000)];
        assert_eq!(outstanding(&given_up, 4_000, 6_000), [0, 6_000], "the fee is due in its place");
    }

    proptest! {
        #[test]
        fn no_more_is_due_than_is_owed(
            amounts in prop::collection::vec((0..50_000_i64, any::<bool>()), 0..6), paid in 0..200_000_i64, balance in -9_000..200_000_i64,
        ) {
            let rows: Vec<Owed> = amounts.iter().map(|(amount, is_live)| Owed { is_live: *is_live, ..owed(1, *amount) }).collect();
            let left = outstanding(&rows, paid, balance);
            prop_assert!(left.iter().zip(&rows).all(|(left, row)| (0..=row.amount_minor).contains(left)));
            prop_assert!(left.iter().sum::<i64>() <= balance.max(0));
            let live: i64 = rows.iter().filter(|row| row.is_live).map(|row| row.amount_minor).sum();
            prop_assert!(left.iter().sum::<i64>() <= (live - paid).max(0));
        }
    }
}
