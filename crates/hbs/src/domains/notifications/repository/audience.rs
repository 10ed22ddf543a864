use crate::domains::notifications::model::{BookingFacts, Channel, GuestAddress, NotificationKind, Recipient};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::NaiveDate;
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::{Array, Nullable, Text, Uuid as SqlUuid};
use hbs_schema::{
    bookings, notification_preferences, payments, refunds, role_assignments, roles, stays, users, waitlist_entries,
};
use uuid::Uuid;

/// Somebody who holds a permission at a property.
#[derive(Debug, QueryableByName)]
pub struct Holder {
    #[diesel(sql_type = SqlUuid)]
    pub user_id: Uuid,
    #[diesel(sql_type = Text)]
    pub permission: String,
    #[diesel(sql_type = SqlUuid)]
    pub property_id: Uuid,
}

/// Those who hold permissions at properties, each given as a pair, and may sign in.
pub async fn holders(mut conn: &Conn, permissions: &[String], property_ids: &[Uuid]) -> QueryResult<Vec<Holder>> {
    let query = constant_sql(
        "SELECT DISTINCT a.user_id, wanted.permission, wanted.property_id
         FROM unnest($1, $2) AS wanted (permission, property_id)
         JOIN role_permissions p ON p.permission = wanted.permission
         JOIN role_assignments a ON a.role_id = p.role_id AND (a.property_id IS NULL OR a.property_id = wanted.property_id)
         JOIN users u ON u.id = a.user_id AND u.status = 'active' AND NOT u.is_deleted
         ORDER BY a.user_id",
    );
    Cached(query.bind::<Array<Text>, _>(permissions).bind::<Array<SqlUuid>, _>(property_ids)).load(&mut conn).await
}

/// Those who have a role at a property or everywhere, and may sign in.
pub async fn holders_of_role(mut conn: &Conn, code: &str, property_id: Uuid) -> QueryResult<Vec<Uuid>> {
    role_assignments::table
        .inner_join(roles::table)
        .inner_join(users::table)
        .filter(roles::code.eq(code))
        .filter(role_assignments::property_id.is_null().or(role_assignments::property_id.eq(property_id)))
        .filter(users::status.eq("active"))
        .filter(not(users::is_deleted))
        .order(role_assignments::user_id)
        .distinct()
        .select(role_assignments::user_id)
        .load(&mut conn)
        .await
}

pub async fn role_exists(mut conn: &Conn, code: &str) -> QueryResult<bool> {
    diesel::select(exists(roles::table.filter(roles::code.eq(code)))).get_result(&mut conn).await
}

/// A guest of a broadcast: the account, or the address of one who has none, with the booking.
type GuestRow = (Uuid, Option<Uuid>, Option<String>);

/// The guests who are in a house.
pub async fn in_house(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<GuestRow>> {
    let stay = stays::table
        .filter(stays::property_id.eq(bookings::property_id))
        .filter(stays::booking_id.eq(bookings::id))
        .filter(stays::status.eq("checked_in"));
    bookings::table
        .filter(bookings::property_id.eq(property_id))
        .filter(exists(stay))
        .order(bookings::id)
        .select((bookings::id, bookings::user_id, bookings::contact_email))
        .load(&mut conn)
        .await
}

/// The guests who arrive on a day.
pub async fn arriving(mut conn: &Conn, property_id: Uuid, on: NaiveDate) -> QueryResult<Vec<GuestRow>> {
    let stay = stays::table
        .filter(stays::property_id.eq(bookings::property_id))
        .filter(stays::booking_id.eq(bookings::id))
        .filter(stays::check_in.eq(on))
        .filter(stays::status.eq("confirmed"));
    bookings::table
        .filter(bookings::property_id.eq(property_id))
        .filter(exists(stay))
        .order(bookings::id)
        .select((bookings::id, bookings::user_id, bookings::contact_email))
        .load(&mut conn)
        .await
}

/// Parts guests into those with an account and those without one, each once: by the account, or by the address.
pub fn each_once(rows: Vec<GuestRow>) -> (Vec<Uuid>, Vec<GuestAddress>) {
    let (mut people, mut guests): (Vec<Uuid>, Vec<GuestAddress>) = (Vec::new(), Vec::new());
    for (booking_id, user_id, email) in rows {
        match (user_id, email) {
            (Some(user_id), _) if !people.contains(&user_id) => people.push(user_id),
            (None, Some(email)) if !guests.iter().any(|guest| guest.email.eq_ignore_ascii_case(&email)) => {
                guests.push(GuestAddress { booking_id, email });
            }
            _ => {}
        }
    }
    (people, guests)
}

/// People with name, language and address, if they may sign in.
pub async fn recipients(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<Vec<Recipient>> {
    users::table
        .filter(users::id.eq_any(ids))
        .filter(users::status.eq("active"))
        .filter(not(users::is_deleted))
        .select((users::id, users::email, users::email_verified_at.is_not_null(), users::full_name, users::locale))
        .load(&mut conn)
        .await
}

/// Those of some addresses, in lower case, that people with an account have proved who want no mails of a kind.
pub async fn without_mails(mut conn: &Conn, kind: NotificationKind, addresses: &[String]) -> QueryResult<Vec<String>> {
    let wish = notification_preferences::table
        .filter(notification_preferences::user_id.eq(users::id))
        .filter(notification_preferences::kind.eq(kind))
        .filter(notification_preferences::channel.eq(Channel::Email))
        .filter(not(notification_preferences::is_enabled));
    users::table
        .filter(users::email.eq_any(addresses))
        .filter(users::email_verified_at.is_not_null())
        .filter(not(users::is_deleted))
        .filter(exists(wish))
        .select(users::email)
        .load(&mut conn)
        .await
}

/// What is told of some bookings (property, id).
pub async fn booking_facts(mut conn: &Conn, ids: &[(Uuid, Uuid)]) -> QueryResult<Vec<BookingFacts>> {
    let (properties, ids): (Vec<Uuid>, Vec<Uuid>) = ids.iter().copied().unzip();
    bookings::table
        .filter(bookings::property_id.eq_any(properties))
        .filter(bookings::id.eq_any(ids))
        .select((bookings::id, bookings::reference, bookings::check_in, bookings::check_out, bookings::user_id))
        .load(&mut conn)
        .await
}

/// Refund, amount, currency, and the booking that was paid for.
type RefundRow = (Uuid, i64, String, Option<Uuid>);

/// The amounts of some refunds, each with its booking.
pub async fn refund_bookings(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<Vec<RefundRow>> {
    refunds::table
        .inner_join(payments::table.on(payments::property_id.eq(refunds::property_id).and(payments::id.eq(refunds::payment_id))))
        .filter(refunds::id.eq_any(ids))
        .select((refunds::id, refunds::amount_minor, payments::currency, payments::booking_id))
        .load(&mut conn)
        .await
}

/// Entry of a waiting list, who waits, and for which days.
type WaitingRow = (Uuid, Option<Uuid>, NaiveDate, NaiveDate);

/// Those who wait by some entries of waiting lists.
pub async fn waiting(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<Vec<WaitingRow>> {
    waitlist_entries::table
        .filter(waitlist_entries::id.eq_any(ids))
        .select((waitlist_entries::id, waitlist_entries::user_id, waitlist_entries::check_in, waitlist_entries::check_out))
        .load(&mut conn)
        .await
}

/// The people of an issue.
#[derive(Debug, QueryableByName)]
pub struct PeopleOfIssue {
    #[diesel(sql_type = SqlUuid)]
    pub issue_id: Uuid,
    /// Who raised it, else the owner of its booking; nobody if it is internal.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub guest_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub assignee_id: Option<Uuid>,
}

/// The people of some issues.
pub async fn people_of_issues(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<Vec<PeopleOfIssue>> {
    let query = constant_sql(
        "SELECT i.id AS issue_id, CASE WHEN NOT i.is_internal THEN coalesce(i.guest_user_id, b.user_id) END AS guest_id,
                i.assignee_id
         FROM issues i LEFT JOIN bookings b ON b.property_id = i.property_id AND b.id = i.booking_id
         WHERE i.id = ANY ($1)",
    );
    Cached(query.bind::<Array<SqlUuid>, _>(ids)).load(&mut conn).await
}
