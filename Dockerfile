# syntax=docker/dockerfile:1

FROM rust:1.95-bookworm AS builder
WORKDIR /src
COPY . .
# The caches are no part of the image, so the program is copied out of them.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked -p hbs \
    && install -D target/release/hbs /out/hbs

FROM debian:bookworm-slim
# Certificate authorities: for stores that are reached by TLS.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
COPY --from=builder /out/hbs /usr/local/bin/hbs

# No shell, no home, and a number that secret files on the host can be given to.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin hbs \
    && install -d -o 10001 -g 10001 /var/lib/hbs/objects
USER 10001:10001
# hbs.toml is read from here, if there is one.
WORKDIR /etc/hbs

ENV HBS_ENVIRONMENT=production \
    HBS_LISTEN=0.0.0.0:8080
EXPOSE 8080

# bash can do without curl. With a certificate (HBS_TLS_CERT) the port speaks HTTPS: then check
# from outside and switch this off (docker run --no-healthcheck).
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health/live HTTP/1.0\\r\\n\\r\\n' >&3 && read -r -t 2 _ status _ <&3 && [ \"$status\" = 200 ]"]

ENTRYPOINT ["hbs"]
CMD ["serve"]
