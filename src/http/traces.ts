/** Apollo's inline traces: how long each field took and what failed, in `extensions.ftv1`, for the router that asks for it. */
import type { IncomingHttpHeaders } from 'node:http';
import { Trace } from '@apollo/usage-reporting-protobuf';
import { useApolloInstrumentation } from '@graphql-yoga/plugin-apollo-inline-trace';
import type { Plugin } from 'graphql-yoga';

export const wantsTrace = (headers: IncomingHttpHeaders) => headers['apollo-federation-include-trace'] === 'ftv1';

export function inlineTraces(): Plugin {
  const [instrumentation, traced] = useApolloInstrumentation({});
  return {
    onPluginInit: ({ addPlugin }) => {
      addPlugin(instrumentation);
      // In place of the plugin's own, which cannot encode a trace of some thousand fields. Parts have no trace.
      addPlugin({
        onExecutionResult: (executed) => {
          const { request, context, result } = executed;
          const trace = traced.get(request)?.traces.get(context)?.trace;
          if (!trace || !result || Array.isArray(result) || Symbol.asyncIterator in result) return;
          const ftv1 = Buffer.from(Trace.encode(trace).finish()).toString('base64');
          executed.setResult({ ...result, extensions: { ...result.extensions, ftv1 } });
        },
      });
    },
  };
}
