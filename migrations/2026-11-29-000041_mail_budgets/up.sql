-- How many mails went on a day to an address that nobody has proved, and on behalf of whom. Subjects are digests.
CREATE TABLE mail_budgets (
    subject bytea NOT NULL,
    day date NOT NULL,
    sent integer NOT NULL CHECK (sent >= 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (subject, day)
);
CREATE INDEX mail_budgets_day ON mail_budgets (day);
