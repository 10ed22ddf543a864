//! Calendars of other programs, event by event. What cannot be read of an event is a flaw that says so, with its line; it
//! never costs what can be read.
use super::lines::{self, Line, Part};
use super::series::{self, LeftOut, Series, Times};
use super::when::{self, Clocks, When, Zones};
use chrono::{DateTime, NaiveDate, Utc};

/// An event of another program's calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Identifier of the event; none if it has no name.
    pub uid: Option<String>,
    /// Line at which the event begins.
    pub line: usize,
    /// Place among the revisions of the event: `SEQUENCE`, then `DTSTAMP`.
    pub revision: (i64, Option<DateTime<Utc>>),
    /// `true` if the event is cancelled, or takes nobody's time.
    pub is_off: bool,
    /// The time among those of a series that this event stands for (`RECURRENCE-ID`).
    pub instance: Option<When>,
    pub from: Option<When>,
    /// End of the event; none if it has none that can be read.
    pub to: Option<When>,
    /// `true` if the event says when it ends.
    pub has_end: bool,
    pub series: Series,
    /// Parts of the event that cannot be read, so that it may ask for other nights than it seems to.
    pub flaws: Vec<Flaw>,
}

/// Something that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    pub line: usize,
    pub what: String,
    /// `true` if it is about when the event recurs.
    pub is_of_series: bool,
}

/// Nights that an event asks for, and what could not be found out.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// First nights and days after the last.
    pub nights: Vec<(NaiveDate, NaiveDate)>,
    pub flaws: Vec<Flaw>,
}

/// Components that say nothing of when somebody is away.
const QUIET_PARTS: &[&str] = &[
    "VTIMEZONE",
    "STANDARD",
    "DAYLIGHT",
    "VTODO",
    "VJOURNAL",
    "VALARM",
    "VAVAILABILITY",
    "AVAILABLE",
    "PARTICIPANT",
    "VLOCATION",
    "VRESOURCE",
    "VCALENDAR",
];

/// Properties of an event that say nothing of when it is.
const QUIET: &[&str] = &[
    "ATTACH",
    "ATTENDEE",
    "CALENDAR-ADDRESS",
    "CATEGORIES",
    "CLASS",
    "COLOR",
    "COMMENT",
    "CONCEPT",
    "CONFERENCE",
    "CONTACT",
    "CREATED",
    "DESCRIPTION",
    "DTSTAMP",
    "GEO",
    "IMAGE",
    "LAST-MODIFIED",
    "LINK",
    "LOCATION",
    "LOCATION-TYPE",
    "NAME",
    "ORGANIZER",
    "PARTICIPANT-TYPE",
    "PRIORITY",
    "REFID",
    "RELATED-TO",
    "REQUEST-STATUS",
    "RESOURCES",
    "RESOURCE-TYPE",
    "SEQUENCE",
    "SOURCE",
    "STATUS",
    "STRUCTURED-DATA",
    "STYLED-DESCRIPTION",
    "SUMMARY",
    "TRANSP",
    "UID",
    "URL",
];

/// Properties of an event that say when it is.
const TIMES: &[&str] = &["DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"];

/// Reads the events of a calendar. What is no calendar, or not a whole one, is refused with the reason: a text that broke off
/// would seem to have lost events.
pub fn read(file: &[u8]) -> Result<Vec<Event>, &'static str> {
    let calendar = lines::parse(file)?;
    let zones = Zones::of(&calendar);
    let is_cancellation = calendar.value("METHOD").is_some_and(|method| method.eq_ignore_ascii_case("CANCEL"));
    let mut events = Vec::new();
    collect(&calendar, &zones, &mut events);
    for event in &mut events {
        event.is_off |= is_cancellation;
    }
    Ok(events)
}

/// Collects the events of a part and of all parts in it.
fn collect(part: &Part, zones: &Zones, events: &mut Vec<Event>) {
    let lost = |what: &str, line: usize| Event { flaws: vec![flaw(line, what)], ..Event::nothing(line) };
    match part.name.as_str() {
        "VEVENT" => events.push(event(part, zones)),
        "VFREEBUSY" if part.first("FREEBUSY").is_some() => {
            events.push(lost("VFREEBUSY is not read; only events are", part.number));
        }
        // What is left of an event whose frame is damaged.
        name if part.first("DTSTART").is_some() && (name == "VCALENDAR" || is_unknown(name)) => {
            events.push(lost("DTSTART stands in no event", part.first("DTSTART").map_or(part.number, |line| line.number)));
        }
        _ => {}
    }
    for inner in &part.parts {
        collect(inner, zones, events);
    }
}

fn is_unknown(part: &str) -> bool {
    !QUIET_PARTS.contains(&part) && !part.starts_with("X-")
}

fn flaw(line: usize, what: impl Into<String>) -> Flaw {
    Flaw { line, what: what.into(), is_of_series: false }
}

fn event(part: &Part, zones: &Zones) -> Event {
    let mut event = Event::nothing(part.number);
    event.uid = part.value("UID").map(clean).filter(|uid| !uid.is_empty());
    event.revision = (number(part.value("SEQUENCE")), part.value("DTSTAMP").and_then(when::time).map(|(time, _)| time.and_utc()));
    let says = |name: &str, word: &str| part.value(name).is_some_and(|value| value.eq_ignore_ascii_case(word));
    let is_clear = ["STATUS", "TRANSP"].iter().all(|name| part.all(name).count() < 2);
    event.is_off = is_clear && (says("STATUS", "CANCELLED") || says("TRANSP", "TRANSPARENT"));
    event.has_end = part.first("DTEND").is_some() || part.first("DURATION").is_some();
    for name in ["UID", "DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "STATUS", "TRANSP"] {
        if let Some(again) = part.all(name).nth(1) {
            event.flaws.push(flaw(again.number, format!("{name} is there twice")));
        }
    }
    event.read_span(part, zones);
    event.read_series(part, zones);
    event.read_damage(part);
    if event.flaws.iter().any(|flaw| flaw.what == "UID is there twice") {
        event.uid = None;
    }
    event
}

fn clean(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}

fn number(text: Option<&str>) -> i64 {
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn moment(line: &Line, zones: &Zones) -> Result<When, Flaw> {
    when::moment(&line.value, line.parameter("TZID"), zones).map_err(|wrong| flaw(line.number, format!("{} {wrong}", line.name)))
}

/// Reads one of several moments in a line.
fn one_of(line: &Line, text: &str, zones: &Zones) -> Option<When> {
    when::moment(text, line.parameter("TZID"), zones).ok()
}

/// Reads a further time: a moment, or a period with its end or length.
fn times(line: &Line, text: &str, zones: &Zones) -> Option<Times> {
    let Some((from, to)) = text.split_once('/') else { return Some(Times { from: one_of(line, text, zones)?, to: None }) };
    let from = one_of(line, from, zones)?;
    let to = match when::duration(to) {
        Some(time) => from.after(time)?,
        None => one_of(line, to, zones)?,
    };
    Some(Times { from, to: Some(to) })
}

impl Event {
    fn nothing(line: usize) -> Self {
        Self {
            uid: None,
            line,
            revision: (0, None),
            is_off: false,
            instance: None,
            from: None,
            to: None,
            has_end: false,
            series: Series::default(),
            flaws: Vec::new(),
        }
    }

    fn read_span(&mut self, part: &Part, zones: &Zones) {
        match part.first("DTSTART").map(|line| moment(line, zones)) {
            Some(Ok(from)) => self.from = Some(from),
            Some(Err(wrong)) => self.flaws.push(wrong),
            None => self.flaws.push(flaw(part.number, "the event has no DTSTART")),
        }
        let Some(from) = &self.from else { return };
        let length = |line: &Line| {
            let time = when::duration(&line.value).and_then(|time| from.after(time));
            time.ok_or_else(|| flaw(line.number, "DURATION cannot be read"))
        };
        let end = part.first("DTEND").map(|line| moment(line, zones));
        match end.or_else(|| part.first("DURATION").map(length)) {
            Some(Ok(to)) => self.to = Some(to),
            Some(Err(wrong)) => self.flaws.push(wrong),
            None => {}
        }
    }

    fn read_series(&mut self, part: &Part, zones: &Zones) {
        let wrong =
            |line: &Line| Flaw { line: line.number, what: format!("{} cannot be followed", line.name), is_of_series: true };
        self.series.rules = part.all("RRULE").map(|line| (line.number, line.value.clone())).collect();
        for line in part.all("RDATE") {
            for text in line.value.split(',') {
                match times(line, text, zones) {
                    Some(more) => self.series.more.push(more),
                    None => self.flaws.push(wrong(line)),
                }
            }
        }
        for line in part.all("EXDATE") {
            for text in line.value.split(',') {
                match one_of(line, text, zones) {
                    Some(moment) => self.series.except.push(moment),
                    None => self.flaws.push(wrong(line)),
                }
            }
        }
        self.flaws.extend(part.all("EXRULE").map(wrong));
        if let Some(line) = part.first("RECURRENCE-ID") {
            match moment(line, zones) {
                Ok(instance) => self.instance = Some(instance),
                Err(wrong) => self.flaws.push(wrong),
            }
            if line.parameter("RANGE").is_some() {
                self.flaws.push(wrong(line));
            }
        }
    }

    /// Notes damage that may have cost the event its times: a line that began as one of them, or was none of what
    /// is known while the end is missing.
    fn read_damage(&mut self, part: &Part) {
        let (has_end, mut flaws) = (self.has_end, Vec::new());
        for (number, text) in &part.broken {
            if !has_end || TIMES.iter().any(|name| text.starts_with(name)) {
                flaws.push(flaw(*number, "the line cannot be read"));
            }
        }
        let is_known = |name: &str| name.starts_with("X-") || QUIET.contains(&name) || TIMES.contains(&name);
        for line in part.lines.iter().filter(|line| !has_end && !is_known(&line.name)) {
            flaws.push(flaw(line.number, "the line is not known, and the event has no end"));
        }
        self.flaws.append(&mut flaws);
    }

    /// The nights of the event itself, in a time zone; the error says why there are none.
    pub fn span(&self, zone: chrono_tz::Tz) -> Result<(NaiveDate, NaiveDate), &'static str> {
        let from = self.from.as_ref().ok_or("has no DTSTART that can be read")?;
        when::nights(from, self.to.as_ref().unwrap_or(from), zone)
    }

    /// The nights that the event asks for in a time zone until a day, all of its times but those that other events stand
    /// for. Rules that are not followed are flaws.
    pub fn asks(&self, instances: &[&When], zone: chrono_tz::Tz, until: NaiveDate, is_followed: bool) -> Asked {
        let mut asked = Asked { nights: Vec::new(), flaws: self.flaws.clone() };
        let Some(from) = &self.from else { return asked };
        if self.series.is_empty() {
            asked.add(self.span(zone), self.line);
            return asked;
        }
        let left_out = LeftOut::new(self.series.except.iter().chain(instances.iter().copied()), zone);
        let length = self.to.as_ref().map_or_else(chrono::TimeDelta::zero, |to| to.written - from.written);
        let mut all = vec![Times { from: from.clone(), to: self.to.clone() }];
        for (line, rule) in &self.series.rules {
            match is_followed.then(|| series::follow(from, rule, zone, until)).flatten() {
                Some(starts) => all.extend(starts.into_iter().map(|from| Times { from, to: None })),
                None => {
                    let what = "RRULE cannot be followed".into();
                    asked.flaws.push(Flaw { line: *line, what, is_of_series: true });
                }
            }
        }
        all.extend(self.series.more.iter().cloned());
        for Times { from, to } in all.iter().filter(|times| !left_out.has(&times.from, zone)) {
            let end = to.clone().or_else(|| {
                let clocks = self.to.as_ref().map_or(&from.clocks, |to| &to.clocks);
                from.after(length).map(|end| When { clocks: clocks.clone(), ..end })
            });
            asked.add(when::nights(from, end.as_ref().unwrap_or(from), zone), self.line);
        }
        asked.nights.sort_unstable();
        asked.nights.dedup();
        asked
    }

    /// Name of an event without one: its dates, which stay the same while it does.
    pub fn name_by_dates(&self) -> Option<String> {
        let (from, to) = (self.from.as_ref()?, self.to.as_ref().or(self.from.as_ref())?);
        let shown = |moment: &When| match moment.clocks {
            Clocks::Day => moment.written.date().to_string(),
            _ => moment.written.format("%Y-%m-%dT%H:%M").to_string(),
        };
        Some(format!("(no UID) {} to {}", shown(from), shown(to)))
    }
}

impl Asked {
    fn add(&mut self, nights: Result<(NaiveDate, NaiveDate), &'static str>, line: usize) {
        match nights {
            Ok(nights) => self.nights.push(nights),
            Err(wrong) if self.flaws.is_empty() => self.flaws.push(flaw(line, format!("the event {wrong}"))),
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn calendar(events: &str) -> Vec<u8> {
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n", events.replace('\n', "\r\n")).into_bytes()
    }

    fn read_one(lines: &str) -> Event {
        let mut events = read(&calendar(&format!("BEGIN:VEVENT\n{lines}\nEND:VEVENT\n"))).expect("a calendar");
        assert_eq!(events.len(), 1);
        events.remove(0)
    }

    /// Nights that an event asks for until the end of January 2027.
    fn asked(event: &Event, zone: chrono_tz::Tz) -> Vec<(String, String)> {
        let asked = event.asks(&[], zone, day("2027-02-01"), true);
        assert_eq!(asked.flaws, [], "{event:?}");
        asked.nights.iter().map(|(from, to)| (from.to_string(), to.to_string())).collect()
    }

    fn pairs(spans: &[(&str, &str)]) -> Vec<(String, String)> {
        spans.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
    }

    #[test]
    fn dates_are_read_as_they_are_written() {
        let new_york = chrono_tz::America::New_York;
        for (lines, zone, from, to) in [
            ("DTSTART;VALUE=DATE:20261210\nDTEND;VALUE=DATE:20261212", chrono_tz::UTC, "2026-12-10", "2026-12-12"),
            ("DTSTART:20261210\nDTEND:20261212", chrono_tz::UTC, "2026-12-10", "2026-12-12"),
            ("DTSTART:2026-12-10\nDTEND:2026-12-12", chrono_tz::UTC, "2026-12-10", "2026-12-12"),
            ("DTSTART;VALUE=DATE:20261210", chrono_tz::UTC, "2026-12-10", "2026-12-11"),
            ("DTSTART:20261210T150000", chrono_tz::UTC, "2026-12-10", "2026-12-11"),
            ("DTSTART;VALUE=DATE:20261210\nDTEND;VALUE=DATE:20261210", chrono_tz::UTC, "2026-12-10", "2026-12-11"),
            ("DTSTART;VALUE=DATE:20261210\nDURATION:P1W", chrono_tz::UTC, "2026-12-10", "2026-12-17"),
            ("DTSTART:20261210T150000\nDURATION:P1DT20H", chrono_tz::UTC, "2026-12-10", "2026-12-12"),
            ("DTSTART:20261210T150000\nDTEND:20261212T110000", chrono_tz::UTC, "2026-12-10", "2026-12-12"),
            ("dtstart;value=date:20261210\ndtend;value=date:20261212", chrono_tz::UTC, "2026-12-10", "2026-12-12"),
            // Whole days by whatever clocks.
            ("DTSTART:20261218T000000Z\nDTEND:20261220T000000Z", new_york, "2026-12-18", "2026-12-20"),
            ("DTSTART:20261218T000000Z\nDURATION:P2D", new_york, "2026-12-18", "2026-12-20"),
            ("DTSTART:20261218T000000Z", new_york, "2026-12-18", "2026-12-19"),
            (
                "DTSTART;TZID=Europe/Berlin:20261218T000000\nDTEND;TZID=Europe/Berlin:20261220T000000",
                new_york,
                "2026-12-18",
                "2026-12-20",
            ),
            ("DTSTART:20261218T000000\nDTEND:20261219T235900", new_york, "2026-12-18", "2026-12-20"),
            ("DTSTART:20261218T050000Z\nDTEND:20261220T045959Z", new_york, "2026-12-18", "2026-12-20"),
            // Times, by the clocks of the hotel.
            ("DTSTART:20261218T200000Z\nDTEND:20261220T160000Z", new_york, "2026-12-18", "2026-12-20"),
            ("DTSTART:20261218T030000Z\nDTEND:20261220T160000Z", new_york, "2026-12-17", "2026-12-20"),
            ("DTSTART:20261209T233000Z\nDTEND:20261210T100000Z", chrono_tz::Europe::Lisbon, "2026-12-09", "2026-12-10"),
            (
                "DTSTART;TZID=America/New_York:20261209T233000\nDTEND;TZID=America/New_York:20261211T100000",
                chrono_tz::Europe::Lisbon,
                "2026-12-10",
                "2026-12-11",
            ),
            (
                "DTSTART;TZID=\"Eastern Standard Time\":20261209T233000\nDTEND;TZID=Eastern Standard Time:20261211T100000",
                chrono_tz::Europe::Lisbon,
                "2026-12-10",
                "2026-12-11",
            ),
            ("DTSTART;TZID=europe/lisbon:20261210T150000\nDURATION:P2D", chrono_tz::UTC, "2026-12-10", "2026-12-12"),
        ] {
            let event = read_one(&format!("UID:a\n{lines}"));
            assert_eq!(asked(&event, zone), pairs(&[(from, to)]), "{lines}");
            assert!(!event.is_off && event.uid.as_deref() == Some("a"), "{lines}");
        }
    }

    /// A zone with a name that only the calendar itself explains, two hours ahead of Greenwich, in summer three.
    #[test]
    fn zones_are_as_the_calendar_describes_them() {
        let zone = "BEGIN:VTIMEZONE\nTZID:Our own\nBEGIN:STANDARD\nDTSTART:16011025T040000\nTZOFFSETFROM:+0300\nTZOFFSETTO:+0200\n\
                    RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010325T030000\n\
                    TZOFFSETFROM:+0200\nTZOFFSETTO:+0300\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\nEND:DAYLIGHT\nEND:VTIMEZONE\n";
        let event = |month: &str| {
            let at = format!("DTSTART;TZID=Our own:2026{month}10T023000\nDTEND;TZID=Our own:2026{month}12T120000");
            let text = format!("{zone}BEGIN:VEVENT\nUID:a\n{at}\nEND:VEVENT\n");
            let events = read(&calendar(&text)).expect("a calendar");
            assert_eq!(events[0].flaws, []);
            events[0].span(chrono_tz::UTC).map(|(from, _)| from)
        };
        assert_eq!(
            [event("12"), event("07")],
            [Ok(day("2026-12-10")), Ok(day("2026-07-09"))],
            "half past midnight, and half before"
        );
    }

    #[test]
    fn what_cannot_be_read_says_so_with_its_line() {
        for (lines, nights, told) in [
            ("UID:a\nDTSTART:soon", 0, "5: DTSTART cannot be read"),
            ("UID:a\nSUMMARY:x", 0, "3: the event has no DTSTART"),
            ("UID:a\nDTSTART;TZID=Nowhere:20261209T233000\nDURATION:P1D", 0, "5: DTSTART is in a time zone that is not known"),
            ("UID:a\nDTSTART:20261210\nDURATION:P", 1, "6: DURATION cannot be read"),
            ("UID:a\nDTSTART:20261210\nDTEND:later", 1, "6: DTEND cannot be read"),
            ("UID:a\nDTSTART:20261210\nDTEND20261215", 1, "6: the line cannot be read"),
            ("UID:a\nDTSTART:20261210\nDTXND:20261215", 1, "6: the line is not known, and the event has no end"),
            ("UID:a\nDTSTART:20261210\nDTEND:20261209", 0, "3: the event ends before it begins"),
            ("UID:a\nDTSTART:20261210T100000\nDTEND:20261210T120000", 0, "3: the event is shorter than a night"),
            ("UID:a\nDTSTART:20261210\nDTSTART:20261220", 1, "6: DTSTART is there twice"),
            ("UID:a\nDTSTART:20261210\nRRULE:FREQ=HOURLY", 1, "6: RRULE cannot be followed"),
            ("UID:a\nDTSTART:20261210\nRRULE:FREQ=WEEKLY;BYDAY=XX", 1, "6: RRULE cannot be followed"),
            ("UID:a\nDTSTART:20261210\nEXDATE:never", 1, "6: EXDATE cannot be followed"),
        ] {
            let asked = read_one(lines).asks(&[], chrono_tz::UTC, day("2027-02-01"), true);
            let told_now = asked.flaws.first().map(|flaw| format!("{}: {}", flaw.line, flaw.what));
            assert_eq!((asked.nights.len(), told_now.as_deref()), (nights, Some(told)), "{lines}");
        }
    }

    /// F5: what says nothing of dates, however broken, costs none.
    #[test]
    fn what_says_nothing_of_dates_costs_none() {
        let dates = "UID:a\nDTSTART;VALUE=DATE:20261210\nDTEND;VALUE=DATE:20261212";
        for lines in
            ["SUMMARY;X=\"open:Ana", "a line that broke off", "NEW-IN-2030:x", "BEGIN:VALARM\nDTSTART:20200101\nEND:VALARM"]
        {
            let event = read_one(&format!("{dates}\n{lines}"));
            assert_eq!(asked(&event, chrono_tz::UTC), pairs(&[("2026-12-10", "2026-12-12")]), "{lines}");
        }
        // A fold within a letter, a letter of another encoding, and one that is cut off.
        for summary in [&b"SUMMARY:Reserved S\xc3\r\n \xa3o\r\n"[..], b"SUMMARY:Jos\xe9\r\n", b"SUMMARY:\xf0\x9f\r\n"] {
            let file =
                [&b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"[..], summary, b"DTSTART:20261210\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"];
            assert_eq!(asked(&read(&file.concat()).expect("a calendar")[0], chrono_tz::UTC).len(), 1);
        }
    }

    #[test]
    fn what_is_off_takes_nobodys_time() {
        for (line, is_off) in
            [("STATUS:CANCELLED", true), ("status:cancelled", true), ("TRANSP:TRANSPARENT", true), ("STATUS:TENTATIVE", false)]
        {
            assert_eq!(read_one(&format!("DTSTART:20261210\n{line}")).is_off, is_off, "{line}");
        }
        let text = calendar("METHOD:CANCEL\nBEGIN:VEVENT\nUID:a\nDTSTART:20261210\nEND:VEVENT\n");
        assert!(read(&text).expect("a calendar")[0].is_off);
    }

    #[test]
    fn events_recur_as_their_rules_say() {
        for (lines, spans) in [
            ("RRULE:FREQ=WEEKLY;COUNT=2", &[("2026-12-10", "2026-12-12"), ("2026-12-17", "2026-12-19")][..]),
            ("RRULE:FREQ=WEEKLY;UNTIL=20261217", &[("2026-12-10", "2026-12-12"), ("2026-12-17", "2026-12-19")]),
            ("RRULE:FREQ=WEEKLY;UNTIL=20261216T235959Z", &[("2026-12-10", "2026-12-12")]),
            ("RRULE:FREQ=MONTHLY", &[("2026-12-10", "2026-12-12"), ("2027-01-10", "2027-01-12")]),
            ("rrule:freq=weekly;byday=sa;count=1", &[("2026-12-10", "2026-12-12"), ("2026-12-12", "2026-12-14")]),
            (
                "RDATE;VALUE=DATE:20261220,20261225",
                &[("2026-12-10", "2026-12-12"), ("2026-12-20", "2026-12-22"), ("2026-12-25", "2026-12-27")],
            ),
            ("RDATE;VALUE=PERIOD:20261220T150000/20261221T110000", &[("2026-12-10", "2026-12-12"), ("2026-12-20", "2026-12-21")]),
            (
                "RRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;VALUE=DATE:20261217",
                &[("2026-12-10", "2026-12-12"), ("2026-12-24", "2026-12-26")],
            ),
            ("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", &[("2026-12-10", "2026-12-12")]),
        ] {
            let event = read_one(&format!("UID:a\nDTSTART;VALUE=DATE:20261210\nDTEND;VALUE=DATE:20261212\n{lines}"));
            assert_eq!(asked(&event, chrono_tz::UTC), pairs(spans), "{lines}");
        }
        let timed = read_one(
            "UID:a\nDTSTART;TZID=Europe/Lisbon:20150105T150000\nDTEND;TZID=Europe/Lisbon:20150106T110000\n\
             RRULE:FREQ=WEEKLY\nEXDATE;TZID=Europe/Lisbon:20270111T150000\nEXDATE:20270118T150000Z",
        );
        let nights = asked(&timed, chrono_tz::Europe::Lisbon);
        assert_eq!(nights[nights.len() - 2..], pairs(&[("2027-01-04", "2027-01-05"), ("2027-01-25", "2027-01-26")]));
    }

    #[test]
    fn what_is_no_whole_calendar_is_refused() {
        let whole = String::from_utf8(calendar("BEGIN:VEVENT\nUID:a\nDTSTART:20261210\nEND:VEVENT\n")).expect("text");
        assert_eq!(read(whole.as_bytes()).expect("a calendar").len(), 1);
        assert_eq!(read(whole.to_lowercase().as_bytes()).expect("names are the same in any case").len(), 1);
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
        for (from, to) in [("BEGIN:VEVENT", "BEGIN:VEVNT"), ("END:VEVENT", "END:VEVNT"), ("END:VEVENT\r\n", "")] {
            read(whole.replace(from, to).as_bytes()).expect_err(to);
        }
    }

    /// An event whose frame is lost leaves its dates behind, and they are not overlooked.
    #[test]
    fn what_is_left_of_an_event_is_a_flaw() {
        for text in [
            "UID:a\nDTSTART:20261210\nDTEND:20261212\n",
            "BEGIN:VEVNT\nUID:a\nDTSTART:20261210\nEND:VEVNT\n",
            "BEGIN:VFREEBUSY\nFREEBUSY:20261210T000000Z/P2D\nEND:VFREEBUSY\n",
        ] {
            let events = read(&calendar(text)).expect("a calendar");
            assert_eq!((events.len(), events[0].uid.as_ref(), events[0].flaws.len()), (1, None, 1), "{text}");
        }
        assert!(
            read(&calendar("BEGIN:X-NEW\nDTSTART:20261210\nEND:X-NEW\nBEGIN:VTODO\nDTSTART:20261210\nEND:VTODO\n"))
                .expect("a calendar")
                .is_empty()
        );
    }

    proptest! {
        /// F4, U17: whatever a byte is changed to: it is refused, or all nights are asked for still, or there is a flaw.
        #[test]
        fn no_damaged_byte_hides_the_nights(place in 0_usize..1000, byte in any::<u8>()) {
            let mut file = calendar("BEGIN:VEVENT\nUID:a\nDTSTART;VALUE=DATE:20261210\nDTEND;VALUE=DATE:20261212\nSUMMARY:Ana\nEND:VEVENT\n");
            let place = place % file.len();
            file[place] = byte;
            let Ok(events) = read(&file) else { return Ok(()) };
            prop_assert_eq!(events.len(), 1);
            let asked = events[0].asks(&[], chrono_tz::UTC, day("2036-12-31"), true);
            // Digits can be changed to other dates.
            let is_date = byte.is_ascii_digit() || !asked.flaws.is_empty();
            prop_assert!(is_date || asked.nights == [(day("2026-12-10"), day("2026-12-12"))], "{:?} {:?}", asked, String::from_utf8_lossy(&file));
        }

        #[test]
        fn nothing_that_is_read_breaks(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let file = [&b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n"[..], &bytes, b"\nEND:VEVENT\nEND:VCALENDAR"].concat();
            if let Ok(events) = read(&file) {
                for event in events {
                    event.asks(&[], chrono_tz::UTC, day("2027-02-01"), true);
                }
            }
        }
    }
}
