-- Since when an erasure is listed beside the archives and its keys are destroyed; null before that. It comes first for all of
-- them: what is left, such as files that a backup holds, is tried in turn, so that none waits behind others that fail.
ALTER TABLE erasures ADD COLUMN forgotten_at timestamptz;
-- When that was tried last.
ALTER TABLE erasures ADD COLUMN tried_at timestamptz;
-- Those that an older process completes meanwhile are listed once more, which changes nothing.
UPDATE erasures SET forgotten_at = completed_at WHERE completed_at IS NOT NULL;
CREATE INDEX erasures_unforgotten ON erasures (id) WHERE forgotten_at IS NULL;
