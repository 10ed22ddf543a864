//! Further writes in the transaction of a use case of bookings.
use crate::Result;
use crate::answer::Answer;
use crate::domains::bookings::model::Booking;
use crate::stores::postgres::Conn;
use futures_util::future::BoxFuture;

/// A further write in the transaction of a use case, at its end, about the booking as it is then. It can keep all of it
/// from being done, and answer in place of the use case.
pub type Also = dyn for<'c> Fn(&'c Conn, &'c Booking) -> BoxFuture<'c, Result<Option<Answer>>> + Send + Sync;
