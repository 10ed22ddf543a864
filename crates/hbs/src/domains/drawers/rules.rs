//! Amounts that should be in a drawer. Pure.
use super::model::{Movement, OfPayment};

/// Returns what should be in a drawer, in minor units: its float, and all that went in and out.
pub fn expected(float_minor: i64, movements: &[Movement], payments: &[OfPayment]) -> i64 {
    let moved: i64 = movements.iter().map(|movement| movement.kind.signed(movement.amount_minor)).sum();
    float_minor + moved + payments.iter().map(|one| one.amount_minor).sum::<i64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::drawers::model::{DrawerId, MovementId, MovementKind};
    use chrono::DateTime;
    use uuid::Uuid;

    #[test]
    fn a_drawer_has_its_float_and_all_that_went_in_and_out() {
        let movement = |kind, amount_minor| Movement {
            property_id: Uuid::nil(),
            id: MovementId::now_v7(),
            drawer_id: DrawerId::now_v7(),
            kind,
            amount_minor,
            reason: "Change".into(),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        };
        let paid = |amount_minor| OfPayment { kind: "payment".into(), id: Uuid::nil(), amount_minor, at: DateTime::UNIX_EPOCH };
        let movements =
            [movement(MovementKind::Drop, 5_000), movement(MovementKind::PaidOut, 300), movement(MovementKind::PaidIn, 1_000)];
        assert_eq!(expected(10_000, &movements, &[paid(20_000), paid(-2_500)]), 23_200);
        assert_eq!(expected(0, &[], &[]), 0);
    }
}
