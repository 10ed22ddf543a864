use super::{ISSUES, raise, raised};
use crate::support::{HotelSpec, TestApp};
use serde_json::{Value, json};

const ANSWERS: &str = "/v1/canned-answers";

#[tokio::test]
async fn canned_answers_read_in_the_language_of_the_guest() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let mut request = hotel.request("2026-12-10", "2026-12-12");
    request["locale"] = json!("pt-BR");
    request["contact"]["full_name"] = json!("{{hotel_name}} Ana");
    let booking = hotel.manager.post("/v1/bookings", &request).await.expect(201);
    let issue = raise(&hotel.manager, &hotel, json!({"booking_id": booking.id()})).await.id().to_owned();
    let texts = json!({"en": "Dear {{guest_name}} of {{ room_number }},\n{{hotel_name}} ({{agent_name}})",
                       "pt": "Caro {{guest_name}}, até {{check_out}} ({{reference}})"});
    let answer = json!({"property_id": hotel.id, "title": "Greeting", "texts": texts});
    let made = hotel.manager.post(ANSWERS, &answer).await.expect(201);
    assert_eq!((&made.body["title"], &made.body["texts"], &made.body["version"]), (&json!("Greeting"), &texts, &json!(1)));
    let fill =
        async |issue: &str| hotel.manager.get(&format!("{ISSUES}/{issue}/canned-answers/{}", made.id())).await.expect(200).body;
    let reference = booking.body["reference"].as_str().expect("text");
    let filled = fill(&issue).await;
    assert_eq!(
        (&filled["locale"], &filled["text"]),
        (&json!("pt"), &json!(format!("Caro {{{{hotel_name}}}} Ana, até sábado, 12 de dezembro de 2026 ({reference})"))),
        "what a name holds is not filled in"
    );
    let (_, _, english) = raised(&app, &hotel).await;
    assert_eq!(fill(&english).await["text"], "Dear Ana Sousa of ,\nTest Hotel (Test Person)", "what is not known stays empty");

    // A text that neither the guest nor the hotel reads is no answer.
    let only = json!({"property_id": hotel.id, "title": "Só em português", "texts": {"pt": "Olá"}});
    let only = hotel.manager.post(ANSWERS, &only).await.expect(201);
    let path = |issue: &str| format!("{ISSUES}/{issue}/canned-answers/{}", only.id());
    assert_eq!(hotel.manager.get(&path(&issue)).await.expect(200).body["text"], "Olá");
    assert_eq!(hotel.manager.get(&path(&english)).await.expect(409).code(), "canned_answer.no_text");
}

#[tokio::test]
async fn canned_answers_are_checked_when_they_are_saved() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let new = |title: &str, texts: Value| json!({"property_id": hotel.id, "title": title, "texts": texts});
    for (texts, pointer) in [
        (json!({"en": "Dear {{password}}"}), "/texts/en"),
        (json!({"en": "Dear {{guest_name"}), "/texts/en"),
        (json!({}), "/texts"),
        (json!({"en": ""}), "/texts"),
        (json!({"en": "x".repeat(5001)}), "/texts"),
        (json!({"english": "Hello"}), "/texts/english"),
    ] {
        assert_eq!(hotel.manager.post(ANSWERS, &new("Wrong", texts.clone())).await.expect(422).pointers(), [pointer], "{texts}");
    }
    let made = hotel.manager.post(ANSWERS, &new("Olá", json!({"pt": "Olá"}))).await.expect(201);
    assert_eq!(
        hotel.manager.post(ANSWERS, &new("OLA", json!({"pt": "Oi"}))).await.expect(409).code(),
        "canned_answer.title_taken"
    );
    let other = hotel.manager.post(ANSWERS, &new("Bye", json!({"en": "Bye"}))).await.expect(201);
    let path = format!("{ANSWERS}/{}", other.id());
    assert_eq!(
        hotel.manager.patch(&path, "\"1\"", &json!({"title": "olá"})).await.expect(409).code(),
        "canned_answer.title_taken"
    );
    assert_eq!(
        hotel.manager.patch(&path, "\"1\"", &json!({"texts": {"en": "{{x}}"}})).await.expect(422).pointers(),
        ["/texts/en"]
    );
    hotel.manager.patch(&path, "\"1\"", &json!({"texts": {"en": "Bye bye"}})).await.expect(200);
    let list = hotel.manager.get(&format!("{ANSWERS}?property_id={}&q=OLA", hotel.id)).await.expect(200).body;
    assert_eq!(
        list["items"].as_array().map(|items| items.iter().map(|item| item["id"].clone()).collect::<Vec<_>>()),
        Some(vec![json!(made.id())])
    );
    hotel.manager.delete(&format!("{ANSWERS}/{}", made.id()), "\"1\"").await.expect(204);
    hotel.manager.get(&format!("{ANSWERS}/{}", made.id())).await.expect(404);
    hotel.manager.post(ANSWERS, &new("Ola", json!({"pt": "Olá"}))).await.expect(201);
}
