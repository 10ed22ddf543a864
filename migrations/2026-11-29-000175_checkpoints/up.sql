-- Checkpoints of the record: signed statements of how far each chain has come, to be kept elsewhere.

-- The keys that sign them, which sign nothing else. Public halves stay for good: old checkpoints are verified with them.
CREATE TABLE audit_keys (
    kid text PRIMARY KEY,
    public_key bytea NOT NULL CHECK (length(public_key) = 32),
    -- The secret half, sealed with the data key; gone once another key signs.
    secret bytea,
    retired_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT audit_keys_retired CHECK (num_nulls(secret, retired_at) = 1)
);
CREATE UNIQUE INDEX audit_keys_one_signs ON audit_keys ((retired_at IS NULL)) WHERE retired_at IS NULL;

CREATE TABLE audit_checkpoints (
    id uuid PRIMARY KEY,
    -- From 1 without a gap: each names the digest of the one before.
    number bigint NOT NULL CONSTRAINT audit_checkpoints_number_key UNIQUE CHECK (number > 0),
    -- Position in the outbox up to which it covers every event.
    position bigint NOT NULL,
    -- Statement that is signed, to the byte: canonical JSON (RFC 8785).
    statement text NOT NULL,
    digest bytea NOT NULL CHECK (digest = sha256(convert_to(statement, 'UTF8'))),
    kid text NOT NULL REFERENCES audit_keys (kid),
    signature bytea NOT NULL CHECK (length(signature) = 64),
    -- Heads of the chains, of which the statement has the digests.
    streams jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX audit_checkpoints_kid ON audit_checkpoints (kid);

CREATE FUNCTION refuse_change_of_checkpoints() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'checkpoints of the record are neither changed nor removed';
END $$;
CREATE TRIGGER audit_checkpoints_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_checkpoints();
