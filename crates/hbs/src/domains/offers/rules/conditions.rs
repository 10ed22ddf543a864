//! Conditions of offers: each by itself, so that a refusal can name them all.
use super::choice::{Buyer, Line};
use crate::domains::offers::model::{Access, OfferTerms, OnSale};
use crate::words::text_enum;
use chrono::{Datelike, NaiveDate};

text_enum! {
    /// Condition of an offer: it is not archived (`on_sale`), its code is given (`code`), it is booked on these dates
    /// (`booking_window`) and so long before the arrival (`lead_time`), through these channels (`channel`), by somebody with an
    /// account (`members_only`) who has not booked before (`first_booking_only`); the stay has these nights (`stay_window`,
    /// `weekdays`), begins on these days (`arrival_days`), is so long (`length_of_stay`), for so many guests (`occupancy`), of
    /// these room types (`room_type`) and rate plans (`rate_plan`), with all rooms of the bundle (`bundle`); and something is
    /// left of it: in all (`redemptions`), of the code (`single_use`), for the guest (`per_guest`), for the day (`per_day`) and
    /// of its budget (`budget`).
    pub enum Condition {
        OnSale = "on_sale",
        Code = "code",
        BookingWindow = "booking_window",
        LeadTime = "lead_time",
        Channel = "channel",
        MembersOnly = "members_only",
        FirstBookingOnly = "first_booking_only",
        StayWindow = "stay_window",
        Weekdays = "weekdays",
        ArrivalDays = "arrival_days",
        LengthOfStay = "length_of_stay",
        Occupancy = "occupancy",
        RoomType = "room_type",
        RatePlan = "rate_plan",
        Bundle = "bundle",
        Redemptions = "redemptions",
        SingleUse = "single_use",
        PerGuest = "per_guest",
        PerDay = "per_day",
        Budget = "budget",
    }
}

/// Days of the week in words, from Monday on.
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Returns `true` if a day of the week is among some, a bit each from Monday on.
pub fn is_on(weekdays: i16, date: NaiveDate) -> bool {
    weekdays >> date.weekday().num_days_from_monday() & 1 == 1
}

impl OfferTerms {
    /// Reports each condition on a stay that the offer has, and whether the stay meets it.
    pub fn of_stay(&self, line: &Line<'_>, mut tell: impl FnMut(Condition, bool)) {
        let (nights, guests) = (line.nights, line.guests());
        if self.stay_from.is_some() || self.stay_until.is_some() {
            let is_within = self.stay_from.is_none_or(|from| from <= nights.from)
                && self.stay_until.is_none_or(|until| nights.iter().last().is_none_or(|last| last <= until));
            tell(Condition::StayWindow, is_within);
        }
        if self.weekdays != ALL_DAYS {
            tell(Condition::Weekdays, nights.iter().any(|night| is_on(self.weekdays, night)));
        }
        if self.arrival_weekdays != ALL_DAYS {
            tell(Condition::ArrivalDays, is_on(self.arrival_weekdays, nights.from));
        }
        if self.min_nights.is_some() || self.max_nights.is_some() {
            tell(Condition::LengthOfStay, is_between(nights.count(), self.min_nights, self.max_nights));
        }
        if self.min_guests.is_some() || self.max_guests.is_some() {
            tell(Condition::Occupancy, is_between(guests, self.min_guests, self.max_guests));
        }
        if !self.room_type_ids.is_empty() {
            tell(Condition::RoomType, self.room_type_ids.contains(&line.room_type_id));
        }
        if !self.rate_plan_ids.is_empty() {
            tell(Condition::RatePlan, self.rate_plan_ids.contains(&line.rate_plan_id));
        }
    }

    /// Returns `true` if a stay meets all conditions on it.
    pub fn fits(&self, line: &Line<'_>) -> bool {
        let mut fits = true;
        self.of_stay(line, |_, is_met| fits &= is_met);
        fits
    }
}

/// All days of the week.
const ALL_DAYS: i16 = 0b111_1111;

fn is_between(count: i64, least: Option<i32>, most: Option<i32>) -> bool {
    least.is_none_or(|least| i64::from(least) <= count) && most.is_none_or(|most| count <= i64::from(most))
}

impl OnSale {
    /// Reports each condition on who books and when that the offer has, and whether it is met. `arrival` is the day of arrival.
    pub fn of_buyer(&self, buyer: &Buyer<'_>, arrival: NaiveDate, mut tell: impl FnMut(Condition, bool)) {
        let offer = &self.offer;
        tell(Condition::OnSale, !offer.is_archived);
        if offer.access != Access::Automatic {
            tell(Condition::Code, buyer.code.is_some_and(|code| code.offer_id == offer.id));
        }
        if offer.book_from.is_some() || offer.book_until.is_some() {
            tell(Condition::BookingWindow, self.is_booked_on(buyer.local_date));
        }
        if offer.min_advance_days.is_some() || offer.max_advance_days.is_some() {
            let ahead = (arrival - buyer.today).num_days();
            tell(Condition::LeadTime, is_between(ahead, offer.min_advance_days, offer.max_advance_days));
        }
        if !offer.channels.is_empty() {
            tell(Condition::Channel, offer.channels.iter().flatten().any(|own| own == buyer.channel));
        }
        if offer.members_only {
            tell(Condition::MembersOnly, buyer.is_member);
        }
        if offer.max_redemptions.is_some() || offer.budget_minor.is_some() {
            tell(Condition::Redemptions, !self.is_full);
        }
        if offer.max_per_day.is_some() {
            tell(Condition::PerDay, self.full_on != Some(buyer.today));
        }
    }

    /// Returns `true` if it can be booked on a date at the hotel.
    pub fn is_booked_on(&self, date: NaiveDate) -> bool {
        self.offer.book_from.is_none_or(|from| from <= date) && self.offer.book_until.is_none_or(|until| date <= until)
    }

    /// Returns `true` if it is over: it was archived, or its time to book has passed.
    pub fn has_ended(&self, date: NaiveDate) -> bool {
        self.offer.is_archived || self.offer.book_until.is_some_and(|until| until < date)
    }

    /// Returns `true` if all conditions on who books and when are met.
    pub fn is_for(&self, buyer: &Buyer<'_>, arrival: NaiveDate) -> bool {
        let mut is_for = !buyer.without.contains(&self.offer.id);
        self.of_buyer(buyer, arrival, |_, is_met| is_for &= is_met);
        is_for
    }

    /// Returns what a condition asks for, in words.
    pub fn asks(&self, condition: Condition) -> String {
        let (offer, terms) = (&self.offer, &self.terms);
        match condition {
            Condition::OnSale => "The offer is on sale.".into(),
            Condition::Code => "A code of the offer is given.".into(),
            Condition::BookingWindow => {
                format!("It is booked {}, by the calendar of the hotel.", period(offer.book_from, offer.book_until))
            }
            Condition::LeadTime => {
                format!("It is booked {} before the arrival.", span(offer.min_advance_days, offer.max_advance_days, "day"))
            }
            Condition::Channel => {
                let channels: Vec<&str> = offer.channels.iter().flatten().map(String::as_str).collect();
                format!("It is booked through {}.", channels.join(" or "))
            }
            Condition::MembersOnly => "It is booked by somebody who is signed in.".into(),
            Condition::FirstBookingOnly => "It is the first booking of the guest at the hotel.".into(),
            Condition::StayWindow => format!("The nights are {}.", period(terms.stay_from, terms.stay_until)),
            Condition::Weekdays => format!("One of the nights is that of a {}.", days(terms.weekdays)),
            Condition::ArrivalDays => format!("The guests arrive on a {}.", days(terms.arrival_weekdays)),
            Condition::LengthOfStay => format!("The stay has {}.", span(terms.min_nights, terms.max_nights, "night")),
            Condition::Occupancy => format!("The room is for {}.", span(terms.min_guests, terms.max_guests, "guest")),
            Condition::RoomType => "The room is of a type that the offer is for.".into(),
            Condition::RatePlan => "The room is sold in a rate plan that the offer is for.".into(),
            Condition::Bundle => "All rooms of the bundle are booked together.".into(),
            Condition::Redemptions => "Something is left of the offer.".into(),
            Condition::SingleUse => "The code has not been used.".into(),
            Condition::PerGuest => {
                format!("The guest has booked with it less than {} times.", offer.max_per_guest.unwrap_or_default())
            }
            Condition::PerDay => "Something is left of the offer today.".into(),
            Condition::Budget => "What it takes off is still within its budget.".into(),
        }
    }
}

fn period(from: Option<NaiveDate>, until: Option<NaiveDate>) -> String {
    match (from, until) {
        (Some(from), Some(until)) => format!("from {from} to {until}"),
        (Some(from), None) => format!("from {from} on"),
        (None, Some(until)) => format!("up to {until}"),
        (None, None) => "at any time".into(),
    }
}

fn span(least: Option<i32>, most: Option<i32>, what: &str) -> String {
    match (least, most) {
        (Some(least), Some(most)) if least == most => format!("{least} {what}(s)"),
        (Some(least), Some(most)) => format!("{least} to {most} {what}s"),
        (Some(least), None) => format!("at least {least} {what}(s)"),
        (None, Some(most)) => format!("at most {most} {what}(s)"),
        (None, None) => format!("any number of {what}s"),
    }
}

fn days(weekdays: i16) -> String {
    let named = DAYS.iter().enumerate().filter(|(bit, _)| weekdays >> bit & 1 == 1);
    named.map(|(_, day)| *day).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::super::choice::samples::{automatic, buyer, line};
    use super::*;
    use crate::domains::offers::model::OfferTerms;
    use crate::testing::december;

    #[test]
    fn a_stay_meets_each_condition_by_itself() {
        let plain = automatic(1).terms;
        // From Thursday, 10 December, to the 13th.
        let fits = |terms: OfferTerms| terms.fits(&line(10, 13));
        assert!(fits(plain.clone()));
        assert!(fits(OfferTerms { stay_from: Some(december(10)), stay_until: Some(december(12)), ..plain.clone() }));
        assert!(!fits(OfferTerms { stay_until: Some(december(11)), ..plain.clone() }), "the last night is the 12th");
        assert!(fits(OfferTerms { weekdays: 0b001_0000, ..plain.clone() }), "one of them is a Friday");
        assert!(!fits(OfferTerms { weekdays: 0b000_0001, ..plain.clone() }));
        assert!(fits(OfferTerms { arrival_weekdays: 0b000_1000, ..plain.clone() }));
        assert!(!fits(OfferTerms { arrival_weekdays: 0b001_0000, ..plain.clone() }));
        assert!(fits(OfferTerms { min_nights: Some(3), max_nights: Some(3), ..plain.clone() }));
        assert!(!fits(OfferTerms { min_nights: Some(4), ..plain.clone() }));
        assert!(!fits(OfferTerms { min_guests: Some(3), ..plain }));
    }

    #[test]
    fn an_offer_is_booked_on_its_dates_and_so_long_ahead() {
        let mut on_sale = automatic(1);
        (on_sale.offer.book_from, on_sale.offer.book_until) = (Some(december(1)), Some(december(3)));
        let on = |on_sale: &OnSale, day| on_sale.is_for(&Buyer { local_date: december(day), ..buyer() }, december(10));
        assert_eq!([1, 3, 4].map(|day| on(&on_sale, day)), [true, true, false]);
        assert_eq!((on_sale.has_ended(december(3)), on_sale.has_ended(december(4))), (false, true));
        let mut early = automatic(1);
        early.offer.min_advance_days = Some(9);
        assert!(early.is_for(&buyer(), december(10)) && !early.is_for(&buyer(), december(9)));
        early.offer.members_only = true;
        assert!(!early.is_for(&buyer(), december(10)) && early.is_for(&Buyer { is_member: true, ..buyer() }, december(10)));
        assert!(!automatic(1).is_for(&Buyer { without: &[uuid::Uuid::from_u128(1)], ..buyer() }, december(10)));
    }

    #[test]
    fn conditions_are_told_in_words() {
        let mut on_sale = automatic(1);
        on_sale.terms.min_nights = Some(3);
        on_sale.terms.arrival_weekdays = 0b100_0001;
        assert_eq!(on_sale.asks(Condition::LengthOfStay), "The stay has at least 3 night(s).");
        assert_eq!(on_sale.asks(Condition::ArrivalDays), "The guests arrive on a Monday or Sunday.");
    }
}
