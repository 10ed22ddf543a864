//! Transfers from folios to the account of a company or agent. Pure.
use crate::domains::folios::model::{Due, FolioEntry, FolioKind, Ledger, NewLine};
use chrono::NaiveDate;
use uuid::Uuid;

/// Returns what all folios of a booking come to, but for the lines of some stays; nothing if that is not owed.
pub fn of_all(dues: &[Due], without: &[Uuid]) -> Vec<Due> {
    let counts = |due: &&Due| due.stay_id.is_none_or(|stay_id| !without.contains(&stay_id));
    let mut parts: Vec<Due> = Vec::new();
    for due in dues.iter().filter(counts) {
        match parts.iter_mut().find(|part| part.folio_id == due.folio_id) {
            Some(part) => part.amount_minor += due.amount_minor,
            None => parts.push(Due { stay_id: None, ..*due }),
        }
    }
    let total: i64 = parts.iter().map(|part| part.amount_minor).sum();
    parts.retain(|part| total > 0 && part.amount_minor != 0);
    parts
}

/// Returns what is due for some stays, folio by folio: no more than the folio comes to.
pub fn of_stays(dues: &[Due], stays: &[Uuid]) -> Vec<Due> {
    let mut parts: Vec<Due> = Vec::new();
    for due in dues.iter().filter(|due| due.stay_id.is_some_and(|stay_id| stays.contains(&stay_id))) {
        let on_folio = |dues: &[Due]| -> i64 {
            dues.iter().filter(|other| other.folio_id == due.folio_id).map(|other| other.amount_minor).sum()
        };
        let left = on_folio(dues) - on_folio(&parts);
        let amount_minor = due.amount_minor.min(left);
        if amount_minor > 0 {
            parts.push(Due { amount_minor, ..*due });
        }
    }
    parts
}

/// A transfer of a part of what is due: from whose folio to which, and what its lines say there.
#[derive(Debug, Clone, Copy)]
pub struct Transfer<'a> {
    pub part: Due,
    pub booking_id: Option<Uuid>,
    pub account_folio_id: Uuid,
    pub today: NaiveDate,
    /// Text on the folio that it leaves: the account.
    pub to: &'a str,
    /// Text on the account's folio: the booking.
    pub from: &'a str,
}

/// The two lines of a transfer, which come to nothing.
pub fn pair(transfer: Transfer<'_>) -> [NewLine; 2] {
    let Transfer { part, booking_id, account_folio_id, today, to, from } = transfer;
    // Lines of a posting are shown by their ids: it leaves, then it arrives.
    let (here_id, there_id) = (Uuid::now_v7(), Uuid::now_v7());
    let there = NewLine {
        id: there_id,
        folio_id: account_folio_id,
        booking_id,
        stay_id: part.stay_id,
        kind: FolioKind::Transfer,
        service_date: today,
        amount_minor: part.amount_minor,
        description: from.to_owned(),
        tax_rule_id: None,
        tax_terms: None,
        reverses_id: None,
        origin_id: Some(there_id),
        price_id: None,
        routing_id: None,
        reason: None,
        ledger: Ledger::City,
        extra: None,
        payment_id: None,
        method: None,
    };
    let here = NewLine {
        id: here_id,
        folio_id: part.folio_id,
        amount_minor: -part.amount_minor,
        description: to.to_owned(),
        ledger: Ledger::Guest,
        ..there.clone()
    };
    [here, there]
}

/// The lines that take back transfers, of which these are all lines that are open.
pub fn taken_back(open: &[FolioEntry], reason: Option<&str>) -> Vec<NewLine> {
    let back = |line: &FolioEntry| NewLine {
        id: Uuid::now_v7(),
        folio_id: line.folio_id,
        booking_id: line.booking_id,
        stay_id: line.stay_id,
        kind: line.kind,
        service_date: line.service_date,
        amount_minor: -line.amount_minor,
        description: line.description.clone(),
        tax_rule_id: None,
        tax_terms: None,
        reverses_id: Some(line.id),
        origin_id: Some(line.root()),
        price_id: None,
        routing_id: None,
        reason: reason.map(Into::into),
        ledger: line.ledger,
        extra: None,
        payment_id: None,
        method: None,
    };
    open.iter().map(back).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::folios::rules::open;
    use crate::testing::december;
    use proptest::prelude::*;

    const GUEST: Uuid = Uuid::from_u128(1);
    const COMPANY: Uuid = Uuid::from_u128(2);
    const ROOM: Uuid = Uuid::from_u128(10);
    const OTHER: Uuid = Uuid::from_u128(11);

    fn due(folio_id: Uuid, stay_id: Option<Uuid>, amount_minor: i64) -> Due {
        Due { folio_id, stay_id, amount_minor }
    }

    #[test]
    fn who_leaves_last_leaves_all_and_who_leaves_first_leaves_what_is_theirs() {
        let dues =
            [due(GUEST, None, 500), due(GUEST, Some(ROOM), 10_000), due(GUEST, Some(OTHER), 9_000), due(COMPANY, None, -700)];
        assert_eq!(of_all(&dues, &[]), [due(GUEST, None, 19_500), due(COMPANY, None, -700)]);
        assert_eq!(of_all(&dues, &[OTHER]), [due(GUEST, None, 10_500), due(COMPANY, None, -700)]);
        assert_eq!(of_stays(&dues, &[ROOM]), [due(GUEST, Some(ROOM), 10_000)]);
        assert_eq!(of_stays(&dues, &[ROOM, OTHER]), [due(GUEST, Some(ROOM), 10_000), due(GUEST, Some(OTHER), 9_000)]);
    }

    #[test]
    fn what_was_paid_is_not_sent_to_an_account() {
        let dues = [due(GUEST, None, -15_000), due(GUEST, Some(ROOM), 10_000), due(GUEST, Some(OTHER), 9_000)];
        assert_eq!(of_stays(&dues, &[ROOM]), [due(GUEST, Some(ROOM), 4_000)]);
        assert_eq!(of_stays(&dues, &[ROOM, OTHER]), [due(GUEST, Some(ROOM), 4_000)]);
        assert_eq!(of_all(&dues, &[OTHER]), [], "the hotel owes the guests");
    }

    proptest! {
        #[test]
        fn a_transfer_comes_to_nothing_and_back(amount in 1..1_000_000_i64) {
            let part = due(GUEST, Some(ROOM), amount);
            let (to, from) = ("Acme", "HBS-1");
            let transfer = Transfer { part, booking_id: Some(GUEST), account_folio_id: COMPANY, today: december(1), to, from };
            let mut lines: Vec<FolioEntry> = pair(transfer).into_iter().map(FolioEntry::from).collect();
            prop_assert_eq!(lines.iter().map(|line| line.amount_minor).collect::<Vec<_>>(), [-amount, amount]);
            prop_assert!(lines.iter().all(|line| line.root() == lines[1].id));
            let back = taken_back(&open(&lines), None);
            lines.extend(back.into_iter().map(FolioEntry::from));
            prop_assert_eq!((open(&lines).len(), lines.len()), (0, 4));
        }
    }
}
