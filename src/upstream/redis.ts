/** The Redis that instances share: what it cannot answer now is refused at once, and it comes back by itself. */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { Redis, type RedisOptions } from 'ioredis';
import type { Clock } from './clock.ts';

const COMMAND_MS_MAX = 1000;
/** For each step of connecting. */
const CONNECT_MS_MAX = 2000;
const RETRY_MS_MAX = 1000;

/** Redis did not answer. What it was asked it may have done, or may still do when it wakes. */
export class RedisDown extends Error {
  override name = 'RedisDown';
}

export type Script = (keys: readonly string[], args: readonly (string | number | Buffer)[]) => Promise<unknown>;

export interface SharedRedis {
  readonly isUp: () => boolean;
  /** Called with each change; returns how to stop that. */
  readonly onChange: (listener: (isUp: boolean) => void) => () => void;
  /** Resolves when the first try to connect has come to something, or after `msMax`. */
  readonly settledOnce: (msMax: number) => Promise<void>;
  /** The client prefixes keys. Rejects, in time, with `RedisDown` or with what Redis or `work` says. */
  readonly run: <T>(work: (client: Redis) => Promise<T>) => Promise<T>;
  /** Called by its hash; a Redis that does not know it is sent it. */
  readonly script: (lua: string) => Script;
  /** Rejects as `run` does; resolves to the number of those who hear it. */
  readonly publish: (channel: string, message: string) => Promise<number>;
  /** What is said while the connection is away is missed. Returns how to stop listening. */
  readonly subscribe: (channel: string, listener: (message: string) => void) => () => void;
  /** For libraries that speak to Redis themselves; what they ask is answered in time, too. */
  readonly client: Redis;
  readonly close: () => void;
}

interface Options {
  readonly url: string;
  /** Of all keys and channels. */
  readonly prefix: string;
  readonly clock: Clock;
  /** Called with each failure to connect or to answer in time. */
  readonly onTrouble?: (error: Error) => void;
}

export function connectRedis({ url, prefix, clock, onTrouble = () => undefined }: Options): SharedRedis {
  const place = placeOf(url);
  const connect = () => {
    const made = new Redis({ ...place, ...manners, keyPrefix: prefix });
    made.on('error', (error) => {
      onTrouble(told(error, place.password));
    });
    return made;
  };
  const client = connect();
  /** For subscriptions: with a server that does not speak RESP3, they take a connection for themselves. */
  let ears: Redis | undefined;

  let up = false;
  const listeners = new Set<(isUp: boolean) => void>();
  const tell = (isUp: boolean) => {
    if (up === isUp) return;
    up = isUp;
    // Nothing is asked on that connection, so it would not notice that Redis hangs.
    if (!isUp && ears) streamOf(ears)?.destroy();
    for (const listener of [...listeners]) listener(isUp);
  };
  const settled = Promise.withResolvers<undefined>();
  const change = (isUp: boolean) => () => {
    tell(isUp);
    settled.resolve(undefined);
  };
  client.on('ready', change(true)).on('close', change(false));

  const run = async <T>(work: (client: Redis) => Promise<T>): Promise<T> => {
    if (!up) throw new RedisDown('Redis is not connected');
    const { stream } = client;
    const late = Promise.withResolvers<never>();
    const hang = () => {
      const error = new RedisDown(`Redis did not answer within ${COMMAND_MS_MAX} ms`);
      late.reject(error);
      onTrouble(error);
      if (client.stream === stream) tell(false);
      // `disconnect` would wait for the other side, and might hit the connection that comes next.
      stream.destroy();
    };
    let soon: NodeJS.Immediate | undefined;
    // What came in while this process stood still is read before it is called late.
    const callOff = clock.after(COMMAND_MS_MAX, () => (soon = setImmediate(hang)));
    try {
      const done = await Promise.race([work(client), late.promise]);
      // A pipeline resolves even then, to errors.
      if (!stream.writable) throw new RedisDown('Redis went away');
      return done;
    } catch (error) {
      if (error instanceof RedisDown) throw error;
      if (!stream.writable) throw new RedisDown('Redis went away');
      throw error instanceof Error && 'command' in error ? told(error, place.password) : error;
    } finally {
      callOff();
      clearImmediate(soon);
    }
  };

  const channels = new Map<string, Set<(message: string) => void>>();
  const hear = async (verb: 'subscribe' | 'unsubscribe', names: readonly string[]) => {
    try {
      // What cannot be said now is said when the connection is ready.
      if (ears?.status === 'ready' && names.length > 0) await ears[verb](...names);
    } catch (error) {
      onTrouble(told(error, place.password));
    }
  };
  const listen = () =>
    connect()
      .on('ready', () => void hear('subscribe', [...channels.keys()]))
      .on('message', (name: string, message: string) => {
        for (const listener of [...(channels.get(name) ?? [])]) listener(message);
      });

  return {
    isUp: () => up,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    settledOnce: (msMax) =>
      new Promise((resolve) => {
        const callOff = clock.after(msMax, resolve);
        void settled.promise.then(callOff).then(resolve);
      }),
    run,
    client,
    script: (lua) => {
      const hash = createHash('sha1').update(lua).digest('hex');
      return (keys, args) =>
        run((client) =>
          client.evalsha(hash, keys.length, ...keys, ...args).catch((error: unknown) => {
            if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
            return client.eval(lua, keys.length, ...keys, ...args);
          }),
        );
    },
    publish: (channel, message) => run((client) => client.publish(prefix + channel, message)),
    subscribe: (channel, listener) => {
      const name = prefix + channel;
      const heardBy = channels.get(name) ?? new Set();
      channels.set(name, heardBy.add(listener));
      ears ??= listen();
      if (heardBy.size === 1) void hear('subscribe', [name]);
      return () => {
        if (!heardBy.delete(listener) || heardBy.size > 0) return;
        channels.delete(name);
        void hear('unsubscribe', [name]);
      };
    },
    close: () => {
      client.disconnect();
      ears?.disconnect();
      tell(false);
    },
  };
}

const manners = {
  // Of what does not come by `run`, which is quicker to say so.
  commandTimeout: 2 * COMMAND_MS_MAX,
  connectTimeout: CONNECT_MS_MAX,
  // Also of a connection on which the handshake hangs.
  socketTimeout: CONNECT_MS_MAX,
  // Libuv asks ten times more, a second apart, before it gives a silent peer up.
  keepAlive: 5000,
  retryStrategy: (tries: number) => Math.min(RETRY_MS_MAX, 50 * 2 ** tries) * (0.5 + Math.random() / 2),
  maxLoadingRetryTime: RETRY_MS_MAX,
  // A connection that is given up is not waited for, and leaves no timer.
  disconnectTimeout: 0,
  // What was asked on a lost connection is refused and never asked again on the next: it may have been done.
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  // Its own way of subscribing again rejects unheard where the connection is lost once more.
  autoResubscribe: false,
  disableClientInfo: true,
} satisfies RedisOptions;

/** Not by ioredis, for which a query in the URL overrules our options. Its errors, like those of `URL`, repeat the URL. */
function placeOf(url: string) {
  const { protocol, hostname, port, username, password, pathname } = URL.parse(url) ?? new URL('about:blank');
  const db = Number(pathname.slice(1));
  if (!/^rediss?:$/.test(protocol) || hostname === '' || !Number.isInteger(db))
    throw new Error('not the URL of a Redis');
  const host = hostname.replace(/^\[|\]$/g, '');
  // Node names no host to the server of its own accord; where many share an address, that is needed.
  const tls = isIP(host) === 0 ? { servername: host } : {};
  return {
    host,
    port: Number(port || 6379),
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    db,
    ...(protocol === 'rediss:' && { tls }),
  };
}

/** Without what ioredis hangs on it: the command, which may be AUTH, and which some servers repeat. */
function told(error: unknown, password: string): Error {
  // Where a host has several addresses, it is an AggregateError without words.
  const { message, code = 'failed' } = error as NodeJS.ErrnoException;
  const words = (message || code).replace(/, with args beginning with.*/s, '');
  return new Error(password !== '' ? words.replaceAll(password, '[password]') : words);
}

/** Its type does not say that at first there is none. */
const streamOf = (client: Redis): Redis['stream'] | undefined => client.stream;
