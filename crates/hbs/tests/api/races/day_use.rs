//! Rooms by day: guests leave while the evening is sold, and come back to what was theirs.
use super::{BOOKINGS, Race, count, noon, tally};
use crate::support::{HotelSpec, Reply, act, day, post, size, together};
use futures_util::FutureExt;

#[tokio::test(flavor = "multi_thread")]
async fn of_guests_who_leave_and_the_evening_that_is_sold_one_has_the_room() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    race.app.sql("UPDATE rate_plan_room_types SET day_price_minor = 6000").await;
    let manager = &hotel.manager;
    let mut replies: Vec<Reply> = Vec::new();
    for round in 0..u64::try_from(size(8, 150)).expect("a number") {
        race.app.app.clock.set(noon(round));
        let by_day = hotel.book(manager, day(round), day(round)).await;
        act(manager, &by_day, "check-in").await.expect(200);
        let evening = || post(manager, BOOKINGS, hotel.request(day(round), day(round + 1))).boxed();
        let again = || post(manager, BOOKINGS, hotel.request(day(round), day(round))).boxed();

        // Whoever asks before they have left is refused; of those who ask after, one gets the room.
        let mut answered = together([act(manager, &by_day, "check-out").boxed(), evening(), evening(), again()]).await;
        let gone = answered.remove(0).expect(200);
        assert_eq!(gone.body["total"], by_day.body["total"]);
        assert!(count(&answered, 201, "") <= 1, "{:?}", tally(&answered));
        assert_eq!(count(&answered, 201, "") + count(&answered, 409, "booking.no_availability"), 3, "{:?}", tally(&answered));
        race.app.assert_consistent().await;
        for reply in answered.iter().filter(|reply| reply.status == 201) {
            act(manager, reply, "cancel").await.expect(200);
        }
        replies.extend(answered);

        // Guests who have not left after all get the night back, or somebody else has it.
        let mut answered = together([act(manager, &by_day, "undo-check-out").boxed(), evening(), evening()]).await;
        let back = answered.remove(0);
        let got = count(&answered, 201, "") + usize::from(back.status == 200);
        assert_eq!(got, 1, "{} {}, {:?}", back.status, back.body, tally(&answered));
        assert!([200, 409].contains(&back.status), "{}", back.body);
        race.app.assert_consistent().await;
        if back.status == 200 {
            act(manager, &by_day, "check-out").await.expect(200);
        }
        for reply in answered.iter().filter(|reply| reply.status == 201) {
            act(manager, reply, "cancel").await.expect(200);
        }
        race.app.sql("UPDATE rooms SET housekeeping = 'clean'").await;
        replies.push(back);
        replies.extend(answered);
    }
    race.end(&replies).await;
}
