//! What was agreed on with the group of a booking, for stays of it that are amended or added.
use crate::domains::bookings::amendment::Wanted;
use crate::domains::groups;
use crate::domains::inventory::{Allotment, Counts};
use crate::stores::postgres::Conn;
use chrono::NaiveDate;
use diesel::QueryResult;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

pub(super) struct GroupTerms {
    /// Of rooms for which no other is asked.
    rate_plan_id: Option<Uuid>,
    /// By room type: of a night, as it would be entered.
    rates: BTreeMap<Uuid, i64>,
    allotment: Allotment,
}

impl GroupTerms {
    /// Read after the inventory rows are locked, which guard them.
    pub async fn read(conn: &Conn, property_id: Uuid, group_id: Uuid) -> QueryResult<Self> {
        Ok(Self {
            rate_plan_id: groups::find_in(conn, property_id, group_id).await?.and_then(|group| group.rate_plan_id),
            rates: groups::agreed_rates(conn, property_id, group_id).await?,
            allotment: Allotment::read(conn, property_id, group_id).await?,
        })
    }

    pub fn by_its_plan(&self, wanted: Wanted) -> Wanted {
        match wanted.rate_plan_id {
            None if wanted.is_new() => Wanted { rate_plan_id: self.rate_plan_id, ..wanted },
            _ => wanted,
        }
    }

    /// The nights of a stay that are of what was agreed on: those that were sold at its rate, which `charged` says; others that it has, where no
    /// more have come than was agreed on; and new ones of which there is something left. `taken` is how much more the stays before it have than they had.
    pub fn covered(&self, wanted: &Wanted, charged: &HashMap<NaiveDate, i64>, taken: &mut Counts) -> Vec<NaiveDate> {
        let kind = wanted.room_type_id;
        let is_covered = |night: &NaiveDate| {
            let is_at_rate = || self.rates.get(&kind).is_some_and(|rate| charged.get(night) == Some(rate));
            if wanted.was_sold(*night, kind) && is_at_rate() {
                // Whatever has become of the rest since, and whichever room it has.
                return true;
            }
            let left = self.allotment.left_of_agreed(*night, kind);
            if wanted.has(*night, kind) {
                return self.allotment.is_agreed(*night, kind) && left >= 0;
            }
            let taken = taken.entry((*night, kind)).or_insert(0);
            *taken += 1;
            *taken <= left
        };
        wanted.nights.iter().filter(is_covered).collect()
    }

    pub fn at_its_rate(&self, nights: &[NaiveDate], room_type_id: Uuid) -> BTreeMap<NaiveDate, i64> {
        let rate = self.rates.get(&room_type_id);
        rate.map(|rate| nights.iter().map(|night| (*night, *rate)).collect()).unwrap_or_default()
    }
}

/// What stays have and are not to have any more, to be taken by others of the amendment: as negative numbers.
pub(super) fn given_up(wanted: &[Wanted]) -> Counts {
    let mut given_up = Counts::new();
    for one in wanted.iter().filter(|one| !one.is_new()) {
        let kind = one.stay.room_type_id;
        let is_kept = |night: &NaiveDate| kind == one.occupied_type() && one.nights.contains(*night);
        for night in one.stay.nights().iter().filter(|night| !is_kept(night)) {
            *given_up.entry((night, kind)).or_insert(0) -= 1;
        }
    }
    given_up
}
