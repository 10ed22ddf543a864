ALTER TABLE rate_plans
    DROP CONSTRAINT rate_plans_default_shown,
    DROP COLUMN is_hidden;
