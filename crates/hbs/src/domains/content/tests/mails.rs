//! Texts of hotels in mails to their guests.
use super::{CONTENT, at, body, information, publish, published};
use crate::rendering::{Site, line, payloads};
use crate::support::{Hotel, HotelSpec, TestApp, act};
use serde_json::{Value, json};

/// A mail that confirms or changes a booking ends with the hotel's information: what is public of it, in the mail's language.
#[tokio::test]
async fn mails_tell_guests_what_the_hotel_has_published() {
    // One person writes to an address that nobody has proved, more often than is usually allowed.
    let app = TestApp::with(|config| (config.mails_per_unproved_address, config.mails_per_account_to_unproved) = (50, 50)).await;
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

/// T-cms-xss: payloads in what mails tell are text there, too.
#[tokio::test]
async fn xss_payloads_in_what_mails_tell_are_text() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 10, ..HotelSpec::default() }).await;
    let (guest, manager) = (app.guest().await, &hotel.manager);
    let id = published(manager, &information(Some(&hotel.id), "en", "Harmless.")).await;
    let mut site = Site::default();
    for some in payloads().chunks(40) {
        let answered = |payload: &&str| json!({"question": {"question": line(payload, 300), "answer": payload}});
        let plain = |payload: &&str| json!({"contact": {"hours": line(payload, 200)}});
        let heading = json!({"heading": {"level": 2, "text": "Payloads"}});
        let blocks: Vec<Value> =
            std::iter::once(heading).chain(some.iter().map(answered)).chain(some.iter().map(plain)).collect();
        let content = json!({"title": line(some[0], 200), "blocks": blocks});
        let etag = manager.get(&at(&id, "en")).await.expect(200).header("etag").to_owned();
        manager.with("if-match", etag).put(&at(&id, "en"), &json!({"content": content})).await.expect(200);
        publish(manager, &id, "en").await;
        hotel.book(&guest, "2026-12-10", "2026-12-11").await;
        let newest = app.mail_to("ana@example.com").await.swap_remove(0);
        assert!(newest["text"].as_str().is_some_and(|text| text.contains(some[0])), "{newest}");
        // Words of notifications show the same, as far as it is shown there.
        let words = json!({"title": "Test", "body": "{{ name }} {{ hotel_information }}"});
        let path = format!("/v1/properties/{}/notification-templates/broadcast/en/test", hotel.id);
        let sent = manager.post(&path, &words).await.expect(200);
        let tried = app.mail_to(sent.body["to"].as_str().expect("an address")).await.swap_remove(0);
        assert!(tried["text"].as_str().is_some_and(|text| text.contains("Payloads")), "{tried}");
        site.show_mails(&[newest, tried]);
    }
    site.assert_harmless().await;
}
