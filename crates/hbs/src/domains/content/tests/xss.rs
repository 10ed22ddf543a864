//! Scripts in texts.
use super::{CONTENT, at, named_picture, page, picture, published};
use crate::rendering::{Site, line, payloads};
use crate::support::{HotelSpec, TestApp};
use serde_json::{Value, json};

/// Returns what a browser would do beside showing text, if anything: elements and attributes that are not of those which are
/// safe.
///
/// Written HTML has no `<` but that of an element, and attributes in double quotes: what is cleaned is written so.
fn harm(html: &str) -> Option<String> {
    const ELEMENTS: [&str; 24] = [
        "a",
        "blockquote",
        "br",
        "code",
        "del",
        "em",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "strong",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ];
    for element in html.split('<').skip(1) {
        let (element, _) = element.split_once('>').unwrap_or((element, ""));
        let (name, attributes) = element.split_once(' ').unwrap_or((element, ""));
        if !ELEMENTS.contains(&name.trim_start_matches('/')) {
            return Some(format!("<{name}>"));
        }
        let mut rest = attributes;
        while let Some((attribute, after)) = rest.split_once("=\"") {
            let (value, after) = after.split_once('"').unwrap_or((after, ""));
            let is_safe = match attribute.trim() {
                "title" | "rel" | "start" => true,
                "href" => {
                    let is_known =
                        ["http://", "https://", "mailto:", "tel:", "/", "#"].iter().any(|start| value.starts_with(start));
                    value.is_empty() || is_known && !value.starts_with("//")
                }
                _ => false,
            };
            if !is_safe {
                return Some(format!("{attribute}={value}"));
            }
            rest = after;
        }
    }
    None
}

/// Asserts of every member of an answer that it harms nobody: HTML where it is HTML; other texts are plain, and come as they
/// were.
fn assert_harmless(name: &str, value: &Value, payload: &str) {
    match value {
        Value::String(text) if name.ends_with("html") => assert_eq!(harm(text), None, "{name} of {payload}: {text}"),
        Value::String(text) if name == "json_ld" => assert!(!text.contains(['<', '>', '&']), "{name} of {payload}: {text}"),
        Value::Array(items) => items.iter().for_each(|item| assert_harmless(name, item, payload)),
        Value::Object(members) => members.iter().for_each(|(name, value)| assert_harmless(name, value, payload)),
        _ => {}
    }
}

/// T-cms-xss: payloads in every text field are text. They are looked for in the written HTML, which is of known elements with
/// known attributes only; and all of it is shown in a browser, which opens no dialog and asks nobody for anything.
#[tokio::test]
async fn xss_payloads_in_any_text_are_text() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (manager, guest) = (&hotel.manager, app.anonymous());
    let media = picture(manager, &hotel.id).await;
    let id = published(manager, &page(&hotel.id, "en", "page", "Harmless.")).await;
    let (item, path) = (format!("{CONTENT}/{id}"), at(&id, "en"));
    let act = async |action: &str, body: Value| manager.post(&format!("{path}/{action}"), &body).await.expect(200);
    let save = async |content: Value| {
        let etag = manager.get(&path).await.expect(200).header("etag").to_owned();
        manager.with("if-match", etag).put(&path, &json!({"content": content})).await
    };
    let mut site = Site::default();
    for payload in payloads() {
        // Names and the like are one line.
        let (title, label, short) = (line(payload, 200), line(payload, 100), line(payload, 50));
        let content = json!({
            "title": title, "summary": payload,
            "blocks": [
                {"heading": {"level": 2, "text": title}},
                {"text": {"markdown": payload}},
                {"text": {"markdown": format!("Swimming {payload} after\n\n> {payload}\n\n* {payload}\n\n| a |\n| - |\n| {payload} |")}},
                {"picture": {"media_id": media, "alt": title, "caption": title}},
                {"gallery": {"pictures": [{"media_id": media, "alt": title, "caption": title}]}},
                {"quote": {"text": payload, "author": title}},
                {"question": {"question": title, "answer": payload}},
                {"link": {"label": label, "url": "/rooms"}},
                {"contact": {"phone": short, "address": payload, "hours": title}},
                {"facility": {"name": title, "description": payload, "hours": title}},
                {"promotion": {"headline": title, "terms": payload, "code": short}},
            ],
        });
        save(content).await.expect(200);
        act("submit", json!({})).await;
        let returned = act("return", json!({"comment": payload})).await;
        assert_eq!(returned.body["review_comment"], payload);
        site.show("", &returned.body);
        let etag = manager.get(&item).await.expect(200).header("etag").to_owned();
        site.show("", &manager.patch(&item, &etag, &json!({"name": title})).await.expect(200).body);
        act("publish", json!({})).await;
        let shown = guest.get(&format!("/v1/pages/page?property_id={}", hotel.id)).await.expect(200);
        assert_eq!(shown.header("content-type"), "application/json");
        assert_eq!(shown.header("x-content-type-options"), "nosniff");
        assert_harmless("", &shown.body, payload);
        assert_eq!(shown.body["title"], title.as_str(), "plain texts come as they were");
        let data: Value = serde_json::from_str(shown.body["json_ld"].as_str().expect("a text")).expect("JSON");
        assert_eq!(data["name"], title.as_str());
        site.show("", &shown.body);
        // Where addresses are fields, those that browsers run are refused.
        if let Some((_, url)) = payload.strip_suffix(')').and_then(|link| link.split_once("](")) {
            let is_web = url.starts_with("https://") && !url.contains(' ');
            let reply = save(json!({"title": "x", "blocks": [{"link": {"label": "x", "url": url}}]})).await;
            assert_eq!(reply.status, if is_web { 200 } else { 422 }, "{url}: {}", reply.body);
        }
    }
    let named = "%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E";
    named_picture(manager, &hotel.id, named).await;
    site.show("", &manager.get(&format!("/v1/content-media?property_id={}", hotel.id)).await.expect(200).body);
    let found = guest.get(&format!("/v1/page-search?property_id={}&locale=en&q=swimming", hotel.id)).await.expect(200);
    assert_eq!(found.body["items"].as_array().map(Vec::len), Some(1));
    site.show("", &found.body);
    site.assert_harmless().await;
}

#[test]
fn harm_is_found() {
    for safe in ["<p>a &lt;script&gt;</p>", "<a href=\"/x\" rel=\"noopener\">x</a>", "<p>onerror=x</p>", "<a href=\"\">x</a>"] {
        assert_eq!(harm(safe), None, "{safe}");
    }
    for harmful in [
        "<script>",
        "<p onclick=\"x\">",
        "<a href=\"javascript:x\">",
        "<img src=\"x\">",
        "<a href=\"//evil\">",
        "<p style=\"x\">",
    ] {
        assert!(harm(harmful).is_some(), "{harmful}");
    }
}
