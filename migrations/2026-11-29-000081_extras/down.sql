DROP TABLE extra_taxes;
DROP TABLE extras;
