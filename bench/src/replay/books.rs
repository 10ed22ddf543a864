//! The books of a hotel whose dates were closed: they come to nothing, their revenue is that of the file, and all is paid.

use crate::database::Database;
use crate::error::Result;
use crate::hotel::Property;
use crate::money::format_cents;
use crate::replay::figures::Months;

/// Compares the books with the file, says what differs, and returns `true` if nothing does.
pub async fn check(database: &Database, property: &Property, of_file: &Months) -> Result<bool> {
    let id = &property.id;
    let closed: i64 =
        database.value(&format!("SELECT count(DISTINCT business_date) FROM ledger_days WHERE property_id = '{id}'")).await?;
    let unbalanced: i64 = database
        .value(&format!(
            "SELECT count(*) FROM (SELECT FROM ledger_days WHERE property_id = '{id}' GROUP BY business_date
             HAVING sum(opening_minor) <> 0 OR sum(movement_minor) <> 0 OR sum(closing_minor) <> 0) AS dates"
        ))
        .await?;
    // Fees for cancellations and no-shows are revenue too, and the file knows none.
    let rooms: i64 = database
        .value(&format!(
            "SELECT (coalesce((SELECT -closing_minor FROM ledger_days WHERE property_id = '{id}' AND ledger = 'revenue'
                               ORDER BY business_date DESC LIMIT 1), 0)
                     - coalesce((SELECT sum(amount_minor) FROM folio_entries WHERE property_id = '{id}' AND kind = 'fee'), 0))::bigint"
        ))
        .await?;
    // Everybody has paid: nobody in the house or away owes anything.
    let owed: i64 = database
        .value(&format!(
            "SELECT (abs(coalesce(sum(amount_minor) FILTER (WHERE ledger = 'guest'), 0))
                     + abs(coalesce(sum(amount_minor) FILTER (WHERE ledger = 'deposits'), 0)))::bigint
             FROM folio_entries WHERE property_id = '{id}'"
        ))
        .await?;
    let expected: i64 = of_file.values().map(|month| month.room_revenue).sum();
    println!(
        "books: {closed} closed dates, of which {unbalanced} do not come to nothing; room revenue {}, in the file {}; guests owe {}",
        format_cents(rooms),
        format_cents(expected),
        format_cents(owed)
    );
    Ok(closed > 0 && unbalanced == 0 && rooms == expected && owed == 0)
}
