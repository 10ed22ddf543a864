//! Addresses. They belong to the head, not to versions: a change counts at once.
use super::super::dto::SetSlug;
use super::super::model::{Head, Redirect};
use super::super::repository;
use super::super::rules::states;
use super::items::may_publish;
use super::{Place, answer, change_head, lock};
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::idempotency::IdempotencyKey;
use crate::security::Staff;
use crate::security::permission::ContentWrite;
use crate::version::MustMatch;

/// Gives content in a language another address, or none. An address at which the public has read it leads on to the new one.
pub async fn set(
    app: &App,
    staff: &Staff<ContentWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    place: &Place,
    SetSlug { slug }: SetSlug,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        repository::lock_slugs(conn, place.id).await?;
        let (item, before) = lock(conn, &staff.scope, place).await?;
        seen.check(before.version)?;
        if before.slug == slug {
            return answer(&before, None);
        }
        if before.is_live() || before.publish_at.is_some() {
            may_publish(staff, &item)?;
            states::check_slug(item.kind, slug.as_deref())?;
        }
        let after = Head { slug: slug.clone(), ..before.clone() };
        let after = change_head(conn, &before, &after, "content_locale.moved", &cause).await?;
        if let Some(slug) = &after.slug {
            repository::delete_own_redirect(conn, &after, slug).await?;
        }
        if let Some(former) = before.slug.clone().filter(|_| before.was_published) {
            let Head { site_id, content_id, locale, .. } = after.clone();
            let redirect = Redirect { site_id, locale, slug: former, content_id, created_at: now, updated_at: now };
            repository::put_redirect(conn, &redirect).await?;
        }
        answer(&before, Some(after))
    })
    .await
}
