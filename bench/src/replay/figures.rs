//! The figures of a month of arrivals, as the file alone gives them and as HBS reports them.

use std::collections::BTreeMap;
use std::ops::Add;

use serde::Deserialize;

use crate::error::{Context, Result};
use crate::money::parse_cents;
use crate::replay::reservation::{Outcome, Reservation};

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    pub reservations: i64,
    pub nights_sold: i64,
    /// Room revenue in cents.
    pub room_revenue: i64,
    pub cancellations: i64,
    pub no_shows: i64,
}

impl Add for Figures {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            reservations: self.reservations + other.reservations,
            nights_sold: self.nights_sold + other.nights_sold,
            room_revenue: self.room_revenue + other.room_revenue,
            cancellations: self.cancellations + other.cancellations,
            no_shows: self.no_shows + other.no_shows,
        }
    }
}

/// Figures by arrival month, such as `2015-07`.
pub type Months = BTreeMap<String, Figures>;

/// Returns the figures that a spreadsheet over the file gives: nothing here knows the server's answers.
pub fn figures_of_file(reservations: &[Reservation]) -> Months {
    let mut months = Months::new();
    for reservation in reservations {
        let month = months.entry(reservation.arrival.format("%Y-%m").to_string()).or_default();
        month.reservations += 1;
        match reservation.outcome {
            Outcome::CheckedOut { .. } => {
                month.nights_sold += i64::from(reservation.nights);
                month.room_revenue += reservation.revenue();
            }
            Outcome::Cancelled { .. } => month.cancellations += 1,
            Outcome::NoShow { .. } => month.no_shows += 1,
        }
    }
    months
}

/// Report of `GET /v1/reports/stays?group=arrival_month`.
#[derive(Debug, Deserialize)]
pub struct Report {
    items: Vec<ReportedMonth>,
}

#[derive(Debug, Deserialize)]
struct ReportedMonth {
    month: String,
    reservations: i64,
    nights_sold: i64,
    room_revenue: Amount,
    cancellations: i64,
    no_shows: i64,
}

#[derive(Debug, Deserialize)]
struct Amount {
    amount: String,
}

pub fn figures_of_report(report: Report) -> Result<Months> {
    report.items.into_iter().map(|item| Ok((item.month.clone(), item.figures()?))).collect()
}

impl ReportedMonth {
    fn figures(self) -> Result<Figures> {
        let amount = self.room_revenue.amount;
        let room_revenue = parse_cents(&amount).context(format!("the report's revenue {amount:?} is not an amount"))?;
        Ok(Figures {
            reservations: self.reservations,
            nights_sold: self.nights_sold,
            room_revenue,
            cancellations: self.cancellations,
            no_shows: self.no_shows,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::reservation::test_support::{checked_out, date, reservation};

    #[test]
    fn the_file_is_summed_by_month_of_arrival() {
        let mut early = reservation("2015-06-01", "2015-06-30", 5, checked_out("2015-07-01"));
        early.nightly_price = 10_743;
        let mut stay = reservation("2015-06-01", "2015-07-31", 2, checked_out("2015-08-02"));
        stay.nightly_price = 5_001;
        let months = figures_of_file(&[
            early,
            stay,
            reservation("2015-06-01", "2015-07-01", 9, Outcome::Cancelled { on: date("2015-06-02") }),
            reservation("2015-06-01", "2015-07-01", 9, Outcome::NoShow { on: date("2015-07-01") }),
        ]);
        let june = Figures { reservations: 1, nights_sold: 5, room_revenue: 53_715, ..Figures::default() };
        let july = Figures { reservations: 3, nights_sold: 2, room_revenue: 10_002, cancellations: 1, no_shows: 1 };
        assert_eq!(months, Months::from([("2015-06".to_owned(), june), ("2015-07".to_owned(), july)]));
    }

    #[test]
    fn a_report_is_read_to_the_cent() {
        let json = r#"{"items":[{"month":"2015-07","reservations":4,"nights_sold":3,
            "room_revenue":{"amount":"1234.05","currency":"EUR"},"cancellations":2,"no_shows":1}]}"#;
        let months = figures_of_report(serde_json::from_str(json).expect("a report")).expect("figures");
        let figures = Figures { reservations: 4, nights_sold: 3, room_revenue: 123_405, cancellations: 2, no_shows: 1 };
        assert_eq!(months, Months::from([("2015-07".to_owned(), figures)]));
    }
}
