-- Stays by day become stays of a night: those that gave it back seem to have had it, which `hbs inventory verify` tells.
UPDATE stays SET check_out = check_in + 1, booked_check_out = NULL WHERE check_out = check_in;
UPDATE bookings SET check_out = check_in + 1 WHERE check_out = check_in;
ALTER TABLE stays
    DROP CONSTRAINT stays_day_use,
    DROP CONSTRAINT stays_dates,
    ADD CONSTRAINT stays_dates CHECK (check_out > check_in),
    DROP COLUMN is_day_use;
ALTER TABLE bookings
    DROP CONSTRAINT bookings_dates,
    ADD CONSTRAINT bookings_dates CHECK (check_out > check_in);
ALTER TABLE rate_plan_room_types DROP COLUMN day_price_minor;
