//! Limits of offers: what is left of one for a booking. The database counts; this words it before.
use super::conditions::Condition;
use crate::domains::offers::model::{Counter, Offer};
use chrono::NaiveDate;

/// Returns the condition that keeps a booking from being made with an offer, of those that are counted. What it would take off is
/// asked of the budget; `today` is the business date.
pub fn in_the_way(offer: &Offer, counter: &Counter, today: NaiveDate, discount_minor: i64) -> Option<Condition> {
    let used_today = if counter.day == Some(today) { counter.used_on_day } else { 0 };
    let is_reached = |limit: Option<i32>, used: i64| limit.is_some_and(|limit| used >= i64::from(limit));
    let checks = [
        (Condition::Redemptions, is_reached(offer.max_redemptions, counter.used.into())),
        (Condition::SingleUse, counter.code_is_used),
        (Condition::PerGuest, is_reached(offer.max_per_guest, counter.of_guest)),
        (Condition::PerDay, is_reached(offer.max_per_day, used_today.into())),
        (Condition::Budget, offer.budget_minor.is_some_and(|budget| counter.spent_minor.saturating_add(discount_minor) > budget)),
        (Condition::FirstBookingOnly, offer.first_booking_only && counter.is_known),
    ];
    checks.into_iter().find(|(_, is_in_the_way)| *is_in_the_way).map(|(condition, _)| condition)
}

#[cfg(test)]
mod tests {
    use super::super::choice::samples::automatic;
    use super::*;
    use crate::testing::december;
    use uuid::Uuid;

    #[test]
    fn each_limit_is_in_the_way_once_it_is_reached() {
        let plain = automatic(1).offer;
        let counter = Counter {
            offer_id: Uuid::nil(),
            used: 3,
            spent_minor: 9_000,
            day: Some(december(1)),
            used_on_day: 2,
            of_guest: 1,
            is_known: true,
            code_is_used: false,
        };
        let at = |offer: &Offer| in_the_way(offer, &counter, december(1), 1_000);
        assert_eq!(at(&plain), None);
        for (offer, expected) in [
            (Offer { max_redemptions: Some(4), ..plain.clone() }, None),
            (Offer { max_redemptions: Some(3), ..plain.clone() }, Some(Condition::Redemptions)),
            (Offer { max_per_guest: Some(1), ..plain.clone() }, Some(Condition::PerGuest)),
            (Offer { max_per_day: Some(2), ..plain.clone() }, Some(Condition::PerDay)),
            (Offer { budget_minor: Some(10_000), ..plain.clone() }, None),
            (Offer { budget_minor: Some(9_999), ..plain.clone() }, Some(Condition::Budget)),
            (Offer { first_booking_only: true, ..plain.clone() }, Some(Condition::FirstBookingOnly)),
        ] {
            assert_eq!(at(&offer), expected, "{offer:?}");
        }
        let tomorrow = in_the_way(&Offer { max_per_day: Some(2), ..plain.clone() }, &counter, december(2), 0);
        assert_eq!(tomorrow, None, "a new day");
        let used_up = Counter { code_is_used: true, ..counter };
        assert_eq!(in_the_way(&plain, &used_up, december(1), 0), Some(Condition::SingleUse));
    }
}
