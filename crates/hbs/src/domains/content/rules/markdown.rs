//! Markdown as safe HTML, and as plain text.
//!
//! HTML in the text is shown as text, and what the writer of HTML makes is cleaned by a second one that knows nothing of the
//! first: each alone would keep scripts out.
use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html};
use std::collections::{HashMap, HashSet};

const TAGS: [&str; 24] = [
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
/// Schemes to which links may lead. Whatever the browser would run is not among them.
pub const SCHEMES: [&str; 4] = ["http", "https", "mailto", "tel"];

/// Makes safe HTML of many texts.
pub struct Renderer(Builder<'static>);

impl Default for Renderer {
    fn default() -> Self {
        let mut builder = Builder::empty();
        builder
            .tags(HashSet::from(TAGS))
            .tag_attributes(HashMap::from([("a", HashSet::from(["href", "title"])), ("ol", HashSet::from(["start"]))]))
            .url_schemes(HashSet::from(SCHEMES))
            .url_relative(UrlRelative::PassThrough)
            .link_rel(Some("noopener noreferrer"))
            .strip_comments(true);
        Self(builder)
    }
}

impl Renderer {
    /// Makes HTML for mails, from which paths of the site lead nowhere: what links there is words only.
    pub fn for_mails() -> Self {
        let Self(mut builder) = Self::default();
        builder.url_relative(UrlRelative::Deny);
        Self(builder)
    }

    /// Returns Markdown as HTML that can be shown as it is.
    pub fn to_html(&self, markdown: &str) -> String {
        let mut made = String::with_capacity(markdown.len() * 3 / 2);
        html::push_html(&mut made, events(markdown));
        self.0.clean(&made).to_string()
    }
}

fn events(markdown: &str) -> impl Iterator<Item = Event<'_>> {
    Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH).filter_map(plainer)
}

/// Takes HTML as text, pictures as their words (there are blocks for pictures, with alternative texts), and the heading of level
/// 1 as one of level 2: the title is the first. Links that lead where they must not are those of an empty address.
fn plainer(event: Event<'_>) -> Option<Event<'_>> {
    match event {
        Event::Html(html) | Event::InlineHtml(html) => Some(Event::Text(html)),
        Event::Start(Tag::HtmlBlock | Tag::Image { .. }) | Event::End(TagEnd::HtmlBlock | TagEnd::Image) => None,
        Event::Start(Tag::Heading { level: HeadingLevel::H1, id, classes, attrs }) => {
            Some(Event::Start(Tag::Heading { level: HeadingLevel::H2, id, classes, attrs }))
        }
        Event::End(TagEnd::Heading(HeadingLevel::H1)) => Some(Event::End(TagEnd::Heading(HeadingLevel::H2))),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let is_safe = link_type == LinkType::Email || is_safe_target(&dest_url);
            let dest_url = if is_safe { dest_url } else { CowStr::Borrowed("") };
            Some(Event::Start(Tag::Link { link_type, dest_url, title, id }))
        }
        other => Some(other),
    }
}

/// Returns `true` for addresses that links may have: of a known scheme, or a path of the site.
pub fn is_safe_target(target: &str) -> bool {
    let is_plain = !target.chars().any(|letter| letter.is_control() || letter.is_whitespace() || letter == '\\');
    let is_path = target.starts_with('/') && !target.starts_with("//") || target.starts_with('#');
    let has_scheme = || {
        let scheme = target.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
        scheme.is_some_and(|scheme| SCHEMES.contains(&scheme.as_str()))
    };
    is_plain && (is_path || has_scheme())
}

/// Returns the words of Markdown, as searches read them.
pub fn to_text(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len());
    for event in events(markdown) {
        match event {
            Event::Text(words) | Event::Code(words) => text.push_str(&words),
            // Marks within a line part no words.
            Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link) => {}
            Event::SoftBreak | Event::HardBreak | Event::End(_) if !text.ends_with(char::is_whitespace) => text.push(' '),
            _ => {}
        }
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(markdown: &str) -> String {
        Renderer::default().to_html(markdown)
    }

    #[test]
    fn markdown_becomes_html() {
        for (markdown, expected) in [
            ("Served **from 7** to *11*.", "<p>Served <strong>from 7</strong> to <em>11</em>.</p>\n"),
            ("# Title", "<h2>Title</h2>\n"),
            ("a  \nb", "<p>a<br>\nb</p>\n"),
            (
                "[us](https://hotel.example/a?b=c&d=e)",
                "<p><a href=\"https://hotel.example/a?b=c&amp;d=e\" rel=\"noopener noreferrer\">us</a></p>\n",
            ),
            ("[rooms](/rooms)", "<p><a href=\"/rooms\" rel=\"noopener noreferrer\">rooms</a></p>\n"),
            ("~~old~~ 1 < 2", "<p><del>old</del> 1 &lt; 2</p>\n"),
            ("<b>bold</b>", "<p>&lt;b&gt;bold&lt;/b&gt;</p>\n"),
            ("![the pool](https://elsewhere.example/x.png)", "<p>the pool</p>\n"),
        ] {
            assert_eq!(html(markdown), expected, "{markdown}");
        }
    }

    #[test]
    fn words_are_left_without_marks() {
        assert_eq!(to_text("# Pool\n\n- **warm**\n- `deep`\n\n[more](/pool)"), "Pool warm deep more");
        assert_eq!(to_text("a\nb"), "a b");
        assert_eq!(to_text("It is **warm**, *very* [warm](/pool)."), "It is warm, very warm.");
    }

    #[test]
    fn links_lead_only_where_they_may() {
        for safe in ["https://a.example", "HTTP://a.example", "mailto:a@b.example", "tel:+351213000000", "/rooms?x=1", "#top"] {
            assert!(is_safe_target(safe), "{safe}");
        }
        for unsafe_one in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "//evil.example",
            "/\\evil.example",
            "java\nscript:alert(1)",
            " https://a.example",
            "rooms",
            "",
            "file:///etc/passwd",
            "blob:https://a/b",
        ] {
            assert!(!is_safe_target(unsafe_one), "{unsafe_one}");
        }
    }
}
