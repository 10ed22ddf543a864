//! Structured data of schema.org.
use super::super::dto::{Block, ContentBody};
use super::super::model::ContentKind;
use super::markdown;
use crate::texts::Locale;
use serde_json::{Map, Value, json};

/// A hotel as structured data names it.
pub struct HotelFacts {
    pub name: String,
    pub street: String,
    pub city: String,
    pub postal_code: String,
    pub country: String,
}

/// Returns the structured data of content as a text that can stand in a `script` element: nothing in it ends that.
pub fn text(kind: ContentKind, locale: &Locale, content: &ContentBody, hotel: Option<&HotelFacts>) -> String {
    let data = Value::Object(data(kind, locale, content, hotel)).to_string();
    let mut safe = String::with_capacity(data.len());
    for letter in data.chars() {
        match letter {
            '<' => safe.push_str("\\u003c"),
            '>' => safe.push_str("\\u003e"),
            '&' => safe.push_str("\\u0026"),
            '\u{2028}' => safe.push_str("\\u2028"),
            '\u{2029}' => safe.push_str("\\u2029"),
            other => safe.push(other),
        }
    }
    safe
}

fn data(kind: ContentKind, locale: &Locale, content: &ContentBody, hotel: Option<&HotelFacts>) -> Map<String, Value> {
    let mut data = Map::new();
    let mut tell = |name: &str, value: Value| {
        if !value.is_null() {
            data.insert(name.to_owned(), value);
        }
    };
    tell("@context", json!("https://schema.org"));
    tell("@type", json!(type_of(kind, hotel)));
    tell("inLanguage", if kind == ContentKind::HotelInformation && hotel.is_some() { Value::Null } else { json!(locale) });
    match hotel.filter(|_| kind == ContentKind::HotelInformation) {
        Some(hotel) => {
            tell("name", json!(hotel.name));
            tell("address", address(hotel));
        }
        None => tell("name", json!(content.title)),
    }
    tell("description", json!(content.summary));
    for block in &content.blocks {
        match block {
            Block::Contact(contact) if kind == ContentKind::HotelInformation => {
                tell("telephone", json!(contact.phone));
                tell("email", json!(contact.email));
            }
            Block::Quote(quote) if kind == ContentKind::Testimonial => {
                tell("text", json!(quote.text));
                tell("creator", quote.author.as_ref().map_or(Value::Null, |name| json!({"@type": "Person", "name": name})));
            }
            Block::Promotion(promotion) if kind == ContentKind::Promotion => {
                tell("name", json!(promotion.headline));
                tell("validFrom", json!(promotion.valid_from));
                tell("validThrough", json!(promotion.valid_to));
            }
            _ => {}
        }
    }
    if kind == ContentKind::Faq {
        tell("mainEntity", questions(content));
    }
    data
}

fn type_of(kind: ContentKind, hotel: Option<&HotelFacts>) -> &'static str {
    match kind {
        ContentKind::Faq => "FAQPage",
        // Not a `Review`: the hotel itself chose it.
        ContentKind::Testimonial => "Quotation",
        ContentKind::Facility => "LocationFeatureSpecification",
        ContentKind::Promotion => "Offer",
        ContentKind::HotelInformation if hotel.is_some() => "Hotel",
        ContentKind::Page
        | ContentKind::Policy
        | ContentKind::Banner
        | ContentKind::Announcement
        | ContentKind::HotelInformation => "WebPage",
    }
}

fn address(hotel: &HotelFacts) -> Value {
    json!({
        "@type": "PostalAddress", "streetAddress": hotel.street, "addressLocality": hotel.city,
        "postalCode": hotel.postal_code, "addressCountry": hotel.country,
    })
}

fn questions(content: &ContentBody) -> Value {
    let questions = content.blocks.iter().filter_map(|block| match block {
        Block::Question(question) => Some(json!({
            "@type": "Question", "name": question.question,
            "acceptedAnswer": {"@type": "Answer", "text": markdown::to_text(&question.answer)},
        })),
        _ => None,
    });
    questions.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_told_and_nothing_ends_the_element() {
        let content = json!({"title": "</script><script>alert(1)</script>", "blocks": [
            {"question": {"question": "Dogs & cats?", "answer": "**Yes**."}}]});
        let content: ContentBody = serde_json::from_value(content).expect("content");
        let told = text(ContentKind::Faq, &Locale::default(), &content, None);
        assert!(!told.contains(['<', '>', '&']), "{told}");
        let read: Value = serde_json::from_str(&told).expect("JSON");
        assert_eq!((&read["@type"], &read["name"]), (&json!("FAQPage"), &json!(content.title)));
        assert_eq!(read["mainEntity"][0]["acceptedAnswer"]["text"], "Yes.");
    }
}
