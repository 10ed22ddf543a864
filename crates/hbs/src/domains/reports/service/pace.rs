use super::period::{BY_DAY, if_several};
use crate::Result;
use crate::app::App;
use crate::domains::properties::{Chosen, OfHotels};
use crate::domains::reports::dto::{InPeriod, PaceLine, PaceOfCurrency, PaceQuery, PaceReport};
use crate::domains::reports::model::PaceRow;
use crate::domains::reports::repository;
use crate::error::Or404;
use crate::money::Currency;
use crate::periods::period;
use crate::security::Staff;
use crate::security::permission::ReportsRead;
use chrono::{Days, NaiveDate, TimeDelta};
use std::collections::BTreeMap;

/// Days with which the books are compared, unless others are asked for.
const DAYS: i64 = 7;

/// How the books of nights stand at the end of a date, and how they stood before.
pub async fn pace(
    app: &App,
    staff: &Staff<ReportsRead>,
    of: &OfHotels,
    InPeriod { from, to }: InPeriod,
    PaceQuery { as_of, days }: PaceQuery,
) -> Result<PaceReport> {
    let dates = period(from, to, BY_DAY)?;
    let conn = app.db.conn().await?;
    let chosen = Chosen::find(&conn, staff, &of.property_id).await?;
    let before = chosen.business_date(app).or_404("property")? - Days::new(1);
    let as_of = as_of.unwrap_or(before);
    let chosen = chosen.named_on(&conn, as_of).await?;
    let compared_with = as_of - TimeDelta::days(days.unwrap_or(DAYS));
    let (mut firsts, mut by_currency) = (Vec::new(), Vec::new());
    let mut whole = Nights::new();
    for part in chosen.by_currency() {
        let mut nights = Nights::new();
        for hotel in &part.hotels {
            firsts.push(repository::closed(&conn, hotel.id).await?.first);
            for row in repository::pace(&conn, hotel.id, dates, as_of, compared_with).await? {
                add(&mut whole, &row);
                add(&mut nights, &row);
            }
        }
        let (currency, property_ids) = (part.currency, part.ids());
        by_currency.push(PaceOfCurrency { currency, property_ids, items: lines(&nights, Some(currency)) });
    }
    Ok(PaceReport {
        property_ids: of.property_id.0.clone(),
        as_of,
        compared_with,
        // Of several hotels, the first date of which the books of all are known.
        known_since: firsts.into_iter().collect::<Option<Vec<_>>>().and_then(|firsts| firsts.into_iter().max()),
        items: lines(&whole, chosen.currency()),
        by_currency: if_several(by_currency),
        hotels: chosen.names(),
    })
}

/// The books of several hotels, night by night.
type Nights = BTreeMap<NaiveDate, PaceRow>;

fn add(nights: &mut Nights, row: &PaceRow) {
    nights.entry(row.night).and_modify(|sum| sum.add(row)).or_insert_with(|| row.clone());
}

fn lines(nights: &Nights, currency: Option<Currency>) -> Vec<PaceLine> {
    nights.values().map(|row| PaceLine::new(row, currency)).collect()
}
