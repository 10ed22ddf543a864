//! Dates on which an action on a stay is possible.
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::Stay;
use crate::domains::inventory::Nights;
use crate::domains::stays::{Action, Status};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

/// Dates of a stay.
#[derive(Debug, Clone, Copy)]
pub struct Dates {
    pub nights: Nights,
    /// Business date on which the stay came to its status.
    pub status_on: NaiveDate,
    /// Business date on which the guests are expected late.
    pub late_on: Option<NaiveDate>,
}

impl Dates {
    pub fn of(stay: &Stay) -> Self {
        Self { nights: stay.nights(), status_on: stay.status_on, late_on: stay.late_on }
    }
}

/// Checks that an action on a stay is possible on a business date. Guests who come late for the last night leave on the same date.
pub fn check_date(action: Action, dates: Dates, today: NaiveDate) -> Result<(), BookingError> {
    let Dates { nights, status_on, late_on } = dates;
    let (check_in, check_out) = (nights.from, nights.to);
    match action {
        Action::CheckIn | Action::NoShow if today < check_in => Err(BookingError::TooEarly { action, check_in, today }),
        Action::CheckIn if today == check_out && late_on == Some(today) => Ok(()),
        Action::CheckIn if today >= check_out => Err(BookingError::TooLate { action, last: check_out.pred_opt(), today }),
        action if action.is_undo() && status_on != today => Err(BookingError::TooLate { action, last: Some(status_on), today }),
        _ => Ok(()),
    }
}

/// Returns `true` if guests who were recorded as a no-show can still come: on the day after the one on which they were, and no later
/// than on the day of departure. `open_from` is the hotel's business date, if the audit set it.
pub fn comes_late(action: Action, status: Status, dates: Dates, open_from: Option<NaiveDate>) -> bool {
    let Dates { nights, status_on, late_on: _ } = dates;
    let is_the_day_after = open_from.is_some_and(|today| status_on.succ_opt() == Some(today) && today <= nights.to);
    action == Action::Reinstate && status == Status::NoShow && is_the_day_after
}

/// Checks that a stay is still to come: until the day of arrival ends.
pub fn check_to_come(action: Action, check_in: NaiveDate, today: NaiveDate) -> Result<(), BookingError> {
    if today <= check_in { Ok(()) } else { Err(BookingError::TooLate { action, last: Some(check_in), today }) }
}

/// Checks that a guest can be missed already: on the day of arrival only from the cut-off on.
pub fn check_no_show_time(check_in: NaiveDate, local: NaiveDateTime, cutoff: Option<NaiveTime>) -> Result<(), BookingError> {
    match cutoff {
        Some(cutoff) if local < check_in.and_time(cutoff) => {
            Err(BookingError::NoShowTooEarly { check_in, cutoff, now: local.time() })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::day;

    #[test]
    fn each_action_has_its_day() {
        let nights = Nights::new(day(2), day(4));
        let dates = |status_on| Dates { nights, status_on: day(status_on), late_on: None };
        let may = |action, status_on, today| check_date(action, dates(status_on), day(today)).is_ok();
        for (action, days) in [
            (Action::CheckIn, vec![2, 3]),
            (Action::NoShow, vec![2, 3, 4, 5]),
            (Action::CheckOut, vec![0, 1, 2, 3, 4, 5]),
            (Action::Reinstate, vec![1]),
            (Action::UndoCheckIn, vec![1]),
            (Action::UndoCheckOut, vec![1]),
        ] {
            let possible: Vec<u64> = (0..6).filter(|today| may(action, 1, *today)).collect();
            assert_eq!(possible, days, "{action}");
        }
    }

    #[test]
    fn guests_who_are_expected_late_come_on_their_last_day_too() {
        let may = |late_on: Option<u64>, today| {
            let dates = Dates { nights: Nights::new(day(2), day(4)), status_on: day(1), late_on: late_on.map(day) };
            check_date(Action::CheckIn, dates, day(today)).is_ok()
        };
        assert!(may(Some(3), 3) && may(Some(4), 4));
        assert!(!may(Some(3), 4) && !may(None, 4) && !may(Some(5), 5));
    }

    #[test]
    fn a_no_show_comes_late_on_the_day_after() {
        let possible = |status, status_on, until| -> Vec<u64> {
            let dates = Dates { nights: Nights::new(day(2), day(until)), status_on: day(status_on), late_on: None };
            (0..8).filter(|today| comes_late(Action::Reinstate, status, dates, Some(day(*today)))).collect()
        };
        assert_eq!(possible(Status::NoShow, 2, 5), [3]);
        assert_eq!(possible(Status::NoShow, 2, 3), [3], "the night that is over was theirs");
        assert_eq!(possible(Status::NoShow, 3, 3), Vec::<u64>::new());
        assert_eq!(possible(Status::Cancelled, 2, 5), Vec::<u64>::new());
        let dates = Dates { nights: Nights::new(day(2), day(5)), status_on: day(2), late_on: None };
        assert!(!comes_late(Action::Reinstate, Status::NoShow, dates, None), "no date was closed");
    }

    #[test]
    fn guests_are_missed_from_the_minute_of_the_cut_off_on() {
        let at = |n, hour, minute| day(n).and_hms_opt(hour, minute, 0).expect("a time");
        let six = NaiveTime::from_hms_opt(18, 0, 0);
        assert!(check_no_show_time(day(1), at(1, 17, 59), six).is_err());
        assert!(check_no_show_time(day(1), at(1, 18, 0), six).is_ok());
        assert!(check_no_show_time(day(1), at(2, 0, 0), six).is_ok());
        assert!(check_no_show_time(day(1), at(1, 0, 0), None).is_ok());
    }
}
