-- Backups that were asked for, and what became of them. What an archive holds stands in its manifest, of which this is a copy:
-- the catalogue can be read from the manifests alone.
CREATE TABLE backups (
    id uuid PRIMARY KEY,
    status text NOT NULL CHECK (status IN ('requested', 'running', 'completed', 'failed', 'expired')),
    cause text NOT NULL CHECK (cause IN ('command', 'request', 'schedule')),
    requested_by uuid REFERENCES users (id),
    -- Name of the archive, from when it is begun.
    name text UNIQUE,
    size_bytes bigint CHECK (size_bytes >= 0),
    sha256 text,
    manifest jsonb,
    failure text,
    started_at timestamptz,
    finished_at timestamptz,
    -- When the archive was last restored, and found to be what its manifest says. Null: unproven.
    proven_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CHECK ((status IN ('completed', 'expired')) = (manifest IS NOT NULL AND size_bytes IS NOT NULL AND sha256 IS NOT NULL)),
    CHECK ((status = 'failed') = (failure IS NOT NULL)),
    CHECK (proven_at IS NULL OR manifest IS NOT NULL)
);
-- One at a time: one waits or runs.
CREATE UNIQUE INDEX backups_one_open ON backups ((true)) WHERE status IN ('requested', 'running');
CREATE INDEX backups_proven ON backups (proven_at) WHERE proven_at IS NOT NULL;

-- The installation itself: one row.
CREATE TABLE installation (
    id boolean PRIMARY KEY DEFAULT true CHECK (id),
    -- Since when HBS sends nothing, because it was restored and nobody has said `hbs resume` yet.
    quarantined_since timestamptz,
    -- Name of the archive that it was restored from.
    restored_from text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO installation DEFAULT VALUES;

-- The number of rows of each table, as the transaction sees them.
CREATE FUNCTION rows_of_tables() RETURNS TABLE (name text, rows bigint) LANGUAGE plpgsql STABLE AS $$
BEGIN
    FOR name IN SELECT t.tablename::text FROM pg_tables t WHERE t.schemaname = current_schema() ORDER BY 1 LOOP
        EXECUTE format('SELECT count(*) FROM %I.%I', current_schema(), name) INTO rows;
        RETURN NEXT;
    END LOOP;
END $$;

-- The newest migration that the database has; null where Diesel has not noted any.
CREATE FUNCTION schema_version() RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    newest text;
BEGIN
    IF to_regclass('__diesel_schema_migrations') IS NOT NULL THEN
        EXECUTE 'SELECT max(version) FROM __diesel_schema_migrations' INTO newest;
    END IF;
    RETURN newest;
END $$;
