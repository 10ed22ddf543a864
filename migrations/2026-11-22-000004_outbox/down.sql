DROP TABLE outbox_sinks, outbox_streams, outbox;
