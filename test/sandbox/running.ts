// A sandbox for the length of one test, and the shortest way to ask it something as a client would.

import { onTestFinished } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/sandbox.ts';
import type { Untyped } from '../serve.ts';

export interface Told {
  status: number;
  headers: Headers;
  text: string;
  json: Untyped;
}

export interface Running {
  sandbox: Sandbox;
  post: (path: string, body: object | string, headers?: Record<string, string>) => Promise<Told>;
  get: (path: string, headers?: Record<string, string>) => Promise<Told>;
}

const told = async (response: Response): Promise<Told> => {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
};

export async function running(options?: SandboxOptions): Promise<Running> {
  const sandbox = await startSandbox(options);
  onTestFinished(() => sandbox.close());
  const { baseUrl, apiKey } = sandbox.winninghunter;
  const withKey = { 'X-API-Key': apiKey };
  return {
    sandbox,
    post: async (path, body, headers = withKey) =>
      told(
        await fetch(baseUrl + path, {
          method: 'POST',
          headers: { ...headers, 'Content-Type': 'application/json' },
          body: typeof body === 'string' ? body : JSON.stringify(body),
          redirect: 'manual',
        }),
      ),
    get: async (path, headers = withKey) => told(await fetch(baseUrl + path, { headers, redirect: 'manual' })),
  };
}

const v1 = '/api/v1/tiktok-shop';

/** The provider's paths, so that tests read like its page. */
export const paths = {
  shopDetail: `${v1}/shop-detail`,
  shopTotals: `${v1}/shop-detail/total`,
  shopProducts: `${v1}/shop-detail/product/queryList`,
  productDetail: (id: string) => `${v1}/product-detail/${id}`,
  productTotals: `${v1}/product-detail/total`,
  productHistory: `${v1}/product-detail/history`,
  creatorTotals: `${v1}/creator-detail/total`,
  creatorProducts: `${v1}/creator-detail/searchProducts`,
  video: (id: string) => `/api/v2/videos/${id}`,
  videoMetrics: (id: string, period: number) => `/api/v2/videos/${id}/metrics?period=${period}`,
  suggestions: (query: string) => `${v1}/suggestions?${query}`,
  credits: `${v1}/credits`,
};
