-- Payments through a gateway: what was ordered of it, what it told, and what it has.
ALTER TABLE payments
    ADD COLUMN capture text CHECK (capture IN ('automatic', 'manual')),
    ADD COLUMN provider text CHECK (provider IN ('stripe', 'demo')),
    -- Ids of the payment at its gateway: that of the first answer, and that of the movement of money.
    ADD COLUMN gateway_id text,
    ADD COLUMN gateway_transaction_id text,
    -- The page on which somebody pays, and its end.
    ADD COLUMN page text,
    ADD COLUMN page_expires_at timestamptz,
    -- End of the authorization.
    ADD COLUMN capture_before timestamptz,
    -- Why the last try was declined.
    ADD COLUMN decline text,
    -- A bank that takes the payment back.
    ADD COLUMN dispute text CHECK (dispute IN ('open', 'won', 'lost')),
    -- Why somebody has to look at it.
    ADD COLUMN attention text CHECK (attention IN ('authorization_ends', 'amount_differs', 'refunded_elsewhere', 'refund_failed', 'taken_back', 'disputed')),
    -- When the gateway was last asked, by the clock of the server.
    ADD COLUMN asked_at timestamptz,
    ADD CONSTRAINT payments_gateway CHECK (
        (method = 'gateway') = (capture IS NOT NULL) AND (method = 'gateway') = (provider IS NOT NULL)
        AND (method = 'gateway' OR num_nonnulls(gateway_id, page, capture_before, decline, dispute) = 0)
    );
CREATE UNIQUE INDEX payments_gateway_id ON payments (provider, gateway_id) WHERE gateway_id IS NOT NULL;
CREATE INDEX payments_gateway_transaction_id ON payments (provider, gateway_transaction_id) WHERE gateway_transaction_id IS NOT NULL;
CREATE INDEX payments_under_way ON payments (asked_at)
    WHERE method = 'gateway' AND status IN ('pending', 'requires_action', 'authorized', 'unknown');
CREATE INDEX payments_attention ON payments (property_id) WHERE attention IS NOT NULL;

-- Orders to a gateway. A row is committed before the call, and its id is the key of the order: an order that ended nobody knows how is given
-- again with the same key and the same words; after a definite refusal another attempt has another key.
CREATE TABLE payment_attempts (
    property_id uuid NOT NULL,
    id uuid NOT NULL,
    payment_id uuid NOT NULL,
    -- The refund that is ordered, of a refund.
    refund_id uuid,
    kind text NOT NULL CHECK (kind IN ('checkout', 'capture', 'void', 'refund')),
    status text NOT NULL CHECK (status IN ('open', 'succeeded', 'failed')),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    -- What else a page is ordered with.
    words jsonb,
    -- Why it failed: a decline, or the code of the gateway.
    fault text,
    -- By the clock of the server, as gateways count.
    ordered_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, payment_id) REFERENCES payments (property_id, id),
    FOREIGN KEY (property_id, refund_id) REFERENCES refunds (property_id, id),
    CONSTRAINT payment_attempts_words CHECK ((kind = 'checkout') = (words IS NOT NULL)),
    CONSTRAINT payment_attempts_refund CHECK ((kind = 'refund') = (refund_id IS NOT NULL)),
    CONSTRAINT payment_attempts_fault CHECK ((status = 'failed') = (fault IS NOT NULL))
);
CREATE INDEX payment_attempts_payment_id ON payment_attempts (property_id, payment_id);
CREATE INDEX payment_attempts_refund_id ON payment_attempts (property_id, refund_id) WHERE refund_id IS NOT NULL;
CREATE INDEX payment_attempts_open ON payment_attempts (ordered_at) WHERE status = 'open';
-- One order at a time of a payment, and of a refund.
CREATE UNIQUE INDEX payment_attempts_one ON payment_attempts (property_id, payment_id) WHERE status = 'open' AND refund_id IS NULL;
CREATE UNIQUE INDEX payment_attempts_one_refund ON payment_attempts (property_id, refund_id) WHERE status = 'open' AND refund_id IS NOT NULL;

-- What gateways tell by themselves, each once. It is a hint: the gateway is asked for the payment.
CREATE TABLE gateway_events (
    provider text NOT NULL CHECK (provider IN ('stripe', 'demo')),
    id text NOT NULL CHECK (length(id) BETWEEN 1 AND 255),
    kind text NOT NULL,
    -- `received`: not acted on yet. `unmatched`: of a payment that is not there, or not yet. `parked`: it does not say what the gateway has.
    status text NOT NULL CHECK (status IN ('received', 'applied', 'unmatched', 'parked')),
    property_id uuid,
    payment_id uuid,
    -- What it names: our payment and our refund, and ids of the gateway.
    told_payment_id uuid,
    told_refund_id uuid,
    told_ids text[] NOT NULL,
    amount_minor bigint,
    currency text,
    occurred_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (provider, id),
    FOREIGN KEY (property_id, payment_id) REFERENCES payments (property_id, id)
);
CREATE INDEX gateway_events_open ON gateway_events (created_at) WHERE status IN ('received', 'unmatched');
CREATE INDEX gateway_events_payment_id ON gateway_events (property_id, payment_id) WHERE payment_id IS NOT NULL;

ALTER TABLE refunds ADD COLUMN gateway_id text;
CREATE INDEX refunds_gateway_id ON refunds (gateway_id) WHERE gateway_id IS NOT NULL;

-- The desk shows how many payments somebody has to look at.
CREATE TRIGGER note_change AFTER UPDATE ON payments
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed_bookings_of();
