-- What became of mails, for whoever asks whether one was sent. No address and no word of it is kept.
CREATE TABLE mail_log (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    user_id uuid REFERENCES users (id),
    outcome text NOT NULL CHECK (outcome IN ('sent', 'failed', 'given_up', 'left_out', 'not_wanted')),
    -- The mail server's code, if it answered.
    code text,
    attempts integer NOT NULL CHECK (attempts >= 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX mail_log_updated_at ON mail_log (updated_at);

-- Mailboxes that their server has refused for good. What is optional does not go there.
CREATE TABLE mail_bounces (
    mailbox text PRIMARY KEY,
    code text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
