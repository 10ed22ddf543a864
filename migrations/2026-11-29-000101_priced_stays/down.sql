ALTER TABLE stays DROP COLUMN priced_at;
