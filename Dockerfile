# AI Core Proxy as a small image without a desktop; docs/docker.md says how it is run.
# The same steps by hand, in an empty Debian, are in tests/packaging/image_steps.sh.
FROM python:3.13-slim-bookworm AS build

WORKDIR /build
COPY requirements/image.txt requirements/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --no-compile --require-hashes -r requirements/image.txt
COPY pyproject.toml setup.py README.md LICENSE ./
COPY proxy_core proxy_core
ARG COMMIT=""
RUN printf '%s' "$COMMIT" > proxy_core/commit.txt \
    && /opt/venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    && /opt/venv/bin/pip uninstall --yes --quiet setuptools pip \
    && rm -f /opt/venv/bin/sap-ai-proxy-tray

FROM python:3.13-slim-bookworm

# The home is open to every user, for `docker run --user`; /root is passable, for what was mounted there of old. A volume
# takes its rights from the folder that it first covers, hence one for the cache.
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin aicore \
    && mkdir /home/aicore/.cache \
    && chmod 1777 /home/aicore /home/aicore/.cache \
    && chmod 711 /root \
    && mkdir /app
COPY --from=build /opt/venv /opt/venv
COPY --chmod=755 deploy/entrypoint.sh /usr/local/bin/entrypoint
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/home/aicore \
    PYTHONUNBUFFERED=1 \
    PORT=3001 \
    HOST=0.0.0.0 \
    CONFIG_PATH=/app/config.json
USER 10001
WORKDIR /app
EXPOSE 3001
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["entrypoint", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["entrypoint"]
