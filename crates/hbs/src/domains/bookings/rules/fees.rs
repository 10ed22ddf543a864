//! Fees for cancelling, a no-show or leaving early: the nights are taken back, and a fee by the terms on which the stay
//! was sold takes their place. Pure: a preview gives the same amounts.
use crate::domains::bookings::model::Stay;
use crate::domains::folios::{self, FolioEntry, FolioKind, NewFolioEntry, reversal};
use crate::domains::stays::{Action, Status};
use chrono::{DateTime, NaiveDate, Utc};

/// Departure from a stay, or its cancellation: the time and the hotel's clock.
#[derive(Debug, Clone, Copy)]
pub struct Leaving {
    pub action: Action,
    pub now: DateTime<Utc>,
    /// The date at the hotel: the fee's.
    pub today: NaiveDate,
    /// Beginning of the stay, from which hours are counted back.
    pub check_in: DateTime<Utc>,
    /// The first night that is left: charges for nights before it stay.
    pub from: NaiveDate,
    pub is_waived: bool,
}

/// Settlement of a stay that is left.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// Fee by the terms, in minor units, even if it is waived.
    pub fee_minor: i64,
    /// The lines that it adds to the folio.
    pub lines: Vec<NewFolioEntry>,
    /// Price of the stay afterwards.
    pub total_minor: i64,
}

/// Settles a stay. `open` are the stay's lines that have not been taken back.
pub fn settle(stay: &Stay, open: &[FolioEntry], leaving: Leaving) -> Settlement {
    let open: Vec<&FolioEntry> = open.iter().filter(|line| line.service_date >= leaving.from).collect();
    let fee_minor = fee(stay, &open, leaving);
    let mut lines: Vec<NewFolioEntry> = open.into_iter().map(reversal).collect();
    if fee_minor > 0 && !leaving.is_waived {
        lines.push(fee_line(stay, fee_minor, leaving));
    }
    Settlement::of(stay, fee_minor, lines)
}

/// Takes back what leaving posted last: what it took back is charged anew, and its fee is taken back. `lines` are all
/// of the stay.
pub fn restore(stay: &Stay, lines: &[FolioEntry]) -> Settlement {
    Settlement::of(stay, 0, folios::restoration(lines))
}

impl Settlement {
    /// Makes the settlement of a stay for which nothing is settled.
    pub fn none(stay: &Stay) -> Self {
        Self::of(stay, 0, Vec::new())
    }

    fn of(stay: &Stay, fee_minor: i64, lines: Vec<NewFolioEntry>) -> Self {
        let total_minor = stay.total_minor + lines.iter().map(|line| line.amount_minor).sum::<i64>();
        Self { fee_minor, lines, total_minor }
    }
}

fn fee(stay: &Stay, open: &[&FolioEntry], leaving: Leaving) -> i64 {
    let of_night = |night: NaiveDate| open.iter().filter(|line| line.service_date == night).map(|line| line.amount_minor).sum();
    let nights: Vec<i64> = stay.nights().iter().filter(|night| *night >= leaving.from).map(of_night).collect();
    let terms = stay.cancellation_terms.as_ref().map(|terms| &terms.0);
    match (leaving.action, stay.status, terms) {
        (Action::Cancel, Status::Confirmed, Some(terms)) | (Action::CheckOut, _, Some(terms)) => {
            terms.fee(&nights, leaving.check_in, leaving.now)
        }
        (Action::NoShow, _, Some(terms)) => terms.no_show_fee(&nights),
        // Stays from before there were terms lose their first night.
        (Action::NoShow, _, None) => nights.first().copied().unwrap_or(0),
        _ => 0,
    }
}

fn fee_line(stay: &Stay, amount_minor: i64, leaving: Leaving) -> NewFolioEntry {
    let name = match leaving.action {
        Action::NoShow => "No-show fee",
        Action::CheckOut => "Early departure fee",
        _ => "Cancellation fee",
    };
    let description = match &stay.cancellation_terms {
        Some(terms) => format!("{name} ({})", terms.0.name),
        None => name.to_owned(),
    };
    NewFolioEntry {
        stay_id: stay.id,
        kind: FolioKind::Fee,
        service_date: leaving.today,
        amount_minor,
        description,
        tax_rule_id: None,
        tax_terms: None,
        reverses_id: None,
        folio_id: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::bookings::model::Terms;
    use crate::domains::rates::engine::{CancellationTerms, Fee, FeeWindow};
    use crate::testing::december;
    use uuid::Uuid;

    /// Makes a stay of three nights from the 10th, free to cancel until a day before, then for the first night; a
    /// no-show costs the whole price.
    fn stay(status: Status) -> Stay {
        let terms = CancellationTerms {
            code: "FLEX".into(),
            name: "Flexible".into(),
            is_non_refundable: false,
            windows: vec![FeeWindow { hours_before: 24, fee: Fee::Nights(1) }],
            no_show: Fee::Percent(1_000_000),
        };
        Stay {
            property_id: Uuid::nil(),
            id: Uuid::from_u128(1),
            booking_id: Uuid::nil(),
            position: 0,
            status,
            room_type_id: Uuid::nil(),
            room_id: None,
            is_pinned: false,
            check_in: december(10),
            check_out: december(13),
            adults: 2,
            children_ages: Vec::new(),
            guest_name: None,
            total_minor: 33_000,
            rate_plan_id: None,
            cancellation_terms: Some(Terms(terms)),
            booked_room_type_id: Uuid::nil(),
            booked_check_out: None,
            status_on: december(1),
            moved_on: None,
        }
    }

    fn open() -> Vec<FolioEntry> {
        let line = |n: u32, kind, amount_minor| FolioEntry {
            id: Uuid::now_v7(),
            booking_id: Some(Uuid::nil()),
            stay_id: Some(Uuid::from_u128(1)),
            kind,
            service_date: december(10 + n),
            amount_minor,
            description: "Line".into(),
            tax_rule_id: None,
            reverses_id: None,
            created_at: DateTime::UNIX_EPOCH,
            posting_id: Uuid::nil(),
            tax_included: None,
            tax_rate_ppm: None,
            folio_id: Uuid::nil(),
            posted_on: december(1),
            origin_id: None,
            price_id: None,
        };
        (0..3).flat_map(|n| [line(n, FolioKind::Room, 10_000), line(n, FolioKind::Tax, 1_000)]).collect()
    }

    fn left(status: Status, action: Action, on: u32, is_waived: bool) -> Settlement {
        let at = |date: NaiveDate| date.and_hms_opt(15, 0, 0).expect("a time").and_utc();
        let from = if action == Action::CheckOut { december(on) } else { december(10) };
        let leaving = Leaving { action, now: at(december(on)), today: december(on), check_in: at(december(10)), from, is_waived };
        settle(&stay(status), &open(), leaving)
    }

    #[test]
    fn the_fee_takes_the_place_of_the_nights() {
        for (status, action, on, fee) in [
            (Status::Confirmed, Action::Cancel, 8, 0),
            (Status::Confirmed, Action::Cancel, 9, 11_000),
            (Status::Held, Action::Cancel, 9, 0),
            (Status::Held, Action::Expire, 9, 0),
            (Status::Confirmed, Action::NoShow, 10, 33_000),
        ] {
            let settlement = left(status, action, on, false);
            assert_eq!((settlement.fee_minor, settlement.total_minor), (fee, fee), "{status} {action} on {on}");
            let reversed: i64 =
                settlement.lines.iter().filter(|line| line.reverses_id.is_some()).map(|line| line.amount_minor).sum();
            assert_eq!(reversed, -33_000);
            let fees: Vec<_> = settlement.lines.iter().filter(|line| line.kind == FolioKind::Fee).collect();
            assert_eq!(fees.len(), usize::from(fee > 0));
            assert!(fees.iter().all(|line| line.service_date == december(on) && line.description.ends_with("fee (Flexible)")));
        }
    }

    #[test]
    fn who_leaves_early_pays_for_the_nights_before_and_a_fee_for_the_others() {
        let settlement = left(Status::CheckedIn, Action::CheckOut, 11, false);
        assert_eq!((settlement.fee_minor, settlement.total_minor), (11_000, 22_000), "a night stayed, and the first of the rest");
        assert!(settlement.lines.iter().all(|line| line.service_date >= december(11)));
        assert_eq!(left(Status::CheckedIn, Action::CheckOut, 13, false).lines, []);
    }

    #[test]
    fn what_was_left_is_restored_line_by_line() {
        let mut folio = open();
        let left = left(Status::Confirmed, Action::Cancel, 9, false);
        let posting_id = Uuid::now_v7();
        folio.extend(left.lines.iter().map(|line| FolioEntry {
            id: Uuid::now_v7(),
            booking_id: Some(Uuid::nil()),
            stay_id: Some(line.stay_id),
            kind: line.kind,
            service_date: line.service_date,
            amount_minor: line.amount_minor,
            description: line.description.clone(),
            tax_rule_id: line.tax_rule_id,
            reverses_id: line.reverses_id,
            created_at: DateTime::UNIX_EPOCH,
            posting_id,
            tax_included: None,
            tax_rate_ppm: None,
            folio_id: Uuid::nil(),
            posted_on: december(1),
            origin_id: None,
            price_id: None,
        }));
        let cancelled = Stay { total_minor: left.total_minor, ..stay(Status::Cancelled) };
        let restored = restore(&cancelled, &folio);
        assert_eq!(restored.total_minor, 33_000);
        let charged: Vec<_> = restored.lines.iter().filter(|line| line.reverses_id.is_none()).collect();
        assert_eq!(
            charged.iter().map(|line| line.amount_minor).collect::<Vec<_>>(),
            [10_000, 1_000, 10_000, 1_000, 10_000, 1_000]
        );
        let taken_back: Vec<_> = restored.lines.iter().filter(|line| line.reverses_id.is_some()).collect();
        assert_eq!(taken_back.iter().map(|line| (line.kind, line.amount_minor)).collect::<Vec<_>>(), [(FolioKind::Fee, -11_000)]);
        assert_eq!(restore(&cancelled, &open()).lines, [], "nothing was taken back");
    }

    #[test]
    fn what_is_waived_is_told_and_not_charged() {
        let settlement = left(Status::Confirmed, Action::NoShow, 10, true);
        assert_eq!((settlement.fee_minor, settlement.total_minor), (33_000, 0));
        assert!(settlement.lines.iter().all(|line| line.kind != FolioKind::Fee));
    }
}
