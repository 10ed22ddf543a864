-- How addresses were written before is not known any more, and nothing depends on it.
SELECT 1;
