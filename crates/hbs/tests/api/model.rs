//! Random sequences of what can be done with bookings, against a model that is as simple as can be: it knows nights, types and
//! states, what was paid and paid back, and no rooms. After each step the server says the same as the model, and the inventory
//! and the folios count what it says.
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, day, eur, size};
use chrono::NaiveDate;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const DOUBLES: usize = 3;
const SUITES: usize = 1;
const PRICES: [i64; 2] = [100, 250];
const DAY_PRICES: [i64; 2] = [40, 90];
/// Maximum number of rooms of a booking.
const MOST_ROOMS: usize = 5;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// Books a double or a suite, so many days from today, for so many nights.
    Book {
        suite: bool,
        ahead: u64,
        nights: u64,
        hold: bool,
    },
    /// Books a double or a suite by day, so many days from today.
    BookByDay {
        suite: bool,
        ahead: u64,
    },
    /// Acts on one stay, or on all of its booking.
    Act {
        which: usize,
        act: Act,
        whole: bool,
    },
    /// Amends all stays of a booking.
    Amend {
        which: usize,
        ahead: u64,
        nights: u64,
    },
    /// Adds a room to the booking of a stay.
    AddRoom {
        which: usize,
        suite: bool,
        ahead: u64,
        nights: u64,
    },
    /// Splits a stay, so many nights from today.
    Split {
        which: usize,
        ahead: u64,
    },
    /// Moves guests in the house to the other type, as they are priced then or at the price that was sold.
    Move {
        which: usize,
        is_paid: bool,
    },
    /// Pays so many euros of a booking in cash.
    Pay {
        which: usize,
        amount: i64,
    },
    /// Takes a payment back as if it had not been recorded.
    Void {
        which: usize,
    },
    /// Asks for so many euros of a payment to be paid back.
    Refund {
        which: usize,
        amount: i64,
    },
    /// Somebody else decides about a refund.
    Decide {
        which: usize,
        approves: bool,
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
    let by_day = (any::<bool>(), 0..2_u64).prop_map(|(suite, ahead)| Step::BookByDay { suite, ahead });
    let act =
        (0..8_usize, 0..8_usize, any::<bool>()).prop_map(|(which, act, whole)| Step::Act { which, act: Act::ALL[act], whole });
    let amend = (0..8_usize, 0..3_u64, 1..5_u64).prop_map(|(which, ahead, nights)| Step::Amend { which, ahead, nights });
    let add = (0..8_usize, any::<bool>(), 0..3_u64, 1..4_u64).prop_map(|(which, suite, ahead, nights)| Step::AddRoom {
        which,
        suite,
        ahead,
        nights,
    });
    let split = (0..8_usize, 0..4_u64).prop_map(|(which, ahead)| Step::Split { which, ahead });
    let moved = (0..8_usize, any::<bool>()).prop_map(|(which, is_paid)| Step::Move { which, is_paid });
    let pay = (0..8_usize, 1..300_i64).prop_map(|(which, amount)| Step::Pay { which, amount });
    let void = (0..3_usize).prop_map(|which| Step::Void { which });
    let refund = (0..3_usize, 1..150_i64).prop_map(|(which, amount)| Step::Refund { which, amount });
    let decide = (0..3_usize, any::<bool>()).prop_map(|(which, approves)| Step::Decide { which, approves });
    let money = prop_oneof![4 => pay, 1 => void, 3 => refund, 3 => decide];
    let step = prop_oneof![
        4 => book, 2 => by_day, 8 => act, 3 => amend, 2 => add, 2 => split, 3 => moved, 6 => money, 1 => Just(Step::Tomorrow)
    ];
    prop::collection::vec(step, 10..60)
}

/// A stay as the model has it. Days are counted from the first.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stay {
    id: String,
    booking: String,
    /// Type of the room that it has, and of the one that is priced.
    suite: bool,
    sold: bool,
    /// Types before they were others: the first night of the next one, and the type until then.
    rooms_before: Vec<(u64, bool)>,
    sold_before: Vec<(u64, bool)>,
    status: &'static str,
    from: u64,
    to: u64,
    /// Departure as booked, if the guest left early.
    booked_to: Option<u64>,
    status_on: u64,
    total: i64,
    /// `true` for day use: the night is that of the day, until the guests have left.
    by_day: bool,
    /// The night that costs what the day did, though the guests may have stayed it.
    day_night: Option<u64>,
}

impl Stay {
    fn nights(&self) -> std::ops::Range<u64> {
        match self.status {
            "cancelled" | "expired" => 0..0,
            "no_show" => self.from..self.from + 1,
            _ => self.from..self.to,
        }
    }

    fn price(&self, nights: std::ops::Range<u64>) -> i64 {
        let price = |night| {
            let prices = if self.day_night == Some(night) { DAY_PRICES } else { PRICES };
            prices[usize::from(on(&self.sold_before, night, self.sold))]
        };
        nights.map(price).sum()
    }

    /// Returns `true` if the stay is in a suite on a night.
    fn is_in_suite(&self, night: u64) -> bool {
        on(&self.rooms_before, night, self.suite)
    }

    fn is_alive(&self) -> bool {
        ["held", "confirmed", "checked_in"].contains(&self.status)
    }
}

/// The type on a night: what it was before it became another one, or what it is.
fn on(before: &[(u64, bool)], night: u64, now: bool) -> bool {
    before.iter().find(|(until, _)| night < *until).map_or(now, |(_, suite)| *suite)
}

fn rooms(suite: bool) -> usize {
    if suite { SUITES } else { DOUBLES }
}

/// A payment as the model has it, in euros.
#[derive(Debug, Clone)]
struct Payment {
    id: String,
    booking: String,
    amount: i64,
    refunding: i64,
    refunded: i64,
    is_voided: bool,
    on: u64,
}

impl Payment {
    /// Returns the amount that the hotel has of it.
    fn had(&self) -> i64 {
        if self.is_voided { 0 } else { self.amount - self.refunded }
    }

    fn refundable(&self) -> i64 {
        self.had() - self.refunding
    }
}

/// A refund as the model has it, of the payment with this place.
#[derive(Debug, Clone)]
struct Refund {
    id: String,
    payment: usize,
    amount: i64,
    is_decided: bool,
}

#[derive(Debug, Default)]
struct Model {
    today: u64,
    stays: Vec<Stay>,
    payments: Vec<Payment>,
    refunds: Vec<Refund>,
}

/// Answer of the model to a step: the stays as they become and the new ones, or a refusal with one of these codes.
type Said = Result<Vec<Stay>, &'static [&'static str]>;

const FULL: &[&str] = &["booking.no_availability"];
const FULL_OR_TAKEN: &[&str] = &["booking.no_availability", "booking.room_taken"];
const ILLEGAL: &[&str] = &["booking.illegal_move"];
const NOT_NOW: &[&str] = &["booking.too_early", "booking.too_late"];
const NOT_AMENDABLE: &[&str] = &["booking.not_amendable"];
const INVALID: &[&str] = &["request.invalid"];
const DAY_USE: &[&str] = &["booking.day_use"];
/// Others may be in the room already.
const FULL_OR_OCCUPIED: &[&str] = &["booking.no_availability", "booking.room_occupied"];
const MOVED: &[&str] = &["booking.guests_moved"];
const FINAL: &[&str] = &["booking.room_is_final"];
/// Refusals that the model cannot see, since it knows no rooms.
const OF_ROOMS: &[&str] =
    &["booking.no_single_room", "booking.no_free_room", "booking.room_taken", "booking.room_occupied", "booking.room_not_ready"];

impl Model {
    fn of_booking(&self, booking: &str) -> Vec<Stay> {
        self.stays.iter().filter(|stay| stay.booking == booking).cloned().collect()
    }

    /// Returns what is left to be paid of a booking.
    fn balance(&self, booking: &str) -> i64 {
        let costs: i64 = self.stays.iter().filter(|stay| stay.booking == booking).map(|stay| stay.total).sum();
        let paid: i64 = self.payments.iter().filter(|payment| payment.booking == booking).map(Payment::had).sum();
        costs - paid
    }

    fn void(&self, payment: &Payment) -> Result<(), &'static str> {
        if payment.is_voided {
            return Err("payments.illegal_move");
        }
        if payment.on != self.today {
            return Err("payments.date_over");
        }
        if payment.refunded + payment.refunding > 0 { Err("payments.has_refunds") } else { Ok(()) }
    }

    fn status(stays: &[Stay]) -> &'static str {
        let order = ["checked_in", "held", "confirmed", "checked_out", "no_show", "cancelled"];
        order.into_iter().find(|status| stays.iter().any(|stay| stay.status == *status)).unwrap_or("expired")
    }

    /// Returns the stays as they are to become, if there are rooms for all of them.
    fn fitting(&self, changed: Vec<Stay>) -> Said {
        let others = || self.stays.iter().filter(|stay| changed.iter().all(|other| other.id != stay.id));
        let fits = |stay: &Stay| {
            stay.nights().all(|night| {
                let suite = stay.is_in_suite(night);
                let there = others().chain(&changed).filter(|other| other.nights().contains(&night));
                there.filter(|other| other.is_in_suite(night) == suite).count() <= rooms(suite)
            })
        };
        if changed.iter().all(fits) { Ok(changed) } else { Err(FULL) }
    }

    fn act(&self, stay: &Stay, act: Act, whole: bool) -> Said {
        let booking = self.of_booking(&stay.booking);
        let meant = if whole { booking.clone() } else { vec![stay.clone()] };
        let said: Vec<_> = meant.iter().map(|stay| self.act_on(stay, act)).filter(|said| *said != Err(ILLEGAL)).collect();
        let Some(first) = said.first() else { return Err(ILLEGAL) };
        if let Err(refused) = said.iter().find(|said| said.is_ok()).unwrap_or(first) {
            return Err(refused);
        }
        // A hold is confirmed as one.
        if (act == Act::Confirm && said.iter().any(Result::is_err)) || (act == Act::Reinstate && Self::status(&booking) == "held")
        {
            return Err(if act == Act::Confirm { NOT_NOW } else { ILLEGAL });
        }
        let said = self.fitting(said.into_iter().flatten().collect());
        if act == Act::UndoCheckOut { said.map_err(|_| FULL_OR_OCCUPIED) } else { said }
    }

    fn act_on(&self, stay: &Stay, act: Act) -> Result<Stay, &'static [&'static str]> {
        let Stay { status, from, to, status_on, .. } = *stay;
        let today = self.today;
        let now = |status| Stay { status, status_on: today, ..stay.clone() };
        let whole = |stay: Stay| Stay { total: stay.price(stay.from..stay.to), ..stay };
        match (act, status) {
            (Act::Confirm, "held") => Ok(now("confirmed")),
            (Act::Confirm, "expired") if today > from => Err(NOT_NOW),
            (Act::Confirm, "expired") => Ok(whole(now("confirmed"))),
            (Act::Cancel, "held" | "confirmed") => Ok(Stay { total: 0, ..now("cancelled") }),
            (Act::CheckIn, "confirmed") if today < from || today >= to => Err(NOT_NOW),
            (Act::CheckIn, "confirmed") => Ok(now("checked_in")),
            (Act::NoShow, "confirmed") if today < from => Err(NOT_NOW),
            (Act::NoShow, "confirmed") => Ok(now("no_show")),
            (Act::CheckOut, "checked_in") if stay.by_day && today == from => {
                Ok(Stay { to: from, booked_to: Some(to), ..now("checked_out") })
            }
            (Act::CheckOut, "checked_in") => {
                let left = today.clamp(from + 1, to);
                Ok(Stay { to: left, booked_to: (left < to).then_some(to), total: stay.price(from..left), ..now("checked_out") })
            }
            (Act::Reinstate, "cancelled" | "no_show") | (Act::UndoCheckIn, "checked_in") | (Act::UndoCheckOut, "checked_out")
                if status_on != today =>
            {
                Err(NOT_NOW)
            }
            (Act::Reinstate, "cancelled" | "no_show") => Ok(whole(now("confirmed"))),
            (Act::UndoCheckIn, "checked_in") if !stay.rooms_before.is_empty() => Err(MOVED),
            (Act::UndoCheckIn, "checked_in") => Ok(now("confirmed")),
            (Act::UndoCheckOut, "checked_out") => {
                Ok(whole(Stay { to: stay.booked_to.unwrap_or(to), booked_to: None, ..now("checked_in") }))
            }
            _ => Err(ILLEGAL),
        }
    }

    fn amend(&self, booking: &str, ahead: u64, nights: u64) -> Said {
        let mut alive = self.of_booking(booking);
        alive.retain(Stay::is_alive);
        if alive.is_empty() {
            return Err(NOT_AMENDABLE);
        }
        let before = alive.clone();
        let (asked_from, to) = (self.today + ahead, self.today + ahead + nights);
        let amended = alive.into_iter().map(|stay| {
            // Guests in the house may stay the night after all.
            if stay.by_day && stay.status != "checked_in" {
                return Err(DAY_USE);
            }
            let is_to_come = stay.status != "checked_in" && stay.from >= self.today;
            let from = if is_to_come { asked_from } else { stay.from };
            if to <= from || (to != stay.to && to <= self.today) {
                return Err(INVALID);
            }
            let day_night = stay.day_night.filter(|night| (from..to).contains(night));
            let amended = Stay { from, to, by_day: false, day_night, ..stay };
            Ok(Stay { total: amended.price(from..to), ..amended })
        });
        let amended: Vec<Stay> = amended.collect::<Result<_, _>>()?;
        // What changes nothing is refused.
        if amended == before { Err(INVALID) } else { self.fitting(amended) }
    }

    fn add_room(&self, new: Stay) -> Said {
        let stays = self.of_booking(&new.booking);
        if !stays.iter().any(Stay::is_alive) {
            return Err(NOT_AMENDABLE);
        }
        if stays.iter().any(|stay| stay.by_day && stay.is_alive()) {
            return Err(DAY_USE);
        }
        if stays.iter().filter(|stay| !["cancelled", "expired"].contains(&stay.status)).count() == MOST_ROOMS {
            return Err(INVALID);
        }
        let status = if Self::status(&stays) == "held" { "held" } else { "confirmed" };
        self.fitting(vec![Stay { status, ..new }])
    }

    /// Splits a stay; the second has no id yet.
    fn split(&self, stay: &Stay, night: u64) -> Said {
        if !stay.is_alive() {
            return Err(NOT_AMENDABLE);
        }
        if stay.by_day {
            return Err(DAY_USE);
        }
        let is_in_house = stay.status == "checked_in";
        let earliest = if is_in_house { self.today } else { self.today + 1 };
        if !(earliest.max(stay.from + 1)..stay.to).contains(&night) {
            return Err(INVALID);
        }
        let (total, rest) = (stay.price(stay.from..night), stay.price(night..stay.to));
        let (first, second) =
            (Stay { to: night, total, ..stay.clone() }, Stay { from: night, total: rest, id: String::new(), ..stay.clone() });
        let second = Stay { rooms_before: Vec::new(), sold_before: Vec::new(), ..second };
        let is_of_first = |day_night: &u64| *day_night < night;
        let first = Stay { day_night: stay.day_night.filter(is_of_first), ..first };
        let second = Stay { day_night: stay.day_night.filter(|day_night| !is_of_first(day_night)), ..second };
        let today = self.today;
        Ok(match is_in_house {
            true if night == today => vec![Stay { status: "checked_out", status_on: today, ..first }, second],
            true => vec![first, Stay { status: "confirmed", status_on: today, ..second }],
            false => vec![first, second],
        })
    }

    /// Moves guests in the house to a room of the other type, for the nights that are left.
    fn move_free(&self, stay: &Stay) -> Said {
        if self.today >= stay.to {
            return Err(FINAL);
        }
        self.fitting(vec![self.moved(stay, !stay.suite)]).map_err(|_| FULL_OR_TAKEN)
    }

    /// Sells the nights that are left as of the type that was not sold, and moves the guests to it.
    fn move_paid(&self, stay: &Stay) -> Said {
        let sold = !stay.sold;
        if stay.suite != sold && self.today >= stay.to {
            return Err(INVALID);
        }
        if stay.by_day {
            return Err(DAY_USE);
        }
        let mut sold_before = stay.sold_before.clone();
        sold_before.push((self.today.max(stay.from), stay.sold));
        let day_night = stay.day_night.filter(|night| *night < self.today);
        let resold = Stay { sold, sold_before, day_night, ..self.moved(stay, sold) };
        self.fitting(vec![Stay { total: resold.price(stay.from..stay.to), ..resold }])
    }

    fn moved(&self, stay: &Stay, suite: bool) -> Stay {
        let mut rooms_before = stay.rooms_before.clone();
        if suite != stay.suite && self.today > stay.from {
            rooms_before.push((self.today, stay.suite));
        }
        Stay { suite, rooms_before, ..stay.clone() }
    }

    /// Passes a night: holds expire.
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
    /// Somebody else than who asks for refunds.
    other: Client,
    model: Model,
}

impl Pair<'_> {
    async fn step(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Book { suite, ahead, nights, hold } => self.book(suite, ahead, nights, hold).await,
            Step::BookByDay { suite, ahead } => self.book_by_day(suite, ahead).await,
            Step::Act { which, act, whole } => {
                let Some(stay) = self.stay(which) else { return Ok(()) };
                // There is no half of a hold to be confirmed.
                let whole = whole || act == Act::Confirm;
                let of_stay = if whole { String::new() } else { format!("/stays/{}", stay.id) };
                let path = format!("/v1/bookings/{}{of_stay}/{}", stay.booking, act.path());
                let body = match act {
                    Act::CheckIn => json!({"ignore_housekeeping": true, "reason": "others have just left"}),
                    _ => json!({}),
                };
                let reply = self.hotel.manager.post(&path, &body).await;
                self.compare(&stay.booking, self.model.act(&stay, act, whole), &reply, &reply.body)
            }
            Step::Amend { which, ahead, nights } => {
                let Some(Stay { booking, .. }) = self.stay(which) else { return Ok(()) };
                let (from, to) = (self.model.today + ahead, self.model.today + ahead + nights);
                let body = json!({"check_in": day(from), "check_out": day(to)});
                let reply = self.hotel.manager.post(&format!("/v1/bookings/{booking}/amend"), &body).await;
                self.compare(&booking, self.model.amend(&booking, ahead, nights), &reply, &reply.body["booking"])
            }
            Step::AddRoom { which, suite, ahead, nights } => {
                let Some(Stay { booking, .. }) = self.stay(which) else { return Ok(()) };
                let new = self.new_stay(&booking, suite, ahead, nights);
                let room = json!({
                    "room_type_id": self.room_type(suite), "adults": 1, "check_in": day(new.from), "check_out": day(new.to),
                });
                let body = json!({"add_rooms": [room]});
                let reply = self.hotel.manager.post(&format!("/v1/bookings/{booking}/amend"), &body).await;
                self.compare(&booking, self.model.add_room(new), &reply, &reply.body["booking"])
            }
            Step::Split { which, ahead } => {
                let Some(stay) = self.stay(which) else { return Ok(()) };
                let night = self.model.today + ahead;
                let path = format!("/v1/bookings/{}/stays/{}/split", stay.booking, stay.id);
                let reply = self.hotel.manager.post(&path, &json!({"night": day(night)})).await;
                self.compare(&stay.booking, self.model.split(&stay, night), &reply, &reply.body)
            }
            Step::Move { which, is_paid } => {
                let stay = self.model.stays.iter().rev().filter(|stay| stay.status == "checked_in").nth(which % 3).cloned();
                let Some(stay) = stay else { return Ok(()) };
                self.app.sql("UPDATE rooms SET housekeeping = 'clean'").await;
                let path = format!("/v1/bookings/{}", stay.booking);
                if is_paid {
                    let body = json!({"stays": [{"stay_id": stay.id, "room_type_id": self.room_type(!stay.sold)}]});
                    let reply = self.hotel.manager.post(&format!("{path}/amend"), &body).await;
                    return self.compare(&stay.booking, self.model.move_paid(&stay), &reply, &reply.body["booking"]);
                }
                let etag = self.hotel.manager.get(&path).await.expect(200).header("etag").to_owned();
                let rooms =
                    format!("SELECT id FROM rooms WHERE room_type_id = '{}' ORDER BY number", self.room_type(!stay.suite));
                let rooms = self.app.rows(&rooms).await;
                let body = json!({"room_id": rooms[which % rooms.len()]["id"], "upgrade": true});
                let path = format!("{path}/stays/{}/room", stay.id);
                let reply = self.hotel.manager.with("If-Match", etag).put(&path, &body).await;
                self.compare(&stay.booking, self.model.move_free(&stay), &reply, &reply.body)
            }
            Step::Pay { which, amount } => self.pay(which, amount).await,
            Step::Void { which } => self.void(which).await,
            Step::Refund { which, amount } => self.refund(which, amount).await,
            Step::Decide { which, approves } => self.decide(which, approves).await,
            Step::Tomorrow => {
                self.model.sleep();
                self.app.set_clock(&format!("{}T12:00:00Z", day(self.model.today)));
                hbs::jobs::run_due(&self.app.app, &hbs::server::jobs()).await.map_err(|error| format!("{error:?}"))?;
                self.app.sql("UPDATE rooms SET housekeeping = 'clean'").await;
                Ok(())
            }
        }
    }

    fn stay(&self, which: usize) -> Option<Stay> {
        // The latest ones are the most interesting.
        self.model.stays.iter().rev().nth(which).cloned()
    }

    fn room_type(&self, suite: bool) -> &str {
        if suite { &self.hotel.suite } else { &self.hotel.double }
    }

    /// Makes a stay that has no id yet.
    fn new_stay(&self, booking: &str, suite: bool, ahead: u64, nights: u64) -> Stay {
        let today = self.model.today;
        let (from, to) = (today + ahead, today + ahead + nights);
        let (id, booking) = (String::new(), booking.to_owned());
        let stay = Stay {
            id,
            booking,
            suite,
            sold: suite,
            rooms_before: Vec::new(),
            sold_before: Vec::new(),
            status: "confirmed",
            from,
            to,
            booked_to: None,
            status_on: today,
            total: 0,
            by_day: false,
            day_night: None,
        };
        Stay { total: stay.price(from..to), ..stay }
    }

    async fn book(&mut self, suite: bool, ahead: u64, nights: u64, hold: bool) -> Result<(), String> {
        let new = self.new_stay("", suite, ahead, nights);
        let mut request = self.hotel.request(day(new.from), day(new.to));
        request["rooms"][0]["room_type_id"] = json!(self.room_type(suite));
        if hold {
            request["hold_minutes"] = 30.into();
        }
        let reply = self.hotel.manager.post("/v1/bookings", &request).await;
        let booking = reply.body["id"].as_str().unwrap_or_default().to_owned();
        let status = if hold { "held" } else { "confirmed" };
        let said = self.model.fitting(vec![Stay { booking: booking.clone(), status, ..new }]);
        self.compare(&booking, said, &reply, &reply.body)
    }

    async fn book_by_day(&mut self, suite: bool, ahead: u64) -> Result<(), String> {
        let new = self.new_stay("", suite, ahead, 1);
        let new = Stay { by_day: true, day_night: Some(new.from), ..new };
        let mut request = self.hotel.request(day(new.from), day(new.from));
        request["rooms"][0]["room_type_id"] = json!(self.room_type(suite));
        let reply = self.hotel.manager.post("/v1/bookings", &request).await;
        let booking = reply.body["id"].as_str().unwrap_or_default().to_owned();
        let said = self.model.fitting(vec![Stay { booking: booking.clone(), total: new.price(new.from..new.to), ..new }]);
        self.compare(&booking, said, &reply, &reply.body)
    }

    async fn pay(&mut self, which: usize, amount: i64) -> Result<(), String> {
        let Some(Stay { booking, .. }) = self.stay(which) else { return Ok(()) };
        let said = if amount <= self.model.balance(&booking) { Ok(()) } else { Err("payments.exceeds_balance") };
        let body = json!({"booking_id": booking, "method": "cash", "amount": eur(&format!("{amount}.00"))});
        let reply = self.hotel.manager.post("/v1/payments", &body).await;
        if is_done(said, &reply)? {
            let (id, booking, on) = (reply.id().to_owned(), booking.clone(), self.model.today);
            self.model.payments.push(Payment { id, booking, amount, refunding: 0, refunded: 0, is_voided: false, on });
        }
        self.check_balance(&booking).await
    }

    async fn void(&mut self, which: usize) -> Result<(), String> {
        let Some(place) = latest(&self.model.payments, which) else { return Ok(()) };
        let payment = self.model.payments[place].clone();
        let reply = self.hotel.manager.post(&format!("/v1/payments/{}/void", payment.id), &json!({})).await;
        if is_done(self.model.void(&payment), &reply)? {
            self.model.payments[place].is_voided = true;
        }
        self.check_balance(&payment.booking).await
    }

    async fn refund(&mut self, which: usize, amount: i64) -> Result<(), String> {
        let Some(place) = latest(&self.model.payments, which) else { return Ok(()) };
        let payment = self.model.payments[place].clone();
        let said = if amount <= payment.refundable() { Ok(()) } else { Err("refunds.exceeds_refundable") };
        let body = json!({"payment_id": payment.id, "amount": eur(&format!("{amount}.00")), "reason": "Noise"});
        let reply = self.hotel.manager.post("/v1/refunds", &body).await;
        if is_done(said, &reply)? {
            self.model.payments[place].refunding += amount;
            self.model.refunds.push(Refund { id: reply.id().to_owned(), payment: place, amount, is_decided: false });
        }
        self.check_balance(&payment.booking).await
    }

    async fn decide(&mut self, which: usize, approves: bool) -> Result<(), String> {
        let Some(place) = latest(&self.model.refunds, which) else { return Ok(()) };
        let Refund { id, payment, amount, is_decided } = self.model.refunds[place].clone();
        let said = if is_decided { Err("refunds.illegal_move") } else { Ok(()) };
        let (deed, body) = if approves { ("approve", json!({})) } else { ("reject", json!({"reason": "It was quiet"})) };
        let reply = self.other.post(&format!("/v1/refunds/{id}/{deed}"), &body).await;
        if is_done(said, &reply)? {
            self.model.refunds[place].is_decided = true;
            let payment = &mut self.model.payments[payment];
            payment.refunding -= amount;
            payment.refunded += if approves { amount } else { 0 };
        }
        let booking = self.model.payments[payment].booking.clone();
        self.check_balance(&booking).await
    }

    /// Checks that the folio of a booking comes to what the model has of it.
    async fn check_balance(&self, booking: &str) -> Result<(), String> {
        let folio = self.hotel.manager.get(&format!("/v1/folios/{booking}")).await;
        let expected = format!("{}.00", self.model.balance(booking));
        if folio.body["balance"]["amount"] == expected.as_str() {
            return Ok(());
        }
        Err(format!("a folio comes to {}, and not to {expected}", folio.body))
    }

    /// Compares: the server did what the model says, and the booking is what it is in the model.
    fn compare(&mut self, booking: &str, said: Said, reply: &Reply, body: &Value) -> Result<(), String> {
        let code = reply.code();
        match said {
            Ok(_) if OF_ROOMS.contains(&code) => Ok(()),
            Ok(changed) if reply.status < 300 => {
                for stay in changed {
                    self.take(stay, body);
                }
                let stays = self.model.of_booking(booking);
                let total: i64 = stays.iter().map(|stay| stay.total).sum();
                let whole = (json!(Model::status(&stays)), json!(format!("{total}.00")));
                if (&body["status"], &body["total"]["amount"]) != (&whole.0, &whole.1) {
                    return Err(format!("a booking became {body}, and not {whole:?}"));
                }
                stays.iter().try_for_each(|stay| check_stay(stay, body))
            }
            Err(codes) if codes.contains(&code) => Ok(()),
            said => Err(format!("the model says {said:?}, and the server {} {}", reply.status, reply.body)),
        }
    }

    /// Takes the new state of a stay into the model. A new stay is the last of its booking.
    fn take(&mut self, stay: Stay, body: &Value) {
        match self.model.stays.iter_mut().find(|there| there.id == stay.id) {
            Some(there) => *there = stay,
            None => {
                let last = body["stays"].as_array().and_then(|stays| stays.last());
                let id = last.and_then(|stay| stay["id"].as_str()).unwrap_or_default().to_owned();
                self.model.stays.push(Stay { id, ..stay });
            }
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
            let day = u64::try_from((night - day(0)).num_days()).expect("a day");
            let is_suite = row["room_type_id"] == self.hotel.suite.as_str();
            let there = self.model.stays.iter().filter(|stay| stay.nights().contains(&day));
            let counted = there.filter(|stay| stay.is_in_suite(day) == is_suite).count();
            if row["sold"] != json!(counted) {
                return Err(format!("{night}: {} sold, {counted} in the model", row["sold"]));
            }
        }
        Ok(())
    }
}

/// Returns `true` if the server did what the model says is done, and `false` if both refuse it.
fn is_done(said: Result<(), &'static str>, reply: &Reply) -> Result<bool, String> {
    match said {
        Ok(()) if reply.status < 300 => Ok(true),
        Err(code) if code == reply.code() => Ok(false),
        said => Err(format!("the model says {said:?}, and the server {} {}", reply.status, reply.body)),
    }
}

/// The place of one of the latest of a list, which are the most interesting.
fn latest<T>(list: &[T], which: usize) -> Option<usize> {
    list.len().checked_sub(which + 1)
}

/// Checks that the booking shows the stay as it is in the model.
fn check_stay(stay: &Stay, booking: &Value) -> Result<(), String> {
    let shown = booking["stays"].as_array().and_then(|stays| stays.iter().find(|shown| shown["id"] == stay.id.as_str()));
    let Some(shown) = shown else { return Err(format!("{stay:?} is not in {booking}")) };
    let of_stay = (&shown["status"], &shown["check_in"], &shown["check_out"], &shown["total"]["amount"]);
    let total = format!("{}.00", stay.total);
    let leaves = if stay.by_day { stay.from } else { stay.to };
    let expected = (&json!(stay.status), &json!(day(stay.from)), &json!(day(leaves)), &json!(total));
    if of_stay == expected { Ok(()) } else { Err(format!("a stay became {of_stay:?}, and not {expected:?}")) }
}

async fn play(steps: &[Step]) -> Result<(), String> {
    let app = &TestApp::new().await;
    let spec = HotelSpec { rooms: 3, suites: 1, ..HotelSpec::default() };
    let hotel = app.hotel(spec).await;
    for (room_type_id, price) in [(&hotel.double, DAY_PRICES[0]), (&hotel.suite, DAY_PRICES[1])] {
        let minor = price * 100;
        app.sql(&format!("UPDATE rate_plan_room_types SET day_price_minor = {minor} WHERE room_type_id = '{room_type_id}'"))
            .await;
    }
    let other = app.staff(&["refunds:approve"], Some(&hotel.id)).await;
    let mut pair = Pair { app, hotel, other, model: Model::default() };
    for (place, step) in steps.iter().enumerate() {
        let at = |error| format!("step {place}, {step:?}: {error}");
        pair.step(*step).await.map_err(at)?;
        pair.check_inventory().await.map_err(at)?;
    }
    let bookings: BTreeSet<&str> = pair.model.stays.iter().map(|stay| stay.booking.as_str()).collect();
    for booking in bookings {
        pair.check_balance(booking).await?;
    }
    app.assert_consistent().await;
    let verified = hbs::domains::folios::verify(&app.app).await.map_err(|error| format!("{error:?}"))?;
    if verified.faults.is_empty() { Ok(()) } else { Err(format!("{:?}", verified.faults)) }
}

#[tokio::test(flavor = "multi_thread")]
async fn bookings_do_what_a_simple_model_says() {
    let cases = u32::try_from(size(8, 1_000)).expect("a number");
    let mut runner = TestRunner::new(Config { cases, max_shrink_iters: 60, failure_persistence: None, ..Config::default() });
    let handle = tokio::runtime::Handle::current();
    let played =
        tokio::task::block_in_place(|| runner.run(&steps(), |steps| handle.block_on(play(&steps)).map_err(TestCaseError::fail)));
    if let Err(error) = played {
        panic!("{error}");
    }
}
