//! Dates on which an action on a stay is possible.
use crate::domains::bookings::error::BookingError;
use crate::domains::inventory::Nights;
use crate::domains::stays::Action;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

/// Checks that an action on a stay is possible on a business date. `status_on` is when the stay came to its status.
pub fn check_date(action: Action, nights: Nights, status_on: NaiveDate, today: NaiveDate) -> Result<(), BookingError> {
    let (check_in, check_out) = (nights.from, nights.to);
    match action {
        Action::CheckIn | Action::NoShow if today < check_in => Err(BookingError::TooEarly { action, check_in, today }),
        Action::CheckIn if today >= check_out => Err(BookingError::TooLate { action, last: check_out.pred_opt(), today }),
        action if action.is_undo() && status_on != today => Err(BookingError::TooLate { action, last: Some(status_on), today }),
        _ => Ok(()),
    }
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
        let may = |action, status_on, today| check_date(action, nights, day(status_on), day(today)).is_ok();
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
    fn guests_are_missed_from_the_minute_of_the_cut_off_on() {
        let at = |n, hour, minute| day(n).and_hms_opt(hour, minute, 0).expect("a time");
        let six = NaiveTime::from_hms_opt(18, 0, 0);
        assert!(check_no_show_time(day(1), at(1, 17, 59), six).is_err());
        assert!(check_no_show_time(day(1), at(1, 18, 0), six).is_ok());
        assert!(check_no_show_time(day(1), at(2, 0, 0), six).is_ok());
        assert!(check_no_show_time(day(1), at(1, 0, 0), None).is_ok());
    }
}
