-- The keys by which personal values in the record of events are read, one for each event that has some. The record itself, its
-- copies and its archives have what was sealed and none of this.
CREATE TABLE person_keys (
    id uuid PRIMARY KEY,
    secret bytea NOT NULL CHECK (octet_length(secret) = 32),
    created_at timestamptz NOT NULL
);

-- The erasures of persons, by ids alone. Whatever is restored from a backup is compared with it.
CREATE TABLE listed_erasures (
    id uuid PRIMARY KEY,
    user_id uuid,
    profile_ids uuid[] NOT NULL,
    booking_ids uuid[] NOT NULL,
    erased_at timestamptz NOT NULL,
    signature text NOT NULL CHECK (length(signature) BETWEEN 1 AND 4000),
    key_id text NOT NULL CHECK (length(key_id) BETWEEN 1 AND 200),
    created_at timestamptz NOT NULL
);

CREATE INDEX listed_erasures_erased_at ON listed_erasures (erased_at, id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

-- A key is made and destroyed, and never becomes another one.
CREATE TRIGGER person_keys_never_change BEFORE UPDATE ON person_keys
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Erasures are added and stay.
CREATE TRIGGER listed_erasures_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON listed_erasures
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
