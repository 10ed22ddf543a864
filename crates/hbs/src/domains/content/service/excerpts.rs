//! Public content in a few lines of plain text, for words that are written in transactions: these ask no other store, and the
//! heads have the texts of what is public.
use super::super::model::{ContentKind, Excerpt, site_of};
use super::super::repository;
use super::super::rules::excerpts::shortened;
use crate::domains::properties::Property;
use crate::stores::postgres::Conn;
use crate::texts::{Locale, best};
use diesel::QueryResult;
use uuid::Uuid;

/// Longest excerpt, in characters.
const LONGEST: u16 = 1500;

/// Beginnings of what is public at several hotels: of each kind the first item by place, in its languages.
#[derive(Debug, Default)]
pub struct Excerpts(Vec<Excerpt>);

impl Excerpts {
    /// Reads what is public of some kinds at these hotels, and at the site of all.
    pub async fn find(conn: &Conn, property_ids: &[Uuid], kinds: &[ContentKind]) -> QueryResult<Self> {
        if kinds.is_empty() {
            return Ok(Self::default());
        }
        // One more than is shown tells whether there is more.
        Ok(Self(repository::excerpts(conn, property_ids, kinds, i32::from(LONGEST) + 1).await?))
    }

    /// What a hotel says, or else all hotels do, in the language that fits best; none where nothing is public.
    pub fn of(&self, property: &Property, kind: ContentKind, wanted: &[Locale]) -> Option<String> {
        let at = |site_id: Uuid| -> Vec<&Excerpt> {
            self.0.iter().filter(|excerpt| excerpt.site_id == site_id && excerpt.kind == kind).collect()
        };
        let own = at(property.id);
        let there = if own.is_empty() { at(site_of(None)) } else { own };
        let locales: Vec<&str> = there.iter().map(|excerpt| excerpt.locale.as_str()).collect();
        let chosen = best(wanted, &locales).or_else(|| best([&property.default_locale], &locales));
        let place = chosen.and_then(|chosen| locales.iter().position(|locale| *locale == chosen)).unwrap_or(0);
        there.get(place).map(|excerpt| shortened(&excerpt.text, usize::from(LONGEST)))
    }
}
