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

/// Maximum number of addresses in a map (sitemaps.org).
pub const MAX_ADDRESSES: usize = 50_000;
/// Maximum size of a map in bytes (sitemaps.org).
const MAX_BYTES: usize = 50 * 1024 * 1024;

/// Returns the pages of entries that stand in the order of what they are of, as many as a map may have: of a page all
/// translations or none, since they name each other.
pub fn pages<K: PartialEq>(entries: impl IntoIterator<Item = (K, Entry)>) -> Vec<Vec<Entry>> {
    let mut pages: Vec<Vec<Entry>> = Vec::new();
    let mut last = None;
    for (of, entry) in entries {
        match pages.last_mut().filter(|_| last.as_ref() == Some(&of)) {
            Some(page) => page.push(entry),
            None => pages.push(vec![entry]),
        }
        last = Some(of);
    }
    let mut addresses = 0;
    let fits = |page: &Vec<Entry>| {
        addresses += page.len();
        addresses <= MAX_ADDRESSES
    };
    pages.into_iter().take_while(fits).collect()
}

/// Returns the map of pages, each with its translations, at addresses by the template. Pages beyond the size that a map may have
/// are left out.
pub fn xml(template: &str, pages: &[Vec<Entry>]) -> String {
    const END: &str = "</urlset>\n";
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
         xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n",
    );
    for page in pages {
        let links: String = match page.len() {
            0 | 1 => String::new(),
            _ => page.iter().map(|entry| link(template, entry)).collect(),
        };
        let mut urls = String::new();
        for entry in page {
            let changed = entry.published_at.to_rfc3339_opts(SecondsFormat::Secs, true);
            let address = address(template, entry);
            urls.push_str(&format!("<url><loc>{address}</loc><lastmod>{changed}</lastmod>{links}</url>\n"));
        }
        if xml.len() + urls.len() + END.len() > MAX_BYTES {
            break;
        }
        xml.push_str(&urls);
    }
    xml.push_str(END);
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

    fn entry_at(locale: &str, slug: String) -> Entry {
        let published_at = "2026-12-01T12:00:00Z".parse().expect("an instant");
        Entry { locale: locale.parse().expect("a locale"), slug, published_at }
    }

    #[test]
    fn a_map_has_as_many_addresses_as_it_may_and_whole_pages() {
        let of = |n: usize| ["en", "pt", "fr"].map(|locale| (n, entry_at(locale, format!("page-{n}"))));
        let found = pages((0..3).flat_map(of));
        assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 3]);
        // 16,666 pages of three languages are 49,998 addresses: the next one would be cut.
        let found = pages((0..20_000).flat_map(of).take(MAX_ADDRESSES + 1));
        assert_eq!((found.len(), found.iter().map(Vec::len).sum::<usize>()), (16_666, 49_998));
    }

    #[test]
    fn a_map_is_no_larger_than_it_may_be() {
        let locales: Vec<String> = ('a'..='z').map(|letter| format!("x{letter}")).collect();
        let page = |n: usize| locales.iter().map(|locale| entry_at(locale, format!("{n:0>100}"))).collect::<Vec<_>>();
        let all: Vec<Vec<Entry>> = (0..700).map(page).collect();
        let map = xml("https://h.example/{locale}/{slug}", &all);
        assert!(map.len() <= MAX_BYTES && map.len() > MAX_BYTES - 200_000, "{}", map.len());
        assert!(map.ends_with("</url>\n</urlset>\n"));
        assert_eq!(map.matches("<url>").count() % locales.len(), 0, "pages are whole");
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
