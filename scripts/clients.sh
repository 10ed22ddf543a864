#!/bin/bash
# Generates clients of HBS from its OpenAPI document, in TypeScript and Python, checks their types, plays the tour of
# README.md with each, and a hotel's day in TypeScript, and holds every answer against the document, which is linted too. HBS
# must be running (`make run`), with the same HBS_LISTEN.
#
# What it needs comes from the registries of npm and Python. What was done before with the same files is not done again.
#
# With `--quick`, of the Python client only what the tour uses is checked, which takes a fraction of the time.
#
# shellcheck disable=SC2317 # step calls functions by their names
set -euo pipefail
shopt -s inherit_errexit

case ${1:-} in
    "") extent=whole ;;
    --quick) extent=quick ;;
    *)
        echo "usage: $0 [--quick]" >&2
        exit 2
        ;;
esac

cd "$(dirname "$0")/.."
export HBS_URL="http://${HBS_LISTEN:-127.0.0.1:8080}"
export NO_COLOR=1 REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true

mkdir -p "${HBS_DEV_DIR:-.hbs}"
dev=$(realpath "${HBS_DEV_DIR:-.hbs}")
document=$dev/clients-openapi.json
venv=$dev/clients-venv

# step <what> <command>…: a line if all is well, else all that the command said.
step() {
    local what=$1 said start=$SECONDS
    shift
    if said=$("$@" 2>&1); then
        echo "clients: $what, $((SECONDS - start)) s"
    else
        printf 'clients: FAILED: %s\n%s\n' "$what" "$said" >&2
        return 1
    fi
}

# once <stamp> <what> <command>… -- <file>…: a step that is left out if it was done with the same files.
once() {
    local stamp=$1 todo=() files
    shift
    while [ "$1" != -- ]; do
        todo+=("$1")
        shift
    done
    shift
    files=$(sha256sum "$@") || return
    if [ ! -f "$stamp" ] || [ "$files" != "$(<"$stamp")" ]; then
        rm -f "$stamp"
        step "${todo[@]}" && echo "$files" > "$stamp"
    fi
}

has_node() {
    command -v npm >/dev/null && node 2>/dev/null -e '
        const [major, minor] = process.versions.node.split(".").map(Number);
        process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1);'
}

has_python() {
    python3 2>/dev/null -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))'
}

install_packages() {
    npm ci --ignore-scripts --no-audit --no-fund
}

install_wheels() {
    python3 -m venv --clear "$venv" &&
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
            --only-binary=:all: --require-hashes --requirement requirements.txt
}

# The generator calls ruff by its name.
generate_python() {
    PATH="$venv/bin:$PATH" "$venv/bin/openapi-python-client" generate --path "$document" --config generator.yml --fail-on-warning \
        --meta none --overwrite --output-path generated/hbs_client
}

# Types that are right do not mean that each module can be imported.
check_python() {
    if [ "$extent" = quick ]; then
        "$venv/bin/mypy" --module tour
        return
    fi
    "$venv/bin/mypy" --package hbs_client --module tour && "$venv/bin/python" -c '
import importlib, pkgutil, hbs_client
for module in pkgutil.walk_packages(hbs_client.__path__, "hbs_client."):
    importlib.import_module(module.name)'
}

typescript() (
    cd clients/typescript && mkdir -p generated &&
        once node_modules/.stamp "TypeScript: packages installed" install_packages -- package.json package-lock.json &&
        once generated/schema.stamp "TypeScript: client generated" \
            node_modules/.bin/openapi-typescript "$document" --default-non-nullable=false -o generated/schema.ts -- \
            package-lock.json "$document" &&
        once generated/build.stamp "TypeScript: types checked" \
            node_modules/.bin/tsc -- package-lock.json tsconfig.json ./*.ts generated/schema.ts &&
        step "TypeScript: tour played" node generated/build/tour.js &&
        step "TypeScript: a day of a hotel played" node generated/build/day.js
)

lint() (
    cd clients/lint &&
        once node_modules/.stamp "lint: packages installed" install_packages -- package.json package-lock.json || return
    status=0
    once node_modules/.spectral.stamp "lint: spectral" \
        node_modules/.bin/spectral lint --fail-severity hint "$document" -- package-lock.json .spectral.yaml "$document" ||
        status=1
    once node_modules/.redocly.stamp "lint: redocly" \
        node_modules/.bin/redocly lint --format stylish --max-problems 1000 "$document" -- \
        package-lock.json redocly.yaml "$document" ||
        status=1
    return $status
)

python() (
    cd clients/python && mkdir -p generated && export PYTHONPATH=generated &&
        once "$venv/clients.stamp" "Python: packages installed" install_wheels -- requirements.txt &&
        once generated/client.stamp "Python: client generated" \
            generate_python -- requirements.txt generator.yml "$document" &&
        once "generated/types-$extent.stamp" "Python: types checked ($extent)" \
            check_python -- requirements.txt generator.yml mypy.ini ./*.py "$document" &&
        step "Python: tour played" "$venv/bin/python" tour.py
)

if ! curl --silent --show-error --fail --output "$document" "$HBS_URL/openapi.json"; then
    echo "clients: HBS does not answer at $HBS_URL; start it with \`make run\`, or set HBS_LISTEN" >&2
    exit 1
fi
status=0
if has_node; then
    lint || status=1
    typescript || status=1
else
    echo "clients: node is not installed (20.19 or newer, with npm), so the TypeScript client and the lints were not checked"
fi
if has_python; then
    python || status=1
else
    echo "clients: Python is not installed (3.11 or newer, with venv), so the Python client was not checked"
fi
exit $status
