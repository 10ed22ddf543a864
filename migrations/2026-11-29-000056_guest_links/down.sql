ALTER TABLE outbox
    DROP CONSTRAINT outbox_actor_kind_check,
    ADD CONSTRAINT outbox_actor_kind_check CHECK (actor_kind IN ('user', 'api_key', 'anonymous', 'system'));
DROP INDEX bookings_unclaimed;
ALTER TABLE bookings DROP COLUMN contact_proved_at;
