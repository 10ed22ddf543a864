DROP FUNCTION local_date;
