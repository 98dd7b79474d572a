/** Guards the start: a configuration is either understood as documented or refused with every mistake named, and never tells a key. */
import { describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';

const key = 'wh_0123456789abcdef0123456789abcdef0123456789abcdef';

type Env = Parameters<typeof readConfig>[0];

/** The message with which an environment is refused. */
function refusalOf(env: Env): string {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error('the configuration was accepted');
}

const accepted = (env: Env): boolean => {
  try {
    readConfig(env);
    return true;
  } catch {
    return false;
  }
};

const baseUrlOf = (url: string) => readConfig({ WINNINGHUNTER_BASE_URL: url }).winninghunter.baseUrl;

const unlimited = { rate: { slots: Infinity, windowMs: 60_000 }, concurrency: Infinity, monthlyCredits: Infinity };

it('without any variable the documented defaults hold, and the sandbox plays the providers', () => {
  expect(readConfig({})).toEqual({
    host: '127.0.0.1',
    port: 4000,
    logLevel: 'info',
    bodyLimitBytes: 262_144,
    corsOrigins: [],
    sandbox: { strict: false, because: 'no credentials' },
    dataDir: null,
    deadlineMs: 30_000,
    maxCreditsPerOperation: 500,
    maxRepresentations: 1000,
    introspection: 'on',
    trustedDocuments: null,
    callersFile: null,
    redis: null,
    winninghunter: {
      apiKey: null,
      baseUrl: 'https://app.winninghunter.com',
      pageMax: 50,
      timeoutMs: 60_000,
      ...unlimited,
    },
    justoneapi: {
      ...{ token: null, frVersion: 'v2', jdVersion: 'v2', pollCredits: 0 },
      ...{ baseUrl: 'https://api.justoneapi.com', timeoutMs: 120_000, ...unlimited },
    },
    socialfetch: { apiKey: null, baseUrl: 'https://api.socialfetch.dev', timeoutMs: 60_000, ...unlimited },
    echotik: { login: null, baseUrl: 'https://open.echotik.live', timeoutMs: 30_000, ...unlimited },
  });
});

it('every variable arrives where it belongs', () => {
  expect(
    readConfig({
      NODE_ENV: 'production',
      HOST: '0.0.0.0',
      PORT: '8080',
      LOG_LEVEL: 'warn',
      BODY_LIMIT_BYTES: '2048',
      CORS_ORIGINS: 'https://a.example, http://localhost:3000',
      DATA_DIR: '/data',
      DEADLINE_MS: '7000',
      MAX_CREDITS_PER_OPERATION: '70',
      MAX_REPRESENTATIONS: '80',
      INTROSPECTION: 'off',
      TRUSTED_DOCUMENTS: 'only',
      TRUSTED_DOCUMENTS_FILE: '/etc/documents.json',
      AUTH: 'keys',
      CALLERS_FILE: '/etc/callers.json',
      REDIS_URL: 'rediss://user:password@redis.example:6380/1',
      INSTANCES: '3',
      WINNINGHUNTER_API_KEY: key,
      WINNINGHUNTER_BASE_URL: 'https://proxy.example/wh',
      WINNINGHUNTER_PAGE_MAX: '20',
      WINNINGHUNTER_TIMEOUT_MS: '5000',
      WINNINGHUNTER_RATE_PER_MINUTE: '30',
      WINNINGHUNTER_CONCURRENCY: '7',
      WINNINGHUNTER_MONTHLY_CREDITS: '5000',
      JUSTONEAPI_TOKEN: 'token',
      JUSTONEAPI_FR_VERSION: 'v1',
      JUSTONEAPI_JD_VERSION: 'v3',
      JUSTONEAPI_POLL_CREDITS: '2',
      JUSTONEAPI_BASE_URL: 'https://proxy.example/jo',
      JUSTONEAPI_TIMEOUT_MS: '6000',
      JUSTONEAPI_RATE_PER_MINUTE: '31',
      SOCIALFETCH_API_KEY: 'sfk_1',
      SOCIALFETCH_CONCURRENCY: '8',
      ECHOTIK_USERNAME: 'user',
      ECHOTIK_PASSWORD: 'pass:word',
      ECHOTIK_MONTHLY_CREDITS: '6000',
    }),
  ).toEqual({
    host: '0.0.0.0',
    port: 8080,
    logLevel: 'warn',
    bodyLimitBytes: 2048,
    corsOrigins: ['https://a.example', 'http://localhost:3000'],
    sandbox: null,
    dataDir: '/data',
    deadlineMs: 7000,
    maxCreditsPerOperation: 70,
    maxRepresentations: 80,
    introspection: 'off',
    trustedDocuments: { file: '/etc/documents.json', isOnly: true },
    callersFile: '/etc/callers.json',
    redis: { url: 'rediss://user:password@redis.example:6380/1', instances: 3 },
    winninghunter: {
      apiKey: key,
      baseUrl: 'https://proxy.example/wh',
      pageMax: 20,
      timeoutMs: 5000,
      rate: { slots: 30, windowMs: 60_000 },
      concurrency: 7,
      monthlyCredits: 5000,
    },
    justoneapi: {
      ...{ token: 'token', frVersion: 'v1', jdVersion: 'v3', pollCredits: 2 },
      ...{ baseUrl: 'https://proxy.example/jo', timeoutMs: 6000, rate: { slots: 31, windowMs: 60_000 } },
      ...{ concurrency: 10, monthlyCredits: 10_000 },
    },
    socialfetch: {
      ...{ apiKey: 'sfk_1', baseUrl: 'https://api.socialfetch.dev', timeoutMs: 60_000 },
      ...{ rate: { slots: 600, windowMs: 60_000 }, concurrency: 8, monthlyCredits: 10_000 },
    },
    echotik: {
      ...{ login: { username: 'user', password: 'pass:word' }, baseUrl: 'https://open.echotik.live' },
      ...{ timeoutMs: 30_000, rate: { slots: 120, windowMs: 60_000 }, concurrency: 4, monthlyCredits: 6000 },
    },
  });
});

describe('credentials', () => {
  it.each([
    { WINNINGHUNTER_API_KEY: key },
    { JUSTONEAPI_TOKEN: 'token' },
    { SOCIALFETCH_API_KEY: 'sfk_1' },
    { ECHOTIK_USERNAME: 'user', ECHOTIK_PASSWORD: 'password' },
  ])('of any provider are enough: nothing is invented then, and production starts', (env: Env) => {
    expect(readConfig({ NODE_ENV: 'production', AUTH: 'none', ...env }).sandbox).toBeNull();
  });

  it.each([
    { ECHOTIK_USERNAME: 'user' },
    { ECHOTIK_PASSWORD: 'password' },
    { ECHOTIK_USERNAME: 'us:er', ECHOTIK_PASSWORD: 'password' },
  ])('of EchoTik are two, and a user name has no colon', (env: Env) => {
    expect(refusalOf(env)).toMatch(/ECHOTIK_USERNAME/);
    expect(refusalOf(env)).not.toContain('password\n');
  });

  it.each(['JUSTONEAPI', 'SOCIALFETCH', 'ECHOTIK'])('never go to a plain http address: %s', (prefix) => {
    expect(refusalOf({ [`${prefix}_BASE_URL`]: 'http://47.117.133.51:30015' })).toMatch(
      `${prefix}_BASE_URL: must be https`,
    );
  });
});

describe('mistakes', () => {
  const wrong = {
    PORT: 'abc',
    LOG_LEVEL: 'loud',
    BODY_LIMIT_BYTES: '12.5',
    CORS_ORIGINS: 'not an origin',
    DEADLINE_MS: '0',
    MAX_CREDITS_PER_OPERATION: '-1',
    AUTH: 'open',
    REDIS_URL: 'http://redis.example',
    INSTANCES: '0',
    SANDBOX: 'yes',
    SANDBOX_STRICT: 'true',
    WINNINGHUNTER_BASE_URL: 'http://example.com',
    WINNINGHUNTER_PAGE_MAX: '0',
    WINNINGHUNTER_TIMEOUT_MS: '1',
    WINNINGHUNTER_RATE_PER_MINUTE: '-5',
    WINNINGHUNTER_CONCURRENCY: 'many',
    WINNINGHUNTER_MONTHLY_CREDITS: '1e9',
  };

  it('are told all at once, each by the name of its variable', () => {
    const message = refusalOf(wrong);
    for (const name of Object.keys(wrong)) expect(message).toMatch(new RegExp(`^  ${name}[.:]`, 'm'));
    expect(message.split('\n').length).toBe(1 + Object.keys(wrong).length);
  });

  it.each(Object.entries(wrong))('each is refused alone, too, and then no other is named: %s=%s', (name, value) => {
    const message = refusalOf({ [name]: value });
    expect(Object.keys(wrong).filter((other) => new RegExp(`^  ${other}[.:]`, 'm').test(message))).toEqual([name]);
  });

  it('a URL that is none is told like every other mistake', () => {
    const message = refusalOf({ WINNINGHUNTER_BASE_URL: 'not a url', PORT: 'abc' });
    expect(message).toContain('WINNINGHUNTER_BASE_URL');
    expect(message).toContain('PORT');
  });

  it('missing credentials in production are told together with the others', () => {
    const message = refusalOf({ NODE_ENV: 'production', PORT: 'abc' });
    expect(message).toContain('PORT');
    expect(message).toContain('WINNINGHUNTER_API_KEY');
  });

  it.each([
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '80.5'],
    ['PORT', ' '],
    ['BODY_LIMIT_BYTES', '1023'],
    ['WINNINGHUNTER_PAGE_MAX', '1001'],
    ['WINNINGHUNTER_TIMEOUT_MS', '99'],
    ['WINNINGHUNTER_TIMEOUT_MS', '600001'],
    ['WINNINGHUNTER_RATE_PER_MINUTE', '0'],
    ['WINNINGHUNTER_RATE_PER_MINUTE', 'Infinity'],
    ['WINNINGHUNTER_CONCURRENCY', '0'],
    ['WINNINGHUNTER_CONCURRENCY', '10001'],
    ['WINNINGHUNTER_MONTHLY_CREDITS', '-1'],
    ['WINNINGHUNTER_MONTHLY_CREDITS', '1000000001'],
    ['DEADLINE_MS', '600001'],
    ['DEADLINE_MS', '30s'],
    ['MAX_CREDITS_PER_OPERATION', '1000001'],
    ['MAX_CREDITS_PER_OPERATION', '0.5'],
    ['INSTANCES', '1001'],
    ['AUTH', 'Keys'],
    ['REDIS_URL', 'redis.example:6379'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://a.example,nonsense'],
  ])('out of range is a mistake: %s=%s', (name, value) => {
    expect(refusalOf({ [name]: value })).toContain(name);
  });
});

describe('an empty variable', () => {
  it('is an unset one, for each of them', () => {
    const names = [
      'NODE_ENV',
      'HOST',
      'PORT',
      'LOG_LEVEL',
      'BODY_LIMIT_BYTES',
      'CORS_ORIGINS',
      'DATA_DIR',
      'DEADLINE_MS',
      'MAX_CREDITS_PER_OPERATION',
      'AUTH',
      'CALLERS_FILE',
      'REDIS_URL',
      'INSTANCES',
      'SANDBOX',
      'SANDBOX_STRICT',
      'WINNINGHUNTER_API_KEY',
      'WH_API_KEY',
      'WINNINGHUNTER_BASE_URL',
      'WINNINGHUNTER_PAGE_MAX',
      'WINNINGHUNTER_TIMEOUT_MS',
      'WINNINGHUNTER_RATE_PER_MINUTE',
      'WINNINGHUNTER_CONCURRENCY',
      'WINNINGHUNTER_MONTHLY_CREDITS',
    ];
    expect(readConfig(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(readConfig({}));
    expect(readConfig(Object.fromEntries(names.map((name) => [name, undefined])))).toEqual(readConfig({}));
  });

  it('as a key is no key: production refuses it', () => {
    expect(accepted({ NODE_ENV: 'production', AUTH: 'none', WINNINGHUNTER_API_KEY: '' })).toBe(false);
    expect(accepted({ NODE_ENV: 'production', AUTH: 'none', WINNINGHUNTER_API_KEY: key })).toBe(true);
  });
});

describe('the key', () => {
  it('may be given as WH_API_KEY, as the provider’s own examples do', () => {
    expect(readConfig({ WH_API_KEY: key })).toMatchObject({ sandbox: null, winninghunter: { apiKey: key } });
    expect(readConfig({ WH_API_KEY: key, WINNINGHUNTER_API_KEY: '' }).winninghunter.apiKey).toBe(key);
  });

  it('is WINNINGHUNTER_API_KEY where both are given', () => {
    expect(readConfig({ WH_API_KEY: 'wh_other', WINNINGHUNTER_API_KEY: key }).winninghunter.apiKey).toBe(key);
  });

  it.each(['WINNINGHUNTER_API_KEY', 'WH_API_KEY'])('never stands in the message of a mistake: %s', (name) => {
    const message = refusalOf({ [name]: key, PORT: 'abc', SANDBOX: 'x', WINNINGHUNTER_BASE_URL: 'http://example.com' });
    expect(message).toContain('PORT');
    expect(message).not.toContain(key);
  });

  it('never stands in the message though it was put into another variable by mistake', () => {
    for (const name of [
      'PORT',
      'LOG_LEVEL',
      'SANDBOX',
      'CORS_ORIGINS',
      'WINNINGHUNTER_PAGE_MAX',
      'AUTH',
      'REDIS_URL',
    ]) {
      expect(refusalOf({ [name]: key })).not.toContain(key);
    }
    const url = `https://${key}:${key}@app.winninghunter.com/?api_key=${key}`;
    expect(refusalOf({ WINNINGHUNTER_BASE_URL: url })).not.toContain(key);
  });
});

describe('a base URL', () => {
  it.each([
    'https://example.com',
    'https://example.com:8443/wh',
    'http://localhost:1234',
    'http://127.0.0.1:1234/winninghunter',
    'http://127.8.9.1',
    'http://[::1]:1234',
  ])('is taken: %s', (url) => {
    expect(baseUrlOf(url)).toBe(url);
  });

  it.each([
    'http://example.com',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'http://10.0.0.1',
    'http://0.0.0.0',
    'ftp://example.com',
    'file:///etc/passwd',
    'example.com',
  ])('that would carry the key in the open, or nowhere, is refused: %s', (url) => {
    expect(refusalOf({ WINNINGHUNTER_BASE_URL: url })).toContain('WINNINGHUNTER_BASE_URL');
  });

  it.each([
    'https://user:secret@example.com',
    'https://user@example.com',
    'https://:secret@example.com',
    'http://user:secret@localhost:1234',
    'https://example.com/?api_key=secret',
  ])('with credentials in it is refused, and they are not repeated: %s', (url) => {
    const message = refusalOf({ WINNINGHUNTER_BASE_URL: url });
    expect(message).toContain('WINNINGHUNTER_BASE_URL');
    expect(message).not.toContain('secret');
  });
});

describe('the sandbox', () => {
  it('serves where nobody gave a key, and says so; but not in production', () => {
    expect(readConfig({}).sandbox).toEqual({ strict: false, because: 'no credentials' });
    expect(readConfig({ NODE_ENV: 'test' }).sandbox).toEqual({ strict: false, because: 'no credentials' });
    expect(refusalOf({ NODE_ENV: 'production' })).toMatch(/WINNINGHUNTER_API_KEY.*SANDBOX=1/);
  });

  it('serves in production where it is asked for', () => {
    expect(readConfig({ NODE_ENV: 'production', AUTH: 'none', SANDBOX: '1' }).sandbox).toEqual({
      strict: false,
      because: 'asked',
    });
  });

  it('serves where it is asked for though there is a key', () => {
    expect(readConfig({ SANDBOX: '1', WINNINGHUNTER_API_KEY: key }).sandbox).toEqual({
      strict: false,
      because: 'asked',
    });
  });

  it('does not serve where there is a key, or SANDBOX=0 and a key', () => {
    expect(readConfig({ WINNINGHUNTER_API_KEY: key }).sandbox).toBeNull();
    expect(readConfig({ WINNINGHUNTER_API_KEY: key, SANDBOX: '0' }).sandbox).toBeNull();
  });

  it('is strict only when told', () => {
    expect(readConfig({ SANDBOX: '1', SANDBOX_STRICT: '1' }).sandbox).toEqual({ strict: true, because: 'asked' });
    expect(readConfig({ SANDBOX_STRICT: '1' }).sandbox).toEqual({ strict: true, because: 'no credentials' });
  });
});

describe('the place of the data', () => {
  it('is as given, for the sandbox too; else the sandbox keeps nothing, since nothing was bought', () => {
    expect(readConfig({ DATA_DIR: '/data' }).dataDir).toBe('/data');
    expect(readConfig({}).dataDir).toBeNull();
    expect(readConfig({ WINNINGHUNTER_API_KEY: key }).dataDir).toBe('.data');
  });
});

describe('who may ask', () => {
  const production = { NODE_ENV: 'production', WINNINGHUNTER_API_KEY: key };
  const file = '/etc/callers.json';

  it('is everybody where nobody is listed, but in production only if that is said', () => {
    expect(readConfig({}).callersFile).toBeNull();
    expect(readConfig({ WINNINGHUNTER_API_KEY: key }).callersFile).toBeNull();
    expect(refusalOf(production)).toMatch(/CALLERS_FILE.*AUTH=none/);
    expect(refusalOf({ ...production, WINNINGHUNTER_API_KEY: '', SANDBOX: '1' })).toMatch(/CALLERS_FILE.*AUTH=none/);
    expect(readConfig({ ...production, AUTH: 'none' }).callersFile).toBeNull();
  });

  it('is whoever is listed, as soon as there is a list', () => {
    for (const env of [{}, production]) {
      expect(readConfig({ ...env, CALLERS_FILE: file }).callersFile).toBe(file);
      expect(readConfig({ ...env, CALLERS_FILE: file, AUTH: 'keys' }).callersFile).toBe(file);
    }
  });

  it('is everybody though there is a list, if that is said', () => {
    expect(readConfig({ ...production, CALLERS_FILE: file, AUTH: 'none' }).callersFile).toBeNull();
  });

  it.each([{}, production])('cannot be whoever is listed without a list', (env) => {
    const message = refusalOf({ ...env, AUTH: 'keys' });
    expect(message).toMatch(/^ {2}AUTH: .*CALLERS_FILE/m);
    // Told once, and not also as a server that keeps nobody out.
    expect(message.split('\n').length).toBe(2);
  });

  it('an empty name of the list is no list', () => {
    expect(accepted({ ...production, CALLERS_FILE: '' })).toBe(false);
    expect(accepted({ CALLERS_FILE: '', AUTH: 'keys' })).toBe(false);
  });

  it('what is missing in production is told all at once', () => {
    const message = refusalOf({ NODE_ENV: 'production', PORT: 'abc' });
    for (const name of ['PORT', 'WINNINGHUNTER_API_KEY', 'CALLERS_FILE']) expect(message).toContain(name);
  });
});

describe('what an operation may take', () => {
  it('may be nothing: then all answers come from what is kept', () => {
    expect(readConfig({ MAX_CREDITS_PER_OPERATION: '0' }).maxCreditsPerOperation).toBe(0);
  });

  it.each([
    ['DEADLINE_MS', 'deadlineMs', '1'],
    ['DEADLINE_MS', 'deadlineMs', '600000'],
    ['MAX_CREDITS_PER_OPERATION', 'maxCreditsPerOperation', '1000000'],
  ] as const)('is taken to the edge: %s, as %s: %s', (name, as, value) => {
    expect(readConfig({ [name]: value })[as]).toBe(Number(value));
  });
});

describe('Redis', () => {
  it('is not used unless it is named, however many instances there are', () => {
    expect(readConfig({ INSTANCES: '5' }).redis).toBeNull();
  });

  it('is shared by ten instances unless told otherwise, with or without TLS', () => {
    expect(readConfig({ REDIS_URL: 'redis://localhost:6379' }).redis).toEqual({
      url: 'redis://localhost:6379',
      instances: 10,
    });
    expect(readConfig({ REDIS_URL: 'rediss://redis.example', INSTANCES: '1' }).redis?.instances).toBe(1);
  });

  it.each([
    'redis://user:secret@redis.example:6379',
    'rediss://:secret@redis.example',
    'http://user:secret@redis.example',
    'redis://user:secret@redis.example:port',
    'redis//user:secret@redis.example',
    '//:secret@redis.example',
    'secret',
  ])('its password never stands in a message, be the URL right or wrong: %s', (url) => {
    const message = refusalOf({ REDIS_URL: url, PORT: 'abc', AUTH: 'keys', NODE_ENV: 'production' });
    expect(message).toContain('PORT');
    expect(message).not.toContain('secret');
  });

  it('its password never stands in the message though it was put into another variable by mistake', () => {
    for (const name of ['INSTANCES', 'AUTH', 'DEADLINE_MS', 'WINNINGHUNTER_BASE_URL', 'LOG_LEVEL', 'CORS_ORIGINS']) {
      expect(refusalOf({ [name]: 'redis://:secret@redis.example' })).not.toContain('secret');
    }
  });
});

describe('what a provider allows', () => {
  const allowed = (env: Env) => {
    const { rate, concurrency, monthlyCredits } = readConfig(env).winninghunter;
    return { slots: rate.slots, concurrency, monthlyCredits };
  };

  it('is unbounded in a sandbox that is not strict, so that a newcomer never waits', () => {
    const unbounded = { slots: Infinity, concurrency: Infinity, monthlyCredits: Infinity };
    expect(allowed({})).toEqual(unbounded);
    expect(allowed({ SANDBOX: '1', WINNINGHUNTER_API_KEY: key })).toEqual(unbounded);
  });

  it("is the provider's 60 a minute, 50 at once and 20 000 credits in a strict sandbox, and for the real provider, strict or not", () => {
    const documented = { slots: 60, concurrency: 50, monthlyCredits: 20_000 };
    expect(allowed({ SANDBOX: '1', SANDBOX_STRICT: '1' })).toEqual(documented);
    expect(allowed({ WINNINGHUNTER_API_KEY: key })).toEqual(documented);
    expect(allowed({ WINNINGHUNTER_API_KEY: key, SANDBOX_STRICT: '1' })).toEqual(documented);
  });

  it('is what was told, everywhere', () => {
    const told = {
      WINNINGHUNTER_RATE_PER_MINUTE: '7',
      WINNINGHUNTER_CONCURRENCY: '3',
      WINNINGHUNTER_MONTHLY_CREDITS: '0',
    };
    for (const env of [{}, { SANDBOX: '1', SANDBOX_STRICT: '1' }, { WINNINGHUNTER_API_KEY: key }]) {
      expect(allowed({ ...env, ...told })).toEqual({ slots: 7, concurrency: 3, monthlyCredits: 0 });
    }
  });
});
