//! States of a booking as a whole, and nights that its stays occupy.
use crate::domains::inventory::Nights;
use crate::domains::stays::Status;
use chrono::NaiveDate;

/// The nights that a stay occupies in a state. A no-show keeps its first night.
pub fn occupied(status: Status, nights: Nights) -> Option<Nights> {
    match status {
        Status::Cancelled | Status::Expired => None,
        Status::NoShow => Some(nights.first()),
        Status::Held | Status::Confirmed | Status::CheckedIn | Status::CheckedOut => Some(nights),
    }
}

/// The nights of guests who leave on a day: at least one, at most those that they booked.
pub fn stayed(nights: Nights, today: NaiveDate) -> Nights {
    Nights::new(nights.from, today.clamp(nights.first().to, nights.to))
}

/// Returns the status of a booking, which is that of its most alive stay: in house before to come before gone.
pub fn booking_status(stays: &[Status]) -> Status {
    use Status::{Cancelled, CheckedIn, CheckedOut, Confirmed, Expired, Held, NoShow};
    [CheckedIn, Held, Confirmed, CheckedOut, NoShow, Cancelled]
        .into_iter()
        .find(|status| stays.contains(status))
        .unwrap_or(Expired)
}

/// The nights of a booking: those of its stays that are not cancelled or expired, if there are any; else those that it had.
pub fn booking_nights(statuses: &[Status], stays: &[Nights], had: Nights) -> Nights {
    let there = statuses.iter().zip(stays).filter(|(status, _)| status.has_nights());
    Nights::around(there.map(|(_, nights)| *nights)).unwrap_or(had)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::day;

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

    #[test]
    fn nights_come_back() {
        let nights = Nights::new(day(0), day(3));
        assert_eq!(occupied(Status::Cancelled, nights), None);
        assert_eq!(occupied(Status::NoShow, nights), Some(nights.first()));
        assert_eq!(occupied(Status::CheckedOut, nights), Some(nights));
        assert!(Status::ALL.iter().all(|status| occupied(*status, nights).is_some() == status.has_nights()));
        for (today, departure) in [(0, 1), (1, 1), (2, 2), (3, 3), (9, 3)] {
            assert_eq!(stayed(nights, day(today)), Nights::new(day(0), day(departure)), "left on day {today}");
        }
    }
}
