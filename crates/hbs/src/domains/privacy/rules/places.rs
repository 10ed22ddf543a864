//! The inventory: every place in which HBS keeps something of a person, and what an erasure does there.
//!
//! It is the one list: erasures and their answers are made from it, and a test holds it against the tables of the database. Where there
//! must be a text and nothing is left to say stands `[erased]`. A condition is a piece of SQL over the row `t`, with these parameters:
//!
//! | parameter | what it is |
//! | --- | --- |
//! | `$1` | `uuid[]`: the account |
//! | `$2` | `uuid[]`: guest profiles, with those that were merged |
//! | `$3` | `uuid[]`: bookings |
//! | `$4` | `text[]`: proved addresses, in lower case |
//! | `$5` | `text[]`: names, addresses and phone numbers, by which a text quotes the person |
//! | `$6` | `timestamptz`: now |
//! | `$7` | `uuid[]`: hotels of the profiles and bookings, by which indexes are led |
//! | `$8` | `uuid[]`: other things that tell of the person, such as stays, issues and reviews; known after the commit only |
//! | `$9` | `text[]`: addresses by which a hotel knows its guest, in lower case; none for an account, nor for whoever comes by a link |
//!
//! What a hotel has typed leads to rows of that hotel alone (`$7`), and what guests have typed to none of others: whatever else has
//! an address in it is found by proved ones (`$4`).
mod bookings;
mod copies;
mod kept;
mod people;
mod talk;

use super::legal::KeptFor;
use crate::language::Language;

/// A place with personal data: columns of one table, and the rows of a person in it.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Name of the place in answers and exports.
    pub name: &'static str,
    pub table: &'static str,
    /// Columns that tell of a person.
    pub columns: &'static [&'static str],
    pub of: Of,
    pub fate: Fate,
    pub label: Label,
}

/// Name of a place for people.
#[derive(Debug, Clone, Copy)]
pub struct Label {
    pub en: &'static str,
    pub pt: &'static str,
}

impl Label {
    pub const fn of(&self, language: Language) -> &'static str {
        match language {
            Language::English => self.en,
            Language::Portuguese => self.pt,
        }
    }
}

/// The way to the rows of a person.
#[derive(Debug, Clone, Copy)]
pub enum Of {
    /// Rows with the account in a column.
    User(&'static str),
    /// Rows of a hotel with a guest profile in a column.
    Guest(&'static str),
    /// Rows of a hotel with a booking in a column.
    Booking(&'static str),
    /// Rows with a proved address in a column.
    Address(&'static str),
    /// Rows of a booking that the law has kept long enough, counted from a date in SQL.
    Past(KeptFor, &'static str),
    /// Rows by a condition of their own.
    Rows(&'static str),
    /// Rows by a condition of their own, of which an erasure changes those that have something to be erased, by a second one.
    Among(&'static str, &'static str),
    /// Rows by a condition of their own that the law has kept long enough, counted from a date in SQL.
    PastRows(&'static str, KeptFor, &'static str),
}

impl Of {
    /// Returns the condition in SQL. Alternatives are in brackets.
    pub fn condition(&self) -> String {
        match self {
            Self::User(column) => format!("t.{column} = ANY ($1)"),
            Self::Guest(column) => format!("t.property_id = ANY ($7) AND t.{column} = ANY ($2)"),
            Self::Booking(column) => format!("t.property_id = ANY ($7) AND t.{column} = ANY ($3)"),
            Self::Address(column) => format!("lower(t.{column}) = ANY ($4)"),
            Self::Past(reason, from) => {
                format!("t.property_id = ANY ($7) AND t.booking_id = ANY ($3) AND {}", is_past(*reason, from))
            }
            Self::PastRows(condition, reason, from) => format!("({condition}) AND {}", is_past(*reason, from)),
            Self::Rows(condition) => format!("({condition})"),
            Self::Among(whose, which) => format!("({whose}) AND {which}"),
        }
    }

    /// Returns the condition of all rows of a person, in SQL, whether there is something to be erased in them or not.
    pub fn whose(&self) -> String {
        if let Self::Among(whose, _) = self { format!("({whose})") } else { self.condition() }
    }
}

/// Condition that the law has kept a row long enough.
fn is_past(reason: KeptFor, from: &str) -> String {
    format!("EXISTS (SELECT FROM properties AS p WHERE p.id = t.property_id AND {} < $6::date)", reason.until(from))
}

/// What an erasure does to the rows of a place.
#[derive(Debug, Clone, Copy)]
pub enum Fate {
    /// The rows go.
    Deleted,
    /// The rows stay, and say nothing of the person any more: assignments in SQL.
    Changed(&'static str),
    /// The rows are changed by the domain that owns them, which keeps sums and counts right.
    ByOwner,
    /// A trigger writes these rows anew when those of another place change.
    Follows(&'static str),
    /// The rows stay as they are: the reason, and the SQL of the date until which.
    Kept(KeptFor, &'static str),
    /// The rows are deleted after the commit, by the job that completes an erasure: it searches long, and holds nobody up.
    Afterwards,
}

const fn label(en: &'static str, pt: &'static str) -> Label {
    Label { en, pt }
}

/// Departure of the booking of a row, from which its time is counted.
const DEPARTURE: &str = "(SELECT b.check_out FROM bookings AS b WHERE b.property_id = t.property_id AND b.id = t.booking_id)";

/// Departure of the stay of a row.
const DEPARTURE_OF_STAY: &str = "(SELECT s.check_out FROM stays AS s WHERE s.property_id = t.property_id AND s.id = t.stay_id)";

const STAY_GUEST: &[&str] = &["full_name", "birth_date", "nationality", "document_kind", "document_country", "document_number"];

/// Guests of the stays of the bookings, and of the profiles elsewhere. Companions of whom the booker told are among them, but those who
/// have a profile that is somebody else's.
const GUESTS_OF_STAYS: &str = "t.property_id = ANY ($7) AND (t.guest_id = ANY ($2) OR t.guest_id IS NULL AND t.stay_id IN \
     (SELECT s.id FROM stays AS s WHERE s.property_id = ANY ($7) AND s.booking_id = ANY ($3)))";

/// The places in PostgreSQL by their subjects, in the order in which an erasure changes them: that in which everybody takes locks.
const PARTS: &[&[Place]] = &[people::PLACES, bookings::PLACES, talk::PLACES, copies::PLACES, kept::PLACES];

/// The places in PostgreSQL, in the order in which an erasure changes them.
pub fn places() -> impl Iterator<Item = &'static Place> {
    PARTS.iter().copied().flatten()
}

/// Names of the places whose rows are entities of the record that tell of a person, beside their account, profiles and bookings.
pub const ENTITIES: &[&str] = &[
    "change_requests",
    "company_contacts",
    "folio_names",
    "group_contacts",
    "issue_messages",
    "issues",
    "lost_property",
    "review_reports",
    "reviews",
    "sessions",
    "stays",
    "waitlist",
];

/// The places whose rows are entities of the record.
pub fn entities() -> impl Iterator<Item = &'static Place> {
    places().filter(|place| ENTITIES.contains(&place.name))
}

/// Places outside of PostgreSQL: name, what becomes of them, and the names for people.
pub const ELSEWHERE: &[(&str, &str, Label)] = &[
    (
        "files",
        "Avatar, pictures of reviews, files sent with issues and pictures of lost property are deleted from the store of files.",
        label("Files", "Ficheiros"),
    ),
    (
        "audit_logs",
        "The record in MongoDB names fields and holds no readable value; the keys of its sealed values are destroyed.",
        label("Copies of the record", "Cópias do registo"),
    ),
    (
        "redis",
        "Sessions and permissions in Redis are forgotten at once; nothing else of a person is kept there.",
        label("Redis", "Redis"),
    ),
    (
        "backups",
        "Archives cannot be changed. They end by their own age, and a restored one repeats this erasure before it serves.",
        label("Backups", "Cópias de segurança"),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entity_is_in_a_place() {
        assert_eq!(entities().count(), ENTITIES.len());
    }

    #[test]
    fn whose_rows_they_are_does_not_ask_what_is_in_them() {
        let of = Of::Among("t.a = 1 OR t.b = 2", "t.c IS NOT NULL");
        assert_eq!(
            (of.condition().as_str(), of.whose().as_str()),
            ("(t.a = 1 OR t.b = 2) AND t.c IS NOT NULL", "(t.a = 1 OR t.b = 2)")
        );
        let of = Of::User("user_id");
        assert_eq!(of.condition(), of.whose());
    }
}
