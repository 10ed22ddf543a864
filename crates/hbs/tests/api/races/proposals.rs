//! Proposals to guests, for which rooms are set aside.
use super::{BOOKINGS, Race, noon, tally};
use crate::support::{Client, Hotel, HotelSpec, Reply, act, day, post, size, together};
use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use serde_json::json;

/// A guest's booking of one night, and a proposal of the night after, for which the last room is set aside.
async fn proposal(hotel: &Hotel, guest: &Client, from: u64) -> (Reply, Reply) {
    let booking = hotel.book(guest, day(from), day(from + 1)).await;
    let wanted = json!({"amendment": {"check_out": day(from + 3)}, "message": "Longer, please"});
    let path = format!("{BOOKINGS}/{}/change-requests", booking.id());
    let request = hotel.manager.post(&path, &wanted).await.expect(201);
    (booking, request)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_races_sales_and_its_own_end() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let guests = race.guests(4).await;
    let (mut replies, mut accepted, mut lapsed) = (Vec::new(), 0, 0);
    for round in 0..u64::try_from(size(8, 60)).expect("a number") {
        let from = 5 + round * 4;
        let (booking, request) = proposal(&hotel, &guests[0], from).await;
        let path = format!("/v1/change-requests/{}", request.id());
        let buy = hotel.request(day(from + 1), day(from + 2));
        let propose = json!({"amendment": {"check_out": day(from + 2)}});

        // One gets the night: the proposal or a buyer.
        let mut work: Vec<BoxFuture<'static, Reply>> =
            vec![Box::pin(post(&hotel.manager, format!("{path}/propose"), propose.clone()))];
        for guest in &guests[1..] {
            work.push(Box::pin(post(guest, BOOKINGS, buy.clone())));
        }
        let answered = together(work).await;
        assert_eq!(answered.iter().filter(|reply| reply.status < 300).count(), 1, "{:?}", tally(&answered));
        if answered[0].status != 200 {
            let bought = answered.iter().find(|reply| reply.status == 201).expect("a buyer").clone();
            act(&hotel.manager, &bought, "cancel").await.expect(200);
            replies.push(hotel.manager.post(&format!("{path}/propose"), &propose).await.expect(200));
        }
        replies.extend(answered);

        // Its time is over while the guest accepts, others want the room, and jobs come by.
        race.app.app.clock.set(noon(0) + TimeDelta::hours(i64::try_from(round).expect("a number")) + TimeDelta::minutes(29));
        let mut work: Vec<BoxFuture<'static, Reply>> = vec![Box::pin(post(&guests[0], format!("{path}/accept"), json!({})))];
        for guest in &guests[1..] {
            work.push(Box::pin(post(guest, BOOKINGS, buy.clone())));
        }
        let app = race.app.app.clone();
        let late = noon(0) + TimeDelta::hours(i64::try_from(round).expect("a number") + 1);
        let lapse = tokio::spawn(async move {
            if round % 2 == 0 {
                app.clock.set(late);
            }
            hbs::domains::change_requests::lapse_overdue(&app).await.expect("lapsed")
        });
        let answered = together(work).await;
        lapse.await.expect("no panic");
        assert!(answered.iter().filter(|reply| reply.status < 300).count() <= 1, "{:?}", tally(&answered));
        race.app.app.clock.set(late);
        hbs::domains::change_requests::lapse_overdue(&race.app.app).await.expect("lapsed");
        let status = hotel.manager.get(&path).await.expect(200).body["status"].clone();
        let is_longer = hotel.manager.get(&format!("{BOOKINGS}/{}", booking.id())).await.expect(200).body["check_out"]
            == json!(day(from + 2));
        match status.as_str() {
            Some("accepted") => accepted += 1,
            Some("lapsed") => lapsed += 1,
            other => panic!("{other:?}"),
        }
        assert_eq!((status == "accepted", answered[0].status == 200), (is_longer, is_longer));
        assert_eq!(race.app.number("SELECT sum(allotted) FROM inventory").await, 0);
        replies.extend(answered);
    }
    assert!(accepted > 0, "{lapsed} lapsed, and none was accepted");
    race.end(&replies).await;
}
