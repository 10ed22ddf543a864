#!/bin/sh
# Makes the user and the database `hbs` in PostgreSQL: the owner of its database, and no superuser. Run by the image of
# PostgreSQL at its first start, with the user's password in HBS_POSTGRES_PASSWORD.
set -eu

psql --quiet --set ON_ERROR_STOP=1 --set password="$HBS_POSTGRES_PASSWORD" --username "$POSTGRES_USER" --dbname postgres <<'END'
CREATE ROLE hbs LOGIN PASSWORD :'password';
CREATE DATABASE hbs OWNER hbs;
END
