ALTER TABLE installation DROP COLUMN restored_as_of;
