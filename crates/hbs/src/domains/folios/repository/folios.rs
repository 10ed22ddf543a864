//! Folios themselves.
use crate::domains::folios::model::{Folio, FolioChange, FolioStatus, NewFolio, OfBooking, PayerKind};
use crate::security::{Reach, Scope};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, as_indexed, constant_sql};
use chrono::{DateTime, Utc};
use diesel::dsl::{exists, not};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Uuid as SqlUuid};
use hbs_schema::{bookings, folio_entries, folios};
use std::collections::HashMap;
use uuid::Uuid;

/// The booking within reach whose folios are asked for: one's own, or one of a property in scope.
pub async fn find_of_booking(mut conn: &Conn, reach: &Reach, booking_id: Uuid) -> QueryResult<Option<OfBooking>> {
    let in_scope = reach.scope.is_all().into_sql::<Bool>().or(bookings::property_id.eq_any(reach.scope.ids()));
    bookings::table
        .filter(bookings::id.eq(booking_id))
        .filter(in_scope.or(reach.own_bookings()))
        .select(OfBooking::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// A folio within the scope.
pub async fn find(mut conn: &Conn, scope: &Scope, id: Uuid) -> QueryResult<Option<Folio>> {
    folios::table
        .filter(folios::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(folios::property_id.eq_any(scope.ids())))
        .select(Folio::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// A folio of a hotel.
pub async fn find_in(mut conn: &Conn, property_id: Uuid, id: Uuid) -> QueryResult<Option<Folio>> {
    folios::table.find((property_id, id)).select(Folio::as_select()).first(&mut conn).await.optional()
}

/// The folios of a booking, the main one first.
pub async fn of_booking(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<Vec<Folio>> {
    folios::table
        .filter(folios::property_id.eq(property_id))
        .filter(folios::booking_id.eq(booking_id))
        .order(folios::id)
        .select(Folio::as_select())
        .load(&mut conn)
        .await
}

/// Filter of folios, as rows have it.
#[derive(Debug, Default, Clone, Copy)]
pub struct FolioFilterRow {
    pub property_id: Option<Uuid>,
    pub booking_id: Option<Uuid>,
    pub group_id: Option<Uuid>,
    pub kind: Option<PayerKind>,
    pub status: Option<FolioStatus>,
}

/// Folios within the scope, the newest first. `after` is the last id seen.
pub async fn list(
    mut conn: &Conn,
    scope: &Scope,
    filter: &FolioFilterRow,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Folio>> {
    let mut query = folios::table.order(folios::id.desc()).limit(limit).select(Folio::as_select()).into_boxed();
    if let Scope::Properties(ids) = scope {
        query = query.filter(folios::property_id.eq_any(ids));
    }
    let FolioFilterRow { property_id, booking_id, group_id, kind, status } = filter;
    if let Some(property_id) = property_id.or(scope.only()) {
        query = query.filter(folios::property_id.eq(property_id));
    }
    if let Some(booking_id) = booking_id {
        query = query.filter(folios::booking_id.eq(booking_id));
    }
    if let Some(group_id) = group_id {
        query = query.filter(folios::group_id.eq(group_id));
    }
    if let Some(kind) = kind {
        query = query.filter(folios::kind.eq(kind));
    }
    let has_entries = exists(
        folio_entries::table
            .filter(folio_entries::property_id.eq(folios::property_id))
            .filter(folio_entries::folio_id.eq(folios::id)),
    );
    let is_settled = folios::balance_minor.eq(0).and(has_entries);
    match status {
        Some(FolioStatus::Closed) => query = query.filter(folios::closed_at.is_not_null()),
        Some(FolioStatus::Settled) => query = query.filter(folios::closed_at.is_null()).filter(is_settled),
        Some(FolioStatus::Open) => query = query.filter(folios::closed_at.is_null()).filter(not(is_settled)),
        None => {}
    }
    if let Some(after) = after {
        query = query.filter(folios::id.lt(after));
    }
    query.load(&mut conn).await
}

/// The master folio of a group, if one is open.
pub async fn open_master(mut conn: &Conn, property_id: Uuid, group_id: Uuid) -> QueryResult<Option<Uuid>> {
    folios::table
        .filter(folios::property_id.eq(property_id))
        .filter(folios::group_id.eq(group_id))
        .filter(folios::closed_at.is_null())
        .select(folios::id)
        .first(&mut conn)
        .await
        .optional()
}

/// A folio of a hotel, locked against postings.
pub async fn lock(mut conn: &Conn, property_id: Uuid, id: Uuid) -> QueryResult<Option<Folio>> {
    folios::table.find((property_id, id)).select(Folio::as_select()).for_no_key_update().first(&mut conn).await.optional()
}

/// The folio of an account, locked against postings; the given one is opened if there is none.
pub async fn lock_account(mut conn: &Conn, new: &NewFolio<'_>) -> QueryResult<Folio> {
    let of_account = || {
        folios::table
            .filter(folios::property_id.eq(new.property_id))
            .filter(folios::account_id.eq(new.account_id))
            .filter(folios::kind.eq(PayerKind::Account))
            .filter(folios::closed_at.is_null())
            .select(Folio::as_select())
            .for_no_key_update()
    };
    if let Some(folio) = of_account().first(&mut conn).await.optional()? {
        return Ok(folio);
    }
    // Whoever opens it at the same moment is waited for.
    diesel::insert_into(folios::table).values(new).on_conflict_do_nothing().execute(&mut conn).await?;
    of_account().first(&mut conn).await
}

/// The oldest folio of the house that an account pays, locked against postings; the given one is opened if there is none. It does
/// no harm that there are several: what is charged to an account leaves them at once.
pub async fn lock_house_of_account(mut conn: &Conn, new: &NewFolio<'_>) -> QueryResult<Folio> {
    let known = folios::table
        .filter(folios::property_id.eq(new.property_id))
        .filter(folios::account_id.eq(new.account_id))
        .filter(folios::kind.eq(PayerKind::House))
        .filter(folios::closed_at.is_null())
        .order(folios::id)
        .select(Folio::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()?;
    match known {
        Some(folio) => Ok(folio),
        None => insert(conn, new).await,
    }
}

/// The reference of a booking, for people.
pub async fn reference(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<String> {
    bookings::table.find((property_id, booking_id)).select(bookings::reference).first(&mut conn).await
}

/// Some folios of a hotel, locked against postings in the order of their ids, those of accounts last.
pub async fn lock_each(mut conn: &Conn, property_id: Uuid, ids: &[Uuid]) -> QueryResult<Vec<Folio>> {
    folios::table
        .filter(folios::property_id.eq(property_id))
        .filter(folios::id.eq_any(ids))
        .order((folios::kind.eq(PayerKind::Account), folios::id))
        .select(Folio::as_select())
        .for_no_key_update()
        .load(&mut conn)
        .await
}

/// Locks the folios of a booking against postings, in the order of their ids.
pub async fn lock_of(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<()> {
    folios::table
        .filter(folios::property_id.eq(property_id))
        .filter(folios::booking_id.eq(booking_id))
        .order(folios::id)
        .select(folios::id)
        .for_no_key_update()
        .load::<Uuid>(&mut conn)
        .await
        .map(drop)
}

/// A folio to which a booking's lines may be posted, locked.
#[derive(Debug, Clone, QueryableByName)]
pub struct Locked {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub booking_id: Option<Uuid>,
    #[diesel(sql_type = Bool)]
    pub is_closed: bool,
    #[diesel(sql_type = Bool)]
    pub is_of_guest: bool,
}

impl Locked {
    /// A folio that was locked by its id.
    pub fn of(folio: &Folio) -> Self {
        let Folio { id, booking_id, closed_at, kind, .. } = folio;
        Self { id: *id, booking_id: *booking_id, is_closed: closed_at.is_some(), is_of_guest: *kind == PayerKind::Guest }
    }
}

/// Locks the folios to which lines of a booking may be posted, in the order of their ids: its own, those that rules send
/// lines to, and those that are named.
pub async fn lock_for(mut conn: &Conn, property_id: Uuid, booking_id: Uuid, named: &[Uuid]) -> QueryResult<Vec<Locked>> {
    let statement = constant_sql(
        "SELECT id, booking_id, closed_at IS NOT NULL AS is_closed, kind = 'guest' AS is_of_guest FROM folios \
         WHERE property_id = $1 AND id = ANY (ARRAY( \
            SELECT id FROM folios WHERE property_id = $1 AND booking_id = $2 \
            UNION SELECT unnest($3) \
            UNION SELECT folio_id FROM folio_routings WHERE property_id = $1 AND booking_id = $2 AND NOT is_deleted \
            UNION SELECT r.folio_id FROM folio_routings r JOIN bookings b ON b.property_id = r.property_id AND b.group_id = r.group_id \
                  WHERE b.property_id = $1 AND b.id = $2 AND r.property_id = $1 AND NOT r.is_deleted)) \
         ORDER BY id FOR NO KEY UPDATE",
    );
    Cached(statement.bind::<SqlUuid, _>(property_id).bind::<SqlUuid, _>(booking_id).bind::<Array<SqlUuid>, _>(named))
        .load(&mut conn)
        .await
}

pub async fn insert(mut conn: &Conn, new: &NewFolio<'_>) -> QueryResult<Folio> {
    diesel::insert_into(folios::table).values(new).returning(Folio::as_returning()).get_result(&mut conn).await
}

/// Opens a folio, unless its payer may have one open folio and has it.
pub async fn insert_unless_open(mut conn: &Conn, new: &NewFolio<'_>) -> QueryResult<Option<Folio>> {
    diesel::insert_into(folios::table)
        .values(new)
        .on_conflict_do_nothing()
        .returning(Folio::as_returning())
        .get_result(&mut conn)
        .await
        .optional()
}

/// The open folios of groups and accounts of which some closed folios are: what comes late to those goes there.
pub async fn open_instead(mut conn: &Conn, property_id: Uuid, ids: &[Uuid]) -> QueryResult<Vec<Uuid>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    let statement = constant_sql(
        "SELECT o.id FROM folios c JOIN folios o ON o.property_id = c.property_id AND o.kind = c.kind AND o.closed_at IS NULL \
            AND (o.group_id = c.group_id OR o.kind = 'account' AND o.account_id = c.account_id) \
         WHERE c.property_id = $1 AND c.id = ANY ($2) AND c.closed_at IS NOT NULL AND c.booking_id IS NULL",
    );
    let found: Vec<Found> =
        Cached(statement.bind::<SqlUuid, _>(property_id).bind::<Array<SqlUuid>, _>(ids)).load(&mut conn).await?;
    Ok(found.into_iter().map(|row| row.id).collect())
}

pub async fn change(mut conn: &Conn, row: &Folio, change: &FolioChange, now: DateTime<Utc>) -> QueryResult<Folio> {
    diesel::update(folios::table.find((row.property_id, row.id)))
        .set((change, folios::version.eq(folios::version + 1), folios::updated_at.eq(now)))
        .returning(Folio::as_returning())
        .get_result(&mut conn)
        .await
}

/// Makes a new version of a folio, which is locked: what belongs to it has changed.
pub async fn touch(mut conn: &Conn, row: &Folio, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(folios::table.find((row.property_id, row.id)))
        .set((folios::version.eq(folios::version + 1), folios::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

pub async fn close(mut conn: &Conn, row: &Folio, now: DateTime<Utc>) -> QueryResult<Folio> {
    diesel::update(folios::table.find((row.property_id, row.id)))
        .set((folios::closed_at.eq(now), folios::version.eq(folios::version + 1), folios::updated_at.eq(now)))
        .returning(Folio::as_returning())
        .get_result(&mut conn)
        .await
}

/// Returns what each of some bookings has to pay, on all of its folios together.
pub async fn balances(mut conn: &Conn, bookings: &[(Uuid, Uuid)]) -> QueryResult<HashMap<Uuid, i64>> {
    #[derive(QueryableByName)]
    struct Balance {
        #[diesel(sql_type = SqlUuid)]
        booking_id: Uuid,
        #[diesel(sql_type = BigInt)]
        balance_minor: i64,
    }
    let (properties, ids): (Vec<Uuid>, Vec<Uuid>) = bookings.iter().copied().unzip();
    let statement = constant_sql(
        "SELECT booking_id, sum(balance_minor)::bigint AS balance_minor FROM folios \
         WHERE property_id = ANY ($1) AND booking_id = ANY ($2) GROUP BY 1",
    );
    let rows: Vec<Balance> =
        Cached(statement.bind::<Array<SqlUuid>, _>(properties).bind::<Array<SqlUuid>, _>(ids)).load(&mut conn).await?;
    Ok(rows.into_iter().map(|row| (row.booking_id, row.balance_minor)).collect())
}

/// Bookings of which something is left to be paid, or to be paid back: the sum of all their folios.
pub fn has_balance() -> SqlLiteral<Bool> {
    // Beginning with the few that are unsettled, of which an index has no others.
    as_indexed(
        "EXISTS (SELECT FROM folios f WHERE f.property_id = bookings.property_id AND f.booking_id = bookings.id \
                   AND f.balance_minor <> 0 \
                   AND (SELECT sum(g.balance_minor) FROM folios g WHERE g.property_id = f.property_id \
                          AND g.booking_id = f.booking_id AND g.balance_minor <> 0) <> 0)",
    )
}
