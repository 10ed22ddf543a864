-- Whoever went back to less kept the rules: longer is never against them.
SELECT 1;
