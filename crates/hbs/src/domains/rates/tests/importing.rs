//! Rates from spreadsheets.
use crate::support::workbook::{XLSX, one_row};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, size};
use http::Method;
use serde_json::{Value, json};
use std::time::Instant;

async fn send(client: &Client, hotel: &Hotel, query: &str, text: &str) -> Reply {
    let path = format!("/v1/rates/import?property_id={}{query}", hotel.id);
    client.with("content-type", "text/csv").send(Method::POST, &path, Some(text.into())).await
}

/// Returns the rates of the doubles in the default plan, by night.
async fn nights(app: &TestApp, hotel: &Hotel) -> Vec<String> {
    let sql = format!(
        "SELECT to_char(night, 'MM-DD') || ' ' || concat_ws(' ', price_minor, extra_adult_minor, min_stay, stop_sell) AS night
         FROM rates WHERE room_type_id = '{}' ORDER BY night",
        hotel.double
    );
    app.rows(&sql).await.iter().map(|row| row["night"].as_str().expect("text").to_owned()).collect()
}

fn errors(reply: &Reply, row: usize) -> Vec<String> {
    let items = reply.body.pointer("/report/items").or_else(|| reply.body.get("items")).expect("items");
    let item = items.as_array().expect("a list").iter().find(|item| item["row"] == row).expect("the row");
    let errors = item["errors"].as_array().expect("errors").iter();
    errors
        .map(|error| format!("{} {}", error["column"].as_str().unwrap_or("-"), error["detail"].as_str().unwrap_or_default()))
        .collect()
}

#[tokio::test]
async fn rows_are_updates_in_their_order() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let text = "rate_plan,room_type,from,to,weekdays,price,extra_adult,min_stay,stop_sell\n\
        STD,DBL,2026-12-10,2026-12-13,,90.00,15,,\n\
        STD,DBL,2026-12-10,2026-12-13,\"Fri, sat\",120,,2,\n\
        STD,DBL,2026-12-13,,,,-,,yes\n";
    let before = app.event_kinds().await.len();
    let dry = send(&hotel.manager, &hotel, "&dry_run=true", text).await.expect(200);
    assert_eq!((&dry.body["imported"], &dry.body["items"][0]["id"]), (&json!(3), &Value::Null));
    assert_eq!(nights(&app, &hotel).await, [""; 0], "a dry run changes nothing");
    assert_eq!(app.event_kinds().await.len(), before);

    let key = hotel.manager.with("idempotency-key", "rates-1");
    let done = send(&key, &hotel, "", text).await.expect(200);
    let expected = ["12-10 9000 1500", "12-11 12000 1500 2", "12-12 12000 1500 2", "12-13 9000 t"];
    assert_eq!(nights(&app, &hotel).await, expected);
    let history = hotel.manager.get(&format!("/v1/rates/history?property_id={}", hotel.id)).await.expect(200);
    let listed: Vec<&Value> = history.body["items"].as_array().expect("items").iter().map(|item| &item["id"]).collect();
    let made: Vec<&Value> = done.body["items"].as_array().expect("items").iter().rev().map(|item| &item["id"]).collect();
    assert_eq!(listed, made, "each row is an update in the history, the last one first");
    assert_eq!(history.body["items"][1]["weekdays"], json!(["fri", "sat"]));
    assert_eq!(app.event_kinds().await[before..], ["rates.updated"]);
    let again = send(&key, &hotel, "", text).await.expect(200);
    assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &done.body));
    assert_eq!(app.number("SELECT count(*) FROM rate_updates").await, 3);
    let quote = hotel.book(&hotel.manager, "2026-12-10", "2026-12-11").await;
    assert_eq!(quote.body["total"]["amount"], "90.00", "it is sold at once");

    // A dash leaves nothing of a night that says no more.
    let cleared = "rate_plan,room_type,from,to,price,extra_adult,min_stay,stop_sell\nSTD,DBL,2026-12-10,2026-12-13,-,-,-,-\n";
    send(&hotel.manager, &hotel, "", cleared).await.expect(200);
    assert_eq!(nights(&app, &hotel).await, [""; 0]);
}

#[tokio::test]
async fn what_is_wrong_is_said_by_column() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let default = hotel.default_plan(&app).await;
    let derived = format!("'{default}'::uuid");
    hotel.plan(&app, "NRF", &[]).await;
    app.sql(&format!(
        "UPDATE rate_plans SET parent_id = {derived}, derivation_kind = 'percent', derivation_value = -100000 WHERE code = 'NRF'"
    ))
    .await;
    app.sql(&format!("DELETE FROM rate_plan_room_types WHERE rate_plan_id = {derived} AND room_type_id = '{}'", hotel.suite))
        .await;
    let header = "rate_plan,room_type,from,to,weekdays,price,min_stay,max_stay,stop_sell,min_advance_days";
    for (line, expected) in [
        (",,,,,1,,,,", vec!["rate_plan is empty", "room_type is empty", "from is empty"]),
        (
            "XXX,YYY,soon,,,1,,,,",
            vec![
                "rate_plan \"XXX\" is not the code of a rate plan of the hotel",
                "room_type \"YYY\" is not the code of a room type of the hotel",
                "from \"soon\" is not a date such as 2026-12-24",
            ],
        ),
        ("STD,DBL,2026-11-30,,,1,,,,", vec!["from must not be before 2026-12-01, the hotel's business date"]),
        ("STD,DBL,2026-12-05,2026-12-04,,1,,,,", vec!["to must not be before from"]),
        ("STD,DBL,2026-12-05,,weekend,1,,,,", vec!["weekdays \"weekend\" are not days such as \"fri sat\""]),
        ("STD,DBL,2026-12-05,,,-1,,,,", vec!["price \"-1\" is not an amount of EUR such as 123.45"]),
        ("STD,DBL,2026-12-05,,,99999999999999,,,,", vec!["price is absurdly large"]),
        ("STD,DBL,2026-12-05,,,,0,,,", vec!["min_stay \"0\" is not a whole number from 1 to 365"]),
        ("STD,DBL,2026-12-05,,,,3,2,,", vec!["max_stay must be at least min_stay"]),
        ("STD,DBL,2026-12-05,,,,,,maybe,", vec!["stop_sell \"maybe\" is neither yes nor no"]),
        ("STD,DBL,2026-12-05,,,,,,,1001", vec!["min_advance_days \"1001\" is not a whole number from 0 to 1000"]),
        ("STD,DBL,2026-12-05,,,,,,,", vec!["- must name what is to change"]),
        ("NRF,DBL,2026-12-05,,,1,,,,", vec!["rate_plan NRF is a derived plan: it takes its prices from its parent"]),
        ("STD,STE,2026-12-05,,,1,,,,", vec!["room_type is not sold by the plan STD"]),
    ] {
        let reply = send(&hotel.manager, &hotel, "", &format!("{header}\n{line}\n")).await;
        assert_eq!((reply.status, reply.code()), (422, "import.refused"), "{line}: {}", reply.body);
        assert_eq!(errors(&reply, 2), expected, "{line}");
    }
    let mixed = format!("{header}\nSTD,DBL,2026-12-05,,,80,,,,\nSTD,DBL,2026-12-06,,,cheap,,,,\nNRF,DBL,2026-12-06,,,,2,,,\n");
    let refused = send(&hotel.manager, &hotel, "", &mixed).await;
    assert_eq!((refused.status, &refused.body["report"]["items"][0]["outcome"]), (422, &json!("held_back")));
    assert_eq!(app.number("SELECT count(*) FROM rates").await, 0);
    let partial = send(&hotel.manager, &hotel, "&partial=true", &mixed).await.expect(200);
    assert_eq!((&partial.body["imported"], &partial.body["refused"]), (&json!(2), &json!(1)));
    assert_eq!(app.number("SELECT count(*) FROM rates").await, 2);
    let long = "STD,DBL,2026-12-05,2399-12-31,,80,,,,\n";
    let much = format!("{header}\n{long}{long}");
    assert_eq!(
        errors(&send(&hotel.manager, &hotel, "", &much).await, 3),
        ["- the file changes more than 200000 nights up to here; split it"]
    );
}

/// F8: a price or a date that is an error refuses its row; no price is left out and no range shortened by it.
#[tokio::test]
async fn what_a_spreadsheet_does_not_know_is_no_empty_cell() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let header = "rate_plan,room_type,from,to,weekdays,price,min_stay,stop_sell";
    let names: Vec<&str> = header.split(',').collect();
    let path = format!("/v1/rates/import?property_id={}&partial=true", hotel.id);
    for (n, name) in names.iter().enumerate() {
        let mut cells = ["STD", "DBL", "2026-12-10", "2026-12-12", "fri", "><v>90</v>", "><v>2</v>", "no"];
        cells[n] = "t=\"e\"><v>#VALUE!</v>";
        let reply = hotel.manager.upload(Method::POST, &path, XLSX, &one_row(header, &cells)).await.expect(200);
        assert_eq!(errors(&reply, 2), [format!("{name} the cell has the error #VALUE!")]);
    }
    assert_eq!(nights(&app, &hotel).await, [""; 0], "no row was imported without what its cell should say");
    let cells =
        ["STD", "DBL", "2026-12-10", "2026-12-12", "fri", "><v>99.99999999999999</v>", "><v>2.0000000000000004</v>", "no"];
    hotel.manager.upload(Method::POST, &path, XLSX, &one_row(header, &cells)).await.expect(200);
    assert_eq!(nights(&app, &hotel).await, ["12-11 10000 2 f"]);
}

#[tokio::test]
async fn the_template_can_be_sent() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let template = hotel.manager.get("/v1/rates/import/template").await.expect(200);
    assert_eq!(template.header("content-disposition"), "attachment; filename=\"rates.csv\"");
    send(&hotel.manager, &hotel, "", template.body.as_str().expect("text")).await.expect(200);
}

#[tokio::test]
async fn thousands_of_rows_take_seconds() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let rows = size(1_000, 10_000);
    let first = chrono::NaiveDate::from_ymd_opt(2026, 12, 10).unwrap();
    let line = |n: usize| {
        let night = first + chrono::Days::new(u64::try_from(n / 2).unwrap());
        format!("STD,{},{night},{}.50\n", if n.is_multiple_of(2) { "DBL" } else { "STE" }, 80 + n % 100)
    };
    let text: String = std::iter::once("rate_plan,room_type,from,price\n".to_owned()).chain((0..rows).map(line)).collect();
    let start = Instant::now();
    let done = send(&hotel.manager, &hotel, "", &text).await.expect(200);
    println!("{rows} rows of rates: {:?}", start.elapsed());
    assert_eq!(done.body["imported"], rows);
    assert_eq!(app.number("SELECT count(*) FROM rates").await, i64::try_from(rows).unwrap());
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}
