# The me-api as a container: the environment and the page are built in the first stage, and the
# second has only what a server needs. docs/cluster.md says how to run it; compose.yaml does.
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv/me-api
COPY requirements.txt requirements-node.txt ./
# Node is only needed to build the page, so it has an environment of its own.
RUN python -m venv .node && .node/bin/pip install -r requirements-node.txt
RUN python -m venv .venv && .venv/bin/pip install -r requirements.txt
WORKDIR /srv/me-api/client
COPY client/package.json client/package-lock.json ./
RUN PATH="/srv/me-api/.node/bin:$PATH" npm ci
COPY client ./
RUN PATH="/srv/me-api/.node/bin:$PATH" npm run build

FROM python:3.11-slim-bookworm
ENV PYTHONUNBUFFERED=1 ME_API_HOST=0.0.0.0 ME_API_PORT=1337
WORKDIR /srv/me-api
COPY --from=build /srv/me-api/.venv .venv
COPY app.py wsgi.py ./
COPY me_api me_api
COPY migrations migrations
COPY docs/kurs docs/kurs
COPY --from=build /srv/me-api/me_api/static me_api/static
# The server's user may write nothing but the database, not even bytecode.
RUN .venv/bin/python -m compileall -q app.py wsgi.py me_api migrations
RUN mkdir instance && chown 10001:10001 instance
USER 10001:10001
VOLUME /srv/me-api/instance
EXPOSE 1337
STOPSIGNAL SIGTERM
# Whether the process lives. Whether it is to get requests is /readyz, which a balancer may ask.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD [".venv/bin/python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"ME_API_PORT\"]}/healthz', timeout=4)"]
CMD [".venv/bin/python", "app.py"]
