//! Offers: what staff add, change and end, and what guests see.
use crate::answer::Answer;
use crate::app::App;
use crate::domains::extras;
use crate::domains::images;
use crate::domains::offers::dto::{CreateOffer, OfferExtra, OfferFilter, OfferRoomType, OfferShown, UpdateOffer, mask};
use crate::domains::offers::error::OfferError;
use crate::domains::offers::model::{Access, Offer, OfferCode, OfferKind, OnSale};
use crate::domains::offers::repository::{codes, offers as repository};
use crate::domains::offers::rules::codes::{key as code_key, written};
use crate::domains::offers::rules::sound;
use crate::domains::properties::{self, Property};
use crate::domains::rates::engine::Included;
use crate::domains::rates::{RatePlan, pricing};
use crate::domains::rooms;
use crate::error::{OnConstraint, Or404};
use crate::failures::Failures;
use crate::idempotency::IdempotencyKey;
use crate::money::Money;
use crate::outbox::{self, Cause, Event};
use crate::security::permission::{OffersRead, OffersWrite, Permission};
use crate::security::{Caller, Staff};
use crate::stores::postgres::Conn;
use crate::texts::Texts;
use crate::version::MustMatch;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use futures_util::try_join;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Maximum number of offers of a hotel, archived ones included.
const MAX_OFFERS: i64 = 500;
const ALL_DAYS: i16 = 0b111_1111;
const ONE_MILLION: i64 = 1_000_000;

/// The offers of a hotel: to staff all of them, to others those that everybody gets.
pub async fn list(app: &App, caller: Option<&Caller>, filter: &OfferFilter) -> Result<Vec<OfferShown>> {
    let conn = app.db.conn().await?;
    let of_property = [filter.property_id];
    let (property, rows, extras, pictures) = try_join!(
        properties::find(&conn, filter.property_id),
        repository::all(&conn, filter.property_id),
        extras::of_properties(&conn, &of_property),
        images::of_offers(&conn, filter.property_id),
    )?;
    let property = property.or_404("property")?;
    let sees_all = sees_all(caller, property.id);
    let now = app.clock.now();
    let is_shown =
        |on_sale: &OnSale| on_sale.offer.is_archived == filter.is_archived && (sees_all || is_public(on_sale, &property, now));
    let mut pictures = images::by_offer(pictures);
    let shown = rows.on_sale(&extras).into_iter().filter(is_shown).map(|on_sale| {
        let pictures = pictures.remove(&on_sale.offer.id).unwrap_or_default();
        OfferShown::new(on_sale, pictures, sees_all, property.currency)
    });
    Ok(shown.collect())
}

pub async fn get(app: &App, caller: Option<&Caller>, id: Uuid) -> Result<OfferShown> {
    let conn = app.db.conn().await?;
    let (on_sale, property) = shown_to(&conn, caller, id, app.clock.now()).await?;
    shown(&conn, on_sale, &property, sees_all(caller, property.id)).await
}

/// The offer with its hotel, if the caller may see it.
pub async fn shown_to(conn: &Conn, caller: Option<&Caller>, id: Uuid, now: DateTime<Utc>) -> Result<(OnSale, Property)> {
    let property_id = repository::property_of(conn, id).await?.or_404("offer")?;
    let property = properties::find(conn, property_id).await?.or_404("offer")?;
    let on_sale = load(conn, property_id, id).await?.or_404("offer")?;
    if !sees_all(caller, property_id) && !is_public(&on_sale, &property, now) {
        return Err(Error::not_found("offer"));
    }
    Ok((on_sale, property))
}

/// An offer as it is shown, with its pictures.
async fn shown(conn: &Conn, on_sale: OnSale, property: &Property, with_code: bool) -> Result<OfferShown> {
    let pictures = images::of_offer(conn, property.id, on_sale.offer.id).await?;
    let pictures = pictures.into_iter().map(Into::into).collect();
    Ok(OfferShown::new(on_sale, pictures, with_code, property.currency))
}

fn sees_all(caller: Option<&Caller>, property_id: Uuid) -> bool {
    caller.is_some_and(|caller| caller.grants().holds(OffersRead::NAME, Some(property_id)))
}

/// Returns `true` for an offer that everybody gets, and that is not over.
fn is_public(on_sale: &OnSale, property: &Property, now: DateTime<Utc>) -> bool {
    on_sale.offer.access == Access::Automatic && !on_sale.has_ended(property.local_time(now).date())
}

/// An offer as it is sold, archived or not.
pub async fn load(conn: &Conn, property_id: Uuid, id: Uuid) -> Result<Option<OnSale>> {
    let of_property = [property_id];
    let (rows, extras) = try_join!(repository::one(conn, property_id, id), extras::of_properties(conn, &of_property))?;
    Ok(rows.on_sale(&extras).pop())
}

/// Room types, rate plans and extras that an offer is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    pub room_types: Vec<OfferRoomType>,
    pub rate_plan_ids: Vec<Uuid>,
    pub extras: Vec<OfferExtra>,
}

impl Links {
    fn of(OnSale { terms, .. }: &OnSale) -> Self {
        let rooms_of = |id: &Uuid| terms.bundle.iter().find(|(of, _)| of == id).map(|(_, rooms)| *rooms);
        let room_type = |id: &Uuid| OfferRoomType { room_type_id: *id, rooms: rooms_of(id) };
        let extra = |extra: &Included| OfferExtra { extra_id: extra.extra_id, quantity: extra.quantity };
        Self {
            room_types: terms.room_type_ids.iter().map(room_type).collect(),
            rate_plan_ids: terms.rate_plan_ids.clone(),
            extras: terms.included.iter().map(extra).collect(),
        }
    }

    async fn write(&self, conn: &Conn, offer: &Offer) -> Result<()> {
        let room_types: Vec<(Uuid, Option<i32>)> = self.room_types.iter().map(|one| (one.room_type_id, one.rooms)).collect();
        let extras: Vec<(Uuid, i32)> = self.extras.iter().map(|one| (one.extra_id, one.quantity)).collect();
        Ok(repository::set_links(conn, offer, &room_types, &self.rate_plan_ids, &extras).await?)
    }
}

/// Adds an offer.
pub async fn create(app: &App, staff: &Staff<OffersWrite>, key: &IdempotencyKey, request: CreateOffer) -> Result<Answer> {
    staff.at(request.property_id)?;
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let property = properties::lock(conn, &staff.scope, request.property_id).await?.or_404("property")?;
        let offer = add(conn, &cause, &property, request.clone()).await?;
        let on_sale = load(conn, property.id, offer.id).await?.or_404("offer")?;
        let body = shown(conn, on_sale, &property, true).await?;
        Answer::created(format!("/v1/offers/{}", offer.id), offer.version, &body)
    })
    .await
}

/// Adds an offer to a hotel that is locked.
pub async fn add(conn: &Conn, cause: &Cause, property: &Property, request: CreateOffer) -> Result<Offer> {
    if repository::count(conn, property.id).await? >= MAX_OFFERS {
        return Err(Error::invalid("/property_id", format!("a property has at most {MAX_OFFERS} offers")));
    }
    let links = Links {
        room_types: request.room_types.clone(),
        rate_plan_ids: request.rate_plan_ids.clone(),
        extras: request.extras.clone(),
    };
    let code = request.code.clone();
    let offer = new_offer(property, request, cause.at)?;
    check_percent(offer.percent_ppm)?;
    check(conn, property, &offer, &links).await?;
    if (offer.access == Access::Code) != code.is_some() {
        let detail =
            if code.is_some() { "is for offers with the access code" } else { "is needed for an offer with the access code" };
        return Err(Error::invalid("/code", detail));
    }
    repository::insert(conn, &offer).await?;
    links.write(conn, &offer).await?;
    if let Some(text) = code {
        insert_code(conn, &offer, &text, cause.at).await?;
    }
    let event = Event::created(&offer)
        .with("room_types", &links.room_types)
        .with("rate_plan_ids", &links.rate_plan_ids)
        .with("extras", &links.extras);
    outbox::publish(conn, cause, [event]).await?;
    Ok(offer)
}

fn new_offer(property: &Property, request: CreateOffer, now: DateTime<Utc>) -> Result<Offer> {
    let minor = |money: Option<Money>, pointer: &str| money.map(|money| in_currency(money, property, pointer)).transpose();
    Ok(Offer {
        property_id: property.id,
        id: Uuid::now_v7(),
        name: request.name,
        description: request.description,
        texts: Texts::default().merged(&request.texts, &property.default_locale)?.to_json(),
        kind: request.kind,
        percent_ppm: request.percent.map(|percent| percent.ppm()),
        amount_minor: minor(request.amount, "/amount")?,
        stay_nights: request.stay_nights,
        pay_nights: request.pay_nights,
        free_nights: request.free_nights,
        access: request.access,
        book_from: request.book_from,
        book_until: request.book_until,
        stay_from: request.stay_from,
        stay_until: request.stay_until,
        weekdays: request.weekdays.map_or(ALL_DAYS, |days| mask(&days)),
        arrival_weekdays: request.arrival_days.map_or(ALL_DAYS, |days| mask(&days)),
        min_advance_days: request.min_advance_days,
        max_advance_days: request.max_advance_days,
        min_nights: request.min_nights,
        max_nights: request.max_nights,
        min_guests: request.min_guests,
        max_guests: request.max_guests,
        channels: sorted(request.channels),
        members_only: request.members_only,
        first_booking_only: request.first_booking_only,
        max_redemptions: request.max_redemptions,
        max_per_guest: request.max_per_guest,
        max_per_day: request.max_per_day,
        budget_minor: minor(request.budget, "/budget")?,
        is_combinable: request.is_combinable,
        is_archived: false,
        version: 1,
        created_at: now,
        updated_at: now,
    })
}

/// Changes an offer. What was sold with it keeps it as it was.
pub async fn update(
    app: &App,
    staff: &Staff<OffersWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
    patch: UpdateOffer,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let (before, property) = locked(conn, staff, id).await?;
        seen.check(before.version)?;
        let on_sale = load(conn, property.id, id).await?.or_404("offer")?;
        let links_before = Links::of(&on_sale);
        let links = Links {
            room_types: patch.room_types.clone().unwrap_or_else(|| links_before.room_types.clone()),
            rate_plan_ids: patch.rate_plan_ids.clone().unwrap_or_else(|| links_before.rate_plan_ids.clone()),
            extras: patch.extras.clone().unwrap_or_else(|| links_before.extras.clone()),
        };
        let after = changed(&before, &patch, &property, cause.at)?;
        check_percent(after.percent_ppm)?;
        check(conn, &property, &after, &links).await?;
        let has_code = set_code(conn, &before, on_sale.code.as_ref(), patch.code.as_deref(), cause.at).await?;
        let mut event = Event::changed(&before, &after);
        if links_before.room_types != links.room_types {
            event = event.and("room_types", &links_before.room_types, &links.room_types);
        }
        if links_before.rate_plan_ids != links.rate_plan_ids {
            event = event.and("rate_plan_ids", &links_before.rate_plan_ids, &links.rate_plan_ids);
        }
        if links_before.extras != links.extras {
            event = event.and("extras", &links_before.extras, &links.extras);
        }
        if has_code {
            event = event.withheld("code");
        }
        if event.is_empty() {
            return Answer::unchanged(before.version, &shown(conn, on_sale, &property, true).await?);
        }
        repository::update(conn, &after).await?;
        if links_before != links {
            links.write(conn, &after).await?;
        }
        outbox::publish(conn, &cause, [event]).await?;
        let on_sale = load(conn, property.id, id).await?.or_404("offer")?;
        Answer::ok(after.version, &shown(conn, on_sale, &property, true).await?)
    })
    .await
}

fn changed(before: &Offer, patch: &UpdateOffer, property: &Property, now: DateTime<Utc>) -> Result<Offer> {
    let UpdateOffer {
        name,
        description,
        texts,
        percent,
        amount,
        stay_nights,
        pay_nights,
        free_nights,
        extras: _,
        code: _,
        book_from,
        book_until,
        stay_from,
        stay_until,
        weekdays,
        arrival_days,
        min_advance_days,
        max_advance_days,
        min_nights,
        max_nights,
        min_guests,
        max_guests,
        room_types: _,
        rate_plan_ids: _,
        channels,
        members_only,
        first_booking_only,
        max_redemptions,
        max_per_guest,
        max_per_day,
        budget,
        is_combinable,
        is_archived,
    } = patch;
    let minor = |patched: Option<Option<Money>>, old: Option<i64>, pointer: &str| match patched {
        Some(money) => money.map(|money| in_currency(money, property, pointer)).transpose(),
        None => Ok(old),
    };
    let old = before.clone();
    let texts = match texts {
        Some(texts) => Texts::from_json(old.texts).merged(texts, &property.default_locale)?.to_json(),
        None => old.texts,
    };
    Ok(Offer {
        property_id: old.property_id,
        id: old.id,
        name: name.clone().unwrap_or(old.name),
        description: description.clone().unwrap_or(old.description),
        texts,
        kind: old.kind,
        percent_ppm: percent.map_or(old.percent_ppm, |percent| percent.map(|percent| percent.ppm())),
        amount_minor: minor(*amount, old.amount_minor, "/amount")?,
        stay_nights: stay_nights.or(old.stay_nights),
        pay_nights: pay_nights.or(old.pay_nights),
        free_nights: free_nights.or(old.free_nights),
        access: old.access,
        book_from: book_from.unwrap_or(old.book_from),
        book_until: book_until.unwrap_or(old.book_until),
        stay_from: stay_from.unwrap_or(old.stay_from),
        stay_until: stay_until.unwrap_or(old.stay_until),
        weekdays: weekdays.as_deref().map_or(old.weekdays, mask),
        arrival_weekdays: arrival_days.as_deref().map_or(old.arrival_weekdays, mask),
        min_advance_days: min_advance_days.unwrap_or(old.min_advance_days),
        max_advance_days: max_advance_days.unwrap_or(old.max_advance_days),
        min_nights: min_nights.unwrap_or(old.min_nights),
        max_nights: max_nights.unwrap_or(old.max_nights),
        min_guests: min_guests.unwrap_or(old.min_guests),
        max_guests: max_guests.unwrap_or(old.max_guests),
        channels: channels.clone().map_or(old.channels, sorted),
        members_only: members_only.unwrap_or(old.members_only),
        first_booking_only: first_booking_only.unwrap_or(old.first_booking_only),
        max_redemptions: max_redemptions.unwrap_or(old.max_redemptions),
        max_per_guest: max_per_guest.unwrap_or(old.max_per_guest),
        max_per_day: max_per_day.unwrap_or(old.max_per_day),
        budget_minor: minor(*budget, old.budget_minor, "/budget")?,
        is_combinable: is_combinable.unwrap_or(old.is_combinable),
        is_archived: is_archived.unwrap_or(old.is_archived),
        version: old.version + 1,
        created_at: old.created_at,
        updated_at: now,
    })
}

/// Removes an offer, with its pictures. One that something was sold with is archived: it is over, and what was sold goes on.
pub async fn delete(app: &App, staff: &Staff<OffersWrite>, key: &IdempotencyKey, seen: MustMatch, id: Uuid) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    let mut files = Vec::new();
    let removed = app.change(key, async |conn| {
        let (before, _) = locked(conn, staff, id).await?;
        seen.check(before.version)?;
        let is_used = repository::is_used(conn, &before).await?;
        if is_used && before.is_archived {
            return Ok(Answer::no_content());
        }
        let events = if is_used {
            let after = archived(&before, cause.at);
            repository::update(conn, &after).await?;
            vec![Event::changed(&before, &after)]
        } else {
            let pictures = images::of_offer(conn, before.property_id, id).await?;
            files = images::files_of(&pictures);
            repository::delete(conn, &before).await?;
            let gone = pictures.iter().map(|picture| Event::removed(picture).named("image.removed"));
            gone.chain([Event::removed(&before)]).collect()
        };
        outbox::publish(conn, &cause, events).await?;
        Ok(Answer::no_content())
    });
    let answer = removed.await?;
    app.objects.remove(&files).await;
    Ok(answer)
}

fn archived(before: &Offer, now: DateTime<Utc>) -> Offer {
    Offer { is_archived: true, version: before.version + 1, updated_at: now, ..before.clone() }
}

/// Archives offers that are over, and says how many. That they are not sold any more needs no job.
pub async fn archive_over(app: &App) -> Result<usize> {
    const BATCH: i64 = 200;
    let now = app.clock.now();
    let over = repository::over(&*app.db.conn().await?, now, BATCH).await?;
    let (key, cause) = (IdempotencyKey::none(), Cause::system(now));
    let (mut count, mut failures) = (0, Failures::default());
    for (property_id, id) in over {
        let done = app.change(&key, async |conn| {
            let found = repository::lock(conn, &crate::security::Scope::All, property_id, id).await?;
            if let Some(before) = found.filter(|offer| !offer.is_archived) {
                let after = archived(&before, now);
                repository::update(conn, &after).await?;
                outbox::publish(conn, &cause, [Event::changed(&before, &after)]).await?;
            }
            Ok(Answer::no_content())
        });
        count += usize::from(failures.note("an offer that is over could not be archived", id, done.await)?.is_some());
    }
    failures.result(count)
}

/// The offer with its hotel, both locked against other changes, and its counter against whoever books with it.
async fn locked(conn: &Conn, staff: &Staff<OffersWrite>, id: Uuid) -> Result<(Offer, Property)> {
    let property_id = repository::property_of(conn, id).await?.or_404("offer")?;
    let property = properties::lock(conn, &staff.scope, property_id).await?.or_404("offer")?;
    let offer = repository::lock(conn, &staff.scope, property_id, id).await?.or_404("offer")?;
    Ok((offer, property))
}

fn in_currency(money: Money, property: &Property, pointer: &str) -> Result<i64> {
    if money.currency == property.currency {
        return Ok(money.minor);
    }
    Err(OfferError::OtherCurrency { pointer: format!("{pointer}/currency"), currency: property.currency }.into())
}

fn check_percent(percent_ppm: Option<i32>) -> Result<(), OfferError> {
    let is_within = percent_ppm.is_none_or(|ppm| (1..=ONE_MILLION).contains(&i64::from(ppm)));
    if is_within { Ok(()) } else { Err(OfferError::PercentOutOfBounds) }
}

fn sorted(channels: Vec<String>) -> Vec<Option<String>> {
    channels.into_iter().collect::<BTreeSet<_>>().into_iter().map(Some).collect()
}

/// Checks that the values of an offer fit together, and that what it is for is the hotel's.
async fn check(conn: &Conn, property: &Property, offer: &Offer, links: &Links) -> Result<()> {
    if let Some(pointer) = sound::reversed_window(offer) {
        return Err(OfferError::WindowReversed { pointer }.into());
    }
    let rooms: Vec<Option<i32>> = links.room_types.iter().map(|one| one.rooms).collect();
    let errors = sound::wrong(offer, &rooms, links.extras.len());
    if !errors.is_empty() {
        return Err(Error::invalid_fields(errors));
    }
    check_room_types(conn, property, &links.room_types).await?;
    check_plans(conn, property, offer, &links.rate_plan_ids).await?;
    check_extras(conn, property, &links.extras).await
}

async fn check_room_types(conn: &Conn, property: &Property, links: &[OfferRoomType]) -> Result<()> {
    if links.is_empty() {
        return Ok(());
    }
    let known: BTreeSet<Uuid> = rooms::types_of(conn, &[property.id]).await?.into_iter().map(|kind| kind.id).collect();
    let mut seen = BTreeSet::new();
    for (place, link) in links.iter().enumerate() {
        let pointer = format!("/room_types/{place}/room_type_id");
        if !known.contains(&link.room_type_id) {
            return Err(OfferError::UnknownRoomType { pointer }.into());
        }
        if !seen.insert(link.room_type_id) {
            return Err(Error::invalid(pointer, "is there twice"));
        }
    }
    Ok(())
}

/// Checks the plans of an offer: a plan that is derived and hidden costs less already, and only access to it is offered.
async fn check_plans(conn: &Conn, property: &Property, offer: &Offer, ids: &[Uuid]) -> Result<()> {
    let needs_hidden = offer.kind == OfferKind::PlanAccess;
    if ids.is_empty() && needs_hidden {
        return Err(Error::invalid("/rate_plan_ids", "is needed for an offer of the kind plan_access"));
    }
    if ids.is_empty() {
        return Ok(());
    }
    let rates = pricing::load_rules(conn, &[property.id]).await?.remove(&property.id).unwrap_or_default();
    let mut seen = BTreeSet::new();
    for (place, id) in ids.iter().enumerate() {
        let pointer = format!("/rate_plan_ids/{place}");
        let plan: &RatePlan =
            rates.plan(*id).ok_or_else(|| Error::invalid(pointer.clone(), "is not a rate plan of the property"))?;
        if needs_hidden && !plan.is_hidden {
            return Err(Error::invalid(pointer, "is not a hidden rate plan"));
        }
        if !needs_hidden && plan.is_hidden && plan.parent_id.is_some() {
            return Err(OfferError::HiddenPlan { pointer }.into());
        }
        if !seen.insert(*id) {
            return Err(Error::invalid(pointer, "is there twice"));
        }
    }
    Ok(())
}

async fn check_extras(conn: &Conn, property: &Property, links: &[OfferExtra]) -> Result<()> {
    if links.is_empty() {
        return Ok(());
    }
    let known = extras::of_properties(conn, &[property.id]).await?;
    let mut seen = BTreeSet::new();
    for (place, link) in links.iter().enumerate() {
        let pointer = format!("/extras/{place}/extra_id");
        let offered = extras::rules::sold(link.extra_id, &known, || pointer.clone())?;
        if !offered.extra.posted.is_nightly() {
            return Err(Error::invalid(pointer, "is not charged per_night or per_person_night"));
        }
        if !seen.insert(link.extra_id) {
            return Err(Error::invalid(pointer, "is there twice"));
        }
    }
    Ok(())
}

/// Writes the code of an offer anew, if it is another one, and returns whether it is.
async fn set_code(conn: &Conn, offer: &Offer, old: Option<&OfferCode>, new: Option<&str>, now: DateTime<Utc>) -> Result<bool> {
    let Some(text) = new else { return Ok(false) };
    let Some(old) = old else {
        return Err(Error::invalid("/code", "is for offers with the access code"));
    };
    let (code, code_key) = read_code(text)?;
    if code == old.code {
        return Ok(false);
    }
    let code = OfferCode { code, code_key, offer_id: offer.id, ..old.clone() };
    codes::rename(conn, &code, now).await.on_constraint("offer_codes_unlike", taken)?;
    Ok(true)
}

async fn insert_code(conn: &Conn, offer: &Offer, text: &str, now: DateTime<Utc>) -> Result<()> {
    let (code, code_key) = read_code(text)?;
    let code = OfferCode {
        property_id: offer.property_id,
        id: Uuid::now_v7(),
        offer_id: offer.id,
        code,
        code_key,
        batch_id: None,
        created_at: now,
        updated_at: now,
    };
    codes::insert(conn, &[code]).await.on_constraint("offer_codes_unlike", taken)?;
    Ok(())
}

fn taken() -> OfferError {
    OfferError::CodeTaken { pointer: "/code".into() }
}

fn read_code(text: &str) -> Result<(String, String)> {
    let wrong = || Error::invalid("/code", "must have 3 to 30 letters, digits, hyphens and underscores");
    Ok((written(text).ok_or_else(wrong)?, code_key(text).ok_or_else(wrong)?))
}
