//! The cost of offers: searches, quotes and sales have no more statements, however many a hotel has.
use super::{offer, quote, request};
use crate::support::{Hotel, HotelSpec, TestApp, book, day};
use serde_json::json;

/// How often a connection has executed what it has prepared.
async fn executed(mut conn: &hbs::stores::postgres::Conn) -> i64 {
    use diesel_async::RunQueryDsl;
    #[derive(diesel::QueryableByName)]
    struct Executed {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        times: i64,
    }
    #[expect(clippy::disallowed_methods, reason = "a test asks whatever it likes")]
    let query = diesel::sql_query(
        "SELECT coalesce(sum(generic_plans + custom_plans), 0)::bigint AS times FROM pg_prepared_statements \
         WHERE statement NOT LIKE '%pg_prepared%'",
    );
    let rows: Vec<Executed> = query.load(&mut conn).await.expect("a number");
    rows[0].times
}

async fn so_far(app: &TestApp) -> i64 {
    // One request at a time: they all have one connection.
    let conn = app.app.db.conn().await.expect("a connection");
    executed(&conn).await
}

/// The number of statements of a search, a quote and a sale of a night, the second time: then the hotel's catalogue is
/// remembered.
async fn statements(app: &TestApp, hotel: &Hotel, first: u64) -> [i64; 3] {
    let mut counted = [0; 3];
    for night in [first, first + 1] {
        let (from, to) = (day(night).to_string(), day(night + 1).to_string());
        let dates = [from.as_str(), to.as_str()];
        let mut before = so_far(app).await;
        let mut since = async || {
            let now = so_far(app).await;
            now - std::mem::replace(&mut before, now)
        };
        let search = format!("/v1/availability?property_id={}&check_in={from}&check_out={to}&adults=2", hotel.id);
        app.anonymous().get(&search).await.expect(200);
        let of_search = since().await;
        quote(&app.anonymous(), hotel, dates, json!({})).await.expect(200);
        let of_quote = since().await;
        book(&hotel.manager, &request(hotel, dates, &json!({}))).await.expect(201);
        counted = [of_search, of_quote, since().await];
    }
    counted
}

#[tokio::test]
async fn there_are_no_more_statements_however_many_offers_there_are() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let without = statements(&app, &hotel, 10).await;
    for n in 0..20 {
        offer(&hotel, json!({"name": format!("For long stays {n}"), "min_nights": 20})).await;
    }
    assert_eq!(statements(&app, &hotel, 12).await, without, "20 that are for others");
    offer(&hotel, json!({})).await;
    let [search, quote, sale] = statements(&app, &hotel, 14).await;
    assert_eq!([search, quote], without[..2], "one that is taken off");
    assert!(sale > without[2], "the sale writes what it was made with");
    for n in 0..20 {
        offer(&hotel, json!({"name": format!("Eleven off {n}"), "percent": "11", "is_combinable": n % 2 == 0})).await;
    }
    assert_eq!(statements(&app, &hotel, 16).await[..2], without[..2], "20 more, of which some are taken off together");
    assert_eq!(statements(&app, &hotel, 18).await[2], sale);
}
