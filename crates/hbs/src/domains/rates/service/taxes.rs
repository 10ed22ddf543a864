use super::{all_valid, lock_property, merged};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::properties::{self, PriceMode};
use crate::domains::rates::dto::{CreateTaxRule, TaxRuleOut, UpdateTaxRule};
use crate::domains::rates::error::RateError;
use crate::domains::rates::model::{TaxKind, TaxRule, TaxRuleFields, VatTreatment};
use crate::domains::rates::repository::{pricing, taxes as repository};
use crate::error::{FieldError, Or404};
use crate::idempotency::IdempotencyKey;
use crate::money::{Currency, Money};
use crate::outbox::{self, Event};
use crate::security::Staff;
use crate::security::permission::TaxRulesWrite;
use crate::stores::postgres::Conn;
use crate::texts::Texts;
use crate::version::MustMatch;
use crate::{Error, Result};
use uuid::Uuid;

const MAX_TAX_RULES: usize = 30;

pub async fn list(app: &App, property_id: Uuid) -> Result<Vec<TaxRuleOut>> {
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, property_id).await?.or_404("property")?;
    let rows = pricing::taxes_of(&conn, &[property_id]).await?;
    Ok(rows.into_iter().map(|row| TaxRuleOut::new(row, property.currency)).collect())
}

pub async fn get(app: &App, id: Uuid) -> Result<TaxRuleOut> {
    let conn = app.db.conn().await?;
    let (row, currency) = repository::find(&conn, id).await?.or_404("tax rule")?;
    Ok(TaxRuleOut::new(row, currency))
}

/// Adds a tax on new sales.
pub async fn create(app: &App, staff: &Staff<TaxRulesWrite>, key: &IdempotencyKey, request: CreateTaxRule) -> Result<Answer> {
    let CreateTaxRule {
        property_id,
        name,
        texts,
        kind,
        percent,
        amount,
        is_included,
        min_age,
        max_age,
        skip_nights,
        max_nights,
        valid_from,
        valid_until,
        vat_treatment,
        is_on_nights,
    } = request;
    staff.at(property_id)?;
    texts.check_names_only()?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let property = lock_property(conn, &staff.scope, Some(property_id), "property").await?;
        if pricing::taxes_of(conn, &[property_id]).await?.len() >= MAX_TAX_RULES {
            return Err(Error::invalid("/property_id", format!("a property has at most {MAX_TAX_RULES} tax rules")));
        }
        let fields = TaxRuleFields {
            name: name.clone(),
            texts: Texts::default().merged(&texts, &property.default_locale)?.to_json(),
            kind,
            rate_ppm: percent.map(|percent| percent.ppm()),
            amount_minor: amount.map(|amount| amount.minor),
            is_included: is_included.unwrap_or(property.prices == PriceMode::Gross),
            min_age,
            max_age,
            skip_nights,
            max_nights,
            valid_from,
            valid_until,
            vat_treatment: vat_treatment.unwrap_or(VatTreatment::of_kind(kind)),
            is_on_nights,
        };
        check(&fields, amount, property.currency)?;
        let rule = repository::insert(conn, property_id, &fields, now).await?;
        outbox::publish(conn, &cause, [Event::created(&rule)]).await?;
        let (id, version) = (rule.id, rule.version);
        Answer::created(format!("/v1/tax-rules/{id}"), version, &TaxRuleOut::new(rule, property.currency))
    })
    .await
}

/// Changes a tax on new sales.
pub async fn update(
    app: &App,
    staff: &Staff<TaxRulesWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
    patch: UpdateTaxRule,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let before = repository::lock(conn, &staff.scope, id).await?.or_404("tax rule")?;
        seen.check(before.version)?;
        let property = properties::find(conn, before.property_id).await?.or_404("tax rule")?;
        if let Some(texts) = &patch.texts {
            texts.check_names_only()?;
        }
        let texts = merged(&before.texts, patch.texts.as_ref(), &property.default_locale)?;
        let fields = TaxRuleFields { texts, ..patched(&before, &patch) };
        check(&fields, patch.amount, property.currency)?;
        check_standing(before.vat_treatment, fields.vat_treatment)?;
        if before.vat_treatment != fields.vat_treatment && repository::is_sold(conn, &before).await? {
            return Err(RateError::TaxRuleSold.into());
        }
        if fields.vat_treatment != VatTreatment::Vat {
            check_unused(conn, &before).await?;
        }
        let after = repository::update(conn, &before, &fields, now).await?;
        let event = Event::changed(&before, &after);
        if event.is_empty() {
            return Answer::unchanged(before.version, &TaxRuleOut::new(before, property.currency));
        }
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &TaxRuleOut::new(after, property.currency))
    })
    .await
}

fn patched(before: &TaxRule, patch: &UpdateTaxRule) -> TaxRuleFields {
    let UpdateTaxRule {
        name,
        texts: _,
        percent,
        amount,
        is_included,
        min_age,
        max_age,
        skip_nights,
        max_nights,
        valid_from,
        valid_until,
        vat_treatment,
        is_on_nights,
    } = patch;
    let old = TaxRuleFields::from(before.clone());
    TaxRuleFields {
        name: name.clone().unwrap_or(old.name),
        texts: old.texts,
        kind: old.kind,
        rate_ppm: percent.map(|percent| percent.ppm()).or(old.rate_ppm),
        amount_minor: amount.map(|amount| amount.minor).or(old.amount_minor),
        is_included: is_included.unwrap_or(old.is_included),
        min_age: min_age.unwrap_or(old.min_age),
        max_age: max_age.unwrap_or(old.max_age),
        skip_nights: skip_nights.unwrap_or(old.skip_nights),
        max_nights: max_nights.unwrap_or(old.max_nights),
        valid_from: valid_from.unwrap_or(old.valid_from),
        valid_until: valid_until.unwrap_or(old.valid_until),
        vat_treatment: vat_treatment.unwrap_or(old.vat_treatment),
        is_on_nights: is_on_nights.unwrap_or(old.is_on_nights),
    }
}

/// Checks that the values of a rule fit together.
fn check(fields: &TaxRuleFields, amount: Option<Money>, currency: Currency) -> Result<()> {
    let mut errors = Vec::new();
    let mut refuse = |pointer: &str, detail: &str| errors.push(FieldError::body(pointer, detail));
    let is_percent = fields.kind == TaxKind::Percent;
    match fields.rate_ppm {
        None if is_percent => refuse("/percent", "is missing"),
        Some(_) if !is_percent => refuse("/percent", "is for kind percent only"),
        _ => {}
    }
    match fields.amount_minor {
        None if !is_percent => refuse("/amount", "is missing"),
        Some(_) if is_percent => refuse("/amount", "is not for kind percent"),
        _ => {}
    }
    if fields.vat_treatment == VatTreatment::Vat && !is_percent {
        refuse("/vat_treatment", "vat is for kind percent only");
    }
    if !fields.is_on_nights && !is_percent {
        refuse("/is_on_nights", "false is for kind percent only");
    }
    if amount.is_some_and(|amount| amount.currency != currency) {
        refuse("/amount/currency", &format!("must be {currency}, the property's currency"));
    }
    for (pointer, age) in [("/min_age", fields.min_age), ("/max_age", fields.max_age)] {
        if age.is_some() && fields.kind != TaxKind::PerPersonNight {
            refuse(pointer, "is for kind per_person_night only");
        }
    }
    if fields.min_age.zip(fields.max_age).is_some_and(|(min, max)| min > max) {
        refuse("/max_age", "must be at least min_age");
    }
    if fields.valid_from.zip(fields.valid_until).is_some_and(|(from, until)| from > until) {
        refuse("/valid_until", "must not be before valid_from");
    }
    all_valid(errors)
}

/// Refuses to let a levy bear value added tax from now on, or no more: what was sold says only by which rule it is taxed.
fn check_standing(before: VatTreatment, after: VatTreatment) -> Result<()> {
    let is_in_base = |treatment| treatment == VatTreatment::LevyInBase;
    match is_in_base(before) == is_in_base(after) {
        true => Ok(()),
        false => {
            Err(Error::invalid("/vat_treatment", "levy_in_base is for the whole time of a rule: end the rule and add another"))
        }
    }
}

/// Refuses to end a rule, or to make a levy of it, whose tax fees bear.
async fn check_unused(conn: &Conn, rule: &TaxRule) -> Result<()> {
    let policies = repository::policies_with_fee_tax(conn, rule).await?;
    if policies.is_empty() { Ok(()) } else { Err(RateError::TaxRuleInUse(policies).into()) }
}

/// Ends a tax: new sales go without.
pub async fn delete(app: &App, staff: &Staff<TaxRulesWrite>, key: &IdempotencyKey, seen: MustMatch, id: Uuid) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let rule = repository::lock(conn, &staff.scope, id).await?.or_404("tax rule")?;
        seen.check(rule.version)?;
        check_unused(conn, &rule).await?;
        repository::delete(conn, &rule, now).await?;
        outbox::publish(conn, &cause, [Event::removed(&rule)]).await?;
        Ok(Answer::no_content())
    })
    .await
}
