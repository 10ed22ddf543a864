//! Decisions about backups: which archives are kept, when the next one is due, and what differs after a restore.
use crate::archive::Contents;
use chrono::{DateTime, Datelike, NaiveTime, TimeDelta, Utc};
use std::collections::BTreeSet;

/// The tables that a restore itself writes, so that they differ from the archive.
const OF_RESTORES: [&str; 1] = ["installation"];

/// Numbers of archives that are kept: the last one of each of so many days, weeks and months. All zero keeps everything.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    pub daily: u32,
    pub weekly: u32,
    pub monthly: u32,
}

/// An archive that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub name: String,
    pub taken_at: DateTime<Utc>,
    pub is_proven: bool,
    /// `true` while a drill restores it.
    pub is_in_drill: bool,
}

/// How many of the newest archives stay, and the span of time of which one stays.
type Span<'a> = (u32, &'a dyn Fn(&Kept) -> String);

/// Names of archives whose time is over. Whatever the numbers say, the newest stays, and the newest that was proven, and one that
/// a drill restores.
pub fn expired(keep: Keep, archives: &[Kept]) -> Vec<String> {
    let Keep { daily, weekly, monthly } = keep;
    if daily + weekly + monthly == 0 {
        return Vec::new();
    }
    let mut newest_first: Vec<&Kept> = archives.iter().collect();
    newest_first.sort_by_key(|archive| std::cmp::Reverse(archive.taken_at));
    let mut kept: BTreeSet<&str> = newest_first.first().map(|archive| archive.name.as_str()).into_iter().collect();
    kept.extend(newest_first.iter().find(|archive| archive.is_proven).map(|archive| archive.name.as_str()));
    kept.extend(newest_first.iter().filter(|archive| archive.is_in_drill).map(|archive| archive.name.as_str()));
    let day = |archive: &Kept| archive.taken_at.date_naive().to_string();
    let week = |archive: &Kept| format!("{:?}", archive.taken_at.date_naive().iso_week());
    let month = |archive: &Kept| format!("{}-{}", archive.taken_at.year(), archive.taken_at.month());
    let spans: [Span<'_>; 3] = [(daily, &day), (weekly, &week), (monthly, &month)];
    for (number, span) in spans {
        let mut seen = BTreeSet::new();
        for archive in &newest_first {
            if seen.len() < usize::try_from(number).unwrap_or(usize::MAX) && seen.insert(span(archive)) {
                kept.insert(&archive.name);
            }
        }
    }
    newest_first.iter().filter(|archive| !kept.contains(archive.name.as_str())).map(|archive| archive.name.clone()).collect()
}

/// Returns `true` if a scheduled backup is due: so many hours after the last complete one, and after a failure an hour later.
pub fn is_due(
    every_hours: u32,
    now: DateTime<Utc>,
    last_completed: Option<DateTime<Utc>>,
    last_tried: Option<DateTime<Utc>>,
) -> bool {
    let is_past = |at: Option<DateTime<Utc>>, pause: TimeDelta| at.is_none_or(|at| at + pause <= now);
    let every = TimeDelta::hours(every_hours.into());
    every_hours > 0 && is_past(last_completed, every) && is_past(last_tried, every.min(TimeDelta::hours(1)))
}

/// Returns `true` if a drill is due: none has begun since the clock last showed this time of day. One that failed is not repeated before
/// the next night, since it may take hours.
pub fn is_drill_due(at: NaiveTime, now: DateTime<Utc>, last: Option<DateTime<Utc>>) -> bool {
    let today = now.date_naive().and_time(at).and_utc();
    let night = if today <= now { today } else { today - TimeDelta::days(1) };
    last.is_none_or(|last| last < night)
}

/// The first difference between what an archive says that it holds, and what was restored from it.
pub fn difference(archived: &Contents, restored: &Contents) -> Option<String> {
    let names: BTreeSet<&String> = archived.tables.keys().chain(restored.tables.keys()).collect();
    for name in names.into_iter().filter(|name| !OF_RESTORES.contains(&name.as_str())) {
        let (before, after) = (archived.tables.get(name), restored.tables.get(name));
        if before != after {
            return Some(format!("table {name}: {} rows in the archive, {} restored", number(before), number(after)));
        }
    }
    for (name, before) in &archived.collections {
        let after = restored.collections.get(name);
        if Some(before) != after {
            return Some(format!("collection {name}: {before} documents in the archive, {} restored", number(after)));
        }
    }
    if archived.files != restored.files {
        return Some(format!("files: {} in the archive, {} restored", archived.files, restored.files));
    }
    let parts = [
        ("the sums of folios", archived.folios == restored.folios),
        ("the sums of ledgers", archived.ledgers == restored.ledgers),
        ("the heads of the record's chains", archived.chains == restored.chains),
    ];
    parts.iter().find(|(_, is_same)| !is_same).map(|(what, _)| format!("{what} are not those of the archive"))
}

fn number(value: Option<&i64>) -> String {
    value.map_or_else(|| "no".to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn daily_until(last: &str, days: i64) -> Vec<Kept> {
        let last: DateTime<Utc> = last.parse().expect("an instant");
        let at = |n: i64| last - TimeDelta::days(n);
        let name = |n: i64| at(n).date_naive().to_string();
        (0..days).map(|n| Kept { name: name(n), taken_at: at(n), is_proven: n == 200, is_in_drill: n == 300 }).collect()
    }

    #[test]
    fn of_each_day_week_and_month_the_last_one_stays() {
        let all = daily_until("2026-12-01T03:00:00Z", 400);
        let keep = Keep { daily: 7, weekly: 5, monthly: 3 };
        let gone = expired(keep, &all);
        let left: Vec<&str> = all.iter().map(|one| one.name.as_str()).filter(|name| !gone.iter().any(|g| g == name)).collect();
        assert_eq!(
            left,
            [
                "2026-12-01",
                "2026-11-30",
                "2026-11-29",
                "2026-11-28",
                "2026-11-27",
                "2026-11-26",
                "2026-11-25", // days
                "2026-11-22",
                "2026-11-15",
                "2026-11-08", // weeks end on Sundays
                "2026-10-31", // months
                "2026-05-15", // the last one that was proven
                "2026-02-04", // the one that a drill restores
            ]
        );
        assert_eq!(expired(Keep { daily: 0, weekly: 0, monthly: 0 }, &all), Vec::<String>::new());
        assert_eq!(expired(Keep { daily: 1, weekly: 0, monthly: 0 }, &all[..1]), Vec::<String>::new());
    }

    #[test]
    fn a_failure_is_made_up_for_within_an_hour() {
        let now: DateTime<Utc> = "2026-12-01T12:00:00Z".parse().expect("an instant");
        let ago = |hours: i64| Some(now - TimeDelta::hours(hours));
        assert!(is_due(24, now, None, None));
        assert!(is_due(24, now, ago(24), ago(24)));
        assert!(!is_due(24, now, ago(23), ago(23)));
        assert!(!is_due(24, now, ago(30), Some(now - TimeDelta::minutes(59))));
        assert!(is_due(24, now, ago(30), ago(1)));
        assert!(!is_due(0, now, None, None));
    }

    #[test]
    fn a_drill_is_due_once_a_night() {
        let at = NaiveTime::from_hms_opt(4, 30, 0).expect("a time");
        let is_due = |now: &str, last: Option<&str>| {
            let instant = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
            is_drill_due(at, instant(now), last.map(instant))
        };
        assert!(is_due("2026-12-01T12:00:00Z", None), "the first at once");
        assert!(!is_due("2026-12-02T04:29:59Z", Some("2026-12-01T12:00:00Z")));
        assert!(is_due("2026-12-02T04:30:00Z", Some("2026-12-01T12:00:00Z")));
        assert!(!is_due("2026-12-02T09:00:00Z", Some("2026-12-02T04:30:00Z")), "once, however it went");
        assert!(is_due("2026-12-09T03:00:00Z", Some("2026-12-02T04:30:00Z")), "made up for");
    }

    #[test]
    fn what_differs_is_named() {
        let mut archived = Contents { files: 3, ..Contents::default() };
        archived.tables.insert("bookings".into(), 7);
        archived.tables.insert("installation".into(), 1);
        let mut restored = archived.clone();
        restored.tables.insert("installation".into(), 0);
        assert_eq!(difference(&archived, &restored), None);
        restored.tables.insert("bookings".into(), 6);
        assert_eq!(difference(&archived, &restored).as_deref(), Some("table bookings: 7 rows in the archive, 6 restored"));
    }
}
