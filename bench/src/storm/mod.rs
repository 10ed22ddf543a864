//! `hbs-bench storm`: many clients book, hold, amend, extend, split and cancel overlapping stays, also several at once and with
//! offers that end, in a hotel that is far too small; guests come while their date is closed or after it, and move in the house;
//! calendars of other programs change. Then the books are checked.

mod feeds;
mod offers;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use chrono::{Days, NaiveDate};
use clap::Args;
use futures_util::{StreamExt, stream};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use uuid::Uuid;

use self::feeds::{Feeds, Report};
use self::offers::CODES;
use crate::api::{Api, CallError, Problem};
use crate::database::{Database, print_check};
use crate::dates::future_date;
use crate::error::Result;
use crate::hotel::{Created, Hotel, Property, RoomType, build};
use crate::progress::Progress;
use crate::server::{Needs, OwnServer, ServerArgs};
use crate::stats::per_second;
use crate::verdict::Verdict;

const ROOM_TYPES: [&str; 3] = ["S", "D", "F"];
const ROOMS_PER_TYPE: usize = 4;
/// Arrivals are spread over these nights only, so that nearly every stay overlaps others.
const ARRIVAL_DAYS: u64 = 20;
const MAX_NIGHTS: u64 = 5;
const MAX_ROOMS: u32 = 3;
/// Attempts of seventeen that book; those after them amend, extend by a night, split, walk in and move, book for the date that is
/// closed halfway, cancel several bookings in one request, are a calendar that has changed, or hold, and the others cancel.
const LOTS: u32 = 17;
const BOOKINGS: std::ops::Range<u32> = 0..4;
const AMENDMENTS: std::ops::Range<u32> = 4..6;
const EXTENSIONS: std::ops::Range<u32> = 6..7;
const SPLITS: std::ops::Range<u32> = 7..8;
const WALK_INS: std::ops::Range<u32> = 8..9;
const ARRIVALS: std::ops::Range<u32> = 9..10;
const SEVERAL: std::ops::Range<u32> = 10..11;
const CALENDARS: std::ops::Range<u32> = 11..13;
const HOLDS: std::ops::Range<u32> = 13..14;
/// Number of ten bookings that are made with a code.
const CODES_OF_TEN: u32 = 4;
/// Bookings that are cancelled in one request.
const SEVERAL_BOOKINGS: usize = 3;
/// Number of ten cancelled bookings that may be cancelled or amended again.
const KEPT_OF_TEN: u32 = 1;
const NO_AVAILABILITY: &str = "booking.no_availability";
const NO_SINGLE_ROOM: &str = "booking.no_single_room";
const ILLEGAL_MOVE: &str = "booking.illegal_move";
const NOT_AMENDABLE: &str = "booking.not_amendable";
const ROOM_NOT_READY: &str = "booking.room_not_ready";
const EXHAUSTED: &str = "offers.exhausted";

/// A deed, with the refusals that a full hotel, or what others did meanwhile, may be the cause of. Any other should not be.
struct Deed {
    name: &'static str,
    /// Codes of conflicts.
    conflicts: &'static [&'static str],
    /// Parts of what is said about values that others have made wrong.
    outdated: &'static [&'static str],
}

const READING: Deed = Deed { name: "reading", conflicts: &[], outdated: &[] };
const BOOKING: Deed = Deed { name: "booking", conflicts: &[NO_AVAILABILITY, NO_SINGLE_ROOM], outdated: &[] };
const WITH_CODE: Deed =
    Deed { name: "booking with a code", conflicts: &[NO_AVAILABILITY, NO_SINGLE_ROOM, EXHAUSTED], outdated: &[] };
const CONFIRMATION: Deed = Deed { name: "confirmation", conflicts: &[], outdated: &[] };
const AMENDMENT: Deed = Deed {
    name: "amendment",
    // Nights more may take off more than is left of a budget.
    conflicts: &[NO_AVAILABILITY, NO_SINGLE_ROOM, NOT_AMENDABLE, EXHAUSTED],
    // Dates that it has already; a night more than a stay that was moved meanwhile.
    outdated: &["changes nothing", "must be after check_in"],
};
const CANCELLATION: Deed = Deed { name: "cancellation", conflicts: &[ILLEGAL_MOVE], outdated: &[] };
const SPLIT: Deed = Deed {
    name: "split",
    conflicts: &[NOT_AMENDABLE],
    outdated: &["the stay has none left but its first", "must be one of the nights from"],
};
const WALK_IN: Deed = Deed { name: "walk-in", conflicts: &[NO_AVAILABILITY, NO_SINGLE_ROOM], outdated: &[] };
const MOVE: Deed = Deed {
    name: "move in the house",
    conflicts: &[NO_AVAILABILITY, NO_SINGLE_ROOM, ROOM_NOT_READY],
    outdated: &["changes nothing"],
};
const CHECK_OUT: Deed = Deed { name: "check-out", conflicts: &[], outdated: &[] };
const HOUSEKEEPING: Deed = Deed { name: "housekeeping", conflicts: &[], outdated: &[] };
const TODAY: Deed =
    Deed { name: "booking for today", conflicts: &[NO_AVAILABILITY, NO_SINGLE_ROOM], outdated: &["is in the past"] };
/// The audit may have recorded them as a no-show.
const CHECK_IN: Deed = Deed { name: "check-in", conflicts: &[ILLEGAL_MOVE, ROOM_NOT_READY], outdated: &[] };
const NO_SHOW: Deed = Deed { name: "no-show", conflicts: &[ILLEGAL_MOVE], outdated: &[] };
const REINSTATEMENT: Deed = Deed {
    name: "reinstatement",
    conflicts: &[NO_AVAILABILITY, NO_SINGLE_ROOM],
    outdated: &["is needed, since the date of arrival is closed"],
};
const LATE_REINSTATEMENT: Deed =
    Deed { name: "late reinstatement", conflicts: &[NO_AVAILABILITY, NO_SINGLE_ROOM], outdated: &[] };
const LATE_CHECK_IN: Deed = Deed { name: "late check-in", conflicts: &[ROOM_NOT_READY], outdated: &[] };
const SEVERAL_AT_ONCE: Deed = Deed { name: "cancellation of several", conflicts: &[], outdated: &[] };
const NIGHT_AUDIT: Deed = Deed { name: "night audit", conflicts: &[], outdated: &[] };

impl Deed {
    fn expects(&self, problem: &Problem) -> bool {
        let is_outdated =
            |error: &Value| error["detail"].as_str().is_some_and(|detail| self.outdated.iter().any(|part| detail.contains(part)));
        match problem.status {
            409 => self.conflicts.contains(&problem.code.as_str()),
            422 => !problem.errors.is_empty() && problem.errors.iter().all(is_outdated),
            _ => false,
        }
    }
}

#[derive(Debug, Args)]
pub struct StormArgs {
    /// Number of bookings, changes and cancellations that are tried.
    #[arg(long, env = "HBS_STORM_ATTEMPTS", default_value_t = 10_000)]
    attempts: u32,
    /// Number of requests that are under way at once.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1000))]
    clients: u16,
    /// Makes the requests of another run again.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    server: ServerArgs,
}

pub async fn run(args: StormArgs) -> Result<Verdict> {
    let clients = usize::from(args.clients);
    let mut server = args.server.open(Needs::default()).await?;
    let deadlocks_before = match &server.own {
        Some(own) => Database::connect(own.database_url()).await?.deadlocks().await?,
        None => 0,
    };
    let property = build(&server.api, &hotel(), &format!("Storm {}", Uuid::now_v7()), clients).await?;
    let (today, closed) = (future_date(0) - Days::new(2), AtomicBool::new(false));
    let feeds = Feeds::build(&server.api, &property).await?;
    offers::build(&server.api, &property).await?;
    let watching = match &server.own {
        Some(own) => Some(Database::connect(own.database_url()).await?),
        None => None,
    };
    let storm =
        Storm { api: &server.api, property: &property, feeds: &feeds, seed: args.seed, today, closed, counts: Mutex::default() };
    let is_over = AtomicBool::new(false);
    let raging = async {
        let counts = storm.rage(args.attempts, clients).await;
        is_over.store(true, Ordering::Relaxed);
        counts
    };
    let (counts, beyond) = futures_util::join!(raging, offers::watch(watching.as_ref(), &is_over));
    drop(watching);
    let mut violations = counts.print() + beyond?;
    violations += feeds.settle(&server.api).await?;
    server.print_footprint();
    match &mut server.own {
        Some(own) => violations += check(own, &feeds, deadlocks_before).await?,
        None => println!("the tables were not checked: that takes a server of the command's own"),
    }
    server.stop().await?;
    Ok(Verdict::passed_if(violations == 0))
}

fn hotel() -> Hotel {
    let room_type = RoomType { rooms: ROOMS_PER_TYPE, max_adults: 2, max_children: 1, max_guests: 3 };
    Hotel {
        room_types: BTreeMap::from(ROOM_TYPES.map(|code| (code.to_owned(), room_type.clone()))),
        max_nights: 30,
        max_advance_days: 60,
        horizon_nights: 90,
    }
}

async fn check(own: &mut OwnServer, feeds: &Feeds, deadlocks_before: i64) -> Result<i64> {
    // A connection adds its deadlocks to the sum when it ends, at the latest.
    own.stop_serving().await?;
    let database = Database::connect(own.database_url()).await?;
    database.wait_until_alone().await?;
    let deadlocks = database.deadlocks().await? - deadlocks_before;
    print_check("no transaction was ended by a deadlock", deadlocks);
    Ok(deadlocks + feeds.check(&database).await? + database.check().await?)
}

struct Storm<'a> {
    api: &'a Api,
    property: &'a Property,
    feeds: &'a Feeds,
    seed: u64,
    /// Date at the hotel when it begins; it is closed halfway.
    today: NaiveDate,
    closed: AtomicBool,
    counts: Mutex<Counts>,
}

/// A booking with its stays.
#[derive(Debug, Deserialize)]
struct Stays {
    id: String,
    stays: Vec<Stay>,
}

#[derive(Debug, Deserialize)]
struct Stay {
    id: String,
    check_in: NaiveDate,
    room_id: Option<String>,
}

/// A booking as an amendment left it.
#[derive(Debug, Deserialize)]
struct Amended {
    booking: Stays,
}

/// A booking, as far as its extension goes.
#[derive(Debug, Deserialize)]
struct Dates {
    check_out: NaiveDate,
}

/// Answer to an action on several bookings.
#[derive(Debug, Deserialize)]
struct Several {
    results: Vec<OneOfSeveral>,
}

#[derive(Debug, Deserialize)]
struct OneOfSeveral {
    status: u16,
    problem: Option<Problem>,
}

#[derive(Debug, Default)]
struct Counts {
    booked: u32,
    /// Holds, and of those the ones that were confirmed.
    held: u32,
    confirmed: u32,
    amended: u32,
    cancelled: u32,
    split: u32,
    /// Guests who walked in, and of those who moved.
    walked_in: u32,
    moved: u32,
    /// Guests who came on the date, and of those who were missed after it was closed.
    came: u32,
    came_late: u32,
    /// Guests who did not come, and of those who came after all: on their date, or after it was closed.
    missed: u32,
    reinstated: u32,
    reinstated_late: u32,
    /// Calendars that were read, and what came of it.
    calendars: u32,
    blocks: Report,
    /// Refusals by what was refused and why, expected and not.
    refused: BTreeMap<String, u32>,
    unexpected: BTreeMap<String, u32>,
    /// Bookings made, and some of those that were cancelled.
    bookings: Vec<String>,
    /// Bookings of guests who did not come.
    missing: Vec<String>,
}

impl Storm<'_> {
    async fn rage(self, attempts: u32, clients: usize) -> Counts {
        let progress = Progress::new("storm", usize::try_from(attempts).unwrap_or(usize::MAX));
        let began = Instant::now();
        stream::iter(0..attempts)
            .for_each_concurrent(clients, async |attempt| {
                if attempt == attempts / 2 {
                    self.close().await;
                }
                self.attempt(attempt).await;
                progress.step();
            })
            .await;
        progress.finish();
        let rate = per_second(usize::try_from(attempts).unwrap_or(usize::MAX), began.elapsed());
        println!("{attempts} attempts, {clients} clients, {rate:.0} attempts/s, seed {}", self.seed);
        self.counts.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    async fn attempt(&self, attempt: u32) {
        let mut random = StdRng::seed_from_u64(self.seed.wrapping_mul(0x9e37_79b9).wrapping_add(attempt.into()));
        match random.random_range(0..LOTS) {
            lot if BOOKINGS.contains(&lot) => self.book(&mut random).await,
            lot if AMENDMENTS.contains(&lot) => self.amend(&mut random).await,
            lot if EXTENSIONS.contains(&lot) => self.extend(&mut random).await,
            lot if SPLITS.contains(&lot) => self.split(&mut random).await,
            lot if WALK_INS.contains(&lot) => self.walk_in(&mut random).await,
            lot if ARRIVALS.contains(&lot) => self.arrive(&mut random).await,
            lot if SEVERAL.contains(&lot) => self.cancel_several(&mut random).await,
            lot if CALENDARS.contains(&lot) => self.sell_elsewhere(&mut random).await,
            lot if HOLDS.contains(&lot) => self.hold(&mut random).await,
            _ => self.cancel(&mut random).await,
        }
    }

    /// Lets another program sell rooms, or not any more.
    async fn sell_elsewhere(&self, random: &mut StdRng) {
        let answer = self.feeds.change(self.api, random).await;
        let mut counts = self.counts();
        match answer {
            Ok(report) => {
                counts.calendars += 1;
                counts.blocks.add(report);
            }
            Err(error) => count(&mut counts.unexpected, format!("calendar: {error}")),
        }
    }

    async fn book(&self, random: &mut StdRng) {
        let key = Uuid::now_v7().to_string();
        let mut request = self.booking(random);
        let mut deed = &BOOKING;
        if random.random_ratio(CODES_OF_TEN, 10) {
            request["code"] = json!(CODES.choose(random));
            deed = &WITH_CODE;
        }
        let answer = self.api.post_once::<Created>("/bookings", &request, &key).await;
        match answer {
            Ok(created) => {
                let mut counts = self.counts();
                counts.booked += 1;
                counts.bookings.push(created.id);
            }
            Err(error) => self.refused(deed, error),
        }
    }

    /// Holds rooms with a code for a minute, and confirms them, gives them back, or lets their time run out.
    async fn hold(&self, random: &mut StdRng) {
        let mut request = self.booking(random);
        (request["hold_minutes"], request["code"]) = (json!(1), json!(CODES.choose(random)));
        let booking = match self.api.post::<Created>("/bookings", &request).await {
            Ok(created) => created.id,
            Err(error) => return self.refused(&WITH_CODE, error),
        };
        self.counts().held += 1;
        match random.random_range(0..3) {
            0 => match self.api.post::<IgnoredAny>(&format!("/bookings/{booking}/confirm"), &json!({})).await {
                Ok(_) => {
                    let mut counts = self.counts();
                    counts.confirmed += 1;
                    counts.bookings.push(booking);
                }
                Err(error) => self.refused(&CONFIRMATION, error),
            },
            1 => match self.api.post::<IgnoredAny>(&format!("/bookings/{booking}/cancel"), &json!({})).await {
                Ok(_) => self.counts().cancelled += 1,
                Err(error) => self.refused(&CANCELLATION, error),
            },
            _ => {}
        }
    }

    fn booking(&self, random: &mut StdRng) -> Value {
        let check_in = future_date(random.random_range(0..ARRIVAL_DAYS));
        let check_out = check_in + Days::new(random.random_range(1..=MAX_NIGHTS));
        let types: Vec<_> = self.property.room_types.values().collect();
        let rooms = (0..random.random_range(1..=MAX_ROOMS))
            .map(|_| json!({"room_type_id": types.choose(random), "adults": random.random_range(1..=2), "children_ages": []}));
        json!({
            "property_id": self.property.id,
            "check_in": check_in,
            "check_out": check_out,
            "rooms": rooms.collect::<Vec<_>>(),
            "contact": {"full_name": "Guest of the storm", "email": "guest@storm.test"},
        })
    }

    /// Amends some booking to other dates, its stays in whatever rooms there are.
    async fn amend(&self, random: &mut StdRng) {
        let Some(booking) = self.counts().bookings.choose(random).cloned() else {
            return;
        };
        let check_in = future_date(random.random_range(0..ARRIVAL_DAYS));
        let check_out = check_in + Days::new(random.random_range(1..=MAX_NIGHTS));
        self.change_dates(&booking, &json!({"check_in": check_in, "check_out": check_out})).await;
    }

    /// Lets the guests of some booking stay a night longer, whoever has their rooms then.
    async fn extend(&self, random: &mut StdRng) {
        let Some(booking) = self.counts().bookings.choose(random).cloned() else {
            return;
        };
        match self.api.get::<Dates>(&format!("/bookings/{booking}")).await {
            Ok(dates) => self.change_dates(&booking, &json!({"check_out": dates.check_out + Days::new(1)})).await,
            Err(error) => self.refused(&READING, error),
        }
    }

    async fn change_dates(&self, booking: &str, dates: &Value) {
        match self.api.post::<IgnoredAny>(&format!("/bookings/{booking}/amend"), dates).await {
            Ok(_) => self.counts().amended += 1,
            Err(error) => self.refused(&AMENDMENT, error),
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a refusal, and whether the deed may have it.
    fn refused(&self, deed: &Deed, error: CallError) {
        let mut counts = self.counts();
        match error {
            CallError::Refused(problem) if deed.expects(&problem) => {
                count(&mut counts.refused, format!("{}: {}", deed.name, problem.code));
            }
            error => count(&mut counts.unexpected, format!("{}: {error}", deed.name)),
        }
    }

    /// Splits a stay of some booking after its first night.
    async fn split(&self, random: &mut StdRng) {
        let Some(booking) = self.counts().bookings.choose(random).cloned() else {
            return;
        };
        let stays = match self.api.get::<Stays>(&format!("/bookings/{booking}")).await {
            Ok(booking) => booking.stays,
            Err(error) => return self.refused(&READING, error),
        };
        let Some(stay) = stays.choose(random) else { return };
        let night = stay.check_in + Days::new(1);
        let path = format!("/bookings/{booking}/stays/{}/split", stay.id);
        match self.api.post::<IgnoredAny>(&path, &json!({"night": night})).await {
            Ok(_) => self.counts().split += 1,
            Err(error) => self.refused(&SPLIT, error),
        }
    }

    /// Checks guests in at the desk, who move to another type and leave again.
    async fn walk_in(&self, random: &mut StdRng) {
        let types: Vec<&String> = self.property.room_types.values().collect();
        let (Some(first), Some(other)) = (types.choose(random), types.choose(random)) else { return };
        let body = json!({
            "property_id": self.property.id,
            "check_out": self.today + Days::new(random.random_range(2..=4)),
            "rooms": [{"room_type_id": first, "adults": 1}],
            "contact": {"full_name": "Guest of the storm", "email": "guest@storm.test"},
        });
        let booking = match self.api.post::<Stays>("/walk-ins", &body).await {
            Ok(booking) => booking,
            Err(error) => return self.refused(&WALK_IN, error),
        };
        self.counts().walked_in += 1;
        let mut rooms: Vec<String> = rooms_of(&booking);
        let Some(stay) = booking.stays.first() else { return };
        let amended = json!({"stays": [{"stay_id": stay.id, "room_type_id": other}]});
        match self.api.post::<Amended>(&format!("/bookings/{}/amend", booking.id), &amended).await {
            Ok(amended) => {
                self.counts().moved += 1;
                rooms.extend(rooms_of(&amended.booking));
            }
            Err(error) => self.refused(&MOVE, error),
        }
        self.leave(&booking.id, rooms).await;
    }

    /// Checks guests out, and makes up the rooms that they have had.
    async fn leave(&self, booking: &str, rooms: Vec<String>) {
        if let Err(error) = self.api.post::<IgnoredAny>(&format!("/bookings/{booking}/check-out"), &json!({})).await {
            self.refused(&CHECK_OUT, error);
        }
        for room in rooms {
            let made_up = json!({"state": "clean"});
            if let Err(error) = self.api.post::<IgnoredAny>(&format!("/rooms/{room}/housekeeping"), &made_up).await {
                self.refused(&HOUSEKEEPING, error);
            }
        }
    }

    /// Books for the first date: the guests come and leave, also while the date is closed, or they are missed. Once it is closed,
    /// those who were missed come after all.
    async fn arrive(&self, random: &mut StdRng) {
        if self.closed.load(Ordering::Relaxed) {
            let missing = self.counts().missing.pop();
            if let Some(booking) = missing {
                self.come_late(&booking).await;
            }
            return;
        }
        let mut request = self.booking(random);
        (request["check_in"], request["check_out"]) = (json!(self.today), json!(self.today + Days::new(3)));
        let booking = match self.api.post::<Created>("/bookings", &request).await {
            Ok(created) => created.id,
            Err(error) => return self.refused(&TODAY, error),
        };
        match random.random_range(0..3) {
            0 => {
                if self.check_in(&CHECK_IN, &booking).await {
                    self.counts().came += 1;
                }
            }
            1 => {
                self.miss(&booking).await;
                self.counts().missing.push(booking);
            }
            _ => {
                self.miss(&booking).await;
                self.take_back(&booking).await;
            }
        }
    }

    /// Checks guests in, who leave again. Returns `true` if they came.
    async fn check_in(&self, deed: &Deed, booking: &str) -> bool {
        match self.api.post::<Stays>(&format!("/bookings/{booking}/check-in"), &json!({})).await {
            Ok(stays) => {
                self.leave(booking, rooms_of(&stays)).await;
                true
            }
            Err(error) => {
                self.refused(deed, error);
                false
            }
        }
    }

    async fn miss(&self, booking: &str) {
        match self.api.post::<IgnoredAny>(&format!("/bookings/{booking}/no-show"), &json!({})).await {
            Ok(_) => self.counts().missed += 1,
            Err(error) => self.refused(&NO_SHOW, error),
        }
    }

    /// Takes a no-show back on its date, and cancels the booking.
    async fn take_back(&self, booking: &str) {
        match self.api.post::<IgnoredAny>(&format!("/bookings/{booking}/reinstate"), &json!({})).await {
            Ok(_) => self.counts().reinstated += 1,
            Err(error) => self.refused(&REINSTATEMENT, error),
        }
        if let Err(error) = self.api.post::<IgnoredAny>(&format!("/bookings/{booking}/cancel"), &json!({})).await {
            self.refused(&CANCELLATION, error);
        }
    }

    /// Lets guests come whose date was closed without them.
    async fn come_late(&self, booking: &str) {
        let body = json!({"first_night": "charged", "reason": "the storm"});
        match self.api.post::<IgnoredAny>(&format!("/bookings/{booking}/reinstate"), &body).await {
            Ok(_) => self.counts().reinstated_late += 1,
            Err(error) => return self.refused(&LATE_REINSTATEMENT, error),
        }
        if self.check_in(&LATE_CHECK_IN, booking).await {
            self.counts().came_late += 1;
        }
    }

    /// Closes the first date, though its day is not over.
    async fn close(&self) {
        let body = json!({"business_date": self.today, "close_early": true, "reason": "the storm"});
        match self.api.post::<IgnoredAny>(&format!("/properties/{}/night-audit", self.property.id), &body).await {
            Ok(_) => self.closed.store(true, Ordering::Relaxed),
            Err(error) => self.refused(&NIGHT_AUDIT, error),
        }
    }

    async fn cancel(&self, random: &mut StdRng) {
        let Some(booking) = self.counts().bookings.choose(random).cloned() else {
            return;
        };
        let is_kept = random.random_ratio(KEPT_OF_TEN, 10);
        match self.api.post::<IgnoredAny>(&format!("/bookings/{booking}/cancel"), &json!({})).await {
            Ok(_) => self.counts().cancelled += 1,
            Err(error) => self.refused(&CANCELLATION, error),
        }
        if !is_kept {
            self.counts().bookings.retain(|kept| *kept != booking);
        }
    }

    /// Cancels a few bookings in one request, each by itself.
    async fn cancel_several(&self, random: &mut StdRng) {
        let bookings: Vec<String> = self.counts().bookings.sample(random, SEVERAL_BOOKINGS).cloned().collect();
        if bookings.is_empty() {
            return;
        }
        let items: Vec<Value> = bookings.iter().map(|booking| json!({"booking_id": booking})).collect();
        let request = json!({"property_id": self.property.id, "items": items});
        let results = match self.api.post::<Several>("/bookings/bulk-cancel", &request).await {
            Ok(several) => several.results,
            Err(error) => return self.refused(&SEVERAL_AT_ONCE, error),
        };
        for OneOfSeveral { status, problem } in results {
            match problem {
                None => self.counts().cancelled += 1,
                Some(problem) => self.refused(&CANCELLATION, CallError::Refused(Box::new(Problem { status, ..problem }))),
            }
        }
        self.counts().bookings.retain(|kept| !bookings.contains(kept));
    }
}

/// The rooms of a booking's stays.
fn rooms_of(booking: &Stays) -> Vec<String> {
    booking.stays.iter().filter_map(|stay| stay.room_id.clone()).collect()
}

fn count(counts: &mut BTreeMap<String, u32>, what: String) {
    *counts.entry(what).or_default() += 1;
}

impl Counts {
    /// Returns the number of answers that should not have been.
    fn print(&self) -> i64 {
        println!("{} booked, {} amended, {} split, {} cancelled", self.booked, self.amended, self.split, self.cancelled);
        println!("{} held, of which {} confirmed", self.held, self.confirmed);
        println!("{} walked in, of whom {} moved", self.walked_in, self.moved);
        println!("{} came on the date that was closed, {} after it", self.came, self.came_late);
        println!("{} missed, {} reinstated, {} after their date was closed", self.missed, self.reinstated, self.reinstated_late);
        let Report { added, moved, released, conflicts } = self.blocks;
        println!(
            "{} calendars read: {added} blocks added, {moved} moved, {released} released, {conflicts} conflicts",
            self.calendars
        );
        for (refusal, count) in &self.refused {
            println!("refused   {refusal}: {count} times");
        }
        for (answer, count) in &self.unexpected {
            println!("UNEXPECTED  {answer}: {count} times");
        }
        self.unexpected.values().map(|count| i64::from(*count)).sum()
    }
}
