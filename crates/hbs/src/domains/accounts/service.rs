use super::dto::{BusinessAccountFilter, BusinessAccountOut, CreateBusinessAccount, PayerExemption, UpdateBusinessAccount};
use super::error::AccountError;
use super::model::{AccountChange, BusinessAccount};
use super::repository;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::{properties, rates};
use crate::error::{FieldError, OnForeignKey, Or404};
use crate::idempotency::IdempotencyKey;
use crate::money::{Currency, Money};
use crate::outbox::{self, Event};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{AccountsRead, AccountsWrite, TaxExemptionsWrite};
use crate::stores::postgres::Conn;
use crate::version::MustMatch;
use crate::{Error, Result};
use uuid::Uuid;

pub async fn list(
    app: &App,
    staff: &Staff<AccountsRead>,
    filter: &BusinessAccountFilter,
    page: &PageQuery,
) -> Result<Page<BusinessAccountOut>> {
    let (limit, after) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list(&conn, &staff.scope, filter, after, limit + 1).await?;
    let page = page.page(rows, |(account, _)| account.id)?;
    Ok(page.map(|(account, currency)| BusinessAccountOut::new(account, currency)))
}

pub async fn get(app: &App, staff: &Staff<AccountsRead>, id: Uuid) -> Result<BusinessAccountOut> {
    let (account, currency) = repository::find(&*app.db.conn().await?, &staff.scope, id).await?.or_404("account")?;
    Ok(BusinessAccountOut::new(account, currency))
}

pub async fn create(
    app: &App,
    staff: &Staff<AccountsWrite>,
    key: &IdempotencyKey,
    request: CreateBusinessAccount,
) -> Result<Answer> {
    staff.at(request.property_id)?;
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let property = properties::find(conn, request.property_id).await?.or_404("property")?;
        check_currency(request.credit_limit, property.currency)?;
        let account = request.clone().into_account(cause.at);
        repository::insert(conn, &account).await?;
        outbox::publish(conn, &cause, [Event::created(&account)]).await?;
        let (location, version) = (format!("/v1/accounts/{}", account.id), account.version);
        Answer::created(location, version, &BusinessAccountOut::new(account, property.currency))
    })
    .await
}

pub async fn update(
    app: &App,
    staff: &Staff<AccountsWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
    patch: UpdateBusinessAccount,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    let (credit_limit, exemption) = (patch.credit_limit.flatten(), patch.tax_exemption.clone());
    let change = AccountChange::from(patch);
    app.change(key, async |conn| {
        let (found, currency) = repository::find(conn, &staff.scope, id).await?.or_404("account")?;
        let before = repository::lock(conn, found.property_id, id).await?.or_404("account")?;
        seen.check(before.version)?;
        check_currency(credit_limit, currency)?;
        if let Some(exemption) = &exemption {
            staff.caller.require::<TaxExemptionsWrite>(before.property_id)?;
            check_exemption(conn, before.property_id, exemption.as_ref()).await?;
        }
        let after = repository::update(conn, &before, change, cause.at).await?;
        let event = Event::changed(&before, &after);
        if event.is_empty() {
            return Answer::unchanged(before.version, &BusinessAccountOut::new(before, currency));
        }
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &BusinessAccountOut::new(after, currency))
    })
    .await
}

/// Removes an account that nothing refers to: the database is asked by removing it.
pub async fn delete(app: &App, staff: &Staff<AccountsWrite>, key: &IdempotencyKey, seen: MustMatch, id: Uuid) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let (found, _) = repository::find(conn, &staff.scope, id).await?.or_404("account")?;
        let row: BusinessAccount = repository::lock(conn, found.property_id, id).await?.or_404("account")?;
        seen.check(row.version)?;
        repository::delete(conn, &row).await.on_foreign_key(|| AccountError::InUse)?;
        outbox::publish(conn, &cause, [Event::removed(&row)]).await?;
        Ok(Answer::no_content())
    })
    .await
}

/// Checks that an exemption ends after it begins, and is from taxes of the hotel.
pub async fn check_exemption(conn: &Conn, property_id: Uuid, exemption: Option<&PayerExemption>) -> Result<()> {
    let Some(PayerExemption { from, until, tax_rule_ids, .. }) = exemption else { return Ok(()) };
    let mut errors = Vec::new();
    if until.is_some_and(|until| until <= *from) {
        errors.push(FieldError::body("/tax_exemption/until", "must be after from"));
    }
    let known = rates::tax_rule_ids(conn, property_id).await?;
    if let Some(place) = tax_rule_ids.iter().flatten().position(|id| !known.contains(id)) {
        errors.push(FieldError::body(format!("/tax_exemption/tax_rule_ids/{place}"), "is not a tax rule of the property"));
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid_fields(errors)) }
}

fn check_currency(limit: Option<Money>, currency: Currency) -> Result<()> {
    match limit {
        Some(limit) if limit.currency != currency => Err(Error::invalid("/credit_limit/currency", format!("must be {currency}"))),
        _ => Ok(()),
    }
}

/// Checks an account that something is to be booked for or charged to: one of the hotel, and active, unless it is that account
/// already.
pub async fn check(conn: &Conn, property_id: Uuid, id: Uuid, known: Option<Uuid>, pointer: &'static str) -> Result<()> {
    match repository::find_in(conn, property_id, id).await? {
        Some(account) if account.is_active || known == Some(id) => Ok(()),
        Some(_) => Err(Error::invalid(pointer, "is not active: nothing can be booked for it")),
        None => Err(Error::invalid(pointer, "is not an account of the hotel")),
    }
}
