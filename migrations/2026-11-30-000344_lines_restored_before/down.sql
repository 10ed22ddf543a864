-- The names are right whether they were there at once or not, and go with their column.
SELECT 1;
