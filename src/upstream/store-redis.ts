/** Answers kept in the Redis that instances share: what one has bought, none buys again. */
import { crc32 } from 'node:zlib';
import { compressed, decompressed } from './compress.ts';
import type { SharedRedis } from './redis.ts';
import type { Kept, Store, Trouble, TroubleKind } from './store.ts';

/** The checksum comes first and is of the key and of all that follows. */
const AT = { checksum: 0, isCompressed: 4, fetchedAt: 5, expiresAt: 13, body: 21 };

interface Options {
  readonly redis: SharedRedis;
  readonly now: () => number;
  readonly onTrouble: Trouble;
}

/** Closing it leaves the connection to its owner. */
export function redisStore({ redis, now, onTrouble }: Options): Store {
  let closed = false;

  const known = (key: string, bytes: Buffer): Kept | null => {
    try {
      const { text, fetchedAt, expiresAt } = unpack(key, bytes);
      // Redis judges by its own clock, and drops by its own.
      return now() < expiresAt ? { text, fetchedAt } : null;
    } catch (error) {
      onTrouble('corrupt', error);
      return null;
    }
  };

  return {
    read: async (keys) => {
      const found = new Map<string, Kept>();
      if (closed || keys.length === 0) return found;
      try {
        const values = await redis.run((client) => client.mgetBuffer(keys.map(nameOf)));
        for (const [nth, key] of keys.entries()) {
          const bytes = values[nth];
          const kept = bytes && known(key, bytes);
          if (kept) found.set(key, kept);
        }
      } catch (error) {
        onTrouble(kindOf(error), error);
      }
      return found;
    },
    write: async (key, kept, expiresAt) => {
      const msLeft = Math.ceil(expiresAt - now());
      if (closed || msLeft <= 0) return;
      try {
        const bytes = pack(key, kept, expiresAt);
        await redis.run((client) => client.set(nameOf(key), bytes, 'PX', msLeft));
      } catch (error) {
        onTrouble(kindOf(error), error);
      }
    },
    close: () => {
      closed = true;
    },
  };
}

const nameOf = (key: string) => `answer:${key}`;

const checksumOf = (key: string, bytes: Buffer) => crc32(bytes.subarray(AT.isCompressed), crc32(key));

function pack(key: string, { text, fetchedAt }: Kept, expiresAt: number): Buffer {
  const body = compressed(text);
  const bytes = Buffer.concat([Buffer.alloc(AT.body), typeof body === 'string' ? Buffer.from(body) : body]);
  bytes.writeUInt8(Number(typeof body !== 'string'), AT.isCompressed);
  bytes.writeDoubleBE(fetchedAt, AT.fetchedAt);
  bytes.writeDoubleBE(expiresAt, AT.expiresAt);
  bytes.writeUInt32BE(checksumOf(key, bytes), AT.checksum);
  return bytes;
}

function unpack(key: string, bytes: Buffer): Kept & { expiresAt: number } {
  if (bytes.length < AT.body || bytes.readUInt32BE(AT.checksum) !== checksumOf(key, bytes)) {
    throw new Error('a kept answer is damaged');
  }
  const body = bytes.subarray(AT.body);
  const text = decompressed(bytes.readUInt8(AT.isCompressed) === 1 ? body : body.toString());
  return { text, fetchedAt: bytes.readDoubleBE(AT.fetchedAt), expiresAt: bytes.readDoubleBE(AT.expiresAt) };
}

/** By the word with which Redis begins a refusal. */
const kinds: Readonly<Record<string, TroubleKind>> = { OOM: 'full', READONLY: 'readonly' };

const kindOf = (error: unknown): TroubleKind => kinds[(error as Error).message.split(' ')[0]!] ?? 'other';
