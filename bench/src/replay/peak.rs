//! The hotel that a file needs: as many rooms of each type as are ever sold for one night, and limits
//! that let every reservation in.

use std::collections::{BTreeMap, HashMap};

use chrono::{Days, NaiveDate};

use crate::hotel::Hotel;
use crate::replay::reservation::{Outcome, Reservation};
use crate::replay::schedule::{Day, Phase};

pub fn hotel_for(reservations: &[Reservation], days: &[Day]) -> Hotel {
    let mut hotel = Hotel::default();
    for reservation in reservations {
        let days_ahead = |date: NaiveDate| date.signed_duration_since(reservation.booked_on).num_days();
        hotel.max_nights = hotel.max_nights.max(reservation.nights);
        hotel.max_advance_days = hotel.max_advance_days.max(days_ahead(reservation.arrival)).max(1);
        hotel.horizon_nights = hotel.horizon_nights.max(days_ahead(reservation.departure));
        let room_type = hotel.room_types.entry(reservation.room_type.clone()).or_default();
        room_type.max_adults = room_type.max_adults.max(reservation.adults);
        room_type.max_children = room_type.max_children.max(reservation.children + reservation.babies);
        room_type.max_guests = room_type.max_guests.max(reservation.guests());
    }
    for (code, rooms) in peaks(reservations, days) {
        hotel.room_types.entry(code.to_owned()).or_default().rooms = rooms;
    }
    hotel
}

/// Plays the sales of the schedule on paper. Bookings come first in a day, so the most rooms are sold
/// before its cancellations, and the order among the bookings of a day does not matter.
fn peaks<'a>(reservations: &'a [Reservation], days: &[Day]) -> BTreeMap<&'a str, usize> {
    let mut sold: HashMap<(&str, NaiveDate), usize> = HashMap::new();
    let mut peaks: BTreeMap<&str, usize> = BTreeMap::new();
    for (phase, members) in days.iter().flat_map(|day| &day.phases) {
        for reservation in members.iter().map(|index| &reservations[*index]) {
            let room_type = reservation.room_type.as_str();
            match phase {
                Phase::Book => {
                    let peak = peaks.entry(room_type).or_default();
                    for night in nights(reservation.arrival, reservation.departure) {
                        let rooms = sold.entry((room_type, night)).or_default();
                        *rooms += 1;
                        *peak = (*peak).max(*rooms);
                    }
                }
                Phase::Cancel | Phase::NoShow => {
                    for night in nights(first_returned_night(reservation), reservation.departure) {
                        sold.entry((room_type, night)).and_modify(|rooms| *rooms -= 1);
                    }
                }
                // Early departures are counted as if they returned nothing, so the hotel has room either way.
                Phase::CheckIn | Phase::CheckOut => {}
            }
        }
    }
    peaks
}

/// Returns the first night that goes back on sale. A no-show keeps its first night.
fn first_returned_night(reservation: &Reservation) -> NaiveDate {
    match reservation.outcome {
        Outcome::NoShow { .. } => reservation.arrival + Days::new(1),
        Outcome::Cancelled { .. } | Outcome::CheckedOut { .. } => reservation.arrival,
    }
}

fn nights(from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    from.iter_days().take_while(move |night| *night < to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hotel::RoomType;
    use crate::replay::reservation::test_support::{checked_out, date, reservation};
    use crate::replay::schedule::{Pace, schedule};

    fn rooms(reservations: &[Reservation]) -> usize {
        hotel_for(reservations, &schedule(reservations, Pace::AsRecorded)).room_types["A"].rooms
    }

    fn cancelled(on: &str) -> Outcome {
        Outcome::Cancelled { on: date(on) }
    }

    #[test]
    fn stays_that_follow_each_other_share_a_room() {
        let stays = [
            reservation("2015-06-01", "2015-07-01", 2, checked_out("2015-07-03")),
            reservation("2015-06-01", "2015-07-03", 2, checked_out("2015-07-05")),
        ];
        assert_eq!(rooms(&stays), 1);
        let stays = [stays[0].clone(), reservation("2015-06-01", "2015-07-02", 2, checked_out("2015-07-04"))];
        assert_eq!(rooms(&stays), 2);
    }

    #[test]
    fn a_cancelled_room_is_sold_again_the_next_day_but_not_the_same_day() {
        let first = reservation("2015-06-01", "2015-07-01", 1, cancelled("2015-06-10"));
        let booked = |on| reservation(on, "2015-07-01", 1, checked_out("2015-07-02"));
        assert_eq!(rooms(&[first.clone(), booked("2015-06-11")]), 1);
        assert_eq!(rooms(&[first, booked("2015-06-10")]), 2);
    }

    #[test]
    fn a_no_show_keeps_its_first_night_only() {
        let no_show = reservation("2015-06-01", "2015-07-01", 3, Outcome::NoShow { on: date("2015-07-01") });
        let later = |arrival| reservation("2015-07-02", arrival, 1, checked_out(arrival));
        assert_eq!(rooms(&[no_show.clone(), later("2015-07-02")]), 1);
        let same_night = reservation("2015-07-01", "2015-07-01", 1, checked_out("2015-07-02"));
        assert_eq!(rooms(&[no_show, same_night]), 2);
    }

    #[test]
    fn an_early_departure_returns_nothing_on_paper() {
        let early = reservation("2015-06-01", "2015-07-01", 5, checked_out("2015-07-02"));
        let next = reservation("2015-07-03", "2015-07-03", 1, checked_out("2015-07-04"));
        assert_eq!(rooms(&[early, next]), 2);
    }

    #[test]
    fn settings_and_capacities_cover_the_whole_file() {
        let mut family = reservation("2013-06-24", "2015-07-01", 3, checked_out("2015-07-04"));
        (family.adults, family.children, family.babies) = (1, 2, 1);
        let mut group = reservation("2015-07-01", "2015-07-01", 14, checked_out("2015-07-15"));
        group.adults = 3;
        let reservations = [family, group];
        let hotel = hotel_for(&reservations, &schedule(&reservations, Pace::AsRecorded));
        let room_type = RoomType { rooms: 2, max_adults: 3, max_children: 3, max_guests: 4 };
        assert_eq!(
            hotel,
            Hotel {
                room_types: BTreeMap::from([("A".to_owned(), room_type)]),
                max_nights: 14,
                max_advance_days: 737,
                horizon_nights: 740,
            }
        );
    }
}
