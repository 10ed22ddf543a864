//! Nights that a calendar asks for.
use crate::domains::feeds::model::ConflictReason;
use crate::domains::inventory::Nights;
use crate::ical::{Event, Flaw, When};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// Maximum number of events to come in a feed.
pub const MAX_EVENTS: usize = 1000;
/// Maximum number of events that recur by a rule: to follow one takes time.
const MAX_RULES: usize = 50;
/// Maximum number of days ahead that blocks reach: events beyond are taken over once their time has come.
const MAX_DAYS_AHEAD: u64 = 1095;
const MAX_UID: usize = 255;
const MAX_DETAIL: usize = 300;
/// Name under which a conflict is about the calendar, not about an event.
pub const WHOLE_CALENDAR: &str = "(the whole calendar)";

/// Nights and conflicts that a feed asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Nights to be blocked, by the name of their events: spans in order that do not touch.
    pub nights: BTreeMap<String, Vec<Nights>>,
    /// Nights by name for the calendar of a room type: spans for each of which a room is asked. Those of one name are in
    /// order and may overlap, and do not touch otherwise.
    pub rooms: BTreeMap<String, Vec<Nights>>,
    pub refused: Vec<Refused>,
    /// Names of events of which something cannot be read. If no block has such a name, it may be the name that is not what
    /// it was.
    pub doubts: BTreeSet<String>,
    /// `true` if the calendar has no events, not even past or cancelled ones.
    pub is_empty: bool,
    /// Number of events to come.
    pub events: usize,
}

/// An event, or nights of one, that cannot be blocked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub uid: String,
    pub nights: Option<Nights>,
    pub reason: ConflictReason,
    /// The reason in words.
    pub detail: String,
}

impl Refused {
    pub fn new(uid: &str, nights: Option<Nights>, reason: ConflictReason, detail: &str) -> Self {
        Self { uid: uid.into(), nights, reason, detail: detail.chars().take(MAX_DETAIL).collect() }
    }
}

/// Returns what a feed asks for from today on, at a hotel in a time zone. Events that `is_own` names are left out: they are
/// what this hotel has told.
pub fn wanted(events: &[Event], is_own: impl Fn(&str) -> bool, zone: chrono_tz::Tz, today: NaiveDate) -> Wanted {
    let mut by_name: BTreeMap<Option<&str>, Vec<&Event>> = BTreeMap::new();
    for event in events.iter().filter(|event| !event.uid.as_deref().is_some_and(&is_own)) {
        by_name.entry(event.uid.as_deref()).or_default().push(event);
    }
    let mut wanted = Wanted { is_empty: events.is_empty(), ..Wanted::default() };
    let mut rules = 0;
    for (uid, all) in by_name {
        let instances: Vec<&When> =
            all.iter().filter(|event| stands_for_another(event)).filter_map(|event| event.instance.as_ref()).collect();
        let latest = Latest::of(&all, zone);
        for event in all.iter().filter(|event| !event.is_off && (uid.is_none() || !latest.supersedes(event, zone))) {
            // Of a feed with more, nothing is taken over.
            if wanted.events > MAX_EVENTS {
                return wanted;
            }
            rules += event.series.rules.len();
            let replaced = if event.instance.is_none() && uid.is_some() { instances.as_slice() } else { &[] };
            let asked = event.asks(replaced, zone, limit(today), rules <= MAX_RULES);
            wanted.add(event, asked.nights, &asked.flaws, today);
        }
    }
    wanted.rooms = wanted.nights.iter().map(|(uid, spans)| (uid.clone(), strung(spans.clone()))).collect();
    for spans in wanted.nights.values_mut() {
        *spans = joined(std::mem::take(spans));
    }
    wanted
}

/// Returns `true` if an event is to be had instead of the one of a series that it names.
fn stands_for_another(event: &Event) -> bool {
    event.is_off || event.from.is_some()
}

/// Place of an event among its revisions.
type Revision = (i64, Option<DateTime<Utc>>);

/// The latest revisions of the events of a name. Each event is looked at once, however many there are.
#[derive(Default)]
struct Latest<'a> {
    /// Events of single times of a series, by what is written.
    of_times: BTreeMap<NaiveDateTime, Vec<(&'a When, Revision)>>,
    by_date: BTreeMap<NaiveDate, Revision>,
    /// Revisions of cancelled events that say when they end: such a one takes none of other dates with it.
    cancelled: BTreeMap<(NaiveDate, NaiveDate), Revision>,
}

impl<'a> Latest<'a> {
    fn of(events: &[&'a Event], zone: chrono_tz::Tz) -> Self {
        let mut latest = Self::default();
        for event in events {
            latest.add(event, zone);
        }
        latest
    }

    fn add(&mut self, event: &'a Event, zone: chrono_tz::Tz) {
        let revision = event.revision;
        let raise = |known: &mut Revision| *known = revision.max(*known);
        if let Some(time) = &event.instance {
            let alike = self.of_times.entry(time.written).or_default();
            match alike.iter_mut().find(|(other, _)| *other == time) {
                Some((_, known)) => raise(known),
                None => alike.push((time, revision)),
            }
        } else if !event.flaws.is_empty() {
            // Nobody knows which one it is.
        } else if event.is_off && event.has_end {
            if let Ok(span) = event.span(zone) {
                self.cancelled.entry(span).and_modify(raise).or_insert(revision);
            }
        } else if let Some(from) = &event.from {
            self.by_date.entry(from.date_in(zone)).and_modify(raise).or_insert(revision);
        }
    }

    /// Returns `true` if another event of the name is a later revision of the same: of one time of a series, or with the
    /// same beginning.
    fn supersedes(&self, event: &Event, zone: chrono_tz::Tz) -> bool {
        let (Some(from), Ok(span)) = (&event.from, event.span(zone)) else { return false };
        let latest = match &event.instance {
            Some(time) => {
                let alike = self.of_times.get(&time.written).into_iter().flatten();
                alike.filter(|(other, _)| *other == time).map(|(_, revision)| revision).max()
            }
            None => self.by_date.get(&from.date_in(zone)).max(self.cancelled.get(&span)),
        };
        latest.is_some_and(|latest| *latest > event.revision)
    }
}

impl Wanted {
    fn add(&mut self, event: &Event, nights: Vec<(NaiveDate, NaiveDate)>, flaws: &[Flaw], today: NaiveDate) {
        let limit = limit(today);
        let to_come = |(from, to): (NaiveDate, NaiveDate)| Nights::new(from.max(today), to.min(limit));
        let nights: Vec<Nights> = nights.into_iter().map(to_come).filter(|nights| nights.from < nights.to).collect();
        // What is only too short is over with its day; of what else is wrong nobody knows until when it lasts.
        let is_over = event.flaws.is_empty()
            && event.series.is_empty()
            && event.from.as_ref().is_some_and(|from| from.written.date() < today);
        let flaw = flaws.first().filter(|_| !is_over);
        if nights.is_empty() && flaw.is_none() {
            return;
        }
        self.events += 1;
        let name = event.uid.as_ref().map(|uid| uid.chars().take(MAX_UID).collect()).or_else(|| event.name_by_dates());
        let name = name.unwrap_or_else(|| format!("(no UID) line {}", event.line));
        if event.flaws.iter().any(|flaw| !flaw.is_of_series) {
            self.doubts.insert(name.clone());
        }
        if flaw.is_some() {
            let reason =
                if flaws.iter().all(|flaw| flaw.is_of_series) { ConflictReason::Recurring } else { ConflictReason::Unreadable };
            let words: BTreeSet<(usize, &str)> = flaws.iter().map(|flaw| (flaw.line, flaw.what.as_str())).collect();
            let words: Vec<String> = words.into_iter().map(|(line, what)| format!("line {line}: {what}")).collect();
            let around = Nights::around(nights.iter().copied());
            self.refused.push(Refused::new(&name, around, reason, &words.join("; ")));
        }
        if !nights.is_empty() {
            self.nights.entry(name).or_default().extend(nights);
        }
    }
}

/// Spans in order, those that touch as one.
pub fn joined(mut spans: Vec<Nights>) -> Vec<Nights> {
    spans.sort_unstable();
    let mut all: Vec<Nights> = Vec::new();
    for span in spans {
        match all.last_mut() {
            Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
            _ => all.push(span),
        }
    }
    all
}

/// Spans in order; one that begins when another ends goes on with it, and those that overlap stand for themselves.
fn strung(mut spans: Vec<Nights>) -> Vec<Nights> {
    spans.sort_unstable();
    let mut all: Vec<Nights> = Vec::new();
    // Places of the spans by their ends.
    let mut ends: BTreeMap<NaiveDate, Vec<usize>> = BTreeMap::new();
    for span in spans {
        let place = match ends.get_mut(&span.from).and_then(Vec::pop) {
            Some(place) => {
                all[place].to = span.to;
                place
            }
            None => {
                all.push(span);
                all.len() - 1
            }
        };
        ends.entry(span.to).or_default().push(place);
    }
    all
}

/// Returns the date that blocks reach: the first of a month, so that events which reach further do not grow by a night
/// each day.
fn limit(today: NaiveDate) -> NaiveDate {
    let latest = today + Days::new(MAX_DAYS_AHEAD);
    latest.with_day(1).unwrap_or(latest)
}

/// Returns `true` if the end of an event is the known one: of events that reach further, the limit at some time of the
/// last year.
pub fn is_same_end(known: NaiveDate, end: NaiveDate, today: NaiveDate) -> bool {
    let was_limit = || (1..=12).any(|months| known + Months::new(months) == end);
    known == end || (end == limit(today) && was_limit())
}
