//! Payments, taxes and balances.
use super::period::LONG;
use crate::Result;
use crate::app::App;
use crate::domains::folios::Ledger;
use crate::domains::properties::{self, Property};
use crate::domains::reports::dto::{
    BALANCES_COLUMNS, BalanceLine, BalancesReport, InPeriod, OfHotel, PaymentsLine, PaymentsReport, TaxesLine, TaxesReport,
};
use crate::domains::reports::model::{FolioRow, OpenBalance, PaymentSums, PaymentsGroup};
use crate::domains::reports::repository;
use crate::error::Or404;
use crate::money::{Currency, Money};
use crate::periods::period;
use crate::security::Staff;
use crate::security::permission::ReportsRead;
use crate::sheets::{Paged, Rows};
use chrono::NaiveDate;
use futures_util::stream::{self, StreamExt};
use std::collections::HashMap;
use uuid::Uuid;

/// Most balances of a report in one piece.
const MOST_BALANCES: usize = 10_000;

/// Balances of a page of a file.
const PAGE: usize = 1_000;

/// Payments and refunds by method, cashier or business date.
pub async fn payments(
    app: &App,
    staff: &Staff<ReportsRead>,
    OfHotel { property_id }: OfHotel,
    InPeriod { from, to }: InPeriod,
    group: Option<PaymentsGroup>,
) -> Result<PaymentsReport> {
    staff.at(property_id)?;
    let dates = period(from, to, LONG)?;
    let group = group.unwrap_or(PaymentsGroup::Method);
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, property_id).await?.or_404("property")?;
    let rows = repository::payments(&conn, property.id, dates, group).await?;
    let mut total = PaymentSums::default();
    rows.iter().for_each(|sums| total.add(sums));
    let line = |key: Option<String>, sums: &PaymentSums| PaymentsLine::new(key, sums, property.currency);
    Ok(PaymentsReport {
        property_id: property.id,
        from,
        to,
        group,
        items: rows.iter().map(|sums| line(Some(sums.key.clone()).filter(|key| !key.is_empty()), sums)).collect(),
        total: line(Some("total".into()), &total),
        hotels: vec![property.name],
    })
}

/// Taxes that were sold and invoiced.
pub async fn taxes(
    app: &App,
    staff: &Staff<ReportsRead>,
    OfHotel { property_id }: OfHotel,
    InPeriod { from, to }: InPeriod,
) -> Result<TaxesReport> {
    staff.at(property_id)?;
    let dates = period(from, to, LONG)?;
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, property_id).await?.or_404("property")?;
    let rows = repository::taxes(&conn, property.id, dates).await?;
    let money = |minor| Money::new(minor, property.currency);
    let (total, invoiced) =
        rows.iter().fold((0, 0), |(total, invoiced), row| (total + row.tax_minor, invoiced + row.invoiced_minor));
    Ok(TaxesReport {
        property_id: property.id,
        from,
        to,
        items: rows.into_iter().map(|sums| TaxesLine::new(sums, property.currency)).collect(),
        total: money(total),
        invoiced: money(invoiced),
        difference: money(total - invoiced),
        hotels: vec![property.name],
    })
}

/// What is open on the folios of a hotel at the end of a date.
struct Open {
    property: Property,
    date: NaiveDate,
    balances: Vec<OpenBalance>,
}

impl Open {
    async fn find(app: &App, staff: &Staff<ReportsRead>, property_id: Uuid, date: Option<NaiveDate>) -> Result<Self> {
        staff.at(property_id)?;
        let conn = app.db.conn().await?;
        let property = properties::find(&conn, property_id).await?.or_404("property")?;
        let today = property.business_date(app.clock.now());
        let date = date.unwrap_or(today);
        let among = repository::closed(&conn, property_id).await?.candidates(date, today);
        let balances = repository::open_balances(&conn, property_id, date, among).await?;
        Ok(Self { property, date, balances })
    }
}

/// Balances that are open at the end of a date.
pub async fn balances(
    app: &App,
    staff: &Staff<ReportsRead>,
    OfHotel { property_id }: OfHotel,
    date: Option<NaiveDate>,
) -> Result<BalancesReport> {
    let Open { property, date, balances } = Open::find(app, staff, property_id, date).await?;
    let sum = |ledger: Ledger| {
        let of_ledger = balances.iter().filter(|open| open.ledger == ledger);
        Money::new(of_ledger.map(|open| open.balance_minor).sum(), property.currency)
    };
    let (guest, city, deposits) = (sum(Ledger::Guest), sum(Ledger::City), sum(Ledger::Deposits));
    let first = balances.chunks(MOST_BALANCES).next().unwrap_or_default();
    Ok(BalancesReport {
        property_id,
        date,
        items: lines(app, property_id, (date, property.currency), first).await?,
        is_complete: first.len() == balances.len(),
        guest,
        city,
        deposits,
        hotels: vec![property.name],
    })
}

/// All balances that are open at the end of a date, page by page.
pub async fn balances_paged(
    app: App,
    staff: &Staff<ReportsRead>,
    OfHotel { property_id }: OfHotel,
    date: Option<NaiveDate>,
) -> Result<Paged> {
    let Open { property, date, balances } = Open::find(&app, staff, property_id, date).await?;
    let count = balances.len();
    let rest = Rest { app, property_id, date, currency: property.currency, balances: balances.into_iter() };
    let pages = stream::try_unfold(rest, Rest::page).boxed();
    Ok(Paged { name: format!("balances-{date}"), columns: BALANCES_COLUMNS, count, pages })
}

/// Balances that are not in the file yet. What they are is known; whose they are is looked up for a page of them.
struct Rest {
    app: App,
    property_id: Uuid,
    date: NaiveDate,
    currency: Currency,
    balances: std::vec::IntoIter<OpenBalance>,
}

impl Rest {
    async fn page(mut self) -> Result<Option<(Rows, Self)>> {
        let page: Vec<OpenBalance> = self.balances.by_ref().take(PAGE).collect();
        if page.is_empty() {
            return Ok(None);
        }
        let lines = lines(&self.app, self.property_id, (self.date, self.currency), &page).await?;
        Ok(Some((lines.iter().map(BalanceLine::row).collect(), self)))
    }
}

/// Lines of some balances, with whose they are.
async fn lines(
    app: &App,
    property_id: Uuid,
    (date, currency): (NaiveDate, Currency),
    balances: &[OpenBalance],
) -> Result<Vec<BalanceLine>> {
    let ids: Vec<Uuid> = balances.iter().map(|open| open.folio_id).collect();
    let folios = repository::folios(&*app.db.conn().await?, property_id, &ids).await?;
    let folios: HashMap<Uuid, FolioRow> = folios.into_iter().map(|folio| (folio.id, folio)).collect();
    let line = |open: &OpenBalance| Some(BalanceLine::new(open, folios.get(&open.folio_id)?, date, currency));
    Ok(balances.iter().filter_map(line).collect())
}
