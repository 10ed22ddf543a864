//! Folios, through the API: who pays what, and what is left to be paid.
use crate::every_route::Exception::NotVersioned;
use crate::every_route::{Call, Request, TODAY, World};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, eur};
use hbs::domains::folios::{self, FolioKind, NewFolioEntry};
use serde_json::{Value, json};
use uuid::Uuid;

const FOLIOS: &str = "/v1/folios";

/// Posts a line to the folio of a booking.
async fn post(app: &TestApp, booking: &Reply, amount_minor: i64) {
    let id = |value: &Value| -> Uuid { value.as_str().expect("an id").parse().expect("a UUID") };
    let line = NewFolioEntry {
        stay_id: id(&booking.body["stays"][0]["id"]),
        kind: FolioKind::Fee,
        service_date: "2026-12-01".parse().expect("a date"),
        amount_minor,
        description: "Goodwill".into(),
        tax_rule_id: None,
        tax_terms: None,
        reverses_id: None,
        restores_id: None,
        folio_id: None,
        id: None,
        price_id: None,
        extra: None,
    };
    let (property_id, booking_id) = (id(&booking.body["property_id"]), id(&booking.body["id"]));
    folios::append(&app.connect().await, property_id, booking_id, &[line], app.app.clock.now()).await.expect("a line");
}

/// The bookings that have a balance, and those that have none.
async fn by_balance(hotel: &Hotel) -> [Value; 2] {
    let list = async |has_balance: bool| -> Value {
        let path = format!("/v1/bookings?property_id={}&has_balance={has_balance}", hotel.id);
        let found = hotel.manager.get(&path).await.expect(200);
        found.body["items"].as_array().expect("a list").iter().map(|booking| booking["id"].clone()).collect()
    };
    [list(true).await, list(false).await]
}

#[tokio::test]
async fn what_is_left_to_pay_is_what_the_folio_comes_to_and_not_what_the_booking_costs() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let (all, none) = (json!([booking.id()]), json!([]));
    assert_eq!(by_balance(&hotel).await, [all.clone(), none.clone()]);

    post(&app, &booking, -20_000).await;
    assert_eq!(by_balance(&hotel).await, [none.clone(), all.clone()], "settled, and not free");
    let folio = hotel.manager.get(&format!("/v1/bookings/{}/folio", booking.id())).await.expect(200);
    assert_eq!(folio.body["balance"], json!({"amount": "0.00", "currency": "EUR"}));

    post(&app, &booking, -1).await;
    assert_eq!(by_balance(&hotel).await, [all, none], "to be paid back");
    let kept = "SELECT balance_minor FROM folios";
    assert_eq!(app.number(kept).await, -1);
}

/// A hotel that sells nights at 100.00, of which 5.66 are tax.
async fn taxed(app: &TestApp) -> Hotel {
    app.hotel(HotelSpec { taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await
}

/// Opens a folio for another payer of a booking.
async fn company(hotel: &Hotel, booking: &str) -> String {
    let folio = json!({"property_id": hotel.id, "booking_id": booking, "kind": "company", "name": "Acme Ltd"});
    hotel.manager.post(FOLIOS, &folio).await.expect(201).id().to_owned()
}

async fn details(client: &Client, id: &str) -> Value {
    client.get(&format!("{FOLIOS}/{id}?limit=200")).await.expect(200).body
}

/// Acts on a folio: `charges`, `move` and so on.
async fn deed(client: &Client, id: &str, deed: &str, body: Value) -> Reply {
    client.post(&format!("{FOLIOS}/{id}/{deed}"), &body).await
}

/// The open entries of a folio: kind, date and amount.
fn open(folio: &Value) -> Vec<(String, String, String)> {
    let entries = folio["entries"].as_array().expect("entries");
    let is_open =
        |entry: &&Value| entry["reverses_id"].is_null() && entries.iter().all(|other| other["reverses_id"] != entry["id"]);
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let told = |entry: &Value| (text(&entry["kind"]), text(&entry["service_date"]), text(&entry["amount"]["amount"]));
    entries.iter().filter(is_open).map(told).collect()
}

/// Like `open`, written down.
fn lines(expected: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    expected.iter().map(|(kind, date, amount)| ((*kind).into(), (*date).into(), (*amount).into())).collect()
}

/// The id of the first entry that is of a kind and a date.
fn entry<'a>(folio: &'a Value, kind: &str, date: &str) -> &'a Value {
    let mut entries = folio["entries"].as_array().expect("entries").iter();
    &entries.find(|entry| entry["kind"] == kind && entry["service_date"] == date).expect("an entry")["id"]
}

/// The id of the night that is charged, however often it was charged before.
fn entry_again(folio: &Value) -> Value {
    let entries = folio["entries"].as_array().expect("entries");
    let is_open =
        |entry: &&Value| entry["reverses_id"].is_null() && entries.iter().all(|other| other["reverses_id"] != entry["id"]);
    entries.iter().filter(is_open).find(|entry| entry["kind"] == "room").expect("a night")["id"].clone()
}

#[tokio::test]
async fn a_night_is_moved_with_its_tax_and_once() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let (client, guest, company) = (&hotel.manager, booking.id(), company(&hotel, booking.id()).await);
    let before = details(client, guest).await;
    assert_eq!((&before["is_main"], &before["kind"], &before["status"]), (&json!(true), &json!("guest"), &json!("open")));
    assert_eq!((&before["balance"], &before["balance_due"]), (&eur("200.00"), &eur("0.00")), "nothing is due before the nights");

    let night = entry(&before, "room", "2026-12-10");
    let move_it = json!({"to_folio_id": company, "entry_ids": [night]});
    let tax_alone = json!({"to_folio_id": company, "entry_ids": [entry(&before, "tax", "2026-12-10")]});
    let refused = deed(client, guest, "move", tax_alone).await.expect(422);
    assert_eq!((refused.code(), refused.pointers()), ("folio.goes_with_price", vec!["/entry_ids"]));
    let moved = deed(client, guest, "move", move_it.clone()).await.expect(200);
    assert_eq!(moved.body["folio"]["balance"], eur("100.00"));
    let posted = moved.body["entries"].as_array().expect("entries");
    assert_eq!(posted.len(), 4, "two entries, each taken back here and posted there");
    assert!(posted.iter().all(|line| line["service_date"] == "2026-12-10" && line["posted_on"] == "2026-12-01"));
    assert!(posted.iter().all(|line| !line["origin_id"].is_null() && line["booking_id"] == guest));

    let again = deed(client, guest, "move", move_it).await.expect(409);
    assert_eq!((again.code(), &again.body["entry_ids"]), ("folio.entries_not_open", &json!([night])));
    let twice = format!(
        "INSERT INTO folio_entries (property_id, id, booking_id, stay_id, kind, service_date, amount_minor, description, reverses_id,
                                    posting_id, created_at, updated_at)
         SELECT property_id, gen_random_uuid(), booking_id, stay_id, kind, service_date, -amount_minor, description, id,
                gen_random_uuid(), now(), now() FROM folio_entries WHERE id = {}",
        night.to_string().replace('"', "'")
    );
    assert!(app.try_sql(&twice).await.expect_err("refused").contains("folio_entries_reversed_once"), "the database says so, too");
    let both = details(client, &company).await;
    assert_eq!(open(&both), lines(&[("room", "2026-12-10", "94.34"), ("tax", "2026-12-10", "5.66")]));

    // The booking costs what it did, and all of its folios together come to that.
    let shown = client.get(&format!("/v1/bookings/{guest}")).await.expect(200);
    assert_eq!(shown.body["total"], eur("200.00"));
    let all = client.get(&format!("/v1/bookings/{guest}/folio")).await.expect(200);
    assert_eq!(all.body["balance"], eur("200.00"));
    let each = client.get(&format!("/v1/bookings/{guest}/folios")).await.expect(200);
    let balances: Vec<(&Value, &Value)> =
        each.body["items"].as_array().expect("folios").iter().map(|folio| (&folio["id"], &folio["balance"])).collect();
    assert_eq!(balances, [(&json!(guest), &eur("100.00")), (&json!(company), &eur("100.00"))]);
    app.assert_consistent().await;

    // Who pays a night pays it also when the stay is amended, and gets it back when it is cancelled.
    let amend = format!("/v1/bookings/{guest}/amend");
    client.post(&amend, &json!({"check_out": "2026-12-13"})).await.expect(200);
    assert_eq!(details(client, &company).await["balance"], eur("100.00"));
    app.sql(&format!("UPDATE room_types SET base_price_minor = 20000 WHERE id = '{}'", hotel.double)).await;
    client.post(&amend, &json!({"reprice": true})).await.expect(200);
    assert_eq!(details(client, &company).await["balance"], eur("200.00"));
    assert_eq!(details(client, guest).await["balance"], eur("400.00"));
    app.assert_consistent().await;
    act(client, &booking, "cancel").await.expect(200);
    assert_eq!(details(client, &company).await["balance"], eur("0.00"));
    assert_eq!(details(client, &company).await["status"], "settled");
    act(client, &booking, "reinstate").await.expect(200);
    assert_eq!(details(client, &company).await["balance"], eur("200.00"), "restored where it was");
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_split_is_exact_to_the_cent_and_what_is_kept_stays_split() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let (client, guest, company) = (&hotel.manager, booking.id(), company(&hotel, booking.id()).await);
    for (body, here, there) in [
        (json!({"percent": "33.3333"}), "133.33", "66.67"),
        (json!({"amount": eur("0.01")}), "133.32", "66.68"),
        (json!({"nights": {"from": "2026-12-11", "to": "2026-12-12"}}), "66.65", "133.35"),
    ] {
        let mut body = body;
        body["to_folio_id"] = json!(company);
        let split = deed(client, guest, "split", body.clone()).await.expect(200);
        assert_eq!(split.body["folio"]["balance"], eur(here), "{body}");
        assert_eq!(details(client, &company).await["balance"], eur(there), "{body}");
        app.assert_consistent().await;
    }
    // A night more changes nothing of who pays the others.
    client.post(&format!("/v1/bookings/{guest}/amend"), &json!({"check_out": "2026-12-13"})).await.expect(200);
    assert_eq!(details(client, &company).await["balance"], eur("133.35"));
    assert_eq!(details(client, guest).await["balance"], eur("166.65"));
    assert_eq!(client.get(&format!("/v1/bookings/{guest}")).await.expect(200).body["total"], eur("300.00"));
    app.assert_consistent().await;

    let split = async |body: Value| {
        let mut body = body;
        body["to_folio_id"] = json!(company);
        deed(client, guest, "split", body).await
    };
    let refused = split(json!({"amount": eur("166.66")})).await.expect(409);
    assert_eq!((refused.code(), &refused.body["most"]), ("folio.too_much", &eur("166.65")));
    let refused = split(json!({"amount": eur("166.65")})).await.expect(409);
    assert_eq!((refused.code(), &refused.body["total"]), ("folio.not_divisible", &eur("166.65")));
    assert_eq!(split(json!({"percent": "0.0001"})).await.expect(409).code(), "folio.not_divisible");
    assert_eq!(split(json!({"percent": "100"})).await.expect(422).pointers(), ["/percent"]);
    assert_eq!(split(json!({"percent": "50", "amount": eur("1.00")})).await.expect(422).pointers(), ["/amount"]);
    assert_eq!(split(json!({})).await.expect(422).pointers(), ["/amount"]);
    let nights = json!({"nights": {"from": "2027-01-01", "to": "2027-01-02"}});
    assert_eq!(split(nights).await.expect(409).code(), "folio.nothing_to_move");
    let backwards = json!({"nights": {"from": "2026-12-12", "to": "2026-12-11"}});
    assert_eq!(split(backwards).await.expect(422).pointers(), ["/nights/to"]);
}

#[tokio::test]
async fn a_folio_that_is_split_again_and_again_stays_within_bounds() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let (client, guest, company) = (&hotel.manager, booking.id(), company(&hotel, booking.id()).await);
    let ball = json!({"description": "Ball", "amount": eur("90000.00")});
    client.post(&format!("{FOLIOS}/{guest}/charges"), &ball).await.expect(200);
    let mut splits = 0;
    let refused = loop {
        let (from, to) = if splits % 2 == 0 { (guest, company.as_str()) } else { (company.as_str(), guest) };
        let split = deed(client, from, "split", json!({"to_folio_id": to, "percent": "50"})).await;
        if split.status != 200 {
            break split;
        }
        splits += 1;
        assert!(splits < 30, "nothing stops it");
    };
    assert_eq!((refused.status, refused.code(), &refused.body["most"]), (409, "folio.too_many_entries", &json!(2000)));
    let (from, to) = if splits % 2 == 0 { (guest, company.as_str()) } else { (company.as_str(), guest) };
    deed(client, from, "move", json!({"to_folio_id": to})).await.expect(200);
    assert_eq!(details(client, from).await["balance"], eur("0.00"));
    assert_eq!(details(client, to).await["balance"], eur("90200.00"));
    app.assert_consistent().await;
}

#[tokio::test]
async fn what_is_wrong_is_refused_by_name_and_nothing_is_half_done() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let other = app.hotel(HotelSpec::default()).await;
    let admin = app.admin().await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let elsewhere = other.book(&other.manager, "2026-12-10", "2026-12-12").await;
    let guest = booking.id();
    let (closed, open) = (company(&hotel, guest).await, company(&hotel, guest).await);
    deed(&admin, &closed, "close", json!({})).await.expect(200);
    let lines_before = app.number("SELECT count(*) FROM folio_entries").await;
    let charge = |amount: Value| json!({"description": "Bar", "amount": amount});
    let night = details(&admin, guest).await["entries"][0]["id"].clone();
    let allow = |amount: Value| json!({"kind": "allowance", "entry_id": night, "amount": amount, "reason": "Noise"});
    let usd = json!({"amount": "1.00", "currency": "USD"});
    for (action, body, status, code) in [
        ("charges", charge(eur("0.00")), 422, "folio.amount_not_positive"),
        ("charges", charge(eur("-1.00")), 422, "folio.amount_not_positive"),
        ("charges", charge(eur("1.001")), 422, "request.invalid"),
        ("charges", charge(usd.clone()), 422, "folio.other_currency"),
        ("charges", json!({"description": "Bar", "amount": eur("1.00"), "service_date": "2026-11-30"}), 409, "folio.date_closed"),
        ("adjustments", allow(eur("0.00")), 422, "folio.amount_not_positive"),
        ("adjustments", allow(usd.clone()), 422, "folio.other_currency"),
        ("adjustments", allow(eur("100.01")), 409, "folio.too_much"),
        ("adjustments", json!({"kind": "correction", "entry_id": night, "reason": "Wrong"}), 409, "folio.entry_of_stay"),
        ("adjustments", json!({"kind": "allowance", "entry_id": night, "reason": "Noise"}), 422, "request.invalid"),
        ("adjustments", json!({"kind": "correction", "entry_id": Uuid::nil(), "reason": "Wrong"}), 422, "request.invalid"),
        ("charges", json!({"description": "Bar", "amount": eur("1.00"), "service_date": "2028-12-01"}), 422, "request.invalid"),
        ("move", json!({"to_folio_id": open, "entry_ids": [night, Uuid::nil()]}), 422, "request.invalid"),
        ("split", json!({"to_folio_id": open, "entry_ids": [Uuid::nil()], "percent": "50"}), 422, "request.invalid"),
        ("move", json!({"to_folio_id": elsewhere.id()}), 422, "folio.unknown_target"),
        ("move", json!({"to_folio_id": Uuid::nil()}), 422, "folio.unknown_target"),
        ("move", json!({"to_folio_id": guest}), 422, "request.invalid"),
        ("move", json!({"to_folio_id": closed}), 409, "folio.closed"),
        ("move", json!({"to_folio_id": closed, "entry_ids": []}), 422, "request.invalid"),
        ("split", json!({"to_folio_id": closed, "percent": "50"}), 409, "folio.closed"),
        ("close", json!({}), 409, "folio.unsettled"),
    ] {
        let refused = deed(&admin, guest, action, body.clone()).await.expect(status);
        assert_eq!(refused.code(), code, "{action} {body}");
    }
    for (action, body) in [
        ("charges", charge(eur("1.00"))),
        ("adjustments", allow(eur("1.00"))),
        ("move", json!({"to_folio_id": guest})),
        ("split", json!({"to_folio_id": guest, "percent": "50"})),
        ("close", json!({})),
    ] {
        assert_eq!(deed(&admin, &closed, action, body).await.expect(409).code(), "folio.closed", "{action}");
    }
    let open = |body: Value| {
        let mut body = body;
        body["property_id"] = json!(hotel.id);
        body
    };
    for (body, pointer) in [
        (json!({"kind": "guest"}), "/booking_id"),
        (json!({"kind": "guest", "booking_id": elsewhere.id()}), "/booking_id"),
        (json!({"kind": "house", "booking_id": guest}), "/booking_id"),
        (json!({"kind": "master"}), "/group_id"),
        (json!({"kind": "master", "group_id": Uuid::nil()}), "/group_id"),
        (json!({"kind": "house", "charge_limit": usd}), "/charge_limit/currency"),
    ] {
        assert_eq!(admin.post(FOLIOS, &open(body.clone())).await.expect(422).pointers(), [pointer], "{body}");
    }
    assert_eq!(app.number("SELECT count(*) FROM folio_entries").await, lines_before);
    assert_eq!(app.number("SELECT count(*) FROM folios").await, 4);
    app.assert_consistent().await;
}

#[tokio::test]
async fn charges_are_taxed_and_taken_back_in_whole_or_in_part() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let tax = app.rows("SELECT id FROM tax_rules").await[0]["id"].clone();
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-11").await;
    let (client, guest) = (&hotel.manager, booking.id());
    let dinner =
        json!({"description": "Dinner", "amount": eur("53.00"), "tax_rule_id": tax, "stay_id": booking.body["stays"][0]["id"]});
    let charged = deed(client, guest, "charges", dinner).await.expect(200);
    assert_eq!(charged.header("etag"), format!("\"{}\"", charged.body["folio"]["version"]));
    let total = async || client.get(&format!("/v1/bookings/{guest}")).await.expect(200).body["total"].clone();
    assert_eq!(total().await, eur("153.00"), "what is posted by hand is part of the total");
    let night = [("room", "2026-12-10", "94.34"), ("tax", "2026-12-10", "5.66")];
    let dinner = [("extra", "2026-12-01", "50.00"), ("tax", "2026-12-01", "3.00")];
    assert_eq!(open(&details(client, guest).await), lines(&[night, dinner].concat()));
    assert_eq!(charged.body["folio"]["balance_due"], eur("53.00"));

    let (dinner_id, tax_id) = (&charged.body["entries"][0]["id"], &charged.body["entries"][1]["id"]);
    let less = json!({"kind": "allowance", "entry_id": dinner_id, "amount": eur("10.60"), "reason": "Cold"});
    deed(client, guest, "adjustments", less).await.expect(200);
    let allowed = [("adjustment", "2026-12-01", "-10.00"), ("tax", "2026-12-01", "-0.60")];
    assert_eq!(open(&details(client, guest).await), lines(&[&night[..], &dinner[..], &allowed[..]].concat()));
    let more = json!({"kind": "allowance", "entry_id": dinner_id, "amount": eur("42.41"), "reason": "Cold"});
    let refused = deed(client, guest, "adjustments", more).await.expect(409);
    assert_eq!((refused.code(), &refused.body["most"]), ("folio.too_much", &eur("42.40")));
    let of_tax = json!({"kind": "correction", "entry_id": tax_id, "reason": "Wrong"});
    let refused = deed(client, guest, "adjustments", of_tax).await.expect(422);
    assert_eq!((refused.code(), refused.pointers()), ("folio.goes_with_price", vec!["/entry_id"]));
    assert_eq!(total().await, eur("142.40"));
    app.assert_consistent().await;

    let wrong = json!({"kind": "correction", "entry_id": dinner_id, "reason": "Another room"});
    let corrected = deed(client, guest, "adjustments", wrong.clone()).await.expect(200);
    assert_eq!(corrected.body["folio"]["balance"], eur("100.00"), "with what was allowed on it");
    assert_eq!(deed(client, guest, "adjustments", wrong).await.expect(409).code(), "folio.entries_not_open");
    assert_eq!(total().await, eur("100.00"));
    // A night that was not as it should be: its price stays, and so does what is allowed on it.
    let night = entry(&details(client, guest).await, "room", "2026-12-10").clone();
    let noise = json!({"kind": "allowance", "entry_id": night, "amount": eur("10.60"), "reason": "Noise"});
    deed(client, guest, "adjustments", noise).await.expect(200);
    assert_eq!(total().await, eur("89.40"));
    app.assert_consistent().await;
    // What was allowed on a night goes with it, and comes back with it.
    act(client, &booking, "cancel").await.expect(200);
    assert_eq!(total().await, eur("0.00"));
    assert_eq!(open(&details(client, guest).await), []);
    app.assert_consistent().await;
    act(client, &booking, "reinstate").await.expect(200);
    assert_eq!(total().await, eur("89.40"));
    let room = entry_again(&details(client, guest).await);
    let most = json!({"kind": "allowance", "entry_id": room, "amount": eur("89.41"), "reason": "Noise"});
    assert_eq!(deed(client, guest, "adjustments", most).await.expect(409).body["most"], eur("89.40"), "it is on the night again");
    let amend = format!("/v1/bookings/{guest}/amend");
    client.post(&amend, &json!({"check_in": "2026-12-11", "check_out": "2026-12-12"})).await.expect(200);
    assert_eq!(total().await, eur("100.00"), "another night is as it should be");
    app.assert_consistent().await;
    let kinds = app.event_kinds().await;
    for kind in ["folio.charged", "folio.allowance_posted", "folio.correction_posted"] {
        assert!(kinds.iter().any(|told| told == kind), "{kind} in {kinds:?}");
    }
    assert_eq!(app.number("SELECT count(*) FROM outbox WHERE changes::text LIKE '%Cold%'").await, 0, "reasons are free text");
}

#[tokio::test]
async fn adjustments_need_their_permission() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-11").await;
    let desk = app.staff(&["folios:read", "folios:write"], Some(&hotel.id)).await;
    let night = details(&desk, booking.id()).await["entries"][0]["id"].clone();
    let less = json!({"kind": "allowance", "entry_id": night, "amount": eur("1.00"), "reason": "Noise"});
    let refused = deed(&desk, booking.id(), "adjustments", less).await.expect(403);
    assert_eq!(refused.body["permission"], "adjustments:write");
}

#[tokio::test]
async fn points_of_sale_charge_the_guests_in_a_room() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-01", "2026-12-02").await;
    let bar = async |amount: &str| {
        let charge = json!({"property_id": hotel.id, "room_number": "101", "description": "Bar", "amount": eur(amount)});
        client.post("/v1/folios/charges", &charge).await
    };
    assert_eq!(bar("5.00").await.expect(409).code(), "folio.nobody_in_room", "they have not come yet");
    act(client, &booking, "check-in").await.expect(200);
    let charged = bar("5.00").await.expect(200);
    assert_eq!((&charged.body["folio"]["id"], &charged.body["folio"]["balance"]), (&json!(booking.id()), &eur("105.00")));
    assert_eq!(charged.body["entries"][0]["stay_id"], booking.body["stays"][0]["id"]);

    let path = format!("{FOLIOS}/{}", booking.id());
    let patch = async |change: Value| {
        let etag = client.get(&path).await.expect(200).header("etag").to_owned();
        client.patch(&path, &etag, &change).await.expect(200)
    };
    patch(json!({"charge_limit": eur("110.00")})).await;
    bar("5.00").await.expect(200);
    let refused = bar("0.01").await.expect(409);
    assert_eq!((refused.code(), &refused.body["charge_limit"]), ("folio.limit_reached", &eur("110.00")));
    // An extra of the hotel has its own price and taxes.
    let water = json!({"property_id": hotel.id, "name": "Water", "price": eur("2.50"), "posted": "once", "max_quantity": 3});
    let water = client.post("/v1/extras", &water).await.expect(201);
    let by_room = |more: Value| {
        let mut charge = json!({"property_id": hotel.id, "room_number": "101", "extra_id": water.id()});
        charge.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        charge
    };
    patch(json!({"charge_limit": null})).await;
    for (more, status, pointer) in [
        (json!({"quantity": 4}), 422, "/quantity"),
        (json!({"amount": eur("1.00")}), 422, "/amount"),
        (json!({"extra_id": null}), 422, "/description"),
    ] {
        let refused = client.post("/v1/folios/charges", &by_room(more.clone())).await.expect(status);
        assert_eq!(refused.pointers(), [pointer], "{more}");
    }
    let waters = client.post("/v1/folios/charges", &by_room(json!({"quantity": 2}))).await.expect(200);
    let entry = &waters.body["entries"][0];
    assert_eq!((&entry["description"], &entry["amount"], &entry["kind"]), (&json!("Water"), &eur("5.00"), &json!("extra")));
    patch(json!({"charge_limit": null, "no_post": true})).await;
    assert_eq!(bar("5.00").await.expect(409).code(), "folio.no_post");
    // At the desk it is charged all the same: somebody looks at the folio there.
    let charge = json!({"description": "Bar", "amount": eur("1.00")});
    deed(client, booking.id(), "charges", charge.clone()).await.expect(200);
    app.assert_consistent().await;

    act(client, &booking, "check-out").await.expect(200);
    assert_eq!(bar("5.00").await.expect(409).code(), "folio.nobody_in_room");
    // What comes when all have left and the folio was settled goes to one of its own.
    let house = json!({"property_id": hotel.id, "kind": "house", "name": "House"});
    let house = client.post(FOLIOS, &house).await.expect(201);
    deed(client, booking.id(), "move", json!({"to_folio_id": house.id()})).await.expect(200);
    let late = deed(client, booking.id(), "charges", charge).await.expect(200);
    assert_ne!(late.body["folio"]["id"], json!(booking.id()));
    assert_eq!((&late.body["folio"]["booking_id"], &late.body["folio"]["balance"]), (&json!(booking.id()), &eur("1.00")));
    assert_eq!(details(client, booking.id()).await["status"], "settled");
    app.assert_consistent().await;
}

#[tokio::test]
async fn entries_of_a_folio_come_in_pages() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-10", "2026-12-12").await;
    for n in 1..4 {
        let charge = json!({"description": format!("Bar {n}"), "amount": eur("5.00")});
        deed(client, booking.id(), "charges", charge).await.expect(200);
    }
    let whole = details(client, booking.id()).await;
    assert_eq!((whole["entries"].as_array().map(Vec::len), &whole["next_cursor"]), (Some(7), &Value::Null));
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    for size in [3, 3, 1] {
        let page = client.get(&format!("{FOLIOS}/{}?limit=3{cursor}", booking.id())).await.expect(200).body;
        let entries = page["entries"].as_array().expect("entries").clone();
        assert_eq!((entries.len(), &page["balance"]), (size, &whole["balance"]));
        paged.extend(entries);
        cursor = page["next_cursor"].as_str().map(|next| format!("&cursor={next}")).unwrap_or_default();
    }
    assert_eq!((json!(paged), cursor.as_str()), (whole["entries"].clone(), ""));
    let wrong = client.get(&format!("{FOLIOS}/{}?cursor=nonsense", booking.id())).await.expect(422);
    assert_eq!(wrong.pointers(), ["/cursor"]);
}

#[tokio::test]
async fn what_comes_after_a_folio_is_closed_goes_to_another_one() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-10", "2026-12-11").await;
    let company = company(&hotel, booking.id()).await;
    deed(client, booking.id(), "move", json!({"to_folio_id": company})).await.expect(200);
    let closed = deed(client, booking.id(), "close", json!({})).await.expect(200);
    assert_eq!(closed.body["status"], "closed");
    let direct = format!(
        "INSERT INTO folio_entries (property_id, id, folio_id, kind, service_date, amount_minor, description, posting_id, created_at, updated_at)
         VALUES ('{}', gen_random_uuid(), '{}', 'extra', '2026-12-01', 1, 'Bar', gen_random_uuid(), now(), now())",
        hotel.id,
        booking.id()
    );
    assert!(app.try_sql(&direct).await.expect_err("refused").contains("closed"), "the database says so, too");
    // A night more is charged for which the main folio is closed.
    client.post(&format!("/v1/bookings/{}/amend", booking.id()), &json!({"check_out": "2026-12-12"})).await.expect(200);
    let folios = client.get(&format!("/v1/bookings/{}/folios", booking.id())).await.expect(200);
    let balances: Vec<(&Value, &Value)> =
        folios.body["items"].as_array().expect("folios").iter().map(|folio| (&folio["name"], &folio["balance"])).collect();
    let late = json!("Late charges");
    assert_eq!(balances, [(&Value::Null, &eur("0.00")), (&json!("Acme Ltd"), &eur("100.00")), (&late, &eur("100.00"))]);
    act(client, &booking, "cancel").await.expect(200);
    assert_eq!(by_balance(&hotel).await, [json!([]), json!([booking.id()])]);
    app.assert_consistent().await;
}

#[tokio::test]
async fn rules_send_what_is_posted_from_then_on_to_who_pays_it() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-10", "2026-12-11").await;
    let company = company(&hotel, booking.id()).await;
    let routings = format!("{FOLIOS}/{company}/routings");
    let rule = json!({"kinds": ["room"], "cap": eur("150.00"), "from": "2026-12-11"});
    let rule = client.post(&routings, &rule).await.expect(201);
    assert_eq!(details(client, &company).await["balance"], eur("0.00"), "what is there stays");
    let amend = format!("/v1/bookings/{}/amend", booking.id());
    client.post(&amend, &json!({"check_out": "2026-12-13"})).await.expect(200);
    // A night, and the half of the next one with the half of its tax.
    let expected = lines(&[
        ("room", "2026-12-11", "94.34"),
        ("tax", "2026-12-11", "5.66"),
        ("room", "2026-12-12", "47.17"),
        ("tax", "2026-12-12", "2.83"),
    ]);
    assert_eq!(open(&details(client, &company).await), expected);
    assert_eq!(details(client, booking.id()).await["balance"], eur("150.00"));
    // What is given back can be used again.
    client.post(&amend, &json!({"check_out": "2026-12-11"})).await.expect(200);
    assert_eq!(details(client, &company).await["balance"], eur("0.00"));
    client.post(&amend, &json!({"check_out": "2026-12-12"})).await.expect(200);
    assert_eq!(details(client, &company).await["balance"], eur("100.00"));
    app.assert_consistent().await;

    let listed = client.get(&routings).await.expect(200);
    assert_eq!((&listed.body["items"][0]["id"], &listed.body["items"][0]["cap"]), (&rule.body["id"], &eur("150.00")));
    assert_eq!((&rule.body["from"], &rule.body["from_date"]), (&json!("2026-12-11"), &json!("2026-12-11")), "by both names");
    client.delete(&format!("{routings}/{}", rule.id()), "*").await.expect(204);
    assert_eq!(client.get(&routings).await.expect(200).body["items"], json!([]));
    client.post(&amend, &json!({"check_out": "2026-12-13"})).await.expect(200);
    assert_eq!(details(client, &company).await["balance"], eur("100.00"));
    let other = hotel.book(client, "2026-12-20", "2026-12-21").await;
    for (body, pointer) in [
        (json!({"kinds": []}), "/kinds"),
        (json!({"kinds": ["tax"]}), "/kinds/0"),
        (json!({"kinds": ["room"], "cap": eur("0.00")}), "/cap/amount"),
        (json!({"kinds": ["room"], "stay_id": other.body["stays"][0]["id"]}), "/stay_id"),
        (json!({"kinds": ["room", "extra", "room"]}), "/kinds"),
        (json!({"kinds": ["room"], "from": "2026-12-12", "to": "2026-12-12"}), "/to"),
        (json!({"kinds": ["room"], "from_date": "2026-12-12", "to": "2026-12-12"}), "/to"),
        (json!({"kinds": ["room"], "from": "2026-12-12", "from_date": "2026-12-12"}), "/from_date"),
        (json!({"kinds": ["room"], "to": "2026-12-12", "to_date": "2026-12-12"}), "/to_date"),
    ] {
        assert_eq!(client.post(&routings, &body).await.expect(422).pointers(), [pointer], "{body}");
    }
    // One room pays for another one, too.
    client.post(&routings, &json!({"kinds": ["room"], "booking_id": other.id()})).await.expect(201);
    client.post(&format!("/v1/bookings/{}/amend", other.id()), &json!({"check_out": "2026-12-22"})).await.expect(200);
    assert_eq!(details(client, &company).await["balance"], eur("200.00"));
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_master_pays_for_the_rooms_of_its_group_and_guests_for_their_extras() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    let group = json!({
        "property_id": hotel.id, "name": "Wedding", "code": "ANA-RUI", "cut_off": "2026-12-05",
        "block": [{"room_type_id": hotel.double, "from": "2026-12-10", "to": "2026-12-12", "rooms": 2}],
    });
    let group = client.post("/v1/groups", &group).await.expect(201);
    let master = json!({"property_id": hotel.id, "group_id": group.id(), "kind": "master", "name": "Wedding"});
    let folio = client.post(FOLIOS, &master).await.expect(201);
    let again = client.post(FOLIOS, &master).await.expect(409);
    assert_eq!((again.code(), &again.body["folio_id"]), ("folio.master_exists", &folio.body["id"]));

    let mut request = hotel.request("2026-12-10", "2026-12-12");
    request["group_code"] = json!("ANA-RUI");
    let booking = client.post("/v1/bookings", &request).await.expect(201);
    assert_eq!(booking.body["total"], eur("200.00"), "what it costs, whoever pays");
    let own = client.get(&format!("/v1/bookings/{}/folio", booking.id())).await.expect(200);
    assert_eq!((&own.body["balance"], &own.body["entries"]), (&eur("0.00"), &json!([])));
    let expected = lines(&[
        ("room", "2026-12-10", "94.34"),
        ("tax", "2026-12-10", "5.66"),
        ("room", "2026-12-11", "94.34"),
        ("tax", "2026-12-11", "5.66"),
    ]);
    assert_eq!(open(&details(client, folio.id()).await), expected);
    assert_eq!(by_balance(&hotel).await, [json!([]), json!([booking.id()])]);
    let bar = json!({"description": "Bar", "amount": eur("5.00")});
    deed(client, booking.id(), "charges", bar).await.expect(200);
    assert_eq!(by_balance(&hotel).await, [json!([booking.id()]), json!([])]);
    // Guests who pay for their room themselves: the booking's own rule comes first, also by its name.
    let rule = json!({"kinds": ["room"], "booking_id": booking.id(), "from": "2026-12-12"});
    client.post(&format!("{FOLIOS}/{}/routings", booking.id()), &rule).await.expect(201);
    client.post(&format!("/v1/bookings/{}/amend", booking.id()), &json!({"check_out": "2026-12-13"})).await.expect(200);
    assert_eq!(details(client, booking.id()).await["balance"], eur("105.00"));
    assert_eq!(details(client, folio.id()).await["balance"], eur("200.00"));
    // Fewer nights, and what the master pays is less.
    client.post(&format!("/v1/bookings/{}/amend", booking.id()), &json!({"check_out": "2026-12-11"})).await.expect(200);
    assert_eq!(details(client, folio.id()).await["balance"], eur("100.00"));
    act(client, &booking, "cancel").await.expect(200);
    assert_eq!(details(client, folio.id()).await["balance"], eur("0.00"));
    app.assert_consistent().await;
}

#[tokio::test]
async fn guests_see_the_folios_of_their_bookings_and_no_others() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (ana, rui) = (app.guest().await, app.guest().await);
    let booking = hotel.book(&ana, "2026-12-10", "2026-12-11").await;
    let path = format!("/v1/bookings/{}/folios", booking.id());
    assert_eq!(ana.get(&path).await.expect(200).body["items"][0]["balance"], eur("100.00"));
    rui.get(&path).await.expect(404);
    ana.get(&format!("{FOLIOS}/{}", booking.id())).await.expect(403);
}

#[tokio::test]
async fn a_profile_or_an_account_of_the_hotel_pays() {
    let app = TestApp::new().await;
    let (hotel, other) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-10", "2026-12-11").await;
    let account = async |hotel: &Hotel| {
        let account = json!({"property_id": hotel.id, "kind": "company", "name": "Acme Ltd"});
        hotel.manager.post("/v1/accounts", &account).await.expect(201).id().to_owned()
    };
    let (acme, elsewhere) = (account(&hotel).await, account(&other).await);
    let guest = client.post("/v1/guests", &json!({"property_id": hotel.id, "full_name": "Rui Almeida"})).await.expect(201);
    let open = |payer: Value| json!({"property_id": hotel.id, "booking_id": booking.id(), "kind": "company", "payer": payer});
    let folio = client.post(FOLIOS, &open(json!({"account_id": acme}))).await.expect(201);
    assert_eq!(folio.body["payer"], json!({"guest_id": null, "account_id": acme}));
    for (payer, pointer) in [
        (json!({"account_id": elsewhere}), "/payer/account_id"),
        (json!({"guest_id": Uuid::nil()}), "/payer/guest_id"),
        (json!({"guest_id": guest.id(), "account_id": acme}), "/payer"),
        (json!({}), "/payer"),
    ] {
        assert_eq!(client.post(FOLIOS, &open(payer.clone())).await.expect(422).pointers(), [pointer], "{payer}");
    }
    let path = format!("{FOLIOS}/{}", folio.id());
    // What is not active stays the payer that it is, and becomes none anew.
    let gone = format!("/v1/accounts/{acme}");
    client.patch(&gone, "\"1\"", &json!({"is_active": false})).await.expect(200);
    let same = json!({"payer": {"account_id": acme}});
    assert_eq!(client.patch(&path, "\"1\"", &same).await.expect(200).header("etag"), "\"1\"");
    assert_eq!(client.post(FOLIOS, &open(json!({"account_id": acme}))).await.expect(422).pointers(), ["/payer/account_id"]);
    let patched = client.patch(&path, "\"1\"", &json!({"payer": {"guest_id": guest.id()}})).await.expect(200);
    assert_eq!(patched.body["payer"], json!({"guest_id": guest.id(), "account_id": null}), "one of them, not both");
    let same_one = client.post("/v1/guests", &json!({"property_id": hotel.id, "full_name": "Rui Almeida"})).await.expect(201);
    let merge = json!({"merged_id": guest.id()});
    client.post(&format!("/v1/guests/{}/merge", same_one.id()), &merge).await.expect(200);
    assert_eq!(details(client, folio.id()).await["payer"]["guest_id"], same_one.body["id"], "the profile that stands for it");
    client.post(&format!("/v1/guests/{}/unmerge", guest.id()), &json!({})).await.expect(200);
    let patched = client.patch(&path, "\"2\"", &json!({"payer": null})).await.expect(200);
    assert_eq!((&patched.body["payer"], patched.header("etag")), (&Value::Null, "\"3\""));
}

#[tokio::test]
async fn folios_are_listed_by_what_they_are() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-10", "2026-12-11").await;
    let company = company(&hotel, booking.id()).await;
    let list = async |query: &str| -> Vec<String> {
        let found = client.get(&format!("{FOLIOS}?property_id={}{query}", hotel.id)).await.expect(200);
        let items = found.body["items"].as_array().expect("folios").iter();
        items.map(|folio| folio["id"].as_str().expect("an id").to_owned()).collect()
    };
    let guest = booking.id().to_owned();
    assert_eq!(list("").await, [company.clone(), guest.clone()]);
    assert_eq!(list("&kind=company").await, std::slice::from_ref(&company));
    assert_eq!(list("&status=settled").await, Vec::<String>::new());
    deed(client, &guest, "move", json!({"to_folio_id": company})).await.expect(200);
    assert_eq!(list("&status=settled").await, std::slice::from_ref(&guest));
    deed(client, &guest, "close", json!({})).await.expect(200);
    assert_eq!((list("&status=closed").await, list("&status=open").await), (vec![guest], vec![company.clone()]));
    let first = client.get(&format!("{FOLIOS}?property_id={}&limit=1", hotel.id)).await.expect(200);
    assert_eq!(first.body["items"][0]["id"], json!(company));
    assert!(first.body["next_cursor"].is_string());
}

#[tokio::test]
async fn nothing_is_posted_on_a_closed_date() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-11").await;
    app.sql("UPDATE properties SET business_date = '2026-12-02'").await;
    let insert = |posted_on: &str, posting: &str| {
        format!(
            "INSERT INTO folio_entries (property_id, id, folio_id, booking_id, kind, service_date, amount_minor, description, posted_on,
                                        posting_id, created_at, updated_at)
             SELECT property_id, gen_random_uuid(), folio_id, booking_id, 'extra', service_date, 0, 'Bar', {posted_on}, {posting}, now(), now()
             FROM folio_entries WHERE kind = 'room' LIMIT 1"
        )
    };
    let error = app.try_sql(&insert("'2026-12-01'", "gen_random_uuid()")).await.expect_err("refused");
    assert!(error.contains("closed business date"), "{error}");
    app.sql(&insert("NULL", "gen_random_uuid()")).await;
    let posted = app.rows("SELECT posted_on::text FROM folio_entries WHERE kind = 'extra'").await;
    assert_eq!(json!(posted), json!([{"posted_on": "2026-12-02"}]), "who names no date posts on the business date");
    let folio = details(&hotel.manager, booking.id()).await;
    let before = folio["entries"].as_array().expect("entries").iter().find(|entry| entry["kind"] == "room").expect("the night");
    assert_eq!(before["posted_on"], "2026-12-01", "and what was posted stays where it was");
}

/// Closes a date in the night after it.
async fn close_date(app: &TestApp, hotel: &Hotel, date: &str, night: &str) {
    app.set_clock(&format!("{night}T02:00:00Z"));
    let audit = json!({"business_date": date});
    hotel.manager.post(&format!("/v1/properties/{}/night-audit", hotel.id), &audit).await.expect(200);
}

async fn trial_balance(hotel: &Hotel, date: &str) -> Value {
    let path = format!("/v1/reports/trial-balance?property_id={}&date={date}", hotel.id);
    hotel.manager.get(&path).await.expect(200).body
}

/// The ledgers of a date that have something: opening, movement and closing.
fn ledgers(balance: &Value) -> Vec<(String, [String; 3])> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let told = |ledger: &Value| {
        (text(&ledger["ledger"]), ["opening", "movement", "closing"].map(|column| text(&ledger[column]["amount"])))
    };
    let all = balance["ledgers"].as_array().expect("ledgers").iter().map(told);
    all.filter(|(_, columns)| columns.iter().any(|amount| amount != "0.00")).collect()
}

fn ledger(name: &str, opening: &str, movement: &str, closing: &str) -> (String, [String; 3]) {
    (name.into(), [opening, movement, closing].map(String::from))
}

#[tokio::test]
async fn closed_dates_have_books_that_come_to_nothing_and_never_change() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-01", "2026-12-04").await;
    act(client, &booking, "check-in").await.expect(200);
    let bar = json!({"description": "Bar", "amount": eur("5.00")});
    let bar = deed(client, booking.id(), "charges", bar).await.expect(200);
    let first = [
        ledger("guest", "0.00", "105.00", "105.00"),
        ledger("revenue", "0.00", "-99.34", "-99.34"),
        ledger("tax", "0.00", "-5.66", "-5.66"),
    ];
    let open = trial_balance(&hotel, "2026-12-01").await;
    assert_eq!((&open["is_closed"], ledgers(&open)), (&json!(false), first.to_vec()), "nights to come are in no ledger yet");
    assert_eq!(open["ledgers"].as_array().expect("ledgers").len(), 8, "all of them, always");

    close_date(&app, &hotel, "2026-12-01", "2026-12-02").await;
    let closed = trial_balance(&hotel, "2026-12-01").await;
    assert_eq!((&closed["is_closed"], ledgers(&closed)), (&json!(true), first.to_vec()));
    // What was wrong on the closed date is taken back on the open one.
    let wrong = json!({"kind": "correction", "entry_id": bar.body["entries"][0]["id"], "reason": "Not theirs"});
    deed(client, booking.id(), "adjustments", wrong).await.expect(200);
    let company = company(&hotel, booking.id()).await;
    let folio = details(client, booking.id()).await;
    let night = entry(&folio, "room", "2026-12-01");
    deed(client, booking.id(), "move", json!({"to_folio_id": company, "entry_ids": [night]})).await.expect(200);
    assert_eq!(trial_balance(&hotel, "2026-12-01").await, closed, "closed is closed");
    let second = [
        ledger("guest", "105.00", "95.00", "200.00"),
        ledger("revenue", "-99.34", "-89.34", "-188.68"),
        ledger("tax", "-5.66", "-5.66", "-11.32"),
    ];
    assert_eq!(ledgers(&trial_balance(&hotel, "2026-12-02").await), second);
    close_date(&app, &hotel, "2026-12-02", "2026-12-03").await;
    assert_eq!(ledgers(&trial_balance(&hotel, "2026-12-02").await), second);
    let due = "SELECT sum(amount_minor) FROM folio_entries WHERE greatest(service_date, posted_on) <= '2026-12-02'";
    assert_eq!(app.number(due).await, 20_000, "what is due is what the guests' ledger ends with");
    for date in ["2026-11-30", "2026-12-04"] {
        let path = format!("/v1/reports/trial-balance?property_id={}&date={date}", hotel.id);
        client.get(&path).await.expect(404);
    }
    app.assert_consistent().await;

    for (sql, words) in [
        ("UPDATE ledger_days SET closing_minor = closing_minor", "does not change"),
        ("DELETE FROM ledger_days", "does not change"),
        (
            "INSERT INTO ledger_days SELECT property_id, '2026-12-03', ledger, closing_minor, 1, closing_minor + 1, now(), now()
             FROM ledger_days WHERE business_date = '2026-12-02'",
            "do not come to nothing",
        ),
        (
            "INSERT INTO ledger_days SELECT property_id, '2026-12-03', ledger, opening_minor, 0, opening_minor, now(), now()
             FROM ledger_days WHERE business_date = '2026-12-02'",
            "where it ended",
        ),
    ] {
        let refused = app.try_sql(sql).await.expect_err(sql);
        assert!(refused.contains(words), "{sql}: {refused}");
    }
}

#[tokio::test]
async fn what_was_paid_in_advance_counts_for_the_guests_once_they_are_there() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = hotel.book(&hotel.manager, "2026-12-01", "2026-12-02").await;
    let cash = json!({"booking_id": booking.id(), "method": "cash", "amount": eur("50.00")});
    hotel.manager.post("/v1/payments", &cash).await.expect(201);
    let clearing = ledger("clearing", "0.00", "50.00", "50.00");
    let revenue = ledger("revenue", "0.00", "-100.00", "-100.00");
    let deposits = ledger("deposits", "0.00", "-50.00", "-50.00");
    let before = [ledger("guest", "0.00", "100.00", "100.00"), deposits, revenue.clone(), clearing.clone()];
    assert_eq!(ledgers(&trial_balance(&hotel, "2026-12-01").await), before);
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    let after = [ledger("guest", "0.00", "50.00", "50.00"), revenue, clearing];
    assert_eq!(ledgers(&trial_balance(&hotel, "2026-12-01").await), after);
    let folio = details(&hotel.manager, booking.id()).await;
    assert_eq!(folio["balance"], eur("50.00"), "the folio comes to what it did");
    let pair: Vec<&Value> =
        folio["entries"].as_array().expect("entries").iter().filter(|entry| entry["kind"] == "deposit").collect();
    assert_eq!((pair.len(), &pair[0]["amount"], &pair[1]["amount"]), (2, &eur("50.00"), &eur("-50.00")));
    act(&hotel.manager, &booking, "undo-check-in").await.expect(200);
    assert_eq!(ledgers(&trial_balance(&hotel, "2026-12-01").await), before, "they have not come after all");
    app.assert_consistent().await;
}

#[tokio::test]
async fn whoever_changes_a_line_or_a_closed_date_is_found() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-01", "2026-12-03").await;
    let company = company(&hotel, booking.id()).await;
    act(client, &booking, "check-in").await.expect(200);
    let bar = json!({"description": "Bar", "amount": eur("5.00")});
    let bar = deed(client, booking.id(), "charges", bar).await.expect(200);
    deed(client, booking.id(), "split", json!({"to_folio_id": company, "percent": "50"})).await.expect(200);
    client.post(&format!("/v1/bookings/{}/amend", booking.id()), &json!({"check_out": "2026-12-04"})).await.expect(200);
    close_date(&app, &hotel, "2026-12-01", "2026-12-02").await;
    let cancelled = hotel.book(client, "2026-12-20", "2026-12-22").await;
    act(client, &cancelled, "cancel").await.expect(200);
    let lines = app.number("SELECT count(*) FROM folio_entries").await;
    let verified = folios::verify(&app.app).await.expect("verified");
    assert_eq!((verified.lines, verified.unrecorded, verified.closed_dates, verified.faults), (lines, 0, 1, Vec::new()));

    let line = bar.body["entries"][0]["id"].as_str().expect("an id");
    let faults = async || -> Vec<String> {
        let verified = folios::verify(&app.app).await.expect("verified");
        verified.faults.into_iter().map(|fault| format!("{fault:?}")).collect()
    };
    let of_line = format!("WHERE id = '{line}'");
    app.sql(&format!("UPDATE folio_entries SET amount_minor = 400 {of_line}")).await;
    let found = faults().await;
    assert!(found[0].contains(line) && found[0].contains("amount is not what its event tells"), "{found:?}");
    assert!(found[1].contains("2026-12-01") && found[1].contains("Guest"), "and the date on which it counted: {found:?}");
    app.sql(&format!("UPDATE folio_entries SET amount_minor = 500 {of_line}")).await;
    app.sql(&format!("UPDATE folio_entries SET folio_id = '{}' {of_line}", cancelled.id())).await;
    assert!(faults().await[0].contains("its folio, kind or date"));
    app.sql(&format!("UPDATE folio_entries SET folio_id = '{}' {of_line}", booking.id())).await;
    assert_eq!(faults().await, Vec::<String>::new());
    app.sql(&format!(
        "INSERT INTO folio_entries (property_id, id, folio_id, kind, service_date, posted_on, amount_minor, description, posting_id, created_at, updated_at)
         VALUES ('{}', '{}', '{}', 'adjustment', '2026-12-02', '2026-12-02', -1, 'Gift', gen_random_uuid(), now(), now())",
        hotel.id,
        Uuid::max(),
        booking.id()
    ))
    .await;
    assert!(faults().await[0].contains("no event tells of it"));
    app.sql(&format!("DELETE FROM folio_entries WHERE id = '{}'", Uuid::max())).await;
    app.sql("ALTER TABLE ledger_days DISABLE TRIGGER USER").await;
    app.sql("UPDATE ledger_days SET movement_minor = movement_minor + 1, closing_minor = closing_minor + 1 WHERE ledger = 'tax'")
        .await;
    let found = faults().await;
    assert!(found.len() == 1 && found[0].contains("Tax"), "{found:?}");
}

/// A booking has a limited number of folios, since whoever posts to one of them holds all.
#[tokio::test]
async fn a_booking_has_a_limited_number_of_folios() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-11").await;
    // With the main one, these are 50.
    for _ in 1..50 {
        company(&hotel, booking.id()).await;
    }
    let folio = json!({"property_id": hotel.id, "booking_id": booking.id(), "kind": "guest"});
    let refused = hotel.manager.post(FOLIOS, &folio).await.expect(409);
    assert_eq!((refused.code(), &refused.body["most"]), ("folio.too_many_folios", &json!(50)));
    hotel.manager.post(FOLIOS, &json!({"property_id": hotel.id, "kind": "house"})).await.expect(201);
    app.assert_consistent().await;
}

/// A rule is of the folio as it was seen.
#[tokio::test]
async fn rules_are_added_and_removed_of_the_folio_that_was_seen() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-10", "2026-12-11").await;
    let company = company(&hotel, booking.id()).await;
    let (folio, routings) = (format!("{FOLIOS}/{company}"), format!("{FOLIOS}/{company}/routings"));
    let etag = async || client.get(&folio).await.expect(200).header("etag").to_owned();
    let seen = etag().await;
    let rule = client.with("if-match", &seen).post(&routings, &json!({"kinds": ["room"]})).await.expect(201);
    let again = client.with("if-match", &seen).post(&routings, &json!({"kinds": ["extra"]})).await.expect(412);
    assert_eq!(again.code(), "request.precondition_failed");
    let path = format!("{routings}/{}", rule.id());
    assert_eq!(client.delete(&path, &seen).await.expect(412).code(), "request.precondition_failed");
    let now = etag().await;
    client.delete(&path, &now).await.expect(204);
    assert_ne!(etag().await, now, "another version");
    assert_eq!(client.get(&routings).await.expect(200).body["items"], json!([]));
}

/// Whatever a line counts for is on the record, and so is what the record said of it.
#[tokio::test]
async fn whoever_changes_what_a_line_is_for_is_found() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-10", "2026-12-12").await;
    let other = hotel.book(client, "2026-12-20", "2026-12-22").await;
    let rule = json!({"property_id": hotel.id, "name": "Other", "percent": "13", "is_on_nights": false});
    let rule = client.post("/v1/tax-rules", &rule).await.expect(201);
    let mut payments = Vec::new();
    for amount in ["10.00", "20.00"] {
        let body = json!({"booking_id": booking.id(), "method": "cash", "amount": eur(amount)});
        payments.push(client.post("/v1/payments", &body).await.expect(201).id().to_owned());
    }
    let bar = deed(client, booking.id(), "charges", json!({"description": "Bar", "amount": eur("5.00")})).await.expect(200);
    let bar = bar.body["entries"][0]["id"].as_str().expect("an id");
    let faults = async || -> Vec<String> {
        let verified = folios::verify(&app.app).await.expect("verified");
        verified.faults.into_iter().map(|fault| format!("{fault:?}")).collect()
    };
    assert_eq!(faults().await, Vec::<String>::new());

    app.sql("ALTER TABLE folio_entries DISABLE TRIGGER USER").await;
    let tax = format!("kind = 'tax' AND booking_id = '{}'", booking.id());
    let room = format!("kind = 'room' AND booking_id = '{}'", booking.id());
    let paid = format!("payment_id = '{}'", payments[0]);
    let [new_rule, new_payment, new_booking] = [rule.id(), &payments[1], other.id()].map(|id| format!("'{id}'"));
    for (column, value, of) in [
        ("tax_rate_ppm", "1", &tax),
        ("tax_included", "NOT tax_included", &tax),
        ("tax_rule_id", new_rule.as_str(), &tax),
        ("payment_id", new_payment.as_str(), &paid),
        ("booking_id", new_booking.as_str(), &room),
        ("ledger", "'city'", &room),
    ] {
        let line = app.rows(&format!("SELECT id, {column}::text AS was FROM folio_entries WHERE {of} ORDER BY id LIMIT 1")).await;
        let (id, was) = (line[0]["id"].as_str().expect("an id"), line[0]["was"].as_str().expect("a value"));
        app.sql(&format!("UPDATE folio_entries SET {column} = {value} WHERE id = '{id}'")).await;
        let found = faults().await;
        assert!(found[0].contains(id) && found[0].contains("is not what its event tells"), "{column}: {found:?}");
        app.sql(&format!("UPDATE folio_entries SET {column} = '{was}' WHERE id = '{id}'")).await;
        assert_eq!(faults().await, Vec::<String>::new(), "{column}");
    }

    // Line and event together: then the event is not what it was when it was numbered.
    app.consume().await;
    app.sql(&format!("UPDATE folio_entries SET amount_minor = 400 WHERE id = '{bar}'")).await;
    app.sql(&format!(
        "UPDATE outbox SET changes = replace(changes::text, '\"amount_minor\": 500', '\"amount_minor\": 400')::jsonb
         WHERE kind = 'folio.charged' AND changes::text LIKE '%{bar}%'"
    ))
    .await;
    let found = faults().await;
    assert!(found.len() == 1 && found[0].starts_with("Event") && found[0].contains(&hotel.id), "{found:?}");
}

pub fn requests() -> Vec<Request> {
    const NEVER_CHANGED: &str = "a rule is added and removed, never changed";
    vec![
        Request::new("get_folio", async |w| Call::to(w.booking().await)),
        Request::new("list_booking_folios", async |w| Call::to(w.booking().await)),
        Request::new("list_folios", async |w| {
            w.booking().await;
            Call::plain()
        }),
        Request::new("create_folio", async |w| {
            Call::plain().json(&json!({"property_id": w.property().await, "booking_id": w.booking().await, "kind": "company"}))
        }),
        Request::new("charge_room", async |w| {
            let room = a_room_with_guests(w).await;
            let charge =
                json!({"property_id": w.property().await, "room_number": room, "description": "Bar", "amount": eur("5.00")});
            Call::plain().json(&charge)
        }),
        Request::new("charge_account", async |w| {
            let account = json!({"property_id": w.property().await, "kind": "company", "name": "Acme Ltd"});
            let account = w.admin.post("/v1/accounts", &account).await.expect(201);
            Call::to(account.id()).json(&json!({"description": "Hall", "amount": eur("300.00")}))
        }),
        Request::new("get_folio_by_id", async |w| Call::to(w.booking().await)),
        Request::new("update_folio", async |w| Call::to(&another(w).await).json(&json!({"name": "Ana Sousa"}))),
        Request::new("charge_folio", async |w| {
            Call::to(w.booking().await).json(&json!({"description": "Bar", "amount": eur("5.00")}))
        }),
        Request::new("adjust_folio", async |w| {
            let less = json!({"kind": "allowance", "entry_id": a_night(w).await, "amount": eur("5.00"), "reason": "Noise"});
            Call::to(w.booking().await).json(&less)
        }),
        Request::new("move_folio_entries", async |w| Call::to(w.booking().await).json(&json!({"to_folio_id": another(w).await}))),
        Request::new("split_folio_entries", async |w| {
            Call::to(w.booking().await).json(&json!({"to_folio_id": another(w).await, "percent": "50"}))
        }),
        Request::new("send_folio_to_account", async |w| {
            let account = json!({"property_id": w.property().await, "kind": "company", "name": "Acme Ltd"});
            let account = w.admin.post("/v1/accounts", &account).await.expect(201);
            Call::to(w.booking().await).json(&json!({"account_id": account.id()}))
        }),
        Request::new("close_folio", async |w| Call::to(&another(w).await)),
        Request::new("list_folio_routings", async |w| Call::to(&another(w).await)),
        Request::new("add_folio_routing", async |w| Call::to(&another(w).await).json(&json!({"kinds": ["extra"]}))),
        Request::new("remove_folio_routing", async |w| {
            let folio = another(w).await;
            let routings = format!("{FOLIOS}/{folio}/routings");
            let rule = w.admin.post(&routings, &json!({"kinds": ["extra"]})).await.expect(201);
            Call::to(&folio).and(rule.id())
        })
        .but(NotVersioned, NEVER_CHANGED),
        Request::new("get_trial_balance", async |w| Call::about(w.property().await).query("date", TODAY)),
    ]
}

/// A folio of the booking beside its main one.
async fn another(w: &World) -> String {
    company(w.hotel().await, w.booking().await).await
}

async fn a_night(w: &World) -> Value {
    details(&w.admin, w.booking().await).await["entries"][0]["id"].clone()
}

/// The number of a room in which the booking's guests are.
async fn a_room_with_guests(w: &World) -> String {
    let checked_in = w.admin.post(&format!("/v1/bookings/{}/check-in", w.booking().await), &json!({})).await.expect(200);
    checked_in.body["stays"][0]["room_number"].as_str().expect("a room").to_owned()
}
