# Two images of one program. docker build --target web: webhooks and pages, without Go. docker build (or --target worker):
# Go, git and the sandbox as well, for `worker` and for `serve` with the embedded database.
# Reviewed code runs in a sandbox inside the worker, which needs the options that SECURITY.md lists under "Docker".
FROM golang:1.26-bookworm AS go
# Reviews need neither the tests of the standard library nor the documentation.
WORKDIR /usr/local/go
RUN rm -rf api doc misc test && find src \( -name testdata -o -name '*_test.go' \) -prune -exec rm -rf {} +

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.build.json ./
# No program of the image needs an install script.
RUN npm ci --ignore-scripts
COPY test/tools/build-package.ts test/tools/page-bundle.ts test/tools/
COPY src src
# Types and source maps are for editors and for whoever debugs the sources.
RUN npm run build && npm prune --omit=dev --ignore-scripts \
    && find dist node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.md' \) -delete

FROM debian:bookworm-slim AS web
# Debian deletes old versions of packages, so pinned ones could not be installed for long.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libstdc++6 \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* \
    && useradd --create-home --uid 1000 node
COPY --from=build /usr/local/bin/node /usr/local/bin/node
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 ALLOCGATE_DATA=/data
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json app.yml ./
COPY rules rules
# The demo, and the code that the pages of the rules show.
COPY fixtures fixtures
# What `init --workflow` writes.
COPY examples examples
# /data holds the embedded database; the cache makes reviews fast.
RUN install -d -o node -g node /data /home/node/.cache
# A number, so that Kubernetes can tell that it is not root.
USER 1000
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD \
    ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/main.js"]
CMD ["serve"]

FROM web AS worker
USER 0
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends bubblewrap gcc git libc6-dev util-linux \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
COPY --from=go /usr/local/go /usr/local/go
ENV PATH=/usr/local/go/bin:$PATH
USER 1000
VOLUME ["/data", "/home/node/.cache"]
