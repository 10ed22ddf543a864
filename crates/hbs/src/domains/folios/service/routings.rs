//! Rules of routing: what of a booking or a group goes to a folio from now on.
use super::{check_of_payer, check_open, hold};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::folios::dto::{AddRouting, RoutingOut};
use crate::domains::folios::error::FolioError;
use crate::domains::folios::model::{Folio, FolioKind, Routing};
use crate::domains::folios::repository;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::money::Currency;
use crate::outbox::{self, Event};
use crate::page::Page;
use crate::security::Staff;
use crate::security::permission::{FoliosRead, FoliosWrite};
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use crate::{Error, Result};
use uuid::Uuid;

/// Maximum number of rules that send lines to a folio.
const MOST_ROUTINGS: usize = 50;

pub async fn list_routings(app: &App, staff: &Staff<FoliosRead>, folio_id: Uuid) -> Result<Page<RoutingOut>> {
    let conn = app.db.conn().await?;
    let folio = repository::find(&conn, &staff.scope, folio_id).await?.or_404("folio")?;
    let routings = repository::routings_of(&conn, folio.property_id, folio.id).await?;
    Ok(Page::whole(routings.into_iter().map(|routing| RoutingOut::new(routing, folio.currency)).collect()))
}

/// Adds a rule, which makes a new version of the folio. Lines that are there already stay where they are.
pub async fn add_routing(
    app: &App,
    staff: &Staff<FoliosWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    folio_id: Uuid,
    request: AddRouting,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let found = repository::find(conn, &staff.scope, folio_id).await?.or_404("folio")?;
        hold(conn, found.property_id).await?;
        let folio = repository::lock(conn, found.property_id, found.id).await?.or_404("folio")?;
        seen.check(folio.version)?;
        check_open(&folio)?;
        check_of_payer(&folio)?;
        let AddRouting { kinds, booking_id, stay_id, cap, .. } = &request;
        let (from_date, to_date) = request.dates()?;
        let booking_id = source(conn, staff, &folio, *booking_id).await?;
        check_stay(conn, &folio, booking_id, *stay_id).await?;
        if from_date.zip(to_date).is_some_and(|(from, to)| from >= to) {
            return Err(Error::invalid("/to", "must be after `from`"));
        }
        if repository::routings_of(conn, folio.property_id, folio.id).await?.len() >= MOST_ROUTINGS {
            return Err(FolioError::TooManyRoutings(MOST_ROUTINGS).into());
        }
        let routing = Routing {
            property_id: folio.property_id,
            id: Uuid::now_v7(),
            folio_id: folio.id,
            booking_id,
            group_id: folio.group_id.filter(|_| booking_id.is_none()),
            stay_id: *stay_id,
            kinds: kinds.iter().copied().map(|kind| Some(FolioKind::from(kind))).collect(),
            from_date,
            to_date,
            cap_minor: cap.map(|cap| super::positive(cap, folio.currency, "/cap")).transpose()?,
            created_at: cause.at,
        };
        repository::insert_routing(conn, &routing).await?;
        repository::touch(conn, &folio, cause.at).await?;
        let event = Event::of("folio.routing_added", &folio).with("routing", routing.id);
        outbox::publish(conn, &cause, [event]).await?;
        done(routing, folio.currency)
    })
    .await
}

fn done(routing: Routing, currency: Currency) -> Result<Answer> {
    // A rule is ended, and never changed: it has one version.
    Answer::created(format!("/v1/folios/{}/routings", routing.folio_id), 1, &RoutingOut::new(routing, currency))
}

/// Returns the booking whose lines a rule sends; none for those of the folio's group.
async fn source(conn: &Conn, staff: &Staff<FoliosWrite>, folio: &Folio, booking_id: Option<Uuid>) -> Result<Option<Uuid>> {
    match (booking_id, folio.booking_id, folio.group_id) {
        (None, Some(own), _) => Ok(Some(own)),
        (None, None, Some(_)) => Ok(None),
        (None, None, None) => Err(Error::invalid("/booking_id", "is needed for a house folio")),
        (Some(booking_id), ..) => {
            let booking = repository::find_of_booking(conn, &staff.reach(), booking_id).await?;
            match booking.filter(|booking| booking.property_id == folio.property_id) {
                Some(booking) => Ok(Some(booking.id)),
                None => Err(Error::invalid("/booking_id", "is not a booking of the property")),
            }
        }
    }
}

async fn check_stay(conn: &Conn, folio: &Folio, booking_id: Option<Uuid>, stay_id: Option<Uuid>) -> Result<()> {
    let Some(stay_id) = stay_id else { return Ok(()) };
    let is_known = match booking_id {
        Some(booking_id) => repository::has_stay(conn, folio.property_id, booking_id, stay_id).await?,
        None => false,
    };
    if is_known { Ok(()) } else { Err(Error::invalid("/stay_id", "is not a stay of the booking")) }
}

/// Ends a rule: what it has brought to the folio stays there.
pub async fn end_routing(
    app: &App,
    staff: &Staff<FoliosWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    folio_id: Uuid,
    id: Uuid,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let folio = repository::find(conn, &staff.scope, folio_id).await?.or_404("folio")?;
        hold(conn, folio.property_id).await?;
        let folio = repository::lock(conn, folio.property_id, folio.id).await?.or_404("folio")?;
        let routing = repository::find_routing(conn, folio.property_id, folio.id, id).await?.or_404("rule")?;
        seen.check(folio.version)?;
        repository::end_routing(conn, &routing, cause.at).await?;
        repository::touch(conn, &folio, cause.at).await?;
        let event = Event::of("folio.routing_removed", &folio).with("routing", routing.id);
        outbox::publish(conn, &cause, [event]).await?;
        Ok(Answer::no_content())
    })
    .await
}
