DROP TABLE gl_codes;
DROP FUNCTION refuse_codes_of_closed;
