DROP INDEX erasures_unforgotten;
ALTER TABLE erasures DROP COLUMN tried_at;
ALTER TABLE erasures DROP COLUMN forgotten_at;
