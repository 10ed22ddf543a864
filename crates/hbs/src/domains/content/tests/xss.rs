//! Scripts in texts.
use super::{at, page, picture, published};
use crate::support::{HotelSpec, TestApp};
use serde_json::{Value, json};

/// Payloads of the usual kinds: elements, handlers, addresses that browsers run, marks of Markdown around them, ends of comments and
/// of elements, encodings, and what confuses parsers of HTML.
const PAYLOADS: [&str; 44] = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></ScRiPt>",
    "<img src=x onerror=alert(1)>",
    "<img src=\"x\" onerror=\"alert(1)\"",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
    "<object data=javascript:alert(1)>",
    "<embed src=//evil.example/x.swf>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<input autofocus onfocus=alert(1)>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href=\"jav&#x09;ascript:alert(1)\">x</a>",
    "<base href=//evil.example/>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
    "<style>@import '//evil.example/x.css';</style>",
    "<div style=\"background:url(//evil.example/x)\">x</div>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[><img src=x onerror=alert(1)>]]>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "\"><script>alert(1)</script>",
    "' onmouseover='alert(1)",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](vbscript:msgbox(1))",
    "[x](//evil.example/x)",
    "[x][y]\n\n[y]: javascript:alert(1)",
    "[x](https://a.example \"onmouseover=alert(1) x\")",
    "![x](https://evil.example/x.png)",
    "![x](javascript:alert(1))",
    "<javascript:alert(1)>",
    "`<script>alert(1)</script>`",
];

/// Returns what a browser would do beside showing text, if anything: elements and attributes that are not of those which are safe.
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

/// Asserts of every member of an answer that it harms nobody: HTML where it is HTML; other texts are plain, and come as they were.
fn assert_harmless(name: &str, value: &Value, payload: &str) {
    match value {
        Value::String(text) if name.ends_with("html") => assert_eq!(harm(text), None, "{name} of {payload}: {text}"),
        Value::String(text) if name == "json_ld" => assert!(!text.contains(['<', '>', '&']), "{name} of {payload}: {text}"),
        Value::Array(items) => items.iter().for_each(|item| assert_harmless(name, item, payload)),
        Value::Object(members) => members.iter().for_each(|(name, value)| assert_harmless(name, value, payload)),
        _ => {}
    }
}

/// T-cms-xss: payloads in every text field are text. They are looked for in the written HTML, which is of known elements with known
/// attributes only; in a browser they have not been run here.
#[tokio::test]
async fn xss_payloads_in_any_text_are_text() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let media = picture(&hotel.manager, &hotel.id).await;
    let guest = app.anonymous();
    let path = at(&published(&hotel.manager, &page(&hotel.id, "en", "page", "Harmless.")).await, "en");
    for payload in PAYLOADS {
        // Names and the like are one line.
        let line = payload.replace('\n', " ");
        let short: String = line.chars().take(50).collect();
        let content = json!({
            "title": line, "summary": payload,
            "blocks": [
                {"heading": {"level": 2, "text": line}},
                {"text": {"markdown": payload}},
                {"text": {"markdown": format!("before {payload} after\n\n> {payload}\n\n* {payload}\n\n| a |\n| - |\n| {payload} |")}},
                {"picture": {"media_id": media, "alt": line, "caption": line}},
                {"gallery": {"pictures": [{"media_id": media, "alt": line, "caption": line}]}},
                {"quote": {"text": payload, "author": line}},
                {"question": {"question": line, "answer": payload}},
                {"link": {"label": line, "url": "/rooms"}},
                {"contact": {"phone": short, "address": payload, "hours": line}},
                {"facility": {"name": line, "description": payload, "hours": line}},
                {"promotion": {"headline": line, "terms": payload, "code": short}},
            ],
        });
        let etag = hotel.manager.get(&path).await.expect(200).header("etag").to_owned();
        hotel.manager.with("if-match", etag).put(&path, &json!({"content": content})).await.expect(200);
        hotel.manager.post(&format!("{path}/publish"), &json!({})).await.expect(200);
        let shown = guest.get(&format!("/v1/pages/page?property_id={}", hotel.id)).await.expect(200);
        assert_eq!(shown.header("content-type"), "application/json");
        assert_eq!(shown.header("x-content-type-options"), "nosniff");
        assert_harmless("", &shown.body, payload);
        assert_eq!(shown.body["title"], line.as_str(), "plain texts come as they were");
        let data: Value = serde_json::from_str(shown.body["json_ld"].as_str().expect("a text")).expect("JSON");
        assert_eq!(data["name"], line.as_str());
        // Where addresses are fields, those that browsers run are refused.
        if let Some((_, url)) = payload.strip_suffix(')').and_then(|link| link.split_once("](")) {
            let is_web = url.starts_with("https://") && !url.contains(' ');
            let link = json!({"content": {"title": "x", "blocks": [{"link": {"label": "x", "url": url}}]}});
            let etag = hotel.manager.get(&path).await.expect(200).header("etag").to_owned();
            let reply = hotel.manager.with("if-match", etag).put(&path, &link).await;
            assert_eq!(reply.status, if is_web { 200 } else { 422 }, "{url}: {}", reply.body);
        }
    }
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
