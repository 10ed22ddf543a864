DROP TABLE lost_items;
ALTER TABLE properties DROP COLUMN lost_property_days;
