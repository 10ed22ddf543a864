DROP INDEX properties_location;
DROP INDEX properties_city;
ALTER TABLE properties
    DROP CONSTRAINT properties_location,
    DROP COLUMN longitude,
    DROP COLUMN latitude;
