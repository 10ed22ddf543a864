//! Moves and splits: lines that leave a folio, and what comes of them. Each comes to nothing in sum, and keeps what a line
//! is for. Pure.
use crate::domains::folios::model::{FolioEntry, FolioKind, NewLine};
use crate::domains::rates::engine;
use crate::numbers::in_proportion;
use chrono::NaiveDate;
use std::collections::HashSet;
use uuid::Uuid;

/// Share of lines that goes to the other folio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    All,
    /// Amount in minor units.
    Amount(i64),
    /// Part in parts per million.
    Part(i64),
}

/// Reason why nothing can be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is nothing to be moved.
    Nothing,
    /// A share cannot be taken of lines that come to nothing, or to less.
    NoAmount,
    /// The share would be all of it, or nothing, in minor units.
    NoShare { total_minor: i64 },
    /// There is less than is to be moved.
    TooMuch { total_minor: i64 },
}

/// Adds to chosen lines those that belong to them: a tax goes with its price, and so does what was allowed on it; a price
/// that was split and is here again goes as a whole. `open` are all open lines of the folio.
pub fn with_belongings(open: &[FolioEntry], chosen: &HashSet<Uuid>) -> Vec<FolioEntry> {
    let mut ids: HashSet<Uuid> = open.iter().map(|line| line.id).filter(|id| chosen.contains(id)).collect();
    loop {
        let there: Vec<&FolioEntry> = open.iter().filter(|line| ids.contains(&line.id)).collect();
        let goes_along = |line: &&FolioEntry| there.iter().any(|other| belongs_to(line, other) || line.root() == other.root());
        let before = ids.len();
        ids.extend(open.iter().filter(goes_along).map(|line| line.id));
        if ids.len() == before {
            return open.iter().filter(|line| ids.contains(&line.id)).cloned().collect();
        }
    }
}

/// Returns the lines among chosen ones that belong to a price which is on the folio and is not chosen.
pub fn torn<'a>(open: &[FolioEntry], chosen: &'a [FolioEntry]) -> Vec<&'a FolioEntry> {
    let belongs = |line: &FolioEntry, lines: &[FolioEntry]| lines.iter().any(|price| belongs_to(line, price));
    chosen.iter().filter(|line| belongs(line, open) && !belongs(line, chosen)).collect()
}

/// Returns `true` for a tax on a price or a fee, or an allowance on it: by name, or a tax of the same date and stay. So is what an
/// offer takes off a room.
pub fn belongs_to(line: &FolioEntry, price: &FolioEntry) -> bool {
    match line.price_id {
        Some(price_id) => price_id == price.root(),
        None => {
            let is_on = match line.kind {
                FolioKind::Tax => matches!(price.kind, FolioKind::Room | FolioKind::Fee),
                FolioKind::Discount => price.kind == FolioKind::Room,
                _ => false,
            };
            is_on && (price.stay_id, price.service_date) == (line.stay_id, line.service_date)
        }
    }
}

/// Returns the lines whose date of service lies in a period, up to and without its end.
pub fn of_nights(lines: &[FolioEntry], from: NaiveDate, to: NaiveDate) -> Vec<FolioEntry> {
    lines.iter().filter(|line| (from..to).contains(&line.service_date)).cloned().collect()
}

/// The lines that bring a share of open lines to another folio. The amounts are as exact as cents can be: the cents that
/// are left go to those that lost most by rounding.
pub fn transfer(lines: &[FolioEntry], share: Share, to_folio_id: Uuid) -> Result<Vec<NewLine>, Refusal> {
    if lines.is_empty() {
        return Err(Refusal::Nothing);
    }
    let moved = amounts(lines, share)?;
    let is_moved = |(line, moved): &(&FolioEntry, i64)| *moved != 0 || (line.amount_minor == 0 && share == Share::All);
    let parts = lines.iter().zip(moved).filter(is_moved);
    Ok(parts.flat_map(|(line, moved)| pair(line, moved, to_folio_id)).collect())
}

/// Returns what of each line is moved, in minor units.
fn amounts(lines: &[FolioEntry], share: Share) -> Result<Vec<i64>, Refusal> {
    let whole: Vec<i64> = lines.iter().map(|line| line.amount_minor).collect();
    let total_minor: i64 = whole.iter().sum();
    let moved = match share {
        Share::All => return Ok(whole),
        _ if total_minor <= 0 => return Err(Refusal::NoAmount),
        Share::Amount(amount) if amount > total_minor => return Err(Refusal::TooMuch { total_minor }),
        Share::Amount(amount) => amount,
        Share::Part(ppm) => engine::share(total_minor, ppm),
    };
    if moved <= 0 || moved >= total_minor {
        return Err(Refusal::NoShare { total_minor });
    }
    Ok(in_proportion(&whole, moved))
}

/// The line that takes another one back where it is, the line of what is moved, and that of the rest, if there is one.
fn pair(line: &FolioEntry, moved: i64, to_folio_id: Uuid) -> Vec<NewLine> {
    let rest = line.amount_minor - moved;
    let taken_back = NewLine { reverses_id: Some(line.id), ..like(line, -line.amount_minor, line.folio_id) };
    let stays = (rest != 0).then(|| like(line, rest, line.folio_id));
    [Some(taken_back), Some(like(line, moved, to_folio_id)), stays].into_iter().flatten().collect()
}

fn like(line: &FolioEntry, amount_minor: i64, folio_id: Uuid) -> NewLine {
    NewLine {
        id: Uuid::now_v7(),
        folio_id,
        booking_id: line.booking_id,
        stay_id: line.stay_id,
        kind: line.kind,
        service_date: line.service_date,
        amount_minor,
        description: line.description.clone(),
        tax_rule_id: line.tax_rule_id,
        tax_terms: line.tax_terms(),
        reverses_id: None,
        origin_id: Some(line.root()),
        price_id: line.price_id,
        routing_id: None,
        reason: None,
        ledger: line.ledger,
        extra: line.of_extra(),
        payment_id: line.payment_id,
        method: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::folios::rules::{balance, open};
    use crate::testing::december;
    use proptest::prelude::*;

    const GUEST: Uuid = Uuid::nil();
    const COMPANY: Uuid = Uuid::from_u128(1);

    fn line(kind: FolioKind, day: u32, amount_minor: i64) -> FolioEntry {
        FolioEntry::example(kind, december(day), amount_minor)
    }

    /// Adds lines as they stand once they are posted.
    fn post(lines: &mut Vec<FolioEntry>, new: Vec<NewLine>) {
        lines.extend(new.into_iter().map(FolioEntry::from));
    }

    fn on(lines: &[FolioEntry], folio_id: Uuid) -> Vec<FolioEntry> {
        lines.iter().filter(|line| line.folio_id == folio_id).cloned().collect()
    }

    fn amounts_on(lines: &[FolioEntry], folio_id: Uuid) -> Vec<(FolioKind, i64)> {
        open(lines).iter().filter(|line| line.folio_id == folio_id).map(|line| (line.kind, line.amount_minor)).collect()
    }

    #[test]
    fn a_tax_goes_with_its_price() {
        use FolioKind::{Room, Tax};
        let lines = [line(Room, 10, 100), line(Tax, 10, 6), line(Room, 11, 100), line(Tax, 11, 6)];
        let chosen = HashSet::from([lines[2].id]);
        assert_eq!(with_belongings(&lines, &chosen), lines[2..]);
        assert_eq!(torn(&lines, &lines[1..2]), [&lines[1]]);
        assert_eq!(torn(&lines, &lines[..2]), Vec::<&FolioEntry>::new());
        assert_eq!(torn(&lines[1..2], &lines[1..2]), Vec::<&FolioEntry>::new(), "its price is elsewhere");

        let bar = line(FolioKind::Extra, 10, 1_000);
        let less = FolioEntry { price_id: Some(bar.id), ..line(FolioKind::Adjustment, 11, -100) };
        let less_tax = FolioEntry { price_id: Some(less.id), ..line(Tax, 11, -6) };
        let other = line(FolioKind::Extra, 10, 500);
        let bar = [bar, other, less, less_tax];
        let found = with_belongings(&bar, &HashSet::from([bar[0].id]));
        assert_eq!(found, [bar[0].clone(), bar[2].clone(), bar[3].clone()], "with what was allowed on it, and its tax");
    }

    #[test]
    fn what_is_moved_leaves_nothing_and_what_is_split_leaves_the_rest() {
        use FolioKind::{Room, Tax};
        let mut lines = vec![line(Room, 10, 9_340), line(Tax, 10, 560)];
        let split = transfer(&lines, Share::Part(333_300), COMPANY).expect("a share");
        post(&mut lines, split);
        // 33.33 % of 99.00 is 33.00.
        assert_eq!(amounts_on(&lines, COMPANY), [(Room, 3_113), (Tax, 187)]);
        assert_eq!(amounts_on(&lines, GUEST), [(Room, 6_227), (Tax, 373)]);
        let rest: Vec<FolioEntry> = open(&lines).into_iter().filter(|line| line.folio_id == GUEST).collect();
        let moved = transfer(&rest, Share::All, COMPANY).expect("all");
        post(&mut lines, moved);
        assert_eq!((balance(&on(&lines, GUEST)), balance(&on(&lines, COMPANY))), (0, 9_900));
        assert_eq!(amounts_on(&lines, GUEST), []);
    }

    #[test]
    fn what_cannot_be_shared_is_refused() {
        use FolioKind::{Extra, Room};
        let cent = [line(Room, 10, 1)];
        for (lines, share, refusal) in [
            (&[][..], Share::All, Refusal::Nothing),
            (&cent, Share::Part(500_000), Refusal::NoShare { total_minor: 1 }),
            (&cent, Share::Amount(1), Refusal::NoShare { total_minor: 1 }),
            (&cent, Share::Amount(2), Refusal::TooMuch { total_minor: 1 }),
            (&[line(Extra, 10, 5), line(Extra, 10, -5)], Share::Amount(1), Refusal::NoAmount),
        ] {
            assert_eq!(transfer(lines, share, COMPANY), Err(refusal), "{share:?}");
        }
    }

    proptest! {
        #[test]
        fn moves_and_splits_lose_nothing(
            amounts in prop::collection::vec(-5_000_i64..100_000, 1..12),
            steps in prop::collection::vec((any::<bool>(), 0..3_u8, 1..1_000_000_i64), 0..12),
        ) {
            let mut lines: Vec<FolioEntry> = amounts.iter().map(|amount| line(FolioKind::Extra, 10, *amount)).collect();
            let total = balance(&lines);
            for (back, way, size) in steps {
                let (from, to) = if back { (COMPANY, GUEST) } else { (GUEST, COMPANY) };
                let there: Vec<FolioEntry> = open(&lines).into_iter().filter(|line| line.folio_id == from).collect();
                let share = [Share::All, Share::Amount(size), Share::Part(size)][usize::from(way)];
                let before = (balance(&on(&lines, from)), balance(&on(&lines, to)));
                let Ok(posted) = transfer(&there, share, to) else { continue };
                prop_assert_eq!(posted.iter().map(|line| line.amount_minor).sum::<i64>(), 0);
                post(&mut lines, posted);
                let moved = before.0 - balance(&on(&lines, from));
                prop_assert_eq!(before.1 + moved, balance(&on(&lines, to)));
                if let Share::Amount(amount) = share {
                    prop_assert_eq!(moved, amount);
                }
                // No line is moved that was moved before, and none has become more than it was, or of another sign.
                let mut taken_back: Vec<Uuid> = lines.iter().filter_map(|line| line.reverses_id).collect();
                let count = taken_back.len();
                taken_back.sort_unstable();
                taken_back.dedup();
                prop_assert_eq!(taken_back.len(), count);
                for root in lines.iter().filter(|line| line.origin_id.is_none()) {
                    let parts: Vec<i64> =
                        open(&lines).iter().filter(|line| line.root() == root.id).map(|line| line.amount_minor).collect();
                    prop_assert_eq!(parts.iter().sum::<i64>(), root.amount_minor);
                    prop_assert!(parts.iter().all(|part| part.signum() == root.amount_minor.signum()), "{:?}", parts);
                }
            }
            prop_assert_eq!(balance(&lines), total);
        }
    }
}
