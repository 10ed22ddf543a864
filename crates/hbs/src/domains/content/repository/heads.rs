use super::super::model::{ContentId, Due, Head, Item, Redirect};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use crate::texts::Locale;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use hbs_schema::{content_locales, content_redirects};
use uuid::Uuid;

// Whoever changes heads, or their former addresses, holds the item.

pub async fn find_head(mut conn: &Conn, item: &Item, locale: &Locale) -> QueryResult<Option<Head>> {
    content_locales::table.find((item.site_id(), item.id, locale)).select(Head::as_select()).first(&mut conn).await.optional()
}

/// The heads of items, in the order of their languages.
pub async fn heads_of(mut conn: &Conn, items: &[Item]) -> QueryResult<Vec<Head>> {
    let sites: Vec<Uuid> = items.iter().map(Item::site_id).collect();
    let ids: Vec<ContentId> = items.iter().map(|item| item.id).collect();
    content_locales::table
        .filter(content_locales::site_id.eq_any(sites))
        .filter(content_locales::content_id.eq_any(ids))
        .order((content_locales::content_id, content_locales::locale))
        .select(Head::as_select())
        .load(&mut conn)
        .await
}

pub async fn insert_head(mut conn: &Conn, new: &Head) -> QueryResult<usize> {
    diesel::insert_into(content_locales::table).values(new).execute(&mut conn).await
}

/// Writes all of a head, as its next version.
pub async fn update_head(mut conn: &Conn, after: &Head, now: DateTime<Utc>) -> QueryResult<Head> {
    let next = Head { version: after.version + 1, updated_at: now, ..after.clone() };
    diesel::update(content_locales::table.find((after.site_id, after.content_id, &after.locale)))
        .set(next)
        .returning(Head::as_returning())
        .get_result(&mut conn)
        .await
}

/// Frees the addresses of an item that is removed, and takes it from the public.
pub async fn mark_heads_deleted(mut conn: &Conn, item: &Item, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(content_locales::table)
        .filter(content_locales::site_id.eq(item.site_id()))
        .filter(content_locales::content_id.eq(item.id))
        .set((
            content_locales::is_deleted.eq(true),
            content_locales::version.eq(content_locales::version + 1),
            content_locales::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}

/// Languages of items of which something is due, the earliest first, after one of them or from the beginning.
pub async fn due(mut conn: &Conn, now: DateTime<Utc>, after: Option<&Due>, limit: i64) -> QueryResult<Vec<Due>> {
    let statement = constant_sql(
        "SELECT content_id, locale, LEAST(publish_at, unpublish_at) AS due_at FROM content_locales \
         WHERE (publish_at <= $1 OR unpublish_at <= $1) AND NOT is_deleted \
           AND ($2 IS NULL OR (LEAST(publish_at, unpublish_at), content_id, locale) > ($2, $3, $4)) \
         ORDER BY LEAST(publish_at, unpublish_at), content_id, locale LIMIT $5",
    );
    let statement = statement
        .bind::<Timestamptz, _>(now)
        .bind::<Nullable<Timestamptz>, _>(after.map(|due| due.due_at))
        .bind::<Nullable<SqlUuid>, _>(after.map(|due| due.content_id))
        .bind::<Nullable<Text>, _>(after.map(|due| due.locale.as_str()))
        .bind::<BigInt, _>(limit);
    Cached(statement).load(&mut conn).await
}

// Addresses

/// Lets one at a time exchange addresses of a site: two pages that take each other's would wait for each other.
pub async fn lock_slugs(mut conn: &Conn, id: ContentId) -> QueryResult<usize> {
    let lock = constant_sql(
        "SELECT pg_advisory_xact_lock(hashtext(current_schema()), hashtext('content ' || site_id)) FROM content_items WHERE id = $1",
    );
    Cached(lock.bind::<SqlUuid, _>(id)).execute(&mut conn).await
}

/// Keeps a former address, which leads to its item. If there is one of another item, the newer one holds.
pub async fn put_redirect(mut conn: &Conn, redirect: &Redirect) -> QueryResult<usize> {
    diesel::insert_into(content_redirects::table)
        .values(redirect)
        .on_conflict((content_redirects::site_id, content_redirects::locale, content_redirects::slug))
        .do_update()
        .set((content_redirects::content_id.eq(redirect.content_id), content_redirects::updated_at.eq(redirect.updated_at)))
        .execute(&mut conn)
        .await
}

/// Forgets a former address of an item, because it is its address again.
pub async fn delete_own_redirect(mut conn: &Conn, head: &Head, slug: &str) -> QueryResult<usize> {
    let former = content_redirects::table.find((head.site_id, &head.locale, slug));
    diesel::delete(former.filter(content_redirects::content_id.eq(head.content_id))).execute(&mut conn).await
}

/// Forgets a former address, because a page is public there: of whichever item, that wins.
pub async fn delete_redirect(mut conn: &Conn, site_id: Uuid, locale: &Locale, slug: &str) -> QueryResult<usize> {
    diesel::delete(content_redirects::table.find((site_id, locale, slug))).execute(&mut conn).await
}
