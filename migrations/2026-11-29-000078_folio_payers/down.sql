ALTER TABLE folios DROP CONSTRAINT folios_one_payer, DROP COLUMN guest_id, DROP COLUMN account_id;
