//! People who are erased while they book, write and wish.
use super::{BOOKINGS, Race, tally};
use crate::support::{HotelSpec, Reply, TestApp, TestGateway, act, day, eur, post, size, together};
use futures_util::future::BoxFuture;
use http::Method;
use serde_json::json;

/// T-pri-race: the new thing wins, and the erasure is refused; or the erasure wins, and the new thing is refused. Never half.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_erased_while_they_book_is_erased_whole_or_not_at_all() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 6, ..HotelSpec::default() }).await;
    let guests = race.guests(size(4, 40)).await;
    let mut replies: Vec<Reply> = Vec::new();
    for (round, guest) in guests.iter().enumerate() {
        let night = 1 + u64::try_from(round).expect("a number");
        let mut request = hotel.request(day(night), day(night + 1));
        request["contact"] = json!({"full_name": "Zuzanna Quuxford", "email": format!("zuzanna{round}@example.com")});
        let issue = json!({"property_id": hotel.id, "category": "other", "subject": "Zuzanna asks", "text": "Zuzanna asks"});
        let wish = json!({"room_type_id": hotel.double});
        let eraser = guest.with("if-match", "\"1\"");
        let mut work: Vec<BoxFuture<'static, Reply>> = vec![
            Box::pin(post(guest, BOOKINGS, request.clone())),
            Box::pin(post(guest, "/v1/issues", issue)),
            Box::pin(post(guest, "/v1/me/wishlist", wish)),
            Box::pin(post(guest, BOOKINGS, request)),
        ];
        work.insert(round % 4, Box::pin(async move { eraser.send(Method::DELETE, "/v1/me", None).await }));
        replies.extend(together(work).await);
    }
    for (what, sql) in [
        (
            "bookings that name somebody who was erased",
            "SELECT count(*) FROM bookings AS b JOIN users AS u ON u.id = b.user_id \
             WHERE u.erased_at IS NOT NULL AND b.erased_at IS NULL",
        ),
        (
            "bookings of people who were erased that are still to come",
            "SELECT count(*) FROM bookings AS b JOIN users AS u ON u.id = b.user_id \
             WHERE u.erased_at IS NOT NULL AND b.status IN ('held', 'confirmed')",
        ),
        (
            "words of people who were erased",
            "SELECT count(*) FROM issues AS i JOIN users AS u ON u.id = i.guest_user_id \
             JOIN issue_messages AS m ON m.property_id = i.property_id AND m.issue_id = i.id \
             WHERE u.erased_at IS NOT NULL AND (i.subject <> '[erased]' OR m.text <> '[erased]')",
        ),
        (
            "wishes of people who were erased",
            "SELECT count(*) FROM wishlist_items AS w JOIN users AS u ON u.id = w.user_id WHERE u.erased_at IS NOT NULL",
        ),
        (
            "sessions of people who were erased",
            "SELECT count(*) FROM sessions AS s JOIN users AS u ON u.id = s.user_id WHERE u.erased_at IS NOT NULL",
        ),
        (
            "people whose bookings were refused without an erasure",
            "SELECT count(*) FROM users AS u WHERE u.erased_at IS NULL AND u.email LIKE 'guest%' \
             AND NOT EXISTS (SELECT FROM bookings AS b WHERE b.user_id = u.id) \
             AND EXISTS (SELECT FROM erasures AS e WHERE e.user_id = u.id)",
        ),
    ] {
        assert_eq!(race.app.number(sql).await, 0, "{what}");
    }
    let refused = ["", "privacy.in_the_way", "privacy.busy", "privacy.erased", "auth.unauthenticated"];
    for reply in replies.iter().filter(|reply| reply.status >= 400) {
        let is_known = refused.contains(&reply.code()) || [404, 409].contains(&reply.status);
        assert!(is_known, "{}: {}", reply.status, reply.body);
    }
    race.end(&replies).await;
}

/// T-pri-race: of somebody who owes a fee and pays it while they are erased, either the erasure is refused, or it comes after the
/// payment. No payment is under way for somebody who is gone, and none of them owes anything.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_erased_while_they_pay_owes_nothing_afterwards() {
    let gateway = TestGateway::start().await;
    let app = TestApp::with(|config| gateway.configure(config)).await;
    let race = Race { deadlocks: app.deadlocks().await, app };
    let hotel = race.app.hotel(HotelSpec { rooms: 6, ..HotelSpec::default() }).await;
    race.app.sql("UPDATE cancellation_policies SET is_non_refundable = true").await;
    let guests = race.guests(size(6, 40)).await;
    let mut replies: Vec<Reply> = Vec::new();
    for (round, guest) in guests.iter().enumerate() {
        let night = u64::try_from(round).expect("a number") / 6;
        let booking = hotel.book(guest, day(night), day(night + 1)).await;
        let cancelled = act(guest, &booking, "cancel").await.expect(200).body;
        let owed = &cancelled["balance"];
        assert_ne!(owed, &eur("0.00"), "a fee is owed: {cancelled}");
        let pays = |method: &str| json!({"booking_id": booking.id(), "method": method, "amount": owed});
        let eraser = |version: u8| -> BoxFuture<'static, Reply> {
            let client = guest.with("if-match", format!("\"{version}\""));
            Box::pin(async move { client.send(Method::DELETE, "/v1/me", None).await })
        };
        let at_the_desk: BoxFuture<'static, Reply> = Box::pin(post(&hotel.manager, "/v1/payments", pays("cash")));
        let on_a_page: BoxFuture<'static, Reply> = Box::pin(post(guest, "/v1/payments", pays("gateway")));
        let mut work = if round % 2 == 0 { vec![at_the_desk, on_a_page] } else { vec![on_a_page, at_the_desk] };
        work.insert(round % 3, eraser(1));
        work.push(eraser(1));
        replies.extend(together(work).await);
    }
    let of_erased = "FROM bookings AS b JOIN users AS u ON u.id = b.user_id AND u.erased_at IS NOT NULL";
    for (what, sql) in [
        (
            "payments under way of people who were erased",
            format!(
                "SELECT count(*) {of_erased} JOIN payments AS p ON p.property_id = b.property_id AND p.booking_id = b.id \
                 WHERE p.status IN ('pending', 'requires_action', 'authorized', 'unknown')"
            ),
        ),
        (
            "folios of people who were erased on which something is owed",
            format!(
                "SELECT count(*) {of_erased} JOIN folios AS f ON f.property_id = b.property_id AND f.booking_id = b.id \
                 WHERE f.balance_minor <> 0"
            ),
        ),
        ("bookings that name people who were erased", format!("SELECT count(*) {of_erased} WHERE b.erased_at IS NULL")),
    ] {
        assert_eq!(race.app.number(&sql).await, 0, "{what}: {:?}", tally(&replies));
    }
    let known = [200, 201, 401, 404, 409, 412, 422];
    assert!(replies.iter().all(|reply| known.contains(&reply.status)), "{:?}", tally(&replies));
    race.end(&replies).await;
}
