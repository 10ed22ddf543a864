//! Payments, taxes and balances.
use super::period::LONG;
use crate::Result;
use crate::app::App;
use crate::domains::folios::Ledger;
use crate::domains::properties;
use crate::domains::reports::dto::{
    BalanceLine, BalancesQuery, BalancesReport, PaymentsLine, PaymentsReport, PaymentsReportQuery, TaxesLine, TaxesQuery,
    TaxesReport,
};
use crate::domains::reports::model::{BalanceRow, PaymentSums, PaymentsGroup};
use crate::domains::reports::repository;
use crate::error::Or404;
use crate::money::Money;
use crate::periods::period;
use crate::security::Staff;
use crate::security::permission::ReportsRead;

/// Most balances of a report.
const MOST_BALANCES: i64 = 10_000;

/// Payments and refunds by method, cashier or business date.
pub async fn payments(app: &App, staff: &Staff<ReportsRead>, query: &PaymentsReportQuery) -> Result<PaymentsReport> {
    staff.at(query.property_id)?;
    let dates = period(query.from, query.to, LONG)?;
    let group = query.group.unwrap_or(PaymentsGroup::Method);
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, query.property_id).await?.or_404("property")?;
    let rows = repository::payments(&conn, property.id, dates, group).await?;
    let mut total = PaymentSums::default();
    rows.iter().for_each(|sums| total.add(sums));
    let line = |key: Option<String>, sums: &PaymentSums| PaymentsLine::new(key, sums, property.currency);
    Ok(PaymentsReport {
        property_id: property.id,
        from: query.from,
        to: query.to,
        group,
        items: rows.iter().map(|sums| line(Some(sums.key.clone()).filter(|key| !key.is_empty()), sums)).collect(),
        total: line(Some("total".into()), &total),
        hotels: vec![property.name],
    })
}

/// Taxes that were sold and invoiced.
pub async fn taxes(app: &App, staff: &Staff<ReportsRead>, query: &TaxesQuery) -> Result<TaxesReport> {
    staff.at(query.property_id)?;
    let dates = period(query.from, query.to, LONG)?;
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, query.property_id).await?.or_404("property")?;
    let rows = repository::taxes(&conn, property.id, dates).await?;
    let money = |minor| Money::new(minor, property.currency);
    let (total, invoiced) =
        rows.iter().fold((0, 0), |(total, invoiced), row| (total + row.tax_minor, invoiced + row.invoiced_minor));
    Ok(TaxesReport {
        property_id: property.id,
        from: query.from,
        to: query.to,
        items: rows.into_iter().map(|sums| TaxesLine::new(sums, property.currency)).collect(),
        total: money(total),
        invoiced: money(invoiced),
        difference: money(total - invoiced),
        hotels: vec![property.name],
    })
}

/// Balances that are open at the end of a date.
pub async fn balances(app: &App, staff: &Staff<ReportsRead>, query: &BalancesQuery) -> Result<BalancesReport> {
    staff.at(query.property_id)?;
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, query.property_id).await?.or_404("property")?;
    let date = query.date.unwrap_or_else(|| property.business_date(app.clock.now()));
    let mut rows = repository::balances(&conn, property.id, date, MOST_BALANCES + 1).await?;
    let most = usize::try_from(MOST_BALANCES).unwrap_or(usize::MAX);
    let is_complete = rows.len() <= most;
    rows.truncate(most);
    let sum = |ledger: Ledger| {
        let of_ledger = rows.iter().filter(|row: &&BalanceRow| row.ledger == ledger);
        Money::new(of_ledger.map(|row| row.balance_minor).sum(), property.currency)
    };
    let (guest, city, deposits) = (sum(Ledger::Guest), sum(Ledger::City), sum(Ledger::Deposits));
    let items = rows.into_iter().map(|row| BalanceLine::new(row, date, property.currency)).collect();
    let hotels = vec![property.name];
    Ok(BalancesReport { property_id: property.id, date, items, is_complete, guest, city, deposits, hotels })
}
