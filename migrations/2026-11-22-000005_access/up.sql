-- Accounts as people live with them: addresses to be verified, invitations, second factors,
-- lock-outs, keys for integrations, and what has to be forgotten by every process.

ALTER TABLE users
    -- Somebody who was invited has no password yet.
    ALTER COLUMN password_hash DROP NOT NULL,
    ADD COLUMN email_verified_at timestamptz,
    ADD COLUMN locale text NOT NULL DEFAULT 'en' CHECK (locale ~ '^[a-z]{2,3}(-[A-Z]{2})?$'),
    -- Where the picture lies in object storage.
    ADD COLUMN avatar_key text,
    ADD COLUMN suspended_at timestamptz,
    ADD COLUMN suspended_reason text CHECK (length(suspended_reason) BETWEEN 1 AND 500),
    ADD COLUMN last_login_at timestamptz,
    -- Since when a second factor is asked for; null until a first code has proved that the device has the secret.
    ADD COLUMN second_factor_since timestamptz,
    DROP CONSTRAINT users_status_check,
    ADD CONSTRAINT users_status_check CHECK (status IN ('invited', 'active', 'suspended')),
    ADD CONSTRAINT users_suspension CHECK (
        (status = 'suspended') = (suspended_at IS NOT NULL) AND (suspended_at IS NULL) = (suspended_reason IS NULL)
    ),
    ADD CONSTRAINT users_password CHECK (password_hash IS NOT NULL OR status <> 'active');

ALTER TABLE sessions
    -- When the second factor was shown, if it was: what roles grant can hang on it.
    ADD COLUMN second_factor_at timestamptz,
    DROP CONSTRAINT sessions_revoked_reason_check,
    ADD CONSTRAINT sessions_revoked_reason_check CHECK (
        revoked_reason IN (
            'logout', 'logout_all', 'revoked', 'refresh_reuse', 'password_changed', 'password_reset',
            'second_factor_changed', 'suspended', 'deleted'
        )
    );

-- From where somebody has signed in of late, also in sessions that have ended.
CREATE INDEX sessions_sign_ins ON sessions (user_id, created_at);

-- Secrets that are sent to people, by hash: each is good once and not for long.
CREATE TABLE user_tokens (
    token_hash bytea PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    purpose text NOT NULL CHECK (purpose IN ('verify_email', 'reset_password', 'invitation', 'second_factor')),
    -- The address that it proves, or that it was sent to.
    email text CHECK (email = lower(email) AND length(email) <= 254),
    failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX user_tokens_user_id ON user_tokens (user_id, purpose);
CREATE INDEX user_tokens_expires_at ON user_tokens (expires_at);

-- Time-based one-time passwords (RFC 6238). The secret is sealed with the data key.
CREATE TABLE second_factors (
    user_id uuid PRIMARY KEY REFERENCES users (id),
    secret bytea NOT NULL,
    -- The time step of the last code that was taken: each code is good once.
    last_step bigint,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES users (id),
    code_hash bytea NOT NULL,
    used_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);

ALTER TABLE roles
    -- Whether what the role grants holds only in sessions that showed a second factor.
    ADD COLUMN requires_second_factor boolean NOT NULL DEFAULT false;

-- Failed sign-ins in a row, by a digest of the account, or of the login where there is no account,
-- so that both are locked out alike.
CREATE TABLE login_failures (
    subject bytea PRIMARY KEY,
    failures integer NOT NULL CHECK (failures > 0),
    last_failed_at timestamptz NOT NULL,
    locked_until timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX login_failures_last_failed_at ON login_failures (last_failed_at);

CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    secret_hash bytea NOT NULL,
    created_by uuid NOT NULL REFERENCES users (id),
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE api_key_grants (
    id uuid PRIMARY KEY,
    api_key_id uuid NOT NULL REFERENCES api_keys (id),
    permission text NOT NULL CHECK (permission ~ '^[a-z_]+:[a-z_]+$'),
    -- Null means all properties.
    property_id uuid REFERENCES properties (id),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT api_key_grants_once UNIQUE NULLS NOT DISTINCT (api_key_id, permission, property_id)
);
CREATE INDEX api_key_grants_property_id ON api_key_grants (property_id);

-- What processes have yet to be told to forget, written in the transaction of the change and
-- removed when Redis has been told: a process that dies in between leaves it for the others.
CREATE TABLE invalidations (
    id uuid PRIMARY KEY,
    subject_kind text NOT NULL CHECK (subject_kind IN ('session', 'user', 'api_key')),
    subject_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- The keys that sign access tokens. The secret half is sealed with the data key.
CREATE TABLE signing_keys (
    kid text PRIMARY KEY,
    secret bytea NOT NULL,
    -- From when on it signs, unless a later one does.
    signs_from timestamptz NOT NULL,
    -- Until when its signatures count; null while no later key has replaced it.
    verifies_until timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- Mail to be sent, written in the transaction that gives cause for it. It holds no secret: tokens are
-- made, and texts written, when it is sent.
CREATE TABLE mail_queue (
    id uuid PRIMARY KEY,
    kind text NOT NULL CONSTRAINT mail_queue_kind_check CHECK (
        kind IN (
            'verify_email', 'reset_password', 'invitation', 'password_changed', 'email_changed', 'second_factor_changed'
        )
    ),
    address text NOT NULL CHECK (length(address) <= 254),
    user_id uuid REFERENCES users (id),
    params jsonb NOT NULL DEFAULT '{}',
    attempts integer NOT NULL DEFAULT 0,
    -- When it is tried next; null when it was given up.
    due_at timestamptz,
    last_error text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX mail_queue_due_at ON mail_queue (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE wishlist_items (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    property_id uuid NOT NULL,
    room_type_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    FOREIGN KEY (property_id, room_type_id) REFERENCES room_types (property_id, id),
    CONSTRAINT wishlist_items_once UNIQUE (user_id, room_type_id)
);

-- An integration can act where a person could.
ALTER TABLE outbox
    DROP CONSTRAINT outbox_actor_kind_check,
    ADD CONSTRAINT outbox_actor_kind_check CHECK (actor_kind IN ('user', 'api_key', 'anonymous', 'system'));
ALTER TABLE bookings
    ALTER COLUMN created_by DROP NOT NULL,
    ADD COLUMN created_by_key uuid REFERENCES api_keys (id),
    ADD CONSTRAINT bookings_creator CHECK (num_nonnulls(created_by, created_by_key) = 1);
