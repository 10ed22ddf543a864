use crate::domains::guests::survivor_of;
use crate::outbox::{Entity, Recorded};
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use hbs_schema::groups;
use serde::Serialize;
use uuid::Uuid;

text_enum! {
    /// Status of a group: its rooms are set aside (`open`), or those that were left are back on sale (`released`).
    pub enum GroupStatus {
        /// Rooms are set aside for the group.
        Open = "open",
        /// Rooms that the group's guests had not booked are back on sale.
        Released = "released",
    }
}

#[derive(Debug, Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = groups)]
pub struct Group {
    pub property_id: Uuid,
    /// Id of the group and of its allotment.
    pub id: Uuid,
    pub name: String,
    /// Code with which the group's guests book.
    pub code: String,
    pub contact_name: Option<String>,
    pub contact_email: Option<String>,
    pub contact_phone: Option<String>,
    pub notes: Option<String>,
    /// Rate plan of the group's rooms, if a booking names none.
    pub rate_plan_id: Option<Uuid>,
    /// Business date on which unsold rooms go back on sale.
    pub cut_off: NaiveDate,
    pub released_at: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Profile of the contact: the one that stands for it, if it was merged.
    #[diesel(select_expression = survivor_of(groups::property_id, groups::guest_id))]
    #[diesel(select_expression_type = survivor_of<groups::property_id, groups::guest_id>)]
    pub guest_id: Option<Uuid>,
    /// Company or agent of the group.
    pub account_id: Option<Uuid>,
}

impl Recorded for Group {
    const ENTITY: &'static str = "group";
    /// Fields that events show: name and code are withheld, since they are names of people more often than not.
    const OPEN: &'static [&'static str] =
        &["property_id", "id", "rate_plan_id", "cut_off", "released_at", "account_id", "block", "rates", "remaining"];
    const SEALED: &'static [&'static str] =
        &["name", "code", "contact_name", "contact_email", "contact_phone", "guest_id", "notes"];

    fn entity(&self) -> Entity {
        Entity::new(self.id).at(self.property_id)
    }
}

impl Group {
    pub fn status(&self) -> GroupStatus {
        if self.released_at.is_some() { GroupStatus::Released } else { GroupStatus::Open }
    }
}

#[derive(Insertable)]
#[diesel(table_name = groups, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct NewGroup<'a> {
    pub property_id: Uuid,
    pub id: Uuid,
    pub name: &'a str,
    pub code: &'a str,
    pub contact_name: Option<&'a str>,
    pub contact_email: Option<&'a str>,
    pub contact_phone: Option<&'a str>,
    pub notes: Option<&'a str>,
    pub rate_plan_id: Option<Uuid>,
    pub cut_off: NaiveDate,
    pub guest_id: Option<Uuid>,
    pub account_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = groups)]
pub struct GroupChange {
    pub name: Option<String>,
    pub contact_name: Option<Option<String>>,
    pub contact_email: Option<Option<String>>,
    pub contact_phone: Option<Option<String>>,
    pub notes: Option<Option<String>>,
    pub rate_plan_id: Option<Option<Uuid>>,
    pub cut_off: Option<NaiveDate>,
    pub guest_id: Option<Option<Uuid>>,
    pub account_id: Option<Option<Uuid>>,
}
