//! Accounting, through the API: what accounts owe and since when, codes and journals.
use crate::every_route::{Call, Request, TODAY, World};
use crate::support::{Hotel, HotelSpec, Reply, TestApp, act, eur};
use hbs::domains::folios;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

async fn account(hotel: &Hotel, name: &str, payment_days: u32) -> String {
    let account = json!({"property_id": hotel.id, "kind": "company", "name": name, "payment_days": payment_days});
    hotel.manager.post("/v1/accounts", &account).await.expect(201).id().to_owned()
}

/// A folio of the house to which something was charged.
async fn charged(hotel: &Hotel, name: &str, amount: &str) -> String {
    let house = json!({"property_id": hotel.id, "kind": "house", "name": name});
    let house = hotel.manager.post("/v1/folios", &house).await.expect(201).id().to_owned();
    let charge = json!({"description": "Hall", "amount": eur(amount)});
    hotel.manager.post(&format!("/v1/folios/{house}/charges"), &charge).await.expect(200);
    house
}

async fn to_account(hotel: &Hotel, folio: &str, body: Value) -> Reply {
    hotel.manager.post(&format!("/v1/folios/{folio}/to-account"), &body).await
}

/// Records what an account pays.
async fn pay(hotel: &Hotel, account: &str, amount: &str) -> Reply {
    let path = format!("/v1/accounts/{account}/statement?from=2026-12-01&to=2026-12-31");
    let folio = hotel.manager.get(&path).await.expect(200).body["folio_id"].clone();
    let payment = json!({"folio_id": folio, "method": "cash", "amount": eur(amount), "overpay": true});
    hotel.manager.post("/v1/payments", &payment).await.expect(201)
}

#[tokio::test]
async fn a_statement_goes_on_where_the_one_before_ended() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let acme = account(&hotel, "Acme Ltd", 30).await;
    let statement = async |from: &str, to: &str| -> Value {
        hotel.manager.get(&format!("/v1/accounts/{acme}/statement?from={from}&to={to}")).await.expect(200).body
    };
    let nothing = statement("2026-12-01", "2026-12-31").await;
    assert_eq!(json!([nothing["folio_id"], nothing["opening"], nothing["entries"]]), json!([null, eur("0.00"), []]));

    let hall = charged(&hotel, "Congress", "300.00").await;
    let part = to_account(&hotel, &hall, json!({"account_id": acme, "amount": eur("100.00")})).await.expect(200);
    assert_eq!(part.body["folio"]["balance"], eur("200.00"));
    app.set_clock("2026-12-05T12:00:00Z");
    to_account(&hotel, &hall, json!({"account_id": acme})).await.expect(200);
    app.set_clock("2026-12-08T12:00:00Z");
    pay(&hotel, &acme, "150.00").await;

    let whole = statement("2026-12-01", "2026-12-31").await;
    let told = |entry: &Value| {
        json!([entry["date"], entry["kind"], entry["description"], entry["amount"], entry["balance"], entry["due_on"]])
    };
    let entries: Vec<Value> = whole["entries"].as_array().expect("entries").iter().map(told).collect();
    let expected = [
        json!(["2026-12-01", "transfer", "Congress", eur("100.00"), eur("100.00"), "2026-12-31"]),
        json!(["2026-12-05", "transfer", "Congress", eur("200.00"), eur("300.00"), "2027-01-04"]),
        json!(["2026-12-08", "payment", "Cash", eur("-150.00"), eur("150.00"), null]),
    ];
    assert_eq!((entries.as_slice(), &whole["closing"]), (expected.as_slice(), &eur("150.00")));
    let folio = hotel.manager.get(&format!("/v1/folios/{}", whole["folio_id"].as_str().expect("an id"))).await.expect(200);
    assert_eq!((&folio.body["kind"], &folio.body["balance"]), (&json!("account"), &eur("150.00")));
    let later = statement("2026-12-05", "2026-12-07").await;
    assert_eq!((&later["opening"], &later["closing"]), (&eur("100.00"), &eur("300.00")));
    assert_eq!(statement("2026-12-09", "2026-12-09").await["opening"], whole["closing"]);
    for period in ["from=2026-12-02&to=2026-12-01", "from=2026-01-01&to=2027-01-02"] {
        let refused = hotel.manager.get(&format!("/v1/accounts/{acme}/statement?{period}")).await.expect(422);
        assert_eq!(refused.pointers(), ["/to"], "{period}");
    }
    app.assert_consistent().await;
}

const AGES: [&str; 7] =
    ["not_due", "overdue_1_to_30", "overdue_31_to_60", "overdue_61_to_90", "overdue_over_90", "credit", "balance"];

#[tokio::test]
async fn items_age_by_their_terms_and_what_is_paid_pays_the_oldest_first() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (acme, agency, nobody) =
        (account(&hotel, "Acme Ltd", 10).await, account(&hotel, "Agency", 0).await, account(&hotel, "Nobody", 0).await);
    for (date, amount) in [("2026-12-01", "100.00"), ("2026-12-31", "50.00"), ("2027-01-31", "25.00")] {
        app.set_clock(&format!("{date}T12:00:00Z"));
        let hall = charged(&hotel, "Hall", amount).await;
        to_account(&hotel, &hall, json!({"account_id": acme})).await.expect(200);
    }
    let other = charged(&hotel, "Hall", "8.00").await;
    to_account(&hotel, &other, json!({"account_id": agency})).await.expect(200);
    let ages = |body: &Value| -> Vec<String> {
        AGES.iter().map(|column| body[column]["amount"].as_str().expect("an amount").to_owned()).collect()
    };
    let ageing = async |account: &str, date: &str| -> Vec<String> {
        ages(&hotel.manager.get(&format!("/v1/accounts/{account}/ageing?date={date}")).await.expect(200).body)
    };
    // Of the first one the terms are over on the 11th of December.
    for (date, expected) in [
        ("2026-11-30", ["0.00", "0.00", "0.00", "0.00", "0.00", "0.00", "0.00"]),
        ("2026-12-11", ["100.00", "0.00", "0.00", "0.00", "0.00", "0.00", "100.00"]),
        ("2026-12-12", ["0.00", "100.00", "0.00", "0.00", "0.00", "0.00", "100.00"]),
        ("2027-01-10", ["50.00", "100.00", "0.00", "0.00", "0.00", "0.00", "150.00"]),
        ("2027-01-11", ["0.00", "50.00", "100.00", "0.00", "0.00", "0.00", "150.00"]),
        ("2027-02-10", ["25.00", "0.00", "50.00", "100.00", "0.00", "0.00", "175.00"]),
        ("2027-03-11", ["0.00", "25.00", "50.00", "100.00", "0.00", "0.00", "175.00"]),
        ("2027-03-12", ["0.00", "25.00", "0.00", "50.00", "100.00", "0.00", "175.00"]),
    ] {
        assert_eq!(ageing(&acme, date).await, expected, "{date}");
    }
    app.set_clock("2027-02-10T12:00:00Z");
    pay(&hotel, &acme, "120.00").await;
    assert_eq!(ageing(&acme, "2027-02-10").await, ["25.00", "0.00", "30.00", "0.00", "0.00", "0.00", "55.00"]);
    assert_eq!(ageing(&acme, "2027-02-09").await[6], "175.00", "the day before it was not paid");
    let beyond = pay(&hotel, &acme, "60.00").await;
    let overpaid = ["0.00", "0.00", "0.00", "0.00", "0.00", "-5.00", "-5.00"];
    assert_eq!(ageing(&acme, "2027-02-10").await, overpaid);
    assert_eq!(ageing(&nobody, "2027-02-10").await[6], "0.00");

    let report = hotel.manager.get(&format!("/v1/reports/ageing?property_id={}", hotel.id)).await.expect(200);
    let items = report.body["items"].as_array().expect("items");
    let names: Vec<&Value> = items.iter().map(|item| &item["name"]).collect();
    assert_eq!((&report.body["date"], names), (&json!("2027-02-10"), vec![&json!("Acme Ltd"), &json!("Agency")]));
    assert_eq!(ages(&items[0]), overpaid);
    assert_eq!(ages(&report.body["total"]), ["0.00", "8.00", "0.00", "0.00", "0.00", "-5.00", "3.00"]);
    let city = "SELECT coalesce(sum(amount_minor), 0)::bigint FROM folio_entries WHERE ledger = 'city'";
    assert_eq!(app.number(city).await, 300, "what accounts owe is the ledger");
    let path = format!("/v1/payments/{}/void", beyond.id());
    hotel.manager.post(&path, &json!({"reason": "Of another company"})).await.expect(200);
    assert_eq!(ageing(&acme, "2027-02-10").await, ["25.00", "0.00", "30.00", "0.00", "0.00", "0.00", "55.00"]);
    let verified = folios::verify(&app.app).await.expect("verified");
    assert_eq!((verified.unrecorded, verified.faults), (0, Vec::new()));
    app.assert_consistent().await;
}

#[tokio::test]
async fn what_went_to_an_account_by_mistake_comes_back_and_nothing_else_goes_there() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let acme = account(&hotel, "Acme Ltd", 0).await;
    let hall = charged(&hotel, "Congress", "300.00").await;
    let empty = charged(&hotel, "Other", "1.00").await;
    to_account(&hotel, &empty, json!({"account_id": acme})).await.expect(200);
    for (body, status, code) in [
        (json!({"account_id": acme, "amount": eur("0.00")}), 422, "folio.amount_not_positive"),
        (json!({"account_id": acme, "amount": {"amount": "1.00", "currency": "USD"}}), 422, "folio.other_currency"),
        (json!({"account_id": acme, "amount": eur("300.01")}), 409, "folio.too_much"),
        (json!({"account_id": Uuid::nil()}), 422, "request.invalid"),
    ] {
        assert_eq!(to_account(&hotel, &hall, body.clone()).await.expect(status).code(), code, "{body}");
    }
    let nothing = to_account(&hotel, &empty, json!({"account_id": acme})).await.expect(409);
    assert_eq!((nothing.code(), &nothing.body["balance_due"]), ("folio.nothing_due", &eur("0.00")));
    let sent = to_account(&hotel, &hall, json!({"account_id": acme})).await.expect(200);
    let entries = sent.body["entries"].as_array().expect("entries");
    let folio = entries[1]["folio_id"].as_str().expect("an id").to_owned();
    assert_ne!(folio, hall);
    assert!(entries.iter().all(|entry| entry["origin_id"] == entries[1]["id"]), "both name the entry on the account's folio");

    // A folio of an account takes nothing else, and gives nothing else away.
    let deed = async |id: &str, deed: &str, body: Value| hotel.manager.post(&format!("/v1/folios/{id}/{deed}"), &body).await;
    for (id, action, body) in [
        (&folio, "charges", json!({"description": "Bar", "amount": eur("1.00")})),
        (&folio, "move", json!({"to_folio_id": hall})),
        (&hall, "move", json!({"to_folio_id": folio})),
        (&hall, "split", json!({"to_folio_id": folio, "percent": "50"})),
        (&folio, "close", json!({})),
        (&folio, "routings", json!({"kinds": ["extra"]})),
        (&folio, "to-account", json!({"account_id": acme})),
    ] {
        assert_eq!(deed(id, action, body).await.expect(409).code(), "folio.of_account", "{action}");
    }
    let version = hotel.manager.get(&format!("/v1/folios/{folio}")).await.expect(200).header("etag").to_owned();
    let renamed = hotel.manager.patch(&format!("/v1/folios/{folio}"), &version, &json!({"name": "Acme"})).await.expect(409);
    assert_eq!(renamed.code(), "folio.of_account");
    let open = json!({"property_id": hotel.id, "kind": "account", "payer": {"account_id": acme}});
    assert_eq!(hotel.manager.post("/v1/folios", &open).await.expect(422).pointers(), ["/kind"]);
    let less = json!({"kind": "allowance", "entry_id": entries[1]["id"], "amount": eur("1.00"), "reason": "Kind"});
    assert_eq!(deed(&folio, "adjustments", less).await.expect(409).code(), "folio.too_much");

    let wrong = |entry: &Value| json!({"kind": "correction", "entry_id": entry["id"], "reason": "Another account"});
    let clerk = app.staff(&["folios:write", "accounts:charge"], Some(&hotel.id)).await;
    clerk.post(&format!("/v1/folios/{folio}/adjustments"), &wrong(&entries[1])).await.expect(403);
    let back = deed(&folio, "adjustments", wrong(&entries[1])).await.expect(200);
    assert_eq!((&back.body["folio"]["balance"], back.body["entries"].as_array().map(Vec::len)), (&eur("1.00"), Some(2)));
    let house = hotel.manager.get(&format!("/v1/folios/{hall}")).await.expect(200);
    assert_eq!(house.body["balance"], eur("300.00"));
    for (id, entry) in [(&folio, &entries[1]), (&hall, &entries[0])] {
        assert_eq!(deed(id, "adjustments", wrong(entry)).await.expect(409).code(), "folio.entries_not_open", "once");
    }
    // From the other side as well.
    let sent = to_account(&hotel, &hall, json!({"account_id": acme})).await.expect(200);
    let back = deed(&hall, "adjustments", wrong(&sent.body["entries"][0])).await.expect(200);
    assert_eq!(back.body["folio"]["balance"], eur("300.00"));
    app.assert_consistent().await;
    let verified = folios::verify(&app.app).await.expect("verified");
    assert_eq!((verified.unrecorded, verified.faults), (0, Vec::new()));

    // The database refuses what the code never does.
    let line = |folio: &str, ledger: &str, kind: &str| {
        format!(
            "INSERT INTO folio_entries (property_id, id, folio_id, kind, service_date, posted_on, amount_minor, description, ledger, posting_id,
                                        created_at, updated_at)
             SELECT property_id, gen_random_uuid(), '{folio}', '{kind}', '2026-12-01', '2026-12-01', 1, 'Line', '{ledger}', gen_random_uuid(),
                    now(), now() FROM folios WHERE id = '{folio}'"
        )
    };
    for (sql, words) in [
        (line(&folio, "guest", "extra"), "what an account owes"),
        (line(&hall, "city", "extra"), "what an account owes"),
        (line(&folio, "city", "transfer"), "folio_entries_pairs"),
    ] {
        let refused = app.try_sql(&sql).await.expect_err(&sql);
        assert!(refused.contains(words), "{refused}");
    }
}

#[tokio::test]
async fn what_no_guest_had_is_charged_to_an_account_by_itself() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("IVA 23 %", "23")], ..HotelSpec::default() }).await;
    let acme = account(&hotel, "Acme Ltd", 30).await;
    let tax = app.rows("SELECT id FROM tax_rules").await[0]["id"].clone();
    let path = format!("/v1/accounts/{acme}");
    let charge = async |query: &str, body: Value| hotel.manager.post(&format!("{path}/charges{query}"), &body).await;
    let hall = json!({"description": "Hall for a congress", "amount": eur("123.00"), "tax_rule_id": tax});
    charge("?dry_run=true", hall.clone()).await.expect(200);
    assert_eq!(app.number("SELECT count(*) FROM folio_entries").await, 0);
    let charged = charge("", hall.clone()).await.expect(200);
    assert_eq!((&charged.body["folio"]["kind"], &charged.body["folio"]["balance"]), (&json!("account"), &eur("123.00")));
    let entries = charged.body["entries"].as_array().expect("entries");
    let told: Vec<Value> = entries.iter().map(|entry| json!([entry["kind"], entry["description"], entry["amount"]])).collect();
    let expected = json!([
        ["extra", "Hall for a congress", eur("100.00")],
        ["tax", "IVA 23 %", eur("23.00")],
        ["transfer", "Acme Ltd", eur("-123.00")],
        ["transfer", "Hall for a congress", eur("123.00")],
    ]);
    assert_eq!(json!(told), expected);
    let house = hotel.manager.get(&format!("/v1/folios/{}", entries[0]["folio_id"].as_str().expect("an id"))).await.expect(200);
    let shown = (&house.body["kind"], &house.body["name"], &house.body["balance"]);
    assert_eq!(shown, (&json!("house"), &json!("Acme Ltd"), &eur("0.00")));

    // Once more, by an extra of the hotel: on the same folio of the house, and within the limit.
    let lunch = json!({"property_id": hotel.id, "name": "Lunch", "price": eur("20.00"), "posted": "once"});
    let lunch = hotel.manager.post("/v1/extras", &lunch).await.expect(201);
    let etag = hotel.manager.get(&path).await.expect(200).header("etag").to_owned();
    hotel.manager.patch(&path, &etag, &json!({"credit_limit": eur("170.00")})).await.expect(200);
    let lunches = |quantity: u32| json!({"extra_id": lunch.id(), "quantity": quantity});
    let refused = charge("", lunches(3)).await.expect(409);
    assert_eq!(refused.code(), "folio.credit_limit");
    let again = charge("", lunches(2)).await.expect(200);
    assert_eq!((&again.body["entries"][0]["folio_id"], &again.body["folio"]["balance"]), (&house.body["id"], &eur("163.00")));
    for (body, pointer) in [
        (json!({}), "/description"),
        (json!({"description": "Hall"}), "/amount"),
        (json!({"description": "Hall", "amount": eur("0.00")}), "/amount/amount"),
        (json!({"extra_id": Uuid::nil()}), "/extra_id"),
    ] {
        assert_eq!(charge("", body.clone()).await.expect(422).pointers(), [pointer], "{body}");
    }
    let clerk = app.staff(&["folios:write"], Some(&hotel.id)).await;
    clerk.post(&format!("{path}/charges"), &hall).await.expect(403);
    let statement = hotel.manager.get(&format!("{path}/statement?from=2026-12-01&to=2026-12-31")).await.expect(200);
    assert_eq!(statement.body["closing"], eur("163.00"));
    // Taken back, each in its turn.
    let correct = async |entry: &Value| {
        let folio = entry["folio_id"].as_str().expect("an id");
        let wrong = json!({"kind": "correction", "entry_id": entry["id"], "reason": "Of another company"});
        hotel.manager.post(&format!("/v1/folios/{folio}/adjustments"), &wrong).await.expect(200)
    };
    correct(&entries[3]).await;
    let back = correct(&entries[0]).await;
    assert_eq!((&back.body["folio"]["id"], &back.body["folio"]["balance"]), (&house.body["id"], &eur("0.00")));
    close_date(&app, &hotel, "2026-12-01", "2026-12-02").await;
    let verified = folios::verify(&app.app).await.expect("verified");
    assert_eq!((verified.unrecorded, verified.faults), (0, Vec::new()));
    app.assert_consistent().await;
}

async fn journal(hotel: &Hotel, date: &str) -> Reply {
    hotel.manager.get(&format!("/v1/reports/journal?property_id={}&date={date}", hotel.id)).await
}

/// The lines of a journal by the names of their columns.
fn lines(file: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(file.as_bytes());
    reader.deserialize().map(|line| line.expect("a line")).collect()
}

fn text(reply: &Reply) -> String {
    reply.body.as_str().expect("a text").to_owned()
}

async fn close_date(app: &TestApp, hotel: &Hotel, date: &str, night: &str) {
    app.set_clock(&format!("{night}T02:00:00Z"));
    let audit = json!({"business_date": date});
    hotel.manager.post(&format!("/v1/properties/{}/night-audit", hotel.id), &audit).await.expect(200);
}

#[tokio::test]
async fn the_journal_of_a_closed_date_is_the_same_byte_for_byte_whatever_comes_later() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let client = &hotel.manager;
    let acme = account(&hotel, "Acme Ltd", 0).await;
    let booking = hotel.book(client, "2026-12-01", "2026-12-03").await;
    act(client, &booking, "check-in").await.expect(200);
    let folio = format!("/v1/folios/{}", booking.id());
    let bar = json!({"description": "=Bar", "amount": eur("5.00")});
    let bar = client.post(&format!("{folio}/charges"), &bar).await.expect(200);
    to_account(&hotel, booking.id(), json!({"account_id": acme, "amount": eur("40.00")})).await.expect(200);
    let codes = format!("/v1/properties/{}/gl-codes", hotel.id);
    let before = client.get(&codes).await.expect(200);
    assert_eq!((before.header("etag"), &before.body["room"]), ("\"1\"", &json!("4000")));

    let open = text(&journal(&hotel, "2026-12-01").await.expect(200));
    let told: Vec<[String; 5]> = lines(&open)
        .into_iter()
        .map(|line| ["code", "ledger", "kind", "debit", "credit"].map(|column| line[column].clone()))
        .collect();
    let line =
        |code: &str, ledger: &str, kind: &str, debit: &str, credit: &str| [code, ledger, kind, debit, credit].map(String::from);
    let expected = [
        line("1200", "guest", "room", "94.34", ""),
        line("4000", "revenue", "room", "", "94.34"),
        line("1200", "guest", "tax", "5.66", ""),
        line("2200", "tax", "tax", "", "5.66"),
        line("1200", "guest", "extra", "5.00", ""),
        line("4020", "revenue", "extra", "", "5.00"),
        line("1200", "guest", "transfer", "", "40.00"),
        line("1210", "city", "transfer", "40.00", ""),
    ];
    let sorted = |mut lines: Vec<[String; 5]>| {
        lines.sort();
        lines
    };
    assert_eq!(sorted(told), sorted(expected.to_vec()));
    assert!(open.contains("'=Bar"), "no formula: {open}");
    assert_eq!(lines(&open)[0]["booking"], booking.body["reference"].as_str().expect("a reference"));

    close_date(&app, &hotel, "2026-12-01", "2026-12-02").await;
    let closed = journal(&hotel, "2026-12-01").await.expect(200);
    assert_eq!(closed.header("content-disposition"), "attachment; filename=\"journal-2026-12-01.csv\"");
    assert_eq!(text(&closed), open, "closing changes nothing in it");
    // Later: a correction, another price, other codes, another name of the tax and of the account.
    let wrong = json!({"kind": "correction", "entry_id": bar.body["entries"][0]["id"], "reason": "Not theirs"});
    client.post(&format!("{folio}/adjustments"), &wrong).await.expect(200);
    let night = client.get(&folio).await.expect(200).body["entries"][0]["id"].clone();
    let less = json!({"kind": "allowance", "entry_id": night, "amount": eur("10.00"), "reason": "Noise"});
    client.post(&format!("{folio}/adjustments"), &less).await.expect(200);
    let tax = app.rows("SELECT id FROM tax_rules").await[0]["id"].clone();
    let mut new = before.body.clone();
    for field in ["property_id", "version"] {
        new.as_object_mut().expect("an object").remove(field);
    }
    new["room"] = json!("70-1");
    new["tax_rules"] = json!([{"tax_rule_id": tax, "code": "2206"}]);
    let put = async |etag: &str, body: &Value| client.with("if-match", etag).put(&codes, body).await;
    let set = put("\"1\"", &new).await.expect(200);
    assert_eq!((set.header("etag"), &set.body["room"]), ("\"2\"", &json!("70-1")));
    put("\"1\"", &new).await.expect(412);
    assert_eq!(put("\"2\"", &new).await.expect(200).header("etag"), "\"2\"", "nothing changes");
    app.sql("UPDATE tax_rules SET name = 'VAT'; UPDATE accounts SET name = 'Other'").await;
    assert_eq!(text(&journal(&hotel, "2026-12-01").await.expect(200)), text(&closed), "closed is closed, byte for byte");

    let second = lines(&text(&journal(&hotel, "2026-12-02").await.expect(200)));
    let codes_of = |kind: &str, ledger: &str| -> Vec<&str> {
        second.iter().filter(|line| line["kind"] == kind && line["ledger"] == ledger).map(|line| line["code"].as_str()).collect()
    };
    assert_eq!((codes_of("room", "revenue"), codes_of("adjustment", "revenue")), (vec!["70-1"], vec!["4090"]));
    assert!(codes_of("tax", "tax").iter().all(|code| *code == "2206"));
    assert_eq!(codes_of("extra", "revenue"), ["4020"], "the correction");
    let sum = |column: &str| -> i64 {
        let cents = |text: &str| text.replace('.', "").parse::<i64>().unwrap_or(0);
        second.iter().map(|line| cents(&line[column])).sum()
    };
    assert_eq!(sum("debit"), sum("credit"));
    for date in ["2026-11-30", "2026-12-03"] {
        journal(&hotel, date).await.expect(404);
    }

    for (field, value, pointer) in [
        ("room", json!(""), "/room"),
        ("tax", json!("=1"), "/tax"),
        ("city", json!("123456789012345678901"), "/city"),
        ("tax_rules", json!([{"tax_rule_id": Uuid::nil(), "code": "1"}]), "/tax_rules/0/tax_rule_id"),
        ("tax_rules", json!([{"tax_rule_id": tax, "code": "1"}, {"tax_rule_id": tax, "code": "2"}]), "/tax_rules/1/tax_rule_id"),
    ] {
        let mut wrong = new.clone();
        wrong[field] = value.clone();
        assert_eq!(put("\"2\"", &wrong).await.expect(422).pointers(), [pointer], "{field} {value}");
    }
    close_date(&app, &hotel, "2026-12-02", "2026-12-03").await;
    let refused = app.try_sql("UPDATE gl_codes SET codes = '{}'").await.expect_err("refused");
    assert!(refused.contains("do not change"), "{refused}");
    // Nor do codes come to a closed date: from the business date on they may.
    let from = |date: &str| {
        format!(
            "INSERT INTO gl_codes (property_id, valid_from, codes, version, created_at, updated_at)
             VALUES ('{}', '{date}', '{{}}', 1, now(), now())",
            hotel.id
        )
    };
    for refused in [
        app.try_sql(&from("2026-12-01")).await.expect_err("refused"),
        app.try_sql(&format!("{} ON CONFLICT DO NOTHING", from("2026-11-01"))).await.expect_err("refused"),
    ] {
        assert!(refused.contains("do not begin on the closed date"), "{refused}");
    }
    app.try_sql(&from("2026-12-03")).await.expect("the business date is open");
    let moved = app.try_sql("UPDATE gl_codes SET valid_from = '2026-12-01' WHERE valid_from = '2026-12-03'").await;
    assert!(moved.expect_err("refused").contains("do not begin on the closed date"));
    app.assert_consistent().await;
}

#[tokio::test]
async fn methods_of_payment_have_codes_of_their_own_from_the_business_date_on() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let client = &hotel.manager;
    let hall = charged(&hotel, "Congress", "300.00").await;
    let paid = async |method: &str, amount: &str| {
        let payment = json!({"folio_id": hall, "method": method, "amount": eur(amount)});
        client.post("/v1/payments", &payment).await.expect(201)
    };
    paid("cash", "100.00").await;
    close_date(&app, &hotel, "2026-12-01", "2026-12-02").await;
    let closed = text(&journal(&hotel, "2026-12-01").await.expect(200));

    let path = format!("/v1/properties/{}/gl-codes", hotel.id);
    let mut codes = client.get(&path).await.expect(200).body;
    assert_eq!(codes["payment_methods"], json!([]));
    for field in ["property_id", "version"] {
        codes.as_object_mut().expect("an object").remove(field);
    }
    let put = async |etag: &str, body: &Value| client.with("if-match", etag).put(&path, body).await;
    let code = |method: &str, code: &str| json!({"method": method, "code": code});
    codes["payment_methods"] = json!([code("cash", "1010"), code("cash", "1011")]);
    assert_eq!(put("\"1\"", &codes).await.expect(422).pointers(), ["/payment_methods/1/method"]);
    codes["payment_methods"] = json!([code("cash", "=1")]);
    assert_eq!(put("\"1\"", &codes).await.expect(422).pointers(), ["/payment_methods/0/code"]);
    codes["payment_methods"] = json!([code("card_terminal", "1020"), code("cash", "1010")]);
    let set = put("\"1\"", &codes).await.expect(200);
    assert_eq!((set.header("etag"), &set.body["payment_methods"]), ("\"2\"", &codes["payment_methods"]));

    for (method, amount) in [("cash", "20.00"), ("card_terminal", "30.00"), ("bank_transfer", "40.00")] {
        paid(method, amount).await;
    }
    let cleared = |file: &str| -> Vec<[String; 2]> {
        let mut told: Vec<[String; 2]> = lines(file)
            .into_iter()
            .filter(|line| line["ledger"] == "clearing")
            .map(|line| ["code", "debit"].map(|column| line[column].clone()))
            .collect();
        told.sort();
        told
    };
    let expected = |told: &[[&str; 2]]| told.iter().map(|line| line.map(String::from)).collect::<Vec<_>>();
    assert_eq!(cleared(&closed), expected(&[["1000", "100.00"]]));
    let open = text(&journal(&hotel, "2026-12-02").await.expect(200));
    assert_eq!(cleared(&open), expected(&[["1000", "40.00"], ["1010", "20.00"], ["1020", "30.00"]]));
    assert_eq!(text(&journal(&hotel, "2026-12-01").await.expect(200)), closed, "closed is closed, byte for byte");
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("get_account_statement", async |w| {
            Call::to(&an_account(w).await).query("from", TODAY).query("to", "2026-12-31")
        }),
        Request::new("get_account_ageing", async |w| Call::to(&an_account(w).await).query("date", TODAY)),
        Request::new("get_ageing_report", async |w| {
            an_account(w).await;
            Call::about(w.property().await).query("date", TODAY)
        }),
        Request::new("export_journal", async |w| {
            w.booking().await;
            Call::about(w.property().await).query("date", TODAY)
        }),
        Request::new("get_gl_codes", async |w| Call::to(w.property().await)),
        Request::new("set_gl_codes", async |w| {
            let mut codes = w.admin.get(&format!("/v1/properties/{}/gl-codes", w.property().await)).await.expect(200).body;
            for field in ["property_id", "version"] {
                codes.as_object_mut().expect("an object").remove(field);
            }
            codes["room"] = json!("8400");
            Call::to(w.property().await).json(&codes)
        }),
    ]
}

/// An account that owes something.
async fn an_account(w: &World) -> String {
    let hotel = w.hotel().await;
    let account = account(hotel, "Acme Ltd", 30).await;
    let hall = charged(hotel, "Congress", "300.00").await;
    to_account(hotel, &hall, json!({"account_id": account})).await.expect(200);
    account
}
