//! Extras, through the API: the catalogue, what is sold with stays, and what becomes of it.
use crate::every_route::Exception::Public;
use crate::every_route::{Call, Request, TO_LOOK, TODAY, World};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, book, eur};
use serde_json::{Value, json};

const EXTRAS: &str = "/v1/extras";

/// A hotel whose rooms at 100.00 bear 6 % and whose extras bear 13 %, both in their prices. With the id of the second tax.
async fn hotel(app: &TestApp) -> (Hotel, String) {
    let hotel = app.hotel(HotelSpec { taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let rule = json!({"property_id": hotel.id, "name": "IVA 13 %", "percent": "13", "is_on_nights": false});
    let tax = hotel.manager.post("/v1/tax-rules", &rule).await.expect(201).id().to_owned();
    (hotel, tax)
}

/// Adds an extra: name, price, how it is charged and on which day.
async fn extra(hotel: &Hotel, tax: &str, of: (&str, &str, &str, &str)) -> String {
    let (name, price, posted, day) = of;
    let body =
        json!({"property_id": hotel.id, "name": name, "price": eur(price), "posted": posted, "day": day, "tax_rule_ids": [tax]});
    hotel.manager.post(EXTRAS, &body).await.expect(201).id().to_owned()
}

async fn breakfast(hotel: &Hotel, tax: &str) -> String {
    extra(hotel, tax, ("Breakfast", "11.30", "per_person_night", "next_day")).await
}

/// A request for one double with extras.
fn with_extras(hotel: &Hotel, dates: [&str; 2], extras: Value) -> Value {
    let mut request = hotel.request(dates[0], dates[1]);
    request["rooms"][0]["extras"] = extras;
    request
}

fn path_of(booking: &Reply) -> String {
    format!("/v1/bookings/{}/stays/{}/extras", booking.id(), booking.body["stays"][0]["id"].as_str().expect("a stay"))
}

async fn amend(client: &Client, booking: &Reply, body: Value) -> Reply {
    client.post(&format!("/v1/bookings/{}/amend", booking.id()), &body).await
}

async fn read(client: &Client, booking: &Reply) -> Reply {
    client.get(&format!("/v1/bookings/{}", booking.id())).await.expect(200)
}

/// The lines of a booking's folios that stand, of extras and their taxes: date, text, amount.
async fn standing(client: &Client, booking: &Reply) -> Vec<(String, String, String)> {
    let folio = client.get(&format!("/v1/bookings/{}/folio", booking.id())).await.expect(200);
    let entries = folio.body["entries"].as_array().expect("entries").clone();
    let is_open =
        |entry: &&Value| entry["reverses_id"].is_null() && entries.iter().all(|other| other["reverses_id"] != entry["id"]);
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let mut lines: Vec<_> = entries
        .iter()
        .filter(is_open)
        .filter(|entry| !entry["extra"].is_null())
        .map(|entry| (text(&entry["service_date"]), text(&entry["description"]), text(&entry["amount"]["amount"])))
        .collect();
    lines.sort();
    lines
}

fn lines(expected: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    expected.iter().map(|(date, text, amount)| ((*date).to_owned(), (*text).to_owned(), (*amount).to_owned())).collect()
}

#[tokio::test]
async fn an_extra_is_added_changed_archived_and_removed() {
    let app = TestApp::new().await;
    let (hotel, tax) = hotel(&app).await;
    let manager = &hotel.manager;
    let body = json!({
        "property_id": hotel.id, "name": "Breakfast", "description": "Until ten.", "texts": {"pt": {"name": "Pequeno-almoço"}},
        "price": eur("11.30"), "posted": "per_person_night", "tax_rule_ids": [tax], "max_quantity": 2,
    });
    let made = manager.post(EXTRAS, &body).await.expect(201);
    let path = format!("{EXTRAS}/{}", made.id());
    assert_eq!((made.header("location"), made.header("etag")), (path.as_str(), "\"1\""));
    assert_eq!(
        json!([made.body["day"], made.body["min_quantity"], made.body["tax_rule_ids"], made.body["is_archived"]]),
        json!(["night", 1, [tax], false])
    );
    assert_eq!(app.anonymous().get(&path).await.expect(200).body, made.body);
    let list = format!("{EXTRAS}?property_id={}", hotel.id);
    assert_eq!(app.anonymous().get(&list).await.expect(200).body["items"], json!([made.body]));

    let changed =
        manager.patch(&path, "\"1\"", &json!({"price": eur("12.00"), "day": "next_day", "tax_rule_ids": []})).await.expect(200);
    assert_eq!(
        json!([changed.body["price"], changed.body["day"], changed.body["tax_rule_ids"], changed.body["max_quantity"]]),
        json!([eur("12.00"), "next_day", [], 2])
    );
    manager.patch(&path, "\"1\"", &json!({"name": "Brunch"})).await.expect(412);
    let same = manager.patch(&path, "\"2\"", &json!({"day": "next_day", "tax_rule_ids": []})).await.expect(200);
    assert_eq!((same.header("etag"), app.event_kinds().await.last().map(String::as_str)), ("\"2\"", Some("extra.updated")));
    manager.delete(&path, "\"2\"").await.expect(204);
    manager.get(&path).await.expect(404);

    let sold = breakfast(&hotel, &tax).await;
    let path = format!("{EXTRAS}/{sold}");
    let request = with_extras(&hotel, ["2026-12-10", "2026-12-11"], json!([{"extra_id": sold}]));
    book(manager, &request).await.expect(201);
    manager.delete(&path, "\"1\"").await.expect(204);
    assert_eq!(manager.get(&path).await.expect(200).body["is_archived"], true, "it was sold");
    assert_eq!(app.anonymous().get(&list).await.expect(200).body["items"], json!([]));
    let archived = app.anonymous().get(&format!("{list}&is_archived=true")).await.expect(200);
    assert_eq!(archived.body["items"][0]["id"], json!(sold));
    let refused = book(manager, &request).await.expect(409);
    assert_eq!((refused.code(), refused.pointers()), ("extra.archived", vec!["/rooms/0/extras/0/extra_id"]));
    manager.patch(&path, "\"2\"", &json!({"is_archived": false})).await.expect(200);
    let again = with_extras(&hotel, ["2026-12-12", "2026-12-13"], json!([{"extra_id": sold}]));
    book(manager, &again).await.expect(201);
    app.assert_consistent().await;
}

#[tokio::test]
async fn children_pay_the_price_of_their_age_band() {
    let app = TestApp::new().await;
    let (hotel, tax) = hotel(&app).await;
    let manager = &hotel.manager;
    let bands = format!("/v1/properties/{}/age-bands", hotel.id);
    let etag = manager.get(&bands).await.expect(200).header("etag").to_owned();
    let of_age = |code: &str, min: i32, max: i32| json!({"code": code, "min_age": min, "max_age": max});
    let both = json!({"bands": [of_age("baby", 0, 2), of_age("child", 3, 11)]});
    let set = manager.with("if-match", etag).put(&bands, &both).await.expect(200);
    let body = json!({
        "property_id": hotel.id, "name": "Breakfast", "price": eur("11.30"), "child_prices": {"child": eur("5.65")},
        "posted": "per_person_night", "tax_rule_ids": [tax],
    });
    let of = |field: &str, value: Value| {
        let mut body = body.clone();
        body[field] = value;
        body
    };
    for (wrong, pointer) in [
        (of("posted", json!("per_night")), "/child_prices"),
        (of("child_prices", json!({"senior": eur("1.00")})), "/child_prices/senior"),
        (of("child_prices", json!({"child": eur("-1.00")})), "/child_prices"),
    ] {
        assert_eq!(manager.post(EXTRAS, &wrong).await.expect(422).pointers(), [pointer], "{wrong}");
    }
    let breakfast = manager.post(EXTRAS, &body).await.expect(201);
    assert_eq!(breakfast.body["child_prices"], json!({"child": eur("5.65")}));

    let mut request = with_extras(&hotel, ["2026-12-10", "2026-12-12"], json!([{"extra_id": breakfast.id()}]));
    request["rooms"][0]["children_ages"] = json!([9]);
    let booking = book(manager, &request).await.expect(201);
    // 200.00, and twice 2 × 11.30 and 5.65.
    assert_eq!(booking.body["total"], eur("256.50"));
    // A child of the same band costs the same; a baby pays what adults pay, as nothing else is said.
    let ages = |age: i32| json!({"stays": [{"stay_id": booking.body["stays"][0]["id"], "children_ages": [age]}]});
    assert_eq!(amend(manager, &booking, ages(10)).await.expect(200).body["difference"], eur("0.00"));
    assert_eq!(amend(manager, &booking, ages(1)).await.expect(200).body["difference"], eur("11.30"));
    assert_eq!(amend(manager, &booking, ages(9)).await.expect(200).body["difference"], eur("-11.30"));
    // What is sold keeps its price, and a night more has that of the day.
    let path = format!("{EXTRAS}/{}", breakfast.id());
    let free = json!({"child_prices": {"child": eur("0.00"), "baby": eur("0.00")}});
    manager.patch(&path, "\"1\"", &free).await.expect(200);
    let longer = amend(manager, &booking, json!({"check_out": "2026-12-13"})).await.expect(200);
    assert_eq!(longer.body["difference"], eur("122.60"));
    let more = manager.post(&path_of(&booking), &json!({"extra_id": breakfast.id()})).await.expect(200);
    assert_eq!(more.body["total"], eur("446.90"), "379.10, and three times 22.60");
    let one = json!({"bands": [of_age("child", 3, 11)]});
    let refused = manager.with("if-match", set.header("etag")).put(&bands, &one).await.expect(409);
    assert_eq!(refused.body["age_band"], "baby");
    app.assert_consistent().await;
}

/// Half board, with dinner at half the price for children: what is not dinner is the room.
#[tokio::test]
async fn packages_have_children_at_the_price_of_their_age_band() {
    let app = TestApp::new().await;
    let (hotel, tax) = hotel(&app).await;
    let manager = &hotel.manager;
    app.sql(&format!(
        "INSERT INTO age_bands (property_id, code, min_age, max_age, created_at, updated_at) VALUES ('{}', 'child', 0, 11, now(), now())",
        hotel.id
    ))
    .await;
    let dinner = json!({
        "property_id": hotel.id, "name": "Dinner", "price": eur("11.30"), "child_prices": {"child": eur("5.65")},
        "posted": "per_person_night", "tax_rule_ids": [tax],
    });
    let dinner = manager.post(EXTRAS, &dinner).await.expect(201);
    let plan = hotel.plan(&app, "HB", &[]).await;
    app.sql(&format!(
        "INSERT INTO rate_plan_extras (property_id, rate_plan_id, extra_id, quantity, created_at, updated_at)
         VALUES ('{}', '{plan}', '{}', 1, now(), now())",
        hotel.id,
        dinner.id()
    ))
    .await;
    let mut request = hotel.request("2026-12-10", "2026-12-11");
    request["rooms"][0]["rate_plan_id"] = json!(plan);
    request["rooms"][0]["children_ages"] = json!([9]);
    let booking = book(manager, &request).await.expect(201);
    assert_eq!(booking.body["total"], eur("100.00"));
    // Of 28.25 for dinner, 13 % is 3.25; of 71.75 for the room, 6 % is 4.06.
    let lines_of = standing(manager, &booking).await;
    assert_eq!(lines_of, lines(&[("2026-12-10", "Dinner", "25.00"), ("2026-12-10", "IVA 13 %", "3.25")]));
    app.assert_consistent().await;
}

#[tokio::test]
async fn an_extra_that_makes_no_sense_is_refused() {
    let app = TestApp::new().await;
    let (hotel, tax) = hotel(&app).await;
    let (elsewhere, strange) = self::hotel(&app).await;
    let city =
        json!({"property_id": hotel.id, "name": "City", "kind": "per_night", "amount": eur("2.00"), "valid_until": "2000-01-01"});
    let city = hotel.manager.post("/v1/tax-rules", &city).await.expect(201);
    let body =
        json!({"property_id": hotel.id, "name": "Parking", "price": eur("10.00"), "posted": "per_night", "tax_rule_ids": [tax]});
    for (field, value, pointer) in [
        ("name", json!(""), "/name"),
        ("price", eur("-0.01"), "/price"),
        ("price", json!({"amount": "1.00", "currency": "USD"}), "/price/currency"),
        ("posted", json!("per_hour"), "/posted"),
        ("day", json!("departure"), "/day"),
        ("min_quantity", json!(0), "/min_quantity"),
        ("max_quantity", json!(1001), "/max_quantity"),
        ("tax_rule_ids", json!([tax, strange]), "/tax_rule_ids/1"),
        ("tax_rule_ids", json!([city.id()]), "/tax_rule_ids/0"),
        ("texts", json!({"en": {"name": "Parking"}}), "/texts/en"),
    ] {
        let mut wrong = body.clone();
        wrong[field] = value.clone();
        assert_eq!(hotel.manager.post(EXTRAS, &wrong).await.expect(422).pointers(), [pointer], "{field} {value}");
    }
    let mut wrong = body.clone();
    (wrong["min_quantity"], wrong["max_quantity"]) = (json!(3), json!(2));
    assert_eq!(hotel.manager.post(EXTRAS, &wrong).await.expect(422).pointers(), ["/max_quantity"]);
    let mut once = body;
    (once["posted"], once["day"]) = (json!("once"), json!("night"));
    assert_eq!(hotel.manager.post(EXTRAS, &once).await.expect(422).pointers(), ["/day"]);
    elsewhere.manager.post(EXTRAS, &once).await.expect(404);
}

#[tokio::test]
async fn a_quote_and_a_booking_have_their_extras_and_the_folio_comes_to_the_same() {
    let app = TestApp::new().await;
    let (hotel, tax) = hotel(&app).await;
    let breakfast = breakfast(&hotel, &tax).await;
    let parking = extra(&hotel, &tax, ("Parking", "10.00", "per_night", "night")).await;
    let welcome = extra(&hotel, &tax, ("Welcome", "5.00", "per_person", "arrival")).await;
    let late = extra(&hotel, &tax, ("Late departure", "20.00", "per_stay", "departure")).await;
    let transfer = extra(&hotel, &tax, ("Transfer", "30.00", "once", "arrival")).await;
    let wishes = json!([
        {"extra_id": breakfast}, {"extra_id": parking, "quantity": 2}, {"extra_id": welcome}, {"extra_id": late},
        {"extra_id": transfer, "date": "2026-12-11"},
    ]);
    let asked = json!({
        "property_id": hotel.id, "check_in": "2026-12-10", "check_out": "2026-12-12",
        "rooms": [{"room_type_id": hotel.double, "adults": 2, "children_ages": [9], "extras": wishes}],
    });
    let quote = app.anonymous().post("/v1/quotes", &asked).await.expect(200);
    // 200.00; 2 × 3 × 11.30, 2 × 2 × 10.00, 3 × 5.00, 20.00, 30.00.
    assert_eq!(quote.body["total"], eur("372.80"));
    let room = &quote.body["rooms"][0];
    assert_eq!(room["total"], eur("200.00"));
    let told: Vec<Value> =
        room["extras"].as_array().expect("extras").iter().map(|extra| extra["total"]["amount"].clone()).collect();
    assert_eq!(told, ["67.80", "40.00", "15.00", "20.00", "30.00"]);
    assert_eq!(
        room["extras"][0]["services"][0],
        json!({"date": "2026-12-11", "units": 3, "price": eur("33.90"),
               "taxes": [{"tax_rule_id": tax, "name": "IVA 13 %", "amount": eur("3.90")}]})
    );

    let mut request = with_extras(&hotel, ["2026-12-10", "2026-12-12"], wishes.clone());
    request["rooms"][0]["children_ages"] = json!([9]);
    request["expected_total"] = eur("372.80");
    let plain = book(&hotel.manager, &request).await.expect(201);
    // What is quoted is sold, whatever has become of prices, and without being named again.
    let path = format!("{EXTRAS}/{parking}");
    hotel.manager.patch(&path, "\"1\"", &json!({"price": eur("99.00"), "is_archived": true})).await.expect(200);
    request["quote"] = quote.body["quote"].clone();
    let by_quote = book(&hotel.manager, &request).await.expect(201);
    for booking in [&plain, &by_quote] {
        assert_eq!(booking.body["total"], eur("372.80"));
        assert_eq!(booking.body["balance"], eur("372.80"));
        let stay = &booking.body["stays"][0];
        assert_eq!(stay["total"], eur("200.00"), "the price of the room");
        assert_eq!(stay["extras"][0]["name"], "Breakfast");
        assert_eq!(stay["extras"][0]["total"], eur("67.80"));
        assert_eq!(read(&hotel.manager, booking).await.body["stays"], booking.body["stays"], "read as it was answered");
        let folio = hotel.manager.get(&format!("/v1/bookings/{}/folio", booking.id())).await.expect(200);
        assert_eq!(folio.body["balance"], eur("372.80"));
        let standing = standing(&hotel.manager, booking).await;
        assert_eq!(standing.len(), 2 * (2 + 2 + 1 + 1 + 1));
        assert_eq!(
            standing.iter().filter(|(_, text, _)| text != "IVA 13 %").cloned().collect::<Vec<_>>(),
            lines(&[
                ("2026-12-10", "Parking", "17.70"),
                ("2026-12-10", "Welcome", "13.27"),
                ("2026-12-11", "Breakfast", "30.00"),
                ("2026-12-11", "Parking", "17.70"),
                ("2026-12-11", "Transfer", "26.55"),
                ("2026-12-12", "Breakfast", "30.00"),
                ("2026-12-12", "Late departure", "17.70"),
            ])
        );
    }
    let other = json!([{"extra_id": breakfast, "quantity": 2}]);
    request["rooms"][0]["extras"] = other;
    assert_eq!(book(&hotel.manager, &request).await.expect(422).pointers(), ["/rooms/0/extras"]);
    app.assert_consistent().await;
}

#[tokio::test]
async fn wishes_that_cannot_be_met_name_their_field() {
    let app = TestApp::new().await;
    let (hotel, tax) = hotel(&app).await;
    let (elsewhere, strange_tax) = self::hotel(&app).await;
    let strange = breakfast(&elsewhere, &strange_tax).await;
    let bounded = json!({"property_id": hotel.id, "name": "Bike", "price": eur("9.00"), "posted": "once", "min_quantity": 2, "max_quantity": 3});
    let bike = hotel.manager.post(EXTRAS, &bounded).await.expect(201).id().to_owned();
    let breakfast = breakfast(&hotel, &tax).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    for (wish, status, code, field) in [
        (json!({"extra_id": strange}), 422, "extra.unknown", "extra_id"),
        (json!({"extra_id": uuid::Uuid::nil()}), 422, "extra.unknown", "extra_id"),
        (json!({"extra_id": bike}), 422, "extra.quantity_out_of_bounds", "quantity"),
        (json!({"extra_id": bike, "quantity": 4}), 422, "extra.quantity_out_of_bounds", "quantity"),
        (json!({"extra_id": bike, "quantity": 2, "date": "2026-12-09"}), 422, "extra.date_outside_stay", "date"),
        (json!({"extra_id": bike, "quantity": 2, "date": "2026-12-13"}), 422, "extra.date_outside_stay", "date"),
        (json!({"extra_id": breakfast, "date": "2026-12-11"}), 422, "extra.has_own_days", "date"),
        (json!({"extra_id": breakfast, "quantity": 0}), 422, "request.invalid", "quantity"),
    ] {
        let request = with_extras(&hotel, ["2026-12-10", "2026-12-12"], json!([wish]));
        let refused = book(&hotel.manager, &request).await.expect(status);
        let at = format!("/rooms/0/extras/0/{field}");
        assert_eq!((refused.code(), refused.pointers()), (code, vec![at.as_str()]), "{wish}");
        let asked =
            json!({"property_id": hotel.id, "check_in": "2026-12-10", "check_out": "2026-12-12", "rooms": request["rooms"]});
        let refused = app.anonymous().post("/v1/quotes", &asked).await.expect(status);
        assert_eq!((refused.code(), refused.pointers()), (code, vec![at.as_str()]), "{wish}");
        let refused = hotel.manager.post(&path_of(&booking), &wish).await.expect(status);
        let at = format!("/{field}");
        assert_eq!((refused.code(), refused.pointers()), (code, vec![at.as_str()]), "{wish}");
    }
    let refused = hotel.manager.post(&path_of(&booking), &json!({"extra_id": bike})).await.expect(422);
    assert_eq!(json!([refused.body["min_quantity"], refused.body["max_quantity"]]), json!([2, 3]));
    assert_eq!(read(&hotel.manager, &booking).await.body["total"], eur("200.00"));
    app.assert_consistent().await;
}

#[tokio::test]
async fn extras_are_added_and_removed_until_they_are_served() {
    let app = TestApp::new().await;
    let (hotel, tax) = hotel(&app).await;
    let manager = &hotel.manager;
    let breakfast = breakfast(&hotel, &tax).await;
    let booking = hotel.book(manager, "2026-12-10", "2026-12-13").await;
    let path = path_of(&booking);
    let dry = manager.post(&format!("{path}?dry_run=true"), &json!({"extra_id": breakfast})).await.expect(200);
    assert_eq!(dry.body["total"], eur("367.80"));
    let added = manager.post(&path, &json!({"extra_id": breakfast})).await.expect(200);
    assert_eq!((&added.body["total"], added.header("etag")), (&eur("367.80"), "\"2\""));
    let id = added.body["stays"][0]["extras"][0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("booking.extra_added"));
    manager.delete(&format!("{path}/{id}"), "\"1\"").await.expect(412);
    let removed = manager.delete(&format!("{path}/{id}"), "\"2\"").await.expect(200);
    assert_eq!((&removed.body["total"], &removed.body["balance"]), (&eur("300.00"), &eur("300.00")));
    assert_eq!(removed.body["stays"][0]["extras"][0]["removed_on"], "2026-12-01");
    assert_eq!(standing(manager, &booking).await, lines(&[]));
    manager.delete(&format!("{path}/{id}"), "\"3\"").await.expect(404);

    // Again, and this time the guests have come: what has come of it stays.
    let added = manager.post(&path, &json!({"extra_id": breakfast, "quantity": 2})).await.expect(200);
    let id = added.body["stays"][0]["extras"][1]["id"].as_str().expect("an id").to_owned();
    app.set_clock("2026-12-10T12:00:00Z");
    act(manager, &booking, "check-in").await.expect(200);
    app.set_clock("2026-12-12T12:00:00Z");
    let etag = read(manager, &booking).await.header("etag").to_owned();
    let removed = manager.delete(&format!("{path}/{id}"), &etag).await.expect(200);
    assert_eq!(removed.body["total"], eur("390.40"), "the breakfasts of two mornings were served");
    assert_eq!(
        standing(manager, &booking).await.into_iter().map(|(date, ..)| date).collect::<Vec<_>>(),
        ["2026-12-11", "2026-12-11", "2026-12-12", "2026-12-12"]
    );
    let late = manager.post(&path, &json!({"extra_id": breakfast})).await.expect(200);
    assert_eq!(late.body["total"], eur("435.60"), "this morning and the one that is left, for two");
    let id = late.body["stays"][0]["extras"][2]["id"].as_str().expect("an id").to_owned();
    app.set_clock("2026-12-13T08:00:00Z");
    let etag = read(manager, &booking).await.header("etag").to_owned();
    assert_eq!(manager.delete(&format!("{path}/{id}"), &etag).await.expect(409).code(), "extra.served");
    // From then on it is an adjustment.
    let folio = manager.get(&format!("/v1/bookings/{}/folio", booking.id())).await.expect(200);
    let is_price = |entry: &&Value| entry["extra"]["stay_extra_id"] == json!(id) && entry["kind"] == "extra";
    let price = folio.body["entries"].as_array().expect("entries").iter().find(is_price).expect("a price")["id"].clone();
    let correction = json!({"kind": "correction", "entry_id": price, "reason": "Not served"});
    manager.post(&format!("/v1/folios/{}/adjustments", booking.id()), &correction).await.expect(200);
    assert_eq!(read(manager, &booking).await.body["total"], eur("413.00"));
    app.set_clock("2026-12-14T08:00:00Z");
    let welcome = extra(&hotel, &tax, ("Welcome", "5.00", "per_stay", "arrival")).await;
    let refused = manager.post(&path, &json!({"extra_id": welcome})).await.expect(409);
    assert_eq!((refused.code(), refused.pointers()), ("extra.nothing_left", vec!["/extra_id"]));
    app.assert_consistent().await;
}

#[tokio::test]
async fn guests_add_extras_to_what_is_their_own_until_they_are_there() {
    let app = TestApp::new().await;
    let (hotel, tax) = hotel(&app).await;
    let breakfast = breakfast(&hotel, &tax).await;
    let (guest, other) = (app.guest().await, app.guest().await);
    let booking = hotel.book(&guest, "2026-12-10", "2026-12-11").await;
    let path = path_of(&booking);
    other.post(&path, &json!({"extra_id": breakfast})).await.expect(404);
    let added = guest.post(&path, &json!({"extra_id": breakfast})).await.expect(200);
    assert_eq!(added.body["total"], eur("122.60"));
    let id = added.body["stays"][0]["extras"][0]["id"].as_str().expect("an id").to_owned();
    app.set_clock("2026-12-11T12:00:00Z");
    assert_eq!(guest.delete(&format!("{path}/{id}"), "\"2\"").await.expect(409).code(), "booking.too_late");
    app.set_clock("2026-12-10T12:00:00Z");
    guest.delete(&format!("{path}/{id}"), "\"2\"").await.expect(200);
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    assert_eq!(guest.post(&path, &json!({"extra_id": breakfast})).await.expect(409).code(), "booking.not_amendable");
    hotel.manager.post(&path, &json!({"extra_id": breakfast})).await.expect(200);
    act(&hotel.manager, &booking, "check-out").await.expect(200);
    let refused = hotel.manager.post(&path, &json!({"extra_id": breakfast})).await.expect(409);
    assert_eq!(refused.code(), "booking.not_amendable");
    app.assert_consistent().await;
}

#[tokio::test]
async fn extras_follow_an_amendment_and_what_stays_keeps_its_price() {
    let app = TestApp::new().await;
    let (hotel, tax) = hotel(&app).await;
    let manager = &hotel.manager;
    let breakfast = breakfast(&hotel, &tax).await;
    let late = extra(&hotel, &tax, ("Late departure", "20.00", "per_stay", "departure")).await;
    let request = with_extras(&hotel, ["2026-12-10", "2026-12-12"], json!([{"extra_id": breakfast}, {"extra_id": late}]));
    let booking = book(manager, &request).await.expect(201);
    assert_eq!(booking.body["total"], eur("265.20"));
    manager.patch(&format!("{EXTRAS}/{breakfast}"), "\"1\"", &json!({"price": eur("22.60")})).await.expect(200);
    manager.patch(&format!("{EXTRAS}/{late}"), "\"1\"", &json!({"price": eur("50.00")})).await.expect(200);

    // A night more: its breakfast costs what it costs by now, and the late departure goes along at its price.
    let preview = amend(manager, &booking, json!({"check_out": "2026-12-13", "expected_total": eur("410.40")})).await.expect(200);
    assert_eq!((&preview.body["booking"]["total"], &preview.body["difference"]), (&eur("410.40"), &eur("145.20")));
    let prices = |of: &[(String, String, String)]| -> Vec<(String, String, String)> {
        of.iter().filter(|(_, text, _)| text != "IVA 13 %").cloned().collect()
    };
    assert_eq!(
        prices(&standing(manager, &booking).await),
        lines(&[
            ("2026-12-11", "Breakfast", "20.00"),
            ("2026-12-12", "Breakfast", "20.00"),
            ("2026-12-13", "Breakfast", "40.00"),
            ("2026-12-13", "Late departure", "17.70"),
        ])
    );
    // Two nights less.
    let shorter = amend(manager, &booking, json!({"check_out": "2026-12-11"})).await.expect(200);
    assert_eq!(shorter.body["booking"]["total"], eur("142.60"));
    assert_eq!(
        prices(&standing(manager, &booking).await),
        lines(&[("2026-12-11", "Breakfast", "20.00"), ("2026-12-11", "Late departure", "17.70")])
    );
    // A guest less: what is charged for guests is sold anew.
    let stay = booking.body["stays"][0]["id"].clone();
    let alone = amend(manager, &booking, json!({"stays": [{"stay_id": stay, "adults": 1}]})).await.expect(200);
    assert_eq!(alone.body["booking"]["stays"][0]["extras"][0]["total"], eur("22.60"));
    // Nothing else changes them.
    let named = amend(manager, &booking, json!({"stays": [{"stay_id": stay, "guest_name": "Rui"}]})).await.expect(200);
    assert_eq!(named.body["entries"], json!([]));
    let day_later = amend(manager, &booking, json!({"check_in": "2026-12-11", "check_out": "2026-12-12"})).await.expect(200);
    assert_eq!(day_later.body["booking"]["total"], eur("142.60"));
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_cancellation_takes_extras_back_and_reinstating_brings_them_back() {
    let app = TestApp::new().await;
    let (hotel, tax) = hotel(&app).await;
    let manager = &hotel.manager;
    let (breakfast, parking) =
        (breakfast(&hotel, &tax).await, extra(&hotel, &tax, ("Parking", "10.00", "per_night", "night")).await);
    let request = with_extras(&hotel, ["2026-12-10", "2026-12-12"], json!([{"extra_id": breakfast}, {"extra_id": parking}]));
    let booking = book(manager, &request).await.expect(201);
    // One is removed before: it does not come back.
    let id = booking.body["stays"][0]["extras"][1]["id"].as_str().expect("an id");
    manager.delete(&format!("{}/{id}", path_of(&booking)), "\"1\"").await.expect(200);
    let before = standing(manager, &booking).await;
    // The other one is paid by the company.
    let company = json!({"property_id": hotel.id, "booking_id": booking.id(), "kind": "company"});
    let company = manager.post("/v1/folios", &company).await.expect(201);
    let folio = manager.get(&format!("/v1/bookings/{}/folio", booking.id())).await.expect(200);
    let entries = folio.body["entries"].as_array().expect("entries");
    let is_breakfast = |entry: &&Value| entry["description"] == "Breakfast" && entry["service_date"] == "2026-12-11";
    let entry = entries.iter().find(is_breakfast).expect("a breakfast")["id"].clone();
    let moved = json!({"to_folio_id": company.id(), "entry_ids": [entry]});
    manager.post(&format!("/v1/folios/{}/move", booking.id()), &moved).await.expect(200);

    let preview = manager.get(&format!("/v1/bookings/{}/cancellation", booking.id())).await.expect(200);
    assert_eq!(preview.body["total_after"], eur("0.00"));
    let cancelled = act(manager, &booking, "cancel").await.expect(200);
    assert_eq!((&cancelled.body["total"], &cancelled.body["balance"]), (&eur("0.00"), &eur("0.00")));
    assert_eq!(standing(manager, &booking).await, lines(&[]));
    let back = act(manager, &booking, "reinstate").await.expect(200);
    assert_eq!((&back.body["total"], &back.body["balance"]), (&eur("245.20"), &eur("245.20")));
    assert_eq!(standing(manager, &booking).await, before);
    let of_company = manager.get(&format!("/v1/folios/{}", company.id())).await.expect(200);
    assert_eq!(of_company.body["balance"], eur("22.60"), "who paid goes on to do so");
    // Each tax is on its own price: they go together.
    let open = of_company.body["entries"].as_array().expect("entries").iter().rev().find(|entry| entry["kind"] == "extra");
    let moved = json!({"to_folio_id": booking.id(), "entry_ids": [open.expect("a breakfast")["id"]]});
    manager.post(&format!("/v1/folios/{}/move", company.id()), &moved).await.expect(200);
    assert_eq!(manager.get(&format!("/v1/folios/{}", company.id())).await.expect(200).body["balance"], eur("0.00"));
    app.assert_consistent().await;
}

#[tokio::test]
async fn guests_who_leave_early_pay_for_what_was_served() {
    let app = TestApp::new().await;
    let (hotel, tax) = hotel(&app).await;
    let manager = &hotel.manager;
    let breakfast = breakfast(&hotel, &tax).await;
    let late = extra(&hotel, &tax, ("Late departure", "20.00", "per_stay", "departure")).await;
    let request = with_extras(&hotel, ["2026-12-01", "2026-12-04"], json!([{"extra_id": breakfast}, {"extra_id": late}]));
    let booking = book(manager, &request).await.expect(201);
    act(manager, &booking, "check-in").await.expect(200);
    let before = standing(manager, &booking).await;
    app.set_clock("2026-12-02T10:00:00Z");
    let left = act(manager, &booking, "check-out").await.expect(200);
    let standing_now = standing(manager, &booking).await;
    assert_eq!(
        standing_now.iter().filter(|(_, text, _)| text != "IVA 13 %").cloned().collect::<Vec<_>>(),
        lines(&[("2026-12-02", "Breakfast", "20.00"), ("2026-12-02", "Late departure", "17.70")])
    );
    assert_eq!(left.body["stays"][0]["extras"][0]["total"], eur("22.60"));
    let back = act(manager, &booking, "undo-check-out").await.expect(200);
    assert_eq!(back.body["total"], booking.body["total"]);
    assert_eq!(standing(manager, &booking).await, before);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_stay_that_is_split_divides_its_extras_by_their_days() {
    let app = TestApp::new().await;
    let (hotel, tax) = hotel(&app).await;
    let manager = &hotel.manager;
    let breakfast = breakfast(&hotel, &tax).await;
    let late = extra(&hotel, &tax, ("Late departure", "20.00", "per_stay", "departure")).await;
    let welcome = extra(&hotel, &tax, ("Welcome", "5.00", "per_stay", "arrival")).await;
    let wishes = json!([{"extra_id": breakfast}, {"extra_id": late}, {"extra_id": welcome}]);
    let booking = book(manager, &with_extras(&hotel, ["2026-12-10", "2026-12-14"], wishes)).await.expect(201);
    let before = standing(manager, &booking).await;
    let stay = booking.body["stays"][0]["id"].as_str().expect("a stay");
    let path = format!("/v1/bookings/{}/stays/{stay}/split", booking.id());
    let parts = manager.post(&path, &json!({"night": "2026-12-13"})).await.expect(200);
    assert_eq!(parts.body["total"], booking.body["total"]);
    assert_eq!(standing(manager, &booking).await, before);
    let told = |place: usize| -> Vec<Value> {
        let extras = parts.body["stays"][place]["extras"].as_array().expect("extras");
        let mut told: Vec<Value> = extras.iter().map(|extra| json!([extra["name"], extra["total"]["amount"]])).collect();
        told.sort_by_key(Value::to_string);
        told
    };
    assert_eq!(told(0), [json!(["Breakfast", "67.80"]), json!(["Welcome", "5.00"])]);
    assert_eq!(told(1), [json!(["Breakfast", "22.60"]), json!(["Late departure", "20.00"])]);
    // Each follows its own stay from then on.
    let second = parts.body["stays"][1]["id"].clone();
    let longer = json!({"stays": [{"stay_id": second, "check_out": "2026-12-15"}]});
    let longer = amend(manager, &booking, longer).await.expect(200);
    assert_eq!(longer.body["difference"], eur("122.60"));
    app.assert_consistent().await;
}

#[tokio::test]
async fn what_is_to_be_served_is_told_by_day() {
    let app = TestApp::new().await;
    let (hotel, tax) = hotel(&app).await;
    let manager = &hotel.manager;
    let breakfast = breakfast(&hotel, &tax).await;
    let transfer = extra(&hotel, &tax, ("Transfer", "30.00", "once", "arrival")).await;
    let mut request = with_extras(&hotel, ["2026-12-01", "2026-12-03"], json!([{"extra_id": breakfast}]));
    request["rooms"][0]["guest_name"] = json!("Rui Sousa");
    let booking = book(manager, &request).await.expect(201);
    let wishes = json!([{"extra_id": breakfast}, {"extra_id": transfer}]);
    let mut held = with_extras(&hotel, ["2026-12-01", "2026-12-02"], wishes);
    held["hold_minutes"] = json!(30);
    let held = book(manager, &held).await.expect(201);
    let schedule = async |date: &str| -> Value {
        let path = format!("{EXTRAS}/schedule?property_id={}&date={date}", hotel.id);
        manager.get(&path).await.expect(200).body["items"].clone()
    };
    assert_eq!(schedule("2026-12-01").await, json!([]), "a hold is not served");
    assert_eq!(
        schedule("2026-12-02").await,
        json!([{"extra_id": breakfast, "name": "Breakfast", "units": 2, "services": [{
            "units": 2, "booking_id": booking.id(), "reference": booking.body["reference"],
            "stay_id": booking.body["stays"][0]["id"], "guest_name": "Rui Sousa", "room_number": booking.body["stays"][0]["room_number"],
        }]}])
    );
    act(manager, &held, "confirm").await.expect(200);
    let both = schedule("2026-12-02").await;
    assert_eq!((&both[0]["units"], both[0]["services"].as_array().map(Vec::len)), (&json!(4), Some(2)));
    assert_eq!(schedule("2026-12-01").await[0]["name"], "Transfer");
    // What is split among payers is served once.
    let company = json!({"property_id": hotel.id, "booking_id": booking.id(), "kind": "company"});
    let company = manager.post("/v1/folios", &company).await.expect(201);
    let half = json!({"to_folio_id": company.id(), "percent": "50"});
    manager.post(&format!("/v1/folios/{}/split", booking.id()), &half).await.expect(200);
    assert_eq!(schedule("2026-12-02").await[0]["units"], 4);
    act(manager, &held, "cancel").await.expect(200);
    assert_eq!(schedule("2026-12-02").await[0]["units"], 2);
    app.assert_consistent().await;
}

#[tokio::test]
async fn an_extra_is_charged_at_the_desk_by_its_id() {
    let app = TestApp::new().await;
    let (hotel, tax) = hotel(&app).await;
    let manager = &hotel.manager;
    let bottle = extra(&hotel, &tax, ("Bottle", "11.30", "once", "arrival")).await;
    let booking = hotel.book(manager, "2026-12-01", "2026-12-02").await;
    let charges = format!("/v1/folios/{}/charges", booking.id());
    let charged = manager.post(&charges, &json!({"extra_id": bottle, "quantity": 2})).await.expect(200);
    let told: Vec<Value> = charged.body["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|entry| json!([entry["kind"], entry["description"], entry["amount"]["amount"], entry["extra"]["units"]]))
        .collect();
    assert_eq!(told, [json!(["extra", "Bottle", "20.00", 2]), json!(["tax", "IVA 13 %", "2.60", 2])]);
    assert_eq!(
        charged.body["entries"][0]["extra"],
        json!({"extra_id": bottle, "stay_extra_id": null, "units": 2, "in_price": false})
    );
    for (body, status, code, pointer) in [
        (json!({"extra_id": bottle, "amount": eur("1.00")}), 422, "request.invalid", "/amount"),
        (json!({"extra_id": bottle, "tax_rule_id": tax}), 422, "request.invalid", "/tax_rule_id"),
        (json!({"description": "Bar", "amount": eur("1.00"), "quantity": 2}), 422, "request.invalid", "/quantity"),
        (json!({"description": "Bar"}), 422, "request.invalid", "/amount"),
        (json!({"amount": eur("1.00")}), 422, "request.invalid", "/description"),
        (json!({"extra_id": uuid::Uuid::nil()}), 422, "extra.unknown", "/extra_id"),
    ] {
        let refused = manager.post(&charges, &body).await.expect(status);
        assert_eq!((refused.code(), refused.pointers()), (code, vec![pointer]), "{body}");
    }
    assert_eq!(read(manager, &booking).await.body["total"], eur("122.60"));
    // What was posted by hand does not follow the stay.
    amend(manager, &booking, json!({"check_out": "2026-12-03"})).await.expect(200);
    assert_eq!(read(manager, &booking).await.body["total"], eur("222.60"));
    app.assert_consistent().await;
}

/// A plan at 150.00 a night with breakfast in its price, for a couple.
async fn package(hotel: &Hotel, breakfast: &str) -> String {
    let policies = hotel.manager.get(&format!("/v1/cancellation-policies?property_id={}", hotel.id)).await.expect(200);
    let plan = json!({
        "property_id": hotel.id, "code": "BB", "name": "With breakfast", "board": "breakfast", "payment_policy": "pay_at_property",
        "cancellation_policy_id": policies.body["items"][0]["id"],
        "room_types": [{"room_type_id": hotel.double, "price": eur("150.00")}], "included_extras": [{"extra_id": breakfast}],
    });
    let made = hotel.manager.post("/v1/rate-plans", &plan).await.expect(201);
    assert_eq!(made.body["included_extras"], json!([{"extra_id": breakfast, "quantity": 1}]));
    made.id().to_owned()
}

/// All lines of a booking's folios that stand: date, kind, text, amount.
async fn all_standing(client: &Client, booking: &Reply) -> Vec<[String; 4]> {
    let folio = client.get(&format!("/v1/bookings/{}/folio", booking.id())).await.expect(200);
    let entries = folio.body["entries"].as_array().expect("entries").clone();
    let is_open =
        |entry: &&Value| entry["reverses_id"].is_null() && entries.iter().all(|other| other["reverses_id"] != entry["id"]);
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let line =
        |entry: &Value| [&entry["service_date"], &entry["kind"], &entry["description"], &entry["amount"]["amount"]].map(text);
    let mut lines: Vec<[String; 4]> = entries.iter().filter(is_open).map(line).collect();
    lines.sort();
    lines
}

/// The lines of a night of the package: the room's share of 150.00, and the breakfasts'.
fn package_night(date: &str) -> Vec<[String; 4]> {
    let line = |kind: &str, text: &str, amount: &str| [date, kind, text, amount].map(String::from);
    vec![
        line("extra", "Breakfast", "20.00"),
        line("room", "DBL", "120.19"),
        line("tax", "IVA 13 %", "2.60"),
        line("tax", "IVA 6 %", "7.21"),
    ]
}

#[tokio::test]
async fn a_package_divides_its_price_so_that_each_part_bears_its_own_tax() {
    let app = TestApp::new().await;
    let (hotel, tax) = hotel(&app).await;
    let manager = &hotel.manager;
    let breakfast = breakfast(&hotel, &tax).await;
    let plan = package(&hotel, &breakfast).await;
    let asked = json!({
        "property_id": hotel.id, "check_in": "2026-12-10", "check_out": "2026-12-12",
        "rooms": [{"room_type_id": hotel.double, "rate_plan_id": plan, "adults": 2}],
    });
    let quote = app.anonymous().post("/v1/quotes", &asked).await.expect(200);
    assert_eq!(quote.body["total"], eur("300.00"), "the price is the price");
    let night = &quote.body["rooms"][0]["nightly"][0]["lines"];
    assert_eq!(
        night[2],
        json!({"kind": "included_extra", "name": "Breakfast", "extra_id": breakfast, "is_included": true, "count": 2, "amount": eur("22.60")})
    );
    assert_eq!((&night[1]["amount"], &night[3]["amount"]), (&eur("7.21"), &eur("2.60")));
    let found = format!("/v1/availability?property_id={}&check_in=2026-12-10&check_out=2026-12-12&adults=2", hotel.id);
    let found = app.anonymous().get(&found).await.expect(200);
    let plans = found.body["items"][0]["plans"].as_array().expect("plans").clone();
    assert!(plans.iter().any(|offer| offer["total"] == eur("300.00")), "{plans:?}");

    let mut request = hotel.request("2026-12-10", "2026-12-12");
    request["rooms"][0]["rate_plan_id"] = json!(plan);
    let listed = book(manager, &request).await.expect(201);
    manager.patch(&format!("{EXTRAS}/{breakfast}"), "\"1\"", &json!({"price": eur("40.00")})).await.expect(200);
    request["quote"] = quote.body["quote"].clone();
    let by_quote = book(manager, &request).await.expect(201);
    let two_nights = [package_night("2026-12-10"), package_night("2026-12-11")].concat();
    for booking in [&listed, &by_quote] {
        assert_eq!((&booking.body["total"], &booking.body["stays"][0]["total"]), (&eur("300.00"), &eur("300.00")));
        assert_eq!(all_standing(manager, booking).await, two_nights);
        let shown = read(manager, booking).await;
        assert_eq!(shown.body["stays"], booking.body["stays"], "read as it was answered");
        let extra = &shown.body["stays"][0]["extras"][0];
        assert_eq!(
            json!([extra["id"], extra["name"], extra["in_price"], extra["total"]]),
            json!([null, "Breakfast", true, eur("45.20")])
        );
    }
    let path = format!("{EXTRAS}/schedule?property_id={}&date=2026-12-11", hotel.id);
    assert_eq!(manager.get(&path).await.expect(200).body["items"][0]["units"], 4, "the morning after the night");

    // What was sold keeps its division; a night more is divided as things are.
    let longer = amend(manager, &listed, json!({"check_out": "2026-12-13"})).await.expect(200);
    assert_eq!(longer.body["difference"], eur("150.00"));
    let standing = all_standing(manager, &listed).await;
    assert_eq!(standing[..8], two_nights);
    // 2 × 40.00 with 13 % in them, and 70.00 with 6 %.
    let third: Vec<&str> = standing[8..].iter().map(|line| line[3].as_str()).collect();
    assert_eq!(third, ["70.80", "66.04", "9.20", "3.96"]);
    let shorter = amend(manager, &listed, json!({"check_out": "2026-12-12"})).await.expect(200);
    assert_eq!(shorter.body["difference"], eur("-150.00"));
    assert_eq!(all_standing(manager, &listed).await, two_nights);

    // An allowance on the room leaves the breakfast, which is no charge by hand.
    let folio = manager.get(&format!("/v1/folios/{}", listed.id())).await.expect(200);
    let is_breakfast = |entry: &&Value| entry["kind"] == "extra" && entry["reverses_id"].is_null();
    let entry = folio.body["entries"].as_array().expect("entries").iter().find(is_breakfast).expect("one")["id"].clone();
    let correction = json!({"kind": "correction", "entry_id": entry, "reason": "Not eaten"});
    let refused = manager.post(&format!("/v1/folios/{}/adjustments", listed.id()), &correction).await.expect(409);
    assert_eq!(refused.code(), "folio.entry_of_stay");

    act(manager, &listed, "cancel").await.expect(200);
    assert_eq!(all_standing(manager, &listed).await, Vec::<[String; 4]>::new());
    let back = act(manager, &listed, "reinstate").await.expect(200);
    assert_eq!((&back.body["total"], &back.body["balance"]), (&eur("300.00"), &eur("300.00")));
    assert_eq!(all_standing(manager, &listed).await, two_nights);

    // A night that is cheaper than its breakfasts is shared by them.
    let staff = json!({
        "property_id": hotel.id, "check_in": "2026-12-14", "check_out": "2026-12-15", "contact": {"full_name": "Ana Sousa"},
        "rooms": [{"room_type_id": hotel.double, "rate_plan_id": plan, "adults": 2, "nightly_price": eur("50.00")}],
    });
    let cheap = book(manager, &staff).await.expect(201);
    let amounts: Vec<String> = all_standing(manager, &cheap).await.into_iter().map(|line| line[3].clone()).collect();
    assert_eq!(amounts, ["44.25", "0.00", "5.75", "0.00"]);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_package_of_net_prices_costs_in_searches_what_it_costs_in_quotes() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { prices: "net", taxes: &[("State", "10")], ..HotelSpec::default() }).await;
    let rule = json!({"property_id": hotel.id, "name": "Food", "percent": "5", "is_on_nights": false});
    let tax = hotel.manager.post("/v1/tax-rules", &rule).await.expect(201).id().to_owned();
    let breakfast = extra(&hotel, &tax, ("Breakfast", "10.00", "per_person_night", "next_day")).await;
    let plan = package(&hotel, &breakfast).await;
    let rooms = json!([{"room_type_id": hotel.double, "rate_plan_id": plan, "adults": 2}]);
    let asked = json!({"property_id": hotel.id, "check_in": "2026-12-10", "check_out": "2026-12-11", "rooms": rooms});
    let quote = app.anonymous().post("/v1/quotes", &asked).await.expect(200);
    // 130.00 and 10 %, 20.00 and 5 %.
    assert_eq!(quote.body["total"], eur("164.00"));
    hotel.manager.patch(&format!("/v1/rate-plans/{plan}"), "\"1\"", &json!({"is_default": true})).await.expect(200);
    let calendar = format!(
        "/v1/availability/calendar?property_id={}&from=2026-12-10&days=1&nights=1&adults=2&rate_plan_id={plan}",
        hotel.id
    );
    let calendar = app.anonymous().get(&calendar).await.expect(200);
    assert!(calendar.body.to_string().contains("164.00"), "{}", calendar.body);
    let mut request = hotel.request("2026-12-10", "2026-12-11");
    request["expected_total"] = eur("164.00");
    book(&hotel.manager, &request).await.expect(201);
    app.assert_consistent().await;
}

#[tokio::test]
async fn what_cannot_be_in_a_price_is_refused() {
    let app = TestApp::new().await;
    let (hotel, tax) = hotel(&app).await;
    let (elsewhere, strange_tax) = self::hotel(&app).await;
    let breakfast = breakfast(&hotel, &tax).await;
    let strange = self::breakfast(&elsewhere, &strange_tax).await;
    let late = extra(&hotel, &tax, ("Late departure", "20.00", "per_stay", "departure")).await;
    let plan = package(&hotel, &breakfast).await;
    let path = format!("/v1/rate-plans/{plan}");
    for (extras, pointer) in [
        (json!([{"extra_id": strange}]), "/included_extras/0/extra_id"),
        (json!([{"extra_id": breakfast}, {"extra_id": late}]), "/included_extras/1/extra_id"),
        (json!([{"extra_id": breakfast}, {"extra_id": breakfast}]), "/included_extras/1/extra_id"),
        (json!([{"extra_id": breakfast, "quantity": 0}]), "/included_extras/0/quantity"),
    ] {
        let refused = hotel.manager.patch(&path, "\"1\"", &json!({"included_extras": extras})).await.expect(422);
        assert_eq!(refused.pointers(), [pointer], "{extras}");
    }
    // What is in a price is archived, and stays in it.
    hotel.manager.delete(&format!("{EXTRAS}/{breakfast}"), "\"1\"").await.expect(204);
    assert_eq!(hotel.manager.get(&format!("{EXTRAS}/{breakfast}")).await.expect(200).body["is_archived"], true);
    let same = hotel.manager.patch(&path, "\"1\"", &json!({"included_extras": [{"extra_id": breakfast}]})).await.expect(200);
    assert_eq!(same.header("etag"), "\"1\"");
    let without = hotel.manager.patch(&path, "\"1\"", &json!({"included_extras": []})).await.expect(200);
    assert_eq!((&without.body["included_extras"], without.header("etag")), (&json!([]), "\"2\""));
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_extras", async |w| Call::about(w.property().await)).but(Public, TO_LOOK),
        Request::new("get_extra", async |w| Call::to(&an_extra(w).await)).but(Public, TO_LOOK),
        Request::new("create_extra", async |w| Call::plain().json(&parking(w.property().await))),
        Request::new("update_extra", async |w| Call::to(&an_extra(w).await).json(&json!({"price": eur("12.00")}))),
        Request::new("delete_extra", async |w| Call::to(&an_extra(w).await)),
        Request::new("get_extra_schedule", async |w| Call::about(w.property().await).query("date", TODAY)),
        Request::new("add_stay_extra", async |w| {
            let body = json!({"extra_id": an_extra(w).await});
            Call::to(w.booking().await).and(w.stay().await).json(&body)
        }),
        Request::new("remove_stay_extra", async |w| {
            let mut request = w.booking_request().await;
            request["rooms"][0]["extras"] = json!([{"extra_id": an_extra(w).await}]);
            let booking = w.book(&request).await;
            let stay = &booking.body["stays"][0];
            let id = |value: &Value| value.as_str().expect("an id").to_owned();
            Call::to(booking.id()).and(&id(&stay["id"])).and(&id(&stay["extras"][0]["id"]))
        }),
    ]
}

fn parking(property: &str) -> Value {
    json!({"property_id": property, "name": "Parking", "price": eur("10.00"), "posted": "per_night"})
}

async fn an_extra(w: &World) -> String {
    w.admin.post(EXTRAS, &parking(w.property().await)).await.expect(201).id().to_owned()
}
