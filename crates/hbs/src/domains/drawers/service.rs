//! The use cases of drawers, one function each.
use super::dto::{CloseDrawer, DrawerFilter, DrawerOut, MoveCash, OpenDrawer, ShiftEntry, ShiftOut};
use super::error::DrawerError;
use super::model::{Drawer, DrawerId, DrawerStatus, Movement, MovementId};
use super::{repository, rules};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::properties;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::money::{Currency, Money};
use crate::outbox::{self, Event};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{DrawersCount, PaymentsRead};
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use crate::{Error, Result};

pub async fn list(app: &App, staff: &Staff<PaymentsRead>, filter: &DrawerFilter, page: &PageQuery) -> Result<Page<DrawerOut>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let rows = repository::list(&*app.db.conn().await?, &staff.scope, filter, before, limit + 1).await?;
    let Page { items, next_cursor } = page.page(rows, |drawer| drawer.id)?;
    Ok(Page { items: items.into_iter().map(DrawerOut::from).collect(), next_cursor })
}

/// The shift of a drawer. While it is open, nobody is told what should be in it.
pub async fn get(app: &App, staff: &Staff<PaymentsRead>, id: DrawerId) -> Result<ShiftOut> {
    let conn = app.db.conn().await?;
    let drawer = repository::find(&conn, &staff.scope, id).await?.or_404("drawer")?;
    let movements = repository::movements(&conn, drawer.property_id, id).await?;
    let payments = match drawer.status {
        DrawerStatus::Open => Vec::new(),
        DrawerStatus::Closed => repository::of_payments(&conn, drawer.property_id, id).await?,
    };
    let mut entries: Vec<ShiftEntry> = payments.iter().map(|one| ShiftEntry::of_payment(&drawer, one)).collect();
    entries.extend(movements.into_iter().map(|movement| ShiftEntry::of_movement(&drawer, movement)));
    entries.sort_by_key(|entry| entry.at);
    Ok(ShiftOut { drawer: drawer.into(), entries })
}

/// Opens a drawer of one's own.
pub async fn open(app: &App, staff: &Staff<DrawersCount>, key: &IdempotencyKey, request: OpenDrawer) -> Result<Answer> {
    let OpenDrawer { property_id, float } = request;
    staff.at(property_id)?;
    let (cause, user_id) = (staff.caller.cause(app.clock.now()), staff.caller.answerable());
    app.change(key, async |conn| {
        let property = properties::hold(conn, property_id).await?.or_404("property")?;
        let float_minor = amount(float, "/float", property.currency)?;
        if let Some(open) = repository::open_of(conn, property_id, user_id).await? {
            return Err(DrawerError::OpenExists(open).into());
        }
        let drawer = Drawer {
            property_id,
            id: DrawerId::now_v7(),
            user_id,
            status: DrawerStatus::Open,
            currency: property.currency,
            business_date: property.business_date(cause.at),
            float_minor,
            counted_minor: None,
            expected_minor: None,
            note: None,
            opened_at: cause.at,
            closed_at: None,
            version: 1,
            created_at: cause.at,
            updated_at: cause.at,
        };
        let inserted = repository::insert(conn, &drawer).await.map_err(Error::from);
        // Somebody sent the same twice at one moment.
        if let Err(error) = inserted {
            return Err(if error.violates("drawers_one_open") { busy() } else { error });
        }
        outbox::publish(conn, &cause, [Event::created(&drawer).named("drawer.opened")]).await?;
        let (location, version) = (format!("/v1/drawers/{}", drawer.id), drawer.version);
        Answer::created(location, version, &DrawerOut::from(drawer))
    })
    .await
}

fn busy() -> Error {
    Error::unavailable("A drawer was opened at the same moment: send the request again.").with_retry_after(1)
}

fn amount(money: Money, pointer: &'static str, expected: Currency) -> Result<i64> {
    if money.currency == expected { Ok(money.minor) } else { Err(DrawerError::OtherCurrency { pointer, expected }.into()) }
}

/// A drawer, locked, which must be open.
async fn lock(conn: &Conn, staff: &Staff<DrawersCount>, seen: IfMatch, id: DrawerId) -> Result<Drawer> {
    let found = repository::find(conn, &staff.scope, id).await?.or_404("drawer")?;
    properties::hold(conn, found.property_id).await?.or_404("drawer")?;
    let drawer = repository::lock(conn, found.property_id, id).await?.or_404("drawer")?;
    seen.check(drawer.version)?;
    match drawer.status {
        DrawerStatus::Open => Ok(drawer),
        DrawerStatus::Closed => Err(DrawerError::Closed.into()),
    }
}

/// Moves cash into a drawer or out of it.
pub async fn move_cash(
    app: &App,
    staff: &Staff<DrawersCount>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: DrawerId,
    request: MoveCash,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let before = lock(conn, staff, seen, id).await?;
        let amount_minor = amount(request.amount, "/amount", before.currency)?;
        if amount_minor == 0 {
            return Err(Error::invalid("/amount/amount", "must be more than nothing"));
        }
        let movement = Movement {
            property_id: before.property_id,
            id: MovementId::now_v7(),
            drawer_id: id,
            kind: request.kind,
            amount_minor,
            reason: request.reason.clone(),
            created_at: cause.at,
            updated_at: cause.at,
        };
        repository::insert_movement(conn, &movement).await?;
        let after = repository::touch(conn, &before, cause.at).await?;
        let event = Event::of("drawer.cash_moved", &after).with("movement", request.kind).with("amount_minor", amount_minor);
        outbox::publish(conn, &cause, [event.with("reason", &request.reason)]).await?;
        Answer::ok(after.version, &DrawerOut::from(after))
    })
    .await
}

/// Counts a drawer, and tells what should have been in it.
pub async fn close(
    app: &App,
    staff: &Staff<DrawersCount>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: DrawerId,
    request: CloseDrawer,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        // With its row locked nobody takes cash for it: whoever does holds it.
        let before = lock(conn, staff, seen, id).await?;
        let counted_minor = amount(request.counted, "/counted", before.currency)?;
        let movements = repository::movements(conn, before.property_id, id).await?;
        let payments = repository::of_payments(conn, before.property_id, id).await?;
        let expected_minor = rules::expected(before.float_minor, &movements, &payments);
        let counts = (counted_minor, expected_minor);
        let after = repository::close(conn, &before, counts, request.note.as_deref(), cause.at).await?;
        outbox::publish(conn, &cause, [Event::changed(&before, &after).named("drawer.closed")]).await?;
        Answer::ok(after.version, &DrawerOut::from(after))
    })
    .await
}
