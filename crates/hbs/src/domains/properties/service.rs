use super::dto::{CreateProperty, Hotels, PropertyFilter, PropertyOut, UpdateProperty};
use super::error::PropertyError;
use super::model::{Property, PropertyChange};
use super::repository;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::images::{self, Image, ImageOut};
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::money::Currency;
use crate::outbox::{self, Event};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{PropertiesCreate, PropertiesDelete, PropertiesUpdate, ReportsRead};
use crate::stamps::Stamp;
use crate::stores::postgres::Conn;
use crate::texts::TextsPatch;
use crate::version::MustMatch;
use crate::{Error, Result};
use chrono::{NaiveDate, NaiveTime};
use futures_util::try_join;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// Returns the properties on a page of the list, and their stamp as of now.
pub async fn list(app: &App, filter: &PropertyFilter, page: &PageQuery) -> Result<(Page<Uuid>, Stamp)> {
    let (limit, after) = (page.limit()?, page.after()?);
    let rows = repository::list(&*app.db.conn().await?, filter, after, limit + 1).await?;
    // The one that is too many tells whether there is a next page.
    let stamp = Stamp::new(rows.iter().copied(), app.clock.now());
    let page = page.page(rows, |(id, _)| *id)?;
    Ok((page.map(|(id, _)| id), stamp))
}

/// The properties of a page, without those that have been removed meanwhile.
pub async fn get_all(app: &App, page: Page<Uuid>) -> Result<Page<PropertyOut>> {
    let Page { items: ids, next_cursor } = page;
    let conn = app.db.conn().await?;
    let (properties, pictures) = try_join!(repository::find_all(&conn, &ids), images::of_properties(&conn, &ids))?;
    let mut images: HashMap<Uuid, Vec<ImageOut>> = HashMap::new();
    for image in pictures {
        images.entry(image.property_id).or_default().push(image.into());
    }
    let now = app.clock.now();
    let shown = |property: Property| {
        let own = images.remove(&property.id).unwrap_or_default();
        PropertyOut::new(property, own, now)
    };
    Ok(Page { items: properties.into_iter().map(shown).collect(), next_cursor })
}

pub async fn get(app: &App, id: Uuid) -> Result<PropertyOut> {
    let conn = app.db.conn().await?;
    let (property, images) = try_join!(repository::find(&conn, id), images::of_property(&conn, id))?;
    let property = property.or_404("property")?;
    Ok(PropertyOut::new(property, shown(images), app.clock.now()))
}

/// Adds a hotel, for callers whose permission holds for all properties.
pub async fn create(app: &App, staff: &Staff<PropertiesCreate>, key: &IdempotencyKey, request: CreateProperty) -> Result<Answer> {
    staff.everywhere("Adding a hotel")?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let new = request.into_row(Uuid::now_v7(), now)?;
    check_no_shows(new.settings.auto_no_show, new.settings.no_show_cutoff)?;
    app.change(key, async |conn| {
        let property = repository::insert(conn, &new).await?;
        outbox::publish(conn, &cause, [Event::created(&property)]).await?;
        let (id, version) = (property.id, property.version);
        Answer::created(format!("/v1/properties/{id}"), version, &PropertyOut::new(property, Vec::new(), now))
    })
    .await
}

pub async fn update(
    app: &App,
    staff: &Staff<PropertiesUpdate>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
    patch: UpdateProperty,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let texts = patch.texts.clone();
    let change = PropertyChange::from(patch);
    app.change(key, async |conn| {
        let before = repository::lock(conn, &staff.scope, id).await?.or_404("property")?;
        seen.check(before.version)?;
        check_no_shows(
            change.settings.auto_no_show.unwrap_or(before.settings.auto_no_show),
            change.settings.no_show_cutoff.unwrap_or(before.settings.no_show_cutoff),
        )?;
        let change = PropertyChange { texts: new_texts(&before, &change, texts.as_ref())?, ..change.clone() };
        let after = repository::update(conn, id, &change, now).await?;
        let images = images::of_property(conn, id).await?;
        let event = Event::changed(&before, &after);
        if event.is_empty() {
            return Answer::unchanged(before.version, &PropertyOut::new(before, shown(images), now));
        }
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &PropertyOut::new(after, shown(images), now))
    })
    .await
}

/// Checks that there is a time of no-show if guests are recorded automatically.
fn check_no_shows(is_automatic: bool, cutoff: Option<NaiveTime>) -> Result<()> {
    if is_automatic && cutoff.is_none() {
        return Err(Error::invalid("/settings/auto_no_show", "needs a no_show_cutoff"));
    }
    Ok(())
}

/// The texts with a patch applied. The base language is never among them.
fn new_texts(before: &Property, change: &PropertyChange, patch: Option<&TextsPatch>) -> Result<Option<serde_json::Value>> {
    let base = change.default_locale.as_ref().unwrap_or(&before.default_locale);
    let texts = patch.map_or_else(|| Ok(before.texts()), |patch| before.texts().merged(patch, base))?;
    if texts.has(base) {
        return Err(Error::invalid("/default_locale", "is a language of `texts`; take it away there first"));
    }
    Ok(patch.map(|_| texts.to_json()))
}

fn shown(images: Vec<Image>) -> Vec<ImageOut> {
    images.into_iter().map(Into::into).collect()
}

/// Removes a hotel that has no stays to come.
pub async fn delete(
    app: &App,
    staff: &Staff<PropertiesDelete>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let property = repository::lock(conn, &staff.scope, id).await?.or_404("property")?;
        seen.check(property.version)?;
        // Whoever sells holds the nights: with these locked, either the sale or the removal is seen.
        repository::lock_nights(conn, id, property.business_date(now)).await?;
        if repository::has_live_stays(conn, id).await? {
            return Err(PropertyError::HasStays.into());
        }
        repository::delete(conn, id, now).await?;
        outbox::publish(conn, &cause, [Event::removed(&property)]).await?;
        Ok(Answer::no_content())
    })
    .await
}

/// Hotels of a report.
pub struct Chosen {
    pub hotels: Vec<Property>,
}

/// Those of the hotels of a report whose amounts are of one currency, and can be added up.
pub struct OneCurrency<'a> {
    pub currency: Currency,
    pub hotels: Vec<&'a Property>,
}

impl Chosen {
    /// Finds hotels, each within the scope of the caller.
    pub async fn find(conn: &Conn, staff: &Staff<ReportsRead>, hotels: &Hotels) -> Result<Self> {
        let ids: Vec<Uuid> = hotels.0.iter().copied().collect();
        ids.iter().try_for_each(|id| staff.at(*id))?;
        let hotels = repository::find_all(conn, &ids).await?;
        (!hotels.is_empty() && hotels.len() == ids.len()).then_some(Self { hotels }).or_404("property")
    }

    /// Gives the hotels the names that they had at the end of a date, where that is closed.
    pub async fn named_on(mut self, conn: &Conn, date: NaiveDate) -> Result<Self> {
        let mut names = repository::names_on(conn, &self.ids(), date).await?;
        for hotel in &mut self.hotels {
            if let Some(name) = names.remove(&hotel.id) {
                hotel.name = name;
            }
        }
        Ok(self)
    }

    pub fn ids(&self) -> Vec<Uuid> {
        self.hotels.iter().map(|hotel| hotel.id).collect()
    }

    pub fn names(&self) -> Vec<String> {
        self.hotels.iter().map(|hotel| hotel.name.clone()).collect()
    }

    /// The hotels under their currencies, in the order of their codes.
    pub fn by_currency(&self) -> Vec<OneCurrency<'_>> {
        let mut parts: BTreeMap<&str, OneCurrency<'_>> = BTreeMap::new();
        for hotel in &self.hotels {
            let currency = hotel.currency;
            parts.entry(currency.code()).or_insert_with(|| OneCurrency { currency, hotels: Vec::new() }).hotels.push(hotel);
        }
        parts.into_values().collect()
    }

    /// The currency of all hotels; none if they have several.
    pub fn currency(&self) -> Option<Currency> {
        let first = self.hotels.first()?.currency;
        self.hotels.iter().all(|hotel| hotel.currency == first).then_some(first)
    }

    /// Business date of the first hotel.
    pub fn business_date(&self, app: &App) -> Option<NaiveDate> {
        self.hotels.first().map(|hotel| hotel.business_date(app.clock.now()))
    }
}

impl OneCurrency<'_> {
    pub fn ids(&self) -> BTreeSet<Uuid> {
        self.hotels.iter().map(|hotel| hotel.id).collect()
    }
}
