//! Invoices, through the API: what is on a folio is billed once, numbered without a gap, and never changed after that.
mod files;
mod histories;
mod kills;

use crate::every_route::{Call, Request, World};
use crate::payments::pay;
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, eur};
use serde_json::{Value, json};

pub const INVOICES: &str = "/v1/invoices";

/// A hotel that sells nights at 100.00, of which 11.50 are tax: for two nights, the tax of the sum is 23.01.
async fn taxed(app: &TestApp) -> Hotel {
    let hotel = app.hotel(HotelSpec { taxes: &[("IVA 13 %", "13")], ..HotelSpec::default() }).await;
    let settings = json!({"legal_name": "Exemplo Hotéis, S.A.", "vat_id": "PT501234567", "iban": "PT50000201231234567890154"});
    set(&hotel, &settings).await.expect(200);
    hotel
}

async fn set(hotel: &Hotel, change: &Value) -> Reply {
    let path = format!("/v1/properties/{}/invoice-settings", hotel.id);
    let known = hotel.manager.get(&path).await.expect(200);
    hotel.manager.patch(&path, known.header("etag"), change).await
}

/// Asks for a document of a folio.
async fn ask(client: &Client, folio: &str, kind: &str) -> Reply {
    client.post(INVOICES, &json!({"folio_id": folio, "kind": kind})).await
}

async fn issue(client: &Client, folio: &str) -> Reply {
    ask(client, folio, "invoice").await.expect(201)
}

async fn credit(client: &Client, invoice: &str, body: &Value) -> Reply {
    client.post(&format!("{INVOICES}/{invoice}/credit"), body).await
}

async fn details(client: &Client, id: &str) -> Value {
    client.get(&format!("{INVOICES}/{id}")).await.expect(200).body
}

async fn folio(client: &Client, id: &str) -> Value {
    client.get(&format!("/v1/folios/{id}")).await.expect(200).body
}

/// Entries of a folio of a kind: amount and whether it is of a tax.
fn entries(folio: &Value, kind: &str) -> Vec<(String, bool)> {
    let of_kind = folio["entries"].as_array().expect("entries").iter().filter(|entry| entry["kind"] == kind);
    of_kind
        .map(|entry| (entry["amount"]["amount"].as_str().expect("an amount").into(), !entry["tax_rule_id"].is_null()))
        .collect()
}

fn amounts(document: &Value) -> [&Value; 3] {
    [&document["net"]["amount"], &document["tax"]["amount"], &document["total"]["amount"]]
}

/// Returns the taxes of a hotel on documents and on folios, in minor units: rounding included, credit notes taken away.
async fn taxes(app: &TestApp) -> (i64, i64) {
    let on_documents =
        "SELECT coalesce(sum(CASE kind WHEN 'credit_note' THEN -tax_minor ELSE tax_minor END), 0)::bigint FROM invoices
                        WHERE kind IN ('invoice', 'credit_note')";
    let on_folios = "SELECT coalesce(sum(e.amount_minor), 0)::bigint FROM folio_entries e
                     JOIN tax_rules r ON r.property_id = e.property_id AND r.id = e.tax_rule_id AND r.vat_treatment = 'vat'
                     WHERE EXISTS (SELECT FROM invoice_entries i WHERE i.property_id = e.property_id AND i.entry_id = e.id AND i.released_by IS NULL)";
    (app.number(on_documents).await, app.number(on_folios).await)
}

/// T-inv-once: what is on an invoice is on no other one, and what is payable is what was quoted.
#[tokio::test]
async fn what_is_sold_is_invoiced_once_and_at_the_tax_of_its_sum() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-10", "2026-12-12").await;
    let preview = ask(client, booking.id(), "pro_forma").await.expect(201);
    assert_eq!((&preview.body["number"], &preview.body["hash"]), (&Value::Null, &Value::Null));
    assert_eq!(amounts(&preview.body), [&json!("176.99"), &json!("23.01"), &json!("200.00")]);
    assert_eq!(entries(&folio(client, booking.id()).await, "rounding"), [], "a preview posts nothing");

    let invoice = issue(client, booking.id()).await;
    assert_eq!(invoice.header("location"), format!("{INVOICES}/{}", invoice.id()));
    assert_eq!(
        (&invoice.body["kind"], &invoice.body["number"], &invoice.body["issue_date"], &invoice.body["payer_name"]),
        (&json!("invoice"), &json!("INV-2026-000001"), &json!("2026-12-01"), &json!("Ana Sousa"))
    );
    assert_eq!(amounts(&invoice.body), [&json!("176.99"), &json!("23.01"), &json!("200.00")]);
    let lines = invoice.body["lines"].as_array().expect("lines");
    let told: Vec<_> = lines.iter().map(|line| (&line["date"], &line["net"]["amount"], &line["total"]["amount"])).collect();
    assert_eq!(
        told,
        [(&json!("2026-12-10"), &json!("88.50"), &json!("100.00")), (&json!("2026-12-11"), &json!("88.49"), &json!("100.00"))]
    );
    let tax = &invoice.body["taxes"][0];
    assert_eq!(
        (&tax["vat_category"], &tax["vat_percent"], &tax["net"], &tax["tax"]),
        (&json!("standard"), &json!("13"), &eur("176.99"), &eur("23.01"))
    );
    assert_eq!(invoice.body["seller"]["name"], "Exemplo Hotéis, S.A.");
    let after = folio(client, booking.id()).await;
    assert_eq!(entries(&after, "rounding"), [("-0.01".to_owned(), false), ("0.01".to_owned(), true)]);
    assert_eq!(after["balance"], eur("200.00"), "what is to be paid is what was quoted");
    assert_eq!(taxes(&app).await, (2_301, 2_301));

    assert_eq!(ask(client, booking.id(), "invoice").await.expect(409).code(), "invoices.nothing_to_invoice");
    let room = after["entries"].as_array().expect("entries").iter().find(|entry| entry["kind"] == "room").expect("a night");
    let again = json!({"folio_id": booking.id(), "kind": "invoice", "entry_ids": [room["id"]]});
    let refused = client.post(INVOICES, &again).await.expect(409);
    assert_eq!(refused.code(), "invoices.entries_not_open");
    assert!(refused.body["entry_ids"].as_array().expect("entries").contains(&room["id"]));
    // What is on it stays on its folio.
    let other = json!({"property_id": hotel.id, "booking_id": booking.id(), "kind": "company", "name": "Acme Ltd"});
    let other = client.post("/v1/folios", &other).await.expect(201);
    let moved = json!({"to_folio_id": other.id(), "entry_ids": [room["id"]]});
    let moved = client.post(&format!("/v1/folios/{}/move", booking.id()), &moved).await.expect(409);
    assert_eq!(moved.code(), "folio.invoiced");

    let list = client.get(&format!("{INVOICES}?folio_id={}&kind=invoice", booking.id())).await.expect(200);
    assert_eq!(list.body["items"].as_array().expect("a list").len(), 1);
    let by_number = client.get(&format!("{INVOICES}?property_id={}&number=INV-2026-000001", hotel.id)).await.expect(200);
    assert_eq!(by_number.body["items"][0]["id"], invoice.body["id"]);
    assert_eq!(details(client, invoice.id()).await, invoice.body);
    app.assert_consistent().await;
    let verified = hbs::domains::folios::verify(&app.app).await.expect("verified");
    assert_eq!((verified.unrecorded, verified.faults), (0, Vec::new()));
    let chains = hbs::domains::invoices::verify(&app.app).await.expect("verified");
    assert_eq!((chains.documents, chains.faults), (1, Vec::new()));
}

/// Interim invoices of a long stay, and entries that are named.
#[tokio::test]
async fn a_long_stay_is_invoiced_bit_by_bit() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-10", "2026-12-15").await;
    let first = json!({"folio_id": booking.id(), "kind": "invoice", "served_to": "2026-12-11"});
    let first = client.post(INVOICES, &first).await.expect(201);
    assert_eq!(
        (&first.body["total"], &first.body["served_from"], &first.body["served_to"]),
        (&eur("200.00"), &json!("2026-12-10"), &json!("2026-12-11"))
    );
    let known = folio(client, booking.id()).await;
    let entry = |kind: &str, date: &str| {
        let mut entries = known["entries"].as_array().expect("entries").iter();
        entries.find(|entry| entry["kind"] == kind && entry["service_date"] == date).expect("an entry")["id"].clone()
    };
    // A tax brings its night along.
    let second = json!({"folio_id": booking.id(), "kind": "invoice", "entry_ids": [entry("tax", "2026-12-13")]});
    let second = client.post(INVOICES, &second).await.expect(201);
    assert_eq!((&second.body["total"], &second.body["number"]), (&eur("100.00"), &json!("INV-2026-000002")));
    let rest = issue(client, booking.id()).await;
    assert_eq!(rest.body["total"], eur("200.00"));
    let dates: Vec<&Value> = rest.body["lines"].as_array().expect("lines").iter().map(|line| &line["date"]).collect();
    assert_eq!(dates, [&json!("2026-12-12"), &json!("2026-12-14")]);
    let strange = json!({"folio_id": booking.id(), "kind": "invoice", "entry_ids": [booking.id()]});
    assert_eq!(client.post(INVOICES, &strange).await.expect(422).pointers(), ["/entry_ids/0"]);
    app.assert_consistent().await;
}

/// T-inv-immut: what was issued cannot be changed, whoever tries, and a change that got around it is found.
#[tokio::test]
async fn what_was_issued_is_immutable_and_linked_to_what_was_before() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    let mut ids = Vec::new();
    for n in 0..3 {
        let booking = hotel.book(client, format!("2026-12-1{n}"), format!("2026-12-1{}", n + 1)).await;
        ids.push(issue(client, booking.id()).await.id().to_owned());
    }
    let pdf = client.get(&format!("{INVOICES}/{}.pdf", ids[1])).await.expect(200).bytes;
    for statement in [
        "UPDATE invoices SET total_minor = total_minor",
        "UPDATE invoices SET content = content || '{\"note\": \"x\"}'",
        "DELETE FROM invoices WHERE number = 3",
        "UPDATE invoice_lines SET net_minor = net_minor",
        "DELETE FROM invoice_lines",
        "UPDATE invoice_files SET content = ''",
        "DELETE FROM invoice_entries",
        "UPDATE invoice_entries SET entry_id = entry_id",
    ] {
        let refused = app.try_sql(statement).await.expect_err(statement);
        assert!(refused.contains("does not change") || refused.contains("changes in no other way"), "{statement}: {refused}");
    }
    // The hotel is run by another company, and a year goes by.
    set(&hotel, &json!({"legal_name": "Another S.A.", "note": "New terms"})).await.expect(200);
    app.set_clock("2027-12-01T12:00:00Z");
    assert_eq!(details(client, &ids[1]).await["seller"]["name"], "Exemplo Hotéis, S.A.");
    assert_eq!(client.get(&format!("{INVOICES}/{}.pdf", ids[1])).await.expect(200).bytes, pdf);

    let verify = async || {
        let verified = hbs::domains::invoices::verify(&app.app).await.expect("verified");
        let told = verified.faults.into_iter().map(|fault| (fault.name, fault.fault)).collect::<Vec<_>>();
        (verified.documents, told)
    };
    assert_eq!(verify().await, (3, Vec::new()));
    // Somebody who may do anything to the database changes what one says, and takes the last one away.
    let around =
        |statement: &str| format!("SET session_replication_role = replica; {statement}; SET session_replication_role = DEFAULT");
    app.sql(&around("UPDATE invoices SET content = jsonb_set(content, '{reason}', '\"x\"') WHERE number = 2")).await;
    assert_eq!(verify().await, (1, vec![("INV-2026-000002".into(), "it does not say what it said when it was issued")]));
    app.sql(&around("UPDATE invoices SET content = jsonb_set(content, '{reason}', 'null') WHERE number = 2")).await;
    app.sql(&around("DELETE FROM invoices WHERE number = 3")).await;
    assert_eq!(verify().await, (2, vec![("3".into(), "the last document is gone")]));
}

/// T-inv-year: the year of a number is that of the date of issue at the hotel, whatever the business date is.
#[tokio::test]
async fn a_series_begins_with_the_year_of_the_hotels_date_of_issue() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    set(&hotel, &json!({"number_format": "{kind}/{yy}-{number:3}"})).await.expect(200);
    // Lisbon is at UTC in winter. The business date stays the first of December: no night audit has closed it.
    app.sql(&format!("UPDATE properties SET business_date = '2026-12-01' WHERE id = '{}'", hotel.id)).await;
    let mut told = Vec::new();
    for (at, night) in [
        ("2026-12-31T23:59:59Z", 10),
        ("2026-12-31T23:59:59.999Z", 11),
        ("2027-01-01T00:00:00Z", 12),
        ("2027-01-01T00:00:01Z", 13),
        // A clock that goes back gives no number of a year that is over, nor an earlier time.
        ("2026-12-31T23:00:00Z", 14),
    ] {
        app.set_clock("2026-12-01T12:00:00Z");
        let booking = hotel.book(client, format!("2026-12-{night}"), format!("2026-12-{}", night + 1)).await;
        app.set_clock(at);
        let invoice = issue(client, booking.id()).await;
        told.push((invoice.body["number"].clone(), invoice.body["issue_date"].clone()));
    }
    let expected = [
        ("INV/26-001", "2026-12-31"),
        ("INV/26-002", "2026-12-31"),
        ("INV/27-001", "2027-01-01"),
        ("INV/27-002", "2027-01-01"),
        ("INV/27-003", "2027-01-01"),
    ];
    assert_eq!(told, expected.map(|(number, date)| (json!(number), json!(date))));
    let unordered = "SELECT count(*) FROM invoices a JOIN invoices b ON (b.year, b.number) > (a.year, a.number) AND b.issued_at < a.issued_at";
    assert_eq!(app.number(unordered).await, 0);
    let chains = hbs::domains::invoices::verify(&app.app).await.expect("verified");
    assert_eq!((chains.documents, chains.faults), (5, Vec::new()));
    for (format, word) in [("{number}", "{kind}"), ("{kind}-{year}", "{number}"), ("{kind}{year}{number}", "between")] {
        let refused = set(&hotel, &json!({"number_format": format})).await.expect(422);
        assert_eq!(refused.pointers(), ["/number_format"]);
        assert!(refused.body["errors"][0]["detail"].as_str().expect("a text").contains(word), "{}", refused.body);
    }
}

/// T-inv-credit and T-ref-tax, one after the other: the race is in `races/invoices.rs`.
#[tokio::test]
async fn a_credit_note_takes_back_no_more_than_there_is_at_the_old_rate_of_tax() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-10", "2026-12-12").await;
    let invoice = issue(client, booking.id()).await;
    // The rate changes between the sale and the credit note.
    let rules = client.get(&format!("/v1/tax-rules?property_id={}", hotel.id)).await.expect(200);
    let rule = &rules.body["items"][0];
    let path = format!("/v1/tax-rules/{}", rule["id"].as_str().expect("an id"));
    let version = format!("\"{}\"", rule["version"]);
    client.patch(&path, &version, &json!({"percent": "23"})).await.expect(200);

    let line = |n: usize| invoice.body["lines"][n]["id"].clone();
    let part = |n: usize, amount: &str| json!({"reason": "No hot water", "lines": [{"line_id": line(n), "amount": eur(amount)}]});
    let clerk = app.staff(&["invoices:issue", "invoices:read"], Some(&hotel.id)).await;
    assert_eq!(credit(&clerk, invoice.id(), &part(0, "40.00")).await.expect(403).body["permission"], "adjustments:write");
    let partial = credit(client, invoice.id(), &part(0, "40.00")).await.expect(201);
    assert_eq!(
        (&partial.body["kind"], &partial.body["number"], &partial.body["corrects"]["number"], &partial.body["corrects_id"]),
        (&json!("credit_note"), &json!("CN-2026-000001"), &json!("INV-2026-000001"), &json!(invoice.id()))
    );
    assert_eq!(amounts(&partial.body), [&json!("35.40"), &json!("4.60"), &json!("40.00")]);
    assert_eq!(partial.body["taxes"][0]["vat_percent"], "13", "the rate is that of the sale");
    assert_eq!((&partial.body["reason"], &partial.body["lines"][0]["credits_id"]), (&json!("No hot water"), &line(0)));
    let known = folio(client, booking.id()).await;
    assert_eq!(known["balance"], eur("160.00"), "it was allowed on the folio as well");
    assert_eq!(taxes(&app).await, (2_301 - 460, 2_301 - 460));
    let too_much = credit(client, invoice.id(), &part(0, "60.01")).await.expect(409);
    assert_eq!((too_much.code(), &too_much.body["most"]), ("invoices.exceeds_line", &eur("60.00")));
    assert_eq!(ask(client, booking.id(), "invoice").await.expect(409).code(), "invoices.nothing_to_invoice");

    // The other line as a whole: its night can be invoiced again, to somebody else.
    let whole = json!({"reason": "Wrong payer", "lines": [{"line_id": line(1)}]});
    let whole = credit(client, invoice.id(), &whole).await.expect(201);
    assert_eq!(whole.body["total"], eur("100.00"));
    let payer = json!({"name": "Acme, Lda.", "tax_id": "PT509999999", "address": {"city": "Porto", "country": "PT"}});
    let again = json!({"folio_id": booking.id(), "kind": "invoice", "payer": payer});
    let again = client.post(INVOICES, &again).await.expect(201);
    assert_eq!((&again.body["total"], &again.body["payer"]["vat_id"]), (&eur("100.00"), &json!("PT509999999")));
    let (documents, folios) = taxes(&app).await;
    assert_eq!(documents, folios);

    // All that is left of the first one, and nothing after that.
    let rest = credit(client, invoice.id(), &json!({"reason": "Goodwill"})).await.expect(201);
    assert_eq!(rest.body["total"], eur("60.00"));
    let credited = details(client, invoice.id()).await;
    assert_eq!((&credited["credited"], &credited["version"]), (&eur("200.00"), &json!(4)));
    let none = credit(client, invoice.id(), &json!({"reason": "Goodwill"})).await.expect(409);
    assert_eq!(none.code(), "invoices.nothing_to_credit");
    let of_credits = "SELECT sum(tax_minor)::bigint FROM invoices WHERE kind = 'credit_note'";
    assert_eq!(app.number(of_credits).await, 2_301, "the parts come to the whole");
    assert_eq!(credit(client, rest.id(), &json!({"reason": "Odd"})).await.expect(409).code(), "invoices.not_creditable");
    // One that was credited as a whole is replaced by name.
    let replaced = json!({"folio_id": booking.id(), "kind": "invoice", "corrects_id": invoice.id()});
    let replaced = client.post(INVOICES, &replaced).await.expect(201);
    assert_eq!((&replaced.body["total"], &replaced.body["corrects"]["number"]), (&eur("60.00"), &json!("INV-2026-000001")));
    let odd = json!({"folio_id": booking.id(), "kind": "invoice", "corrects_id": again.id()});
    assert_eq!(client.post(INVOICES, &odd).await.expect(409).code(), "invoices.not_replaceable");
    let (documents, folios) = taxes(&app).await;
    assert_eq!(documents, folios);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_credit_note_follows_the_folio() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-10", "2026-12-12").await;
    let invoice = issue(client, booking.id()).await;
    let follow = json!({"reason": "As agreed", "as_on_folio": true});
    assert_eq!(credit(client, invoice.id(), &follow).await.expect(409).code(), "invoices.nothing_to_credit");
    let known = folio(client, booking.id()).await;
    let room = known["entries"].as_array().expect("entries").iter().find(|entry| entry["kind"] == "room").expect("a night");
    let allowance = json!({"kind": "allowance", "entry_id": room["id"], "amount": eur("30.00"), "reason": "Noise"});
    client.post(&format!("/v1/folios/{}/adjustments", booking.id()), &allowance).await.expect(200);
    let refused = ask(client, booking.id(), "invoice").await.expect(409);
    assert_eq!(refused.code(), "invoices.nothing_to_invoice", "what is allowed on an invoice goes on a credit note");
    let note = credit(client, invoice.id(), &follow).await.expect(201);
    assert_eq!(note.body["total"], eur("30.00"));
    let (documents, folios) = taxes(&app).await;
    assert_eq!(documents, folios);
    // The booking is cancelled: nothing is left of it.
    client.post(&format!("/v1/bookings/{}/cancel", booking.id()), &json!({})).await.expect(200);
    let rest = credit(client, invoice.id(), &follow).await.expect(201);
    assert_eq!(rest.body["total"], eur("170.00"));
    assert_eq!(details(client, invoice.id()).await["credited"], eur("200.00"));
    assert_eq!(taxes(&app).await, (0, 0));
    app.assert_consistent().await;
}

/// T-inv-deposit: what an advance invoice and the one that settles it tell of tax is the tax of the whole.
#[tokio::test]
async fn a_deposit_is_invoiced_in_advance_and_settled() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-10", "2026-12-13").await;
    let none = ask(client, booking.id(), "advance").await.expect(409);
    assert_eq!((none.code(), &none.body["most"]), ("invoices.advance_too_high", &eur("0.00")));
    let payment = pay(client, booking.id(), "100.00").await.expect(201);
    let advance = ask(client, booking.id(), "advance").await.expect(201);
    assert_eq!((&advance.body["number"], &advance.body["kind"]), (&json!("ADV-2026-000001"), &json!("advance")));
    assert_eq!(amounts(&advance.body), [&json!("88.50"), &json!("11.50"), &json!("100.00")]);
    assert_eq!((&advance.body["payable"], &advance.body["payments"][0]["payment_id"]), (&eur("0.00"), &json!(payment.id())));

    let last = issue(client, booking.id()).await;
    assert_eq!(amounts(&last.body), [&json!("265.49"), &json!("34.51"), &json!("300.00")]);
    assert_eq!((&last.body["prepaid"], &last.body["payable"]), (&eur("100.00"), &eur("200.00")));
    let settled = &last.body["settles"][0];
    assert_eq!((&settled["number"], &settled["tax"]), (&json!("ADV-2026-000001"), &eur("11.50")));
    assert_eq!(last.body["tax_left"], eur("23.01"), "11.50 and 23.01 are the tax of 300.00");
    let refused = credit(client, advance.id(), &json!({"reason": "Odd"})).await.expect(409);
    assert_eq!(refused.code(), "invoices.settled");
    // Once the last one is credited, the advance is free again, and settled by the next.
    credit(client, last.id(), &json!({"reason": "Wrong payer"})).await.expect(201);
    let next = issue(client, booking.id()).await;
    assert_eq!((&next.body["settles"][0]["number"], &next.body["payable"]), (&json!("ADV-2026-000001"), &eur("200.00")));
    app.assert_consistent().await;
}

#[tokio::test]
async fn payments_pay_invoices_whenever_they_come() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-10", "2026-12-12").await;
    pay(client, booking.id(), "50.00").await.expect(201);
    let invoice = issue(client, booking.id()).await;
    assert_eq!(
        (&invoice.body["prepaid"], &invoice.body["payable"], &invoice.body["paid"]),
        (&eur("50.00"), &eur("150.00"), &eur("50.00"))
    );
    let later = pay(client, booking.id(), "150.00").await.expect(201);
    app.consume().await;
    let known = details(client, invoice.id()).await;
    assert_eq!((&known["paid"], &known["payable"]), (&eur("200.00"), &eur("150.00")), "what it says stays as it was");
    // What is told twice counts once.
    app.sql("DELETE FROM outbox_sinks WHERE name = 'invoices'").await;
    app.consume().await;
    assert_eq!(details(client, invoice.id()).await["paid"], eur("200.00"));

    let receipt = json!({"kind": "receipt", "payment_id": later.id()});
    let confirmed = client.post(INVOICES, &receipt).await.expect(201);
    assert_eq!(
        (&confirmed.body["number"], &confirmed.body["total"], &confirmed.body["payments"][0]["method"]),
        (&json!("REC-2026-000001"), &eur("150.00"), &json!("Cash"))
    );
    let again = client.post(INVOICES, &receipt).await.expect(409);
    assert_eq!((again.code(), &again.body["invoice_id"]), ("invoices.receipt_exists", &json!(confirmed.id())));
    let odd = json!({"kind": "receipt", "folio_id": booking.id()});
    assert_eq!(client.post(INVOICES, &odd).await.expect(422).pointers(), ["/payment_id"]);
    assert_eq!(client.get(&format!("{INVOICES}/{}.xml", confirmed.id())).await.expect(404).code(), "invoices.no_file");
    app.assert_consistent().await;
}

#[tokio::test]
async fn levies_outside_of_the_tax_are_on_a_document_of_their_own() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    let levy = json!({"property_id": hotel.id, "name": "City tax", "kind": "per_person_night", "amount": eur("2.00"), "is_included": false});
    client.post("/v1/tax-rules", &levy).await.expect(201);
    let booking = hotel.book(client, "2026-12-10", "2026-12-12").await;
    let due = folio(client, booking.id()).await["balance"].clone();
    let invoice = issue(client, booking.id()).await;
    assert_eq!((&invoice.body["total"], invoice.body["lines"].as_array().expect("lines").len()), (&eur("200.00"), 2));
    let with = invoice.body["issued_with"][0].as_str().expect("another document").to_owned();
    let levies = details(client, &with).await;
    assert_eq!(
        (&levies["kind"], &levies["number"], &levies["total"], &levies["tax"]),
        (&json!("levy"), &json!("LEV-2026-000001"), &eur("8.00"), &eur("0.00"))
    );
    assert_eq!(levies["taxes"][0]["vat_category"], "outside");
    assert_eq!(due, eur("208.00"), "the documents come to what was quoted");
    app.assert_consistent().await;
}

/// Guests whose nights cost nothing get a document of the levies, and nothing else.
#[tokio::test]
async fn levies_are_billed_where_what_was_sold_comes_to_nothing() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    let levy = json!({"property_id": hotel.id, "name": "City tax", "kind": "per_person_night", "amount": eur("2.00"), "is_included": false});
    client.post("/v1/tax-rules", &levy).await.expect(201);
    let free =
        json!({"property_id": hotel.id, "name": "On the house", "kind": "percent", "percent": "100", "access": "automatic"});
    client.post("/v1/offers", &free).await.expect(201);
    let booking = hotel.book(client, "2026-12-10", "2026-12-12").await;
    assert_eq!(folio(client, booking.id()).await["balance"], eur("8.00"));
    let levies = issue(client, booking.id()).await;
    assert_eq!((&levies.body["kind"], &levies.body["total"], &levies.body["tax"]), (&json!("levy"), &eur("8.00"), &eur("0.00")));
    // What was sold is left as it is: nothing of it can be billed.
    let refused = ask(client, booking.id(), "invoice").await.expect(409);
    assert_eq!(refused.code(), "invoices.not_positive");
    assert_eq!(app.number("SELECT count(*) FROM invoices").await, 1);
    app.assert_consistent().await;
}

/// What was sold as value added tax is invoiced as that: the rule keeps what it is, and another one is added instead.
#[tokio::test]
async fn what_a_rule_is_stays_once_something_was_sold_by_it() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    let rules = client.get(&format!("/v1/tax-rules?property_id={}", hotel.id)).await.expect(200);
    let rule = format!("/v1/tax-rules/{}", rules.body["items"][0]["id"].as_str().expect("a rule"));
    let booking = hotel.book(client, "2026-12-10", "2026-12-12").await;
    for treatment in ["levy_exempt", "levy_outside"] {
        let refused = client.patch(&rule, "\"1\"", &json!({"vat_treatment": treatment})).await.expect(409);
        assert_eq!(refused.code(), "tax_rule.sold", "{treatment}");
    }
    let same = client.patch(&rule, "\"1\"", &json!({"vat_treatment": "vat", "name": "IVA"})).await.expect(200);
    assert_eq!((&same.body["vat_treatment"], &same.body["name"]), (&json!("vat"), &json!("IVA")));
    let invoice = issue(client, booking.id()).await;
    let tax = &details(client, invoice.id()).await["taxes"][0];
    assert_eq!((&tax["vat_category"], &tax["vat_percent"], &tax["tax"]), (&json!("standard"), &json!("13"), &eur("23.01")));
    let charged = "SELECT sum(amount_minor)::bigint FROM folio_entries WHERE kind = 'tax'";
    assert_eq!(app.number(charged).await, 2_300, "11.50 each night; what is left of a cent is rounded on the invoice");
    app.assert_consistent().await;
}

/// Quote, folio and invoice say the same: the levy bears the tax of the price.
#[tokio::test]
async fn levies_in_the_base_bear_the_tax_of_the_price() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    let levy = json!({"property_id": hotel.id, "name": "City tax", "kind": "per_person_night", "amount": eur("2.00"),
                      "is_included": false, "vat_treatment": "levy_in_base"});
    let rule = client.post("/v1/tax-rules", &levy).await.expect(201);
    let outside = client.patch(rule.header("location"), "\"1\"", &json!({"vat_treatment": "levy_outside"})).await.expect(422);
    assert_eq!(outside.pointers(), ["/vat_treatment"], "what was sold says only by which rule it is taxed");
    let booking = hotel.book(client, "2026-12-10", "2026-12-12").await;
    assert_eq!(booking.body["total"], eur("208.00"));
    // 104.00 / 1.13 = 92.04: 88.04 for the room, 4.00 for the city, and 11.96 of tax on both, each night.
    let charged = app.rows("SELECT amount_minor FROM folio_entries WHERE service_date = '2026-12-10' ORDER BY 1").await;
    assert_eq!(json!(charged), json!([{"amount_minor": 400}, {"amount_minor": 1_196}, {"amount_minor": 8_804}]));
    let invoice = issue(client, booking.id()).await;
    assert_eq!(amounts(&invoice.body), [&json!("184.07"), &json!("23.93"), &json!("208.00")]);
    assert_eq!(invoice.body["taxes"].as_array().map(Vec::len), Some(1), "one rate: {}", invoice.body);
    app.assert_consistent().await;
}

#[tokio::test]
async fn an_invoice_is_mailed_and_mailed_again_as_a_copy() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-10", "2026-12-12").await;
    app.mail_to("ana@example.com").await;
    let invoice = issue(client, booking.id()).await;
    let path = format!("{INVOICES}/{}/send", invoice.id());
    let sent = client.post(&path, &json!({})).await.expect(200);
    assert_eq!((&sent.body["mailed"], sent.header("etag")), (&json!(1), "\"2\""));
    let mail = &app.mail_to("ana@example.com").await[0];
    assert_eq!(mail["subject"], "Test Hotel: invoice INV-2026-000001");
    assert_eq!(
        (&mail["attachment"]["filename"], &mail["attachment"]["content_type"]),
        (&json!("INV-2026-000001.pdf"), &json!("application/pdf"))
    );
    assert!(mail["text"].as_str().expect("a text").contains("200.00"), "{mail}");
    client.post(&path, &json!({"to": "contas@example.com"})).await.expect(200);
    let copy = &app.mail_to("contas@example.com").await[0];
    assert_eq!(
        (&copy["subject"], &copy["attachment"]["filename"]),
        (&json!("Test Hotel: copy of invoice INV-2026-000001"), &json!("INV-2026-000001-copy.pdf"))
    );
    let guest = json!({"folio_id": booking.id(), "kind": "pro_forma", "payer": {"name": "Nobody"}});
    assert_eq!(client.post(INVOICES, &guest).await.expect(409).code(), "invoices.nothing_to_invoice");
}

#[tokio::test]
async fn a_document_is_in_the_language_of_its_payer() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    app.sql(&format!("UPDATE room_types SET texts = '{{\"pt\": {{\"name\": \"Quarto duplo\"}}}}' WHERE id = '{}'", hotel.double))
        .await;
    let mut request = hotel.request("2026-12-10", "2026-12-11");
    request["locale"] = json!("pt-PT");
    let booking = client.post("/v1/bookings", &request).await.expect(201);
    let invoice = issue(client, booking.id()).await;
    assert_eq!((&invoice.body["language"], &invoice.body["lines"][0]["description"]), (&json!("pt-PT"), &json!("Quarto duplo")));
    let mail = json!({"to": "ana@example.com"});
    client.post(&format!("{INVOICES}/{}/send", invoice.id()), &mail).await.expect(200);
    assert_eq!(app.mail_to("ana@example.com").await[0]["subject"], "Test Hotel: fatura INV-2026-000001");
}

#[tokio::test]
async fn a_document_waits_for_its_fiscal_number() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    set(&hotel, &json!({"fiscal_issuer": "external"})).await.expect(200);
    let booking = hotel.book(client, "2026-12-10", "2026-12-12").await;
    let invoice = issue(client, booking.id()).await;
    assert_eq!((&invoice.body["fiscal"]["status"], &invoice.body["fiscal"]["number"]), (&json!("requested"), &Value::Null));
    app.consume().await;
    let path = format!("{INVOICES}/{}", invoice.id());
    for refused in [client.get(&format!("{path}.pdf")).await, client.post(&format!("{path}/send"), &json!({})).await] {
        assert_eq!(refused.expect(409).code(), "invoices.awaits_fiscal_number");
    }
    let waiting = client.get(&format!("{INVOICES}?property_id={}&awaits_fiscal_number=true", hotel.id)).await.expect(200);
    assert_eq!(waiting.body["items"][0]["id"], invoice.body["id"]);
    let number = json!({"number": "FT 2026A/42", "code": "CSDF7T5H-42", "qr_text": "A:501234567"});
    let told = client.post(&format!("{path}/fiscal-number"), &number).await.expect(200);
    assert_eq!((&told.body["fiscal"]["number"], &told.body["number"]), (&json!("FT 2026A/42"), &json!("INV-2026-000001")));
    assert_eq!(client.post(&format!("{path}/fiscal-number"), &number).await.expect(200).header("etag"), told.header("etag"));
    let other = client.post(&format!("{path}/fiscal-number"), &json!({"number": "FT 2026A/43"})).await.expect(409);
    assert_eq!(other.code(), "invoices.no_fiscal_number_asked");
    let xml = client.get(&format!("{path}.xml")).await.expect(200);
    let text = String::from_utf8_lossy(&xml.bytes);
    assert!(text.contains("<ram:ID>FT 2026A/42</ram:ID>") && text.contains("CSDF7T5H-42"), "{text}");
    client.get(&format!("{path}.pdf")).await.expect(200);
    let none = client.get(&format!("{INVOICES}?property_id={}&awaits_fiscal_number=true", hotel.id)).await.expect(200);
    assert_eq!(none.body["items"], json!([]));
}

#[tokio::test]
async fn guests_see_the_documents_of_their_own_bookings_and_nobody_elses() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let (guest, other) = (app.guest().await, app.guest().await);
    let own = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    let desks = hotel.book(&hotel.manager, "2026-12-10", "2026-12-11").await;
    let invoice = issue(&hotel.manager, own.id()).await;
    let foreign = issue(&hotel.manager, desks.id()).await;

    let listed = guest.get(INVOICES).await.expect(200).body;
    let items = listed["items"].as_array().expect("a list");
    assert_eq!((items.len(), &items[0]["id"], &items[0]["total"]), (1, &invoice.body["id"], &eur("200.00")));
    assert_eq!(details(&guest, invoice.id()).await, invoice.body);
    let path = format!("{INVOICES}/{}", invoice.id());
    let pdf = guest.get(&format!("{path}.pdf")).await.expect(200).bytes;
    assert!(pdf.starts_with(b"%PDF"));
    assert_eq!(hotel.manager.get(&format!("{path}.pdf")).await.expect(200).bytes, pdf);
    guest.get(&format!("{path}.xml?syntax=ubl")).await.expect(200);

    let elsewhere = format!("{INVOICES}/{}", foreign.id());
    for path in [elsewhere.clone(), format!("{elsewhere}.pdf"), format!("{elsewhere}.xml")] {
        guest.get(&path).await.expect(404);
    }
    assert_eq!(guest.get(&format!("{INVOICES}?booking_id={}", desks.id())).await.expect(200).body["items"], json!([]));
    assert_eq!(other.get(INVOICES).await.expect(200).body["items"], json!([]));
    other.get(&path).await.expect(404);
    app.anonymous().get(&path).await.expect(401);
    // To see is not to issue.
    assert_eq!(ask(&guest, own.id(), "pro_forma").await.expect(403).body["permission"], "invoices:issue");
    credit(&guest, invoice.id(), &json!({"reason": "Odd"})).await.expect(403);
    guest.post(&format!("{path}/send"), &json!({})).await.expect(403);
    let clerk = app.staff(&["invoices:read"], Some(&hotel.id)).await;
    assert_eq!(clerk.get(INVOICES).await.expect(200).body["items"].as_array().map(Vec::len), Some(2));
}

async fn an_invoice(w: &World) -> String {
    issue(&w.admin, w.booking().await).await.id().to_owned()
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_invoices", async |w| {
            an_invoice(w).await;
            Call::plain()
        }),
        Request::new("create_invoice", async |w| Call::plain().json(&json!({"kind": "invoice", "folio_id": w.booking().await}))),
        Request::new("get_invoice", async |w| Call::to(&an_invoice(w).await)),
        Request::new("credit_invoice", async |w| Call::to(&an_invoice(w).await).json(&json!({"reason": "Wrong payer"}))),
        Request::new("send_invoice", async |w| Call::to(&an_invoice(w).await).json(&json!({"to": "contas@example.com"}))),
        Request::new("tell_fiscal_number", async |w| {
            let id = an_invoice(w).await;
            let asked = "INSERT INTO invoice_fiscal_numbers (property_id, invoice_id, status, created_at, updated_at)
                         SELECT property_id, id, 'requested', issued_at, issued_at FROM invoices WHERE id =";
            w.app.sql(&format!("{asked} '{id}'")).await;
            Call::to(&id).json(&json!({"number": "FT 2026A/42"}))
        }),
        Request::new("get_invoice_settings", async |w| Call::to(w.property().await)),
        Request::new("update_invoice_settings", async |w| {
            let path = format!("/v1/properties/{}/invoice-settings", w.property().await);
            w.admin.patch(&path, "\"0\"", &json!({"note": "Come again."})).await.expect(200);
            Call::to(w.property().await).json(&json!({"note": "Thank you for your stay."}))
        }),
    ]
}

/// What is billed of a folio of the house after it was closed has the tax of its sum, and its cents are on another folio.
#[tokio::test]
async fn a_closed_folio_of_the_house_is_invoiced_and_credited() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    let rules = client.get(&format!("/v1/tax-rules?property_id={}", hotel.id)).await.expect(200);
    let house = client.post("/v1/folios", &json!({"property_id": hotel.id, "kind": "house"})).await.expect(201);
    let hall = json!({"description": "Hall", "amount": eur("100.00"), "tax_rule_id": rules.body["items"][0]["id"]});
    for _ in 0..3 {
        client.post(&format!("/v1/folios/{}/charges", house.id()), &hall).await.expect(200);
    }
    let cash = json!({"folio_id": house.id(), "method": "cash", "amount": eur("300.00")});
    client.post("/v1/payments", &cash).await.expect(201);
    client.post(&format!("/v1/folios/{}/close", house.id()), &json!({})).await.expect(200);
    let wanted = json!({"folio_id": house.id(), "kind": "invoice", "payer": {"name": "Exemplo, Lda."}});
    let invoice = client.post(INVOICES, &wanted).await.expect(201);
    assert_eq!(amounts(&invoice.body), [&json!("265.49"), &json!("34.51"), &json!("300.00")]);
    assert_eq!(taxes(&app).await, (3_451, 3_451));
    let note = credit(client, invoice.id(), &json!({"reason": "Another payer"})).await.expect(201);
    assert_eq!(amounts(&note.body), [&json!("265.49"), &json!("34.51"), &json!("300.00")]);
    let (on_documents, on_folios) = taxes(&app).await;
    assert_eq!(on_documents, on_folios);
    assert_eq!(entries(&folio(client, house.id()).await, "rounding"), [], "nothing comes to a closed folio");
    let pairs = "SELECT count(*) FROM folios f WHERE f.kind = 'house' AND f.balance_minor = 0 AND f.name = 'Late charges'";
    assert_eq!(app.number(pairs).await, 2, "one for the invoice, one for the credit note");
    app.assert_consistent().await;
}

/// What left a payment pays no document any more, and is never more than there is, whatever documents hold.
#[tokio::test]
async fn what_is_paid_back_or_lost_pays_no_document() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-10", "2026-12-12").await;
    let paid = pay(client, booking.id(), "200.00").await.expect(201);
    let first = json!({"folio_id": booking.id(), "kind": "invoice", "served_to": "2026-12-10"});
    let first = client.post(INVOICES, &first).await.expect(201);
    let second = issue(client, booking.id()).await;
    let of = async |invoice: &Reply| details(client, invoice.id()).await["paid"].clone();
    assert_eq!((of(&first).await, of(&second).await), (eur("100.00"), eur("100.00")));
    // Of what is paid back nothing is left on the newest document.
    let refund = json!({"payment_id": paid.id(), "amount": eur("60.00"), "reason": "Noise"});
    let refund = client.post("/v1/refunds", &refund).await.expect(201);
    let other = app.staff(&["refunds:approve", "payments:read"], Some(&hotel.id)).await;
    other.post(&format!("/v1/refunds/{}/approve", refund.id()), &json!({})).await.expect(200);
    assert_eq!((of(&first).await, of(&second).await), (eur("100.00"), eur("40.00")));
    // Nor of what the bank of who paid takes back.
    let lose = "BEGIN;
                UPDATE payments SET lost_minor = 5000;
                INSERT INTO folio_entries (property_id, id, folio_id, booking_id, kind, service_date, amount_minor, description, payment_id,
                                           ledger, posting_id, posted_on, created_at, updated_at)
                SELECT property_id, gen_random_uuid(), folio_id, booking_id, 'payment', service_date, 5000, 'Cash', payment_id,
                       ledger, gen_random_uuid(), posted_on, created_at, updated_at FROM folio_entries WHERE kind = 'payment';
                COMMIT;";
    app.sql(lose).await;
    assert_eq!((of(&first).await, of(&second).await), (eur("90.00"), eur("0.00")));
    let receipt = client.post(INVOICES, &json!({"kind": "receipt", "payment_id": paid.id()})).await.expect(201);
    assert_eq!(receipt.body["total"], eur("90.00"));
    for (statement, told) in [
        ("UPDATE invoice_payments SET amount_minor = amount_minor + 1", "hold more of payment"),
        ("DELETE FROM invoice_payments", "changes in no other way"),
        ("UPDATE invoice_payments SET created_at = now()", "changes in no other way"),
    ] {
        let refused = app.try_sql(statement).await.expect_err(statement);
        assert!(refused.contains(told), "{statement}: {refused}");
    }
    // What is paid anew pays what is unpaid, the oldest document first.
    pay(client, booking.id(), "110.00").await.expect(201);
    app.consume().await;
    assert_eq!((of(&first).await, of(&second).await), (eur("100.00"), eur("100.00")));
    app.assert_consistent().await;
}

/// Money that is moved to another folio is on the document that has it, and on no other one.
#[tokio::test]
async fn what_was_moved_pays_one_document() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-10", "2026-12-12").await;
    pay(client, booking.id(), "100.00").await.expect(201);
    let company = json!({"property_id": hotel.id, "booking_id": booking.id(), "kind": "company", "name": "Acme Ltd"});
    let company = client.post("/v1/folios", &company).await.expect(201);
    let known = folio(client, booking.id()).await;
    let entry = |kind: &str, date: &str| {
        let mut entries = known["entries"].as_array().expect("entries").iter();
        entries.find(|entry| entry["kind"] == kind && entry["service_date"] == date).expect("an entry")["id"].clone()
    };
    let night = json!({"to_folio_id": company.id(), "entry_ids": [entry("room", "2026-12-11")]});
    client.post(&format!("/v1/folios/{}/move", booking.id()), &night).await.expect(200);
    let first = issue(client, booking.id()).await;
    assert_eq!((&first.body["total"], &first.body["paid"]), (&eur("100.00"), &eur("100.00")));
    let money = json!({"to_folio_id": company.id(), "entry_ids": [entry("payment", "2026-12-01")]});
    client.post(&format!("/v1/folios/{}/move", booking.id()), &money).await.expect(200);
    let second = issue(client, company.id()).await;
    assert_eq!((&second.body["total"], &second.body["paid"]), (&eur("100.00"), &eur("0.00")), "it pays the first");
    assert_eq!(app.number("SELECT sum(amount_minor)::bigint FROM invoice_payments").await, 10_000);
    app.assert_consistent().await;
}
