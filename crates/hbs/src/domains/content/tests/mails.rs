//! What hotels have written, in mails to their guests.
use super::{CONTENT, at, body, information, publish, published};
use crate::support::{Hotel, HotelSpec, TestApp, act};
use serde_json::json;

/// A mail that confirms or changes a booking ends with the hotel's information: what is public of it, in the mail's language.
#[tokio::test]
async fn mails_tell_guests_what_the_hotel_has_published() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let newest = async || app.mail_to("ana@example.com").await.swap_remove(0);
    let told = async |hotel: &Hotel, locale: &str| {
        let mut request = hotel.request("2026-12-10", "2026-12-11");
        request["locale"] = json!(locale);
        let booking = guest.post("/v1/bookings", &request).await.expect(201);
        (newest().await["text"].as_str().expect("a text").to_owned(), booking)
    };
    let made = hotel.manager.post(CONTENT, &information(Some(&hotel.id), "en", "Take **bus 728** to [Praia](/map).")).await;
    let id = made.expect(201).id().to_owned();
    let (text, _) = told(&hotel, "en-GB").await;
    assert!(text.contains("is confirmed") && !text.contains("bus 728"), "a draft is told to nobody: {text}");

    publish(&hotel.manager, &id, "en").await;
    let portuguese = json!({"locale": "pt", "content": body("Como chegar", "Apanhe o autocarro 728.")});
    hotel.manager.post(&format!("{CONTENT}/{id}/locales"), &portuguese).await.expect(201);
    publish(&hotel.manager, &id, "pt").await;
    let (text, booking) = told(&hotel, "en-GB").await;
    assert!(text.contains("How to reach us\n\nTake **bus 728** to [Praia](/map).\n"), "{text}");
    let html = newest().await["html"].as_str().expect("HTML").to_owned();
    assert!(html.contains("Take <strong>bus 728</strong> to") && !html.contains("/map"), "{html}");
    let (text, _) = told(&hotel, "pt-PT").await;
    assert!(text.contains("Como chegar\n\nApanhe o autocarro 728.\n") && !text.contains("bus 728"), "{text}");
    act(&guest, &booking, "cancel").await.expect(200);
    let text = newest().await["text"].as_str().expect("a text").to_owned();
    assert!(text.contains("was cancelled") && !text.contains("bus 728"), "{text}");

    // That of all hotels is for those without their own.
    let admin = app.admin().await;
    published(&admin, &information(None, "en", "Ask for the chain's shuttle.")).await;
    let (text, _) = told(&hotel, "en").await;
    assert!(text.contains("bus 728") && !text.contains("shuttle"), "{text}");
    let other = app.hotel(HotelSpec::default()).await;
    let (text, _) = told(&other, "pt").await;
    assert!(text.contains("Ask for the chain's shuttle."), "the language that there is: {text}");
    hotel.manager.post(&format!("{}/archive", at(&id, "en")), &json!({})).await.expect(200);
    hotel.manager.post(&format!("{}/archive", at(&id, "pt")), &json!({})).await.expect(200);
    let (text, _) = told(&hotel, "en").await;
    assert!(text.contains("shuttle") && !text.contains("bus 728"), "what was withdrawn is told no more: {text}");
}
