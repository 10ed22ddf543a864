-- Languages as they are written (BCP 47) with script and part of the world: zh-Hant-TW, es-419.
ALTER TABLE users
    DROP CONSTRAINT users_locale_check,
    ADD CONSTRAINT users_locale_check CHECK (locale ~ '^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$');
ALTER TABLE properties
    DROP CONSTRAINT properties_default_locale_check,
    ADD CONSTRAINT properties_default_locale_check
        CHECK (default_locale ~ '^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$');
ALTER TABLE bookings
    DROP CONSTRAINT bookings_locale_check,
    ADD CONSTRAINT bookings_locale_check CHECK (locale ~ '^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$');

-- Names and descriptions in languages beside the property's own, as room types have them.
ALTER TABLE rate_plans ADD COLUMN texts jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(texts) = 'object');
ALTER TABLE cancellation_policies ADD COLUMN texts jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(texts) = 'object');
ALTER TABLE tax_rules ADD COLUMN texts jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(texts) = 'object');
