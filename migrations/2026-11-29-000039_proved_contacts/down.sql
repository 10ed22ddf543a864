DROP TABLE role_invitations;
-- Fails while two accounts have the same address or number: one of them must get another before.
DROP INDEX users_email;
DROP INDEX users_email_key;
DROP INDEX users_phone_key;
CREATE UNIQUE INDEX users_email_key ON users (email) WHERE NOT is_deleted;
CREATE UNIQUE INDEX users_phone_key ON users (phone) WHERE NOT is_deleted;
ALTER TABLE users DROP CONSTRAINT users_phone_proof, DROP COLUMN phone_verified_at;
