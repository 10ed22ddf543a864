//! The lines of a folio: what they come to, and how they are taken back. Pure.
use super::model::{FolioEntry, NewFolioEntry};
use uuid::Uuid;

/// The sum of lines, in minor units.
pub fn balance(lines: &[FolioEntry]) -> i64 {
    lines.iter().map(|line| line.amount_minor).sum()
}

/// The lines of one stay.
pub fn of_stay(folio: &[FolioEntry], stay_id: Uuid) -> Vec<FolioEntry> {
    folio.iter().filter(|line| line.stay_id == stay_id).cloned().collect()
}

/// The lines that have not been taken back, nor take back others.
pub fn open(lines: &[FolioEntry]) -> Vec<FolioEntry> {
    let is_taken_back = |line: &FolioEntry| lines.iter().any(|other| other.reverses_id == Some(line.id));
    lines.iter().filter(|line| line.reverses_id.is_none() && !is_taken_back(line)).cloned().collect()
}

/// The line that takes another one back.
pub fn reversal(line: &FolioEntry) -> NewFolioEntry {
    NewFolioEntry {
        stay_id: line.stay_id,
        kind: line.kind,
        service_date: line.service_date,
        amount_minor: -line.amount_minor,
        description: line.description.clone(),
        tax_rule_id: line.tax_rule_id,
        tax_terms: line.tax_terms(),
        reverses_id: Some(line.id),
    }
}

/// The lines that move what was charged to another stay of the booking: it is taken back, and charged anew as it was.
pub fn moved_to(lines: &[FolioEntry], stay_id: Uuid) -> Vec<NewFolioEntry> {
    let moved = |line: &FolioEntry| {
        let taken_back = reversal(line);
        let charged = NewFolioEntry { stay_id, amount_minor: line.amount_minor, reverses_id: None, ..taken_back.clone() };
        [taken_back, charged]
    };
    lines.iter().flat_map(moved).collect()
}

/// The lines that undo what was posted when lines were last taken back: those are charged anew, and what was charged in their place is taken back.
pub fn restoration(lines: &[FolioEntry]) -> Vec<NewFolioEntry> {
    let last = lines.iter().filter(|line| line.reverses_id.is_some()).max_by_key(|line| line.id);
    let posting = last.map(|line| line.posting_id);
    let posted = lines.iter().filter(|line| Some(line.posting_id) == posting);
    let undone = posted.map(|line| match line.reverses_id {
        Some(_) => NewFolioEntry { reverses_id: None, ..reversal(line) },
        None => reversal(line),
    });
    undone.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::folios::model::FolioKind;
    use chrono::{DateTime, NaiveDate};

    /// Returns lines as they stand in the folio once they are posted together.
    fn posted(lines: Vec<NewFolioEntry>) -> Vec<FolioEntry> {
        let posting_id = Uuid::now_v7();
        let entry = |line| {
            let NewFolioEntry { stay_id, kind, service_date, amount_minor, description, tax_rule_id, tax_terms, reverses_id } =
                line;
            FolioEntry {
                id: Uuid::now_v7(),
                stay_id,
                kind,
                service_date,
                amount_minor,
                description,
                tax_rule_id,
                reverses_id,
                created_at: DateTime::UNIX_EPOCH,
                posting_id,
                tax_included: tax_terms.map(|terms| terms.is_included),
                tax_rate_ppm: tax_terms.and_then(|terms| terms.rate_ppm),
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
}
