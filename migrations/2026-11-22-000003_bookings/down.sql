DROP TABLE idempotency_keys, folio_entries, room_nights, stays, bookings;
