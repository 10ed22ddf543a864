ALTER TABLE stays
    DROP COLUMN cancellation_terms,
    DROP COLUMN rate_plan_id;
-- Taxes that are no percentage cannot be told: this fails where there are any.
ALTER TABLE tax_rules
    DROP CONSTRAINT tax_rules_validity,
    DROP CONSTRAINT tax_rules_ages,
    DROP CONSTRAINT tax_rules_amount,
    DROP COLUMN valid_until,
    DROP COLUMN valid_from,
    DROP COLUMN max_nights,
    DROP COLUMN skip_nights,
    DROP COLUMN max_age,
    DROP COLUMN min_age,
    DROP COLUMN is_included,
    DROP COLUMN amount_minor,
    DROP COLUMN kind,
    ALTER COLUMN rate_ppm SET NOT NULL;
DROP TABLE rate_updates;
DROP TABLE rates;
DROP TABLE rate_plan_room_types;
DROP TABLE rate_plans;
ALTER TABLE properties DROP COLUMN age_bands_version;
DROP TABLE age_bands;
DROP TABLE cancellation_windows;
DROP TABLE cancellation_policies;
