ALTER TABLE payments DROP COLUMN attention_about, DROP COLUMN acknowledged;
