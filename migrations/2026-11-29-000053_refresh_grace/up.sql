-- The device that used a refresh token, as a digest of its address and browser: for some seconds it gets the same successor
-- once more, and nobody else does.
ALTER TABLE refresh_tokens ADD COLUMN used_by bytea;
