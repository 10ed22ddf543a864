//! Tests of the calendar of a room type: it asks a room for each event.
use super::*;

/// A type of so many rooms with blocks of the feed, and nights for which rooms are sold.
fn kind(rooms: i64, blocks: Vec<FeedBlock>, sold: &[(u32, u32)]) -> TypeSite {
    let mut left: BTreeMap<NaiveDate, i64> = BTreeMap::new();
    for night in sold.iter().flat_map(|(from, to)| nights(*from, *to).iter()) {
        *left.entry(night).or_insert(rooms) -= 1;
    }
    TypeSite { blocks, left, rooms, today: december(TODAY), ..TypeSite::default() }
}

fn named(parts: &[(&str, u32, u32)]) -> Vec<(String, Nights)> {
    parts.iter().map(|(uid, from, to)| ((*uid).to_owned(), nights(*from, *to))).collect()
}

#[test]
fn each_event_asks_for_a_room() {
    for (parts, expected) in [
        (&[("a", 20, 22, ""), ("b", 20, 22, "")][..], &[("a", 20, 22), ("b", 20, 22)][..]),
        // Several of one name, too, as far as they can be different ones.
        (&[("a", 20, 24, ""), ("a", 22, 26, "")], &[("a", 20, 24), ("a", 22, 26)]),
        (&[("a", 20, 22, ""), ("a", 20, 22, "")], &[("a", 20, 22), ("a", 20, 22)]),
        (&[("a", 20, 22, ""), ("a", 20, 23, "SEQUENCE:1")], &[("a", 20, 23)]),
        (&[("a", 20, 22, ""), ("a", 22, 24, "")], &[("a", 20, 24)]),
        (&[("a", 12, 13, "RRULE:FREQ=DAILY;COUNT=3")], &[("a", 12, 15)]),
        (&[("a", 12, 14, "RRULE:FREQ=DAILY;COUNT=3")], &[("a", 12, 16), ("a", 13, 15)]),
    ] {
        assert_eq!(plan_of_type(&of(parts), &kind(3, Vec::new(), &[])).added, named(expected), "{parts:?}");
    }
    let nameless = asked(&["DTSTART:20261218\nDTEND:20261220"; 2]);
    let added = plan_of_type(&nameless, &kind(3, Vec::new(), &[])).added;
    assert_eq!(added, named(&[("(no UID) 2026-12-18 to 2026-12-20", 18, 20); 2]));
}

#[test]
fn what_is_left_is_blocked_and_the_rest_is_a_conflict() {
    let wanted = of(&[("a", 20, 24, ""), ("b", 22, 26, ""), ("c", 23, 27, "")]);
    let plan = plan_of_type(&wanted, &kind(2, Vec::new(), &[(23, 24)]));
    assert_eq!(plan.added, named(&[("a", 20, 24), ("b", 22, 23), ("b", 24, 26), ("c", 24, 27)]));
    assert_eq!(plan.contested, named(&[("b", 23, 24), ("c", 23, 24)]));
    assert_eq!(plan.echoes, [], "an event that has a room is no echo of what others have");
}

#[test]
fn nights_without_a_room_left_satisfy_an_event() {
    let wanted = of(&[("m", 17, 20, "")]);
    let echo = Echo { uid: "m".into(), from: december(17), to: december(20) };
    let first = plan_of_type(&wanted, &kind(2, Vec::new(), &[(17, 20), (16, 21)]));
    assert_eq!(first, Plan { echoes: vec![echo.clone()], ..Plan::default() });
    let sold = |sold: &[(u32, u32)], blocks| TypeSite { echoes: vec![echo.clone()], ..kind(2, blocks, sold) };
    // A stay is shortened: the event blocks what is free, and is at odds with nobody.
    let shorter = plan_of_type(&wanted, &sold(&[(17, 19), (16, 21)], Vec::new()));
    assert_eq!(
        (shorter.added, shorter.contested, &shorter.echoes[..]),
        (named(&[("m", 19, 20)]), Vec::new(), &[echo.clone()][..])
    );
    // The mirror drops it, and the calendar is empty, which needs no confirmation.
    let freed = plan_of_type(&asked(&[]), &sold(&[], vec![block(1, "m", 17, 20)]));
    assert_eq!((freed.released, freed.refused), (vec![block(1, "m", 17, 20)], Vec::new()));
    // While a room is left it cannot be told whose image an event is, and it is taken for a sale.
    let sale = plan_of_type(&wanted, &kind(2, Vec::new(), &[(17, 20)]));
    assert_eq!((sale.added, sale.echoes), (named(&[("m", 17, 20)]), Vec::new()));
    // An event that has a room keeps it, even if more is sold than there are rooms.
    let overbooked = plan_of_type(&wanted, &kind(0, vec![block(1, "m", 17, 20)], &[]));
    assert_eq!(overbooked, Plan::default());
}

#[test]
fn only_what_differs_is_done() {
    let wanted = of(&[("longer", 20, 24, ""), ("shorter", 20, 22, ""), ("same", 18, 20, ""), ("other", 25, 27, "")]);
    let blocks = vec![
        block(1, "longer", 20, 22),
        block(2, "shorter", 20, 24),
        block(3, "same", 18, 20),
        block(4, "other", 21, 23),
        block(5, "gone", 20, 22),
        block(6, "gone", 1, 9),
    ];
    let plan = plan_of_type(&wanted, &kind(5, blocks, &[]));
    assert_eq!(plan.released, [block(5, "gone", 20, 22), block(4, "other", 21, 23)]);
    let moved = [(block(1, "longer", 20, 22), nights(20, 24)), (block(2, "shorter", 20, 24), nights(20, 22))];
    assert_eq!((plan.moved, plan.added), (moved.to_vec(), named(&[("other", 25, 27)])));
    // Parts of an event in two rooms stay where they are; those of a twin are its own.
    let parts = || vec![block(1, "a", 20, 22), block(2, "a", 22, 24)];
    assert_eq!(plan_of_type(&of(&[("a", 20, 24, "")]), &kind(2, parts(), &[])), Plan::default());
    let twins = plan_of_type(&of(&[("a", 20, 22, ""), ("a", 20, 22, "")]), &kind(2, parts(), &[]));
    assert_eq!((twins.released, twins.added), (vec![block(2, "a", 22, 24)], named(&[("a", 20, 22)])));
    // What has begun keeps its first night, for the record.
    let begun = plan_of_type(&of(&[("a", 5, 14, "")]), &kind(1, vec![block(1, "a", 8, 12)], &[]));
    assert_eq!(begun.moved, [(block(1, "a", 8, 12), nights(8, 14))]);
}

#[test]
fn nothing_is_opened_while_a_calendar_is_unclear() {
    let blocks = || vec![block(1, "a", 20, 24), block(2, "b", 20, 24), block(3, "b", 20, 22)];
    let nameless = plan_of_type(&asked(&["DTSTART:?"]), &kind(3, blocks(), &[]));
    assert_eq!((nameless.released, nameless.moved, nameless.refused.len()), (Vec::new(), Vec::new(), 1));
    let dismissed = TypeSite { dismissed: ["c".to_owned()].into(), ..kind(3, blocks(), &[]) };
    assert_eq!(plan_of_type(&asked(&["UID:c\nDTSTART:?"]), &dismissed).released, blocks());
    // One of a name cannot be read: all of the name stay, also those that another one of it asks for in part.
    let named = plan_of_type(&asked(&["UID:b\nDTSTART:?", &event("b", 20, 23, "")]), &kind(3, blocks(), &[]));
    assert_eq!((named.released, named.moved, named.added), (vec![block(1, "a", 20, 24)], Vec::new(), Vec::new()));
    let empty = plan_of_type(&asked(&[]), &kind(3, blocks(), &[]));
    assert!(empty.released.is_empty() && empty.moved.is_empty());
    let told: Vec<_> = empty.refused.iter().map(|refused| (refused.reason, refused.nights)).collect();
    assert_eq!(told, [(ConflictReason::Empty, Some(nights(20, 24)))]);
}

/// A hotel with some rooms of one type, which follows a calendar as HBS does.
#[derive(Default)]
struct House {
    rooms: i64,
    stays: BTreeMap<Uuid, Nights>,
    site: TypeSite,
    conflicts: BTreeSet<(String, NaiveDate)>,
    /// Events on nights on which no room was left once: nobody can tell them from a mirror image.
    taken_for_echoes: BTreeSet<String>,
    next_id: u128,
}

impl House {
    fn of(rooms: i64, next_id: u128) -> Self {
        Self { rooms, next_id, ..Self::default() }
    }

    fn id(&mut self) -> Uuid {
        self.next_id += 1;
        Uuid::from_u128(self.next_id)
    }

    fn sold(&self, night: NaiveDate) -> i64 {
        count(self.stays.values(), night)
    }

    fn book(&mut self, span: Nights) {
        let blocked = |night| count(self.site.blocks.iter().map(|block| &block.nights), night);
        if span.iter().all(|night| self.sold(night) + blocked(night) < self.rooms) {
            let id = self.id();
            self.stays.insert(id, span);
        }
    }

    fn cancel(&mut self, place: usize) {
        if let Some(id) = self.stays.keys().nth(place).copied() {
            self.stays.remove(&id);
        }
    }

    /// The nights on which all rooms are sold, as the export of the type tells them.
    fn export(&self) -> Vec<(String, Nights)> {
        let full: BTreeSet<NaiveDate> =
            self.stays.values().flat_map(|stay| stay.iter()).filter(|night| self.sold(*night) >= self.rooms).collect();
        let spans = full.into_iter().map(Nights::of_night).collect();
        crate::domains::feeds::rules::wanted::joined(spans)
            .into_iter()
            .map(|span| (format!("kind-{}", span.from), span))
            .collect()
    }

    /// Reads a calendar, as HBS does, and returns what was done. An empty one is confirmed.
    fn poll(&mut self, calendar: &str) -> Plan {
        self.site.today = day(0);
        self.site.rooms = self.rooms;
        let nights: BTreeSet<NaiveDate> = self.stays.values().flat_map(|stay| stay.iter()).collect();
        self.site.left = nights.into_iter().map(|night| (night, self.rooms - self.sold(night))).collect();
        let events = ical::read(calendar.as_bytes()).expect("a calendar");
        let mut asked = wanted(&events, |_| false, chrono_tz::UTC, day(0));
        asked.is_empty = false;
        for (uid, spans) in &asked.rooms {
            if spans.iter().any(|span| span.iter().all(|night| self.site.left.get(&night).is_some_and(|left| *left <= 0))) {
                self.taken_for_echoes.insert(uid.clone());
            }
        }
        let plan = plan_of_type(&asked, &self.site);
        self.carry_out(&plan);
        let refused = plan.refused.iter().filter_map(|refused| Some((&refused.uid, refused.nights?)));
        let contested = plan.contested.iter().map(|(uid, nights)| (uid, *nights));
        let each = contested.chain(refused).flat_map(|(uid, nights)| nights.iter().map(move |night| (uid.clone(), night)));
        self.conflicts = each.collect();
        self.site.echoes.clone_from(&plan.echoes);
        plan
    }

    /// Carries a plan out; a night on which there is no room for a block fails, as it would in the database.
    fn carry_out(&mut self, plan: &Plan) {
        self.site.blocks.retain(|block| !plan.released.contains(block));
        for (block, nights) in &plan.moved {
            assert!(common(block.nights, *nights).is_some(), "some of its nights are the same: {plan:?}");
            self.site.blocks.iter_mut().find(|found| found.id == block.id).expect("the block").nights = *nights;
        }
        for (uid, nights) in &plan.added {
            let id = self.id();
            self.site.blocks.push(FeedBlock { id, uid: uid.clone(), nights: *nights });
        }
        for night in self.site.blocks.iter().flat_map(|block| block.nights.iter()) {
            let taken = self.sold(night) + count(self.site.blocks.iter().map(|block| &block.nights), night);
            assert!(taken <= self.rooms, "{night} is taken {taken} times: {plan:?}");
        }
    }

    /// The nights that are blocked, each as often as it is.
    fn blocked(&self) -> Vec<(String, NaiveDate)> {
        let each = |block: &FeedBlock| block.nights.iter().map(|night| (block.uid.clone(), night)).collect::<Vec<_>>();
        let mut nights: Vec<_> = self.site.blocks.iter().flat_map(each).collect();
        nights.sort();
        nights
    }

    /// Checks that for each night which is taken elsewhere a room is blocked here, or there is a conflict.
    fn check(&self, elsewhere: &[(String, Nights)]) -> Result<(), TestCaseError> {
        for (uid, nights) in elsewhere.iter().filter(|(uid, _)| !self.taken_for_echoes.contains(uid)) {
            for night in nights.iter() {
                let is_blocked = self.site.blocks.iter().any(|block| block.uid == *uid && block.nights.contains(night));
                let is_known = is_blocked || self.conflicts.contains(&(uid.clone(), night));
                prop_assert!(is_known, "{night} of {uid} is on sale, or sold twice: {:?}", self.site);
            }
        }
        Ok(())
    }
}

fn count<'a>(spans: impl Iterator<Item = &'a Nights>, night: NaiveDate) -> i64 {
    i64::try_from(spans.filter(|span| span.contains(night)).count()).unwrap_or(i64::MAX)
}

/// Returns `true` if each night is blocked at most as often as it is sold elsewhere.
fn is_caused(house: &House, elsewhere: &[(String, Nights)]) -> bool {
    house.blocked().iter().all(|(_, night)| {
        let blocked = count(house.site.blocks.iter().map(|block| &block.nights), *night);
        blocked <= count(elsewhere.iter().map(|(_, nights)| nights), *night)
    })
}

proptest! {
    /// Two hotels that follow each other's types, for ten rounds and then until they rest.
    #[test]
    fn two_hotels_that_mirror_each_other_come_to_rest(
        rooms in (1_i64..4, 1_i64..4),
        rounds in prop::collection::vec(prop::collection::vec(act(), 0..8), 10),
    ) {
        let (mut here, mut there) = (House::of(rooms.0, 0), House::of(rooms.1, 1 << 64));
        for act in rounds.into_iter().flatten() {
            match act {
                Act::BookHere(from, count) => here.book(span(from, count)),
                Act::CancelHere(place) => here.cancel(place),
                Act::BookThere(from, count) => there.book(span(from, count)),
                Act::CancelThere(place) => there.cancel(place),
                Act::PollHere => {
                    here.poll(&text(&there.export(), ""));
                    here.check(&there.export())?;
                }
                Act::PollThere => {
                    there.poll(&text(&here.export(), ""));
                    there.check(&here.export())?;
                }
            }
        }
        here.poll(&text(&there.export(), ""));
        there.poll(&text(&here.export(), ""));
        here.check(&there.export())?;
        there.check(&here.export())?;
        for (house, other) in [(&here, &there), (&there, &here)] {
            prop_assert!(is_caused(house, &other.export()), "a block outlived its cause");
        }
        for plan in [here.poll(&text(&there.export(), "")), there.poll(&text(&here.export(), ""))] {
            prop_assert!(plan.released.is_empty() && !plan.takes_nights(), "no rest: {plan:?}");
        }
    }

    /// A hotel, and a site that sells rooms of the same type and tells full nights back.
    #[test]
    fn a_mirror_keeps_nothing_alive(rooms in 1_i64..4, acts in prop::collection::vec(act(), 0..60)) {
        let mut house = House::of(rooms, 0);
        let (mut sold, mut mirrored, mut count): (Vec<(String, Nights)>, Vec<Nights>, usize) = (Vec::new(), Vec::new(), 0);
        let look = |house: &House| house.export().into_iter().map(|(_, nights)| nights).collect::<Vec<_>>();
        let calendar = |sold: &[(String, Nights)], mirrored: &[Nights]| {
            let shown = mirrored.iter().map(|nights| (format!("mirror-{}-{}", nights.from, nights.to), *nights));
            text(&shown.chain(sold.iter().cloned()).collect::<Vec<_>>(), "")
        };
        for act in acts {
            match act {
                Act::BookHere(from, count) => house.book(span(from, count)),
                Act::CancelHere(place) => house.cancel(place),
                Act::BookThere(from, length) if !mirrored.iter().any(|full| full.overlaps(span(from, length))) => {
                    count += 1;
                    sold.push((format!("sold-{count}"), span(from, length)));
                }
                Act::CancelThere(place) if place < sold.len() => {
                    sold.remove(place);
                }
                Act::BookThere(..) | Act::CancelThere(_) => {}
                Act::PollHere => {
                    house.poll(&calendar(&sold, &mirrored));
                    house.check(&sold)?;
                }
                Act::PollThere => mirrored = look(&house),
            }
        }
        mirrored = look(&house);
        house.poll(&calendar(&sold, &mirrored));
        house.check(&sold)?;
        prop_assert!(is_caused(&house, &sold), "a block outlived its cause: {:?}", house.site);
        let again = house.poll(&calendar(&sold, &mirrored));
        prop_assert!(again.released.is_empty() && !again.takes_nights(), "no rest: {again:?}");
    }

    /// A calendar that was read, and comes back with a byte that is not what it was: nothing is opened without a word.
    #[test]
    fn no_damage_opens_a_night_in_silence(
        events in prop::collection::vec((0_u64..25, 1_u64..6), 1..5),
        rooms in 1_i64..5,
        place in 0_usize..10_000,
        letter in "[ -/:-~\n]",
    ) {
        let events: Vec<(String, Nights)> =
            events.into_iter().enumerate().map(|(n, (from, count))| (format!("event-{n}@site"), span(from, count))).collect();
        let whole = text(&events, "");
        let mut house = House::of(rooms, 0);
        house.poll(&whole);
        let by_night = |house: &House| {
            let mut nights: BTreeMap<NaiveDate, usize> = BTreeMap::new();
            for (_, night) in house.blocked() {
                *nights.entry(night).or_default() += 1;
            }
            nights
        };
        let before = by_night(&house);
        let mut damaged = whole.clone();
        let place = place % whole.len();
        damaged.replace_range(place..=place, &letter);
        if ical::read(damaged.as_bytes()).is_err() {
            return Ok(());
        }
        let plan = house.poll(&damaged);
        let after = by_night(&house);
        let is_open = before.iter().any(|(night, count)| after.get(night).copied().unwrap_or(0) < *count);
        prop_assert!(!is_open, "{:?} of {damaged}", plan.released);
    }
}
