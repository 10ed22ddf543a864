-- An address or number belongs to whoever has proved it. Until then anybody may have typed it, so nobody is refused because of it, and nobody
-- learns by it who has an account.
ALTER TABLE users
    ADD COLUMN phone_verified_at timestamptz,
    ADD CONSTRAINT users_phone_proof CHECK (phone_verified_at IS NULL OR phone IS NOT NULL);
-- Numbers were unique so far, and people sign in with theirs: those of people with a proved address stay what they were.
UPDATE users SET phone_verified_at = email_verified_at WHERE phone IS NOT NULL AND email_verified_at IS NOT NULL;
DROP INDEX users_email_key;
DROP INDEX users_phone_key;
-- Who was invited has no password yet, and is known by the address alone.
CREATE UNIQUE INDEX users_email_key ON users (email)
    WHERE NOT is_deleted AND (email_verified_at IS NOT NULL OR password_hash IS NULL);
CREATE UNIQUE INDEX users_phone_key ON users (phone) WHERE NOT is_deleted AND phone_verified_at IS NOT NULL;
CREATE INDEX users_email ON users (email, id) WHERE NOT is_deleted;

-- A role at a property for somebody who does not work there yet: it is theirs once they accept.
CREATE TABLE role_invitations (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    role_id uuid NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    property_id uuid NOT NULL REFERENCES properties (id),
    -- Whoever answers for it: it lapses when they may no longer give the role.
    invited_by uuid NOT NULL REFERENCES users (id),
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'accepted', 'declined', 'withdrawn')),
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX role_invitations_user_id ON role_invitations (user_id, id);
CREATE INDEX role_invitations_property_id ON role_invitations (property_id, id);
CREATE INDEX role_invitations_role_id ON role_invitations (role_id);
