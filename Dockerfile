# The image: what runs, and nothing of what it was made with. Node runs the TypeScript as it is, so nothing is compiled.
#
#     docker build -t shopgraph .
#     docker run -p 4000:4000 -e SANDBOX=1 -e AUTH=none shopgraph

ARG NODE_VERSION=24

FROM node:${NODE_VERSION}-bookworm-slim AS dependencies
WORKDIR /app
# Before the sources: what is installed changes only with the lockfile.
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:${NODE_VERSION}-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 DATA_DIR=/data
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY schema ./schema
COPY src ./src
# Where bought answers outlive the container.
RUN install -d -o node -g node -m 0700 /data
VOLUME /data
# Owns none of the program's files, and so cannot change them.
USER node
EXPOSE 4000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health').then(({ ok }) => process.exit(ok ? 0 : 1))"]
# Without a shell or npm in between: SIGTERM reaches the server, which answers what is under way.
CMD ["node", "src/main.ts"]
