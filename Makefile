# Everything that is done with HBS often. `make` alone lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test lint fmt bench openapi schema deps clean-dev

export HBS_DEV_DIR ?= .hbs

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 12

run: deps ## Start private stores, load the demo hotels, serve on 127.0.0.1:8080 (HBS_LISTEN, HBS_DEV_DIR)
	cargo run --locked -p hbs -- dev

# `--tests` leaves out the examples of doc comments: there are none, and to look for them all of hbs is read once more.
test: deps ## All tests, on stores of their own with throw-away data
	@scripts/install-deps.sh judges
	cargo test --locked --workspace --tests

# Documentation of libraries alone: before that of the programs, cargo would check all of hbs once more.
lint: deps ## Formatting, clippy, documentation; bans, licences and sources where cargo-deny is installed
	cargo fmt --all -- --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps --workspace --lib --quiet
	@if cargo deny --version >/dev/null 2>&1; then \
		echo "cargo deny check bans licenses sources"; \
		cargo deny --log-level error --locked check bans licenses sources; \
	else \
		echo "lint: cargo-deny is not installed, so bans, licences and sources were not checked"; \
	fi

fmt: ## Format the code
	cargo fmt --all

bench: deps ## How fast, beside what is possible on this machine (bench/README.md)
	cargo build --release --locked -p hbs -p hbs-bench
	cargo run --release --locked --quiet -p hbs-bench -- all

openapi: deps ## Write the OpenAPI snapshot anew
	@new=$$(mktemp) && trap 'rm -f "$$new"' EXIT && \
	HBS_TEST_CLOCK=off cargo run --locked --quiet -p hbs -- openapi > "$$new" && \
	cat "$$new" > crates/hbs/tests/api/openapi.json && \
	echo "wrote crates/hbs/tests/api/openapi.json"

# A private PostgreSQL, every migration, then what Diesel sees. The first line of the file stays.
# It does not build hbs, which may need the new schema to build.
SCHEMA := crates/hbs-schema/src/lib.rs
schema: deps ## Write the schema crate anew from the migrations (needs the Diesel CLI)
	@command -v diesel >/dev/null || { \
		echo "schema: needs the Diesel CLI: cargo install diesel_cli --locked --no-default-features --features postgres-bundled" >&2; \
		exit 1; \
	}
	cargo build --locked --quiet -p hbs-devstack --example stack
	@set -e; dir=$$(mktemp -d); \
	cargo run --locked --quiet -p hbs-devstack --example stack > "$$dir/urls" & stack=$$!; \
	trap 'kill $$stack; rm -rf "$$dir"' EXIT; \
	until [ "$$(wc -l < "$$dir/urls")" -ge 3 ]; do kill -0 $$stack; sleep 0.1; done; \
	url=$$(head -1 "$$dir/urls"); \
	head -2 $(SCHEMA) > "$$dir/lib.rs"; \
	diesel migration run --migration-dir migrations --database-url "$$url"; \
	diesel print-schema --database-url "$$url" >> "$$dir/lib.rs"; \
	cat "$$dir/lib.rs" > $(SCHEMA); \
	echo "wrote $(SCHEMA)"

deps: ## Install what is missing: C compiler, PostgreSQL, Redis, MongoDB
	@scripts/install-deps.sh

# Root's PostgreSQL data lies outside of the directory; `postgres` is a link to it.
clean-dev: ## Forget the data of `make run`; the Python environment stays
	@if [ -d "$$HBS_DEV_DIR" ]; then \
		cd "$$HBS_DEV_DIR" && \
		{ flock --nonblock in-use.lock true || { echo "clean-dev: $$HBS_DEV_DIR is in use; stop what uses it first" >&2; exit 1; }; } && \
		{ case $$(readlink postgres) in /var/tmp/hbs-*) rm -rf "$$(readlink postgres)";; esac; } && \
		rm -rf postgres redis mongodb demo-gateway log run stack.json mongodb-key data-key hbs.log in-use.lock starting.lock && \
		echo "clean-dev: $$HBS_DEV_DIR holds no data any more"; \
	fi
