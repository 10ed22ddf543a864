DROP TABLE notification_broadcasts;
DROP FUNCTION check_broadcast_move();
DROP TABLE notification_templates;
DROP TABLE notification_deliveries;
DROP TABLE notification_preferences;
DROP TABLE notification_settings;
DROP TABLE notification_progress;
DROP TABLE notifications;
DROP FUNCTION is_held(text, uuid, text[], uuid[]);
