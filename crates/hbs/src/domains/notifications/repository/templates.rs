use crate::domains::notifications::model::{NotificationKind, Template};
use crate::stores::postgres::{Conn, RunQueryDsl};
use crate::texts::Locale;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::notification_templates;
use uuid::Uuid;

/// The own words of some hotels.
pub async fn templates_of(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<Template>> {
    notification_templates::table
        .filter(notification_templates::property_id.eq_any(property_ids))
        .order((notification_templates::property_id, notification_templates::kind, notification_templates::locale))
        .select(Template::as_select())
        .load(&mut conn)
        .await
}

pub async fn find_template(
    mut conn: &Conn,
    property_id: Uuid,
    kind: NotificationKind,
    locale: &Locale,
) -> QueryResult<Option<Template>> {
    notification_templates::table
        .find((property_id, kind, locale))
        .select(Template::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// Writes a row without words where there is none, so that it can be locked.
pub async fn begin_template(mut conn: &Conn, row: &Template) -> QueryResult<usize> {
    diesel::insert_into(notification_templates::table).values(row).on_conflict_do_nothing().execute(&mut conn).await
}

pub async fn lock_template(
    mut conn: &Conn,
    property_id: Uuid,
    kind: NotificationKind,
    locale: &Locale,
) -> QueryResult<Option<Template>> {
    notification_templates::table
        .find((property_id, kind, locale))
        .select(Template::as_select())
        .for_update()
        .first(&mut conn)
        .await
        .optional()
}

/// Gives a row other words, or none.
pub async fn set_template(
    mut conn: &Conn,
    row: &Template,
    words: Option<(&str, &str)>,
    now: DateTime<Utc>,
) -> QueryResult<Template> {
    diesel::update(notification_templates::table.find((row.property_id, row.kind, &row.locale)))
        .set((
            notification_templates::title.eq(words.map(|(title, _)| title)),
            notification_templates::body.eq(words.map(|(_, body)| body)),
            notification_templates::version.eq(notification_templates::version + 1),
            notification_templates::updated_at.eq(now),
        ))
        .returning(Template::as_returning())
        .get_result(&mut conn)
        .await
}
