//! Matching of persons as typed with profiles: an address or a number and the same name are one person, never the name alone.
use crate::domains::guests::model::{GuestLink, NewGuest, Person};
use chrono::NaiveDate;
use diesel::QueryableByName;
use diesel::sql_types::{Bool, Date, Nullable, Text, Uuid as SqlUuid};
use std::collections::HashMap;
use uuid::Uuid;

/// Facts about a person, as typed.
#[derive(Debug, Clone, QueryableByName)]
pub struct Sighting {
    /// Name in the form in which people are compared.
    #[diesel(sql_type = Text)]
    pub key: String,
    /// Profile of the person, if there is one.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub survivor_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Date>)]
    pub birth_date: Option<NaiveDate>,
    /// `true` if the profile is of no account yet, and has the address that was typed.
    #[diesel(sql_type = Bool)]
    pub is_unlinked: bool,
    /// `true` if the account by which the person books has proved the address, and has no profile yet.
    #[diesel(sql_type = Bool)]
    pub is_own: bool,
}

/// Profile of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    pub id: Uuid,
    /// The profile that stands for it.
    pub survivor_id: Uuid,
}

/// Profiles of some persons, and what is to be written for that.
#[derive(Debug, Clone, Default)]
pub struct Settled {
    /// Profiles in the order of the persons.
    pub profiles: Vec<Profile>,
    pub new: Vec<NewGuest>,
    pub links: Vec<GuestLink>,
}

/// Returns `true` if others could make a profile of the same person meanwhile, unless the names are locked.
pub fn needs_lock(persons: &[Person<'_>], sightings: &[Sighting]) -> bool {
    let can_be_known = |person: &Person<'_>| person.email.is_some() || person.phone.is_some() || person.user_id.is_some();
    let is_open = |(person, seen): (&Person<'_>, &Sighting)| {
        person.id.is_none() && (seen.id.is_none() && can_be_known(person) || seen.is_own && seen.is_unlinked)
    };
    persons.iter().zip(sightings).any(is_open)
}

/// Settles the persons of several bookings, given with their sightings in one order. Who is new in one of them is known in the
/// next, by the same rule.
pub fn settle_each(property_id: Uuid, bookings: &[Vec<Person<'_>>], sightings: Vec<Sighting>) -> Vec<Settled> {
    let mut sightings = sightings.into_iter();
    let mut made: HashMap<(String, String), Uuid> = HashMap::new();
    let settle_one = |persons: &Vec<Person<'_>>| {
        let mut own: Vec<Sighting> = sightings.by_ref().take(persons.len()).collect();
        for (person, sighting) in persons.iter().zip(&mut own).filter(|(_, sighting)| sighting.id.is_none()) {
            sighting.id = marks(person).find_map(|mark| made.get(&(sighting.key.clone(), mark)).copied());
        }
        let settled = settle(property_id, persons, &own);
        for ((person, sighting), profile) in persons.iter().zip(&own).zip(&settled.profiles) {
            made.extend(marks(person).map(|mark| ((sighting.key.clone(), mark), profile.id)));
        }
        settled
    };
    bookings.iter().map(settle_one).collect()
}

/// Marks by which a person is known, beside the name: the address and the digits of the number.
fn marks(person: &Person<'_>) -> impl Iterator<Item = String> {
    let digits = |phone: &str| phone.chars().filter(char::is_ascii_digit).collect::<String>();
    let number = person.phone.map(digits).filter(|digits| digits.len() >= 6);
    person.email.map(String::from).into_iter().chain(number)
}

/// Finds the profile of each person of one booking, or makes one. Within a booking the same name is the same person, unless
/// they were born on different days.
pub fn settle(property_id: Uuid, persons: &[Person<'_>], sightings: &[Sighting]) -> Settled {
    let mut settled = Settled::default();
    let mut seen: Vec<(&str, Option<NaiveDate>, Profile)> = Vec::new();
    for (person, sighting) in persons.iter().zip(sightings) {
        let chosen = person.id.map(|id| Profile { id, survivor_id: id });
        let found = sighting.id.map(|id| Profile { id, survivor_id: sighting.survivor_id.unwrap_or(id) });
        let born = person.birth_date.or(sighting.birth_date);
        let is_other = |profile: Profile| {
            let of_profile = seen.iter().filter(|(.., one)| *one == profile);
            of_profile.filter_map(|(_, date, _)| *date).any(|date| born.is_some_and(|born| born != date))
        };
        let named = seen.iter().find(|(key, _, profile)| *key == sighting.key && !is_other(*profile));
        let named = named.map(|(.., profile)| *profile);
        let profile = chosen.or(found).or(named).unwrap_or_else(|| {
            let new = new_guest(property_id, person, sighting);
            let profile = Profile { id: new.id, survivor_id: new.id };
            settled.new.push(new);
            profile
        });
        if let (None, Some(_), Some(user_id), true, true) = (chosen, found, person.user_id, sighting.is_own, sighting.is_unlinked)
        {
            settled.links.push(GuestLink { property_id, id: profile.id, user_id });
        }
        seen.push((&sighting.key, born, profile));
        settled.profiles.push(profile);
    }
    settled
}

fn new_guest(property_id: Uuid, person: &Person<'_>, sighting: &Sighting) -> NewGuest {
    NewGuest {
        property_id,
        id: Uuid::now_v7(),
        full_name: person.full_name.into(),
        email: person.email.map(Into::into),
        phone: person.phone.map(Into::into),
        locale: person.locale.cloned(),
        birth_date: person.birth_date,
        nationality: person.nationality.map(Into::into),
        user_id: person.user_id.filter(|_| sighting.is_own),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(key: &str, id: Option<Uuid>) -> Sighting {
        let survivor_id = id;
        Sighting { key: key.into(), id, survivor_id, birth_date: None, is_unlinked: id.is_some(), is_own: false }
    }

    fn born(date: &str) -> Option<NaiveDate> {
        date.parse().ok()
    }

    #[test]
    fn who_is_known_is_found_and_who_is_not_is_made() {
        let known = Uuid::now_v7();
        let ana = Person { email: Some("ana@example.com"), ..Person::named("Ana Sousa") };
        let settled = settle(Uuid::nil(), &[ana], &[seen("ana sousa", Some(known))]);
        assert_eq!((settled.profiles[0].id, settled.new.len(), settled.links.len()), (known, 0, 0));

        let settled = settle(Uuid::nil(), &[ana], &[seen("ana sousa", None)]);
        assert_eq!(settled.new[0].email.as_deref(), Some("ana@example.com"));
        assert_eq!(settled.profiles[0], Profile { id: settled.new[0].id, survivor_id: settled.new[0].id });
    }

    #[test]
    fn one_name_in_a_booking_is_one_person_unless_born_on_other_days() {
        let named = |date: &str| Person { birth_date: born(date), ..Person::named("João Silva") };
        let persons = [named(""), named("1960-01-02"), named("1990-03-04"), named("1960-01-02"), Person::named("Rui")];
        let mut sightings: Vec<Sighting> = (0..4).map(|_| seen("joao silva", None)).collect();
        sightings.push(seen("rui", None));
        let settled = settle(Uuid::nil(), &persons, &sightings);
        let ids: Vec<Uuid> = settled.profiles.iter().map(|profile| profile.id).collect();
        assert_eq!(ids[0], ids[1], "nothing speaks against it");
        assert_eq!(ids[1], ids[3]);
        assert_ne!(ids[0], ids[2], "father and son");
        assert_eq!(settled.new.len(), 3);
        assert_ne!(ids[0], ids[4]);
    }

    #[test]
    fn an_account_gets_its_profile_once() {
        let user_id = Uuid::now_v7();
        let ana = Person { email: Some("ana@example.com"), user_id: Some(user_id), ..Person::named("Ana") };
        let known = Uuid::now_v7();
        let own = |id: Option<Uuid>| Sighting { is_own: true, ..seen("ana", id) };
        assert_eq!(settle(Uuid::nil(), &[ana], &[own(None)]).new[0].user_id, Some(user_id));
        let settled = settle(Uuid::nil(), &[ana], &[own(Some(known))]);
        assert_eq!(settled.links, [GuestLink { property_id: Uuid::nil(), id: known, user_id }]);
        let linked = Sighting { is_unlinked: false, ..own(Some(known)) };
        assert!(settle(Uuid::nil(), &[ana], &[linked]).links.is_empty());
        assert_eq!(settle(Uuid::nil(), &[ana], &[seen("ana", None)]).new[0].user_id, None, "an address that is not proved");
    }

    #[test]
    fn who_is_new_in_one_booking_is_known_in_the_next() {
        let ana = |email| Person { email: Some(email), phone: Some("+351 910 000 000"), ..Person::named("Ana") };
        let with = |email, phone| Person { phone, ..ana(email) };
        let bookings = [
            vec![ana("ana@example.com"), Person::named("Rui")],
            vec![with("ana@example.com", None), Person::named("Rui")],
            vec![with("other@example.com", Some("351910000000"))],
            vec![with("third@example.com", None)],
        ];
        let sightings = ["ana", "rui", "ana", "rui", "ana", "ana"].map(|key| seen(key, None)).to_vec();
        let settled = settle_each(Uuid::nil(), &bookings, sightings);
        let id = |booking: usize, person: usize| settled[booking].profiles[person].id;
        assert_eq!((id(0, 0), id(0, 0)), (id(1, 0), id(2, 0)), "by the address, and by the number");
        assert_ne!(id(0, 0), id(3, 0), "another address, and no number");
        assert_ne!(id(0, 1), id(1, 1), "nobody is known by the name alone");
        assert_eq!(settled.iter().map(|one| one.new.len()).collect::<Vec<_>>(), [2, 1, 0, 1]);
    }

    #[test]
    fn names_are_locked_where_others_could_make_the_same_profile() {
        let ana = Person { email: Some("ana@example.com"), ..Person::named("Ana") };
        assert!(needs_lock(&[ana], &[seen("ana", None)]));
        assert!(!needs_lock(&[ana], &[seen("ana", Some(Uuid::nil()))]));
        assert!(!needs_lock(&[Person::named("Ana")], &[seen("ana", None)]), "nobody is known by the name alone");
        assert!(!needs_lock(&[Person { id: Some(Uuid::nil()), ..ana }], &[seen("ana", None)]));
        assert!(needs_lock(&[ana], &[Sighting { is_own: true, ..seen("ana", Some(Uuid::nil())) }]));
    }
}
