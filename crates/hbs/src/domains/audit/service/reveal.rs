//! Personal values of an entry, opened for whoever may see them and says why.
use super::away;
use crate::app::App;
use crate::domains::audit::dto::{AuditEntry, Reveal, Revealed, RevealedValue};
use crate::domains::audit::error::AuditError;
use crate::domains::audit::repository;
use crate::error::Or404;
use crate::outbox::SYSTEM_STREAM;
use crate::outbox::sealed::{SealedFact, sealed_facts};
use crate::reading::{self, RevealedEntry};
use crate::security::Staff;
use crate::security::permission::PrivacyReveal;
use crate::{Error, Result};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Opens the personal values of an entry. Nothing of it is stored but that it was done, so no idempotency key keeps a copy of
/// what an erasure is to destroy.
pub async fn reveal(app: &App, staff: &Staff<PrivacyReveal>, id: Uuid, request: &Reveal) -> Result<Revealed> {
    let found = repository::find_entry(&app.mongo, id).await.map_err(|error| away(&error))?;
    let entry = found.filter(|entry| staff.scope.covers(entry.stream_id)).or_404("audit entry")?;
    let facts = sealed_facts(&entry.changes);
    if facts.is_empty() {
        return Err(AuditError::NothingToReveal.into());
    }
    let values = open(app, &entry, &facts).await?;
    let fields: Vec<&str> = values.keys().map(String::as_str).collect();
    let (entity_id, booking_id) = (entry.entity_id, entry.booking_id);
    let revealed = RevealedEntry { id, entity_id, booking_id, kind: &entry.kind, fields: &fields, reason: &request.reason };
    let property_id = (entry.stream_id != SYSTEM_STREAM).then_some(entry.stream_id);
    reading::record_reveal(app, &staff.caller, property_id, &revealed).await?;
    Ok(Revealed { id, values })
}

async fn open(app: &App, entry: &AuditEntry, facts: &[SealedFact]) -> Result<BTreeMap<String, RevealedValue>> {
    let ids: Vec<Uuid> = facts.iter().map(|fact| fact.key_id).collect();
    let keys = app.person_keys.open(&ids).await.map_err(|error| {
        tracing::warn!(?error, "the keys of personal values could not be read");
        AuditError::KeysUnavailable
    })?;
    let mut values = BTreeMap::new();
    for fact in facts {
        let key = keys.get(&fact.key_id).ok_or(AuditError::KeyDestroyed)?;
        let opened = fact.open(key, entry.id);
        let opened =
            opened.ok_or_else(|| Error::internal(format!("{} of entry {} was not sealed with its key", fact.name, entry.id)))?;
        values.insert(fact.name.clone(), RevealedValue { before: opened.before, after: opened.after });
    }
    Ok(values)
}
