-- Codes that come to a closed date would change its journal as much as codes that change. The property's row is shared, so that a date is not
-- closed meanwhile.
CREATE FUNCTION refuse_new_codes_of_closed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    today date;
BEGIN
    SELECT business_date INTO today FROM properties WHERE id = NEW.property_id FOR KEY SHARE;
    IF today > NEW.valid_from THEN
        RAISE EXCEPTION 'codes do not begin on the closed date %', NEW.valid_from
            USING ERRCODE = 'check_violation', CONSTRAINT = 'gl_codes_closed';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER refuse_new_codes_of_closed BEFORE INSERT OR UPDATE OF property_id, valid_from ON gl_codes
    FOR EACH ROW EXECUTE FUNCTION refuse_new_codes_of_closed();
