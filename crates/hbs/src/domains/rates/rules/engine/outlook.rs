//! Prices and restrictions of a plan and a room type over many days, looked up once: for searches that compare many
//! stays or many hotels and need totals only. Agrees with [`Tariff::price`] and [`Tariff::restrictions`].
use super::package::{Portion, portions};
use super::restriction::{Effective, restrict};
use super::tariff::{Party, Plan, RoomBasis, Tariff};
use super::{Asked, Reduced, TaxesDue};
use crate::domains::inventory::Nights;
use chrono::NaiveDate;
use uuid::Uuid;

#[derive(Debug)]
pub struct Outlook<'a> {
    tariff: &'a Tariff,
    plan: &'a Plan,
    first: NaiveDate,
    /// Prices of the nights as entered: with the included taxes, without the added ones.
    prices: Vec<i64>,
    /// Restrictions of the nights and of one day more, the last day of departure.
    holds: Vec<Effective>,
    /// Extras that are in the price of each night.
    portions: Vec<Portion<'a>>,
}

impl Tariff {
    /// Returns prices and restrictions of some nights for a party in a plan; none if there is no such plan.
    pub fn outlook(&self, plan_id: Uuid, room: RoomBasis, nights: Nights, party: Party<'_>) -> Option<Outlook<'_>> {
        let plan = self.plan(plan_id)?;
        let heads = self.heads(party);
        let holds = |date| self.effective(plan, room.room_type_id, date);
        Some(Outlook {
            tariff: self,
            plan,
            first: nights.from,
            prices: nights.iter().map(|date| self.night_price(plan, room, date, &heads)).collect(),
            holds: nights.iter().chain([nights.to]).map(holds).collect(),
            portions: portions(&plan.included, &heads),
        })
    }
}

impl Outlook<'_> {
    /// Returns `true` if the plan sells a stay among these nights.
    pub fn sells(&self, nights: Nights, asked: Asked<'_>) -> bool {
        let Some(first) = self.place(nights.from) else { return false };
        let Some(holds) = self.place(nights.to).and_then(|last| self.holds.get(first..=last)) else { return false };
        let mut is_sold = true;
        let on = |date: NaiveDate| holds[usize::try_from((date - nights.from).num_days()).unwrap_or(0)];
        restrict(self.plan, nights, asked, on, |_, _, _| is_sold = false);
        is_sold
    }

    /// Returns the price of a stay among these nights, as entered.
    pub fn entered(&self, nights: Nights) -> i64 {
        self.prices(nights).iter().sum()
    }

    /// Returns the price of a stay among these nights, including these taxes.
    pub fn total(&self, nights: Nights, taxes: &TaxesDue) -> i64 {
        taxes.total(self.prices(nights), &self.portions)
    }

    /// Returns the price of a stay among these nights with offers, including these taxes.
    pub fn reduced_total(&self, nights: Nights, taxes: &TaxesDue, party: Party<'_>, offers: &[Reduced<'_>]) -> i64 {
        if offers.is_empty() {
            return self.total(nights, taxes);
        }
        self.tariff.reduced_total(self.plan.id, self.prices(nights), taxes, party, offers)
    }

    /// Returns the prices of the nights of a stay as entered, before offers.
    pub fn prices(&self, nights: Nights) -> &[i64] {
        let range = self.place(nights.from).zip(self.place(nights.to));
        range.and_then(|(from, to)| self.prices.get(from..to)).unwrap_or_default()
    }

    fn place(&self, date: NaiveDate) -> Option<usize> {
        usize::try_from((date - self.first).num_days()).ok()
    }
}
