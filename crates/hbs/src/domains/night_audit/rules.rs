//! Rules of closing dates: which, when that is due, and what becomes of guests who have not arrived. Pure.
use super::error::NightAuditError;
use super::model::DueStay;
use crate::domains::properties::ArrivalDecision;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

/// Standing of a hotel: its business date and its clock.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// Business date to which the audit last advanced. None: none has been run.
    pub rolled_to: Option<NaiveDate>,
    /// Local time at the hotel.
    pub local: NaiveDateTime,
}

impl Standing {
    /// The date to be closed next. Where none has been closed, the day that has just ended may be, or today.
    pub fn next(self) -> NaiveDate {
        self.rolled_to.unwrap_or_else(|| self.local.date())
    }

    /// Checks that a date can be closed now: the next one, once it has begun. A hotel's first may be yesterday.
    pub fn check(self, date: NaiveDate) -> Result<(), NightAuditError> {
        let is_first_of_yesterday = self.rolled_to.is_none() && self.local.date().pred_opt() == Some(date);
        if (date == self.next() && date <= self.local.date()) || is_first_of_yesterday {
            Ok(())
        } else {
            Err(NightAuditError::NotNext { business_date: self.next(), today: self.local.date() })
        }
    }

    /// Returns `true` if the day of a date has ended.
    pub fn is_over(self, date: NaiveDate) -> bool {
        self.local.date() > date
    }

    /// Checks that the day of a date has ended.
    pub fn check_over(self, date: NaiveDate) -> Result<(), NightAuditError> {
        if self.is_over(date) { Ok(()) } else { Err(NightAuditError::DayNotOver { business_date: date, local: self.local }) }
    }

    /// The date that is due to be closed by itself, at a time of the day after.
    pub fn due(self, at: NaiveTime) -> Option<NaiveDate> {
        let yesterday = self.local.date().pred_opt()?;
        let is_time = self.local.time() >= at;
        match self.rolled_to {
            Some(next) => Some(next).filter(|next| *next < yesterday || (*next == yesterday && is_time)),
            None => Some(yesterday).filter(|_| is_time),
        }
    }
}

/// Returns `true` if guests can be expected on the day after a date: they would still be there then, or leave.
pub fn can_be_expected(check_out: NaiveDate, date: NaiveDate) -> bool {
    check_out > date
}

/// Decides about guests who have not arrived as a hotel does by default. Guests who were expected and did not come are not
/// expected again.
pub fn by_default(default: Option<ArrivalDecision>, stay: &DueStay, date: NaiveDate) -> Option<ArrivalDecision> {
    let can_be_expected = !stay.is_late() && can_be_expected(stay.check_out, date);
    match default {
        Some(ArrivalDecision::ExpectedUntilMorning) if !can_be_expected => Some(ArrivalDecision::NoShow),
        default => default,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::stays::Status;
    use crate::testing::december;
    use uuid::Uuid;

    fn at(day: u32, hour: u32) -> NaiveDateTime {
        december(day).and_hms_opt(hour, 0, 0).expect("a time")
    }

    #[test]
    fn dates_are_closed_one_after_the_other() {
        let may = |rolled_to: Option<u32>, local, day| {
            Standing { rolled_to: rolled_to.map(december), local }.check(december(day)).is_ok()
        };
        for (rolled_to, local, open) in [
            (None, at(5, 2), vec![4, 5]),
            (Some(4), at(5, 2), vec![4]),
            (Some(5), at(5, 2), vec![5]),
            (Some(6), at(5, 23), vec![]),
        ] {
            let possible: Vec<u32> = (1..9).filter(|day| may(rolled_to, local, *day)).collect();
            assert_eq!(possible, open, "rolled to {rolled_to:?} at {local}");
        }
    }

    #[test]
    fn a_day_is_due_on_the_day_after() {
        let due = |rolled_to: Option<u32>, local| {
            Standing { rolled_to: rolled_to.map(december), local }.due(NaiveTime::from_hms_opt(3, 0, 0).expect("a time"))
        };
        assert_eq!(due(None, at(5, 2)), None);
        assert_eq!(due(None, at(5, 3)), Some(december(4)));
        assert_eq!(due(Some(4), at(5, 2)), None);
        assert_eq!(due(Some(4), at(5, 3)), Some(december(4)));
        assert_eq!(due(Some(2), at(5, 2)), Some(december(2)), "what was left behind is caught up");
        assert_eq!(due(Some(5), at(5, 23)), None);
    }

    #[test]
    fn a_day_is_over_at_midnight() {
        let is_over = |local| Standing { rolled_to: None, local }.is_over(december(4));
        assert!(!is_over(at(4, 0)) && !is_over(at(4, 23)) && is_over(at(5, 0)));
    }

    #[test]
    fn guests_are_expected_once_by_default() {
        use ArrivalDecision::{Cancel, ExpectedUntilMorning, NoShow};
        let stay = |check_out, late_on: Option<u32>| DueStay {
            stay_id: Uuid::nil(),
            booking_id: Uuid::nil(),
            reference: String::new(),
            contact_name: String::new(),
            guest_name: None,
            status: Status::Confirmed,
            room_id: None,
            room_number: None,
            check_in: december(4),
            check_out: december(check_out),
            late_on: late_on.map(december),
        };
        for (default, check_out, late_on, on, decision) in [
            (None, 6, None, 4, None),
            (Some(NoShow), 6, None, 4, Some(NoShow)),
            (Some(Cancel), 6, Some(5), 5, Some(Cancel)),
            (Some(ExpectedUntilMorning), 6, None, 4, Some(ExpectedUntilMorning)),
            (Some(ExpectedUntilMorning), 5, None, 4, Some(ExpectedUntilMorning)),
            (Some(ExpectedUntilMorning), 6, Some(5), 5, Some(NoShow)),
            (Some(ExpectedUntilMorning), 5, None, 5, Some(NoShow)),
        ] {
            assert_eq!(
                by_default(default, &stay(check_out, late_on), december(on)),
                decision,
                "{default:?} until {check_out} on {on}"
            );
        }
    }
}
