#!/bin/bash
# Runs the tour of README.md and those of docs/, block by block, and stops at the first one that fails. HBS must be running
# (`make run`), with the same HBS_LISTEN.
set -euo pipefail
shopt -s inherit_errexit

cd "$(dirname "$0")/.."

# blocks <page> [<section>]: the blocks of a page, or of one section of it.
blocks() {
    awk -v page="$1" -v section="${2-}" '
        section != "" && /^## / { is_in = $2 == section }
        section != "" && !is_in { next }
        /^```/ { is_code = !is_code && $0 == "```sh"; if (is_code) printf "echo; echo %s, block %d\n", page, ++count; next }
        is_code
    ' "$1"
}

tour=$(
    blocks README.md Tour
    blocks docs/money-tour.md
    blocks docs/issues.md
    blocks docs/notifications-tour.md
)
set -x
eval "$tour"
