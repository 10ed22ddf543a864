DROP TABLE role_permissions, roles, refresh_tokens, sessions, users;
