ALTER TABLE refunds DROP COLUMN drawer_id;
ALTER TABLE payments DROP COLUMN drawer_id;
DROP TABLE drawer_movements;
DROP TABLE drawers;
DROP FUNCTION check_drawer_move();
