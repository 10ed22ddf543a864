//! Privacy through the API: what is kept of people, how they get it, and how they are erased.
mod erasing;
mod everywhere;
mod export;
mod inventory;
mod strangers;

use crate::every_route::Exception::{NotKeyed, OfNoProperty, OwnOtherwise, Public};
use crate::every_route::{Call, Request, World};
use crate::payments::pay;
use crate::support::{Client, Hotel, TestApp, act, unique};
use serde_json::json;

const ERASURES: &str = "/v1/privacy/erasures";

/// A guest of whom there is something in many places, who has left and owes nothing.
struct Known {
    client: Client,
    booking: String,
    issue: String,
    review: String,
}

/// By which she is found.
const WORDS: [&str; 4] = ["zuzanna.quuxford@example.com", "Zuzanna Quuxford", "+351910555777", "ZQ998877"];

/// Zuzanna Quuxford: an account, a stay with her document on record, a payment, an invoice, an issue with an answer that quotes her,
/// and a review. "Today" is 2026-12-02 then.
async fn guest_with_everything(app: &TestApp, hotel: &Hotel) -> Known {
    let client = app.guest().await;
    app.sql(&format!(
        "UPDATE users SET email = 'zuzanna.quuxford@example.com', full_name = 'Zuzanna Quuxford', phone = '+351910555777' \
         WHERE id = '{}'",
        client.user_id()
    ))
    .await;
    let contact = json!({"full_name": "Zuzanna Quuxford", "email": "zuzanna.quuxford@example.com", "phone": "+351910555777"});
    let mut request = hotel.request("2026-12-01", "2026-12-02");
    request["contact"] = contact;
    request["special_requests"] = json!("A cot for Zuzanna Quuxford");
    let booking = client.post("/v1/bookings", &request).await.expect(201);
    let manager = &hotel.manager;
    let stay = booking.body["stays"][0]["id"].as_str().expect("a stay");
    let guests = json!({"guests": [{"full_name": "Zuzanna Quuxford", "birth_date": "1990-04-25", "nationality": "PT",
                                    "document": {"kind": "passport", "number": "ZQ998877", "country": "PT"}}]});
    let path = format!("/v1/bookings/{}/stays/{stay}/guests", booking.id());
    let etag = manager.get(&path).await.expect(200).header("etag").to_owned();
    manager.with("if-match", etag).put(&path, &guests).await.expect(200);
    act(manager, &booking, "check-in").await.expect(200);
    pay(manager, booking.id(), "100.00").await.expect(201);

    let issue = json!({"property_id": hotel.id, "booking_id": booking.id(), "category": "room_defect",
                       "subject": "Cold shower of Zuzanna Quuxford", "text": "Call me: +351910555777"});
    let issue = client.post("/v1/issues", &issue).await.expect(201).id().to_owned();
    for text in ["We look at it.", "Dear Zuzanna Quuxford, it is warm again."] {
        manager.post(&format!("/v1/issues/{issue}/messages"), &json!({"text": text})).await.expect(201);
    }

    app.set_clock("2026-12-02T10:00:00Z");
    act(manager, &booking, "check-out").await.expect(200);
    let settings = format!("/v1/properties/{}/invoice-settings", hotel.id);
    let etag = manager.get(&settings).await.expect(200).header("etag").to_owned();
    manager.patch(&settings, &etag, &json!({"legal_name": "Exemplo Hotéis, S.A.", "vat_id": "PT501234567"})).await.expect(200);
    manager.post("/v1/invoices", &json!({"folio_id": booking.id(), "kind": "invoice"})).await.expect(201);
    let review = json!({"booking_id": booking.id(), "ratings": {"overall": 4}, "title": "Quiet", "text": "Yours, Zuzanna Quuxford",
                        "language": "en", "travel_type": "couple"});
    let review = client.post("/v1/reviews", &review).await.expect(201).id().to_owned();
    Known { client, booking: booking.id().to_owned(), issue, review }
}

/// A guest profile that nobody has booked with.
async fn a_profile(w: &World) -> String {
    let email = format!("{}@example.com", unique("bruno"));
    let profile = json!({"property_id": w.property().await, "full_name": "Bruno Wexlar", "email": email});
    w.admin.post("/v1/guests", &profile).await.expect(201).id().to_owned()
}

pub fn requests() -> Vec<Request> {
    of_erasures().into_iter().chain(export::requests()).collect()
}

fn of_erasures() -> Vec<Request> {
    vec![
        Request::new("erase_me", async |_| Call::plain())
            .but(NotKeyed, "after it there is nobody who could ask for the answer again"),
        Request::new("erase_person", async |w| Call::plain().json(&json!({"guest_profile_id": a_profile(w).await})))
            .but(OwnOtherwise, "guests with a link name their booking, and accounts erase themselves by DELETE /v1/me"),
        Request::new("list_erasures", async |w| {
            an_erasure(w).await;
            Call::plain()
        })
        .but(OfNoProperty, "an erasure is of a person, whom many properties may have known"),
        Request::new("get_erasure", async |w| Call::to(&an_erasure(w).await)),
        Request::new("get_erasure_answer", async |w| {
            let id = an_erasure(w).await;
            let signature = erasing::signature(&w.app, "erasure answer", &id, 2999);
            Call::to(&id).query("signature", &signature)
        })
        .but(Public, "the signature in the address says what may be fetched"),
    ]
}

async fn an_erasure(w: &World) -> String {
    let by_profile = json!({"guest_profile_id": a_profile(w).await});
    w.admin.post(ERASURES, &by_profile).await.expect(201).id().to_owned()
}
