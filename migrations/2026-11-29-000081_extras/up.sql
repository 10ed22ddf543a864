-- What a hotel sells beside the room: breakfasts, parking, a late departure.
CREATE TABLE extras (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 5000),
    texts jsonb NOT NULL DEFAULT '{}',
    -- Price of one, as entered: with the taxes that prices hold.
    price_minor bigint NOT NULL CHECK (price_minor >= 0),
    -- How often it is charged: for each night, for each guest, for each guest and night, for each stay, or once.
    posted text NOT NULL CHECK (posted IN ('per_night', 'per_person', 'per_person_night', 'per_stay', 'once')),
    -- The day on which it is served and charged: that of the night or the one after it, or a day of the stay.
    day text NOT NULL CHECK (day IN ('night', 'next_day', 'arrival', 'departure')),
    -- How many can be sold with a stay; none for no highest number.
    min_quantity integer NOT NULL DEFAULT 1 CHECK (min_quantity BETWEEN 1 AND 1000),
    max_quantity integer CHECK (max_quantity BETWEEN 1 AND 1000),
    -- Whether it is sold no more: what was sold goes on.
    is_archived boolean NOT NULL DEFAULT false,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    CONSTRAINT extras_day CHECK ((posted IN ('per_night', 'per_person_night')) = (day IN ('night', 'next_day'))),
    CONSTRAINT extras_quantities CHECK (max_quantity >= min_quantity)
);
CREATE INDEX extras_id ON extras (id);

-- The taxes that an extra bears, which need not be those of rooms.
CREATE TABLE extra_taxes (
    property_id uuid NOT NULL,
    extra_id uuid NOT NULL,
    tax_rule_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, extra_id, tax_rule_id),
    FOREIGN KEY (property_id, extra_id) REFERENCES extras (property_id, id) ON DELETE CASCADE,
    FOREIGN KEY (property_id, tax_rule_id) REFERENCES tax_rules (property_id, id)
);
CREATE INDEX extra_taxes_tax_rule_id ON extra_taxes (property_id, tax_rule_id);

-- They are part of what a process remembers of a hotel.
CREATE CONSTRAINT TRIGGER note_catalogue_change AFTER INSERT OR UPDATE OR DELETE ON extras
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_catalogue_change();
CREATE CONSTRAINT TRIGGER note_catalogue_change AFTER INSERT OR UPDATE OR DELETE ON extra_taxes
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_catalogue_change();
