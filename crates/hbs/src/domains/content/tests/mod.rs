//! Tests of content through the API.
mod kills;
mod mails;
mod public;
mod schedule;
mod workflow;
mod xss;

use crate::every_route::{Call, Exception::Public, Request, TO_LOOK, World};
use crate::support::{Client, Hotel, Reply};
use serde_json::{Value, json};

pub const CONTENT: &str = "/v1/content";
pub const PAGES: &str = "/v1/pages";

/// A page of one text.
pub fn body(title: &str, text: &str) -> Value {
    json!({"title": title, "blocks": [{"text": {"markdown": text}}]})
}

/// Returns a request that adds a page of one text.
pub fn page(property: &str, locale: &str, slug: &str, text: &str) -> Value {
    json!({"property_id": property, "kind": "page", "name": slug, "locale": locale, "slug": slug, "content": body(slug, text)})
}

/// Returns a request that adds information of a hotel, or of all: one text, which mails tell, too.
pub fn information(property: Option<&str>, locale: &str, text: &str) -> Value {
    let content = body("How to reach us", text);
    json!({"property_id": property, "kind": "hotel_information", "name": "Ways", "locale": locale, "content": content})
}

/// The address of content in a language.
pub fn at(id: &str, locale: &str) -> String {
    format!("{CONTENT}/{id}/locales/{locale}")
}

/// Adds a page and publishes it; its id.
pub async fn published(client: &Client, page: &Value) -> String {
    let made = client.post(CONTENT, page).await.expect(201);
    publish(client, made.id(), page["locale"].as_str().expect("a language")).await;
    made.id().to_owned()
}

pub async fn publish(client: &Client, id: &str, locale: &str) -> Reply {
    client.post(&format!("{}/publish", at(id, locale)), &json!({})).await.expect(200)
}

/// Saves a version of one text after the one that there is.
pub async fn save(client: &Client, id: &str, locale: &str, text: &str) -> Reply {
    let etag = client.get(&at(id, locale)).await.expect(200).header("etag").to_owned();
    let version = json!({"content": body("Title", text)});
    client.with("if-match", etag).put(&at(id, locale), &version).await.expect(200)
}

/// The address of a public page of a hotel.
pub fn public(hotel: &Hotel, slug: &str) -> String {
    format!("{PAGES}/{slug}?property_id={}", hotel.id)
}

/// The first text of a public page.
pub fn html(reply: &Reply) -> &str {
    reply.body["blocks"][0]["html"].as_str().unwrap_or_else(|| panic!("no text in {}", reply.body))
}

/// Adds a small picture for content; its id.
pub async fn picture(client: &Client, property: &str) -> String {
    named_picture(client, property, "Pool").await
}

/// Adds a picture under a name as addresses write it.
pub async fn named_picture(client: &Client, property: &str, name: &str) -> String {
    let mut file = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(40, 30).write_to(&mut file, image::ImageFormat::Png).expect("a picture");
    let path = format!("/v1/content-media?property_id={property}&name={name}");
    client.upload(http::Method::POST, &path, "image/png", &file.into_inner()).await.expect(201).id().to_owned()
}

/// A draft of a page.
async fn a_draft(w: &World) -> String {
    let page = page(w.property().await, "en", "breakfast", "From 7 to 11.");
    w.admin.post(CONTENT, &page).await.expect(201).id().to_owned()
}

/// Content with a move that it has made.
async fn moved(w: &World, action: &str) -> String {
    let id = a_draft(w).await;
    w.admin.post(&format!("{}/{action}", at(&id, "en")), &json!({})).await.expect(200);
    id
}

/// A page that is public.
async fn a_page(w: &World) -> String {
    moved(w, "publish").await
}

/// Asks for a preview of a draft; its token.
async fn a_token(w: &World) -> String {
    let id = a_draft(w).await;
    let made = w.admin.post(&format!("{}/preview", at(&id, "en")), &json!({})).await.expect(200);
    made.body["token"].as_str().expect("a token").to_owned()
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_content", async |w| {
            a_draft(w).await;
            Call::about(w.property().await)
        }),
        Request::new("create_content", async |w| Call::plain().json(&page(w.property().await, "en", "pool", "It is warm."))),
        Request::new("get_content", async |w| Call::to(&a_draft(w).await)),
        Request::new("update_content", async |w| Call::to(&a_draft(w).await).json(&json!({"name": "Breakfast"}))),
        Request::new("delete_content", async |w| Call::to(&a_draft(w).await)),
        Request::new("add_content_locale", async |w| {
            Call::to(&a_draft(w).await).json(&json!({"locale": "pt", "content": body("Pequeno-almoço", "Das 7 às 11.")}))
        }),
        Request::new("get_content_locale", async |w| Call::to(&a_draft(w).await).and("en")),
        Request::new("save_content_locale", async |w| {
            Call::to(&a_draft(w).await).and("en").json(&json!({"content": body("Breakfast", "From 6.")}))
        }),
        Request::new("set_content_slug", async |w| Call::to(&a_draft(w).await).and("en").json(&json!({"slug": "brunch"}))),
        Request::new("submit_content", async |w| Call::to(&a_draft(w).await).and("en")),
        Request::new("return_content", async |w| Call::to(&moved(w, "submit").await).and("en").json(&json!({}))),
        Request::new("publish_content", async |w| Call::to(&a_draft(w).await).and("en")),
        Request::new("archive_content", async |w| Call::to(&a_draft(w).await).and("en")),
        Request::new("schedule_content", async |w| {
            Call::to(&a_draft(w).await).and("en").json(&json!({"publish_at": "2027-01-10T12:00"}))
        }),
        Request::new("unschedule_content", async |w| {
            let id = a_draft(w).await;
            let path = format!("{}/schedule", at(&id, "en"));
            w.admin.with("if-match", "\"1\"").put(&path, &json!({"publish_at": "2027-01-10T12:00"})).await.expect(200);
            // The version that the call names is that of a thing that nobody has touched.
            w.app.sql(&format!("UPDATE content_locales SET version = 1 WHERE content_id = '{id}'")).await;
            Call::to(&id).and("en")
        }),
        Request::new("restore_content_version", async |w| Call::to(&a_draft(w).await).and("en").json(&json!({"number": 1}))),
        Request::new("list_content_versions", async |w| Call::to(&a_draft(w).await).and("en")),
        Request::new("get_content_version", async |w| Call::to(&a_draft(w).await).and("en").and("1")),
        Request::new("compare_content_versions", async |w| {
            Call::to(&a_draft(w).await).and("en").query("from", "1").query("to", "1")
        }),
        Request::new("create_content_preview", async |w| Call::to(&a_draft(w).await).and("en").json(&json!({}))),
        Request::new("list_content_media", async |w| {
            picture(&w.admin, w.property().await).await;
            Call::about(w.property().await)
        }),
        Request::new("get_content_media", async |w| Call::to(&picture(&w.admin, w.property().await).await)),
        Request::new("add_content_media", async |w| {
            Call::plain().query("property_id", w.property().await).query("name", "Pool").picture()
        }),
        Request::new("delete_content_media", async |w| Call::to(&picture(&w.admin, w.property().await).await)),
        Request::new("list_pages", async |w| {
            a_page(w).await;
            Call::about(w.property().await)
        })
        .but(Public, TO_LOOK),
        Request::new("get_page", async |w| {
            a_page(w).await;
            Call::to("breakfast").query("property_id", w.property().await)
        })
        .but(Public, TO_LOOK),
        Request::new("list_page_alternates", async |w| {
            a_page(w).await;
            Call::to("breakfast").query("property_id", w.property().await)
        })
        .but(Public, TO_LOOK),
        Request::new("search_pages", async |w| {
            a_page(w).await;
            Call::about(w.property().await).query("q", "breakfast").query("locale", "en")
        })
        .but(Public, TO_LOOK),
        Request::new("get_sitemap", async |w| {
            a_page(w).await;
            Call::about(w.property().await).query("page_url", "https://hotel.example/%7Bslug%7D")
        })
        .but(Public, TO_LOOK),
        Request::new("get_content_preview", async |w| Call::to(&a_token(w).await))
            .but(Public, "whoever has the link may look, which is what it is for"),
    ]
}
