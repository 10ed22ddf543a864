//! Rooms that are sold here and elsewhere at a time.
use super::{BOOKINGS, Race};
use crate::support::{HotelSpec, day, post, size, together};
use http::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sold_elsewhere_and_guests_share_the_rooms_of_a_type() {
    let race = Race::begin().await;
    let settings = json!({"max_live_bookings": 1000, "max_live_nights": 100_000});
    let hotel = race.app.hotel(HotelSpec { rooms: 3, settings, ..HotelSpec::default() }).await;
    let guests = race.guests(3).await;
    let import = json!({"property_id": hotel.id, "room_type_id": hotel.double, "name": "Holiday site"});
    let import = hotel.manager.post("/v1/feed-imports", &import).await.expect(201);
    let path = format!("/v1/feed-imports/{}/file", import.id());
    let (mut replies, mut events) = (Vec::new(), String::new());
    for round in 0..u64::try_from(size(10, 100)).expect("a number") {
        let (from, to) = (day(2 * round), day(2 * round + 2));
        let dates = |date: chrono::NaiveDate| date.format("%Y%m%d").to_string();
        for n in 0..2 {
            let (begin, end) = (dates(from), dates(to));
            events.push_str(&format!(
                "BEGIN:VEVENT\r\nUID:sold-{round}-{n}\r\nDTSTART;VALUE=DATE:{begin}\r\nDTEND;VALUE=DATE:{end}\r\nEND:VEVENT\r\n"
            ));
        }
        let calendar = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n");
        let (manager, to_file) = (hotel.manager.clone(), path.clone());
        let told =
            tokio::spawn(async move { manager.upload(Method::POST, &to_file, "text/calendar", calendar.as_bytes()).await });
        let request = hotel.request(from, to);
        let booked = together(guests.iter().map(|guest| post(guest, BOOKINGS, request.clone()))).await;
        replies.push(told.await.expect("a task that does not panic").expect(200));
        replies.extend(booked);
        for night in [from, day(2 * round + 1)] {
            let of = |what: &str| format!("SELECT count(*) FROM room_nights WHERE night = '{night}' AND {what} IS NOT NULL");
            let (sold, blocked) = (race.app.number(&of("stay_id")).await, race.app.number(&of("block_id")).await);
            assert_eq!(sold + blocked, 3, "{sold} sold here and {blocked} elsewhere on {night}");
            // Who came too late knows: guests were refused, and the hotel has a conflict. If all are sold, it is taken for an
            // echo.
            let conflicts = format!(
                "SELECT count(*) FROM feed_conflicts WHERE status = 'open' AND from_date <= '{night}' AND to_date > '{night}'"
            );
            assert_eq!(race.app.number(&conflicts).await, if sold == 3 { 0 } else { 2 - blocked }, "{sold} sold on {night}");
        }
    }
    race.end(&replies).await;
}
