-- A name as people are compared by it: folded, its words in alphabetical order, so that "Sousa, Ana" is "Ana Sousa".
CREATE FUNCTION name_key(name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (
        SELECT coalesce(string_agg(word, ' ' ORDER BY word COLLATE "C"), '')
        FROM regexp_split_to_table(folded(name), '[\s,.;''"()-]+') AS word WHERE word <> ''
    );

-- A phone number as numbers are compared: its digits, without the zeros that stand for a plus sign. Too few are no number.
CREATE FUNCTION phone_key(phone text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN substring(digits(phone) FROM '^(?:00)?([0-9]{6,})$');

-- A text in which people and companies are searched for: folded, with the digits of phone numbers next to each other.
CREATE FUNCTION search_text(name text, email text, phone text, more text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN folded(
        name || ' ' || coalesce(email, '') || ' ' || coalesce(digits(phone), '') || ' ' || coalesce(more, '')
    );

-- Says that a search text has each word of what is looked for, in whatever order.
CREATE FUNCTION has_words(text text, words text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN mentions_all(text, ARRAY(
        SELECT word FROM regexp_split_to_table(folded(words), '[\s,;+()/"-]+') AS word WHERE word <> ''
    ));

-- Companies and agents that have dealings with a hotel.
CREATE TABLE accounts (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('company', 'agent')),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    contact_name text CHECK (length(contact_name) BETWEEN 1 AND 200),
    email text CHECK (length(email) <= 254),
    phone text CHECK (length(phone) BETWEEN 3 AND 40),
    street text CHECK (length(street) BETWEEN 1 AND 200),
    city text CHECK (length(city) BETWEEN 1 AND 100),
    postal_code text CHECK (length(postal_code) BETWEEN 1 AND 20),
    country text CHECK (country ~ '^[A-Z]{2}$'),
    tax_id text CHECK (length(tax_id) BETWEEN 1 AND 50),
    -- Days after an invoice until it is due.
    payment_days integer NOT NULL DEFAULT 0 CHECK (payment_days BETWEEN 0 AND 365),
    -- The most that may be unpaid, in the hotel's currency. None: there is no limit.
    credit_limit_minor bigint CHECK (credit_limit_minor >= 0),
    notes text CHECK (length(notes) BETWEEN 1 AND 4000),
    is_active boolean NOT NULL DEFAULT true,
    search_text text NOT NULL GENERATED ALWAYS AS (
        search_text(name, email, phone, coalesce(contact_name, '') || ' ' || coalesce(tax_id, '') || ' ' || coalesce(city, ''))
    ) STORED,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id)
);
CREATE INDEX accounts_id ON accounts (id);

-- People whom a hotel knows. Two profiles of one person are merged: both rows stay, so that nothing is lost and a merge can be
-- taken back, and whatever refers to the one that was merged is found by its survivor.
CREATE TABLE guests (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    -- The profile that stands for this one: itself, or the one that it was merged into, or that one's survivor.
    survivor_id uuid NOT NULL,
    merged_into_id uuid,
    full_name text NOT NULL CHECK (length(full_name) BETWEEN 1 AND 200),
    email text CHECK (length(email) <= 254),
    phone text CHECK (length(phone) BETWEEN 1 AND 40),
    -- Language in which the guest is written to.
    locale text,
    street text CHECK (length(street) BETWEEN 1 AND 200),
    city text CHECK (length(city) BETWEEN 1 AND 100),
    postal_code text CHECK (length(postal_code) BETWEEN 1 AND 20),
    country text CHECK (country ~ '^[A-Z]{2}$'),
    birth_date date,
    nationality text CHECK (nationality ~ '^[A-Z]{2}$'),
    notes text CHECK (length(notes) BETWEEN 1 AND 4000),
    preferences text[] NOT NULL DEFAULT '{}',
    tags text[] NOT NULL DEFAULT '{}',
    is_vip boolean NOT NULL DEFAULT false,
    -- The company that the guest travels for.
    account_id uuid,
    -- The account by which the guest books, at a proved address.
    user_id uuid REFERENCES users (id),
    name_key text NOT NULL GENERATED ALWAYS AS (name_key(full_name)) STORED,
    phone_key text GENERATED ALWAYS AS (phone_key(phone)) STORED,
    search_text text NOT NULL GENERATED ALWAYS AS (search_text(full_name, email, phone, NULL)) STORED,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, survivor_id) REFERENCES guests (property_id, id),
    FOREIGN KEY (property_id, merged_into_id) REFERENCES guests (property_id, id),
    CONSTRAINT guests_account FOREIGN KEY (property_id, account_id) REFERENCES accounts (property_id, id),
    CONSTRAINT guests_merged CHECK ((merged_into_id IS NULL) = (survivor_id = id))
);
CREATE INDEX guests_id ON guests (id);
CREATE INDEX guests_survivor_id ON guests (property_id, survivor_id);
CREATE INDEX guests_merged_into_id ON guests (property_id, merged_into_id) WHERE merged_into_id IS NOT NULL;
CREATE INDEX guests_account_id ON guests (property_id, account_id) WHERE account_id IS NOT NULL;
-- By which what is typed finds its profile, and duplicates find each other.
CREATE INDEX guests_name_key ON guests (property_id, name_key);
CREATE INDEX guests_email ON guests (property_id, email) WHERE email IS NOT NULL;
CREATE INDEX guests_phone_key ON guests (property_id, phone_key) WHERE phone_key IS NOT NULL;
CREATE INDEX guests_birth_date ON guests (property_id, birth_date) WHERE birth_date IS NOT NULL;
CREATE UNIQUE INDEX guests_user_id_key ON guests (property_id, user_id) WHERE user_id IS NOT NULL;

-- The profile that stands for another one.
CREATE FUNCTION survivor_of(of_property_id uuid, guest_id uuid) RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT g.survivor_id FROM guests g WHERE g.property_id = of_property_id AND g.id = guest_id);

-- Identity documents, apart from the profiles, so that whoever reads a profile does not read them.
CREATE TABLE guest_documents (
    property_id uuid NOT NULL,
    guest_id uuid NOT NULL,
    -- From 0.
    position integer NOT NULL CHECK (position >= 0),
    kind text NOT NULL CHECK (kind IN ('passport', 'identity_card', 'driving_licence', 'residence_permit')),
    country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    -- Sealed with the data key.
    number bytea NOT NULL,
    expires_on date,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, guest_id, position),
    FOREIGN KEY (property_id, guest_id) REFERENCES guests (property_id, id) ON DELETE CASCADE
);

-- Merges, each with what it changed of the survivor, so that it can be taken back.
CREATE TABLE guest_merges (
    property_id uuid NOT NULL,
    id uuid NOT NULL,
    -- The survivor.
    guest_id uuid NOT NULL,
    merged_id uuid NOT NULL,
    -- The fields of the survivor that changed, as they were before and after.
    filled jsonb NOT NULL,
    undone_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, guest_id) REFERENCES guests (property_id, id),
    FOREIGN KEY (property_id, merged_id) REFERENCES guests (property_id, id),
    CONSTRAINT guest_merges_two CHECK (guest_id <> merged_id)
);
-- A profile is merged into one other at a time.
CREATE UNIQUE INDEX guest_merges_live ON guest_merges (property_id, merged_id) WHERE undone_at IS NULL;
CREATE INDEX guest_merges_guest_id ON guest_merges (property_id, guest_id);
