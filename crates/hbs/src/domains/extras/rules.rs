//! Rules of extras: on which days one is served, how many of it, and what they cost. Pure.
use super::error::ExtraError;
use super::model::{Extra, ExtraDay, ExtraTax, ExtraWish, Offered, PostedPer};
use crate::domains::inventory::Nights;
use crate::domains::rates::engine::{self, Due, Heads, TaxLine};
use chrono::{Days, NaiveDate};
use uuid::Uuid;

impl Extra {
    /// Returns the days on which it is served in a stay. `chosen` counts for one that is charged once; a day that the stay no
    /// longer has gives way to the nearest that it has.
    pub fn dates(&self, nights: Nights, chosen: Option<NaiveDate>) -> Vec<NaiveDate> {
        match (self.posted, self.day) {
            (PostedPer::Night | PostedPer::PersonNight, ExtraDay::NextDay) => {
                nights.iter().map(|night| night + Days::new(1)).collect()
            }
            (PostedPer::Night | PostedPer::PersonNight, _) => nights.iter().collect(),
            (PostedPer::Once, _) if chosen.is_some() => {
                chosen.map(|date| date.clamp(nights.from, nights.to)).into_iter().collect()
            }
            (_, ExtraDay::Departure) => vec![nights.to],
            _ => vec![nights.from],
        }
    }

    /// Returns how many are served on a day.
    pub fn units(&self, quantity: i32, guests: i32) -> i32 {
        if self.posted.is_personal() { quantity.saturating_mul(guests.max(1)) } else { quantity }
    }

    /// Checks that so many of it are sold with a stay.
    pub fn check_quantity(&self, quantity: i32, pointer: impl FnOnce() -> String) -> Result<(), ExtraError> {
        let (min, max) = (self.min_quantity, self.max_quantity);
        if quantity >= min && max.is_none_or(|max| quantity <= max) {
            return Ok(());
        }
        Err(ExtraError::QuantityOutOfBounds { pointer: pointer(), name: self.name.clone(), min, max })
    }
}

impl Offered {
    /// Returns the price of what is served of it on a day, as entered.
    pub fn entered(&self, quantity: i32, heads: &Heads<'_>) -> i64 {
        let Extra { price_minor, child_prices, posted, .. } = &self.extra;
        let is_for_each = posted.is_personal() && heads.count() > 0;
        let one_minor = if is_for_each { heads.cost(*price_minor, &child_prices.0) } else { *price_minor };
        one_minor.saturating_mul(quantity.into())
    }

    /// Returns the net price of what is served of it on a day, and the taxes on that.
    pub fn price(&self, quantity: i32, heads: &Heads<'_>) -> (i64, Vec<TaxLine>) {
        let due: Vec<Due> = self.taxes.iter().map(ExtraTax::due).collect();
        engine::lines(self.entered(quantity, heads), &due)
    }
}

impl ExtraTax {
    pub fn due(&self) -> Due {
        let Self { id, rate_ppm, is_included, .. } = *self;
        Due::as_charged(&TaxLine { tax_rule_id: id, amount_minor: 0, is_included, rate_ppm: Some(rate_ppm) })
    }
}

/// Finds the extra of a wish among those of the hotel, if it can be sold with a stay on these nights. `at` makes the pointer
/// to a field of the wish.
pub fn wished<'a>(
    wish: &ExtraWish,
    extras: &'a [Offered],
    nights: Nights,
    at: impl Fn(&str) -> String,
) -> Result<&'a Offered, ExtraError> {
    let offered = sold(wish.extra_id, extras, || at("extra_id"))?;
    offered.extra.check_quantity(wish.quantity, || at("quantity"))?;
    match wish.date {
        Some(_) if offered.extra.posted != PostedPer::Once => {
            Err(ExtraError::HasOwnDays { pointer: at("date"), name: offered.extra.name.clone() })
        }
        Some(date) if date < nights.from || nights.to < date => {
            Err(ExtraError::DateOutsideStay { pointer: at("date"), check_in: nights.from, check_out: nights.to })
        }
        _ => Ok(offered),
    }
}

/// Finds an extra among those of the hotel, if it is sold.
pub fn sold(id: Uuid, extras: &[Offered], pointer: impl Fn() -> String) -> Result<&Offered, ExtraError> {
    let offered = extras.iter().find(|offered| offered.extra.id == id);
    let offered = offered.ok_or_else(|| ExtraError::Unknown { pointer: pointer() })?;
    if offered.extra.is_archived {
        return Err(ExtraError::Archived { pointer: pointer(), name: offered.extra.name.clone() });
    }
    Ok(offered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::rates::ExtraChildren;
    use crate::testing::december;
    use chrono::DateTime;

    fn extra(posted: PostedPer, day: ExtraDay) -> Extra {
        Extra {
            property_id: Uuid::nil(),
            id: Uuid::nil(),
            name: "Breakfast".into(),
            description: String::new(),
            texts: serde_json::Value::Null,
            price_minor: 1_130,
            posted,
            day,
            min_quantity: 2,
            max_quantity: Some(3),
            is_archived: false,
            version: 1,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            child_prices: ExtraChildren::default(),
        }
    }

    #[test]
    fn an_extra_is_served_on_the_days_of_its_kind() {
        let nights = Nights::new(december(10), december(13));
        for (posted, day, chosen, days) in [
            (PostedPer::Night, ExtraDay::Night, None, vec![10, 11, 12]),
            (PostedPer::PersonNight, ExtraDay::NextDay, None, vec![11, 12, 13]),
            (PostedPer::Stay, ExtraDay::Arrival, None, vec![10]),
            (PostedPer::Person, ExtraDay::Departure, None, vec![13]),
            (PostedPer::Once, ExtraDay::Departure, None, vec![13]),
            (PostedPer::Once, ExtraDay::Departure, Some(11), vec![11]),
            (PostedPer::Once, ExtraDay::Arrival, Some(20), vec![13]),
        ] {
            let dates = extra(posted, day).dates(nights, chosen.map(december));
            assert_eq!(dates, days.into_iter().map(december).collect::<Vec<_>>(), "{posted} {day}");
        }
    }

    #[test]
    fn guests_count_for_what_is_charged_for_guests() {
        let units = |posted, day| extra(posted, day).units(2, 3);
        assert_eq!((units(PostedPer::PersonNight, ExtraDay::Night), units(PostedPer::Night, ExtraDay::Night)), (6, 2));
        assert_eq!((units(PostedPer::Person, ExtraDay::Arrival), units(PostedPer::Stay, ExtraDay::Arrival)), (6, 2));
    }

    #[test]
    fn taxes_are_in_the_price_or_come_to_it() {
        let tax = |is_included| ExtraTax { id: Uuid::nil(), name: "VAT".into(), rate_ppm: 130_000, is_included };
        let price = |is_included| {
            let extra = extra(PostedPer::Night, ExtraDay::Night);
            let (net, taxes) =
                Offered { extra, taxes: vec![tax(is_included)] }.price(2, &Heads { adults: 2, children: Vec::new() });
            (net, taxes[0].amount_minor)
        };
        assert_eq!((price(true), price(false)), ((2_000, 260), (2_260, 294)));
    }

    #[test]
    fn quantities_are_within_bounds() {
        let is_right =
            |quantity| extra(PostedPer::Once, ExtraDay::Arrival).check_quantity(quantity, || "/quantity".into()).is_ok();
        assert_eq!((1..5).filter(|quantity| is_right(*quantity)).collect::<Vec<_>>(), [2, 3]);
    }
}
