//! Guests who are typed by several at a time, and while their profiles are merged.
use super::{BOOKINGS, Race, assert_tally, count};
use crate::support::{Hotel, HotelSpec, Reply, day, post, size, together};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

fn of_ana(hotel: &Hotel, email: &str, night: u64) -> Value {
    let mut request = hotel.request(day(night), day(night + 1));
    request["contact"] = json!({"full_name": "Ana Sousa", "email": email});
    request
}

async fn bookings_of(hotel: &Hotel, guest: &str) -> i64 {
    let profile = hotel.manager.get(&format!("/v1/guests/{guest}")).await.expect(200);
    profile.body["statistics"]["bookings"].as_i64().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_typed_by_several_at_a_time_has_one_profile() {
    let race = Race::begin().await;
    let clients = 6;
    let hotel = race.app.hotel(HotelSpec { rooms: 12, ..HotelSpec::default() }).await;
    let guests = race.guests(clients).await;
    let mut replies = Vec::new();
    for round in 0..size(4, 40) {
        let email = format!("ana{round}@example.com");
        let night = 1 + u64::try_from(round).expect("a number");
        let mut work: Vec<BoxFuture<'static, Reply>> = Vec::new();
        for guest in &guests {
            work.push(Box::pin(post(guest, BOOKINGS, of_ana(&hotel, &email, night))));
            // Nobody holds up anybody else's nights: names are locked after them.
            work.push(Box::pin(post(&hotel.manager, BOOKINGS, of_ana(&hotel, &email, night + 50))));
        }
        replies.extend(together(work).await);
    }
    let sold = replies.len();
    assert_tally(&replies, &[(201, "", sold)]);
    let twice = "SELECT count(*) - count(DISTINCT email) FROM guests";
    assert_eq!(race.app.number(twice).await, 0, "profiles of one person");
    assert_eq!(race.app.number("SELECT count(*) FROM bookings WHERE guest_id IS NULL").await, 0);
    let made = "SELECT count(*) FROM outbox WHERE kind = 'guest.created'";
    assert_eq!(race.app.number(made).await, race.app.number("SELECT count(*) FROM guests").await);
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_that_races_a_merge_is_the_survivors_and_its_own_again_afterwards() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 12, ..HotelSpec::default() }).await;
    let (mut replies, emails) = (Vec::new(), ["ana@example.com", "a.sousa@example.com"]);
    let mut ids = Vec::new();
    for email in emails {
        let booking = hotel.manager.post(BOOKINGS, &of_ana(&hotel, email, 1)).await.expect(201);
        ids.push(booking.body["guest_id"].as_str().expect("an id").to_owned());
    }
    let (merge, unmerge) = (format!("/v1/guests/{}/merge", ids[0]), format!("/v1/guests/{}/unmerge", ids[1]));
    let each = 4;
    let rounds = size(3, 30);
    for round in 0..rounds {
        let night = 2 + u64::try_from(round).expect("a number");
        let mut work: Vec<BoxFuture<'static, Reply>> = Vec::new();
        for n in 0..2 * each {
            if n == each {
                work.push(Box::pin(post(&hotel.manager, merge.clone(), json!({"merged_id": ids[1]}))));
            }
            work.push(Box::pin(post(&hotel.manager, BOOKINGS, of_ana(&hotel, emails[n % 2], night))));
        }
        replies.extend(together(work).await);
        let all = i64::try_from(2 + (round + 1) * 2 * each).expect("a number");
        assert_eq!(bookings_of(&hotel, &ids[0]).await, all, "all are the survivor's");
        let back: Vec<BoxFuture<'static, Reply>> = vec![
            Box::pin(post(&hotel.manager, unmerge.clone(), json!({}))),
            Box::pin(post(&hotel.manager, unmerge.clone(), json!({}))),
        ];
        let back = together(back).await;
        assert_eq!((count(&back, 200, ""), count(&back, 409, "guests.not_merged")), (1, 1));
        replies.extend(back);
        for id in &ids {
            assert_eq!(bookings_of(&hotel, id).await, all / 2, "each has its own");
        }
    }
    let astray = "SELECT count(*) FROM bookings b JOIN guests g ON g.property_id = b.property_id AND g.id = b.guest_id
                  WHERE g.email <> b.contact_email";
    assert_eq!(race.app.number(astray).await, 0);
    race.end(&replies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_profiles_that_are_merged_into_each_other_one_stays() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec::default()).await;
    let mut replies = Vec::new();
    for _ in 0..size(4, 40) {
        let mut ids = Vec::new();
        for name in ["Ana", "Eva"] {
            let profile = json!({"property_id": hotel.id, "full_name": name});
            ids.push(hotel.manager.post("/v1/guests", &profile).await.expect(201).id().to_owned());
        }
        let merge = |one: usize, other: usize| -> BoxFuture<'static, Reply> {
            let path = format!("/v1/guests/{}/merge", ids[one]);
            let body = json!({"merged_id": ids[other]});
            let manager = hotel.manager.clone();
            Box::pin(async move { manager.post(&path, &body).await })
        };
        let both = together([merge(0, 1), merge(1, 0)]).await;
        assert_tally(&both, &[(200, "", 1), (409, "guests.merged", 1)]);
        replies.extend(both);
    }
    let circles = "SELECT count(*) FROM guests g JOIN guests s ON s.property_id = g.property_id AND s.id = g.survivor_id
                   WHERE s.merged_into_id IS NOT NULL";
    assert_eq!(race.app.number(circles).await, 0, "whoever stands for others stands for itself");
    race.end(&replies).await;
}
