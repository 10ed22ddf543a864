//! Reckoning of figures: which dates are written down, rates and shares.
use super::model::{Candidates, Closed, DaySums, StaySums};
use crate::numbers::{decimal, quotient};
use chrono::{Datelike, Days, NaiveDate};

/// First and last date of a period.
pub type Dates = (NaiveDate, NaiveDate);

/// A period, cut into what is written down and what is counted as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    pub closed: Option<Dates>,
    pub open: Vec<Dates>,
}

impl Closed {
    /// Cuts a period. Dates are closed one after the other, so what is written down is one stretch.
    pub fn cut(self, (from, to): Dates) -> Cut {
        let (Some(first), Some(last)) = (self.first, self.last) else { return Cut { closed: None, open: vec![(from, to)] } };
        let before = (from, to.min(first - Days::new(1)));
        let after = (from.max(last + Days::new(1)), to);
        let some = |(from, to): Dates| (from <= to).then_some((from, to));
        Cut { closed: some((from.max(first), to.min(last))), open: [before, after].into_iter().filter_map(some).collect() }
    }

    /// Among which folios to look for what was open at the end of a date: few had begun soon after the first date that is
    /// written down, and few have changed since a date of late.
    pub fn candidates(self, date: NaiveDate, today: NaiveDate) -> Candidates {
        match self.first {
            Some(first) if date - first < today - date => Candidates::BegunBefore,
            _ => Candidates::OpenSince,
        }
    }
}

/// Figures of a period: numbers of rooms and guests by the night, and amounts in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    pub rooms_available: i64,
    pub rooms_sold: i64,
    /// Rooms sold on dates of which no room that could be sold is on record, which rates leave out.
    pub rooms_uncounted: i64,
    pub out_of_order: i64,
    pub guests: i64,
    pub arrivals: i64,
    pub departures: i64,
    pub no_shows: i64,
    pub cancellations: i64,
    pub room_minor: i64,
    /// Room revenue of such dates.
    pub room_uncounted_minor: i64,
    pub extra_minor: i64,
    pub fee_minor: i64,
    pub other_minor: i64,
    pub tax_minor: i64,
}

impl Figures {
    pub fn add_stays(&mut self, sums: &StaySums) {
        self.rooms_sold += sums.nights;
        self.rooms_uncounted += sums.roomless_nights;
        self.room_uncounted_minor += sums.roomless_minor;
        self.guests += sums.guests;
        self.room_minor += sums.room_minor;
        self.extra_minor += sums.extra_minor;
        self.fee_minor += sums.fee_minor;
        self.other_minor += sums.other_minor;
        self.tax_minor += sums.tax_minor;
    }

    pub fn add_days(&mut self, sums: &DaySums) {
        self.rooms_available += sums.rooms_available;
        self.out_of_order += sums.out_of_order;
        self.arrivals += sums.arrivals;
        self.departures += sums.departures;
        self.no_shows += sums.no_shows;
        self.cancellations += sums.cancellations;
        self.extra_minor += sums.house_extra_minor;
        self.other_minor += sums.house_other_minor;
        self.tax_minor += sums.house_tax_minor;
    }

    pub fn add(&mut self, other: &Self) {
        self.rooms_available += other.rooms_available;
        self.rooms_sold += other.rooms_sold;
        self.rooms_uncounted += other.rooms_uncounted;
        self.room_uncounted_minor += other.room_uncounted_minor;
        self.out_of_order += other.out_of_order;
        self.guests += other.guests;
        self.arrivals += other.arrivals;
        self.departures += other.departures;
        self.no_shows += other.no_shows;
        self.cancellations += other.cancellations;
        self.room_minor += other.room_minor;
        self.extra_minor += other.extra_minor;
        self.fee_minor += other.fee_minor;
        self.other_minor += other.other_minor;
        self.tax_minor += other.tax_minor;
    }

    /// Returns `true` if a room was sold or there is an amount of any kind.
    pub fn has_revenue(&self) -> bool {
        let amounts = [self.room_minor, self.extra_minor, self.fee_minor, self.other_minor, self.tax_minor];
        self.rooms_sold != 0 || amounts.iter().any(|amount| *amount != 0)
    }

    /// Revenue without taxes.
    pub fn revenue_minor(&self) -> i64 {
        self.room_minor + self.extra_minor + self.fee_minor + self.other_minor
    }

    /// Rooms sold, and room revenue, of dates with rooms. Nights of before a hotel began with HBS were charged elsewhere.
    fn counted(&self) -> (i64, i64) {
        (self.rooms_sold - self.rooms_uncounted, self.room_minor - self.room_uncounted_minor)
    }

    /// Average daily rate: room revenue by room sold; none if no room was sold. Dates without rooms are left out.
    pub fn adr_minor(&self) -> Option<i64> {
        let (sold, revenue_minor) = self.counted();
        quotient(revenue_minor, sold)
    }

    /// Room revenue by room that could be sold; none if none could. Dates without any are left out.
    pub fn revpar_minor(&self) -> Option<i64> {
        quotient(self.counted().1, self.rooms_available)
    }

    /// Rooms sold of those that could be sold, in percent. Dates without any are left out.
    pub fn occupancy(&self) -> Option<String> {
        percent(self.counted().0, self.rooms_available)
    }
}

/// A part of a whole in percent, with two decimals; none of nothing.
pub fn percent(part: i64, whole: i64) -> Option<String> {
    quotient(part.saturating_mul(10_000), whole).map(|hundredths| decimal(hundredths, 2))
}

/// An average with one decimal; none of nothing.
pub fn average(sum: i64, number: i64) -> Option<String> {
    quotient(sum.saturating_mul(10), number).map(|tenths| decimal(tenths, 1))
}

/// The month and the year of a date, each from its first day to the date.
pub fn to_date(date: NaiveDate) -> [Dates; 2] {
    let month = date.with_day(1).unwrap_or(date);
    [(month, date), (month.with_month(1).unwrap_or(month), date)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn dates(from: &str, to: &str) -> Dates {
        (day(from), day(to))
    }

    #[test]
    fn a_period_is_cut_at_what_is_written_down() {
        let closed = Closed { first: Some(day("2026-12-05")), last: Some(day("2026-12-10")) };
        for (period, written, open) in [
            (
                dates("2026-12-01", "2026-12-31"),
                Some(dates("2026-12-05", "2026-12-10")),
                vec![dates("2026-12-01", "2026-12-04"), dates("2026-12-11", "2026-12-31")],
            ),
            (dates("2026-12-06", "2026-12-07"), Some(dates("2026-12-06", "2026-12-07")), vec![]),
            (dates("2026-12-01", "2026-12-04"), None, vec![dates("2026-12-01", "2026-12-04")]),
            (dates("2026-12-11", "2026-12-11"), None, vec![dates("2026-12-11", "2026-12-11")]),
        ] {
            assert_eq!(closed.cut(period), Cut { closed: written, open }, "{period:?}");
        }
        let whole = dates("2026-12-01", "2026-12-31");
        assert_eq!(Closed::default().cut(whole), Cut { closed: None, open: vec![whole] });
    }

    #[test]
    fn balances_are_looked_for_where_there_is_less() {
        let closed = Closed { first: Some(day("2026-01-01")), last: Some(day("2026-11-30")) };
        let today = day("2026-12-01");
        assert_eq!(closed.candidates(day("2026-02-01"), today), Candidates::BegunBefore);
        assert_eq!(closed.candidates(day("2026-11-01"), today), Candidates::OpenSince);
        assert_eq!(closed.candidates(today, today), Candidates::OpenSince);
        assert_eq!(Closed::default().candidates(day("2026-02-01"), today), Candidates::OpenSince);
    }

    #[test]
    fn nothing_is_divided_by_nothing() {
        assert_eq!(Figures::default().adr_minor(), None);
        assert_eq!(Figures::default().revpar_minor(), None);
        assert_eq!(Figures::default().occupancy(), None);
        assert_eq!((percent(2, 3).as_deref(), percent(-1, 8).as_deref()), (Some("66.67"), Some("-12.50")));
        assert_eq!(average(7, 2).as_deref(), Some("3.5"));
    }

    #[test]
    fn dates_without_rooms_are_in_no_rate() {
        let before = Figures { rooms_sold: 9, rooms_uncounted: 9, ..Figures::default() };
        assert_eq!((before.occupancy(), before.revpar_minor(), before.adr_minor()), (None, None, None));
        let closed = Figures { room_minor: 90_000, room_uncounted_minor: 90_000, ..before };
        let mut both = Figures { rooms_sold: 3, rooms_available: 4, room_minor: 60_000, ..Figures::default() };
        both.add(&closed);
        let rates = (both.occupancy(), both.revpar_minor(), both.adr_minor());
        assert_eq!(rates, (Some("75.00".to_owned()), Some(15_000), Some(20_000)));
    }

    #[test]
    fn periods_to_date_begin_with_the_month_and_the_year() {
        assert_eq!(to_date(day("2026-12-24")), [dates("2026-12-01", "2026-12-24"), dates("2026-01-01", "2026-12-24")]);
        assert_eq!(to_date(day("2028-02-29")), [dates("2028-02-01", "2028-02-29"), dates("2028-01-01", "2028-02-29")]);
    }
}
