/** Texts as stores keep them: long ones compressed. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** Compressing takes 10 µs and reading as much again; for shorter texts that saves too little room. */
const CHARS_MIN = 1000;

/** Bytes where it is compressed. */
export const compressed = (text: string): string | Buffer =>
  text.length < CHARS_MIN ? text : deflateRawSync(text, { level: 1 });

export const decompressed = (body: string | Uint8Array): string =>
  typeof body === 'string' ? body : inflateRawSync(body).toString();
