use super::super::dto::MediaFilter;
use super::super::model::{ContentId, Media, MediaId, site_of};
use crate::security::Scope;
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{DateTime, Utc};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use hbs_schema::{content_items, content_media, content_version_media};
use uuid::Uuid;

/// A picture within the scope.
pub async fn find_media(mut conn: &Conn, scope: &Scope, id: MediaId) -> QueryResult<Option<Media>> {
    content_media::table
        .filter(content_media::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().nullable().or(content_media::property_id.eq_any(scope.ids())))
        .filter(not(content_media::is_deleted))
        .select(Media::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// Pictures within the scope, the newest first.
pub async fn list_media(
    mut conn: &Conn,
    scope: &Scope,
    filter: &MediaFilter,
    before: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Media>> {
    let mut query = content_media::table
        .filter(not(content_media::is_deleted))
        .order(content_media::id.desc())
        .limit(limit)
        .select(Media::as_select())
        .into_boxed();
    if let Scope::Properties(ids) = scope {
        query = query.filter(content_media::property_id.eq_any(ids));
    }
    if let Some(property_id) = filter.property_id {
        query = query.filter(content_media::property_id.eq(property_id));
    }
    if let Some(before) = before {
        query = query.filter(content_media::id.lt(before));
    }
    query.load(&mut conn).await
}

/// A picture within the scope, locked against uses that are to come.
pub async fn lock_media(mut conn: &Conn, scope: &Scope, id: MediaId) -> QueryResult<Option<Media>> {
    content_media::table
        .filter(content_media::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().nullable().or(content_media::property_id.eq_any(scope.ids())))
        .filter(not(content_media::is_deleted))
        .select(Media::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

/// Returns those of these pictures that content of a site may show, locked against their removal: its own, and those of all
/// hotels.
pub async fn share_media(mut conn: &Conn, site_id: Uuid, ids: &[MediaId]) -> QueryResult<Vec<MediaId>> {
    content_media::table
        .filter(content_media::id.eq_any(ids))
        .filter(content_media::site_id.eq_any([site_id, site_of(None)]))
        .filter(not(content_media::is_deleted))
        .order(content_media::id)
        .select(content_media::id)
        .for_share()
        .load(&mut conn)
        .await
}

/// Pictures by their ids. Those that were removed were shown by nothing that can still be read.
pub async fn media_of_sites(mut conn: &Conn, ids: &[MediaId]) -> QueryResult<Vec<Media>> {
    content_media::table.filter(content_media::id.eq_any(ids)).select(Media::as_select()).load(&mut conn).await
}

pub async fn insert_media(mut conn: &Conn, new: &Media) -> QueryResult<usize> {
    diesel::insert_into(content_media::table).values(new).execute(&mut conn).await
}

pub async fn delete_media(mut conn: &Conn, row: &Media, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(content_media::table.find((site_of(row.property_id), row.id)))
        .set((
            content_media::is_deleted.eq(true),
            content_media::deleted_at.eq(now),
            content_media::version.eq(content_media::version + 1),
            content_media::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}

/// Items, any version of which shows this picture.
pub async fn showing(mut conn: &Conn, id: MediaId) -> QueryResult<Vec<ContentId>> {
    content_version_media::table
        .inner_join(content_items::table.on(content_items::id.eq(content_version_media::content_id)))
        .filter(content_version_media::media_id.eq(id))
        .filter(not(content_items::is_deleted))
        .select(content_items::id)
        .distinct()
        .order(content_items::id)
        .limit(100)
        .load(&mut conn)
        .await
}
