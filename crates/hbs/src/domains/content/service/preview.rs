//! Previews: a version as the public would read it, for whoever has the link.
use super::super::dto::{AskForPreview, PreviewLink, PreviewOut};
use super::super::error::ContentError;
use super::super::model::{ContentId, VersionId};
use super::super::repository;
use super::public::shown;
use super::{Place, find};
use crate::answer::Answer;
use crate::app::App;
use crate::clock::Clock;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::security::permission::ContentWrite;
use crate::security::{Scope, Staff};
use crate::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Purpose of the signature of a link.
const PURPOSE: &str = "content preview";

/// Content of a link. Time is real time: it protects against people.
#[derive(Serialize, Deserialize)]
struct Claims {
    content_id: ContentId,
    version_id: VersionId,
    ends_at: DateTime<Utc>,
}

/// Signs a link to a version.
pub async fn ask(
    app: &App,
    staff: &Staff<ContentWrite>,
    key: &IdempotencyKey,
    place: &Place,
    AskForPreview { number, minutes }: AskForPreview,
) -> Result<Answer> {
    let expires_at = Clock::real_now() + TimeDelta::minutes(minutes.into());
    app.change(key, async |conn| {
        let (item, head) = find(conn, &staff.scope, place).await?;
        let number = number.unwrap_or(head.working_number);
        let version = repository::find_version(conn, &head, number).await?;
        let version = version.ok_or_else(|| Error::invalid("/number", "is no version of this content in this language"))?;
        let claims = Claims { content_id: item.id, version_id: version.id, ends_at: expires_at };
        let token = app.security.data_key.sign(PURPOSE, &claims)?;
        let url = format!("/v1/content-previews/{token}");
        Answer::done(&PreviewLink { property_id: item.property_id, token, url, expires_at })
    })
    .await
}

/// The version to which a link leads, while it is good and the content is there.
pub async fn show(app: &App, token: &str) -> Result<PreviewOut> {
    let claims: Option<Claims> = app.security.data_key.verify(PURPOSE, token);
    let Claims { content_id, version_id, ends_at } = claims.or_404("preview")?;
    if ends_at <= Clock::real_now() {
        return Err(ContentError::PreviewExpired.into());
    }
    let conn = app.db.conn().await?;
    let item = repository::find_item(&conn, &Scope::All, content_id).await?.or_404("preview")?;
    let version = repository::find_version_by_id(&conn, version_id).await?.or_404("preview")?;
    let head = repository::find_head(&conn, &item, &version.locale).await?.or_404("preview")?;
    drop(conn);
    let page = shown(app, item.property_id, vec![(item, head, version.id, version.number, None)]).await?.pop();
    Ok(PreviewOut { expires_at: ends_at, page: page.or_404("preview")? })
}
