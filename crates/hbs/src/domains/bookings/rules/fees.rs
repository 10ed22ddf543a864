//! Fees for cancelling, a no-show or leaving early: the nights are taken back, and a fee by the terms on which the stay
//! was sold takes their place. Pure: a preview gives the same amounts.
use crate::domains::bookings::model::{FirstNight, Stay, Terms};
use crate::domains::folios::{self, FolioEntry, FolioKind, NewFolioEntry, TaxTerms, reversal};
use crate::domains::rates::engine::{self, Due, FeeTax, TaxLine};
use crate::domains::stays::{Action, Status};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeMap;
use uuid::Uuid;

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
    /// The lines of the extras that were sold with it, and of what was allowed on its price.
    pub extras: Vec<NewFolioEntry>,
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

/// The lines that take back what was allowed on prices that are taken back: nobody gets less for what is not to be paid. `lines`
/// are all of the booking.
pub fn allowances_gone(taken: &[FolioEntry], lines: &[FolioEntry]) -> Vec<NewFolioEntry> {
    folios::open(&folios::allowed_on(taken, lines)).iter().map(reversal).collect()
}

/// Takes back what leaving posted last: what it took back is charged anew, and its fee is taken back, each with what was allowed
/// on it. `lines` are all of the stay, `allowed` what was allowed on them.
pub fn restore(stay: &Stay, lines: &[FolioEntry], allowed: &[FolioEntry]) -> Settlement {
    let all = [lines, allowed].concat();
    let (of_price, mut others): (Vec<NewFolioEntry>, Vec<NewFolioEntry>) =
        folios::restoration_beside(lines, &all).into_iter().partition(NewFolioEntry::is_of_price);
    let gone: Vec<Uuid> = of_price.iter().filter_map(|line| line.reverses_id).collect();
    let gone: Vec<FolioEntry> = lines.iter().filter(|line| gone.contains(&line.id)).cloned().collect();
    others.extend(allowances_gone(&gone, allowed));
    Settlement::of(stay, 0, of_price).with_extras(others)
}

/// Brings back a stay whose guests were recorded as a no-show on a date that is closed. The fee is taken back and the nights
/// that are left are charged anew, those that are over only if they are to be; on the books all of it is of today. `lines` are
/// all of the stay, `allowed` what was allowed on them.
pub fn restore_late(
    stay: &Stay,
    lines: &[FolioEntry],
    allowed: &[FolioEntry],
    today: NaiveDate,
    first_night: FirstNight,
) -> Settlement {
    let Settlement { lines, extras, .. } = restore(stay, lines, allowed);
    let lines = those_left(lines, today, first_night);
    Settlement::of(stay, 0, lines.clone()).with_extras(allowed_on_those(&lines, extras))
}

/// Leaves out what was allowed on prices that are not charged anew.
fn allowed_on_those(prices: &[NewFolioEntry], mut allowed: Vec<NewFolioEntry>) -> Vec<NewFolioEntry> {
    let mut roots: Vec<Uuid> = prices.iter().filter_map(|line| line.id).collect();
    let is_on = |line: &NewFolioEntry, roots: &[Uuid]| line.price_id.is_some_and(|price_id| roots.contains(&price_id));
    let adjustments: Vec<Uuid> = allowed
        .iter()
        .filter(|line| line.kind == FolioKind::Adjustment && is_on(line, &roots))
        .filter_map(|line| line.id)
        .collect();
    roots.extend(adjustments);
    allowed.retain(|line| line.reverses_id.is_some() || is_on(line, &roots));
    allowed
}

/// Leaves out what is over and is not to be charged.
pub fn those_left(mut lines: Vec<NewFolioEntry>, today: NaiveDate, first_night: FirstNight) -> Vec<NewFolioEntry> {
    lines.retain(|line| line.reverses_id.is_some() || line.service_date >= today || first_night == FirstNight::Charged);
    lines
}

impl Settlement {
    /// Makes the settlement of a stay for which nothing is settled.
    pub fn none(stay: &Stay) -> Self {
        Self::of(stay, 0, Vec::new())
    }

    /// Returns the settlement with lines that are not of the stay's price: of extras that were sold with it, and of allowances.
    #[must_use]
    pub fn with_extras(mut self, extras: Vec<NewFolioEntry>) -> Self {
        self.extras.extend(extras);
        self
    }

    /// Returns all lines, those of extras last.
    pub fn all_lines(&self) -> impl Iterator<Item = &NewFolioEntry> {
        self.lines.iter().chain(&self.extras)
    }

    /// Returns the settlement with the tax that the fee bears by the terms. The tax is in the fee, as included taxes are in a
    /// price, so the guest pays what the terms say. `open` are the stay's lines before it is left, and `vat` the rules of the
    /// hotel that are value added tax: levies never fall on fees.
    #[must_use]
    pub fn taxed(mut self, stay: &Stay, open: &[FolioEntry], leaving: Leaving, vat: &[Uuid]) -> Self {
        let is_fee = |line: &NewFolioEntry| line.kind == FolioKind::Fee && line.reverses_id.is_none();
        let Some(place) = self.lines.iter().position(is_fee) else { return self };
        let (due, names): (Vec<Due>, Vec<String>) = due_on_fee(stay, open, leaving, vat).into_iter().unzip();
        let fee = self.lines[place].clone();
        let (net_minor, taxes) = engine::lines(fee.amount_minor, &due);
        self.lines[place].amount_minor = net_minor;
        let tax_line = |(tax, name): (&TaxLine, String)| NewFolioEntry {
            kind: FolioKind::Tax,
            amount_minor: tax.amount_minor,
            description: name,
            tax_rule_id: Some(tax.tax_rule_id),
            tax_terms: Some(TaxTerms { is_included: true, rate_ppm: tax.rate_ppm }),
            ..fee.clone()
        };
        self.lines.extend(taxes.iter().zip(names).map(tax_line));
        self
    }

    /// The lines of the fee: what is charged without taxes, and the taxes on it.
    pub fn fee_lines(&self) -> (i64, Vec<&NewFolioEntry>) {
        let charged = || self.lines.iter().filter(|line| line.reverses_id.is_none());
        let net_minor = charged().filter(|line| line.kind == FolioKind::Fee).map(|line| line.amount_minor).sum();
        (net_minor, charged().filter(|line| line.kind == FolioKind::Tax).collect())
    }

    fn of(stay: &Stay, fee_minor: i64, lines: Vec<NewFolioEntry>) -> Self {
        let total_minor = stay.total_minor + lines.iter().map(|line| line.amount_minor).sum::<i64>();
        Self { fee_minor, lines, total_minor, extras: Vec::new() }
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

/// The taxes that a fee bears, with their names.
fn due_on_fee(stay: &Stay, open: &[FolioEntry], leaving: Leaving, vat: &[Uuid]) -> Vec<(Due, String)> {
    let Some(Terms(terms)) = &stay.cancellation_terms else { return Vec::new() };
    let taxes = &terms.fee_tax;
    let tax = match leaving.action {
        Action::NoShow => &taxes.no_show,
        Action::CheckOut => &taxes.early_departure,
        _ => &taxes.late_cancellation,
    };
    match tax {
        FeeTax::None => Vec::new(),
        FeeTax::Rule { tax_rule_id, name, rate_ppm } => vec![(included(*tax_rule_id, *rate_ppm), name.clone())],
        FeeTax::AsRoom => due_as_room(open, leaving, vat),
    }
}

/// The value added tax of the first of the nights that are left and bear any.
fn due_as_room(open: &[FolioEntry], leaving: Leaving, vat: &[Uuid]) -> Vec<(Due, String)> {
    // What is in the price of a night has taxes of its own.
    let is_of_room = |line: &&FolioEntry| line.kind == FolioKind::Tax && line.extra_id.is_none();
    let borne = open.iter().filter(is_of_room).filter(|line| line.service_date >= leaving.from);
    let borne: Vec<(NaiveDate, Uuid, i32, &str)> = borne
        .filter_map(|line| Some((line.service_date, line.tax_rule_id?, line.tax_rate_ppm?, line.description.as_str())))
        .filter(|(_, rule, ..)| vat.contains(rule))
        .collect();
    let first = borne.iter().map(|(night, ..)| *night).min();
    let of_first: BTreeMap<Uuid, (i32, &str)> = borne
        .iter()
        .filter(|(night, ..)| Some(*night) == first)
        .map(|(_, rule, rate_ppm, name)| (*rule, (*rate_ppm, *name)))
        .collect();
    of_first.into_iter().map(|(rule, (rate_ppm, name))| (included(rule, rate_ppm), name.to_owned())).collect()
}

fn included(tax_rule_id: Uuid, rate_ppm: i32) -> Due {
    Due::as_charged(&TaxLine { tax_rule_id, amount_minor: 0, is_included: true, rate_ppm: Some(rate_ppm) })
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
        restores_id: None,
        folio_id: None,
        id: None,
        price_id: None,
        extra: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::bookings::model::Terms;
    use crate::domains::rates::engine::{CancellationTerms, Fee, FeeTaxes, FeeWindow, PaymentTerms};
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
            fee_tax: FeeTaxes::default(),
            payment: PaymentTerms::default(),
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
            guest_id: None,
            priced_at: None,
            is_day_use: false,
        }
    }

    fn open() -> Vec<FolioEntry> {
        let line = |n: u32, place: u32, kind, amount_minor| FolioEntry {
            id: Uuid::from_u128(u128::from(10 + 2 * n + place)),
            stay_id: Some(Uuid::from_u128(1)),
            ..FolioEntry::example(kind, december(10 + n), amount_minor)
        };
        (0..3).flat_map(|n| [line(n, 0, FolioKind::Room, 10_000), line(n, 1, FolioKind::Tax, 1_000)]).collect()
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
        let restored = restore(&cancelled, &folio, &[]);
        assert_eq!(restored.total_minor, 33_000);
        let charged: Vec<_> = restored.lines.iter().filter(|line| line.reverses_id.is_none()).collect();
        assert_eq!(
            charged.iter().map(|line| line.amount_minor).collect::<Vec<_>>(),
            [10_000, 1_000, 10_000, 1_000, 10_000, 1_000]
        );
        let taken_back: Vec<_> = restored.lines.iter().filter(|line| line.reverses_id.is_some()).collect();
        assert_eq!(taken_back.iter().map(|line| (line.kind, line.amount_minor)).collect::<Vec<_>>(), [(FolioKind::Fee, -11_000)]);
        assert_eq!(restore(&cancelled, &open(), &[]).lines, [], "nothing was taken back");
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
            stay_id: Some(line.stay_id),
            description: line.description.clone(),
            tax_rule_id: line.tax_rule_id,
            reverses_id: line.reverses_id,
            posting_id,
            ..FolioEntry::example(line.kind, line.service_date, line.amount_minor)
        }
    }

    #[test]
    fn guests_who_come_late_get_the_fee_credited_and_pay_for_what_is_left() {
        let (stay, folio) = missed();
        for (first_night, total, nights) in
            [(FirstNight::Charged, 33_000, vec![10, 10, 11, 11, 12, 12]), (FirstNight::Waived, 22_000, vec![11, 11, 12, 12])]
        {
            let back = restore_late(&stay, &folio, &[], december(11), first_night);
            assert_eq!(back.total_minor, total, "{first_night}");
            let (credits, charged): (Vec<_>, Vec<_>) = back.lines.iter().partition(|line| line.reverses_id.is_some());
            let [credit] = credits.as_slice() else { panic!("{credits:?}") };
            assert_eq!((credit.kind, credit.amount_minor), (FolioKind::Fee, -33_000));
            assert_eq!(
                charged.iter().map(|line| line.service_date).collect::<Vec<_>>(),
                nights.into_iter().map(december).collect::<Vec<_>>()
            );
        }
    }

    /// Leaves the stay on the 9th, after which it costs the first night, or does not come; with this tax on fees.
    fn taxed(action: Action, fee_tax: FeeTaxes, rate_ppm: i32, is_levy: bool) -> (i64, i64, Vec<i64>) {
        let mut stay = stay(Status::Confirmed);
        if let Some(Terms(terms)) = &mut stay.cancellation_terms {
            terms.fee_tax = fee_tax;
        }
        let (mut open, rule) = (open(), Uuid::from_u128(7));
        for line in open.iter_mut().filter(|line| line.kind == FolioKind::Tax) {
            (line.tax_rule_id, line.tax_rate_ppm, line.tax_included) = (Some(rule), Some(rate_ppm), Some(true));
        }
        let now = at_noon(if action == Action::Cancel { 9 } else { 10 });
        let from = december(10);
        let leaving = Leaving { action, now, today: now.date_naive(), check_in: at_noon(10), from, is_waived: false };
        let vat = if is_levy { vec![] } else { vec![rule] };
        let plain = settle(&stay, &open, leaving);
        let taxed = plain.clone().taxed(&stay, &open, leaving, &vat);
        assert_eq!((taxed.total_minor, taxed.fee_minor), (plain.total_minor, plain.fee_minor), "the guest pays the same");
        let sum = |one: &Settlement| one.lines.iter().map(|line| line.amount_minor).sum::<i64>();
        assert_eq!(sum(&taxed), sum(&plain));
        let (net, taxes) = taxed.fee_lines();
        assert!(taxes.iter().all(|line| line.tax_terms.is_some_and(|terms| terms.is_included)));
        (taxed.fee_minor, net, taxes.iter().map(|line| line.amount_minor).collect())
    }

    fn at_noon(day: u32) -> DateTime<Utc> {
        december(day).and_hms_opt(12, 0, 0).expect("noon").and_utc()
    }

    #[test]
    fn fees_bear_the_tax_of_their_cause() {
        let rule = FeeTax::Rule { tax_rule_id: Uuid::from_u128(9), name: "IVA 23 %".into(), rate_ppm: 230_000 };
        let by_cause = FeeTaxes { late_cancellation: FeeTax::AsRoom, no_show: rule, early_departure: FeeTax::None };
        // 110.00 with 6 %: 103.77 and 6.23; 330.00 with 23 %: 268.29 and 61.71.
        assert_eq!(taxed(Action::Cancel, by_cause.clone(), 60_000, false), (11_000, 10_377, vec![623]));
        assert_eq!(taxed(Action::NoShow, by_cause.clone(), 60_000, false), (33_000, 26_829, vec![6_171]));
        assert_eq!(taxed(Action::Cancel, by_cause, 60_000, true), (11_000, 11_000, vec![]), "levies never fall on fees");
        assert_eq!(taxed(Action::Cancel, FeeTaxes::default(), 60_000, false), (11_000, 11_000, vec![]));
    }

    #[test]
    fn what_is_waived_is_told_and_not_charged() {
        let settlement = left(Status::Confirmed, Action::NoShow, 10, true);
        assert_eq!((settlement.fee_minor, settlement.total_minor), (33_000, 0));
        assert!(settlement.lines.iter().all(|line| line.kind != FolioKind::Fee));
    }
}
