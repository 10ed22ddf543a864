//! Rows as entities of the record.
use uuid::Uuid;

/// A row whose changes are on the record.
pub trait Recorded {
    /// Name of the entity, such as `booking`.
    const ENTITY: &'static str;

    /// The facts that are told with their values. Of any other the record says only that it changed: what was written once
    /// stays, so what tells of a person, and what people write freely, is kept out of it. A new field is safe until it is named
    /// here.
    const OPEN: &'static [&'static str];

    /// The facts among the others that are personal: names, addresses, documents, and what people write. Their values are sealed
    /// with a key of the event, and can be revealed until that is destroyed. What is no person's, such as a secret, is not
    /// named here and kept in no form.
    const SEALED: &'static [&'static str] = &[];

    fn entity(&self) -> Entity;
}

/// The identity of what was changed, and where it belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entity {
    pub(super) id: Uuid,
    pub(super) property_id: Option<Uuid>,
    pub(super) booking_id: Option<Uuid>,
}

impl Entity {
    /// Makes an entity that belongs to no property.
    pub fn new(id: Uuid) -> Self {
        Self { id, property_id: None, booking_id: None }
    }

    /// Adds the property that the entity belongs to, if any.
    #[must_use]
    pub fn at(self, property_id: impl Into<Option<Uuid>>) -> Self {
        Self { property_id: property_id.into(), ..self }
    }

    /// Adds the booking in whose timeline the entity is shown, if any.
    #[must_use]
    pub fn in_booking(self, booking_id: impl Into<Option<Uuid>>) -> Self {
        Self { booking_id: booking_id.into(), ..self }
    }
}
