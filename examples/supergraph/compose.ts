/** Composes the supergraph from the two SDLs: by the composers of three routers, since what one takes another may refuse. Run: npm run compose */
import { readFileSync, writeFileSync } from 'node:fs';
import { composeServices as composeForApollo } from '@apollo/composition';
import { composeServices as composeForHive } from '@theguild/federation-composition';
import { federateSubgraphs, ROUTER_COMPATIBILITY_VERSION_ONE } from '@wundergraph/composition';
import { parse } from 'graphql';

const {
  SHOPGRAPH_URL = 'http://127.0.0.1:4001/graphql',
  NOTES_URL = 'http://127.0.0.1:4002/graphql',
  SUPERGRAPH = 'supergraph.graphql',
} = process.env;

const read = (file: string) => parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
const subgraphs = [
  { name: 'shopgraph', url: SHOPGRAPH_URL, typeDefs: read('../../schema/subgraph.graphql') },
  { name: 'notes', url: NOTES_URL, typeDefs: read('notes.graphql') },
];

const apollo = composeForApollo(subgraphs);
const hive = composeForHive(subgraphs);
const cosmo = federateSubgraphs({
  subgraphs: subgraphs.map(({ name, url, typeDefs }) => ({ name, url, definitions: typeDefs })),
  version: ROUTER_COMPATIBILITY_VERSION_ONE,
});

const complaints = [
  ...(apollo.errors ?? []).map(({ message }) => `Apollo: ${message}`),
  ...(hive.errors ?? []).map(({ message }) => `Hive: ${message}`),
  ...(cosmo.success ? [] : cosmo.errors).map(({ message }) => `Cosmo: ${message}`),
];

if (complaints.length > 0 || !hive.supergraphSdl) {
  console.error(['The subgraphs do not compose:', ...complaints].join('\n  '));
  process.exitCode = 1;
} else {
  writeFileSync(SUPERGRAPH, hive.supergraphSdl);
  console.log(`${SUPERGRAPH}: composed. Apollo, Hive and Cosmo all take it.`);
}
