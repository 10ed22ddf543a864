use super::dto::{CreateTaxRule, TaxRuleOut};
use super::repository;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::properties;
use crate::http::{MustMatch, Staff};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Changes, Event};
use crate::security::permission::TaxRulesWrite;
use crate::{Error, Result};
use uuid::Uuid;

const MAX_TAX_RULES: usize = 10;

pub async fn list(app: &App, property_id: Uuid) -> Result<Vec<TaxRuleOut>> {
    let conn = app.db.conn().await?;
    properties::find(&conn, property_id).await?.ok_or_else(|| Error::not_found("property"))?;
    Ok(repository::list_rows(&conn, property_id).await?.into_iter().map(Into::into).collect())
}

/// A tax on all nights that are sold from now on.
pub async fn create(app: &App, staff: &Staff<TaxRulesWrite>, key: &IdempotencyKey, request: CreateTaxRule) -> Result<Answer> {
    let CreateTaxRule { property_id, name, percent } = request;
    staff.at(property_id)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        properties::lock(conn, &staff.scope, property_id).await?.ok_or_else(|| Error::not_found("property"))?;
        if repository::list_tax_rules(conn, property_id).await?.len() >= MAX_TAX_RULES {
            return Err(Error::invalid("/property_id", format!("a property has at most {MAX_TAX_RULES} tax rules")));
        }
        let rule = repository::insert(conn, property_id, &name, percent, now).await?;
        let event = Event {
            kind: "tax_rule.created",
            property_id: Some(property_id),
            entity: "tax_rule",
            entity_id: rule.id,
            booking_id: None,
            changes: Changes::created(&rule),
        };
        outbox::publish(conn, &cause, [event]).await?;
        let (id, version) = (rule.id, rule.version);
        Answer::created(format!("/v1/tax-rules/{id}"), version, &TaxRuleOut::from(rule))
    })
    .await
}

/// Ends a tax: what is sold from now on goes without.
pub async fn delete(app: &App, staff: &Staff<TaxRulesWrite>, key: &IdempotencyKey, seen: MustMatch, id: Uuid) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let rule = repository::lock(conn, &staff.scope, id).await?.ok_or_else(|| Error::not_found("tax rule"))?;
        seen.check(rule.version)?;
        repository::delete(conn, &rule, now).await?;
        let event = Event {
            kind: "tax_rule.deleted",
            property_id: Some(rule.property_id),
            entity: "tax_rule",
            entity_id: rule.id,
            booking_id: None,
            changes: Changes::field("is_deleted", false, true),
        };
        outbox::publish(conn, &cause, [event]).await?;
        Ok(Answer::no_content())
    })
    .await
}
