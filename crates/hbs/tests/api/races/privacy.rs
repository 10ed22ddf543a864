//! People who are erased while they book, write and wish.
use super::{BOOKINGS, Race};
use crate::support::{HotelSpec, Reply, day, post, size, together};
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
        let wish = json!({"property_id": hotel.id});
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
