use crate::domains::issues::dto::IssueFilter;
use crate::domains::issues::model::{Issue, IssueId, IssuePriority, IssueStatus};
use crate::security::{Reach, own_bookings};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, as_indexed, constant_sql, mentions};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::{exists, not};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use hbs_schema::{bookings, issue_messages, issues};
use uuid::Uuid;

type Query<'q> = issues::BoxedQuery<'q, Pg>;

const RUNNING: [IssueStatus; 3] = [IssueStatus::Open, IssueStatus::InProgress, IssueStatus::Waiting];

/// An issue within reach: of a property in scope, or one's own that is not internal.
pub async fn find(mut conn: &Conn, reach: &Reach, id: IssueId) -> QueryResult<Option<Issue>> {
    let of_own_booking = bookings::table
        .filter(bookings::property_id.eq(issues::property_id))
        .filter(bookings::id.nullable().eq(issues::booking_id))
        .filter(reach.own_bookings());
    issues::table
        .filter(issues::id.eq(id))
        .filter(
            reach
                .scope
                .is_all()
                .into_sql::<Bool>()
                .or(issues::property_id.eq_any(reach.scope.ids()))
                .or(not(issues::is_internal).and(issues::guest_user_id.eq(reach.owner).or(exists(of_own_booking)))),
        )
        .select(Issue::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// The issues of a guest, in no order: those that they opened, and those of their bookings.
///
/// They are found before the list is read: in one statement with its order and limit, PostgreSQL would read the issues of all
/// guests in that order until it had found as many as may be shown.
pub async fn of_owner(mut conn: &Conn, reach: &Reach) -> QueryResult<Vec<IssueId>> {
    let bookings = own_bookings(conn, reach).await?;
    issues::table
        .filter(not(issues::is_internal))
        .filter(issues::guest_user_id.eq(reach.owner).or(issues::booking_id.eq_any(bookings)))
        .select(issues::id)
        .load(&mut conn)
        .await
}

/// Issues within reach, the newest first. `own` are the caller's own; `now` decides what is overdue.
pub async fn list(
    mut conn: &Conn,
    reach: &Reach,
    own: &[IssueId],
    (filter, now): (&IssueFilter, DateTime<Utc>),
    before: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Issue>> {
    let mut query = filtered_by_staff(filtered(within(reach, own, filter), filter), filter, now);
    for word in filter.q.iter().flat_map(|q| q.split_whitespace()) {
        query = with_word(query, reach, word);
    }
    if let Some(before) = before {
        query = query.filter(issues::id.lt(before));
    }
    query.order(issues::id.desc()).limit(limit).select(Issue::as_select()).load(&mut conn).await
}

/// Issues that the caller may be shown: by what only staff know, none that is their own alone.
fn within<'q>(reach: &Reach, own: &'q [IssueId], filter: &IssueFilter) -> Query<'q> {
    let query = issues::table.into_boxed();
    if reach.scope.is_all() {
        return query;
    }
    let in_scope = issues::property_id.eq_any(reach.scope.ids());
    let is_own = issues::id.eq_any(own);
    match (filter.is_for_staff(), reach.is_own_only()) {
        (true, _) => query.filter(in_scope),
        (false, true) => query.filter(is_own),
        (false, false) => query.filter(in_scope.or(is_own)),
    }
}

fn filtered<'q>(mut query: Query<'q>, filter: &'q IssueFilter) -> Query<'q> {
    let IssueFilter { property_id, status, is_open, category, booking_id, .. } = filter;
    if let Some(property_id) = property_id {
        query = query.filter(issues::property_id.eq(property_id));
    }
    if let Some(status) = status {
        query = query.filter(issues::status.eq(status));
    }
    if let Some(is_open) = is_open {
        query = match is_open {
            true => query.filter(issues::status.eq_any(RUNNING)),
            false => query.filter(issues::status.ne_all(RUNNING)),
        };
    }
    if let Some(category) = category {
        query = query.filter(issues::category.eq(category));
    }
    if let Some(booking_id) = booking_id {
        query = query.filter(issues::booking_id.eq(booking_id));
    }
    query
}

/// Filters by what only staff know of issues.
fn filtered_by_staff<'q>(mut query: Query<'q>, filter: &'q IssueFilter, now: DateTime<Utc>) -> Query<'q> {
    let IssueFilter { priority, team, assignee_id, is_unassigned, is_overdue, has_missed, stay_id, room_id, .. } = filter;
    if let Some(priority) = priority {
        query = query.filter(issues::priority.eq(priority));
    }
    if let Some(team) = team {
        query = query.filter(issues::team.eq(team));
    }
    if let Some(assignee_id) = assignee_id {
        query = query.filter(issues::assignee_id.eq(assignee_id));
    }
    if let Some(is_unassigned) = is_unassigned {
        query = match is_unassigned {
            true => query.filter(issues::assignee_id.is_null()),
            false => query.filter(issues::assignee_id.is_not_null()),
        };
    }
    if let Some(is_overdue) = is_overdue {
        // As in the numbers: nothing is due any more of what was answered or solved, nor while the clock stands still.
        let answer_is_to_come = issues::answer_due_at.is_null().or(issues::answer_due_at.gt(now));
        let solution_is_to_come = issues::solution_due_at.is_null().or(issues::solution_due_at.gt(now));
        query = match is_overdue {
            true => query.filter(issues::answer_due_at.le(now).or(issues::solution_due_at.le(now))),
            false => query.filter(answer_is_to_come).filter(solution_is_to_come),
        };
    }
    if let Some(has_missed) = has_missed {
        let missed = issues::answer_breached_at.is_not_null().or(issues::solution_breached_at.is_not_null());
        query = match has_missed {
            true => query.filter(missed),
            false => query.filter(not(missed)),
        };
    }
    if let Some(stay_id) = stay_id {
        query = query.filter(issues::stay_id.eq(stay_id));
    }
    if let Some(room_id) = room_id {
        query = query.filter(issues::room_id.eq(room_id));
    }
    query
}

/// Leaves the issues that have a word in their subject or in what was said of them.
fn with_word<'q>(query: Query<'q>, reach: &Reach, word: &'q str) -> Query<'q> {
    // A guest is found nothing by the words of a note.
    let is_shown = not(issue_messages::is_note)
        .or(reach.scope.is_all().into_sql::<Bool>())
        .or(issue_messages::property_id.eq_any(reach.scope.ids()));
    let said = issue_messages::table
        .filter(issue_messages::property_id.eq(issues::property_id))
        .filter(issue_messages::issue_id.eq(issues::id))
        .filter(is_shown)
        .filter(mentions(issue_messages::text.nullable(), word));
    query.filter(mentions(issues::subject.nullable(), word).or(exists(said)))
}

/// An issue, locked against other changes.
pub async fn lock(mut conn: &Conn, property_id: Uuid, id: IssueId) -> QueryResult<Option<Issue>> {
    issues::table.find((property_id, id)).select(Issue::as_select()).for_no_key_update().first(&mut conn).await.optional()
}

pub async fn insert(mut conn: &Conn, new: &Issue) -> QueryResult<usize> {
    diesel::insert_into(issues::table).values(new).execute(&mut conn).await
}

/// Writes an issue as it is to be. Whoever does holds its row.
pub async fn update(mut conn: &Conn, row: &Issue) -> QueryResult<usize> {
    Cached(diesel::update(issues::table.find((row.property_id, row.id))).set(row)).execute(&mut conn).await
}

/// Locks the issues that an account and a booking can have open, until the transaction ends: of many that are raised at once, no
/// more get past the cap than one after the other. Whoever takes both takes the account's first.
pub async fn lock_open_of_guest(mut conn: &Conn, user_id: Option<Uuid>, booking_id: Option<Uuid>) -> QueryResult<()> {
    for id in [user_id, booking_id].into_iter().flatten() {
        let lock = constant_sql("SELECT pg_advisory_xact_lock(hashtext(current_schema()), hashtext('issues ' || $1))");
        Cached(lock.bind::<Text, _>(id.to_string())).execute(&mut conn).await?;
    }
    Ok(())
}

/// Locks the number of things of a kind that a hotel or a person has, until the transaction ends, so that no more get past a cap
/// than one after the other.
pub async fn lock_number(mut conn: &Conn, of: &str) -> QueryResult<()> {
    let lock = constant_sql("SELECT pg_advisory_xact_lock(hashtext(current_schema()), hashtext('number of ' || $1))");
    Cached(lock.bind::<Text, _>(of)).execute(&mut conn).await.map(drop)
}

/// Returns how many issues of a guest are neither resolved nor closed.
pub async fn open_of_guest(mut conn: &Conn, user_id: Option<Uuid>, booking_id: Option<Uuid>) -> QueryResult<i64> {
    let of_guest = issues::guest_user_id.eq(user_id).or(issues::booking_id.eq(booking_id));
    issues::table
        .filter(of_guest)
        .filter(not(issues::is_internal))
        .filter(issues::status.eq_any(RUNNING))
        .count()
        .get_result(&mut conn)
        .await
}

/// Gives the messages of an issue to another one.
pub async fn move_messages(mut conn: &Conn, from: &Issue, to: &Issue, now: DateTime<Utc>) -> QueryResult<usize> {
    let moved = issue_messages::table
        .filter(issue_messages::property_id.eq(from.property_id))
        .filter(issue_messages::issue_id.eq(from.id));
    diesel::update(moved)
        .set((
            issue_messages::issue_id.eq(to.id),
            issue_messages::issue_version.eq(to.version),
            issue_messages::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}

/// Number of issues of a status and a team, and of those among them that call for something.
#[derive(Debug, QueryableByName)]
pub struct Count {
    #[diesel(sql_type = Text)]
    pub status: IssueStatus,
    #[diesel(sql_type = Text)]
    pub team: String,
    #[diesel(sql_type = BigInt)]
    pub issues: i64,
    #[diesel(sql_type = BigInt)]
    pub unassigned: i64,
    #[diesel(sql_type = BigInt)]
    pub mine: i64,
    #[diesel(sql_type = BigInt)]
    pub answer_overdue: i64,
    #[diesel(sql_type = BigInt)]
    pub solution_overdue: i64,
}

/// Returns the numbers of issues of a hotel that are not closed.
pub async fn counts(mut conn: &Conn, property_id: Uuid, user_id: Option<Uuid>, now: DateTime<Utc>) -> QueryResult<Vec<Count>> {
    let statement = constant_sql(
        "SELECT status, team, count(*) AS issues, count(*) FILTER (WHERE assignee_id IS NULL) AS unassigned, \
                count(*) FILTER (WHERE assignee_id = $2) AS mine, count(*) FILTER (WHERE answer_due_at <= $3) AS answer_overdue, \
                count(*) FILTER (WHERE solution_due_at <= $3) AS solution_overdue \
         FROM issues WHERE property_id = $1 AND status <> 'closed' GROUP BY status, team",
    );
    Cached(statement.bind::<SqlUuid, _>(property_id).bind::<Nullable<SqlUuid>, _>(user_id).bind::<Timestamptz, _>(now))
        .load(&mut conn)
        .await
}

/// Numbers of issues of a priority, as the report has them.
#[derive(Debug, QueryableByName)]
pub struct ReportRow {
    #[diesel(sql_type = Text)]
    pub priority: IssuePriority,
    #[diesel(sql_type = BigInt)]
    pub raised: i64,
    #[diesel(sql_type = BigInt)]
    pub answered: i64,
    #[diesel(sql_type = BigInt)]
    pub answer_missed: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub median_answer_minutes: Option<i64>,
    #[diesel(sql_type = BigInt)]
    pub resolved: i64,
    #[diesel(sql_type = BigInt)]
    pub solution_missed: i64,
}

/// Returns how a hotel has met its targets of issues that were raised on some local dates, `to` inclusive.
pub async fn report(mut conn: &Conn, property_id: Uuid, (from, to): (NaiveDate, NaiveDate)) -> QueryResult<Vec<ReportRow>> {
    let statement = constant_sql(
        "SELECT priority, count(*) AS raised, \
                count(*) FILTER (WHERE origin = 'guest' AND answered_at IS NOT NULL) AS answered, \
                count(*) FILTER (WHERE answer_breached_at IS NOT NULL) AS answer_missed, \
                (percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM answered_at - created_at) / 60) \
                 FILTER (WHERE origin = 'guest' AND answered_at IS NOT NULL))::bigint AS median_answer_minutes, \
                count(*) FILTER (WHERE resolved_at IS NOT NULL) AS resolved, \
                count(*) FILTER (WHERE solution_breached_at IS NOT NULL) AS solution_missed \
         FROM issues WHERE property_id = $1 AND merged_into_id IS NULL \
           AND local_date(property_id, created_at) BETWEEN $2 AND $3 \
         GROUP BY priority ORDER BY array_position(ARRAY['urgent', 'high', 'normal', 'low'], priority)",
    );
    Cached(statement.bind::<SqlUuid, _>(property_id).bind::<Date, _>(from).bind::<Date, _>(to)).load(&mut conn).await
}

// What is due

/// Issues that have missed a target which nobody was told of, the longest first.
pub async fn overdue(mut conn: &Conn, now: DateTime<Utc>, limit: i64) -> QueryResult<Vec<(Uuid, IssueId)>> {
    let answer = issues::table
        .filter(as_indexed("answer_breached_at IS NULL AND answer_due_at IS NOT NULL"))
        .filter(issues::answer_due_at.le(now))
        .order(issues::answer_due_at)
        .limit(limit)
        .select((issues::property_id, issues::id));
    let mut found: Vec<(Uuid, IssueId)> = answer.load(&mut conn).await?;
    let solution = issues::table
        .filter(as_indexed("solution_breached_at IS NULL AND solution_due_at IS NOT NULL"))
        .filter(issues::solution_due_at.le(now))
        .order(issues::solution_due_at)
        .limit(limit)
        .select((issues::property_id, issues::id));
    found.extend(solution.load::<(Uuid, IssueId)>(&mut conn).await?);
    Ok(found)
}

/// Issues whose guests are to be written to by now, but for some.
pub async fn due_to_guests(mut conn: &Conn, now: DateTime<Utc>, but: &[IssueId], limit: i64) -> QueryResult<Vec<Issue>> {
    issues::table
        .filter(issues::guest_due_at.le(now))
        .filter(issues::id.ne_all(but))
        .order((issues::guest_due_at, issues::id))
        .limit(limit)
        .select(Issue::as_select())
        .load(&mut conn)
        .await
}

/// Issues whose hotels are to be written to by now, but for some.
pub async fn due_to_staff(mut conn: &Conn, now: DateTime<Utc>, but: &[IssueId], limit: i64) -> QueryResult<Vec<Issue>> {
    issues::table
        .filter(issues::staff_due_at.le(now))
        .filter(issues::id.ne_all(but))
        .order((issues::staff_due_at, issues::id))
        .limit(limit)
        .select(Issue::as_select())
        .load(&mut conn)
        .await
}

/// Locks issues in the order of their ids, as whoever merges two does. Those that somebody is at are left for the next time.
pub async fn lock_free(mut conn: &Conn, ids: &[IssueId]) -> QueryResult<Vec<Issue>> {
    issues::table
        .filter(issues::id.eq_any(ids))
        .order(issues::id)
        .select(Issue::as_select())
        .for_no_key_update()
        .skip_locked()
        .load(&mut conn)
        .await
}

/// Notes that the guest of an issue was written to.
pub async fn settle_guest(mut conn: &Conn, row: &Issue) -> QueryResult<usize> {
    diesel::update(issues::table.find((row.property_id, row.id)))
        .set(issues::guest_due_at.eq(None::<DateTime<Utc>>))
        .execute(&mut conn)
        .await
}

/// Notes that the staff were written to about an issue.
pub async fn settle_staff(mut conn: &Conn, row: &Issue) -> QueryResult<usize> {
    diesel::update(issues::table.find((row.property_id, row.id)))
        .set(issues::staff_due_at.eq(None::<DateTime<Utc>>))
        .execute(&mut conn)
        .await
}
