//! Service hours: when somebody at the hotel answers, and how much of that time lies between two instants.
//!
//! What is counted is time that really passes: on the night when clocks are put forward, a span over it is an hour shorter.
use super::super::model::IssuePriority;
use crate::clock::{hours, local_date, local_instant};
use crate::error::FieldError;
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, de};
use std::collections::BTreeSet;

/// Number of days within which an end is looked for. Hours that are so few that it lies beyond give that day's end.
const FARTHEST: u64 = 3660;
/// Number of spans of a day.
const MAX_SPANS: usize = 4;

/// Span of a day in which somebody answers, by local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceSpan {
    /// Local time from which somebody answers.
    #[serde(serialize_with = "hours::serialize", deserialize_with = "time_of_day")]
    #[schema(value_type = String, pattern = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$", example = "08:00")]
    pub from: NaiveTime,
    /// Local time until which somebody answers; `00:00` is the end of the day.
    #[serde(serialize_with = "hours::serialize", deserialize_with = "time_of_day")]
    #[schema(value_type = String, pattern = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$", example = "20:00")]
    pub to: NaiveTime,
}

fn time_of_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveTime, D::Error> {
    hours::optional::deserialize(deserializer)?.ok_or_else(|| de::Error::custom("must be a time of day such as \"15:00\""))
}

/// Service hours of a week: up to four spans a day, in their order. A day without spans has no service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WeeklyHours {
    /// Spans of Mondays.
    #[schema(max_items = 4)]
    pub monday: Vec<ServiceSpan>,
    /// Spans of Tuesdays.
    #[schema(max_items = 4)]
    pub tuesday: Vec<ServiceSpan>,
    /// Spans of Wednesdays.
    #[schema(max_items = 4)]
    pub wednesday: Vec<ServiceSpan>,
    /// Spans of Thursdays.
    #[schema(max_items = 4)]
    pub thursday: Vec<ServiceSpan>,
    /// Spans of Fridays.
    #[schema(max_items = 4)]
    pub friday: Vec<ServiceSpan>,
    /// Spans of Saturdays.
    #[schema(max_items = 4)]
    pub saturday: Vec<ServiceSpan>,
    /// Spans of Sundays.
    #[schema(max_items = 4)]
    pub sunday: Vec<ServiceSpan>,
}

impl Default for WeeklyHours {
    /// From eight to eight, every day.
    fn default() -> Self {
        let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
        let day = vec![ServiceSpan { from: time(8), to: time(20) }];
        Self {
            monday: day.clone(),
            tuesday: day.clone(),
            wednesday: day.clone(),
            thursday: day.clone(),
            friday: day.clone(),
            saturday: day.clone(),
            sunday: day,
        }
    }
}

impl WeeklyHours {
    /// Returns the days of the week with their names, from Monday on.
    fn days(&self) -> [(&'static str, &[ServiceSpan]); 7] {
        [
            ("monday", &self.monday),
            ("tuesday", &self.tuesday),
            ("wednesday", &self.wednesday),
            ("thursday", &self.thursday),
            ("friday", &self.friday),
            ("saturday", &self.saturday),
            ("sunday", &self.sunday),
        ]
    }

    /// Checks that spans have a length and an order, and that there are some.
    pub fn check(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        for (day, spans) in self.days() {
            let at = |place: usize| format!("/hours/{day}/{place}");
            if spans.len() > MAX_SPANS {
                errors.push(FieldError::body(format!("/hours/{day}"), format!("has more than {MAX_SPANS} spans")));
            }
            for (place, span) in spans.iter().enumerate() {
                if span.to != NaiveTime::MIN && span.to <= span.from {
                    errors.push(FieldError::body(at(place), "ends before it begins"));
                }
            }
            for (place, pair) in spans.windows(2).enumerate() {
                if let [earlier, later] = pair
                    && (earlier.to == NaiveTime::MIN || later.from < earlier.to)
                {
                    errors.push(FieldError::body(at(place + 1), "begins before the span before it has ended"));
                }
            }
        }
        if self.days().iter().all(|(_, spans)| spans.is_empty()) {
            errors.push(FieldError::body("/hours", "has no service on any day"));
        }
        errors
    }
}

/// Target of a priority, in minutes of service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Minutes of service until the first answer.
    #[garde(range(min = 1, max = 525_600))]
    #[schema(minimum = 1, maximum = 525_600, example = 60)]
    pub answer_minutes: i32,
    /// Minutes of service until the solution, at least as many as until the answer.
    #[garde(range(min = 1, max = 525_600))]
    #[schema(minimum = 1, maximum = 525_600, example = 480)]
    pub solution_minutes: i32,
}

/// Targets of issues by their priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Targets {
    /// Target of issues of low priority.
    #[garde(dive)]
    pub low: Target,
    /// Target of issues of normal priority.
    #[garde(dive)]
    pub normal: Target,
    /// Target of issues of high priority.
    #[garde(dive)]
    pub high: Target,
    /// Target of urgent issues.
    #[garde(dive)]
    pub urgent: Target,
}

impl Default for Targets {
    fn default() -> Self {
        let target = |answer_minutes, solution_minutes| Target { answer_minutes, solution_minutes };
        Self { low: target(720, 3600), normal: target(240, 1440), high: target(60, 480), urgent: target(15, 120) }
    }
}

impl Targets {
    pub fn of(&self, priority: IssuePriority) -> Target {
        match priority {
            IssuePriority::Low => self.low,
            IssuePriority::Normal => self.normal,
            IssuePriority::High => self.high,
            IssuePriority::Urgent => self.urgent,
        }
    }

    /// Checks that nothing is to be solved before it is answered.
    pub fn check(&self) -> Vec<FieldError> {
        let named = [("low", self.low), ("normal", self.normal), ("high", self.high), ("urgent", self.urgent)];
        let wrong = named.into_iter().filter(|(_, target)| target.solution_minutes < target.answer_minutes);
        let error = |(name, _)| FieldError::body(format!("/targets/{name}/solution_minutes"), "is less than answer_minutes");
        wrong.map(error).collect()
    }
}

/// Service hours of a hotel, in its time zone.
#[derive(Debug, Clone)]
pub struct ServiceHours {
    pub weekly: WeeklyHours,
    pub holidays: BTreeSet<NaiveDate>,
    pub zone: Tz,
}

impl ServiceHours {
    /// Returns the spans of a date, as instants.
    fn spans(&self, date: NaiveDate) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)> {
        let place = usize::try_from(date.weekday().num_days_from_monday()).unwrap_or_default();
        let is_holiday = self.holidays.contains(&date);
        let (_, spans) = self.weekly.days()[place];
        let end = move |span: &ServiceSpan| match (span.to == NaiveTime::MIN, date.succ_opt()) {
            (true, Some(next)) => local_instant(next, NaiveTime::MIN, self.zone),
            _ => local_instant(date, span.to, self.zone),
        };
        let spans = spans.iter().filter(move |_| !is_holiday);
        spans.map(move |span| (local_instant(date, span.from, self.zone), end(span))).filter(|(from, to)| from < to)
    }

    /// Returns the instant at which so much service has passed since another one.
    pub fn after(&self, start: DateTime<Utc>, service: TimeDelta) -> DateTime<Utc> {
        let first = local_date(start, self.zone);
        let (mut left, mut last) = (service, start);
        for date in (0..FARTHEST).filter_map(|days| first.checked_add_days(Days::new(days))) {
            for (from, to) in self.spans(date) {
                let from = from.max(start);
                if from >= to {
                    continue;
                }
                if left <= to - from {
                    return from + left;
                }
                left -= to - from;
                last = to;
            }
        }
        last
    }

    /// Returns how much service there is between two instants.
    pub fn between(&self, start: DateTime<Utc>, end: DateTime<Utc>) -> TimeDelta {
        let (first, last) = (local_date(start, self.zone), local_date(end, self.zone));
        let dates = (0..FARTHEST).filter_map(|days| first.checked_add_days(Days::new(days))).take_while(|date| *date <= last);
        let spans = dates.flat_map(|date| self.spans(date).collect::<Vec<_>>());
        let within = spans.map(|(from, to)| to.min(end) - from.max(start)).filter(|length| *length > TimeDelta::zero());
        within.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn hours_of(from: &str, to: &str, zone: Tz) -> ServiceHours {
        let time = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").expect("a time");
        let day = vec![ServiceSpan { from: time(from), to: time(to) }];
        let weekly = WeeklyHours {
            monday: day.clone(),
            tuesday: day.clone(),
            wednesday: day.clone(),
            thursday: day.clone(),
            friday: day,
            saturday: Vec::new(),
            sunday: Vec::new(),
        };
        ServiceHours { weekly, holidays: BTreeSet::from(["2026-12-08".parse().expect("a date")]), zone }
    }

    /// T-iss-sla: due times as one works them out by hand.
    #[test]
    fn iss_sla_due_times_equal_a_table_worked_out_by_hand() {
        let lisbon = hours_of("09:00", "17:00", chrono_tz::Europe::Lisbon);
        for (start, minutes, due) in [
            ("2026-12-01T10:00:00Z", 60, "2026-12-01T11:00:00Z"),
            // Before service, at its end, and after it.
            ("2026-12-01T03:00:00Z", 60, "2026-12-01T10:00:00Z"),
            ("2026-12-01T16:00:00Z", 60, "2026-12-01T17:00:00Z"),
            ("2026-12-01T16:30:00Z", 60, "2026-12-02T09:30:00Z"),
            ("2026-12-01T17:00:00Z", 1, "2026-12-02T09:01:00Z"),
            // Over a weekend, and over the holiday on Tuesday the 8th.
            ("2026-12-04T16:00:00Z", 120, "2026-12-07T10:00:00Z"),
            ("2026-12-07T16:00:00Z", 120, "2026-12-09T10:00:00Z"),
            ("2026-12-05T12:00:00Z", 480, "2026-12-07T17:00:00Z"),
            // Three days of service over weekend and holiday.
            ("2026-12-04T09:00:00Z", 3 * 480, "2026-12-09T17:00:00Z"),
            // Summer time ends on Sunday 25 October 2026, and begins on Sunday 28 March 2027.
            ("2026-10-23T15:30:00Z", 60, "2026-10-26T09:30:00Z"),
            ("2027-03-26T16:30:00Z", 60, "2027-03-29T08:30:00Z"),
        ] {
            assert_eq!(lisbon.after(at(start), TimeDelta::minutes(minutes)), at(due), "{start} and {minutes} minutes");
        }
    }

    /// T-iss-sla: a night with 23 or 25 hours counts as many.
    #[test]
    fn iss_sla_changes_of_the_clock_are_counted_as_they_pass() {
        let mut always = hours_of("00:00", "00:00", chrono_tz::Europe::Lisbon);
        always.weekly.saturday.clone_from(&always.weekly.monday);
        always.weekly.sunday.clone_from(&always.weekly.monday);
        let day = |date: &str| {
            let date: NaiveDate = date.parse().expect("a date");
            let end = date.succ_opt().expect("a date");
            let midnight = |date| local_instant(date, NaiveTime::MIN, chrono_tz::Europe::Lisbon);
            always.between(midnight(date), midnight(end)).num_hours()
        };
        assert_eq!((day("2026-10-24"), day("2026-10-25"), day("2027-03-28")), (24, 25, 23));
        assert_eq!(always.after(at("2026-10-24T23:00:00Z"), TimeDelta::hours(25)), at("2026-10-26T00:00:00Z"));
        let night = ServiceHours { weekly: hours_of("00:30", "02:30", always.zone).weekly, ..always.clone() };
        assert_eq!(night.between(at("2026-12-01T00:00:00Z"), at("2026-12-02T00:00:00Z")), TimeDelta::hours(2));
    }

    #[test]
    fn between_is_what_after_adds() {
        let hours = hours_of("09:00", "17:00", chrono_tz::America::New_York);
        let start = at("2026-10-30T20:15:00Z");
        for minutes in [1, 59, 480, 481, 2400, 10_000] {
            let due = hours.after(start, TimeDelta::minutes(minutes));
            assert_eq!(hours.between(start, due), TimeDelta::minutes(minutes), "{minutes}");
        }
        assert_eq!(hours.between(at("2026-12-05T00:00:00Z"), at("2026-12-06T00:00:00Z")), TimeDelta::zero());
    }

    #[test]
    fn hours_without_any_service_end_somewhere() {
        let mut hours = hours_of("09:00", "09:01", chrono_tz::UTC);
        hours.weekly = WeeklyHours { tuesday: Vec::new(), wednesday: Vec::new(), thursday: Vec::new(), ..hours.weekly };
        let due = hours.after(at("2026-12-01T00:00:00Z"), TimeDelta::minutes(525_600));
        assert!(due > at("2036-01-01T00:00:00Z") && due < at("2037-01-01T00:00:00Z"), "{due}");
    }

    #[test]
    fn spans_are_in_order() {
        let span = |from: &str, to: &str| -> ServiceSpan {
            serde_json::from_value(serde_json::json!({"from": from, "to": to})).expect("a span")
        };
        let of = |monday: Vec<ServiceSpan>| WeeklyHours { monday, ..WeeklyHours::default() }.check();
        let pointers = |errors: Vec<FieldError>| errors.into_iter().map(|error| error.pointer).collect::<Vec<_>>();
        assert_eq!(pointers(of(vec![span("08:00", "12:00"), span("12:00", "00:00")])), Vec::<String>::new());
        assert_eq!(pointers(of(vec![span("12:00", "08:00")])), ["/hours/monday/0"]);
        assert_eq!(pointers(of(vec![span("08:00", "12:00"), span("11:00", "13:00")])), ["/hours/monday/1"]);
        assert_eq!(pointers(of(vec![span("08:00", "00:00"), span("09:00", "10:00")])), ["/hours/monday/1"]);
    }
}
