//! Blocks that content of a kind may have, and what must hold for them beside their limits.
use super::super::dto::{Block, ContentBody, LinkBlock};
use super::super::model::ContentKind;
use super::markdown;
use crate::error::FieldError;

/// Maximum number of characters of all texts of a version.
pub const MAX_TEXT: usize = 100_000;

/// Rule for the blocks of a kind: those that there may be, and one of which there is exactly one.
struct Rule {
    allowed: &'static [&'static str],
    exactly_one: Option<&'static str>,
    at_least_one: Option<&'static str>,
}

const fn rule(kind: ContentKind) -> Rule {
    let (allowed, exactly_one, at_least_one): (&[&str], _, _) = match kind {
        ContentKind::Page => (
            &["heading", "text", "picture", "gallery", "quote", "question", "link", "contact", "facility", "promotion"],
            None,
            None,
        ),
        ContentKind::Banner => (&["text", "picture", "link"], None, None),
        ContentKind::Announcement => (&["text", "link"], None, Some("text")),
        ContentKind::Faq => (&["heading", "question"], None, Some("question")),
        ContentKind::Policy => (&["heading", "text", "link"], None, Some("text")),
        ContentKind::Testimonial => (&["quote", "picture"], Some("quote"), None),
        ContentKind::Facility => (&["facility", "text", "picture", "gallery", "link"], Some("facility"), None),
        ContentKind::Promotion => (&["promotion", "text", "picture", "link"], Some("promotion"), None),
        ContentKind::HotelInformation => (&["heading", "text", "contact", "picture", "gallery", "question", "link"], None, None),
    };
    Rule { allowed, exactly_one, at_least_one }
}

/// Returns what is wrong with content of a kind.
pub fn faults(kind: ContentKind, content: &ContentBody) -> Vec<FieldError> {
    let rule = rule(kind);
    let mut faults = Vec::new();
    for (place, block) in content.blocks.iter().enumerate() {
        let (pointer, name) = (format!("/content/blocks/{place}/{}", block.name()), block.name());
        if !rule.allowed.contains(&name) {
            let allowed = rule.allowed.join(", ");
            faults.push(FieldError::body(&pointer, format!("is no block of content of kind {kind}, which has {allowed}")));
        }
        faults.extend(fault_of(block).map(|(member, detail)| FieldError::body(format!("{pointer}{member}"), detail)));
    }
    let count = |name: &str| content.blocks.iter().filter(|block| block.name() == name).count();
    if let Some(name) = rule.exactly_one.filter(|name| count(name) != 1) {
        faults.push(FieldError::body("/content/blocks", format!("must have exactly one {name} for content of kind {kind}")));
    }
    if let Some(name) = rule.at_least_one.filter(|name| count(name) == 0) {
        faults.push(FieldError::body("/content/blocks", format!("must have a {name} for content of kind {kind}")));
    }
    if length(content) > MAX_TEXT {
        faults.push(FieldError::body("/content", format!("has more than {MAX_TEXT} characters in all")));
    }
    faults
}

/// Returns the member that is wrong within a block, and why.
fn fault_of(block: &Block) -> Option<(&'static str, &'static str)> {
    match block {
        Block::Link(LinkBlock { url: Some(_), content_id: Some(_), .. }) => Some(("/content_id", "cannot be there beside url")),
        Block::Link(LinkBlock { url: None, content_id: None, .. }) => Some(("/url", "is needed where no content_id is named")),
        Block::Link(LinkBlock { url: Some(url), .. }) if !markdown::is_safe_target(url) => {
            Some(("/url", "must begin with https://, http://, mailto:, tel: or /, without blanks"))
        }
        Block::Contact(contact) => {
            let said = [&contact.phone, &contact.email, &contact.address, &contact.hours];
            said.iter().all(|text| text.is_none()).then_some(("", "must name one way at least"))
        }
        Block::Promotion(promotion) => {
            let is_reversed = promotion.valid_from.zip(promotion.valid_to).is_some_and(|(from, to)| to < from);
            is_reversed.then_some(("/valid_to", "is before valid_from"))
        }
        _ => None,
    }
}

fn length(content: &ContentBody) -> usize {
    let of_blocks = content.blocks.iter().flat_map(texts_of).map(|text| text.chars().count()).sum::<usize>();
    content.title.chars().count() + content.summary.as_ref().map_or(0, |text| text.chars().count()) + of_blocks
}

/// Returns all texts of a block, as they were written.
fn texts_of(block: &Block) -> Vec<&str> {
    match block {
        Block::Heading(heading) => vec![&heading.text],
        Block::Text(text) => vec![&text.markdown],
        Block::Picture(picture) => picture.caption.iter().map(String::as_str).chain([picture.alt.as_str()]).collect(),
        Block::Gallery(gallery) => {
            let texts = gallery.pictures.iter();
            texts.flat_map(|picture| picture.caption.iter().map(String::as_str).chain([picture.alt.as_str()])).collect()
        }
        Block::Quote(quote) => quote.author.iter().map(String::as_str).chain([quote.text.as_str()]).collect(),
        Block::Question(question) => vec![&question.question, &question.answer],
        Block::Link(link) => vec![&link.label],
        Block::Contact(contact) => {
            let texts = [&contact.phone, &contact.email, &contact.address, &contact.hours];
            texts.into_iter().flatten().map(String::as_str).collect()
        }
        Block::Facility(facility) => {
            let texts = [facility.name.as_str(), facility.description.as_str()].into_iter();
            texts.chain(facility.hours.iter().map(String::as_str)).collect()
        }
        Block::Promotion(promotion) => {
            let texts = [promotion.headline.as_str(), promotion.terms.as_str()].into_iter();
            texts.chain(promotion.code.iter().map(String::as_str)).collect()
        }
    }
}

/// Returns all that a version says beside title and summary, as searches read it.
pub fn words(content: &ContentBody) -> String {
    let texts = content.blocks.iter().flat_map(texts_of).map(markdown::to_text);
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn content(blocks: Value) -> ContentBody {
        serde_json::from_value(Value::from_iter([("title", json!("Title")), ("blocks", blocks)])).expect("content")
    }

    fn found(kind: ContentKind, blocks: Value) -> Vec<String> {
        faults(kind, &content(blocks)).into_iter().map(|fault| fault.pointer).collect()
    }

    #[test]
    fn each_kind_has_its_blocks() {
        let question = json!({"question": {"question": "Dogs?", "answer": "Yes."}});
        let text = json!({"text": {"markdown": "Hello"}});
        let quote = json!({"quote": {"text": "Lovely."}});
        assert_eq!(found(ContentKind::Faq, json!([question])), [""; 0]);
        assert_eq!(found(ContentKind::Faq, json!([question, text])), ["/content/blocks/1/text"]);
        assert_eq!(found(ContentKind::Faq, json!([])), ["/content/blocks"]);
        assert_eq!(found(ContentKind::Testimonial, json!([quote, quote])), ["/content/blocks"]);
        assert_eq!(found(ContentKind::Page, json!([question, text, quote])), [""; 0]);
        for kind in ContentKind::ALL {
            let Rule { allowed, exactly_one, at_least_one } = rule(*kind);
            assert!(exactly_one.iter().chain(&at_least_one).all(|name| allowed.contains(name)), "{kind}");
        }
    }

    #[test]
    fn links_and_promotions_make_sense() {
        let link = |members: Value| {
            let mut link = json!({"label": "Here"});
            link.as_object_mut().expect("an object").extend(members.as_object().expect("an object").clone());
            found(ContentKind::Page, json!([{"link": link}]))
        };
        assert_eq!(link(json!({"url": "/rooms"})), [""; 0]);
        assert_eq!(link(json!({"url": "javascript:alert(1)"})), ["/content/blocks/0/link/url"]);
        assert_eq!(link(json!({})), ["/content/blocks/0/link/url"]);
        let both = json!({"url": "/a", "content_id": "01a203ed-d571-732d-9af1-34b36c0dae65"});
        assert_eq!(link(both), ["/content/blocks/0/link/content_id"]);
        let promotion = json!({"headline": "Now", "terms": "None", "valid_from": "2027-01-02", "valid_to": "2027-01-01"});
        assert_eq!(found(ContentKind::Promotion, json!([{"promotion": promotion}])), ["/content/blocks/0/promotion/valid_to"]);
        assert_eq!(found(ContentKind::Page, json!([{"contact": {}}])), ["/content/blocks/0/contact"]);
    }

    #[test]
    fn a_version_has_an_end() {
        let long = json!({"text": {"markdown": "word ".repeat(4000)}});
        assert_eq!(found(ContentKind::Page, json!([long, long, long, long])), [""; 0]);
        assert_eq!(found(ContentKind::Page, json!([long, long, long, long, long])), ["/content"]);
    }

    #[test]
    fn words_are_without_marks() {
        let blocks = json!([{"heading": {"level": 2, "text": "Pool"}}, {"text": {"markdown": "It is **warm**."}}]);
        assert_eq!(words(&content(blocks)), "Pool\nIt is warm.");
    }
}
