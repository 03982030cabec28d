# allocgate's server and worker: the compiled program, Node, Go, git and bubblewrap.
# Reviewed code runs in a sandbox inside the container, which needs the options that SECURITY.md lists under "Docker".
FROM golang:1.26-bookworm AS go

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.build.json ./
# Nothing that the image holds needs an install script.
RUN npm ci --ignore-scripts
COPY test/tools/build-package.ts test/tools/page-bundle.ts test/tools/
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends bubblewrap ca-certificates gcc git libc6-dev util-linux \
    && rm -rf /var/lib/apt/lists/*
COPY --from=go /usr/local/go /usr/local/go
ENV PATH=/usr/local/go/bin:$PATH NODE_ENV=production HOST=0.0.0.0 PORT=3000 ALLOCGATE_DATA=/data
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json app.yml ./
COPY rules rules
# The demo, and the code that the pages of the rules show.
COPY fixtures fixtures
# What must not be lost, and what makes reviews fast.
RUN install -d -o node -g node /data /home/node/.cache
USER node
VOLUME ["/data", "/home/node/.cache"]
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD \
    ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/main.js"]
CMD ["serve"]
