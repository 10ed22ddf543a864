use super::dto::FolioOut;
use super::repository;
use crate::Result;
use crate::app::App;
use crate::error::Or404;
use crate::security::OwnOr;
use crate::security::permission::BookingsRead;
use uuid::Uuid;

pub async fn get(app: &App, who: &OwnOr<BookingsRead>, booking_id: Uuid) -> Result<FolioOut> {
    let conn = app.db.conn().await?;
    let folio = repository::find(&conn, &who.reach, booking_id).await?.or_404("booking")?;
    let entries = repository::entries(&conn, folio.property_id, folio.booking_id).await?;
    Ok(FolioOut::new(&folio, entries))
}
