//! Queries of what issues are shown with, and of what is kept beside them.
use crate::domains::issues::model::{BlockOfIssue, BookingOfIssue, Issue, IssueId, IssueMessageId, IssueStep};
use crate::security::Reach;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, Utc};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Timestamptz, Uuid as SqlUuid};
use futures_util::try_join;
use hbs_schema::{
    bookings, issue_links, issue_readers, issue_steps, issue_viewers, issues, role_assignments, role_permissions, room_blocks,
    rooms, stays, users,
};
use std::collections::HashMap;
use uuid::Uuid;

/// Things that some issues are shown with.
#[derive(Debug, Default)]
pub struct About {
    /// By id.
    pub bookings: HashMap<Uuid, BookingOfIssue>,
    /// Numbers on doors by room.
    pub rooms: HashMap<Uuid, String>,
    /// By id.
    pub blocks: HashMap<Uuid, BlockOfIssue>,
    /// Names of people by id.
    pub people: HashMap<Uuid, String>,
    /// Messages that the caller has not read, by issue.
    pub unread: HashMap<Uuid, i64>,
    /// Time up to which the guest has read, by issue.
    pub read_by_guest: HashMap<Uuid, DateTime<Utc>>,
}

impl About {
    /// Reads what some issues are shown with to a reader: one round trip, however many there are.
    pub async fn read(conn: &Conn, issues: &[Issue], reader: Uuid, reach: &Reach) -> QueryResult<Self> {
        let ids: Vec<IssueId> = issues.iter().map(|issue| issue.id).collect();
        let of = |value: fn(&Issue) -> Option<Uuid>| issues.iter().filter_map(value).collect::<Vec<_>>();
        let (booking_ids, room_ids, block_ids) =
            (of(|issue| issue.booking_id), of(|issue| issue.room_id), of(|issue| issue.block_id));
        let people: Vec<Uuid> = issues.iter().flat_map(|issue| [issue.assignee_id, issue.guest_user_id]).flatten().collect();
        let (bookings, rooms, blocks, people, unread, read_by_guest) = try_join!(
            bookings_of(conn, &booking_ids),
            rooms_of(conn, &room_ids),
            blocks_of(conn, &block_ids),
            names_of(conn, &people),
            unread(conn, &ids, reader, reach),
            read_by_guests(conn, &ids),
        )?;
        Ok(Self { bookings, rooms, blocks, people, unread, read_by_guest })
    }
}

/// The bookings of issues, by id.
async fn bookings_of(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<HashMap<Uuid, BookingOfIssue>> {
    let rows: Vec<(Uuid, BookingOfIssue)> = bookings::table
        .filter(bookings::id.eq_any(ids))
        .select((bookings::id, BookingOfIssue::as_select()))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().collect())
}

async fn rooms_of(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<HashMap<Uuid, String>> {
    let rows: Vec<(Uuid, String)> =
        rooms::table.filter(rooms::id.eq_any(ids)).select((rooms::id, rooms::number)).load(&mut conn).await?;
    Ok(rows.into_iter().collect())
}

async fn blocks_of(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<HashMap<Uuid, BlockOfIssue>> {
    let rows: Vec<BlockOfIssue> =
        room_blocks::table.filter(room_blocks::id.eq_any(ids)).select(BlockOfIssue::as_select()).load(&mut conn).await?;
    Ok(rows.into_iter().map(|block| (block.id, block)).collect())
}

/// A block of a room.
pub async fn block(conn: &Conn, id: Uuid) -> QueryResult<Option<BlockOfIssue>> {
    Ok(blocks_of(conn, &[id]).await?.remove(&id))
}

/// The names of people, by id.
async fn names_of(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<HashMap<Uuid, String>> {
    let rows: Vec<(Uuid, String)> =
        users::table.filter(users::id.eq_any(ids)).select((users::id, users::full_name)).load(&mut conn).await?;
    Ok(rows.into_iter().collect())
}

/// A guest's account, as mails need it: address, since when it is proved, locale.
pub async fn contact_of_user(mut conn: &Conn, id: Uuid) -> QueryResult<Option<(String, Option<DateTime<Utc>>, String)>> {
    users::table
        .find(id)
        .filter(not(users::is_deleted))
        .select((users::email, users::email_verified_at, users::locale))
        .first(&mut conn)
        .await
        .optional()
}

/// Returns `true` if somebody with an account that is in use holds a permission at a hotel by one of their roles.
pub async fn holds_permission(mut conn: &Conn, user_id: Uuid, property_id: Uuid, permission: &str) -> QueryResult<bool> {
    let holders = role_assignments::table
        .inner_join(role_permissions::table.on(role_permissions::role_id.eq(role_assignments::role_id)))
        .filter(role_permissions::permission.eq(permission))
        .filter(role_assignments::property_id.is_null().or(role_assignments::property_id.eq(property_id)))
        .select(role_assignments::user_id);
    let person = users::table
        .find(user_id)
        .filter(users::id.eq_any(holders))
        .filter(users::status.eq("active"))
        .filter(not(users::is_deleted));
    diesel::select(exists(person)).get_result(&mut conn).await
}

/// The room of a stay of a booking, where there is such a stay.
pub async fn of_stay(mut conn: &Conn, property_id: Uuid, booking_id: Uuid, stay_id: Uuid) -> QueryResult<Option<Option<Uuid>>> {
    stays::table
        .find((property_id, stay_id))
        .filter(stays::booking_id.eq(booking_id))
        .select(stays::room_id)
        .first(&mut conn)
        .await
        .optional()
}

// Who has read

#[derive(Debug, QueryableByName)]
struct Unread {
    #[diesel(sql_type = SqlUuid)]
    issue_id: Uuid,
    #[diesel(sql_type = BigInt)]
    messages: i64,
}

/// The number of messages of others that a reader has not read, by issue. Notes count for the staff alone.
async fn unread(mut conn: &Conn, ids: &[IssueId], reader: Uuid, reach: &Reach) -> QueryResult<HashMap<Uuid, i64>> {
    let statement = constant_sql(
        "SELECT message.issue_id, count(*) AS messages FROM issue_messages AS message \
         JOIN issues AS issue ON issue.property_id = message.property_id AND issue.id = message.issue_id \
         LEFT JOIN issue_readers AS reader \
           ON reader.property_id = issue.property_id AND reader.issue_id = issue.id AND reader.reader_id = $2 \
         WHERE issue.id = ANY($1) AND message.author_id IS DISTINCT FROM $2 \
           AND (NOT message.is_note OR $3 OR message.property_id = ANY($4)) \
           AND (reader.read_to IS NULL OR message.id > reader.read_to) GROUP BY message.issue_id",
    );
    let ids: Vec<Uuid> = ids.iter().map(|id| Uuid::from(*id)).collect();
    let rows: Vec<Unread> = Cached(
        statement
            .bind::<Array<SqlUuid>, _>(ids)
            .bind::<SqlUuid, _>(reader)
            .bind::<Bool, _>(reach.scope.is_all())
            .bind::<Array<SqlUuid>, _>(reach.scope.ids()),
    )
    .load(&mut conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.issue_id, row.messages)).collect())
}

/// The time up to which guests have read, by issue.
async fn read_by_guests(mut conn: &Conn, ids: &[IssueId]) -> QueryResult<HashMap<Uuid, DateTime<Utc>>> {
    let rows: Vec<(Uuid, DateTime<Utc>)> = issue_readers::table
        .filter(issue_readers::issue_id.eq_any(ids))
        .filter(issue_readers::is_guest)
        .order(issue_readers::updated_at)
        .select((issue_readers::issue_id, issue_readers::updated_at))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Notes up to which message somebody has read; not if they had read further.
pub async fn mark_read(
    mut conn: &Conn,
    issue: &Issue,
    reader: Uuid,
    is_guest: bool,
    read_to: IssueMessageId,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let statement = constant_sql(
        "INSERT INTO issue_readers AS known (property_id, issue_id, reader_id, is_guest, read_to, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (property_id, issue_id, reader_id) \
         DO UPDATE SET read_to = excluded.read_to, updated_at = excluded.updated_at WHERE known.read_to < excluded.read_to",
    );
    Cached(
        statement
            .bind::<SqlUuid, _>(issue.property_id)
            .bind::<SqlUuid, _>(issue.id)
            .bind::<SqlUuid, _>(reader)
            .bind::<Bool, _>(is_guest)
            .bind::<SqlUuid, _>(read_to)
            .bind::<Timestamptz, _>(now),
    )
    .execute(&mut conn)
    .await
}

// Who is looking

/// Notes that somebody has an issue on the screen.
pub async fn view(mut conn: &Conn, issue: &Issue, user_id: Uuid, is_writing: bool, now: DateTime<Utc>) -> QueryResult<usize> {
    let statement = constant_sql(
        "INSERT INTO issue_viewers (property_id, issue_id, user_id, is_writing, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (property_id, issue_id, user_id) \
         DO UPDATE SET is_writing = excluded.is_writing, updated_at = excluded.updated_at",
    );
    Cached(
        statement
            .bind::<SqlUuid, _>(issue.property_id)
            .bind::<SqlUuid, _>(issue.id)
            .bind::<SqlUuid, _>(user_id)
            .bind::<Bool, _>(is_writing)
            .bind::<Timestamptz, _>(now),
    )
    .execute(&mut conn)
    .await
}

/// People who have an issue on the screen since an instant, but for one, by name.
pub async fn viewers(mut conn: &Conn, issue: &Issue, but: Uuid, since: DateTime<Utc>) -> QueryResult<Vec<(Uuid, String, bool)>> {
    issue_viewers::table
        .inner_join(users::table)
        .filter(issue_viewers::property_id.eq(issue.property_id))
        .filter(issue_viewers::issue_id.eq(issue.id))
        .filter(issue_viewers::user_id.ne(but))
        .filter(issue_viewers::updated_at.gt(since))
        .order((users::full_name, users::id))
        .select((users::id, users::full_name, issue_viewers::is_writing))
        .load(&mut conn)
        .await
}

/// Removes the notes of who had issues on the screen before an instant.
pub async fn sweep_viewers(mut conn: &Conn, before: DateTime<Utc>) -> QueryResult<usize> {
    diesel::delete(issue_viewers::table.filter(issue_viewers::updated_at.lt(before))).execute(&mut conn).await
}

// History

pub async fn add_step(mut conn: &Conn, step: &IssueStep) -> QueryResult<usize> {
    diesel::insert_into(issue_steps::table).values(step).execute(&mut conn).await
}

/// Steps of an issue, the oldest first.
pub async fn steps(mut conn: &Conn, issue: &Issue, after: Option<Uuid>, limit: i64) -> QueryResult<Vec<IssueStep>> {
    let mut query = issue_steps::table
        .filter(issue_steps::property_id.eq(issue.property_id))
        .filter(issue_steps::issue_id.eq(issue.id))
        .order(issue_steps::id)
        .limit(limit)
        .select(IssueStep::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(issue_steps::id.gt(after));
    }
    query.load(&mut conn).await
}

// Links

fn in_order(one: IssueId, other: IssueId) -> (IssueId, IssueId) {
    (one.min(other), one.max(other))
}

/// Links two issues; none is changed if they are linked.
pub async fn link(mut conn: &Conn, property_id: Uuid, pair: (IssueId, IssueId), now: DateTime<Utc>) -> QueryResult<usize> {
    let (issue_id, other_id) = in_order(pair.0, pair.1);
    diesel::insert_into(issue_links::table)
        .values((
            issue_links::property_id.eq(property_id),
            issue_links::issue_id.eq(issue_id),
            issue_links::other_id.eq(other_id),
            issue_links::created_at.eq(now),
            issue_links::updated_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(&mut conn)
        .await
}

pub async fn unlink(mut conn: &Conn, property_id: Uuid, pair: (IssueId, IssueId)) -> QueryResult<usize> {
    let (issue_id, other_id) = in_order(pair.0, pair.1);
    diesel::delete(issue_links::table.find((property_id, issue_id, other_id))).execute(&mut conn).await
}

/// Returns how many issues an issue is linked with.
pub async fn links_of(mut conn: &Conn, property_id: Uuid, id: IssueId) -> QueryResult<i64> {
    issue_links::table
        .filter(issue_links::property_id.eq(property_id))
        .filter(issue_links::issue_id.eq(id).or(issue_links::other_id.eq(id)))
        .count()
        .get_result(&mut conn)
        .await
}

/// Issues that an issue is linked with, and those that were merged into it, the oldest first.
pub async fn linked(mut conn: &Conn, issue: &Issue) -> QueryResult<Vec<Issue>> {
    let of_hotel = || issue_links::table.filter(issue_links::property_id.eq(issue.property_id));
    let later = of_hotel().filter(issue_links::issue_id.eq(issue.id)).select(issue_links::other_id);
    let earlier = of_hotel().filter(issue_links::other_id.eq(issue.id)).select(issue_links::issue_id);
    let is_linked = issues::id.eq_any(later).or(issues::id.eq_any(earlier));
    issues::table
        .filter(issues::property_id.eq(issue.property_id))
        .filter(is_linked.nullable().or(issues::merged_into_id.eq(issue.id)))
        .order(issues::id)
        .select(Issue::as_select())
        .load(&mut conn)
        .await
}
