//! Housekeeping and registration cards: many plan, work and sign at once.
use super::Race;
use crate::support::{Client, Hotel, HotelSpec, Reply, post, size, together};
use http::Method;
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use serde_json::{Value, json};
use std::io::Cursor;

const ROOMS: u32 = 8;

fn plan(hotel: &Hotel, attendants: &[&Client], redistribute: bool) -> Value {
    let attendants: Vec<Value> = attendants.iter().map(|one| json!({"attendant_id": one.user_id()})).collect();
    json!({"property_id": hotel.id, "attendants": attendants, "redistribute": redistribute})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_planned_once_however_many_plan_it_and_work() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: ROOMS, ..HotelSpec::default() }).await;
    let staff = async || race.app.staff(&["rooms:read", "housekeeping:write"], Some(&hotel.id)).await;
    let (one, other) = (staff().await, staff().await);
    let mut replies = Vec::new();
    for _ in 0..size(4, 40) {
        race.app.sql("DELETE FROM housekeeping_tasks; UPDATE rooms SET housekeeping = 'dirty'").await;
        let path = || "/v1/housekeeping/plan".to_owned();
        let planned = together([
            post(&hotel.manager, path(), plan(&hotel, &[&one], false)),
            post(&hotel.manager, path(), plan(&hotel, &[&other], false)),
            post(&hotel.manager, path(), plan(&hotel, &[&one, &other], true)),
            post(&hotel.manager, path(), plan(&hotel, &[], false)),
        ])
        .await;
        assert!(planned.iter().all(|reply| reply.status == 200), "{planned:?}");
        assert_eq!(race.app.number("SELECT count(*) FROM housekeeping_tasks").await, i64::from(ROOMS), "one for each room");
        let day = hotel.manager.get(&format!("/v1/housekeeping/tasks?property_id={}", hotel.id)).await.expect(200).body;
        let ids: Vec<&Value> = day["tasks"].as_array().expect("tasks").iter().map(|task| &task["id"]).collect();
        let backwards: Vec<&Value> = ids.iter().rev().copied().collect();
        let many = |action: &str, ids: &[&Value]| json!({"property_id": hotel.id, "action": action, "task_ids": ids});
        let act = || "/v1/housekeeping/tasks/act".to_owned();
        let give = json!({"property_id": hotel.id, "attendant_id": other.user_id(), "task_ids": backwards});
        let worked = together([
            post(&one, act(), many("start", &ids)),
            post(&other, act(), many("finish", &backwards)),
            post(&one, format!("/v1/housekeeping/tasks/{}/finish", ids[0].as_str().expect("an id")), json!({})),
            post(&hotel.manager, act(), many("inspect", &backwards)),
            post(&hotel.manager, "/v1/housekeeping/tasks/assign".to_owned(), give),
            post(&hotel.manager, path(), plan(&hotel, &[&one, &other], true)),
            post(
                &hotel.manager,
                "/v1/rooms/housekeeping".to_owned(),
                json!({"property_id": hotel.id, "state": "dirty", "room_ids": hotel.rooms}),
            ),
        ])
        .await;
        replies.extend(planned.into_iter().chain(worked));
        let changes = "SELECT count(*) FROM housekeeping_changes c WHERE before = after";
        assert_eq!(race.app.number(changes).await, 0, "what changes nothing is no change");
    }
    race.end(&replies).await;
}

fn signature(ink: u8) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let pixels = RgbaImage::from_fn(60, 30, |x, y| if x / 2 == y { Rgba([ink, 0, 0, 255]) } else { Rgba([0, 0, 0, 0]) });
    DynamicImage::from(pixels).write_to(&mut file, ImageFormat::Png).expect("a picture");
    file.into_inner()
}

fn sign(client: &Client, card: &str, ink: u8) -> impl Future<Output = Reply> + Send + use<> {
    let (client, path) = (client.with("if-match", "\"1\""), format!("/v1/registration-cards/{card}/signature"));
    async move { client.upload(Method::PUT, &path, "image/png", &signature(ink)).await }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_signed_once() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let booking = hotel.book(&hotel.manager, "2026-12-01", "2026-12-03").await;
    let stay = format!("/v1/bookings/{}/stays/{}", booking.id(), booking.body["stays"][0]["id"].as_str().expect("a stay"));
    let guests = json!({"guests": [{"full_name": "Ana Sousa"}]});
    hotel.manager.with("if-match", "\"1\"").put(&format!("{stay}/guests"), &guests).await.expect(200);
    let cards = format!("{stay}/registration-cards");
    let mut replies = Vec::new();
    for _ in 0..size(3, 20) {
        let made = together((0..3).map(|_| post(&hotel.manager, cards.clone(), json!({})))).await;
        assert!(made.iter().all(|reply| reply.status == 201), "{made:?}");
        let open = race.app.rows("SELECT id FROM registration_cards WHERE status = 'open'").await;
        let [card] = &open[..] else { panic!("{open:?}") };
        let card = card["id"].as_str().expect("an id");
        let signed = together([10, 20, 30].map(|ink| sign(&hotel.manager, card, ink))).await;
        let done: Vec<u16> = signed.iter().map(|reply| reply.status).filter(|status| *status == 200).collect();
        assert_eq!(done.len(), 1, "{signed:?}");
        let files = "SELECT count(*) FROM registration_cards WHERE signature_key IS NOT NULL";
        assert_eq!(
            race.app.number(files).await,
            race.app.number("SELECT count(*) FROM registration_cards WHERE status = 'signed'").await
        );
        replies.extend(made.into_iter().chain(signed));
    }
    race.end(&replies).await;
}
