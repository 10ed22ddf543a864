use super::dto::{ApiKeyOut, CreateApiKey, Grant, NewApiKeyOut};
use super::model::{ApiKey, KeyGrant, NewApiKey, NewKeyGrant};
use super::repository;
use crate::answer::Answer;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::authentication::{self, Origin, Presence};
use crate::domains::{authorization, properties};
use crate::error::{FieldError, Or404};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::page::{Page, PageQuery};
use crate::security::permission::{ApiKeysRead, ApiKeysWrite, is_known};
use crate::security::{Forget, Forgetting, MAX_KEY_LIFETIME, Me, Permission, Reach, Scope, Staff, new_api_key};
use crate::stores::postgres::Conn;
use crate::version::MustMatch;
use crate::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Lifetime of a key whose maker does not choose one.
const DEFAULT_LIFETIME: TimeDelta = TimeDelta::days(365);

pub async fn list(app: &App, staff: &Staff<ApiKeysRead>, page: &PageQuery) -> Result<Page<ApiKeyOut>> {
    let (limit, after) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list(&conn, &reach(staff), after, limit + 1).await?;
    let Page { items, next_cursor } = page.page(rows, |key| key.id)?;
    Ok(Page { items: show(&conn, items).await?, next_cursor })
}

pub async fn get(app: &App, staff: &Staff<ApiKeysRead>, id: Uuid) -> Result<ApiKeyOut> {
    let conn = app.db.conn().await?;
    let key = repository::find(&conn, &reach(staff), id).await?.or_404("key that works")?;
    show(&conn, vec![key]).await?.pop().or_404("key that works")
}

/// Returns the reach of a caller: their own keys, and keys that act only within the scope.
fn reach<P: Permission>(staff: &Staff<P>) -> Reach {
    Reach { owner: staff.caller.user_id(), ..Reach::of_scope(staff.scope.clone()) }
}

async fn show(conn: &Conn, keys: Vec<ApiKey>) -> Result<Vec<ApiKeyOut>> {
    let ids: Vec<Uuid> = keys.iter().map(|key| key.id).collect();
    let mut by_key: HashMap<Uuid, Vec<KeyGrant>> = HashMap::new();
    for grant in repository::grants_of(conn, &ids).await? {
        by_key.entry(grant.api_key_id).or_default().push(grant);
    }
    let out = |key: ApiKey| {
        let grants = by_key.remove(&key.id).unwrap_or_default();
        ApiKeyOut::new(key, grants.into_iter().map(Into::into).collect())
    };
    Ok(keys.into_iter().map(out).collect())
}

/// Makes a key with at most what its maker holds. The secret is in the answer and nowhere else: what
/// is stored to answer a repeated request is sealed.
pub async fn create(
    app: &App,
    me: &Me,
    staff: &Staff<ApiKeysWrite>,
    origin: &Origin,
    key: &IdempotencyKey,
    request: CreateApiKey,
) -> Result<Answer> {
    let CreateApiKey { name, grants, expires_at, current_password, code, recovery_code } = request;
    let now = Clock::real_now();
    let expires_at = expiry(expires_at, now)?;
    check_grants(&staff.scope, &grants)?;
    let asked_for = grants.iter().map(|grant| (grant.permission.as_str(), grant.property_id));
    authorization::check_holds(&staff.caller, asked_for)?;
    authentication::confirm_presence(app, me, origin, Presence { current_password, code, recovery_code }).await?;
    let grants: BTreeSet<Grant> = grants.into_iter().collect();
    let id = Uuid::now_v7();
    let (token, secret_hash) = new_api_key(id);
    let new = NewApiKey {
        id,
        name: &name,
        secret_hash: &secret_hash,
        created_by: me.user_id(),
        expires_at,
        created_at: now,
        updated_at: now,
    };
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let property_ids: Vec<Uuid> = grants.iter().filter_map(|grant| grant.property_id).collect();
        let known = properties::existing(conn, &property_ids).await?;
        if property_ids.iter().any(|id| !known.contains(id)) {
            return Err(Error::invalid("/grants", "names a property that does not exist"));
        }
        let row = repository::insert(conn, &new).await?;
        let grant_rows: Vec<NewKeyGrant<'_>> = grants.iter().map(|grant| grant_row(&row, grant)).collect();
        repository::insert_grants(conn, &grant_rows).await?;
        outbox::publish(conn, &cause, [Event::created(&row).with("grants", &grants)]).await?;
        authentication::tell_of_new_key(conn, me, &row.name).await?;
        let version = row.version;
        let api_key = ApiKeyOut::new(row, grants.into_iter().collect());
        Ok(Answer::created(format!("/v1/api-keys/{id}"), version, &NewApiKeyOut { api_key, key: token })?.secret())
    })
    .await
    .inspect(|_| app.mailer.wake())
}

fn grant_row<'a>(key: &ApiKey, grant: &'a Grant) -> NewKeyGrant<'a> {
    NewKeyGrant {
        id: Uuid::now_v7(),
        api_key_id: key.id,
        permission: &grant.permission,
        property_id: grant.property_id,
        created_at: key.created_at,
        updated_at: key.updated_at,
    }
}

fn expiry(asked_for: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    let expires_at = asked_for.unwrap_or(now + DEFAULT_LIFETIME);
    if expires_at <= now {
        return Err(Error::invalid("/expires_at", "must be in the future"));
    }
    if expires_at > now + MAX_KEY_LIFETIME {
        return Err(Error::invalid("/expires_at", "must be at most two years from now"));
    }
    Ok(expires_at)
}

/// Permissions that exist, at properties within the scope: elsewhere is 404.
fn check_grants(scope: &Scope, grants: &[Grant]) -> Result<()> {
    let mut errors = Vec::new();
    for (n, Grant { permission, property_id }) in grants.iter().enumerate() {
        if !is_known(permission) {
            let detail = format!("{permission:?} is not one of GET /v1/permissions");
            errors.push(FieldError::body(format!("/grants/{n}/permission"), detail));
        }
        match property_id {
            Some(property_id) if !scope.covers(*property_id) => return Err(Error::not_found("property")),
            None if !scope.is_all() => {
                let detail = "is needed: you make keys for single properties only";
                errors.push(FieldError::body(format!("/grants/{n}/property_id"), detail));
            }
            _ => {}
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid_fields(errors)) }
}

/// Ends a key at once.
pub async fn revoke(app: &App, staff: &Staff<ApiKeysWrite>, key: &IdempotencyKey, seen: MustMatch, id: Uuid) -> Result<Answer> {
    let now = Clock::real_now();
    let cause = staff.caller.cause(app.clock.now());
    let forgetting = Forgetting::new([Forget::ApiKey(id)]);
    let answer = app
        .change(key, async |conn| {
            repository::find(conn, &reach(staff), id).await?.or_404("key that works")?;
            let before = repository::lock(conn, id).await?.or_404("key that works")?;
            seen.check(before.version)?;
            let after = repository::revoke(conn, id, now).await?;
            outbox::publish(conn, &cause, [Event::changed(&before, &after).named("api_key.revoked")]).await?;
            forgetting.record(conn).await?;
            Ok(Answer::no_content())
        })
        .await?;
    app.security.forget(forgetting).await;
    Ok(answer)
}
