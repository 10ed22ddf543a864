-- How addresses were written before is not known any more, and nothing depends on it.
DROP INDEX properties_city;
CREATE INDEX properties_city ON properties (lower(city), id) WHERE NOT is_deleted;
DROP FUNCTION mentions(text, text);
DROP FUNCTION folded(text);
