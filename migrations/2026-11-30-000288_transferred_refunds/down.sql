ALTER TABLE payments DROP COLUMN transferred_minor;
