//! Order of hits, and the people among bookings. Pure.
use super::model::{BookingRow, StayRow};
use chrono::NaiveDate;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// A person among bookings.
#[derive(Debug)]
pub struct Person<'a> {
    pub name: &'a str,
    /// Profile of the person.
    pub guest_id: Option<Uuid>,
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
    let mut places: HashMap<String, usize> = HashMap::new();
    for booking in bookings {
        let contact = (booking.contact_name.as_str(), booking.guest_id, true);
        let own = stays.iter().filter(|stay| stay.booking_id == booking.id);
        let staying = own.filter_map(|stay| Some((stay.guest_name.as_deref()?, stay.guest_id, false)));
        let mut counted: HashSet<usize> = HashSet::new();
        for (name, guest_id, is_contact) in std::iter::once(contact).chain(staying) {
            let is_same = name.to_lowercase() == booking.contact_name.to_lowercase();
            let guest_id = guest_id.or(booking.guest_id.filter(|_| is_same));
            let place = *places.entry(key(name, guest_id, booking)).or_insert(people.len());
            if place == people.len() {
                people.push(Person { name, guest_id, is_contact, booking, bookings: 0 });
            }
            if counted.insert(place) {
                people[place].bookings += 1;
            }
        }
    }
    people
}

/// Returns what tells a person from others: the profile, else the name with the address or the number, else with the booking.
fn key(name: &str, guest_id: Option<Uuid>, booking: &BookingRow) -> String {
    let address = booking.contact_email.as_deref().or(booking.contact_phone.as_deref()).unwrap_or(&booking.reference);
    guest_id.map_or_else(|| format!("{} {address}", name.to_lowercase()), |id| id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::stays::Status;
    use crate::testing::december;

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
            guest_id: None,
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
            guest_id: None,
        };
        let stays = [stay(&bookings[0], "Ana"), stay(&bookings[0], "Rui"), stay(&bookings[1], "Rui")];
        let people = people(&bookings, &stays);
        let seen: Vec<(&str, bool, usize)> =
            people.iter().map(|person| (person.name, person.is_contact, person.bookings)).collect();
        assert_eq!(seen, [("Ana", true, 2), ("Rui", false, 2)]);
        assert!(people.iter().all(|person| person.booking.id == bookings[0].id));
    }

    #[test]
    fn profiles_tell_people_apart() {
        let (one, other) = (Some(Uuid::now_v7()), Some(Uuid::now_v7()));
        let of = |guest_id, name: &str| BookingRow { guest_id, ..booking(name, Status::Confirmed, 10) };
        let bookings = [of(one, "Ana"), of(other, "Ana"), of(one, "Ana Sousa")];
        let stays = [StayRow { booking_id: bookings[0].id, guest_name: Some("ana".into()), room_number: None, guest_id: None }];
        let people = people(&bookings, &stays);
        let seen: Vec<(Option<Uuid>, usize)> = people.iter().map(|person| (person.guest_id, person.bookings)).collect();
        assert_eq!(seen, [(one, 2), (other, 1)]);
    }
}
