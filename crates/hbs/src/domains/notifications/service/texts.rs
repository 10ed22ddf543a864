//! Notifications in words, for a reader.
use crate::Result;
use crate::domains::content::Excerpts;
use crate::domains::notifications::dto::NotificationOut;
use crate::domains::notifications::model::{Notification, Recipient, Template};
use crate::domains::notifications::repository;
use crate::domains::notifications::rules::{self, Own, Values, Words};
use crate::domains::properties::{self, Property};
use crate::security::Me;
use crate::stores::postgres::Conn;
use crate::texts::{Locale, Reading};
use futures_util::try_join;
use std::collections::HashMap;
use uuid::Uuid;

/// Who reads: name and language.
#[derive(Debug, Clone)]
pub struct Reader {
    pub name: String,
    pub locale: Locale,
}

impl Reader {
    pub fn of(me: &Me) -> Self {
        let person = me.person();
        Self { name: person.full_name.clone(), locale: person.locale.parse().unwrap_or_default() }
    }
}

impl From<&Recipient> for Reader {
    fn from(recipient: &Recipient) -> Self {
        Self { name: recipient.full_name.clone(), locale: recipient.locale.clone() }
    }
}

/// What words are made of: hotels, their own words, and what these show of what the hotels have published.
#[derive(Debug, Default)]
pub struct Texts {
    properties: HashMap<Uuid, Property>,
    templates: Vec<Template>,
    published: Excerpts,
}

impl Texts {
    /// Reads what the words of some notifications are made of.
    pub async fn of(conn: &Conn, rows: &[Notification]) -> Result<Self> {
        Self::at(conn, rows.iter().filter_map(|row| row.property_id).collect()).await
    }

    pub async fn at(conn: &Conn, mut property_ids: Vec<Uuid>) -> Result<Self> {
        property_ids.sort_unstable();
        property_ids.dedup();
        if property_ids.is_empty() {
            return Ok(Self::default());
        }
        let (properties, templates) =
            try_join!(properties::find_all(conn, &property_ids), repository::templates_of(conn, &property_ids))?;
        let kinds = rules::content_in(templates.iter().filter_map(|own| own.body.as_deref()));
        let published = Excerpts::find(conn, &property_ids, &kinds).await?;
        Ok(Self { properties: properties.into_iter().map(|property| (property.id, property)).collect(), templates, published })
    }

    /// The hotel of a notification, if it is there still.
    pub fn property(&self, id: Option<Uuid>) -> Option<&Property> {
        id.and_then(|id| self.properties.get(&id))
    }

    /// The words of a notification, as a reader reads them.
    pub fn words(&self, row: &Notification, reader: &Reader) -> Words {
        let property = self.property(row.property_id);
        let wanted: Vec<Locale> =
            [&reader.locale].into_iter().chain(property.map(|property| &property.default_locale)).cloned().collect();
        let hotel = property.map_or_else(String::new, |property| {
            Reading::new(wanted.clone()).name(&property.name, &property.texts, &property.default_locale)
        });
        let of_kind = self.templates.iter().filter(|own| Some(own.property_id) == row.property_id && own.kind == row.kind);
        let own: Vec<Own<'_>> = of_kind.filter_map(own_words).collect();
        let said = |kind| property.and_then(|property| self.published.of(property, kind, &wanted));
        let content = rules::content(said);
        let values = Values { name: &reader.name, hotel: &hotel, count: row.count, params: Some(&row.params), content: &content };
        let words = rules::words(row.kind, &own, &wanted, &values);
        if words.is_fallback {
            tracing::warn!(kind = row.kind.as_str(), property_id = ?row.property_id, "a hotel's own words are broken");
            metrics::counter!("hbs_notification_template_fallbacks_total", "kind" => row.kind.as_str()).increment(1);
        }
        words
    }

    pub fn shown(&self, row: &Notification, reader: &Reader) -> NotificationOut {
        NotificationOut::new(row, self.words(row, reader))
    }
}

fn own_words(template: &Template) -> Option<Own<'_>> {
    let (title, body) = template.title.as_deref().zip(template.body.as_deref())?;
    Some(Own { locale: template.locale.as_str(), title, body })
}
