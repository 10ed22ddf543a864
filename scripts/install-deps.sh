#!/bin/sh
# Installs what `hbs dev`, the tests and the benches need besides Rust: a C compiler, PostgreSQL,
# Redis, MongoDB's stand-in SecantusDB unless there is a `mongod`, and aiosmtpd, the mail server of
# the tests. It changes nothing when all is there. The Python environment of SecantusDB and aiosmtpd
# goes to `venv` in HBS_DEV_DIR, by default `.hbs`.
set -eu

secantusdb=0.7.0b3
aiosmtpd=1.4.6

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

has_secantusdb() {
    [ -x "$venv/bin/python" ] && [ -x "$venv/bin/secantusd-py" ] || return
    for info in "$venv"/lib/python3*/site-packages/secantusdb-"$secantusdb".dist-info; do
        [ -d "$info" ] && return
    done
    return 1
}

has_aiosmtpd() {
    [ -x "$venv/bin/python" ] || return
    for info in "$venv"/lib/python3*/site-packages/aiosmtpd-"$aiosmtpd".dist-info; do
        [ -d "$info" ] && return
    done
    return 1
}

# Debian puts the part of Python that makes environments into a package of its own.
can_make_venv() {
    has python3 && python3 -c 'import ensurepip, venv' 2>/dev/null
}

missing_packages() {
    has cc || echo build-essential
    has pkg-config || echo pkg-config
    has_postgres || echo postgresql
    has redis-server || echo redis-server
    has flock || echo util-linux
    { has mongod || has_secantusdb; } && has_aiosmtpd || can_make_venv || echo python3-venv
}

install_packages() {
    if ! has apt-get; then
        echo "install-deps: without apt-get, please install by yourself: $*" >&2
        exit 1
    fi
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif has sudo; then
        as_root=sudo
    else
        echo "install-deps: please run as root:" >&2
        echo "  apt-get update && apt-get install -y --no-install-recommends $*" >&2
        exit 1
    fi
    echo "install-deps: installing $*"
    $as_root apt-get -qq update
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq install -y --no-install-recommends "$@" >/dev/null
}

pip_install() {
    echo "install-deps: installing $1 into $venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$1"
}

make_venv() {
    mkdir -p "$(dirname "$venv")"
    python3 -m venv --clear "$venv"
}

install_secantusdb() {
    make_venv
    pip_install "secantusdb==$secantusdb"
}

install_aiosmtpd() {
    [ -x "$venv/bin/python" ] || make_venv
    pip_install "aiosmtpd==$aiosmtpd"
}

packages=$(missing_packages)
if [ -n "$packages" ]; then
    # shellcheck disable=SC2086 # one word per package
    install_packages $packages
fi
has mongod || has_secantusdb || install_secantusdb
has_aiosmtpd || install_aiosmtpd
