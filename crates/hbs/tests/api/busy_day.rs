//! A day of a hotel at its desk: from the evening before to the guests who come after the night audit. Everybody has the
//! permissions of a role that a hotel begins with, none of which lets anybody pass over a rule. Each screen is drawn by one call.
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, book, day, eur, size};
use axum::extract::Request;
use axum::middleware::{self, Next};
use hbs::domains::authorization::DEFAULT_ROLES;
use http::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Most items of an action on several bookings.
const ITEMS: usize = 100;

// The screens

/// The screens that everybody looks at, with the calls by which they are drawn.
#[derive(Clone, Default)]
struct Screens {
    drawn: Arc<AtomicUsize>,
    called: Arc<AtomicUsize>,
}

impl Screens {
    /// Returns a router that counts the calls by which something is read.
    fn counting(&self, router: axum::Router) -> axum::Router {
        let called = Arc::clone(&self.called);
        router.layer(middleware::from_fn(move |request: Request, next: Next| {
            if request.method() == Method::GET {
                called.fetch_add(1, Ordering::Relaxed);
            }
            next.run(request)
        }))
    }

    /// Opens a screen. Nothing else may be read for it.
    async fn open(&self, client: &Client, path: &str) -> Value {
        let reply = client.get(path).await.expect(200);
        let drawn = self.drawn.fetch_add(1, Ordering::Relaxed) + 1;
        assert_eq!(self.called.load(Ordering::Relaxed), drawn, "a screen takes more than one call; the last one was {path}");
        reply.body
    }
}

/// Asserts that rows have what their screen shows, and what is needed to act on them.
#[track_caller]
fn assert_drawn<'a>(rows: impl IntoIterator<Item = &'a Value>, members: &[&str]) {
    for row in rows {
        for member in members {
            assert!(!row[*member].is_null(), "{member} is missing in {row}");
        }
    }
}

/// Fields that the desk shows of each stay.
const STAY: &[&str] = &[
    "stay_id",
    "booking_id",
    "reference",
    "version",
    "status",
    "guest_name",
    "phone",
    "room_type_name",
    "room_id",
    "room_number",
    "floor",
    "housekeeping",
    "check_in",
    "check_out",
    "nights",
    "guests",
    "total",
    "balance",
];

/// Fields that attendants see of each room that they are to make up.
const TASK: &[&str] = &["id", "version", "room_number", "floor", "service", "status", "housekeeping", "occupancy", "credits"];

fn list<'a>(body: &'a Value, name: &str) -> Vec<&'a Value> {
    body[name].as_array().unwrap_or_else(|| panic!("no {name} in {body}")).iter().collect()
}

/// Returns the rows of guests whose names begin so.
fn named<'a>(rows: &[&'a Value], kind: &str) -> Vec<&'a Value> {
    rows.iter().copied().filter(|row| text(row, "guest_name").starts_with(kind)).collect()
}

fn text<'a>(row: &'a Value, member: &str) -> &'a str {
    row[member].as_str().unwrap_or_else(|| panic!("no {member} in {row}"))
}

fn count(body: &Value, member: &str) -> usize {
    body[member].as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or_else(|| panic!("no {member} in {body}"))
}

fn path_of(row: &Value, action: &str) -> String {
    format!("/v1/bookings/{}/stays/{}/{action}", text(row, "booking_id"), text(row, "stay_id"))
}

/// Returns the client, sending the version that a row shows.
fn seeing(client: &Client, row: &Value) -> Client {
    client.with("if-match", format!("\"{}\"", row["version"]))
}

// The house

/// Numbers of a day, all of them by the number of those who arrive.
#[derive(Clone, Copy)]
struct Numbers {
    arrivals: usize,
}

impl Numbers {
    fn rooms(self) -> usize {
        2 * self.arrivals
    }

    fn leave(self) -> usize {
        self.arrivals / 2
    }

    fn stay_on(self) -> usize {
        self.arrivals / 4
    }

    fn of_group(self) -> usize {
        self.arrivals / 5
    }

    /// Guests of each kind that makes work: who stay longer, come late, do not come, come after they were given up, are upgraded,
    /// or pay for another type.
    fn few(self) -> usize {
        self.arrivals / 20
    }

    /// Guests who come as they have booked.
    fn as_booked(self) -> usize {
        self.arrivals - self.of_group() - 5 * self.few()
    }

    /// Guests who have come by the audit, with the one who walks in.
    fn arrived(self) -> usize {
        self.arrivals - 3 * self.few() + 1
    }

    fn in_house_at_night(self) -> usize {
        self.stay_on() + self.few() + self.arrived()
    }
}

struct House<'a> {
    app: &'a TestApp,
    hotel: Hotel,
    numbers: Numbers,
    screens: Screens,
    desk: Client,
    head: Client,
    attendants: [Client; 2],
}

impl<'a> House<'a> {
    async fn open(app: &'a TestApp, numbers: Numbers) -> Self {
        let hotel = app.hotel(HotelSpec { rooms: 0, ..HotelSpec::default() }).await;
        let screens = Screens::default();
        let staff = async |code: &str| {
            let role = DEFAULT_ROLES.iter().find(|role| role.code == code).expect("a role");
            let permissions = role.permission_names();
            let passing_over = ["override", "waive_fee", "price", "close_early"];
            assert!(!permissions.iter().any(|name| passing_over.iter().any(|end| name.ends_with(end))), "{permissions:?}");
            app.staff(&permissions, Some(&hotel.id)).await.at(screens.counting(app.router.clone()))
        };
        let (desk, head) = (staff("front_desk").await, staff("head_housekeeper").await);
        let attendants = [staff("housekeeping").await, staff("housekeeping").await];
        let house = Self { app, hotel, numbers, screens, desk, head, attendants };
        house.build().await;
        house
    }

    /// Adds the rooms, twenty a floor, and sets rooms aside for the group.
    async fn build(&self) {
        let Self { hotel, numbers, .. } = self;
        let suites = 2 * numbers.few();
        let kind = |n: usize| if n < suites { "STE" } else { "DBL" };
        let room = |n: usize| format!("{}{:02},{},{}\n", n / 20 + 1, n % 20 + 1, kind(n), n / 20 + 1);
        let rooms = std::iter::once("number,room_type,floor\n".to_owned()).chain((0..numbers.rooms()).map(room)).collect();
        let import = format!("/v1/rooms/import?property_id={}", hotel.id);
        hotel.manager.with("content-type", "text/csv").send(Method::POST, &import, Some(rooms)).await.expect(200);
        let group = json!({
            "property_id": hotel.id, "name": "Tour of the north", "code": "TOUR", "cut_off": day(1),
            "contact": {"full_name": "Gil Guia", "phone": "+351910000000"},
            "block": [{"room_type_id": hotel.double, "from": day(1), "to": day(3), "rooms": numbers.of_group()}],
            "rates": [{"room_type_id": hotel.double, "nightly_price": eur("80.00")}],
        });
        hotel.manager.post("/v1/groups", &group).await.expect(201);
    }

    fn path(&self, list: &str, more: &str) -> String {
        format!("/v1/{list}?property_id={}{more}", self.hotel.id)
    }

    async fn screen(&self, list: &str, more: &str) -> Value {
        self.screens.open(&self.desk, &self.path(list, more)).await
    }

    /// The day at the desk. Nobody is without a room.
    async fn desk_screen(&self) -> Value {
        let shown = self.screen("front-desk", "").await;
        for name in ["arrivals", "departures", "in_house"] {
            assert_drawn(list(&shown, name), STAY);
        }
        assert_eq!(shown["unassigned"], json!([]));
        shown
    }

    /// The audit as it would be run now.
    async fn audit_screen(&self) -> Value {
        let preview = self.screens.open(&self.desk, &format!("/v1/properties/{}/night-audit", self.hotel.id)).await;
        for name in ["arrivals", "departures"] {
            assert_drawn(list(&preview, name), &["stay_id", "booking_id", "reference", "guest_name", "room_number", "check_out"]);
        }
        assert_drawn(list(&preview, "arrivals"), &["no_show_fee", "cancellation_fee"]);
        preview
    }

    async fn sell(&self, kind: &str, guests: usize, from: u64, to: u64) {
        for n in 0..guests {
            let mut request = self.hotel.request(day(from), day(to));
            request["contact"] = json!({"full_name": format!("{kind} {n}"), "phone": format!("+35191{n:07}")});
            book(&self.desk, &request).await.expect(201);
        }
    }

    /// Acts on the stays of rows at their versions, a hundred at a time. Returns the results.
    async fn in_bulk(&self, action: &str, rows: &[&Value]) -> Vec<Value> {
        let mut results = Vec::new();
        for rows in rows.chunks(ITEMS) {
            let item =
                |row: &&Value| json!({"booking_id": row["booking_id"], "stay_id": row["stay_id"], "version": row["version"]});
            let items: Vec<Value> = rows.iter().map(item).collect();
            let body = json!({"property_id": self.hotel.id, "items": items});
            let done = self.desk.post(&format!("/v1/bookings/bulk-{action}"), &body).await.expect(200);
            results.extend(list(&done.body, "results").into_iter().cloned());
        }
        assert_eq!(results.len(), rows.len());
        results
    }

    async fn all_in_bulk(&self, action: &str, rows: &[&Value]) {
        for result in self.in_bulk(action, rows).await {
            assert_eq!(result["status"], 200, "{action}: {result}");
        }
    }

    async fn check_in(&self, row: &Value) -> Reply {
        seeing(&self.desk, row).post(&path_of(row, "check-in"), &json!({})).await.expect(200)
    }

    async fn audit(&self, query: &str, body: &Value) -> Value {
        let path = format!("/v1/properties/{}/night-audit{query}", self.hotel.id);
        self.desk.post(&path, body).await.expect(200).body
    }
}

// The day

impl House<'_> {
    /// The evening before: guests come who leave on the day, stay longer or stay on; others have booked; the date is closed.
    async fn evening(&self) {
        let numbers = self.numbers;
        self.sell("Leaves", numbers.leave(), 0, 1).await;
        self.sell("Longer", numbers.few(), 0, 1).await;
        self.sell("Stays", numbers.stay_on(), 0, 3).await;
        for kind in ["Late", "Missing", "After", "Upgraded", "Pays"] {
            self.sell(kind, numbers.few(), 1, 3).await;
        }
        self.sell("Booked", numbers.as_booked(), 1, 3).await;
        let group = self.screen("groups", "").await["items"][0]["id"].clone();
        let group = group.as_str().expect("a group");
        let row = |n: usize| format!("{n},Guest {n},DBL,{},{},2\n", day(1), day(3));
        let header = "reference,guest_name,room_type,check_in,check_out,adults\n".to_owned();
        let rooming: String = std::iter::once(header).chain((0..numbers.of_group()).map(row)).collect();
        let path = format!("/v1/groups/{group}/rooming-list");
        let imported = self.desk.with("content-type", "text/csv").send(Method::POST, &path, Some(rooming)).await.expect(200);
        assert_eq!(count(&imported.body, "imported"), numbers.of_group());

        let shown = self.desk_screen().await;
        self.all_in_bulk("check-in", &list(&shown, "arrivals")).await;
        self.app.set_clock("2026-12-02T03:00:00Z");
        let preview = self.audit_screen().await;
        assert_eq!(preview["can_close"], json!(false), "before a hotel's first audit, the next date is the one of the clock");
        let closed = self.audit("", &json!({"business_date": day(0)})).await;
        assert_eq!(count(&closed, "rooms_occupied"), numbers.leave() + numbers.few() + numbers.stay_on());
    }

    /// The morning: some stay longer, a pipe bursts in a room for which somebody is expected, the others leave.
    async fn morning(&self) {
        self.app.set_clock("2026-12-02T08:00:00Z");
        let shown = self.desk_screen().await;
        let (arrivals, departures) = (list(&shown, "arrivals"), list(&shown, "departures"));
        assert_eq!((arrivals.len(), departures.len()), (self.numbers.arrivals, self.numbers.leave() + self.numbers.few()));
        for row in named(&departures, "Longer") {
            let (path, body) = (format!("/v1/bookings/{}/amend", text(row, "booking_id")), json!({"check_out": day(2)}));
            let told = seeing(&self.desk, row).post(&format!("{path}?dry_run=true"), &body).await.expect(200);
            assert_eq!(told.body["difference"], eur("100.00"));
            let done = seeing(&self.desk, row).post(&path, &body).await.expect(200);
            assert_eq!(done.body["difference"], told.body["difference"]);
            assert_eq!(done.body["booking"]["stays"][0]["room_number"], row["room_number"], "they keep their room");
        }
        let wet = named(&arrivals, "Booked")[0];
        let block = json!({
            "property_id": self.hotel.id, "room_id": wet["room_id"], "kind": "out_of_order", "reason": "Burst pipe",
            "from": day(1), "to": day(4),
        });
        let blocked = self.head.post("/v1/room-blocks", &block).await.expect(201);
        let moved = list(&blocked.body, "moved");
        assert_eq!(moved.len(), 1, "{}", blocked.body);
        assert_drawn(moved, &["guest_name", "room_number"]);
        assert_eq!((&blocked.body["unassigned"], &blocked.body["overbooked"]), (&json!([]), &json!([])));
        self.all_in_bulk("check-out", &named(&departures, "Leaves")).await;
    }

    /// The first guests come while most rooms are to be made up: those whose room is ready have it.
    async fn early_guests(&self) {
        self.app.set_clock("2026-12-02T10:30:00Z");
        let shown = self.desk_screen().await;
        let arrivals = list(&shown, "arrivals");
        let booked = named(&arrivals, "Booked");
        let results = self.in_bulk("check-in", &booked).await;
        for (row, result) in booked.iter().zip(&results) {
            let is_ready = matches!(text(row, "housekeeping"), "clean" | "inspected");
            let expected = if is_ready { json!([200, null]) } else { json!([409, "booking.room_not_ready"]) };
            assert_eq!(json!([result["status"], result["problem"]["code"]]), expected, "{row}");
        }
        let done = results.iter().filter(|result| result["status"] == 200).count();
        assert!(0 < done && done < results.len(), "{done} of {}", results.len());
    }

    /// The rooms are made up and inspected: the plan, each attendant's own rooms, all of the house.
    async fn housekeeping(&self) {
        let attendants: Vec<Value> = self.attendants.iter().map(|one| json!({"attendant_id": one.user_id()})).collect();
        let plan = json!({"property_id": self.hotel.id, "attendants": attendants});
        let planned = self.head.post("/v1/housekeeping/plan", &plan).await.expect(200);
        assert_drawn(list(&planned.body, "tasks"), &["attendant_name", "place"]);
        let act = async |client: &Client, action: &str, tasks: &[&Value]| {
            let ids: Vec<&Value> = tasks.iter().map(|task| &task["id"]).collect();
            let body = json!({"property_id": self.hotel.id, "action": action, "task_ids": ids});
            let done = client.post("/v1/housekeeping/tasks/act", &body).await.expect(200);
            for result in list(&done.body, "results") {
                assert_eq!(result["code"], Value::Null, "{action}: {result}");
            }
        };
        let mut tasks = 0;
        for attendant in &self.attendants {
            let own = self.screens.open(attendant, &self.path("housekeeping/tasks", "&mine=true")).await;
            let own = list(&own, "tasks");
            assert_drawn(own.iter().copied(), TASK);
            tasks += own.len();
            act(attendant, "start", &own).await;
            act(attendant, "finish", &own).await;
        }
        assert_eq!(tasks, list(&planned.body, "tasks").len());
        let finished = self.screens.open(&self.head, &self.path("housekeeping/tasks", "&status=finished")).await;
        act(&self.head, "inspect", &list(&finished, "tasks")).await;
        let house = self.screens.open(&self.head, &self.path("housekeeping", "")).await;
        let rooms: Vec<&Value> = list(&house, "floors").into_iter().flat_map(|floor| list(floor, "rooms")).collect();
        assert_eq!(rooms.len(), self.numbers.rooms());
        assert_drawn(rooms.iter().copied(), &["room_number", "version", "room_type_name", "housekeeping", "occupancy"]);
        let is_unmade = |room: &&&Value| room["housekeeping"] == "dirty" && room["is_blocked"] == false;
        let unmade: Vec<&&Value> = rooms.iter().filter(is_unmade).collect();
        assert!(unmade.is_empty(), "{unmade:?}");
    }

    /// The afternoon: the group comes, some are upgraded, some pay for another type, somebody walks in, and all others but a few
    /// come.
    async fn afternoon(&self) {
        self.app.set_clock("2026-12-02T16:00:00Z");
        let shown = self.desk_screen().await;
        let arrivals: Vec<&Value> = list(&shown, "arrivals").into_iter().filter(|row| row["status"] == "confirmed").collect();
        let of_group: Vec<&&Value> = arrivals.iter().filter(|row| row["group_id"].is_string()).collect();
        assert_drawn(of_group.iter().map(|row| **row), &["group_name"]);
        let check_in = format!("/v1/groups/{}/check-in", text(of_group[0], "group_id"));
        let group = self.desk.post(&check_in, &json!({})).await.expect(200);
        assert_eq!(["done", "refused", "remaining"].map(|name| count(&group.body, name)), [self.numbers.of_group(), 0, 0]);

        for row in named(&arrivals, "Upgraded") {
            let suites = format!("?room_type_id={}&is_assignable=true", self.hotel.suite);
            let choice = self.screens.open(&self.desk, &format!("{}{suites}", path_of(row, "rooms"))).await;
            let best = list(&choice, "rooms")[0];
            assert_drawn([best], &["room_id", "room_number", "housekeeping", "price_difference"]);
            let body = json!({"room_id": best["room_id"], "upgrade": true});
            let moved = seeing(&self.desk, &choice).put(&path_of(row, "room"), &body).await.expect(200);
            assert_eq!((&moved.body["stays"][0]["room_number"], &moved.body["total"]), (&best["room_number"], &eur("200.00")));
            self.desk.with("if-match", moved.header("etag")).post(&path_of(row, "check-in"), &json!({})).await.expect(200);
        }
        for row in named(&arrivals, "Pays") {
            let inside = self.check_in(row).await;
            let desk = self.desk.with("if-match", inside.header("etag"));
            let body = json!({"stays": [{"stay_id": row["stay_id"], "room_type_id": self.hotel.suite}]});
            let path = format!("/v1/bookings/{}/amend", text(row, "booking_id"));
            let told = desk.post(&format!("{path}?dry_run=true"), &body).await.expect(200);
            let paid = desk.post(&path, &body).await.expect(200);
            assert_eq!((&told.body["difference"], &paid.body["difference"]), (&eur("300.00"), &eur("300.00")));
        }
        for row in named(&arrivals, "Booked") {
            self.check_in(row).await;
        }
        let walk_in = json!({
            "property_id": self.hotel.id, "check_out": day(2), "rooms": [{"room_type_id": self.hotel.double, "adults": 1}],
            "contact": {"full_name": "Walks in", "phone": "+351919999999"},
        });
        self.desk.post("/v1/walk-ins", &walk_in).await.expect(201);

        let chart = self.screen("calendar", &format!("&from={}&to={}", day(1), day(15))).await;
        for kind in list(&chart, "room_types") {
            assert_eq!(kind["unassigned"], json!([]));
        }
        let segments: Vec<&Value> = list(&chart, "rooms").into_iter().flat_map(|room| list(room, "segments")).collect();
        let of_kind = |kind: &str| segments.iter().copied().filter(|segment| segment["kind"] == kind).collect::<Vec<_>>();
        assert_drawn(of_kind("stay"), &["stay_id", "booking_id", "version", "guest_name", "status", "has_balance", "guests"]);
        assert_eq!(of_kind("block").len(), 1);
    }

    /// The night: the audit asks about those who have not come, and tells what it would come to as it does.
    async fn night(&self) {
        self.app.set_clock("2026-12-03T02:30:00Z");
        let preview = self.audit_screen().await;
        assert_eq!((&preview["business_date"], &preview["is_day_over"]), (&json!(day(1)), &json!(true)));
        assert_eq!(preview["departures"], json!([]));
        let open = list(&preview, "arrivals");
        let decided: Vec<Value> = [("Late", "expected_until_morning"), ("Missing", "no_show"), ("After", "no_show")]
            .into_iter()
            .flat_map(|(kind, decision)| named(&open, kind).into_iter().map(move |row| (row["stay_id"].clone(), decision)))
            .map(|(stay_id, decision)| json!({"stay_id": stay_id, "decision": decision}))
            .collect();
        assert_eq!((open.len(), decided.len()), (3 * self.numbers.few(), 3 * self.numbers.few()));
        let body = json!({"business_date": day(1), "arrivals": decided});
        let told = self.audit("?dry_run=true", &body).await;
        let closed = self.audit("", &body).await;
        assert_eq!(closed, told);
        let figures = ["arrivals", "departures", "no_shows", "late_arrivals", "rooms_occupied", "rooms_available"];
        let numbers = self.numbers;
        assert_eq!(
            figures.map(|name| count(&closed, name)),
            [
                numbers.arrived(),
                numbers.leave(),
                2 * numbers.few(),
                numbers.few(),
                numbers.in_house_at_night(),
                numbers.rooms() - 1
            ]
        );
    }

    /// After the audit: who was expected comes, and who was given up comes after all.
    async fn small_hours(&self) {
        self.app.set_clock("2026-12-03T04:00:00Z");
        for n in 0..self.numbers.few() {
            let name = format!("After {n}");
            let found = self.screen("search", &format!("&q=after+{n}&limit=50")).await;
            let hit = list(&found, "bookings").into_iter().find(|hit| hit["guest_name"] == name.as_str()).expect("a booking");
            assert_drawn([hit], &["booking_id", "version", "status", "room_numbers"]);
            let path = format!("/v1/bookings/{}", text(hit, "booking_id"));
            let late = json!({"first_night": "charged", "reason": "Their train was cancelled"});
            let back = seeing(&self.desk, hit).post(&format!("{path}/reinstate"), &late).await.expect(200);
            assert_eq!(back.body["total"], eur("200.00"));
            self.desk.with("if-match", back.header("etag")).post(&format!("{path}/check-in"), &json!({})).await.expect(200);
        }
        let shown = self.desk_screen().await;
        assert_eq!(shown["business_date"], json!(day(2)));
        let arrivals = list(&shown, "arrivals");
        let late = named(&arrivals, "Late");
        assert_eq!(late.len(), self.numbers.few());
        for row in late {
            assert_eq!(row["late_on"], json!(day(2)));
            self.check_in(row).await;
        }
        let shown = self.desk_screen().await;
        assert_eq!(list(&shown, "in_house").len(), self.numbers.in_house_at_night() + 2 * self.numbers.few());
        let departures = list(&shown, "departures");
        assert_eq!((named(&departures, "Longer").len(), named(&departures, "Walks").len()), (self.numbers.few(), 1));
    }
}

#[tokio::test]
async fn a_day_at_the_desk_takes_no_exception_and_one_call_a_screen() {
    let app = TestApp::new().await;
    let house = House::open(&app, Numbers { arrivals: size(20, 200) }).await;
    house.evening().await;
    house.morning().await;
    house.early_guests().await;
    house.housekeeping().await;
    house.afternoon().await;
    house.night().await;
    house.small_hours().await;
    let words = "'ignored_capacity', 'ignored_restrictions', 'force_reason', 'closed_early'";
    let exceptions = format!("SELECT count(*) FROM outbox WHERE changes ?| ARRAY[{words}]");
    assert_eq!(app.number(&exceptions).await, 0);
    app.assert_consistent().await;
}
