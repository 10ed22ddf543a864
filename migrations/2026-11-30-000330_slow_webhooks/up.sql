-- Whether a webhook's last round had a slow answer: such webhooks wait for each other, and keep nobody else waiting.
ALTER TABLE webhooks ADD COLUMN is_slow boolean NOT NULL DEFAULT false;
