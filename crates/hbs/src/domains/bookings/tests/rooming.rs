//! Rooming lists of groups, and actions on all of a group.
use super::{for_rooms, with};
use crate::support::workbook::XLSX;
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, book, eur};
use http::Method;
use serde_json::{Value, json};

const HEADER: &str = "reference,guest_name,room_type,check_in,check_out,adults";

/// Makes a group of so many doubles from the 10th to the 13th, at 80.00 a night.
async fn tour(hotel: &Hotel, rooms: i32, contact: &Value) -> String {
    let group = json!({
        "property_id": hotel.id, "name": "Tour", "code": "tour", "cut_off": "2026-12-05", "contact": contact,
        "block": [{"room_type_id": hotel.double, "from": "2026-12-10", "to": "2026-12-13", "rooms": rooms}],
        "rates": [{"room_type_id": hotel.double, "nightly_price": eur("80.00")}],
    });
    hotel.manager.post("/v1/groups", &group).await.expect(201).id().to_owned()
}

fn guide() -> Value {
    json!({"full_name": "Gil Guia", "email": "gil@example.com"})
}

async fn send(client: &Client, group: &str, query: &str, list: &str) -> Reply {
    let path = format!("/v1/groups/{group}/rooming-list{query}");
    client.with("content-type", "text/csv").send(Method::POST, &path, Some(list.into())).await
}

/// Returns what is wrong with a row.
fn errors(reply: &Reply, row: usize) -> Vec<String> {
    let items = reply.body.pointer("/report/items").or_else(|| reply.body.get("items")).and_then(Value::as_array).expect("items");
    let item = items.iter().find(|item| item["row"] == row).expect("the row");
    let text = |error: &Value| format!("{} {}", error["column"].as_str().unwrap_or("-"), error["detail"].as_str().expect("text"));
    item["errors"].as_array().expect("errors").iter().map(text).collect()
}

/// Agreed, picked up and remaining rooms of a group on a night.
async fn night(hotel: &Hotel, group: &str, date: &str) -> [i64; 3] {
    let group = hotel.manager.get(&format!("/v1/groups/{group}")).await.expect(200);
    let nights = group.body["nights"].as_array().expect("nights");
    let night = nights.iter().find(|night| night["date"] == date).expect("the night");
    ["blocked", "picked_up", "remaining"].map(|field| night[field].as_i64().expect("a number"))
}

async fn of_group(hotel: &Hotel, group: &str) -> Vec<Value> {
    let listed = hotel.manager.get(&format!("/v1/bookings?group_id={group}")).await.expect(200);
    listed.body["items"].as_array().expect("a list").clone()
}

/// U13: a rooming list books the rooms of a group for its guests.
#[tokio::test]
async fn a_rooming_list_picks_up_the_rooms_of_the_group() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let group = tour(&hotel, 3, &guide()).await;
    let list = format!(
        "{HEADER},room,contact_name,contact_email\n\
         1,Ana Sousa,DBL,2026-12-10,2026-12-13,2,,,\n\
         1,Rui Costa,DBL,2026-12-10,2026-12-13,1,103,,\n\
         2,Eva Lima,DBL,2026-12-10,2026-12-14,1,,Eva Lima,eva@example.com\n"
    );
    let dry = send(&hotel.manager, &group, "?dry_run=true", &list).await.expect(200);
    assert_eq!((&dry.body["imported"], &dry.body["dry_run"]), (&json!(3), &json!(true)));
    assert_eq!((night(&hotel, &group, "2026-12-10").await, of_group(&hotel, &group).await.len()), ([3, 0, 3], 0));

    let keyed = hotel.manager.with("idempotency-key", "list");
    let done = send(&keyed, &group, "", &list).await.expect(200);
    assert_eq!((&done.body["imported"], &done.body["refused"]), (&json!(3), &json!(0)));
    assert_eq!(send(&keyed, &group, "", &list).await.expect(200).header("idempotency-replayed"), "true");
    let bookings = of_group(&hotel, &group).await;
    assert_eq!(bookings.len(), 2);
    let of_reference = |reference: &str| {
        bookings.iter().find(|booking| booking["external_reference"] == reference).unwrap_or_else(|| panic!("{bookings:?}"))
    };
    let (first, second) = (of_reference("TOUR/1"), of_reference("TOUR/2"));
    assert_eq!((&first["total"], &first["contact"]["full_name"]), (&eur("480.00"), &json!("Gil Guia")));
    assert_eq!((&first["channel"], &first["status"]), (&json!("rooming_list"), &json!("confirmed")));
    let stays = first["stays"].as_array().expect("stays");
    let guests: Vec<&str> = stays.iter().map(|stay| stay["guest_name"].as_str().expect("a name")).collect();
    assert_eq!(guests, ["Ana Sousa", "Rui Costa"]);
    assert_eq!((&stays[1]["room_number"], &stays[1]["is_pinned"]), (&json!("103"), &json!(true)));
    assert_eq!(
        (&second["total"], &second["contact"]["email"]),
        (&eur("340.00"), &json!("eva@example.com")),
        "a night at the day's price"
    );
    assert_eq!(done.body["items"][2]["id"], second["id"]);
    assert_eq!((night(&hotel, &group, "2026-12-10").await, night(&hotel, &group, "2026-12-13").await), ([3, 3, 0], [0, 1, 0]));
    app.assert_consistent().await;

    let again = send(&hotel.manager, &group, "", &list).await.expect(422);
    assert_eq!(
        (again.code(), errors(&again, 2)),
        ("import.refused", vec!["reference has been booked for the group already".into()])
    );
    assert_eq!(
        app.number("SELECT count(*) FROM mail_queue WHERE kind LIKE 'booking%'").await,
        0,
        "nobody is written to about a list"
    );
}

/// Makes a workbook as a spreadsheet program does: numbers are numbers, and days of December are dates. A row has its
/// reference, the guest, the days of arrival and departure, and the number of the room.
fn rooming_workbook(rows: &[(i32, &str, u8, u8, Option<i32>)]) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let format = rust_xlsxwriter::Format::new().set_num_format("dd/mm/yyyy");
    let sheet = book.add_worksheet();
    for (column, name) in (0..).zip(format!("{HEADER},room").split(',')) {
        sheet.write(0, column, name).expect("a name");
    }
    for (row, (reference, guest, from, to, room)) in (1..).zip(rows) {
        sheet.write(row, 0, *reference).expect("a number");
        sheet.write(row, 1, *guest).expect("a text");
        sheet.write(row, 2, "DBL").expect("a text");
        for (column, day) in [(3, from), (4, to)] {
            let date = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 12, *day).expect("a date");
            sheet.write_with_format(row, column, &date, &format).expect("a date");
        }
        sheet.write(row, 5, 1).expect("a number");
        if let Some(room) = room {
            sheet.write(row, 6, *room).expect("a number");
        }
    }
    book.save_to_buffer().expect("a workbook")
}

#[tokio::test]
async fn a_rooming_list_is_a_workbook_too() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let group = tour(&hotel, 3, &guide()).await;
    let upload = async |query: &str, file: &[u8]| {
        let path = format!("/v1/groups/{group}/rooming-list{query}");
        hotel.manager.upload(Method::POST, &path, XLSX, file).await
    };
    let wrong = rooming_workbook(&[(1, "Ana Sousa", 10, 13, None), (2, "", 13, 10, Some(999))]);
    let refused = upload("", &wrong).await.expect(422);
    assert_eq!(refused.code(), "import.refused");
    let columns: Vec<String> = errors(&refused, 3).iter().filter_map(|error| error.split(' ').next()).map(String::from).collect();
    assert!(columns.contains(&"guest_name".to_owned()), "{columns:?}");
    assert!(of_group(&hotel, &group).await.is_empty());

    let list =
        rooming_workbook(&[(1, "Ana Sousa", 10, 13, None), (1, "Rui Żak", 10, 13, Some(103)), (2, "Eva Lima", 10, 14, None)]);
    let dry = upload("?dry_run=true", &list).await.expect(200);
    assert_eq!((&dry.body["imported"], &dry.body["dry_run"]), (&json!(3), &json!(true)));
    assert!(of_group(&hotel, &group).await.is_empty());
    let done = upload("", &list).await.expect(200);
    assert_eq!((&done.body["rows"], &done.body["imported"], &done.body["refused"]), (&json!(3), &json!(3), &json!(0)));
    let bookings = of_group(&hotel, &group).await;
    let told = |reference: &str| {
        let booking = bookings.iter().find(|booking| booking["external_reference"] == reference).expect("a booking");
        let of_stay = |stay: &Value| json!([stay["guest_name"], stay["check_in"], stay["check_out"]]);
        json!([booking["total"], booking["stays"].as_array().expect("stays").iter().map(of_stay).collect::<Vec<_>>()])
    };
    assert_eq!(
        told("TOUR/1"),
        json!([eur("480.00"), [["Ana Sousa", "2026-12-10", "2026-12-13"], ["Rui Żak", "2026-12-10", "2026-12-13"]]])
    );
    assert_eq!(told("TOUR/2"), json!([eur("340.00"), [["Eva Lima", "2026-12-10", "2026-12-14"]]]));
    let in_103 =
        "SELECT count(*) FROM stays s JOIN rooms r ON r.id = s.room_id WHERE r.number = '103' AND s.guest_name = 'Rui Żak'";
    assert_eq!(app.number(in_103).await, 1);
    assert_eq!(night(&hotel, &group, "2026-12-10").await, [3, 3, 0]);
    app.assert_consistent().await;

    let template = hotel.manager.get("/v1/groups/rooming-list/template?format=xlsx").await.expect(200);
    assert_eq!(upload("?dry_run=true", &template.bytes).await.expect(200).body["rows"], 1, "its example is a row");
}

#[tokio::test]
async fn rows_that_are_wrong_are_named() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, suites: 1, ..HotelSpec::default() }).await;
    let group = tour(&hotel, 2, &Value::Null).await;
    let plan = hotel.default_plan(&app).await;
    hotel.rate(&app, &plan, "2026-12-13", &[("stop_sell", "true")]).await;
    hotel.rate(&app, &plan, "2026-12-11", &[("stop_sell", "true")]).await;
    let list = format!(
        "{HEADER},contact_name,contact_email\n\
         1,Ana Sousa,DBX,2026-12-10,2026-12-13,2,Ana,ana@example.com\n\
         2,Ana Sousa,DBL,2026-11-30,2026-12-13,2,Ana,ana@example.com\n\
         3,Ana Sousa,DBL,2026-12-10,2026-12-13,2,,\n\
         4,Ana Sousa,DBL,2026-12-12,2026-12-14,2,Ana,ana@example.com\n\
         5,,DBL,2026-12-10,2026-12-13,9,Ana,ana@example.com\n\
         6,Ana Sousa,DBL,2026-12-10,2026-12-13,2,Ana,ana@example.com\n\
         6,Rui Costa,STE,2026-12-20,2026-12-21,2,,\n"
    );
    let refused = send(&hotel.manager, &group, "", &list).await.expect(422);
    assert_eq!(refused.code(), "import.refused");
    assert_eq!(errors(&refused, 2), ["room_type \"DBX\" is not the code of a room type of the hotel"]);
    assert_eq!(errors(&refused, 3), ["check_in is in the past: today is 2026-12-01 at the hotel"]);
    assert_eq!(errors(&refused, 4), ["contact_name is empty, and the group has no contact"]);
    assert_eq!(errors(&refused, 5), ["- goes beyond what was agreed on, and the night of 2026-12-13 is not sold"]);
    assert_eq!(errors(&refused, 6), ["guest_name is empty", "adults a room of this type takes at most 2 adults"]);
    assert!(of_group(&hotel, &group).await.is_empty());
    let partly = send(&hotel.manager, &group, "?partial=true", &list).await.expect(200);
    assert_eq!((&partly.body["imported"], &partly.body["refused"]), (&json!(2), &json!(5)));
    let booked = of_group(&hotel, &group).await;
    assert_eq!((booked.len(), &booked[0]["total"]), (1, &eur("490.00")), "the night that is not sold was agreed on");
    // What is left of the group, then of the house: a third room, and no fourth.
    let rows: String = (7..10).map(|n| format!("{n},Guest,DBL,2026-12-10,2026-12-11,1,Ana,ana@example.com\n")).collect();
    let full = send(&hotel.manager, &group, "", &format!("{HEADER},contact_name,contact_email\n{rows}")).await.expect(422);
    assert_eq!(errors(&full, 4), ["- no room of this type is left on 2026-12-10"]);
    app.assert_consistent().await;

    hotel.manager.post(&format!("/v1/groups/{group}/release"), &json!({})).await.expect(200);
    assert_eq!(send(&hotel.manager, &group, "", &list).await.expect(409).code(), "groups.released");
}

/// U13: limits of rooms in a booking are for guests, not for staff and groups.
#[tokio::test]
async fn staff_and_groups_book_many_rooms_and_guests_as_many_as_the_hotel_says() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 20, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let group = tour(&hotel, 7, &guide()).await;
    let rows: String = (0..7).map(|n| format!("1,Guest {n},DBL,2026-12-10,2026-12-13,1\n")).collect();
    send(&hotel.manager, &group, "", &format!("{HEADER}\n{rows}")).await.expect(200);
    assert_eq!(of_group(&hotel, &group).await[0]["stays"].as_array().map(Vec::len), Some(7));
    let six = for_rooms(&hotel, ["2026-12-20", "2026-12-21"], &vec![json!({}); 6]);
    let refused = book(&guest, &six).await.expect(422);
    assert_eq!(
        (refused.pointers(), &refused.body["errors"][0]["detail"]),
        (vec!["/rooms"], &json!("a booking here has at most 5 rooms"))
    );
    let of_guests = book(&guest, &with(six.clone(), "/group_code", json!("TOUR"))).await.expect(201);
    assert_eq!(of_guests.body["stays"].as_array().map(Vec::len), Some(6));
    let by_staff = book(&hotel.manager, &six).await.expect(201);
    let one_more = json!({"add_rooms": [{"room_type_id": hotel.double, "adults": 1}]});
    let path = |booking: &Reply| format!("/v1/bookings/{}/amend", booking.id());
    hotel.manager.post(&path(&by_staff), &one_more).await.expect(200);
    guest.post(&path(&of_guests), &one_more).await.expect(200);
    app.assert_consistent().await;
}

/// U13: all of a group are checked in, or cancelled, in one request, with a result for each.
#[tokio::test]
async fn a_group_is_checked_in_and_cancelled_stay_by_stay() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let group = tour(&hotel, 4, &guide()).await;
    let list = format!(
        "{HEADER},room\n1,Ana,DBL,2026-12-10,2026-12-13,1,101\n1,Rui,DBL,2026-12-10,2026-12-13,1,102\n\
         2,Eva,DBL,2026-12-11,2026-12-13,1,103\n3,Leo,DBL,2026-12-10,2026-12-13,1,104\n"
    );
    send(&hotel.manager, &group, "", &list).await.expect(200);
    app.set_clock("2026-12-10T12:00:00Z");
    let dirty = format!("/v1/rooms/{}/housekeeping", hotel.rooms[1]);
    hotel.manager.post(&dirty, &json!({"state": "dirty"})).await.expect(200);
    let leo = of_group(&hotel, &group).await.into_iter().find(|booking| booking["external_reference"] == "TOUR/3").expect("Leo");
    hotel.manager.post(&format!("/v1/bookings/{}/cancel", leo["id"].as_str().expect("an id")), &json!({})).await.expect(200);

    let keyed = hotel.manager.with("idempotency-key", "bus");
    let check_in = format!("/v1/groups/{group}/check-in");
    let done = keyed.post(&check_in, &json!({})).await.expect(200);
    let counted = |reply: &Reply| ["done", "refused", "remaining"].map(|field| reply.body[field].as_i64().expect("a number"));
    assert_eq!(counted(&done), [1, 1, 0], "who comes tomorrow, and who was cancelled, is not meant: {}", done.body);
    let results = done.body["results"].as_array().expect("results");
    let codes: Vec<&str> = results.iter().map(|result| result["problem"]["code"].as_str().unwrap_or("done")).collect();
    assert_eq!(codes, ["done", "booking.room_not_ready"]);
    assert!(results[0]["stay_id"].is_string());
    // As if it had broken off before its end: what was done is told again, and the rest is tried.
    app.sql("UPDATE idempotency_keys SET status = NULL, body = NULL WHERE body LIKE '%\"results\"%'").await;
    hotel.manager.post(&dirty, &json!({"state": "clean"})).await.expect(200);
    let again = keyed.post(&check_in, &json!({})).await.expect(200);
    assert_eq!((counted(&again), &again.body["results"][0]), ([2, 0, 0], &results[0]));
    assert_eq!(counted(&hotel.manager.post(&check_in, &json!({})).await.expect(200)), [0, 0, 0], "nobody is left");

    let cancel = format!("/v1/groups/{group}/cancel");
    let cancelled = hotel.manager.post(&cancel, &json!({"reason": "The tour is off"})).await.expect(200);
    assert_eq!(counted(&cancelled), [1, 0, 0], "who is in the house stays");
    assert_eq!(cancelled.body["results"][0]["booking"]["status"], "cancelled");
    let statuses = app.rows("SELECT status, count(*) AS stays FROM stays GROUP BY 1 ORDER BY 1").await;
    assert_eq!(statuses, [json!({"status": "cancelled", "stays": 2}), json!({"status": "checked_in", "stays": 2})]);
    assert_eq!(night(&hotel, &group, "2026-12-11").await, [4, 2, 2], "the rooms are the group's again");
    let elsewhere = app.hotel(HotelSpec::default()).await;
    elsewhere.manager.post(&cancel, &json!({})).await.expect(404);
    app.assert_consistent().await;
}
