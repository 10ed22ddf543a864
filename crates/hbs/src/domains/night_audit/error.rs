use super::model::{OpenArrival, OpenDeparture};
use crate::error::{DomainError, Member, Problem};
use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Map, Value, json};
use utoipa::schema;

#[derive(Debug, thiserror::Error)]
pub enum NightAuditError {
    #[error("The next date to close is {business_date}, once it has begun; today is {today} at the hotel.")]
    NotNext { business_date: NaiveDate, today: NaiveDate },
    #[error("{} of the guests who should have left are still in the house.", .0.len())]
    DeparturesOpen(Vec<OpenDeparture>),
    #[error("It is still to be decided about {} of the arrivals that are open.", .0.len())]
    ArrivalsOpen(Vec<OpenArrival>),
    #[error("The day {business_date} ends at midnight; it is {} at the hotel.", .local.format("%Y-%m-%d %H:%M"))]
    DayNotOver { business_date: NaiveDate, local: NaiveDateTime },
    #[error("Guests have come or gone while the audit ran; run it again.")]
    Overtaken,
}

pub const NOT_NEXT: Problem = Problem {
    code: "night_audit.not_next",
    status: 409,
    title: "Not the next date",
    about: "Business dates are closed one after the other, none before it has begun. `business_date` is the next date to close; the first one of a hotel may be yesterday.",
    members: &[Member::value("business_date", "Business date of the hotel: the day that can be closed next.", || {
        schema!(NaiveDate).into()
    })],
};
pub const DEPARTURES_OPEN: Problem = Problem {
    code: "night_audit.departures_open",
    status: 409,
    title: "Departures are open",
    about: "Guests who should have left by this date are still in the house. Check each of them out, or extend their stay by a night. `departures` lists their stays, each with the next guests in the room.",
    members: &[Member::list::<OpenDeparture>("departures", "Stays that should have ended and are still in the house.")],
};
pub const ARRIVALS_OPEN: Problem = Problem {
    code: "night_audit.arrivals_open",
    status: 409,
    title: "Arrivals are open",
    about: "Guests have not arrived, and neither the request nor the hotel's setting `open_arrivals` says what becomes of their stays. Send for each of them in `arrivals` whether they are expected until the morning, a no-show or cancelled. `arrivals` of this answer lists their stays.",
    members: &[Member::list::<OpenArrival>("arrivals", "Stays about which it is still to be decided.")],
};
pub const DAY_NOT_OVER: Problem = Problem {
    code: "night_audit.day_not_over",
    status: 409,
    title: "The day is not over",
    about: "A business date is closed when its day has ended at the hotel: from midnight on, by the hotel's time zone. To close it before, send `close_early` and a `reason`, which needs `night_audit:close_early`.",
    members: &[],
};
pub const OVERTAKEN: Problem = Problem {
    code: "night_audit.overtaken",
    status: 409,
    title: "Overtaken",
    about: "Something changed at the desk while the audit ran, and nothing was closed. Run it again.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&NOT_NEXT, &DEPARTURES_OPEN, &ARRIVALS_OPEN, &DAY_NOT_OVER, &OVERTAKEN];

impl DomainError for NightAuditError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::NotNext { .. } => &NOT_NEXT,
            Self::DeparturesOpen(_) => &DEPARTURES_OPEN,
            Self::ArrivalsOpen(_) => &ARRIVALS_OPEN,
            Self::DayNotOver { .. } => &DAY_NOT_OVER,
            Self::Overtaken => &OVERTAKEN,
        }
    }

    fn extra(&self) -> Map<String, Value> {
        match self {
            Self::NotNext { business_date, .. } => Map::from_iter([("business_date".into(), json!(business_date))]),
            Self::DeparturesOpen(departures) => Map::from_iter([("departures".into(), json!(departures))]),
            Self::ArrivalsOpen(arrivals) => Map::from_iter([("arrivals".into(), json!(arrivals))]),
            Self::DayNotOver { .. } | Self::Overtaken => Map::new(),
        }
    }
}
