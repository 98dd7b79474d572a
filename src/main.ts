/** The process: reads the environment, listens, and stops in good order. */
import { createServer as createHttpServer } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { readConfig, type Config } from './config.ts';
import { createServer } from './server.ts';

/** Still listening: whoever routes requests here needs a moment to see `/ready` say no. */
const LAST_CALL_MS = 1000;
/** For requests under way when the process is told to stop: then they are answered with what is there. */
const PATIENCE_MS = 8000;
/** For all of it; what is still in the air then is lost. */
const DRAIN_MS_MAX = 20_000;

// What a request leaves behind would be taken for what lives long, and collected in pauses of ten ms.
setFlagsFromString('--no-allocation-site-pretenuring');
// A hundred seconds after a collection V8 would collect everything once more, to give memory back, whoever is waiting: in a pause of a
// hundred ms, and what it leaves is so tight that it has to collect every few seconds.
setFlagsFromString('--memory-reducer-gc-count=0');
// V8 would put up to 920 bytes of other functions' code into one. With less, compiling takes a shorter time, which requests may have to
// wait for, and what is compiled runs no slower.
setFlagsFromString('--max-inlined-bytecode-size-cumulative=120');

try {
  await main(readConfig(process.env));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function main(config: Config): Promise<void> {
  const server = await createServer(config);
  const http = createHttpServer(server.listener);
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject).listen(config.port, config.host, resolve);
  });
  announce(config, server.sandboxOrigin, http.address());

  const stop = () => {
    server.drain();
    // A connection that is kept alive would keep the process: from now on each answer is the last of its connection.
    http.prependListener('request', (_request, response) => {
      response.shouldKeepAlive = false;
    });
    setTimeout(() => {
      http.close(() => {
        void server.close().then(() => process.exit(0));
      });
      setInterval(() => {
        http.closeIdleConnections();
      }, 100);
    }, LAST_CALL_MS);
    setTimeout(server.hurry, PATIENCE_MS).unref();
    setTimeout(() => process.exit(1), DRAIN_MS_MAX).unref();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

function announce({ host, sandbox }: Config, sandboxOrigin: string | null, address: unknown) {
  const { port } = address as { port: number };
  console.log(`shopgraph is at http://${host}:${port}/graphql`);
  if (!sandbox) return;
  const because = sandbox.because === 'asked' ? 'SANDBOX=1' : 'no provider has credentials';
  console.log(
    [
      '',
      `  SANDBOX: ${because}. All shops, products, creators and videos are invented; nothing is bought.`,
      `  What the graph asks the providers: ${sandboxOrigin}/_sandbox/calls`,
      '  For real data set WINNINGHUNTER_API_KEY.',
      '',
    ].join('\n'),
  );
}
