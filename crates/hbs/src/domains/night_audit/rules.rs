//! Rules of closing dates: which, and when that is due. Pure.
use super::error::NightAuditError;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::december;

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
}
