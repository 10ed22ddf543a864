#!/usr/bin/env bash
# Fuzzes one reader of what strangers send, on the stable compiler: scripts/fuzz.sh sheets 300
# Targets are in fuzz/targets; what was found interesting stays in fuzz/corpus, what failed in fuzz/artifacts.
set -euo pipefail
cd "$(dirname "$0")/../fuzz"
target=${1:?"which target? $(basename -s .rs targets/*.rs | paste -sd ' ')"}
seconds=${2:-60}
platform=x86_64-unknown-linux-gnu
# The versions that HBS itself is built with.
[ -e Cargo.lock ] || cp ../Cargo.lock Cargo.lock
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Ccodegen-units=1"
cargo build --target "$platform" --bin "$target"
mkdir -p "corpus/$target" "artifacts/$target"
# 4 GB of addresses, so that a fault takes down the fuzzer and not the machine.
ulimit -v 4000000
exec "target/$platform/debug/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
  -artifact_prefix="artifacts/$target/" "corpus/$target" "seeds/$target"
