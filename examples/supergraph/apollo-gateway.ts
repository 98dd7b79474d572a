/** The same supergraph behind Apollo's gateway, as a second opinion. Run: PORT=4003 node apollo-gateway.ts */
import { readFileSync } from 'node:fs';
import { ApolloGateway } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';

const { PORT = '4000', SUPERGRAPH = 'supergraph.graphql' } = process.env;

const gateway = new ApolloGateway({ supergraphSdl: readFileSync(SUPERGRAPH, 'utf8') });
const server = new ApolloServer({ gateway });
const { url } = await startStandaloneServer(server, { listen: { host: '127.0.0.1', port: Number(PORT) } });
console.log(`the gateway is at ${url}`);
