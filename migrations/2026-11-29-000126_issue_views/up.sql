-- Filters of issues that people have saved: for themselves, or for all who see issues at the hotel.

CREATE TABLE issue_views (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    is_shared boolean NOT NULL,
    filter jsonb NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id)
);
CREATE INDEX issue_views_id ON issue_views (id);
CREATE UNIQUE INDEX issue_views_name ON issue_views (property_id, user_id, folded(name));
