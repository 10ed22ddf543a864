//! Content in mails: words only. A path of the site leads nowhere from there, and pictures are not asked for: mails open no
//! connections.
use super::super::dto::{Block, ContactBlock, ContentBody, LinkBlock};
use super::markdown::Renderer;
use serde::Serialize;

/// Content as a mail tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InMail {
    pub title: String,
    pub parts: Vec<Part>,
}

/// Part of what a mail tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Part {
    pub heading: Option<String>,
    /// Safe HTML of a text; none where the text is plain.
    pub html: Option<String>,
    /// Text without HTML: Markdown as it was written, or plain.
    pub text: Option<String>,
}

impl Part {
    fn plain(text: String) -> Self {
        Self { text: Some(text), ..Self::default() }
    }

    fn headed(self, heading: &str) -> Self {
        Self { heading: Some(heading.to_owned()), ..self }
    }
}

/// Returns what a mail tells of content.
pub fn of(content: &ContentBody) -> InMail {
    let renderer = Renderer::for_mails();
    let markdown = |text: &str| Part { heading: None, html: Some(renderer.to_html(text)), text: Some(text.to_owned()) };
    let part = |block: &Block| match block {
        Block::Heading(heading) => Some(Part::default().headed(&heading.text)),
        Block::Text(text) => Some(markdown(&text.markdown)),
        Block::Question(question) => Some(markdown(&question.answer).headed(&question.question)),
        Block::Facility(facility) => Some(markdown(&facility.description).headed(&facility.name)),
        Block::Promotion(promotion) => Some(markdown(&promotion.terms).headed(&promotion.headline)),
        Block::Quote(quote) => Some(Part::plain(quote.text.clone())),
        Block::Link(link) => link_to(link).map(Part::plain),
        Block::Contact(contact) => Some(Part::plain(ways(contact))),
        Block::Picture(_) | Block::Gallery(_) => None,
    };
    InMail { title: content.title.clone(), parts: content.blocks.iter().filter_map(part).collect() }
}

/// Returns the words of a link with its address, if that is a whole one.
fn link_to(LinkBlock { label, url, content_id: _ }: &LinkBlock) -> Option<String> {
    let url = url.as_ref().filter(|url| !url.starts_with(['/', '#']))?;
    Some(format!("{label}: {url}"))
}

/// Returns the ways to reach the hotel, a line each.
fn ways(ContactBlock { phone, email, address, hours }: &ContactBlock) -> String {
    let ways = [phone, email, address, hours].into_iter().flatten();
    ways.map(String::as_str).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn mails_tell_words_and_no_paths_of_the_site() {
        let content = json!({"title": "How to reach us", "blocks": [
            {"heading": {"level": 2, "text": "By train"}},
            {"text": {"markdown": "Line **2**, [map](/map), [times](https://trains.example/t) <script>"}},
            {"picture": {"media_id": "01a203ed-d571-732d-9af1-34b36c0dae65", "alt": "The station"}},
            {"question": {"question": "Dogs?", "answer": "Yes."}},
            {"link": {"label": "Rooms", "url": "/rooms"}},
            {"link": {"label": "Trains", "url": "https://trains.example"}},
            {"contact": {"phone": "+351 213", "hours": "Day and night"}},
        ]});
        let content: ContentBody = serde_json::from_value(content).expect("content");
        let InMail { title, parts } = of(&content);
        assert_eq!(title, "How to reach us");
        let told = |part: &Part| (part.heading.clone().unwrap_or_default(), part.text.clone().unwrap_or_default());
        let told: Vec<(String, String)> = parts.iter().map(told).collect();
        let expected = [
            ("By train", ""),
            ("", "Line **2**, [map](/map), [times](https://trains.example/t) <script>"),
            ("Dogs?", "Yes."),
            ("", "Trains: https://trains.example"),
            ("", "+351 213\nDay and night"),
        ];
        assert_eq!(told, expected.map(|(heading, text)| (heading.to_owned(), text.to_owned())));
        let html = parts[1].html.as_deref().expect("HTML");
        assert!(html.contains("<strong>2</strong>") && html.contains("href=\"https://trains.example/t\""), "{html}");
        assert!(!html.contains("/map") && !html.contains("<script>"), "{html}");
    }
}
