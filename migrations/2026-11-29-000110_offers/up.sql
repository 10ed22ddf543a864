-- What a hotel takes off its prices, and for whom: by itself, or for whoever knows a code.
CREATE TABLE offers (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 5000),
    texts jsonb NOT NULL DEFAULT '{}',
    kind text NOT NULL CHECK (kind IN (
        'percent', 'amount_per_night', 'amount_per_stay', 'fixed_price', 'free_nights', 'bundle', 'included_extras', 'plan_access'
    )),
    -- Share of the price in parts per million, of a percentage and of a bundle.
    percent_ppm integer CHECK (percent_ppm BETWEEN 1 AND 1000000),
    -- Amount that is taken off, or the price of a night, in minor units.
    amount_minor bigint CHECK (amount_minor BETWEEN 0 AND 1000000000000),
    -- Of so many nights, so many are paid; those that are free are the cheapest ones or the last ones.
    stay_nights integer CHECK (stay_nights BETWEEN 2 AND 365),
    pay_nights integer CHECK (pay_nights BETWEEN 1 AND 364),
    free_nights text CHECK (free_nights IN ('cheapest', 'last')),
    -- Who gets it: everybody, whoever has its code, or whoever has one of its codes that are good for one booking each.
    access text NOT NULL CHECK (access IN ('automatic', 'code', 'single_use_codes')),
    -- Dates at the hotel on which it can be booked, both included.
    book_from date,
    book_until date,
    -- Nights that a stay may have.
    stay_from date,
    stay_until date,
    -- Nights of the week that it is for, and days of the week on which guests arrive: a bit each, from Monday on.
    weekdays smallint NOT NULL DEFAULT 127 CHECK (weekdays BETWEEN 1 AND 127),
    arrival_weekdays smallint NOT NULL DEFAULT 127 CHECK (arrival_weekdays BETWEEN 1 AND 127),
    min_advance_days integer CHECK (min_advance_days BETWEEN 0 AND 1000),
    max_advance_days integer CHECK (max_advance_days BETWEEN 0 AND 1000),
    min_nights integer CHECK (min_nights BETWEEN 1 AND 365),
    max_nights integer CHECK (max_nights BETWEEN 1 AND 365),
    min_guests integer CHECK (min_guests BETWEEN 1 AND 50),
    max_guests integer CHECK (max_guests BETWEEN 1 AND 50),
    channels text[] NOT NULL DEFAULT '{}' CHECK (array_position(channels, NULL) IS NULL),
    members_only boolean NOT NULL DEFAULT false,
    first_booking_only boolean NOT NULL DEFAULT false,
    -- Limits: bookings in all, of a guest, and of a business date, and the sum of what is taken off.
    max_redemptions integer CHECK (max_redemptions BETWEEN 1 AND 1000000),
    max_per_guest integer CHECK (max_per_guest BETWEEN 1 AND 1000),
    max_per_day integer CHECK (max_per_day BETWEEN 1 AND 1000000),
    budget_minor bigint CHECK (budget_minor BETWEEN 1 AND 1000000000000),
    is_combinable boolean NOT NULL DEFAULT false,
    -- Whether it is over: what was sold with it goes on.
    is_archived boolean NOT NULL DEFAULT false,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    CONSTRAINT offers_terms CHECK (
        CASE kind
            WHEN 'percent' THEN num_nonnulls(percent_ppm) = 1 AND num_nonnulls(amount_minor, stay_nights, pay_nights, free_nights) = 0
            WHEN 'bundle' THEN num_nonnulls(percent_ppm, amount_minor) = 1 AND num_nonnulls(stay_nights, pay_nights, free_nights) = 0
            WHEN 'free_nights' THEN num_nonnulls(stay_nights, pay_nights, free_nights) = 3 AND pay_nights < stay_nights
                AND num_nonnulls(percent_ppm, amount_minor) = 0
            WHEN 'included_extras' THEN num_nonnulls(percent_ppm, amount_minor, stay_nights, pay_nights, free_nights) = 0
            WHEN 'plan_access' THEN num_nonnulls(percent_ppm, amount_minor, stay_nights, pay_nights, free_nights) = 0
            ELSE num_nonnulls(amount_minor) = 1 AND num_nonnulls(percent_ppm, stay_nights, pay_nights, free_nights) = 0
        END
    ),
    CONSTRAINT offers_booking_window CHECK (book_from <= book_until),
    CONSTRAINT offers_stay_window CHECK (stay_from <= stay_until),
    CONSTRAINT offers_advance CHECK (min_advance_days <= max_advance_days),
    CONSTRAINT offers_nights CHECK (min_nights <= max_nights),
    CONSTRAINT offers_guests CHECK (min_guests <= max_guests),
    CONSTRAINT offers_alone CHECK (NOT is_combinable OR kind NOT IN ('bundle', 'plan_access')),
    -- Who books is known when rooms are sold, and a hidden plan is hidden for want of a code.
    CONSTRAINT offers_with_code CHECK (access <> 'automatic' OR NOT (first_booking_only OR kind = 'plan_access'))
);
CREATE INDEX offers_id ON offers (id);

-- The room types that an offer is for, all if there are none; of a bundle, how many rooms of each.
CREATE TABLE offer_room_types (
    property_id uuid NOT NULL,
    offer_id uuid NOT NULL,
    room_type_id uuid NOT NULL,
    rooms integer CHECK (rooms BETWEEN 1 AND 50),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, offer_id, room_type_id),
    FOREIGN KEY (property_id, offer_id) REFERENCES offers (property_id, id) ON DELETE CASCADE,
    FOREIGN KEY (property_id, room_type_id) REFERENCES room_types (property_id, id)
);
CREATE INDEX offer_room_types_room_type_id ON offer_room_types (property_id, room_type_id);

-- The rate plans that an offer is for, all if there are none.
CREATE TABLE offer_rate_plans (
    property_id uuid NOT NULL,
    offer_id uuid NOT NULL,
    rate_plan_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, offer_id, rate_plan_id),
    FOREIGN KEY (property_id, offer_id) REFERENCES offers (property_id, id) ON DELETE CASCADE,
    FOREIGN KEY (property_id, rate_plan_id) REFERENCES rate_plans (property_id, id)
);
CREATE INDEX offer_rate_plans_rate_plan_id ON offer_rate_plans (property_id, rate_plan_id);

-- The extras that come with the nights of a stay, at its price.
CREATE TABLE offer_extras (
    property_id uuid NOT NULL,
    offer_id uuid NOT NULL,
    extra_id uuid NOT NULL,
    -- How many of it each night: for the room, or for each guest.
    quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 1000),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, offer_id, extra_id),
    FOREIGN KEY (property_id, offer_id) REFERENCES offers (property_id, id) ON DELETE CASCADE,
    FOREIGN KEY (property_id, extra_id) REFERENCES extras (property_id, id)
);
CREATE INDEX offer_extras_extra_id ON offer_extras (property_id, extra_id);

-- The codes of offers, as they were given out. No two of a hotel look alike.
CREATE TABLE offer_codes (
    property_id uuid NOT NULL,
    id uuid NOT NULL,
    offer_id uuid NOT NULL,
    code text NOT NULL CHECK (code ~ '^[A-Z0-9][A-Z0-9_-]{2,29}$'),
    -- The code with letters and digits that look alike as one.
    code_key text NOT NULL,
    -- The batch that it was made in, of a code that is good for one booking.
    batch_id uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    CONSTRAINT offer_codes_unlike UNIQUE (property_id, code_key),
    FOREIGN KEY (property_id, offer_id) REFERENCES offers (property_id, id) ON DELETE CASCADE
);
CREATE INDEX offer_codes_offer_id ON offer_codes (property_id, offer_id, id);
-- Those that a process remembers of a hotel.
CREATE UNIQUE INDEX offer_codes_reusable ON offer_codes (property_id, offer_id) WHERE batch_id IS NULL;

-- What is counted against the limits of an offer. Whoever books with one that has any locks its row first.
CREATE TABLE offer_counters (
    property_id uuid NOT NULL,
    offer_id uuid NOT NULL,
    used integer NOT NULL DEFAULT 0 CHECK (used >= 0),
    spent_minor bigint NOT NULL DEFAULT 0 CHECK (spent_minor >= 0),
    -- The last business date on which it was booked, and how often then.
    day date,
    used_on_day integer NOT NULL DEFAULT 0 CHECK (used_on_day >= 0),
    -- Whether there is nothing left of it, and the date for which there is nothing left: searches go by these.
    is_full boolean NOT NULL DEFAULT false,
    full_on date,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, offer_id),
    FOREIGN KEY (property_id, offer_id) REFERENCES offers (property_id, id) ON DELETE CASCADE
);

-- Bookings that were made with an offer. It counts for as long as any of their stays that has it is not cancelled and has not expired.
CREATE TABLE offer_redemptions (
    property_id uuid NOT NULL,
    booking_id uuid NOT NULL,
    offer_id uuid NOT NULL,
    code_id uuid,
    -- Whether the code is good for one booking.
    is_single_use boolean NOT NULL DEFAULT false,
    -- Who booked: by account, and by the mailbox of the contact.
    user_id uuid REFERENCES users (id),
    mailbox text,
    -- The business date on which it was booked.
    sold_on date NOT NULL,
    -- What is taken off the prices of its stays, as entered.
    discount_minor bigint NOT NULL CHECK (discount_minor >= 0),
    is_live boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, booking_id, offer_id),
    CONSTRAINT offer_redemptions_code CHECK (NOT is_single_use OR code_id IS NOT NULL),
    FOREIGN KEY (property_id, booking_id) REFERENCES bookings (property_id, id),
    FOREIGN KEY (property_id, offer_id) REFERENCES offers (property_id, id),
    FOREIGN KEY (property_id, code_id) REFERENCES offer_codes (property_id, id)
);
CREATE INDEX offer_redemptions_offer_id ON offer_redemptions (property_id, offer_id, sold_on);
CREATE INDEX offer_redemptions_user_id ON offer_redemptions (property_id, offer_id, user_id) WHERE is_live AND user_id IS NOT NULL;
CREATE INDEX offer_redemptions_mailbox ON offer_redemptions (property_id, offer_id, mailbox) WHERE is_live AND mailbox IS NOT NULL;
CREATE INDEX offer_redemptions_code_id ON offer_redemptions (property_id, code_id) WHERE code_id IS NOT NULL;
CREATE INDEX offer_redemptions_of_user ON offer_redemptions (user_id) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX offer_redemptions_single_use ON offer_redemptions (property_id, code_id) WHERE is_live AND is_single_use;

-- The offers that a stay was sold with, as they were then.
CREATE TABLE stay_offers (
    property_id uuid NOT NULL,
    stay_id uuid NOT NULL,
    offer_id uuid NOT NULL,
    booking_id uuid NOT NULL,
    -- The order in which they were taken off.
    position integer NOT NULL CHECK (position >= 0),
    name text NOT NULL,
    code text,
    terms jsonb NOT NULL,
    -- What is taken off each night, as entered: dates with amounts in minor units.
    nights jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(nights) = 'object'),
    discount_minor bigint NOT NULL CHECK (discount_minor >= 0),
    -- The business date from which the stay has it no more, as it was amended.
    lost_on date,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, stay_id, offer_id),
    FOREIGN KEY (property_id, stay_id) REFERENCES stays (property_id, id),
    FOREIGN KEY (property_id, booking_id, offer_id) REFERENCES offer_redemptions (property_id, booking_id, offer_id)
);
CREATE INDEX stay_offers_booking_id ON stay_offers (property_id, booking_id, offer_id);

-- Counts what becomes of a redemption, and refuses what goes beyond a limit. The limits are read with the counter's row kept from those
-- who change them: they hold it alone.
CREATE FUNCTION count_redemption() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was_live boolean := TG_OP = 'UPDATE' AND OLD.is_live;
    more integer := NEW.is_live::integer - was_live::integer;
    spent bigint := (CASE WHEN NEW.is_live THEN NEW.discount_minor ELSE 0 END) - (CASE WHEN was_live THEN OLD.discount_minor ELSE 0 END);
    offer record;
BEGIN
    IF more = 0 AND spent = 0 THEN
        RETURN NULL;
    END IF;
    PERFORM FROM offer_counters WHERE property_id = NEW.property_id AND offer_id = NEW.offer_id FOR KEY SHARE;
    SELECT max_redemptions, max_per_guest, max_per_day, budget_minor INTO offer
    FROM offers WHERE property_id = NEW.property_id AND id = NEW.offer_id;
    IF num_nonnulls(offer.max_redemptions, offer.max_per_guest, offer.max_per_day, offer.budget_minor) = 0 THEN
        RETURN NULL;
    END IF;
    UPDATE offer_counters SET
        used = used + more,
        spent_minor = spent_minor + spent,
        used_on_day = CASE
            WHEN NEW.sold_on = day THEN used_on_day + more
            WHEN more > 0 AND (day IS NULL OR NEW.sold_on > day) THEN more
            ELSE used_on_day
        END,
        day = CASE WHEN more > 0 THEN greatest(day, NEW.sold_on) ELSE day END,
        updated_at = NEW.updated_at
    WHERE property_id = NEW.property_id AND offer_id = NEW.offer_id
        AND (more <= 0 OR offer.max_redemptions IS NULL OR used < offer.max_redemptions)
        AND (spent <= 0 OR offer.budget_minor IS NULL OR spent_minor + spent <= offer.budget_minor)
        AND (more <= 0 OR offer.max_per_day IS NULL OR NEW.sold_on IS DISTINCT FROM day OR used_on_day < offer.max_per_day);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'nothing is left of the offer' USING ERRCODE = 'check_violation', CONSTRAINT = 'offer_counters_limit';
    END IF;
    IF more > 0 AND offer.max_per_guest IS NOT NULL AND offer.max_per_guest < (
        SELECT count(*) FROM offer_redemptions
        WHERE property_id = NEW.property_id AND offer_id = NEW.offer_id AND is_live
            AND (user_id = NEW.user_id OR mailbox = NEW.mailbox)
    ) THEN
        RAISE EXCEPTION 'nothing is left of the offer for the guest'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'offer_counters_limit';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER count_redemption AFTER INSERT OR UPDATE ON offer_redemptions
    FOR EACH ROW EXECUTE FUNCTION count_redemption();

-- Counts anew what is live of an offer whose limits have changed.
CREATE FUNCTION recount_offer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE offer_counters AS counter SET
        used = live.used,
        spent_minor = live.spent,
        day = live.day,
        used_on_day = (
            SELECT count(*) FROM offer_redemptions AS own
            WHERE own.property_id = NEW.property_id AND own.offer_id = NEW.id AND own.is_live AND own.sold_on = live.day
        ),
        updated_at = NEW.updated_at
    FROM (
        SELECT count(*) AS used, coalesce(sum(discount_minor), 0) AS spent, max(sold_on) AS day FROM offer_redemptions
        WHERE property_id = NEW.property_id AND offer_id = NEW.id AND is_live
    ) AS live
    WHERE counter.property_id = NEW.property_id AND counter.offer_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER recount_offer AFTER UPDATE ON offers FOR EACH ROW
    WHEN ((OLD.max_redemptions, OLD.max_per_guest, OLD.max_per_day, OLD.budget_minor)
        IS DISTINCT FROM (NEW.max_redemptions, NEW.max_per_guest, NEW.max_per_day, NEW.budget_minor))
    EXECUTE FUNCTION recount_offer();

-- Notes whether anything is left.
CREATE FUNCTION note_full_offer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    offer record;
BEGIN
    SELECT max_redemptions, max_per_day, budget_minor INTO offer FROM offers WHERE property_id = NEW.property_id AND id = NEW.offer_id;
    NEW.is_full := coalesce(NEW.used >= offer.max_redemptions, false) OR coalesce(NEW.spent_minor >= offer.budget_minor, false);
    NEW.full_on := CASE WHEN NEW.used_on_day >= offer.max_per_day THEN NEW.day END;
    RETURN NEW;
END
$$;
CREATE TRIGGER note_full_offer BEFORE UPDATE ON offer_counters FOR EACH ROW EXECUTE FUNCTION note_full_offer();

-- They are part of what a process remembers of a hotel: what is left of them only where that is nothing any more, or something again.
CREATE CONSTRAINT TRIGGER note_catalogue_change AFTER INSERT OR UPDATE OR DELETE ON offers
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_catalogue_change();
CREATE CONSTRAINT TRIGGER note_catalogue_change AFTER INSERT OR UPDATE OR DELETE ON offer_room_types
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_catalogue_change();
CREATE CONSTRAINT TRIGGER note_catalogue_change AFTER INSERT OR UPDATE OR DELETE ON offer_rate_plans
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_catalogue_change();
CREATE CONSTRAINT TRIGGER note_catalogue_change AFTER INSERT OR UPDATE OR DELETE ON offer_extras
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_catalogue_change();
CREATE CONSTRAINT TRIGGER note_catalogue_change AFTER INSERT OR UPDATE OR DELETE ON offer_codes
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_catalogue_change();
CREATE CONSTRAINT TRIGGER note_catalogue_change AFTER UPDATE ON offer_counters
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.is_full, OLD.full_on) IS DISTINCT FROM (NEW.is_full, NEW.full_on))
    EXECUTE FUNCTION note_catalogue_change();
