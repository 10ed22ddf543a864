DROP TABLE audit_checkpoints;
DROP FUNCTION refuse_change_of_checkpoints;
DROP TABLE audit_keys;
