//! Lines of payments.
use crate::domains::folios::model::FolioEntry;
use crate::domains::stays::Status;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Uuid as SqlUuid};
use hbs_schema::{folio_entries, stays};
use uuid::Uuid;

/// The lines that count the money of a payment, as they were posted.
pub async fn lines_of_payment(mut conn: &Conn, property_id: Uuid, payment_id: Uuid) -> QueryResult<Vec<FolioEntry>> {
    folio_entries::table
        .filter(folio_entries::property_id.eq(property_id))
        .filter(folio_entries::payment_id.eq(payment_id))
        .order((folio_entries::created_at, folio_entries::id))
        .select(FolioEntry::as_select())
        .load(&mut conn)
        .await
}

/// Returns `true` if a payment of a folio, or one whose money lies there, has no end yet or is about to be paid back. The caller
/// holds the folio.
pub async fn has_money_under_way(mut conn: &Conn, property_id: Uuid, folio_id: Uuid) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Bool)]
        is_there: bool,
    }
    let statement = constant_sql(
        "SELECT EXISTS (SELECT FROM payments WHERE property_id = $1 \
           AND (status IN ('pending', 'requires_action', 'authorized', 'unknown') OR refunding_minor > 0) \
           AND (folio_id = $2 OR id IN (SELECT payment_id FROM folio_entries \
             WHERE property_id = $1 AND folio_id = $2 AND payment_id IS NOT NULL))) AS is_there",
    );
    let found: Found =
        Cached(statement.bind::<SqlUuid, _>(property_id).bind::<SqlUuid, _>(folio_id)).get_result(&mut conn).await?;
    Ok(found.is_there)
}

/// Returns `true` if guests of a booking are to come and none of them has come yet.
pub async fn is_awaited(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<bool> {
    let of_booking = |statuses: [Status; 2]| {
        stays::table
            .filter(stays::property_id.eq(property_id))
            .filter(stays::booking_id.eq(booking_id))
            .filter(stays::status.eq_any(statuses))
    };
    let to_come = exists(of_booking([Status::Held, Status::Confirmed]));
    let came = exists(of_booking([Status::CheckedIn, Status::CheckedOut]));
    diesel::select(to_come.and(diesel::dsl::not(came))).get_result(&mut conn).await
}

/// Returns the sum of the lines that a folio has in the ledger of deposits. The caller holds the folio.
pub async fn deposits_on(mut conn: &Conn, property_id: Uuid, folio_id: Uuid) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Sum {
        #[diesel(sql_type = BigInt)]
        amount_minor: i64,
    }
    let statement = constant_sql(
        "SELECT coalesce(sum(amount_minor), 0)::bigint AS amount_minor FROM folio_entries \
         WHERE property_id = $1 AND folio_id = $2 AND ledger = 'deposits'",
    );
    let sum: Sum = Cached(statement.bind::<SqlUuid, _>(property_id).bind::<SqlUuid, _>(folio_id)).get_result(&mut conn).await?;
    Ok(sum.amount_minor)
}
