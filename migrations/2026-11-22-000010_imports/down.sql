ALTER TABLE bookings
    DROP CONSTRAINT bookings_one_creator,
    ADD CONSTRAINT bookings_creator CHECK (num_nonnulls(created_by, created_by_key) = 1);
