//! The end of the quarantine: what the gateways know is asked for first.
use super::super::repository;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::payments;
use crate::outbox::sinks;
use crate::quarantine;
use crate::{Error, Result};
use uuid::Uuid;

/// What came of it.
#[derive(Debug)]
pub struct Resumed {
    /// Payments of which the gateway knew something else, with the states that they have now.
    pub payments: Vec<(Uuid, String)>,
}

/// Asks the gateways for all payments that are under way, and ends the quarantine.
pub async fn resume(app: &App) -> Result<Resumed> {
    if quarantine::find(&*app.db.conn().await?).await?.is_none() {
        return Err(Error::internal("HBS is not in quarantine: there is nothing to resume"));
    }
    if let Some(ahead) = sinks::ahead(app).await? {
        return Err(Error::internal(ahead.to_string()));
    }
    let began = Clock::real_now();
    payments::reconcile(app).await?;
    let conn = app.db.conn().await?;
    let payments = repository::payments_changed_since(&conn, began).await?;
    quarantine::end(&conn, Clock::real_now()).await?;
    Ok(Resumed { payments })
}
