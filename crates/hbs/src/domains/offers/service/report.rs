//! Reports on offers: what came of them.
use crate::app::App;
use crate::domains::offers::dto::{OfferReport, OfferReportQuery};
use crate::domains::offers::repository::offers as repository;
use crate::domains::properties;
use crate::error::{FieldError, Or404};
use crate::security::Staff;
use crate::security::permission::OffersRead;
use crate::{Error, Result};

/// Bookings, revenue and discount of a hotel's offers, each code by itself.
pub async fn report(app: &App, staff: &Staff<OffersRead>, query: &OfferReportQuery) -> Result<OfferReport> {
    staff.at(query.property_id)?;
    if query.to < query.from {
        return Err(Error::invalid_fields(vec![FieldError::query("to", "must not be before from")]));
    }
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, query.property_id).await?.or_404("property")?;
    let rows = repository::report(&conn, property.id, query.from, query.to).await?;
    Ok(OfferReport::new(query, rows, property.currency))
}
