//! Reports, through the API: figures of dates, written down when they are closed.
use crate::every_route::Exception::AsksToo;
use crate::every_route::{Call, Request};
use crate::payments::pay;
use crate::support::{Hotel, HotelSpec, Reply, TestApp, act, eur, size};
use serde_json::{Value, json};

async fn report(hotel: &Hotel, query: &str) -> Reply {
    hotel.manager.get(&format!("/v1/reports/stays?property_id={}&group=arrival_month{query}", hotel.id)).await
}

fn month(month: &str, [reservations, checked_out, nights_sold, cancellations, no_shows]: [i64; 5], revenue: &str) -> Value {
    json!({"month": month, "reservations": reservations, "checked_out": checked_out, "nights_sold": nights_sold,
           "room_revenue": {"amount": revenue, "currency": "EUR"}, "cancellations": cancellations, "no_shows": no_shows})
}

#[tokio::test]
async fn stays_are_counted_by_month_of_arrival() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 5, prices: "net", taxes: &[("VAT", "10")], ..HotelSpec::default() }).await;
    let stayed = hotel.book(&hotel.manager, "2026-12-30", "2027-01-02").await;
    let cancelled = hotel.book(&hotel.manager, "2026-12-30", "2027-01-02").await;
    let missing = hotel.book(&hotel.manager, "2026-12-31", "2027-01-03").await;
    let to_come = hotel.book(&hotel.manager, "2027-01-05", "2027-01-06").await;
    let mut two_rooms = hotel.request("2027-01-01", "2027-01-02");
    two_rooms["rooms"] = json!([{"room_type_id": hotel.double, "adults": 1, "nightly_price": {"amount": "80.00", "currency": "EUR"}},
                                {"room_type_id": hotel.double, "adults": 1}]);
    let two_rooms = hotel.manager.post("/v1/bookings", &two_rooms).await.expect(201);
    act(&hotel.manager, &cancelled, "cancel").await.expect(200);
    app.set_clock("2026-12-31T12:00:00Z");
    act(&hotel.manager, &stayed, "check-in").await.expect(200);
    act(&hotel.manager, &missing, "no-show").await.expect(200);
    app.set_clock("2027-01-01T12:00:00Z");
    act(&hotel.manager, &two_rooms, "check-in").await.expect(200);
    app.set_clock("2027-01-02T12:00:00Z");
    act(&hotel.manager, &two_rooms, "check-out").await.expect(200);
    act(&hotel.manager, &stayed, "check-out").await.expect(200);

    let december = month("2026-12", [3, 1, 3, 1, 1], "300.00");
    let january = month("2027-01", [3, 2, 2, 0, 0], "180.00");
    let whole = report(&hotel, "").await.expect(200);
    assert_eq!((&whole.body["property_id"], &whole.body["group"]), (&json!(hotel.id), &json!("arrival_month")));
    assert_eq!(whole.body["items"], json!([december, january]), "without taxes");
    assert_eq!(report(&hotel, "&from=2027-01-01").await.expect(200).body["items"], json!([january]));
    assert_eq!(report(&hotel, "&to=2026-12-31").await.expect(200).body["items"], json!([december]));
    assert_eq!(
        report(&hotel, "&from=2026-12-31&to=2026-12-31").await.expect(200).body["items"],
        json!([month("2026-12", [1, 0, 0, 0, 1], "0.00")])
    );
    assert_eq!(report(&hotel, "&from=2027-02-01").await.expect(200).body["items"], json!([]));
    let year = report(&hotel, "&from=2026-06-01&to=2027-05-31").await.expect(200);
    assert_eq!(year.body["items"], whole.body["items"], "of a year the entries are looked up stay by stay");
    assert_eq!((&year.body["from"], &year.body["to"]), (&json!("2026-06-01"), &json!("2027-05-31")));
    let since = report(&hotel, "&from=2027-01-01").await.expect(200).body;
    let until = report(&hotel, "&to=2027-01-01").await.expect(200).body;
    assert_eq!((&since["to"], &until["from"]), (&json!("2037-01-07"), &json!("2016-12-25")), "3,660 days");
    let csv = report(&hotel, "&format=csv").await.expect(200);
    let lines: Vec<&str> = csv.body.as_str().expect("a text").lines().collect();
    assert_eq!(lines[1..], ["2026-12,3,1,3,300.00,1,1,EUR", "2027-01,3,2,2,180.00,0,0,EUR"]);
    assert_eq!(to_come.body["status"], "confirmed");
}

#[tokio::test]
async fn bad_input_is_pointed_at() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    for (query, pointer) in [("&from=yesterday", "/from"), ("&to=2026-02-30", "/to")] {
        assert_eq!(report(&hotel, query).await.expect(422).pointers(), [pointer]);
    }
    let reply = hotel.manager.get(&format!("/v1/reports/stays?property_id={}&group=weekday", hotel.id)).await.expect(422);
    assert_eq!(reply.pointers(), ["/group"]);
    for dates in ["&from=-9999-01-01", "&to=%2B99999-01-01"] {
        assert_eq!(report(&hotel, dates).await.expect(422).pointers().len(), 1, "{dates}");
    }
}

/// Closes a date, after its end.
async fn close_date(app: &TestApp, hotel: &Hotel, date: &str, night: &str) {
    app.set_clock(&format!("{night}T02:00:00Z"));
    let audit = json!({"business_date": date, "extend_stays": []});
    hotel.manager.post(&format!("/v1/properties/{}/night-audit", hotel.id), &audit).await.expect(200);
    app.set_clock(&format!("{night}T12:00:00Z"));
}

/// A report of a hotel.
async fn figures(hotel: &Hotel, report: &str, query: &str) -> Reply {
    hotel.manager.get(&format!("/v1/reports/{report}?property_id={}{query}", hotel.id)).await
}

/// A hotel of four doubles and a suite in which things happen: a stay of two nights, one with a fee, one that was cancelled,
/// something for the house, an allowance.
async fn lively(app: &TestApp) -> Hotel {
    let settings = json!({"open_arrivals": "no_show"});
    let spec = HotelSpec { rooms: 4, suites: 1, prices: "net", taxes: &[("VAT", "10")], settings, ..HotelSpec::default() };
    let hotel = app.hotel(spec).await;
    let client = &hotel.manager;
    let stays = hotel.book(client, "2026-12-01", "2026-12-03").await;
    let mut suite = hotel.request("2026-12-01", "2026-12-02");
    suite["rooms"][0]["room_type_id"] = json!(hotel.suite);
    suite["channel"] = json!("agency");
    let suite = client.post("/v1/bookings", &suite).await.expect(201);
    hotel.book(client, "2026-12-01", "2026-12-03").await;
    let cancelled = hotel.book(client, "2026-12-20", "2026-12-22").await;
    act(client, &cancelled, "cancel").await.expect(200);
    act(client, &stays, "check-in").await.expect(200);
    act(client, &suite, "check-in").await.expect(200);
    let bar = json!({"description": "Bar", "amount": eur("7.50")});
    client.post(&format!("/v1/folios/{}/charges", stays.id()), &bar).await.expect(200);
    let house = json!({"property_id": hotel.id, "kind": "house", "name": "=HYPERLINK(1)"});
    let house = client.post("/v1/folios", &house).await.expect(201).id().to_owned();
    let hall = json!({"description": "Hall", "amount": eur("30.00")});
    client.post(&format!("/v1/folios/{house}/charges"), &hall).await.expect(200);
    hotel
}

#[tokio::test]
async fn figures_of_a_date_are_those_of_its_stays_and_entries() {
    let app = TestApp::new().await;
    let hotel = lively(&app).await;
    close_date(&app, &hotel, "2026-12-01", "2026-12-02").await;
    let report = figures(&hotel, "occupancy", "&from=2026-12-01&to=2026-12-01").await.expect(200);
    assert_eq!(
        report.body["items"],
        json!([{"key": "2026-12-01", "name": null, "rooms_available": 5, "rooms_sold": 2, "rooms_uncounted": 0,
                "out_of_order": 0, "occupancy": "40.00",
                "adr": eur("175.00"), "revpar": eur("70.00"), "guests": 4, "arrivals": 2, "departures": 0, "no_shows": 1,
                "cancellations": 1, "room_revenue": eur("350.00"), "extra_revenue": eur("37.50"), "fee_revenue": eur("220.00"),
                "other_revenue": eur("0.00"), "total_revenue": eur("607.50"), "taxes": eur("35.00")}]),
        "two rooms, a fee of two nights with taxes for the guest who was missing, the bar and the hall"
    );
    assert_eq!(report.body["total"]["total_revenue"], eur("607.50"));
    let by_type = figures(&hotel, "revenue", "&from=2026-12-01&to=2026-12-01&group=room_type").await.expect(200);
    let lines: Vec<(Option<&str>, &Value)> = by_type.body["items"]
        .as_array()
        .expect("lines")
        .iter()
        .map(|line| (line["name"].as_str(), &line["total_revenue"]["amount"]))
        .collect();
    let mut told: Vec<(Option<&str>, &str)> =
        lines.into_iter().map(|(name, amount)| (name, amount.as_str().expect("an amount"))).collect();
    told.sort_unstable();
    assert_eq!(told, [(None, "37.50"), (Some("DBL"), "320.00"), (Some("STE"), "250.00")]);
    let by_channel = figures(&hotel, "revenue", "&from=2026-12-01&to=2026-12-01&group=channel").await.expect(200);
    let keys: Vec<&Value> = by_channel.body["items"].as_array().expect("lines").iter().map(|line| &line["key"]).collect();
    assert_eq!(keys, [&Value::Null, &json!("agency"), &json!("direct")]);
    assert_eq!(by_channel.body["total"]["total_revenue"], eur("607.50"));
}

/// T-rep-zero.
#[tokio::test]
async fn nothing_is_divided_by_zero_where_there_is_no_room() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 0, ..HotelSpec::default() }).await;
    let flash = figures(&hotel, "flash", "").await.expect(200);
    for period in ["day", "month_to_date", "year_to_date"] {
        let told = &flash.body["this_year"][period];
        assert_eq!((&told["occupancy"], &told["adr"], &told["revpar"]), (&Value::Null, &Value::Null, &Value::Null), "{told}");
        assert_eq!(told["total_revenue"], eur("0.00"));
    }
    let cancellations = figures(&hotel, "cancellations", "&from=2026-01-01&to=2026-12-31").await.expect(200);
    assert_eq!((&cancellations.body["items"], &cancellations.body["total"]["cancellation_rate"]), (&json!([]), &Value::Null));
}

/// Stays of before the hotel began with HBS are imported with their nights, of which neither rooms nor revenue are known.
#[tokio::test]
async fn nights_before_there_were_rooms_are_sold_but_not_occupied() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, prices: "net", ..HotelSpec::default() }).await;
    let sheet = "reference,room_type,check_in,check_out,adults,contact_name,contact_email,status,room,total\n\
                 A1,DBL,2026-11-20,2026-11-24,1,Ana Sousa,ana@example.com,checked_out,,400\n\
                 A2,DBL,2026-11-20,2026-11-24,1,Bo Li,bo@example.com,checked_out,,400\n\
                 A3,DBL,2026-11-30,2026-12-02,1,Cy Day,cy@example.com,checked_in,101,160\n";
    let path = format!("/v1/bookings/import?property_id={}", hotel.id);
    hotel.manager.with("content-type", "text/csv").send(http::Method::POST, &path, Some(sheet.into())).await.expect(200);

    let days = figures(&hotel, "occupancy", "&from=2026-11-30&to=2026-12-01").await.expect(200).body;
    let told = |line: &Value| {
        ["rooms_available", "rooms_sold", "rooms_uncounted", "occupancy", "adr", "revpar"].map(|name| line[name].clone())
    };
    let nothing = || Value::Null;
    assert_eq!(told(&days["items"][0]), [json!(0), json!(1), json!(1), nothing(), nothing(), nothing()]);
    assert_eq!(told(&days["items"][1]), [json!(2), json!(1), json!(0), json!("50.00"), eur("80.00"), eur("40.00")]);
    assert_eq!(told(&days["total"]), [json!(2), json!(2), json!(1), json!("50.00"), eur("80.00"), eur("40.00")]);
    let year = |reply: &Reply| told(&reply.body["this_year"]["year_to_date"]);
    let expected = [json!(2), json!(10), json!(9), json!("50.00"), eur("80.00"), eur("40.00")];
    assert_eq!(year(&figures(&hotel, "flash", "").await.expect(200)), expected);
    // And the same once the date is closed, of which the figures are written down.
    close_date(&app, &hotel, "2026-12-01", "2026-12-02").await;
    assert_eq!(year(&figures(&hotel, "flash", "&date=2026-12-01").await.expect(200)), expected);
}

/// T-rep-closed.
#[tokio::test]
async fn a_report_of_a_closed_date_is_the_same_byte_for_byte_whatever_comes_later() {
    let app = TestApp::new().await;
    let hotel = lively(&app).await;
    let client = &hotel.manager;
    let stayed = app.rows("SELECT booking_id FROM stays WHERE status = 'checked_in' ORDER BY check_out DESC").await;
    let stayed = stayed[0]["booking_id"].as_str().expect("an id").to_owned();
    pay(client, &stayed, "20.00").await.expect(201);
    let account = json!({"property_id": hotel.id, "kind": "company", "name": "Acme Ltd", "payment_days": 0});
    let account = client.post("/v1/accounts", &account).await.expect(201).id().to_owned();
    let part = json!({"account_id": account, "amount": eur("5.00")});
    client.post(&format!("/v1/folios/{stayed}/to-account"), &part).await.expect(200);
    close_date(&app, &hotel, "2026-12-01", "2026-12-02").await;
    let period = "&from=2026-12-01&to=2026-12-01";
    let mut asked = Vec::new();
    for format in ["json", "csv", "xlsx", "pdf"] {
        for (report, query) in [
            ("flash", "&date=2026-12-01".to_owned()),
            ("occupancy", period.to_owned()),
            ("occupancy", format!("{period}&group=property")),
            ("payments", period.to_owned()),
            ("payments", format!("{period}&group=cashier")),
            ("taxes", period.to_owned()),
            ("cancellations", period.to_owned()),
            ("cancellations", format!("{period}&group=room_type")),
            ("cancellations", format!("{period}&group=rate_plan")),
            ("balances", "&date=2026-12-01".to_owned()),
            ("pace", "&from=2026-12-01&to=2026-12-31&as_of=2026-12-01".to_owned()),
            ("ageing", "&date=2026-12-01".to_owned()),
            ("trial-balance", "&date=2026-12-01".to_owned()),
        ] {
            asked.push((report, format!("{query}&format={format}")));
        }
        for group in ["day", "month", "property", "room_type", "rate_plan", "channel", "country"] {
            asked.push(("revenue", format!("{period}&group={group}&format={format}")));
        }
    }
    asked.push(("journal", "&date=2026-12-01".to_owned()));
    let mut before = Vec::new();
    for (report, query) in &asked {
        before.push(figures(&hotel, report, query).await.expect(200).bytes);
    }
    // Later: somebody is missed no longer, somebody books, money is given back, there are more rooms, guests are from elsewhere.
    let missing = app.rows("SELECT booking_id FROM stays WHERE status = 'no_show'").await[0]["booking_id"].clone();
    let missing = missing.as_str().expect("an id").to_owned();
    client
        .post(&format!("/v1/bookings/{missing}/reinstate"), &json!({"first_night": "waived", "reason": "came late"}))
        .await
        .expect(200);
    hotel.book(client, "2026-12-02", "2026-12-05").await;
    let folio = format!("/v1/folios/{stayed}");
    let night = client.get(&folio).await.expect(200).body["entries"][0]["id"].clone();
    let less = json!({"kind": "allowance", "entry_id": night, "amount": eur("10.00"), "reason": "Noise"});
    client.post(&format!("{folio}/adjustments"), &less).await.expect(200);
    app.sql("UPDATE guests SET country = 'FR'; UPDATE inventory SET capacity = capacity + 1 WHERE night > '2026-12-02'").await;
    // And all has another name, other terms and other dates.
    let rule = app.rows("SELECT id FROM tax_rules").await[0]["id"].clone();
    let rule = format!("/v1/tax-rules/{}", rule.as_str().expect("an id"));
    client.patch(&rule, "\"1\"", &json!({"name": "Other tax"})).await.expect(200);
    for change in [
        "tax_rules SET vat_treatment = 'levy_in_base'",
        "properties SET name = 'Other hotel'",
        "room_types SET name = 'Other type of ' || code",
        "rate_plans SET name = 'Other plan of ' || code",
        "users SET full_name = 'Other person'",
        "accounts SET name = 'Other company', payment_days = 60, credit_limit_minor = 100",
        "folios SET name = 'Other folio'",
        "bookings SET contact_name = 'Other guest', check_in = check_in - 1, check_out = check_out + 7",
        "stays SET check_out = check_out + 7, rate_plan_id = NULL",
    ] {
        app.sql(&format!("SET session_replication_role = replica; UPDATE {change}")).await;
    }
    for ((report, query), before) in asked.iter().zip(before) {
        let after = figures(&hotel, report, query).await.expect(200).bytes;
        assert!(after == before, "{report} {query}: {}", String::from_utf8_lossy(&after));
    }
    // What is not closed has the new names.
    let open = "&from=2026-12-01&to=2026-12-02";
    let taxes = figures(&hotel, "taxes", open).await.expect(200).body;
    let line = &taxes["items"][0];
    assert_eq!((&line["name"], &line["property_name"]), (&json!("Other tax"), &json!("Other hotel")));
    let cashiers = figures(&hotel, "payments", &format!("{open}&group=cashier")).await.expect(200).body;
    assert_eq!(cashiers["items"][0]["name"], "Other person");
    let balances = figures(&hotel, "balances", "").await.expect(200).body;
    assert!(balances["items"].as_array().expect("lines").iter().all(|line| line["name"] == "Other folio"), "{balances}");
    for table in ["report_arrivals", "report_days", "report_pickups", "report_stays", "report_terms"] {
        let refused = app.try_sql(&format!("DELETE FROM {table}")).await.expect_err("closed is closed");
        assert!(refused.contains("do not change"), "{table}: {refused}");
    }
    let refused = app.try_sql("UPDATE report_terms SET name = 'Other'").await.expect_err("closed is closed");
    assert!(refused.contains("do not change"), "{refused}");
}

/// Closed dates name nobody who was erased.
#[tokio::test]
async fn who_is_erased_has_no_name_in_reports_of_closed_dates() {
    let app = TestApp::new().await;
    let hotel = lively(&app).await;
    close_date(&app, &hotel, "2026-12-01", "2026-12-02").await;
    let named = "SELECT count(*) FROM report_terms WHERE kind = 'folio' AND name = '[erased]'";
    assert_eq!(app.number(named).await, 0);
    app.sql("UPDATE report_terms SET name = '[erased]', updated_at = now() WHERE kind = 'folio'").await;
    let balances = figures(&hotel, "balances", "&date=2026-12-01").await.expect(200).body;
    let lines = balances["items"].as_array().expect("lines");
    assert!(!lines.is_empty() && lines.iter().all(|line| line["name"] == "[erased]"), "{balances}");
}

/// A stay that is awaited when its date is closed counts with the date on which it is known what became of it, and once.
#[tokio::test]
async fn who_comes_late_counts_once_among_arrivals() {
    let app = TestApp::new().await;
    let settings = json!({"open_arrivals": "expected_until_morning"});
    let hotel = app.hotel(HotelSpec { rooms: 2, settings, ..HotelSpec::default() }).await;
    let late = hotel.book(&hotel.manager, "2026-12-01", "2026-12-04").await;
    let told = async |from: &str, to: &str| -> [Value; 2] {
        let report = figures(&hotel, "cancellations", &format!("&from={from}&to={to}")).await.expect(200).body;
        ["reservations", "length_of_stay"].map(|column| report["total"][column].clone())
    };
    assert_eq!(told("2026-12-01", "2026-12-02").await, [json!(1), json!("3.0")]);
    close_date(&app, &hotel, "2026-12-01", "2026-12-02").await;
    assert_eq!(told("2026-12-01", "2026-12-01").await, [json!(0), Value::Null]);
    act(&hotel.manager, &late, "check-in").await.expect(200);
    close_date(&app, &hotel, "2026-12-02", "2026-12-03").await;
    close_date(&app, &hotel, "2026-12-03", "2026-12-04").await;
    assert_eq!(told("2026-12-01", "2026-12-01").await, [json!(0), Value::Null]);
    assert_eq!(told("2026-12-02", "2026-12-02").await, [json!(1), json!("3.0")]);
    assert_eq!(told("2026-12-01", "2026-12-31").await, [json!(1), json!("3.0")]);
}

/// The rooms of a night are those that could be sold at the end of the date, whatever is added later.
#[tokio::test]
async fn pace_has_the_rooms_that_there_were() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let rooms = async |as_of: &str| -> Vec<Value> {
        let query = format!("&from=2026-12-05&to=2026-12-06&as_of={as_of}");
        let pace = figures(&hotel, "pace", &query).await.expect(200).body;
        pace["items"].as_array().expect("nights").iter().map(|line| line["rooms_available"].clone()).collect()
    };
    assert_eq!(rooms("2026-12-01").await, [2, 2], "nothing is closed: those of now");
    close_date(&app, &hotel, "2026-12-01", "2026-12-02").await;
    let more = format!("night = '2026-12-06' AND room_type_id = '{}'", hotel.double);
    app.sql(&format!("UPDATE inventory SET capacity = capacity + 3 WHERE {more}")).await;
    assert_eq!(rooms("2026-12-01").await, [2, 2]);
    close_date(&app, &hotel, "2026-12-02", "2026-12-03").await;
    assert_eq!((rooms("2026-12-01").await, rooms("2026-12-02").await), (vec![json!(2), json!(2)], vec![json!(2), json!(5)]));
}

/// Hotels of one currency are told of together, and each line says of which it is.
#[tokio::test]
async fn several_hotels_are_told_of_together() {
    let app = TestApp::new().await;
    let (here, there) = (lively(&app).await, lively(&app).await);
    let admin = app.admin().await;
    let period = "from=2026-12-01&to=2026-12-31";
    let told = async |hotels: &str, report: &str, query: &str| {
        admin.get(&format!("/v1/reports/{report}?property_id={hotels}&{query}")).await.expect(200).body
    };
    let both = format!("{},{}", here.id, there.id);
    for hotel in [&here, &there] {
        let of = format!("SELECT booking_id FROM stays WHERE status = 'checked_in' AND property_id = '{}'", hotel.id);
        let booking = app.rows(&of).await[0]["booking_id"].as_str().expect("an id").to_owned();
        pay(&hotel.manager, &booking, "20.00").await.expect(201);
    }
    let pace = told(&both, "pace", "from=2026-12-24&to=2026-12-24").await;
    assert_eq!(pace["items"][0]["rooms_available"], json!(10));
    let payments = told(&both, "payments", period).await;
    assert_eq!((&payments["items"][0]["payments"], &payments["total"]["received"]), (&json!(2), &eur("40.00")));
    let one = told(&here.id, "taxes", period).await;
    let taxes = told(&both, "taxes", period).await;
    let cents =
        |report: &Value| report["total"]["amount"].as_str().expect("an amount").replace('.', "").parse::<i64>().expect("cents");
    assert_eq!(cents(&taxes), 2 * cents(&one));
    let hotels: std::collections::BTreeSet<&str> =
        taxes["items"].as_array().expect("lines").iter().filter_map(|line| line["property_id"].as_str()).collect();
    assert_eq!(hotels, std::collections::BTreeSet::from([here.id.as_str(), there.id.as_str()]));
    let balances = told(&both, "balances", "format=json").await;
    let (one, all) = (told(&here.id, "balances", "format=json").await, balances["items"].as_array().map(Vec::len));
    assert_eq!(all, one["items"].as_array().map(|lines| 2 * lines.len()));
    let csv = told(&both, "balances", "format=csv").await;
    assert_eq!(csv.as_str().map(|text| text.lines().count()), all.map(|lines| lines + 1));
}

/// T-rep-recon.
#[tokio::test]
async fn reports_of_closed_dates_tie_with_the_ledgers() {
    let app = TestApp::new().await;
    let hotel = lively(&app).await;
    for (date, night) in [("2026-12-01", "2026-12-02"), ("2026-12-02", "2026-12-03")] {
        if date == "2026-12-02" {
            let suite =
                app.rows("SELECT booking_id AS id FROM stays WHERE check_out = '2026-12-02' AND status = 'checked_in'").await;
            let path = format!("/v1/bookings/{}/check-out", suite[0]["id"].as_str().expect("an id"));
            hotel.manager.post(&path, &json!({"ignore_balance": true, "reason": "pays later"})).await.expect(200);
        }
        close_date(&app, &hotel, date, night).await;
        let balance = figures(&hotel, "trial-balance", &format!("&date={date}")).await.expect(200).body;
        let ledger = |name: &str, column: &str| -> String {
            let ledgers = balance["ledgers"].as_array().expect("ledgers");
            let ledger = ledgers.iter().find(|ledger| ledger["ledger"] == name).expect("a ledger");
            ledger[column]["amount"].as_str().expect("an amount").trim_start_matches('-').to_owned()
        };
        let period = format!("&from={date}&to={date}");
        let revenue = figures(&hotel, "revenue", &period).await.expect(200).body;
        assert_eq!(revenue["total"]["total_revenue"]["amount"], json!(ledger("revenue", "movement")), "{date}");
        assert_eq!(revenue["total"]["taxes"]["amount"], json!(ledger("tax", "movement")), "{date}");
        let taxes = figures(&hotel, "taxes", &period).await.expect(200).body;
        assert_eq!(taxes["total"]["amount"], json!(ledger("tax", "movement")), "{date}");
        let balances = figures(&hotel, "balances", &format!("&date={date}")).await.expect(200).body;
        let closing = |name: &str| balances[name]["amount"].as_str().expect("an amount").trim_start_matches('-').to_owned();
        for name in ["guest", "city", "deposits"] {
            assert_eq!(closing(name), ledger(name, "closing"), "{name} on {date}");
        }
    }
}

/// T-rep-recon: what was sold of a tax, what of it is invoiced, and the cents of rounding tie with documents and ledgers.
#[tokio::test]
async fn taxes_are_told_as_sold_and_as_invoiced() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("IVA 13 %", "13")], ..HotelSpec::default() }).await;
    let client = &hotel.manager;
    let mut request = hotel.request("2026-12-01", "2026-12-02");
    request["rooms"] = json!([{"room_type_id": hotel.double, "adults": 1}, {"room_type_id": hotel.double, "adults": 1}]);
    let booking = client.post("/v1/bookings", &request).await.expect(201);
    act(client, &booking, "check-in").await.expect(200);
    let period = "&from=2026-12-01&to=2026-12-01";
    let told = async || {
        let taxes = figures(&hotel, "taxes", period).await.expect(200).body;
        let line = &taxes["items"][0];
        assert_eq!((&line["invoiced"], &line["difference"]), (&taxes["invoiced"], &taxes["difference"]), "there is one line");
        ["total", "invoiced", "difference"].map(|sum| taxes[sum]["amount"].as_str().expect("an amount").to_owned())
    };
    assert_eq!(told().await, ["23.00", "0.00", "23.00"], "twice 11.50 of 100.00");
    let bill = json!({"folio_id": booking.id(), "kind": "invoice"});
    let invoice = client.post("/v1/invoices", &bill).await.expect(201);
    assert_eq!(invoice.body["tax"], eur("23.01"));
    assert_eq!(told().await, ["23.01", "23.01", "0.00"]);
    let credit = format!("/v1/invoices/{}/credit", invoice.id());
    client.post(&credit, &json!({"reason": "Wrong payer"})).await.expect(201);
    assert_eq!(told().await, ["23.00", "0.00", "23.00"]);
    let again = client.post("/v1/invoices", &bill).await.expect(201);
    assert_eq!(told().await, ["23.01", "23.01", "0.00"]);

    close_date(&app, &hotel, "2026-12-01", "2026-12-02").await;
    let balance = figures(&hotel, "trial-balance", "&date=2026-12-01").await.expect(200).body;
    let moved = |name: &str| -> String {
        let mut ledgers = balance["ledgers"].as_array().expect("ledgers").iter();
        let ledger = ledgers.find(|ledger| ledger["ledger"] == name).expect("a ledger");
        ledger["movement"]["amount"].as_str().expect("an amount").trim_start_matches('-').to_owned()
    };
    assert_eq!((moved("tax"), moved("revenue")), ("23.01".to_owned(), "176.99".to_owned()));
    let revenue = figures(&hotel, "revenue", period).await.expect(200).body;
    assert_eq!((&revenue["total"]["total_revenue"], &revenue["total"]["taxes"]), (&eur("176.99"), &eur("23.01")));
    // What is credited later is a thing of its date.
    let before = figures(&hotel, "taxes", period).await.expect(200).bytes;
    client.post(&format!("/v1/invoices/{}/credit", again.id()), &json!({"reason": "Wrong payer"})).await.expect(201);
    assert_eq!(figures(&hotel, "taxes", period).await.expect(200).bytes, before);
}

#[tokio::test]
async fn payments_are_told_by_cashier() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let settings = format!("/v1/properties/{}/payment-settings", hotel.id);
    hotel.manager.patch(&settings, "\"1\"", &json!({"refund_approval_above": eur("1000.00")})).await.expect(200);
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-14").await;
    let permissions = ["payments:write", "payments:read", "refunds:request", "drawers:count", "bookings:read"];
    let (ana, rui) = (app.staff(&permissions, Some(&hotel.id)).await, app.staff(&permissions, Some(&hotel.id)).await);
    ana.post("/v1/drawers", &json!({"property_id": hotel.id, "float": eur("100.00")})).await.expect(201);
    let cash = pay(&ana, booking.id(), "120.00").await.expect(201);
    ana.post("/v1/refunds", &json!({"payment_id": cash.id(), "amount": eur("20.00"), "reason": "Noise"})).await.expect(201);
    let card = json!({"booking_id": booking.id(), "method": "card_terminal", "amount": eur("30.00")});
    ana.post("/v1/payments", &card).await.expect(201);
    pay(&rui, booking.id(), "70.00").await.expect(201);
    let shown = ana.get(&format!("/v1/payments/{}", cash.id())).await.expect(200);
    assert_eq!(shown.body["recorded_by"], json!(ana.user_id()));

    let report = figures(&hotel, "payments", "&from=2026-12-01&to=2026-12-01&group=cashier").await.expect(200).body;
    let told: Vec<[&Value; 5]> = report["items"]
        .as_array()
        .expect("lines")
        .iter()
        .map(|line| [&line["key"], &line["payments"], &line["received"], &line["refunded"], &line["net"]])
        .collect();
    assert_eq!(
        told,
        [
            [&json!(ana.user_id()), &json!(2), &eur("150.00"), &eur("20.00"), &eur("130.00")],
            [&json!(rui.user_id()), &json!(1), &eur("70.00"), &eur("0.00"), &eur("70.00")],
        ],
        "the card, and the cash of somebody without a drawer, are of whoever recorded them"
    );
    assert_eq!(report["items"][0]["name"], "Test Person");
    assert_eq!((&report["total"]["net"], &report["total"]["payments"]), (&eur("200.00"), &json!(3)));
}

#[tokio::test]
async fn the_police_register_says_who_was_there_in_a_night() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let client = &hotel.manager;
    let book = async |room: usize, from: &str, to: &str| {
        client.post("/v1/bookings", &hotel.request_for(room, from, to)).await.expect(201)
    };
    let (first, second) = (book(0, "2026-12-01", "2026-12-03").await, book(1, "2026-12-01", "2026-12-02").await);
    let to_come = book(2, "2026-12-02", "2026-12-04").await;
    let stay = first.body["stays"][0]["id"].as_str().expect("a stay").to_owned();
    let guests = json!({"guests": [
        {"full_name": "=Ana Sousa", "birth_date": "1990-04-25", "nationality": "PT",
         "document": {"kind": "passport", "number": "CA123456", "country": "PT"}},
        {"full_name": "Rui Sousa"},
    ]});
    client.with("if-match", "\"1\"").put(&format!("/v1/bookings/{}/stays/{stay}/guests", first.id()), &guests).await.expect(200);
    for booking in [&first, &second] {
        act(client, booking, "check-in").await.expect(200);
    }
    let read = "SELECT actor_id, changes FROM outbox WHERE kind = 'property.register_read'";
    let clerk = app.staff(&["reports:read"], Some(&hotel.id)).await;
    let path = format!("/v1/reports/register?property_id={}&date=2026-12-01", hotel.id);
    assert_eq!(clerk.get(&path).await.expect(403).body["permission"], "guests:read");
    let clerk = app.staff(&["reports:read", "guests:read"], Some(&hotel.id)).await;
    let hidden = clerk.get(&path).await.expect(200).body;
    let persons = |report: &Value| -> Vec<[Value; 5]> {
        let lines = report["items"].as_array().expect("lines").iter();
        let columns = ["room_number", "full_name", "is_registered", "document_kind", "document_number"];
        lines.map(|line| columns.map(|column| line[column].clone())).collect()
    };
    let person = |room: &str, name: &str, is_registered: bool, kind: Value, number: Value| {
        [json!(room), json!(name), json!(is_registered), kind, number]
    };
    let rui = person("101", "Rui Sousa", true, Value::Null, Value::Null);
    let other = person("102", "Ana Sousa", false, Value::Null, Value::Null);
    assert_eq!(
        persons(&hidden),
        [person("101", "=Ana Sousa", true, json!("passport"), Value::Null), rui.clone(), other.clone()],
        "the number is for others, and who is to come is not there"
    );
    assert_eq!(hidden["shows_document_numbers"], false);
    assert!(app.rows(read).await.is_empty());
    let reader = app.staff(&["reports:read", "guests:read", "guest_documents:read"], Some(&hotel.id)).await;
    let shown = reader.get(&path).await.expect(200).body;
    assert_eq!(persons(&shown), [person("101", "=Ana Sousa", true, json!("passport"), json!("CA123456")), rui, other]);
    let told = app.rows(read).await;
    assert_eq!((told.len(), &told[0]["actor_id"]), (1, &json!(reader.user_id())));
    let changes = &told[0]["changes"];
    assert_eq!((&changes["documents"]["after"], &changes["business_date"]["after"]), (&json!(1), &json!("2026-12-01")));
    let csv = clerk.get(&format!("{path}&format=csv")).await.expect(200);
    assert!(csv.body.as_str().expect("a text").contains("101,'=Ana Sousa,1990-04-25,PT,passport,,PT,"), "{}", csv.body);

    // The next night: one has left, and one has come.
    app.set_clock("2026-12-02T12:00:00Z");
    act(client, &second, "check-out").await.expect(200);
    act(client, &to_come, "check-in").await.expect(200);
    let next = format!("/v1/reports/register?property_id={}&date=2026-12-02", hotel.id);
    let rooms: Vec<Value> = persons(&clerk.get(&next).await.expect(200).body).into_iter().map(|[room, ..]| room).collect();
    assert_eq!(rooms, [json!("101"), json!("101"), json!("103")]);
    assert_eq!(persons(&clerk.get(&path).await.expect(200).body), persons(&hidden), "and the night before is as it was");
}

/// T-rep-dst: on the nights on which the clocks of the hotel change, each date is there once, and what happens around midnight
/// is of the hotel's date, not of that of UTC.
#[tokio::test]
async fn dates_on_which_clocks_change_are_dates_as_others() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    // Lisbon: 28 March 2027 has 23 hours, 31 October 25.
    for (made_at, days) in [
        (["2027-03-27T23:30:00Z", "2027-03-28T23:30:00Z"], ["2027-03-27", "2027-03-28", "2027-03-29", "2027-03-30"]),
        (["2027-10-30T22:30:00Z", "2027-10-31T23:30:00Z"], ["2027-10-30", "2027-10-31", "2027-11-01", "2027-11-02"]),
    ] {
        let [eve, change, next, after] = days;
        app.set_clock(&format!("{eve}T12:00:00Z"));
        hotel.book(&hotel.manager, eve, next).await;
        app.set_clock(made_at[0]);
        hotel.book(&hotel.manager, next, after).await;
        let report = figures(&hotel, "occupancy", &format!("&from={eve}&to={after}")).await.expect(200).body;
        let lines = report["items"].as_array().expect("dates");
        let told: Vec<[&Value; 3]> =
            lines.iter().map(|line| [&line["key"], &line["rooms_available"], &line["rooms_sold"]]).collect();
        let expected = [(eve, 1), (change, 1), (next, 1), (after, 0)].map(|(date, sold)| [json!(date), json!(4), json!(sold)]);
        assert_eq!(told, expected.each_ref().map(|[date, rooms, sold]| [date, rooms, sold]));
        assert_eq!((&report["total"]["arrivals"], &report["total"]["departures"]), (&json!(2), &json!(2)));
        // On the evening before the change, two days ahead; and half an hour after it, or half an hour before midnight.
        app.set_clock(made_at[1]);
        hotel.book(&hotel.manager, next, after).await;
        let arrivals = figures(&hotel, "cancellations", &format!("&from={next}&to={next}")).await.expect(200).body;
        let lead = if change == "2027-03-28" { "1.0" } else { "1.5" };
        assert_eq!(
            (&arrivals["total"]["reservations"], &arrivals["total"]["lead_time_days"]),
            (&json!(2), &json!(lead)),
            "{next}"
        );
    }
}

/// T-rep-csv-injection, S14: no cell of a table begins with a formula.
#[tokio::test]
async fn tables_for_spreadsheets_hold_no_formula() {
    let app = TestApp::new().await;
    let hotel = lively(&app).await;
    let csv = figures(&hotel, "balances", "&format=csv").await.expect(200);
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"balances-2026-12-01.csv\"");
    let text = csv.body.as_str().expect("a text");
    assert!(text.contains(",'=HYPERLINK(1),house,guest,"), "{text}");
    let workbook = figures(&hotel, "balances", "&format=xlsx").await.expect(200);
    assert!(workbook.bytes.starts_with(b"PK"), "a workbook");
    assert_eq!(workbook.header("content-type"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
}

#[tokio::test]
async fn each_report_is_printed() {
    let app = TestApp::new().await;
    let hotel = lively(&app).await;
    let period = "&from=2026-12-01&to=2026-12-31";
    for (report, query, file) in [
        ("flash", "", "flash-2026-12-01"),
        ("occupancy", period, "occupancy-2026-12-01-2026-12-31"),
        ("revenue", period, "revenue-2026-12-01-2026-12-31"),
        ("cancellations", period, "cancellations-2026-12-01-2026-12-31"),
        ("pace", "&from=2026-12-01&to=2026-12-31&as_of=2026-12-01", "pace-2026-12-01"),
        ("payments", period, "payments-2026-12-01-2026-12-31"),
        ("taxes", period, "taxes-2026-12-01-2026-12-31"),
        ("balances", "", "balances-2026-12-01"),
        ("register", "", "register-2026-12-01"),
        ("stays", "&from=2026-12-01&to=2026-12-31&group=arrival_month", "stays-2026-12-01-2026-12-31"),
        ("ageing", "", "ageing-2026-12-01"),
        ("trial-balance", "&date=2026-12-01", "ledgers-2026-12-01"),
    ] {
        let printed = figures(&hotel, report, &format!("{query}&format=pdf")).await.expect(200);
        assert_eq!(printed.header("content-type"), "application/pdf", "{report}");
        assert_eq!(printed.header("content-disposition"), format!("attachment; filename=\"{file}.pdf\""));
        assert!(printed.bytes.starts_with(b"%PDF-1.7"), "{report}");
        let text = String::from_utf8_lossy(&printed.bytes);
        assert!(text.contains("Test Hotel"), "{report} says whose it is");
    }
}

/// A document has an end: what is longer is refused, and the longest one takes little.
#[tokio::test]
async fn a_report_of_thousands_of_rows_is_printed_or_refused() {
    const MOST: usize = 5_000;
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let house = json!({"property_id": hotel.id, "kind": "house", "name": "Conference hall of the association of hotels"});
    let house = hotel.manager.post("/v1/folios", &house).await.expect(201).id().to_owned();
    let hall = json!({"description": "Hall", "amount": eur("30.00")});
    hotel.manager.post(&format!("/v1/folios/{house}/charges"), &hall).await.expect(200);
    app.sql(&format!(
        "SET session_replication_role = replica;
         INSERT INTO folios SELECT (jsonb_populate_record(f, jsonb_build_object('id', md5('folio' || n)::uuid))).*
         FROM folios f, generate_series(1, {MOST}) n WHERE f.id = '{house}';
         INSERT INTO folio_entries
         SELECT (jsonb_populate_record(e, jsonb_build_object('id', md5('line' || n)::uuid, 'folio_id', md5('folio' || n)::uuid))).*
         FROM folio_entries e, generate_series(1, {MOST}) n WHERE e.folio_id = '{house}' AND e.kind = 'extra';
         ANALYZE folios, folio_entries"
    ))
    .await;
    let refused = figures(&hotel, "balances", "&format=pdf").await.expect(422);
    assert_eq!(refused.pointers(), ["/format"]);
    assert!(refused.body["detail"].as_str().expect("a text").contains("5001 rows"), "{}", refused.body);
    let rows = figures(&hotel, "balances", "&format=csv").await.expect(200).body;
    assert_eq!(rows.as_str().expect("a text").lines().count(), 1 + MOST + 1);

    let count = size(2_000, MOST);
    app.sql(&format!(
        "SET session_replication_role = replica;
         DELETE FROM folio_entries WHERE folio_id = '{house}'
             OR folio_id IN (SELECT md5('folio' || n)::uuid FROM generate_series({count} + 1, {MOST}) n)"
    ))
    .await;
    let began = std::time::Instant::now();
    let printed = figures(&hotel, "balances", "&format=pdf").await.expect(200);
    let took = began.elapsed();
    println!("{count} rows as a document: {took:?}, {} bytes", printed.bytes.len());
    assert!(printed.bytes.len() < 4_000_000, "{} bytes", printed.bytes.len());
    assert!(took < std::time::Duration::from_secs(20), "{took:?}");
}

/// The only sheet of a workbook, as it is written.
fn sheet_of(book: &Reply) -> String {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(book.bytes.to_vec())).expect("a workbook");
    let mut sheet = String::new();
    let mut part = archive.by_name("xl/worksheets/sheet1.xml").expect("a sheet");
    std::io::Read::read_to_string(&mut part, &mut sheet).expect("text");
    sheet
}

/// However many balances are open, sums are over all, and files have all of them; JSON has the oldest.
#[tokio::test]
async fn balances_of_more_folios_than_are_listed_are_added_up_and_in_files() {
    const LISTED: usize = 10_000;
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let house = json!({"property_id": hotel.id, "kind": "house", "name": "Hall & <garden>"});
    let house = hotel.manager.post("/v1/folios", &house).await.expect(201).id().to_owned();
    let hall = json!({"description": "Hall", "amount": eur("30.00")});
    hotel.manager.post(&format!("/v1/folios/{house}/charges"), &hall).await.expect(200);
    app.sql(&format!(
        "SET session_replication_role = replica;
         INSERT INTO folios SELECT (jsonb_populate_record(f, jsonb_build_object('id', md5('folio' || n)::uuid))).*
         FROM folios f, generate_series(1, {LISTED}) n WHERE f.id = '{house}';
         INSERT INTO folio_entries
         SELECT (jsonb_populate_record(e, jsonb_build_object('id', md5('line' || n)::uuid, 'folio_id', md5('folio' || n)::uuid))).*
         FROM folio_entries e, generate_series(1, {LISTED}) n WHERE e.folio_id = '{house}';
         ANALYZE folios, folio_entries"
    ))
    .await;
    let listed = figures(&hotel, "balances", "").await.expect(200).body;
    assert_eq!((listed["items"].as_array().map(Vec::len), &listed["is_complete"]), (Some(LISTED), &json!(false)));
    assert_eq!((&listed["guest"], &listed["city"], &listed["deposits"]), (&eur("300030.00"), &eur("0.00"), &eur("0.00")));
    let csv = figures(&hotel, "balances", "&format=csv").await.expect(200).body;
    let lines: Vec<&str> = csv.as_str().expect("a text").lines().collect();
    assert_eq!((lines.len(), lines[0].split(',').next()), (1 + LISTED + 1, Some("booking_reference")));
    assert!(lines[1..].iter().all(|line| line.contains(",Hall & <garden>,house,guest,") && line.ends_with(",30.00,EUR")));
    let book = figures(&hotel, "balances", "&format=xlsx").await.expect(200);
    assert_eq!(book.header("content-disposition"), "attachment; filename=\"balances-2026-12-01.xlsx\"");
    let sheet = sheet_of(&book);
    let rows = |text: &str| sheet.matches(text).count();
    assert_eq!((rows("<row "), rows("Hall &amp; &lt;garden&gt;"), rows("<v>30</v>")), (1 + LISTED + 1, LISTED + 1, LISTED + 1));
}

/// T-rep-scope.
#[tokio::test]
async fn another_hotel_is_never_told_of() {
    let app = TestApp::new().await;
    let (own, other) = (lively(&app).await, lively(&app).await);
    for path in [
        format!("flash?property_id={}", other.id),
        format!("flash?property_id={},{}", own.id, other.id),
        format!("occupancy?property_id={},{}&from=2026-12-01&to=2026-12-31", own.id, other.id),
        format!("balances?property_id={}", other.id),
        format!("pace?property_id={}&from=2026-12-01&to=2026-12-31", other.id),
        format!("stays?property_id={},{}&group=arrival_month", own.id, other.id),
        format!("ageing?property_id={},{}", own.id, other.id),
        format!("trial-balance?property_id={},{}&date=2026-12-01", own.id, other.id),
    ] {
        own.manager.get(&format!("/v1/reports/{path}")).await.expect(404);
    }
    let period = "from=2026-12-01&to=2026-12-31&group=property";
    let both = format!("/v1/reports/occupancy?property_id={},{}&{period}", own.id, other.id);
    let both = app.admin().await.get(&both).await.expect(200);
    assert_eq!(both.body["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(both.body["total"]["rooms_available"], json!(2 * 5 * 31));
}

#[tokio::test]
async fn what_was_picked_up_is_what_the_books_have_grown_by() {
    let app = TestApp::new().await;
    let hotel = app
        .hotel(HotelSpec { rooms: 4, prices: "net", settings: json!({"open_arrivals": "no_show"}), ..HotelSpec::default() })
        .await;
    hotel.book(&hotel.manager, "2026-12-24", "2026-12-26").await;
    close_date(&app, &hotel, "2026-12-01", "2026-12-02").await;
    let more = hotel.book(&hotel.manager, "2026-12-24", "2026-12-25").await;
    let gone = hotel.book(&hotel.manager, "2026-12-25", "2026-12-26").await;
    close_date(&app, &hotel, "2026-12-02", "2026-12-03").await;
    act(&hotel.manager, &gone, "cancel").await.expect(200);
    close_date(&app, &hotel, "2026-12-03", "2026-12-04").await;
    assert_eq!(more.body["status"], "confirmed");

    let pace = async |as_of: &str| {
        let query = format!("&from=2026-12-24&to=2026-12-26&as_of={as_of}&days=1");
        let body = figures(&hotel, "pace", &query).await.expect(200).body;
        let line = |line: &Value| {
            let number = |field: &str| line[field].as_i64().expect("a number");
            let revenue = line["pickup_revenue"]["amount"].as_str().expect("an amount").to_owned();
            (number("rooms_sold"), number("pickup_rooms"), revenue)
        };
        body["items"].as_array().expect("nights").iter().map(line).collect::<Vec<_>>()
    };
    let line = |sold: i64, picked_up: i64, revenue: &str| (sold, picked_up, revenue.to_owned());
    assert_eq!(pace("2026-12-01").await, [line(1, 1, "100.00"), line(1, 1, "100.00"), line(0, 0, "0.00")]);
    assert_eq!(pace("2026-12-02").await, [line(2, 1, "100.00"), line(2, 1, "100.00"), line(0, 0, "0.00")]);
    assert_eq!(pace("2026-12-03").await, [line(2, 0, "0.00"), line(1, -1, "-100.00"), line(0, 0, "0.00")]);
    let since = figures(&hotel, "pace", "&from=2026-12-24&to=2026-12-24").await.expect(200).body;
    assert_eq!((&since["known_since"], &since["as_of"]), (&json!("2026-12-01"), &json!("2026-12-03")));
}

#[tokio::test]
async fn dates_to_come_are_the_forecast_without_holds() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, prices: "net", ..HotelSpec::default() }).await;
    hotel.book(&hotel.manager, "2026-12-24", "2026-12-26").await;
    let mut hold = hotel.request("2026-12-24", "2026-12-26");
    hold["hold_minutes"] = json!(30);
    hotel.manager.post("/v1/bookings", &hold).await.expect(201);
    let report = figures(&hotel, "occupancy", "&from=2026-12-24&to=2026-12-26").await.expect(200).body;
    let sold: Vec<&Value> = report["items"].as_array().expect("dates").iter().map(|line| &line["rooms_sold"]).collect();
    assert_eq!(sold, [1, 1, 0]);
    assert_eq!(report["total"]["room_revenue"], eur("200.00"));
    assert_eq!((&report["items"][0]["arrivals"], &report["items"][2]["departures"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn lead_time_and_length_of_stay_are_averages() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    hotel.book(&hotel.manager, "2026-12-11", "2026-12-13").await;
    let gone = hotel.book(&hotel.manager, "2026-12-16", "2026-12-19").await;
    act(&hotel.manager, &gone, "cancel").await.expect(200);
    let report = figures(&hotel, "cancellations", "&from=2026-12-01&to=2026-12-31").await.expect(200).body;
    assert_eq!(
        report["items"],
        json!([{"key": "2026-12", "name": null, "reservations": 2, "cancellations": 1, "cancellation_rate": "50.00", "no_shows": 0,
                "no_show_rate": "0.00", "lost_nights": 3, "lead_time_days": "12.5", "length_of_stay": "2.5"}])
    );
}

#[tokio::test]
async fn periods_that_cannot_be_are_pointed_at() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    for (report, query, pointer) in [
        ("occupancy", "&from=2026-12-02&to=2026-12-01", "/to"),
        ("occupancy", "&from=2026-01-01&to=2027-01-02", "/to"),
        ("revenue", "&from=2026-01-01&to=2037-01-01", "/to"),
        ("pace", "&from=2026-01-01&to=2026-02-01&days=0", "/days"),
        ("payments", "&from=x&to=2026-02-01", "/from"),
        ("flash", "&format=ods", "/format"),
        ("stays", "&group=arrival_month&from=2016-01-01&to=2026-12-31", "/to"),
    ] {
        assert_eq!(figures(&hotel, report, query).await.expect(422).pointers(), [pointer], "{report} {query}");
    }
    let reply = hotel.manager.get("/v1/reports/flash?property_id=x").await.expect(422);
    assert_eq!(reply.pointers(), ["/property_id"]);
}

fn chf(amount: &str) -> Value {
    json!({"amount": amount, "currency": "CHF"})
}

/// Gives a hotel another currency, in which it then has the same amounts.
async fn in_francs(app: &TestApp, hotel: &Hotel) {
    app.sql(&format!("UPDATE properties SET currency = 'CHF' WHERE id = '{}'", hotel.id)).await;
}

/// Returns `true` if there is an amount of money anywhere in a value.
fn has_amounts(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.contains_key("amount") || members.values().any(has_amounts),
        Value::Array(values) => values.iter().any(has_amounts),
        _ => false,
    }
}

/// What an account owes for something that was charged at a hotel.
async fn on_account(hotel: &Hotel, name: &str, amount: &str) {
    let account = json!({"property_id": hotel.id, "kind": "company", "name": name, "payment_days": 0});
    let account = hotel.manager.post("/v1/accounts", &account).await.expect(201).id().to_owned();
    let house = json!({"property_id": hotel.id, "kind": "house", "name": "Hall"});
    let house = hotel.manager.post("/v1/folios", &house).await.expect(201).id().to_owned();
    let hall = json!({"description": "Hall", "amount": eur(amount)});
    hotel.manager.post(&format!("/v1/folios/{house}/charges"), &hall).await.expect(200);
    hotel.manager.post(&format!("/v1/folios/{house}/to-account"), &json!({"account_id": account})).await.expect(200);
}

/// Rooms and counts are over all hotels, amounts are told currency by currency: each part is what its hotel has alone, and
/// nowhere is there a sum over both.
#[tokio::test]
async fn amounts_of_different_currencies_are_told_apart() {
    let app = TestApp::new().await;
    let (here, there) = (lively(&app).await, lively(&app).await);
    for hotel in [&here, &there] {
        let of = format!("SELECT booking_id FROM stays WHERE status = 'checked_in' AND property_id = '{}'", hotel.id);
        let booking = app.rows(&of).await[0]["booking_id"].as_str().expect("an id").to_owned();
        pay(&hotel.manager, &booking, "20.00").await.expect(201);
        on_account(hotel, "Acme Ltd", "12.00").await;
    }
    in_francs(&app, &there).await;
    let admin = app.admin().await;
    let told = async |hotels: &str, report: &str, query: &str| {
        admin.get(&format!("/v1/reports/{report}?property_id={hotels}&{query}")).await.expect(200).body
    };
    let both = format!("{},{}", here.id, there.id);
    let period = |group: &str| format!("from=2026-12-01&to=2026-12-31{group}");
    let by_month = "group=arrival_month&from=2026-12-01&to=2026-12-31".to_owned();
    for (report, query, members) in [
        ("flash", "date=2026-12-01".to_owned(), &["this_year", "last_year"][..]),
        ("occupancy", period(""), &["items", "total"][..]),
        ("occupancy", period("&group=property"), &["items", "total"][..]),
        ("revenue", period("&group=channel"), &["items", "total"][..]),
        ("payments", period(""), &["items", "total"][..]),
        ("pace", period(""), &["items"][..]),
        ("stays", by_month, &["items"][..]),
        ("taxes", period(""), &["total", "invoiced", "difference"][..]),
        ("balances", "date=2026-12-01".to_owned(), &["guest", "city", "deposits"][..]),
        ("ageing", "date=2026-12-01".to_owned(), &["total"][..]),
    ] {
        let whole = told(&both, report, &query).await;
        let parts = whole["by_currency"].as_array().expect("parts");
        assert_eq!(parts.len(), 2, "{report} {query}: {whole}");
        for (part, (currency, hotel)) in parts.iter().zip([("CHF", &there), ("EUR", &here)]) {
            let alone = told(&hotel.id, report, &query).await;
            assert_eq!((&part["currency"], &part["property_ids"]), (&json!(currency), &json!([hotel.id])), "{report}");
            for member in members {
                assert_eq!(part[member], alone[member], "{member} of {report} {query}");
                assert!(has_amounts(&alone[member]), "{member} of {report} {query}: {alone}");
                // Lines of one hotel each have its currency; what is added up has none.
                assert!(!has_amounts(&whole[member]), "{member} of {report} {query}: {whole}");
            }
            assert_eq!(alone["by_currency"], json!([]), "one currency needs no parts: {report}");
        }
    }

    let occupancy = told(&both, "occupancy", &period("&group=month")).await;
    let counts = ["key", "rooms_available", "rooms_sold", "occupancy", "adr", "room_revenue"]
        .map(|name| occupancy["items"][0][name].clone());
    let alone = told(&here.id, "occupancy", &period("&group=month")).await["items"][0].clone();
    let doubled = |name: &str| json!(2 * alone[name].as_i64().expect("a number"));
    let expected =
        [json!("2026-12"), json!(2 * 5 * 31), doubled("rooms_sold"), alone["occupancy"].clone(), Value::Null, Value::Null];
    assert_eq!(counts, expected);
    let cancellations = told(&both, "cancellations", &period("")).await;
    let alone = told(&here.id, "cancellations", &period("")).await["total"]["reservations"].as_i64();
    assert_eq!(cancellations["total"]["reservations"].as_i64(), alone.map(|count| 2 * count), "they have no amounts");
    let taxes = told(&both, "taxes", &period("")).await;
    let mut currencies: Vec<&Value> =
        taxes["items"].as_array().expect("lines").iter().map(|line| &line["tax"]["currency"]).collect();
    currencies.dedup();
    assert_eq!(currencies, ["CHF", "EUR"], "each line has the currency of its hotel");
}

/// Files have what JSON has: lines over all, without amounts and currency, and then those of each currency.
#[tokio::test]
async fn files_have_a_part_for_each_currency() {
    let app = TestApp::new().await;
    let (here, there) = (lively(&app).await, lively(&app).await);
    for hotel in [&here, &there] {
        let of = format!("SELECT booking_id FROM stays WHERE status = 'checked_in' AND property_id = '{}'", hotel.id);
        let booking = app.rows(&of).await[0]["booking_id"].as_str().expect("an id").to_owned();
        pay(&hotel.manager, &booking, "20.00").await.expect(201);
    }
    in_francs(&app, &there).await;
    let admin = app.admin().await;
    let told = async |hotels: &str, report: &str, query: &str| {
        admin.get(&format!("/v1/reports/{report}?property_id={hotels}&{query}")).await.expect(200)
    };
    let lines = async |hotels: &str, report: &str, query: &str| -> Vec<String> {
        let csv = told(hotels, report, &format!("{query}&format=csv")).await;
        csv.body.as_str().expect("a text").lines().map(str::to_owned).collect()
    };
    let both = format!("{},{}", here.id, there.id);
    let period = "from=2026-12-01&to=2026-12-31";
    for (report, query) in [
        ("flash", "date=2026-12-01".to_owned()),
        ("occupancy", format!("{period}&group=month")),
        ("revenue", format!("{period}&group=channel")),
        ("payments", period.to_owned()),
        ("pace", period.to_owned()),
        ("stays", format!("{period}&group=arrival_month")),
    ] {
        let whole = lines(&both, report, &query).await;
        let (francs, euros) = (lines(&there.id, report, &query).await, lines(&here.id, report, &query).await);
        assert_eq!(whole[0], euros[0], "{report} has the columns that it has of one hotel");
        assert_eq!(whole.len(), 1 + 3 * (euros.len() - 1), "{report}: {whole:#?}");
        let (over_all, parts) = whole[1..].split_at(euros.len() - 1);
        assert_eq!(parts, [&francs[1..], &euros[1..]].concat(), "{report}");
        assert!(over_all.iter().all(|line| line.ends_with(",")), "{report}: {over_all:#?}");
        let book = told(&both, report, &format!("{query}&format=xlsx")).await;
        let sheet = sheet_of(&book);
        let found = ["<row ", "CHF", "EUR"].map(|text| sheet.matches(text).count());
        assert_eq!(found, [whole.len(), euros.len() - 1, euros.len() - 1], "{report}");
        let printed = told(&both, report, &format!("{query}&format=pdf")).await;
        assert!(printed.bytes.starts_with(b"%PDF-1.7"), "{report}");
    }
    assert_eq!(
        lines(&both, "payments", period).await[1..],
        [
            "cash,,2,,,,",
            "total,,2,,,,",
            "cash,,1,20.00,0.00,20.00,CHF",
            "total,,1,20.00,0.00,20.00,CHF",
            "cash,,1,20.00,0.00,20.00,EUR",
            "total,,1,20.00,0.00,20.00,EUR",
        ]
    );
}

/// What accounts owe, and the ledgers, of several hotels: each account says at which hotel, and ledgers are added up, currency by
/// currency.
#[tokio::test]
async fn the_books_of_several_hotels_are_told_of_together() {
    let app = TestApp::new().await;
    let (here, there) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    on_account(&here, "Acme Ltd", "100.00").await;
    on_account(&there, "Bolt Ltd", "30.00").await;
    let admin = app.admin().await;
    let both = format!("{},{}", here.id, there.id);
    let told = async |report: &str, query: &str| {
        admin.get(&format!("/v1/reports/{report}?property_id={both}&{query}")).await.expect(200).body
    };
    let lines = async |report: &str, query: &str| -> Vec<String> {
        let csv = told(report, &format!("{query}&format=csv")).await;
        csv.as_str().expect("a text").lines().map(str::to_owned).collect()
    };
    let accounts = |ageing: &Value| -> Vec<[Value; 3]> {
        let line = |line: &Value| ["property_id", "name", "balance"].map(|name| line[name].clone());
        ageing["items"].as_array().expect("lines").iter().map(line).collect()
    };
    let closing = |balance: &Value| -> Vec<(String, Value)> {
        let ledgers = balance["ledgers"].as_array().expect("ledgers").iter();
        let open = ledgers.filter(|ledger| ledger["closing"]["amount"] != "0.00");
        open.map(|ledger| (ledger["ledger"].as_str().expect("a ledger").to_owned(), ledger["closing"].clone())).collect()
    };
    let ledger = |name: &str, amount: Value| (name.to_owned(), amount);

    let ageing = told("ageing", "date=2026-12-01").await;
    let owed = |there_owes: Value| {
        [[json!(here.id), json!("Acme Ltd"), eur("100.00")], [json!(there.id), json!("Bolt Ltd"), there_owes]]
    };
    assert_eq!(accounts(&ageing), owed(eur("30.00")));
    assert_eq!((&ageing["total"]["balance"], &ageing["by_currency"]), (&eur("130.00"), &json!([])));
    let hotels: std::collections::BTreeSet<&str> = [here.id.as_str(), there.id.as_str()].into();
    assert_eq!((&ageing["property_id"], &ageing["property_ids"]), (&Value::Null, &json!(hotels)));
    let zeros = "0.00,0.00,0.00,0.00,0.00";
    let acme = format!("Acme Ltd,Test Hotel,0,,100.00,{zeros},100.00,EUR");
    let sheet = lines("ageing", "date=2026-12-01").await;
    assert!(sheet[0].starts_with("name,property,payment_days,credit_limit,not_due,"), "{}", sheet[0]);
    let bolt = |currency: &str| format!("Bolt Ltd,Test Hotel,0,,30.00,{zeros},30.00,{currency}");
    assert_eq!(sheet[1..], [acme.clone(), bolt("EUR"), format!("total,,,,130.00,{zeros},130.00,EUR")]);
    let balance = told("trial-balance", "date=2026-12-01").await;
    assert_eq!(closing(&balance), [ledger("city", eur("130.00")), ledger("revenue", eur("-130.00"))]);
    assert_eq!((&balance["is_closed"], balance["ledgers"].as_array().map(Vec::len)), (&json!(false), Some(8)));
    assert_eq!((&balance["property_id"], &balance["property_ids"]), (&Value::Null, &json!(hotels)));

    in_francs(&app, &there).await;
    let ageing = told("ageing", "date=2026-12-01").await;
    assert_eq!(accounts(&ageing), owed(chf("30.00")));
    assert_eq!(ageing["total"], Value::Null);
    let sums: Vec<&Value> =
        ageing["by_currency"].as_array().expect("parts").iter().map(|part| &part["total"]["balance"]).collect();
    assert_eq!(sums, [&chf("30.00"), &eur("100.00")]);
    let total = |amount: &str, currency: &str| format!("total,,,,{amount},{zeros},{amount},{currency}");
    let expected = [acme, bolt("CHF"), total("30.00", "CHF"), total("100.00", "EUR")];
    assert_eq!(lines("ageing", "date=2026-12-01").await[1..], expected);
    let balance = told("trial-balance", "date=2026-12-01").await;
    assert_eq!(
        closing(&balance),
        [
            ledger("city", chf("30.00")),
            ledger("revenue", chf("-30.00")),
            ledger("city", eur("100.00")),
            ledger("revenue", eur("-100.00"))
        ]
    );
    let sheet = lines("trial-balance", "date=2026-12-01").await;
    assert_eq!(
        (sheet.len(), sheet[2].as_str(), sheet[10].as_str()),
        (17, "city,0.00,30.00,30.00,CHF", "city,0.00,100.00,100.00,EUR")
    );
    for report in ["ageing", "trial-balance"] {
        let path = format!("/v1/reports/{report}?property_id={both}&date=2026-12-01&format=pdf");
        assert!(admin.get(&path).await.expect(200).bytes.starts_with(b"%PDF-1.7"), "{report}");
    }

    // A date has to be closed at all of them, or be the business date of those where it is not.
    close_date(&app, &here, "2026-12-01", "2026-12-02").await;
    admin.get(&format!("/v1/reports/trial-balance?property_id={both}&date=2026-12-01")).await.expect(404);
    let balance = told("trial-balance", "date=2026-12-02").await;
    assert_eq!(balance["is_closed"], json!(false));
    assert_eq!(closing(&balance)[2..], [ledger("city", eur("100.00")), ledger("revenue", eur("-100.00"))]);
}

#[tokio::test]
async fn guests_see_their_own_stays_and_what_they_came_to() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("VAT", "10")], ..HotelSpec::default() }).await;
    let (guest, other) = (app.guest().await, app.guest().await);
    let first = hotel.book(&guest, "2026-12-24", "2026-12-26").await;
    hotel.book(&other, "2026-12-24", "2026-12-25").await;
    let second = hotel.book(&guest, "2027-01-02", "2027-01-03").await;
    act(&guest, &second, "cancel").await.expect(200);
    let page = guest.get("/v1/me/stays?limit=1").await.expect(200).body;
    let cursor = page["next_cursor"].as_str().expect("a second page").to_owned();
    assert_eq!((&page["items"][0]["booking_id"], &page["items"][0]["status"]), (&second.body["id"], &json!("cancelled")));
    let rest = guest.get(&format!("/v1/me/stays?limit=1&cursor={cursor}")).await.expect(200).body;
    let stay = &rest["items"][0];
    assert_eq!(
        (&stay["booking_id"], &stay["total"], &stay["property_name"]),
        (&first.body["id"], &eur("200.00"), &json!("Test Hotel"))
    );
    assert_eq!(
        (&stay["room_type_name"], &stay["check_in"], &rest["next_cursor"]),
        (&json!("DBL"), &json!("2026-12-24"), &Value::Null)
    );
}

pub fn requests() -> Vec<Request> {
    fn of_period(id: &'static str) -> Request {
        Request::new(id, async |w| Call::about(w.property().await).query("from", "2026-12-01").query("to", "2026-12-31"))
    }
    vec![
        Request::new("stays_report", async |w| {
            w.booking().await;
            let by_month = Call::about(w.property().await).query("group", "arrival_month");
            by_month.query("from", "2026-01-01").query("to", "2026-12-31")
        }),
        Request::new("flash_report", async |w| Call::about(w.property().await)),
        of_period("occupancy_report"),
        of_period("revenue_report"),
        of_period("cancellations_report"),
        of_period("pace_report"),
        of_period("payments_report"),
        of_period("taxes_report"),
        Request::new("balances_report", async |w| Call::about(w.property().await)),
        Request::new("register_report", async |w| Call::about(w.property().await))
            .but(AsksToo("guests:read"), "it is a list of persons"),
        Request::new("list_my_stays", async |_| Call::plain()),
    ]
}
