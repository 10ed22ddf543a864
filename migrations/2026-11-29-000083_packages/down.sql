DROP TABLE rate_plan_extras;
ALTER TABLE tax_rules DROP COLUMN is_on_nights;
