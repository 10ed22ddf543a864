-- What a night costs, under which conditions, and what it costs to cancel.

CREATE TABLE cancellation_policies (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    code text NOT NULL CHECK (code ~ '^[A-Z0-9][A-Z0-9_-]{0,19}$'),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 2000),
    -- The whole price is due whenever it is cancelled; then there are no windows.
    is_non_refundable boolean NOT NULL DEFAULT false,
    -- percent: parts per million of the price; nights: how many of the first; amount: minor units.
    no_show_fee_kind text NOT NULL CHECK (no_show_fee_kind IN ('percent', 'nights', 'amount')),
    no_show_fee_value bigint NOT NULL CHECK (no_show_fee_value >= 0),
    version bigint NOT NULL DEFAULT 1,
    is_deleted boolean NOT NULL DEFAULT false,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    CONSTRAINT cancellation_policies_deletion CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE INDEX cancellation_policies_id ON cancellation_policies (id);
CREATE UNIQUE INDEX cancellation_policies_code_key ON cancellation_policies (property_id, code) WHERE NOT is_deleted;

-- From so many hours before the check-in time of the day of arrival on, cancelling costs this, until
-- the next window begins. Before the first it costs nothing.
CREATE TABLE cancellation_windows (
    property_id uuid NOT NULL,
    policy_id uuid NOT NULL,
    hours_before integer NOT NULL CHECK (hours_before BETWEEN 0 AND 17520),
    fee_kind text NOT NULL CHECK (fee_kind IN ('percent', 'nights', 'amount')),
    fee_value bigint NOT NULL CHECK (fee_value >= 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, policy_id, hours_before),
    FOREIGN KEY (property_id, policy_id) REFERENCES cancellation_policies (property_id, id)
);

-- Ages of children that prices tell apart; a child of an age in no band counts as an adult.
CREATE TABLE age_bands (
    property_id uuid NOT NULL REFERENCES properties (id),
    code text NOT NULL CHECK (code ~ '^[a-z][a-z0-9_]{0,19}$'),
    min_age integer NOT NULL CHECK (min_age BETWEEN 0 AND 17),
    max_age integer NOT NULL CHECK (max_age BETWEEN 0 AND 17),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, code),
    CONSTRAINT age_bands_order CHECK (min_age <= max_age)
);

-- The bands of a property change together: this is the version of the set.
ALTER TABLE properties ADD COLUMN age_bands_version bigint NOT NULL DEFAULT 1;

CREATE TABLE rate_plans (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    code text NOT NULL CHECK (code ~ '^[A-Z0-9][A-Z0-9_-]{0,19}$'),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 2000),
    board text NOT NULL CHECK (board IN ('room_only', 'breakfast', 'half_board', 'full_board', 'all_inclusive')),
    payment_policy text NOT NULL CHECK (payment_policy IN ('pay_now', 'deposit', 'pay_at_property')),
    -- Parts per million of the total, for payment_policy deposit.
    deposit_ppm integer CHECK (deposit_ppm BETWEEN 1 AND 1000000),
    cancellation_policy_id uuid NOT NULL,
    -- A derived plan takes the prices of an underived one, changed by percent (parts per million) or by
    -- an amount (minor units); both may be negative.
    parent_id uuid,
    derivation_kind text CHECK (derivation_kind IN ('percent', 'amount')),
    derivation_value bigint,
    is_derived boolean NOT NULL GENERATED ALWAYS AS (parent_id IS NOT NULL) STORED,
    parent_is_derived boolean GENERATED ALWAYS AS (CASE WHEN parent_id IS NULL THEN NULL ELSE false END) STORED,
    -- The first and the last night that it is sold for.
    valid_from date,
    valid_until date,
    -- Where it is sold; everywhere if empty.
    channels text[] NOT NULL DEFAULT '{}',
    -- Sold where a request names no plan.
    is_default boolean NOT NULL DEFAULT false,
    is_active boolean NOT NULL DEFAULT true,
    -- What holds on nights that say nothing themselves.
    min_stay integer CHECK (min_stay BETWEEN 1 AND 365),
    max_stay integer CHECK (max_stay BETWEEN 1 AND 365),
    min_advance_days integer CHECK (min_advance_days BETWEEN 0 AND 1000),
    max_advance_days integer CHECK (max_advance_days BETWEEN 0 AND 1000),
    version bigint NOT NULL DEFAULT 1,
    is_deleted boolean NOT NULL DEFAULT false,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    CONSTRAINT rate_plans_underived_key UNIQUE (property_id, id, is_derived),
    -- The parent is underived: a chain cannot be recorded.
    CONSTRAINT rate_plans_parent FOREIGN KEY (property_id, parent_id, parent_is_derived)
        REFERENCES rate_plans (property_id, id, is_derived),
    FOREIGN KEY (property_id, cancellation_policy_id) REFERENCES cancellation_policies (property_id, id),
    CONSTRAINT rate_plans_derivation CHECK (num_nulls(parent_id, derivation_kind, derivation_value) IN (0, 3)),
    CONSTRAINT rate_plans_deposit CHECK ((payment_policy = 'deposit') = (deposit_ppm IS NOT NULL)),
    CONSTRAINT rate_plans_validity CHECK (valid_from <= valid_until),
    CONSTRAINT rate_plans_deletion CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE INDEX rate_plans_id ON rate_plans (id);
CREATE UNIQUE INDEX rate_plans_code_key ON rate_plans (property_id, code) WHERE NOT is_deleted;
CREATE UNIQUE INDEX rate_plans_default_key ON rate_plans (property_id) WHERE is_default AND NOT is_deleted;

-- The room types that a plan sells, with what holds on nights without a rate of their own.
CREATE TABLE rate_plan_room_types (
    property_id uuid NOT NULL,
    rate_plan_id uuid NOT NULL,
    room_type_id uuid NOT NULL,
    -- Per night, minor units. Null: the room type's base price; always null in derived plans.
    price_minor bigint CHECK (price_minor >= 0),
    -- So many adults are in the price; null: as many as the room type takes.
    included_adults integer CHECK (included_adults BETWEEN 1 AND 50),
    extra_adult_minor bigint NOT NULL DEFAULT 0 CHECK (extra_adult_minor >= 0),
    -- Minor units per child and night by age band: {"child": 1500}. Bands that are not named cost nothing.
    extra_children jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(extra_children) = 'object'),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, rate_plan_id, room_type_id),
    FOREIGN KEY (property_id, rate_plan_id) REFERENCES rate_plans (property_id, id),
    FOREIGN KEY (property_id, room_type_id) REFERENCES room_types (property_id, id)
);

-- A night of a room type in a plan: its price and restrictions. Null: the plan's default holds.
CREATE TABLE rates (
    property_id uuid NOT NULL,
    night date NOT NULL,
    room_type_id uuid NOT NULL,
    rate_plan_id uuid NOT NULL,
    price_minor bigint CHECK (price_minor >= 0),
    extra_adult_minor bigint CHECK (extra_adult_minor >= 0),
    extra_children jsonb CHECK (jsonb_typeof(extra_children) = 'object'),
    min_stay integer CHECK (min_stay BETWEEN 1 AND 365),
    max_stay integer CHECK (max_stay BETWEEN 1 AND 365),
    closed_to_arrival boolean,
    closed_to_departure boolean,
    stop_sell boolean,
    min_advance_days integer CHECK (min_advance_days BETWEEN 0 AND 1000),
    max_advance_days integer CHECK (max_advance_days BETWEEN 0 AND 1000),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, night, room_type_id, rate_plan_id),
    FOREIGN KEY (property_id, rate_plan_id, room_type_id)
        REFERENCES rate_plan_room_types (property_id, rate_plan_id, room_type_id)
);

-- Who changed which nights how: one row per bulk update. What held before is told by the updates before.
CREATE TABLE rate_updates (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    actor_kind text NOT NULL CHECK (actor_kind IN ('user', 'api_key', 'system')),
    actor_id uuid,
    rate_plan_ids uuid[] NOT NULL,
    room_type_ids uuid[] NOT NULL,
    from_night date NOT NULL,
    to_night date NOT NULL,
    -- Bit 0 is Monday.
    weekdays smallint NOT NULL CHECK (weekdays BETWEEN 1 AND 127),
    changes jsonb NOT NULL,
    cells integer NOT NULL CHECK (cells >= 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    CONSTRAINT rate_updates_order CHECK (from_night <= to_night)
);

ALTER TABLE tax_rules
    ADD COLUMN kind text NOT NULL DEFAULT 'percent' CHECK (kind IN ('percent', 'per_night', 'per_person_night', 'per_stay')),
    ALTER COLUMN rate_ppm DROP NOT NULL,
    -- Minor units, for kinds other than percent.
    ADD COLUMN amount_minor bigint CHECK (amount_minor >= 0),
    -- Whether it is in the prices as entered, or added to them.
    ADD COLUMN is_included boolean NOT NULL DEFAULT true,
    -- For per_person_night: who pays it.
    ADD COLUMN min_age integer CHECK (min_age BETWEEN 0 AND 120),
    ADD COLUMN max_age integer CHECK (max_age BETWEEN 0 AND 120),
    -- Nights of a stay that are free at its beginning, and how many after these are taxed.
    ADD COLUMN skip_nights integer NOT NULL DEFAULT 0 CHECK (skip_nights BETWEEN 0 AND 365),
    ADD COLUMN max_nights integer CHECK (max_nights BETWEEN 1 AND 365),
    ADD COLUMN valid_from date,
    ADD COLUMN valid_until date,
    ADD CONSTRAINT tax_rules_amount CHECK (
        (kind = 'percent') = (rate_ppm IS NOT NULL) AND (kind = 'percent') = (amount_minor IS NULL)
    ),
    ADD CONSTRAINT tax_rules_ages CHECK (num_nulls(min_age, max_age) = 2 OR kind = 'per_person_night'),
    ADD CONSTRAINT tax_rules_validity CHECK (valid_from <= valid_until);
UPDATE tax_rules SET is_included = (SELECT prices = 'gross' FROM properties p WHERE p.id = tax_rules.property_id);
ALTER TABLE tax_rules ALTER COLUMN kind DROP DEFAULT, ALTER COLUMN is_included DROP DEFAULT;

ALTER TABLE stays
    ADD COLUMN rate_plan_id uuid,
    -- The cancellation policy as it was when the stay was sold: what holds for it.
    ADD COLUMN cancellation_terms jsonb,
    ADD FOREIGN KEY (property_id, rate_plan_id) REFERENCES rate_plans (property_id, id);

-- Hotels that sell already go on as before: one plan, every type at its base price, free to cancel.
INSERT INTO cancellation_policies (property_id, id, code, name, no_show_fee_kind, no_show_fee_value, created_at, updated_at)
    SELECT id, gen_random_uuid(), 'FREE', 'Free cancellation', 'percent', 1000000, created_at, created_at FROM properties;
INSERT INTO rate_plans (property_id, id, code, name, board, payment_policy, cancellation_policy_id, is_default, created_at, updated_at)
    SELECT property_id, gen_random_uuid(), 'STD', 'Standard', 'room_only', 'pay_at_property', id, true, created_at, created_at
    FROM cancellation_policies;
INSERT INTO rate_plan_room_types (property_id, rate_plan_id, room_type_id, created_at, updated_at)
    SELECT p.property_id, p.id, t.id, p.created_at, p.created_at
    FROM rate_plans p JOIN room_types t ON t.property_id = p.property_id AND NOT t.is_deleted;
