//! Service hours, targets and recipients of a hotel.
use super::desk::Desk;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::issues::dto::{IssueSettingsOut, SetIssueSettings};
use crate::domains::issues::model::IssueSettings;
use crate::domains::issues::repository;
use crate::domains::properties;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::security::Staff;
use crate::security::permission::{IssuesRead, PropertiesUpdate};
use crate::version::MustMatch;
use crate::{Error, Result};
use chrono::NaiveDate;
use std::collections::BTreeSet;
use uuid::Uuid;

pub async fn get_settings(app: &App, staff: &Staff<IssuesRead>, property_id: Uuid) -> Result<IssueSettingsOut> {
    staff.at(property_id)?;
    let conn = app.db.conn().await?;
    IssueSettingsOut::new(&Desk::read(&conn, property_id, app.clock.now()).await?.settings)
}

/// Sets them. Targets that were set before stay as they are until an issue is moved or given another priority.
pub async fn set_settings(
    app: &App,
    staff: &Staff<PropertiesUpdate>,
    key: &IdempotencyKey,
    seen: MustMatch,
    property_id: Uuid,
    request: SetIssueSettings,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        properties::lock(conn, &staff.scope, property_id).await?.or_404("property")?;
        check(&request)?;
        let before = Desk::read(conn, property_id, now).await?.settings;
        seen.check(before.version)?;
        let after = changed(&before, &request)?;
        let event = Event::changed(&before, &after);
        if event.is_empty() {
            return Answer::unchanged(before.version, &IssueSettingsOut::new(&before)?);
        }
        let after = IssueSettings { version: before.version + 1, updated_at: now, ..after };
        repository::put_settings(conn, &after).await?;
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &IssueSettingsOut::new(&after)?)
    })
    .await
}

fn check(request: &SetIssueSettings) -> Result<()> {
    let mut errors = request.hours.check();
    errors.extend(request.targets.check());
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid_fields(errors)) }
}

fn changed(before: &IssueSettings, request: &SetIssueSettings) -> Result<IssueSettings> {
    let holidays: BTreeSet<NaiveDate> = request.holidays.iter().copied().collect();
    let json = |value: serde_json::Result<serde_json::Value>| value.map_err(Error::internal);
    Ok(IssueSettings {
        hours: json(serde_json::to_value(&request.hours))?,
        holidays: json(serde_json::to_value(holidays))?,
        targets: json(serde_json::to_value(request.targets))?,
        recipients: json(serde_json::to_value(&request.recipients))?,
        ..before.clone()
    })
}
