ALTER TABLE backups DROP COLUMN drilled_at, DROP COLUMN drill_failure;
