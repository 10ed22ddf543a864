//! Actors by name: who did something, for people who read what was done and may not read accounts.
use crate::outbox::ActorKind;
use crate::stores::postgres::{Conn, RunQueryDsl};
use diesel::dsl::exists;
use diesel::prelude::*;
use futures_util::try_join;
use hbs_schema::{api_keys, role_assignments, users};
use std::collections::HashMap;
use uuid::Uuid;

/// The names of some actors.
#[derive(Debug, Default)]
pub struct Names {
    users: HashMap<Uuid, User>,
    api_keys: HashMap<Uuid, String>,
}

#[derive(Debug)]
struct User {
    full_name: String,
    /// `true` if the user works somewhere.
    has_role: bool,
}

impl Names {
    /// Reads the names of actors: one round trip, however many there are.
    pub async fn read(conn: &Conn, actors: &[(ActorKind, Option<Uuid>)]) -> QueryResult<Self> {
        let (mut user_ids, mut key_ids) = (Vec::new(), Vec::new());
        for (kind, id) in actors {
            match kind {
                ActorKind::User => user_ids.extend(*id),
                ActorKind::ApiKey => key_ids.extend(*id),
                ActorKind::GuestLink | ActorKind::Anonymous | ActorKind::System => {}
            }
        }
        let (users, api_keys) = try_join!(users_of(conn, &user_ids), keys_of(conn, &key_ids))?;
        Ok(Self { users, api_keys })
    }

    /// Returns the name of an actor, also of one whose account or key is gone.
    pub fn of(&self, kind: ActorKind, id: Option<Uuid>) -> String {
        let user = id.and_then(|id| self.users.get(&id));
        let key = id.and_then(|id| self.api_keys.get(&id));
        match (kind, user, key) {
            (ActorKind::User, Some(user), _) => user.full_name.clone(),
            (ActorKind::User, None, _) => "unknown".to_owned(),
            (ActorKind::ApiKey, _, Some(name)) => format!("API key {name}"),
            (ActorKind::ApiKey, _, None) => "API key".to_owned(),
            (ActorKind::GuestLink, ..) => "guest".to_owned(),
            (ActorKind::Anonymous, ..) => "anonymous".to_owned(),
            (ActorKind::System, ..) => "system".to_owned(),
        }
    }

    /// Returns `true` for a user who works nowhere: a guest, or somebody who has left.
    pub fn has_no_role(&self, id: Uuid) -> bool {
        self.users.get(&id).is_none_or(|user| !user.has_role)
    }
}

async fn users_of(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<HashMap<Uuid, User>> {
    let has_role = exists(role_assignments::table.filter(role_assignments::user_id.eq(users::id)));
    let rows: Vec<(Uuid, String, bool)> =
        users::table.filter(users::id.eq_any(ids)).select((users::id, users::full_name, has_role)).load(&mut conn).await?;
    Ok(rows.into_iter().map(|(id, full_name, has_role)| (id, User { full_name, has_role })).collect())
}

async fn keys_of(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<HashMap<Uuid, String>> {
    let rows: Vec<(Uuid, String)> =
        api_keys::table.filter(api_keys::id.eq_any(ids)).select((api_keys::id, api_keys::name)).load(&mut conn).await?;
    Ok(rows.into_iter().collect())
}
