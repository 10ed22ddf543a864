#!/bin/bash
# Runs the tour of README.md, block by block, and stops at the first one that fails. HBS must be running (`make run`), with
# the same HBS_LISTEN.
set -euo pipefail
shopt -s inherit_errexit

cd "$(dirname "$0")/.."
blocks=$(awk '
    /^## / { in_tour = $2 == "Tour" }
    !in_tour { next }
    /^```/ { is_code = !is_code && $0 == "```sh"; if (is_code) printf "echo; echo Block %d\n", ++count; next }
    is_code
' README.md)
set -x
eval "$blocks"
