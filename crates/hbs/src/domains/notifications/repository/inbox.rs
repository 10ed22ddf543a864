use crate::domains::notifications::dto::NotificationFilter;
use crate::domains::notifications::model::{Notification, NotificationId};
use crate::security::Grants;
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{DateTime, Utc};
use diesel::dsl::{count_star, not};
use diesel::prelude::*;
use diesel::sql_types::{Array, Nullable, Text, Uuid as SqlUuid};
use hbs_schema::{notification_progress, notifications};
use uuid::Uuid;

#[diesel::declare_sql_function]
extern "SQL" {
    /// Says that one may see what takes a permission at a place. A function of the migrations.
    fn is_held(
        wanted: Nullable<Text>,
        place: Nullable<SqlUuid>,
        permissions: Array<Text>,
        places: Array<Nullable<SqlUuid>>,
    ) -> Bool;

    /// Says that somebody holds a permission at a place, if one is asked for. A function of the migrations.
    fn is_held_by(wanted: Nullable<Text>, person: SqlUuid, place: Nullable<SqlUuid>) -> Bool;

    /// Says that somebody has a role at a place, if one is asked for. A function of the migrations.
    fn has_role(wanted: Nullable<Text>, person: SqlUuid, place: Nullable<SqlUuid>) -> Bool;
}

/// Rows of one statement: each column of each is a parameter, and there may be 65,535 of them.
pub(super) const ROWS_AT_ONCE: usize = 1000;

/// Permissions that a person holds now, as SQL takes them: names, and beside them places, null for all.
#[derive(Debug, Clone, Default)]
pub struct Held {
    permissions: Vec<String>,
    places: Vec<Option<Uuid>>,
}

impl From<&Grants> for Held {
    fn from(grants: &Grants) -> Self {
        let mut held = Self::default();
        for (permission, scope) in grants.iter() {
            let ids = scope.ids();
            let places = if scope.is_all() { vec![None] } else { ids.into_iter().map(Some).collect() };
            held.permissions.extend(places.iter().map(|_| permission.to_owned()));
            held.places.extend(places);
        }
        held
    }
}

/// Rows of a person that they may still see.
#[diesel::dsl::auto_type(no_type_alias)]
fn shown<'a>(user_id: Uuid, held: &'a Held) -> _ {
    let permissions: &'a [String] = &held.permissions;
    let places: &'a [Option<Uuid>] = &held.places;
    notifications::table
        .filter(notifications::user_id.eq(user_id))
        .filter(not(notifications::is_deleted))
        .filter(is_held(notifications::permission, notifications::property_id, permissions, places))
        .filter(has_role(notifications::role, notifications::user_id, notifications::property_id))
}

/// Rows of a person that they may still be told of, beside HBS: nobody has come with what they hold.
#[diesel::dsl::auto_type(no_type_alias)]
fn told(user_id: Uuid) -> _ {
    notifications::table
        .filter(notifications::user_id.eq(user_id))
        .filter(not(notifications::is_deleted))
        .filter(is_held_by(notifications::permission, notifications::user_id, notifications::property_id))
        .filter(has_role(notifications::role, notifications::user_id, notifications::property_id))
}

/// Notifications of a person, the newest first.
pub async fn list(
    mut conn: &Conn,
    user_id: Uuid,
    held: &Held,
    filter: &NotificationFilter,
    before: Option<NotificationId>,
    limit: i64,
) -> QueryResult<Vec<Notification>> {
    let NotificationFilter { unread, kind, property_id } = filter;
    let mut query =
        shown(user_id, held).order(notifications::id.desc()).limit(limit).select(Notification::as_select()).into_boxed();
    match unread {
        Some(true) => query = query.filter(notifications::read_at.is_null()),
        Some(false) => query = query.filter(notifications::read_at.is_not_null()),
        None => {}
    }
    if let Some(kinds) = kind {
        query = query.filter(notifications::kind.eq_any(kinds.0.clone()));
    }
    if let Some(property_id) = property_id {
        query = query.filter(notifications::property_id.eq(property_id));
    }
    if let Some(before) = before {
        query = query.filter(notifications::id.lt(before));
    }
    query.load(&mut conn).await
}

/// Number of notifications that a person has not read, by an index of just those.
pub async fn unread(mut conn: &Conn, user_id: Uuid, held: &Held) -> QueryResult<i64> {
    shown(user_id, held).filter(notifications::read_at.is_null()).select(count_star()).get_result(&mut conn).await
}

/// A notification that its person may still be told of.
pub async fn find(mut conn: &Conn, user_id: Uuid, id: NotificationId) -> QueryResult<Option<Notification>> {
    told(user_id).filter(notifications::id.eq(id)).select(Notification::as_select()).first(&mut conn).await.optional()
}

/// Those of some notifications of a person that they may still be told of, in the order in which they were made.
pub async fn find_all(mut conn: &Conn, user_id: Uuid, ids: &[NotificationId]) -> QueryResult<Vec<Notification>> {
    told(user_id)
        .filter(notifications::id.eq_any(ids))
        .order(notifications::id)
        .select(Notification::as_select())
        .load(&mut conn)
        .await
}

/// A notification that its person may still see, locked.
pub async fn lock(mut conn: &Conn, user_id: Uuid, held: &Held, id: NotificationId) -> QueryResult<Option<Notification>> {
    shown(user_id, held)
        .filter(notifications::id.eq(id))
        .select(Notification::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

pub async fn set_read(
    mut conn: &Conn,
    row: &Notification,
    read_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> QueryResult<Notification> {
    diesel::update(notifications::table.find((row.user_id, row.id)))
        .set((
            notifications::read_at.eq(read_at),
            notifications::version.eq(notifications::version + 1),
            notifications::updated_at.eq(now),
        ))
        .returning(Notification::as_returning())
        .get_result(&mut conn)
        .await
}

/// Marks as read what a person may see and has not read, up to a notification or all of it. Rows are locked in their order, so
/// that two requests at once do not wait for each other in a circle.
pub async fn read_all(
    mut conn: &Conn,
    user_id: Uuid,
    held: &Held,
    up_to: Option<NotificationId>,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let up_to = up_to.map_or(Uuid::max(), Uuid::from);
    let ids: Vec<NotificationId> = shown(user_id, held)
        .filter(notifications::read_at.is_null())
        .filter(notifications::id.le(up_to))
        .order(notifications::id)
        .select(notifications::id)
        .for_no_key_update()
        .load(&mut conn)
        .await?;
    diesel::update(notifications::table.filter(notifications::user_id.eq(user_id)).filter(notifications::id.eq_any(ids)))
        .set((
            notifications::read_at.eq(now),
            notifications::version.eq(notifications::version + 1),
            notifications::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}

/// Removes a notification. Its row stays for a while, so that the same event does not bring it back.
pub async fn delete(mut conn: &Conn, row: &Notification, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(notifications::table.find((row.user_id, row.id)))
        .set((
            notifications::is_deleted.eq(true),
            notifications::deleted_at.eq(now),
            notifications::version.eq(notifications::version + 1),
            notifications::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}

/// Writes notifications, but for those of events that people know of already. Returns the ids of those that are new.
pub async fn insert(mut conn: &Conn, new: &[Notification]) -> QueryResult<Vec<NotificationId>> {
    let mut ids = Vec::with_capacity(new.len());
    for some in new.chunks(ROWS_AT_ONCE) {
        let written: Vec<NotificationId> = diesel::insert_into(notifications::table)
            .values(some)
            .on_conflict((notifications::user_id, notifications::dedup_key))
            .do_nothing()
            .returning(notifications::id)
            .get_results(&mut conn)
            .await?;
        ids.extend(written);
    }
    Ok(ids)
}

/// The newest notification of each person and group that is not read, and was made since an instant. They are locked: whoever
/// reads one meanwhile reads it with what is added to it.
pub async fn open_groups(
    mut conn: &Conn,
    user_ids: &[Uuid],
    groups: &[String],
    since: DateTime<Utc>,
) -> QueryResult<Vec<Notification>> {
    notifications::table
        .filter(notifications::user_id.eq_any(user_ids))
        .filter(notifications::group_key.eq_any(groups))
        .filter(notifications::read_at.is_null())
        .filter(not(notifications::is_deleted))
        .filter(notifications::created_at.gt(since))
        .order(notifications::id)
        .select(Notification::as_select())
        .for_no_key_update()
        .load(&mut conn)
        .await
}

/// Adds events to a notification that tells of several.
pub async fn add_to(mut conn: &Conn, row: &Notification, more: i32, now: DateTime<Utc>) -> QueryResult<Notification> {
    diesel::update(notifications::table.find((row.user_id, row.id)))
        .set((
            notifications::count.eq(notifications::count + more),
            notifications::version.eq(notifications::version + 1),
            notifications::updated_at.eq(now),
        ))
        .returning(Notification::as_returning())
        .get_result(&mut conn)
        .await
}

/// The position up to which events have been told of, locked.
pub async fn progress(mut conn: &Conn, name: &str) -> QueryResult<i64> {
    let position = notification_progress::table
        .find(name)
        .select(notification_progress::position)
        .for_update()
        .first(&mut conn)
        .await
        .optional()?;
    Ok(position.unwrap_or(0))
}

pub async fn set_progress(mut conn: &Conn, name: &str, position: i64, now: DateTime<Utc>) -> QueryResult<()> {
    diesel::insert_into(notification_progress::table)
        .values((
            notification_progress::name.eq(name),
            notification_progress::position.eq(position),
            notification_progress::created_at.eq(now),
            notification_progress::updated_at.eq(now),
        ))
        .on_conflict(notification_progress::name)
        .do_update()
        .set((notification_progress::position.eq(position), notification_progress::updated_at.eq(now)))
        .execute(&mut conn)
        .await
        .map(drop)
}

/// Forgets notifications that were made before an instant, with their deliveries.
pub async fn sweep(mut conn: &Conn, before: DateTime<Utc>) -> QueryResult<usize> {
    diesel::delete(notifications::table.filter(notifications::created_at.lt(before))).execute(&mut conn).await
}
