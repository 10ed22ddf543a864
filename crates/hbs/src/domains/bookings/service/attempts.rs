//! Transactions that start over: when somebody else was faster, when room must be made, when a hold was in the way.
use super::amend::Rehearsed;
use super::holds::{InTheWay, expire_in_the_way};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::error::BookingError;
use crate::{Error, Result};
use chrono::{DateTime, Utc};

/// Why an attempt is rolled back.
pub(super) enum Stop {
    /// Somebody else changed the booking meanwhile.
    Changed,
    /// Every night has a room, but none is free throughout.
    Scattered,
    /// Nothing was free, but what is overdue may be in the way.
    SoldOut(BookingError, InTheWay),
    /// All was done to see what it comes to, and is not to stay.
    Rehearsed(Box<Rehearsed>),
    Error(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// What the next attempt does otherwise.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Attempt {
    /// Whether stays that may move are rearranged, for which the nights of all of them are locked.
    pub rearrange: bool,
}

impl Attempt {
    /// What an attempt came to: the answer, or nothing if there is to be another one.
    pub async fn finish(&mut self, app: &App, result: Result<Answer, Stop>, now: DateTime<Utc>) -> Result<Option<Answer>> {
        match result {
            Ok(answer) => {
                app.relay.wake();
                app.mailer.wake();
                return Ok(Some(answer));
            }
            Err(Stop::Rehearsed(rehearsed)) => return Ok(Some(rehearsed.answer)),
            Err(Stop::Changed) => {}
            Err(Stop::Scattered) => self.rearrange = true,
            Err(Stop::SoldOut(error, overdue)) if overdue.is_empty() => return Err(error.into()),
            // Expiring a hold is a use case of this kind itself.
            Err(Stop::SoldOut(_, overdue)) => Box::pin(expire_in_the_way(app, &overdue, now)).await?,
            Err(Stop::Error(error)) => return Err(error),
        }
        Ok(None)
    }
}
