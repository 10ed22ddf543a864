//! Events that recur: `RRULE`, `RDATE`, `EXDATE`.
use super::when::{self, Clocks, When};
use calcard::common::timezone::Tz;
use calcard::icalendar::ICalendar;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use std::collections::HashSet;

/// Maximum number of times that a rule is followed: 54 years of days.
const MAX_TIMES: usize = 20_000;
/// Year until which zones that a calendar describes change their clocks by a rule: as far as chrono's.
const LAST_ONSET: i32 = 2100;

/// Recurrence of an event, as it says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Series {
    /// Lines and texts of rules.
    pub rules: Vec<(usize, String)>,
    pub more: Vec<Times>,
    pub except: Vec<When>,
}

/// A further time of an event, with an end of its own if it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    pub from: When,
    pub to: Option<When>,
}

impl Series {
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.more.is_empty()
    }
}

/// Moments that are left out, by day or to the second.
pub struct LeftOut {
    days: HashSet<NaiveDate>,
    instants: HashSet<DateTime<Utc>>,
    /// Days of all of them, for events that have no time.
    all_days: HashSet<NaiveDate>,
}

impl LeftOut {
    pub fn new<'a>(moments: impl Iterator<Item = &'a When>, zone: chrono_tz::Tz) -> Self {
        let (days, timed): (Vec<&When>, Vec<&When>) = moments.partition(|moment| moment.clocks == Clocks::Day);
        let date = |moment: &&When| moment.written.date();
        Self {
            all_days: days.iter().chain(&timed).map(date).collect(),
            days: days.iter().map(date).collect(),
            instants: timed.iter().map(|moment| moment.instant(zone)).collect(),
        }
    }

    pub fn has(&self, moment: &When, zone: chrono_tz::Tz) -> bool {
        let date = moment.written.date();
        match moment.clocks {
            Clocks::Day => self.all_days.contains(&date),
            _ => self.days.contains(&date) || self.instants.contains(&moment.instant(zone)),
        }
    }
}

/// The moments at which a rule lets an event happen again, until a day; none if the rule cannot be followed.
pub fn follow(start: &When, rule: &str, zone: chrono_tz::Tz, until: NaiveDate) -> Option<Vec<When>> {
    let rule = Rule::read(rule)?;
    // What ends by other clocks than it began is compared by those of the beginning.
    let end = match rule.until {
        Some((end, true)) => {
            let own = When { written: end, clocks: Clocks::Zone(chrono_tz::UTC) }.instant(zone);
            let shift = start.written - start.instant(zone).naive_utc();
            Some(own.naive_utc().checked_add_signed(shift)?)
        }
        Some((end, false)) => Some(end),
        None => None,
    };
    let last = until.and_time(NaiveTime::MIN);
    let times = expand(start.written, &rule.rest, end.map_or(last, |end| end.min(last)))?;
    Some(times.into_iter().map(|written| When { written, clocks: start.clocks.clone() }).collect())
}

/// The local times at which clocks change by a rule.
pub fn onsets(first: NaiveDateTime, rule: &str) -> Option<Vec<NaiveDateTime>> {
    let rule = Rule::read(rule)?;
    let last = NaiveDate::from_ymd_opt(LAST_ONSET, 1, 1)?.and_time(NaiveTime::MIN);
    // To the hour: two changes of one kind are months apart.
    let end = rule.until.and_then(|(end, _)| end.checked_add_signed(TimeDelta::days(1))).map_or(last, |end| end.min(last));
    expand(first, &rule.rest, end)
}

/// A rule without its end.
struct Rule {
    rest: String,
    /// The last moment, and `true` if that is in UTC.
    until: Option<(NaiveDateTime, bool)>,
}

impl Rule {
    /// Takes a rule apart, and only one of which everything is known: half a rule would leave nights out.
    fn read(text: &str) -> Option<Self> {
        let (mut rest, mut until, mut has_frequency) = (Vec::new(), None, false);
        for part in text.trim().trim_end_matches(';').split(';') {
            let (name, value) = part.split_once('=')?;
            let (name, value) = (name.trim().to_ascii_uppercase(), value.trim().to_ascii_uppercase());
            let is_list = |check: &dyn Fn(&str) -> bool| value.split(',').all(check);
            let is_number = |text: &str| text.trim_start_matches(['+', '-']).parse::<u16>().is_ok_and(|number| number > 0);
            let is_right = match name.as_str() {
                "FREQ" => {
                    has_frequency = true;
                    ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"].contains(&value.as_str())
                }
                "UNTIL" => {
                    until = Some(end(&value)?);
                    continue;
                }
                "INTERVAL" | "COUNT" => value.parse::<u16>().is_ok_and(|number| number > 0),
                "BYMONTH" | "BYMONTHDAY" | "BYYEARDAY" | "BYWEEKNO" | "BYSETPOS" => is_list(&is_number),
                "BYDAY" => is_list(&is_weekday),
                "WKST" => is_weekday(&value) && value.len() == 2,
                _ => false,
            };
            if !is_right {
                return None;
            }
            rest.push(format!("{name}={value}"));
        }
        has_frequency.then(|| Self { rest: rest.join(";"), until })
    }
}

/// Reads the end of a rule: a day counts to its end.
fn end(text: &str) -> Option<(NaiveDateTime, bool)> {
    when::time(text).or_else(|| {
        let day = NaiveDate::parse_from_str(text, "%Y%m%d").ok()?;
        Some((day.and_hms_opt(23, 59, 59)?, false))
    })
}

/// Checks a day of the week, with or without a number: `MO`, `-1SU`.
fn is_weekday(text: &str) -> bool {
    let Some((number, day)) = text.len().checked_sub(2).and_then(|cut| text.split_at_checked(cut)) else { return false };
    let has_number = number.trim_start_matches(['+', '-']).parse::<u8>().is_ok_and(|number| (1..=53).contains(&number));
    (number.is_empty() || has_number) && ["MO", "TU", "WE", "TH", "FR", "SA", "SU"].contains(&day)
}

/// Follows a rule, as local times. The times before the rule's own first one are the event's, so that it always has that.
fn expand(first: NaiveDateTime, rule: &str, last: NaiveDateTime) -> Option<Vec<NaiveDateTime>> {
    if last < first {
        return Some(Vec::new());
    }
    let text = format!(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:{}\r\nRRULE:{rule};UNTIL={}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        first.format("%Y%m%dT%H%M%S"),
        last.format("%Y%m%dT%H%M%S"),
    );
    let calendar = ICalendar::parse(&text).ok()?;
    let found = calendar.expand_dates(Tz::Floating, MAX_TIMES);
    let is_whole = found.errors.is_empty() && found.events.len() < MAX_TIMES;
    is_whole.then(|| found.events.into_iter().map(|event| event.start.naive_local()).collect())
}
