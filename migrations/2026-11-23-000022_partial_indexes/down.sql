DROP INDEX stays_live;
DROP INDEX bookings_hold_expires_at;
CREATE INDEX bookings_hold_expires_at ON bookings (hold_expires_at) WHERE status = 'held';
CREATE INDEX change_requests_expires_at ON change_requests (expires_at) WHERE status = 'proposed';
