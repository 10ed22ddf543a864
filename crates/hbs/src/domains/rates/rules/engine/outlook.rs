//! A plan and a room type over many days, looked up once: for searches that compare many stays or
//! many hotels and need totals only. It says what [`Tariff::price`] and [`Tariff::restrictions`] say.
use super::restriction::{Effective, restrict};
use super::tariff::{Party, Plan, RoomBasis, Tariff};
use super::{Asked, TaxesDue};
use crate::domains::inventory::Nights;
use chrono::NaiveDate;
use uuid::Uuid;

#[derive(Debug)]
pub struct Outlook<'a> {
    plan: &'a Plan,
    first: NaiveDate,
    /// As entered: with the included taxes, without the added ones.
    prices: Vec<i64>,
    /// One day more: the last day of departure.
    holds: Vec<Effective>,
}

impl Tariff {
    /// What some nights cost a party in a plan, and what holds for them; nothing if there is no such plan.
    pub fn outlook(&self, plan_id: Uuid, room: RoomBasis, nights: Nights, party: Party<'_>) -> Option<Outlook<'_>> {
        let plan = self.plan(plan_id)?;
        let heads = self.heads(party);
        let holds = |date| self.effective(plan, room.room_type_id, date);
        Some(Outlook {
            plan,
            first: nights.from,
            prices: nights.iter().map(|date| self.night_price(plan, room, date, &heads)).collect(),
            holds: nights.iter().chain([nights.to]).map(holds).collect(),
        })
    }
}

impl Outlook<'_> {
    /// Whether the plan sells a stay among these nights.
    pub fn sells(&self, nights: Nights, asked: Asked<'_>) -> bool {
        let Some(first) = self.place(nights.from) else { return false };
        let Some(holds) = self.place(nights.to).and_then(|last| self.holds.get(first..=last)) else { return false };
        let mut is_sold = true;
        let on = |date: NaiveDate| holds[usize::try_from((date - nights.from).num_days()).unwrap_or(0)];
        restrict(self.plan, nights, asked, on, |_, _, _| is_sold = false);
        is_sold
    }

    /// What a stay among these nights costs as entered.
    pub fn entered(&self, nights: Nights) -> i64 {
        self.prices(nights).iter().sum()
    }

    /// What the guest pays for a stay among these nights, which bears these taxes.
    pub fn total(&self, nights: Nights, taxes: &TaxesDue) -> i64 {
        taxes.total(self.prices(nights))
    }

    fn prices(&self, nights: Nights) -> &[i64] {
        let range = self.place(nights.from).zip(self.place(nights.to));
        range.and_then(|(from, to)| self.prices.get(from..to)).unwrap_or_default()
    }

    fn place(&self, date: NaiveDate) -> Option<usize> {
        usize::try_from((date - self.first).num_days()).ok()
    }
}
