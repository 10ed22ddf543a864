//! Payments, taxes and balances.
use super::period::{Chosen, LONG};
use crate::Result;
use crate::app::App;
use crate::domains::folios::Ledger;
use crate::domains::reports::dto::{
    BALANCES_COLUMNS, BalanceLine, BalancesReport, InPeriod, OfHotels, PaymentsLine, PaymentsReport, TaxesLine, TaxesReport,
};
use crate::domains::reports::model::{FolioRow, OpenBalance, PaymentSums, PaymentsGroup};
use crate::domains::reports::repository;
use crate::error::Or404;
use crate::money::Money;
use crate::periods::period;
use crate::security::Staff;
use crate::security::permission::ReportsRead;
use crate::sheets::{Paged, Rows};
use chrono::NaiveDate;
use futures_util::stream::{self, StreamExt};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Most balances of a report in one piece.
const MOST_BALANCES: usize = 10_000;

/// Balances of a page of a file.
const PAGE: usize = 1_000;

/// Payments and refunds by method, cashier or business date.
pub async fn payments(
    app: &App,
    staff: &Staff<ReportsRead>,
    of: &OfHotels,
    InPeriod { from, to }: InPeriod,
    group: Option<PaymentsGroup>,
) -> Result<PaymentsReport> {
    let dates = period(from, to, LONG)?;
    let group = group.unwrap_or(PaymentsGroup::Method);
    let conn = app.db.conn().await?;
    let chosen = Chosen::find(&conn, staff, &of.property_id).await?.named_on(&conn, to).await?;
    let (mut lines, mut total) = (BTreeMap::<String, PaymentSums>::new(), PaymentSums::default());
    for hotel in &chosen.hotels {
        for sums in repository::payments(&conn, hotel.id, dates, group).await? {
            total.add(&sums);
            lines.entry(sums.key.clone()).and_modify(|sum| sum.add(&sums)).or_insert(sums);
        }
    }
    let line = |key: Option<String>, sums: &PaymentSums| PaymentsLine::new(key, sums, chosen.currency);
    Ok(PaymentsReport {
        property_ids: of.property_id.0.clone(),
        from,
        to,
        group,
        items: lines.values().map(|sums| line(Some(sums.key.clone()).filter(|key| !key.is_empty()), sums)).collect(),
        total: line(Some("total".into()), &total),
        hotels: chosen.names(),
    })
}

/// Taxes that were sold and invoiced. Rules are those of one hotel each.
pub async fn taxes(app: &App, staff: &Staff<ReportsRead>, of: &OfHotels, InPeriod { from, to }: InPeriod) -> Result<TaxesReport> {
    let dates = period(from, to, LONG)?;
    let conn = app.db.conn().await?;
    let chosen = Chosen::find(&conn, staff, &of.property_id).await?.named_on(&conn, to).await?;
    let mut items = Vec::new();
    let (mut total, mut invoiced) = (0, 0);
    for hotel in &chosen.hotels {
        for sums in repository::taxes(&conn, hotel.id, dates).await? {
            total += sums.tax_minor;
            invoiced += sums.invoiced_minor;
            items.push(TaxesLine::new(hotel, sums));
        }
    }
    let money = |minor| Money::new(minor, chosen.currency);
    Ok(TaxesReport {
        property_ids: of.property_id.0.clone(),
        from,
        to,
        items,
        total: money(total),
        invoiced: money(invoiced),
        difference: money(total - invoiced),
        hotels: chosen.names(),
    })
}

/// What is open on the folios of hotels at the end of a date, the oldest first.
struct Open {
    chosen: Chosen,
    date: NaiveDate,
    balances: Vec<OpenBalance>,
}

impl Open {
    async fn find(app: &App, staff: &Staff<ReportsRead>, of: &OfHotels, date: Option<NaiveDate>) -> Result<Self> {
        let conn = app.db.conn().await?;
        let chosen = Chosen::find(&conn, staff, &of.property_id).await?;
        let date = date.or_else(|| chosen.business_date(app)).or_404("property")?;
        let chosen = chosen.named_on(&conn, date).await?;
        let mut balances: Vec<OpenBalance> = Vec::new();
        for hotel in &chosen.hotels {
            let today = hotel.business_date(app.clock.now());
            let among = repository::closed(&conn, hotel.id).await?.candidates(date, today);
            balances.extend(repository::open_balances(&conn, hotel.id, date, among).await?);
        }
        if chosen.hotels.len() > 1 {
            balances.sort_by_key(|open| (open.since, open.folio_id));
        }
        Ok(Self { chosen, date, balances })
    }
}

/// Balances that are open at the end of a date.
pub async fn balances(app: &App, staff: &Staff<ReportsRead>, of: &OfHotels, date: Option<NaiveDate>) -> Result<BalancesReport> {
    let Open { chosen, date, balances } = Open::find(app, staff, of, date).await?;
    let sum = |ledger: Ledger| {
        let of_ledger = balances.iter().filter(|open| open.ledger == ledger);
        Money::new(of_ledger.map(|open| open.balance_minor).sum(), chosen.currency)
    };
    let (guest, city, deposits) = (sum(Ledger::Guest), sum(Ledger::City), sum(Ledger::Deposits));
    let first = balances.chunks(MOST_BALANCES).next().unwrap_or_default();
    Ok(BalancesReport {
        property_ids: of.property_id.0.clone(),
        date,
        items: lines(app, &chosen, date, first).await?,
        is_complete: first.len() == balances.len(),
        guest,
        city,
        deposits,
        hotels: chosen.names(),
    })
}

/// All balances that are open at the end of a date, page by page.
pub async fn balances_paged(app: App, staff: &Staff<ReportsRead>, of: &OfHotels, date: Option<NaiveDate>) -> Result<Paged> {
    let Open { chosen, date, balances } = Open::find(&app, staff, of, date).await?;
    let count = balances.len();
    let rest = Rest { app, chosen, date, balances: balances.into_iter() };
    let pages = stream::try_unfold(rest, Rest::page).boxed();
    Ok(Paged { name: format!("balances-{date}"), columns: BALANCES_COLUMNS, count, pages })
}

/// Balances that are not in the file yet. What they are is known; whose they are is looked up for a page of them.
struct Rest {
    app: App,
    chosen: Chosen,
    date: NaiveDate,
    balances: std::vec::IntoIter<OpenBalance>,
}

impl Rest {
    async fn page(mut self) -> Result<Option<(Rows, Self)>> {
        let page: Vec<OpenBalance> = self.balances.by_ref().take(PAGE).collect();
        if page.is_empty() {
            return Ok(None);
        }
        let lines = lines(&self.app, &self.chosen, self.date, &page).await?;
        Ok(Some((lines.iter().map(BalanceLine::row).collect(), self)))
    }
}

/// Lines of some balances, with whose they are.
async fn lines(app: &App, chosen: &Chosen, date: NaiveDate, balances: &[OpenBalance]) -> Result<Vec<BalanceLine>> {
    let hotels: HashMap<Uuid, &str> = chosen.hotels.iter().map(|hotel| (hotel.id, hotel.name.as_str())).collect();
    let (of, ids): (Vec<Uuid>, Vec<Uuid>) =
        (hotels.keys().copied().collect(), balances.iter().map(|open| open.folio_id).collect());
    let folios = repository::folios(&*app.db.conn().await?, &of, &ids, date).await?;
    let folios: HashMap<Uuid, FolioRow> = folios.into_iter().map(|folio| (folio.id, folio)).collect();
    let line = |open: &OpenBalance| {
        let folio = folios.get(&open.folio_id)?;
        Some(BalanceLine::new(open, folio, hotels.get(&folio.property_id)?, date, chosen.currency))
    };
    Ok(balances.iter().filter_map(line).collect())
}
