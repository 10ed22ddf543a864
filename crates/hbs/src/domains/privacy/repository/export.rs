//! Exports, and what goes into them.
use crate::domains::privacy::model::erasure::Person;
use crate::domains::privacy::model::export::{
    Export, ExportId, ExportStatus, FilePlace, Holdings, NewExport, PersonalFile, Section, Subject, Written,
};
use crate::outbox::sinks::{AUDIT_LOGS, BOOKING_LOGS};
use crate::stores::mongo::Mongo;
use crate::stores::postgres::{Conn, RunQueryDsl, constant_sql};
use crate::texts::Locale;
use chrono::{DateTime, Utc};
use diesel::dsl::{count_star, not};
use diesel::prelude::*;
use diesel::sql_types::{Array, Jsonb, Nullable, Text, Uuid as SqlUuid};
use hbs_schema::{bookings, guests, privacy_exports, users};
use mongodb::Cursor;
use mongodb::bson::{Document, doc};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;
use uuid::Uuid;

/// Time that MongoDB may take for the answer to a question.
const PATIENCE: Duration = Duration::from_secs(60);

// Exports

/// Writes an export, unless another of the same person waits to be made.
pub async fn insert(mut conn: &Conn, new: &NewExport) -> QueryResult<Option<Export>> {
    let inserted = diesel::insert_into(privacy_exports::table).values(new).on_conflict_do_nothing();
    inserted.returning(Export::as_returning()).get_result(&mut conn).await.optional()
}

pub async fn find(mut conn: &Conn, id: ExportId) -> QueryResult<Option<Export>> {
    privacy_exports::table.find(id).select(Export::as_select()).first(&mut conn).await.optional()
}

/// The newest export of a person, of those with numbers of documents or of those without.
pub async fn newest(mut conn: &Conn, subject: Subject, with_documents: bool) -> QueryResult<Option<Export>> {
    let found = of(subject).filter(privacy_exports::with_documents.eq(with_documents));
    found.order(privacy_exports::id.desc()).select(Export::as_select()).first(&mut conn).await.optional()
}

/// The number of exports that were asked for since then.
pub async fn number_since(mut conn: &Conn, subject: Subject, since: DateTime<Utc>) -> QueryResult<i64> {
    of(subject).filter(privacy_exports::created_at.gt(since)).select(count_star()).first(&mut conn).await
}

/// Exports of a person, each by the column that has an index.
fn of(subject: Subject) -> privacy_exports::BoxedQuery<'static, diesel::pg::Pg> {
    let query = privacy_exports::table.into_boxed();
    match subject {
        Subject::Account(id) => query.filter(privacy_exports::user_id.eq(id)),
        Subject::Profile { property_id, guest_id } => {
            query.filter(privacy_exports::property_id.eq(property_id)).filter(privacy_exports::guest_id.eq(guest_id))
        }
        Subject::Contact { property_id, booking_id } => {
            query.filter(privacy_exports::property_id.eq(property_id)).filter(privacy_exports::booking_id.eq(booking_id))
        }
    }
}

/// Exports that wait to be made, the oldest first; those that failed come after the others, so that they are in nobody's way.
pub async fn waiting(mut conn: &Conn, limit: i64) -> QueryResult<Vec<Export>> {
    privacy_exports::table
        .filter(privacy_exports::status.eq(ExportStatus::Requested))
        .order((privacy_exports::failures, privacy_exports::id))
        .limit(limit)
        .select(Export::as_select())
        .load(&mut conn)
        .await
}

/// Notes that an export is there, unless it was given up meanwhile.
pub async fn complete(
    mut conn: &Conn,
    id: ExportId,
    written: &Written,
    kept_until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<Option<Export>> {
    let waiting = privacy_exports::table.find(id).filter(privacy_exports::status.eq(ExportStatus::Requested));
    diesel::update(waiting)
        .set((
            privacy_exports::status.eq(ExportStatus::Ready),
            privacy_exports::size_bytes.eq(i64::try_from(written.size).unwrap_or(i64::MAX)),
            privacy_exports::sha256.eq(&written.sha256),
            privacy_exports::finished_at.eq(now),
            privacy_exports::kept_until.eq(kept_until),
            privacy_exports::version.eq(privacy_exports::version + 1),
            privacy_exports::updated_at.eq(now),
        ))
        .returning(Export::as_returning())
        .get_result(&mut conn)
        .await
        .optional()
}

/// Notes that an export could not be made, and whether that was the last attempt.
pub async fn fail(mut conn: &Conn, id: ExportId, status: ExportStatus, now: DateTime<Utc>) -> QueryResult<Option<Export>> {
    let waiting = privacy_exports::table.find(id).filter(privacy_exports::status.eq(ExportStatus::Requested));
    diesel::update(waiting)
        .set((
            privacy_exports::status.eq(status),
            privacy_exports::failures.eq(privacy_exports::failures + 1),
            privacy_exports::version.eq(privacy_exports::version + 1),
            privacy_exports::updated_at.eq(now),
        ))
        .returning(Export::as_returning())
        .get_result(&mut conn)
        .await
        .optional()
}

/// Ends exports whose time is over, the oldest first.
pub async fn expire(mut conn: &Conn, now: DateTime<Utc>, limit: i64) -> QueryResult<Vec<Export>> {
    let over: Vec<ExportId> = privacy_exports::table
        .filter(privacy_exports::status.eq(ExportStatus::Ready))
        .filter(privacy_exports::kept_until.le(now))
        .order(privacy_exports::id)
        .limit(limit)
        .select(privacy_exports::id)
        .for_no_key_update()
        .load(&mut conn)
        .await?;
    diesel::update(privacy_exports::table.filter(privacy_exports::id.eq_any(over)))
        .set((
            privacy_exports::status.eq(ExportStatus::Expired),
            privacy_exports::version.eq(privacy_exports::version + 1),
            privacy_exports::updated_at.eq(now),
        ))
        .returning(Export::as_returning())
        .get_results(&mut conn)
        .await
}

/// Ends the exports of somebody who is erased: those that wait are not made, and the files of others are removed by the job.
pub async fn forget(mut conn: &Conn, person: &Person, now: DateTime<Utc>) -> QueryResult<Vec<Export>> {
    let of_person = privacy_exports::user_id.eq_any(&person.users).or(privacy_exports::property_id
        .eq_any(&person.hotels)
        .and(privacy_exports::guest_id.eq_any(&person.guests).or(privacy_exports::booking_id.eq_any(&person.bookings))));
    let alive = privacy_exports::table.filter(privacy_exports::status.ne(ExportStatus::Expired)).filter(of_person);
    diesel::update(alive)
        .set((
            privacy_exports::status.eq(ExportStatus::Expired),
            privacy_exports::version.eq(privacy_exports::version + 1),
            privacy_exports::updated_at.eq(now),
        ))
        .returning(Export::as_returning())
        .get_results(&mut conn)
        .await
}

/// Exports that are over, and whose files are there.
pub async fn to_be_removed(mut conn: &Conn, limit: i64) -> QueryResult<Vec<Export>> {
    privacy_exports::table
        .filter(privacy_exports::status.eq_any([ExportStatus::Expired, ExportStatus::Failed]))
        .filter(privacy_exports::removed_at.is_null())
        .order(privacy_exports::id)
        .limit(limit)
        .select(Export::as_select())
        .load(&mut conn)
        .await
}

pub async fn note_removed(mut conn: &Conn, id: ExportId, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(privacy_exports::table.find(id))
        .set((privacy_exports::removed_at.eq(now), privacy_exports::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Removes exports whose files were removed before then.
pub async fn sweep(mut conn: &Conn, before: DateTime<Utc>) -> QueryResult<usize> {
    diesel::delete(privacy_exports::table.filter(privacy_exports::removed_at.lt(before))).execute(&mut conn).await
}

// People

/// Holds an account as it is, and returns the language of the person. None: it is not there.
pub async fn hold_account(mut conn: &Conn, user_id: Uuid) -> QueryResult<Option<Locale>> {
    users::table.find(user_id).filter(not(users::is_deleted)).select(users::locale).for_share().first(&mut conn).await.optional()
}

/// The hotel of a guest's profile, and the language of the guest.
pub async fn profile(mut conn: &Conn, guest_id: Uuid) -> QueryResult<Option<(Uuid, Option<Locale>)>> {
    guests::table.filter(guests::id.eq(guest_id)).select((guests::property_id, guests::locale)).first(&mut conn).await.optional()
}

/// Holds a profile as it is, and returns which one stands for it.
pub async fn hold_profile(mut conn: &Conn, property_id: Uuid, guest_id: Uuid) -> QueryResult<Option<Uuid>> {
    guests::table.find((property_id, guest_id)).select(guests::survivor_id).for_share().first(&mut conn).await.optional()
}

/// Holds a booking that no account has as it is, and returns the language of its guest.
pub async fn hold_booking(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<Option<Option<Locale>>> {
    bookings::table
        .find((property_id, booking_id))
        .filter(bookings::user_id.is_null())
        .select(bookings::locale)
        .for_share()
        .first(&mut conn)
        .await
        .optional()
}

/// The address of a booking that no account has.
pub async fn contact_email(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<Option<String>> {
    let found = bookings::table.find((property_id, booking_id)).filter(bookings::user_id.is_null());
    Ok(found.select(bookings::contact_email).first::<Option<String>>(&mut conn).await.optional()?.flatten())
}

/// What is a person's. Of an account: its profiles, with those that were merged with them, and its bookings, with those that were
/// made for its profiles or with its proved address and belong to no account; one with another address than the profile has is its
/// contact's. Of a profile: what is known of the guest at that hotel. Of an address: what was booked with it and belongs to no
/// account, and the profiles of these bookings that have it.
pub async fn holdings(mut conn: &Conn, subject: Subject) -> QueryResult<Holdings> {
    let query = match subject {
        Subject::Account(_) => constant_sql(
            "WITH mine AS (
                 SELECT g.property_id, g.id, g.email FROM guests g
                 WHERE (g.user_id IS NULL OR g.user_id = $1) AND (g.property_id, g.survivor_id) IN (
                     SELECT own.property_id, own.survivor_id FROM guests own WHERE own.user_id = $1)
             )
             SELECT 'guest' AS kind, property_id, id FROM mine
             UNION ALL SELECT 'booking', b.property_id, b.id FROM bookings b WHERE b.user_id = $1
             UNION ALL SELECT 'booking', b.property_id, b.id FROM bookings b
             JOIN mine ON mine.property_id = b.property_id AND mine.id = b.guest_id
             WHERE b.user_id IS NULL AND (b.contact_email IS NULL OR b.contact_email = mine.email)
             UNION ALL SELECT 'booking', b.property_id, b.id FROM bookings b
             JOIN users u ON u.id = $1 AND u.email_verified_at IS NOT NULL AND b.contact_email = u.email WHERE b.user_id IS NULL",
        ),
        Subject::Profile { .. } => constant_sql(
            "WITH asked AS (SELECT g.survivor_id, g.user_id FROM guests g WHERE g.property_id = $2 AND g.id = $3),
             mine AS (
                 SELECT g.id FROM guests g JOIN asked ON g.survivor_id = asked.survivor_id WHERE g.property_id = $2
                     AND (g.user_id IS NULL OR asked.user_id IS NULL OR g.user_id = asked.user_id)
             )
             SELECT 'guest' AS kind, $2 AS property_id, id FROM mine
             UNION ALL SELECT 'booking', b.property_id, b.id FROM bookings b
             WHERE b.property_id = $2 AND b.guest_id IN (SELECT id FROM mine)",
        ),
        Subject::Contact { .. } => constant_sql(
            "WITH asked AS (SELECT b.contact_email FROM bookings b
                            WHERE b.property_id = $2 AND b.id = $4 AND b.user_id IS NULL AND b.contact_email IS NOT NULL),
             mine AS (SELECT b.property_id, b.id, b.guest_id, b.contact_email
                      FROM bookings b JOIN asked ON asked.contact_email = b.contact_email WHERE b.user_id IS NULL)
             SELECT 'booking' AS kind, property_id, id FROM mine
             UNION ALL SELECT DISTINCT 'guest', g.property_id, g.id FROM guests g
             JOIN mine ON mine.property_id = g.property_id AND mine.guest_id = g.id AND mine.contact_email = g.email
             WHERE g.user_id IS NULL",
        ),
    };
    let found: Vec<Found> = query
        .bind::<Nullable<SqlUuid>, _>(subject.user_id())
        .bind::<Nullable<SqlUuid>, _>(subject.property_id())
        .bind::<Nullable<SqlUuid>, _>(subject.guest_id())
        .bind::<Nullable<SqlUuid>, _>(subject.booking_id())
        .load(&mut conn)
        .await?;
    let mut holdings = Holdings { user_id: subject.user_id(), ..Holdings::default() };
    for Found { kind, property_id, id } in found {
        holdings.property_ids.insert(property_id);
        let ids = if kind == "guest" { &mut holdings.guest_ids } else { &mut holdings.booking_ids };
        ids.insert(id);
    }
    Ok(holdings)
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = SqlUuid)]
    property_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// The references of a person's bookings, by their ids.
pub async fn references(mut conn: &Conn, of: &Holdings) -> QueryResult<Vec<(Uuid, String)>> {
    bookings::table
        .filter(bookings::property_id.eq_any(ids(&of.property_ids)))
        .filter(bookings::id.eq_any(ids(&of.booking_ids)))
        .select((bookings::id, bookings::reference))
        .load(&mut conn)
        .await
}

// Rows

/// Begins to read a section: one at a time, within a transaction.
pub async fn open(mut conn: &Conn, section: &Section, of: &Holdings) -> QueryResult<()> {
    constant_sql(section.sql)
        .bind::<Nullable<SqlUuid>, _>(of.user_id)
        .bind::<Array<SqlUuid>, _>(ids(&of.property_ids))
        .bind::<Array<SqlUuid>, _>(ids(&of.guest_ids))
        .bind::<Array<SqlUuid>, _>(ids(&of.booking_ids))
        .execute(&mut conn)
        .await
        .map(drop)
}

/// The next rows of the section that is read; none at its end.
pub async fn fetch(mut conn: &Conn) -> QueryResult<Vec<Value>> {
    let rows: Vec<Row> = constant_sql("FETCH 200 FROM export").load(&mut conn).await?;
    Ok(rows.into_iter().map(|row| row.row).collect())
}

/// Ends the reading of a section.
pub async fn close(mut conn: &Conn) -> QueryResult<()> {
    constant_sql("CLOSE export").execute(&mut conn).await.map(drop)
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Jsonb)]
    row: Value,
}

/// The files of a person: their names, not what is in them.
pub async fn files(mut conn: &Conn, of: &Holdings) -> QueryResult<Vec<PersonalFile>> {
    let rows: Vec<FileRow> = constant_sql(
        "SELECT 'avatar' AS place, NULL::uuid AS property_id, u.id, u.avatar_key AS key, NULL AS format, NULL AS name
         FROM users u WHERE u.id = $1 AND u.avatar_key IS NOT NULL
         UNION ALL
         SELECT 'reviews', h.property_id, h.id, h.key, h.format, NULL
         FROM review_photos h JOIN reviews r ON r.property_id = h.property_id AND r.id = h.review_id
         WHERE NOT r.is_deleted AND (r.author_id = $1
             OR r.property_id = ANY ($2) AND r.booking_id = ANY ($4))
         UNION ALL
         SELECT 'messages', t.property_id, t.id, t.key, t.format, t.name
         FROM issue_attachments t JOIN issue_messages m ON m.property_id = t.property_id AND m.id = t.message_id
         JOIN issues i ON i.property_id = m.property_id AND i.id = m.issue_id
         WHERE NOT m.is_note AND NOT i.is_internal AND (i.guest_user_id = $1
             OR i.property_id = ANY ($2) AND i.booking_id = ANY ($4))
         UNION ALL
         SELECT 'registration_cards', c.property_id, c.id, c.signature_key, c.signature_format, NULL
         FROM registration_cards c JOIN stays s ON s.property_id = c.property_id AND s.id = c.stay_id
         WHERE c.property_id = ANY ($2) AND s.guest_id = ANY ($3) AND c.signature_key IS NOT NULL
         UNION ALL
         SELECT 'invoices', i.property_id, i.id, NULL, NULL, i.name
         FROM invoices i JOIN folios f ON f.property_id = i.property_id AND f.id = i.folio_id
         WHERE i.property_id = ANY ($2) AND i.booking_id = ANY ($4) AND f.account_id IS NULL
         ORDER BY 1, 3",
    )
    .bind::<Nullable<SqlUuid>, _>(of.user_id)
    .bind::<Array<SqlUuid>, _>(ids(&of.property_ids))
    .bind::<Array<SqlUuid>, _>(ids(&of.guest_ids))
    .bind::<Array<SqlUuid>, _>(ids(&of.booking_ids))
    .load(&mut conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

#[derive(QueryableByName)]
struct FileRow {
    #[diesel(sql_type = Text)]
    place: FilePlace,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    property_id: Option<Uuid>,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    key: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    format: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
}

impl From<FileRow> for PersonalFile {
    fn from(FileRow { place, property_id, id, key, format, name }: FileRow) -> Self {
        Self { place, property_id, id, key, format, name }
    }
}

fn ids(ids: &BTreeSet<Uuid>) -> Vec<Uuid> {
    ids.iter().copied().collect()
}

// MongoDB

/// What an account has done, by the record: kinds and times, the oldest first.
pub async fn deeds(mongo: &Mongo, user_id: Uuid) -> mongodb::error::Result<Cursor<Document>> {
    let query = doc! {"actor_kind": "user", "actor_id": user_id.to_string()};
    told(mongo, AUDIT_LOGS.name, query).await
}

/// What happened to bookings: kinds and times, the oldest first.
pub async fn history(mongo: &Mongo, booking_ids: &[Uuid]) -> mongodb::error::Result<Cursor<Document>> {
    let ids: Vec<String> = booking_ids.iter().map(Uuid::to_string).collect();
    told(mongo, BOOKING_LOGS.name, doc! {"booking_id": {"$in": ids}}).await
}

async fn told(mongo: &Mongo, collection: &str, query: Document) -> mongodb::error::Result<Cursor<Document>> {
    let shown = doc! {"_id": 0, "kind": 1, "occurred_at": 1, "booking_id": 1};
    let collection = mongo.database().collection::<Document>(collection);
    collection.find(query).sort(doc! {"position": 1}).projection(shown).max_time(PATIENCE).await
}
