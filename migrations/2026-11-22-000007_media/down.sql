ALTER TABLE rooms DROP COLUMN features;
ALTER TABLE room_types DROP COLUMN texts;
ALTER TABLE properties DROP COLUMN texts, DROP COLUMN default_locale;
DROP INDEX users_avatar_key;
DROP TABLE images;
