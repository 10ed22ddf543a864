//! Permissions that somebody holds now who has set up what goes on without them, such as a webhook.
use super::{Grants, repository};
use crate::stores::postgres::Conn;
use diesel::QueryResult;
use uuid::Uuid;

/// Returns `true` if a person, or a key that they made, holds a permission at a property, or with `None` at all of them. Where
/// roles ask for a second factor, the person must have one.
pub async fn holds_now(
    conn: &Conn,
    user_id: Uuid,
    api_key_id: Option<Uuid>,
    permission: &str,
    property_id: Option<Uuid>,
) -> QueryResult<bool> {
    let Some(second_factor) = repository::second_factor_of_active(conn, user_id).await? else { return Ok(false) };
    let (of_person, _) = repository::role_grants_of(conn, user_id).await?.split(second_factor);
    let Some(api_key_id) = api_key_id else { return Ok(of_person.holds(permission, property_id)) };
    if repository::find_api_key(conn, api_key_id).await?.is_none_or(|(key, _)| key.made_by != user_id) {
        return Ok(false);
    }
    let granted = repository::grants_of_key(conn, api_key_id).await?.into_iter();
    let of_key: Vec<_> = granted.filter(|(permission, property_id)| of_person.holds(permission, *property_id)).collect();
    Ok(Grants::from(of_key).holds(permission, property_id))
}
