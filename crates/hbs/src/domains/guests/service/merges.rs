//! Merges of profiles, and their end.
use super::profiles::{check_alone, lock, shown};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::guests::error::GuestError;
use crate::domains::guests::model::{Details, Guest, GuestChange, Merge};
use crate::domains::guests::repository;
use crate::domains::guests::rules::joining::{self, Filled};
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event};
use crate::security::Staff;
use crate::security::permission::GuestsWrite;
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use crate::{Error, Result};
use serde_json::Value;
use uuid::Uuid;

/// Merges a profile into another one, which gets what it lacked. Nothing that refers to the merged one is rewritten, so a
/// booking that is made for it meanwhile is the survivor's as well.
pub async fn merge(
    app: &App,
    staff: &Staff<GuestsWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: Uuid,
    merged_id: Uuid,
) -> Result<Answer> {
    if id == merged_id {
        return Err(Error::invalid("/merged_id", "is the profile itself"));
    }
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let (found, currency) = repository::find(conn, &staff.scope, id).await?.or_404("guest")?;
        let (survivor, merged) = lock_both(conn, &found, merged_id).await?;
        seen.check(survivor.version)?;
        check_alone(&survivor)?;
        check_alone(&merged)?;
        let details = joining::joined(&survivor.details(), &merged.details());
        let filled = joining::filled(&survivor.details(), &details).map_err(Error::internal)?;
        let record = record_of(&survivor, &merged, &filled, &cause)?;
        repository::insert_merge(conn, &record).await?;
        repository::set_merged(conn, &merged, Some(&survivor), cause.at).await?;
        let after = fill(conn, &survivor, details, &cause).await?;
        publish(conn, &cause, &survivor, &after, &merged, "guest.merged").await?;
        Answer::ok(after.version, &shown(conn, after, currency).await?)
    })
    .await
}

/// Takes the merge of a profile back: it stands for itself again, and the survivor is what it was, but for what was changed
/// since.
pub async fn unmerge(app: &App, staff: &Staff<GuestsWrite>, key: &IdempotencyKey, seen: IfMatch, id: Uuid) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let (found, currency) = repository::find(conn, &staff.scope, id).await?.or_404("guest")?;
        let into = found.merged_into_id.ok_or(GuestError::NotMerged)?;
        let (survivor, merged) = lock_both(conn, &Guest { id: into, ..found.clone() }, id).await?;
        seen.check(merged.version)?;
        if merged.merged_into_id != Some(survivor.id) {
            return Err(GuestError::NotMerged.into());
        }
        if survivor.merged_into_id.is_some() {
            return Err(GuestError::MergedFurther(survivor.id).into());
        }
        let record = repository::live_merge(conn, &merged).await?.or_404("guest")?;
        let filled: Filled = serde_json::from_value(record.filled.clone()).map_err(Error::internal)?;
        let details = joining::parted(&survivor.details(), &filled).map_err(Error::internal)?;
        repository::end_merge(conn, &record, cause.at).await?;
        repository::set_merged(conn, &merged, None, cause.at).await?;
        let after = fill(conn, &survivor, details, &cause).await?;
        publish(conn, &cause, &survivor, &after, &merged, "guest.unmerged").await?;
        let (merged, _) = lock(conn, &staff.scope, id).await?;
        Answer::ok(merged.version, &shown(conn, merged, currency).await?)
    })
    .await
}

/// Locks two profiles of a hotel, in the order of their ids.
async fn lock_both(conn: &Conn, survivor: &Guest, merged_id: Uuid) -> Result<(Guest, Guest)> {
    let mut rows = repository::lock(conn, survivor.property_id, &[survivor.id, merged_id]).await?;
    let mut take = |id: Uuid| rows.iter().position(|row| row.id == id).map(|place| rows.swap_remove(place));
    let survivor = take(survivor.id).or_404("guest")?;
    let merged = take(merged_id).ok_or_else(|| Error::invalid("/merged_id", "is not a guest profile of the hotel"))?;
    Ok((survivor, merged))
}

async fn fill(conn: &Conn, survivor: &Guest, details: Details, cause: &Cause) -> Result<Guest> {
    Ok(repository::update(conn, survivor, GuestChange::from(details), cause.at).await?)
}

fn record_of(survivor: &Guest, merged: &Guest, filled: &Filled, cause: &Cause) -> Result<Merge> {
    let filled: Value = serde_json::to_value(filled).map_err(Error::internal)?;
    Ok(Merge {
        property_id: survivor.property_id,
        id: Uuid::now_v7(),
        guest_id: survivor.id,
        merged_id: merged.id,
        filled,
        created_at: cause.at,
        updated_at: cause.at,
    })
}

/// One event for each of the two profiles.
async fn publish(conn: &Conn, cause: &Cause, before: &Guest, after: &Guest, merged: &Guest, kind: &'static str) -> Result<()> {
    let row = repository::find_in(conn, merged.property_id, merged.id).await?.or_404("guest")?;
    let of_survivor = Event::changed(before, after).named(kind).with("merged_id", merged.id);
    let of_merged = Event::changed(merged, &row);
    Ok(outbox::publish(conn, cause, [of_survivor, of_merged]).await?)
}
