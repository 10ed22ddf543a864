use super::model::{Hotel, RetentionRules};
use crate::stores::postgres::{Conn, RunQueryDsl};
use diesel::dsl::not;
use diesel::prelude::*;
use hbs_schema::{properties, retention_rules};
use uuid::Uuid;

/// A hotel that is not removed, with its rules if it has set some.
pub async fn find(mut conn: &Conn, property_id: Uuid) -> QueryResult<Option<(Hotel, Option<RetentionRules>)>> {
    properties::table
        .left_join(retention_rules::table)
        .filter(properties::id.eq(property_id))
        .filter(not(properties::is_deleted))
        .select((Hotel::as_select(), Option::<RetentionRules>::as_select()))
        .first(&mut conn)
        .await
        .optional()
}

/// All hotels with their rules, those that are removed too: what they have of people goes like that of others.
pub async fn hotels(mut conn: &Conn) -> QueryResult<Vec<(Hotel, Option<RetentionRules>)>> {
    properties::table
        .left_join(retention_rules::table)
        .order(properties::id)
        .select((Hotel::as_select(), Option::<RetentionRules>::as_select()))
        .load(&mut conn)
        .await
}

/// A hotel, also one that is removed, with its rules if it has set some. It is held: whoever sets them waits until the
/// transaction ends. They are read after that, since they may have been set while it was waited for.
pub async fn hold(mut conn: &Conn, property_id: Uuid) -> QueryResult<(Hotel, Option<RetentionRules>)> {
    let hotel = properties::table.find(property_id).select(Hotel::as_select()).for_share().first(&mut conn).await?;
    let rules = retention_rules::table.find(property_id).select(RetentionRules::as_select());
    Ok((hotel, rules.first(&mut conn).await.optional()?))
}

/// Writes the rules of a hotel, in place of those that there are. Whoever sets them holds the hotel.
pub async fn put(mut conn: &Conn, rules: &RetentionRules) -> QueryResult<usize> {
    use diesel::upsert::excluded;
    use retention_rules::{
        guest_documents_days, guest_profiles_days, issue_attachments_days, lost_item_photos_days, property_id,
        registration_cards_days, stay_documents_days, updated_at, version, waitlist_entries_days,
    };
    diesel::insert_into(retention_rules::table)
        .values(rules)
        .on_conflict(property_id)
        .do_update()
        .set((
            guest_documents_days.eq(excluded(guest_documents_days)),
            stay_documents_days.eq(excluded(stay_documents_days)),
            registration_cards_days.eq(excluded(registration_cards_days)),
            lost_item_photos_days.eq(excluded(lost_item_photos_days)),
            issue_attachments_days.eq(excluded(issue_attachments_days)),
            waitlist_entries_days.eq(excluded(waitlist_entries_days)),
            guest_profiles_days.eq(excluded(guest_profiles_days)),
            version.eq(excluded(version)),
            updated_at.eq(excluded(updated_at)),
        ))
        .execute(&mut conn)
        .await
}
