//! Periods and hotels of reports: how long, and which.
use crate::Result;
use crate::app::App;
use crate::domains::properties::{self, Property};
use crate::domains::reports::dto::Hotels;
use crate::domains::reports::error::ReportError;
use crate::error::Or404;
use crate::money::Currency;
use crate::security::Staff;
use crate::security::permission::ReportsRead;
use crate::stores::postgres::Conn;
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// Longest period that is shown date by date.
pub const BY_DAY: i64 = 366;

/// Longest period of which sums are shown: ten years.
pub const LONG: i64 = 3_660;

/// Hotels whose figures are added up.
pub struct Chosen {
    pub hotels: Vec<Property>,
    pub currency: Currency,
}

impl Chosen {
    /// Finds hotels, each within the scope of the caller, with one currency.
    pub async fn find(conn: &Conn, staff: &Staff<ReportsRead>, hotels: &Hotels) -> Result<Self> {
        let ids: Vec<_> = hotels.0.iter().copied().collect();
        ids.iter().try_for_each(|id| staff.at(*id))?;
        let found = properties::find_all(conn, &ids).await?;
        let first = (found.len() == ids.len()).then(|| found.first()).flatten().or_404("property")?;
        let currency = first.currency;
        if found.iter().any(|hotel| hotel.currency != currency) {
            let currencies: BTreeSet<_> = found.iter().map(|hotel| hotel.currency.code()).collect();
            let named = currencies.into_iter().collect::<Vec<_>>().join(", ");
            return Err(ReportError::DifferentCurrencies(named).into());
        }
        Ok(Self { hotels: found, currency })
    }

    /// Gives the hotels the names that they had at the end of a date, where that is closed.
    pub async fn named_on(mut self, conn: &Conn, date: NaiveDate) -> Result<Self> {
        let ids: Vec<_> = self.hotels.iter().map(|hotel| hotel.id).collect();
        let mut names = properties::names_on(conn, &ids, date).await?;
        for hotel in &mut self.hotels {
            if let Some(name) = names.remove(&hotel.id) {
                hotel.name = name;
            }
        }
        Ok(self)
    }

    pub fn names(&self) -> Vec<String> {
        self.hotels.iter().map(|hotel| hotel.name.clone()).collect()
    }

    /// Business date of the first hotel.
    pub fn business_date(&self, app: &App) -> Option<NaiveDate> {
        self.hotels.first().map(|hotel| hotel.business_date(app.clock.now()))
    }
}
