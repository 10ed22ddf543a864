ALTER TABLE stays DROP COLUMN split_from;
