-- Plans are made once and know no parameters: a partial index serves a query only if what its condition says follows from the query's own words.
-- That a hold has an end does (`hold_expires_at <= $1`), that its status is a certain one (`status = $1`) does not.
DROP INDEX bookings_hold_expires_at;
CREATE INDEX bookings_hold_expires_at ON bookings (hold_expires_at, id) WHERE hold_expires_at IS NOT NULL;
DROP INDEX change_requests_expires_at;
-- Those that are over are many more.
CREATE INDEX stays_live ON stays (property_id, check_in) WHERE status IN ('held', 'confirmed', 'checked_in');
