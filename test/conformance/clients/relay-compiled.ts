/** What Relay's plugin for Babel does: each graphql`...` becomes what the compiler has made of it. For `node --import`. */
import { registerHooks } from 'node:module';

const tagged = /graphql`[^`]*?\b(?:query|fragment)\s+(\w+)[^`]*`/g;
const artifact = (name: string) => new URL(`.data/${name}.graphql.ts`, import.meta.url).href;

registerHooks({
  // What it has made imports without an extension.
  resolve: (specifier, context, next) => next(specifier.replace(/(?<=^\.\/\w+\.graphql)$/, '.ts'), context),
  load: (url, context, next) => {
    const module = next(url, context);
    if (module.format !== 'module-typescript') return module;
    const imports: string[] = [];
    const source = String(module.source).replaceAll(tagged, (_all, name: string) => {
      imports.push(`import $${name} from '${artifact(name)}';`);
      return `$${name}`;
    });
    return { ...module, source: imports.join('') + source };
  },
});
