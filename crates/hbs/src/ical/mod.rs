//! Calendars as other programs read and write them: iCalendar (RFC 5545).
mod lines;
mod read;
mod series;
mod when;

pub use read::{Asked, Event, Flaw, read};
pub use when::When;

use chrono::{DateTime, NaiveDate, Utc};
use icalendar::{Calendar, Component, EventLike, EventStatus, Property};
use uuid::Uuid;

/// Product identifier of HBS, as required by RFC 5545.
const PRODID: &str = "-//HBS//Hotel Booking System//EN";
/// Content type of a calendar, for headers.
pub const CONTENT_TYPE: &str = "text/calendar; charset=utf-8";
/// Content type of a [`publication`] (RFC 6047, 2.4: the method is named there, too).
pub const PUBLICATION_TYPE: &str = "text/calendar; charset=utf-8; method=PUBLISH";

/// Days of a calendar that are taken.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// Identifier of the entry, the same whatever becomes of it: see [`uid`].
    pub uid: String,
    /// Sequence number, which rises with each change.
    pub sequence: i64,
    /// Time of the last change.
    pub changed_at: DateTime<Utc>,
    pub from: NaiveDate,
    /// The first day that is free again.
    pub to: NaiveDate,
    pub is_cancelled: bool,
    pub summary: String,
    pub details: Option<Details<'a>>,
}

/// Details for the guest, and for nobody else.
#[derive(Debug, Clone, Copy)]
pub struct Details<'a> {
    pub description: &'a str,
    pub location: &'a str,
    /// The address that speaks for the event.
    pub organizer: &'a str,
}

/// The name of an event for the whole world, as long as it lives: an id at the host of this installation.
pub fn uid(id: impl std::fmt::Display, host: &str) -> String {
    format!("{id}@{host}")
}

/// The id that an event's name would have from this installation: an id at its host, or the id and a number. Other programs
/// may have the same host, so it has yet to be looked up.
pub fn own_id(uid: &str, host: &str) -> Option<Uuid> {
    let (local, at) = uid.rsplit_once('@')?;
    let (id, rest) = local.split_at_checked(36)?;
    let is_numbered = |rest: &str| rest.strip_prefix('-').is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let is_ours = at.eq_ignore_ascii_case(host) && (rest.is_empty() || (rest.len() > 1 && is_numbered(rest)));
    is_ours.then(|| Uuid::try_parse(id).ok()).flatten()
}

/// A calendar to be subscribed to.
pub fn feed(name: &str, entries: &[Entry<'_>]) -> String {
    let mut calendar = begin();
    calendar.append_property(Property::new("X-WR-CALNAME", clean(name)));
    finish(calendar, entries)
}

/// Events to be taken over once.
///
/// `METHOD:PUBLISH` (RFC 5546, 3.2.1): nobody is invited and nobody's answer is waited for, as with `REQUEST`, whose
/// attendees mail readers ask to accept or decline. A stay that is cancelled is published again with `STATUS:CANCELLED`
/// and a higher `SEQUENCE`; the method `CANCEL` is for those who were invited.
pub fn publication(entries: &[Entry<'_>]) -> String {
    let mut calendar = begin();
    calendar.append_property(Property::new("METHOD", "PUBLISH"));
    finish(calendar, entries)
}

fn begin() -> Calendar {
    let mut calendar = Calendar::empty();
    for (name, value) in [("VERSION", "2.0"), ("PRODID", PRODID), ("CALSCALE", "GREGORIAN")] {
        calendar.append_property(Property::new(name, value));
    }
    calendar
}

fn finish(mut calendar: Calendar, entries: &[Entry<'_>]) -> String {
    calendar.extend(entries.iter().map(event));
    calendar.to_string()
}

fn event(entry: &Entry<'_>) -> icalendar::Event {
    let mut event = icalendar::Event::with_uid(&clean(&entry.uid));
    event
        .timestamp(entry.changed_at)
        .last_modified(entry.changed_at)
        .sequence(u32::try_from(entry.sequence).unwrap_or(0))
        .starts(entry.from)
        .ends(entry.to)
        .summary(&clean(&entry.summary))
        .status(if entry.is_cancelled { EventStatus::Cancelled } else { EventStatus::Confirmed });
    if let Some(Details { description, location, organizer }) = &entry.details {
        event.description(&clean(description)).location(&clean(location));
        event.add_property("ORGANIZER", format!("mailto:{}", clean(organizer)));
        // Whoever travels is not busy for that.
        event.add_property("TRANSP", "TRANSPARENT");
    }
    event
}

/// Removes control characters other than line ends, which the crate escapes: some readers begin a new line at a bare
/// CR.
fn clean(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control() || *letter == '\n').collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use calcard::icalendar::{ICalendar, ICalendarComponentType, ICalendarProperty};
    use uuid::Uuid;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn entry<'a>(summary: &str, description: &'a str) -> Entry<'a> {
        Entry {
            uid: uid(Uuid::from_u128(7), "hotel.example"),
            sequence: 3,
            changed_at: "2026-12-01T10:20:30Z".parse().expect("an instant"),
            from: day("2026-12-10"),
            to: day("2026-12-12"),
            is_cancelled: false,
            summary: summary.into(),
            details: Some(Details { description, location: "Rua do Mar 1, Lisboa", organizer: "desk@hotel.example" }),
        }
    }

    #[test]
    fn lines_are_as_the_standard_wants_them() {
        let long = "Ünïcödé 🏨 ".repeat(40);
        let text = publication(&[entry("Hotel; \"Mar\", \\o/", &long)]);
        assert!(text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n") && text.ends_with("END:VCALENDAR\r\n"), "{text}");
        for line in text.split_terminator("\r\n") {
            assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "{} octets: {line:?}", line.len());
        }
        for line in [
            "METHOD:PUBLISH",
            "UID:00000000-0000-0000-0000-000000000007@hotel.example",
            "DTSTAMP:20261201T102030Z",
            "DTSTART;VALUE=DATE:20261210",
            "DTEND;VALUE=DATE:20261212",
            "SEQUENCE:3",
            "STATUS:CONFIRMED",
            "SUMMARY:Hotel\\; \"Mar\"\\, \\\\o/",
            "ORGANIZER:mailto:desk@hotel.example",
        ] {
            assert!(text.split("\r\n").any(|found| found == line), "{line} is not in {text}");
        }
    }

    /// Names, which come from guests, begin no line of their own.
    #[test]
    fn nothing_that_is_written_begins_a_line_of_its_own() {
        let evil = "Ana\r\nEND:VEVENT\r\nBEGIN:VEVENT\rATTENDEE:mailto:x@example.com\u{b}\u{85}\u{2028}X:1\nY:2";
        let text = publication(&[entry(evil, evil)]);
        let lines: Vec<&str> = text.split(['\r', '\n']).filter(|line| !line.is_empty()).collect();
        assert_eq!(lines.iter().filter(|line| line.starts_with("BEGIN:VEVENT")).count(), 1, "{text}");
        assert!(!lines.iter().any(|line| line.starts_with("ATTENDEE") || line.starts_with("Y:")), "{text}");
        let calendar = ICalendar::parse(&text).expect("a calendar");
        let events: Vec<_> =
            calendar.components.iter().filter(|part| part.component_type == ICalendarComponentType::VEvent).collect();
        assert_eq!(events.len(), 1);
        let summary = events[0].property(&ICalendarProperty::Summary).and_then(|entry| entry.values.first());
        let summary = summary.and_then(|value| value.as_text()).expect("a summary");
        assert!(summary.starts_with("AnaEND:VEVENT") || summary.starts_with("Ana\nEND:VEVENT"), "{summary:?}");
        assert!(events[0].property(&ICalendarProperty::Attendee).is_none());
    }

    #[test]
    fn own_events_have_an_id_at_the_host() {
        let id = Uuid::from_u128(7);
        for (uid, expected) in [
            (uid(id, "hotel.example"), Some(id)),
            (uid(id, "Hotel.Example").to_uppercase(), Some(id)),
            (uid(format!("{id}-2"), "hotel.example"), Some(id)),
            (uid(format!("{id}-20261218"), "hotel.example"), Some(id)),
            (uid(format!("{id}-"), "hotel.example"), None),
            (uid(format!("{id}-x"), "hotel.example"), None),
            (uid(id.simple(), "hotel.example"), None),
            (uid(id, "other.example"), None),
            ("wcb-4711@hotel.example".into(), None),
            ("hotel.example".into(), None),
        ] {
            assert_eq!(own_id(&uid, "hotel.example"), expected, "{uid}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let told = [entry("Reserved", "x"), Entry { is_cancelled: true, details: None, ..entry("Reserved", "x") }];
        let read = read(feed("Room 101", &told).as_bytes()).expect("a calendar");
        assert_eq!(read[0].span(chrono_tz::UTC), Ok((day("2026-12-10"), day("2026-12-12"))));
        assert_eq!(read.iter().map(|event| event.is_off).collect::<Vec<_>>(), [true, true], "of guests' own, and cancelled");
        assert_eq!(own_id(read[0].uid.as_deref().expect("a name"), "hotel.example"), Some(Uuid::from_u128(7)));
    }
}
