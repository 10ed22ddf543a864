-- Under which codes a hotel's accountants know its ledgers, kinds of lines and taxes: from a business date on, so that the journal of a closed date has
-- the codes that it had.
CREATE TABLE gl_codes (
    property_id uuid NOT NULL REFERENCES properties (id),
    valid_from date NOT NULL,
    codes jsonb NOT NULL CHECK (jsonb_typeof(codes) = 'object'),
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, valid_from)
);

CREATE FUNCTION refuse_codes_of_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM properties WHERE id = OLD.property_id AND business_date > OLD.valid_from) THEN
        RAISE EXCEPTION 'the codes of a closed date do not change' USING ERRCODE = 'check_violation', CONSTRAINT = 'gl_codes_closed';
    END IF;
    RETURN coalesce(NEW, OLD);
END
$$;
CREATE TRIGGER refuse_codes_of_closed BEFORE UPDATE OR DELETE ON gl_codes
    FOR EACH ROW EXECUTE FUNCTION refuse_codes_of_closed();
