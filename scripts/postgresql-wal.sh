#!/bin/sh
# Keeps PostgreSQL's write-ahead log, so that it can be brought back to any moment: see docs/operations.md, "To a moment in time".
#
#   archive_command = '/usr/local/bin/postgresql-wal.sh archive /var/backups/wal %p %f'
#   restore_command = '/usr/local/bin/postgresql-wal.sh fetch /var/backups/wal %f %p'
#   postgresql-wal.sh base /var/backups/base     # as a user who may replicate; once a day
#
# PostgreSQL keeps a segment until `archive` ends with 0: it does so only when the segment lasts under its name.
set -eu

fail() {
    echo "postgresql-wal.sh: $*" >&2
    exit 1
}

# Debian has this program outside of PATH, once for each version; the last one reads the manifests of all.
verifier() {
    if command -v pg_verifybackup; then
        return
    fi
    for program in /usr/lib/postgresql/*/bin/pg_verifybackup; do
        last="$program"
    done
    echo "$last"
}

case "${1:-}" in
archive)
    [ $# -eq 4 ] || fail "archive FOLDER PATH NAME"
    target="$2/$4"
    if [ -e "$target" ]; then
        # PostgreSQL may ask again for what it did not hear was done. Another content of the same name is another server's.
        cmp -s "$3" "$target" || fail "$target is there with another content"
        exit 0
    fi
    partial="$2/.$4.partial"
    cp "$3" "$partial"
    sync "$partial"
    mv "$partial" "$target"
    sync "$2"
    ;;
fetch)
    [ $# -eq 4 ] || fail "fetch FOLDER NAME PATH"
    [ -e "$2/$3" ] || exit 1
    cp "$2/$3" "$4"
    ;;
base)
    [ $# -eq 2 ] || fail "base FOLDER"
    name="$(date -u +%Y%m%dT%H%M%SZ)"
    mkdir -p "$2"
    pg_basebackup --pgdata="$2/$name.partial" --format=plain --wal-method=stream --checkpoint=fast --manifest-checksums=SHA256
    "$(verifier)" --quiet "$2/$name.partial"
    mv "$2/$name.partial" "$2/$name"
    sync "$2"
    echo "$2/$name"
    ;;
*)
    fail "archive, fetch or base"
    ;;
esac
