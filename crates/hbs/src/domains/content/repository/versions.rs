use super::super::model::{Head, Version, VersionId, VersionLink, VersionMedia};
use crate::stores::postgres::{Conn, RunQueryDsl};
use diesel::prelude::*;
use hbs_schema::{content_version_links, content_version_media, content_versions};

/// Writes a version with what it refers to. Its document is there already.
pub async fn insert_version(mut conn: &Conn, new: &Version, links: &[VersionLink], media: &[VersionMedia]) -> QueryResult<()> {
    diesel::insert_into(content_versions::table).values(new).execute(&mut conn).await?;
    if !links.is_empty() {
        diesel::insert_into(content_version_links::table).values(links).execute(&mut conn).await?;
    }
    if !media.is_empty() {
        diesel::insert_into(content_version_media::table).values(media).execute(&mut conn).await?;
    }
    Ok(())
}

/// A version of a language by its number.
pub async fn find_version(mut conn: &Conn, head: &Head, number: i32) -> QueryResult<Option<Version>> {
    content_versions::table
        .filter(content_versions::site_id.eq(head.site_id))
        .filter(content_versions::content_id.eq(head.content_id))
        .filter(content_versions::locale.eq(&head.locale))
        .filter(content_versions::number.eq(number))
        .select(Version::as_select())
        .first(&mut conn)
        .await
        .optional()
}

pub async fn find_version_by_id(mut conn: &Conn, id: VersionId) -> QueryResult<Option<Version>> {
    let found = content_versions::table.filter(content_versions::id.eq(id)).select(Version::as_select());
    found.first(&mut conn).await.optional()
}

/// Versions of a language, the newest first.
pub async fn list_versions(mut conn: &Conn, head: &Head, before: Option<i32>, limit: i64) -> QueryResult<Vec<Version>> {
    let mut query = content_versions::table
        .filter(content_versions::site_id.eq(head.site_id))
        .filter(content_versions::content_id.eq(head.content_id))
        .filter(content_versions::locale.eq(&head.locale))
        .order(content_versions::number.desc())
        .limit(limit)
        .select(Version::as_select())
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(content_versions::number.lt(before));
    }
    query.load(&mut conn).await
}

/// Returns those of these ids that are versions.
pub async fn existing(mut conn: &Conn, ids: &[VersionId]) -> QueryResult<Vec<VersionId>> {
    content_versions::table.filter(content_versions::id.eq_any(ids)).select(content_versions::id).load(&mut conn).await
}

/// Ids of versions of all sites, in their order, after one of them.
pub async fn version_ids(mut conn: &Conn, after: Option<VersionId>, limit: i64) -> QueryResult<Vec<VersionId>> {
    let mut query = content_versions::table.select(content_versions::id).order(content_versions::id).limit(limit).into_boxed();
    if let Some(after) = after {
        query = query.filter(content_versions::id.gt(after));
    }
    query.load(&mut conn).await
}
