use super::{all_valid, lock_property, merged};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::properties;
use crate::domains::rates::dto::{
    CancellationPolicyOut, CreateCancellationPolicy, Fee, FeeTaxes, UpdateCancellationPolicy, Window,
};
use crate::domains::rates::error::RateError;
use crate::domains::rates::model::{CancellationPolicyFields, FeeKind, FeeTaxColumns};
use crate::domains::rates::repository::{policies as repository, pricing, taxes};
use crate::error::{FieldError, OnConstraint, Or404};
use crate::idempotency::IdempotencyKey;
use crate::money::Currency;
use crate::outbox::{self, Event};
use crate::security::Staff;
use crate::security::permission::RatesWrite;
use crate::stores::postgres::Conn;
use crate::texts::Texts;
use crate::version::MustMatch;
use crate::{Error, Result};
use std::collections::BTreeSet;
use uuid::Uuid;

const MAX_POLICIES: usize = 100;

pub async fn list(app: &App, property_id: Uuid) -> Result<Vec<CancellationPolicyOut>> {
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, property_id).await?.or_404("property")?;
    let of_property = &[property_id];
    let (rows, windows) =
        futures_util::try_join!(pricing::policies_of(&conn, of_property), pricing::windows_of(&conn, of_property))?;
    let with_windows = |row: crate::domains::rates::model::CancellationPolicy| {
        let own = windows.iter().filter(|window| window.policy_id == row.id).cloned().collect();
        CancellationPolicyOut::new(row, own, property.currency)
    };
    Ok(rows.into_iter().map(with_windows).collect())
}

pub async fn get(app: &App, id: Uuid) -> Result<CancellationPolicyOut> {
    let conn = app.db.conn().await?;
    let (row, currency) = repository::find(&conn, id).await?.or_404("cancellation policy")?;
    let windows = repository::windows(&conn, row.property_id, id).await?;
    Ok(CancellationPolicyOut::new(row, windows, currency))
}

pub async fn create(
    app: &App,
    staff: &Staff<RatesWrite>,
    key: &IdempotencyKey,
    request: CreateCancellationPolicy,
) -> Result<Answer> {
    let CreateCancellationPolicy {
        property_id,
        code,
        name,
        description,
        texts,
        is_non_refundable,
        windows,
        no_show_fee,
        fee_tax,
    } = request;
    staff.at(property_id)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let property = lock_property(conn, &staff.scope, Some(property_id), "property").await?;
        if pricing::policies_of(conn, &[property_id]).await?.len() >= MAX_POLICIES {
            return Err(Error::invalid("/property_id", format!("a property has at most {MAX_POLICIES} policies")));
        }
        let rows = window_rows(is_non_refundable, &windows, property.currency)?;
        let (no_show_fee_kind, no_show_fee_value) = fee(no_show_fee, property.currency)?;
        let fields = CancellationPolicyFields {
            code: code.clone(),
            name: name.clone(),
            description: description.clone(),
            texts: Texts::default().merged(&texts, &property.default_locale)?.to_json(),
            is_non_refundable,
            no_show_fee_kind,
            no_show_fee_value,
            fee_tax: checked(conn, property_id, fee_tax).await?,
        };
        let row = repository::insert(conn, property_id, &fields, now)
            .await
            .on_constraint("cancellation_policies_code_key", || RateError::PolicyCodeTaken)?;
        repository::set_windows(conn, &row, &rows, now).await?;
        let windows = repository::windows(conn, property_id, row.id).await?;
        outbox::publish(conn, &cause, [Event::created(&row).with("windows", &windows)]).await?;
        let (id, version) = (row.id, row.version);
        let body = CancellationPolicyOut::new(row, windows, property.currency);
        Answer::created(format!("/v1/cancellation-policies/{id}"), version, &body)
    })
    .await
}

/// Changes a policy. What has been sold keeps the terms that it was sold under.
pub async fn update(
    app: &App,
    staff: &Staff<RatesWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
    patch: UpdateCancellationPolicy,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let UpdateCancellationPolicy { code, name, description, texts, is_non_refundable, windows, no_show_fee, fee_tax } =
            &patch;
        let of = repository::property_of(conn, &staff.scope, id).await?;
        let property = lock_property(conn, &staff.scope, of, "cancellation policy").await?;
        let before = repository::find_of(conn, property.id, id).await?.or_404("cancellation policy")?;
        seen.check(before.version)?;
        let old_windows = repository::windows(conn, property.id, id).await?;
        let (no_show_fee_kind, no_show_fee_value) = match no_show_fee {
            Some(new) => fee(*new, property.currency)?,
            None => (before.no_show_fee_kind, before.no_show_fee_value),
        };
        let fields = CancellationPolicyFields {
            code: code.as_ref().unwrap_or(&before.code).clone(),
            name: name.as_ref().unwrap_or(&before.name).clone(),
            description: description.as_ref().unwrap_or(&before.description).clone(),
            texts: merged(&before.texts, texts.as_ref(), &property.default_locale)?,
            is_non_refundable: is_non_refundable.unwrap_or(before.is_non_refundable),
            no_show_fee_kind,
            no_show_fee_value,
            fee_tax: match fee_tax {
                Some(new) => checked(conn, property.id, *new).await?,
                None => before.fee_tax,
            },
        };
        if fields.is_non_refundable && windows.is_none() && !old_windows.is_empty() {
            return Err(Error::invalid("/windows", "a non-refundable policy has none: send []"));
        }
        let rows = windows.as_ref().map(|new| window_rows(fields.is_non_refundable, new, property.currency)).transpose()?;
        let after = repository::update(conn, &before, &fields, now)
            .await
            .on_constraint("cancellation_policies_code_key", || RateError::PolicyCodeTaken)?;
        if let Some(rows) = rows {
            repository::set_windows(conn, &after, &rows, now).await?;
        }
        let new_windows = repository::windows(conn, property.id, id).await?;
        let mut event = Event::changed(&before, &after);
        if new_windows != old_windows {
            event = event.and("windows", old_windows, &new_windows);
        }
        if event.is_empty() {
            let body = CancellationPolicyOut::new(before, new_windows, property.currency);
            return Answer::unchanged(body.version, &body);
        }
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &CancellationPolicyOut::new(after, new_windows, property.currency))
    })
    .await
}

/// Removes a policy that no plan has.
pub async fn delete(app: &App, staff: &Staff<RatesWrite>, key: &IdempotencyKey, seen: MustMatch, id: Uuid) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let of = repository::property_of(conn, &staff.scope, id).await?;
        let property = lock_property(conn, &staff.scope, of, "cancellation policy").await?;
        let row = repository::find_of(conn, property.id, id).await?.or_404("cancellation policy")?;
        seen.check(row.version)?;
        let plans = repository::plans_under(conn, &row).await?;
        if plans > 0 {
            return Err(RateError::PolicyInUse(plans).into());
        }
        repository::delete(conn, &row, now).await?;
        outbox::publish(conn, &cause, [Event::removed(&row)]).await?;
        Ok(Answer::no_content())
    })
    .await
}

/// Checks that the rules whose tax fees are to bear are value added tax of the hotel.
async fn checked(conn: &Conn, property_id: Uuid, fee_tax: FeeTaxes) -> Result<FeeTaxColumns> {
    let mut errors = Vec::new();
    for (pointer, id) in fee_tax.rules() {
        if !taxes::hold_vat_rule(conn, property_id, id).await? {
            errors.push(FieldError::body(pointer, "is not a tax rule of the hotel that is a percentage of value added tax"));
        }
    }
    all_valid(errors)?;
    Ok(fee_tax.into())
}

fn fee(fee: Fee, currency: Currency) -> Result<(FeeKind, i64)> {
    fee.row("/no_show_fee", currency).map_err(|error| Error::invalid_fields(vec![error]))
}

/// The windows as rows: each number of hours once, and none where everything is due anyway.
fn window_rows(is_non_refundable: bool, windows: &[Window], currency: Currency) -> Result<Vec<(i32, FeeKind, i64)>> {
    let mut errors = Vec::new();
    if is_non_refundable && !windows.is_empty() {
        errors.push(FieldError::body("/windows", "a non-refundable policy has none"));
    }
    let (mut seen, mut rows) = (BTreeSet::new(), Vec::new());
    for (n, Window { hours_before, fee }) in windows.iter().enumerate() {
        if !seen.insert(*hours_before) {
            errors.push(FieldError::body(format!("/windows/{n}/hours_before"), "is there twice"));
        }
        match fee.row(&format!("/windows/{n}/fee"), currency) {
            Ok((kind, value)) => rows.push((*hours_before, kind, value)),
            Err(error) => errors.push(error),
        }
    }
    all_valid(errors)?;
    Ok(rows)
}
