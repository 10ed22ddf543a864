//! Versions of things by now: for events whose rows do not tell the version that a change has made, and for whoever tells of
//! things by their ids.
use super::repository::{Numbered, Published};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Uuid as SqlUuid};
use futures_util::future::try_join_all;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// A statement that finds versions of things of hotels, by the streams and ids of the things.
macro_rules! of_hotel {
    ($join:literal) => {
        of_hotel!($join, "id")
    };
    ($join:literal, $id:literal) => {
        of_hotel!($join, $id, "property_id")
    };
    ($join:literal, $id:literal, $stream:literal) => {
        concat!(
            "SELECT t.",
            $id,
            " AS id, t.version FROM unnest($1, $2) AS asked (stream_id, id) ",
            $join,
            " t ON t.",
            $stream,
            " = asked.stream_id AND t.",
            $id,
            " = asked.id"
        )
    };
}

/// The same of things whose ids alone find them.
macro_rules! by_id {
    ($join:literal) => {
        by_id!($join, "id")
    };
    ($join:literal, $id:literal) => {
        concat!(
            "SELECT t.",
            $id,
            " AS id, t.version FROM unnest($1, $2) AS asked (stream_id, id) ",
            $join,
            " t ON t.",
            $id,
            " = asked.id"
        )
    };
}

/// Entities that have versions, with the statements that find these, in alphabetical order.
const FOUND: &[(&str, &str)] = &[
    ("account", of_hotel!("JOIN accounts")),
    ("amenity", of_hotel!("JOIN amenities")),
    ("api_key", by_id!("JOIN api_keys")),
    ("backup", by_id!("JOIN backups")),
    ("booking", of_hotel!("JOIN bookings")),
    ("cancellation_policy", of_hotel!("JOIN cancellation_policies")),
    ("canned_answer", of_hotel!("JOIN canned_answers")),
    ("change_request", of_hotel!("JOIN change_requests")),
    ("content", of_hotel!("JOIN content_items", "id", "site_id")),
    ("content_media", of_hotel!("JOIN content_media", "id", "site_id")),
    ("drawer", of_hotel!("JOIN drawers")),
    ("extra", of_hotel!("JOIN extras")),
    ("feed_conflict", of_hotel!("JOIN feed_conflicts")),
    ("feed_export", of_hotel!("JOIN feed_exports")),
    ("feed_import", of_hotel!("JOIN feed_imports")),
    ("folio", of_hotel!("JOIN folios")),
    ("group", of_hotel!("JOIN groups")),
    ("guarantee", of_hotel!("JOIN guarantees")),
    ("guest", of_hotel!("JOIN guests")),
    ("housekeeping_credits", of_hotel!("JOIN housekeeping_credits", "room_type_id")),
    ("housekeeping_task", of_hotel!("JOIN housekeeping_tasks")),
    ("image", of_hotel!("JOIN images")),
    ("invoice", of_hotel!("JOIN invoice_states", "invoice_id")),
    ("invoice_settings", of_hotel!("JOIN invoice_settings", "property_id")),
    ("issue", of_hotel!("JOIN issues")),
    ("issue_settings", of_hotel!("JOIN issue_settings", "property_id")),
    ("issue_view", of_hotel!("JOIN issue_views")),
    ("lost_item", of_hotel!("JOIN lost_items")),
    ("notification_broadcast", of_hotel!("JOIN notification_broadcasts")),
    ("notification_settings", by_id!("JOIN notification_settings", "user_id")),
    ("offer", of_hotel!("JOIN offers")),
    ("payment", of_hotel!("JOIN payments")),
    ("payment_link", of_hotel!("JOIN payment_links")),
    ("payment_settings", of_hotel!("JOIN payment_settings", "property_id")),
    ("privacy_export", by_id!("JOIN privacy_exports")),
    ("property", by_id!("JOIN properties")),
    ("rate_plan", of_hotel!("JOIN rate_plans")),
    ("refund", of_hotel!("JOIN refunds")),
    ("registration_card", of_hotel!("JOIN registration_cards")),
    ("registration_terms", of_hotel!("JOIN registration_terms", "property_id")),
    ("retention_rules", of_hotel!("JOIN retention_rules", "property_id")),
    ("review", of_hotel!("JOIN reviews")),
    ("role", by_id!("JOIN roles")),
    ("room", of_hotel!("JOIN rooms")),
    ("room_block", of_hotel!("JOIN room_blocks")),
    ("room_discrepancy", of_hotel!("JOIN room_discrepancies")),
    ("room_type", of_hotel!("JOIN room_types")),
    ("tax_rule", of_hotel!("JOIN tax_rules")),
    ("user", by_id!("JOIN users")),
    ("waitlist_entry", of_hotel!("JOIN waitlist_entries")),
    ("webhook", by_id!("JOIN webhooks")),
];

/// Entities that have versions, but of whose rows an id and a stream name several, or none: the locales of a text, the kinds of
/// words. Their events have the version of the row that tells of them, if it has a new one.
const BY_ROW: &[&str] = &["content_locale", "gl_codes", "notification", "notification_template"];

fn find(entity: &str) -> Option<&'static (&'static str, &'static str)> {
    FOUND.binary_search_by(|(name, _)| (*name).cmp(entity)).ok().map(|place| &FOUND[place])
}

/// Returns `true` if things of an entity have versions: then its events tell one, as long as the thing is there.
pub fn has_version(entity: &str) -> bool {
    find(entity).is_some() || BY_ROW.contains(&entity)
}

/// A thing, as events name it.
#[derive(Debug, Clone, Copy)]
pub struct Thing<'a> {
    pub entity: &'a str,
    pub stream_id: Uuid,
    pub id: Uuid,
}

impl<'a> From<&'a Published> for Thing<'a> {
    fn from(event: &'a Published) -> Self {
        Self { entity: &event.entity, stream_id: event.stream_id, id: event.entity_id }
    }
}

impl<'a> From<&'a Numbered> for Thing<'a> {
    fn from(numbered: &'a Numbered) -> Self {
        Self::from(&numbered.event)
    }
}

/// Versions of some things, by entity and id.
#[derive(Debug, Default)]
pub struct Versions(HashMap<(&'static str, Uuid), i64>);

impl Versions {
    /// The version of a thing; none if it is gone, or has none.
    pub fn of(&self, thing: Thing<'_>) -> Option<i64> {
        let (entity, _) = find(thing.entity)?;
        self.0.get(&(*entity, thing.id)).copied()
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = BigInt)]
    version: i64,
}

/// Reads the versions that things have by now: one statement for each entity among them.
pub async fn versions(conn: &Conn, things: &[Thing<'_>]) -> QueryResult<Versions> {
    let mut asked: BTreeMap<&'static (&'static str, &'static str), BTreeSet<(Uuid, Uuid)>> = BTreeMap::new();
    for thing in things {
        if let Some(found) = find(thing.entity) {
            asked.entry(found).or_default().insert((thing.stream_id, thing.id));
        }
    }
    let reads = asked.into_iter().map(|((entity, query), things)| read(conn, entity, query, things));
    Ok(Versions(try_join_all(reads).await?.into_iter().flatten().collect()))
}

async fn read(
    mut conn: &Conn,
    entity: &'static str,
    query: &'static str,
    things: BTreeSet<(Uuid, Uuid)>,
) -> QueryResult<Vec<((&'static str, Uuid), i64)>> {
    let (stream_ids, ids): (Vec<Uuid>, Vec<Uuid>) = things.into_iter().unzip();
    let query = constant_sql(query).bind::<Array<SqlUuid>, _>(stream_ids).bind::<Array<SqlUuid>, _>(ids);
    let rows: Vec<Row> = Cached(query).load(&mut conn).await?;
    Ok(rows.into_iter().map(|row| ((entity, row.id), row.version)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_stand_in_the_order_of_their_names() {
        assert!(FOUND.is_sorted_by(|(one, _), (next, _)| one < next));
        assert!(FOUND.iter().all(|(entity, _)| has_version(entity)));
        assert!(BY_ROW.iter().all(|entity| find(entity).is_none()));
        assert!(!has_version("stay") && !has_version("session"));
    }

    #[test]
    fn statements_name_what_they_find_things_by() {
        let (_, of_hotel) = find("invoice").expect("a statement");
        assert!(of_hotel.ends_with("JOIN invoice_states t ON t.property_id = asked.stream_id AND t.invoice_id = asked.id"));
        let (_, by_id) = find("user").expect("a statement");
        assert!(by_id.starts_with("SELECT t.id AS id, t.version FROM") && by_id.ends_with("JOIN users t ON t.id = asked.id"));
    }
}
