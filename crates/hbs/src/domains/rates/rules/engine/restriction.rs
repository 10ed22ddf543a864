//! Restrictions of rate plans: the reasons why a plan does not sell a stay, night by night.
//!
//! A restriction is what the night says, else what the plan says by default. A derived plan says its
//! own; where it says nothing, neither for the night nor as its default, its parent's holds. Validity
//! and channels are each plan's own.
//!
//! Every night is looked at for what closes a night (stop sell, validity) and for the fewest nights of a stay
//! that passes **through** it. How long a stay is sold otherwise, and how long ahead, is what the **arrival**
//! night says. The day of departure is no night of the stay: all
//! that counts there is whether it is closed to departure.
use super::tariff::{Limits, NightRate, Plan, Tariff};
use crate::domains::inventory::Nights;
use crate::words::text_enum;
use chrono::NaiveDate;
use serde::Serialize;
use std::fmt;
use uuid::Uuid;

text_enum! {
    /// Reason why a plan does not sell a stay: the night is not sold (`stop_sell`); the stay has too few or too many nights for
    /// its arrival (`min_stay`, `max_stay`), or too few for one of its nights (`min_stay_through`); no stay can begin or end on
    /// the date (`closed_to_arrival`, `closed_to_departure`); the arrival is too near or too far ahead (`advance_purchase`,
    /// `last_minute`); the plan is not valid for the night (`not_valid`), or not sold on the channel (`channel`).
    pub enum RestrictionReason {
        /// The plan does not sell this night.
        StopSell = "stop_sell",
        /// A stay that begins on this night must have at least `limit` nights.
        MinStay = "min_stay",
        /// A stay that has this night, whenever it begins, must have at least `limit` nights.
        MinStayThrough = "min_stay_through",
        /// A stay that begins on this night must have at most `limit` nights.
        MaxStay = "max_stay",
        /// The night is closed to arrival.
        ClosedToArrival = "closed_to_arrival",
        /// The date is closed to departure.
        ClosedToDeparture = "closed_to_departure",
        /// The plan is sold at least `limit` days before arrival.
        AdvancePurchase = "advance_purchase",
        /// The plan is sold at most `limit` days before arrival.
        LastMinute = "last_minute",
        /// The plan is not valid for this night.
        NotValid = "not_valid",
        /// The plan is not sold on this channel.
        Channel = "channel",
    }
}

/// A restriction that prevents a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Restriction {
    /// Date of the night, or the day of departure.
    pub date: NaiveDate,
    pub reason: RestrictionReason,
    /// Limit in nights or days, for reasons that have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i32>,
}

impl fmt::Display for Restriction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, limit) = (self.date, self.limit.unwrap_or(0));
        match self.reason {
            RestrictionReason::StopSell => write!(f, "the night of {date} is not sold"),
            RestrictionReason::MinStay => write!(f, "a stay from {date} on has at least {limit} nights"),
            RestrictionReason::MinStayThrough => write!(f, "a stay with the night of {date} has at least {limit} nights"),
            RestrictionReason::MaxStay => write!(f, "a stay from {date} on has at most {limit} nights"),
            RestrictionReason::ClosedToArrival => write!(f, "no stay begins on {date}"),
            RestrictionReason::ClosedToDeparture => write!(f, "no stay ends on {date}"),
            RestrictionReason::AdvancePurchase => write!(f, "it is sold at least {limit} days before arrival"),
            RestrictionReason::LastMinute => write!(f, "it is sold at most {limit} days before arrival"),
            RestrictionReason::NotValid => write!(f, "it is not there for the night of {date}"),
            RestrictionReason::Channel => f.write_str("it is not sold on this channel"),
        }
    }
}

/// Date and channel on which a stay is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Business date of the hotel.
    pub today: NaiveDate,
    pub channel: &'a str,
}

impl Tariff {
    /// Returns the restrictions that keep the plan from selling the stay, by date; empty if it sells it.
    pub fn restrictions(&self, plan_id: Uuid, room_type_id: Uuid, nights: Nights, asked: Asked<'_>) -> Vec<Restriction> {
        let Some(plan) = self.plan(plan_id) else { return Vec::new() };
        let mut found = Vec::new();
        let add = |date, reason, limit| found.push(Restriction { date, reason, limit });
        restrict(plan, nights, asked, |date| self.effective(plan, room_type_id, date), add);
        found
    }

    /// Returns the restrictions of a night: its own, the plan's default, the parent's, the parent's default.
    pub fn effective(&self, plan: &Plan, room_type_id: Uuid, date: NaiveDate) -> Effective {
        let own = self.night_rate(plan.id, room_type_id, date);
        let parent_id = plan.derivation.map(|derivation| derivation.parent_id);
        let parent = parent_id.and_then(|id| self.plan(id));
        let parents = parent_id.and_then(|id| self.night_rate(id, room_type_id, date));
        let nights = [own, parents];
        let first = |say: fn(&NightRate) -> Option<bool>| nights.into_iter().flatten().find_map(say).unwrap_or(false);
        let said =
            [own.map(|night| night.limits), Some(plan.limits), parents.map(|night| night.limits), parent.map(|plan| plan.limits)];
        let limit = |say: fn(&Limits) -> Option<i32>| said.iter().flatten().find_map(say);
        Effective {
            is_stopped: first(|night| night.stop_sell),
            is_closed_to_arrival: first(|night| night.closed_to_arrival),
            is_closed_to_departure: first(|night| night.closed_to_departure),
            limits: Limits {
                min_stay: limit(|limits| limits.min_stay),
                max_stay: limit(|limits| limits.max_stay),
                min_advance_days: limit(|limits| limits.min_advance_days),
                max_advance_days: limit(|limits| limits.max_advance_days),
                min_stay_through: limit(|limits| limits.min_stay_through),
            },
        }
    }
}

/// Reports the restrictions that keep a plan from selling a stay, by date. `on` gives those of a night.
pub(super) fn restrict(
    plan: &Plan,
    nights: Nights,
    asked: Asked<'_>,
    on: impl Fn(NaiveDate) -> Effective,
    mut add: impl FnMut(NaiveDate, RestrictionReason, Option<i32>),
) {
    let arrival = on(nights.from);
    if !plan.is_on(asked.channel) {
        add(nights.from, RestrictionReason::Channel, None);
    }
    if arrival.is_closed_to_arrival {
        add(nights.from, RestrictionReason::ClosedToArrival, None);
    }
    let Limits { min_stay, max_stay, min_advance_days, max_advance_days, min_stay_through: _ } = arrival.limits;
    let ahead = (nights.from - asked.today).num_days();
    for (limit, reason, is_broken) in [
        (min_stay, RestrictionReason::MinStay, min_stay.is_some_and(|least| nights.count() < i64::from(least))),
        (max_stay, RestrictionReason::MaxStay, max_stay.is_some_and(|most| nights.count() > i64::from(most))),
        (min_advance_days, RestrictionReason::AdvancePurchase, min_advance_days.is_some_and(|least| ahead < i64::from(least))),
        (max_advance_days, RestrictionReason::LastMinute, max_advance_days.is_some_and(|most| ahead > i64::from(most))),
    ] {
        if is_broken {
            add(nights.from, reason, limit);
        }
    }
    for night in nights.iter() {
        if !plan.valid.holds(night) {
            add(night, RestrictionReason::NotValid, None);
        }
        let Effective { is_stopped, limits, .. } = on(night);
        if let Some(least) = limits.min_stay_through.filter(|least| nights.count() < i64::from(*least)) {
            add(night, RestrictionReason::MinStayThrough, Some(least));
        }
        if is_stopped {
            add(night, RestrictionReason::StopSell, None);
        }
    }
    if on(nights.to).is_closed_to_departure {
        add(nights.to, RestrictionReason::ClosedToDeparture, None);
    }
}

/// Restrictions that hold on a night, whatever their source.
#[derive(Debug, Clone, Copy)]
pub struct Effective {
    pub is_stopped: bool,
    pub is_closed_to_arrival: bool,
    pub is_closed_to_departure: bool,
    /// Limits of stays that begin on this night, and of all that have it.
    pub limits: Limits,
}

#[cfg(test)]
mod tests {
    use super::super::samples::{base, date, plan, rules, tariff};
    use super::super::tariff::{Change, Derivation, Validity};
    use super::*;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn reasons_of(tariff: &Tariff, plan: u128, from: &str, to: &str) -> Vec<String> {
        let asked = Asked { today: date("2026-12-01"), channel: "direct" };
        let found = tariff.restrictions(id(plan), base().room_type_id, Nights::new(date(from), date(to)), asked);
        let text = |found: &Restriction| {
            let limit = found.limit.map_or(String::new(), |limit| format!(" {limit}"));
            format!("{} {}{limit}", &found.date.to_string()[8..], found.reason)
        };
        found.iter().map(text).collect()
    }

    fn with_night(mut tariff: Tariff, plan: u128, night: &str, rate: NightRate) -> Tariff {
        tariff.nights.insert((id(plan), base().room_type_id, date(night)), rate);
        tariff
    }

    fn yes() -> Option<bool> {
        Some(true)
    }

    #[test]
    fn all_nights_are_looked_at_but_not_the_day_of_departure() {
        let tariff = with_night(tariff(&[1]), 1, "2026-12-12", NightRate { stop_sell: yes(), ..NightRate::default() });
        assert_eq!(reasons_of(&tariff, 1, "2026-12-10", "2026-12-12"), [""; 0], "only its departure");
        assert_eq!(reasons_of(&tariff, 1, "2026-12-10", "2026-12-13"), ["12 stop_sell"], "its last night");
        assert_eq!(reasons_of(&tariff, 1, "2026-12-12", "2026-12-14"), ["12 stop_sell"], "its first");
        assert_eq!(reasons_of(&tariff, 1, "2026-12-13", "2026-12-14"), [""; 0]);
    }

    #[test]
    fn min_and_max_stay_are_the_arrival_nights() {
        let limits = Limits { min_stay: Some(3), max_stay: Some(4), ..Limits::default() };
        let tariff = with_night(tariff(&[1]), 1, "2026-12-11", NightRate { limits, ..NightRate::default() });
        assert_eq!(reasons_of(&tariff, 1, "2026-12-11", "2026-12-13"), ["11 min_stay 3"]);
        assert_eq!(reasons_of(&tariff, 1, "2026-12-11", "2026-12-14"), [""; 0]);
        assert_eq!(reasons_of(&tariff, 1, "2026-12-11", "2026-12-16"), ["11 max_stay 4"]);
        assert_eq!(reasons_of(&tariff, 1, "2026-12-10", "2026-12-12"), [""; 0], "passing through does not count");
        assert_eq!(reasons_of(&tariff, 1, "2026-12-09", "2026-12-11"), [""; 0], "nor does leaving");
    }

    #[test]
    fn a_minimum_through_a_night_holds_for_every_stay_that_has_it() {
        let limits = Limits { min_stay_through: Some(3), ..Limits::default() };
        let tariff = with_night(tariff(&[1]), 1, "2026-12-11", NightRate { limits, ..NightRate::default() });
        assert_eq!(reasons_of(&tariff, 1, "2026-12-11", "2026-12-13"), ["11 min_stay_through 3"], "beginning on it");
        assert_eq!(reasons_of(&tariff, 1, "2026-12-10", "2026-12-12"), ["11 min_stay_through 3"], "ending with it");
        assert_eq!(reasons_of(&tariff, 1, "2026-12-10", "2026-12-13"), [""; 0], "passing through");
        assert_eq!(reasons_of(&tariff, 1, "2026-12-09", "2026-12-11"), [""; 0], "leaving on it");
        assert_eq!(reasons_of(&tariff, 1, "2026-12-12", "2026-12-13"), [""; 0]);
    }

    #[test]
    fn closed_to_arrival_and_departure() {
        let night = NightRate { closed_to_arrival: yes(), closed_to_departure: yes(), ..NightRate::default() };
        let tariff = with_night(tariff(&[1]), 1, "2026-12-11", night);
        assert_eq!(reasons_of(&tariff, 1, "2026-12-11", "2026-12-12"), ["11 closed_to_arrival"]);
        assert_eq!(reasons_of(&tariff, 1, "2026-12-10", "2026-12-12"), [""; 0], "staying over is neither");
        assert_eq!(reasons_of(&tariff, 1, "2026-12-10", "2026-12-11"), ["11 closed_to_departure"]);
    }

    #[test]
    fn days_ahead_count_from_the_business_date() {
        let limits = Limits { min_advance_days: Some(7), max_advance_days: Some(30), ..Limits::default() };
        let mut tariff = tariff(&[1]);
        rules(&mut tariff).plans[0].limits = limits;
        assert_eq!(reasons_of(&tariff, 1, "2026-12-07", "2026-12-08"), ["07 advance_purchase 7"]);
        assert_eq!(reasons_of(&tariff, 1, "2026-12-08", "2026-12-09"), [""; 0]);
        assert_eq!(reasons_of(&tariff, 1, "2026-12-31", "2027-01-01"), [""; 0]);
        assert_eq!(reasons_of(&tariff, 1, "2027-01-01", "2027-01-02"), ["01 last_minute 30"]);
    }

    #[test]
    fn a_plan_is_sold_for_its_nights_and_on_its_channels() {
        let mut tariff = tariff(&[1]);
        rules(&mut tariff).plans[0].valid = Validity { from: Some(date("2026-12-10")), until: Some(date("2026-12-11")) };
        assert_eq!(reasons_of(&tariff, 1, "2026-12-10", "2026-12-12"), [""; 0]);
        assert_eq!(reasons_of(&tariff, 1, "2026-12-09", "2026-12-13"), ["09 not_valid", "12 not_valid"]);
        rules(&mut tariff).plans[0].channels = vec!["ota".into()];
        assert_eq!(reasons_of(&tariff, 1, "2026-12-10", "2026-12-12"), ["10 channel"]);
        rules(&mut tariff).plans[0].channels.push("direct".into());
        assert_eq!(reasons_of(&tariff, 1, "2026-12-10", "2026-12-12"), [""; 0]);
    }

    #[test]
    fn a_derived_plan_has_its_parents_restrictions_unless_it_says_otherwise() {
        let mut tariff = tariff(&[1]);
        let derivation = Some(Derivation { parent_id: id(1), change: Change::Percent(-100_000) });
        rules(&mut tariff).plans.push(Plan { derivation, ..plan(2) });
        rules(&mut tariff).plans[0].limits.min_stay = Some(2);
        let stopped =
            NightRate { stop_sell: yes(), limits: Limits { min_stay: Some(3), ..Limits::default() }, ..NightRate::default() };
        let mut tariff = with_night(tariff, 1, "2026-12-11", stopped);
        assert_eq!(reasons_of(&tariff, 2, "2026-12-10", "2026-12-11"), ["10 min_stay 2"], "the parent's default");
        assert_eq!(reasons_of(&tariff, 2, "2026-12-11", "2026-12-12"), ["11 min_stay 3", "11 stop_sell"], "the parent's night");
        rules(&mut tariff).plans[1].limits.min_stay = Some(1);
        assert_eq!(reasons_of(&tariff, 2, "2026-12-11", "2026-12-12"), ["11 stop_sell"], "its own default counts before");
        let open = NightRate {
            stop_sell: Some(false),
            limits: Limits { min_stay: Some(5), ..Limits::default() },
            ..NightRate::default()
        };
        let tariff = with_night(tariff, 2, "2026-12-11", open);
        assert_eq!(reasons_of(&tariff, 2, "2026-12-11", "2026-12-12"), ["11 min_stay 5"], "its own night before all");
        assert_eq!(reasons_of(&tariff, 1, "2026-12-11", "2026-12-12"), ["11 min_stay 3", "11 stop_sell"]);
    }
}
