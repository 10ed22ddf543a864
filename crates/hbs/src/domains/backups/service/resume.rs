//! The end of the quarantine: what the gateways know is asked for first.
use crate::app::App;
use crate::clock::Clock;
use crate::domains::payments;
use crate::outbox::sinks;
use crate::quarantine::{self, Restored};
use crate::{Error, Result};
use chrono::TimeDelta;

/// Time before the moment that was restored from which payments are looked for: clocks are apart.
const CLOCKS_APART: TimeDelta = TimeDelta::hours(1);
/// The same where nobody knows of which moment it is: from before it was put into quarantine.
const UNKNOWN: TimeDelta = TimeDelta::days(7);

/// Outcome of the end of a quarantine.
#[derive(Debug)]
pub struct Resumed {
    /// Payments of which the gateways knew something else, or of which HBS knows nothing.
    pub differences: Vec<payments::Difference>,
}

/// Asks the gateways for all payments that are under way, and for those that were made since, and ends the quarantine. It goes on if a
/// gateway cannot say what it has.
pub async fn resume(app: &App) -> Result<Resumed> {
    let Some(Restored { quarantined_since, as_of, .. }) = quarantine::find(&*app.db.conn().await?).await? else {
        return Err(Error::internal("HBS is not in quarantine: there is nothing to resume"));
    };
    if let Some(ahead) = sinks::ahead(app).await? {
        return Err(Error::internal(ahead.to_string()));
    }
    let now = Clock::real_now();
    let since = as_of.map_or_else(|| quarantined_since.unwrap_or(now) - UNKNOWN, |as_of| as_of - CLOCKS_APART);
    let differences = payments::reconcile_all(app, since).await?;
    quarantine::end(&*app.db.conn().await?, now).await?;
    Ok(Resumed { differences })
}
