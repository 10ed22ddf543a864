-- Content of websites: pages, banners, questions, policies and the like, of one hotel or of all, each in its languages.
--
-- What a version says is a document in MongoDB, which is written first and never changed. Here is which versions there are, and of
-- each language the head: its address, its state, which version is worked on, which one is public, which one is to be.
--
-- `site_id` is the hotel, or the nil UUID for what is of all hotels: what leads keys cannot be null.

CREATE TABLE content_items (
    -- None for all hotels.
    property_id uuid REFERENCES properties (id),
    site_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(property_id, '00000000-0000-0000-0000-000000000000'::uuid)) STORED,
    id uuid NOT NULL,
    kind text NOT NULL CHECK (
        kind IN (
            'page', 'banner', 'announcement', 'faq', 'policy', 'testimonial', 'facility', 'promotion', 'hotel_information'
        )
    ),
    -- What staff call it.
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    -- Its place in lists of its kind.
    position integer NOT NULL DEFAULT 0 CHECK (position BETWEEN 0 AND 10000),
    version bigint NOT NULL DEFAULT 1,
    is_deleted boolean NOT NULL DEFAULT false,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (site_id, id),
    CONSTRAINT content_items_id UNIQUE (id),
    CONSTRAINT content_items_deletion CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE INDEX content_items_property_id ON content_items (property_id) WHERE property_id IS NOT NULL;

-- The versions that there are. A row is written after its document, so that no head names one that is not there.
CREATE TABLE content_versions (
    site_id uuid NOT NULL,
    content_id uuid NOT NULL,
    locale text NOT NULL CHECK (length(locale) BETWEEN 2 AND 12),
    -- The id of the document.
    id uuid NOT NULL,
    number integer NOT NULL CHECK (number >= 1),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    summary text CHECK (length(summary) BETWEEN 1 AND 500),
    -- All that it says, without marks, as searches read it.
    text text NOT NULL,
    -- SHA-256 of the document's content: what is the same is no new version.
    digest bytea NOT NULL CHECK (length(digest) = 32),
    -- The user who wrote it; none for HBS itself and for integrations.
    author_id uuid,
    -- The number of the version that it restores.
    restored_from integer,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (site_id, content_id, locale, id),
    CONSTRAINT content_versions_number UNIQUE (site_id, content_id, locale, number),
    FOREIGN KEY (site_id, content_id) REFERENCES content_items (site_id, id)
);
CREATE INDEX content_versions_id ON content_versions (id);

CREATE FUNCTION refuse_content_version_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'versions of content are never changed' USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON content_versions
    FOR EACH ROW EXECUTE FUNCTION refuse_content_version_change();

-- Each language of an item, which goes its own way.
CREATE TABLE content_locales (
    site_id uuid NOT NULL,
    content_id uuid NOT NULL,
    locale text NOT NULL CHECK (length(locale) BETWEEN 2 AND 12),
    -- Its address; none for what is only part of lists.
    slug text CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 100),
    -- The state of the version that is worked on.
    status text NOT NULL CHECK (status IN ('draft', 'in_review', 'published', 'archived')),
    working_id uuid NOT NULL,
    working_number integer NOT NULL,
    -- Why it came back from review; none once somebody has gone on with it.
    review_comment text CHECK (length(review_comment) BETWEEN 1 AND 1000),
    -- What the public reads; none if nothing.
    published_id uuid,
    published_number integer,
    published_at timestamptz,
    -- Whether the public has ever read it at its address.
    was_published boolean NOT NULL DEFAULT false,
    -- For searches: the public version's.
    published_title text,
    published_summary text,
    published_text text,
    -- The version that goes live by itself, and when: the instant, and what was written, in which zone.
    publish_id uuid,
    publish_number integer,
    publish_at timestamptz,
    publish_local timestamp,
    unpublish_at timestamptz,
    unpublish_local timestamp,
    schedule_zone text,
    -- Taken over from the item, for addresses.
    is_deleted boolean NOT NULL DEFAULT false,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (site_id, content_id, locale),
    FOREIGN KEY (site_id, content_id) REFERENCES content_items (site_id, id),
    FOREIGN KEY (site_id, content_id, locale, working_id) REFERENCES content_versions (site_id, content_id, locale, id),
    FOREIGN KEY (site_id, content_id, locale, published_id) REFERENCES content_versions (site_id, content_id, locale, id),
    FOREIGN KEY (site_id, content_id, locale, publish_id) REFERENCES content_versions (site_id, content_id, locale, id),
    CONSTRAINT content_locales_published CHECK (
        num_nonnulls(published_id, published_number, published_at, published_title, published_text) IN (0, 5)
        AND (published_id IS NULL OR was_published)
    ),
    CONSTRAINT content_locales_status CHECK (
        (status = 'published') = coalesce(published_id = working_id, false) AND (status <> 'archived' OR published_id IS NULL)
    ),
    CONSTRAINT content_locales_publish CHECK (num_nonnulls(publish_id, publish_number, publish_at, publish_local) IN (0, 4)),
    CONSTRAINT content_locales_unpublish CHECK (num_nonnulls(unpublish_at, unpublish_local) IN (0, 2)),
    CONSTRAINT content_locales_zone CHECK ((schedule_zone IS NULL) = (publish_at IS NULL AND unpublish_at IS NULL)),
    CONSTRAINT content_locales_order CHECK (publish_at < unpublish_at),
    CONSTRAINT content_locales_archived CHECK (status <> 'archived' OR unpublish_at IS NULL OR publish_at IS NOT NULL)
);
CREATE UNIQUE INDEX content_locales_slug ON content_locales (site_id, locale, slug) WHERE slug IS NOT NULL AND NOT is_deleted;
CREATE INDEX content_locales_live_slug ON content_locales (site_id, slug) WHERE published_id IS NOT NULL AND NOT is_deleted;
CREATE INDEX content_locales_publish_due ON content_locales (publish_at) WHERE publish_at IS NOT NULL AND NOT is_deleted;
CREATE INDEX content_locales_unpublish_due ON content_locales (unpublish_at) WHERE unpublish_at IS NOT NULL AND NOT is_deleted;

-- Whatever becomes public brings its texts for searches along.
CREATE FUNCTION keep_published_texts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT title, summary, text INTO NEW.published_title, NEW.published_summary, NEW.published_text
    FROM content_versions
    WHERE site_id = NEW.site_id AND content_id = NEW.content_id AND locale = NEW.locale AND id = NEW.published_id;
    RETURN NEW;
END
$$;
CREATE TRIGGER keep_published_texts BEFORE UPDATE ON content_locales FOR EACH ROW
    WHEN (OLD.published_id IS DISTINCT FROM NEW.published_id) EXECUTE FUNCTION keep_published_texts();

-- How the words of a language are told apart: by PostgreSQL's dictionary of it, where there is one.
CREATE FUNCTION dictionary_of(locale text) RETURNS regconfig LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
    CASE split_part(locale, '-', 1)
        WHEN 'da' THEN 'pg_catalog.danish'::regconfig
        WHEN 'de' THEN 'pg_catalog.german'::regconfig
        WHEN 'en' THEN 'pg_catalog.english'::regconfig
        WHEN 'es' THEN 'pg_catalog.spanish'::regconfig
        WHEN 'fi' THEN 'pg_catalog.finnish'::regconfig
        WHEN 'fr' THEN 'pg_catalog.french'::regconfig
        WHEN 'hu' THEN 'pg_catalog.hungarian'::regconfig
        WHEN 'it' THEN 'pg_catalog.italian'::regconfig
        WHEN 'nl' THEN 'pg_catalog.dutch'::regconfig
        WHEN 'no' THEN 'pg_catalog.norwegian'::regconfig
        WHEN 'pt' THEN 'pg_catalog.portuguese'::regconfig
        WHEN 'ro' THEN 'pg_catalog.romanian'::regconfig
        WHEN 'ru' THEN 'pg_catalog.russian'::regconfig
        WHEN 'sv' THEN 'pg_catalog.swedish'::regconfig
        WHEN 'tr' THEN 'pg_catalog.turkish'::regconfig
        ELSE 'pg_catalog.simple'::regconfig
    END;

-- What a search compares: words of the title count most.
CREATE FUNCTION content_words(locale text, title text, summary text, text text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    setweight(to_tsvector(dictionary_of(locale), folded(coalesce(title, ''))), 'A')
    || setweight(to_tsvector(dictionary_of(locale), folded(coalesce(summary, ''))), 'B')
    || to_tsvector(dictionary_of(locale), folded(coalesce(text, '')));

CREATE INDEX content_locales_words ON content_locales
    USING gin (content_words(locale, published_title, published_summary, published_text))
    WHERE published_id IS NOT NULL AND NOT is_deleted;

-- Former addresses. Each leads to the item, not to another address, so that none leads in a circle.
CREATE TABLE content_redirects (
    site_id uuid NOT NULL,
    locale text NOT NULL,
    slug text NOT NULL,
    content_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (site_id, locale, slug),
    FOREIGN KEY (site_id, content_id, locale) REFERENCES content_locales (site_id, content_id, locale)
);
CREATE INDEX content_redirects_content_id ON content_redirects (site_id, content_id, locale);

-- Pictures for content, of one hotel or of all.
CREATE TABLE content_media (
    property_id uuid REFERENCES properties (id),
    site_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(property_id, '00000000-0000-0000-0000-000000000000'::uuid)) STORED,
    id uuid NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    key text NOT NULL,
    format text NOT NULL CHECK (format IN ('jpeg', 'webp')),
    sizes jsonb NOT NULL,
    -- The point that stays visible when the picture is cut, in percent from the left and from the top.
    focal_x integer NOT NULL DEFAULT 50 CHECK (focal_x BETWEEN 0 AND 100),
    focal_y integer NOT NULL DEFAULT 50 CHECK (focal_y BETWEEN 0 AND 100),
    version bigint NOT NULL DEFAULT 1,
    is_deleted boolean NOT NULL DEFAULT false,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (site_id, id),
    CONSTRAINT content_media_id UNIQUE (id),
    CONSTRAINT content_media_deletion CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE INDEX content_media_property_id ON content_media (property_id) WHERE property_id IS NOT NULL;
CREATE INDEX content_media_key ON content_media (key);

-- What a version refers to: other items, and pictures.
CREATE TABLE content_version_links (
    site_id uuid NOT NULL,
    content_id uuid NOT NULL,
    locale text NOT NULL,
    version_id uuid NOT NULL,
    target_id uuid NOT NULL CONSTRAINT content_version_links_target REFERENCES content_items (id),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (site_id, content_id, locale, version_id, target_id),
    FOREIGN KEY (site_id, content_id, locale, version_id) REFERENCES content_versions (site_id, content_id, locale, id)
);
CREATE INDEX content_version_links_target_id ON content_version_links (target_id);

CREATE TABLE content_version_media (
    site_id uuid NOT NULL,
    content_id uuid NOT NULL,
    locale text NOT NULL,
    version_id uuid NOT NULL,
    media_id uuid NOT NULL CONSTRAINT content_version_media_media REFERENCES content_media (id),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (site_id, content_id, locale, version_id, media_id),
    FOREIGN KEY (site_id, content_id, locale, version_id) REFERENCES content_versions (site_id, content_id, locale, id)
);
CREATE INDEX content_version_media_media_id ON content_version_media (media_id);

-- Which transaction changed last what of a site is public: so that a process may remember it, and know by one small read that it
-- still holds. Drafts do not count.
CREATE TABLE content_stamps (
    site_id uuid PRIMARY KEY,
    -- No two transactions have the same number.
    changed_by bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE FUNCTION note_content_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO content_stamps (site_id, changed_by, created_at, updated_at)
    VALUES (NEW.site_id, pg_current_xact_id()::text::bigint, now(), now())
    ON CONFLICT (site_id) DO UPDATE SET changed_by = EXCLUDED.changed_by, updated_at = EXCLUDED.updated_at
        WHERE content_stamps.changed_by <> EXCLUDED.changed_by;
    RETURN NULL;
END
$$;

-- When the transaction ends: nobody waits long for another's note, and no lock is taken after it.
CREATE CONSTRAINT TRIGGER note_content_change AFTER UPDATE ON content_locales DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (
        (OLD.published_id, OLD.slug, OLD.is_deleted) IS DISTINCT FROM (NEW.published_id, NEW.slug, NEW.is_deleted)
        AND (OLD.published_id IS NOT NULL OR NEW.published_id IS NOT NULL)
    )
    EXECUTE FUNCTION note_content_change();
CREATE CONSTRAINT TRIGGER note_content_change AFTER UPDATE ON content_items DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.position, OLD.is_deleted) IS DISTINCT FROM (NEW.position, NEW.is_deleted))
    EXECUTE FUNCTION note_content_change();
