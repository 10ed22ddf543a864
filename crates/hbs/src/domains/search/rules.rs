//! Order of hits, and the people among bookings. Pure.
use super::model::{BookingRow, StayRow};
use chrono::NaiveDate;
use std::collections::{HashMap, HashSet};

/// A person among bookings.
#[derive(Debug)]
pub struct Person<'a> {
    pub name: &'a str,
    /// `true` for the contact of the booking.
    pub is_contact: bool,
    /// The booking of the person that is nearest.
    pub booking: &'a BookingRow,
    /// Number of bookings found that the person is named in.
    pub bookings: usize,
}

/// Sorts bookings: those that have not ended first, then by how near their arrival is.
pub fn sort(bookings: &mut [BookingRow], today: NaiveDate) {
    bookings.sort_by_key(|booking| (!booking.status.is_live(), (booking.check_in - today).num_days().abs()));
}

/// Returns the people of bookings, in the order of these, each once: contacts, and guests who stay.
pub fn people<'a>(bookings: &'a [BookingRow], stays: &'a [StayRow]) -> Vec<Person<'a>> {
    let mut people: Vec<Person<'a>> = Vec::new();
    // People of one name and one address are one.
    let mut places: HashMap<(String, &str), usize> = HashMap::new();
    for booking in bookings {
        let staying = stays.iter().filter(|stay| stay.booking_id == booking.id).filter_map(|stay| stay.guest_name.as_deref());
        let named = std::iter::once((booking.contact_name.as_str(), true)).chain(staying.map(|name| (name, false)));
        let mut counted: HashSet<usize> = HashSet::new();
        for (name, is_contact) in named {
            let place = *places.entry((name.to_lowercase(), booking.contact_email.as_deref())).or_insert(people.len());
            if place == people.len() {
                people.push(Person { name, is_contact, booking, bookings: 0 });
            }
            if counted.insert(place) {
                people[place].bookings += 1;
            }
        }
    }
    people
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::stays::Status;
    use crate::testing::december;
    use uuid::Uuid;

    fn booking(name: &str, status: Status, day: u32) -> BookingRow {
        BookingRow {
            id: Uuid::now_v7(),
            reference: "HBS-AAAAAAAA".into(),
            status,
            version: 1,
            contact_name: name.into(),
            contact_email: Some("ana@example.com".into()),
            contact_phone: None,
            check_in: december(day),
            check_out: december(day + 1),
        }
    }

    #[test]
    fn what_is_to_come_stands_before_what_is_over() {
        let mut bookings = [
            booking("over", Status::CheckedOut, 10),
            booking("later", Status::Confirmed, 20),
            booking("here", Status::CheckedIn, 9),
            booking("gone", Status::Cancelled, 1),
        ];
        sort(&mut bookings, december(10));
        let names: Vec<&str> = bookings.iter().map(|booking| booking.contact_name.as_str()).collect();
        assert_eq!(names, ["here", "later", "over", "gone"]);
    }

    #[test]
    fn people_stand_there_once() {
        let bookings = [booking("Ana", Status::Confirmed, 10), booking("ana", Status::CheckedOut, 1)];
        let stay = |booking: &BookingRow, name: &str| StayRow {
            booking_id: booking.id,
            guest_name: Some(name.into()),
            room_number: None,
        };
        let stays = [stay(&bookings[0], "Ana"), stay(&bookings[0], "Rui"), stay(&bookings[1], "Rui")];
        let people = people(&bookings, &stays);
        let seen: Vec<(&str, bool, usize)> =
            people.iter().map(|person| (person.name, person.is_contact, person.bookings)).collect();
        assert_eq!(seen, [("Ana", true, 2), ("Rui", false, 2)]);
        assert!(people.iter().all(|person| person.booking.id == bookings[0].id));
    }
}
