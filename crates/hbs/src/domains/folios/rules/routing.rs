//! Rules of routing: on which folio a line is paid that is posted from now on. Pure.
use crate::domains::folios::model::{FolioKind, LiveRouting, NewLine, Routing};
use crate::numbers::in_proportion;
use chrono::NaiveDate;
use uuid::Uuid;

/// Sends lines to the folios that rules name: prices with their taxes, by the first rule that concerns them and has room
/// for something. What exceeds the limit of a rule is shared: as much as it takes, the rest by the next rule or where it
/// would be without.
pub fn route(lines: Vec<NewLine>, routings: &mut [LiveRouting]) -> Vec<NewLine> {
    units(lines).into_iter().flat_map(|unit| route_unit(unit, routings)).collect()
}

/// Prices, each with its taxes, in their order.
fn units(lines: Vec<NewLine>) -> Vec<Vec<NewLine>> {
    let mut units: Vec<Vec<NewLine>> = Vec::new();
    for line in lines {
        match units.iter_mut().find(|unit| belongs(&line, unit)) {
            Some(unit) => unit.push(line),
            None => units.push(vec![line]),
        }
    }
    units
}

/// Returns `true` for a tax on a price or a fee of a unit, or on the same night as its taxes, and for what an offer takes off it.
fn belongs(line: &NewLine, unit: &[NewLine]) -> bool {
    let is_on = |other: &NewLine| match line.price_id {
        Some(price_id) => other.id == price_id || other.price_id == Some(price_id),
        None => {
            matches!(other.kind, FolioKind::Room | FolioKind::Discount | FolioKind::Fee | FolioKind::Tax)
                && other.price_id.is_none()
                && (other.stay_id, other.service_date) == (line.stay_id, line.service_date)
        }
    };
    matches!(line.kind, FolioKind::Tax | FolioKind::Discount) && unit.iter().any(is_on)
}

fn route_unit(mut unit: Vec<NewLine>, routings: &mut [LiveRouting]) -> Vec<NewLine> {
    let mut routed = Vec::new();
    for LiveRouting { routing, left_minor } in routings.iter_mut() {
        if unit.is_empty() || !concerns(routing, &unit) {
            continue;
        }
        let total: i64 = unit.iter().map(|line| line.amount_minor).sum();
        let taken = left_minor.map_or(total, |left| total.min(left));
        if taken <= 0 && total > 0 {
            continue;
        }
        *left_minor = left_minor.map(|left| left - taken);
        let (there, rest) = if taken == total { (unit, Vec::new()) } else { shared(unit, taken) };
        routed.extend(there.into_iter().map(|line| NewLine { folio_id: routing.folio_id, routing_id: Some(routing.id), ..line }));
        unit = rest;
    }
    routed.extend(unit);
    routed
}

fn concerns(routing: &Routing, unit: &[NewLine]) -> bool {
    let Some(first) = unit.first() else { return false };
    let is_in_price = unit.iter().any(|line| line.extra.is_some_and(|extra| extra.in_price));
    // A tax that comes alone is on a night, and what is in the price of a night goes with the room.
    let is_price = |kind: &FolioKind| !matches!(kind, FolioKind::Tax | FolioKind::Discount) && !is_in_price;
    let kind = unit.iter().map(|line| line.kind).find(is_price).unwrap_or(FolioKind::Room);
    routing.kinds.contains(&Some(kind))
        && routing.stay_id.is_none_or(|stay_id| first.stay_id == Some(stay_id))
        && is_within(first.service_date, routing)
}

fn is_within(date: NaiveDate, routing: &Routing) -> bool {
    routing.from_date.is_none_or(|from| from <= date) && routing.to_date.is_none_or(|to| date < to)
}

/// Shares a unit: what comes to `taken`, and the rest.
fn shared(unit: Vec<NewLine>, taken: i64) -> (Vec<NewLine>, Vec<NewLine>) {
    let amounts: Vec<i64> = unit.iter().map(|line| line.amount_minor).collect();
    let shares = in_proportion(&amounts, taken);
    let (mut there, mut rest) = (Vec::new(), Vec::new());
    let mut price_ids: Option<(Uuid, Uuid)> = None;
    for (line, share) in unit.into_iter().zip(shares) {
        let id = Uuid::now_v7();
        if !matches!(line.kind, FolioKind::Tax | FolioKind::Discount) {
            price_ids = Some((line.id, id));
        }
        // The taxes of the second part are on the price of the second part.
        let price_id = match price_ids {
            Some((price_id, other)) if line.price_id == Some(price_id) => Some(other),
            _ => line.price_id,
        };
        rest.push(NewLine { id, price_id, amount_minor: line.amount_minor - share, ..line.clone() });
        there.push(NewLine { amount_minor: share, ..line });
    }
    let is_nothing = |line: &NewLine| line.amount_minor == 0 && matches!(line.kind, FolioKind::Tax | FolioKind::Discount);
    there.retain(|line| !is_nothing(line));
    rest.retain(|line| !is_nothing(line));
    (there, rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::folios::model::Ledger;
    use crate::testing::december;
    use chrono::DateTime;

    const GUEST: Uuid = Uuid::nil();
    const COMPANY: Uuid = Uuid::from_u128(1);

    fn line(kind: FolioKind, day: u32, amount_minor: i64) -> NewLine {
        NewLine {
            id: Uuid::now_v7(),
            folio_id: GUEST,
            booking_id: Some(GUEST),
            stay_id: Some(GUEST),
            kind,
            service_date: december(day),
            amount_minor,
            description: "Line".into(),
            tax_rule_id: None,
            tax_terms: None,
            reverses_id: None,
            restores_id: None,
            origin_id: None,
            price_id: None,
            routing_id: None,
            reason: None,
            ledger: Ledger::Guest,
            extra: None,
            payment_id: None,
            method: None,
        }
    }

    fn rule(kinds: &[FolioKind], left_minor: Option<i64>) -> LiveRouting {
        let routing = Routing {
            property_id: GUEST,
            id: Uuid::now_v7(),
            folio_id: COMPANY,
            booking_id: Some(GUEST),
            group_id: None,
            stay_id: None,
            kinds: kinds.iter().copied().map(Some).collect(),
            from_date: None,
            to_date: None,
            cap_minor: left_minor,
            created_at: DateTime::UNIX_EPOCH,
        };
        LiveRouting { routing, left_minor }
    }

    fn told(lines: &[NewLine]) -> Vec<(FolioKind, i64, bool)> {
        lines.iter().map(|line| (line.kind, line.amount_minor, line.folio_id == COMPANY)).collect()
    }

    #[test]
    fn rooms_go_with_their_taxes_and_extras_stay() {
        use FolioKind::{Extra, Fee, Room, Tax};
        let extra = line(Extra, 10, 500);
        let vat = NewLine { price_id: Some(extra.id), ..line(Tax, 10, 30) };
        let lines = vec![line(Room, 10, 9_340), line(Tax, 10, 560), extra, vat, line(Fee, 11, 700), line(Tax, 11, 42)];
        let routed = route(lines, &mut [rule(&[Room], None)]);
        assert_eq!(
            told(&routed),
            [(Room, 9_340, true), (Tax, 560, true), (Extra, 500, false), (Tax, 30, false), (Fee, 700, false), (Tax, 42, false)]
        );
    }

    #[test]
    fn a_limit_takes_as_much_as_it_is_and_leaves_the_rest() {
        use FolioKind::{Room, Tax};
        let mut rules = [rule(&[Room], Some(10_600))];
        let lines = vec![line(Room, 10, 10_000), line(Tax, 10, 600), line(Room, 11, 10_000), line(Tax, 11, 600)];
        let routed = route(lines, &mut rules);
        assert_eq!(told(&routed), [(Room, 10_000, true), (Tax, 600, true), (Room, 10_000, false), (Tax, 600, false)]);
        let mut rules = [rule(&[Room], Some(5_300))];
        let routed = route(vec![line(Room, 10, 10_000), line(Tax, 10, 600)], &mut rules);
        assert_eq!(told(&routed), [(Room, 5_000, true), (Tax, 300, true), (Room, 5_000, false), (Tax, 300, false)]);
        assert_eq!(rules[0].left_minor, Some(0));
    }

    #[test]
    fn rules_are_for_some_nights() {
        use FolioKind::Room;
        let mut one_night = rule(&[Room], None);
        one_night.routing.from_date = Some(december(10));
        one_night.routing.to_date = Some(december(11));
        let routed = route(vec![line(Room, 9, 1), line(Room, 10, 2), line(Room, 11, 3)], &mut [one_night]);
        assert_eq!(told(&routed), [(Room, 1, false), (Room, 2, true), (Room, 3, false)]);
    }
}
