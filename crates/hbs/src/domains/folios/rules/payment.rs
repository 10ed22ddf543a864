//! Payments on folios: where the money of a payment lies by now, and which lines take it back. Pure.
use crate::domains::folios::model::{FolioEntry, Ledger};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Returns what a payment comes to on each folio, in minor units: its lines may have been moved or split. The folio that was
/// paid comes first.
pub fn shares(lines: &[FolioEntry], first: Uuid) -> Vec<(Uuid, i64)> {
    let mut sums: BTreeMap<Uuid, i64> = BTreeMap::new();
    for line in lines {
        *sums.entry(line.folio_id).or_default() -= line.amount_minor;
    }
    let mut shares: Vec<(Uuid, i64)> = sums.into_iter().filter(|(_, amount)| *amount > 0).collect();
    shares.sort_by_key(|(folio_id, _)| (*folio_id != first, *folio_id));
    shares
}

/// Takes an amount from shares, one after the other. `None` if they do not come to it.
pub fn take(amount_minor: i64, shares: &[(Uuid, i64)]) -> Option<Vec<(Uuid, i64)>> {
    let mut left = amount_minor;
    let mut taken = Vec::new();
    for (folio_id, share) in shares {
        let part = left.min(*share);
        if part > 0 {
            taken.push((*folio_id, part));
            left -= part;
        }
    }
    (left == 0).then_some(taken)
}

/// Cuts what leaves a folio by ledger: what lies in the ledger of deposits leaves that one, the rest the ledger of the guests.
/// `deposits_minor` is what that ledger has of the folio, which is negative where something was paid.
pub fn by_ledger(amount_minor: i64, deposits_minor: i64) -> Vec<(Ledger, i64)> {
    let from_deposits = amount_minor.min((-deposits_minor).max(0));
    [(Ledger::Deposits, from_deposits), (Ledger::Guest, amount_minor - from_deposits)]
        .into_iter()
        .filter(|(_, amount)| *amount > 0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::folios::model::FolioKind;
    use crate::testing::december;

    const GUEST: Uuid = Uuid::from_u128(2);
    const COMPANY: Uuid = Uuid::from_u128(1);

    fn line(folio_id: Uuid, amount_minor: i64) -> FolioEntry {
        FolioEntry { folio_id, ..FolioEntry::example(FolioKind::Payment, december(1), amount_minor) }
    }

    #[test]
    fn money_is_where_its_lines_are() {
        let moved = [line(GUEST, -10_000), line(GUEST, 10_000), line(COMPANY, -4_000), line(GUEST, -6_000)];
        assert_eq!(shares(&moved, GUEST), [(GUEST, 6_000), (COMPANY, 4_000)]);
        assert_eq!(shares(&moved[..2], GUEST), [], "all of it was paid back");
    }

    #[test]
    fn the_folio_that_was_paid_pays_back_first() {
        let shares = [(GUEST, 6_000), (COMPANY, 4_000)];
        assert_eq!(take(5_000, &shares), Some(vec![(GUEST, 5_000)]));
        assert_eq!(take(7_000, &shares), Some(vec![(GUEST, 6_000), (COMPANY, 1_000)]));
        assert_eq!(take(10_000, &shares), Some(shares.to_vec()));
        assert_eq!(take(10_001, &shares), None);
    }

    #[test]
    fn deposits_leave_their_ledger_first() {
        use Ledger::{Deposits, Guest};
        assert_eq!(by_ledger(100, -150), [(Deposits, 100)]);
        assert_eq!(by_ledger(100, -30), [(Deposits, 30), (Guest, 70)]);
        assert_eq!(by_ledger(100, 0), [(Guest, 100)]);
        assert_eq!(by_ledger(100, 20), [(Guest, 100)]);
    }
}
