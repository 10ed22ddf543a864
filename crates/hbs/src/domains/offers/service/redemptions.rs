//! Redemptions that follow their bookings: what is cancelled or expires gives back what it took, and what comes back takes it
//! again.
use crate::domains::offers::error::{OfferError, Refused};
use crate::domains::offers::model::{HeldOffer, Redemption, SoldOffer};
use crate::domains::offers::repository::redemptions as repository;
use crate::domains::offers::rules::conditions::Condition;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A stay of a booking, as offers count it: a no-show still counts.
#[derive(Debug, Clone, Copy)]
pub struct Concerned {
    pub stay_id: Uuid,
    /// `true` if it is neither cancelled nor expired.
    pub is_live: bool,
}

/// Counts the offers of a booking as its stays are to be; `held` are those that they have then. The caller holds the inventory
/// rows of its nights, and no bookings yet. No statement where it has none.
pub async fn follow(
    conn: &Conn,
    (property_id, booking_id): (Uuid, Uuid),
    stays: &[Concerned],
    held: &[HeldOffer],
    now: DateTime<Utc>,
) -> Result<()> {
    if held.is_empty() {
        return Ok(());
    }
    let offers: Vec<Uuid> = wanted(stays, held).into_keys().collect();
    repository::lock_counters(conn, property_id, &offers).await?;
    let before = repository::of_booking(conn, property_id, booking_id).await?;
    let wanted = wanted(stays, held);
    let changed: Vec<Redemption> = before.iter().filter_map(|one| changed(one, &wanted)).collect();
    let written = repository::set(conn, property_id, booking_id, &changed, now).await;
    written.map_err(|error| exhausted(error.into(), held))
}

/// Returns what is to be counted of each offer: whether it counts, and what it takes off.
fn wanted(stays: &[Concerned], held: &[HeldOffer]) -> BTreeMap<Uuid, (bool, i64)> {
    let mut wanted: BTreeMap<Uuid, (bool, i64)> = BTreeMap::new();
    for one in held {
        let is_live = stays.iter().any(|stay| stay.stay_id == one.stay_id && stay.is_live);
        // What was taken off nights that are over still was, though the stay has lost the offer since.
        let counts = is_live && (one.lost_on.is_none() || one.discount_minor > 0);
        let (any, off) = wanted.entry(one.offer_id).or_insert((false, 0));
        *any |= counts;
        *off += if counts { one.discount_minor } else { 0 };
    }
    wanted
}

/// A redemption as it is to be, if it is another one. What was given back keeps what it took off.
fn changed(before: &Redemption, wanted: &BTreeMap<Uuid, (bool, i64)>) -> Option<Redemption> {
    let (is_live, off) = *wanted.get(&before.offer_id)?;
    let discount_minor = if is_live { off } else { before.discount_minor };
    let after = Redemption { offer_id: before.offer_id, discount_minor, is_live };
    (after != *before).then_some(after)
}

fn exhausted(error: Error, held: &[HeldOffer]) -> Error {
    refusal(error, held.iter().map(|one| (one.offer_id, one.name.as_str())))
}

/// Words a refusal of the database to count more of the offers of a sale than there is.
pub fn worded<'a>(error: Error, offers: impl Iterator<Item = &'a SoldOffer>) -> Error {
    refusal(error, offers.map(|offer| (offer.offer_id, offer.name.as_str())))
}

fn refusal<'a>(error: Error, offers: impl Iterator<Item = (Uuid, &'a str)>) -> Error {
    let is_limit = ["offer_counters_limit", "offer_redemptions_single_use"].iter().any(|name| error.violates(name));
    if !is_limit {
        return error;
    }
    let refused = offers.map(|(offer_id, name)| Refused {
        offer_id,
        name: name.to_owned(),
        condition: Condition::Redemptions,
        asks: "Something is left of the offer.".into(),
    });
    let mut refused: Vec<Refused> = refused.collect();
    refused.dedup();
    OfferError::Exhausted(refused).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::offers::rules::choice::samples::automatic;
    use crate::testing::december;

    fn held(stay: u128, off: i64) -> HeldOffer {
        HeldOffer {
            property_id: Uuid::nil(),
            booking_id: Uuid::nil(),
            stay_id: Uuid::from_u128(stay),
            offer_id: Uuid::from_u128(1),
            position: 0,
            name: "Offer".into(),
            code: None,
            terms: automatic(1).terms,
            nights: [(december(10), off)].into(),
            discount_minor: off,
            lost_on: None,
        }
    }

    fn stay(n: u128, is_live: bool) -> Concerned {
        Concerned { stay_id: Uuid::from_u128(n), is_live }
    }

    #[test]
    fn an_offer_counts_while_any_of_its_stays_is_live() {
        let both = [held(1, 1_000), held(2, 2_000)];
        let counted = |first, second| wanted(&[stay(1, first), stay(2, second)], &both)[&Uuid::from_u128(1)];
        assert_eq!(counted(true, true), (true, 3_000));
        assert_eq!(counted(false, true), (true, 2_000));
        assert_eq!(counted(false, false), (false, 0));
    }

    #[test]
    fn an_offer_that_was_lost_counts_for_the_nights_that_had_it() {
        let lost = |off| HeldOffer { lost_on: Some(december(10)), ..held(1, off) };
        assert_eq!(wanted(&[stay(1, true)], &[lost(500)])[&Uuid::from_u128(1)], (true, 500));
        assert_eq!(wanted(&[stay(1, true)], &[lost(0)])[&Uuid::from_u128(1)], (false, 0));
    }

    #[test]
    fn what_is_given_back_keeps_what_it_took_off() {
        let before = Redemption { offer_id: Uuid::from_u128(1), discount_minor: 3_000, is_live: true };
        let none = [(Uuid::from_u128(1), (false, 0))].into();
        assert_eq!(changed(&before, &none), Some(Redemption { is_live: false, ..before }));
        let same = [(Uuid::from_u128(1), (true, 3_000))].into();
        assert_eq!(changed(&before, &same), None);
    }
}
