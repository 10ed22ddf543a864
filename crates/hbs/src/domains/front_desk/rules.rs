//! Lists of a day, and the stays on them. Pure.
use crate::domains::stays::Status;
use crate::words::text_enum;
use chrono::NaiveDate;

/// A list of a day. A stay can be on several: a stay that begins may have no room yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    Arrivals,
    Departures,
    InHouse,
    Unassigned,
}

impl List {
    /// Returns `true` if a stay is on the list.
    ///
    /// Arrivals come that day, or have come already. Departures leave that day, have left already, or should have left
    /// before and are still there. In the house are guests who were checked in by that day and have that night.
    /// Unassigned are guests who come by that day, or are to be there that night, and have no room.
    pub fn has(self, status: Status, check_in: NaiveDate, check_out: NaiveDate, has_room: bool, date: NaiveDate) -> bool {
        match self {
            Self::Arrivals => check_in == date,
            Self::Departures => match status {
                Status::CheckedIn => check_out <= date,
                Status::CheckedOut => check_out == date,
                _ => false,
            },
            Self::InHouse => status == Status::CheckedIn && check_in <= date,
            Self::Unassigned => status.is_to_come() && !has_room && check_in <= date && date < check_out,
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
        for (status, has_room, date, expected) in [
            (Status::Confirmed, true, 9, vec![]),
            (Status::Confirmed, true, 10, vec![Arrivals]),
            (Status::Held, false, 10, vec![Arrivals, Unassigned]),
            (Status::Confirmed, false, 11, vec![Unassigned]),
            (Status::Confirmed, false, 12, vec![]),
            (Status::CheckedIn, true, 10, vec![Arrivals, InHouse]),
            (Status::CheckedIn, true, 11, vec![InHouse]),
            (Status::CheckedIn, true, 12, vec![Departures, InHouse]),
            (Status::CheckedIn, true, 13, vec![Departures, InHouse]),
            (Status::CheckedOut, true, 11, vec![]),
            (Status::CheckedOut, true, 12, vec![Departures]),
            (Status::CheckedOut, true, 13, vec![]),
        ] {
            let lists = [Arrivals, Departures, InHouse, Unassigned];
            let on: Vec<List> =
                lists.into_iter().filter(|list| list.has(status, december(10), december(12), has_room, december(date))).collect();
            assert_eq!(on, expected, "{status} on the {date}");
        }
    }
}
