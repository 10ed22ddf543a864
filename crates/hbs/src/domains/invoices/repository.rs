use super::dto::InvoiceFilter;
use super::model::{
    Counter, EntryRow, FileFormat, FiscalNumber, FiscalStatus, Invoice, InvoiceId, InvoiceKind, InvoiceLineId, InvoiceSettings,
    InvoiceState, LineRow,
};
use crate::security::{Reach, own_beside_scope};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use hbs_schema::{
    bookings, invoice_counters, invoice_entries, invoice_files, invoice_fiscal_numbers, invoice_lines, invoice_payments,
    invoice_settings, invoice_settlements, invoice_states, invoices,
};
use uuid::Uuid;

// Documents

#[diesel::dsl::auto_type]
fn with_state() -> _ {
    let of_invoice = invoice_states::property_id.eq(invoices::property_id).and(invoice_states::invoice_id.eq(invoices::id));
    let of_booking = bookings::property_id.eq(invoices::property_id).and(bookings::id.nullable().eq(invoices::booking_id));
    invoices::table.inner_join(invoice_states::table.on(of_invoice)).left_join(bookings::table.on(of_booking))
}

/// A document within reach, of one's own booking or of a property in scope, with what happened to it since.
pub async fn find(mut conn: &Conn, reach: &Reach, id: InvoiceId) -> QueryResult<Option<(Invoice, InvoiceState)>> {
    with_state()
        .filter(invoices::id.eq(id))
        .filter(
            reach
                .scope
                .is_all()
                .into_sql::<Bool>()
                .nullable()
                .or(invoices::property_id.eq_any(reach.scope.ids()).nullable())
                .or(reach.own_bookings()),
        )
        .select((Invoice::as_select(), InvoiceState::as_select()))
        .first(&mut conn)
        .await
        .optional()
}

/// Documents within reach, the newest first. `before` is the last id seen.
pub async fn list(
    mut conn: &Conn,
    reach: &Reach,
    filter: &InvoiceFilter,
    before: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<(Invoice, InvoiceState)>> {
    let own = own_beside_scope(conn, reach, filter.property_id).await?;
    let only = reach.scope.only().filter(|_| own.is_empty());
    let of_number =
        invoice_fiscal_numbers::property_id.eq(invoices::property_id).and(invoice_fiscal_numbers::invoice_id.eq(invoices::id));
    let mut query = with_state()
        .left_join(invoice_fiscal_numbers::table.on(of_number))
        .order(invoices::id.desc())
        .limit(limit)
        .select((Invoice::as_select(), InvoiceState::as_select()))
        .into_boxed();
    if reach.guest.is_some() {
        query = query.filter(reach.of_link());
    } else if reach.is_own_only() {
        query = query.filter(bookings::user_id.eq(reach.owner));
    } else if own.is_empty() && !reach.scope.is_all() {
        query = query.filter(invoices::property_id.eq_any(reach.scope.ids()));
    } else if !own.is_empty() {
        query = query.filter(invoices::property_id.nullable().eq_any(reach.scope.ids()).or(invoices::booking_id.eq_any(own)));
    }
    let InvoiceFilter {
        property_id,
        folio_id,
        booking_id,
        kind,
        number,
        corrects_id,
        awaits_fiscal_number,
        issued_from,
        issued_to,
    } = filter;
    if let Some(property_id) = property_id.or(only) {
        query = query.filter(invoices::property_id.eq(property_id));
    }
    if let Some(folio_id) = folio_id {
        query = query.filter(invoices::folio_id.eq(folio_id));
    }
    if let Some(booking_id) = booking_id {
        query = query.filter(invoices::booking_id.eq(booking_id));
    }
    if let Some(kind) = kind {
        query = query.filter(invoices::kind.eq(kind));
    }
    if let Some(number) = number {
        query = query.filter(invoices::name.eq(number));
    }
    if let Some(corrects_id) = corrects_id {
        query = query.filter(invoices::corrects_id.eq(corrects_id));
    }
    match awaits_fiscal_number {
        Some(true) => query = query.filter(invoice_fiscal_numbers::status.eq(FiscalStatus::Requested)),
        Some(false) => {
            let asked_for_none = invoice_fiscal_numbers::status.nullable().is_null();
            query = query.filter(asked_for_none.or(invoice_fiscal_numbers::status.ne(FiscalStatus::Requested)));
        }
        None => {}
    }
    if let Some(from) = issued_from {
        query = query.filter(invoices::issue_date.ge(from));
    }
    if let Some(to) = issued_to {
        query = query.filter(invoices::issue_date.le(to));
    }
    if let Some(before) = before {
        query = query.filter(invoices::id.lt(before));
    }
    query.load(&mut conn).await
}

/// The documents that were issued with others of a hotel.
pub async fn issued_with(mut conn: &Conn, property_id: Uuid, ids: &[InvoiceId]) -> QueryResult<Vec<(InvoiceId, InvoiceId)>> {
    let rows: Vec<(Option<InvoiceId>, InvoiceId)> = invoices::table
        .filter(invoices::property_id.eq(property_id))
        .filter(invoices::issued_with_id.eq_any(ids))
        .select((invoices::issued_with_id, invoices::id))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().filter_map(|(with, id)| Some((with?, id))).collect())
}

pub async fn insert(mut conn: &Conn, invoice: &Invoice, state: &InvoiceState, lines: &[LineRow]) -> QueryResult<()> {
    diesel::insert_into(invoices::table).values(invoice).execute(&mut conn).await?;
    diesel::insert_into(invoice_states::table).values(state).execute(&mut conn).await?;
    if !lines.is_empty() {
        diesel::insert_into(invoice_lines::table).values(lines).execute(&mut conn).await?;
    }
    Ok(())
}

/// The receipt of a payment, if there is one.
pub async fn receipt_of(mut conn: &Conn, property_id: Uuid, payment_id: Uuid) -> QueryResult<Option<InvoiceId>> {
    invoices::table
        .filter(invoices::property_id.eq(property_id))
        .filter(invoices::payment_id.eq(payment_id))
        .select(invoices::id)
        .first(&mut conn)
        .await
        .optional()
}

// Numbers

/// The numbers of a kind, locked: the last lock of a use case. Whoever is first writes the row.
pub async fn lock_counter(mut conn: &Conn, property_id: Uuid, kind: InvoiceKind, now: DateTime<Utc>) -> QueryResult<Counter> {
    let first = Counter {
        property_id,
        kind,
        year: 0,
        last_number: 0,
        last_issued_at: DateTime::UNIX_EPOCH,
        last_hash: vec![0; 32],
        created_at: now,
        updated_at: now,
    };
    diesel::insert_into(invoice_counters::table).values(&first).on_conflict_do_nothing().execute(&mut conn).await?;
    invoice_counters::table.find((property_id, kind)).select(Counter::as_select()).for_no_key_update().first(&mut conn).await
}

pub async fn set_counter(mut conn: &Conn, counter: &Counter) -> QueryResult<usize> {
    diesel::update(invoice_counters::table.find((counter.property_id, counter.kind)))
        .set((
            invoice_counters::year.eq(counter.year),
            invoice_counters::last_number.eq(counter.last_number),
            invoice_counters::last_issued_at.eq(counter.last_issued_at),
            invoice_counters::last_hash.eq(&counter.last_hash),
            invoice_counters::updated_at.eq(counter.updated_at),
        ))
        .execute(&mut conn)
        .await
}

/// The counters of all hotels.
pub async fn counters(mut conn: &Conn) -> QueryResult<Vec<Counter>> {
    invoice_counters::table
        .order((invoice_counters::property_id, invoice_counters::kind))
        .select(Counter::as_select())
        .load(&mut conn)
        .await
}

/// Documents of a kind after a number, in the order of their numbers.
pub async fn chain(
    mut conn: &Conn,
    (property_id, kind): (Uuid, InvoiceKind),
    (year, number): (i32, i64),
    limit: i64,
) -> QueryResult<Vec<Invoice>> {
    invoices::table
        .filter(invoices::property_id.eq(property_id))
        .filter(invoices::kind.eq(kind))
        .filter(invoices::year.gt(year).or(invoices::year.eq(year).and(invoices::number.gt(number))))
        .order((invoices::year, invoices::number))
        .limit(limit)
        .select(Invoice::as_select())
        .load(&mut conn)
        .await
}

// What a document holds

/// The lines of folios that are on a document, whichever it is, of those of a folio.
pub async fn live_entries(mut conn: &Conn, property_id: Uuid, entry_ids: &[Uuid]) -> QueryResult<Vec<EntryRow>> {
    invoice_entries::table
        .filter(invoice_entries::property_id.eq(property_id))
        .filter(invoice_entries::entry_id.eq_any(entry_ids))
        .filter(invoice_entries::released_by.is_null())
        .select(EntryRow::as_select())
        .load(&mut conn)
        .await
}

/// The lines of folios that a document holds.
pub async fn entries_of(mut conn: &Conn, property_id: Uuid, invoice_id: InvoiceId) -> QueryResult<Vec<EntryRow>> {
    invoice_entries::table
        .filter(invoice_entries::property_id.eq(property_id))
        .filter(invoice_entries::invoice_id.eq(invoice_id))
        .filter(invoice_entries::released_by.is_null())
        .order(invoice_entries::entry_id)
        .select(EntryRow::as_select())
        .load(&mut conn)
        .await
}

pub async fn hold(mut conn: &Conn, entries: &[EntryRow]) -> QueryResult<usize> {
    if entries.is_empty() {
        return Ok(0);
    }
    diesel::insert_into(invoice_entries::table).values(entries).execute(&mut conn).await
}

/// The lines of folios that are in some lines of documents.
pub async fn entries_in(mut conn: &Conn, property_id: Uuid, line_ids: &[InvoiceLineId]) -> QueryResult<Vec<EntryRow>> {
    invoice_entries::table
        .filter(invoice_entries::property_id.eq(property_id))
        .filter(invoice_entries::line_id.eq_any(line_ids))
        .filter(invoice_entries::released_by.is_null())
        .order(invoice_entries::entry_id)
        .select(EntryRow::as_select())
        .load(&mut conn)
        .await
}

/// Gives back the lines of folios that are in some lines of documents.
pub async fn release(
    mut conn: &Conn,
    property_id: Uuid,
    line_ids: &[InvoiceLineId],
    by: InvoiceId,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::update(invoice_entries::table)
        .filter(invoice_entries::property_id.eq(property_id))
        .filter(invoice_entries::line_id.eq_any(line_ids))
        .filter(invoice_entries::released_by.is_null())
        .set((invoice_entries::released_by.eq(by), invoice_entries::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Gives back the payments and advances that a document holds, of which all was credited.
pub async fn release_paid(
    mut conn: &Conn,
    (property_id, invoice_id): (Uuid, InvoiceId),
    by: InvoiceId,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(invoice_payments::table)
        .filter(invoice_payments::property_id.eq(property_id))
        .filter(invoice_payments::invoice_id.eq(invoice_id))
        .filter(invoice_payments::released_by.is_null())
        .set((invoice_payments::released_by.eq(by), invoice_payments::updated_at.eq(now)))
        .execute(&mut conn)
        .await?;
    diesel::update(invoice_settlements::table)
        .filter(invoice_settlements::property_id.eq(property_id))
        .filter(invoice_settlements::invoice_id.eq(invoice_id))
        .filter(invoice_settlements::released_by.is_null())
        .set((invoice_settlements::released_by.eq(by), invoice_settlements::updated_at.eq(now)))
        .execute(&mut conn)
        .await?;
    Ok(())
}

/// The credits of a document's lines.
pub async fn credits_of(mut conn: &Conn, property_id: Uuid, invoice_id: InvoiceId) -> QueryResult<Vec<LineRow>> {
    let ids: Vec<InvoiceLineId> = invoice_lines::table
        .filter(invoice_lines::property_id.eq(property_id))
        .filter(invoice_lines::invoice_id.eq(invoice_id))
        .select(invoice_lines::id)
        .load(&mut conn)
        .await?;
    invoice_lines::table
        .filter(invoice_lines::property_id.eq(property_id))
        .filter(invoice_lines::credits_id.eq_any(ids))
        .order(invoice_lines::id)
        .select(LineRow::as_select())
        .load(&mut conn)
        .await
}

/// The state of a document, locked against other changes.
pub async fn lock_state(mut conn: &Conn, property_id: Uuid, invoice_id: InvoiceId) -> QueryResult<InvoiceState> {
    invoice_states::table
        .find((property_id, invoice_id))
        .select(InvoiceState::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
}

/// Notes that so much of a document was credited.
pub async fn note_credit(mut conn: &Conn, state: &InvoiceState, minor: i64, now: DateTime<Utc>) -> QueryResult<InvoiceState> {
    diesel::update(invoice_states::table.find((state.property_id, state.invoice_id)))
        .set((
            invoice_states::credited_minor.eq(invoice_states::credited_minor + minor),
            invoice_states::version.eq(invoice_states::version + 1),
            invoice_states::updated_at.eq(now),
        ))
        .returning(InvoiceState::as_returning())
        .get_result(&mut conn)
        .await
}

/// Notes that a document was mailed once more.
pub async fn note_mail(mut conn: &Conn, state: &InvoiceState, now: DateTime<Utc>) -> QueryResult<InvoiceState> {
    diesel::update(invoice_states::table.find((state.property_id, state.invoice_id)))
        .set((
            invoice_states::mailed.eq(invoice_states::mailed + 1),
            invoice_states::mailed_at.eq(now),
            invoice_states::version.eq(invoice_states::version + 1),
            invoice_states::updated_at.eq(now),
        ))
        .returning(InvoiceState::as_returning())
        .get_result(&mut conn)
        .await
}

// Payments and advances

/// Payment on a folio, as far as it is on no document.
#[derive(Debug, Clone, QueryableByName)]
pub struct Unallocated {
    #[diesel(sql_type = SqlUuid)]
    pub payment_id: Uuid,
    #[diesel(sql_type = Text)]
    pub method: String,
    #[diesel(sql_type = Date)]
    pub date: NaiveDate,
    #[diesel(sql_type = BigInt)]
    pub amount_minor: i64,
}

/// Locks the payments whose money is on a folio, in the order of their ids: nobody else allocates or takes of them meanwhile. The
/// caller holds the folio.
pub async fn lock_payments(mut conn: &Conn, property_id: Uuid, folio_id: Uuid) -> QueryResult<usize> {
    let statement = constant_sql(
        "SELECT id FROM payments WHERE property_id = $1 AND id IN (SELECT payment_id FROM folio_entries \
            WHERE property_id = $1 AND folio_id = $2 AND payment_id IS NOT NULL) ORDER BY id FOR NO KEY UPDATE",
    );
    Cached(statement.bind::<SqlUuid, _>(property_id).bind::<SqlUuid, _>(folio_id)).execute(&mut conn).await
}

/// Money that was paid on a folio and is on no document, payment by payment, the oldest first: no more than the folio has of it, and no
/// more than there is beside what documents of all folios hold. The caller holds the folio and the payments.
pub async fn unallocated(mut conn: &Conn, property_id: Uuid, folio_id: Uuid) -> QueryResult<Vec<Unallocated>> {
    let statement = constant_sql(
        "SELECT p.id AS payment_id, p.method, p.business_date AS date, free.amount::bigint AS amount_minor \
         FROM (SELECT payment_id, -sum(amount_minor) AS amount FROM folio_entries \
               WHERE property_id = $1 AND folio_id = $2 AND payment_id IS NOT NULL GROUP BY 1) AS paid \
         JOIN payments p ON p.property_id = $1 AND p.id = paid.payment_id \
         CROSS JOIN LATERAL (SELECT coalesce(sum(a.amount_minor), 0) AS everywhere, \
                                    coalesce(sum(a.amount_minor) FILTER (WHERE i.folio_id = $2), 0) AS here \
               FROM invoice_payments a JOIN invoices i ON i.property_id = a.property_id AND i.id = a.invoice_id \
               WHERE a.property_id = $1 AND a.payment_id = p.id AND a.released_by IS NULL) AS allocated \
         CROSS JOIN LATERAL (SELECT least(paid.amount - allocated.here, \
                                          p.captured_minor - p.refunded_minor - p.lost_minor - allocated.everywhere) AS amount) AS free \
         WHERE free.amount > 0 ORDER BY p.id",
    );
    Cached(statement.bind::<SqlUuid, _>(property_id).bind::<SqlUuid, _>(folio_id)).load(&mut conn).await
}

/// Allocates payments to a document: payment and amount. What it has of one already becomes more.
pub async fn allocate(
    mut conn: &Conn,
    (property_id, invoice_id): (Uuid, InvoiceId),
    amounts: &[(Uuid, i64)],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    if amounts.is_empty() {
        return Ok(0);
    }
    let statement = constant_sql(
        "INSERT INTO invoice_payments AS held (property_id, invoice_id, payment_id, amount_minor, created_at, updated_at) \
         SELECT $1, $2, new.payment_id, new.amount_minor, $5, $5 FROM unnest($3, $4) AS new (payment_id, amount_minor) \
         ON CONFLICT (property_id, invoice_id, payment_id) DO UPDATE \
            SET amount_minor = held.amount_minor + excluded.amount_minor, updated_at = excluded.updated_at \
            WHERE held.released_by IS NULL",
    );
    let (payment_ids, minors): (Vec<Uuid>, Vec<i64>) = amounts.iter().copied().unzip();
    Cached(
        statement
            .bind::<SqlUuid, _>(property_id)
            .bind::<SqlUuid, _>(Uuid::from(invoice_id))
            .bind::<Array<SqlUuid>, _>(payment_ids)
            .bind::<Array<BigInt>, _>(minors)
            .bind::<Timestamptz, _>(now),
    )
    .execute(&mut conn)
    .await
}

/// Returns what payments pay of documents: a trigger takes from it what leaves a payment.
pub async fn paid(mut conn: &Conn, property_id: Uuid, invoice_ids: &[InvoiceId]) -> QueryResult<Vec<Paid>> {
    let statement = constant_sql(
        "SELECT invoice_id, sum(amount_minor)::bigint AS paid_minor FROM invoice_payments \
         WHERE property_id = $1 AND invoice_id = ANY ($2) AND released_by IS NULL GROUP BY 1",
    );
    let ids: Vec<Uuid> = invoice_ids.iter().copied().map(Uuid::from).collect();
    Cached(statement.bind::<SqlUuid, _>(property_id).bind::<Array<SqlUuid>, _>(ids)).load(&mut conn).await
}

/// Amount that was paid of a document.
#[derive(Debug, Clone, QueryableByName)]
pub struct Paid {
    #[diesel(sql_type = SqlUuid)]
    pub invoice_id: InvoiceId,
    #[diesel(sql_type = BigInt)]
    pub paid_minor: i64,
}

/// Document that asks for money, as far as it is unpaid.
#[derive(Debug, Clone, QueryableByName)]
pub struct Unpaid {
    #[diesel(sql_type = SqlUuid)]
    pub invoice_id: InvoiceId,
    #[diesel(sql_type = BigInt)]
    pub unpaid_minor: i64,
}

/// The documents of a folio of which something is unpaid, the oldest first. The caller holds the folio.
pub async fn unpaid(mut conn: &Conn, property_id: Uuid, folio_id: Uuid) -> QueryResult<Vec<Unpaid>> {
    let statement = constant_sql(
        "SELECT i.id AS invoice_id, (i.total_minor - s.credited_minor - coalesce(paid.amount, 0) - coalesce(settled.amount, 0))::bigint AS unpaid_minor \
         FROM invoices i JOIN invoice_states s ON s.property_id = i.property_id AND s.invoice_id = i.id \
         LEFT JOIN LATERAL (SELECT sum(a.amount_minor) AS amount FROM invoice_payments a \
               WHERE a.property_id = i.property_id AND a.invoice_id = i.id AND a.released_by IS NULL) AS paid ON true \
         LEFT JOIN LATERAL (SELECT sum(other.total_minor) AS amount FROM invoice_settlements t \
               JOIN invoices other ON other.property_id = t.property_id AND other.id = t.advance_id \
               WHERE t.property_id = i.property_id AND t.invoice_id = i.id AND t.released_by IS NULL) AS settled ON true \
         WHERE i.property_id = $1 AND i.folio_id = $2 AND i.kind IN ('invoice', 'levy') \
           AND i.total_minor - s.credited_minor - coalesce(paid.amount, 0) - coalesce(settled.amount, 0) > 0 ORDER BY i.id",
    );
    Cached(statement.bind::<SqlUuid, _>(property_id).bind::<SqlUuid, _>(folio_id)).load(&mut conn).await
}

/// The advance invoices of a folio that no invoice has settled, and of which nothing was credited, the oldest first.
pub async fn open_advances(mut conn: &Conn, property_id: Uuid, folio_id: Uuid) -> QueryResult<Vec<Invoice>> {
    let of_invoice = invoice_settlements::property_id
        .eq(invoices::property_id)
        .and(invoice_settlements::advance_id.eq(invoices::id))
        .and(invoice_settlements::released_by.is_null());
    let with_state = invoice_states::property_id.eq(invoices::property_id).and(invoice_states::invoice_id.eq(invoices::id));
    invoices::table
        .inner_join(invoice_states::table.on(with_state))
        .filter(invoices::property_id.eq(property_id))
        .filter(invoices::folio_id.eq(folio_id))
        .filter(invoices::kind.eq(InvoiceKind::Advance))
        .filter(invoice_states::credited_minor.eq(0))
        .filter(not(exists(invoice_settlements::table.filter(of_invoice))))
        .order(invoices::id)
        .select(Invoice::as_select())
        .load(&mut conn)
        .await
}

/// Notes that an invoice settles advances.
pub async fn settle(
    mut conn: &Conn,
    (property_id, invoice_id): (Uuid, InvoiceId),
    advances: &[InvoiceId],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    if advances.is_empty() {
        return Ok(0);
    }
    let row = |advance_id: &InvoiceId| {
        (
            invoice_settlements::property_id.eq(property_id),
            invoice_settlements::invoice_id.eq(invoice_id),
            invoice_settlements::advance_id.eq(*advance_id),
            invoice_settlements::created_at.eq(now),
            invoice_settlements::updated_at.eq(now),
        )
    };
    let rows: Vec<_> = advances.iter().map(row).collect();
    diesel::insert_into(invoice_settlements::table).values(rows).execute(&mut conn).await
}

/// The number of the invoice that settles an advance, if one does.
pub async fn settled_by(mut conn: &Conn, property_id: Uuid, advance_id: InvoiceId) -> QueryResult<Option<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<Text>)]
        name: Option<String>,
    }
    let statement = constant_sql(
        "SELECT i.name FROM invoice_settlements s JOIN invoices i ON i.property_id = s.property_id AND i.id = s.invoice_id \
         WHERE s.property_id = $1 AND s.advance_id = $2 AND s.released_by IS NULL",
    );
    let row: Option<Row> = Cached(statement.bind::<SqlUuid, _>(property_id).bind::<SqlUuid, _>(Uuid::from(advance_id)))
        .get_result(&mut conn)
        .await
        .optional()?;
    Ok(row.and_then(|row| row.name))
}

// Fiscal numbers

pub async fn insert_fiscal_number(mut conn: &Conn, number: &FiscalNumber) -> QueryResult<usize> {
    diesel::insert_into(invoice_fiscal_numbers::table).values(number).execute(&mut conn).await
}

/// The fiscal numbers of documents, as far as any are asked for.
pub async fn fiscal_numbers(mut conn: &Conn, property_id: Uuid, ids: &[InvoiceId]) -> QueryResult<Vec<FiscalNumber>> {
    invoice_fiscal_numbers::table
        .filter(invoice_fiscal_numbers::property_id.eq(property_id))
        .filter(invoice_fiscal_numbers::invoice_id.eq_any(ids))
        .select(FiscalNumber::as_select())
        .load(&mut conn)
        .await
}

/// Writes the number that was given. The caller holds the state of the document.
pub async fn set_fiscal_number(mut conn: &Conn, number: &FiscalNumber) -> QueryResult<usize> {
    diesel::update(invoice_fiscal_numbers::table.find((number.property_id, number.invoice_id)))
        .set((
            invoice_fiscal_numbers::status.eq(number.status),
            invoice_fiscal_numbers::number.eq(&number.number),
            invoice_fiscal_numbers::code.eq(&number.code),
            invoice_fiscal_numbers::qr_text.eq(&number.qr_text),
            invoice_fiscal_numbers::updated_at.eq(number.updated_at),
        ))
        .execute(&mut conn)
        .await
}

/// Makes a new version of what happened to a document.
pub async fn touch(mut conn: &Conn, state: &InvoiceState, now: DateTime<Utc>) -> QueryResult<InvoiceState> {
    diesel::update(invoice_states::table.find((state.property_id, state.invoice_id)))
        .set((invoice_states::version.eq(invoice_states::version + 1), invoice_states::updated_at.eq(now)))
        .returning(InvoiceState::as_returning())
        .get_result(&mut conn)
        .await
}

// Files

pub async fn file(mut conn: &Conn, property_id: Uuid, invoice_id: InvoiceId, format: FileFormat) -> QueryResult<Option<Vec<u8>>> {
    invoice_files::table.find((property_id, invoice_id, format)).select(invoice_files::content).first(&mut conn).await.optional()
}

/// Keeps a file of a document, unless there is one.
pub async fn keep_file(
    mut conn: &Conn,
    (property_id, invoice_id): (Uuid, InvoiceId),
    format: FileFormat,
    (content, digest): (&[u8], &[u8]),
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::insert_into(invoice_files::table)
        .values((
            invoice_files::property_id.eq(property_id),
            invoice_files::invoice_id.eq(invoice_id),
            invoice_files::format.eq(format),
            invoice_files::content.eq(content),
            invoice_files::digest.eq(digest),
            invoice_files::created_at.eq(now),
            invoice_files::updated_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(&mut conn)
        .await
}

/// A document of a hotel.
pub async fn find_in(mut conn: &Conn, property_id: Uuid, id: InvoiceId) -> QueryResult<Option<Invoice>> {
    invoices::table.find((property_id, id)).select(Invoice::as_select()).first(&mut conn).await.optional()
}

// Settings

/// The settings of a hotel's invoices, if it has said anything.
pub async fn settings(mut conn: &Conn, property_id: Uuid) -> QueryResult<Option<InvoiceSettings>> {
    invoice_settings::table.find(property_id).select(InvoiceSettings::as_select()).first(&mut conn).await.optional()
}

/// Writes the settings of a hotel. The caller holds the property.
pub async fn set_settings(mut conn: &Conn, settings: &InvoiceSettings) -> QueryResult<InvoiceSettings> {
    diesel::insert_into(invoice_settings::table)
        .values(settings)
        .on_conflict(invoice_settings::property_id)
        .do_update()
        .set(settings)
        .returning(InvoiceSettings::as_returning())
        .get_result(&mut conn)
        .await
}
