DROP FUNCTION schema_version();
DROP FUNCTION rows_of_tables();
DROP TABLE installation;
DROP TABLE backups;
