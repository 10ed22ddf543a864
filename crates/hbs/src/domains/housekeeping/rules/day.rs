//! A day's work: which rooms are to be made up, and who makes them up in which order.
use super::share::{Hands, Load, share};
use crate::domains::housekeeping::model::{Assigned, Credits, RoomRow, Service, StayRow, Task, TaskId, TaskStatus};
use crate::domains::rooms::{Housekeeping, by_number};
use crate::domains::stays::Status;
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::HashMap;
use uuid::Uuid;

/// A day that is to be planned, as the hotel knows it.
pub struct Day {
    pub date: NaiveDate,
    /// `true` if the day is the hotel's business date: then the state of rooms counts.
    pub is_today: bool,
    pub rooms: Vec<RoomRow>,
    pub stays: Vec<StayRow>,
    /// Rooms that are out of order that night.
    pub out_of_order: Vec<Uuid>,
    /// Credits of all room types.
    pub credits: HashMap<Uuid, Credits>,
    pub tasks: Vec<Task>,
}

/// The people among whom the work is shared: each with the most credits that they may have.
pub struct Today<'a> {
    pub attendants: &'a [(Uuid, Option<i32>)],
    /// `true` to share rooms anew that have an attendant, unless they have been started.
    pub redistribute: bool,
}

/// A new task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewTask {
    pub room_id: Uuid,
    pub service: Service,
    pub credits: i32,
    pub attendant_id: Option<Uuid>,
    pub place: i32,
}

impl NewTask {
    /// The task as it is written: open, and nothing is known of it yet.
    pub fn written(self, property_id: Uuid, date: NaiveDate, at: DateTime<Utc>) -> Task {
        let Self { room_id, service, credits, attendant_id, place } = self;
        Task {
            property_id,
            id: TaskId::now_v7(),
            date,
            room_id,
            service,
            credits,
            status: TaskStatus::Open,
            attendant_id,
            place,
            is_rush: false,
            changes_linen: false,
            has_turn_down: false,
            notes: None,
            skip_reason: None,
            started_at: None,
            finished_at: None,
            finished_by: None,
            inspected_at: None,
            inspected_by: None,
            version: 1,
            created_at: at,
            updated_at: at,
        }
    }
}

/// Changes by which the day is planned.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    pub new: Vec<NewTask>,
    /// Tasks that were done, of rooms that are to be made up again.
    pub reopened: Vec<TaskId>,
    /// Open tasks of rooms that are not to be made up any more.
    pub dropped: Vec<TaskId>,
    /// Tasks whose attendant, place, service or credits are others.
    pub assigned: Vec<Assigned>,
}

/// A room to be made up.
struct Work<'a> {
    task: Option<&'a Task>,
    room: &'a RoomRow,
    service: Service,
    credits: i32,
    is_arriving: bool,
    attendant_id: Option<Uuid>,
    place: i32,
}

/// Sort key of the way through a house: floor by floor, 9 before 10, and those without a floor last.
pub fn walking<'a>(floor: Option<&'a str>, number: &'a str) -> (usize, Option<&'a str>, (usize, &'a str)) {
    (floor.map_or(usize::MAX, str::len), floor, by_number(number))
}

/// Plans a day: keeps what has been begun, brings the open tasks up to date, and shares those that are nobody's.
pub fn plan(day: &Day, today: &Today<'_>) -> Plan {
    let mut plan = Plan::default();
    let tasks: HashMap<Uuid, &Task> = day.tasks.iter().map(|task| (task.room_id, task)).collect();
    let mut work = Vec::new();
    for room in &day.rooms {
        let (service, task) = (service(day, room), tasks.get(&room.id).copied());
        match (service, task) {
            (Some(service), Some(task)) if is_open(task) => work.push(Work::of(day, room, service, Some(task))),
            (Some(service), Some(task)) if is_to_do_again(day, room, service, task) => {
                plan.reopened.push(task.id);
                work.push(Work::of(day, room, service, Some(task)));
            }
            (Some(service), None) => work.push(Work::of(day, room, service, None)),
            _ => {}
        }
    }
    let is_worked_on = |task: &Task| work.iter().any(|work| work.room.id == task.room_id);
    plan.dropped.extend(day.tasks.iter().filter(|task| is_open(task) && !is_worked_on(task)).map(|task| task.id));
    let done: Vec<&Task> = day.tasks.iter().filter(|task| !is_open(task) && !is_worked_on(task)).collect();
    distribute(&mut work, &done, today);
    for work in work {
        match work.task {
            None => plan.new.push(work.new_task()),
            Some(task) => plan.assigned.extend(work.changed(task)),
        }
    }
    plan
}

fn is_open(task: &Task) -> bool {
    task.status == TaskStatus::Open
}

/// Returns the service that a room gets on a day, if it gets any.
fn service(day: &Day, room: &RoomRow) -> Option<Service> {
    if day.out_of_order.contains(&room.id) {
        return None;
    }
    let is_there = |stay: &&StayRow| stay.status == Status::CheckedIn || (!day.is_today && stay.status.is_to_come());
    let in_room = || day.stays.iter().filter(|stay| stay.room_id == Some(room.id)).filter(is_there);
    if let Some(stay) = in_room().find(|stay| stay.check_in < day.date) {
        return Some(if stay.check_out <= day.date { Service::Departure } else { Service::StayOver });
    }
    let is_unmade = matches!(room.housekeeping, Housekeeping::Dirty | Housekeeping::InProgress);
    let is_occupied = in_room().any(|stay| stay.status == Status::CheckedIn);
    (day.is_today && is_unmade).then_some(if is_occupied { Service::StayOver } else { Service::Departure })
}

/// Returns `true` if a room is to be made up once more: guests left after it was made up, or instead of having it made up.
fn is_to_do_again(day: &Day, room: &RoomRow, service: Service, task: &Task) -> bool {
    match task.status {
        TaskStatus::Finished | TaskStatus::Inspected => day.is_today && room.housekeeping == Housekeeping::Dirty,
        TaskStatus::Skipped => task.service == Service::StayOver && service == Service::Departure,
        TaskStatus::Open | TaskStatus::Started => false,
    }
}

/// Gives the work that is nobody's to the attendants, and each a place among their rooms: urgent ones first, then those
/// into which guests come, then along the way.
fn distribute(work: &mut [Work<'_>], done: &[&Task], today: &Today<'_>) {
    work.sort_by_key(|work| work.walking());
    let is_free = |work: &Work<'_>| work.attendant_id.is_none() || today.redistribute;
    let (mut free, kept): (Vec<&mut Work<'_>>, Vec<&mut Work<'_>>) = work.iter_mut().partition(|work| is_free(work));
    let of = |attendant: Uuid| {
        let kept = kept.iter().filter(move |work| work.attendant_id == Some(attendant)).map(|work| (work.credits, work.place));
        let done = done.iter().filter(move |task| task.attendant_id == Some(attendant)).map(|task| (task.credits, task.place));
        kept.chain(done)
    };
    let hands = today.attendants.iter().map(|(attendant, max_credits)| Hands {
        credits: of(*attendant).map(|(credits, _)| credits).sum(),
        max_credits: *max_credits,
    });
    let loads: Vec<Load<'_>> =
        free.iter().map(|work| Load { floor: work.room.floor.as_deref(), credits: work.credits }).collect();
    let given = share(&loads, &hands.collect::<Vec<_>>());
    for (work, hand) in free.iter_mut().zip(&given) {
        (work.attendant_id, work.place) = (hand.map(|hand| today.attendants[hand].0), 0);
    }
    free.sort_by_key(|work| (!work.task.is_some_and(|task| task.is_rush), !work.is_arriving));
    let mut last: HashMap<Uuid, i32> = HashMap::new();
    for work in free {
        if let Some(attendant) = work.attendant_id {
            let last = last.entry(attendant).or_insert_with(|| of(attendant).map(|(_, place)| place).max().unwrap_or(0));
            *last += 1;
            work.place = *last;
        }
    }
}

impl<'a> Work<'a> {
    fn of(day: &Day, room: &'a RoomRow, service: Service, task: Option<&'a Task>) -> Self {
        let usual = day.credits.get(&room.room_type_id).map_or(0, |credits| credits.of(service));
        Self {
            task,
            room,
            service,
            // What was said of this room holds for the service of which it was said.
            credits: task.filter(|task| task.service == service).map_or(usual, |task| task.credits),
            is_arriving: is_arriving(day, room),
            attendant_id: task.and_then(|task| task.attendant_id),
            place: task.map_or(0, |task| task.place),
        }
    }

    fn walking(&self) -> (usize, Option<&'a str>, (usize, &'a str)) {
        walking(self.room.floor.as_deref(), &self.room.number)
    }

    fn new_task(&self) -> NewTask {
        let Self { room, service, credits, attendant_id, place, .. } = *self;
        NewTask { room_id: room.id, service, credits, attendant_id, place }
    }

    fn changed(&self, task: &Task) -> Option<Assigned> {
        let Self { service, credits, attendant_id, place, .. } = *self;
        let is_same = (task.service, task.credits, task.attendant_id, task.place) == (service, credits, attendant_id, place);
        (!is_same).then_some(Assigned { id: task.id, attendant_id, place, service, credits })
    }
}

fn is_arriving(day: &Day, room: &RoomRow) -> bool {
    day.stays.iter().any(|stay| stay.room_id == Some(room.id) && stay.check_in == day.date && stay.status.is_to_come())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::december;

    const TYPE: Uuid = Uuid::from_u128(7);

    fn room(number: u128, housekeeping: Housekeeping) -> RoomRow {
        let floor = Some((number / 100).to_string());
        RoomRow { id: Uuid::from_u128(number), number: number.to_string(), floor, room_type_id: TYPE, housekeeping }
    }

    fn stay(room: u128, status: Status, from: u32, to: u32) -> StayRow {
        StayRow { room_id: Some(Uuid::from_u128(room)), status, check_in: december(from), check_out: december(to) }
    }

    fn day(rooms: Vec<RoomRow>, stays: Vec<StayRow>) -> Day {
        let credits = Credits::usual(Uuid::nil(), TYPE, DateTime::<Utc>::UNIX_EPOCH);
        let credits = HashMap::from([(TYPE, credits)]);
        Day { date: december(10), is_today: true, rooms, stays, out_of_order: Vec::new(), credits, tasks: Vec::new() }
    }

    /// The tasks that a plan makes, as they are once they are written.
    fn written(plan: Plan) -> Vec<Task> {
        plan.new.into_iter().map(|new| new.written(Uuid::nil(), december(10), DateTime::UNIX_EPOCH)).collect()
    }

    #[test]
    fn rooms_get_the_service_that_they_need() {
        use Housekeeping::{Clean, Dirty};
        let cases = [
            (room(101, Clean), vec![], None),
            (room(101, Dirty), vec![], Some(Service::Departure)),
            (room(101, Dirty), vec![stay(101, Status::CheckedIn, 8, 12)], Some(Service::StayOver)),
            (room(101, Clean), vec![stay(101, Status::CheckedIn, 8, 10)], Some(Service::Departure)),
            (room(101, Clean), vec![stay(101, Status::CheckedIn, 5, 9)], Some(Service::Departure)),
            (room(101, Clean), vec![stay(101, Status::CheckedIn, 10, 12)], None),
            (room(101, Clean), vec![stay(101, Status::Confirmed, 10, 12)], None),
            (room(101, Dirty), vec![stay(101, Status::CheckedOut, 8, 10)], Some(Service::Departure)),
        ];
        for (room, stays, expected) in cases {
            let told = format!("{room:?} {stays:?}");
            let day = day(vec![room], stays);
            assert_eq!(service(&day, &day.rooms[0]), expected, "{told}");
        }
        let mut ahead = day(vec![room(101, Dirty), room(102, Clean)], vec![stay(102, Status::Confirmed, 9, 10)]);
        ahead.is_today = false;
        assert_eq!(service(&ahead, &ahead.rooms[0]), None, "it will have been made up by then");
        assert_eq!(service(&ahead, &ahead.rooms[1]), Some(Service::Departure));
        ahead.out_of_order = vec![ahead.rooms[1].id];
        assert_eq!(service(&ahead, &ahead.rooms[1]), None);
    }

    #[test]
    fn a_day_is_planned_and_planning_it_again_changes_nothing() {
        let rooms = (1..=2).flat_map(|floor| (1..=4).map(move |n| room(floor * 100 + n, Housekeeping::Dirty))).collect();
        let mut day = day(rooms, vec![stay(104, Status::Confirmed, 10, 12)]);
        let (ana, rui) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let attendants = [(ana, None), (rui, None)];
        let today = Today { attendants: &attendants, redistribute: false };
        day.tasks = written(plan(&day, &today));
        let of = |who: Uuid| {
            let mut own: Vec<(i32, u128)> = day
                .tasks
                .iter()
                .filter(|task| task.attendant_id == Some(who))
                .map(|task| (task.place, task.room_id.as_u128()))
                .collect();
            own.sort_unstable();
            own
        };
        assert_eq!(of(ana), [(1, 104), (2, 101), (3, 102), (4, 103)], "guests come into 104");
        assert_eq!(of(rui), [(1, 201), (2, 202), (3, 203), (4, 204)]);
        assert_eq!(plan(&day, &today), Plan::default());
        let anew = Today { attendants: &attendants, redistribute: true };
        assert_eq!(plan(&day, &anew), Plan::default());
    }

    #[test]
    fn a_plan_follows_the_day() {
        let mut day =
            day(vec![room(101, Housekeeping::Dirty), room(102, Housekeeping::Dirty)], vec![stay(101, Status::CheckedIn, 8, 12)]);
        let ana = [(Uuid::from_u128(1), None)];
        let today = Today { attendants: &ana, redistribute: false };
        day.tasks = written(plan(&day, &today));
        // 102 is clean by now; the guests of 101 did not want to be disturbed, and have left.
        day.rooms[1].housekeeping = Housekeeping::Clean;
        (day.tasks[0].status, day.tasks[0].skip_reason) = (TaskStatus::Skipped, None);
        day.stays.clear();
        let again = plan(&day, &today);
        assert_eq!(again.dropped, [day.tasks[1].id]);
        assert_eq!(again.reopened, [day.tasks[0].id]);
        let [changed] = again.assigned[..] else { panic!("{again:?}") };
        assert_eq!((changed.service, changed.credits), (Service::Departure, 30));
        // A room that was made up and is dirty once more is to be done again; one that is being made up is let be.
        day.tasks[0].status = TaskStatus::Finished;
        assert_eq!(plan(&day, &today).reopened, [day.tasks[0].id]);
        day.tasks[0].status = TaskStatus::Started;
        assert!(plan(&day, &today).reopened.is_empty());
    }

    #[test]
    fn rooms_of_others_are_shared_anew_only_where_that_is_asked_for() {
        let mut day = day((101..=104).map(|number| room(number, Housekeeping::Dirty)).collect(), Vec::new());
        let (ana, rui) = ([(Uuid::from_u128(1), None)], [(Uuid::from_u128(2), None)]);
        day.tasks = written(plan(&day, &Today { attendants: &ana, redistribute: false }));
        day.tasks[0].status = TaskStatus::Started;
        assert_eq!(plan(&day, &Today { attendants: &rui, redistribute: false }), Plan::default());
        let anew = plan(&day, &Today { attendants: &rui, redistribute: true });
        assert_eq!(anew.assigned.iter().map(|one| one.attendant_id).collect::<Vec<_>>(), [Some(rui[0].0); 3], "one is begun");
        let nobody = plan(&day, &Today { attendants: &[], redistribute: true });
        assert!(nobody.assigned.iter().all(|one| one.attendant_id.is_none()), "{nobody:?}");
    }
}
