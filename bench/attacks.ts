/**
 * What each attack costs the server, in times of a trivial query, by the CPU time of its process. Run: npm run bench:attacks
 *
 * Each request differs from all others, so that nothing is answered from memory. Rounds of all attacks are interleaved with
 * rounds of the trivial query. The table goes to docs/security.md.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import {
  attacks,
  connections,
  profiles,
  send,
  trivial,
  type Attack,
  type Profile,
  type Sent,
  type Way,
} from '../test/security/attacks.ts';

const RATIO_MAX = 5;
const ROUNDS = 5;
/** Of one way in one round: enough for the clock, and for garbage to be collected at the expense of whoever made it. */
const ROUND_MS = 80;
const REPEATS_MIN = 30;
const REPEATS_MAX = 60;
/** The code runs as fast as it gets before it is measured. */
const WARM_MS = 400;
const RUN_MS_MAX = 115_000;
const START_MS_MAX = 10_000;

/** Asked over the channel to its parent, the server's process tells the CPU time that it has used. */
const teller = 'process.on("message",()=>process.send(process.cpuUsage()));process.channel.unref()';

interface Server {
  readonly origin: string;
  readonly child: ChildProcess;
}

const agent = connections();
const children: ChildProcess[] = [];
// However we end, they do not outlive us; and a run that hangs is no result.
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
setTimeout(() => process.exit(1), RUN_MS_MAX).unref();

let n = 0;
const lines = [...(await measure('development')), ...(await measure('production'))];
const table = report(lines);
console.log(table);
await write(table);
if (Math.max(...lines.map(({ ratio }) => ratio)) > RATIO_MAX) process.exitCode = 1;
agent.destroy();
for (const child of children) child.kill('SIGTERM');

interface Line {
  readonly attack: Attack;
  /** Of its dearest way. */
  readonly cpuMs: number;
  readonly ratio: number;
}

interface Measuring {
  readonly attack: Attack | null;
  readonly way: Pick<Way, 'sends' | 'atOnce'>;
  repeats: number;
  readonly rounds: number[];
}

async function measure(profile: Profile): Promise<Line[]> {
  const server = await start(profiles[profile]);
  const base: Measuring = { attack: null, way: { sends: trivial }, repeats: REPEATS_MAX, rounds: [] };
  const ways = attacks
    .filter((attack) => attack.profile === profile)
    .flatMap((attack) => attack.ways.map((way): Measuring => ({ attack, way, repeats: 0, rounds: [] })));
  for (const each of [base, ...ways]) await warm(server, each);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, each] of ways.entries()) {
      if (index % 10 === 0) base.rounds.push(await cpuMsOf(server, base));
      each.rounds.push(await cpuMsOf(server, each));
    }
  }
  server.child.kill('SIGTERM');
  const one = meanOf(base.rounds);
  return Map.groupBy(ways, ({ attack }) => attack!)
    .entries()
    .map(([attack, its]) => {
      const cpuMs = Math.max(...its.map(({ rounds }) => meanOf(rounds)));
      return { attack, cpuMs, ratio: cpuMs / one };
    })
    .toArray();
}

async function warm(server: Server, measuring: Measuring): Promise<void> {
  const startedAt = performance.now();
  let count = 0;
  while (performance.now() - startedAt < WARM_MS) {
    await sendAll(server, measuring.way);
    count++;
  }
  const each = (performance.now() - startedAt) / count;
  measuring.repeats = Math.min(REPEATS_MAX, Math.max(REPEATS_MIN, Math.round(ROUND_MS / each)));
}

/** For one request. */
async function cpuMsOf({ child, ...server }: Server, { way, repeats }: Measuring): Promise<number> {
  const before = await usedMs(child);
  for (let repeat = 0; repeat < repeats; repeat++) await sendAll(server, way);
  return ((await usedMs(child)) - before) / (repeats * (way.atOnce ?? 1));
}

async function sendAll({ origin }: Pick<Server, 'origin'>, { sends, atOnce = 1 }: Measuring['way']): Promise<void> {
  const sent = Array.from({ length: atOnce }, (): Sent => sends(n++));
  await Promise.all(sent.map((each) => send(origin, each, agent)));
}

async function usedMs(child: ChildProcess): Promise<number> {
  const told = once(child, 'message');
  child.send('used?');
  const [{ user, system }] = (await told) as [NodeJS.CpuUsage];
  return (user + system) / 1000;
}

async function start(env: Record<string, string>): Promise<Server> {
  const child = spawn(process.execPath, ['--import', `data:text/javascript,${teller}`, 'src/main.ts'], {
    cwd: new URL('..', import.meta.url),
    env: { ...env, SANDBOX: '1', PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  children.push(child);
  const starting = setTimeout(() => child.kill('SIGKILL'), START_MS_MAX);
  let origin: string | undefined;
  for await (const line of createInterface(child.stdout!)) {
    origin ??= /(http:\S+)\/graphql/.exec(line)?.[1];
    if (line.includes('/_sandbox')) break;
  }
  clearTimeout(starting);
  if (origin === undefined) throw new Error('The server did not start, or did not say where it is.');
  // What else it says is of no interest, but an unread pipe would hold it up.
  child.stdout!.resume();
  return { origin, child };
}

/** Garbage is collected in some rounds and not in others, at the expense of all. */
function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}

function report(all: readonly Line[]): string {
  const inOrder = attacks.map((attack) => all.find((line) => line.attack === attack)!);
  const dearest = inOrder.toSorted((a, b) => b.ratio - a.ratio)[0]!;
  return [
    '| | attack | is answered with | CPU ms | times a trivial query |',
    '|--:|---|---|--:|--:|',
    ...inOrder.map(
      ({ attack, cpuMs, ratio }, index) =>
        `| ${String(index + 1)} | ${attack.name} | ${answersOf(attack)} | ${cpuMs.toFixed(2)} | ${ratio.toFixed(1)} |`,
    ),
    '',
    `The largest is **${dearest.ratio.toFixed(1)}** (${dearest.attack.name}); ${String(RATIO_MAX)} is what we allow.`,
  ].join('\n');
}

/** All that its ways come to. */
function answersOf({ ways }: Attack): string {
  const answers = ways.map(({ gets }) =>
    'harmless' in gets
      ? gets.harmless
      : gets.code === null
        ? String(gets.status)
        : `${String(gets.status)} \`${gets.code}\``,
  );
  return [...new Set(answers)].join('; ');
}

async function write(text: string): Promise<void> {
  const file = new URL('../docs/security.md', import.meta.url);
  const [before, rest] = readFileSync(file, 'utf8').split(/(?<=<!-- attacks -->\n)/);
  const after = rest?.split(/(?=<!-- \/attacks -->)/)[1];
  if (before === undefined || after === undefined) throw new Error('docs/security.md has no place for the table.');
  const options = await resolveConfig(fileURLToPath(file));
  writeFileSync(file, await format(`${before}\n${text}\n\n${after}`, { ...options, parser: 'markdown' }));
}
