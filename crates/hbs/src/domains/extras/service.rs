use super::dto::{CreateExtra, ExtraFilter, ExtraOut, ExtraSchedule, ScheduleQuery, UpdateExtra};
use super::model::{Extra, ExtraChange, ExtraDay, Offered, PostedPer};
use super::repository;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::properties::{self, Property};
use crate::domains::rates::{self, ExtraChildren};
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::money::{Currency, Money};
use crate::outbox::{self, Event};
use crate::security::Staff;
use crate::security::permission::{ExtrasRead, ExtrasWrite};
use crate::stores::postgres::Conn;
use crate::texts::{Texts, TextsPatch};
use crate::version::MustMatch;
use crate::{Error, Result};
use futures_util::try_join;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Maximum number of extras of a hotel, those included that are not sold any more.
const MAX_EXTRAS: usize = 500;

/// The extras of a hotel that are sold, or those that are not any more.
pub async fn list(app: &App, filter: &ExtraFilter) -> Result<Vec<ExtraOut>> {
    let conn = app.db.conn().await?;
    let of_property = [filter.property_id];
    let (property, extras) =
        try_join!(properties::find(&conn, filter.property_id), repository::of_properties(&conn, &of_property))?;
    let property = property.or_404("property")?;
    let asked = extras.into_iter().filter(|offered| offered.extra.is_archived == filter.is_archived);
    Ok(asked.map(|offered| ExtraOut::new(offered, property.currency)).collect())
}

pub async fn get(app: &App, id: Uuid) -> Result<ExtraOut> {
    let conn = app.db.conn().await?;
    let property_id = repository::property_of(&conn, id).await?.or_404("extra")?;
    let ids = [id];
    let (property, extra) = try_join!(properties::find(&conn, property_id), repository::offered(&conn, property_id, &ids))?;
    let (property, offered) = (property.or_404("extra")?, extra.into_iter().next().or_404("extra")?);
    Ok(ExtraOut::new(offered, property.currency))
}

/// Adds an extra to what the hotel sells.
pub async fn create(app: &App, staff: &Staff<ExtrasWrite>, key: &IdempotencyKey, request: CreateExtra) -> Result<Answer> {
    staff.at(request.property_id)?;
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let property = properties::lock(conn, &staff.scope, request.property_id).await?.or_404("property")?;
        let CreateExtra {
            property_id,
            name,
            description,
            texts,
            price,
            child_prices,
            posted,
            day,
            tax_rule_ids,
            min_quantity,
            max_quantity,
        } = request.clone();
        if repository::of_properties(conn, &[property_id]).await?.len() >= MAX_EXTRAS {
            return Err(Error::invalid("/property_id", format!("a property has at most {MAX_EXTRAS} extras")));
        }
        let extra = Extra {
            property_id,
            id: Uuid::now_v7(),
            name,
            description,
            texts: Texts::default().merged(&texts, &property.default_locale)?.to_json(),
            price_minor: in_currency(price, property.currency)?,
            posted,
            day: day.unwrap_or_else(|| posted.usual_day()),
            min_quantity,
            max_quantity,
            is_archived: false,
            version: 1,
            created_at: cause.at,
            updated_at: cause.at,
            child_prices: by_band(conn, &property, &child_prices).await?,
        };
        check(&extra)?;
        let tax_rule_ids = check_taxes(conn, property_id, &tax_rule_ids).await?;
        repository::insert(conn, &extra).await?;
        repository::set_taxes(conn, &extra, &tax_rule_ids, cause.at).await?;
        outbox::publish(conn, &cause, [Event::created(&extra).with("tax_rule_ids", &tax_rule_ids)]).await?;
        let (location, version) = (format!("/v1/extras/{}", extra.id), extra.version);
        Answer::created(location, version, &out(conn, extra, &property).await?)
    })
    .await
}

/// Changes an extra: what was sold keeps its price and taxes.
pub async fn update(
    app: &App,
    staff: &Staff<ExtrasWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
    patch: UpdateExtra,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let (before, property) = locked(conn, staff, id).await?;
        seen.check(before.version)?;
        let taxes_before = taxes_of(conn, &before).await?;
        let taxes_after = match &patch.tax_rule_ids {
            Some(ids) => check_taxes(conn, before.property_id, ids).await?,
            None => taxes_before.clone(),
        };
        let child_prices = match &patch.child_prices {
            Some(prices) => Some(by_band(conn, &property, prices).await?),
            None => None,
        };
        let change = ExtraChange { child_prices, ..change(&before, &patch, &property)? };
        check(&changed(&before, &change))?;
        let after = repository::update(conn, &before, &change, cause.at).await?;
        let mut event = Event::changed(&before, &after);
        if taxes_before != taxes_after {
            repository::set_taxes(conn, &after, &taxes_after, cause.at).await?;
            event = event.and("tax_rule_ids", &taxes_before, &taxes_after);
        }
        if event.is_empty() {
            return Answer::unchanged(before.version, &out(conn, before, &property).await?);
        }
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &out(conn, after, &property).await?)
    })
    .await
}

/// Removes an extra. One that was sold is archived: it is sold no more, and what was sold goes on.
pub async fn delete(app: &App, staff: &Staff<ExtrasWrite>, key: &IdempotencyKey, seen: MustMatch, id: Uuid) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let (before, _) = locked(conn, staff, id).await?;
        seen.check(before.version)?;
        let is_used = repository::is_used(conn, &before).await?;
        if is_used && before.is_archived {
            return Ok(Answer::no_content());
        }
        let event = if is_used {
            let archived = ExtraChange { is_archived: Some(true), ..ExtraChange::default() };
            let after = repository::update(conn, &before, &archived, cause.at).await?;
            Event::changed(&before, &after)
        } else {
            repository::delete(conn, &before).await?;
            Event::removed(&before)
        };
        outbox::publish(conn, &cause, [event]).await?;
        Ok(Answer::no_content())
    })
    .await
}

/// The extras that are to be served on a day, and to whom.
pub async fn schedule(app: &App, staff: &Staff<ExtrasRead>, query: &ScheduleQuery) -> Result<ExtraSchedule> {
    let ScheduleQuery { property_id, date } = *query;
    staff.at(property_id)?;
    let conn = app.db.conn().await?;
    let (property, services) = try_join!(properties::find(&conn, property_id), repository::served_on(&conn, property_id, date))?;
    property.or_404("property")?;
    Ok(ExtraSchedule::new(property_id, date, services))
}

/// The extra with its hotel, both locked against other changes.
async fn locked(conn: &Conn, staff: &Staff<ExtrasWrite>, id: Uuid) -> Result<(Extra, Property)> {
    let property_id = repository::property_of(conn, id).await?.or_404("extra")?;
    let property = properties::lock(conn, &staff.scope, property_id).await?.or_404("extra")?;
    let extra = repository::lock(conn, &staff.scope, id).await?.or_404("extra")?;
    Ok((extra, property))
}

async fn out(conn: &Conn, extra: Extra, property: &Property) -> Result<ExtraOut> {
    let offered = repository::offered(conn, extra.property_id, &[extra.id]).await?.into_iter().next();
    let taxes = offered.map(|offered| offered.taxes).unwrap_or_default();
    Ok(ExtraOut::new(Offered { extra, taxes }, property.currency))
}

async fn taxes_of(conn: &Conn, extra: &Extra) -> Result<Vec<Uuid>> {
    let offered = repository::offered(conn, extra.property_id, &[extra.id]).await?.into_iter().next();
    Ok(offered.into_iter().flat_map(|offered| offered.taxes).map(|tax| tax.id).collect())
}

fn change(before: &Extra, patch: &UpdateExtra, property: &Property) -> Result<ExtraChange> {
    let UpdateExtra {
        name,
        description,
        texts,
        price,
        child_prices: _,
        day,
        tax_rule_ids: _,
        min_quantity,
        max_quantity,
        is_archived,
    } = patch;
    Ok(ExtraChange {
        name: name.clone(),
        description: description.clone(),
        texts: texts.as_ref().map(|texts| merged(before, texts, property)).transpose()?,
        price_minor: price.map(|price| in_currency(price, property.currency)).transpose()?,
        child_prices: None,
        day: *day,
        min_quantity: *min_quantity,
        max_quantity: *max_quantity,
        is_archived: *is_archived,
    })
}

fn merged(before: &Extra, texts: &TextsPatch, property: &Property) -> Result<serde_json::Value> {
    Ok(Texts::from_json(before.texts.clone()).merged(texts, &property.default_locale)?.to_json())
}

fn in_currency(price: Money, currency: Currency) -> Result<i64> {
    if price.currency == currency {
        Ok(price.minor)
    } else {
        Err(Error::invalid("/price/currency", format!("must be {currency}, the property's currency")))
    }
}

/// Returns the prices of children, if each is of an age band of the hotel.
async fn by_band(conn: &Conn, property: &Property, prices: &BTreeMap<String, Money>) -> Result<ExtraChildren> {
    rates::child_prices(conn, property.id, property.currency, prices, "/child_prices").await
}

/// The extra as it is to be, as far as its values are to fit together.
fn changed(before: &Extra, change: &ExtraChange) -> Extra {
    Extra {
        child_prices: change.child_prices.clone().unwrap_or_else(|| before.child_prices.clone()),
        day: change.day.unwrap_or(before.day),
        min_quantity: change.min_quantity.unwrap_or(before.min_quantity),
        max_quantity: change.max_quantity.unwrap_or(before.max_quantity),
        ..before.clone()
    }
}

/// Checks that the values of an extra fit together.
fn check(extra: &Extra) -> Result<()> {
    if extra.posted.is_nightly() != extra.day.is_of_nights() {
        return Err(Error::invalid("/day", days_of(extra.posted)));
    }
    if !extra.child_prices.0.is_empty() && !extra.posted.is_personal() {
        return Err(Error::invalid("/child_prices", "are for extras that are charged for guests"));
    }
    if extra.max_quantity.is_some_and(|max| max < extra.min_quantity) {
        return Err(Error::invalid("/max_quantity", "must be at least min_quantity"));
    }
    Ok(())
}

fn days_of(posted: PostedPer) -> String {
    let fits = |day: &&ExtraDay| day.is_of_nights() == posted.is_nightly();
    let days: Vec<&str> = ExtraDay::ALL.iter().filter(fits).map(|day| day.as_str()).collect();
    format!("must be one of {} for an extra that is charged {posted}", days.join(", "))
}

/// Returns the rules by their ids, each once, if they are percentages of the hotel.
async fn check_taxes(conn: &Conn, property_id: Uuid, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    let known = repository::percentages(conn, property_id, ids).await?;
    match ids.iter().position(|id| !known.contains(id)) {
        Some(place) => {
            Err(Error::invalid(format!("/tax_rule_ids/{place}"), "is not a tax rule of the property that is a percentage"))
        }
        None => Ok(ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect()),
    }
}
