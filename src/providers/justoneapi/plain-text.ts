/** What a page's text says without its dress: HTML, rich blocks, JSON in a string; never longer than anyone reads. */
import { parseJson } from '../../json.ts';
import { isNode } from './raw.ts';

/** Of a description that is kept, and of one that is looked at. */
const KEPT_CHARS_MAX = 5000;
const SEEN_CHARS_MAX = 50_000;
const BLOCKS_MAX = 500;
const DEPTH_MAX = 8;

/** One line: a title, a name. */
export function readLine(sent: unknown): string | undefined {
  if (typeof sent !== 'string') return undefined;
  return bounded(withEntities(sent.slice(0, SEEN_CHARS_MAX)).replaceAll(/\s+/g, ' ')) || undefined;
}

/** Paragraphs: HTML, rich blocks, or JSON of either in a string. */
export function readText(sent: unknown): string | undefined {
  const blocks: string[] = [];
  collect(sent, blocks, DEPTH_MAX);
  return bounded(blocks.join('\n')) || undefined;
}

function collect(sent: unknown, into: string[], depth: number): void {
  if (depth === 0 || into.length >= BLOCKS_MAX) return;
  if (typeof sent === 'string') {
    const inside = /^\s*[[{]/.test(sent) ? jsonIn(sent) : undefined;
    if (inside === undefined) into.push(withoutHtml(sent.slice(0, SEEN_CHARS_MAX)));
    else collect(inside, into, depth - 1);
  } else if (Array.isArray(sent)) {
    for (const each of sent.slice(0, BLOCKS_MAX)) collect(each, into, depth - 1);
  } else if (isNode(sent)) {
    if (typeof sent.template === 'string') into.push(withoutHtml(filled(sent.template, sent.arguments)));
    else for (const key of holdsText) if (Object.hasOwn(sent, key)) collect(sent[key], into, depth - 1);
  }
}

/** From the blocks of TikTok's pages, down to their texts; and of the simpler blocks of others. */
const holdsText = ['ec_rich_blocks', 'xl_ec_rich_text', 'ec_rich_texts', 'text', 'content'];

/** `{{R29sa_0}}` stands for `arguments["{{R29sa_0}}"].text_attribute.text`. */
function filled(template: string, args: unknown): string {
  return template.slice(0, SEEN_CHARS_MAX).replaceAll(/\{\{[^{}]*\}\}/g, (slot) => {
    const argument = isNode(args) && Object.hasOwn(args, slot) ? args[slot] : undefined;
    const attribute = isNode(argument) ? argument.text_attribute : undefined;
    return isNode(attribute) && typeof attribute.text === 'string' ? attribute.text : '';
  });
}

/** `undefined`: not JSON, after all: a text may begin with a bracket. */
function jsonIn(text: string): unknown {
  try {
    return text.length > SEEN_CHARS_MAX * 4 ? undefined : parseJson(text);
  } catch {
    return undefined;
  }
}

/** Twice: what is left when entities are read may be tags again. */
const withoutHtml = (text: string): string => withoutTags(withEntities(withoutTags(text)));

function withoutTags(text: string): string {
  return withoutScripts(text)
    .replaceAll(/<\/?(?:br|p|div|li|ul|ol|tr|h[1-6])\b[^<>]*>/gi, '\n')
    .replaceAll(/<[a-z!/?][^<>]*>/gi, '')
    .replaceAll(/[^\S\n]+/g, ' ')
    .replaceAll(/ ?\n[ \n]*/g, '\n');
}

/** The contents of these are no text. An element that is never closed takes all that follows. */
function withoutScripts(text: string): string {
  let rest = text;
  let kept = '';
  for (let start = opening.exec(rest); start; start = opening.exec(rest)) {
    kept += rest.slice(0, start.index);
    const after = rest.slice(start.index + start[0].length);
    const end = new RegExp(start[0] === '<!--' ? '-->' : `</${start[1] ?? ''}[^<>]*>`, 'i').exec(after);
    rest = end ? after.slice(end.index + end[0].length) : '';
  }
  return kept + rest;
}
const opening = /<(script|style)\b|<!--/i;

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

const withEntities = (text: string): string =>
  text.replaceAll(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,6}));/gi,
    (whole, decimal?: string, hex?: string, name = '') => {
      const point = decimal !== undefined ? Number(decimal) : hex !== undefined ? parseInt(hex, 16) : undefined;
      if (point === undefined) return Object.hasOwn(entities, name as string) ? entities[name as string]! : whole;
      return point < 32 || point > 0x10ffff || (point >= 0xd800 && point < 0xe000) ? ' ' : String.fromCodePoint(point);
    },
  );

/** Without control characters, nor half of a character at the cut. */
const bounded = (text: string): string =>
  text
    .replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f]/g, ' ')
    .trim()
    .slice(0, KEPT_CHARS_MAX)
    .replace(/[\ud800-\udbff]$/, '');
