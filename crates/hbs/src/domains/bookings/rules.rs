//! What a booking may become, and what it is as a whole. Pure.
use super::error::BookingError;
use crate::domains::inventory::Nights;
use crate::error::FieldError;
use crate::stores::postgres::text_enum;
use chrono::{Days, NaiveDate};

text_enum! {
    /// The state of a stay. A booking's status is derived from its stays.
    pub enum Status {
        /// Occupies a room until the hold expires.
        Held = "held",
        Confirmed = "confirmed",
        CheckedIn = "checked_in",
        CheckedOut = "checked_out",
        Cancelled = "cancelled",
        /// A hold that nobody confirmed in time.
        Expired = "expired",
        NoShow = "no_show",
    }
}

text_enum! {
    /// What can be done with a stay.
    pub enum Action {
        Confirm = "confirm",
        Cancel = "cancel",
        Expire = "expire",
        CheckIn = "check_in",
        CheckOut = "check_out",
        NoShow = "no_show",
    }
}

impl Action {
    /// The state that it leads to.
    pub fn target(self) -> Status {
        match self {
            Self::Confirm => Status::Confirmed,
            Self::Cancel => Status::Cancelled,
            Self::Expire => Status::Expired,
            Self::CheckIn => Status::CheckedIn,
            Self::CheckOut => Status::CheckedOut,
            Self::NoShow => Status::NoShow,
        }
    }

    /// Kind of the event about a stay.
    pub fn stay_event(self) -> &'static str {
        match self {
            Self::Confirm => "stay.confirmed",
            Self::Cancel => "stay.cancelled",
            Self::Expire => "stay.expired",
            Self::CheckIn => "stay.checked_in",
            Self::CheckOut => "stay.checked_out",
            Self::NoShow => "stay.no_show",
        }
    }
}

/// The one table of moves: where a stay goes from here, if the action exists here.
pub fn next(from: Status, action: Action) -> Option<Status> {
    let possible = match action {
        Action::Confirm | Action::Expire => matches!(from, Status::Held),
        Action::Cancel => matches!(from, Status::Held | Status::Confirmed),
        Action::CheckIn | Action::NoShow => matches!(from, Status::Confirmed),
        Action::CheckOut => matches!(from, Status::CheckedIn),
    };
    possible.then_some(action.target())
}

/// The nights that a stay gives back when it moves. A no-show keeps its first night.
pub fn returned(to: Status, nights: Nights) -> Option<Nights> {
    match to {
        Status::Cancelled | Status::Expired => Some(nights),
        Status::NoShow => Some(nights.rest()).filter(|rest| rest.count() > 0),
        Status::Held | Status::Confirmed | Status::CheckedIn | Status::CheckedOut => None,
    }
}

/// A booking is what its most alive stay is: in house before to come before gone.
pub fn booking_status(stays: &[Status]) -> Status {
    use Status::{Cancelled, CheckedIn, CheckedOut, Confirmed, Expired, Held, NoShow};
    [CheckedIn, Held, Confirmed, CheckedOut, NoShow, Cancelled]
        .into_iter()
        .find(|status| stays.contains(status))
        .unwrap_or(Expired)
}

/// The limits of a property that a request is checked against.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub today: NaiveDate,
    pub max_nights: i32,
    pub max_advance_days: i32,
    pub max_rooms: i32,
}

/// Longest stay that any property can allow: bounds what a request can lock.
pub const MAX_NIGHTS: i64 = 365;

/// What holds for dates at any property.
pub fn check_order(nights: Nights) -> Result<(), Vec<FieldError>> {
    if nights.to <= nights.from {
        return Err(vec![FieldError::body("/check_out", "must be after check_in")]);
    }
    if nights.count() > MAX_NIGHTS {
        return Err(vec![FieldError::body("/check_out", format!("a stay has at most {MAX_NIGHTS} nights"))]);
    }
    Ok(())
}

/// What a property allows.
pub fn check_limits(nights: Nights, rooms: usize, limits: &Limits) -> Result<(), Vec<FieldError>> {
    let Limits { today, max_nights, max_advance_days, max_rooms } = *limits;
    let mut errors = Vec::new();
    if nights.from < today {
        errors.push(FieldError::body("/check_in", format!("is in the past: today is {today} at the hotel")));
    }
    let latest = today + Days::new(u64::try_from(max_advance_days).unwrap_or(0));
    if nights.from > latest {
        errors.push(FieldError::body("/check_in", format!("is too far ahead: the hotel takes bookings until {latest}")));
    }
    if nights.count() > i64::from(max_nights) {
        errors.push(FieldError::body("/check_out", format!("a stay here has at most {max_nights} nights")));
    }
    if i32::try_from(rooms).unwrap_or(i32::MAX) > max_rooms {
        errors.push(FieldError::body("/rooms", format!("a booking here has at most {max_rooms} rooms")));
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Who can sleep in a room of a type.
#[derive(Debug, Clone, Copy)]
pub struct Capacity {
    pub max_adults: i32,
    pub max_children: i32,
    pub max_guests: i32,
}

impl Capacity {
    /// What is too much, by the field that says it.
    pub fn check(&self, adults: i32, children: usize) -> Option<(&'static str, String)> {
        let children = i32::try_from(children).unwrap_or(i32::MAX);
        if adults > self.max_adults {
            Some(("adults", format!("a room of this type takes at most {} adults", self.max_adults)))
        } else if children > self.max_children {
            Some(("children_ages", format!("a room of this type takes at most {} children", self.max_children)))
        } else if adults.saturating_add(children) > self.max_guests {
            Some(("adults", format!("a room of this type takes at most {} guests", self.max_guests)))
        } else {
            None
        }
    }
}

/// Whether an action may happen on a business date.
pub fn check_date(action: Action, check_in: NaiveDate, today: NaiveDate) -> Result<(), BookingError> {
    match action {
        Action::CheckIn | Action::NoShow if today < check_in => Err(BookingError::TooEarly { action, check_in, today }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table_of_moves() {
        let mut table = String::new();
        for from in Status::ALL {
            for action in Action::ALL {
                if let Some(to) = next(*from, *action) {
                    table.push_str(&format!("{from} --{action}--> {to}\n"));
                }
            }
        }
        let expected = "held --confirm--> confirmed\n\
            held --cancel--> cancelled\n\
            held --expire--> expired\n\
            confirmed --cancel--> cancelled\n\
            confirmed --check_in--> checked_in\n\
            confirmed --no_show--> no_show\n\
            checked_in --check_out--> checked_out\n";
        assert_eq!(table, expected);
    }

    #[test]
    fn a_booking_is_what_its_most_alive_stay_is() {
        use Status::{Cancelled, CheckedIn, CheckedOut, Confirmed, Expired, Held, NoShow};
        for (stays, status) in [
            (vec![Confirmed, Confirmed], Confirmed),
            (vec![Cancelled, Confirmed], Confirmed),
            (vec![CheckedOut, Confirmed], Confirmed),
            (vec![CheckedOut, CheckedIn, Confirmed], CheckedIn),
            (vec![CheckedOut, Cancelled], CheckedOut),
            (vec![NoShow, Cancelled], NoShow),
            (vec![Cancelled, Cancelled], Cancelled),
            (vec![Held], Held),
            (vec![Expired], Expired),
        ] {
            assert_eq!(booking_status(&stays), status, "{stays:?}");
        }
        for status in Status::ALL {
            assert_eq!(booking_status(&[*status]), *status);
        }
    }

    fn day(n: u64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 12, 1).expect("a date") + Days::new(n)
    }

    #[test]
    fn nights_come_back() {
        let nights = Nights::new(day(0), day(3));
        assert_eq!(returned(Status::Cancelled, nights), Some(nights));
        assert_eq!(returned(Status::NoShow, nights), Some(Nights::new(day(1), day(3))));
        assert_eq!(returned(Status::NoShow, nights.first()), None, "the only night is kept");
        assert_eq!(returned(Status::CheckedOut, nights), None);
    }

    #[test]
    fn limits_name_the_field() {
        let limits = Limits { today: day(1), max_nights: 7, max_advance_days: 10, max_rooms: 2 };
        let pointers = |from, to, rooms| match check_limits(Nights::new(day(from), day(to)), rooms, &limits) {
            Ok(()) => Vec::new(),
            Err(errors) => errors.into_iter().map(|error| error.pointer).collect(),
        };
        assert_eq!(pointers(1, 8, 2), [""; 0]);
        assert_eq!(pointers(0, 2, 1), ["/check_in"]);
        assert_eq!(pointers(12, 13, 1), ["/check_in"]);
        assert_eq!(pointers(11, 18, 1), [""; 0], "the last day that can be booked");
        assert_eq!(pointers(1, 9, 3), ["/check_out", "/rooms"]);
        assert!(check_order(Nights::new(day(1), day(1))).is_err());
        assert!(check_order(Nights::new(day(2), day(1))).is_err());
        assert!(check_order(Nights::new(day(0), day(366))).is_err());
    }
}
