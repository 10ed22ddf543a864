use super::dto::FolioOut;
use super::model::FolioEntry;
use super::repository;
use crate::Result;
use crate::app::App;
use crate::error::Or404;
use crate::security::OwnOr;
use crate::security::permission::BookingsRead;
use crate::stores::postgres::Conn;
use crate::texts::Reading;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// The folio of a booking, in a reader's languages.
pub async fn get(app: &App, who: &OwnOr<BookingsRead>, booking_id: Uuid, reading: &Reading) -> Result<FolioOut> {
    let conn = app.db.conn().await?;
    let folio = repository::find(&conn, &who.reach, booking_id).await?.or_404("booking")?;
    let mut entries = repository::entries(&conn, folio.property_id, folio.booking_id).await?;
    translate(&conn, folio.property_id, &mut entries, reading).await?;
    Ok(FolioOut::new(&folio, entries))
}

/// Puts what lines say into the reader's language, as far as what they name is still called as it was.
async fn translate(conn: &Conn, property_id: Uuid, entries: &mut [FolioEntry], reading: &Reading) -> Result<()> {
    let names: BTreeSet<&str> = entries.iter().map(|entry| entry.description.as_str()).collect();
    let found = repository::translations(conn, property_id, &names.into_iter().collect::<Vec<_>>()).await?;
    let Some(base) = found.first().map(|row| row.default_locale.clone()) else { return Ok(()) };
    let texts: HashMap<String, serde_json::Value> = found.into_iter().filter_map(|row| row.name.zip(row.texts)).collect();
    for entry in entries {
        let texts = texts.get(&entry.description).unwrap_or(&serde_json::Value::Null);
        entry.description = reading.name(&entry.description, texts, &base);
    }
    Ok(())
}
