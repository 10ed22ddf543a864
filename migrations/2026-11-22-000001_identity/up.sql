-- Who may do what: users, their sessions, and roles assigned per property or for all of them.

CREATE TABLE users (
    id uuid PRIMARY KEY,
    email text NOT NULL CHECK (email = lower(email) AND length(email) <= 254),
    phone text CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
    full_name text NOT NULL CHECK (length(full_name) BETWEEN 1 AND 200),
    password_hash text NOT NULL,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
    version bigint NOT NULL DEFAULT 1,
    is_deleted boolean NOT NULL DEFAULT false,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT users_deletion CHECK (is_deleted = (deleted_at IS NOT NULL))
);
-- Unique among the living: a deleted user's address can be registered again.
CREATE UNIQUE INDEX users_email_key ON users (email) WHERE NOT is_deleted;
CREATE UNIQUE INDEX users_phone_key ON users (phone) WHERE NOT is_deleted;

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    ip_address text,
    user_agent text CHECK (length(user_agent) <= 500),
    expires_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    revoked_at timestamptz,
    revoked_reason text CHECK (revoked_reason IN ('logout', 'refresh_reuse')),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT sessions_revocation CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL))
);
CREATE INDEX sessions_user_id ON sessions (user_id) WHERE revoked_at IS NULL;

-- Every refresh token a session ever had, by hash: one that is used twice ends the session.
CREATE TABLE refresh_tokens (
    token_hash bytea PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions (id),
    used_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX refresh_tokens_session_id ON refresh_tokens (session_id);

CREATE TABLE roles (
    id uuid PRIMARY KEY,
    code text NOT NULL CONSTRAINT roles_code_key UNIQUE CHECK (code ~ '^[a-z][a-z0-9_]{1,49}$'),
    name text NOT NULL,
    description text NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- The catalogue of permissions is code; a name that the code no longer knows grants nothing.
CREATE TABLE role_permissions (
    role_id uuid NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    permission text NOT NULL CHECK (permission ~ '^[a-z_]+:[a-z_]+$'),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (role_id, permission)
);
