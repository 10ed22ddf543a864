-- The fewest nights of any stay that has this night, whenever it begins: beside the minimum of stays that begin on it.
ALTER TABLE rates ADD COLUMN min_stay_through integer CHECK (min_stay_through BETWEEN 1 AND 365);
