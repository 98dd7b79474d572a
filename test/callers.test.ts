/** Guards who may ask: only who has a key of the file, no faster than the file says, and no message ever tells a key. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readCallers } from '../src/callers-file.ts';
import { createCallers, everybody, hashOf, type Caller } from '../src/callers.ts';
import { ShopgraphError } from '../src/errors.ts';

const open = everybody.identify({}) as Caller;
const folder = mkdtempSync(path.join(tmpdir(), 'callers-'));
const file = path.join(folder, 'callers.json');
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const key = 'sg_canary-of-web';
const secondKey = 'sg_canary-of-web-tomorrow';
const nightlyKey = 'sg_canary-of-nightly';
const web = { name: 'web', keySha256: hashOf(key) };
const nightly = { name: 'nightly', keySha256: hashOf(nightlyKey) };

function read(content: unknown) {
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return readCallers(file);
}

/** The lines after the first of the message with which a file is refused. */
function mistakesIn(...callers: unknown[]): string[] {
  return refusalOf({ callers }).split('\n  ').slice(1);
}

function refusalOf(content: unknown): string {
  try {
    read(content);
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error('the file was accepted');
}

const callersOf = (...callers: unknown[]) => createCallers({ listed: read({ callers }) });
type Headers = Parameters<ReturnType<typeof createCallers>['identify']>[0];

describe('the file', () => {
  it('says what a caller may; what it leaves out is the market, interactively and without limits', () => {
    const all = { scopes: ['market', 'credits'], monthlyCredits: 20_000, ratePerMinute: 600, lane: 'background' };
    expect(read({ callers: [web, { ...nightly, ...all }] })).toEqual([
      {
        caller: {
          name: 'web',
          scopes: new Set(['market']),
          monthlyCredits: null,
          ratePerMinute: null,
          lane: 'interactive',
        },
        keySha256: [web.keySha256],
      },
      { caller: { name: 'nightly', ...all, scopes: new Set(all.scopes) }, keySha256: [nightly.keySha256] },
    ]);
  });

  it('tells every mistake at once, each where it is', () => {
    const message = refusalOf({
      callers: [
        { name: 'a b', keySha256: 'plain', lane: 'fast', scopes: ['all'], monthlyCredits: null, ratePerMinute: 0 },
        { keySha256: [web.keySha256, 'plain'], scopes: [], monthlyCredit: 5 },
        web,
        { name: 'web', keySha256: hashOf(nightlyKey).toUpperCase() },
        { name: 'other', keySha256: [hashOf(nightlyKey)] },
        'web',
      ],
      caller: [],
    });
    const [head, ...mistakes] = message.split('\n  ');
    expect(head).toBe(`The callers file ${file} has mistakes:`);
    expect(mistakes.map((mistake) => mistake.split(': ')[0])).toEqual([
      'callers[0].name',
      'callers[0].keySha256',
      'callers[0].scopes[0]',
      'callers[0].monthlyCredits',
      'callers[0].ratePerMinute',
      'callers[0].lane',
      'callers[1].name',
      'callers[1].keySha256[1]',
      'callers[1].scopes',
      'callers[1].monthlyCredit',
      'callers[2].keySha256',
      'callers[3].name',
      'callers[4].keySha256[0]',
      'callers[5]',
      'caller',
    ]);
  });

  it.each([
    ['a name with other characters', { name: 'a/b' }, 'callers[0].name: must be 1 to 64'],
    ['an empty name', { name: '' }, 'callers[0].name: must be 1 to 64'],
    ['a name that is too long', { name: 'n'.repeat(65) }, 'callers[0].name: must be 1 to 64'],
    ['a line after the name', { name: 'web\n' }, 'callers[0].name: must be 1 to 64'],
    ['a key instead of its hash', { keySha256: key }, 'callers[0].keySha256: must be the SHA-256'],
    ['no key', { keySha256: undefined }, 'callers[0].keySha256: must be the SHA-256'],
    ['an empty list of keys', { keySha256: [] }, 'callers[0].keySha256: must be the SHA-256'],
    ['a scope that is none', { scopes: ['admin'] }, 'callers[0].scopes[0]: must be one of: market, credits, explain'],
    ['a lane that is none', { lane: 'slow' }, 'callers[0].lane: must be one of: interactive, background'],
    ['credits as text', { monthlyCredits: '5' }, 'callers[0].monthlyCredits: must be a whole number'],
    ['negative credits', { monthlyCredits: -1 }, 'callers[0].monthlyCredits: must be a whole number, at least 0'],
    ['credits of null, which could mean none or any', { monthlyCredits: null }, 'callers[0].monthlyCredits: must be'],
    ['half a request', { ratePerMinute: 0.5 }, 'callers[0].ratePerMinute: must be a whole number, at least 1'],
    ['a typo, which would be no limit', { ratePerMinut: 5 }, 'callers[0].ratePerMinut: is no property'],
  ])('is refused for %s, in one line', (_what, wrong, says) => {
    const mistakes = mistakesIn({ ...web, ...wrong });
    expect(mistakes).toEqual([expect.stringContaining(says)]);
  });

  it('takes no credits at all for a limit: such a caller gets what is bought already', () => {
    expect(read({ callers: [{ ...web, monthlyCredits: 0 }] })[0]?.caller.monthlyCredits).toBe(0);
  });

  it('is refused where a name or a key is used twice, be the key written differently', () => {
    expect(mistakesIn(web, { ...nightly, name: 'web' })).toEqual(['callers[1].name: is the name of an earlier caller']);
    expect(mistakesIn(web, { ...nightly, keySha256: [web.keySha256.toUpperCase()] })).toEqual([
      'callers[1].keySha256[0]: is listed already',
    ]);
    expect(mistakesIn({ ...web, keySha256: [web.keySha256, web.keySha256] })).toEqual([
      'callers[0].keySha256[1]: is listed already',
    ]);
    // What is wrong anyway is told as that alone.
    const wrong = { name: 'a b', keySha256: 'plain' };
    expect(mistakesIn(wrong, wrong).length).toBe(4);
  });

  it.each([
    ['nobody', { callers: [] }, /callers: must list a caller/],
    ['no callers', {}, /callers: must be a list/],
    ['a list at the top', [web], /must be an object: { "callers": \[...\] }/],
    ['null', 'null', /must be an object/],
    ['nothing', '', /is not JSON$/],
    ['a comma too many', '{"callers": [\n],}', /is not JSON \(line 2 column 3\)$/],
  ])('is refused with %s', (_what, content, says) => {
    expect(refusalOf(content)).toMatch(says);
  });

  it('is refused by its name where it is missing or cannot be read', () => {
    const missing = path.join(folder, 'missing.json');
    expect(() => readCallers(missing)).toThrow(`The callers file ${missing} cannot be read: no such file or directory`);
    expect(() => readCallers(folder)).toThrow(
      `The callers file ${folder} cannot be read: illegal operation on a directory`,
    );
  });

  it('is refused without a word of a key or a hash, wherever one was put by mistake', () => {
    const secrets = [key, secondKey, web.keySha256];
    const contents = secrets.flatMap((secret) => [
      secret,
      `{"callers":[{"name":"web","keySha256":${secret}}]}`,
      `{"callers":[{"name":"web","keySha256":"${secret}}]}`,
      { [secret]: [] },
      { callers: secret },
      { callers: { [secret]: web } },
      { callers: [secret] },
      { callers: [web, { ...web, keySha256: [secret, secret, secret] }] },
      // A key would do for a name.
      { callers: [{ ...nightly, name: secret }, { ...web, name: secret }, web] },
      ...['keySha256', 'scopes', 'monthlyCredits', 'ratePerMinute', 'lane', secret].flatMap((property) => [
        { callers: [web, { ...nightly, [property]: secret, typo: 1 }] },
        { callers: [web, { ...nightly, [property]: [secret], typo: 1 }] },
        { callers: [web, { ...nightly, [property]: { [secret]: secret }, typo: 1 }] },
      ]),
    ]);
    for (const content of contents) {
      const message = refusalOf(content);
      for (const secret of secrets) expect(message).not.toContain(secret);
    }
  });
});

describe('a caller is known', () => {
  const { identify } = callersOf({ ...web, keySha256: [web.keySha256, hashOf(secondKey).toUpperCase()] }, nightly);
  const nameOf = (headers: Headers) => {
    const caller = identify(headers);
    return caller instanceof ShopgraphError ? caller : caller.name;
  };

  it.each<[string, Headers, string]>([
    ['a bearer key', { authorization: `Bearer ${key}` }, 'web'],
    ['a bearer key, however the scheme is spelled', { authorization: `bearer  ${nightlyKey}` }, 'nightly'],
    ['x-api-key', { 'x-api-key': nightlyKey }, 'nightly'],
    ['the same key twice', { authorization: `Bearer ${key}`, 'x-api-key': key }, 'web'],
    ['its second key', { 'x-api-key': secondKey }, 'web'],
    ['its key beside an empty header', { authorization: '', 'x-api-key': key }, 'web'],
    ['its key beside another empty header', { authorization: `Bearer ${key}`, 'x-api-key': '' }, 'web'],
  ])('by %s', (_by, headers, name) => {
    expect(nameOf(headers)).toBe(name);
  });

  const lesson = /Send a key of this server/;
  it.each<[string, Headers, RegExp]>([
    ['nothing', {}, lesson],
    ['empty headers', { authorization: '', 'x-api-key': '' }, lesson],
    ['a key that is not listed', { 'x-api-key': `${key}x` }, /does not know the key/],
    ['the hash instead of the key', { authorization: `Bearer ${web.keySha256}` }, /does not know the key/],
    ['a header sent twice', { 'x-api-key': [key, key] }, /does not know the key/],
    ['another scheme', { authorization: `Basic ${key}` }, /must be `Bearer <key>`/],
    ['another scheme beside a good key', { authorization: 'Basic eDp5', 'x-api-key': key }, /must be `Bearer <key>`/],
    ['a key without a scheme', { authorization: key }, /must be `Bearer <key>`/],
    ['a scheme without a key', { authorization: 'Bearer' }, /must be `Bearer <key>`/],
    ['two words', { authorization: `Bearer ${key} ${key}` }, /must be `Bearer <key>`/],
    ['two keys, though both are good', { authorization: `Bearer ${key}`, 'x-api-key': nightlyKey }, /different keys/],
  ])('not by %s, and is told what to do but not the key', (_by, headers, says) => {
    const refusal = nameOf(headers);
    expect(refusal).toBeInstanceOf(ShopgraphError);
    const { message, code, retryable, extensions, details } = refusal as ShopgraphError;
    expect({ code, retryable }).toEqual({ code: 'UNAUTHENTICATED', retryable: false });
    expect(message).toMatch(says);
    expect(JSON.stringify({ message, extensions, details })).not.toMatch(
      new RegExp(`canary|eDp5|${web.keySha256.slice(0, 8)}`),
    );
  });

  it('by nothing else than a key whose hash is listed, whatever the headers are', () => {
    const keys = new Map([
      [key, 'web'],
      [secondKey, 'web'],
      [nightlyKey, 'nightly'],
    ]);
    const text = fc.oneof(fc.constantFrom(...keys.keys(), web.keySha256, ''), fc.string({ unit: 'binary' }));
    const scheme = fc.constantFrom('Bearer ', 'bearer ', 'BEARER\t', 'Basic ', '', ' ');
    const authorization = fc.tuple(scheme, text).map((parts) => parts.join(''));
    const header = { authorization, 'x-api-key': fc.oneof(text, fc.array(text)) };
    fc.assert(
      fc.property(fc.record(header, { requiredKeys: [] }), (headers) => {
        const caller = identify(headers);
        const sent = [headers.authorization?.replace(/^bearer /i, ''), [headers['x-api-key']].flat().join()];
        if (caller instanceof ShopgraphError) expect(caller.code).toBe('UNAUTHENTICATED');
        else expect(sent.map((each) => keys.get(each ?? ''))).toContain(caller.name);
      }),
      { numRuns: 2000 },
    );
  });
});

it('whoever asks where no key is needed may ask all, without limits', async () => {
  expect(open).toEqual({
    name: 'anonymous',
    isAnonymous: true,
    scopes: new Set(['market', 'credits', 'explain']),
    monthlyCredits: null,
    ratePerMinute: null,
    lane: 'interactive',
  });
  const { admit } = callersOf(web);
  expect(await Promise.all(Array.from({ length: 1000 }, () => admit(open)))).toEqual(Array(1000).fill(null));
});

describe('a rate', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const at = (name: string, ratePerMinute: number): Caller => ({ ...open, name, ratePerMinute });

  it('lets so many requests pass in a minute from the first one, and tells the others how long the minute lasts', async () => {
    const { admit } = callersOf(web);
    const caller = at('web', 2);
    expect(await admit(caller)).toBeNull();
    vi.advanceTimersByTime(10_000);
    expect(await admit(caller)).toBeNull();
    vi.advanceTimersByTime(5000);
    expect(await admit(caller)).toEqual({ retryAfterMs: 45_000 });
    vi.advanceTimersByTime(44_999);
    expect(await admit(caller)).toEqual({ retryAfterMs: 1 });
    vi.advanceTimersByTime(1);
    expect(await admit(caller)).toBeNull();
  });

  it('is of the caller, whichever key is used, and of no other caller', async () => {
    const { admit, identify } = callersOf({ ...web, keySha256: [key, secondKey].map(hashOf), ratePerMinute: 1 });
    expect(await admit(identify({ 'x-api-key': key }) as Caller)).toBeNull();
    expect(await admit(identify({ 'x-api-key': secondKey }) as Caller)).toEqual({ retryAfterMs: 60_000 });
    expect(await admit(at('nightly', 1))).toBeNull();
  });

  it('is exact though all ask at once', async () => {
    const { admit } = callersOf(web);
    const answers = await Promise.all(Array.from({ length: 50 }, () => admit(at('web', 20))));
    expect(answers.filter((answer) => answer === null).length).toBe(20);
  });

  it('holds in each server alone, at once, while Redis is away', async () => {
    const queued = () => new Promise<never>(() => undefined);
    const redis = { status: 'reconnecting', defineCommand: () => undefined, rlflxIncr: queued };
    const { admit } = createCallers({ listed: [], redis });
    expect(await admit(at('web', 1))).toBeNull();
    expect(await admit(at('web', 1))).toEqual({ retryAfterMs: 60_000 });
  });
});

it('a minute that is not over does not keep the process up', () => {
  const script = `
    import { createCallers, everybody } from ${JSON.stringify(path.join(import.meta.dirname, '../src/callers.ts'))};
    console.log(await createCallers({ listed: [] }).admit({ ...everybody.identify({}), ratePerMinute: 5 }));`;
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 10_000 });
  expect({ status: run.status, said: run.stdout.toString() }).toEqual({ status: 0, said: 'null\n' });
});

describe('npm run new-caller', () => {
  const script = path.join(import.meta.dirname, '../examples/new-caller.ts');

  it('prints a new key each time, and an entry that the file takes and that lets the key in', () => {
    const [first, second] = [1, 2].map(() => {
      const said = execFileSync(process.execPath, [script, 'mobile'], { encoding: 'utf8' });
      const [made = ''] = /\bsg_[\w-]{43}(?!\S)/.exec(said) ?? [];
      const entry: unknown = JSON.parse(said.slice(said.indexOf('{'), said.lastIndexOf('}') + 1));
      expect(callersOf(entry).identify({ authorization: `Bearer ${made}` })).toMatchObject({ name: 'mobile' });
      return made;
    });
    expect(first).not.toBe(second);
  });

  it.each([[[]], [['a b']]])('says how to use it when called with %j', (names) => {
    const { status, stderr, stdout } = spawnSync(process.execPath, [script, ...names], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/Usage: npm run new-caller -- <name>/);
  });
});
