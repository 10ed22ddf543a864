DROP TABLE listed_erasures;
DROP TABLE person_keys;
DROP FUNCTION refuse_change;
