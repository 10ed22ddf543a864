//! Payments, taxes and balances.
use super::period::{LONG, if_several};
use crate::Result;
use crate::app::App;
use crate::domains::folios::Ledger;
use crate::domains::properties::{Chosen, OfHotels, Property};
use crate::domains::reports::dto::{
    BALANCES_COLUMNS, BalanceLine, BalancesOfCurrency, BalancesReport, InPeriod, PaymentsLine, PaymentsOfCurrency,
    PaymentsReport, TaxesLine, TaxesOfCurrency, TaxesReport,
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
    let (mut whole, mut by_currency) = (Paid::default(), Vec::new());
    for part in chosen.by_currency() {
        let mut paid = Paid::default();
        for hotel in &part.hotels {
            for sums in repository::payments(&conn, hotel.id, dates, group).await? {
                paid.add(&sums);
                whole.add(&sums);
            }
        }
        let (currency, property_ids) = (part.currency, part.ids());
        let (items, total) = paid.lines(Some(currency));
        by_currency.push(PaymentsOfCurrency { currency, property_ids, items, total });
    }
    let (items, total) = whole.lines(chosen.currency());
    Ok(PaymentsReport {
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

/// Payments and refunds of hotels, under their keys and all together.
#[derive(Default)]
struct Paid {
    by_key: BTreeMap<String, PaymentSums>,
    total: PaymentSums,
}

impl Paid {
    fn add(&mut self, sums: &PaymentSums) {
        self.total.add(sums);
        self.by_key.entry(sums.key.clone()).and_modify(|sum| sum.add(sums)).or_insert_with(|| sums.clone());
    }

    fn lines(&self, currency: Option<Currency>) -> (Vec<PaymentsLine>, PaymentsLine) {
        let line = |key: Option<String>, sums: &PaymentSums| PaymentsLine::new(key, sums, currency);
        let key = |sums: &PaymentSums| Some(sums.key.clone()).filter(|key| !key.is_empty());
        let items = self.by_key.values().map(|sums| line(key(sums), sums)).collect();
        (items, line(Some("total".into()), &self.total))
    }
}

/// Taxes that were sold and invoiced. Rules are those of one hotel each.
pub async fn taxes(app: &App, staff: &Staff<ReportsRead>, of: &OfHotels, InPeriod { from, to }: InPeriod) -> Result<TaxesReport> {
    let dates = period(from, to, LONG)?;
    let conn = app.db.conn().await?;
    let chosen = Chosen::find(&conn, staff, &of.property_id).await?.named_on(&conn, to).await?;
    let (mut items, mut by_currency) = (Vec::new(), Vec::new());
    for part in chosen.by_currency() {
        let (mut total, mut invoiced) = (0, 0);
        for hotel in &part.hotels {
            for sums in repository::taxes(&conn, hotel.id, dates).await? {
                total += sums.tax_minor;
                invoiced += sums.invoiced_minor;
                items.push(TaxesLine::new(hotel, sums));
            }
        }
        let money = |minor| Money::new(minor, part.currency);
        by_currency.push(TaxesOfCurrency {
            currency: part.currency,
            property_ids: part.ids(),
            total: money(total),
            invoiced: money(invoiced),
            difference: money(total - invoiced),
        });
    }
    let whole = by_currency.first().filter(|_| by_currency.len() == 1);
    Ok(TaxesReport {
        property_ids: of.property_id.0.clone(),
        from,
        to,
        items,
        total: whole.map(|sums| sums.total),
        invoiced: whole.map(|sums| sums.invoiced),
        difference: whole.map(|sums| sums.difference),
        by_currency: if_several(by_currency),
        hotels: chosen.names(),
    })
}

/// What is open on the folios of hotels at the end of a date, the oldest first.
struct Open {
    chosen: Chosen,
    date: NaiveDate,
    balances: Vec<OpenBalance>,
    sums: Vec<BalancesOfCurrency>,
}

impl Open {
    async fn find(app: &App, staff: &Staff<ReportsRead>, of: &OfHotels, date: Option<NaiveDate>) -> Result<Self> {
        let conn = app.db.conn().await?;
        let chosen = Chosen::find(&conn, staff, &of.property_id).await?;
        let date = date.or_else(|| chosen.business_date(app)).or_404("property")?;
        let chosen = chosen.named_on(&conn, date).await?;
        let (mut balances, mut sums): (Vec<OpenBalance>, Vec<BalancesOfCurrency>) = (Vec::new(), Vec::new());
        for part in chosen.by_currency() {
            let before = balances.len();
            for hotel in &part.hotels {
                let today = hotel.business_date(app.clock.now());
                let among = repository::closed(&conn, hotel.id).await?.candidates(date, today);
                balances.extend(repository::open_balances(&conn, hotel.id, date, among).await?);
            }
            let sum = |ledger: Ledger| {
                let of_ledger = balances.iter().skip(before).filter(|open| open.ledger == ledger);
                Money::new(of_ledger.map(|open| open.balance_minor).sum(), part.currency)
            };
            sums.push(BalancesOfCurrency {
                currency: part.currency,
                property_ids: part.ids(),
                guest: sum(Ledger::Guest),
                city: sum(Ledger::City),
                deposits: sum(Ledger::Deposits),
            });
        }
        if chosen.hotels.len() > 1 {
            balances.sort_by_key(|open| (open.since, open.folio_id));
        }
        Ok(Self { chosen, date, balances, sums })
    }
}

/// Balances that are open at the end of a date.
pub async fn balances(app: &App, staff: &Staff<ReportsRead>, of: &OfHotels, date: Option<NaiveDate>) -> Result<BalancesReport> {
    let Open { chosen, date, balances, sums } = Open::find(app, staff, of, date).await?;
    let whole = sums.first().filter(|_| sums.len() == 1);
    let (guest, city, deposits) = (whole.map(|sums| sums.guest), whole.map(|sums| sums.city), whole.map(|sums| sums.deposits));
    let first = balances.chunks(MOST_BALANCES).next().unwrap_or_default();
    Ok(BalancesReport {
        property_ids: of.property_id.0.clone(),
        date,
        items: lines(app, &chosen, date, first).await?,
        is_complete: first.len() == balances.len(),
        guest,
        city,
        deposits,
        by_currency: if_several(sums),
        hotels: chosen.names(),
    })
}

/// All balances that are open at the end of a date, page by page.
pub async fn balances_paged(app: App, staff: &Staff<ReportsRead>, of: &OfHotels, date: Option<NaiveDate>) -> Result<Paged> {
    let Open { chosen, date, balances, sums: _ } = Open::find(&app, staff, of, date).await?;
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
    let hotels: HashMap<Uuid, &Property> = chosen.hotels.iter().map(|hotel| (hotel.id, hotel)).collect();
    let (of, ids): (Vec<Uuid>, Vec<Uuid>) =
        (hotels.keys().copied().collect(), balances.iter().map(|open| open.folio_id).collect());
    let folios = repository::folios(&*app.db.conn().await?, &of, &ids, date).await?;
    let folios: HashMap<Uuid, FolioRow> = folios.into_iter().map(|folio| (folio.id, folio)).collect();
    let line = |open: &OpenBalance| {
        let folio = folios.get(&open.folio_id)?;
        let hotel = hotels.get(&folio.property_id)?;
        Some(BalanceLine::new(open, folio, &hotel.name, date, hotel.currency))
    };
    Ok(balances.iter().filter_map(line).collect())
}
