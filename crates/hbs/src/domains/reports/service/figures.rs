//! Figures of periods, from what is written down of closed dates and what stands of others.
use super::period::{BY_DAY, LONG, if_several};
use crate::Result;
use crate::app::App;
use crate::domains::properties::{Chosen, OfHotels, OneCurrency, Property};
use crate::domains::reports::dto::{
    DEFINITIONS, FiguresOut, FlashOfCurrency, FlashPeriods, FlashReport, InPeriod, OccupancyLine, OccupancyOfCurrency,
    OccupancyReport, RevenueLine, RevenueOfCurrency, RevenueReport,
};
use crate::domains::reports::model::{Closed, OccupancyGroup, RevenueGroup};
use crate::domains::reports::repository::{self, Source};
use crate::domains::reports::rules::{Dates, Figures, to_date};
use crate::error::Or404;
use crate::money::Currency;
use crate::periods::period;
use crate::security::Staff;
use crate::security::permission::ReportsRead;
use crate::stores::postgres::Conn;
use chrono::{Months, NaiveDate};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Figures under keys, in the order of the keys.
type ByKey = BTreeMap<String, Figures>;

/// A hotel whose figures are added up.
struct Hotel {
    id: Uuid,
    /// What of it is written down.
    closed: Closed,
    /// Its business date, on which the rest is counted as it stands.
    today: NaiveDate,
}

impl Hotel {
    async fn find_all(app: &App, conn: &Conn, part: &OneCurrency<'_>) -> Result<Vec<Self>> {
        let mut hotels = Vec::new();
        for hotel in &part.hotels {
            let closed = repository::closed(conn, hotel.id).await?;
            hotels.push(Self { id: hotel.id, closed, today: hotel.business_date(app.clock.now()) });
        }
        Ok(hotels)
    }
}

/// Adds the figures of a hotel and a period to others.
async fn gather(conn: &Conn, hotel: &Hotel, dates: Dates, group: RevenueGroup, into: &mut ByKey) -> Result<()> {
    let cut = hotel.closed.cut(dates);
    let standing = Source::Standing(hotel.today);
    let written = cut.closed.map(|dates| (dates, Source::Written));
    for (dates, source) in written.into_iter().chain(cut.open.into_iter().map(|dates| (dates, standing))) {
        let (stays, days) = futures_util::try_join!(
            repository::stay_sums(conn, hotel.id, dates, source, group),
            repository::day_sums(conn, hotel.id, dates, source, of_hotels(group)),
        )?;
        for sums in stays {
            into.entry(sums.key.clone()).or_default().add_stays(&sums);
        }
        for sums in days {
            // What is charged to house folios is of no room type, plan, channel or country.
            let key = if has_days(group) { sums.key.clone() } else { String::new() };
            into.entry(key).or_default().add_days(&sums);
        }
    }
    Ok(())
}

/// Returns `true` if dates, months or hotels are asked for, which have rooms that can be sold.
fn has_days(group: RevenueGroup) -> bool {
    matches!(group, RevenueGroup::Day | RevenueGroup::Month | RevenueGroup::Property)
}

/// Grouping of what a hotel has as a whole.
fn of_hotels(group: RevenueGroup) -> RevenueGroup {
    if has_days(group) { group } else { RevenueGroup::Property }
}

async fn gather_all(conn: &Conn, hotels: &[Hotel], dates: Dates, group: RevenueGroup) -> Result<ByKey> {
    let mut figures = ByKey::new();
    for hotel in hotels {
        gather(conn, hotel, dates, group, &mut figures).await?;
    }
    Ok(figures)
}

fn total(figures: &ByKey) -> Figures {
    figures.values().fold(Figures::default(), |mut sum, figures| {
        sum.add(figures);
        sum
    })
}

/// Adds figures to those of other hotels under the same keys.
fn add_all(sums: &mut ByKey, figures: &ByKey) {
    for (key, figures) in figures {
        sums.entry(key.clone()).or_default().add(figures);
    }
}

/// The manager's flash of a date.
pub async fn flash(app: &App, staff: &Staff<ReportsRead>, of: &OfHotels, date: Option<NaiveDate>) -> Result<FlashReport> {
    let conn = app.db.conn().await?;
    let chosen = Chosen::find(&conn, staff, &of.property_id).await?;
    let date = date.or_else(|| chosen.business_date(app)).or_404("property")?;
    let chosen = chosen.named_on(&conn, date).await?;
    let mut by_currency = Vec::new();
    let (mut this_year, mut last_year) = ([Figures::default(); 3], [Figures::default(); 3]);
    for part in chosen.by_currency() {
        let hotels = Hotel::find_all(app, &conn, &part).await?;
        let this = up_to(&conn, &hotels, date).await?;
        let last = up_to(&conn, &hotels, date - Months::new(12)).await?;
        for (sums, figures) in [(&mut this_year, &this), (&mut last_year, &last)] {
            sums.iter_mut().zip(figures).for_each(|(sum, figures)| sum.add(figures));
        }
        by_currency.push(FlashOfCurrency {
            currency: part.currency,
            property_ids: part.ids(),
            this_year: periods(&this, Some(part.currency)),
            last_year: periods(&last, Some(part.currency)),
        });
    }
    let is_closed = chosen.hotels.iter().all(|hotel| date < hotel.business_date(app.clock.now()));
    let currency = chosen.currency();
    Ok(FlashReport {
        property_ids: of.property_id.0.clone(),
        date,
        is_closed,
        this_year: periods(&this_year, currency),
        last_year: periods(&last_year, currency),
        by_currency: if_several(by_currency),
        definitions: DEFINITIONS,
        hotels: chosen.names(),
    })
}

/// Figures of a date, of its month and of its year up to it.
async fn up_to(conn: &Conn, hotels: &[Hotel], date: NaiveDate) -> Result<[Figures; 3]> {
    let [month, year] = to_date(date);
    let mut figures = [Figures::default(); 3];
    for (sum, dates) in figures.iter_mut().zip([(date, date), month, year]) {
        *sum = total(&gather_all(conn, hotels, dates, RevenueGroup::Property).await?);
    }
    Ok(figures)
}

fn periods([day, month, year]: &[Figures; 3], currency: Option<Currency>) -> FlashPeriods {
    let shown = |figures| FiguresOut::new(figures, currency);
    FlashPeriods { day: shown(day), month_to_date: shown(month), year_to_date: shown(year) }
}

/// Occupancy and rates, by date, month or hotel.
pub async fn occupancy(
    app: &App,
    staff: &Staff<ReportsRead>,
    of: &OfHotels,
    InPeriod { from, to }: InPeriod,
    group: Option<OccupancyGroup>,
) -> Result<OccupancyReport> {
    let asked = group.unwrap_or(OccupancyGroup::Day);
    let group = match asked {
        OccupancyGroup::Day => RevenueGroup::Day,
        OccupancyGroup::Month => RevenueGroup::Month,
        OccupancyGroup::Property => RevenueGroup::Property,
    };
    let dates = period(from, to, longest(group))?;
    let conn = app.db.conn().await?;
    let chosen = Chosen::find(&conn, staff, &of.property_id).await?.named_on(&conn, to).await?;
    let names = names(&conn, &chosen.hotels, group, to).await?;
    let lines = |figures: &ByKey, currency: Option<Currency>| -> Vec<OccupancyLine> {
        let line = |(key, figures): (&String, &Figures)| OccupancyLine {
            key: key.clone(),
            name: named(&names, key),
            figures: FiguresOut::new(figures, currency),
        };
        figures.iter().map(line).collect()
    };
    let (mut whole, mut by_currency) = (ByKey::new(), Vec::new());
    for part in chosen.by_currency() {
        let figures = gather_all(&conn, &Hotel::find_all(app, &conn, &part).await?, dates, group).await?;
        add_all(&mut whole, &figures);
        let currency = part.currency;
        by_currency.push(OccupancyOfCurrency {
            currency,
            property_ids: part.ids(),
            items: lines(&figures, Some(currency)),
            total: FiguresOut::new(&total(&figures), Some(currency)),
        });
    }
    Ok(OccupancyReport {
        property_ids: of.property_id.0.clone(),
        from,
        to,
        group: asked,
        items: lines(&whole, chosen.currency()),
        total: FiguresOut::new(&total(&whole), chosen.currency()),
        by_currency: if_several(by_currency),
        definitions: DEFINITIONS,
        hotels: chosen.names(),
    })
}

fn longest(group: RevenueGroup) -> i64 {
    if group == RevenueGroup::Day { BY_DAY } else { LONG }
}

/// Revenue by what stays have in common.
pub async fn revenue(
    app: &App,
    staff: &Staff<ReportsRead>,
    of: &OfHotels,
    InPeriod { from, to }: InPeriod,
    group: Option<RevenueGroup>,
) -> Result<RevenueReport> {
    let group = group.unwrap_or(RevenueGroup::Month);
    let dates = period(from, to, longest(group))?;
    let conn = app.db.conn().await?;
    let chosen = Chosen::find(&conn, staff, &of.property_id).await?.named_on(&conn, to).await?;
    let names = names(&conn, &chosen.hotels, group, to).await?;
    let lines = |figures: &ByKey, currency: Option<Currency>| -> (Vec<RevenueLine>, RevenueLine) {
        let whole = total(figures);
        let line =
            |key: Option<String>, name, figures: &Figures| RevenueLine::new(key, name, figures, whole.revenue_minor(), currency);
        let items = figures
            .iter()
            .map(|(key, figures)| line(Some(key.clone()).filter(|key| !key.is_empty()), named(&names, key), figures))
            .collect();
        (items, line(None, None, &whole))
    };
    let (mut whole, mut by_currency) = (ByKey::new(), Vec::new());
    for part in chosen.by_currency() {
        let mut figures = gather_all(&conn, &Hotel::find_all(app, &conn, &part).await?, dates, group).await?;
        figures.retain(|_, figures| figures.has_revenue());
        add_all(&mut whole, &figures);
        let (items, total) = lines(&figures, Some(part.currency));
        by_currency.push(RevenueOfCurrency { currency: part.currency, property_ids: part.ids(), items, total });
    }
    let (items, total) = lines(&whole, chosen.currency());
    Ok(RevenueReport {
        property_ids: of.property_id.0.clone(),
        from,
        to,
        group,
        items,
        total,
        by_currency: if_several(by_currency),
        hotels: chosen.names(),
    })
}

fn named(names: &HashMap<Uuid, String>, key: &str) -> Option<String> {
    key.parse::<Uuid>().ok().and_then(|id| names.get(&id).cloned())
}

/// Names of what lines are of, at the end of a date.
async fn names(conn: &Conn, hotels: &[Property], group: RevenueGroup, date: NaiveDate) -> Result<HashMap<Uuid, String>> {
    let mut names = HashMap::new();
    for hotel in hotels {
        match group {
            RevenueGroup::RoomType => names.extend(repository::room_type_names(conn, hotel.id, date).await?),
            RevenueGroup::RatePlan => names.extend(repository::rate_plan_names(conn, hotel.id, date).await?),
            RevenueGroup::Property => names.extend([(hotel.id, hotel.name.clone())]),
            RevenueGroup::Day | RevenueGroup::Month | RevenueGroup::Channel | RevenueGroup::Country => {}
        }
    }
    Ok(names)
}
