-- Domains register the kinds of letters that they write, so a kind more is no migration.
ALTER TABLE mail_queue
    DROP CONSTRAINT mail_queue_kind_check,
    ADD CONSTRAINT mail_queue_kind_check CHECK (kind ~ '^[a-z]+(_[a-z]+)*$');
