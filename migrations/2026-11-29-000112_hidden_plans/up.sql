-- Rate plans that guests are sold with the code of an offer only.
ALTER TABLE rate_plans
    ADD COLUMN is_hidden boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT rate_plans_default_shown CHECK (NOT (is_default AND is_hidden));
