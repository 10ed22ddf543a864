//! Terms of the group of a booking, for rooms that are sold to it, amended and added.
use crate::domains::bookings::rules::amendment::Wanted;
use crate::domains::groups::{self, Group};
use crate::domains::inventory::{Allotment, Counts};
use crate::stores::postgres::Conn;
use chrono::NaiveDate;
use diesel::QueryResult;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// A group with the rates that were agreed on.
pub(super) struct GroupTerms {
    pub group: Group,
    /// Agreed prices of a night by room type, as they would be entered.
    rates: BTreeMap<Uuid, i64>,
}

impl GroupTerms {
    pub async fn of(conn: &Conn, group: Group) -> QueryResult<Self> {
        Ok(Self { rates: groups::agreed_rates(conn, group.property_id, group.id).await?, group })
    }

    /// Returns the terms of the group of a booking, if it has a group.
    pub async fn of_booking(conn: &Conn, property_id: Uuid, group_id: Option<Uuid>) -> QueryResult<Option<Self>> {
        let Some(group_id) = group_id else { return Ok(None) };
        match groups::find_in(conn, property_id, group_id).await? {
            Some(group) => Ok(Some(Self::of(conn, group).await?)),
            None => Ok(None),
        }
    }

    /// The plan of a room: the group's, where none is named.
    pub fn plan(&self, named: Option<Uuid>) -> Option<Uuid> {
        named.or(self.group.rate_plan_id)
    }

    pub fn at_its_rate(&self, nights: &[NaiveDate], room_type_id: Uuid) -> BTreeMap<NaiveDate, i64> {
        let rate = self.rates.get(&room_type_id);
        rate.map(|rate| nights.iter().map(|night| (*night, *rate)).collect()).unwrap_or_default()
    }

    /// The nights of an amended stay that are of what was agreed on: those that were sold at its rate, which `charged` says; others that it has,
    /// where no more have come than was agreed on; and new ones of which there is something left.
    pub fn covered(&self, wanted: &Wanted, charged: &HashMap<NaiveDate, i64>, left: &mut Left<'_>) -> Vec<NaiveDate> {
        let kind = wanted.room_type_id;
        let is_covered = |night: &NaiveDate| {
            let is_at_rate = || self.rates.get(&kind).is_some_and(|rate| charged.get(night) == Some(rate));
            if wanted.was_sold(*night, kind) && is_at_rate() {
                // Whatever has become of the rest since, and whichever room it has.
                return true;
            }
            if wanted.has(*night, kind) {
                return left.allotment.is_agreed(*night, kind) && left.allotment.left_of_agreed(*night, kind) >= 0;
            }
            left.take(*night, kind)
        };
        wanted.nights.iter().filter(is_covered).collect()
    }
}

/// Remainder of the agreed rooms, for rooms that are taken one after the other.
pub(super) struct Left<'a> {
    allotment: &'a Allotment,
    taken: Counts,
}

impl<'a> Left<'a> {
    pub fn of(allotment: &'a Allotment) -> Self {
        Self { allotment, taken: Counts::new() }
    }

    /// Once these stays have given up what they are not to have any more.
    pub fn after(allotment: &'a Allotment, wanted: &[Wanted]) -> Self {
        let mut taken = Counts::new();
        for one in wanted {
            let kind = one.stay.room_type_id;
            let is_kept = |night: &NaiveDate| kind == one.occupied_type() && one.nights.contains(*night);
            for night in one.had().iter().flat_map(|had| had.iter()).filter(|night| !is_kept(night)) {
                *taken.entry((night, kind)).or_insert(0) -= 1;
            }
        }
        Self { allotment, taken }
    }

    /// Takes a night for one more room, and returns `true` if one was left.
    pub fn take(&mut self, night: NaiveDate, room_type_id: Uuid) -> bool {
        let taken = self.taken.entry((night, room_type_id)).or_insert(0);
        *taken += 1;
        *taken <= self.allotment.left_of_agreed(night, room_type_id)
    }
}
