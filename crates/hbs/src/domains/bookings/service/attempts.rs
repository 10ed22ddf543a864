//! Use cases that start over: when somebody else was faster, when room must be made, when a hold was in the way.
use super::holds::{InTheWay, expire_in_the_way};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::error::BookingError;
use crate::idempotency::IdempotencyKey;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use futures_util::future::BoxFuture;

/// Maximum number of attempts of a use case, when others keep changing what it read.
const ATTEMPTS: usize = 8;

/// A use case that runs in one transaction, which is repeated when necessary.
pub(super) trait UseCase: Sync {
    /// Result of a rehearsal.
    type Rehearsed: Send;

    /// Attempts the use case once. With `rearrange`, stays that may move are given other rooms.
    ///
    /// In a box: to prove of an `async fn` in a trait that it is `Send` takes the compiler a minute.
    fn attempt<'a>(
        &'a self,
        app: &'a App,
        conn: &'a Conn,
        key: &'a IdempotencyKey,
        rearrange: bool,
    ) -> BoxFuture<'a, Result<Ended<Self::Rehearsed>, Setback>>;
}

/// The end of a use case.
pub enum Ended<R> {
    /// Everything was done.
    Done(Answer),
    /// Everything was done to see its result, and rolled back.
    Rehearsed(R),
}

/// The reason why an attempt is rolled back.
pub(super) enum Setback {
    /// The booking was changed by somebody else meanwhile.
    Changed,
    /// The reference exists already.
    ReferenceTaken,
    /// Every night has a free room, but no room is free throughout.
    Scattered,
    /// Nothing was free, but overdue holds or allotments may be in the way.
    SoldOut(BookingError, InTheWay),
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Setback {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Attempts a use case until it ends.
pub(super) async fn until_done<U: UseCase>(
    app: &App,
    key: &IdempotencyKey,
    use_case: &U,
    now: DateTime<Utc>,
) -> Result<Ended<U::Rehearsed>> {
    let mut rearrange = false;
    for _ in 0..ATTEMPTS {
        match attempt(app, key, use_case, rearrange).await {
            Ok(ended) => return Ok(ended),
            Err(Setback::Changed | Setback::ReferenceTaken) => {}
            Err(Setback::Scattered) => rearrange = true,
            Err(Setback::SoldOut(error, overdue)) if overdue.is_empty() => return Err(error.into()),
            // Expiring a hold is a use case of this kind itself.
            Err(Setback::SoldOut(_, overdue)) => Box::pin(expire_in_the_way(app, &overdue, now)).await?,
            Err(Setback::Failed(error)) => return Err(error),
        }
    }
    Err(BookingError::Busy.into())
}

async fn attempt<U: UseCase>(
    app: &App,
    key: &IdempotencyKey,
    use_case: &U,
    rearrange: bool,
) -> Result<Ended<U::Rehearsed>, Setback> {
    let mut conn = app.db.conn().await?;
    let result = conn
        .transaction(async |conn| match use_case.attempt(app, conn, key, rearrange).await? {
            Ended::Done(answer) => Ok(answer),
            Ended::Rehearsed(told) => Err(RolledBack::Rehearsed(told)),
        })
        .await;
    drop(conn);
    match result {
        Ok(answer) => {
            app.relay.wake();
            app.mailer.wake();
            Ok(Ended::Done(answer))
        }
        Err(RolledBack::Rehearsed(told)) => Ok(Ended::Rehearsed(told)),
        Err(RolledBack::Setback(setback)) => Err(setback),
    }
}

/// An attempt of which nothing is kept.
enum RolledBack<R> {
    Rehearsed(R),
    Setback(Setback),
}

impl<R, E: Into<Setback>> From<E> for RolledBack<R> {
    fn from(setback: E) -> Self {
        Self::Setback(setback.into())
    }
}
