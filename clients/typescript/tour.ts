// The tour of README.md with the generated client: `scripts/clients.sh` generates, compiles and runs it.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { cents, client, ok, plusDays, report, signIn } from "./hbs.js";

const MIRAMAR = "019b76da-a800-7db2-b8f6-1cbb12df8159";
const DOUBLE = "019b76da-a800-7f3e-8ffd-6aedc95de3fe";

const today = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Lisbon" }).format(new Date());
// A Monday, as in README: on some days of the week the demo hotels have other prices.
const checkIn = plusDays(today, 28 + ((8 - new Date(today).getUTCDay()) % 7));
const checkOut = plusDays(checkIn, 3);
const stay = {
  property_id: MIRAMAR,
  rooms: [{ room_type_id: DOUBLE, adults: 1 }],
  check_in: checkIn,
  check_out: checkOut,
};

// A guest searches, and has the price held.
const guest = client();
const search = { property_id: MIRAMAR, check_in: checkIn, check_out: checkOut, adults: 2 };
const found = ok(await guest.GET("/v1/availability", { params: { query: search } }));
const double = found.items.find((item) => item.room_type_id === DOUBLE);
assert(double?.bookable);
assert.equal(double.nightly.length, 3);
assert.equal(cents(double.total), cents(...double.nightly.map((night) => night.price)));
const quote = ok(await guest.POST("/v1/quotes", { body: stay }));
assert(cents(quote.total) > 0);

// What is wrong has a `code`, and what else is there depends on it.
const refused = await guest.POST("/v1/quotes", { body: { ...stay, rooms: [{ room_type_id: DOUBLE, adults: 0 }] } });
assert(refused.error?.code === "request.invalid");
assert.equal(refused.error.errors?.[0]?.pointer, "/rooms/0/adults");

// Ana books. Sent again, the booking is the same.
const ana = await signIn("ana");
const params = { header: { "Idempotency-Key": randomUUID() } };
const body = { ...stay, contact: { full_name: "Ana Sousa", email: "ana@demo.example" }, quote: quote.quote };
const booking = ok(await ana.POST("/v1/bookings", { params, body }));
const again = ok(await ana.POST("/v1/bookings", { params, body }));
assert.equal(again.id, booking.id);
assert.equal(booking.status, "confirmed");
assert.deepEqual(booking.total, quote.total);
const path = { id: booking.id };

// The folio has the price of each night and the tax in it.
const folio = ok(await ana.GET("/v1/bookings/{id}/folio", { params: { path } }));
assert.equal(folio.entries.filter((entry) => entry.kind === "room").length, 3);
assert.equal(cents(...folio.entries.map((entry) => entry.amount)), cents(booking.total));
assert.deepEqual(folio.balance, booking.total);

// What a night more would cost.
const amendment = ok(
  await ana.POST("/v1/bookings/{id}/amend", {
    params: { path, query: { dry_run: true } },
    body: { check_out: plusDays(checkOut, 1) },
  }),
);
assert(amendment.is_dry_run);
assert.equal(cents(amendment.booking.total), cents(booking.total, amendment.difference));
const unchanged = ok(await ana.GET("/v1/bookings/{id}", { params: { path } }));
assert.equal(unchanged.check_out, checkOut);

// She cancels for nothing.
const preview = ok(await ana.GET("/v1/bookings/{id}/cancellation", { params: { path } }));
assert.equal(preview.fee.amount, "0.00");
const cancelled = ok(await ana.POST("/v1/bookings/{id}/cancel", { params: { path }, body: { reason: "ill" } }));
assert.equal(cancelled.status, "cancelled");
assert.equal(cancelled.total.amount, "0.00");

// What she may not see: what is not there, and what is not hers.
const missing = await ana.GET("/v1/bookings/{id}", { params: { path: { id: randomUUID() } } });
assert.equal(missing.error?.code, "request.not_found");
const forbidden = await ana.GET("/v1/front-desk", { params: { query: { property_id: MIRAMAR } } });
assert(forbidden.error?.code === "auth.forbidden");
assert.equal(forbidden.error.permission, "bookings:read");

// The desk sees its day. Somebody walks in, pays and leaves again.
const desk = await signIn("desk");
const day = ok(await desk.GET("/v1/front-desk", { params: { query: { property_id: MIRAMAR } } }));
assert.equal(day.property_id, MIRAMAR);
const walkIn = ok(
  await desk.POST("/v1/walk-ins", {
    body: {
      property_id: MIRAMAR,
      rooms: [{ room_type_id: DOUBLE, adults: 1 }],
      check_out: plusDays(today, 1),
      contact: { full_name: "Wanda Wells", email: "wanda@example.com" },
    },
  }),
);
assert.equal(walkIn.status, "checked_in");
const walkedIn = { params: { path: { id: walkIn.id } }, body: {} };
const cash = { booking_id: walkIn.id, method: "cash" as const, amount: walkIn.balance };
const paid = ok(await desk.POST("/v1/payments", { body: cash }));
assert.equal(paid.status, "captured");
const left = ok(await desk.POST("/v1/bookings/{id}/check-out", walkedIn));
assert.equal(left.status, "checked_out");

// Housekeeping cleans the room.
const housekeeping = await signIn("housekeeping");
const room = walkIn.stays[0]?.room_id;
assert(room);
const cleaned = ok(
  await housekeeping.POST("/v1/rooms/{id}/housekeeping", { params: { path: { id: room } }, body: { state: "clean" } }),
);
assert.equal(cleaned.housekeeping, "clean");

// The desk takes it all back, so that the room is free for the next tour of the same day.
ok(await desk.POST("/v1/bookings/{id}/undo-check-out", walkedIn));
ok(await desk.POST("/v1/bookings/{id}/undo-check-in", walkedIn));
ok(await desk.POST("/v1/payments/{id}/void", { params: { path: { id: paid.id } }, body: {} }));
assert.equal(ok(await desk.POST("/v1/bookings/{id}/cancel", walkedIn)).status, "cancelled");

// The auditor reads what was done to Ana's booking, and has the hash chain verified.
const auditor = await signIn("auditor");
const logs = ok(await auditor.GET("/v1/audit-logs", { params: { query: { booking_id: booking.id } } }));
const kinds = logs.items.map((entry) => entry.kind);
assert(kinds.includes("booking.created") && kinds.includes("stay.cancelled"));
const verification = ok(await auditor.GET("/v1/audit-logs/verify", { params: { query: { property_id: MIRAMAR } } }));
assert(verification.intact);

console.log(report());
