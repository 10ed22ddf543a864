//! Other programs that sell rooms of the hotel: their calendars change while guests book. No night of theirs may be lost, and
//! none stay blocked without them.

use std::fmt::Write;

use chrono::{Days, NaiveDate};
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::{ARRIVAL_DAYS, MAX_NIGHTS};
use crate::api::{Api, CallError};
use crate::database::{Database, print_check};
use crate::dates::future_date;
use crate::error::{Context, Result};
use crate::hotel::{Created, Property};

/// Maximum number of events of a calendar.
const MAX_EVENTS: usize = 8;
/// An event of long ago: a calendar without any event would have to be confirmed.
const LONG_AGO: &str = "UID:long-ago\r\nDTSTART;VALUE=DATE:20200101\r\nDTEND;VALUE=DATE:20200102";

/// The programs: one for each room type, and one for a room of each.
pub struct Feeds(Vec<Feed>);

struct Feed {
    import_id: String,
    /// What the hotel was told last. Locked while it is told, so that the hotel hears it in this order.
    sold: Mutex<Vec<Sold>>,
}

#[derive(Debug, Clone)]
struct Sold {
    uid: String,
    from: NaiveDate,
    to: NaiveDate,
}

/// Effects of reading a calendar.
#[derive(Debug, Default, Clone, Copy, Deserialize)]
pub struct Report {
    pub added: u32,
    pub moved: u32,
    pub released: u32,
    pub conflicts: u32,
}

#[derive(Debug, Deserialize)]
struct Rooms {
    items: Vec<Created>,
}

impl Report {
    pub fn add(&mut self, other: Self) {
        self.added += other.added;
        self.moved += other.moved;
        self.released += other.released;
        self.conflicts += other.conflicts;
    }
}

impl Feeds {
    pub async fn build(api: &Api, property: &Property) -> Result<Self> {
        let mut feeds = Vec::new();
        for room_type_id in property.room_types.values() {
            let path = format!("/rooms?property_id={}&room_type_id={room_type_id}&limit=1", property.id);
            let rooms: Rooms = api.get(&path).await.context("cannot list the rooms")?;
            let room = rooms.items.first().context("a type has no rooms")?;
            for subject in [("room_type_id", room_type_id), ("room_id", &room.id)] {
                feeds.push(Feed::build(api, property, subject).await?);
            }
        }
        Ok(Self(feeds))
    }

    /// Lets one of the programs sell nights, sell them to others, or give them back, and tells the hotel.
    pub async fn change(&self, api: &Api, random: &mut StdRng) -> Result<Report, CallError> {
        let Some(feed) = self.0.choose(random) else { return Ok(Report::default()) };
        let mut sold = feed.sold.lock().await;
        let mut then = sold.clone();
        change(&mut then, random);
        let report = feed.tell(api, &then).await?;
        *sold = then;
        Ok(report)
    }

    /// Tells all calendars once more; the second time nothing may change. Returns the number of those by which something did.
    pub async fn settle(&self, api: &Api) -> Result<i64> {
        let mut restless = 0;
        for round in 0..2 {
            for feed in &self.0 {
                let sold = feed.sold.lock().await;
                let Report { added, moved, released, .. } = feed.tell(api, &sold).await?;
                if round > 0 && added + moved + released > 0 {
                    restless += 1;
                }
            }
        }
        print_check("calendars that say nothing new change nothing", restless);
        Ok(restless)
    }

    /// Checks that each night sold elsewhere is blocked or told as a conflict, unless it was taken for an echo, and that no other
    /// night is blocked. Returns the number of those of which that is not so.
    pub async fn check(&self, database: &Database) -> Result<i64> {
        let mut nights = String::from("SELECT NULL::uuid AS feed_id, NULL::text AS uid, NULL::date AS night");
        for feed in &self.0 {
            for Sold { uid, from, to } in feed.sold.lock().await.iter() {
                for night in from.iter_days().take_while(|night| night < to) {
                    let id = &feed.import_id;
                    write!(nights, " UNION ALL SELECT '{id}', '{uid}', '{night}'").context("cannot write")?;
                }
            }
        }
        let of_feeds = format!(
            "WITH sold AS (SELECT * FROM ({nights}) AS told WHERE night IS NOT NULL),
                 blocked AS (
                     SELECT k.feed_id, k.feed_uid AS uid, n.night, f.room_id IS NOT NULL AS is_of_room FROM room_nights n
                     JOIN room_blocks k ON k.property_id = n.property_id AND k.id = n.block_id
                     JOIN feed_imports f ON f.property_id = k.property_id AND f.id = k.feed_id),
                 -- A room stands for all events on a night; of rooms of a type each has its own.
                 pairs AS (
                     SELECT s.feed_id, s.uid, s.night, b.uid AS blocked_for FROM sold s JOIN blocked b
                     ON b.feed_id = s.feed_id AND b.night = s.night AND (b.is_of_room OR b.uid = s.uid))"
        );
        let lost: i64 = database
            .value(&format!(
                "{of_feeds} SELECT count(*) FROM sold s
                 WHERE NOT EXISTS (SELECT FROM pairs p WHERE (p.feed_id, p.uid, p.night) = (s.feed_id, s.uid, s.night))
                     AND NOT EXISTS (SELECT FROM feed_conflicts c
                         WHERE c.feed_id = s.feed_id AND c.uid = s.uid AND c.status <> 'resolved'
                             AND s.night >= c.from_date AND s.night < c.to_date)
                     AND NOT EXISTS (SELECT FROM feed_imports f, jsonb_array_elements(f.echoes) AS echo
                         WHERE f.id = s.feed_id AND echo->>'uid' = s.uid
                             AND s.night >= (echo->>'from')::date AND s.night < (echo->>'to')::date)"
            ))
            .await?;
        print_check("each night sold elsewhere is blocked or told as a conflict", lost);
        let left: i64 = database
            .value(&format!(
                "{of_feeds} SELECT count(*) FROM blocked b
                 WHERE NOT EXISTS (SELECT FROM pairs p WHERE (p.feed_id, p.blocked_for, p.night) = (b.feed_id, b.uid, b.night))"
            ))
            .await?;
        print_check("no night is blocked that is not sold elsewhere any more", left);
        Ok(lost + left)
    }
}

impl Feed {
    async fn build(api: &Api, property: &Property, (subject, id): (&str, &String)) -> Result<Self> {
        let mut body = json!({"property_id": property.id, "name": "Another program"});
        body[subject] = Value::String(id.clone());
        let created: Created = api.post("/feed-imports", &body).await.context("cannot import a calendar")?;
        Ok(Self { import_id: created.id, sold: Mutex::default() })
    }

    async fn tell(&self, api: &Api, sold: &[Sold]) -> Result<Report, CallError> {
        let day = |date: NaiveDate| date.format("%Y%m%d").to_string();
        let event = |sold: &Sold| {
            let Sold { uid, from, to } = sold;
            format!("UID:{uid}\r\nDTSTART;VALUE=DATE:{}\r\nDTEND;VALUE=DATE:{}", day(*from), day(*to))
        };
        let events = sold.iter().map(event).chain([LONG_AGO.to_owned()]);
        let events: String = events.map(|lines| format!("BEGIN:VEVENT\r\n{lines}\r\nEND:VEVENT\r\n")).collect();
        let calendar = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n");
        api.upload(&format!("/feed-imports/{}/file", self.import_id), "text/calendar", calendar).await
    }
}

/// Half of the changes are sales, the others move or cancel one.
fn change(sold: &mut Vec<Sold>, random: &mut StdRng) {
    let from = future_date(random.random_range(0..ARRIVAL_DAYS));
    let to = from + Days::new(random.random_range(1..=MAX_NIGHTS));
    let place = random.random_range(0..MAX_EVENTS);
    let is_sale = random.random_range(0..2) == 0;
    if place >= sold.len() || (is_sale && sold.len() < MAX_EVENTS) {
        sold.push(Sold { uid: format!("{:016x}@site.test", random.random::<u64>()), from, to });
    } else if is_sale {
        (sold[place].from, sold[place].to) = (from, to);
    } else {
        sold.remove(place);
    }
}
