//! Fees for cancelling, a no-show or leaving early: the nights are taken back, and a fee by the terms on which the stay
//! was sold takes their place. Pure: a preview gives the same amounts.
use crate::domains::bookings::model::{FirstNight, Stay};
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
    /// The first night that is left: charges for nights before it stay on record. Where the guests have not come, the fee
    /// is for those nights, too, and what was charged for them counts towards it.
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
    let of_nights = open.iter().filter(|line| matches!(line.kind, FolioKind::Room | FolioKind::Tax));
    let (left, over): (Vec<&FolioEntry>, Vec<&FolioEntry>) = of_nights.partition(|line| line.service_date >= leaving.from);
    // Guests who leave were there on the nights that are over. Others were only expected.
    let kept = if leaving.action == Action::CheckOut { Vec::new() } else { over };
    let fee_minor = fee(stay, &[&*kept, &*left].concat(), leaving);
    let charged: i64 = kept.iter().map(|line| line.amount_minor).sum();
    let due = if leaving.is_waived { 0 } else { fee_minor } - charged;
    let mut lines: Vec<NewFolioEntry> = left.into_iter().map(reversal).collect();
    if due != 0 {
        lines.push(fee_line(stay, due, leaving));
    }
    Settlement::of(stay, fee_minor, lines)
}

/// Takes back what leaving posted last: what it took back is charged anew, and its fee is taken back. `lines` are all
/// of the stay.
pub fn restore(stay: &Stay, lines: &[FolioEntry]) -> Settlement {
    Settlement::of(stay, 0, folios::restoration(lines))
}

/// Brings back a stay whose guests were recorded as a no-show on a date that is closed. The fee is credited today, the nights that are
/// left are charged anew, and those that are over only if they are to be: no line of the closed date is taken back. `lines` are all of
/// the stay.
pub fn restore_late(stay: &Stay, lines: &[FolioEntry], today: NaiveDate, first_night: FirstNight) -> Settlement {
    let restored = folios::restoration(lines).into_iter().filter_map(|line| match line.reverses_id {
        Some(_) => {
            let description = format!("Credit: {}", line.description);
            Some(NewFolioEntry { reverses_id: None, service_date: today, description, ..line })
        }
        None => Some(line).filter(|line| line.service_date >= today || first_night == FirstNight::Charged),
    });
    Settlement::of(stay, 0, restored.collect())
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
    let is_left = |night: &NaiveDate| leaving.action != Action::CheckOut || *night >= leaving.from;
    let nights: Vec<i64> = stay.nights().iter().filter(is_left).map(of_night).collect();
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
        _ if amount_minor < 0 => "Credit for nights kept",
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
            late_on: None,
            split_from: None,
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
        folio.extend(left.lines.iter().map(|line| posted(line, posting_id)));
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

    /// Lines of the stay whose guests did not come on the 10th, which has been closed meanwhile.
    fn missed() -> (Stay, Vec<FolioEntry>) {
        let left = left(Status::Confirmed, Action::NoShow, 10, false);
        let posting_id = Uuid::now_v7();
        let mut folio = open();
        folio.extend(left.lines.iter().map(|line| posted(line, posting_id)));
        (Stay { total_minor: left.total_minor, status_on: december(10), ..stay(Status::NoShow) }, folio)
    }

    fn posted(line: &NewFolioEntry, posting_id: Uuid) -> FolioEntry {
        FolioEntry {
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
        }
    }

    #[test]
    fn guests_who_come_late_get_the_fee_credited_and_no_closed_line_is_taken_back() {
        let (stay, folio) = missed();
        for (first_night, total, nights) in
            [(FirstNight::Charged, 33_000, vec![10, 10, 11, 11, 12, 12]), (FirstNight::Waived, 22_000, vec![11, 11, 12, 12])]
        {
            let back = restore_late(&stay, &folio, december(11), first_night);
            assert_eq!(back.total_minor, total, "{first_night}");
            assert!(back.lines.iter().all(|line| line.reverses_id.is_none()));
            let (credits, charged): (Vec<_>, Vec<_>) = back.lines.iter().partition(|line| line.kind == FolioKind::Fee);
            let [credit] = credits.as_slice() else { panic!("{credits:?}") };
            assert_eq!((credit.amount_minor, credit.service_date), (-33_000, december(11)));
            assert_eq!(credit.description, "Credit: No-show fee (Flexible)");
            assert_eq!(
                charged.iter().map(|line| line.service_date).collect::<Vec<_>>(),
                nights.into_iter().map(december).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn what_was_charged_for_a_night_that_was_kept_counts_towards_the_fee() {
        // The 10th is closed: its lines stay.
        let missed = |is_waived| {
            let at = december(11).and_hms_opt(23, 0, 0).expect("a time").and_utc();
            let leaving =
                Leaving { action: Action::NoShow, now: at, today: december(11), check_in: at, from: december(11), is_waived };
            settle(&stay(Status::Confirmed), &open(), leaving)
        };
        let settled = missed(false);
        assert_eq!((settled.fee_minor, settled.total_minor), (33_000, 33_000), "the whole price, of which a night is charged");
        let fees = |settled: &Settlement| -> Vec<i64> {
            settled.lines.iter().filter(|line| line.kind == FolioKind::Fee).map(|line| line.amount_minor).collect()
        };
        assert_eq!(fees(&settled), [22_000]);
        let waived = missed(true);
        assert_eq!((waived.total_minor, fees(&waived)), (0, vec![-11_000]), "credited by a line of its own");
        assert!(waived.lines.iter().all(|line| line.service_date >= december(11)));
    }

    #[test]
    fn what_is_waived_is_told_and_not_charged() {
        let settlement = left(Status::Confirmed, Action::NoShow, 10, true);
        assert_eq!((settlement.fee_minor, settlement.total_minor), (33_000, 0));
        assert!(settlement.lines.iter().all(|line| line.kind != FolioKind::Fee));
    }
}
