use super::super::dto::{ComparisonQuery, ContentComparison, ContentVersionDetails, ContentVersionOut};
use super::super::model::{Head, Version};
use super::super::repository;
use super::super::rules::diff;
use super::{Place, find, remembered};
use crate::Result;
use crate::app::App;
use crate::error::Or404;
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::ContentWrite;
use crate::stores::postgres::Conn;

/// Versions of content in a language, the newest first.
pub async fn list(app: &App, staff: &Staff<ContentWrite>, place: &Place, page: &PageQuery) -> Result<Page<ContentVersionOut>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let (_, head) = find(&conn, &staff.scope, place).await?;
    let rows = repository::list_versions(&conn, &head, before, limit + 1).await?;
    Ok(page.page(rows, |version| version.number)?.map(Into::into))
}

async fn version(conn: &Conn, head: &Head, number: i32) -> Result<Version> {
    repository::find_version(conn, head, number).await?.or_404("version")
}

/// A version with what it says.
pub async fn get(app: &App, staff: &Staff<ContentWrite>, place: &Place, number: i32) -> Result<ContentVersionDetails> {
    let conn = app.db.conn().await?;
    let (item, head) = find(&conn, &staff.scope, place).await?;
    let version = version(&conn, &head, number).await?;
    drop(conn);
    let content = remembered::one(app, version.id).await?;
    Ok(ContentVersionDetails { property_id: item.property_id, about: version.into(), content: (*content).clone() })
}

/// The difference between two versions.
pub async fn compare(
    app: &App,
    staff: &Staff<ContentWrite>,
    place: &Place,
    query: &ComparisonQuery,
) -> Result<ContentComparison> {
    let conn = app.db.conn().await?;
    let (item, head) = find(&conn, &staff.scope, place).await?;
    let (from, to) = (version(&conn, &head, query.from).await?, version(&conn, &head, query.to).await?);
    drop(conn);
    let (before, after) = (remembered::one(app, from.id).await?, remembered::one(app, to.id).await?);
    Ok(ContentComparison {
        property_id: item.property_id,
        from: from.number,
        to: to.number,
        fields: diff::fields(&before, &after),
        blocks: diff::blocks(&before.blocks, &after.blocks),
    })
}
