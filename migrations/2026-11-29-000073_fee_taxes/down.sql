ALTER TABLE cancellation_policies
    DROP COLUMN late_cancellation_fee_tax,
    DROP COLUMN late_cancellation_fee_tax_rule_id,
    DROP COLUMN no_show_fee_tax,
    DROP COLUMN no_show_fee_tax_rule_id,
    DROP COLUMN early_departure_fee_tax,
    DROP COLUMN early_departure_fee_tax_rule_id;
DROP TRIGGER tax_rules_vat_treatment ON tax_rules;
DROP FUNCTION tax_rules_vat_treatment ();
ALTER TABLE tax_rules DROP COLUMN vat_treatment;
