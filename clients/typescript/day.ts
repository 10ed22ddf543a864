// A guest's way without an account, and a day of a hotel from its arrivals to those who come after the night audit, with the
// generated client: `scripts/clients.sh` generates, compiles and runs it. It is played at a hotel of its own, which is removed at
// the end, by people of the demo who get a role there. Each screen is drawn by one call; what is done next takes what it showed.
import assert from "node:assert/strict";
import { type Client, type Schemas, cents, client, eventually, ok, plusDays, report, signIn } from "./hbs.js";

type Row = Schemas["DeskStay"];

const admin = await signIn("admin");

// The hotel: eight doubles on two floors, two suites, and who works there.

const hotel = ok(
  await admin.POST("/v1/properties", {
    body: {
      name: "Hotel of a day",
      address: { street: "Rua do Dia 1", city: "Lisboa", postal_code: "1000-001", country: "PT" },
      time_zone: "Europe/Lisbon",
      currency: "EUR",
      prices: "gross",
      // Whoever leaves pays otherwise.
      settings: { horizon_nights: 90, max_advance_days: 60, requires_settled_folio: false },
    },
  }),
);
const property_id = hotel.id;
const today = hotel.business_date;
const [tomorrow, later] = [plusDays(today, 1), plusDays(today, 3)];

async function addType(code: string, name: string, amount: string) {
  const guests = { max_adults: 2, max_children: 0, max_guests: 2 };
  const base_price = { amount, currency: "EUR" };
  return ok(await admin.POST("/v1/room-types", { body: { property_id, code, name, ...guests, base_price } })).id;
}

const double = await addType("DBL", "Double room", "100.00");
const suite = await addType("STE", "Suite", "250.00");
const numbers = [101, 102, 103, 104, 201, 202, 203, 204].map((number) => `${number},DBL,${Math.floor(number / 100)}`);
const rooms = ["number,room_type,floor", ...numbers, "301,STE,3", "302,STE,3", ""].join("\n");
const imported = await admin.POST("/v1/rooms/import", {
  params: { query: { property_id } },
  body: rooms,
  bodySerializer: (text) => text,
  headers: { "Content-Type": "text/csv" },
});
assert.equal(ok(imported).imported, 10);

const roles = ok(await admin.GET("/v1/roles")).items;
const given: { id: string; assignment_id: string }[] = [];

/** Gives somebody of the demo a role at the hotel. Returns their id and their client. */
async function employ(name: string, code: string) {
  const found = ok(await admin.GET("/v1/users", { params: { query: { q: `${name}@demo.example` } } }));
  const user = found.items.find((account) => account.email === `${name}@demo.example`);
  const role = roles.find((role) => role.code === code);
  assert(user && role);
  const params = { path: { id: user.id } };
  const body = { role_id: role.id, property_id };
  const assigned = ok(await admin.POST("/v1/users/{id}/role-assignments", { params, body }));
  given.push({ id: user.id, assignment_id: assigned.id });
  return { id: user.id, client: await signIn(name) };
}

const { client: manager } = await employ("manager", "property_manager");
const { client: desk } = await employ("desk", "front_desk");
const { client: head } = await employ("head.housekeeper", "head_housekeeper");
const maid = await employ("housekeeping", "housekeeping");

// A guest without an account searches, books, opens the link that is mailed, and changes the booking by it.

const email = `eva.${hotel.id}@example.com`;
const wanted = { property_id, check_in: today, check_out: tomorrow, adults: 2 };
const offers = ok(await client().GET("/v1/availability", { params: { query: wanted } }));
const offer = offers.items.find((item) => item.room_type_id === double);
assert(offer?.bookable && offer.default_total);
const order = {
  property_id,
  check_in: today,
  check_out: tomorrow,
  rooms: [{ room_type_id: double, adults: 2 }],
  contact: { full_name: "Eva Lima", email, phone: "+351910000001" },
  expected_total: offer.default_total,
};
const dear = await client().POST("/v1/bookings/guest", {
  body: { ...order, expected_total: { amount: "90.00", currency: "EUR" } },
});
assert(dear.error?.code === "booking.price_changed");
assert.deepEqual(dear.error.actual_total, offer.default_total);
const held = ok(await client().POST("/v1/bookings/guest", { body: order }));
assert.deepEqual([held.status, held.awaits_email_verification, held.total], ["held", true, offer.default_total]);

/** The token of the link in the last mail to an address. */
async function mailedToken(to: string): Promise<string | undefined> {
  const { items } = ok(await client().GET("/v1/dev/mailbox", { params: { query: { to } } }));
  return items[0]?.text.match(/#token=(\S+)/)?.[1];
}

const token = await eventually(() => mailedToken(email));
const opened = ok(await client().POST("/v1/bookings/access", { body: { token } }));
assert.equal(opened.booking.status, "confirmed");
const eva = client(opened.access_token);
const evas = { id: held.id };
const read = await eva.GET("/v1/bookings/{id}", { params: { path: evas } });
assert.deepEqual(ok(read), opened.booking);
const etag = read.response.headers.get("ETag");
assert(etag);
const told = await eva.PATCH("/v1/bookings/{id}", {
  params: { path: evas, header: { "If-Match": etag } },
  body: { arrival_time: "18:30" },
});
assert.equal(ok(told).arrival_time, "18:30");
const stale = await eva.PATCH("/v1/bookings/{id}", {
  params: { path: evas, header: { "If-Match": etag } },
  body: { arrival_time: "19:30" },
});
assert.equal(stale.error?.code, "request.precondition_failed");
const night = { check_out: plusDays(today, 2) };
const dry_run = { dry_run: true };
const price = ok(await eva.POST("/v1/bookings/{id}/amend", { params: { path: evas, query: dry_run }, body: night }));
const longer = ok(await eva.POST("/v1/bookings/{id}/amend", { params: { path: evas }, body: night }));
assert.deepEqual([longer.difference, longer.booking.total], [price.difference, price.booking.total]);
const forbidden = await eva.POST("/v1/bookings/{id}/check-in", { params: { path: evas }, body: {} });
assert.equal(forbidden.response.status, 403);

// Somebody else cancels by the link, and has it mailed again.

const leo = `leo.${hotel.id}@example.com`;
const leos = ok(
  await client().POST("/v1/bookings/guest", {
    body: { ...order, check_in: later, check_out: plusDays(later, 1), contact: { full_name: "Leo Vaz", email: leo } },
  }),
);
ok(await client().POST("/v1/bookings/look-up", { body: { reference: leos.reference, email: leo } }));
const link = await eventually(() => mailedToken(leo));
const access = ok(await client().POST("/v1/bookings/access", { body: { token: link } }));
const cancelled = await client(access.access_token).POST("/v1/bookings/{id}/cancel", { params: { path: { id: leos.id } } });
assert.deepEqual([ok(cancelled).status, ok(cancelled).total.amount], ["cancelled", "0.00"]);

// The desk's first day: a group is announced, some book by phone, somebody walks in, guests are checked in from their rows.

async function byPhone(full_name: string) {
  const body = { ...order, check_out: later, contact: { full_name, phone: "+351910000002" }, expected_total: null };
  return ok(await desk.POST("/v1/bookings", { body }));
}

const late = await byPhone("Lia Late");
const missing = await byPhone("Max Missing");
const group = ok(
  await manager.POST("/v1/groups", {
    body: {
      property_id,
      name: "Tour of the north",
      cut_off: tomorrow,
      contact: { full_name: "Gil Guia", phone: "+351910000003" },
      block: [{ room_type_id: double, from: tomorrow, to: later, rooms: 3 }],
      rates: [{ room_type_id: double, nightly_price: { amount: "80.00", currency: "EUR" } }],
    },
  }),
);
const guests = ["Ana", "Rui", "Zoe"].map((name, place) => `${place},${name},DBL,${tomorrow},${later},1`);
const rooming = ["reference,guest_name,room_type,check_in,check_out,adults", ...guests, ""].join("\n");
const list = await desk.POST("/v1/groups/{id}/rooming-list", {
  params: { path: { id: group.id } },
  body: rooming,
  bodySerializer: (text) => text,
  headers: { "Content-Type": "text/csv" },
});
assert.equal(ok(list).imported, 3);
// Its rooms are all taken. What is released now, no job releases at some moment of its cut-off, and so changes the whole chart.
const taken = await manager.GET("/v1/groups/{id}", { params: { path: { id: group.id } } });
const asTaken = taken.response.headers.get("ETag");
assert(asTaken);
const released = await manager.POST("/v1/groups/{id}/release", {
  params: { path: { id: group.id }, header: { "If-Match": asTaken } },
});
assert.equal(typeof ok(released).released_at, "string");
const walkedIn = ok(
  await desk.POST("/v1/walk-ins", {
    body: {
      property_id,
      check_out: tomorrow,
      rooms: [{ room_type_id: double, adults: 1 }],
      contact: { full_name: "Wanda Wells", phone: "+351910000004" },
    },
  }),
);
assert.equal(walkedIn.status, "checked_in");

/** The day at the desk, in one call. Nobody is without a room. */
async function deskScreen() {
  const screen = ok(await desk.GET("/v1/front-desk", { params: { query: { property_id } } }));
  assert.deepEqual(screen.unassigned, []);
  return screen;
}

function rowOf(rows: Row[], booking_id: string): Row {
  const row = rows.find((row) => row.booking_id === booking_id);
  assert(row, `no row of ${booking_id}`);
  return row;
}

/** The addresses and the version that a row has for what is done next. */
function seen({ booking_id, stay_id, version }: Row) {
  return { path: { id: booking_id, stay_id }, header: { "If-Match": `"${version}"` } };
}

async function checkIn(row: Row) {
  const body = {};
  return ok(await desk.POST("/v1/bookings/{id}/stays/{stay_id}/check-in", { params: seen(row), body }));
}

const firstDay = await deskScreen();
assert.equal(firstDay.business_date, today);
const evasRow = rowOf(firstDay.arrivals, held.id);
assert.deepEqual([evasRow.guest_name, evasRow.arrival_time, evasRow.nights], ["Eva Lima", "18:30", 2]);
assert.deepEqual([evasRow.balance, evasRow.phone], [longer.booking.balance, "+351910000001"]);
assert.equal((await checkIn(evasRow)).status, "checked_in");

// The date is closed: the desk is asked about who has not come, and only the manager may do it before the day is over.

const preview = ok(await desk.GET("/v1/properties/{id}/night-audit", { params: { path: { id: property_id } } }));
assert.deepEqual(preview.arrivals.map((row) => row.booking_id).sort(), [late.id, missing.id].sort());
function decided(booking_id: string, decision: Schemas["ArrivalDecision"]) {
  const row = preview.arrivals.find((row) => row.booking_id === booking_id);
  assert(row);
  return { stay_id: row.stay_id, decision };
}
const audit = {
  business_date: today,
  close_early: true,
  reason: "A day is played",
  arrivals: [decided(late.id, "expected_until_morning"), decided(missing.id, "no_show")],
};
const ofHotel = { id: property_id };
const early = await desk.POST("/v1/properties/{id}/night-audit", { params: { path: ofHotel }, body: audit });
assert(early.error?.code === "auth.forbidden");
assert.equal(early.error.permission, "night_audit:close_early");
const tried = ok(
  await manager.POST("/v1/properties/{id}/night-audit", { params: { path: ofHotel, query: dry_run }, body: audit }),
);
const closed = ok(await manager.POST("/v1/properties/{id}/night-audit", { params: { path: ofHotel }, body: audit }));
assert.deepEqual({ ...closed, closed_at: "" }, { ...tried, closed_at: "" });
assert.deepEqual([closed.arrivals, closed.no_shows, closed.late_arrivals, closed.rooms_occupied], [2, 1, 1, 2]);

// After the audit: who was expected comes, and who was given up is found by name and comes after all, for all nights.

const secondDay = await deskScreen();
assert.equal(secondDay.business_date, tomorrow);
const lateRow = rowOf(secondDay.arrivals, late.id);
assert.equal(lateRow.late_on, tomorrow);
await checkIn(lateRow);
const found = ok(await desk.GET("/v1/search", { params: { query: { property_id, q: "missing max" } } }));
const hit = found.bookings.find((hit) => hit.booking_id === missing.id);
assert(hit?.status === "no_show");
const back = await desk.POST("/v1/bookings/{id}/reinstate", {
  params: { path: { id: missing.id }, header: { "If-Match": `"${hit.version}"` } },
  body: { reason: "The train was late", first_night: "charged" },
});
assert.equal(cents(ok(back).total), 30_000);
ok(await desk.POST("/v1/bookings/{id}/check-in", { params: { path: { id: missing.id } }, body: {} }));

// The morning: a pipe bursts in a room that was ready for somebody, guests leave, rooms are made up.

const wet = secondDay.arrivals.find((row) => row.group_id === group.id && row.housekeeping === "clean");
assert(wet?.room_id);
const block = ok(
  await head.POST("/v1/room-blocks", {
    body: {
      property_id,
      room_id: wet.room_id,
      kind: "out_of_order",
      reason: "Burst pipe",
      from: tomorrow,
      to: plusDays(tomorrow, 3),
    },
  }),
);
assert.deepEqual(block.moved.map((stay) => stay.stay_id), [wet.stay_id]);
const leaving = secondDay.departures.map(({ booking_id, stay_id, version }) => ({ booking_id, stay_id, version }));
const left = ok(await desk.POST("/v1/bookings/bulk-check-out", { body: { property_id, items: leaving } }));
assert.deepEqual([left.done, left.refused], [1, 0]);

const plan = { property_id, attendants: [{ attendant_id: maid.id }] };
const planned = ok(await head.POST("/v1/housekeeping/plan", { body: plan }));
const own = ok(await maid.client.GET("/v1/housekeeping/tasks", { params: { query: { property_id, mine: true } } }));
assert.equal(own.tasks.length, planned.tasks.length);
assert(own.tasks.some((task) => task.service === "departure") && own.tasks.some((task) => task.service === "stay_over"));

async function act(who: Client, action: Schemas["TaskAction"]) {
  const task_ids = own.tasks.map((task) => task.id);
  const done = ok(await who.POST("/v1/housekeeping/tasks/act", { body: { property_id, action, task_ids } }));
  assert(done.results.every((result) => result.task), JSON.stringify(done.results));
}

await act(maid.client, "start");
await act(maid.client, "finish");
await act(head, "inspect");
const house = ok(await head.GET("/v1/housekeeping", { params: { query: { property_id } } }));
const unmade = house.floors.flatMap((floor) => floor.rooms).filter((room) => room.housekeeping === "dirty" && !room.is_blocked);
assert.deepEqual(unmade, []);

// The afternoon: the group comes, a guest is upgraded, another pays for it, and the chart tells what is new.

const fortnight = { property_id, from: tomorrow, to: plusDays(tomorrow, 14) };
const chart = ok(await desk.GET("/v1/calendar", { params: { query: fortnight } }));
assert(!chart.is_delta && chart.rooms.length === 10);
const came = ok(await desk.POST("/v1/groups/{id}/check-in", { params: { path: { id: group.id } }, body: {} }));
assert.deepEqual([came.done, came.refused, came.remaining], [3, 0, 0]);

const inHouse = (await deskScreen()).in_house;
const upgraded = rowOf(inHouse, late.id);
const choice = ok(
  await desk.GET("/v1/bookings/{id}/stays/{stay_id}/rooms", {
    params: { path: seen(upgraded).path, query: { room_type_id: suite, is_assignable: true } },
  }),
);
const best = choice.rooms[0];
assert(best?.needs_upgrade && best.price_difference);
const moved = await desk.PUT("/v1/bookings/{id}/stays/{stay_id}/room", {
  params: seen(upgraded),
  body: { room_id: best.room_id, upgrade: true },
});
assert.deepEqual(ok(moved).total, late.total);
assert.equal(ok(moved).stays[0]?.room_number, best.room_number);

const paying = rowOf(inHouse, missing.id);
const toSuite = { stays: [{ stay_id: paying.stay_id, room_type_id: suite }] };
const { path, header } = seen(paying);
const costs = ok(await desk.POST("/v1/bookings/{id}/amend", { params: { path, query: dry_run, header }, body: toSuite }));
const paid = ok(await desk.POST("/v1/bookings/{id}/amend", { params: { path, header }, body: toSuite }));
assert.deepEqual(paid.difference, costs.difference);
assert.equal(cents(paid.difference), 30_000);

const changed = ok(
  await desk.GET("/v1/calendar", { params: { query: { ...fortnight, updated_since: chart.sync } } }),
);
assert(changed.is_delta && changed.rooms.length > 0 && changed.rooms.length < chart.rooms.length);

// Everybody leaves, and the hotel is removed with all that was given there.

const rest = (await deskScreen()).in_house.map(({ booking_id, stay_id, version }) => ({ booking_id, stay_id, version }));
const gone = ok(await desk.POST("/v1/bookings/bulk-check-out", { body: { property_id, items: rest } }));
assert.deepEqual([gone.done, gone.refused], [6, 0]);
for (const { id, assignment_id } of given) {
  const params = { path: { id, assignment_id } };
  ok(await admin.DELETE("/v1/users/{id}/role-assignments/{assignment_id}", { params }));
}
const now = await admin.GET("/v1/properties/{id}", { params: { path: ofHotel } });
const version = now.response.headers.get("ETag");
assert(version);
ok(await admin.DELETE("/v1/properties/{id}", { params: { path: ofHotel, header: { "If-Match": version } } }));

console.log(report());
