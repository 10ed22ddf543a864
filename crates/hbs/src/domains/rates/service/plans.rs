use super::{all_valid, lock_property, merged};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::properties;
use crate::domains::rates::dto::{CreateRatePlan, Derivation, IncludedExtra, PlanRoomType, RatePlanOut, UpdateRatePlan, minor};
use crate::domains::rates::error::RateError;
use crate::domains::rates::model::{
    AgeBand, Board, CancellationPolicyFields, DerivationKind, ExtraChildren, FeeKind, FeeTaxColumns, PaymentPolicy, RatePlan,
    RatePlanFields, RatePlanRoomType,
};
use crate::domains::rates::repository::{plans as repository, policies, pricing};
use crate::domains::rates::rules::{PER_NIGHT, PER_PERSON_NIGHT};
use crate::error::{FieldError, OnConstraint, Or404};
use crate::idempotency::IdempotencyKey;
use crate::money::{Currency, Money};
use crate::outbox::{self, Cause, Event};
use crate::security::permission::{RatesRead, RatesWrite};
use crate::security::{Caller, Permission, Staff};
use crate::stores::postgres::Conn;
use crate::texts::Texts;
use crate::version::MustMatch;
use crate::{Error, Result};
use futures_util::try_join;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const MAX_PLANS: usize = 200;

/// The plans of a property by code. Those that are not sold are for its staff.
pub async fn list(app: &App, caller: Option<&Caller>, property_id: Uuid) -> Result<Vec<RatePlanOut>> {
    let conn = app.db.conn().await?;
    let (property, plans, types, included) = try_join!(
        properties::find(&conn, property_id),
        repository::list(&conn, property_id),
        repository::types_of_plans(&conn, property_id),
        repository::included_extras(&conn, property_id),
    )?;
    let property = property.or_404("property")?;
    let all = sees_inactive(caller, property_id);
    let mut by_plan: BTreeMap<Uuid, Vec<RatePlanRoomType>> = BTreeMap::new();
    for row in types {
        by_plan.entry(row.rate_plan_id).or_default().push(row);
    }
    let shown = plans.into_iter().filter(|plan| all || (plan.is_active && !plan.is_hidden));
    Ok(shown
        .map(|plan| {
            let types = by_plan.remove(&plan.id).unwrap_or_default();
            let included = included_in(plan.id, &included);
            RatePlanOut::new(plan, types, included, property.currency)
        })
        .collect())
}

pub async fn get(app: &App, caller: Option<&Caller>, id: Uuid) -> Result<RatePlanOut> {
    let conn = app.db.conn().await?;
    let (plan, currency) = repository::find(&conn, id)
        .await?
        .filter(|(plan, _)| (plan.is_active && !plan.is_hidden) || sees_inactive(caller, plan.property_id))
        .or_404("rate plan")?;
    let (types, included) =
        try_join!(repository::types_of_plans(&conn, plan.property_id), repository::included_extras(&conn, plan.property_id),)?;
    let (types, included) = (types.into_iter().filter(|row| row.rate_plan_id == id).collect(), included_in(id, &included));
    Ok(RatePlanOut::new(plan, types, included, currency))
}

/// Returns the extras that are in the price of a plan's nights.
fn included_in(plan_id: Uuid, rows: &[(Uuid, Uuid, i32)]) -> Vec<IncludedExtra> {
    let own = rows.iter().filter(|(of, ..)| *of == plan_id);
    own.map(|(_, extra_id, quantity)| IncludedExtra { extra_id: *extra_id, quantity: *quantity }).collect()
}

fn sees_inactive(caller: Option<&Caller>, property_id: Uuid) -> bool {
    caller.is_some_and(|caller| caller.grants().holds(RatesRead::NAME, Some(property_id)))
}

/// Data that a plan must fit to.
struct Known {
    plans: Vec<RatePlan>,
    plan_types: Vec<RatePlanRoomType>,
    room_types: BTreeSet<Uuid>,
    policies: BTreeSet<Uuid>,
    bands: Vec<AgeBand>,
    /// Extras in the price of plans, each with its plan.
    included: Vec<(Uuid, Uuid, i32)>,
    /// Extras that are sold, each with the word for how it is charged.
    extras: Vec<(Uuid, String)>,
    currency: Currency,
}

impl Known {
    async fn load(conn: &Conn, property_id: Uuid, currency: Currency) -> Result<Self> {
        let of_property = &[property_id];
        let (plans, plan_types, room_types, policies, bands, included, extras) = try_join!(
            repository::list(conn, property_id),
            repository::types_of_plans(conn, property_id),
            repository::room_types_of(conn, property_id),
            pricing::policies_of(conn, of_property),
            pricing::bands_of(conn, of_property),
            repository::included_extras(conn, property_id),
            repository::extras_of(conn, property_id),
        )?;
        let room_types = room_types.into_iter().map(|(id, ..)| id).collect();
        let policies = policies.into_iter().map(|policy| policy.id).collect();
        Ok(Self { plans, plan_types, room_types, policies, bands, included, extras, currency })
    }

    fn plan(&self, id: Uuid) -> Option<&RatePlan> {
        self.plans.iter().find(|plan| plan.id == id)
    }

    fn types_of(&self, plan_id: Uuid) -> impl Iterator<Item = &RatePlanRoomType> {
        self.plan_types.iter().filter(move |row| row.rate_plan_id == plan_id)
    }

    fn derived_from(&self, plan_id: Uuid) -> impl Iterator<Item = &RatePlan> {
        self.plans.iter().filter(move |plan| plan.parent_id == Some(plan_id))
    }

    /// Returns the errors of the plan itself. `id` is none for one that is to be made.
    fn check(&self, fields: &RatePlanFields, id: Option<Uuid>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut refuse = |pointer: &str, detail: &str| errors.push(FieldError::body(pointer, detail));
        if !self.policies.contains(&fields.cancellation_policy_id) {
            refuse("/cancellation_policy_id", "is not a cancellation policy of the property");
        }
        match (fields.payment_policy, fields.deposit_ppm) {
            (PaymentPolicy::Deposit, None) => refuse("/deposit_percent", "is missing"),
            (PaymentPolicy::PayNow | PaymentPolicy::PayAtProperty, Some(_)) => {
                refuse("/deposit_percent", "is for payment_policy deposit only");
            }
            _ => {}
        }
        if fields.payment_policy == PaymentPolicy::PayNow && fields.rest_days_before.is_some() {
            refuse("/rest_days_before", "is not for payment_policy pay_now, which leaves no rest");
        }
        if let Some(parent_id) = fields.parent_id {
            match self.plan(parent_id) {
                _ if id == Some(parent_id) => refuse("/derivation/parent_id", "is the plan itself"),
                None => refuse("/derivation/parent_id", "is not a rate plan of the property"),
                Some(parent) if parent.parent_id.is_some() => refuse("/derivation/parent_id", "is a derived plan itself"),
                Some(_) => {}
            }
            if id.is_some_and(|id| self.derived_from(id).next().is_some()) {
                refuse("/derivation", "other plans are derived from this one, so it cannot be derived itself");
            }
            if fields.is_default {
                refuse("/derivation", "the default plan is not derived");
            }
        }
        if fields.is_default && !fields.is_active {
            refuse("/is_active", "the default plan is active");
        }
        if fields.is_default && fields.is_hidden {
            refuse("/is_hidden", "the default plan is not hidden");
        }
        for (pointer, low, high, name) in [
            ("/max_stay", fields.min_stay, fields.max_stay, "min_stay"),
            ("/max_advance_days", fields.min_advance_days, fields.max_advance_days, "min_advance_days"),
        ] {
            if low.zip(high).is_some_and(|(low, high)| low > high) {
                refuse(pointer, &format!("must be at least {name}"));
            }
        }
        if fields.valid_from.zip(fields.valid_until).is_some_and(|(from, until)| from > until) {
            refuse("/valid_until", "must not be before valid_from");
        }
        errors
    }

    /// The types of a plan as rows, but for the id of the plan; notes what is wrong with them.
    fn rows(&self, types: &[PlanRoomType], errors: &mut Vec<FieldError>) -> Vec<RatePlanRoomType> {
        let mut seen = BTreeSet::new();
        let mut rows = Vec::new();
        for (n, kind) in types.iter().enumerate() {
            let PlanRoomType { room_type_id, price, included_adults, extra_adult, extra_children, day_price } = kind;
            let at = |field: &str| format!("/room_types/{n}/{field}");
            if !self.room_types.contains(room_type_id) {
                errors.push(FieldError::body(at("room_type_id"), "is not a room type of the property"));
            } else if !seen.insert(*room_type_id) {
                errors.push(FieldError::body(at("room_type_id"), "is there twice"));
            }
            let extra_children = child_minors(extra_children, &at("extra_children"), &self.bands, self.currency, errors);
            rows.push(RatePlanRoomType {
                property_id: Uuid::nil(),
                rate_plan_id: Uuid::nil(),
                room_type_id: *room_type_id,
                price_minor: minor(*price, &at("price"), self.currency, errors),
                included_adults: *included_adults,
                extra_adult_minor: minor(*extra_adult, &at("extra_adult"), self.currency, errors).unwrap_or(0),
                extra_children,
                day_price_minor: minor(*day_price, &at("day_price"), self.currency, errors),
            });
        }
        rows
    }

    /// Returns the errors of extras that are to be in the price of a plan's nights. Those that are in it may have been archived.
    fn check_included(&self, extras: &[IncludedExtra], before: &[IncludedExtra]) -> Vec<FieldError> {
        let mut seen = BTreeSet::new();
        let mut errors = Vec::new();
        for (n, IncludedExtra { extra_id, .. }) in extras.iter().enumerate() {
            let sold = self.extras.iter().find(|(id, _)| id == extra_id);
            let detail = match sold {
                _ if !seen.insert(*extra_id) => "is there twice",
                None if before.iter().any(|old| old.extra_id == *extra_id) => continue,
                None => "is not an extra that the property sells",
                Some((_, posted)) if ![PER_NIGHT, PER_PERSON_NIGHT].contains(&posted.as_str()) => {
                    "is not charged for nights, so it cannot be in their price"
                }
                Some(_) => continue,
            };
            errors.push(FieldError::body(format!("/included_extras/{n}/extra_id"), detail));
        }
        errors
    }

    /// Returns the errors of a derived plan's types: it sells what its parent sells, at its parent's prices.
    fn check_derived(&self, parent_id: Uuid, rows: &[RatePlanRoomType]) -> Vec<FieldError> {
        let mut errors = Vec::new();
        for (n, row) in rows.iter().enumerate() {
            if self.types_of(parent_id).all(|of_parent| of_parent.room_type_id != row.room_type_id) {
                let pointer = format!("/room_types/{n}/room_type_id");
                errors.push(FieldError::body(pointer, "is not sold by the plan from which this one is derived"));
            }
            for (field, is_said) in [
                ("price", row.price_minor.is_some()),
                ("included_adults", row.included_adults.is_some()),
                ("extra_adult", row.extra_adult_minor != 0),
                ("extra_children", !row.extra_children.0.is_empty()),
                ("day_price", row.day_price_minor.is_some()),
            ] {
                if is_said {
                    let pointer = format!("/room_types/{n}/{field}");
                    errors.push(FieldError::body(pointer, "a derived plan takes this from its parent"));
                }
            }
        }
        errors
    }
}

/// The prices of children; notes those of unknown bands.
pub(super) fn child_minors(
    prices: &BTreeMap<String, Money>,
    pointer: &str,
    bands: &[AgeBand],
    currency: Currency,
    errors: &mut Vec<FieldError>,
) -> ExtraChildren {
    let mut minors = BTreeMap::new();
    for (code, price) in prices {
        let at = format!("{pointer}/{}", code.replace('~', "~0").replace('/', "~1"));
        if bands.iter().all(|band| band.code != *code) {
            errors.push(FieldError::body(at, "is not an age band of the property"));
        } else if let Some(price) = minor(Some(*price), &at, currency, errors) {
            minors.insert(code.clone(), price);
        }
    }
    ExtraChildren(minors)
}

/// A derivation as the row has it; notes what is wrong with it.
fn derivation_row(
    derivation: Option<&Derivation>,
    currency: Currency,
    errors: &mut Vec<FieldError>,
) -> (Option<Uuid>, Option<DerivationKind>, Option<i64>) {
    let Some(Derivation { parent_id, percent, amount }) = derivation else { return (None, None, None) };
    let (kind, value) = match (percent, amount) {
        (Some(percent), None) => (DerivationKind::Percent, percent.0),
        (None, Some(amount)) => {
            let value = minor(Some(*amount), "/derivation/amount", currency, errors);
            (DerivationKind::Amount, value.unwrap_or(0))
        }
        _ => {
            errors.push(FieldError::body("/derivation", "must have exactly one of percent and amount"));
            (DerivationKind::Percent, 0)
        }
    };
    (Some(*parent_id), Some(kind), Some(value))
}

fn sorted(channels: &[String]) -> Vec<String> {
    BTreeSet::from_iter(channels.iter().cloned()).into_iter().collect()
}

/// Adds a plan. The first one of a property is its default.
pub async fn create(app: &App, staff: &Staff<RatesWrite>, key: &IdempotencyKey, request: CreateRatePlan) -> Result<Answer> {
    staff.at(request.property_id)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let property = lock_property(conn, &staff.scope, Some(request.property_id), "property").await?;
        let known = Known::load(conn, property.id, property.currency).await?;
        if known.plans.len() >= MAX_PLANS {
            return Err(Error::invalid("/property_id", format!("a property has at most {MAX_PLANS} rate plans")));
        }
        let (fields, rows) = new_plan(&request, &known)?;
        let texts = Texts::default().merged(&request.texts, &property.default_locale)?.to_json();
        let fields = RatePlanFields { texts, ..fields };
        let mut events = Vec::new();
        if fields.is_default {
            events.extend(repository::clear_default(conn, property.id, now).await?.as_ref().map(no_longer_default));
        }
        let plan = repository::insert(conn, property.id, &fields, now)
            .await
            .on_constraint("rate_plans_code_key", || RateError::PlanCodeTaken)?;
        let types = put_types(conn, &plan, rows, now).await?;
        let included = put_included(conn, &plan, &request.included_extras, now).await?;
        events.push(Event::created(&plan).with("room_types", &types).with("included_extras", &included));
        outbox::publish(conn, &cause, events).await?;
        let (id, version) = (plan.id, plan.version);
        Answer::created(format!("/v1/rate-plans/{id}"), version, &RatePlanOut::new(plan, types, included, property.currency))
    })
    .await
}

fn new_plan(request: &CreateRatePlan, known: &Known) -> Result<(RatePlanFields, Vec<RatePlanRoomType>)> {
    let mut errors = Vec::new();
    let (parent_id, derivation_kind, derivation_value) = derivation_row(request.derivation.as_ref(), known.currency, &mut errors);
    let fields = RatePlanFields {
        code: request.code.clone(),
        name: request.name.clone(),
        description: request.description.clone(),
        texts: Texts::default().to_json(),
        board: request.board,
        payment_policy: request.payment_policy,
        deposit_ppm: request.deposit_percent.map(|percent| percent.ppm()),
        rest_days_before: request.rest_days_before,
        cancellation_policy_id: request.cancellation_policy_id,
        parent_id,
        derivation_kind,
        derivation_value,
        valid_from: request.valid_from,
        valid_until: request.valid_until,
        channels: sorted(&request.channels),
        is_default: request.is_default || known.plans.is_empty(),
        is_active: request.is_active,
        is_hidden: request.is_hidden,
        min_stay: request.min_stay,
        max_stay: request.max_stay,
        min_advance_days: request.min_advance_days,
        max_advance_days: request.max_advance_days,
    };
    errors.extend(known.check(&fields, None));
    errors.extend(known.check_included(&request.included_extras, &[]));
    let rows = known.rows(&request.room_types, &mut errors);
    if let Some(parent_id) = parent_id {
        errors.extend(known.check_derived(parent_id, &rows));
    }
    all_valid(errors)?;
    Ok((fields, rows))
}

/// Makes these the types of a plan and returns them as they are listed.
async fn put_types(
    conn: &Conn,
    plan: &RatePlan,
    rows: Vec<RatePlanRoomType>,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Vec<RatePlanRoomType>> {
    let own = |row| RatePlanRoomType { property_id: plan.property_id, rate_plan_id: plan.id, ..row };
    let rows: Vec<RatePlanRoomType> = rows.into_iter().map(own).collect();
    let kept: Vec<Uuid> = rows.iter().map(|row| row.room_type_id).collect();
    repository::keep_types(conn, plan, &kept).await?;
    if !rows.is_empty() {
        repository::put_types(conn, &rows, now).await?;
    }
    let types = repository::types_of_plans(conn, plan.property_id).await?;
    Ok(types.into_iter().filter(|row| row.rate_plan_id == plan.id).collect())
}

/// Makes these the extras in the price of a plan's nights and returns them as they are listed.
async fn put_included(
    conn: &Conn,
    plan: &RatePlan,
    extras: &[IncludedExtra],
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Vec<IncludedExtra>> {
    let rows: Vec<(Uuid, i32)> = extras.iter().map(|extra| (extra.extra_id, extra.quantity)).collect();
    repository::set_included(conn, plan, &rows, now).await?;
    Ok(included_in(plan.id, &repository::included_extras(conn, plan.property_id).await?))
}

/// Changes a plan: what is sold from now on. What has been sold keeps its price and its terms.
pub async fn update(
    app: &App,
    staff: &Staff<RatesWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
    patch: UpdateRatePlan,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let of = repository::property_of(conn, &staff.scope, id).await?;
        let property = lock_property(conn, &staff.scope, of, "rate plan").await?;
        let known = Known::load(conn, property.id, property.currency).await?;
        let before = known.plan(id).cloned().or_404("rate plan")?;
        seen.check(before.version)?;
        let old_types: Vec<RatePlanRoomType> = known.types_of(id).cloned().collect();
        let (fields, rows) = changed_plan(&before, &old_types, &patch, &known)?;
        let texts = merged(&before.texts, patch.texts.as_ref(), &property.default_locale)?;
        let fields = RatePlanFields { texts, ..fields };
        if before.parent_id.is_none() && fields.parent_id.is_some() {
            let today = property.business_date(now);
            if repository::has_nightly_prices(conn, &before, today).await? {
                return Err(RateError::PlanHasPrices.into());
            }
        }
        let mut events = Vec::new();
        if fields.is_default && !before.is_default {
            events.extend(repository::clear_default(conn, property.id, now).await?.as_ref().map(no_longer_default));
        }
        let after = repository::update(conn, &before, &fields, now)
            .await
            .on_constraint("rate_plans_code_key", || RateError::PlanCodeTaken)?;
        let types = match rows {
            Some(rows) => put_types(conn, &after, rows, now).await?,
            None => old_types.clone(),
        };
        let old_included = included_in(id, &known.included);
        let included = match &patch.included_extras {
            Some(extras) => put_included(conn, &after, extras, now).await?,
            None => old_included.clone(),
        };
        let mut event = Event::changed(&before, &after);
        if included != old_included {
            event = event.and("included_extras", old_included, &included);
        }
        if types != old_types {
            event = event.and("room_types", old_types, &types);
        }
        if event.is_empty() {
            return Answer::unchanged(before.version, &RatePlanOut::new(before, types, included, property.currency));
        }
        events.push(event);
        outbox::publish(conn, &cause, events).await?;
        Answer::ok(after.version, &RatePlanOut::new(after, types, included, property.currency))
    })
    .await
}

/// A plan as the patch makes it, with its types if they change.
fn changed_plan(
    before: &RatePlan,
    old_types: &[RatePlanRoomType],
    patch: &UpdateRatePlan,
    known: &Known,
) -> Result<(RatePlanFields, Option<Vec<RatePlanRoomType>>)> {
    let mut errors = Vec::new();
    if before.is_default && patch.is_default == Some(false) {
        errors.push(FieldError::body("/is_default", "make another plan the default instead"));
    }
    let fields = patched(before, patch, known.currency, &mut errors);
    errors.extend(known.check(&fields, Some(before.id)));
    if let Some(extras) = &patch.included_extras {
        errors.extend(known.check_included(extras, &included_in(before.id, &known.included)));
    }
    let rows = patch.room_types.as_ref().map(|types| known.rows(types, &mut errors));
    if let Some(parent_id) = fields.parent_id {
        errors.extend(known.check_derived(parent_id, rows.as_deref().unwrap_or(old_types)));
    }
    all_valid(errors)?;
    for gone in old_types {
        let stays = rows.as_ref().is_none_or(|rows| rows.iter().any(|row| row.room_type_id == gone.room_type_id));
        let needs_it = |plan: &&RatePlan| known.types_of(plan.id).any(|row| row.room_type_id == gone.room_type_id);
        let plans: Vec<String> = known.derived_from(before.id).filter(needs_it).map(|plan| plan.code.clone()).collect();
        if !stays && !plans.is_empty() {
            return Err(RateError::TypeInUse(plans).into());
        }
    }
    Ok((fields, rows))
}

fn patched(before: &RatePlan, patch: &UpdateRatePlan, currency: Currency, errors: &mut Vec<FieldError>) -> RatePlanFields {
    let UpdateRatePlan {
        code,
        name,
        description,
        texts: _,
        board,
        payment_policy,
        deposit_percent,
        rest_days_before,
        cancellation_policy_id,
        derivation,
        valid_from,
        valid_until,
        channels,
        is_default,
        is_active,
        is_hidden,
        min_stay,
        max_stay,
        min_advance_days,
        max_advance_days,
        room_types: _,
        included_extras: _,
    } = patch;
    let old = RatePlanFields::from(before.clone());
    let payment_policy = payment_policy.unwrap_or(old.payment_policy);
    let (parent_id, derivation_kind, derivation_value) = match derivation {
        Some(new) => derivation_row(new.as_ref(), currency, errors),
        None => (old.parent_id, old.derivation_kind, old.derivation_value),
    };
    RatePlanFields {
        code: code.clone().unwrap_or(old.code),
        name: name.clone().unwrap_or(old.name),
        description: description.clone().unwrap_or(old.description),
        texts: old.texts,
        board: board.unwrap_or(old.board),
        payment_policy,
        deposit_ppm: match deposit_percent {
            Some(percent) => percent.map(|percent| percent.ppm()),
            None => old.deposit_ppm.filter(|_| payment_policy == PaymentPolicy::Deposit),
        },
        rest_days_before: match rest_days_before {
            Some(days) => *days,
            None => old.rest_days_before.filter(|_| payment_policy != PaymentPolicy::PayNow),
        },
        cancellation_policy_id: cancellation_policy_id.unwrap_or(old.cancellation_policy_id),
        parent_id,
        derivation_kind,
        derivation_value,
        valid_from: valid_from.unwrap_or(old.valid_from),
        valid_until: valid_until.unwrap_or(old.valid_until),
        channels: channels.as_ref().map_or(old.channels, |channels| sorted(channels)),
        is_default: is_default.unwrap_or(old.is_default) || old.is_default,
        is_active: is_active.unwrap_or(old.is_active),
        is_hidden: is_hidden.unwrap_or(old.is_hidden),
        min_stay: min_stay.unwrap_or(old.min_stay),
        max_stay: max_stay.unwrap_or(old.max_stay),
        min_advance_days: min_advance_days.unwrap_or(old.min_advance_days),
        max_advance_days: max_advance_days.unwrap_or(old.max_advance_days),
    }
}

/// Removes a plan that nothing uses.
pub async fn delete(app: &App, staff: &Staff<RatesWrite>, key: &IdempotencyKey, seen: MustMatch, id: Uuid) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let of = repository::property_of(conn, &staff.scope, id).await?;
        let property = lock_property(conn, &staff.scope, of, "rate plan").await?;
        let known = Known::load(conn, property.id, property.currency).await?;
        let plan = known.plan(id).or_404("rate plan")?;
        seen.check(plan.version)?;
        if plan.is_default {
            return Err(RateError::PlanIsDefault.into());
        }
        let (derived, stays) = (known.derived_from(id).count(), repository::live_stays(conn, plan).await?);
        if derived > 0 || stays > 0 {
            return Err(RateError::PlanInUse { derived, stays }.into());
        }
        repository::delete(conn, plan, now).await?;
        outbox::publish(conn, &cause, [Event::removed(plan)]).await?;
        Ok(Answer::no_content())
    })
    .await
}

/// Lets a new room type be sold: by the default plan, which the first type of a hotel brings with it.
/// The caller holds the lock of the property.
pub async fn ensure_default_plan(conn: &Conn, property_id: Uuid, room_type_id: Uuid, cause: &Cause) -> Result<()> {
    let default = repository::list(conn, property_id).await?.into_iter().find(|plan| plan.is_default);
    let is_first = default.is_none();
    let mut events = Vec::new();
    let plan = match default {
        Some(plan) => plan,
        None => first_plan(conn, property_id, cause, &mut events).await?,
    };
    let types = repository::types_of_plans(conn, property_id).await?;
    let before: Vec<RatePlanRoomType> = types.into_iter().filter(|row| row.rate_plan_id == plan.id).collect();
    let added = RatePlanRoomType {
        property_id,
        rate_plan_id: plan.id,
        room_type_id,
        price_minor: None,
        included_adults: None,
        extra_adult_minor: 0,
        extra_children: ExtraChildren::default(),
        day_price_minor: None,
    };
    repository::put_types(conn, std::slice::from_ref(&added), cause.at).await?;
    if !is_first {
        let after = repository::update(conn, &plan, &plan.clone().into(), cause.at).await?;
        let mut types = before.clone();
        types.push(added);
        events.push(Event::of("rate_plan.updated", &after).and("room_types", before, types));
    } else {
        events.push(Event::created(&plan).with("room_types", [added]));
    }
    Ok(outbox::publish(conn, cause, events).await?)
}

/// The plan that a hotel begins with: the room alone, free to cancel, paid at the hotel.
async fn first_plan(conn: &Conn, property_id: Uuid, cause: &Cause, events: &mut Vec<Event>) -> Result<RatePlan> {
    const FREE: &str = "FREE";
    let policy = match policies::find_by_code(conn, property_id, FREE).await? {
        Some(policy) => policy,
        None => {
            let fields = CancellationPolicyFields {
                code: FREE.into(),
                name: "Free cancellation".into(),
                description: String::new(),
                texts: Texts::default().to_json(),
                is_non_refundable: false,
                no_show_fee_kind: FeeKind::Percent,
                no_show_fee_value: 1_000_000,
                fee_tax: FeeTaxColumns::NONE,
            };
            let policy = policies::insert(conn, property_id, &fields, cause.at).await?;
            events.push(Event::created(&policy));
            policy
        }
    };
    let fields = RatePlanFields { is_default: true, ..room_only("STD", "Standard", policy.id) };
    Ok(repository::insert(conn, property_id, &fields, cause.at).await?)
}

/// A plan without particulars.
pub fn room_only(code: &str, name: &str, cancellation_policy_id: Uuid) -> RatePlanFields {
    RatePlanFields {
        code: code.into(),
        name: name.into(),
        description: String::new(),
        texts: Texts::default().to_json(),
        board: Board::RoomOnly,
        payment_policy: PaymentPolicy::PayAtProperty,
        deposit_ppm: None,
        rest_days_before: None,
        cancellation_policy_id,
        parent_id: None,
        derivation_kind: None,
        derivation_value: None,
        valid_from: None,
        valid_until: None,
        channels: Vec::new(),
        is_default: false,
        is_active: true,
        is_hidden: false,
        min_stay: None,
        max_stay: None,
        min_advance_days: None,
        max_advance_days: None,
    }
}

fn no_longer_default(plan: &RatePlan) -> Event {
    Event::of("rate_plan.updated", plan).and("is_default", true, false)
}
