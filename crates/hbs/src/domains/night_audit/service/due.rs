//! Stays that are due when a date is closed.
use crate::domains::bookings;
use crate::domains::night_audit::model::DueStay;
use crate::domains::night_audit::repository;
use crate::domains::properties;
use crate::domains::stays::Status;
use crate::error::{ClientError, FieldError};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::NaiveDate;
use uuid::Uuid;

/// Stays that are due by a date.
#[derive(Default)]
pub struct Due {
    /// Guests in the house who should have left.
    pub departures: Vec<DueStay>,
    /// Guests who should have come.
    pub missing: Vec<DueStay>,
    pub holds: Vec<DueStay>,
}

impl Due {
    pub async fn by(conn: &Conn, property_id: Uuid, date: NaiveDate) -> Result<Self> {
        let mut due = Self::default();
        for stay in repository::due(conn, property_id, date).await? {
            match stay.status {
                Status::CheckedIn => due.departures.push(stay),
                Status::Held => due.holds.push(stay),
                _ => due.missing.push(stay),
            }
        }
        Ok(due)
    }

    /// Locks all nights that closing the date may give back or take, and all bookings that it may change: afterwards nobody sells
    /// the night, and nobody comes or goes. The row of the hotel is locked.
    pub async fn lock(conn: &Conn, property_id: Uuid, date: NaiveDate) -> Result<Self> {
        let from = repository::due(conn, property_id, date).await?.iter().map(|stay| stay.check_in).min();
        properties::lock_nights(conn, property_id, from.unwrap_or(date).min(date)).await?;
        let due = Self::by(conn, property_id, date).await?;
        let all = due.departures.iter().chain(&due.missing).chain(&due.holds);
        bookings::lock_bookings(conn, property_id, all.map(|stay| stay.booking_id).collect()).await?;
        Ok(due)
    }
}

/// Refusals of what is to be done about some stays, each with the pointer to what asks for it.
#[derive(Default)]
pub struct Refusals(Vec<(FieldError, Box<ClientError>)>);

impl Refusals {
    /// Notes why something cannot be done about a stay. A fault of the server ends the audit.
    pub fn note(&mut self, pointer: String, stay: &DueStay, what: &str, done: Result<()>) -> Result<()> {
        match done {
            Ok(()) => Ok(()),
            Err(Error::Client(why)) if why.problem.status < 500 => {
                let room = stay.room_number.as_deref().map(|number| format!(", room {number}")).unwrap_or_default();
                let detail = format!("{} ({}{room}) cannot be {what}: {}", stay.guest(), stay.reference, why.detail);
                self.0.push((FieldError::body(pointer, detail), why));
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Says of each stay why; as a whole it is the problem of the first.
    pub fn check(self) -> Result<()> {
        let (errors, mut problems): (Vec<FieldError>, Vec<Box<ClientError>>) = self.0.into_iter().unzip();
        if problems.is_empty() {
            return Ok(());
        }
        let detail = errors.iter().map(|error| error.detail.as_str()).collect::<Vec<_>>().join(" ");
        Err(Error::Client(Box::new(ClientError { detail, errors, ..*problems.swap_remove(0) })))
    }
}
