//! Lists of a day, and the stays on them. Pure.
use crate::domains::stays::Status;
use crate::words::text_enum;
use chrono::{Days, NaiveDate};

/// A list of a day. A stay can be on several: a stay that begins may have no room yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    Arrivals,
    Departures,
    InHouse,
    Unassigned,
}

/// Standing of a stay: where it is, and its dates.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    pub status: Status,
    pub check_in: NaiveDate,
    /// Day on which they leave: of day use, the day of arrival.
    pub check_out: NaiveDate,
    /// Day on which the guests are expected late.
    pub late_on: Option<NaiveDate>,
    pub has_room: bool,
}

impl List {
    /// Returns `true` if a stay is on the list.
    ///
    /// Arrivals come that day, as booked or late, or have come already. Departures leave that day, have left already, or should
    /// have left before and are still there. In the house are guests who were checked in by that day and have that night.
    /// Unassigned are guests who come by that day, or are to be there that night, and have no room.
    pub fn has(self, stay: Standing, date: NaiveDate) -> bool {
        let Standing { status, check_in, check_out, late_on, has_room } = stay;
        match self {
            Self::Arrivals => check_in == date || late_on == Some(date),
            Self::Departures => match status {
                Status::CheckedIn => check_out <= date,
                Status::CheckedOut => check_out == date,
                _ => false,
            },
            Self::InHouse => status == Status::CheckedIn && check_in <= date,
            // Day use has the night of its day.
            Self::Unassigned => {
                status.is_to_come() && !has_room && check_in <= date && date < check_out.max(check_in + Days::new(1))
            }
        }
    }
}

text_enum! {
    /// Occupancy of a room on a day: without guests (`vacant`), with guests who stay (`occupied`), or with guests who
    /// leave that day or should have left before (`due_out`).
    pub enum Occupancy {
        /// Nobody is in the room.
        Vacant = "vacant",
        /// Guests are in the room and stay.
        Occupied = "occupied",
        /// Guests are in the room and leave that day, or should have left before.
        DueOut = "due_out",
    }
}

impl Occupancy {
    /// Returns the occupancy by the guests in the room, if there are any: by the day on which they leave.
    pub fn of(check_out: Option<NaiveDate>, date: NaiveDate) -> Self {
        match check_out {
            None => Self::Vacant,
            Some(check_out) if check_out <= date => Self::DueOut,
            Some(_) => Self::Occupied,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::december;

    #[test]
    fn a_stay_from_the_tenth_to_the_twelfth_stands_where_it_belongs() {
        use List::{Arrivals, Departures, InHouse, Unassigned};
        for (status, has_room, late_on, date, expected) in [
            (Status::Confirmed, true, None, 9, vec![]),
            (Status::Confirmed, true, None, 10, vec![Arrivals]),
            (Status::Held, false, None, 10, vec![Arrivals, Unassigned]),
            (Status::Confirmed, false, None, 11, vec![Unassigned]),
            (Status::Confirmed, false, None, 12, vec![]),
            (Status::CheckedIn, true, None, 10, vec![Arrivals, InHouse]),
            (Status::CheckedIn, true, None, 11, vec![InHouse]),
            (Status::CheckedIn, true, None, 12, vec![Departures, InHouse]),
            (Status::CheckedIn, true, None, 13, vec![Departures, InHouse]),
            (Status::CheckedOut, true, None, 11, vec![]),
            (Status::CheckedOut, true, None, 12, vec![Departures]),
            (Status::CheckedOut, true, None, 13, vec![]),
            (Status::Confirmed, true, Some(11), 11, vec![Arrivals]),
            (Status::Confirmed, true, Some(12), 12, vec![Arrivals]),
            (Status::CheckedIn, true, Some(11), 11, vec![Arrivals, InHouse]),
            (Status::Confirmed, true, Some(11), 12, vec![]),
        ] {
            let lists = [Arrivals, Departures, InHouse, Unassigned];
            let late_on = late_on.map(december);
            let stay = Standing { status, check_in: december(10), check_out: december(12), late_on, has_room };
            let on: Vec<List> = lists.into_iter().filter(|list| list.has(stay, december(date))).collect();
            assert_eq!(on, expected, "{status} on the {date}");
        }
    }

    #[test]
    fn day_use_comes_and_leaves_on_its_day() {
        use List::{Arrivals, Departures, InHouse, Unassigned};
        for (status, has_room, date, expected) in [
            (Status::Confirmed, false, 9, vec![]),
            (Status::Confirmed, false, 10, vec![Arrivals, Unassigned]),
            (Status::Confirmed, false, 11, vec![]),
            (Status::CheckedIn, true, 10, vec![Arrivals, Departures, InHouse]),
            (Status::CheckedOut, true, 10, vec![Arrivals, Departures]),
            (Status::CheckedOut, true, 11, vec![]),
        ] {
            let stay = Standing { status, check_in: december(10), check_out: december(10), late_on: None, has_room };
            let lists = [Arrivals, Departures, InHouse, Unassigned];
            let on: Vec<List> = lists.into_iter().filter(|list| list.has(stay, december(date))).collect();
            assert_eq!(on, expected, "{status} on the {date}");
        }
    }
}
