//! Texts of hotels for their mails about a stay to come: their public `hotel_information`.
use super::super::dto::ContentBody;
use super::super::error::UNAVAILABLE;
use super::super::model::{ContentKind, Live, VersionId, site_of};
use super::super::repository;
use super::super::rules::in_mail::{self, InMail};
use super::public::choose;
use super::remembered;
use crate::Result;
use crate::app::App;
use crate::domains::properties::Property;
use crate::stores::postgres::Conn;
use crate::texts::Locale;
use diesel::QueryResult;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// The information of several hotels: of each site the first item by place, in its languages.
#[derive(Debug, Default)]
pub struct Information {
    by_site: HashMap<Uuid, Vec<Live>>,
    texts: HashMap<VersionId, Arc<ContentBody>>,
}

impl Information {
    /// Finds what is public at these hotels, and at the site of all. What it says is yet to be read.
    pub async fn find(conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Self> {
        let mut by_site: HashMap<Uuid, Vec<Live>> = HashMap::new();
        for live in repository::live_at_hotels(conn, property_ids, ContentKind::HotelInformation).await? {
            let of_site = by_site.entry(live.head.site_id).or_default();
            // They come by place: another item is a later one.
            if of_site.first().is_none_or(|first| first.item.id == live.item.id) {
                of_site.push(live);
            }
        }
        Ok(Self { by_site, texts: HashMap::new() })
    }

    /// Reads what it says. A mail does not wait for documents that cannot be reached: it goes without them.
    pub async fn read_texts(&mut self, app: &App) -> Result<()> {
        let ids: Vec<VersionId> = self.by_site.values().flatten().map(|live| live.version_id).collect();
        match remembered::all(app, &ids).await {
            Ok(texts) => self.texts = texts,
            Err(error) if error.is(&UNAVAILABLE) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Returns what a mail of a hotel tells: its own, else that of all hotels, in the language that fits best; none where there
    /// is nothing.
    pub fn of(&self, property: &Property, wanted: &[Locale]) -> Option<InMail> {
        let lives = self.by_site.get(&property.id).or_else(|| self.by_site.get(&site_of(None)))?;
        let chosen = choose(lives.clone(), wanted, Some(property))?;
        self.texts.get(&chosen.version_id).map(|content| in_mail::of(content))
    }
}
