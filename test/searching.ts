/** Looks for secrets in whatever was written: in each form in which they may turn up, whole or in part. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { inflateRawSync } from 'node:zlib';
import { Redis } from 'ioredis';

export const PIECE_CHARS = 12;

const hexOf = (char: string, digits = 2) => char.charCodeAt(0).toString(16).padStart(digits, '0');
const special = /[^A-Za-z0-9]/g;

/** How people and programs write it: as it is, in a URL, in a form, in JSON of several tempers, in HTML. */
export const spellings: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  url: encodeURIComponent,
  form: (text) => new URLSearchParams([['', text]]).toString().slice(1),
  'url in small letters': (text) => text.replace(special, (char) => `%${hexOf(char)}`),
  'url within a url': (text) => encodeURIComponent(encodeURIComponent(text)),
  json: (text) => JSON.stringify(text).slice(1, -1),
  'json with slashes': (text) => JSON.stringify(text).slice(1, -1).replaceAll('/', '\\/'),
  'json in ascii': (text) => text.replace(special, (char) => `\\u${hexOf(char, 4)}`),
  'json within json': (text) => JSON.stringify(JSON.stringify(text).slice(1, -1)).slice(1, -1),
  html: (text) => text.replace(/[&<>"']/g, (char) => named[char]!),
  'html in numbers': (text) => text.replace(special, (char) => `&#${char.charCodeAt(0)};`),
};
const named: Partial<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** In Base64 wherever it begins, and as hex, beside all that. */
function piecesOf(secret: string): string[] {
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.from(' '.repeat(shift) + secret).toString('base64');
    // What stands around it changes the letters at its ends.
    return text.slice(shift === 0 ? 0 : 4, -4);
  });
  const base64url = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  const base64InUrl = base64.map((text) => encodeURIComponent(text));
  const spelled = Object.values(spellings).map((spell) => spell(secret));
  const forms = [...spelled, Buffer.from(secret).toString('hex'), ...base64, ...base64url, ...base64InUrl];
  return forms.flatMap((form) =>
    Array.from({ length: form.length - PIECE_CHARS + 1 }, (_, at) => form.slice(at, at + PIECE_CHARS)),
  );
}

export interface Heard {
  readonly where: string;
  readonly text: string;
}

/** Which of them were heard, and where. One pass over each text, however many secrets there are. */
export function found(heard: readonly Heard[], wanted: Readonly<Record<string, string>>): string[] {
  const names = new Map(
    Object.entries(wanted).flatMap(([name, secret]) => piecesOf(secret).map((piece) => [piece, name])),
  );
  const all = new Set<string>();
  for (const { where, text } of heard) {
    for (let at = 0; at + PIECE_CHARS <= text.length; at++) {
      const name = names.get(text.slice(at, at + PIECE_CHARS));
      if (name !== undefined) all.add(`${name} in ${where}`);
    }
  }
  return [...all];
}

/** Where the head of a kept answer ends, in Redis. */
const HEAD_BYTES = 21;

/** As it is, and what is compressed in it. */
const unfold = (bytes: Uint8Array): string =>
  [0, HEAD_BYTES].reduce((text, head) => {
    try {
      return `${text}\n${inflateRawSync(bytes.subarray(head)).toString('latin1')}`;
    } catch {
      return text;
    }
  }, Buffer.from(bytes).toString('latin1'));

export function filesIn(folder: string): Heard[] {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return names.flatMap(({ name, parentPath }): Heard[] => {
    const file = path.join(parentPath, name);
    const raw = { where: name, text: readFileSync(file).toString('latin1') };
    if (!name.endsWith('.sqlite')) return [raw];
    const db = new DatabaseSync(file, { readOnly: true });
    const tables = db.prepare(`SELECT name FROM sqlite_master WHERE type = 'table'`).all();
    const rows = tables.flatMap((table) => db.prepare(`SELECT * FROM ${String(table.name)}`).all());
    db.close();
    const cells = rows.flatMap((row) => Object.values(row));
    const texts = cells.map((cell) => (cell instanceof Uint8Array ? unfold(cell) : String(cell)));
    return [raw, { where: `the rows of ${name}`, text: texts.join('\n') }];
  });
}

export async function keysIn(url: string): Promise<Heard[]> {
  const client = new Redis(url);
  const read: Partial<Record<string, (key: string) => Promise<string[]>>> = {
    string: async (key) => [unfold((await client.getBuffer(key)) ?? Buffer.of())],
    hash: async (key) => Object.entries(await client.hgetall(key)).flat(),
    zset: (key) => client.zrange(key, '0', '-1'),
  };
  const heard = (await client.keys('*')).map(async (key): Promise<Heard> => {
    // A type that is not read here would go unsearched: that is an error. What has just expired is of none.
    const type = await client.type(key);
    const values = type === 'none' ? [] : await read[type]!(key);
    return { where: `Redis, ${key.split(':')[1]!}`, text: [key, ...values].join('\n') };
  });
  const all = await Promise.all(heard);
  client.disconnect();
  return all;
}
