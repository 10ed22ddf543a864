mod of_type;

use super::*;
use crate::domains::feeds::model::{ConflictReason, Echo};
use crate::domains::inventory::Nights;
use crate::ical::{self, Event};
use crate::testing::{day, december};
use chrono::NaiveDate;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const TODAY: u32 = 10;

fn nights(from: u32, to: u32) -> Nights {
    Nights::new(december(from), december(to))
}

fn spans(spans: &[(u32, u32)]) -> Vec<Nights> {
    spans.iter().map(|(from, to)| nights(*from, *to)).collect()
}

/// The events of a calendar, each with its lines.
fn events(parts: &[&str]) -> Vec<Event> {
    let parts: String = parts.iter().map(|lines| format!("BEGIN:VEVENT\n{lines}\nEND:VEVENT\n")).collect();
    ical::read(format!("BEGIN:VCALENDAR\n{parts}END:VCALENDAR\n").as_bytes()).expect("a calendar")
}

fn asked(parts: &[&str]) -> Wanted {
    wanted(&events(parts), |uid| uid == "ours", chrono_tz::Europe::Lisbon, december(TODAY))
}

fn event(uid: &str, from: u32, to: u32, more: &str) -> String {
    format!("UID:{uid}\nDTSTART:202612{from:02}\nDTEND:202612{to:02}\n{more}")
}

/// Returns the nights of each name, of events that are written as name, first night, day after the last, and more.
fn of(parts: &[(&str, u32, u32, &str)]) -> Wanted {
    let parts: Vec<String> = parts.iter().map(|(uid, from, to, more)| event(uid, *from, *to, more)).collect();
    asked(&parts.iter().map(String::as_str).collect::<Vec<_>>())
}

fn block(n: u128, uid: &str, from: u32, to: u32) -> FeedBlock {
    FeedBlock { id: Uuid::from_u128(n), uid: uid.into(), nights: nights(from, to) }
}

/// A room with blocks of the feed, and nights that stays have.
fn site(blocks: Vec<FeedBlock>, stays: &[(u32, u32)]) -> Site {
    let taken = stays.iter().enumerate().flat_map(|(n, (from, to))| {
        let owner_id = Uuid::from_u128(1000 + u128::try_from(n).unwrap_or(0));
        nights(*from, *to).iter().map(move |night| (night, Taken { owner_id, is_block: false })).collect::<Vec<_>>()
    });
    Site { blocks, taken: taken.collect(), today: december(TODAY), ..Site::default() }
}

#[test]
fn events_to_come_are_nights() {
    let asked = of(&[
        ("past", 1, 10, ""),
        ("running", 8, 12, ""),
        ("to come", 20, 22, ""),
        ("ours", 20, 25, ""),
        ("cancelled", 20, 22, "STATUS:CANCELLED"),
    ]);
    let expected = [("running", spans(&[(10, 12)])), ("to come", spans(&[(20, 22)]))];
    assert_eq!(asked.nights, expected.map(|(uid, spans)| (uid.to_owned(), spans)).into());
    assert_eq!((asked.refused, asked.doubts.len(), asked.is_empty, asked.events), (Vec::new(), 0, false, 2));
    assert!(self::asked(&[]).is_empty);
}

#[test]
fn a_name_may_stand_for_several_events() {
    for (parts, expected) in [
        (&[("a", 18, 20, ""), ("a", 28, 31, "")][..], &[(18, 20), (28, 31)][..]),
        (&[("a", 18, 20, "SEQUENCE:1"), ("a", 28, 31, "")], &[(18, 20), (28, 31)]),
        (&[("a", 18, 20, ""), ("a", 20, 22, "")], &[(18, 22)]),
        // Where it can be the same event, the later one is it.
        (&[("a", 18, 20, "SEQUENCE:1"), ("a", 18, 22, "")], &[(18, 20)]),
        (&[("a", 18, 20, "DTSTAMP:20261101T000000Z"), ("a", 18, 22, "DTSTAMP:20261102T000000Z")], &[(18, 22)]),
        (&[("a", 18, 20, ""), ("a", 18, 22, "")], &[(18, 22)]),
        // One that is cancelled takes what it was with it, and nothing else.
        (&[("a", 18, 20, ""), ("a", 18, 20, "SEQUENCE:1\nSTATUS:CANCELLED")], &[]),
        (&[("a", 18, 20, ""), ("a", 28, 31, "SEQUENCE:1\nSTATUS:CANCELLED")], &[(18, 20)]),
        (&[("a", 18, 20, ""), ("a", 18, 21, "SEQUENCE:1\nSTATUS:CANCELLED")], &[(18, 20)]),
        (&[("a", 18, 20, "SEQUENCE:2"), ("a", 18, 20, "SEQUENCE:1\nSTATUS:CANCELLED")], &[(18, 20)]),
        // Times of a series stand for themselves.
        (&[("a", 18, 20, "RECURRENCE-ID:20261218"), ("a", 25, 27, "RECURRENCE-ID:20261225")], &[(18, 20), (25, 27)]),
        (&[("a", 11, 12, "RRULE:FREQ=WEEKLY;COUNT=3"), ("a", 20, 22, "RECURRENCE-ID:20261218")], &[(11, 12), (20, 22), (25, 26)]),
        (
            &[("a", 11, 12, "RRULE:FREQ=WEEKLY;COUNT=3"), ("a", 18, 19, "RECURRENCE-ID:20261218\nSTATUS:CANCELLED")],
            &[(11, 12), (25, 26)],
        ),
    ] {
        let asked = of(parts);
        assert_eq!(asked.nights.get("a").cloned().unwrap_or_default(), spans(expected), "{parts:?}");
        assert_eq!(asked.refused, [], "{parts:?}");
    }
}

#[test]
fn events_without_a_name_are_known_by_their_dates() {
    let asked = asked(&["DTSTART:20261218\nDTEND:20261220", "DTSTART:20261222T150000\nDURATION:PT20H"]);
    let names: Vec<&str> = asked.nights.keys().map(String::as_str).collect();
    assert_eq!(names, ["(no UID) 2026-12-18 to 2026-12-20", "(no UID) 2026-12-22T15:00 to 2026-12-23T11:00"]);
    assert!(asked.refused.is_empty() && asked.doubts.is_empty());
}

#[test]
fn nothing_is_guessed() {
    for (lines, nights, reason) in [
        ("UID:a\nDTSTART:soon", None, ConflictReason::Unreadable),
        ("UID:a\nDTSTART:20261222\nDTEND:20261220", None, ConflictReason::Unreadable),
        ("UID:a\nDTSTART:20261220T100000\nDTEND:20261220T120000", None, ConflictReason::Unreadable),
        ("UID:a\nDTSTART:20261220\nDTEND:?", Some(nights(20, 21)), ConflictReason::Unreadable),
        ("UID:a\nDTSTART:20261220\nDTEND:20261222\nRRULE:FREQ=SECONDLY", Some(nights(20, 22)), ConflictReason::Recurring),
    ] {
        let asked = asked(&[lines]);
        let told: Vec<_> = asked.refused.iter().map(|refused| (refused.nights, refused.reason)).collect();
        assert_eq!(told, [(nights, reason)], "{lines}");
        assert!(asked.refused[0].detail.contains("line "), "{:?}", asked.refused);
        assert_eq!(asked.nights.len(), usize::from(nights.is_some()), "what can be read is blocked: {lines}");
    }
    assert_eq!(asked(&["UID:a\nDTSTART:20261201T100000\nDTEND:20261201T120000"]), Wanted::default(), "it is over");
}

#[test]
fn what_reaches_far_ahead_is_taken_over_as_far_as_blocks_reach() {
    let limit = NaiveDate::from_ymd_opt(2029, 12, 1).expect("a date");
    let asked = asked(&[
        "UID:closed for good\nDTSTART:20261220\nDTEND:99990101",
        "UID:later\nDTSTART:20300101\nDTEND:20310101",
        "UID:every day\nDTSTART:20261220\nRRULE:FREQ=DAILY",
    ]);
    let expected =
        BTreeMap::from(["closed for good", "every day"].map(|uid| (uid.to_owned(), vec![Nights::new(december(20), limit)])));
    assert_eq!(asked.nights, expected);
    // A month later they reach a month further, and are still the same.
    let (then, now) = (limit, NaiveDate::from_ymd_opt(2030, 1, 1).expect("a date"));
    let in_a_month = NaiveDate::from_ymd_opt(2027, 1, 10).expect("a date");
    assert!(is_same_end(then, now, in_a_month) && is_same_end(december(12), december(12), in_a_month));
    assert!(!is_same_end(december(12), now, in_a_month) && !is_same_end(then, december(12), in_a_month));
}

#[test]
fn only_what_differs_is_done() {
    let wanted = of(&[
        ("again", 23, 24, ""),
        ("same", 20, 22, ""),
        ("running", 5, 12, ""),
        ("longer", 6, 15, ""),
        ("other", 25, 26, ""),
        ("new", 27, 28, ""),
        ("unclear", 21, 23, "EXDATE:?"),
    ]);
    let blocks = vec![
        block(1, "unclear", 22, 24),
        block(2, "again", 1, 3),
        block(3, "same", 20, 22),
        block(4, "running", 8, 12),
        block(5, "longer", 12, 13),
        block(6, "other", 24, 25),
        block(7, "gone", 29, 30),
        block(8, "past", 2, 4),
    ];
    let plan = plan(&wanted, &site(blocks, &[]));
    assert_eq!(plan.released, [block(7, "gone", 29, 30), block(6, "other", 24, 25)]);
    assert_eq!(plan.moved, [(block(5, "longer", 12, 13), nights(12, 15))]);
    let added = [("new", nights(27, 28)), ("other", nights(25, 26))].map(|(uid, nights)| (uid.to_owned(), nights));
    assert_eq!(plan.added, added, "nights that another event of the feed has are blocked already");
    assert_eq!(plan.contested, []);
}

#[test]
fn what_the_room_has_already_satisfies_an_event() {
    let wanted = of(&[("e1", 17, 20, "")]);
    let first = plan(&wanted, &site(Vec::new(), &[(17, 20)]));
    let echo = Echo { uid: "e1".into(), from: december(17), to: december(20) };
    assert_eq!(first, Plan { echoes: vec![echo.clone()], ..Plan::default() });
    assert_eq!(plan(&wanted, &site(Vec::new(), &[(15, 18), (18, 21)])).echoes, std::slice::from_ref(&echo), "of several stays");
    // The stay is shortened, and then cancelled: the event blocks what is free, and is at odds with nobody.
    let shorter = plan(&wanted, &Site { echoes: vec![echo.clone()], ..site(Vec::new(), &[(17, 19)]) });
    assert_eq!((shorter.added, shorter.contested), (vec![("e1".to_owned(), nights(19, 20))], Vec::new()));
    let gone = Site { echoes: vec![echo.clone()], ..site(Vec::new(), &[]) };
    let blocked = plan(&wanted, &gone);
    assert_eq!(blocked.added, [("e1".to_owned(), nights(17, 20))]);
    // Then the mirror drops it, and the calendar is empty, which needs no confirmation: it was an echo.
    let freed = plan(&asked(&[]), &Site { echoes: blocked.echoes, ..site(vec![block(1, "e1", 17, 20)], &[]) });
    assert_eq!((freed.released, freed.refused), (vec![block(1, "e1", 17, 20)], Vec::new()));
}

#[test]
fn of_an_event_the_free_nights_are_blocked() {
    let wanted = of(&[("a", 20, 28, "")]);
    let plan = plan(&wanted, &site(Vec::new(), &[(18, 21), (24, 26)]));
    let named = |spans: &[(u32, u32)]| self::spans(spans).into_iter().map(|span| ("a".to_owned(), span)).collect::<Vec<_>>();
    assert_eq!((plan.added, plan.contested), (named(&[(21, 24), (26, 28)]), named(&[(20, 21), (24, 26)])));
    // Where all rooms of the type are sold, the room cannot be taken even if it is free.
    let sold_out = Site { sold_out: [december(22)].into(), ..site(Vec::new(), &[]) };
    let plan = self::plan(&wanted, &sold_out);
    assert_eq!((plan.added, plan.contested), (named(&[(20, 22), (23, 28)]), named(&[(22, 23)])));
}

#[test]
fn events_of_one_feed_block_their_union() {
    let wanted = of(&[("a", 20, 24, ""), ("b", 22, 27, "")]);
    let plan = plan(&wanted, &site(Vec::new(), &[]));
    assert_eq!(plan.added, [("a".to_owned(), nights(20, 24)), ("b".to_owned(), nights(24, 27))]);
    assert_eq!(plan.contested, []);
    // Whoever has a night keeps it, and gives it to the other when it goes.
    let both = || vec![block(1, "b", 22, 27), block(2, "a", 20, 22)];
    assert_eq!(self::plan(&wanted, &site(both(), &[])), Plan::default());
    let without_b = self::plan(&of(&[("a", 20, 24, "")]), &site(both(), &[]));
    assert_eq!(
        (without_b.released, without_b.moved),
        (vec![block(1, "b", 22, 27)], vec![(block(2, "a", 20, 22), nights(20, 24))])
    );
}

#[test]
fn nothing_is_opened_while_a_calendar_is_unclear() {
    let blocks = || vec![block(1, "a", 20, 24), block(2, "b", 26, 28)];
    // Of an event that has no name any more nobody knows which one it was.
    let nameless = plan(&asked(&["DTSTART:?"]), &site(blocks(), &[]));
    assert_eq!((nameless.released, nameless.refused.len()), (Vec::new(), 1));
    let other = plan(&asked(&["UID:c\nDTSTART:?"]), &site(blocks(), &[]));
    assert_eq!(other.released, [], "it may be the name that is damaged");
    let dismissed = Site { dismissed: ["c".to_owned()].into(), ..site(blocks(), &[]) };
    assert_eq!(plan(&asked(&["UID:c\nDTSTART:?"]), &dismissed).released, blocks());
    // One that has its name keeps its own nights only.
    let named = plan(&asked(&["UID:a\nDTSTART:?"]), &site(blocks(), &[]));
    assert_eq!((named.released, named.refused.len()), (vec![block(2, "b", 26, 28)], 1));
    // Without its name only, it is the same nights.
    let dates = plan(&asked(&["DTSTART:20261220\nDTEND:20261224"]), &site(blocks(), &[]));
    assert_eq!((dates.released.len(), dates.added.len()), (2, 1));
    let empty = plan(&asked(&[]), &site(blocks(), &[]));
    assert!(empty.released.is_empty() && empty.moved.is_empty());
    let told: Vec<_> = empty.refused.iter().map(|refused| (refused.reason, refused.nights)).collect();
    assert_eq!(told, [(ConflictReason::Empty, Some(nights(20, 28)))]);
    // A calendar that says of each event that it is cancelled is not empty.
    let cancelled = plan(&of(&[("a", 20, 24, "STATUS:CANCELLED")]), &site(blocks(), &[]));
    assert_eq!((cancelled.released.len(), cancelled.refused.len()), (2, 0));
}

/// A hotel with one room, which follows a calendar as HBS does.
#[derive(Default)]
struct House {
    stays: BTreeMap<Uuid, Nights>,
    site: Site,
    conflicts: BTreeSet<NaiveDate>,
    /// Events that were all the room's own nights once: nobody can tell them from a mirror image.
    taken_for_echoes: BTreeSet<String>,
    next_id: u128,
}

impl House {
    fn id(&mut self) -> Uuid {
        self.next_id += 1;
        Uuid::from_u128(self.next_id)
    }

    fn is_free(&self, nights: Nights) -> bool {
        !self.stays.values().any(|stay| stay.overlaps(nights))
            && !self.site.blocks.iter().any(|block| block.nights.overlaps(nights))
    }

    fn book(&mut self, nights: Nights) {
        if self.is_free(nights) {
            let id = self.id();
            self.stays.insert(id, nights);
        }
    }

    fn cancel(&mut self, place: usize) {
        if let Some(id) = self.stays.keys().nth(place).copied() {
            self.stays.remove(&id);
        }
    }

    /// Its own stays as another program reads them: blocks of feeds are not told.
    fn export(&self) -> Vec<(String, Nights)> {
        self.stays.iter().map(|(id, nights)| (ical::uid(id, "house"), *nights)).collect()
    }

    /// Reads a calendar, as HBS does, and returns what was done. An empty one is confirmed.
    fn poll(&mut self, calendar: &str) -> Plan {
        self.site.today = day(0);
        let owned = |(id, nights): (&Uuid, &Nights)| {
            let taken = Taken { owner_id: *id, is_block: false };
            nights.iter().map(move |night| (night, taken)).collect::<Vec<_>>()
        };
        self.site.taken = self.stays.iter().flat_map(owned).collect();
        let events = ical::read(calendar.as_bytes()).expect("a calendar");
        let mut asked = wanted(&events, |_| false, chrono_tz::UTC, day(0));
        asked.is_empty = false;
        for (uid, spans) in &asked.nights {
            if spans.iter().flat_map(|span| span.iter()).all(|night| self.site.taken.contains_key(&night)) {
                self.taken_for_echoes.insert(uid.clone());
            }
        }
        let plan = plan(&asked, &self.site);
        self.carry_out(&plan);
        let refused = plan.refused.iter().filter_map(|refused| refused.nights);
        self.conflicts = plan
            .contested
            .iter()
            .map(|(_, nights)| *nights)
            .chain(refused)
            .flat_map(|nights| nights.iter().collect::<Vec<_>>())
            .collect();
        self.site.echoes.clone_from(&plan.echoes);
        plan
    }

    /// Carries a plan out in its order; a night that somebody has already fails, as it would in the database.
    fn carry_out(&mut self, plan: &Plan) {
        self.site.blocks.retain(|block| !plan.released.contains(block));
        for (block, nights) in &plan.moved {
            let kept = common(block.nights, *nights).expect("some of its nights are the same");
            self.site.blocks.iter_mut().find(|found| found.id == block.id).expect("the block").nights = kept;
        }
        for (block, nights) in &plan.moved {
            self.site.blocks.iter_mut().find(|found| found.id == block.id).expect("the block").nights = *nights;
        }
        for (uid, nights) in &plan.added {
            let id = self.id();
            self.site.blocks.push(FeedBlock { id, uid: uid.clone(), nights: *nights });
        }
        let mut seen: BTreeSet<NaiveDate> = self.site.taken.keys().copied().collect();
        for night in self.site.blocks.iter().flat_map(|block| block.nights.iter().collect::<Vec<_>>()) {
            assert!(seen.insert(night), "{night} is taken twice: {plan:?}");
        }
    }

    fn blocked(&self) -> BTreeSet<NaiveDate> {
        self.site.blocks.iter().flat_map(|block| block.nights.iter().collect::<Vec<_>>()).collect()
    }

    /// Checks that each night which is taken elsewhere is blocked here, or a conflict.
    fn check(&self, elsewhere: &[(String, Nights)]) -> Result<(), TestCaseError> {
        for (uid, nights) in elsewhere.iter().filter(|(uid, _)| !self.taken_for_echoes.contains(uid)) {
            for night in nights.iter() {
                let is_known = self.blocked().contains(&night) || self.conflicts.contains(&night);
                prop_assert!(is_known, "{night} of {uid} is on sale, or sold twice: {:?}", self.site);
            }
        }
        Ok(())
    }
}

fn text(events: &[(String, Nights)], more: &str) -> String {
    let day = |date: NaiveDate| date.format("%Y%m%d");
    let event = |(uid, nights): &(String, Nights)| {
        format!(
            "BEGIN:VEVENT\nUID:{uid}\nDTSTART;VALUE=DATE:{}\nDTEND;VALUE=DATE:{}\nEND:VEVENT\n",
            day(nights.from),
            day(nights.to)
        )
    };
    format!("BEGIN:VCALENDAR\n{more}{}END:VCALENDAR\n", events.iter().map(event).collect::<String>())
}

/// Another program that shows the room's nights as its own, under names of its own, beside what it has sold itself.
#[derive(Default)]
struct Site2 {
    sold: Vec<(String, Nights)>,
    mirrored: Vec<Nights>,
    /// How it shows them: one by one, joined where they touch, or with its own.
    style: usize,
    count: usize,
}

impl Site2 {
    fn book(&mut self, nights: Nights) {
        if !self.sold.iter().map(|(_, sold)| *sold).chain(self.mirrored.iter().copied()).any(|other| other.overlaps(nights)) {
            self.count += 1;
            self.sold.push((format!("sold-{}", self.count), nights));
        }
    }

    fn calendar(&self) -> Vec<(String, Nights)> {
        let mirrored = if self.style == 0 { self.mirrored.clone() } else { super::wanted::joined(self.mirrored.clone()) };
        let shown = mirrored.into_iter().map(|nights| (format!("mirror-{}-{}", nights.from, nights.to), nights));
        shown.chain(self.sold.iter().cloned()).collect()
    }
}

#[derive(Debug, Clone, Copy)]
enum Act {
    BookHere(u64, u64),
    CancelHere(usize),
    BookThere(u64, u64),
    CancelThere(usize),
    PollHere,
    PollThere,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (0_u64..25, 1_u64..6).prop_map(|(from, count)| Act::BookHere(from, count)),
        (0_usize..6).prop_map(Act::CancelHere),
        (0_u64..25, 1_u64..6).prop_map(|(from, count)| Act::BookThere(from, count)),
        (0_usize..6).prop_map(Act::CancelThere),
        Just(Act::PollHere),
        Just(Act::PollThere),
    ]
}

fn span(from: u64, count: u64) -> Nights {
    Nights::new(day(from), day(from + count))
}

proptest! {
    /// F1: two hotels that follow each other, for ten rounds and then until they rest.
    #[test]
    fn two_hotels_that_mirror_each_other_come_to_rest(rounds in prop::collection::vec(prop::collection::vec(act(), 0..6), 10)) {
        let (mut here, mut there) = (House::default(), House { next_id: 1 << 64, ..House::default() });
        for acts in rounds {
            for act in acts {
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
        }
        here.poll(&text(&there.export(), ""));
        there.poll(&text(&here.export(), ""));
        here.check(&there.export())?;
        there.check(&here.export())?;
        for (house, other) in [(&here, &there), (&there, &here)] {
            let caused: BTreeSet<NaiveDate> = other.stays.values().flat_map(|stay| stay.iter().collect::<Vec<_>>()).collect();
            prop_assert!(house.blocked().is_subset(&caused), "a block outlived its cause");
        }
        let again = [here.poll(&text(&there.export(), "")), there.poll(&text(&here.export(), ""))];
        for plan in again {
            prop_assert!(plan.released.is_empty() && !plan.takes_nights(), "no rest: {plan:?}");
        }
    }

    /// A hotel, and a site that tells it its own nights back.
    #[test]
    fn a_mirror_keeps_nothing_alive(style in 0_usize..2, acts in prop::collection::vec(act(), 0..60)) {
        let (mut house, mut site) = (House::default(), Site2 { style, ..Site2::default() });
        let look = |site: &mut Site2, house: &House| site.mirrored = house.export().into_iter().map(|(_, nights)| nights).collect();
        for act in acts {
            match act {
                Act::BookHere(from, count) => house.book(span(from, count)),
                Act::CancelHere(place) => house.cancel(place),
                Act::BookThere(from, count) => site.book(span(from, count)),
                Act::CancelThere(place) if place < site.sold.len() => {
                    site.sold.remove(place);
                }
                Act::CancelThere(_) => {}
                Act::PollHere => {
                    house.poll(&text(&site.calendar(), ""));
                    house.check(&site.sold)?;
                }
                Act::PollThere => look(&mut site, &house),
            }
        }
        look(&mut site, &house);
        house.poll(&text(&site.calendar(), ""));
        house.check(&site.sold)?;
        let caused: BTreeSet<NaiveDate> = site.sold.iter().flat_map(|(_, sold)| sold.iter().collect::<Vec<_>>()).collect();
        prop_assert!(house.blocked().is_subset(&caused), "a block outlived its cause: {:?}", house.site);
        let again = house.poll(&text(&site.calendar(), ""));
        prop_assert!(again.released.is_empty() && !again.takes_nights(), "no rest: {again:?}");
    }

    /// A calendar that was read, and comes back with a byte that is not what it was: nothing is opened without a word.
    #[test]
    fn no_damage_opens_a_night_in_silence(
        events in prop::collection::vec((0_u64..25, 1_u64..6), 1..5),
        place in 0_usize..10_000,
        letter in "[ -/:-~\n]",
    ) {
        let events: Vec<(String, Nights)> =
            events.into_iter().enumerate().map(|(n, (from, count))| (format!("event-{n}@site"), span(from, count))).collect();
        let whole = text(&events, "");
        let mut house = House::default();
        house.poll(&whole);
        let before = house.blocked();
        let mut damaged = whole.clone();
        let place = place % whole.len();
        damaged.replace_range(place..=place, &letter);
        if ical::read(damaged.as_bytes()).is_err() {
            return Ok(());
        }
        let plan = house.poll(&damaged);
        let is_open = !house.blocked().is_superset(&before);
        prop_assert!(!is_open || !plan.refused.is_empty(), "{damaged}");
        prop_assert!(!is_open, "{:?} of {damaged}", plan.released);
    }
}
