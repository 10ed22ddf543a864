use crate::outbox::{Entity, Recorded};
use uuid::Uuid;

/// Delivery of entries again.
pub struct Redelivery {
    pub id: Uuid,
    pub property_id: Option<Uuid>,
}

impl Recorded for Redelivery {
    const ENTITY: &'static str = "audit_log";
    const OPEN: &'static [&'static str] = &["entries", "from_position", "to_position"];

    fn entity(&self) -> Entity {
        Entity::new(self.id).at(self.property_id)
    }
}
