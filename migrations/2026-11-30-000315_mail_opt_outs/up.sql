-- Letters that somebody wants no more of, by their address: those that one may do without, and that no account has a preference
-- for.
CREATE TABLE mail_opt_outs (
    mailbox text NOT NULL CHECK (mailbox = lower(mailbox)),
    class text NOT NULL CHECK (class IN ('broadcasts', 'reviews')),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (mailbox, class)
);
