//! Stays by their day of arrival.
use super::period::{LONG, if_several};
use crate::Result;
use crate::app::App;
use crate::domains::properties::{Chosen, OfHotels};
use crate::domains::reports::dto::{
    ArrivalsLine, ArrivalsReport, InPeriod, MonthOut, MyStay, StaysOfCurrency, StaysQuery, StaysReport,
};
use crate::domains::reports::model::{ArrivalSums, ArrivalsGroup, MonthRow};
use crate::domains::reports::repository::{self, Source};
use crate::error::Or404;
use crate::money::Currency;
use crate::page::{Page, PageQuery};
use crate::periods::period;
use crate::security::permission::ReportsRead;
use crate::security::{Me, Staff};
use chrono::{NaiveDate, TimeDelta};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Days after the business date until which arrivals are shown, unless others are asked for: nobody books later ones.
const AHEAD: i64 = 1_100;

/// Stays under the first days of their months of arrival.
type Months = BTreeMap<NaiveDate, MonthRow>;

/// Stays by month of arrival.
pub async fn stays(app: &App, staff: &Staff<ReportsRead>, of: &OfHotels, query: &StaysQuery) -> Result<StaysReport> {
    let conn = app.db.conn().await?;
    let chosen = Chosen::find(&conn, staff, &of.property_id).await?;
    let most = TimeDelta::days(LONG - 1);
    let latest = chosen.business_date(app).or_404("property")? + TimeDelta::days(AHEAD);
    let to = query.to.unwrap_or_else(|| query.from.map_or(latest, |from| from + most));
    let (from, to) = period(query.from.unwrap_or(to - most), to, LONG)?;
    let (mut whole, mut by_currency) = (Months::new(), Vec::new());
    for part in chosen.by_currency() {
        let mut months = Months::new();
        for hotel in &part.hotels {
            for row in repository::stays_by_arrival_month(&conn, hotel.id, from, to).await? {
                for sums in [&mut whole, &mut months] {
                    sums.entry(row.month).and_modify(|sum| sum.add(&row)).or_insert(row);
                }
            }
        }
        let (currency, property_ids) = (part.currency, part.ids());
        by_currency.push(StaysOfCurrency { currency, property_ids, items: lines_of(&months, Some(currency)) });
    }
    Ok(StaysReport {
        property_id: of.property_id.0.first().copied().filter(|_| of.property_id.0.len() == 1),
        property_ids: of.property_id.0.clone(),
        group: query.group,
        from,
        to,
        items: lines_of(&whole, chosen.currency()),
        by_currency: if_several(by_currency),
        hotels: chosen.names(),
    })
}

fn lines_of(months: &Months, currency: Option<Currency>) -> Vec<MonthOut> {
    months.values().map(|row| MonthOut::new(row, currency)).collect()
}

/// Cancellations, no-shows, lead time and length of stay.
pub async fn arrivals(
    app: &App,
    staff: &Staff<ReportsRead>,
    of: &OfHotels,
    InPeriod { from, to }: InPeriod,
    group: Option<ArrivalsGroup>,
) -> Result<ArrivalsReport> {
    let group = group.unwrap_or(ArrivalsGroup::Month);
    let dates = period(from, to, LONG)?;
    let conn = app.db.conn().await?;
    let chosen = Chosen::find(&conn, staff, &of.property_id).await?.named_on(&conn, to).await?;
    let mut lines: BTreeMap<String, ArrivalSums> = BTreeMap::new();
    let mut names: HashMap<Uuid, String> = HashMap::new();
    for hotel in &chosen.hotels {
        let cut = repository::closed(&conn, hotel.id).await?.cut(dates);
        let standing = Source::Standing(hotel.business_date(app.clock.now()));
        let written = cut.closed.map(|dates| (dates, Source::Written));
        for (dates, source) in written.into_iter().chain(cut.open.into_iter().map(|dates| (dates, standing))) {
            for sums in repository::arrivals(&conn, hotel.id, dates, source, group).await? {
                lines.entry(sums.key.clone()).or_default().add(&sums);
            }
        }
        match group {
            ArrivalsGroup::RoomType => names.extend(repository::room_type_names(&conn, hotel.id, to).await?),
            ArrivalsGroup::RatePlan => names.extend(repository::rate_plan_names(&conn, hotel.id, to).await?),
            ArrivalsGroup::Month | ArrivalsGroup::Channel => {}
        }
    }
    let mut total = ArrivalSums::default();
    lines.values().for_each(|sums| total.add(sums));
    let line = |(key, sums): (String, ArrivalSums)| {
        let name = key.parse::<Uuid>().ok().and_then(|id| names.get(&id).cloned());
        ArrivalsLine::new(Some(key).filter(|key| !key.is_empty()), name, &sums)
    };
    Ok(ArrivalsReport {
        property_ids: of.property_id.0.clone(),
        from,
        to,
        group,
        items: lines.into_iter().map(line).collect(),
        total: ArrivalsLine::new(None, None, &total),
        hotels: chosen.names(),
    })
}

/// Stays of one's own bookings.
pub async fn mine(app: &App, me: &Me, page: &PageQuery) -> Result<Page<MyStay>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::of_person(&conn, me.user_id(), before, limit + 1).await?;
    Ok(page.page(rows, |row| row.id)?.map(Into::into))
}
