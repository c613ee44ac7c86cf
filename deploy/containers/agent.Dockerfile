# The agent in a container. It watches the host only when the host's /proc, /sys and / are mounted: see compose.yaml.
# Build from the repository's root: docker build -f deploy/containers/agent.Dockerfile -t tidemark-agent .
FROM node:26-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY proto/package.json proto/
COPY agent/package.json agent/
COPY hub/package.json hub/
COPY ui/package.json ui/
RUN npm install --no-save --omit=optional
COPY proto proto
COPY agent agent
COPY deploy/build deploy/build
RUN node deploy/build/main.ts

FROM node:26-bookworm-slim
COPY --from=build /src/agent/dist /usr/lib/tidemark-agent
RUN useradd --system --uid 8478 --home-dir /var/lib/tidemark-agent --create-home tidemark-agent \
  && printf '#!/bin/sh\nexec node /usr/lib/tidemark-agent/tidemark-agent.mjs "$@"\n' >/usr/bin/tidemark-agent \
  && chmod 0755 /usr/bin/tidemark-agent
USER tidemark-agent
VOLUME /var/lib/tidemark-agent
ENTRYPOINT ["/usr/bin/tidemark-agent"]
CMD ["run"]
