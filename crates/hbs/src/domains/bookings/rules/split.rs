//! Splitting a stay at a night: the two stays that come of it, and what of the folio goes with the second. Pure.
use super::extras::Division;
use crate::domains::bookings::model::{Stay, StayMove};
use crate::domains::folios::{self, FolioEntry, FolioKind, NewFolioEntry};
use crate::domains::stays::Status;
use chrono::{Days, NaiveDate};
use uuid::Uuid;

/// The two stays of one that is split, and the lines that are posted for it.
#[derive(Debug)]
pub struct Parts {
    pub first: Stay,
    pub second: Stay,
    pub lines: Vec<NewFolioEntry>,
    /// Divisions of the extras that were sold with it.
    pub extras: Vec<Division>,
}

/// Checks that a stay can be split at a night: not at its first, and not in the past. Guests who are in the house may begin the
/// second stay today.
pub fn check_night(stay: &Stay, night: NaiveDate, today: NaiveDate) -> Result<(), String> {
    let first_day = if stay.status == Status::CheckedIn { today } else { today + Days::new(1) };
    let from = first_day.max(stay.check_in + Days::new(1));
    let until = stay.check_out - Days::new(1);
    if from > until {
        return Err("can be no night: the stay has none left but its first".into());
    }
    if (from..=until).contains(&night) { Ok(()) } else { Err(format!("must be one of the nights from {from} to {until}")) }
}

/// Splits a stay. `id` and `position` are those of the second; `moves` are the rooms that the guests have left, and `open` the
/// stay's lines that have not been taken back: those of the nights of the second go with it.
pub fn split(
    stay: &Stay,
    night: NaiveDate,
    today: NaiveDate,
    (id, position): (Uuid, i32),
    moves: &[StayMove],
    open: &[FolioEntry],
) -> Parts {
    let is_of_second = |line: &&FolioEntry| {
        let is_of_night = matches!(line.kind, FolioKind::Room | FolioKind::Discount | FolioKind::Tax | FolioKind::Extra);
        line.service_date >= night && is_of_night
    };
    let moved: Vec<FolioEntry> = open.iter().filter(is_of_second).cloned().collect();
    let moved_minor: i64 = moved.iter().map(|line| line.amount_minor).sum();
    let is_in_house = stay.status == Status::CheckedIn;
    let begins_now = is_in_house && night <= today;
    let first = Stay {
        status: if begins_now { Status::CheckedOut } else { stay.status },
        status_on: if begins_now { today } else { stay.status_on },
        check_out: night,
        total_minor: stay.total_minor - moved_minor,
        ..as_until(stay, night, moves)
    };
    let goes_on_later = is_in_house && !begins_now;
    let second = Stay {
        id,
        position,
        status: if goes_on_later { Status::Confirmed } else { stay.status },
        status_on: if goes_on_later { today } else { stay.status_on },
        // Nobody moves guests in the house for others.
        is_pinned: stay.is_pinned || (is_in_house && stay.room_id.is_some()),
        check_in: night,
        total_minor: moved_minor,
        moved_on: None,
        late_on: None,
        split_from: Some(stay.id),
        ..stay.clone()
    };
    Parts { first, second, lines: folios::moved_to(&moved, id), extras: Vec::new() }
}

/// A stay as it was until a night: guests who have moved on it were in another room.
fn as_until(stay: &Stay, night: NaiveDate, moves: &[StayMove]) -> Stay {
    let before = moves.iter().filter(|left| left.moved_on < night).map(|left| left.moved_on).max();
    match moves.iter().filter(|left| left.moved_on >= night).min_by_key(|left| left.moved_on) {
        Some(left) => Stay { room_id: left.room_id, room_type_id: left.room_type_id, moved_on: before, ..stay.clone() },
        None => stay.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::december;
    use chrono::DateTime;

    /// Makes a stay from the 10th to the 15th.
    fn stay(status: Status) -> Stay {
        Stay {
            property_id: Uuid::nil(),
            id: Uuid::from_u128(1),
            booking_id: Uuid::nil(),
            position: 0,
            status,
            room_type_id: Uuid::from_u128(7),
            room_id: Some(Uuid::from_u128(70)),
            is_pinned: false,
            check_in: december(10),
            check_out: december(15),
            adults: 2,
            children_ages: Vec::new(),
            guest_name: None,
            total_minor: 60_000,
            rate_plan_id: None,
            cancellation_terms: None,
            booked_room_type_id: Uuid::from_u128(7),
            booked_check_out: None,
            status_on: december(9),
            moved_on: None,
            late_on: None,
            split_from: None,
            guest_id: None,
            priced_at: None,
            is_day_use: false,
        }
    }

    fn line(date: u32, kind: FolioKind, amount_minor: i64) -> FolioEntry {
        FolioEntry { stay_id: Some(Uuid::from_u128(1)), ..FolioEntry::example(kind, december(date), amount_minor) }
    }

    #[test]
    fn a_stay_is_split_after_its_first_night_and_not_in_the_past() {
        let nights = |status, today| -> Vec<u32> {
            (8..18).filter(|night| check_night(&stay(status), december(*night), december(today)).is_ok()).collect()
        };
        assert_eq!(nights(Status::Confirmed, 1), [11, 12, 13, 14]);
        assert_eq!(nights(Status::Confirmed, 12), [13, 14], "guests who come late");
        assert_eq!(nights(Status::CheckedIn, 10), [11, 12, 13, 14]);
        assert_eq!(nights(Status::CheckedIn, 12), [12, 13, 14]);
        assert_eq!(nights(Status::CheckedIn, 15), Vec::<u32>::new());
    }

    #[test]
    fn each_night_is_charged_to_the_stay_that_has_it_and_comes_to_what_it_did() {
        let open: Vec<FolioEntry> = (10..15)
            .flat_map(|date| [line(date, FolioKind::Room, 10_000), line(date, FolioKind::Tax, 2_000)])
            .chain([line(12, FolioKind::Fee, -777)])
            .collect();
        let Parts { first, second, lines, .. } =
            split(&stay(Status::Confirmed), december(12), december(1), (Uuid::from_u128(2), 3), &[], &open);
        assert_eq!((first.total_minor, second.total_minor), (24_000, 36_000));
        assert_eq!((first.check_out, second.check_in, second.check_out), (december(12), december(12), december(15)));
        assert_eq!((second.position, second.split_from, second.status), (3, Some(first.id), Status::Confirmed));
        for date in 12..15 {
            let of = |stay_id| -> i64 {
                let own = lines.iter().filter(|line| line.service_date == december(date) && line.stay_id == stay_id);
                own.map(|line| line.amount_minor).sum()
            };
            assert_eq!((of(first.id), of(second.id)), (-12_000, 12_000));
        }
        assert_eq!(lines.len(), 12, "what is no night's stays where it is");
    }

    #[test]
    fn guests_in_the_house_go_on_at_once_or_later() {
        let parts = |night, today| {
            let Parts { first, second, .. } =
                split(&stay(Status::CheckedIn), december(night), december(today), (Uuid::from_u128(2), 1), &[], &[]);
            ((first.status, first.status_on), (second.status, second.status_on), second.is_pinned)
        };
        let (here, gone, later) = (Status::CheckedIn, Status::CheckedOut, Status::Confirmed);
        assert_eq!(parts(12, 12), ((gone, december(12)), (here, december(9)), true));
        assert_eq!(parts(13, 12), ((here, december(9)), (later, december(12)), true));
    }

    #[test]
    fn the_first_stay_ends_in_the_room_that_it_was_in() {
        let left = |date, n| StayMove {
            property_id: Uuid::nil(),
            stay_id: Uuid::from_u128(1),
            moved_on: december(date),
            room_id: Some(Uuid::from_u128(n)),
            room_type_id: Uuid::from_u128(n / 10),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        };
        let moved = Stay { moved_on: Some(december(12)), ..stay(Status::CheckedIn) };
        let moves = [left(11, 50), left(12, 60)];
        let first = |night| split(&moved, december(night), december(12), (Uuid::from_u128(2), 1), &moves, &[]).first;
        let today = first(12);
        assert_eq!((today.room_id, today.room_type_id), (Some(Uuid::from_u128(60)), Uuid::from_u128(6)));
        assert_eq!(today.moved_on, Some(december(11)));
        let later = first(13);
        assert_eq!((later.room_id, later.moved_on), (moved.room_id, Some(december(12))));
    }
}
