#!/bin/bash
# Tries the API with requests that its document allows, and with those that it does not, as an administrator, as the desk
# of one hotel and as a guest: Schemathesis with all its checks, on one machine's `hbs dev` (`make run`, with the same
# HBS_LISTEN and HBS_RATE_LIMITS=off). It writes into the demo hotels whatever it likes. At the end the administrator tries
# what takes accounts and roles away.
#
#   scripts/schemathesis.sh [--serve] [--cases N] [--minutes N] [--report FOLDER] [-- OPTION…]
#
# --cases    requests per operation and kind of person, at most (20)
# --minutes  time of each kind of person, at most (10); without --serve less than their tokens last (15)
# --serve    starts `hbs dev` for this, from HBS or target/release/hbs, in a folder that is removed at the end
# --report   folder for reports as JSON
# --         options for Schemathesis, such as --include-tag bookings
#
# Schemathesis comes from PyPI, into an environment in HBS_DEV_DIR (.hbs). Ends with 0 if nothing was found, with 1 if
# something was, and with 2 if it could not be run.
#
# shellcheck disable=SC2317 # trap calls end
set -euo pipefail
shopt -s inherit_errexit

version=4.32.5
cases=20 minutes=10 serve='' report='' options=()

fail() {
    echo "schemathesis: $*" >&2
    exit 2
}

while [ $# -gt 0 ]; do
    case $1 in
    --serve) serve=yes ;;
    --cases | --minutes | --report)
        [ $# -gt 1 ] || fail "$1 needs a value"
        declare "${1#--}=$2"
        shift
        ;;
    --)
        shift
        options=("$@")
        break
        ;;
    *) fail "what is $1? The head of $0 says what there is" ;;
    esac
    shift
done
[[ $cases =~ ^[1-9][0-9]*$ && $minutes =~ ^[1-9][0-9]*$ ]] || fail "--cases and --minutes are numbers"
if [ -n "$report" ]; then
    mkdir -p "$report"
    report=$(realpath "$report")
fi

cd "$(dirname "$0")/.."
listen=${HBS_LISTEN:-127.0.0.1:8080}
url=http://$listen
# It changes and removes what it finds: nothing for a server that somebody else needs.
[[ $listen =~ ^(127\.[0-9]+\.[0-9]+\.[0-9]+|localhost|\[::1\]):[0-9]+$ ]] || fail "$listen is not an address of this machine"

mkdir -p "${HBS_DEV_DIR:-.hbs}"
dev=$(realpath "${HBS_DEV_DIR:-.hbs}")
venv=$dev/schemathesis-venv
program=$venv/bin/schemathesis
if [ "$("$program" --version 2>/dev/null)" != "schemathesis, version $version" ]; then
    echo "schemathesis: installing $version into $venv"
    python3 -m venv --clear "$venv" || fail "cannot make it; Python 3 with venv is needed"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary=:all: "schemathesis==$version" ||
        fail "cannot install it"
fi

folder=$(mktemp -d)
server=
end() {
    if [ -n "$server" ]; then
        kill -INT "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    # What root's PostgreSQL keeps elsewhere.
    if [ -L "$folder/dev/postgres" ]; then rm -rf "$(readlink "$folder/dev/postgres")"; fi
    rm -rf "$folder"
}
trap end EXIT

if [ -n "$serve" ]; then
    hbs=${HBS:-target/release/hbs}
    [ -x "$hbs" ] || fail "$hbs is not there: build it, or name another one in HBS"
    mkdir "$folder/dev"
    # Servers that were installed from wheels.
    if [ -d "$dev/venv" ]; then ln -s "$dev/venv" "$folder/dev/venv"; fi
    HBS_LISTEN=$listen HBS_DEV_DIR=$folder/dev HBS_RATE_LIMITS=off HBS_ACCESS_TOKEN_SECONDS=86400 "$hbs" dev >"$folder/output" 2>&1 &
    server=$!
    for _ in $(seq 120); do
        if curl --silent --fail --output /dev/null "$url/health/ready"; then break; fi
        kill -0 "$server" 2>/dev/null || fail "hbs ended: $(cat "$folder/output")"
        sleep 1
    done
fi
curl --silent --fail --output /dev/null "$url/health/ready" || fail "HBS does not answer at $url; start it, or use --serve"

# token <address>: an access token of a demo account.
token() {
    curl --silent --fail "$url/v1/auth/login" --header 'Content-Type: application/json' \
        --data "{\"login\": \"$1\", \"password\": \"demo-password\"}" |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])' ||
        fail "$1 cannot sign in; are the demo hotels there (\`hbs dev\`)?"
}

# What would end the session under test, and what moves the clock of all.
leave_out='^/v1/(auth/(logout|logout-all|sessions/\{id\}|password/change)|test/clock)$'
# What would erase the account under test.
leave_out_operation=erase_me
# What may take from the people of the next runs what they may do, or their accounts: tried at the end.
of_people='^/v1/(users/\{id\}(/.*)?|roles/\{id\})$'
# Schemas cannot say all that is asked of a request: that a room is one of the hotel (422), that a version is the newest
# (412), that a file is a picture (415), or that a state allows what is wanted (409). Without If-Match the answer is 428.
cat >"$folder/schemathesis.toml" <<'END'
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", 401, 403, 404, 409, 412, 415, 422, 429, 503]
[checks.missing_required_header]
expected-statuses = [400, 401, 403, 404, 406, 415, 422, 428]
END
# Most dates are such that a hotel sells then, so that more is tried than refusals; the others are of any year that the
# document allows.
cat >"$folder/hooks.py" <<'END'
from datetime import date, timedelta

import schemathesis
from hypothesis import strategies as st

soon = st.dates(date.today(), date.today() + timedelta(days=60))
allowed = st.dates(date(1900, 1, 1), date(2999, 12, 31))
schemathesis.openapi.format("date", st.one_of(soon, soon, allowed).map(str))
END
status=0

# try <name of the report> <person> <option…>: all cases of a person.
try() {
    local name=$1 person=$2 token reports=()
    shift 2
    echo "schemathesis: $name, as $person@demo.example"
    token=$(token "$person@demo.example")
    if [ -n "$report" ]; then reports=(--report json --report-json-path "$report/$name.json"); fi
    (
        cd "$folder"
        SCHEMATHESIS_HOOKS=$folder/hooks.py "$program" run "$url/openapi.json" --header "Authorization: Bearer $token" --checks all \
            --max-examples "$cases" --max-time $((minutes * 60)) --request-timeout 20 --continue-on-failure \
            --generation-database none --generation-allow-x00 false --suppress-health-check all --no-color "$@" \
            "${reports[@]}" "${options[@]}"
    ) || status=1
}

for person in admin desk ana; do
    try "$person" "$person" --exclude-path-regex "$leave_out|$of_people" --exclude-operation-id "$leave_out_operation"
done
try people admin --include-path-regex "$of_people"
exit $status
