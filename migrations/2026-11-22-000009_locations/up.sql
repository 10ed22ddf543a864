-- Where hotels are, for searching around a place. Degrees (WGS 84).
ALTER TABLE properties
    ADD COLUMN latitude double precision CHECK (latitude BETWEEN -90 AND 90),
    ADD COLUMN longitude double precision CHECK (longitude BETWEEN -180 AND 180),
    ADD CONSTRAINT properties_location CHECK ((latitude IS NULL) = (longitude IS NULL));
-- Cities are searched for whatever the case.
CREATE INDEX properties_city ON properties (lower(city), id) WHERE NOT is_deleted;
CREATE INDEX properties_location ON properties (latitude, longitude) WHERE latitude IS NOT NULL AND NOT is_deleted;
