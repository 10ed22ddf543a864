DROP TRIGGER refuse_new_codes_of_closed ON gl_codes;
DROP FUNCTION refuse_new_codes_of_closed;
