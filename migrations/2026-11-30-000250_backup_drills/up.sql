-- The last drill that began to restore an archive, and why it did not prove it. One that has not ended says so: should its process
-- die, nobody tries the same archive again and again before the next night.
ALTER TABLE backups
    ADD COLUMN drilled_at timestamptz,
    ADD COLUMN drill_failure text,
    ADD CHECK (drilled_at IS NULL OR manifest IS NOT NULL),
    ADD CHECK (drill_failure IS NULL OR drilled_at IS NOT NULL);
UPDATE backups SET drilled_at = proven_at WHERE proven_at IS NOT NULL;
CREATE INDEX backups_drilled ON backups (drilled_at) WHERE drilled_at IS NOT NULL;
