-- What the command line imports, HBS itself made: nobody is named.
ALTER TABLE bookings
    DROP CONSTRAINT bookings_creator,
    ADD CONSTRAINT bookings_one_creator CHECK (num_nonnulls(created_by, created_by_key) <= 1);
