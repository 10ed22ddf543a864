//! Tests of echoes: a hotel's own nights in the calendars of those that it told them to.
use super::{calendar, conflicts, export, external, import, import_of_type, nights, text, told, upload};
use crate::support::{Hotel, HotelSpec, Reply, TestApp, size};
use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Rooms of the doubles that can be booked on each of some nights.
pub(super) async fn free(hotel: &Hotel, from: &str, to: &str) -> Value {
    let path = format!("/v1/availability?property_id={}&check_in={from}&check_out={to}&adults=2", hotel.id);
    let found = hotel.manager.get(&path).await.expect(200);
    let of_type =
        found.body["items"].as_array().expect("types").iter().find(|found| found["room_type_id"] == hotel.double.as_str());
    of_type.expect("the doubles")["available"].clone()
}

/// Returns the events of the calendar of a room: first night and day after the last.
pub(super) async fn told_by(app: &TestApp, path: &str) -> Vec<(String, String)> {
    let reply = app.anonymous().get(path).await.expect(200);
    told(text(&reply)).into_iter().map(|(_, _, from, to)| (from, to)).collect()
}

pub(super) fn path_of(export: &Reply) -> String {
    export.body["path"].as_str().expect("a path").to_owned()
}

pub(super) async fn room_of(hotel: &Hotel, booking: &Reply) -> Value {
    hotel.manager.get(&format!("/v1/bookings/{}", booking.id())).await.expect(200).body["stays"][0]["room_id"].clone()
}

/// F1: a stay that another program tells back under a name of its own takes nothing more, moves nobody, and leaves no block
/// behind once it is cancelled.
#[tokio::test]
async fn our_own_stays_come_back_and_take_nothing() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let booking = hotel.book(&hotel.manager, "2027-01-17", "2027-01-20").await;
    assert_eq!(room_of(&hotel, &booking).await, hotel.rooms[0].as_str());
    let feed = import(&hotel, None).await.expect(201);
    let export = path_of(&export(&hotel, json!({"room_id": hotel.rooms[0]})).await.expect(201));
    let mirror = calendar(&[("e1@airbnb.com", "2027-01-17", "2027-01-20", "")]);
    let nothing = json!({"added": 0, "moved": 0, "released": 0, "conflicts": 0});
    for _ in 0..2 {
        assert_eq!(upload(&hotel, &feed, &mirror).await.expect(200).body, nothing);
        assert_eq!(room_of(&hotel, &booking).await, hotel.rooms[0].as_str(), "nobody moves");
        assert_eq!(free(&hotel, "2027-01-17", "2027-01-20").await, 2);
    }
    assert_eq!(told_by(&app, &export).await, nights(&[("2027-01-17", "2027-01-20")]));

    // It is cancelled: what is still in the feed is blocked at the next look, and not told back, so that it goes.
    hotel.manager.post(&format!("/v1/bookings/{}/cancel", booking.id()), &json!({})).await.expect(200);
    assert_eq!(upload(&hotel, &feed, &mirror).await.expect(200).body["added"], 1);
    assert_eq!(external(&hotel).await, nights(&[("2027-01-17", "2027-01-20")]));
    assert!(told_by(&app, &export).await.is_empty());
    let gone = upload(&hotel, &feed, &calendar(&[])).await.expect(200);
    assert_eq!(gone.body, json!({"added": 0, "moved": 0, "released": 1, "conflicts": 0}), "an echo needs no confirmation");
    assert_eq!(free(&hotel, "2027-01-17", "2027-01-20").await, 3);
    assert!(conflicts(&hotel, "open").await.is_empty());
    app.assert_consistent().await;
}

/// F1: an event on nights that the hotel has sold itself is an echo or a sale elsewhere, and nobody can tell which. It is no
/// conflict, and is listed with whether the other program was told of these nights at all.
#[tokio::test]
async fn what_is_taken_for_an_echo_is_listed() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let feed = import(&hotel, None).await.expect(201);
    let echoes = format!("/v1/feed-imports/{}/echoes", feed.id());
    let listed = async || hotel.manager.get(&echoes).await.expect(200).body;
    let booking = hotel.manager.post("/v1/bookings", &hotel.request_for(0, "2026-12-10", "2026-12-12")).await.expect(201);
    let file = calendar(&[("new", "2026-12-10", "2026-12-12", ""), ("else", "2026-12-20", "2026-12-22", "")]);
    let done = upload(&hotel, &feed, &file).await.expect(200);
    assert_eq!(done.body, json!({"added": 1, "moved": 0, "released": 0, "conflicts": 0}));
    let echo = |is_told: bool| json!({"uid": "new", "from": "2026-12-10", "to": "2026-12-12", "is_told": is_told});
    assert_eq!(listed().await, json!({"items": [echo(false)], "next_cursor": null}));
    let shown = hotel.manager.get(&format!("/v1/feed-imports/{}", feed.id())).await.expect(200);
    assert_eq!((&shown.body["echoes"], &shown.body["open_conflicts"]), (&json!(1), &json!(0)));

    // Exports that others read, or of another room, tell this program nothing.
    let other = import(&hotel, None).await.expect(201);
    export(&hotel, json!({"room_id": hotel.rooms[0], "import_id": other.id()})).await.expect(201);
    export(&hotel, json!({"room_id": hotel.rooms[1]})).await.expect(201);
    assert_eq!(listed().await["items"], json!([echo(false)]));
    for subject in [
        json!({"room_id": hotel.rooms[0], "import_id": feed.id()}),
        json!({"room_id": hotel.rooms[0]}),
        json!({"room_type_id": hotel.double}),
    ] {
        let made = export(&hotel, subject).await.expect(201);
        assert_eq!(listed().await["items"], json!([echo(true)]));
        hotel.manager.delete(&format!("/v1/feed-exports/{}", made.id()), made.header("etag")).await.expect(204);
    }
    assert_eq!(listed().await["items"], json!([echo(false)]));

    // Once the guests are gone, the nights are blocked for the event, and nothing is assumed of it.
    hotel.manager.post(&format!("/v1/bookings/{}/cancel", booking.id()), &json!({})).await.expect(200);
    assert_eq!(upload(&hotel, &feed, &file).await.expect(200).body["added"], 1);
    assert_eq!(listed().await["items"], json!([]));
    let elsewhere = app.hotel(HotelSpec::default()).await;
    elsewhere.manager.get(&echoes).await.expect(404);
    app.assert_consistent().await;
}

/// F1: blocks that came from a feed are not told back to it, or to readers whom nobody knows, so that nothing outlives its
/// cause.
#[tokio::test]
async fn what_came_from_a_feed_is_told_to_others_only() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let (one, other) = (import(&hotel, None).await.expect(201), import(&hotel, None).await.expect(201));
    let room = json!({"room_id": hotel.rooms[0]});
    let to = async |reader: Option<&str>, subject: &Value| {
        let mut subject = subject.clone();
        subject["import_id"] = json!(reader);
        export(&hotel, subject).await.expect(201)
    };
    let made = to(Some(one.id()), &room).await;
    assert_eq!(made.body["import_id"], one.id());
    let kind = json!({"room_type_id": hotel.double});
    let (to_one, to_other, to_anybody) =
        (path_of(&made), path_of(&to(Some(other.id()), &room).await), path_of(&to(None, &room).await));
    let (type_to_one, type_to_other) = (path_of(&to(Some(one.id()), &kind).await), path_of(&to(Some(other.id()), &kind).await));
    let type_to_anybody = path_of(&to(None, &kind).await);
    upload(&hotel, &one, &calendar(&[("sold", "2026-12-10", "2026-12-12", "")])).await.expect(200);
    let blocked = nights(&[("2026-12-10", "2026-12-12")]);
    assert_eq!((told_by(&app, &to_one).await, told_by(&app, &to_anybody).await), (Vec::new(), Vec::new()));
    assert_eq!((told_by(&app, &type_to_one).await, told_by(&app, &type_to_anybody).await), (Vec::new(), Vec::new()));
    assert_eq!((told_by(&app, &to_other).await, told_by(&app, &type_to_other).await), (blocked.clone(), blocked.clone()));

    // The other one tells it back under a name of its own, and keeps it for a while when it is gone: nobody is told of that.
    upload(&hotel, &other, &calendar(&[("mirror", "2026-12-10", "2026-12-12", "")])).await.expect(200);
    let released = upload(&hotel, &one, &calendar(&[("sold", "2026-12-10", "2026-12-12", "STATUS:CANCELLED\r\n")])).await;
    assert_eq!(released.expect(200).body["released"], 1);
    upload(&hotel, &other, &calendar(&[("mirror", "2026-12-10", "2026-12-12", "")])).await.expect(200);
    assert_eq!(external(&hotel).await, blocked);
    for path in [&to_one, &to_other, &to_anybody, &type_to_one, &type_to_other, &type_to_anybody] {
        assert!(told_by(&app, path).await.is_empty(), "{path}");
    }
    upload(&hotel, &other, &calendar(&[])).await.expect(200);
    assert!(external(&hotel).await.is_empty());
    app.assert_consistent().await;
    let elsewhere = app.hotel(HotelSpec::default()).await;
    let foreign = json!({"room_id": elsewhere.rooms[0], "import_id": one.id()});
    assert_eq!(export(&elsewhere, foreign).await.expect(422).pointers(), ["/import_id"]);
}

/// F3: an event is left out as our own only if its UID has an id that this hotel gave; the name of our host alone is worth
/// nothing.
#[tokio::test]
async fn own_names_are_those_that_this_hotel_gave() {
    let app = TestApp::with(|config| config.public_url = "https://miramar.example".into()).await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let stay =
        hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await.body["stays"][0]["id"].as_str().expect("an id").to_owned();
    let feed = import(&hotel, None).await.expect(201);
    let unknown = uuid::Uuid::now_v7();
    let ours = [
        format!("{stay}@miramar.example"),
        format!("{stay}-2@Miramar.example"),
        format!("{}-20261220@miramar.example", hotel.double),
    ];
    let others = ["wcb-4711@miramar.example".to_owned(), format!("{unknown}@miramar.example"), format!("{stay}@other.example")];
    let days: Vec<String> = (20..26).map(|day| format!("2026-12-{day}")).collect();
    let next: Vec<String> = (21..27).map(|day| format!("2026-12-{day}")).collect();
    let all: Vec<_> = ours.iter().chain(&others).zip(days.iter().zip(&next)).collect();
    let events: Vec<_> = all.iter().map(|(uid, (from, to))| (uid.as_str(), from.as_str(), to.as_str(), "")).collect();
    upload(&hotel, &feed, &calendar(&events)).await.expect(200);
    let expected: Vec<(String, String)> = all[3..].iter().map(|(_, (from, to))| ((*from).clone(), (*to).clone())).collect();
    assert_eq!(external(&hotel).await, expected);
    app.assert_consistent().await;
}

/// A step of a random life of a hotel, and of a site that shows nights of the hotel beside its own.
#[derive(Debug, Clone)]
enum Step {
    Book(u64, u64),
    Cancel(usize),
    SellThere(u64, u64),
    CancelThere(usize),
    Look,
    Poll,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0_u64..20, 1_u64..5).prop_map(|(from, count)| Step::Book(from, count)),
        (0_usize..3).prop_map(Step::Cancel),
        (0_u64..20, 1_u64..5).prop_map(|(from, count)| Step::SellThere(from, count)),
        (0_usize..3).prop_map(Step::CancelThere),
        Just(Step::Look),
        Just(Step::Poll),
    ]
}

fn day(n: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 12, 5).expect("a date") + Days::new(n)
}

type Spans = Vec<(String, NaiveDate, NaiveDate)>;

struct Life {
    app: TestApp,
    hotel: Hotel,
    /// Number of rooms, if the feed is of their type.
    rooms: Option<u32>,
    feed: Reply,
    export: String,
    bookings: Vec<String>,
    sold: Spans,
    mirrored: Vec<(String, String)>,
    /// Events that were all the hotel's own nights once: nobody can tell them from a mirror image.
    taken_for_echoes: BTreeSet<String>,
    count: usize,
}

impl Life {
    /// A hotel with one room and a feed of it, or with several and a feed of their type.
    async fn new(rooms: Option<u32>) -> Self {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec { rooms: rooms.unwrap_or(1), ..HotelSpec::default() }).await;
        let (feed, subject) = match rooms {
            None => (import(&hotel, None).await, json!({"room_id": hotel.rooms[0]})),
            Some(_) => (import_of_type(&hotel).await, json!({"room_type_id": hotel.double})),
        };
        let feed = feed.expect(201);
        let export = path_of(&export(&hotel, subject).await.expect(201));
        Self {
            app,
            hotel,
            rooms,
            feed,
            export,
            bookings: Vec::new(),
            sold: Vec::new(),
            mirrored: Vec::new(),
            taken_for_echoes: BTreeSet::new(),
            count: 0,
        }
    }

    fn calendar(&self) -> String {
        let mirrored = self.mirrored.iter().map(|(from, to)| (format!("mirror-{from}-{to}"), from.clone(), to.clone()));
        let own = self.sold.iter().map(|(uid, from, to)| (uid.clone(), from.to_string(), to.to_string()));
        let all: Vec<_> = mirrored.chain(own).collect();
        calendar(&all.iter().map(|(uid, from, to)| (uid.as_str(), from.as_str(), to.as_str(), "")).collect::<Vec<_>>())
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Book(from, count) => {
                let (from, to) = (day(from), day(from + count));
                let request = match self.rooms {
                    None => self.hotel.request_for(0, from, to),
                    Some(_) => self.hotel.request(from, to),
                };
                let made = self.hotel.manager.post("/v1/bookings", &request).await;
                if made.status == 201 {
                    self.bookings.push(made.id().to_owned());
                }
            }
            Step::Cancel(place) if place < self.bookings.len() => {
                let path = format!("/v1/bookings/{}/cancel", self.bookings.remove(place));
                self.hotel.manager.post(&path, &json!({})).await.expect(200);
            }
            Step::SellThere(from, count) => {
                let (from, to) = (day(from), day(from + count));
                let is_shown = |(one, other): &(String, String)| {
                    one.as_str() < to.to_string().as_str() && from.to_string().as_str() < other.as_str()
                };
                let is_sold = self.sold.iter().any(|(_, one, other)| *one < to && from < *other);
                if (self.rooms.is_some() || !is_sold) && !self.mirrored.iter().any(is_shown) {
                    self.count += 1;
                    self.sold.push((format!("sold-{}", self.count), from, to));
                }
            }
            Step::CancelThere(place) if place < self.sold.len() => {
                self.sold.remove(place);
            }
            Step::Cancel(_) | Step::CancelThere(_) => {}
            Step::Look => self.mirrored = told_by(&self.app, &self.export).await,
            Step::Poll => self.poll().await,
        }
    }

    /// Reads the calendar, confirms that it is empty if that is asked, and checks what is known of each night.
    async fn poll(&mut self) {
        upload(&self.hotel, &self.feed, &self.calendar()).await.expect(200);
        let open = self.hotel.manager.get(&format!("/v1/feed-conflicts?feed_id={}", self.feed.id())).await.expect(200);
        let open = open.body["items"].as_array().expect("conflicts").clone();
        for question in open.iter().filter(|conflict| conflict["reason"] == "empty") {
            let path = format!("/v1/feed-conflicts/{}/confirm", question["id"].as_str().expect("an id"));
            assert_eq!(self.hotel.manager.post(&path, &json!({})).await.expect(200).body["status"], "resolved");
        }
        let spans =
            open.iter().filter_map(|conflict| Some((conflict["from"].as_str()?.to_owned(), conflict["to"].as_str()?.to_owned())));
        let disputed: BTreeSet<NaiveDate> = each_night(&spans.collect::<Vec<_>>()).collect();
        let blocked = self.blocked().await;
        let taken = self.taken().await;
        for (uid, from, to) in &self.sold {
            let nights: Vec<NaiveDate> = from.iter_days().take_while(|night| night < to).collect();
            if nights.iter().all(|night| taken.contains(night)) {
                self.taken_for_echoes.insert(uid.clone());
            }
            // A room stands for all events on a night, of rooms of a type each has its own.
            let name = self.rooms.map(|_| uid.clone());
            let is_known = |night: &NaiveDate| disputed.contains(night) || blocked.contains(&(name.clone(), *night));
            let is_told = self.taken_for_echoes.contains(uid) || nights.iter().all(is_known);
            assert!(is_told, "{uid} is on sale, or sold twice in silence");
        }
        self.app.assert_consistent().await;
    }

    /// The nights on which guests have all rooms.
    async fn taken(&self) -> BTreeSet<NaiveDate> {
        let rooms = self.rooms.unwrap_or(1);
        let full = format!(
            "SELECT night::text AS night FROM room_nights WHERE stay_id IS NOT NULL GROUP BY night HAVING count(*) >= {rooms}"
        );
        self.app.rows(&full).await.iter().map(night_of).collect()
    }

    /// The nights that are blocked, of a feed of a type each with the name of its event.
    async fn blocked(&self) -> BTreeSet<(Option<String>, NaiveDate)> {
        let rows = self
            .app
            .rows(
                "SELECT k.feed_uid, n.night::text AS night FROM room_nights n JOIN room_blocks k ON k.id = n.block_id \
                 WHERE NOT k.is_deleted",
            )
            .await;
        let name = |row: &Value| self.rooms.map(|_| row["feed_uid"].as_str().expect("a name").to_owned());
        rows.iter().map(|row| (name(row), night_of(row))).collect()
    }
}

fn night_of(row: &Value) -> NaiveDate {
    row["night"].as_str().expect("a date").parse().expect("a date")
}

fn each_night(spans: &[(String, String)]) -> impl Iterator<Item = NaiveDate> + use<> {
    let date = |text: &String| text.parse::<NaiveDate>().expect("a date");
    let spans: Vec<(NaiveDate, NaiveDate)> = spans.iter().map(|(from, to)| (date(from), date(to))).collect();
    spans.into_iter().flat_map(|(from, to)| from.iter_days().take_while(move |night| *night < to))
}

/// F1, F7: random lives on the real server, at whose end nothing is blocked but what is sold elsewhere.
#[tokio::test]
async fn a_hotel_and_its_mirror_come_to_rest() {
    let mut runner = TestRunner::deterministic();
    for rooms in (0..size(2, 40)).flat_map(|_| [None, Some(2)]) {
        let steps = prop::collection::vec(step(), 10..30).new_tree(&mut runner).expect("steps").current();
        let mut life = Life::new(rooms).await;
        for step in steps.clone() {
            life.step(step).await;
        }
        for _ in 0..2 {
            life.step(Step::Look).await;
            life.step(Step::Poll).await;
        }
        let sold: Vec<(String, String)> = life.sold.iter().map(|(_, from, to)| (from.to_string(), to.to_string())).collect();
        let caused: BTreeSet<NaiveDate> = each_night(&sold).collect();
        assert!(
            each_night(&external(&life.hotel).await).all(|night| caused.contains(&night)),
            "a block outlived its cause: {steps:?}"
        );
        let last = upload(&life.hotel, &life.feed, &life.calendar()).await.expect(200);
        assert_eq!(
            (&last.body["added"], &last.body["moved"], &last.body["released"]),
            (&json!(0), &json!(0), &json!(0)),
            "{steps:?}"
        );
    }
}
