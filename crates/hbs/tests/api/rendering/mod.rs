//! Texts that clients sent, as a site shows them, in a browser: none of them may do anything there.
mod chromium;

use crate::support::is_full_size;
use chromium::{Chromium, Deeds};
use serde_json::Value;

/// Payloads of the usual kinds: elements, handlers, addresses that browsers run, marks of Markdown around them, ends of comments
/// and of elements, encodings, and what confuses parsers of HTML.
const OWN: [&str; 44] = [
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
/// Payloads of a public list, one a line; `payloads.LICENSE` says of which.
const LISTED: &str = include_str!("payloads.txt");

/// Returns the payloads: all, or some of those that are listed unless tests run at full size.
pub fn payloads() -> Vec<&'static str> {
    let step = if is_full_size() { 1 } else { 6 };
    OWN.into_iter().chain(LISTED.lines().step_by(step)).collect()
}

/// Returns a payload as a text of one line with so many characters at most.
pub fn line(payload: &str, most: usize) -> String {
    payload.replace('\n', " ").chars().take(most).collect()
}

/// A site that shows answers as the API says that they are to be shown: members whose names end with `html` as HTML, `json_ld` in
/// a script element, addresses as links, and all other texts as text.
#[derive(Debug, Default)]
pub struct Site {
    page: String,
    shown: u64,
    mails: Vec<String>,
}

impl Site {
    /// Shows all texts of an answer, or of a member of this name.
    pub fn show(&mut self, name: &str, value: &Value) {
        match value {
            Value::String(text) => self.show_text(name, text),
            Value::Array(items) => items.iter().for_each(|item| self.show(name, item)),
            Value::Object(members) => members.iter().for_each(|(name, value)| self.show(name, value)),
            _ => {}
        }
    }

    fn show_text(&mut self, name: &str, text: &str) {
        let plain = escaped(text);
        let element = match name {
            "json_ld" => format!("<script class=\"shown\" type=\"application/ld+json\">{text}</script>\n"),
            "url" => format!("<p class=\"shown\"><a href=\"{plain}\">{plain}</a></p>\n"),
            _ if name.ends_with("html") => format!("<div class=\"shown\">{text}</div>\n"),
            _ => format!("<p class=\"shown\" title=\"{plain}\">{plain}</p>\n"),
        };
        self.page.push_str(&element);
        self.shown += 1;
    }

    /// Shows the HTML of mails, each by itself.
    pub fn show_mails(&mut self, mails: &[Value]) {
        self.mails.extend(mails.iter().map(|mail| mail["html"].as_str().expect("HTML").to_owned()));
    }

    /// Asserts that nothing happens in a browser but that all is shown: no dialog, no request, no text that swallows another one.
    /// Where there is no browser, that is said.
    pub async fn assert_harmless(&self) {
        let Some(mut browser) = Chromium::start().await else { return };
        let (deeds, shown) = browser.open(&document(&self.page)).await;
        assert_eq!(deeds, Deeds::default());
        assert_eq!(shown, self.shown, "texts that are shown");
        for mail in &self.mails {
            let (deeds, _) = browser.open(mail).await;
            assert_eq!(deeds, Deeds::default(), "{mail}");
        }
        browser.close().await;
    }
}

fn document(body: &str) -> String {
    format!("<!doctype html>\n<html><head><meta charset=\"utf-8\"><title>Site</title></head><body>\n{body}</body></html>\n")
}

/// Returns a text as HTML shows it, as every site does with texts.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// The browser tells of what texts do, in frames and when they are touched, too: so its silence says something.
#[tokio::test]
async fn a_browser_tells_what_pages_do() {
    let Some(mut browser) = Chromium::start().await else { return };
    let page = document(
        "<p class=\"shown\"><script>alert('script')</script><img src=x onerror=alert('picture')>\n\
         <a href=\"javascript:alert('link')\">x</a><b onmouseover=alert('mouse')>x</b>\n\
         <iframe srcdoc=\"<script>alert('frame')</script>\"></iframe>\n\
         <img src=\"https://evil.example/x.png\"><style>@import 'https://evil.example/x.css';</style>",
    );
    let (deeds, shown) = browser.open(&page).await;
    for deed in ["script", "picture", "link", "mouse", "frame"] {
        assert!(deeds.dialogs.contains(&format!("alert: {deed}")), "{deed}: {deeds:?}");
    }
    for address in ["https://evil.example/x.png", "https://evil.example/x.css"] {
        assert!(deeds.requests.iter().any(|request| request == address), "{address}: {deeds:?}");
    }
    assert_eq!(shown, 1);
    // What was done on one page is not told of the next one; and a text that swallows others is seen.
    let (deeds, shown) = browser.open(&document("<p class=\"shown\">Pool</p><!-- <p class=\"shown\">Spa</p>")).await;
    assert_eq!((deeds, shown), (Deeds::default(), 1));
    browser.close().await;
}
