//! Opening balances, through the API: what a hotel begins with.
use crate::every_route::Exception::ForKeysToo;
use crate::every_route::{Call, Request, World};
use crate::support::{Hotel, HotelSpec, Reply, TestApp, act, eur};
use hbs::domains::folios;
use http::Method;
use serde_json::{Value, json};

const HEADER: &str = "id,kind,booking,account,balance,date,text";

/// Sends a file of rows, with what the ledgers of guests, deposits and accounts are to come to.
async fn send(hotel: &Hotel, [guest, deposits, city]: [&str; 3], more: &str, rows: &[&str]) -> Reply {
    let path =
        format!("/v1/opening-balances/import?property_id={}&guest={guest}&deposits={deposits}&city={city}{more}", hotel.id);
    let text = format!("{HEADER}\n{}\n", rows.join("\n"));
    hotel.manager.with("content-type", "text/csv").send(Method::POST, &path, Some(text)).await
}

/// A hotel that begins on the first of December: guests who are in the house for four nights, of which two are over (A1),
/// guests who are to come (A2), guests who have left (A3), and an account.
async fn begins(app: &TestApp) -> Hotel {
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let bookings = "reference,room_type,check_in,check_out,adults,contact_name,room,status\n\
        A1,DBL,2026-11-29,2026-12-03,2,Ana Sousa,101,checked_in\n\
        A2,DBL,2026-12-10,2026-12-12,2,Bo Li,,confirmed\n\
        A3,DBL,2026-11-20,2026-11-22,2,Cy Day,103,checked_out\n";
    let path = format!("/v1/bookings/import?property_id={}", hotel.id);
    hotel.manager.with("content-type", "text/csv").send(Method::POST, &path, Some(bookings.into())).await.expect(200);
    let acme = json!({"property_id": hotel.id, "kind": "company", "name": "Acme Ltd", "payment_days": 30});
    hotel.manager.post("/v1/accounts", &acme).await.expect(201);
    hotel
}

const ROWS: [&str; 5] = [
    "F1,folio,A1,,50.00,,",
    "F2,folio,A3,,0.00,,",
    "D1,deposit,A2,,60.00,,Paid by card",
    "C1,account,,acme LTD,700.00,2026-10-15,Invoice 118",
    "C2,account,,Acme Ltd,300.00,,",
];
const TIES: [&str; 3] = ["50.00", "-60.00", "1000.00"];

/// The closing balances of the ledgers of the first date that have something.
async fn ledgers(hotel: &Hotel) -> Vec<(String, String)> {
    let path = format!("/v1/reports/trial-balance?property_id={}&date=2026-12-01", hotel.id);
    let balance = hotel.manager.get(&path).await.expect(200);
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let told = |ledger: &Value| (text(&ledger["ledger"]), text(&ledger["closing"]["amount"]));
    let all = balance.body["ledgers"].as_array().expect("ledgers").iter().map(told);
    all.filter(|(_, amount)| amount != "0.00").collect()
}

fn closing(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(ledger, amount)| ((*ledger).into(), (*amount).into())).collect()
}

#[tokio::test]
async fn a_hotel_begins_with_what_the_other_system_ended_with() {
    let app = TestApp::new().await;
    let hotel = begins(&app).await;
    let tonight = closing(&[("guest", "500.00"), ("revenue", "-100.00"), ("opening", "-400.00")]);
    assert_eq!(ledgers(&hotel).await, tonight, "nights that are over are no revenue of today");

    let lines = async || app.number("SELECT count(*) FROM folio_entries").await;
    let before = lines().await;
    let dry = send(&hotel, TIES, "&dry_run=true", &ROWS).await.expect(200);
    assert_eq!((&dry.body["imported"], lines().await), (&json!(5), before));
    let wrong = send(&hotel, ["60.00", "-60.00", "1000.00"], "", &ROWS).await.expect(409);
    let guest = json!([{"ledger": "guest", "expected": eur("60.00"), "found": eur("50.00"), "difference": eur("-10.00")}]);
    assert_eq!((wrong.code(), &wrong.body["ledgers"], lines().await), ("openings.does_not_tie", &guest, before));
    let missing = send(&hotel, TIES, "&dry_run=true", &ROWS[..3]).await.expect(409);
    assert_eq!(missing.body["ledgers"][0]["difference"], eur("-1000.00"), "a dry run says it as well");

    let done = send(&hotel, TIES, "", &ROWS).await.expect(200);
    assert_eq!((&done.body["imported"], lines().await), (&json!(5), before + 5));
    let opened = closing(&[
        ("guest", "150.00"),
        ("city", "1000.00"),
        ("deposits", "-60.00"),
        ("revenue", "-100.00"),
        ("opening", "-990.00"),
    ]);
    assert_eq!(ledgers(&hotel).await, opened);
    // Again: everything is there.
    let again = send(&hotel, TIES, "", &ROWS).await.expect(200);
    let ids = |reply: &Reply| -> Vec<Value> {
        reply.body["items"].as_array().expect("items").iter().map(|item| item["id"].clone()).collect()
    };
    assert_eq!((ids(&again), lines().await), (ids(&done), before + 5));
    let total = app.number("SELECT sum(total_minor)::bigint FROM bookings").await;
    assert_eq!(total, 80_000, "bookings cost what they cost");
    app.assert_consistent().await;

    let bookings = hotel.manager.get(&format!("/v1/bookings?property_id={}", hotel.id)).await.expect(200);
    let of = |reference: &str| -> Value {
        let mut items = bookings.body["items"].as_array().expect("items").iter();
        items.find(|booking| booking["external_reference"] == reference).expect("the booking").clone()
    };
    assert_eq!(of("A1")["balance"], eur("250.00"), "50.00 until yesterday, and two nights");
    assert_eq!((&of("A3")["balance"], &of("A2")["balance"]), (&eur("0.00"), &eur("140.00")));
    let account = hotel.manager.get(&format!("/v1/accounts?property_id={}", hotel.id)).await.expect(200);
    let ageing = format!("/v1/accounts/{}/ageing", account.body["items"][0]["id"].as_str().expect("an id"));
    let ageing = hotel.manager.get(&ageing).await.expect(200);
    assert_eq!((&ageing.body["not_due"], &ageing.body["overdue_1_to_30"]), (&eur("300.00"), &eur("700.00")), "by their dates");

    // A date is closed, what was paid in advance counts as guests come, and the books say so.
    app.set_clock("2026-12-02T02:00:00Z");
    let audit = json!({"business_date": "2026-12-01"});
    let audited = hotel.manager.post(&format!("/v1/properties/{}/night-audit", hotel.id), &audit).await.expect(200);
    assert_eq!(audited.body["total_revenue"], eur("100.00"), "the night that HBS sold");
    let verified = folios::verify(&app.app).await.expect("verified");
    assert_eq!((verified.closed_dates, verified.unrecorded, verified.faults), (1, 0, Vec::new()));
    app.assert_consistent().await;

    // What was brought in by mistake is taken back by hand.
    let folio = hotel.manager.get(&format!("/v1/folios/{}", of("A3")["id"].as_str().expect("an id"))).await.expect(200);
    let entries = folio.body["entries"].as_array().expect("entries");
    let opening = entries.iter().find(|entry| entry["kind"] == "opening").expect("the entry");
    assert_eq!((&opening["amount"], &opening["service_date"]), (&eur("-200.00"), &json!("2026-11-30")));
    let back = json!({"kind": "correction", "entry_id": opening["id"], "reason": "Unpaid after all"});
    let path = format!("/v1/folios/{}/adjustments", of("A3")["id"].as_str().expect("an id"));
    assert_eq!(hotel.manager.post(&path, &back).await.expect(200).body["folio"]["balance"], eur("200.00"));
    app.assert_consistent().await;
}

#[tokio::test]
async fn what_was_paid_in_advance_elsewhere_counts_as_the_guests_come() {
    let app = TestApp::new().await;
    let hotel = begins(&app).await;
    send(&hotel, TIES, "", &ROWS).await.expect(200);
    let act = async |reference: &str, action: &str, body: Value| {
        let found = app.rows(&format!("SELECT id FROM bookings WHERE external_reference = '{reference}'")).await;
        let id = found[0]["id"].as_str().expect("an id").to_owned();
        hotel.manager.post(&format!("/v1/bookings/{id}/{action}"), &body).await.expect(200)
    };
    // Who has the room until then leaves.
    app.move_clock("2026-12-03T10:00:00Z").await;
    act("A1", "check-out", json!({})).await;
    app.move_clock("2026-12-10T12:00:00Z").await;
    act("A2", "check-in", json!({"ignore_housekeeping": true, "reason": "nobody made it up"})).await;
    let ledger = "SELECT coalesce(sum(amount_minor), 0)::bigint FROM folio_entries WHERE ledger = 'deposits'";
    assert_eq!(app.number(ledger).await, 0, "it is the guests' now");
    app.assert_consistent().await;
}

#[tokio::test]
async fn rows_that_make_no_sense_are_refused_by_name_and_nothing_is_brought_in() {
    let app = TestApp::new().await;
    let hotel = begins(&app).await;
    let twice = json!({"property_id": hotel.id, "kind": "agent", "name": "ACME ltd"});
    send(&hotel, TIES, "", &ROWS).await.expect(200);
    hotel.manager.post("/v1/accounts", &twice).await.expect(201);
    let before = app.number("SELECT count(*) FROM folio_entries").await;
    for (row, column) in [
        (",account,,Acme Ltd,1.00,,", "id"),
        ("X1,friend,,Acme Ltd,1.00,,", "kind"),
        ("X1,account,,Nobody,1.00,,", "account"),
        ("X1,account,,Acme Ltd,1.00,,", "account"),
        ("X1,account,,,1.00,,", "account"),
        ("X1,account,A1,Nobody,1.00,,", "booking"),
        ("X1,folio,B1,,1.00,,", "booking"),
        ("X1,folio,A1,,1.00,,", "booking"),
        ("X1,folio,A2,,1.00,,", "kind"),
        ("X1,deposit,A1,,1.00,,", "kind"),
        ("X1,deposit,A2,,-1.00,,", "balance"),
        ("X1,deposit,A2,,1.001,,", "balance"),
        ("X1,deposit,A2,,,,", "balance"),
        ("X1,deposit,A2,,1.00,2026-11-01,", "date"),
        ("F1,folio,A1,,51.00,,", "id"),
        ("F1,folio,A3,,50.00,,", "id"),
    ] {
        let refused = send(&hotel, TIES, "", &[row]).await.expect(422);
        let errors = refused.body["report"]["items"][0]["errors"].as_array().expect("errors").clone();
        let columns: Vec<&str> = errors.iter().filter_map(|error| error["column"].as_str()).collect();
        assert!(refused.code() == "import.refused" && columns.contains(&column), "{row}: {}", refused.body);
    }
    let today = send(&hotel, TIES, "", &["X1,account,,Nobody,1.00,2026-12-01,"]).await.expect(422);
    assert!(today.body.to_string().contains("is not before today"), "{}", today.body);
    let doubled = send(&hotel, TIES, "", &["X1,deposit,A2,,1.00,,", "X1,deposit,A2,,2.00,,"]).await.expect(422);
    assert_eq!(doubled.body["report"]["items"][1]["errors"][0]["column"], "id");
    for (totals, pointer) in [(["x", "0", "0"], "/guest"), (["0", "1.001", "0"], "/deposits"), (["0", "0", ""], "/city")] {
        assert_eq!(send(&hotel, totals, "", &ROWS).await.expect(422).pointers(), [pointer]);
    }
    assert_eq!(app.number("SELECT count(*) FROM folio_entries").await, before);
    let clerk = app.staff(&["folios:write", "bookings:write"], Some(&hotel.id)).await;
    let refused = send(&Hotel { manager: clerk, ..hotel }, TIES, "", &ROWS).await.expect(403);
    assert_eq!(refused.body["permission"], "accounting:write");
    app.assert_consistent().await;
}

#[tokio::test]
async fn what_a_closed_folio_came_to_is_not_brought_in() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let free = {
        let mut request = hotel.request("2026-12-01", "2026-12-02");
        request["rooms"][0]["nightly_price"] = eur("0.00");
        hotel.manager.post("/v1/bookings", &request).await.expect(201)
    };
    act(&hotel.manager, &free, "check-in").await.expect(200);
    hotel.manager.post(&format!("/v1/folios/{}/close", free.id()), &json!({})).await.expect(200);
    let row = format!("F1,folio,{},,10.00,,", free.body["reference"].as_str().expect("a reference"));
    let refused = send(&hotel, ["10.00", "0.00", "0.00"], "", &[&row]).await.expect(409);
    assert_eq!((refused.code(), &refused.body["folio_id"]), ("folio.closed", &json!(free.id())));
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("import_openings", async |w| {
            let rows = format!("id,kind,account,balance\nC1,account,{},100.00\n", an_account(w).await);
            let totals = Call::about(w.property().await).query("guest", "0.00").query("deposits", "0.00").query("city", "100.00");
            totals.file("text/csv", rows)
        }),
        Request::new("openings_template", async |_| Call::plain()).but(ForKeysToo, "an integration brings balances in"),
    ]
}

async fn an_account(w: &World) -> String {
    let account = json!({"property_id": w.property().await, "kind": "company", "name": "Acme Ltd"});
    w.admin.post("/v1/accounts", &account).await.expect(201).id().to_owned()
}
