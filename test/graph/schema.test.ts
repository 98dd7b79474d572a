/** The schema as a newcomer reads it, and the examples that come with it. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { schema } from '../../src/graph/schema.ts';
import type { Asking, Source } from '../../src/plan/sources.ts';
import type { Endpoint } from '../../src/providers/provider.ts';
import { partsOf, together, type Part } from '../parts.ts';
import { serve, tally } from '../serve.ts';

const ownTypes = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);

describe('everything in the schema', () => {
  it('has a description', () => {
    const silent = ownTypes.flatMap((type) => {
      const parts: { name: string; description?: string | null | undefined }[] = [type];
      if (isEnumType(type)) parts.push(...type.getValues());
      if (isObjectType(type) || isInterfaceType(type)) {
        for (const field of Object.values(type.getFields())) parts.push(field, ...field.args);
      }
      if (isInputObjectType(type)) parts.push(...Object.values(type.getFields()));
      return parts.filter(({ description }) => !description).map(({ name }) => `${type.name} ${name}`);
    });
    expect(silent).toEqual([]);
  });
});

describe('who tells a fact', () => {
  it('is asked in one way about one type: a call for one of its facts is the call for the others', () => {
    for (const type of ownTypes.filter(isObjectType)) {
      const asked = new Map<Endpoint, Asking>();
      for (const { extensions } of Object.values(type.getFields())) {
        for (const source of (extensions.facts ?? []) as readonly Source[]) {
          if (!('asking' in source)) continue;
          const { asking } = source;
          expect(asked.get(asking.endpoint) ?? asking, `${type.name}: ${asking.endpoint.name}`).toBe(asking);
          asked.set(asking.endpoint, asking);
        }
      }
    }
  });
});

const folder = path.join(import.meta.dirname, '../../schema/operations');
const examples = readdirSync(folder).map((file) => ({ file, text: readFileSync(path.join(folder, file), 'utf8') }));

describe('an example operation', () => {
  it.each(examples)('$file answers without an error, at the price it names', async ({ text }) => {
    const [, cold, warm] = /^# Cold: (\d+) calls?\b.*Warm: (\d+)/m.exec(text) ?? [];
    await using served = await serve();
    for (const price of [cold, warm]) {
      const before = served.sandbox.calls.length;
      const parts: Part[] = [];
      const accept = text.includes('\nsubscription ') ? 'text/event-stream' : 'multipart/mixed';
      for await (const part of partsOf(served, text, { accept })) parts.push(part);
      const { data, errors } = together(parts);
      const calls = served.sandbox.calls.slice(before);
      expect(errors).toEqual([]);
      expect(JSON.stringify(data)).not.toMatch(/^{"\w+":(null|\[\])/);
      expect([calls.length, tally(calls)]).toEqual([Number(price), expect.anything()]);
    }
  });
});
