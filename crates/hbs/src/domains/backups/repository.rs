use super::model::{Backup, BackupId, BackupStatus, Completed, NewBackup};
use crate::archive::{FolioSum, LedgerSum};
use crate::stores::postgres::{Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, Utc};
use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Uuid as SqlUuid};
use hbs_schema::backups;
use uuid::Uuid;

#[diesel::declare_sql_function]
extern "SQL" {
    fn pg_export_snapshot() -> Text;
    fn current_schema() -> Nullable<Text>;
    /// The newest migration that the database has. A function of the migrations.
    fn schema_version() -> Nullable<Text>;
}

// Backups

pub async fn find(mut conn: &Conn, id: BackupId) -> QueryResult<Option<Backup>> {
    backups::table.find(id).select(Backup::as_select()).first(&mut conn).await.optional()
}

/// Backups, the latest first.
pub async fn list(mut conn: &Conn, before: Option<BackupId>, limit: i64) -> QueryResult<Vec<Backup>> {
    let mut query = backups::table.order(backups::id.desc()).limit(limit).select(Backup::as_select()).into_boxed();
    if let Some(before) = before {
        query = query.filter(backups::id.lt(before));
    }
    query.load(&mut conn).await
}

/// The backup that waits or runs.
pub async fn open(mut conn: &Conn) -> QueryResult<Option<Backup>> {
    let is_open = backups::status.eq_any([BackupStatus::Requested, BackupStatus::Running]);
    backups::table.filter(is_open).select(Backup::as_select()).first(&mut conn).await.optional()
}

/// Writes a backup, unless one waits or runs.
pub async fn insert(mut conn: &Conn, new: &NewBackup) -> QueryResult<Option<Backup>> {
    let inserted = diesel::insert_into(backups::table).values(new).on_conflict_do_nothing();
    inserted.returning(Backup::as_returning()).get_result(&mut conn).await.optional()
}

pub async fn begin(mut conn: &Conn, id: BackupId, name: &str, now: DateTime<Utc>) -> QueryResult<Backup> {
    diesel::update(backups::table.find(id))
        .set((
            backups::status.eq(BackupStatus::Running),
            backups::name.eq(name),
            backups::started_at.eq(now),
            backups::version.eq(backups::version + 1),
            backups::updated_at.eq(now),
        ))
        .returning(Backup::as_returning())
        .get_result(&mut conn)
        .await
}

pub async fn complete(mut conn: &Conn, id: BackupId, completed: &Completed, now: DateTime<Utc>) -> QueryResult<Backup> {
    diesel::update(backups::table.find(id))
        .set((
            backups::status.eq(BackupStatus::Completed),
            backups::size_bytes.eq(completed.size_bytes),
            backups::sha256.eq(&completed.sha256),
            backups::manifest.eq(&completed.manifest),
            backups::finished_at.eq(now),
            backups::version.eq(backups::version + 1),
            backups::updated_at.eq(now),
        ))
        .returning(Backup::as_returning())
        .get_result(&mut conn)
        .await
}

/// Notes that an archive was found complete which the database did not know, or took for one that failed.
pub async fn adopt(
    mut conn: &Conn,
    id: BackupId,
    name: &str,
    completed: &Completed,
    taken_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<Option<Backup>> {
    let unknown = backups::status.eq_any([BackupStatus::Failed, BackupStatus::Running]);
    diesel::update(backups::table.find(id).filter(unknown))
        .set((
            backups::status.eq(BackupStatus::Completed),
            backups::name.eq(name),
            backups::size_bytes.eq(completed.size_bytes),
            backups::sha256.eq(&completed.sha256),
            backups::manifest.eq(&completed.manifest),
            backups::failure.eq(None::<String>),
            backups::started_at.eq(taken_at),
            backups::finished_at.eq(taken_at),
            backups::version.eq(backups::version + 1),
            backups::updated_at.eq(now),
        ))
        .returning(Backup::as_returning())
        .get_result(&mut conn)
        .await
        .optional()
}

/// Notes that backups failed: those that are said to be in these states.
pub async fn fail(mut conn: &Conn, states: &[BackupStatus], failure: &str, now: DateTime<Utc>) -> QueryResult<Vec<Backup>> {
    diesel::update(backups::table.filter(backups::status.eq_any(states)))
        .set((
            backups::status.eq(BackupStatus::Failed),
            backups::failure.eq(failure),
            backups::finished_at.eq(now),
            backups::version.eq(backups::version + 1),
            backups::updated_at.eq(now),
        ))
        .returning(Backup::as_returning())
        .get_results(&mut conn)
        .await
}

/// The states of a backup that a drill can have restored: its time may be over by when the drill ends.
const DRILLED: [BackupStatus; 2] = [BackupStatus::Completed, BackupStatus::Expired];

/// Notes that an archive was restored and found to be what it should be.
pub async fn prove(mut conn: &Conn, id: BackupId, now: DateTime<Utc>) -> QueryResult<Option<Backup>> {
    diesel::update(backups::table.find(id).filter(backups::status.eq_any(DRILLED)))
        .set((
            backups::proven_at.eq(now),
            backups::drilled_at.eq(now),
            backups::drill_failure.eq(None::<String>),
            backups::version.eq(backups::version + 1),
            backups::updated_at.eq(now),
        ))
        .returning(Backup::as_returning())
        .get_result(&mut conn)
        .await
        .optional()
}

/// Notes that a drill did not prove an archive, or has not yet.
pub async fn fail_drill(mut conn: &Conn, id: BackupId, failure: &str, now: DateTime<Utc>) -> QueryResult<Option<Backup>> {
    diesel::update(backups::table.find(id).filter(backups::status.eq_any(DRILLED)))
        .set((
            backups::drilled_at.eq(now),
            backups::drill_failure.eq(failure),
            backups::version.eq(backups::version + 1),
            backups::updated_at.eq(now),
        ))
        .returning(Backup::as_returning())
        .get_result(&mut conn)
        .await
        .optional()
}

/// Notes that an archive is removed.
pub async fn expire(mut conn: &Conn, name: &str, now: DateTime<Utc>) -> QueryResult<Option<Backup>> {
    diesel::update(backups::table.filter(backups::name.eq(name)).filter(backups::status.eq(BackupStatus::Completed)))
        .set((backups::status.eq(BackupStatus::Expired), backups::version.eq(backups::version + 1), backups::updated_at.eq(now)))
        .returning(Backup::as_returning())
        .get_result(&mut conn)
        .await
        .optional()
}

/// Backups with an archive.
pub async fn completed(mut conn: &Conn) -> QueryResult<Vec<Backup>> {
    let complete = backups::table.filter(backups::status.eq(BackupStatus::Completed));
    complete.order(backups::id).select(Backup::as_select()).load(&mut conn).await
}

/// The backup that was proven last.
pub async fn last_proven(mut conn: &Conn) -> QueryResult<Option<Backup>> {
    let proven = backups::table.filter(backups::proven_at.is_not_null()).order(backups::proven_at.desc());
    proven.select(Backup::as_select()).first(&mut conn).await.optional()
}

/// The backup that a drill tried last.
pub async fn last_drilled(mut conn: &Conn) -> QueryResult<Option<Backup>> {
    let drilled = backups::table.filter(backups::drilled_at.is_not_null()).order(backups::drilled_at.desc());
    drilled.select(Backup::as_select()).first(&mut conn).await.optional()
}

/// The newest backup with an archive.
pub async fn newest(mut conn: &Conn) -> QueryResult<Option<Backup>> {
    let complete = backups::table.filter(backups::status.eq(BackupStatus::Completed));
    complete.order(backups::started_at.desc()).select(Backup::as_select()).first(&mut conn).await.optional()
}

/// Times of the last backup that was completed, and of the last that was begun.
pub async fn last_times(mut conn: &Conn) -> QueryResult<(Option<DateTime<Utc>>, Option<DateTime<Utc>>)> {
    let complete = backups::table.filter(backups::status.eq_any([BackupStatus::Completed, BackupStatus::Expired]));
    let completed = complete.select(max(backups::finished_at)).get_result(&mut conn).await?;
    let begun = backups::table.select(max(backups::started_at)).get_result(&mut conn).await?;
    Ok((completed, begun))
}

// What an archive holds

/// Makes the snapshot of this transaction one that others can see the database by.
pub async fn export_snapshot(mut conn: &Conn) -> QueryResult<String> {
    diesel::select(pg_export_snapshot()).get_result(&mut conn).await
}

/// The schema that the tables are in; none if there is none of those that the address names.
pub async fn schema(mut conn: &Conn) -> QueryResult<Option<String>> {
    diesel::select(current_schema()).get_result(&mut conn).await
}

/// The newest migration that the database has, if Diesel has noted any.
pub async fn migration(mut conn: &Conn) -> QueryResult<Option<String>> {
    diesel::select(schema_version()).get_result(&mut conn).await
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Rows {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// The number of rows of each table.
pub async fn rows_of_tables(mut conn: &Conn) -> QueryResult<Vec<(String, i64)>> {
    let found: Vec<Rows> = constant_sql("SELECT name, rows FROM rows_of_tables()").load(&mut conn).await?;
    Ok(found.into_iter().map(|Rows { name, rows }| (name, rows)).collect())
}

/// The number of tables in the schema, of whatever kind they are.
pub async fn number_of_tables(mut conn: &Conn) -> QueryResult<i64> {
    let query = constant_sql("SELECT count(*) AS number FROM pg_tables WHERE schemaname = current_schema()");
    Ok(query.get_result::<Number>(&mut conn).await?.number)
}

/// Returns `true` if what is in the database was left there by a drill.
pub async fn is_of_a_drill(mut conn: &Conn) -> QueryResult<bool> {
    let query = constant_sql("SELECT count(*) AS number FROM pg_namespace WHERE nspname = 'hbs_drill'");
    Ok(query.get_result::<Number>(&mut conn).await?.number > 0)
}

/// Returns `true` if HBS itself or a restore has written into the schema: a drill leaves the table `installation` empty.
pub async fn is_installed(mut conn: &Conn) -> QueryResult<bool> {
    let is_there = constant_sql(
        "SELECT count(*) AS number FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'installation'",
    );
    if is_there.get_result::<Number>(&mut conn).await?.number == 0 {
        return Ok(false);
    }
    let rows = constant_sql("SELECT count(*) AS number FROM installation");
    Ok(rows.get_result::<Number>(&mut conn).await?.number > 0)
}

/// Marks the database as one of drills.
pub async fn mark_for_drills(mut conn: &Conn) -> QueryResult<()> {
    constant_sql("CREATE SCHEMA IF NOT EXISTS hbs_drill").execute(&mut conn).await.map(drop)
}

/// Removes the mark.
pub async fn unmark(mut conn: &Conn) -> QueryResult<()> {
    constant_sql("DROP SCHEMA IF EXISTS hbs_drill").execute(&mut conn).await.map(drop)
}

#[derive(QueryableByName)]
struct FolioRow {
    #[diesel(sql_type = SqlUuid)]
    property_id: Uuid,
    #[diesel(sql_type = BigInt)]
    lines: i64,
    #[diesel(sql_type = Text)]
    amount_minor: String,
}

pub async fn folio_sums(mut conn: &Conn) -> QueryResult<Vec<FolioSum>> {
    let query = constant_sql(
        "SELECT property_id, count(*) AS lines, sum(amount_minor)::text AS amount_minor FROM folio_entries
         GROUP BY property_id ORDER BY property_id",
    );
    let rows: Vec<FolioRow> = query.load(&mut conn).await?;
    let sum = |FolioRow { property_id, lines, amount_minor }| FolioSum { property_id, lines, amount_minor };
    Ok(rows.into_iter().map(sum).collect())
}

#[derive(QueryableByName)]
struct LedgerRow {
    #[diesel(sql_type = SqlUuid)]
    property_id: Uuid,
    #[diesel(sql_type = Text)]
    ledger: String,
    #[diesel(sql_type = Text)]
    amount_minor: String,
}

pub async fn ledger_sums(mut conn: &Conn) -> QueryResult<Vec<LedgerSum>> {
    let query = constant_sql(
        "SELECT p.id AS property_id, e.ledger, sum(e.amount_minor)::text AS amount_minor
         FROM properties p CROSS JOIN LATERAL ledger_entries(p.id) e GROUP BY p.id, e.ledger ORDER BY p.id, e.ledger",
    );
    let rows: Vec<LedgerRow> = query.load(&mut conn).await?;
    let sum = |LedgerRow { property_id, ledger, amount_minor }| LedgerSum { property_id, ledger, amount_minor };
    Ok(rows.into_iter().map(sum).collect())
}
