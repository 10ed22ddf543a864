-- The moment that a restored installation is of. What gateways did after it is looked for before the quarantine ends.
ALTER TABLE installation ADD COLUMN restored_as_of timestamptz;
