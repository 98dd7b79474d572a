// The shortest ways to ask each of the other stand-ins something, as a client of theirs would.

import type { SandboxOptions } from '../../src/sandbox/sandbox.ts';
import type { Untyped } from '../serve.ts';
import { running } from './running.ts';

type Query = Record<string, string>;

export interface Heard {
  status: number;
  headers: Headers;
  text: string;
  json: Untyped;
}

/** EchoTik's text holds control characters, so it is mended first. */
const heard = async (response: Response): Promise<Heard> => {
  const { status, headers } = response;
  const text = await response.text();
  const isJson = headers.get('content-type')?.startsWith('application/json') ?? false;

  return { status, headers, text, json: isJson ? JSON.parse(text.replaceAll(/[\u0000-\u001f]/g, ' ')) : undefined };
};

const ask = async (url: string, query: Query, headers: Query = {}): Promise<Heard> =>
  heard(await fetch(`${url}?${new URLSearchParams(query).toString()}`, { headers, redirect: 'manual' }));

export const basic = (username: string, password: string) => `Basic ${btoa(`${username}:${password}`)}`;

export async function asking(options?: SandboxOptions) {
  const its = await running(options);
  const { justoneapi, socialfetch, echotik } = its.sandbox;
  const withToken = (query: Query) => ({ token: justoneapi.token, ...query });
  const withKey = { 'x-api-key': socialfetch.apiKey };
  const withAccount = { authorization: basic(echotik.username, echotik.password) };
  return {
    ...its,
    product: (productId: string, query: Query = {}, version = 'v1') =>
      ask(`${justoneapi.baseUrl}/api/tiktok-shop/get-product-detail/${version}`, withToken({ productId, ...query })),
    jdItem: (itemId: string, version = 'v2') =>
      ask(`${justoneapi.baseUrl}/api/jd/get-item-detail/${version}`, withToken({ itemId })),
    store: (query: Query, headers: Query = withKey) =>
      ask(`${socialfetch.baseUrl}/v1/tiktok/shop/products`, query, headers),
    echotik: (path: string, query: Query, headers: Query = withAccount) =>
      ask(`${echotik.baseUrl}/api/v3/echotik/${path}`, query, headers),
    at: ask,
  };
}

export type Asking = Awaited<ReturnType<typeof asking>>;
