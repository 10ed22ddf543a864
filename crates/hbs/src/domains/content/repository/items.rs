use super::super::dto::ContentFilter;
use super::super::model::{ContentId, Item, ItemChange};
use crate::security::Scope;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql, mentions};
use chrono::{DateTime, Utc};
use diesel::dsl::{count_star, exists, not};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Uuid as SqlUuid};
use hbs_schema::{content_items, content_locales, content_version_links};
use uuid::Uuid;

/// An item within the scope.
pub async fn find_item(mut conn: &Conn, scope: &Scope, id: ContentId) -> QueryResult<Option<Item>> {
    content_items::table
        .filter(content_items::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().nullable().or(content_items::property_id.eq_any(scope.ids())))
        .filter(not(content_items::is_deleted))
        .select(Item::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// Items within the scope, the newest first.
pub async fn list_items(
    mut conn: &Conn,
    scope: &Scope,
    filter: &ContentFilter,
    before: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Item>> {
    let ContentFilter { property_id, kind, status, q } = filter;
    let mut query = content_items::table
        .filter(not(content_items::is_deleted))
        .order(content_items::id.desc())
        .limit(limit)
        .select(Item::as_select())
        .into_boxed();
    if let Scope::Properties(ids) = scope {
        query = query.filter(content_items::property_id.eq_any(ids));
    }
    if let Some(property_id) = property_id {
        query = query.filter(content_items::property_id.eq(property_id));
    }
    if let Some(kind) = kind {
        query = query.filter(content_items::kind.eq(kind));
    }
    if let Some(status) = status {
        let heads = content_locales::table
            .filter(content_locales::site_id.eq(content_items::site_id))
            .filter(content_locales::content_id.eq(content_items::id))
            .filter(content_locales::status.eq(status));
        query = query.filter(exists(heads));
    }
    for word in q.iter().flat_map(|q| q.split_whitespace()) {
        query = query.filter(mentions(content_items::name.nullable(), word));
    }
    if let Some(before) = before {
        query = query.filter(content_items::id.lt(before));
    }
    query.load(&mut conn).await
}

/// An item within the scope, locked against other changes of it and of its languages.
pub async fn lock_item(mut conn: &Conn, scope: &Scope, id: ContentId) -> QueryResult<Option<Item>> {
    content_items::table
        .filter(content_items::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().nullable().or(content_items::property_id.eq_any(scope.ids())))
        .filter(not(content_items::is_deleted))
        .select(Item::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

/// The items of these ids that are there, locked in the order of their ids: one whose scope has been asked for, with those that
/// it is to link to, so that none of them is removed meanwhile.
pub async fn lock_items(mut conn: &Conn, ids: &[ContentId]) -> QueryResult<Vec<Item>> {
    content_items::table
        .filter(content_items::id.eq_any(ids))
        .filter(not(content_items::is_deleted))
        .order(content_items::id)
        .select(Item::as_select())
        .for_no_key_update()
        .load(&mut conn)
        .await
}

/// Lets one at a time add to a site, and says how many items it has.
pub async fn begin_item(mut conn: &Conn, site_id: Uuid) -> QueryResult<i64> {
    let lock = constant_sql("SELECT pg_advisory_xact_lock(hashtext(current_schema()), hashtext('content items ' || $1))");
    Cached(lock.bind::<SqlUuid, _>(site_id)).execute(&mut conn).await?;
    content_items::table
        .filter(content_items::site_id.eq(site_id))
        .filter(not(content_items::is_deleted))
        .select(count_star())
        .get_result(&mut conn)
        .await
}

pub async fn insert_item(mut conn: &Conn, new: &Item) -> QueryResult<usize> {
    diesel::insert_into(content_items::table).values(new).execute(&mut conn).await
}

pub async fn update_item(mut conn: &Conn, row: &Item, change: &ItemChange, now: DateTime<Utc>) -> QueryResult<Item> {
    diesel::update(content_items::table.find((row.site_id(), row.id)))
        .set((change, content_items::version.eq(content_items::version + 1), content_items::updated_at.eq(now)))
        .returning(Item::as_returning())
        .get_result(&mut conn)
        .await
}

pub async fn delete_item(mut conn: &Conn, row: &Item, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(content_items::table.find((row.site_id(), row.id)))
        .set((
            content_items::is_deleted.eq(true),
            content_items::deleted_at.eq(now),
            content_items::version.eq(content_items::version + 1),
            content_items::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}

/// Other items whose versions that are worked on, public or scheduled link to this one.
pub async fn linking(mut conn: &Conn, id: ContentId) -> QueryResult<Vec<ContentId>> {
    let links = content_version_links::version_id;
    let counts = content_locales::working_id
        .eq(links)
        .nullable()
        .or(content_locales::published_id.eq(links.nullable()))
        .or(content_locales::publish_id.eq(links.nullable()));
    let of_head = content_locales::site_id
        .eq(content_version_links::site_id)
        .and(content_locales::content_id.eq(content_version_links::content_id))
        .and(content_locales::locale.eq(content_version_links::locale));
    content_version_links::table
        .inner_join(content_locales::table.on(of_head))
        .filter(content_version_links::target_id.eq(id))
        .filter(content_version_links::content_id.ne(id))
        .filter(not(content_locales::is_deleted))
        .filter(counts)
        .select(content_version_links::content_id)
        .distinct()
        .order(content_version_links::content_id)
        .limit(100)
        .load(&mut conn)
        .await
}
