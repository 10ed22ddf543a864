-- What is sold beside the room may bear taxes that no night bears.
ALTER TABLE tax_rules
    ADD COLUMN is_on_nights boolean NOT NULL DEFAULT true,
    ADD CONSTRAINT tax_rules_on_nights CHECK (is_on_nights OR kind = 'percent');
-- Extras that are in the price of a rate plan's nights.
CREATE TABLE rate_plan_extras (
    property_id uuid NOT NULL,
    rate_plan_id uuid NOT NULL,
    extra_id uuid NOT NULL,
    -- How many of it each night: for the room, or for each guest.
    quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 1000),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, rate_plan_id, extra_id),
    FOREIGN KEY (property_id, rate_plan_id) REFERENCES rate_plans (property_id, id),
    FOREIGN KEY (property_id, extra_id) REFERENCES extras (property_id, id)
);
CREATE INDEX rate_plan_extras_extra_id ON rate_plan_extras (property_id, extra_id);
CREATE CONSTRAINT TRIGGER note_catalogue_change AFTER INSERT OR UPDATE OR DELETE ON rate_plan_extras
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_catalogue_change();
