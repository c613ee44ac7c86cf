# The hub with its broker, the embedded ClickHouse and the UI. Everything it keeps is in /var/lib/tidemark.
# Build from the repository's root: docker build -f deploy/containers/hub.Dockerfile -t tidemark-hub .
FROM node:26-bookworm-slim AS ui
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY proto/package.json proto/
COPY agent/package.json agent/
COPY hub/package.json hub/
COPY ui/package.json ui/
# With optional packages: the builder's native parts are among them.
RUN npm install --no-save
COPY proto proto
COPY ui ui
RUN npm run build -w ui

FROM node:26-bookworm-slim
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends nats-server \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/tidemark
COPY package.json package-lock.json .npmrc ./
COPY proto/package.json proto/
COPY agent/package.json agent/
COPY hub/package.json hub/
COPY ui/package.json ui/
RUN npm install --no-save --omit=dev -w proto -w hub && npm cache clean --force
COPY proto proto
COPY hub hub
COPY --from=ui /src/ui/dist ui/dist
RUN useradd --system --uid 8478 --home-dir /var/lib/tidemark --create-home tidemark
USER tidemark
ENV TIDEMARK_DATA_DIR=/var/lib/tidemark TIDEMARK_HTTP_HOST=0.0.0.0 TIDEMARK_NATS_HOST=0.0.0.0
VOLUME /var/lib/tidemark
EXPOSE 8478 4478
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8478/healthz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
ENTRYPOINT ["node", "hub/src/main.ts"]
CMD ["hub"]
