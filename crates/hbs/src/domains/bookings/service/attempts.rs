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
use std::time::{Duration, Instant};

/// Maximum number of attempts of a use case, when others keep changing what it read.
const ATTEMPTS: u32 = 60;
/// Number of attempts that follow each other at once: most that are overtaken are so once.
const AT_ONCE: u32 = 3;
/// Longest wait before an attempt.
const LONGEST_WAIT: Duration = Duration::from_millis(250);
/// Share of the time limit of a request after which there is no other attempt: the last one is to end within the rest.
const TIME_TO_TRY: f64 = 0.6;

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
    /// Everything was done, or would be if it were no dry run.
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
        let error = error.into();
        // An offer was given a limit while it was sold without one.
        if error.violates("offer_counters_in_turn") { Self::Changed } else { Self::Failed(error) }
    }
}

/// Attempts a use case until it ends.
pub(super) async fn until_done<U: UseCase>(
    app: &App,
    key: &IdempotencyKey,
    use_case: &U,
    now: DateTime<Utc>,
) -> Result<Ended<U::Rehearsed>> {
    let give_up_at = Instant::now() + Duration::from_secs(app.config.request_timeout_seconds).mul_f64(TIME_TO_TRY);
    let (mut rearrange, mut overtaken) = (false, 0);
    for _ in 0..ATTEMPTS {
        let setback = match attempt(app, key, use_case, rearrange).await {
            Ok(ended) => return Ok(ended),
            Err(setback) => setback,
        };
        // Deadlocks are not among them: those are faults of ours, and are to be seen.
        count(setback.reason());
        match setback {
            Setback::Changed | Setback::ReferenceTaken => overtaken += 1,
            Setback::Scattered => rearrange = true,
            Setback::SoldOut(error, overdue) if overdue.is_empty() => return Err(error.into()),
            // Expiring a hold is a use case of this kind itself.
            Setback::SoldOut(_, overdue) => Box::pin(expire_in_the_way(app, &overdue, now)).await?,
            Setback::Failed(error) => return Err(error),
        }
        let wait = wait_before(overtaken, rand::random());
        if Instant::now() + wait > give_up_at {
            break;
        }
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }
    count(Some("gave_up"));
    Err(BookingError::Busy.into())
}

/// Attempts a use case once as a part of a transaction, such that a refusal leaves nothing of it. The caller holds the row of the hotel
/// alone, the inventory rows of all nights from the first concerned on, and the bookings: so nobody comes in between.
pub(super) async fn within<U: UseCase>(app: &App, conn: &mut Conn, use_case: &U) -> Result<()> {
    let key = IdempotencyKey::none();
    let ended = conn.transaction(async |conn| use_case.attempt(app, conn, &key, true).await.map(drop)).await;
    ended.map_err(|setback| match setback {
        Setback::Failed(error) => error,
        Setback::SoldOut(error, _) => error.into(),
        Setback::Changed | Setback::ReferenceTaken | Setback::Scattered => BookingError::Busy.into(),
    })
}

/// Returns how long to wait after having been overtaken so many times: longer and longer, each for a time of its own (`share` of 1), so that those who
/// are in each other's way do not come back together.
fn wait_before(overtaken: u32, share: f64) -> Duration {
    let Some(more) = overtaken.checked_sub(AT_ONCE) else { return Duration::ZERO };
    let longest = Duration::from_millis(5).saturating_mul(2_u32.saturating_pow(more)).min(LONGEST_WAIT);
    longest.mul_f64(share)
}

fn count(setback: Option<&'static str>) {
    if let Some(reason) = setback {
        metrics::counter!("hbs_booking_setbacks_total", "reason" => reason).increment(1);
    }
}

impl Setback {
    /// The setback of lines that could not be posted: what they take back was moved or taken back meanwhile, or is on a folio that was closed.
    pub fn of_folio(error: diesel::result::Error) -> Self {
        let error = Error::from(error);
        let is_overtaken = ["folio_entries_reversed_once", "folio_entries_open"].iter().any(|name| error.violates(name));
        if is_overtaken { Self::Changed } else { Self::Failed(error) }
    }

    /// The reason for the next attempt, for operators; none if there is no other.
    fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Changed => Some("changed"),
            Self::ReferenceTaken => Some("reference_taken"),
            Self::Scattered => Some("rearrange"),
            Self::SoldOut(_, overdue) => (!overdue.is_empty()).then_some("overdue"),
            Self::Failed(_) => None,
        }
    }
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
            Ended::Done(answer) if key.is_dry_run() => Err(RolledBack::DryRun(answer)),
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
        Err(RolledBack::DryRun(answer)) => Ok(Ended::Done(answer)),
        Err(RolledBack::Rehearsed(told)) => Ok(Ended::Rehearsed(told)),
        Err(RolledBack::Setback(setback)) => Err(setback),
    }
}

/// An attempt of which nothing is kept.
enum RolledBack<R> {
    DryRun(Answer),
    Rehearsed(R),
    Setback(Setback),
}

impl<R, E: Into<Setback>> From<E> for RolledBack<R> {
    fn from(setback: E) -> Self {
        Self::Setback(setback.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_attempts_follow_at_once_and_later_ones_after_a_while() {
        let waits = |share| (0..12).map(move |overtaken| wait_before(overtaken, share).as_millis()).collect::<Vec<_>>();
        assert_eq!(waits(1.0), [0, 0, 0, 5, 10, 20, 40, 80, 160, 250, 250, 250]);
        assert_eq!(waits(0.0), [0; 12]);
        assert_eq!(wait_before(u32::MAX, 1.0), LONGEST_WAIT);
    }
}
