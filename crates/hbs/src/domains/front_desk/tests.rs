use crate::every_route::{Call, Request};
use crate::support::{Hotel, HotelSpec, Reply, TestApp};
use diesel_async::SimpleAsyncConnection;
use serde_json::{Value, json};

async fn day(hotel: &Hotel, date: &str) -> Reply {
    hotel.manager.get(&format!("/v1/front-desk?property_id={}&date={date}", hotel.id)).await.expect(200)
}

/// The references on a list.
fn on<'a>(reply: &'a Reply, list: &str) -> Vec<&'a str> {
    let stays = reply.body[list].as_array().unwrap_or_else(|| panic!("no {list} in {}", reply.body));
    stays.iter().filter_map(|stay| stay["reference"].as_str()).collect()
}

fn reference(booking: &Reply) -> &str {
    booking.body["reference"].as_str().expect("a reference")
}

#[tokio::test]
async fn the_desk_sees_its_day() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, overbooking: 1, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let act = async |booking: &Reply, action: &str| {
        desk.post(&format!("/v1/bookings/{}/{action}", booking.id()), &json!({})).await.expect(200)
    };
    let here = hotel.book(desk, "2026-12-01", "2026-12-03").await;
    let comes = hotel.book(desk, "2026-12-01", "2026-12-02").await;
    let without_room = hotel.book(desk, "2026-12-01", "2026-12-02").await;
    let cancelled = hotel.book(desk, "2026-12-05", "2026-12-06").await;
    act(&here, "check-in").await;
    act(&cancelled, "cancel").await;

    let today = desk.get(&format!("/v1/front-desk?property_id={}", hotel.id)).await.expect(200);
    assert_eq!((&today.body["date"], &today.body["business_date"]), (&json!("2026-12-01"), &json!("2026-12-01")));
    let (here_is, comes_is, without_is) = (reference(&here), reference(&comes), reference(&without_room));
    assert_eq!(on(&today, "arrivals"), [without_is, here_is, comes_is], "by room, those without one first");
    assert_eq!((on(&today, "departures"), on(&today, "in_house")), (vec![], vec![here_is]));
    assert_eq!(on(&today, "unassigned"), [without_is]);
    let stay = &today.body["in_house"][0];
    assert_eq!(
        *stay,
        json!({
            "stay_id": here.body["stays"][0]["id"], "booking_id": here.id(), "reference": here_is, "status": "checked_in",
            "version": 2, "guest_name": "Ana Sousa", "guest": "Ana Sousa", "phone": null, "locale": "en", "language": "en", "channel": "direct",
            "group_id": null, "group_name": null, "room_type_id": hotel.double, "room_type_code": "DBL", "room_type_name": "DBL",
            "booked_room_type_id": hotel.double, "room_id": hotel.rooms[0], "room_number": "101", "floor": null, "is_pinned": false,
            "housekeeping": stay["housekeeping"], "check_in": "2026-12-01", "check_out": "2026-12-03", "late_on": null, "nights": 2,
            "arrival_time": null, "hold_expires_at": null, "guests": 2, "adults": 2, "children_ages": [],
            "total": {"amount": "200.00", "currency": "EUR"}, "balance": {"amount": "200.00", "currency": "EUR"},
            "is_day_use": false, "tags": [], "notes": null, "special_requests": null,
        })
    );
    assert!(stay["housekeeping"].is_string(), "{stay}");

    act(&comes, "check-in").await;
    act(&comes, "check-out").await;
    let tomorrow = day(&hotel, "2026-12-02").await;
    assert_eq!((on(&tomorrow, "departures"), on(&tomorrow, "in_house")), (vec![comes_is], vec![here_is]));
    assert_eq!((on(&tomorrow, "arrivals"), on(&tomorrow, "unassigned")), (vec![], vec![]));
    let overdue = day(&hotel, "2026-12-09").await;
    assert_eq!((on(&overdue, "departures"), on(&overdue, "in_house")), (vec![here_is], vec![here_is]), "still there");
    assert_eq!(on(&day(&hotel, "2026-12-05").await, "arrivals"), Vec::<&str>::new(), "who has cancelled does not come");
}

/// U8: a row has all that the desk draws of a stay: nothing more is asked for.
#[tokio::test]
async fn a_row_of_the_desk_draws_its_stay() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, suites: 1, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    app.sql(&format!("UPDATE rooms SET floor = left(number, 1) WHERE property_id = '{}'", hotel.id)).await;
    let group = json!({"property_id": hotel.id, "name": "Wedding", "code": "ANA-RUI", "cut_off": "2026-12-02",
                       "block": [{"room_type_id": hotel.suite, "from": "2026-12-03", "to": "2026-12-05", "rooms": 1}]});
    let group = desk.post("/v1/groups", &group).await.expect(201);
    let mut request = hotel.request("2026-12-03", "2026-12-05");
    request["rooms"][0] = json!({"room_type_id": hotel.suite, "adults": 2, "children_ages": [4], "guest_name": "Rui Lima"});
    for (field, value) in [
        ("group_code", json!("ANA-RUI")),
        ("arrival_time", json!("22:30")),
        ("locale", json!("pt-PT")),
        ("notes", json!("By night train")),
        ("tags", json!(["VIP"])),
    ] {
        request[field] = value;
    }
    request["contact"]["phone"] = json!("+351910000000");
    let booking = desk.post("/v1/bookings", &request).await.expect(201);
    let plain = hotel.book(desk, "2026-12-03", "2026-12-04").await;

    let arrivals = day(&hotel, "2026-12-03").await.body["arrivals"].clone();
    let row = arrivals.as_array().expect("a list").iter().find(|row| row["booking_id"] == booking.id()).expect("the stay");
    for (field, value) in [
        ("guest_name", json!("Rui Lima")),
        ("phone", json!("+351910000000")),
        ("locale", json!("pt-PT")),
        ("language", json!("pt-PT")),
        ("group_id", group.body["id"].clone()),
        ("group_name", json!("Wedding")),
        ("room_type_code", json!("STE")),
        ("floor", json!("2")),
        ("nights", json!(2)),
        ("guests", json!(3)),
        ("arrival_time", json!("22:30")),
        ("balance", booking.body["total"].clone()),
        ("tags", json!(["vip"])),
        ("notes", json!("By night train")),
        ("version", json!(1)),
    ] {
        assert_eq!(row[field], value, "{field}");
    }
    let listed = async |query: &str| {
        let day = desk.get(&format!("/v1/front-desk?property_id={}&date=2026-12-03&{query}", hotel.id)).await.expect(200);
        day.body["arrivals"].as_array().expect("a list").iter().map(|row| row["booking_id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(listed("floor=2").await, [json!(booking.id())]);
    assert_eq!(listed(&format!("room_type_id={}", hotel.double)).await, [json!(plain.id())]);
    assert_eq!(listed("floor=9").await, Vec::<Value>::new());
}

/// An answer that is asked for again with the mark of an earlier one.
async fn since(hotel: &Hotel, path: &str, before: &Reply) -> Value {
    let sync = before.body["sync"].as_str().expect("a mark");
    hotel.manager.get(&format!("{path}&updated_since={sync}")).await.expect(200).body
}

/// U8: the desk is told what is new since its last look, and which rows have left its lists.
#[tokio::test]
async fn the_desk_hears_what_is_new_and_who_has_left_its_lists() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let first = hotel.book(desk, "2026-12-01", "2026-12-03").await;
    let second = hotel.book(desk, "2026-12-01", "2026-12-02").await;
    let path = format!("/v1/front-desk?property_id={}", hotel.id);
    let whole = desk.get(&path).await.expect(200);
    assert_eq!((&whole.body["is_delta"], &whole.body["replaced"]), (&json!(false), &json!([])));
    let again = desk.with("if-none-match", whole.header("etag")).get(&path).await.expect(304);
    assert!(again.bytes.is_empty());
    let sync = whole.body["sync"].as_str().expect("a mark");
    let nothing = desk.get(&format!("{path}&updated_since={sync}")).await.expect(200);
    assert!(nothing.bytes.len() < 1024, "{}", nothing.body);
    assert_eq!(json!([nothing.body["is_delta"], nothing.body["arrivals"], nothing.body["replaced"]]), json!([true, [], []]));

    // One is checked in, and one is no arrival any more.
    desk.post(&format!("/v1/bookings/{}/check-in", first.id()), &json!({})).await.expect(200);
    desk.post(&format!("/v1/bookings/{}/cancel", second.id()), &json!({})).await.expect(200);
    let delta = since(&hotel, &path, &whole).await;
    let stay = |booking: &Reply| booking.body["stays"][0]["id"].clone();
    let mut replaced = [stay(&first), stay(&second)];
    replaced.sort_by_key(Value::to_string);
    assert_eq!((&delta["is_delta"], &delta["replaced"]), (&json!(true), &json!(replaced)));
    let ids = |list: &str| delta[list].as_array().expect("a list").iter().map(|row| row["stay_id"].clone()).collect::<Vec<_>>();
    assert_eq!((ids("arrivals"), ids("in_house"), ids("departures")), (vec![stay(&first)], vec![stay(&first)], vec![]));
    desk.with("if-none-match", whole.header("etag")).get(&path).await.expect(200);

    // The state of a room is in the rows of its stays; what is settled is in all of the booking's.
    let before = desk.get(&path).await.expect(200);
    let room = format!("/v1/rooms/{}/housekeeping", hotel.rooms[0]);
    desk.post(&room, &json!({"state": "dirty"})).await.expect(200);
    let delta = since(&hotel, &path, &before).await;
    assert_eq!(json!([delta["in_house"][0]["stay_id"], delta["in_house"][0]["housekeeping"]]), json!([stay(&first), "dirty"]));
    let before = desk.get(&path).await.expect(200);
    app.sql(&format!("UPDATE folios SET balance_minor = 0 WHERE booking_id = '{}'", first.id())).await;
    assert_eq!(since(&hotel, &path, &before).await["in_house"][0]["balance"]["amount"], "0.00");

    // Another request, another day, or new names: everything is told.
    let before = desk.get(&path).await.expect(200);
    let other = since(&hotel, &format!("{path}&floor=1"), &before).await;
    assert_eq!(other["is_delta"], false);
    app.set_clock("2026-12-02T08:00:00Z");
    assert_eq!(since(&hotel, &path, &before).await["is_delta"], false, "a new day");
    let before = desk.get(&path).await.expect(200);
    app.sql(&format!("UPDATE room_types SET name = 'Double' WHERE id = '{}'", hotel.double)).await;
    let renamed = since(&hotel, &path, &before).await;
    assert_eq!(json!([renamed["is_delta"], renamed["in_house"][0]["room_type_name"]]), json!([false, "Double"]));
    let wrong = desk.get(&format!("{path}&updated_since=1")).await.expect(422);
    assert_eq!(wrong.pointers(), ["/updated_since"]);
}

/// Transactions do not commit in the order of their numbers or times.
#[tokio::test]
async fn a_change_that_commits_late_is_not_missed() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let slow = hotel.book(desk, "2026-12-01", "2026-12-03").await;
    let quick = hotel.book(desk, "2026-12-01", "2026-12-02").await;
    let path = format!("/v1/front-desk?property_id={}", hotel.id);
    let mut under_way = app.connect().await;
    let update = format!("BEGIN; UPDATE bookings SET notes = 'slow' WHERE id = '{}'", slow.id());
    under_way.batch_execute(&update).await.expect("a change");

    // The mark of this answer is younger than the change, which it does not show yet.
    let patch = json!({"notes": "quick"});
    desk.patch(&format!("/v1/bookings/{}", quick.id()), "\"1\"", &patch).await.expect(200);
    let before = desk.get(&path).await.expect(200);
    assert_eq!(since(&hotel, &path, &before).await["arrivals"], json!([]));
    under_way.batch_execute("COMMIT").await.expect("its end");
    let delta = since(&hotel, &path, &before).await;
    assert_eq!((&delta["is_delta"], &delta["arrivals"][0]["notes"]), (&json!(true), &json!("slow")));
    assert_eq!(delta["arrivals"].as_array().map(Vec::len), Some(1), "and nothing is told twice");
    desk.with("if-none-match", before.header("etag")).get(&path).await.expect(200);
}

#[tokio::test]
async fn housekeeping_hears_what_is_new() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let path = format!("/v1/housekeeping?property_id={}", hotel.id);
    let numbers = |body: &Value| {
        let floors = body["floors"].as_array().expect("floors").iter();
        floors
            .flat_map(|floor| floor["rooms"].as_array().expect("rooms"))
            .map(|room| room["room_number"].clone())
            .collect::<Vec<_>>()
    };
    let before = hotel.manager.get(&path).await.expect(200);
    hotel.manager.with("if-none-match", before.header("etag")).get(&path).await.expect(304);
    assert_eq!(numbers(&since(&hotel, &path, &before).await), Vec::<Value>::new());
    let list = format!("/v1/rooms?property_id={}", hotel.id);
    let rooms = hotel.manager.get(&list).await.expect(200);
    let knows = hotel.manager.with("if-none-match", rooms.header("etag"));
    knows.get(&list).await.expect(304);
    hotel.manager.post(&format!("/v1/rooms/{}/housekeeping", hotel.rooms[1]), &json!({"state": "dirty"})).await.expect(200);
    assert_eq!(numbers(&since(&hotel, &path, &before).await), ["102"]);
    knows.get(&list).await.expect(200);
    knows.get(&format!("{list}&floor=2")).await.expect(200);
    let all = hotel.manager.get("/v1/rooms").await.expect(200);
    hotel.manager.with("if-none-match", all.header("etag")).get("/v1/rooms").await.expect(304);

    // Guests who move leave a room and come to another one: both have changed.
    let booking = hotel.manager.post("/v1/bookings", &hotel.request_for(0, "2026-12-01", "2026-12-02")).await.expect(201);
    let before = hotel.manager.get(&path).await.expect(200);
    let room = format!("/v1/bookings/{}/stays/{}/room", booking.id(), booking.body["stays"][0]["id"].as_str().expect("an id"));
    hotel.manager.with("if-match", "*").put(&room, &json!({"room_id": hotel.rooms[2]})).await.expect(200);
    assert_eq!(numbers(&since(&hotel, &path, &before).await), ["101", "103"]);
    let before = hotel.manager.get(&path).await.expect(200);
    hotel.manager.delete(&format!("/v1/rooms/{}", hotel.rooms[0]), "\"1\"").await.expect(204);
    assert_eq!(since(&hotel, &path, &before).await["removed_rooms"], json!([hotel.rooms[0]]));
}

#[tokio::test]
async fn old_changes_are_forgotten() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    hotel.book(&hotel.manager, "2026-12-01", "2026-12-02").await;
    let count = "SELECT count(*) FROM changes";
    assert!(app.number(count).await > 0);
    app.sql("UPDATE changes SET created_at = now() - interval '7 hours'").await;
    let jobs = hbs::server::jobs();
    let job = jobs.iter().find(|job| job.name == "changes.sweep").expect("the job");
    (job.run)(app.app.clone()).await.expect("its end");
    assert_eq!(app.number(count).await, 0);
}

#[tokio::test]
async fn another_hotels_day_is_not_shown() {
    let app = TestApp::new().await;
    let (own, other) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    own.book(&own.manager, "2026-12-01", "2026-12-02").await;
    assert_eq!(on(&day(&own, "2026-12-01").await, "arrivals").len(), 1);
    assert_eq!(on(&day(&other, "2026-12-01").await, "arrivals").len(), 0);
    other.manager.get(&format!("/v1/front-desk?property_id={}", own.id)).await.expect(404);
    app.guest().await.get(&format!("/v1/front-desk?property_id={}", own.id)).await.expect(403);
    let wrong = own.manager.get(&format!("/v1/front-desk?property_id={}&date=tomorrow", own.id)).await.expect(422);
    assert_eq!(wrong.pointers(), ["/date"]);
    let missing: Value = own.manager.get("/v1/front-desk").await.expect(422).body;
    assert_eq!(missing["errors"][0]["pointer"], "/property_id", "{missing}");
}

#[tokio::test]
async fn housekeeping_sees_the_rooms_floor_by_floor() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, suites: 1, ..HotelSpec::default() }).await;
    app.sql(&format!(
        "UPDATE rooms SET floor = CASE WHEN number < '103' THEN '1' WHEN number < '200' THEN '10' END WHERE property_id = '{}'",
        hotel.id
    ))
    .await;
    let book = async |room: usize, to: &str| {
        hotel.manager.post("/v1/bookings", &hotel.request_for(room, "2026-12-01", to)).await.expect(201)
    };
    let leaves = book(0, "2026-12-02").await;
    let stays = book(1, "2026-12-03").await;
    for booking in [&leaves, &stays] {
        hotel.manager.post(&format!("/v1/bookings/{}/check-in", booking.id()), &json!({})).await.expect(200);
    }
    app.set_clock("2026-12-02T08:00:00Z");
    let mut comes = hotel.request("2026-12-02", "2026-12-04");
    comes["rooms"][0] = json!({"room_type_id": hotel.double, "room_id": hotel.rooms[0], "adults": 1, "children_ages": [3]});
    comes["arrival_time"] = json!("23:15");
    hotel.manager.post("/v1/bookings", &comes).await.expect(201);
    let block = json!({"property_id": hotel.id, "room_id": hotel.rooms[2], "kind": "out_of_order", "reason": "paint",
                       "from": "2026-12-02", "to": "2026-12-03"});
    hotel.manager.post("/v1/room-blocks", &block).await.expect(201);
    hotel.manager.post(&format!("/v1/rooms/{}/housekeeping", hotel.rooms[1]), &json!({"state": "dirty"})).await.expect(200);

    let maid = app.staff(&["rooms:read"], Some(&hotel.id)).await;
    let path = format!("/v1/housekeeping?property_id={}", hotel.id);
    let list = maid.get(&path).await.expect(200).body;
    assert_eq!(list["date"], "2026-12-02");
    let seen: Vec<_> = list["floors"]
        .as_array()
        .expect("floors")
        .iter()
        .flat_map(|floor| {
            floor["rooms"].as_array().expect("rooms").iter().map(|room| {
                json!([
                    floor["floor"],
                    room["room_number"],
                    room["housekeeping"],
                    room["occupancy"],
                    room["is_arriving"],
                    room["guests"],
                    room["is_blocked"]
                ])
            })
        })
        .collect();
    assert_eq!(
        seen,
        [
            json!(["1", "101", "clean", "due_out", true, 2, false]),
            json!(["1", "102", "dirty", "occupied", false, 2, false]),
            json!(["10", "103", "clean", "vacant", false, null, true]),
            json!(["10", "104", "clean", "vacant", false, null, false]),
            json!([null, "201", "clean", "vacant", false, null, false]),
        ]
    );
    let first = &list["floors"][0]["rooms"][0];
    assert_eq!(
        json!([first["number"], first["version"], first["room_type_code"], first["room_type_name"], first["check_out"]]),
        json!(["101", 1, "DBL", "DBL", "2026-12-02"])
    );
    assert_eq!(first["arrival_time"], "23:15", "of those who come");
    let count = async |query: &str| {
        let list = maid.get(&format!("{path}&{query}")).await.expect(200).body;
        list["floors"]
            .as_array()
            .expect("floors")
            .iter()
            .map(|floor| floor["rooms"].as_array().map_or(0, Vec::len))
            .sum::<usize>()
    };
    let of_type = format!("room_type_id={}", hotel.suite);
    assert_eq!([count("floor=10").await, count(&of_type).await, count("floor=7").await], [2, 1, 0]);
    let text = list.to_string();
    assert!(!text.contains("Ana") && !text.contains("HBS-"), "it names nobody: {text}");
    let next = maid.get(&format!("{path}&date=2026-12-03")).await.expect(200).body;
    assert_eq!(next["floors"][0]["rooms"][1]["occupancy"], "due_out");
    assert_eq!(maid.get(&format!("{path}&date=x")).await.expect(422).pointers(), ["/date"]);
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("get_front_desk", async |w| {
            w.booking().await;
            Call::about(w.property().await)
        }),
        Request::new("get_housekeeping", async |w| Call::about(w.property().await)),
    ]
}
