/** The shape of the house: who imports whom, and who may look at the environment. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { violations, type SourceFile } from './imports.ts';

const root = path.join(import.meta.dirname, '../../src');
const sources: SourceFile[] = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ name: file.replace(/\.ts$/, ''), text: readFileSync(path.join(root, file), 'utf8') }));

const planted = (name: string, text: string) => violations([{ name, text }]);

describe('imports', () => {
  it('keep to the rules of the house', () => {
    expect(sources.length).toBeGreaterThan(30);
    expect(violations(sources)).toEqual([]);
  });

  it.each([
    ['plan/choose', `import { send } from '../upstream/send.ts';`],
    ['plan/operation', `import { preview } from './price/preview.ts';`],
    ['graph/shop', `import { cache } from '../upstream/cache.ts';`],
    ['graph/shop', `import type { Config } from '../config.ts';`],
    ['graph/shop', `import { winninghunter } from '../providers/winninghunter/client.ts';`],
    ['graph/shop', `import { createContext } from '../context.ts';`],
    ['providers/echotik/client', `import { video } from '../winninghunter/contract.ts';`],
    ['sandbox/world', `import type { shopDetail } from '../providers/winninghunter/contract.ts';`],
    ['upstream/retry', `import { Pool } from 'undici';`],
    ['upstream/retry', `import type { GraphQLError } from 'graphql';`],
    ['loaders', `import { pipeline, type Ask } from './upstream/pipeline.ts';`],
    ['graph/shop', `const { send } = await import('../upstream/send.ts');`],
    ['config', `export { schema } from './graph/schema.ts';`],
    ['server', `import './main.ts';`],
  ])('are refused when planted wrong: %s with %s', (name, text) => {
    expect(planted(name, text)).toHaveLength(1);
  });

  it('are refused in a file that belongs to no part', () => {
    expect(planted('utils/strings', '')).toEqual(['utils/strings belongs to no part of the house']);
  });
});

describe('the environment', () => {
  it('is read by main alone', () => {
    expect(sources.filter(({ text }) => text.includes('process.env')).map(({ name }) => name)).toEqual(['main']);
  });
});
