use super::dto::{
    AccountAgeing, AccountStatement, AgeingQuery, AgeingReport, GlCodesOut, JournalQuery, SetGlCodes, StatementQuery,
};
use super::model::{Codes, GlCodes, JournalRow};
use super::repository;
use super::rules::{code, debit_and_credit};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::properties::{Chosen, OfHotels, Property};
use crate::domains::{accounts, properties, rates};
use crate::error::{FieldError, Or404};
use crate::idempotency::IdempotencyKey;
use crate::money::Money;
use crate::outbox::{self, Event};
use crate::periods::period;
use crate::security::Staff;
use crate::security::permission::{AccountingWrite, AccountsRead, ReportsRead};
use crate::sheets::{csv_lines, safe_cell};
use crate::version::MustMatch;
use crate::{Error, Result};
use chrono::NaiveDate;
use futures_util::try_join;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Longest period of a statement.
const MOST_DAYS: i64 = 366;

/// Columns of a journal. They stay as they are, and so do journals of closed dates.
const JOURNAL: [&str; 11] =
    ["date", "posting_id", "entry_id", "code", "ledger", "kind", "description", "booking", "debit", "credit", "currency"];

pub async fn statement(
    app: &App,
    staff: &Staff<AccountsRead>,
    account_id: Uuid,
    query: &StatementQuery,
) -> Result<AccountStatement> {
    let (from, to) = period(query.from, query.to, MOST_DAYS)?;
    let conn = app.db.conn().await?;
    let (account, currency) = accounts::find(&conn, &staff.scope, account_id).await?.or_404("account")?;
    let (opening, rows) = try_join!(
        repository::opening(&conn, account.property_id, account.id, from),
        repository::statement(&conn, account.property_id, account.id, (from, to)),
    )?;
    Ok(AccountStatement::new(&account, currency, query, opening, rows))
}

pub async fn ageing(app: &App, staff: &Staff<AccountsRead>, account_id: Uuid, query: &AgeingQuery) -> Result<AccountAgeing> {
    let conn = app.db.conn().await?;
    let (account, _) = accounts::find(&conn, &staff.scope, account_id).await?.or_404("account")?;
    let property = properties::find(&conn, account.property_id).await?.or_404("account")?;
    let date = query.date.unwrap_or_else(|| property.business_date(app.clock.now()));
    let rows = repository::ageing(&conn, &[property.id], date, Some(account.id)).await?;
    let row = rows.first().or_404("account")?;
    Ok(AccountAgeing::new(row, &property, date))
}

pub async fn ageing_report(app: &App, staff: &Staff<ReportsRead>, of: &OfHotels, query: &AgeingQuery) -> Result<AgeingReport> {
    let conn = app.db.conn().await?;
    let chosen = Chosen::find(&conn, staff, &of.property_id).await?;
    let date = query.date.or_else(|| chosen.business_date(app)).or_404("property")?;
    let chosen = chosen.named_on(&conn, date).await?;
    let rows = repository::ageing(&conn, &chosen.ids(), date, None).await?;
    Ok(AgeingReport::new(&chosen, date, &rows))
}

/// The journal of a date as CSV: both sides of each entry, under the codes that held then.
pub async fn journal(app: &App, staff: &Staff<ReportsRead>, query: &JournalQuery) -> Result<Vec<u8>> {
    let JournalQuery { property_id, date } = *query;
    staff.at(property_id)?;
    let conn = app.db.conn().await?;
    let (property, is_closed) = try_join!(properties::find(&conn, property_id), repository::is_closed(&conn, property_id, date))?;
    let property = property.or_404("property")?;
    if !is_closed && date != property.business_date(app.clock.now()) {
        return Err(Error::not_found("closed date"));
    }
    let (rows, codes) = try_join!(repository::journal(&conn, property_id, date), repository::codes_on(&conn, property_id, date))?;
    let codes = codes.map(|row| codes_of(&row)).transpose()?.unwrap_or_default();
    let lines = rows.iter().map(|row| journal_line(&property, date, &codes, row));
    csv_lines(std::iter::once(JOURNAL.map(str::to_owned)).chain(lines))
}

fn journal_line(property: &Property, date: NaiveDate, codes: &Codes, row: &JournalRow) -> [String; 11] {
    let (debit, credit) = debit_and_credit(row.amount_minor);
    let amount = |minor: i64| if minor == 0 { String::new() } else { Money::new(minor, property.currency).amount() };
    [
        date.to_string(),
        row.posting_id.to_string(),
        row.id.to_string(),
        code(codes, row).to_owned(),
        row.ledger.to_string(),
        row.kind.to_string(),
        safe_cell(&row.description),
        row.reference.clone().unwrap_or_default(),
        amount(debit),
        amount(credit),
        property.currency.to_string(),
    ]
}

fn codes_of(row: &GlCodes) -> Result<Codes> {
    serde_json::from_value(row.codes.clone()).map_err(Error::internal)
}

pub async fn get_codes(app: &App, staff: &Staff<ReportsRead>, property_id: Uuid) -> Result<GlCodesOut> {
    staff.at(property_id)?;
    let now = app.clock.now();
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, property_id).await?.or_404("property")?;
    let known = repository::codes_on(&conn, property_id, property.business_date(now)).await?;
    let row = known.unwrap_or_else(|| GlCodes::none(property_id, now));
    Ok(GlCodesOut::new(&row, codes_of(&row)?))
}

/// Sets the codes from the business date on: journals of closed dates keep theirs.
pub async fn set_codes(
    app: &App,
    staff: &Staff<AccountingWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    property_id: Uuid,
    request: SetGlCodes,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let property = properties::lock(conn, &staff.scope, property_id).await?.or_404("property")?;
        let today = property.business_date(cause.at);
        let known = repository::codes_on(conn, property_id, today).await?;
        let before = known.unwrap_or_else(|| GlCodes::none(property_id, cause.at));
        seen.check(before.version)?;
        check_codes(&request, &rates::tax_rule_ids(conn, property_id).await?)?;
        let codes = Codes::from(request.clone());
        if codes == codes_of(&before)? {
            return Answer::unchanged(before.version, &GlCodesOut::new(&before, codes));
        }
        let after = GlCodes {
            valid_from: today,
            codes: serde_json::json!(codes),
            version: before.version + 1,
            updated_at: cause.at,
            ..before.clone()
        };
        repository::put_codes(conn, &after).await?;
        outbox::publish(conn, &cause, [Event::changed(&before, &after)]).await?;
        Answer::ok(after.version, &GlCodesOut::new(&after, codes))
    })
    .await
}

/// Checks that tax rules are those of the hotel, and that each of them and each method of payment is named once.
fn check_codes(request: &SetGlCodes, known: &[Uuid]) -> Result<()> {
    let mut errors = Vec::new();
    let mut named = BTreeSet::new();
    for (place, rule) in request.tax_rules.iter().enumerate() {
        let mut wrong = |detail: &str| errors.push(FieldError::body(format!("/tax_rules/{place}/tax_rule_id"), detail));
        if !known.contains(&rule.tax_rule_id) {
            wrong("is not a tax rule of the property");
        } else if !named.insert(rule.tax_rule_id) {
            wrong("is named before; name each tax rule once");
        }
    }
    let mut paid_by = BTreeSet::new();
    for (place, paid) in request.payment_methods.iter().enumerate() {
        if !paid_by.insert(paid.method.as_str()) {
            let pointer = format!("/payment_methods/{place}/method");
            errors.push(FieldError::body(pointer, "is named before; name each method once"));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid_fields(errors)) }
}
