-- Stays that bear no taxes from a date on: of diplomats, of people who work for a state.
CREATE TABLE tax_exemptions (
    property_id uuid NOT NULL,
    stay_id uuid NOT NULL,
    from_date date NOT NULL,
    -- The rules that it is exempt from. None: all.
    tax_rule_ids uuid[] CHECK (cardinality(tax_rule_ids) > 0),
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    -- Number of the certificate, or whatever proves it.
    reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 100),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, stay_id),
    FOREIGN KEY (property_id, stay_id) REFERENCES stays (property_id, id)
);
