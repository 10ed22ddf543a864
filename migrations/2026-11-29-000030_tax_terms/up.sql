-- What a tax was when it was charged: its rule may be another one by now, or gone, and the night keeps its price all the same.
ALTER TABLE folio_entries
    -- Whether the price as entered held the tax, or it was added to it. None for what is no tax.
    ADD COLUMN tax_included boolean,
    -- The rate of a percentage. None for a fixed amount.
    ADD COLUMN tax_rate_ppm integer;

-- An older process goes on beside this and names neither; nor does a quote or an agreement from before.
CREATE FUNCTION fill_tax_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT is_included, rate_ppm INTO NEW.tax_included, NEW.tax_rate_ppm
        FROM tax_rules WHERE property_id = NEW.property_id AND id = NEW.tax_rule_id;
    RETURN NEW;
END
$$;
CREATE TRIGGER fill_tax_terms BEFORE INSERT ON folio_entries
    FOR EACH ROW WHEN (NEW.kind = 'tax' AND NEW.tax_included IS NULL) EXECUTE FUNCTION fill_tax_terms();
