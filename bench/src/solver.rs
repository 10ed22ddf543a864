//! `hbs-bench solver`: how long rearranging takes in a large hotel, and how often it comes to an end within its budget.

use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate};
use clap::Args;
use hbs::domains::inventory::Nights;
use hbs::domains::inventory::solver::{self, Placed, Refusal};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use uuid::Uuid;

use crate::error::Result;
use crate::stats::{milliseconds, percentile};
use crate::table::Table;
use crate::verdict::Verdict;

const MAX_NIGHTS: u64 = 10;
/// Occupancies in percent: of a hundred nights, so many are sold.
const OCCUPANCIES: [u32; 4] = [70, 85, 95, 99];
/// Percentage of stays that are pinned to their room.
const PINNED: u32 = 10;
/// Maximum number of wishes without one that needs rearranging: then the hotel is too full or too empty.
const MOST_WISHES: u32 = 20_000;

#[derive(Debug, Args)]
pub struct SolverArgs {
    #[arg(long, default_value_t = 500)]
    rooms: u32,
    #[arg(long, default_value_t = 365)]
    nights: u64,
    /// Stays for which nobody has a room throughout, per occupancy.
    #[arg(long, default_value_t = 200)]
    cases: usize,
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub fn run(args: &SolverArgs) -> Result<Verdict> {
    let mut table = Table::new(["sold", "stays", "cases", "arranged", "moved", "impossible", "budget spent", "median", "99 %"]);
    for occupancy in OCCUPANCIES {
        let mut random = StdRng::seed_from_u64(args.seed);
        let hotel = House::random(args, occupancy, &mut random);
        table.row(&hotel.measure(args, occupancy, &mut random));
    }
    print!("{table}");
    println!("{} rooms, {} nights, {PINNED} % of stays pinned, budget {}", args.rooms, args.nights, milliseconds(solver::BUDGET));
    Ok(Verdict::Passed)
}

struct House {
    rooms: Vec<Uuid>,
    stays: Vec<Placed>,
}

impl House {
    /// Rooms with stays one after the other and now and then a gap.
    fn random(args: &SolverArgs, occupancy: u32, random: &mut StdRng) -> Self {
        let rooms: Vec<Uuid> = (0..args.rooms).map(|_| Uuid::now_v7()).collect();
        let mut stays = Vec::new();
        for room_id in &rooms {
            let mut night = 0;
            while night < args.nights {
                let length = random.random_range(1..=MAX_NIGHTS).min(args.nights - night);
                if random.random_ratio(occupancy, 100) {
                    let may_move = !random.random_ratio(PINNED, 100);
                    stays.push(Placed { stay_id: Uuid::now_v7(), room_id: *room_id, nights: span(night, length), may_move });
                }
                night += length;
            }
        }
        Self { rooms, stays }
    }

    fn measure(&self, args: &SolverArgs, occupancy: u32, random: &mut StdRng) -> [String; 9] {
        let (mut arranged, mut moved, mut impossible, mut spent) = (0, 0, 0, 0);
        let mut took: Vec<Duration> = Vec::new();
        for _ in 0..MOST_WISHES {
            if took.len() == args.cases {
                break;
            }
            let length = random.random_range(2..=MAX_NIGHTS);
            let wanted = span(random.random_range(0..=args.nights - length), length);
            if !self.is_scattered(wanted) {
                continue;
            }
            let began = Instant::now();
            match solver::rearrange(&self.rooms, &self.stays, &[wanted], began + solver::BUDGET) {
                Ok(arrangement) => {
                    arranged += 1;
                    moved += arrangement.moves.len();
                }
                Err(Refusal::Impossible) => impossible += 1,
                Err(Refusal::BudgetSpent) => spent += 1,
            }
            took.push(began.elapsed());
        }
        took.sort_unstable();
        let counts = [self.stays.len(), took.len(), arranged, moved, impossible, spent].map(|count| count.to_string());
        let [stays, cases, arranged, moved, impossible, spent] = counts;
        let times = [50, 99].map(|percent| milliseconds(percentile(&took, percent)));
        let [median, most] = times;
        [format!("{occupancy} %"), stays, cases, arranged, moved, impossible, spent, median, most]
    }

    /// Returns `true` if every night has a free room and no room is free throughout.
    fn is_scattered(&self, wanted: Nights) -> bool {
        let in_the_way: Vec<&Placed> = self.stays.iter().filter(|stay| stay.nights.overlaps(wanted)).collect();
        let is_sold = |night: NaiveDate| {
            let on_night = in_the_way.iter().filter(|stay| (stay.nights.from..stay.nights.to).contains(&night)).count();
            on_night == self.rooms.len()
        };
        let is_taken = |room: &Uuid| in_the_way.iter().any(|stay| stay.room_id == *room);
        !wanted.iter().any(is_sold) && self.rooms.iter().all(is_taken)
    }
}

fn span(from: u64, nights: u64) -> Nights {
    let first = NaiveDate::from_ymd_opt(2027, 1, 1).unwrap_or_default();
    Nights::new(first + Days::new(from), first + Days::new(from + nights))
}
