//! A map of a site (sitemaps.org), with the translations of each page.
use crate::texts::Locale;
use chrono::{DateTime, SecondsFormat, Utc};

/// A page in a language.
pub struct Entry {
    pub locale: Locale,
    pub slug: String,
    pub published_at: DateTime<Utc>,
}

/// Returns `true` for a template of addresses that can stand in a map.
pub fn is_template(template: &str) -> bool {
    let rest = template.replacen("{slug}", "", 1).replacen("{locale}", "", 1);
    let is_web = template.starts_with("https://") || template.starts_with("http://");
    let is_plain = rest.chars().all(|letter| letter.is_ascii_graphic() && !"{}<>\"'\\^`|".contains(letter));
    is_web && is_plain && template.contains("{slug}")
}

/// Returns the map of pages, each with its translations, at addresses by the template.
pub fn xml(template: &str, pages: &[Vec<Entry>]) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
         xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n",
    );
    for page in pages {
        let links: String = match page.len() {
            0 | 1 => String::new(),
            _ => page.iter().map(|entry| link(template, entry)).collect(),
        };
        for entry in page {
            let changed = entry.published_at.to_rfc3339_opts(SecondsFormat::Secs, true);
            let address = address(template, entry);
            xml.push_str(&format!("<url><loc>{address}</loc><lastmod>{changed}</lastmod>{links}</url>\n"));
        }
    }
    xml.push_str("</urlset>\n");
    xml
}

fn link(template: &str, entry: &Entry) -> String {
    let address = address(template, entry);
    format!("<xhtml:link rel=\"alternate\" hreflang=\"{}\" href=\"{address}\"/>", entry.locale)
}

fn address(template: &str, entry: &Entry) -> String {
    let address = template.replacen("{slug}", &entry.slug, 1).replacen("{locale}", entry.locale.as_str(), 1);
    address.replace('&', "&amp;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_stand_in_the_map_with_their_translations() {
        let entry = |locale: &str, slug: &str| Entry {
            locale: locale.parse().expect("a locale"),
            slug: slug.into(),
            published_at: "2026-12-01T12:00:00Z".parse().expect("an instant"),
        };
        let map = xml("https://h.example/{locale}/{slug}?a=1&b=2", &[vec![entry("en", "pool"), entry("pt", "piscina")]]);
        assert_eq!(map.matches("<url>").count(), 2);
        assert!(map.contains("<loc>https://h.example/en/pool?a=1&amp;b=2</loc><lastmod>2026-12-01T12:00:00Z</lastmod>"), "{map}");
        assert_eq!(map.matches("hreflang=\"pt\" href=\"https://h.example/pt/piscina").count(), 2);
    }

    #[test]
    fn templates_are_addresses() {
        assert!(is_template("https://h.example/{locale}/{slug}") && is_template("http://localhost/{slug}"));
        for wrong in [
            "h.example/{slug}",
            "https://h.example/",
            "https://h.example/{slug}/{x}",
            "https://h.example/<{slug}>",
            "javascript:{slug}",
        ] {
            assert!(!is_template(wrong), "{wrong}");
        }
    }
}
