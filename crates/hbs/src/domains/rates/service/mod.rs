//! The use cases of rates, by thing.
//!
//! Whoever changes plans, policies, age bands, taxes or rates of a property holds the lock of the
//! property, so these changes come one after the other and what they check of each other holds.
//! Sales do not wait for them: a booking reads all rates by one statement and so sees the whole of a
//! bulk update or nothing of it. What commits before that read is what it is sold at.
pub mod adjust;
pub mod age_bands;
pub mod import;
pub mod plans;
pub mod policies;
pub mod pricing;
pub mod rates;
pub mod taxes;

use crate::domains::properties::{self, Property};
use crate::error::{FieldError, Or404};
use crate::security::Scope;
use crate::stores::postgres::Conn;
use crate::texts::{Locale, Texts, TextsPatch};
use crate::{Error, Result};
use uuid::Uuid;

/// The property of a thing within the scope, locked against other changes of its prices.
async fn lock_property(conn: &Conn, scope: &Scope, property_id: Option<Uuid>, what: &str) -> Result<Property> {
    properties::lock(conn, scope, property_id.or_404(what)?).await?.or_404(what)
}

/// The texts with a patch applied, if there is one.
fn merged(before: &serde_json::Value, patch: Option<&TextsPatch>, base: &Locale) -> Result<serde_json::Value> {
    match patch {
        Some(patch) => Ok(Texts::from_json(before.clone()).merged(patch, base)?.to_json()),
        None => Ok(before.clone()),
    }
}

fn all_valid(errors: Vec<FieldError>) -> Result<()> {
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid_fields(errors)) }
}
