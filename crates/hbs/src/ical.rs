//! Calendars as other programs read and write them: iCalendar (RFC 5545).
use crate::clock::{local_date, local_instant};
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use icalendar::{Calendar, CalendarDateTime, Component, DatePerhapsTime, EventLike, EventStatus, Property};

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

/// Returns `true` if an event comes from this installation.
pub fn is_own(uid: &str, host: &str) -> bool {
    uid.rsplit_once('@').is_some_and(|(_, at)| at.eq_ignore_ascii_case(host))
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

/// An event of another program's calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Identifier of the event; none if it has no name, so that it cannot be recognized.
    pub uid: Option<String>,
    pub sequence: u32,
    /// `true` if the event is cancelled, or takes nobody's time.
    pub is_off: bool,
    /// `true` if the event stands for more than one, or for one of several.
    pub is_recurring: bool,
    /// Beginning and end of the event, or the error in them.
    pub span: Result<(When, When), &'static str>,
}

/// A moment, as exactly as a calendar says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Date(NaiveDate),
    /// A time by the clocks of the place, wherever it is.
    Local(NaiveDateTime),
    Instant(DateTime<Utc>),
}

/// Maximum depth of components: a calendar within a calendar's event is one too many.
const MAX_DEPTH: usize = 4;

/// Reads the events of a calendar. What is no calendar, or not a whole one, is refused with the reason: a text that broke off would
/// seem to have lost events.
pub fn read(file: &[u8]) -> Result<Vec<Event>, &'static str> {
    let text = std::str::from_utf8(file).map_err(|_| "is not in UTF-8")?;
    let text = text.trim_start_matches('\u{feff}').trim();
    check_frame(text)?;
    let calendar: Calendar = text.parse().map_err(|_| "is not a calendar that can be read")?;
    Ok(calendar.events().map(found).collect())
}

/// Checks that components are nested as they should be: the parser calls itself for each, and memory for that is short.
fn check_frame(text: &str) -> Result<(), &'static str> {
    let marker = |line: &str, word: &str| line.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let (mut depth, mut has_ended) = (0_usize, false);
    for line in text.lines() {
        if has_ended {
            return Err("goes on after its end");
        }
        if marker(line, "BEGIN:") {
            depth += 1;
        } else if marker(line, "END:") {
            depth = depth.checked_sub(1).ok_or("is not a calendar")?;
            has_ended = depth == 0;
        } else if depth == 0 {
            return Err("is not a calendar");
        }
        if depth > MAX_DEPTH {
            return Err("is not a calendar that can be read");
        }
    }
    if has_ended { Ok(()) } else { Err("is not a whole calendar") }
}

fn found(event: &icalendar::Event) -> Event {
    let has = |name: &str| event.properties().contains_key(name) || event.multi_properties().contains_key(name);
    let is_transparent = event.property_value("TRANSP").is_some_and(|value| value.eq_ignore_ascii_case("TRANSPARENT"));
    Event {
        uid: event.get_uid().map(str::trim).filter(|uid| !uid.is_empty()).map(str::to_owned),
        sequence: event.get_sequence().unwrap_or(0),
        is_off: is_transparent || event.get_status() == Some(EventStatus::Cancelled),
        is_recurring: ["RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"].into_iter().any(has),
        span: span(event),
    }
}

fn span(event: &icalendar::Event) -> Result<(When, When), &'static str> {
    let from = event.get_start().ok_or("has no date that can be read")?;
    let from = when(from)?;
    let has_end = event.properties().contains_key("DTEND");
    let to = match event.property_value("DURATION") {
        _ if has_end => when(event.get_end().ok_or("has no end that can be read")?)?,
        Some(text) => from.after(duration(text).ok_or("has no duration that can be read")?),
        None => from.after(TimeDelta::days(if matches!(from, When::Date(_)) { 1 } else { 0 })),
    };
    Ok((from, to))
}

fn when(date: DatePerhapsTime) -> Result<When, &'static str> {
    Ok(match date {
        DatePerhapsTime::Date(date) => When::Date(date),
        DatePerhapsTime::DateTime(CalendarDateTime::Floating(local)) => When::Local(local),
        DatePerhapsTime::DateTime(CalendarDateTime::Utc(instant)) => When::Instant(instant),
        DatePerhapsTime::DateTime(CalendarDateTime::WithTimezone { date_time, tzid }) => {
            let zone: chrono_tz::Tz = tzid.parse().map_err(|_| "is in a time zone that is not known")?;
            When::Instant(local_instant(date_time.date(), date_time.time(), zone))
        }
    })
}

/// Reads a duration: `P2D`, `P1W`, `PT36H`.
fn duration(text: &str) -> Option<TimeDelta> {
    let (mut total, mut number) = (TimeDelta::zero(), String::new());
    for letter in text.strip_prefix('P').or_else(|| text.strip_prefix("+P"))?.chars() {
        if letter.is_ascii_digit() {
            number.push(letter);
            continue;
        }
        if letter == 'T' && number.is_empty() {
            continue;
        }
        let count: u32 = std::mem::take(&mut number).parse().ok()?;
        let unit = match letter {
            'W' => 7 * 86_400,
            'D' => 86_400,
            'H' => 3_600,
            'M' => 60,
            'S' => 1,
            _ => return None,
        };
        total += TimeDelta::seconds(i64::from(count).checked_mul(unit)?);
    }
    (number.is_empty() && total > TimeDelta::zero()).then_some(total)
}

impl When {
    fn after(self, time: TimeDelta) -> Self {
        match self {
            Self::Date(date) => Self::Date(date.checked_add_signed(time).unwrap_or(date)),
            Self::Local(local) => Self::Local(local.checked_add_signed(time).unwrap_or(local)),
            Self::Instant(instant) => Self::Instant(instant.checked_add_signed(time).unwrap_or(instant)),
        }
    }

    /// The date by the clocks of a place.
    pub fn date_in(self, zone: chrono_tz::Tz) -> NaiveDate {
        match self {
            Self::Date(date) => date,
            Self::Local(local) => local.date(),
            Self::Instant(instant) => local_date(instant, zone),
        }
    }
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
    fn own_events_are_known_by_their_host() {
        assert!(is_own(&uid(Uuid::nil(), "hotel.example"), "Hotel.Example"));
        assert!(!is_own("1418fb94e984-1@airbnb.com", "hotel.example") && !is_own("hotel.example", "hotel.example"));
    }

    fn calendar(events: &str) -> Vec<u8> {
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n", events.replace('\n', "\r\n")).into_bytes()
    }

    fn read_one(lines: &str) -> Event {
        let mut events = read(&calendar(&format!("BEGIN:VEVENT\n{lines}\nEND:VEVENT\n"))).expect("a calendar");
        assert_eq!(events.len(), 1);
        events.remove(0)
    }

    #[test]
    fn dates_are_read_as_they_are_written() {
        let lisbon = chrono_tz::Europe::Lisbon;
        for (lines, from, to) in [
            ("UID:a\nDTSTART;VALUE=DATE:20261210\nDTEND;VALUE=DATE:20261212", "2026-12-10", "2026-12-12"),
            ("UID:a\nDTSTART:20261210\nDTEND:20261212", "2026-12-10", "2026-12-12"),
            ("UID:a\nDTSTART;VALUE=DATE:20261210", "2026-12-10", "2026-12-11"),
            ("UID:a\nDTSTART;VALUE=DATE:20261210\nDURATION:P1W", "2026-12-10", "2026-12-17"),
            ("UID:a\nDTSTART:20261210T150000\nDURATION:P1DT20H", "2026-12-10", "2026-12-12"),
            ("UID:a\nDTSTART:20261210T150000\nDTEND:20261212T110000", "2026-12-10", "2026-12-12"),
            ("UID:a\nDTSTART:20261209T233000Z\nDTEND:20261210T100000Z", "2026-12-09", "2026-12-10"),
            (
                "UID:a\nDTSTART;TZID=America/New_York:20261209T233000\nDTEND;TZID=America/New_York:20261211T100000",
                "2026-12-10",
                "2026-12-11",
            ),
        ] {
            let event = read_one(lines);
            let (first, last) = event.span.expect(lines);
            assert_eq!((first.date_in(lisbon), last.date_in(lisbon)), (day(from), day(to)), "{lines}");
            assert!(!event.is_off && !event.is_recurring && event.uid.as_deref() == Some("a"), "{lines}");
        }
        for lines in [
            "UID:a\nDTSTART:soon",
            "UID:a\nSUMMARY:x",
            "UID:a\nDTSTART;TZID=Nowhere:20261209T233000\nDURATION:P1D",
            "UID:a\nDTSTART:20261210\nDURATION:P",
            "UID:a\nDTSTART:20261210\nDTEND:later",
        ] {
            read_one(lines).span.expect_err(lines);
        }
        let dates = "DTSTART:20261210\nDTEND:20261212";
        for (line, is_off, is_recurring) in [
            ("STATUS:CANCELLED", true, false),
            ("TRANSP:TRANSPARENT", true, false),
            ("STATUS:TENTATIVE", false, false),
            ("RRULE:FREQ=WEEKLY", false, true),
            ("RDATE:20261220", false, true),
            ("RECURRENCE-ID:20261210", false, true),
        ] {
            let event = read_one(&format!("{dates}\n{line}"));
            assert_eq!((event.is_off, event.is_recurring, event.uid), (is_off, is_recurring, None), "{line}");
        }
    }

    #[test]
    fn what_is_no_whole_calendar_is_refused() {
        let whole = String::from_utf8(calendar("BEGIN:VEVENT\nUID:a\nDTSTART:20261210\nEND:VEVENT\n")).expect("text");
        assert_eq!(read(whole.as_bytes()).expect("a calendar").len(), 1);
        assert_eq!(read(format!("\u{feff}{}\n\n", whole.replace("\r\n", "\n")).as_bytes()).expect("a calendar").len(), 1);
        assert!(read(&calendar("")).expect("nothing is taken").is_empty());
        for cut in (0..whole.len()).filter(|cut| *cut < whole.trim_end().len()) {
            read(&whole.as_bytes()[..cut]).expect_err("it broke off");
        }
        let deep = format!("{}{}", "BEGIN:VEVENT\r\n".repeat(100_000), "END:VEVENT\r\n".repeat(100_000));
        for text in
            ["", "<html>Sign in</html>", "BEGIN:VCALENDAR\r\n<html>", "END:VCALENDAR", deep.as_str(), &format!("{whole}{whole}")]
        {
            read(text.as_bytes()).expect_err(text.get(..20).unwrap_or(text));
        }
        read(b"BEGIN:VCALENDAR\r\n\xff\xfe\r\nEND:VCALENDAR").expect_err("not UTF-8");
    }

    #[test]
    fn what_is_written_is_read() {
        let told = [entry("Reserved", "x"), Entry { is_cancelled: true, details: None, ..entry("Reserved", "x") }];
        let read = read(feed("Room 101", &told).as_bytes()).expect("a calendar");
        assert_eq!(read[0].span, Ok((When::Date(day("2026-12-10")), When::Date(day("2026-12-12")))));
        assert_eq!(read.iter().map(|event| event.is_off).collect::<Vec<_>>(), [true, true], "of guests' own, and cancelled");
        assert!(is_own(read[0].uid.as_deref().expect("a name"), "hotel.example"));
    }
}
