/**
 * How fast the main query is, warm and cold, and how near to the least that its two rounds upstream take. Run: npm run bench
 *
 * Warm, the load is a closed loop on eight connections; `GET /health` is what the server and this load can do at all.
 * Cold, each question is asked once, next to the floor: the same calls made by hand. All rounds are interleaved.
 */
import { deepStrictEqual } from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Pool } from 'undici';
import { startServer } from './child.ts';
import { askProviders, check } from './floor.ts';
import { ask, load, quantile, together, type Measured, type Request } from './load.ts';
import { coldQuestions, mainQuestion, smallData, smallRequest, toRequest } from './questions.ts';

const ASKERS = 8;
const ROUNDS = 3;
const ROUND_MS = 1500;
const LATENCY_MS = 50;
const CALLS = 22;
/** Cold questions that only warm up: connections, and code that has not run yet. */
const COLD_UNCOUNTED = 5;
const RATIO_MAX = 1.3;
const RUN_MS_MAX = 40_000;

await using served = await startServer();
// A run that hangs is no result.
setTimeout(() => process.exit(1), RUN_MS_MAX).unref();
const server = new Pool(served.origin, { connections: ASKERS });
const sandbox = new Pool(served.sandboxOrigin, { connections: 64 });
try {
  const warm = await measureWarm();
  const cold = await measureCold();
  const table = report(warm, cold);
  console.log(table);
  writeFileSync(new URL('RESULTS.md', import.meta.url), table);
  if (p50(cold.main) > RATIO_MAX * p50(cold.floor)) process.exitCode = 1;
} finally {
  await Promise.all([server.destroy(), sandbox.destroy()]);
}

type Warm = Record<'main' | 'small' | 'health', Measured>;
type Cold = Record<'main' | 'floor', Measured>;

async function measureWarm(): Promise<Warm> {
  const main = toRequest(mainQuestion);
  const said = await askProviders(sandbox, mainQuestion);
  check(await ask(server, main), said, CALLS);
  check(await ask(server, main), said, 0);
  await ask(server, smallRequest);
  const small = JSON.parse((await ask(server, smallRequest)).toString()) as { data: unknown };
  deepStrictEqual(small.data, smallData);

  const requests: Record<keyof Warm, Request> = {
    main,
    small: smallRequest,
    health: { method: 'GET', path: '/health' },
  };
  const rounds: Record<keyof Warm, Measured[]> = { main: [], small: [], health: [] };
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of ['main', 'small', 'health'] as const) {
      const request = requests[name];
      const bytes = (await ask(server, request)).byteLength;
      const measured = await load({ pool: server, request, askers: ASKERS, durationMs: ROUND_MS, bytes });
      // The first round warms up.
      if (round > 0) rounds[name].push(measured);
    }
  }
  return { main: together(rounds.main), small: together(rounds.small), health: together(rounds.health) };
}

async function measureCold(): Promise<Cold> {
  await ask(sandbox, { method: 'PATCH', path: '/_sandbox', body: JSON.stringify({ latencyMs: LATENCY_MS }) });
  const rounds: Record<keyof Cold, Measured[]> = { main: [], floor: [] };
  for (const [index, question] of coldQuestions().entries()) {
    const askServer = async () => timed(() => ask(server, toRequest(question)));
    const askByHand = async () => timed(() => askProviders(sandbox, question));
    // Whoever comes second finds the sandbox's own code and data warmer: they take turns.
    const first = index % 2 === 0 ? await askServer() : null;
    const floor = await askByHand();
    const main = first ?? (await askServer());
    check(main.answer, floor.answer, CALLS);
    if (index < COLD_UNCOUNTED) continue;
    rounds.main.push(main);
    rounds.floor.push(floor);
  }
  return { main: together(rounds.main), floor: together(rounds.floor) };
}

async function timed<Answer>(asks: () => Promise<Answer>): Promise<Measured & { answer: Answer }> {
  const startedAt = performance.now();
  const answer = await asks();
  const tookMs = performance.now() - startedAt;
  return { answer, tookMs, latenciesMs: [tookMs] };
}

function report(warm: Warm, cold: Cold): string {
  const ratio = (what: string, of: number, note = '') => `- ${what}: **${of.toPrecision(3)}**${note}`;
  return [
    '# Main query: 20 products with 30 days of history each',
    '',
    'Made by `npm run bench`. Read the ratios: they are what holds on another machine. Milliseconds and requests/s compare',
    'only within this table.',
    '',
    '| what | answers | p50 ms | p99 ms | requests/s |',
    '|---|--:|--:|--:|--:|',
    row(`main query, warm, ${String(ASKERS)} connections`, warm.main),
    row(`small query (five fields of a shop), warm, ${String(ASKERS)} connections`, warm.small),
    row(`\`GET /health\`: no GraphQL, ${String(ASKERS)} connections`, warm.health),
    row(`main query, cold, ${String(LATENCY_MS)} ms upstream, one at a time`, cold.main),
    row('floor: the same calls by hand, two rounds, one at a time', cold.floor),
    '',
    ratio('cold p50 / floor p50', p50(cold.main) / p50(cold.floor), `, required: at most ${String(RATIO_MAX)}`),
    ratio('warm main query / health, requests/s', perSecond(warm.main) / perSecond(warm.health)),
    ratio('warm small query / health, requests/s', perSecond(warm.small) / perSecond(warm.health)),
    '',
    `Node ${process.versions.node}, ${String(availableParallelism())} cores. The server and its sandbox share a process, the load has its own;`,
    'so the cold times of both rows hold what the sandbox takes to answer. Cold questions are spread over shops and over',
    `periods of 1 to 90 days, each bought in ${String(CALLS)} calls and compared with the floor's answer, day by day.`,
    '',
  ].join('\n');
}

function row(what: string, measured: Measured): string {
  const p99 = quantile(measured.latenciesMs, 0.99);
  const count = String(measured.latenciesMs.length);
  return `| ${what} | ${count} | ${p50(measured).toFixed(1)} | ${p99.toFixed(1)} | ${perSecond(measured).toFixed(0)} |`;
}

function p50({ latenciesMs }: Measured): number {
  return quantile(latenciesMs, 0.5);
}

function perSecond({ latenciesMs, tookMs }: Measured): number {
  return (latenciesMs.length / tookMs) * 1000;
}
