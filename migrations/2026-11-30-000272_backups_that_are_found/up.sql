-- After a restore, archives that are younger than the restored one are found in their place, and get rows by their manifests.
ALTER TABLE backups
    DROP CONSTRAINT backups_cause_check,
    ADD CONSTRAINT backups_cause_check CHECK (cause IN ('command', 'request', 'schedule', 'found'));
