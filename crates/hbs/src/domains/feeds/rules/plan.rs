//! Changes of a room's blocks that make them what a feed asks for.
use super::wanted::{Refused, WHOLE_CALENDAR, Wanted, joined};
use crate::domains::feeds::model::{ConflictReason, Echo};
use crate::domains::inventory::Nights;
use chrono::{Days, NaiveDate};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A block that a feed has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedBlock {
    pub id: Uuid,
    pub uid: String,
    pub nights: Nights,
}

/// A night of the room that somebody else has: a stay, or a block that is not the feed's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    pub owner_id: Uuid,
    pub is_block: bool,
}

/// The room of a feed, as it is.
#[derive(Debug, Default)]
pub struct Site {
    /// Blocks of the feed.
    pub blocks: Vec<FeedBlock>,
    /// Nights that are taken, but not by the feed.
    pub taken: BTreeMap<NaiveDate, Taken>,
    /// Nights on which every room of the type is sold, even if this one is free.
    pub sold_out: BTreeSet<NaiveDate>,
    /// Nights of events that were satisfied before by what the room had already.
    pub echoes: Vec<Echo>,
    /// Names of events whose conflicts staff have dismissed.
    pub dismissed: BTreeSet<String>,
    pub today: NaiveDate,
}

/// Changes of a room's blocks. Carried out in the order of the fields, none is in the way of another.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    pub released: Vec<FeedBlock>,
    /// Blocks that have some of their nights still, and what nights they have then.
    pub moved: Vec<(FeedBlock, Nights)>,
    pub added: Vec<(String, Nights)>,
    /// Nights that an event asks for and somebody else has.
    pub contested: Vec<(String, Nights)>,
    pub refused: Vec<Refused>,
    pub echoes: Vec<Echo>,
}

impl Plan {
    /// Returns `true` if the room is needed on nights on which it is not blocked yet.
    pub fn takes_nights(&self) -> bool {
        !self.added.is_empty() || !self.moved.is_empty()
    }

    /// The contested nights that stays have, each stay's apart: whoever has them may be given another room.
    pub fn attempts(&self, site: &Site) -> Vec<(String, Nights)> {
        let mut attempts = Vec::new();
        for (uid, nights) in &self.contested {
            let of_stays = nights
                .iter()
                .filter_map(|night| site.taken.get(&night).filter(|taken| !taken.is_block).map(|taken| (night, taken.owner_id)));
            let mut by_stay: BTreeMap<Uuid, Vec<Nights>> = BTreeMap::new();
            for (night, owner) in of_stays {
                by_stay.entry(owner).or_default().push(Nights::of_night(night));
            }
            let runs = by_stay.into_values().flat_map(joined);
            attempts.extend(runs.map(|nights| (uid.clone(), nights)));
        }
        attempts
    }
}

pub(super) type Set = BTreeSet<NaiveDate>;

/// Nights that were satisfied before by what the room had, by the names of their events.
pub(super) type Echoed<'a> = BTreeMap<&'a str, Vec<Nights>>;

/// Compares what a feed asks for with the room. Where a calendar is unclear, blocks stay as they are.
///
/// An event all of whose nights the room's own stays and other blocks have is satisfied by them: it is most likely their
/// mirror image. If they end before it does, it is an echo: it blocks what is free, and is at odds with nobody.
pub fn plan(wanted: &Wanted, site: &Site) -> Plan {
    let mut plan = Plan { refused: wanted.refused.clone(), ..Plan::default() };
    let (held, echoed) = (held(site), echoed(&site.echoes));
    let mut claims = kept(wanted, site, &held, &echoed, &mut plan);
    for (uid, spans) in &wanted.nights {
        let nights: Set = spans.iter().flat_map(|span| span.iter()).collect();
        let free = plan.free(uid, &nights, site, &held, &echoed);
        claims.entry(uid).or_default().extend(free);
    }
    let shares = shares(&claims, &held);
    let blocks = site.blocks.iter().filter(|block| block.nights.to > site.today);
    let mut by_name: BTreeMap<&str, Vec<&FeedBlock>> = BTreeMap::new();
    for block in blocks {
        by_name.entry(&block.uid).or_default().push(block);
    }
    let names: BTreeSet<&str> = by_name.keys().copied().chain(shares.keys().copied()).collect();
    for uid in names {
        let spans = shares.get(uid).map(spans_of).unwrap_or_default();
        plan.follow(uid, by_name.remove(uid).unwrap_or_default(), spans, site.today);
    }
    plan
}

/// The nights to come that the feed has, each with the name of its event.
fn held(site: &Site) -> BTreeMap<NaiveDate, &str> {
    let to_come = |block: &FeedBlock| Nights::new(block.nights.from.max(site.today), block.nights.to);
    site.blocks
        .iter()
        .flat_map(|block| to_come(block).iter().map(|night| (night, block.uid.as_str())).collect::<Vec<_>>())
        .collect()
}

/// Reasons to keep what is blocked, whatever the calendar asks for.
pub(super) struct Keeping<'a> {
    wanted: &'a Wanted,
    echoed: &'a Echoed<'a>,
    refused: BTreeSet<&'a str>,
    is_doubtful: bool,
}

impl<'a> Keeping<'a> {
    pub(super) fn new(wanted: &'a Wanted, blocks: &[FeedBlock], dismissed: &BTreeSet<String>, echoed: &'a Echoed<'a>) -> Self {
        let is_blocked = |uid: &String| blocks.iter().any(|block| block.uid == *uid);
        Self {
            wanted,
            echoed,
            refused: wanted.refused.iter().map(|refused| refused.uid.as_str()).collect(),
            is_doubtful: wanted.doubts.iter().any(|uid| !is_blocked(uid) && !dismissed.contains(uid)),
        }
    }

    /// Returns `true` for nights of events that cannot be read; for all nights while nobody knows which event that is, and
    /// nobody of the staff has said that it is none; and for what is lost.
    pub(super) fn keeps(&self, uid: &str, night: NaiveDate) -> bool {
        self.is_doubtful || self.refused.contains(uid) || self.is_lost(uid, night)
    }

    /// Returns `true` for nights that a calendar which has lost all its events asked for. Echoes are no loss.
    pub(super) fn is_lost(&self, uid: &str, night: NaiveDate) -> bool {
        self.wanted.is_empty && !is_echo(self.echoed, uid, night)
    }
}

/// The nights that stay blocked whatever the calendar asks for.
fn kept<'a>(
    wanted: &Wanted,
    site: &Site,
    held: &BTreeMap<NaiveDate, &'a str>,
    echoed: &Echoed<'_>,
    plan: &mut Plan,
) -> BTreeMap<&'a str, Set> {
    let keeping = Keeping::new(wanted, &site.blocks, &site.dismissed, echoed);
    let mut kept: BTreeMap<&str, Set> = BTreeMap::new();
    let mut lost = Vec::new();
    for (night, uid) in held {
        if keeping.is_lost(uid, *night) {
            lost.push(Nights::of_night(*night));
        }
        if keeping.keeps(uid, *night) {
            kept.entry(*uid).or_default().insert(*night);
        }
    }
    plan.note_lost(lost);
    let still = site.echoes.iter().filter(|echo| kept.contains_key(echo.uid.as_str()) && !wanted.nights.contains_key(&echo.uid));
    plan.echoes.extend(still.cloned());
    kept
}

pub(super) fn echoed(echoes: &[Echo]) -> Echoed<'_> {
    let mut echoed = Echoed::new();
    for Echo { uid, from, to } in echoes {
        echoed.entry(uid.as_str()).or_default().push(Nights::new(*from, *to));
    }
    echoed
}

/// Returns `true` if an event was satisfied on a night before by what the room had.
pub(super) fn is_echo(echoes: &Echoed<'_>, uid: &str, night: NaiveDate) -> bool {
    echoes.get(uid).is_some_and(|spans| spans.iter().any(|span| span.contains(night)))
}

impl Plan {
    /// The nights of an event on which the room can be blocked for it. Notes the others.
    fn free(&mut self, uid: &str, nights: &Set, site: &Site, held: &BTreeMap<NaiveDate, &str>, echoed: &Echoed<'_>) -> Set {
        let is_taken = |night: &NaiveDate| site.taken.contains_key(night);
        if nights.iter().all(is_taken) {
            self.note_echoes(uid, nights);
            return Set::new();
        }
        let (echoes, genuine): (Set, Set) = nights.iter().copied().partition(|night| is_echo(echoed, uid, *night));
        self.note_echoes(uid, &echoes);
        let is_free = |night: &NaiveDate| !is_taken(night) && (held.contains_key(night) || !site.sold_out.contains(night));
        let contested = |night: &NaiveDate| !is_free(night) && (genuine.contains(night) || !is_taken(night));
        let contested: Set = nights.iter().copied().filter(contested).collect();
        self.contested.extend(spans_of(&contested).into_iter().map(|span| (uid.to_owned(), span)));
        nights.iter().copied().filter(is_free).collect()
    }

    /// Notes that the calendar has lost all its events, if there are nights that they asked for.
    pub(super) fn note_lost(&mut self, nights: Vec<Nights>) {
        let Some(around) = Nights::around(nights) else { return };
        let detail =
            "The calendar has no events any more. Its blocks stay until that is confirmed, or until it has events again.";
        self.refused.push(Refused::new(WHOLE_CALENDAR, Some(around), ConflictReason::Empty, detail));
    }

    pub(super) fn note_echoes(&mut self, uid: &str, nights: &Set) {
        self.echoes.extend(spans_of(nights).into_iter().map(|span| Echo { uid: uid.into(), from: span.from, to: span.to }));
    }

    /// Makes the blocks of a name the spans that it is to have. Each span takes the block with which it has most nights in
    /// common.
    fn follow(&mut self, uid: &str, mut blocks: Vec<&FeedBlock>, spans: Vec<Nights>, today: NaiveDate) {
        for span in spans {
            let shared = |block: &&FeedBlock| common(block.nights, span).map_or(0, Nights::count);
            let place = (0..blocks.len()).filter(|place| shared(&blocks[*place]) > 0).max_by_key(|place| shared(&blocks[*place]));
            let Some(block) = place.map(|place| blocks.remove(place)) else {
                self.added.push((uid.into(), span));
                continue;
            };
            self.give(block, span, today);
        }
        self.released.extend(blocks.into_iter().cloned());
    }

    /// Lets a block have these nights. What has begun keeps its first night, for the record.
    pub(super) fn give(&mut self, block: &FeedBlock, span: Nights, today: NaiveDate) {
        let has_begun = block.nights.from < today && span.from <= today;
        let nights = Nights::new(if has_begun { block.nights.from } else { span.from }, span.to);
        if nights != block.nights {
            self.moved.push((block.clone(), nights));
        }
    }
}

/// Returns the nights of events that were satisfied by what the room had, and for which the feed has no block by now, in the
/// order of their dates.
pub fn assumed(echoes: &[Echo], blocks: &[FeedBlock]) -> Vec<Echo> {
    let mut assumed = Vec::new();
    for Echo { uid, from, to } in echoes {
        let mut left = vec![Nights::new(*from, *to)];
        for block in blocks.iter().filter(|block| block.uid == *uid) {
            left = left.into_iter().flat_map(|span| without(span, block.nights)).collect();
        }
        assumed.extend(left.into_iter().map(|span| Echo { uid: uid.clone(), from: span.from, to: span.to }));
    }
    assumed.sort_by(|one, other| (one.from, &one.uid).cmp(&(other.from, &other.uid)));
    assumed
}

/// Shares nights out that several events ask for: whose they are already keeps them, else the first one has them.
fn shares<'a>(claims: &BTreeMap<&'a str, Set>, held: &BTreeMap<NaiveDate, &str>) -> BTreeMap<&'a str, Set> {
    let mut owners: BTreeMap<NaiveDate, &'a str> = BTreeMap::new();
    for (uid, nights) in claims {
        for night in nights {
            let is_holder = held.get(night).is_some_and(|holder| holder == uid);
            if is_holder || !owners.contains_key(night) {
                owners.insert(*night, uid);
            }
        }
    }
    let mut shares: BTreeMap<&str, Set> = BTreeMap::new();
    for (night, uid) in owners {
        shares.entry(uid).or_default().insert(night);
    }
    shares
}

pub(super) fn spans_of(nights: &Set) -> Vec<Nights> {
    let mut spans: Vec<Nights> = Vec::new();
    for night in nights {
        match spans.last_mut() {
            Some(last) if last.to == *night => last.to = *night + Days::new(1),
            _ => spans.push(Nights::of_night(*night)),
        }
    }
    spans
}

/// The nights that two spans share.
pub fn common(one: Nights, other: Nights) -> Option<Nights> {
    let shared = Nights::new(one.from.max(other.from), one.to.min(other.to));
    (shared.from < shared.to).then_some(shared)
}

/// The nights of a span that another one has not.
pub fn without(span: Nights, other: Nights) -> Vec<Nights> {
    let parts = [Nights::new(span.from, span.to.min(other.from)), Nights::new(span.from.max(other.to), span.to)];
    parts.into_iter().filter(|part| part.from < part.to).collect()
}
