-- How a tax stands to value added tax: it is one (`vat`), or a levy that is part of what bears it (`levy_in_base`), is exempt from
-- it (`levy_exempt`) or outside of it (`levy_outside`).
ALTER TABLE tax_rules
    ADD COLUMN vat_treatment text CHECK (vat_treatment IN ('vat', 'levy_in_base', 'levy_exempt', 'levy_outside')),
    ADD CONSTRAINT tax_rules_vat CHECK (vat_treatment <> 'vat' OR kind = 'percent');
ALTER TABLE tax_rules
    ALTER COLUMN vat_treatment TYPE text USING CASE WHEN kind = 'percent' THEN 'vat' ELSE 'levy_outside' END,
    ALTER COLUMN vat_treatment SET NOT NULL;

-- Whoever does not say, such as an older process, means what the kind is most likely.
CREATE FUNCTION tax_rules_vat_treatment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.vat_treatment := coalesce(NEW.vat_treatment, CASE WHEN NEW.kind = 'percent' THEN 'vat' ELSE 'levy_outside' END);
    RETURN NEW;
END
$$;
CREATE TRIGGER tax_rules_vat_treatment BEFORE INSERT ON tax_rules FOR EACH ROW EXECUTE FUNCTION tax_rules_vat_treatment();

-- The tax that a fee bears, by its cause: none, what the room bears, or that of a rule. Which is right, law and wording decide.
ALTER TABLE cancellation_policies
    ADD COLUMN late_cancellation_fee_tax text NOT NULL DEFAULT 'none',
    ADD COLUMN late_cancellation_fee_tax_rule_id uuid,
    ADD COLUMN no_show_fee_tax text NOT NULL DEFAULT 'none',
    ADD COLUMN no_show_fee_tax_rule_id uuid,
    ADD COLUMN early_departure_fee_tax text NOT NULL DEFAULT 'none',
    ADD COLUMN early_departure_fee_tax_rule_id uuid,
    ADD CONSTRAINT cancellation_policies_fee_taxes CHECK (
        late_cancellation_fee_tax IN ('none', 'as_room', 'rule')
        AND no_show_fee_tax IN ('none', 'as_room', 'rule')
        AND early_departure_fee_tax IN ('none', 'as_room', 'rule')
        AND (late_cancellation_fee_tax = 'rule') = (late_cancellation_fee_tax_rule_id IS NOT NULL)
        AND (no_show_fee_tax = 'rule') = (no_show_fee_tax_rule_id IS NOT NULL)
        AND (early_departure_fee_tax = 'rule') = (early_departure_fee_tax_rule_id IS NOT NULL)
    ),
    ADD FOREIGN KEY (property_id, late_cancellation_fee_tax_rule_id) REFERENCES tax_rules (property_id, id),
    ADD FOREIGN KEY (property_id, no_show_fee_tax_rule_id) REFERENCES tax_rules (property_id, id),
    ADD FOREIGN KEY (property_id, early_departure_fee_tax_rule_id) REFERENCES tax_rules (property_id, id);
