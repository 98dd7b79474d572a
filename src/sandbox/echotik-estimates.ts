// What EchoTik makes of sales and revenue: estimates of its own, which equal nobody else's figures.

import type { Figures } from './history.ts';
import { randomOf } from './random.ts';

const days = [1, 7, 15, 30, 60, 90];

/** By window; `over` tells the world's own figures. */
export function estimates(id: string, over: (days: number) => Figures): object {
  const off = randomOf(`echotik ${id}`).between(0.7, 1.3);
  const windows = days.map((window) => {
    const { sales, revenueCents } = over(window);
    return {
      [`total_sale_${window}d_cnt`]: Math.floor(sales * off),
      [`total_sale_gmv_${window}d_amt`]: Math.floor(revenueCents * off) / 100,
    };
  });
  return Object.assign({}, ...windows) as object;
}
