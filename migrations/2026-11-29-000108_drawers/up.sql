-- Cash drawers: whoever takes cash at the desk answers for a drawer, from the float to the count.
CREATE TABLE drawers (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    -- The person who answers for it.
    user_id uuid NOT NULL REFERENCES users (id),
    status text NOT NULL CHECK (status IN ('open', 'closed')),
    currency text NOT NULL,
    -- Business date on which it was opened.
    business_date date NOT NULL,
    float_minor bigint NOT NULL CHECK (float_minor >= 0),
    -- What was counted, and what there should have been: known once it is closed.
    counted_minor bigint CHECK (counted_minor >= 0),
    expected_minor bigint,
    note text CHECK (length(note) BETWEEN 1 AND 500),
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    CONSTRAINT drawers_closed CHECK (
        (status = 'closed') = (closed_at IS NOT NULL) AND (status = 'closed') = (counted_minor IS NOT NULL)
        AND (status = 'closed') = (expected_minor IS NOT NULL)
    )
);
CREATE INDEX drawers_id ON drawers (id);
CREATE INDEX drawers_user_id ON drawers (user_id);
-- A person has one open drawer at a hotel.
CREATE UNIQUE INDEX drawers_one_open ON drawers (property_id, user_id) WHERE status = 'open';

-- Cash that goes into a drawer or out of it beside payments and refunds. Rows are added and never changed.
CREATE TABLE drawer_movements (
    property_id uuid NOT NULL,
    id uuid NOT NULL,
    drawer_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('drop', 'paid_out', 'paid_in')),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, drawer_id) REFERENCES drawers (property_id, id)
);
CREATE INDEX drawer_movements_drawer_id ON drawer_movements (property_id, drawer_id);

-- What is closed stays as it was counted.
CREATE FUNCTION check_drawer_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'closed'
       OR ROW (OLD.user_id, OLD.currency, OLD.business_date, OLD.float_minor, OLD.opened_at)
          IS DISTINCT FROM ROW (NEW.user_id, NEW.currency, NEW.business_date, NEW.float_minor, NEW.opened_at) THEN
        RAISE EXCEPTION 'a drawer is counted once, and is what it was opened as'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'drawers_counted_once';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER check_drawer_move AFTER UPDATE ON drawers FOR EACH ROW EXECUTE FUNCTION check_drawer_move();

-- The drawer into which a payment went in cash, and that out of which one was paid back.
ALTER TABLE payments
    ADD COLUMN drawer_id uuid,
    ADD FOREIGN KEY (property_id, drawer_id) REFERENCES drawers (property_id, id),
    ADD CONSTRAINT payments_drawer CHECK (drawer_id IS NULL OR method = 'cash');
CREATE INDEX payments_drawer_id ON payments (property_id, drawer_id) WHERE drawer_id IS NOT NULL;
ALTER TABLE refunds
    ADD COLUMN drawer_id uuid,
    ADD FOREIGN KEY (property_id, drawer_id) REFERENCES drawers (property_id, id);
CREATE INDEX refunds_drawer_id ON refunds (property_id, drawer_id) WHERE drawer_id IS NOT NULL;
