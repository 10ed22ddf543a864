use crate::every_route::{Call, Request, World};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, png_chunk};
use http::Method;
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use serde_json::{Value, json};
use std::io::Cursor;

/// A signature: ink on glass, as a screen captures it.
fn signature(width: u32, ink: u8) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let pixels = RgbaImage::from_fn(width, 50, |x, y| if x / 2 == y { Rgba([ink, 0, 0, 255]) } else { Rgba([0, 0, 0, 0]) });
    DynamicImage::from(pixels).write_to(&mut file, ImageFormat::Png).expect("a picture");
    file.into_inner()
}

fn guests(name: &str) -> Value {
    json!({"guests": [{"full_name": name, "birth_date": "1990-04-25", "nationality": "PT",
                       "document": {"kind": "passport", "number": "CA123456", "country": "PT"}}]})
}

/// A stay of the hotel, by its path.
async fn stay(hotel: &Hotel, locale: &str) -> String {
    let mut request = hotel.request_for(0, "2026-12-01", "2026-12-03");
    request["locale"] = json!(locale);
    let booking = hotel.manager.post("/v1/bookings", &request).await.expect(201);
    let stay = booking.body["stays"][0]["id"].as_str().expect("a stay").to_owned();
    format!("/v1/bookings/{}/stays/{stay}", booking.id())
}

async fn register(hotel: &Hotel, stay: &str, etag: &str, name: &str) {
    hotel.manager.with("if-match", etag).put(&format!("{stay}/guests"), &guests(name)).await.expect(200);
}

async fn card(hotel: &Hotel, stay: &str) -> Reply {
    hotel.manager.post(&format!("{stay}/registration-cards"), &json!({})).await.expect(201)
}

async fn page(client: &Client, card: &Reply) -> Reply {
    client.get(card.body["print_url"].as_str().expect("an address")).await
}

fn text(page: &Reply) -> &str {
    page.body.as_str().expect("a page")
}

async fn sign(client: &Client, card: &Reply, etag: &str, file: &[u8]) -> Reply {
    let path = format!("/v1/registration-cards/{}/signature", card.id());
    client.with("if-match", etag).upload(Method::PUT, &path, "image/png", file).await
}

#[tokio::test]
async fn guests_sign_what_is_on_record() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let terms = json!({"texts": {"en": "Leave by 11:00.", "pt": "Saída até às 11:00.\nNão fumar."}});
    let terms_path = format!("/v1/properties/{}/registration-terms", hotel.id);
    let set = hotel.manager.with("if-match", "\"0\"").put(&terms_path, &terms).await.expect(200);
    assert_eq!((&set.body["texts"], set.header("etag")), (&terms["texts"], "\"1\""));
    let stay = stay(&hotel, "pt-PT").await;
    let none = hotel.manager.post(&format!("{stay}/registration-cards"), &json!({})).await.expect(409);
    assert_eq!(none.code(), "registration_card.no_guests");
    register(&hotel, &stay, "\"1\"", "Ana <Sousa>").await;
    let made = card(&hotel, &stay).await;
    assert_eq!(
        (&made.body["status"], &made.body["locale"], &made.body["is_current"]),
        (&json!("open"), &json!("pt-PT"), &json!(true))
    );
    assert_eq!((&made.body["signature_url"], &made.body["signed_by"]), (&Value::Null, &Value::Null));

    let unsigned = page(&hotel.manager, &made).await.expect(200);
    assert_eq!(unsigned.header("content-type"), "text/html; charset=utf-8");
    let policy = unsigned.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; img-src data:; style-src 'sha256-"), "{policy}");
    for part in [
        "Ficha de registo",
        "Ana &lt;Sousa&gt;",
        "25.04.1990",
        "Passaporte CA123456 (PT)",
        "Saída até às 11:00.\nNão fumar.",
        "terça-feira, 1 de dezembro de 2026",
        ">101<",
        "Test Hotel",
    ] {
        assert!(text(&unsigned).contains(part), "no {part:?} in {}", text(&unsigned));
    }
    assert!(!text(&unsigned).contains("<script") && !text(&unsigned).contains("<img"), "{}", text(&unsigned));

    let signed = sign(&hotel.manager, &made, "\"1\"", &signature(200, 10)).await.expect(200);
    assert_eq!((&signed.body["status"], &signed.body["signed_by"]), (&json!("signed"), &json!("Ana <Sousa>")));
    assert_eq!(
        (&signed.body["signed_at"], &signed.body["taken_by"]),
        (&json!("2026-12-01T12:00:00Z"), &json!(hotel.manager.user_id()))
    );
    let shown = hotel.manager.get(signed.body["signature_url"].as_str().expect("an address")).await.expect(200);
    assert_eq!((shown.header("content-type"), shown.header("cache-control")), ("image/webp", "no-store"));
    assert!(text(&page(&hotel.manager, &made).await.expect(200)).contains("<img src=\"data:image/webp;base64,"));
    let told = app.rows("SELECT changes FROM outbox WHERE kind LIKE 'registration_card.%'").await;
    assert_eq!(told.len(), 4, "made, read, signed, and read again");
    assert!(told.iter().all(|event| !event.to_string().contains("Sousa") && !event.to_string().contains("CA123456")), "{told:?}");
    let kept = app.rows("SELECT encode(content, 'escape') AS content FROM registration_cards").await;
    assert!(!kept[0].to_string().contains("Sousa"), "what is on a card is sealed");
}

/// Documents have a permission of their own, wherever their numbers stand.
#[tokio::test]
async fn numbers_of_documents_are_for_those_who_may_read_them() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let stay = stay(&hotel, "en").await;
    register(&hotel, &stay, "\"1\"", "Ana Sousa").await;
    let card = card(&hotel, &stay).await;
    let read = "SELECT actor_id, changes FROM outbox WHERE kind = 'registration_card.documents_read'";
    let clerk = app.staff(&["guests:read"], Some(&hotel.id)).await;
    let hidden = page(&clerk, &card).await.expect(200);
    assert!(text(&hidden).contains("Passport ••••• (PT)") && !text(&hidden).contains("CA123456"), "{}", text(&hidden));
    assert!(app.rows(read).await.is_empty());
    let reader = app.staff(&["guests:read", "guest_documents:read"], Some(&hotel.id)).await;
    assert!(text(&page(&reader, &card).await.expect(200)).contains("Passport CA123456 (PT)"));
    let told = app.rows(read).await;
    assert_eq!((told.len(), &told[0]["actor_id"]), (1, &json!(reader.user_id())));
    assert_eq!(told[0]["changes"]["documents"]["after"], 1);
}

#[tokio::test]
async fn what_is_signed_stays_as_it_is() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let stay = stay(&hotel, "en").await;
    register(&hotel, &stay, "\"1\"", "Ana Sousa").await;
    let first = card(&hotel, &stay).await;
    // Another card takes the place of one that was not signed.
    let second = card(&hotel, &stay).await;
    assert_eq!(sign(&hotel.manager, &first, "\"2\"", &signature(200, 10)).await.expect(409).code(), "registration_card.void");
    // Who stays has changed since.
    register(&hotel, &stay, "\"2\"", "Ana Maria Sousa").await;
    assert_eq!(
        sign(&hotel.manager, &second, "\"1\"", &signature(200, 10)).await.expect(409).code(),
        "registration_card.outdated"
    );
    let third = card(&hotel, &stay).await;
    let signed = sign(&hotel.manager, &third, "\"1\"", &signature(200, 10)).await.expect(200);
    assert_eq!(
        sign(&hotel.manager, &third, "\"2\"", &signature(200, 10)).await.expect(200).body,
        signed.body,
        "the same once more"
    );
    assert_eq!(sign(&hotel.manager, &third, "\"2\"", &signature(210, 90)).await.expect(409).code(), "registration_card.signed");
    let refused =
        app.try_sql("UPDATE registration_cards SET signed_by = 'Eva' WHERE status = 'signed'").await.expect_err("refused");
    assert!(refused.contains("a signed registration card is not changed"), "{refused}");

    // A change makes another card, and the signed one is as it was.
    let before = text(&page(&hotel.manager, &third).await.expect(200)).to_owned();
    register(&hotel, &stay, "\"3\"", "Eva Lima").await;
    let fourth = card(&hotel, &stay).await;
    assert_eq!(text(&page(&hotel.manager, &third).await.expect(200)), before);
    let list = hotel.manager.get(&format!("{stay}/registration-cards")).await.expect(200);
    let told: Vec<_> = list.body["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|card| json!([card["id"], card["status"], card["is_current"]]))
        .collect();
    assert_eq!(
        told,
        [
            json!([fourth.id(), "open", true]),
            json!([third.id(), "signed", false]),
            json!([second.id(), "void", false]),
            json!([first.id(), "void", false]),
        ]
    );
    let seen = hotel.manager.get(&format!("/v1/registration-cards/{}", third.id())).await.expect(200);
    assert_eq!((&seen.body["is_current"], seen.header("etag")), (&json!(false), "\"2\""));

    // Nobody signs for a stay that was cancelled.
    let booking = stay.split_once("/stays/").expect("a stay").0;
    hotel.manager.post(&format!("{booking}/cancel"), &json!({})).await.expect(200);
    assert_eq!(
        sign(&hotel.manager, &fourth, "\"1\"", &signature(200, 10)).await.expect(409).code(),
        "registration_card.outdated"
    );
    let none = hotel.manager.post(&format!("{stay}/registration-cards"), &json!({})).await.expect(409);
    assert_eq!(none.code(), "registration_card.not_staying");
}

#[tokio::test]
async fn signatures_are_small_and_private() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let stay = stay(&hotel, "en").await;
    register(&hotel, &stay, "\"1\"", "Ana Sousa").await;
    let made = card(&hotel, &stay).await;
    let jpeg = {
        let mut file = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(20, 20).write_to(&mut file, ImageFormat::Jpeg).expect("a picture");
        file.into_inner()
    };
    assert_eq!(sign(&hotel.manager, &made, "\"1\"", &jpeg).await.status, 415, "whatever it is called");
    let large = [signature(20, 1), vec![0; 1024 * 1024]].concat();
    assert_eq!(sign(&hotel.manager, &made, "\"1\"", &large).await.status, 413);
    let vast = [b"\x89PNG\r\n\x1a\n".to_vec(), png_chunk(b"IHDR", &[0, 0, 255, 255, 0, 0, 255, 255, 8, 6, 0, 0, 0])].concat();
    assert_eq!(sign(&hotel.manager, &made, "\"1\"", &vast).await.status, 422);
    let path = format!("/v1/registration-cards/{}/signature?signed_by=Rui%20Sousa", made.id());
    hotel.manager.get(&format!("/v1/registration-cards/{}/signature", made.id())).await.expect(404);
    let signed =
        hotel.manager.with("if-match", "\"1\"").upload(Method::PUT, &path, "image/png", &signature(200, 10)).await.expect(200);
    assert_eq!(signed.body["signed_by"], "Rui Sousa");

    let key = app.rows("SELECT signature_key FROM registration_cards").await;
    let key = key[0]["signature_key"].as_str().expect("a key");
    for name in [format!("{key}-private.webp"), format!("{key}-200.webp")] {
        app.anonymous().get(&format!("/v1/images/{name}")).await.expect(404);
    }
    let desk = app.staff(&["stays:check_in", "bookings:read"], Some(&hotel.id)).await;
    for address in ["print_url", "signature_url"] {
        let address = signed.body[address].as_str().expect("an address");
        app.anonymous().get(address).await.expect(401);
        assert_eq!(desk.get(address).await.expect(403).body["permission"], "guests:read");
        app.hotel(HotelSpec::default()).await.manager.get(address).await.expect(404);
    }
    let guest = app.guest().await;
    guest.get(signed.body["print_url"].as_str().expect("an address")).await.expect(403);
}

#[tokio::test]
async fn terms_are_checked_and_kept_by_language() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let path = format!("/v1/properties/{}/registration-terms", hotel.id);
    assert_eq!(hotel.manager.get(&path).await.expect(200).body, json!({"property_id": hotel.id, "texts": {}, "version": 0}));
    let set = async |etag: &str, texts: Value| hotel.manager.with("if-match", etag).put(&path, &json!({"texts": texts})).await;
    for wrong in [json!({"en": ""}), json!({"en": "x".repeat(10_001)}), json!({"english": "x"}), json!({"en": null})] {
        assert_eq!(set("\"0\"", wrong.clone()).await.status, 422, "{wrong}");
    }
    set("\"0\"", json!({"en": "One"})).await.expect(200);
    assert_eq!(set("\"0\"", json!({"en": "Two"})).await.expect(412).code(), "request.precondition_failed");
    assert_eq!(set("\"1\"", json!({"en": "One"})).await.expect(200).header("etag"), "\"1\"", "so they are already");
    let set = set("\"1\"", json!({"de": "Zwei"})).await.expect(200);
    assert_eq!((&set.body["texts"], set.header("etag")), (&json!({"de": "Zwei"}), "\"2\""));
    // A card has them in its language, else in any.
    let stay = stay(&hotel, "en").await;
    register(&hotel, &stay, "\"1\"", "Ana Sousa").await;
    assert!(text(&page(&hotel.manager, &card(&hotel, &stay).await).await.expect(200)).contains("Zwei"));
}

/// The booking and the stay of the world, with a guest on record.
async fn registered(w: &World) -> (String, String) {
    let (booking, stay) = (w.booking().await.to_owned(), w.stay().await.to_owned());
    let path = format!("/v1/bookings/{booking}/stays/{stay}/guests");
    w.admin.with("if-match", "\"1\"").put(&path, &guests("Ana Sousa")).await.expect(200);
    (booking, stay)
}

async fn a_card(w: &World) -> String {
    let (booking, stay) = registered(w).await;
    let path = format!("/v1/bookings/{booking}/stays/{stay}/registration-cards");
    w.admin.post(&path, &json!({})).await.expect(201).id().to_owned()
}

async fn a_signed_card(w: &World) -> String {
    let card = a_card(w).await;
    let path = format!("/v1/registration-cards/{card}/signature");
    w.admin.with("if-match", "\"1\"").upload(Method::PUT, &path, "image/png", &signature(100, 10)).await.expect(200);
    card
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_registration_cards", async |w| {
            a_card(w).await;
            Call::to(w.booking().await).and(w.stay().await)
        }),
        Request::new("create_registration_card", async |w| {
            let (booking, stay) = registered(w).await;
            Call::to(&booking).and(&stay).json(&json!({"locale": "pt"}))
        }),
        Request::new("get_registration_card", async |w| Call::to(&a_card(w).await)),
        Request::new("print_registration_card", async |w| Call::to(&a_card(w).await)),
        Request::new("sign_registration_card", async |w| Call::to(&a_card(w).await).picture()),
        Request::new("get_registration_card_signature", async |w| Call::to(&a_signed_card(w).await)),
        Request::new("get_registration_terms", async |w| Call::to(w.property().await)),
        Request::new("set_registration_terms", async |w| {
            let path = format!("/v1/properties/{}/registration-terms", w.property().await);
            w.admin.with("if-match", "\"0\"").put(&path, &json!({"texts": {"en": "One"}})).await.expect(200);
            Call::to(w.property().await).json(&json!({"texts": {"en": "Leave by 11:00."}}))
        }),
    ]
}
