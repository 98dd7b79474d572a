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

it('without any variable the documented defaults hold, and the sandbox plays the providers', () => {
  expect(readConfig({})).toEqual({
    host: '127.0.0.1',
    port: 4000,
    logLevel: 'info',
    bodyLimitBytes: 1_048_576,
    corsOrigins: [],
    sandbox: { strict: false, because: 'no credentials' },
    dataDir: null,
    winninghunter: {
      apiKey: null,
      baseUrl: 'https://app.winninghunter.com',
      pageMax: 50,
      timeoutMs: 60_000,
      ratePerMinute: Infinity,
    },
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
      WINNINGHUNTER_API_KEY: key,
      WINNINGHUNTER_BASE_URL: 'https://proxy.example/wh',
      WINNINGHUNTER_PAGE_MAX: '20',
      WINNINGHUNTER_TIMEOUT_MS: '5000',
      WINNINGHUNTER_RATE_PER_MINUTE: '30',
    }),
  ).toEqual({
    host: '0.0.0.0',
    port: 8080,
    logLevel: 'warn',
    bodyLimitBytes: 2048,
    corsOrigins: ['https://a.example', 'http://localhost:3000'],
    sandbox: null,
    dataDir: '.data',
    winninghunter: {
      apiKey: key,
      baseUrl: 'https://proxy.example/wh',
      pageMax: 20,
      timeoutMs: 5000,
      ratePerMinute: 30,
    },
  });
});

describe('mistakes', () => {
  const wrong = {
    PORT: 'abc',
    LOG_LEVEL: 'loud',
    BODY_LIMIT_BYTES: '12.5',
    CORS_ORIGINS: 'not an origin',
    SANDBOX: 'yes',
    SANDBOX_STRICT: 'true',
    WINNINGHUNTER_BASE_URL: 'http://example.com',
    WINNINGHUNTER_PAGE_MAX: '0',
    WINNINGHUNTER_TIMEOUT_MS: '1',
    WINNINGHUNTER_RATE_PER_MINUTE: '-5',
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
      'SANDBOX',
      'SANDBOX_STRICT',
      'WINNINGHUNTER_API_KEY',
      'WH_API_KEY',
      'WINNINGHUNTER_BASE_URL',
      'WINNINGHUNTER_PAGE_MAX',
      'WINNINGHUNTER_TIMEOUT_MS',
      'WINNINGHUNTER_RATE_PER_MINUTE',
    ];
    expect(readConfig(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(readConfig({}));
    expect(readConfig(Object.fromEntries(names.map((name) => [name, undefined])))).toEqual(readConfig({}));
  });

  it('as a key is no key: production refuses it', () => {
    expect(accepted({ NODE_ENV: 'production', WINNINGHUNTER_API_KEY: '' })).toBe(false);
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
    for (const name of ['PORT', 'LOG_LEVEL', 'SANDBOX', 'CORS_ORIGINS', 'WINNINGHUNTER_PAGE_MAX']) {
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
    expect(readConfig({ NODE_ENV: 'production', SANDBOX: '1' }).sandbox).toEqual({ strict: false, because: 'asked' });
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

describe('the rate', () => {
  const rateOf = (env: Env) => readConfig(env).winninghunter.ratePerMinute;

  it('is unbounded in a sandbox that is not strict, so that a newcomer never waits', () => {
    expect(rateOf({})).toBe(Infinity);
    expect(rateOf({ SANDBOX: '1', WINNINGHUNTER_API_KEY: key })).toBe(Infinity);
  });

  it("is the provider's 60 in a strict sandbox, and for the real provider, strict or not", () => {
    expect(rateOf({ SANDBOX: '1', SANDBOX_STRICT: '1' })).toBe(60);
    expect(rateOf({ WINNINGHUNTER_API_KEY: key })).toBe(60);
    expect(rateOf({ WINNINGHUNTER_API_KEY: key, SANDBOX_STRICT: '1' })).toBe(60);
  });

  it('is what was told, everywhere', () => {
    for (const env of [{}, { SANDBOX: '1', SANDBOX_STRICT: '1' }, { WINNINGHUNTER_API_KEY: key }]) {
      expect(rateOf({ ...env, WINNINGHUNTER_RATE_PER_MINUTE: '7' })).toBe(7);
    }
  });
});
