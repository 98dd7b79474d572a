/** The subgraph composes, by the composers of three routers: alone, and with a subgraph of others that has nodes of its own. */
import { readFileSync } from 'node:fs';
import { composeServices } from '@apollo/composition';
import { composeServices as composeForHive } from '@theguild/federation-composition';
import { federateSubgraphs, ROUTER_COMPATIBILITY_VERSION_ONE } from '@wundergraph/composition';
import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';

interface Subgraph {
  readonly name: string;
  readonly url: string;
  readonly typeDefs: ReturnType<typeof parse>;
}

const subgraph = (name: string, sdl: string): Subgraph => ({
  name,
  url: `http://${name}.example/graphql`,
  typeDefs: parse(sdl),
});

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

const shopgraph = subgraph('shopgraph', read('schema/subgraph.graphql'));
/** A shop's own notes: it knows products and creators by the ids that the marketplace gave them, and has Relay's nodes, too. */
const notes = subgraph('notes', read('examples/supergraph/notes.graphql'));

/** By router: what a composer has to say against it. */
const composers: Record<string, (subgraphs: readonly Subgraph[]) => readonly string[]> = {
  'Apollo Router': (subgraphs) => composeServices([...subgraphs]).errors?.map(({ message }) => message) ?? [],
  'Hive Gateway': (subgraphs) => composeForHive([...subgraphs]).errors?.map(({ message }) => message) ?? [],
  Cosmo: (subgraphs) => {
    const result = federateSubgraphs({
      subgraphs: subgraphs.map(({ typeDefs, ...rest }) => ({ ...rest, definitions: typeDefs })),
      version: ROUTER_COMPATIBILITY_VERSION_ONE,
    });
    return result.success ? [] : result.errors.map(({ message }) => message);
  },
};

describe.each(Object.entries(composers))('the composer of %s', (_router, complaints) => {
  it('takes the subgraph alone', () => {
    expect(complaints([shopgraph])).toEqual([]);
  });

  it('takes it with one that has nodes of its own, and extends products and creators by their native ids', () => {
    expect(complaints([shopgraph, notes])).toEqual([]);
  });

  it('refuses what does not compose', () => {
    const rival = subgraph(
      'rival',
      notes.typeDefs.loc!.source.body.replace('type PageInfo @shareable', 'type PageInfo'),
    );
    expect(complaints([shopgraph, rival])).not.toEqual([]);
  });
});
