-- Days before the arrival at which the rest of the price is due. NULL: it is paid at the hotel.
ALTER TABLE rate_plans
    ADD COLUMN rest_days_before integer CHECK (rest_days_before BETWEEN 0 AND 365),
    ADD CONSTRAINT rate_plans_rest CHECK (payment_policy <> 'pay_now' OR rest_days_before IS NULL);

-- A hold that is confirmed once what is due when booking is paid.
ALTER TABLE bookings ADD COLUMN awaits_payment boolean NOT NULL DEFAULT false;

-- Whether what is due is charged by itself to the guarantees that guests left.
ALTER TABLE payment_settings ADD COLUMN charges_guarantees boolean NOT NULL DEFAULT false;

-- Orders to charge a guarantee.
ALTER TABLE payment_attempts
    DROP CONSTRAINT payment_attempts_kind_check,
    DROP CONSTRAINT payment_attempts_words,
    ADD CONSTRAINT payment_attempts_kind_check CHECK (kind IN ('checkout', 'charge', 'capture', 'void', 'refund')),
    ADD CONSTRAINT payment_attempts_words CHECK ((kind IN ('checkout', 'charge')) = (words IS NOT NULL));

-- Guarantees: means of payment that a gateway keeps for a booking, to be charged later. Card data is at the gateway alone.
CREATE TABLE guarantees (
    property_id uuid NOT NULL,
    -- Also the key of the order of its page.
    id uuid NOT NULL,
    booking_id uuid NOT NULL,
    status text NOT NULL CHECK (status IN ('pending', 'requires_action', 'stored', 'failed', 'expired', 'replaced')),
    provider text NOT NULL CHECK (provider IN ('stripe', 'demo')),
    -- Ids of the means of payment at its gateway.
    customer_id text,
    method_id text,
    -- Id of the page at its gateway; none for one that was left with a payment.
    gateway_id text,
    page text,
    page_expires_at timestamptz,
    -- What the page was ordered with.
    words jsonb,
    -- By the clock of the server, as gateways count.
    ordered_at timestamptz NOT NULL,
    asked_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, booking_id) REFERENCES bookings (property_id, id),
    CONSTRAINT guarantees_method CHECK (status NOT IN ('stored', 'replaced') OR num_nonnulls(customer_id, method_id) = 2),
    CONSTRAINT guarantees_page CHECK (status = 'requires_action' OR page IS NULL)
);
CREATE INDEX guarantees_id ON guarantees (id);
CREATE INDEX guarantees_booking_id ON guarantees (property_id, booking_id);
-- A booking has one that is charged, and one page at a time on which another is left.
CREATE UNIQUE INDEX guarantees_one_stored ON guarantees (property_id, booking_id) WHERE status = 'stored';
CREATE UNIQUE INDEX guarantees_one_open ON guarantees (property_id, booking_id) WHERE status IN ('pending', 'requires_action');
CREATE UNIQUE INDEX guarantees_gateway_id ON guarantees (provider, gateway_id) WHERE gateway_id IS NOT NULL;
CREATE INDEX guarantees_under_way ON guarantees (asked_at) WHERE status IN ('pending', 'requires_action');

-- What is due before it is paid at the hotel: parts of the price of stays, and what stays that were given up cost. A row a cause.
CREATE TABLE payments_due (
    property_id uuid NOT NULL,
    id uuid NOT NULL,
    booking_id uuid NOT NULL,
    stay_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('deposit', 'rest', 'cancellation_fee', 'no_show_fee')),
    -- The stay whose price it is a part of, or the posting of the fee.
    cause_id uuid NOT NULL,
    due_on date NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    -- What of it is not paid, as of the last event of the booking.
    outstanding_minor bigint NOT NULL CHECK (outstanding_minor BETWEEN 0 AND amount_minor),
    -- The last payment by which the guarantee was charged for it, on which business date, and how often that was tried.
    payment_id uuid,
    charged_on date,
    charges integer NOT NULL DEFAULT 0 CHECK (charges >= 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, booking_id) REFERENCES bookings (property_id, id),
    FOREIGN KEY (property_id, stay_id) REFERENCES stays (property_id, id),
    FOREIGN KEY (property_id, payment_id) REFERENCES payments (property_id, id),
    CONSTRAINT payments_due_charged CHECK ((charges = 0) = (payment_id IS NULL) AND (charges = 0) = (charged_on IS NULL))
);
CREATE UNIQUE INDEX payments_due_once ON payments_due (property_id, kind, cause_id);
CREATE INDEX payments_due_booking_id ON payments_due (property_id, booking_id);
CREATE INDEX payments_due_stay_id ON payments_due (property_id, stay_id);
CREATE INDEX payments_due_payment_id ON payments_due (property_id, payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX payments_due_open ON payments_due (property_id, due_on, id) WHERE outstanding_minor > 0;
