//! Changes of the blocks in rooms of a type that make them what a feed asks for: a room for each of its events.
use super::plan::{Echoed, FeedBlock, Keeping, Plan, Set, common, echoed, is_echo, spans_of};
use super::wanted::Wanted;
use crate::domains::feeds::model::Echo;
use crate::domains::inventory::Nights;
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The rooms of a feed's type, as they are.
#[derive(Debug, Default)]
pub struct TypeSite {
    /// Blocks of the feed.
    pub blocks: Vec<FeedBlock>,
    /// Number of rooms, of some nights, that are neither sold nor held back by others. Rooms that the feed blocks are among
    /// them.
    pub left: BTreeMap<NaiveDate, i64>,
    /// Number of rooms of the type: so many are left on all other nights.
    pub rooms: i64,
    /// Nights of events that were satisfied before by what was sold already.
    pub echoes: Vec<Echo>,
    /// Names of events whose conflicts staff have dismissed.
    pub dismissed: BTreeSet<String>,
    pub today: NaiveDate,
}

impl TypeSite {
    fn left(&self, night: NaiveDate) -> i64 {
        self.left.get(&night).copied().unwrap_or(self.rooms)
    }

    fn to_come(&self, nights: Nights) -> Nights {
        Nights::new(nights.from.max(self.today), nights.to)
    }
}

/// Nights for which an event asks a room.
struct Demand<'a> {
    uid: &'a str,
    nights: Set,
    /// Blocks that the event has, and what nights of it.
    held: Vec<(&'a FeedBlock, Nights)>,
    /// Nights on which it has none.
    open: Set,
}

/// Compares what a feed asks for with the rooms of its type. Each event asks for a room of its own, so that several on one
/// night ask for several. Where a calendar is unclear, blocks stay as they are.
///
/// An event on nights on which no room is left is satisfied, unless it has one of them itself: an export of the type tells
/// just these nights, so it is most likely their mirror image. If rooms come free before it ends, it is an echo: it blocks
/// what is free, and is at odds with nobody.
pub fn plan_of_type(wanted: &Wanted, site: &TypeSite) -> Plan {
    let mut plan = Plan { refused: wanted.refused.clone(), ..Plan::default() };
    let echoed = echoed(&site.echoes);
    let mut blocks: BTreeMap<&str, Vec<&FeedBlock>> = BTreeMap::new();
    for block in site.blocks.iter().filter(|block| block.nights.to > site.today) {
        blocks.entry(&block.uid).or_default().push(block);
    }
    let kept = plan.keep(wanted, site, &echoed);
    let mut demands = plan.demands(wanted, site, &mut blocks);
    let mut used = Used::default();
    let rest: Vec<&FeedBlock> = blocks.into_values().flatten().collect();
    for block in rest {
        match kept.get(&block.id) {
            Some(nights) => {
                used.count(*nights);
                plan.give(block, *nights, site.today);
            }
            None => plan.released.push(block.clone()),
        }
    }
    for (block, nights) in demands.iter_mut().flat_map(|demand| &mut demand.held) {
        *nights = kept.get(&block.id).map_or(*nights, |kept| nights.joined(*kept));
        used.count(*nights);
    }
    for demand in demands {
        plan.settle(demand, site, &echoed, &mut used);
    }
    plan
}

/// Number of rooms that the feed has by night.
#[derive(Default)]
struct Used(BTreeMap<NaiveDate, i64>);

impl Used {
    fn count(&mut self, nights: Nights) {
        for night in nights.iter() {
            *self.0.entry(night).or_default() += 1;
        }
    }

    fn on(&self, night: NaiveDate) -> i64 {
        self.0.get(&night).copied().unwrap_or(0)
    }
}

impl Plan {
    /// The blocks that stay whatever the calendar asks for, and what nights of them.
    fn keep(&mut self, wanted: &Wanted, site: &TypeSite, echoed: &Echoed<'_>) -> BTreeMap<Uuid, Nights> {
        let keeping = Keeping::new(wanted, &site.blocks, &site.dismissed, echoed);
        let (mut kept, mut lost, mut names) = (BTreeMap::new(), Vec::new(), BTreeSet::new());
        for block in &site.blocks {
            let nights = || site.to_come(block.nights).iter();
            lost.extend(nights().filter(|night| keeping.is_lost(&block.uid, *night)).map(Nights::of_night));
            let stay = nights().filter(|night| keeping.keeps(&block.uid, *night)).map(Nights::of_night);
            if let Some(around) = Nights::around(stay) {
                kept.insert(block.id, around);
                names.insert(block.uid.as_str());
            }
        }
        self.note_lost(lost);
        let is_still = |echo: &&Echo| names.contains(echo.uid.as_str()) && !wanted.rooms.contains_key(&echo.uid);
        self.echoes.extend(site.echoes.iter().filter(is_still).cloned());
        kept
    }

    /// Returns the nights of each event with the blocks that it has: each takes those of its name with which it has most nights
    /// in common. Notes the events that are satisfied.
    fn demands<'a>(
        &mut self,
        wanted: &'a Wanted,
        site: &TypeSite,
        blocks: &mut BTreeMap<&'a str, Vec<&'a FeedBlock>>,
    ) -> Vec<Demand<'a>> {
        let mut demands = Vec::new();
        for (uid, spans) in &wanted.rooms {
            let mut own = blocks.remove(uid.as_str()).unwrap_or_default();
            for span in spans {
                let nights: Set = span.iter().collect();
                let is_held = |night: NaiveDate| own.iter().any(|block| block.nights.contains(night));
                if nights.iter().all(|night| site.left(*night) <= 0 && !is_held(*night)) {
                    self.note_echoes(uid, &nights);
                    continue;
                }
                demands.push(Demand::new(uid, nights, &mut own, site));
            }
            if !own.is_empty() {
                blocks.insert(uid, own);
            }
        }
        demands
    }

    /// Decides on the nights on which an event has no room yet: the rooms that are left are taken, next to the nights that it
    /// has if that can be.
    fn settle(&mut self, demand: Demand<'_>, site: &TypeSite, echoed: &Echoed<'_>, used: &mut Used) {
        let Demand { uid, nights, mut held, open } = demand;
        let is_known = |night: &NaiveDate| is_echo(echoed, uid, *night);
        self.note_echoes(uid, &nights.iter().copied().filter(is_known).collect());
        let (free, taken): (Set, Set) = open.into_iter().partition(|night| used.on(*night) < site.left(*night));
        let contested: Set = taken.into_iter().filter(|night| !is_known(night)).collect();
        self.contested.extend(spans_of(&contested).into_iter().map(|span| (uid.to_owned(), span)));
        for span in spans_of(&free) {
            used.count(span);
            match held.iter_mut().find(|(_, nights)| nights.to == span.from || nights.from == span.to) {
                Some((_, nights)) => *nights = nights.joined(span),
                None => self.added.push((uid.to_owned(), span)),
            }
        }
        for (block, nights) in held {
            self.give(block, nights, site.today);
        }
    }
}

impl<'a> Demand<'a> {
    fn new(uid: &'a str, nights: Set, own: &mut Vec<&'a FeedBlock>, site: &TypeSite) -> Self {
        let mut demand = Self { uid, open: nights.clone(), nights, held: Vec::new() };
        while let Some((place, share)) = demand.best_share(own, site) {
            let block = own.remove(place);
            demand.open.retain(|night| !share.contains(*night));
            demand.held.push((block, share));
        }
        demand
    }

    /// The block that has most of the nights which are open, and those nights, if any has some.
    fn best_share(&self, own: &[&FeedBlock], site: &TypeSite) -> Option<(usize, Nights)> {
        let open = spans_of(&self.open);
        let shares = own.iter().enumerate().flat_map(|(place, block)| {
            let to_come = site.to_come(block.nights);
            open.iter().filter_map(move |span| Some((place, common(*span, to_come)?)))
        });
        shares.max_by_key(|(place, share)| (share.count(), std::cmp::Reverse(*place)))
    }
}
