-- Day use: a stay of one night, its day's, that its guests leave on the day itself. The night is theirs until they have left;
-- then it is given back, and the stay has none. The dates of its booking are those that are shown: it ends on the day of arrival.
ALTER TABLE stays
    ADD COLUMN is_day_use boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT stays_dates,
    ADD CONSTRAINT stays_dates CHECK (check_out > check_in OR (is_day_use AND status = 'checked_out' AND check_out = check_in)),
    ADD CONSTRAINT stays_day_use CHECK (NOT is_day_use OR check_out <= check_in + 1);
ALTER TABLE bookings
    DROP CONSTRAINT bookings_dates,
    ADD CONSTRAINT bookings_dates CHECK (check_out >= check_in);

-- Price of a room by day, minor units. Null: it is not sold by day; always null in derived plans.
ALTER TABLE rate_plan_room_types ADD COLUMN day_price_minor bigint CHECK (day_price_minor >= 0);
