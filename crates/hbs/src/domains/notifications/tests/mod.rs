mod broadcasts;
mod ending;
mod inbox;
mod kills;
mod storm;
mod stream;
mod support;
mod templates;

use crate::every_route::{
    Call,
    Exception::{AnswersWith, ForPeopleOnly, NotVersioned, OfOwner, Public},
    Request, World,
};
use serde_json::{Value, json};
use support::{BROADCASTS, tell_of_booking};

/// A notification of the owner: that their booking is confirmed.
async fn a_notification(w: &World) -> String {
    tell_of_booking(&w.app, &w.owner, w.booking().await).await
}

fn words() -> Value {
    json!({"title": "{{ hotel }}: {{ reference }}", "body": "Welcome, {{ name }}."})
}

fn broadcast(property: &str) -> Value {
    json!({"property_id": property, "audience": "in_house", "title": "Breakfast moves", "body": "To the terrace."})
}

async fn a_broadcast(w: &World) -> String {
    w.admin.post(BROADCASTS, &broadcast(w.property().await)).await.expect(201).id().to_owned()
}

/// Call about the words of a kind in English.
async fn of_words(w: &World) -> Call {
    Call::to(w.property().await).and("my_booking_confirmed").and("en")
}

/// The same where the hotel has its own words.
async fn own_words(w: &World) -> Call {
    let path = format!("/v1/properties/{}/notification-templates/my_booking_confirmed/en", w.property().await);
    let set = w.admin.with("if-match", "\"0\"").put(&path, &json!({"title": "A", "body": "B"})).await;
    assert!(set.status == 200 || set.status == 412, "{}", set.body);
    of_words(w).await
}

pub fn requests() -> Vec<Request> {
    const OWN: &str = "others' notifications are nobody's to see";
    const NO_VERSION: &str = "a notification is read or removed, never changed by what was seen";
    vec![
        Request::new("list_notifications", async |_| Call::plain()),
        Request::new("count_unread_notifications", async |_| Call::plain()),
        Request::new("list_notification_deliveries", async |_| Call::plain()),
        Request::new("read_notification", async |w| Call::to(&a_notification(w).await)).but(OfOwner, OWN),
        Request::new("unread_notification", async |w| Call::to(&a_notification(w).await)).but(OfOwner, OWN),
        Request::new("read_all_notifications", async |_| Call::plain()),
        Request::new("delete_notification", async |w| Call::to(&a_notification(w).await))
            .but(OfOwner, OWN)
            .but(NotVersioned, NO_VERSION),
        Request::new("get_notification_preferences", async |_| Call::plain()),
        Request::new("update_notification_preferences", async |_| {
            Call::plain().json(&json!({"digest": "daily", "kinds": {"my_refund": {"push": true}}}))
        }),
        Request::new("get_mail_subscription", async |_| Call::to("not-a-token"))
            .but(Public, "whoever has a mail may see what it ends")
            .but(AnswersWith(404), "a token is sealed, and in a mail alone"),
        Request::new("resubscribe_to_mails", async |_| Call::to("not-a-token"))
            .but(Public, "whoever has a mail may have more of them")
            .but(AnswersWith(404), "a token is sealed, and in a mail alone"),
        Request::new("unsubscribe_from_mails", async |_| Call::to("not-a-token"))
            .but(Public, "mail programs sign in nowhere")
            .but(AnswersWith(404), "a token is sealed, and in a mail alone"),
        Request::new("stream_events", async |_| Call::plain().query("follow", "false")),
        Request::new("list_notification_templates", async |w| Call::to(w.property().await)),
        Request::new("get_notification_template", async |w| of_words(w).await),
        Request::new("set_notification_template", async |w| own_words(w).await.json(&words())),
        Request::new("reset_notification_template", async |w| own_words(w).await),
        Request::new("preview_notification_template", async |w| of_words(w).await.json(&words())),
        Request::new("test_notification_template", async |w| of_words(w).await.json(&words()))
            .but(ForPeopleOnly, "an integration has no mailbox"),
        Request::new("list_notification_broadcasts", async |w| {
            a_broadcast(w).await;
            Call::plain()
        }),
        Request::new("create_notification_broadcast", async |w| Call::plain().json(&broadcast(w.property().await))),
        Request::new("count_broadcast_audience", async |w| Call::about(w.property().await).query("audience", "in_house")),
        Request::new("get_notification_broadcast", async |w| Call::to(&a_broadcast(w).await)),
        Request::new("cancel_notification_broadcast", async |w| Call::to(&a_broadcast(w).await)),
    ]
}
