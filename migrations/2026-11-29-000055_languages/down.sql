ALTER TABLE tax_rules DROP COLUMN texts;
ALTER TABLE cancellation_policies DROP COLUMN texts;
ALTER TABLE rate_plans DROP COLUMN texts;

-- A language without script and part of the world is the nearest that there is.
UPDATE bookings SET locale = split_part(locale, '-', 1) WHERE locale !~ '^[a-z]{2,3}(-[A-Z]{2})?$';
UPDATE properties SET default_locale = split_part(default_locale, '-', 1) WHERE default_locale !~ '^[a-z]{2,3}(-[A-Z]{2})?$';
UPDATE users SET locale = split_part(locale, '-', 1) WHERE locale !~ '^[a-z]{2,3}(-[A-Z]{2})?$';
ALTER TABLE bookings
    DROP CONSTRAINT bookings_locale_check,
    ADD CONSTRAINT bookings_locale_check CHECK (locale ~ '^[a-z]{2,3}(-[A-Z]{2})?$');
ALTER TABLE properties
    DROP CONSTRAINT properties_default_locale_check,
    ADD CONSTRAINT properties_default_locale_check CHECK (default_locale ~ '^[a-z]{2,3}(-[A-Z]{2})?$');
ALTER TABLE users
    DROP CONSTRAINT users_locale_check,
    ADD CONSTRAINT users_locale_check CHECK (locale ~ '^[a-z]{2,3}(-[A-Z]{2})?$');
