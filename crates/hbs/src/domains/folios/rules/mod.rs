//! The lines of a folio: what they come to, how they are taken back, moved and charged by hand. Pure.
pub mod charge;
pub mod credit;
pub mod payment;
pub mod routing;
pub mod transfer;

use super::model::{FolioEntry, FolioKind, NewFolioEntry};
use chrono::NaiveDate;
use std::collections::HashSet;
use uuid::Uuid;

/// The sum of lines, in minor units.
pub fn balance(lines: &[FolioEntry]) -> i64 {
    lines.iter().map(|line| line.amount_minor).sum()
}

/// The sum of lines that are due by a date.
pub fn balance_due(lines: &[FolioEntry], today: NaiveDate) -> i64 {
    lines.iter().filter(|line| line.ledger_date() <= today).map(|line| line.amount_minor).sum()
}

/// The lines of one stay's price: not what was posted by hand.
pub fn of_stay(lines: &[FolioEntry], stay_id: Uuid) -> Vec<FolioEntry> {
    lines.iter().filter(|line| line.stay_id == Some(stay_id) && line.is_of_price()).cloned().collect()
}

/// The lines of the extras that were sold with a stay, and what was allowed on them.
pub fn of_extras(lines: &[FolioEntry], stay_id: Uuid) -> Vec<FolioEntry> {
    let is_sold = |line: &&FolioEntry| line.stay_id == Some(stay_id) && line.stay_extra_id.is_some();
    let mut of_sold: Vec<FolioEntry> = lines.iter().filter(is_sold).cloned().collect();
    let prices: HashSet<Uuid> = of_sold.iter().map(FolioEntry::root).collect();
    let is_on = |line: &FolioEntry, prices: &HashSet<Uuid>| {
        line.stay_extra_id.is_none() && line.price_id.is_some_and(|price_id| prices.contains(&price_id))
    };
    let allowed: Vec<FolioEntry> = lines.iter().filter(|line| is_on(line, &prices)).cloned().collect();
    let adjustments: HashSet<Uuid> = allowed.iter().map(FolioEntry::root).collect();
    of_sold.extend(allowed);
    of_sold.extend(lines.iter().filter(|line| is_on(line, &adjustments)).cloned());
    of_sold
}

/// Returns the allowances on some prices, with their taxes, among the lines of a booking: those that were taken back as well.
pub fn allowed_on(prices: &[FolioEntry], lines: &[FolioEntry]) -> Vec<FolioEntry> {
    let is_of = |line: &FolioEntry, kind: FolioKind, roots: &HashSet<Uuid>| {
        line.kind == kind && line.price_id.is_some_and(|price_id| roots.contains(&price_id))
    };
    let roots: HashSet<Uuid> = prices.iter().map(FolioEntry::root).collect();
    let mut allowed: Vec<FolioEntry> = lines.iter().filter(|line| is_of(line, FolioKind::Adjustment, &roots)).cloned().collect();
    let adjustments: HashSet<Uuid> = allowed.iter().map(FolioEntry::root).collect();
    allowed.extend(lines.iter().filter(|line| is_of(line, FolioKind::Tax, &adjustments)).cloned());
    allowed
}

/// The lines that have not been taken back, nor take back others. What was moved is open where it went.
pub fn open(lines: &[FolioEntry]) -> Vec<FolioEntry> {
    let taken_back: HashSet<Uuid> = lines.iter().filter_map(|line| line.reverses_id).collect();
    lines.iter().filter(|line| line.reverses_id.is_none() && !taken_back.contains(&line.id)).cloned().collect()
}

/// The line that takes back another one of a stay's price, on the folio where that is.
pub fn reversal(line: &FolioEntry) -> NewFolioEntry {
    NewFolioEntry {
        stay_id: line.stay_id.unwrap_or_default(),
        kind: line.kind,
        service_date: line.service_date,
        amount_minor: -line.amount_minor,
        description: line.description.clone(),
        tax_rule_id: line.tax_rule_id,
        tax_terms: line.tax_terms(),
        reverses_id: Some(line.id),
        restores_id: None,
        folio_id: Some(line.folio_id),
        id: None,
        price_id: line.price_id,
        extra: line.of_extra(),
    }
}

/// The lines that charge others anew as they were and where they were, in the same order, for a stay. A tax is on its price as
/// that is then: the part of it on the same folio, if it was split.
pub fn anew(lines: &[FolioEntry], stay_id: Uuid) -> Vec<NewFolioEntry> {
    let new: Vec<(&FolioEntry, Uuid)> = lines.iter().map(|line| (line, Uuid::now_v7())).collect();
    // Of parts of one price on one folio, the first is the one that its taxes name.
    let price = |price_id: Uuid, folio_id: Uuid| {
        let parts = || new.iter().filter(|(line, _)| line.kind != FolioKind::Tax && line.root() == price_id);
        parts().find(|(line, _)| line.folio_id == folio_id).or_else(|| parts().next()).map_or(price_id, |(_, id)| *id)
    };
    let charged = |(line, id): &(&FolioEntry, Uuid)| NewFolioEntry {
        stay_id,
        amount_minor: line.amount_minor,
        reverses_id: None,
        id: Some(*id),
        price_id: line.price_id.map(|price_id| price(price_id, line.folio_id)),
        ..reversal(line)
    };
    new.iter().map(charged).collect()
}

/// The lines that move what was charged to another stay of the booking: it is taken back, and charged anew as it was and where it
/// was.
pub fn moved_to(lines: &[FolioEntry], stay_id: Uuid) -> Vec<NewFolioEntry> {
    lines.iter().map(reversal).zip(anew(lines, stay_id)).flat_map(|(taken_back, charged)| [taken_back, charged]).collect()
}

/// The lines that undo what was posted when lines were last taken back: those are charged anew, where they were, by lines that
/// name them, and what was charged in their place is taken back, where it is by now. Moves take nothing back in this sense.
pub fn restoration(lines: &[FolioEntry]) -> Vec<NewFolioEntry> {
    restoration_beside(lines, lines)
}

/// The lines that undo what was posted for others when lines were last taken back, as `restoration` does it for these: so what
/// was posted for the others alone, before or since, stays.
pub fn restoration_beside(lines: &[FolioEntry], others: &[FolioEntry]) -> Vec<NewFolioEntry> {
    let is_settled = |line: &&FolioEntry| line.reverses_id.is_some() && line.origin_id.is_none();
    let last = lines.iter().filter(is_settled).max_by_key(|line| line.id);
    let posting = last.map(|line| line.posting_id);
    let (taken_back, charged): (Vec<&FolioEntry>, Vec<&FolioEntry>) =
        others.iter().filter(|line| Some(line.posting_id) == posting).partition(|line| line.reverses_id.is_some());
    let as_they_were: Vec<FolioEntry> = taken_back.into_iter().filter_map(|line| taken_back_by(line, others)).collect();
    let stay_id = as_they_were.first().and_then(|line| line.stay_id).unwrap_or_default();
    let charged: HashSet<Uuid> = charged.into_iter().map(|line| line.id).collect();
    let is_there: Vec<FolioEntry> = open(others).into_iter().filter(|line| charged.contains(&line.root())).collect();
    let restored = anew(&as_they_were, stay_id).into_iter().zip(&as_they_were).map(|(line, was)| restoring(line, was));
    restored.chain(is_there.iter().map(reversal)).collect()
}

/// The line that charges another one anew and names it: so what was sold stays sold when it was.
fn restoring(line: NewFolioEntry, was: &FolioEntry) -> NewFolioEntry {
    NewFolioEntry { restores_id: Some(was.id), ..line }
}

/// The line that another one takes back.
fn taken_back_by(reversal: &FolioEntry, lines: &[FolioEntry]) -> Option<FolioEntry> {
    lines.iter().find(|line| Some(line.id) == reversal.reverses_id).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    /// Returns lines as they stand in the folio once they are posted together.
    fn posted(lines: Vec<NewFolioEntry>) -> Vec<FolioEntry> {
        let posting_id = Uuid::now_v7();
        let entry = |line| {
            let NewFolioEntry {
                stay_id,
                kind,
                service_date,
                amount_minor,
                description,
                tax_rule_id,
                tax_terms,
                reverses_id,
                restores_id,
                folio_id,
                id: _,
                price_id: _,
                extra: _,
            } = line;
            FolioEntry {
                stay_id: Some(stay_id),
                description,
                tax_rule_id,
                reverses_id,
                restores_id,
                posting_id,
                tax_included: tax_terms.map(|terms| terms.is_included),
                tax_rate_ppm: tax_terms.and_then(|terms| terms.rate_ppm),
                folio_id: folio_id.unwrap_or_default(),
                posted_on: NaiveDate::MIN,
                ..FolioEntry::example(kind, service_date, amount_minor)
            }
        };
        lines.into_iter().map(entry).collect()
    }

    fn line(kind: FolioKind, amount_minor: i64) -> NewFolioEntry {
        NewFolioEntry {
            stay_id: Uuid::nil(),
            kind,
            service_date: NaiveDate::MIN,
            amount_minor,
            description: "Line".into(),
            tax_rule_id: None,
            tax_terms: None,
            reverses_id: None,
            restores_id: None,
            folio_id: None,
            id: None,
            price_id: None,
            extra: None,
        }
    }

    fn amounts(lines: &[FolioEntry]) -> Vec<(FolioKind, i64)> {
        lines.iter().map(|line| (line.kind, line.amount_minor)).collect()
    }

    #[test]
    fn what_is_taken_back_is_not_open_and_restored_as_it_was() {
        use FolioKind::{Fee, Room, Tax};
        let charged = posted(vec![line(Room, 10_000), line(Tax, 1_000)]);
        assert_eq!(restoration(&charged), [], "nothing was taken back");
        let left = posted(charged.iter().map(reversal).chain([line(Fee, 4_000)]).collect());
        let folio = [charged, left].concat();
        assert_eq!((balance(&folio), amounts(&open(&folio))), (4_000, vec![(Fee, 4_000)]));

        let restored = [folio.clone(), posted(restoration(&folio))].concat();
        assert_eq!((balance(&restored), amounts(&open(&restored))), (11_000, vec![(Room, 10_000), (Tax, 1_000)]));
    }

    #[test]
    fn lines_are_told_apart_by_stay() {
        let other = Uuid::from_u128(1);
        let folio = posted(vec![line(FolioKind::Room, 1), NewFolioEntry { stay_id: other, ..line(FolioKind::Room, 2) }]);
        assert_eq!(amounts(&of_stay(&folio, other)), [(FolioKind::Room, 2)]);
    }

    /// Returns lines that move others to a folio, as they stand there once they are posted together.
    fn moved(lines: &[FolioEntry], folio_id: Uuid) -> Vec<FolioEntry> {
        let posting_id = Uuid::now_v7();
        let entry = |line: &FolioEntry, amount_minor, reverses_id, folio_id| FolioEntry {
            id: Uuid::now_v7(),
            amount_minor,
            reverses_id,
            restores_id: None,
            posting_id,
            folio_id,
            origin_id: Some(line.root()),
            ..line.clone()
        };
        let pair = |line: &FolioEntry| {
            [entry(line, -line.amount_minor, Some(line.id), line.folio_id), entry(line, line.amount_minor, None, folio_id)]
        };
        lines.iter().flat_map(pair).collect()
    }

    #[test]
    fn a_fee_that_was_moved_is_taken_back_where_it_is_and_nights_come_back_where_they_were() {
        use FolioKind::{Fee, Room};
        let company = Uuid::from_u128(7);
        let charged = posted(vec![line(Room, 10_000), line(Room, 9_000)]);
        let nights = moved(&charged[..1], company);
        let folio = [charged, nights].concat();
        let left = posted(open(&folio).iter().map(reversal).chain([line(Fee, 4_000)]).collect());
        let fee = moved(&left[2..], company);
        let folio = [folio, left, fee].concat();
        assert_eq!((balance(&folio), amounts(&open(&folio))), (4_000, vec![(Fee, 4_000)]));

        let restored = restoration(&folio);
        let told: Vec<_> = restored.iter().map(|line| (line.kind, line.amount_minor, line.folio_id)).collect();
        let guest = Some(Uuid::nil());
        assert_eq!(told, [(Room, 9_000, guest), (Room, 10_000, Some(company)), (Fee, -4_000, Some(company))]);
        let restored = [folio, posted(restored)].concat();
        assert_eq!((balance(&restored), amounts(&open(&restored))), (19_000, vec![(Room, 9_000), (Room, 10_000)]));
    }

    fn restored_by(lines: &[FolioEntry]) -> Vec<Option<Uuid>> {
        lines.iter().map(|line| line.restores_id).collect()
    }

    #[test]
    fn what_is_restored_names_what_it_restores_and_what_is_moved_or_taken_back_names_none() {
        use FolioKind::{Fee, Room, Tax};
        let charged = posted(vec![line(Room, 10_000), line(Tax, 1_000)]);
        assert_eq!(restored_by(&charged), [None, None]);
        let left = posted(charged.iter().map(reversal).chain([line(Fee, 4_000)]).collect());
        let mut folio = [charged.clone(), left].concat();
        let restored = posted(restoration(&folio));
        assert_eq!(restored_by(&restored), [Some(charged[0].id), Some(charged[1].id), None], "the last takes the fee back");

        // Left once more and restored, each names the one before it.
        folio.extend(restored.clone());
        folio.extend(posted(open(&folio).iter().map(reversal).collect()));
        let again = posted(restoration(&folio));
        assert_eq!(restored_by(&again), [Some(restored[0].id), Some(restored[1].id)]);
        let moved: Vec<_> = moved_to(&again, Uuid::from_u128(1)).iter().map(|line| line.restores_id).collect();
        assert_eq!(moved, [None; 4]);
    }

    #[test]
    fn what_was_moved_is_restored_by_the_name_that_it_had_where_it_was() {
        let charged = posted(vec![line(FolioKind::Room, 10_000), line(FolioKind::Room, 9_000)]);
        let elsewhere = moved(&charged[..1], Uuid::from_u128(7));
        let mut folio = [charged.clone(), elsewhere.clone()].concat();
        folio.extend(posted(open(&folio).iter().map(reversal).collect()));
        assert_eq!(restored_by(&posted(restoration(&folio))), [Some(charged[1].id), Some(elsewhere[1].id)]);
    }

    #[test]
    fn what_is_to_come_is_not_due() {
        let mut lines = posted(vec![line(FolioKind::Room, 5), line(FolioKind::Room, 7)]);
        let today = NaiveDate::from_ymd_opt(2026, 12, 1).expect("a date");
        lines[0].service_date = today + chrono::Days::new(1);
        lines[1].posted_on = today;
        assert_eq!((balance(&lines), balance_due(&lines, today)), (12, 7));
    }
}
