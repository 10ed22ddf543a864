-- Prices of an extra for children, by the code of their age band: others pay the price of the extra.
ALTER TABLE extras
    ADD COLUMN child_prices jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(child_prices) = 'object'),
    ADD CONSTRAINT extras_child_prices CHECK (child_prices = '{}' OR posted IN ('per_person', 'per_person_night'));
