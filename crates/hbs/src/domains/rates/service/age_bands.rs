use super::plans::child_minors;
use super::{all_valid, lock_property};
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::rates::dto::{AgeBandOut, AgeBandsOut, SetAgeBands};
use crate::domains::rates::error::RateError;
use crate::domains::rates::model::{AgeBand, ExtraChildren};
use crate::domains::rates::repository::{age_bands as repository, pricing};
use crate::error::{FieldError, Or404};
use crate::idempotency::IdempotencyKey;
use crate::money::{Currency, Money};
use crate::outbox::{self, Event};
use crate::security::Staff;
use crate::security::permission::RatesWrite;
use crate::stores::postgres::Conn;
use crate::version::MustMatch;
use std::collections::BTreeMap;
use uuid::Uuid;

pub async fn get(app: &App, property_id: Uuid) -> Result<AgeBandsOut> {
    let conn = app.db.conn().await?;
    let of_property = &[property_id];
    let (version, bands) =
        futures_util::try_join!(repository::version(&conn, property_id), pricing::bands_of(&conn, of_property))?;
    Ok(AgeBandsOut::new(property_id, bands, version.or_404("property")?))
}

/// Makes these the age bands of a property. A band that has prices stays.
pub async fn set(
    app: &App,
    staff: &Staff<RatesWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    property_id: Uuid,
    request: SetAgeBands,
) -> Result<Answer> {
    staff.at(property_id)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let bands = rows(property_id, request.bands)?;
    app.change(key, async |conn| {
        let property = lock_property(conn, &staff.scope, Some(property_id), "property").await?;
        let version = repository::version(conn, property_id).await?.or_404("property")?;
        seen.check(version)?;
        let before = pricing::bands_of(conn, &[property_id]).await?;
        if before == bands {
            return Answer::unchanged(version, &AgeBandsOut::new(property_id, before, version));
        }
        let gone: Vec<String> =
            before.iter().map(|band| band.code.clone()).filter(|code| bands.iter().all(|band| band.code != *code)).collect();
        if let Some((code, times)) = repository::priced(conn, property_id, &gone).await?.into_iter().next() {
            return Err(RateError::BandInUse { code, times }.into());
        }
        let version = repository::replace(conn, property_id, &bands, now).await?;
        outbox::publish(conn, &cause, [Event::of("age_bands.updated", &property).and("age_bands", before, &bands)]).await?;
        Answer::ok(version, &AgeBandsOut::new(property_id, bands.clone(), version))
    })
    .await
}

/// Returns prices of children by age band, if each band is one of the hotel's, which is locked. `pointer` is that of the field.
pub async fn child_prices(
    conn: &Conn,
    property_id: Uuid,
    currency: Currency,
    prices: &BTreeMap<String, Money>,
    pointer: &str,
) -> Result<ExtraChildren> {
    let bands = pricing::bands_of(conn, &[property_id]).await?;
    let mut errors = Vec::new();
    let minors = child_minors(prices, pointer, &bands, currency, &mut errors);
    all_valid(errors)?;
    Ok(minors)
}

/// Makes rows of age bands, by age; each age and each code once.
fn rows(property_id: Uuid, bands: Vec<AgeBandOut>) -> Result<Vec<AgeBand>> {
    let mut errors = Vec::new();
    for (n, band) in bands.iter().enumerate() {
        if band.min_age > band.max_age {
            errors.push(FieldError::body(format!("/bands/{n}/max_age"), "must be at least min_age"));
        }
        for other in &bands[..n] {
            if other.code == band.code {
                errors.push(FieldError::body(format!("/bands/{n}/code"), "is there twice"));
            }
            if band.min_age <= other.max_age && other.min_age <= band.max_age {
                errors.push(FieldError::body(format!("/bands/{n}"), format!("shares ages with {:?}", other.code)));
            }
        }
    }
    all_valid(errors)?;
    let row = |AgeBandOut { code, min_age, max_age }| AgeBand { property_id, code, min_age, max_age };
    let mut rows: Vec<AgeBand> = bands.into_iter().map(row).collect();
    rows.sort_by_key(|band| band.min_age);
    Ok(rows)
}
