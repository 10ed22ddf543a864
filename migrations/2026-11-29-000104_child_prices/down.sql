ALTER TABLE extras
    DROP CONSTRAINT extras_child_prices,
    DROP COLUMN child_prices;
