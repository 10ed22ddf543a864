//! The order in which reservations are played: day by day, and within a day phase by phase.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;

use crate::replay::reservation::{Outcome, Reservation};

/// The phases of a day, in the order in which they are played. All steps of one phase are done
/// before the next begins, so each reservation's own steps come in order even if they share a day:
/// booked and cancelled, or arrived and left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Book,
    Cancel,
    /// Check-outs, before the arrivals: their rooms are free for today's.
    CheckOut,
    CheckIn,
    NoShow,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Book => "booking",
            Self::Cancel => "cancellation",
            Self::CheckOut => "check-out",
            Self::CheckIn => "check-in",
            Self::NoShow => "no-show",
        })
    }
}

/// Days on which guests leave, and on which it is recorded that they do not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As the file records them.
    AsRecorded,
    /// As booked, so that nothing is open when a night audit closes the date.
    Audited,
}

/// A day with events: the reservations (by their place in the list) that take part in each phase.
#[derive(Debug, PartialEq, Eq)]
pub struct Day {
    pub date: NaiveDate,
    pub phases: BTreeMap<Phase, Vec<usize>>,
}

pub fn schedule(reservations: &[Reservation], pace: Pace) -> Vec<Day> {
    let mut days: BTreeMap<NaiveDate, BTreeMap<Phase, Vec<usize>>> = BTreeMap::new();
    for (index, reservation) in reservations.iter().enumerate() {
        for (date, phase) in steps(reservation, pace) {
            days.entry(date).or_default().entry(phase).or_default().push(index);
        }
    }
    days.into_iter().map(|(date, phases)| Day { date, phases }).collect()
}

fn steps(reservation: &Reservation, pace: Pace) -> Vec<(NaiveDate, Phase)> {
    let booked = (reservation.booked_on, Phase::Book);
    let arrival = reservation.arrival;
    let recorded = |on: NaiveDate, booked: NaiveDate| match pace {
        Pace::AsRecorded => on,
        Pace::Audited => booked,
    };
    match reservation.outcome {
        Outcome::Cancelled { on } => vec![booked, (recorded(on, on.min(arrival)), Phase::Cancel)],
        Outcome::NoShow { on } => vec![booked, (recorded(on, arrival), Phase::NoShow)],
        // Guests who leave early give nights back, and the figures are of those booked.
        Outcome::CheckedOut { on } => {
            let departure = reservation.departure;
            vec![booked, (arrival, Phase::CheckIn), (recorded(on, departure).max(departure), Phase::CheckOut)]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::reservation::test_support::{checked_out, date, reservation};

    fn phases(day: &Day) -> Vec<(Phase, &[usize])> {
        day.phases.iter().map(|(phase, members)| (*phase, members.as_slice())).collect()
    }

    #[test]
    fn the_steps_of_a_day_are_in_the_order_of_the_phases() {
        let arrival = "2015-07-01";
        let cancelled = Outcome::Cancelled { on: date(arrival) };
        let no_show = Outcome::NoShow { on: date(arrival) };
        let reservations = [
            reservation("2015-06-30", arrival, 2, no_show),
            reservation(arrival, arrival, 1, checked_out(arrival)),
            reservation(arrival, arrival, 1, cancelled),
            reservation("2015-06-30", "2015-06-30", 1, checked_out(arrival)),
        ];
        let days = schedule(&reservations, Pace::AsRecorded);
        assert_eq!(days.iter().map(|day| day.date).collect::<Vec<_>>(), [date("2015-06-30"), date(arrival), date("2015-07-02")]);
        assert_eq!(phases(&days[0]), [(Phase::Book, [0, 3].as_slice()), (Phase::CheckIn, &[3])]);
        assert_eq!(
            phases(&days[1]),
            [
                (Phase::Book, [1, 2].as_slice()),
                (Phase::Cancel, &[2]),
                (Phase::CheckOut, &[3]),
                (Phase::CheckIn, &[1]),
                (Phase::NoShow, &[0]),
            ]
        );
        assert_eq!(phases(&days[2]), [(Phase::CheckOut, [1].as_slice())], "not before the last night");
    }

    #[test]
    fn days_without_events_are_left_out() {
        let reservations = [reservation("2013-06-24", "2015-07-01", 3, checked_out("2015-07-04"))];
        let dates: Vec<_> = schedule(&reservations, Pace::AsRecorded).iter().map(|day| day.date.to_string()).collect();
        assert_eq!(dates, ["2013-06-24", "2015-07-01", "2015-07-04"]);
    }

    #[test]
    fn nothing_is_open_when_a_date_is_to_be_closed() {
        let reservations = [
            reservation("2015-06-30", "2015-07-01", 1, Outcome::NoShow { on: date("2015-07-03") }),
            reservation("2015-06-30", "2015-07-01", 1, checked_out("2015-07-05")),
        ];
        let dates = |pace| -> Vec<String> { schedule(&reservations, pace).iter().map(|day| day.date.to_string()).collect() };
        assert_eq!(dates(Pace::AsRecorded), ["2015-06-30", "2015-07-01", "2015-07-03", "2015-07-05"]);
        assert_eq!(dates(Pace::Audited), ["2015-06-30", "2015-07-01", "2015-07-02"]);
    }
}
