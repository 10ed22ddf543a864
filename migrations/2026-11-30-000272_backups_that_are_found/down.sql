UPDATE backups SET cause = 'command' WHERE cause = 'found';
ALTER TABLE backups
    DROP CONSTRAINT backups_cause_check,
    ADD CONSTRAINT backups_cause_check CHECK (cause IN ('command', 'request', 'schedule'));
