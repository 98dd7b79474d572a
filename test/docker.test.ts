/** What the Dockerfile promises to whoever runs the image; each rule is also shown to notice its breach. */
import { readFile } from 'node:fs/promises';
import { DockerfileParser, type Dockerfile } from 'dockerfile-ast';
import { describe, expect, it } from 'vitest';

const text = await readFile(new URL('../Dockerfile', import.meta.url), 'utf8');
const ignored = await readFile(new URL('../.dockerignore', import.meta.url), 'utf8');

interface Rule {
  readonly promise: string;
  readonly holds: (dockerfile: Dockerfile) => boolean;
  /** Edits of the Dockerfile, each of which breaks the promise. */
  readonly breaches: readonly (readonly [string | RegExp, string])[];
}

/** The arguments of all such instructions, as written, in the whole file or in what becomes the image. */
const all = (dockerfile: Dockerfile, keyword: string): string[] =>
  dockerfile
    .getInstructions()
    .filter((instruction) => instruction.getKeyword() === keyword)
    .map((instruction) => instruction.getArgumentsContent() ?? '');

const last = (dockerfile: Dockerfile, keyword: string): string | undefined => {
  const instructions = dockerfile.getInstructions();
  const from = instructions.findLastIndex((instruction) => instruction.getKeyword() === 'FROM');
  const named = instructions.slice(from).findLast((instruction) => instruction.getKeyword() === keyword);
  return named?.getArgumentsContent() ?? undefined;
};

/** The images that stages start from, with the default of each ARG in its place. */
function bases(dockerfile: Dockerfile): string[] {
  const args = new Map(
    dockerfile.getInitialARGs().map((arg) => [arg.getProperty()?.getName(), arg.getProperty()?.getValue()]),
  );
  const expand = (image: string) => image.replace(/\$\{?(\w+)\}?/g, (_, name: string) => args.get(name) ?? '');
  const stages = new Set(dockerfile.getFROMs().map((from) => from.getBuildStage()));
  return dockerfile
    .getFROMs()
    .map((from) => expand(from.getImage() ?? ''))
    .filter((image) => !stages.has(image));
}

const secret = /KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL/i;

const rules: readonly Rule[] = [
  {
    promise: 'the server does not run as root',
    holds: (dockerfile) => !/^(root|0)?(:|$)/.test(last(dockerfile, 'USER') ?? ''),
    breaches: [
      [/^USER .*/m, ''],
      [/^USER .*/m, 'USER root'],
      [/^USER .*/m, '$&\nUSER 0:0'],
    ],
  },
  {
    promise: 'node is the process that gets SIGTERM: no shell and no npm stands before it',
    holds: (dockerfile) => /^\[\s*"node"/.test(last(dockerfile, 'CMD') ?? '') && !last(dockerfile, 'ENTRYPOINT'),
    breaches: [
      [/^CMD .*/m, ''],
      [/^CMD .*/m, 'CMD node src/main.ts'],
      [/^CMD .*/m, 'CMD ["npm", "start"]'],
      [/^CMD/m, 'ENTRYPOINT ["sh", "-c"]\nCMD'],
    ],
  },
  {
    promise: 'an engine can tell whether it is alive',
    holds: (dockerfile) => /CMD [^]*\/health\b/.test(last(dockerfile, 'HEALTHCHECK') ?? ''),
    breaches: [
      [/^HEALTHCHECK [^]*?\n(?! )/m, '\n'],
      [/^HEALTHCHECK [^]*?\n(?! )/m, 'HEALTHCHECK NONE\n'],
    ],
  },
  {
    promise: 'what is installed is what the lockfile says, without what only developers need',
    holds: (dockerfile) => {
      const installs = all(dockerfile, 'RUN').filter((command) => /\b(npm|yarn|pnpm|npx)\b/.test(command));
      return installs.length > 0 && installs.every((command) => /^npm ci\b.*--omit=dev\b/.test(command));
    },
    breaches: [
      ['npm ci', 'npm install'],
      [' --omit=dev', ''],
    ],
  },
  {
    promise: 'every stage starts from a tagged Node 24',
    holds: (dockerfile) => bases(dockerfile).every((image) => /^node:24(\.\d+){0,2}-\w+-slim$/.test(image)),
    breaches: [
      [/^ARG NODE_VERSION=.*/m, 'ARG NODE_VERSION=22'],
      [/^ARG NODE_VERSION=.*/m, 'ARG NODE_VERSION'],
      [/^FROM \S+ AS/m, 'FROM node AS'],
      [/^FROM \S+$/m, 'FROM node:latest'],
    ],
  },
  {
    promise: 'it carries no secret, nor a place to bake one in',
    holds: (dockerfile) => ![...all(dockerfile, 'ENV'), ...all(dockerfile, 'ARG')].some((said) => secret.test(said)),
    breaches: [
      [/^ENV /m, 'ENV WINNINGHUNTER_API_KEY=wh_1 '],
      [/^USER/m, 'ARG NPM_TOKEN\nUSER'],
    ],
  },
  {
    promise: 'what is copied in is named: never the whole folder, never settings',
    holds: (dockerfile) =>
      !dockerfile.getInstructions().some((instruction) => instruction.getKeyword() === 'ADD') &&
      all(dockerfile, 'COPY').every((said) => !/(^|\s)(\.\/?|\S*\.env\S*|\S*\*\S*)\s+\S+$/.test(said)),
    breaches: [
      ['COPY src ./src', 'COPY . .'],
      ['COPY src ./src', 'COPY src ./src\nCOPY .env ./'],
      ['COPY src ./src', 'ADD src ./src'],
    ],
  },
];

describe.each(rules)('$promise', ({ holds, breaches }) => {
  it('holds', () => {
    expect(holds(DockerfileParser.parse(text))).toBe(true);
  });

  it.each(breaches)('notices breach %#', (part, instead) => {
    const broken = text.replace(part, instead);
    expect(broken).not.toBe(text);
    expect(holds(DockerfileParser.parse(broken))).toBe(false);
  });
});

it('sends the builder nothing but what is copied', () => {
  const [first, ...allowed] = ignored.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const copied = DockerfileParser.parse(text)
    .getCOPYs()
    .filter((copy) => copy.getFromFlag() === null)
    .flatMap((copy) => copy.getArguments().slice(0, -1).map(String));
  expect(first).toBe('*');
  expect(new Set(allowed)).toEqual(new Set(copied.map((source) => `!${source}`)));
});
