//! Desk: the place where bookings are made and changed.
use crate::domains::properties::Property;
use crate::outbox::Cause;
use crate::stores::postgres::Conn;
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// A desk of a hotel: in whose transaction, on which date there and on whose behalf something is done.
#[derive(Clone, Copy)]
pub(super) struct Desk<'a> {
    pub conn: &'a Conn,
    pub property: &'a Property,
    /// The date at the hotel.
    pub today: NaiveDate,
    pub cause: &'a Cause,
    /// `true` to give stays that may move other rooms, for which the nights of all of them are locked.
    pub rearrange: bool,
}

impl<'a> Desk<'a> {
    pub fn new(conn: &'a Conn, property: &'a Property, cause: &'a Cause, rearrange: bool) -> Self {
        Self { conn, property, today: property.business_date(cause.at), cause, rearrange }
    }

    pub fn property_id(&self) -> Uuid {
        self.property.id
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.cause.at
    }
}
