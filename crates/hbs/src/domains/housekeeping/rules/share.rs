//! Sharing rooms among attendants: each gets a stretch of the way through the house, and about as much work as the others.
use std::collections::BTreeMap;

/// A room that is to be given to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load<'a> {
    pub floor: Option<&'a str>,
    pub credits: i32,
}

/// An attendant, with the credits of the rooms that they have already and of the most that they may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hands {
    pub credits: i32,
    pub max_credits: Option<i32>,
}

/// Gives rooms, which stand in walking order, to attendants: for each room the place of its attendant.
///
/// The way is cut into one stretch for each attendant, so that as few floors as possible are shared. A stretch ends where
/// its credits bring the attendant to the common level, or at the end of a floor that is at most a room away from there. Rooms
/// beyond what somebody may have go to whoever has most to spare, on the same floor if possible; if nobody may have them,
/// nobody gets them.
pub fn share(rooms: &[Load<'_>], hands: &[Hands]) -> Vec<Option<usize>> {
    if hands.is_empty() {
        return vec![None; rooms.len()];
    }
    let cuts = cuts(rooms, &stretches(rooms, hands));
    let mut given: Vec<Option<usize>> = (0..rooms.len()).map(|room| cuts.iter().position(|cut| room < *cut)).collect();
    let mut left = Left::of(rooms, hands, &given);
    for room in (0..rooms.len()).rev() {
        if let Some(hand) = given[room].filter(|hand| left.is_overdrawn(*hand)) {
            left.take_back(hand, rooms[room]);
            given[room] = None;
        }
    }
    for (room, load) in rooms.iter().enumerate() {
        if given[room].is_none() {
            given[room] = left.best(load);
            if let Some(hand) = given[room] {
                left.give(hand, *load);
            }
        }
    }
    given
}

/// Returns how many credits more each attendant is to get so that all come to a common level, as far as they may.
fn stretches(rooms: &[Load<'_>], hands: &[Hands]) -> Vec<i64> {
    let total: i64 = rooms.iter().map(|room| i64::from(room.credits)).sum();
    let up_to = |level: i64| -> Vec<i64> {
        let most = |hand: &Hands| hand.max_credits.map_or(level, |max| level.min(i64::from(max)));
        hands.iter().map(|hand| (most(hand) - i64::from(hand.credits)).max(0)).collect()
    };
    let highest = hands.iter().map(|hand| i64::from(hand.credits)).max().unwrap_or(0) + total;
    // The lowest level at which all rooms have somebody; where there is none, everybody gets as much as they may.
    let (mut low, mut high) = (0, highest);
    while low < high {
        let level = i64::midpoint(low, high);
        if up_to(level).iter().sum::<i64>() >= total { high = level } else { low = level + 1 }
    }
    up_to(low)
}

/// Returns where each stretch ends: the place of the first room of the next one.
fn cuts(rooms: &[Load<'_>], stretches: &[i64]) -> Vec<usize> {
    // Counted in halves, so that the middle of a room is a whole number.
    let mut middles = Vec::with_capacity(rooms.len());
    let mut ways = vec![0];
    let mut way = 0;
    for room in rooms {
        middles.push(way + i64::from(room.credits));
        way += 2 * i64::from(room.credits);
        ways.push(way);
    }
    let largest = rooms.iter().map(|room| 2 * i64::from(room.credits)).max().unwrap_or(0);
    let is_edge = |at: usize| at == 0 || at == rooms.len() || rooms[at - 1].floor != rooms[at].floor;
    let (mut end, mut cuts, mut last) = (0, Vec::new(), 0);
    for stretch in stretches {
        end += 2 * stretch;
        let away = |at: &usize| (ways[*at] - end).abs();
        let near = (last..=rooms.len()).filter(|at| is_edge(*at) && away(at) <= largest);
        let cut = near.min_by_key(away).unwrap_or_else(|| middles.partition_point(|middle| *middle < end)).max(last);
        cuts.push(cut);
        last = cut;
    }
    // Rooms that count nothing at the end of the way are somebody's, too.
    if let Some(cut) = cuts.last_mut().filter(|_| end >= way) {
        *cut = rooms.len();
    }
    cuts
}

/// Credits that attendants have, and may have.
struct Left<'a> {
    hands: &'a [Hands],
    credits: Vec<i64>,
    /// The attendants who have rooms on a floor.
    on_floor: BTreeMap<Option<&'a str>, Vec<usize>>,
}

impl<'a> Left<'a> {
    fn of(rooms: &[Load<'a>], hands: &'a [Hands], given: &[Option<usize>]) -> Self {
        let credits = hands.iter().map(|hand| i64::from(hand.credits)).collect();
        let mut left = Self { hands, credits, on_floor: BTreeMap::new() };
        for (room, hand) in rooms.iter().zip(given) {
            if let Some(hand) = hand {
                left.give(*hand, *room);
            }
        }
        left
    }

    fn give(&mut self, hand: usize, room: Load<'a>) {
        self.credits[hand] += i64::from(room.credits);
        self.on_floor.entry(room.floor).or_default().push(hand);
    }

    fn take_back(&mut self, hand: usize, room: Load<'a>) {
        self.credits[hand] -= i64::from(room.credits);
    }

    /// Returns what an attendant may have beyond what they have; a lot where nobody has said how much that is.
    fn spare(&self, hand: usize) -> i64 {
        self.hands[hand].max_credits.map_or(i64::MAX, i64::from).saturating_sub(self.credits[hand])
    }

    fn is_overdrawn(&self, hand: usize) -> bool {
        self.spare(hand) < 0
    }

    /// Returns who can take a room best: somebody on its floor, else whoever has least.
    fn best(&self, room: &Load<'_>) -> Option<usize> {
        let is_on_floor = |hand: &usize| self.on_floor.get(&room.floor).is_some_and(|hands| hands.contains(hand));
        let able = (0..self.hands.len()).filter(|hand| self.spare(*hand) >= i64::from(room.credits));
        able.min_by_key(|hand| (!is_on_floor(hand), self.credits[*hand]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const FLOORS: [&str; 6] = ["1", "2", "3", "4", "5", "6"];

    fn house(sizes: &[Vec<i32>]) -> Vec<Load<'static>> {
        let of_floor = |(floor, rooms): (&'static str, &Vec<i32>)| {
            rooms.iter().map(move |credits| Load { floor: Some(floor), credits: *credits }).collect::<Vec<_>>()
        };
        FLOORS.into_iter().zip(sizes).flat_map(of_floor).collect()
    }

    fn credits_of(rooms: &[Load<'_>], given: &[Option<usize>], hands: &[Hands]) -> Vec<i64> {
        let of = |hand: usize| {
            let own = rooms.iter().zip(given).filter(|(_, to)| **to == Some(hand));
            i64::from(hands[hand].credits) + own.map(|(room, _)| i64::from(room.credits)).sum::<i64>()
        };
        (0..hands.len()).map(of).collect()
    }

    const FREE: Hands = Hands { credits: 0, max_credits: None };

    #[test]
    fn equal_floors_go_to_one_attendant_each() {
        let rooms = house(&[vec![30; 10], vec![30; 10], vec![30; 10]]);
        let given = share(&rooms, &[FREE; 3]);
        for (room, hand) in rooms.iter().zip(&given) {
            assert_eq!(Some(FLOORS[hand.expect("somebody")]), room.floor);
        }
        // One room more or less on a floor does not cut it in two.
        let rooms = house(&[vec![30; 11], vec![30; 10], vec![30; 9]]);
        let given = share(&rooms, &[FREE; 3]);
        assert!(rooms.iter().zip(&given).all(|(room, hand)| Some(FLOORS[hand.expect("somebody")]) == room.floor), "{given:?}");
    }

    #[test]
    fn who_has_rooms_already_gets_fewer() {
        let rooms = house(&[vec![20; 12]]);
        let hands = [Hands { credits: 120, max_credits: None }, FREE];
        let given = share(&rooms, &hands);
        assert_eq!(credits_of(&rooms, &given, &hands), [180, 180]);
    }

    #[test]
    fn nobody_gets_more_than_they_may_have() {
        let rooms = house(&[vec![30; 6]]);
        let part_time = Hands { credits: 0, max_credits: Some(65) };
        let given = share(&rooms, &[part_time, FREE]);
        assert_eq!(credits_of(&rooms, &given, &[part_time, FREE]), [60, 120]);
        let given = share(&rooms, &[part_time]);
        assert_eq!(given.iter().flatten().count(), 2, "the others are nobody's");
        assert_eq!(share(&rooms, &[]), vec![None; 6]);
        assert_eq!(share(&[], &[FREE]), vec![]);
    }

    proptest! {
        #[test]
        fn work_is_shared_evenly_and_floors_are_kept_together(
            sizes in proptest::collection::vec(proptest::collection::vec(0..60_i32, 0..25), 1..=6),
            had in proptest::collection::vec(0..300_i32, 1..9),
        ) {
            let rooms = house(&sizes);
            let hands: Vec<Hands> = had.iter().map(|credits| Hands { credits: *credits, max_credits: None }).collect();
            let given = share(&rooms, &hands);
            prop_assert!(given.iter().all(Option::is_some), "every room is somebody's");
            let order: Vec<usize> = given.iter().flatten().copied().collect();
            prop_assert!(order.is_sorted(), "each has one stretch of the way: {order:?}");
            let pairs: BTreeSet<_> = rooms.iter().zip(&order).map(|(room, hand)| (room.floor, *hand)).collect();
            let floors: BTreeSet<_> = rooms.iter().map(|room| room.floor).collect();
            prop_assert!(pairs.len() < floors.len() + hands.len(), "{} pairs", pairs.len());

            let largest = rooms.iter().map(|room| i64::from(room.credits)).max().unwrap_or(0);
            let after = credits_of(&rooms, &given, &hands);
            let level = stretches(&rooms, &hands).iter().zip(&had).filter(|(more, _)| **more > 0)
                .map(|(more, had)| more + i64::from(*had)).max().unwrap_or(0);
            for (credits, had) in after.iter().zip(&had) {
                prop_assert!(*credits <= level.max(i64::from(*had)) + 2 * largest, "{credits} of a level of {level}");
            }
        }

        #[test]
        fn limits_hold_and_nothing_is_left_that_somebody_may_take(
            sizes in proptest::collection::vec(proptest::collection::vec(0..60_i32, 0..25), 1..=6),
            hands in proptest::collection::vec((0..300_i32, proptest::option::of(0..600_i32)), 1..9),
        ) {
            let rooms = house(&sizes);
            let hands: Vec<Hands> =
                hands.into_iter().map(|(credits, max_credits)| Hands { credits, max_credits }).collect();
            let given = share(&rooms, &hands);
            let after = credits_of(&rooms, &given, &hands);
            let spare = |hand: usize| hands[hand].max_credits.map_or(i64::MAX, |max| i64::from(max) - after[hand]);
            for (hand, had) in hands.iter().enumerate() {
                prop_assert!(spare(hand) >= 0 || after[hand] == i64::from(had.credits), "{hand}: {} of {had:?}", after[hand]);
            }
            for room in rooms.iter().zip(&given).filter(|(_, to)| to.is_none()).map(|(room, _)| room) {
                prop_assert!((0..hands.len()).all(|hand| spare(hand) < i64::from(room.credits)), "{room:?} fits somebody");
            }
        }
    }
}
