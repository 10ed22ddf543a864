use crate::domains::notifications::model::{Channel, NotificationKind, Preference, Settings};
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::upsert::excluded;
use hbs_schema::{notification_preferences, notification_settings};
use uuid::Uuid;

pub async fn find_settings(mut conn: &Conn, user_id: Uuid) -> QueryResult<Option<Settings>> {
    notification_settings::table.find(user_id).select(Settings::as_select()).first(&mut conn).await.optional()
}

/// Settings of those of some people who have said something.
pub async fn settings_of(mut conn: &Conn, user_ids: &[Uuid]) -> QueryResult<Vec<Settings>> {
    notification_settings::table
        .filter(notification_settings::user_id.eq_any(user_ids))
        .select(Settings::as_select())
        .load(&mut conn)
        .await
}

/// Writes the settings of somebody who has said nothing yet, so that they can be locked.
pub async fn begin_settings(mut conn: &Conn, settings: &Settings) -> QueryResult<usize> {
    diesel::insert_into(notification_settings::table).values(settings).on_conflict_do_nothing().execute(&mut conn).await
}

pub async fn lock_settings(mut conn: &Conn, user_id: Uuid) -> QueryResult<Settings> {
    notification_settings::table.find(user_id).select(Settings::as_select()).for_update().first(&mut conn).await
}

/// Writes settings as they are now, as a new version.
pub async fn update_settings(mut conn: &Conn, settings: &Settings, now: DateTime<Utc>) -> QueryResult<Settings> {
    diesel::update(notification_settings::table.find(settings.user_id))
        .set((
            notification_settings::time_zone.eq(settings.time_zone),
            notification_settings::quiet_from.eq(settings.quiet_from),
            notification_settings::quiet_to.eq(settings.quiet_to),
            notification_settings::digest.eq(settings.digest),
            notification_settings::digest_at.eq(settings.digest_at),
            notification_settings::version.eq(notification_settings::version + 1),
            notification_settings::updated_at.eq(now),
        ))
        .returning(Settings::as_returning())
        .get_result(&mut conn)
        .await
}

/// The wishes of some people.
pub async fn preferences_of(mut conn: &Conn, user_ids: &[Uuid]) -> QueryResult<Vec<Preference>> {
    notification_preferences::table
        .filter(notification_preferences::user_id.eq_any(user_ids))
        .order((notification_preferences::user_id, notification_preferences::kind, notification_preferences::channel))
        .select(Preference::as_select())
        .load(&mut conn)
        .await
}

pub async fn set_preferences(
    mut conn: &Conn,
    user_id: Uuid,
    wishes: &[(NotificationKind, Channel, bool)],
    now: DateTime<Utc>,
) -> QueryResult<()> {
    if wishes.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = wishes
        .iter()
        .map(|(kind, channel, is_enabled)| {
            (
                notification_preferences::user_id.eq(user_id),
                notification_preferences::kind.eq(*kind),
                notification_preferences::channel.eq(*channel),
                notification_preferences::is_enabled.eq(*is_enabled),
                notification_preferences::created_at.eq(now),
                notification_preferences::updated_at.eq(now),
            )
        })
        .collect();
    diesel::insert_into(notification_preferences::table)
        .values(rows)
        .on_conflict((notification_preferences::user_id, notification_preferences::kind, notification_preferences::channel))
        .do_update()
        .set((
            notification_preferences::is_enabled.eq(excluded(notification_preferences::is_enabled)),
            notification_preferences::updated_at.eq(excluded(notification_preferences::updated_at)),
        ))
        .execute(&mut conn)
        .await
        .map(drop)
}
