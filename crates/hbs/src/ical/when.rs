//! Moments as calendars write them: dates, times of some place, durations.
use super::lines::Part;
use super::series;
use crate::clock::{local_date, local_instant};
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use std::collections::HashMap;
use std::sync::Arc;

/// A moment, as exactly as a calendar says it: what is written, and the clocks that it is meant by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    pub written: NaiveDateTime,
    pub clocks: Clocks,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clocks {
    /// A day, without a time.
    Day,
    /// The clocks of the place, wherever it is.
    Local,
    Zone(chrono_tz::Tz),
    /// A zone that the calendar itself describes.
    Described(Arc<Offsets>),
}

/// Offsets of a zone that a calendar describes: from a local time on so many seconds east of Greenwich.
#[derive(Debug, PartialEq, Eq)]
pub struct Offsets {
    before: i32,
    from: Vec<(NaiveDateTime, i32)>,
}

impl Offsets {
    fn at(&self, local: NaiveDateTime) -> i32 {
        let known = self.from.partition_point(|(from, _)| *from <= local);
        known.checked_sub(1).and_then(|last| self.from.get(last)).map_or(self.before, |(_, offset)| *offset)
    }
}

impl When {
    pub fn day(date: NaiveDate) -> Self {
        Self { written: date.and_time(NaiveTime::MIN), clocks: Clocks::Day }
    }

    pub fn after(&self, time: TimeDelta) -> Option<Self> {
        Some(Self { written: self.written.checked_add_signed(time)?, clocks: self.clocks.clone() })
    }

    /// Returns `true` if no time is written, or midnight.
    pub fn is_midnight(&self) -> bool {
        self.written.time() == NaiveTime::MIN
    }

    pub fn instant(&self, zone: chrono_tz::Tz) -> DateTime<Utc> {
        let (date, time) = (self.written.date(), self.written.time());
        match &self.clocks {
            Clocks::Day | Clocks::Local => local_instant(date, time, zone),
            Clocks::Zone(own) => local_instant(date, time, *own),
            Clocks::Described(offsets) => {
                let offset = TimeDelta::seconds(offsets.at(self.written).into());
                Utc.from_utc_datetime(&self.written.checked_sub_signed(offset).unwrap_or(self.written))
            }
        }
    }

    /// The date by the clocks of a place.
    pub fn date_in(&self, zone: chrono_tz::Tz) -> NaiveDate {
        match self.clocks {
            Clocks::Day | Clocks::Local => self.written.date(),
            Clocks::Zone(_) | Clocks::Described(_) => local_date(self.instant(zone), zone),
        }
    }

    /// The date until which something lasts that ends then: what ends with a day takes the night after it.
    fn end_in(&self, zone: chrono_tz::Tz) -> NaiveDate {
        let local = match self.clocks {
            Clocks::Day | Clocks::Local => self.written,
            Clocks::Zone(_) | Clocks::Described(_) => self.instant(zone).with_timezone(&zone).naive_local(),
        };
        end_of(local)
    }
}

fn end_of(local: NaiveDateTime) -> NaiveDate {
    let is_last_minute = NaiveTime::from_hms_opt(23, 59, 0).is_some_and(|last| local.time() >= last);
    local.date() + Days::new(u64::from(is_last_minute))
}

/// The nights of a place from one moment to another, as first night and day after the last; the error says why there are
/// none.
///
/// What begins and ends at midnight is whole days, by whatever clocks: a calendar of another zone means the days that it
/// writes. What has no length has the one night.
pub fn nights(from: &When, to: &When, zone: chrono_tz::Tz) -> Result<(NaiveDate, NaiveDate), &'static str> {
    let ends_with_day = to.is_midnight() || end_of(to.written) > to.written.date();
    let (first, last) = match from.is_midnight() && ends_with_day {
        true => (from.written.date(), end_of(to.written)),
        false => (from.date_in(zone), to.end_in(zone)),
    };
    if first < last {
        return Ok((first, last));
    }
    match from.instant(zone).cmp(&to.instant(zone)) {
        std::cmp::Ordering::Less => Err("is shorter than a night"),
        std::cmp::Ordering::Equal => first.succ_opt().map(|next| (first, next)).ok_or("ends before it begins"),
        std::cmp::Ordering::Greater => Err("ends before it begins"),
    }
}

/// Time zones as a calendar names them.
#[derive(Debug, Default)]
pub struct Zones(HashMap<String, Clocks>);

impl Zones {
    /// Reads the zones that a calendar describes.
    pub fn of(calendar: &Part) -> Self {
        let described = calendar.parts.iter().filter(|part| part.name == "VTIMEZONE");
        Self(described.filter_map(|part| Some((part.value("TZID")?.to_owned(), clocks_of(part)?))).collect())
    }

    fn find(&self, name: &str) -> Option<Clocks> {
        known(name).or_else(|| self.0.get(name).cloned())
    }
}

/// The zone of a name: one of the tz database, or one of Windows or another program.
fn known(name: &str) -> Option<Clocks> {
    let of_database = || chrono_tz::TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(name)).copied();
    let of_programs = || match name.parse() {
        Ok(calcard::common::timezone::Tz::Tz(zone)) => Some(zone),
        _ => None,
    };
    of_database().or_else(of_programs).map(Clocks::Zone)
}

fn clocks_of(zone: &Part) -> Option<Clocks> {
    if let Some(clocks) = zone.value("X-LIC-LOCATION").and_then(known) {
        return Some(clocks);
    }
    let mut from: Vec<(NaiveDateTime, i32)> = Vec::new();
    let mut before = None;
    for part in &zone.parts {
        let onset = time(part.value("DTSTART")?)?.0;
        let offset = offset(part.value("TZOFFSETTO")?)?;
        let known: Option<(NaiveDateTime, i32)> = before;
        if known.is_none_or(|(first, _)| onset < first) {
            before = Some((onset, part.value("TZOFFSETFROM").and_then(self::offset).unwrap_or(offset)));
        }
        let mut onsets = vec![onset];
        if let Some(rule) = part.value("RRULE") {
            onsets.extend(series::onsets(onset, rule)?);
        }
        from.extend(onsets.into_iter().map(|onset| (onset, offset)));
    }
    from.sort_unstable();
    Some(Clocks::Described(Arc::new(Offsets { before: before?.1, from })))
}

/// Reads an offset from Greenwich: `+0100`, `-033000`.
fn offset(text: &str) -> Option<i32> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let part = |from: usize| digits.get(from..from + 2).map_or(Some(0), |text| text.parse::<i32>().ok());
    Some(sign * (part(0)? * 3600 + part(2)? * 60 + part(4)?))
}

/// Reads a moment. The error says what is wrong with it.
pub fn moment(text: &str, zone: Option<&str>, zones: &Zones) -> Result<When, &'static str> {
    let text = text.trim();
    if let Some(date) = date(text) {
        return Ok(When::day(date));
    }
    let (written, is_utc) = time(text).ok_or("cannot be read")?;
    let clocks = match zone {
        _ if is_utc => Clocks::Zone(chrono_tz::UTC),
        Some(name) => zones.find(name.trim()).ok_or("is in a time zone that is not known")?,
        None => Clocks::Local,
    };
    Ok(When { written, clocks })
}

/// Reads `20261218`, or `2026-12-18`.
fn date(text: &str) -> Option<NaiveDate> {
    let format = match text.len() {
        8 if text.bytes().all(|byte| byte.is_ascii_digit()) => "%Y%m%d",
        10 => "%Y-%m-%d",
        _ => return None,
    };
    NaiveDate::parse_from_str(text, format).ok()
}

/// Reads `20261218T150000` with or without `Z`, which is the second part; or the same with hyphens and colons.
pub fn time(text: &str) -> Option<(NaiveDateTime, bool)> {
    let text = text.trim().to_ascii_uppercase();
    let (local, is_utc) = text.strip_suffix('Z').map_or((text.as_str(), false), |local| (local, true));
    let (day, clock) = local.split_once('T')?;
    let clock: String = clock.chars().filter(|letter| *letter != ':').collect();
    let format = match clock.len() {
        6 => "%H%M%S",
        4 => "%H%M",
        _ => return None,
    };
    Some((date(day)?.and_time(NaiveTime::parse_from_str(&clock, format).ok()?), is_utc))
}

/// Reads a duration: `P2D`, `P1W`, `PT36H`.
pub fn duration(text: &str) -> Option<TimeDelta> {
    let text = text.trim().to_ascii_uppercase();
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
    (number.is_empty() && text.len() > 2).then_some(total)
}
