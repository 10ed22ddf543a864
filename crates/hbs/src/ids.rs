//! Typed ids, so that none is taken for another: each new table has an id type of its own.

/// A UUID of one table: a uuid column in PostgreSQL, a plain UUID in JSON and in addresses.
macro_rules! id {
    ($(#[$meta:meta])* $vis:vis struct $name:ident;) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
            diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
        )]
        #[serde(transparent)]
        #[diesel(sql_type = diesel::sql_types::Uuid)]
        $vis struct $name(uuid::Uuid);

        impl $name {
            /// Makes the id of a new row; ids of later rows are greater.
            pub fn now_v7() -> Self {
                Self(uuid::Uuid::now_v7())
            }
        }
        impl From<$name> for uuid::Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        }
        impl diesel::serialize::ToSql<diesel::sql_types::Uuid, diesel::pg::Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>) -> diesel::serialize::Result {
                diesel::serialize::ToSql::<diesel::sql_types::Uuid, diesel::pg::Pg>::to_sql(&self.0, out)
            }
        }
        impl diesel::deserialize::FromSql<diesel::sql_types::Uuid, diesel::pg::Pg> for $name {
            fn from_sql(bytes: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
                diesel::deserialize::FromSql::<diesel::sql_types::Uuid, diesel::pg::Pg>::from_sql(bytes).map(Self)
            }
        }
    };
}

pub(crate) use id;

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    id! {
        /// Id of a thing of these tests.
        struct ThingId;
    }

    #[test]
    fn an_id_is_a_plain_uuid_outside() {
        let id = ThingId::now_v7();
        let uuid = Uuid::from(id);
        assert_eq!(json!(id), json!(uuid));
        assert_eq!(id.to_string(), uuid.to_string());
        assert_eq!(serde_json::from_value::<ThingId>(json!(uuid)).expect("a UUID"), id);
        assert!(serde_json::from_value::<ThingId>(json!("7")).is_err());
    }
}
