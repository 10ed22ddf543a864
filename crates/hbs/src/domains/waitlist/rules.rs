//! Rules of offers. Pure.
use super::model::EntryStatus;
use crate::domains::stays::Status;
use chrono::{DateTime, Utc};

/// Shortest offer in minutes, even for guests who could come at once.
const SHORTEST_OFFER: i64 = 30;

/// Returns how long rooms are held, in minutes: the hotel's setting, but not beyond the hour at which the guest would
/// come.
pub fn offer_minutes(hold_minutes: i32, now: DateTime<Utc>, check_in: DateTime<Utc>) -> i32 {
    let left = (check_in - now).num_minutes().max(SHORTEST_OFFER);
    i32::try_from(left).map_or(hold_minutes, |left| left.min(hold_minutes))
}

/// Returns the outcome of an offer, by its booking. None: it stands.
pub fn outcome(booking: Status) -> Option<EntryStatus> {
    match booking {
        Status::Held => None,
        Status::Expired | Status::Cancelled => Some(EntryStatus::Lapsed),
        Status::Confirmed | Status::CheckedIn | Status::CheckedOut | Status::NoShow => Some(EntryStatus::Booked),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn an_offer_does_not_outlast_the_arrival() {
        let now = DateTime::UNIX_EPOCH;
        for (hours_left, setting, minutes) in
            [(48, 720, 720), (3, 720, 180), (3, 60, 60), (0, 720, 30), (-5, 720, 30), (0, 10, 10)]
        {
            assert_eq!(offer_minutes(setting, now, now + TimeDelta::hours(hours_left)), minutes, "{hours_left} h, {setting} min");
        }
    }
}
