ALTER TABLE idempotency_keys DROP COLUMN relied_on;
