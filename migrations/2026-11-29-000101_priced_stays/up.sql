-- When all nights of a stay were last priced together. A night that did not come to cost something else has lines from before that, which
-- do not tell which taxes it was priced under.
ALTER TABLE stays ADD COLUMN priced_at timestamptz;
