//! Random sequences of what can be done with bookings, against a model that is as simple as can be: it knows nights, types and
//! states, and no rooms. After each step the server says the same as the model, and the inventory counts what it says.
use crate::support::{Hotel, HotelSpec, Reply, TestApp, size};
use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Value, json};

const DOUBLES: usize = 3;
const SUITES: usize = 1;
const PRICES: [i64; 2] = [100, 250];

#[derive(Debug, Clone, Copy)]
enum Step {
    /// Of a double or a suite, so many days from today, for so many nights.
    Book {
        suite: bool,
        ahead: u64,
        nights: u64,
        hold: bool,
    },
    Act(usize, Act),
    Amend {
        which: usize,
        ahead: u64,
        nights: u64,
    },
    Tomorrow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Confirm,
    Cancel,
    CheckIn,
    CheckOut,
    NoShow,
    Reinstate,
    UndoCheckIn,
    UndoCheckOut,
}

impl Act {
    const ALL: [Self; 8] = [
        Self::Confirm,
        Self::Cancel,
        Self::CheckIn,
        Self::CheckOut,
        Self::NoShow,
        Self::Reinstate,
        Self::UndoCheckIn,
        Self::UndoCheckOut,
    ];

    fn path(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Cancel => "cancel",
            Self::CheckIn => "check-in",
            Self::CheckOut => "check-out",
            Self::NoShow => "no-show",
            Self::Reinstate => "reinstate",
            Self::UndoCheckIn => "undo-check-in",
            Self::UndoCheckOut => "undo-check-out",
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let book = (any::<bool>(), 0..3_u64, 1..4_u64, any::<bool>()).prop_map(|(suite, ahead, nights, hold)| Step::Book {
        suite,
        ahead,
        nights,
        hold,
    });
    let act = (0..8_usize, 0..8_usize).prop_map(|(which, act)| Step::Act(which, Act::ALL[act]));
    let amend = (0..8_usize, 0..3_u64, 1..5_u64).prop_map(|(which, ahead, nights)| Step::Amend { which, ahead, nights });
    prop::collection::vec(prop_oneof![4 => book, 8 => act, 3 => amend, 1 => Just(Step::Tomorrow)], 10..60)
}

/// A stay as the model has it. Days are counted from the first.
#[derive(Debug, Clone)]
struct Stay {
    id: String,
    suite: bool,
    status: &'static str,
    from: u64,
    to: u64,
    /// The departure as booked, of who left early.
    booked_to: Option<u64>,
    status_on: u64,
    total: i64,
}

impl Stay {
    fn nights(&self) -> std::ops::Range<u64> {
        match self.status {
            "cancelled" | "expired" => 0..0,
            "no_show" => self.from..self.from + 1,
            _ => self.from..self.to,
        }
    }

    fn price(&self, nights: u64) -> i64 {
        PRICES[usize::from(self.suite)] * i64::try_from(nights).expect("a number")
    }
}

#[derive(Debug, Default)]
struct Model {
    today: u64,
    stays: Vec<Stay>,
}

/// What the model says of a step: done, or refused with one of these.
type Said = Result<Stay, &'static [&'static str]>;

const FULL: &[&str] = &["booking.no_availability"];
const ILLEGAL: &[&str] = &["booking.illegal_move"];
const NOT_NOW: &[&str] = &["booking.too_early", "booking.too_late"];
const NOT_AMENDABLE: &[&str] = &["booking.not_amendable"];
const INVALID: &[&str] = &["request.invalid"];
/// What the model cannot see, since it knows no rooms.
const OF_ROOMS: &[&str] = &["booking.no_single_room", "booking.room_taken", "booking.room_occupied"];

impl Model {
    /// Whether there is room for a stay as it would be, in place of what it has.
    fn fits(&self, stay: &Stay) -> bool {
        let rooms = if stay.suite { SUITES } else { DOUBLES };
        let before = self.stays.iter().find(|other| other.id == stay.id).map_or(0..0, Stay::nights);
        stay.nights().all(|night| {
            let others = self.stays.iter().filter(|other| other.id != stay.id && other.suite == stay.suite);
            before.contains(&night) || others.filter(|other| other.nights().contains(&night)).count() < rooms
        })
    }

    fn fitting(&self, stay: Stay) -> Said {
        if self.fits(&stay) { Ok(stay) } else { Err(FULL) }
    }

    fn act(&self, stay: &Stay, act: Act) -> Said {
        let Stay { status, from, to, status_on, .. } = *stay;
        let today = self.today;
        let now = |status| Stay { status, status_on: today, ..stay.clone() };
        let whole = |stay: Stay| Stay { total: stay.price(stay.to - stay.from), ..stay };
        match (act, status) {
            (Act::Confirm, "held") => Ok(now("confirmed")),
            (Act::Confirm, "expired") if today > from => Err(NOT_NOW),
            (Act::Confirm, "expired") => self.fitting(whole(now("confirmed"))),
            (Act::Cancel, "held" | "confirmed") => Ok(Stay { total: 0, ..now("cancelled") }),
            (Act::CheckIn, "confirmed") if today < from || today >= to => Err(NOT_NOW),
            (Act::CheckIn, "confirmed") => Ok(now("checked_in")),
            (Act::NoShow, "confirmed") if today < from => Err(NOT_NOW),
            (Act::NoShow, "confirmed") => Ok(now("no_show")),
            (Act::CheckOut, "checked_in") => {
                let left = today.clamp(from + 1, to);
                Ok(Stay { to: left, booked_to: (left < to).then_some(to), total: stay.price(left - from), ..now("checked_out") })
            }
            (Act::Reinstate, "cancelled" | "no_show") | (Act::UndoCheckIn, "checked_in") | (Act::UndoCheckOut, "checked_out")
                if status_on != today =>
            {
                Err(NOT_NOW)
            }
            (Act::Reinstate, "cancelled" | "no_show") => self.fitting(whole(now("confirmed"))),
            (Act::UndoCheckIn, "checked_in") => Ok(now("confirmed")),
            (Act::UndoCheckOut, "checked_out") => {
                let to = stay.booked_to.unwrap_or(to);
                self.fitting(whole(Stay { to, booked_to: None, ..now("checked_in") }))
            }
            _ => Err(ILLEGAL),
        }
    }

    fn amend(&self, stay: &Stay, ahead: u64, nights: u64) -> Said {
        if !["held", "confirmed", "checked_in"].contains(&stay.status) {
            return Err(NOT_AMENDABLE);
        }
        let (asked_from, to) = (self.today + ahead, self.today + ahead + nights);
        let is_to_come = stay.status != "checked_in" && stay.from >= self.today;
        let from = if is_to_come { asked_from } else { stay.from };
        if to <= from || (to != stay.to && to <= self.today) {
            return Err(INVALID);
        }
        let amended = Stay { from, to, ..stay.clone() };
        self.fitting(Stay { total: amended.price(to - from), ..amended })
    }

    /// Holds expire overnight.
    fn sleep(&mut self) {
        self.today += 1;
        for stay in self.stays.iter_mut().filter(|stay| stay.status == "held") {
            (stay.status, stay.status_on, stay.total) = ("expired", self.today, 0);
        }
    }
}

/// The server and the model side by side.
struct Pair<'a> {
    app: &'a TestApp,
    hotel: Hotel,
    model: Model,
}

impl Pair<'_> {
    async fn step(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Book { suite, ahead, nights, hold } => self.book(suite, ahead, nights, hold).await,
            Step::Act(which, act) => {
                let Some(stay) = self.stay(which) else { return Ok(()) };
                let path = format!("/v1/bookings/{}/{}", stay.id, act.path());
                let reply = self.hotel.manager.post(&path, &json!({})).await;
                self.compare(&stay, self.model.act(&stay, act), &reply, &reply.body)
            }
            Step::Amend { which, ahead, nights } => {
                let Some(stay) = self.stay(which) else { return Ok(()) };
                let (from, to) = (self.model.today + ahead, self.model.today + ahead + nights);
                let body = json!({"check_in": date(from), "check_out": date(to)});
                let reply = self.hotel.manager.post(&format!("/v1/bookings/{}/amend", stay.id), &body).await;
                self.compare(&stay, self.model.amend(&stay, ahead, nights), &reply, &reply.body["booking"])
            }
            Step::Tomorrow => {
                self.model.sleep();
                self.app.set_clock(&format!("{}T12:00:00Z", date(self.model.today)));
                hbs::jobs::run_due(&self.app.app).await.map_err(|error| format!("{error:?}"))?;
                self.app.sql("UPDATE rooms SET housekeeping = 'clean'").await;
                Ok(())
            }
        }
    }

    fn stay(&self, which: usize) -> Option<Stay> {
        // The latest ones are the most interesting.
        self.model.stays.iter().rev().nth(which).cloned()
    }

    async fn book(&mut self, suite: bool, ahead: u64, nights: u64, hold: bool) -> Result<(), String> {
        let (from, to) = (self.model.today + ahead, self.model.today + ahead + nights);
        let mut request = self.hotel.request(&date(from).to_string(), &date(to).to_string());
        request["rooms"][0]["room_type_id"] = json!(if suite { &self.hotel.suite } else { &self.hotel.double });
        if hold {
            request["hold_minutes"] = 30.into();
        }
        let reply = self.hotel.manager.post("/v1/bookings", &request).await;
        let id = reply.body["id"].as_str().unwrap_or_default().to_owned();
        let status = if hold { "held" } else { "confirmed" };
        let stay = Stay { id, suite, status, from, to, booked_to: None, status_on: self.model.today, total: 0 };
        let stay = Stay { total: stay.price(nights), ..stay };
        let said = self.model.fitting(stay.clone());
        self.compare(&stay, said, &reply, &reply.body)
    }

    /// The server did what the model says, and the booking is what it is in the model.
    fn compare(&mut self, before: &Stay, said: Said, reply: &Reply, body: &Value) -> Result<(), String> {
        let code = reply.code();
        match said {
            Ok(_) if OF_ROOMS.contains(&code) => Ok(()),
            Ok(after) if reply.status < 300 => {
                let shown =
                    (&body["status"], &body["stays"][0]["check_in"], &body["stays"][0]["check_out"], &body["total"]["amount"]);
                let total = format!("{}.00", after.total);
                let expected = (&json!(after.status), &json!(date(after.from)), &json!(date(after.to)), &json!(total));
                if shown != expected {
                    return Err(format!("{before:?} became {shown:?}, and not {expected:?}"));
                }
                self.model.stays.retain(|stay| stay.id != after.id);
                self.model.stays.push(after);
                Ok(())
            }
            Err(codes) if codes.contains(&code) => Ok(()),
            said => Err(format!("{before:?}: the model says {said:?}, and the server {} {}", reply.status, reply.body)),
        }
    }

    async fn check_inventory(&self) -> Result<(), String> {
        let rows = self
            .app
            .rows(&format!(
                "SELECT night, room_type_id, sold FROM inventory WHERE property_id = '{}' AND night < '2026-12-31'",
                self.hotel.id
            ))
            .await;
        for row in rows {
            let night: NaiveDate = row["night"].as_str().and_then(|text| text.parse().ok()).expect("a date");
            let day = u64::try_from((night - date(0)).num_days()).expect("a day");
            let is_suite = row["room_type_id"] == self.hotel.suite.as_str();
            let counted = self.model.stays.iter().filter(|stay| stay.suite == is_suite && stay.nights().contains(&day)).count();
            if row["sold"] != json!(counted) {
                return Err(format!("{night}: {} sold, {counted} in the model", row["sold"]));
            }
        }
        Ok(())
    }
}

fn date(day: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 12, 1).expect("a date") + Days::new(day)
}

async fn play(steps: &[Step]) -> Result<(), String> {
    let app = &TestApp::new().await;
    let spec = HotelSpec { rooms: 3, suites: 1, ..HotelSpec::default() };
    let mut pair = Pair { app, hotel: app.hotel(spec).await, model: Model::default() };
    for (place, step) in steps.iter().enumerate() {
        let at = |error| format!("step {place}, {step:?}: {error}");
        pair.step(*step).await.map_err(at)?;
        pair.check_inventory().await.map_err(at)?;
    }
    app.assert_consistent().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn bookings_do_what_a_simple_model_says() {
    let cases = u32::try_from(size(8, 400)).expect("a number");
    let mut runner = TestRunner::new(Config { cases, max_shrink_iters: 60, failure_persistence: None, ..Config::default() });
    let handle = tokio::runtime::Handle::current();
    let played =
        tokio::task::block_in_place(|| runner.run(&steps(), |steps| handle.block_on(play(&steps)).map_err(TestCaseError::fail)));
    if let Err(error) = played {
        panic!("{error}");
    }
}
