//! Entries as accountants see them: due dates, codes and debits. Pure.
use super::model::{Codes, JournalRow};
use crate::domains::folios::{FolioKind, Ledger};
use chrono::{Days, NaiveDate};

/// Day on which an entry is due by the payment terms of its account.
pub fn due_on(date: NaiveDate, payment_days: i32) -> NaiveDate {
    date + Days::new(u64::try_from(payment_days).unwrap_or(0))
}

/// The code of the general ledger under which a side of an entry stands.
pub fn code<'a>(codes: &'a Codes, row: &JournalRow) -> &'a str {
    match row.ledger {
        Ledger::Guest => &codes.guest,
        Ledger::City => &codes.city,
        Ledger::Deposits => &codes.deposits,
        Ledger::Clearing => row.method.as_ref().and_then(|method| codes.payment_methods.get(method)).unwrap_or(&codes.clearing),
        Ledger::PassThrough => &codes.pass_through,
        Ledger::Opening => &codes.opening,
        Ledger::Tax => row.tax_rule_id.and_then(|id| codes.tax_rules.get(&id)).unwrap_or(&codes.tax),
        Ledger::Revenue => match row.kind {
            FolioKind::Fee => &codes.fee,
            FolioKind::Extra => &codes.extra,
            FolioKind::Adjustment => &codes.adjustment,
            _ => &codes.room,
        },
    }
}

/// An amount as debit and credit, of which one is nothing.
pub fn debit_and_credit(amount_minor: i64) -> (i64, i64) {
    (amount_minor.max(0), (-amount_minor).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::december;
    use uuid::Uuid;

    fn row(kind: FolioKind, ledger: Ledger, tax_rule_id: Option<Uuid>) -> JournalRow {
        JournalRow {
            id: Uuid::nil(),
            posting_id: Uuid::nil(),
            kind,
            tax_rule_id,
            description: "Line".into(),
            reference: None,
            ledger,
            amount_minor: 100,
            method: None,
        }
    }

    #[test]
    fn each_side_has_the_code_of_its_ledger_its_kind_or_its_tax() {
        let (known, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let codes = Codes { tax_rules: [(known, "2206".to_owned())].into(), ..Codes::default() };
        for (kind, ledger, tax_rule_id, expected) in [
            (FolioKind::Room, Ledger::Guest, None, "1200"),
            (FolioKind::Room, Ledger::Revenue, None, "4000"),
            (FolioKind::Fee, Ledger::Revenue, None, "4010"),
            (FolioKind::Extra, Ledger::Revenue, None, "4020"),
            (FolioKind::Adjustment, Ledger::Revenue, None, "4090"),
            (FolioKind::Tax, Ledger::Tax, Some(known), "2206"),
            (FolioKind::Tax, Ledger::Tax, Some(other), "2200"),
            (FolioKind::Transfer, Ledger::City, None, "1210"),
            (FolioKind::Payment, Ledger::Clearing, None, "1000"),
            (FolioKind::Deposit, Ledger::Deposits, None, "2300"),
            (FolioKind::Opening, Ledger::Opening, None, "3000"),
        ] {
            assert_eq!(code(&codes, &row(kind, ledger, tax_rule_id)), expected, "{kind} in {ledger}");
        }
        let codes = Codes { payment_methods: [("cash".to_owned(), "1010".to_owned())].into(), ..codes };
        for (ledger, method, expected) in
            [(Ledger::Clearing, "cash", "1010"), (Ledger::Clearing, "bank_transfer", "1000"), (Ledger::Guest, "cash", "1200")]
        {
            let paid = JournalRow { method: Some(method.into()), ..row(FolioKind::Payment, ledger, None) };
            assert_eq!(code(&codes, &paid), expected, "{method} in {ledger}");
        }
    }

    #[test]
    fn an_amount_is_a_debit_or_a_credit_and_is_due_after_its_terms() {
        assert_eq!((debit_and_credit(5), debit_and_credit(-5)), ((5, 0), (0, 5)));
        assert_eq!((due_on(december(1), 0), due_on(december(1), 30)), (december(1), december(31)));
    }
}
