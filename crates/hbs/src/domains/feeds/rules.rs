//! Differences between another program's calendar and the blocks of a room. Pure.
use super::model::{ConflictReason, FeedImport};
use crate::domains::inventory::Nights;
use crate::ical::{self, Event};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Maximum number of events to come in a feed.
pub const MAX_EVENTS: usize = 1000;
/// Maximum number of days ahead that blocks reach: events beyond are taken over once their time has come.
const MAX_DAYS_AHEAD: u64 = 1095;
const MAX_UID: usize = 255;

/// Longest pause between two looks at a feed, which doubles with each failure.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(6);
const MAX_DOUBLINGS: u32 = 10;

/// Nights and conflicts that a feed asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Nights to be blocked, by the event's name.
    pub nights: BTreeMap<String, Nights>,
    pub refused: Vec<Refused>,
}

/// An event that is no block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub uid: String,
    pub nights: Option<Nights>,
    pub reason: ConflictReason,
}

/// Returns what a feed asks for from today on, at a hotel in a time zone. `host` is this installation's: events of its
/// own exports are left out.
pub fn wanted(events: Vec<Event>, host: &str, zone: chrono_tz::Tz, today: NaiveDate) -> Wanted {
    let mut by_name: BTreeMap<String, Vec<Event>> = BTreeMap::new();
    for (place, event) in events.into_iter().enumerate() {
        if event.uid.as_deref().is_some_and(|uid| ical::is_own(uid, host)) {
            continue;
        }
        by_name.entry(name(&event, place)).or_default().push(event);
    }
    let mut wanted = Wanted::default();
    for (uid, mut events) in by_name {
        let is_recurring = events.iter().any(|event| event.is_recurring);
        // Sent again, the last one counts.
        events.sort_by_key(|event| event.sequence);
        let Some(event) = events.pop().filter(|event| !event.is_off) else { continue };
        match judge(&event, zone, today) {
            Judged::Idle => {}
            Judged::Nights(nights) if is_recurring => wanted.refused.push(refused(uid, Some(nights), ConflictReason::Recurring)),
            Judged::Nights(nights) => {
                wanted.nights.insert(uid, nights);
            }
            Judged::Refused(_, _) if is_recurring => wanted.refused.push(refused(uid, None, ConflictReason::Recurring)),
            Judged::Refused(nights, reason) => wanted.refused.push(refused(uid, nights, reason)),
        }
    }
    wanted
}

fn refused(uid: String, nights: Option<Nights>, reason: ConflictReason) -> Refused {
    Refused { uid, nights, reason }
}

/// Returns the name of an event: without one, its place; a long name is cut.
fn name(event: &Event, place: usize) -> String {
    match &event.uid {
        Some(uid) => uid.chars().filter(|letter| !letter.is_control()).take(MAX_UID).collect(),
        None => format!("(event {} without a UID)", place + 1),
    }
}

enum Judged {
    /// The event is over, or too far ahead to matter yet.
    Idle,
    Nights(Nights),
    Refused(Option<Nights>, ConflictReason),
}

fn judge(event: &Event, zone: chrono_tz::Tz, today: NaiveDate) -> Judged {
    let Ok((from, to)) = event.span else { return Judged::Refused(None, ConflictReason::Unreadable) };
    let nights = Nights::new(from.date_in(zone), to.date_in(zone));
    if nights.to <= nights.from {
        // Some hours of a day, or an end before the beginning.
        let is_over = nights.from < today;
        return if is_over { Judged::Idle } else { Judged::Refused(None, ConflictReason::Unreadable) };
    }
    // A series that began in the past may go on.
    if nights.to <= today && !event.is_recurring {
        return Judged::Idle;
    }
    let limit = limit(today);
    if nights.from >= limit {
        return Judged::Idle;
    }
    let nights = Nights::new(nights.from.max(today), nights.to.clamp(today + Days::new(1), limit));
    if event.uid.is_none() {
        return Judged::Refused(Some(nights), ConflictReason::Unreadable);
    }
    Judged::Nights(nights)
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

/// A block that a feed has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedBlock {
    pub id: Uuid,
    pub uid: String,
    pub nights: Nights,
}

/// Difference between a feed and its blocks.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Difference {
    pub released: Vec<FeedBlock>,
    /// Blocks that have ended, and whose names stand for other nights now.
    pub retired: Vec<FeedBlock>,
    pub moved: Vec<(FeedBlock, Nights)>,
    pub added: Vec<(String, Nights)>,
}

impl Difference {
    /// Compares the blocks of a feed with what it asks for, from today on. Where that is unclear, a block stays as it
    /// is.
    pub fn between(blocks: Vec<FeedBlock>, wanted: &Wanted, today: NaiveDate) -> Self {
        let mut difference = Self::default();
        let mut known: Vec<String> = Vec::new();
        for block in blocks {
            let asked = wanted.nights.get(&block.uid);
            if block.nights.to <= today {
                difference.retired.extend(asked.map(|_| block));
                continue;
            }
            known.push(block.uid.clone());
            match asked {
                None if wanted.refused.iter().any(|refused| refused.uid == block.uid) => {}
                None => difference.released.push(block),
                Some(nights) if nights.from == block.nights.from.max(today) && nights.to == block.nights.to => {}
                Some(nights) => {
                    // What has begun keeps its first night, for the record.
                    let has_begun = block.nights.from < today && nights.from <= today;
                    let from = if has_begun { block.nights.from } else { nights.from };
                    difference.moved.push((block, Nights::new(from, nights.to)));
                }
            }
        }
        let is_new = |(uid, _): &(&String, &Nights)| !known.contains(uid);
        difference.added = wanted.nights.iter().filter(is_new).map(|(uid, nights)| (uid.clone(), *nights)).collect();
        difference
    }

    /// Returns `true` if the room is needed on nights on which it is not blocked yet.
    pub fn takes_nights(&self) -> bool {
        !self.added.is_empty() || !self.moved.is_empty()
    }
}

/// The nights that two spans share.
pub fn common(one: Nights, other: Nights) -> Option<Nights> {
    let shared = Nights::new(one.from.max(other.from), one.to.min(other.to));
    (shared.from < shared.to).then_some(shared)
}

/// Returns the time at which a feed is looked at again. `jitter` is from 0 to 1, and spreads feeds over a tenth of the
/// pause, so that feeds which were made together are not always fetched together.
pub fn next_poll(now: DateTime<Utc>, pause: TimeDelta, failures: i32, jitter: f64) -> DateTime<Utc> {
    let doublings = u32::try_from(failures).unwrap_or(0).min(MAX_DOUBLINGS);
    let pause = pause.num_seconds().saturating_mul(1 << doublings).min(LONGEST_PAUSE.num_seconds().max(pause.num_seconds()));
    let spread = TimeDelta::milliseconds(pause.saturating_mul(100)).to_std().unwrap_or_default().mul_f64(jitter.clamp(0.0, 1.0));
    now + TimeDelta::seconds(pause) + TimeDelta::from_std(spread).unwrap_or_default()
}

/// Returns `true` if a feed that is fetched has not been read for too long.
pub fn is_stale(feed: &FeedImport, stale_after: TimeDelta, now: DateTime<Utc>) -> bool {
    feed.url.is_some() && feed.last_success_at.unwrap_or(feed.created_at) + stale_after <= now
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ical::When;
    use crate::testing::december;

    fn nights(from: u32, to: u32) -> Nights {
        Nights::new(december(from), december(to))
    }

    fn event(uid: &str, from: u32, to: u32) -> Event {
        let span = Ok((When::Date(december(from)), When::Date(december(to))));
        Event { uid: Some(uid.into()), sequence: 0, is_off: false, is_recurring: false, span }
    }

    fn asked(events: Vec<Event>) -> Wanted {
        wanted(events, "hotel.example", chrono_tz::Europe::Lisbon, december(10))
    }

    #[test]
    fn events_to_come_are_nights() {
        let at = |text: &str| When::Instant(text.parse().expect("an instant"));
        let asked = asked(vec![
            event("past", 1, 10),
            event("running", 8, 12),
            event("to come", 20, 22),
            event("ours@hotel.example", 20, 25),
            Event { is_off: true, ..event("cancelled", 20, 22) },
            Event { span: Ok((at("2026-12-15T15:00:00Z"), at("2026-12-17T11:00:00Z"))), ..event("timed", 1, 2) },
            Event { sequence: 1, ..event("twice", 25, 26) },
            event("twice", 27, 28),
        ]);
        let expected = [("running", 10, 12), ("timed", 15, 17), ("to come", 20, 22), ("twice", 25, 26)];
        let expected: BTreeMap<String, Nights> = expected.map(|(uid, from, to)| (uid.into(), nights(from, to))).into();
        assert_eq!(asked, Wanted { nights: expected, refused: Vec::new() });
    }

    #[test]
    fn nothing_is_guessed() {
        let at = |text: &str| When::Instant(text.parse().expect("an instant"));
        for (event, nights, reason) in [
            (Event { is_recurring: true, ..event("a", 20, 22) }, Some(nights(20, 22)), ConflictReason::Recurring),
            (Event { is_recurring: true, ..event("a", 1, 2) }, Some(nights(10, 11)), ConflictReason::Recurring),
            (Event { uid: None, ..event("a", 20, 22) }, Some(nights(20, 22)), ConflictReason::Unreadable),
            (Event { span: Err("?"), ..event("a", 1, 2) }, None, ConflictReason::Unreadable),
            (event("a", 20, 20), None, ConflictReason::Unreadable),
            (event("a", 22, 20), None, ConflictReason::Unreadable),
            (
                Event { span: Ok((at("2026-12-20T10:00:00Z"), at("2026-12-20T12:00:00Z"))), ..event("a", 1, 2) },
                None,
                ConflictReason::Unreadable,
            ),
        ] {
            let asked = asked(vec![event.clone()]);
            assert!(asked.nights.is_empty(), "{event:?}");
            let told: Vec<_> = asked.refused.iter().map(|refused| (refused.nights, refused.reason)).collect();
            assert_eq!(told, [(nights, reason)], "{event:?}");
        }
    }

    #[test]
    fn what_reaches_far_ahead_is_taken_over_as_far_as_blocks_reach() {
        let year = |year| When::Date(NaiveDate::from_ymd_opt(year, 1, 1).expect("a date"));
        let limit = NaiveDate::from_ymd_opt(2029, 12, 1).expect("a date");
        let asked = asked(vec![
            Event { span: Ok((When::Date(december(20)), year(9999))), ..event("closed for good", 1, 2) },
            Event { span: Ok((year(2027), When::Date(limit))), ..event("three years", 1, 2) },
            Event { span: Ok((year(2030), year(2031))), ..event("later", 1, 2) },
        ]);
        let expected = [
            ("closed for good", Nights::new(december(20), limit)),
            ("three years", Nights::new(NaiveDate::from_ymd_opt(2027, 1, 1).expect("a date"), limit)),
        ];
        let expected: BTreeMap<String, Nights> = expected.map(|(uid, nights)| (uid.into(), nights)).into();
        assert_eq!(asked, Wanted { nights: expected, refused: Vec::new() });

        // A month later they reach a month further, and are still the same.
        let (then, now) = (limit, NaiveDate::from_ymd_opt(2030, 1, 1).expect("a date"));
        let in_a_month = NaiveDate::from_ymd_opt(2027, 1, 10).expect("a date");
        assert!(is_same_end(then, now, in_a_month) && is_same_end(december(12), december(12), in_a_month));
        assert!(!is_same_end(december(12), now, in_a_month) && !is_same_end(then, december(12), in_a_month));
    }

    #[test]
    fn only_what_differs_is_done() {
        let block = |uid: &str, from, to| FeedBlock { id: Uuid::from_u128(1), uid: uid.into(), nights: nights(from, to) };
        let asked = asked(vec![
            Event { is_recurring: true, ..event("unclear", 21, 22) },
            event("again", 23, 24),
            event("same", 20, 22),
            event("running", 5, 12),
            event("longer", 6, 15),
            event("other", 25, 26),
            event("new", 27, 28),
        ]);
        let blocks = vec![
            block("unclear", 20, 21),
            block("again", 1, 3),
            block("same", 20, 22),
            block("running", 8, 12),
            block("longer", 7, 13),
            block("other", 23, 24),
            block("gone", 29, 30),
            block("past", 2, 4),
        ];
        let difference = Difference::between(blocks, &asked, december(10));
        let expected = Difference {
            released: vec![block("gone", 29, 30)],
            moved: vec![(block("longer", 7, 13), nights(7, 15)), (block("other", 23, 24), nights(25, 26))],
            retired: vec![block("again", 1, 3)],
            added: vec![("again".into(), nights(23, 24)), ("new".into(), nights(27, 28))],
        };
        assert_eq!(difference, expected);
        assert_eq!(common(nights(7, 13), nights(10, 15)), Some(nights(10, 13)));
        assert_eq!(common(nights(23, 24), nights(24, 26)), None);
    }

    #[test]
    fn pauses_grow_with_failures() {
        let now: DateTime<Utc> = "2026-12-01T12:00:00Z".parse().expect("an instant");
        let pause = |failures, jitter| (next_poll(now, TimeDelta::minutes(15), failures, jitter) - now).num_seconds();
        assert_eq!([0, 1, 2, 4, 5, 100].map(|failures| pause(failures, 0.0)), [900, 1800, 3600, 14_400, 21_600, 21_600]);
        assert_eq!((pause(0, 1.0), pause(0, 0.5)), (990, 945));
    }
}
