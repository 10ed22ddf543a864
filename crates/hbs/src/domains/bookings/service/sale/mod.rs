//! Selling rooms: the transaction in which a booking is made.
//!
//! One attempt is one transaction of five round trips: BEGIN; claim the key, lock the inventory rows
//! and read what prices depend on; count the nights as sold and see which rooms are free; write
//! everything and store the answer; COMMIT. Locking and choosing are two statements: one statement
//! would choose on a snapshot from before the lock.
mod choose;
mod events;
mod offer;
mod order;
mod price;
mod write;

use super::also::Also;
use super::attempts::{Ended, Setback, UseCase, until_done};
use super::desk::Desk;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::model::commands::{Sell, WalkIn};
use crate::domains::bookings::rules::selling::WALK_IN;
use crate::domains::properties;
use crate::domains::stays::Status;
use crate::guesses::Guesser;
use crate::idempotency::IdempotencyKey;
use crate::language::Language;
use crate::outbox::Cause;
use crate::security::OwnOr;
use crate::security::permission::{BookingsWrite, StaysCheckIn};
use crate::stores::postgres::Conn;
use crate::texts::Locale;
use crate::{Error, Result};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use order::{Ending, Order};
use write::Sale;

/// Sells or holds rooms. `spoken` are the guest's own languages, of which one is written in where none is asked for.
pub async fn create(
    app: &App,
    who: &OwnOr<BookingsWrite>,
    key: &IdempotencyKey,
    spoken: &[Locale],
    sell: Sell,
) -> Result<Answer> {
    // Staff book in their own language for guests of any.
    let is_guest = !who.reach.scope.covers(sell.property_id);
    let locale = sell.locale.clone().or_else(|| Language::preferred(spoken).filter(|_| is_guest));
    let sell = Sell { locale, ..sell };
    run(app, key, &Order::of_caller(app, who, &sell).await?).await
}

/// Holds rooms for somebody without an account, until the link that is mailed to them proves their address.
pub async fn create_for_visitor(
    app: &App,
    guesser: Guesser,
    key: &IdempotencyKey,
    spoken: &[Locale],
    sell: Sell,
    cause: Cause,
) -> Result<Answer> {
    let locale = sell.locale.clone().or_else(|| Language::preferred(spoken));
    let sell = Sell { locale, ..sell };
    run(app, key, &Order::of_visitor(app, guesser, &sell, cause).await?).await
}

/// Sells rooms that are ready to guests who are at the desk, and checks them in.
pub async fn walk_in(app: &App, who: &OwnOr<BookingsWrite>, key: &IdempotencyKey, walk_in: WalkIn) -> Result<Answer> {
    if !who.reach.scope.covers(walk_in.property_id) {
        return Err(Error::not_found("property"));
    }
    who.caller.require::<StaysCheckIn>(walk_in.property_id)?;
    let property = properties::find(&*app.db.conn().await?, walk_in.property_id).await?;
    let property = property.ok_or_else(|| Error::invalid("/property_id", "is not a property"))?;
    let sell = walk_in.into_sale(property.business_date(app.clock.now()), WALK_IN);
    let order = Order::of_caller(app, who, &sell).await?;
    run(app, key, &Order { status: Status::CheckedIn, ..order }).await
}

/// Holds rooms for a guest who waits for them, together with what else that is written for, or not at all. By the rules for guests; the hotel
/// decides for how long.
pub async fn hold_for_guest(app: &App, sell: &Sell, cause: &Cause, also: &Also) -> Result<Answer> {
    let order = Order::of_guest(sell, cause.clone())?;
    run(app, &IdempotencyKey::none(), &Order { ending: Ending::With(also), ..order }).await
}

/// Tries a sale to a guest and rolls it back: fails as the sale would. An answer that is no replay says that the guest can book.
pub async fn rehearse(app: &App, key: &IdempotencyKey, sell: &Sell, cause: &Cause) -> Result<Answer> {
    let order = Order::of_guest(sell, cause.clone())?;
    run(app, key, &Order { ending: Ending::Rehearse, ..order }).await
}

async fn run(app: &App, key: &IdempotencyKey, order: &Order<'_>) -> Result<Answer> {
    match until_done(app, key, order, order.now()).await? {
        Ended::Done(answer) | Ended::Rehearsed(answer) => Ok(answer),
    }
}

impl UseCase for Order<'_> {
    type Rehearsed = Answer;

    fn attempt<'a>(
        &'a self,
        app: &'a App,
        conn: &'a Conn,
        key: &'a IdempotencyKey,
        rearrange: bool,
    ) -> BoxFuture<'a, Result<Ended<Answer>, Setback>> {
        async move {
            let range = if rearrange { choose::widest(conn, self).await? } else { self.sell.nights };
            let (replay, locked) = offer::lock(conn, key, self, range).await?;
            if let Some(answer) = replay {
                return Ok(Ended::Done(answer));
            }
            let offer = offer::offer(app, conn, self, locked).await?;
            offer::check_nights(conn, self, &offer).await?;
            let priced = price::price(self, &offer)?;
            let desk = Desk::new(conn, offer.property(), &self.cause, rearrange);
            let rooms = choose::choose(&desk, self, &offer).await?;
            let sale = Sale { order: self, offer: &offer, priced, rooms };
            sale.write(&desk, key, &app.security.data_key).await
        }
        .boxed()
    }
}
