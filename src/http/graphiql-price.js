/**
 * A bar below GraphiQL: what the operation in the editor would cost, and what the answer on the screen did cost.
 * Runs in the browser, between GraphiQL's own script and the call that renders it.
 */
(() => {
  'use strict';

  /** Nobody is asked between two strokes. */
  const WAIT_MS = 400;

  // In words.

  const range = ({ min, max }) => (min === max ? `${max}` : `${min} to ${max}`);
  const amount = (of, noun) => `${range(of)} ${noun}${of.min === 1 && of.max === 1 ? '' : 's'}`;
  const count = (number, noun) => amount({ min: number, max: number }, noun);
  const total = (numbers) => numbers.reduce((sum, each) => sum + each, 0);

  function inWords({ calls, credits, likely, budget }) {
    if (calls.max === 0) return '0 calls';
    const isSure = calls.min === calls.max && credits.min === credits.max;
    const guess =
      likely.calls === likely.credits
        ? likely.credits
        : `${count(likely.calls, 'call')}, ${count(likely.credits, 'credit')}`;
    const price = `${amount(calls, 'call')}, ${amount(credits, 'credit')}${isSure ? '' : ` (likely ${guess})`}`;
    if (budget.stops.length > 0) return [`${price}. It would be stopped:`, ...budget.stops].join(' ');
    return budget.mayStop.length > 0 ? [`${price}. It might be stopped:`, ...budget.mayStop].join(' ') : price;
  }

  function spentInWords({ calls, credits, avoided, stale, retries, queuedMs, budget }) {
    const besides = [
      [avoided.cache, 'from the cache'],
      [avoided.row, 'by rows'],
      [avoided.coalesced, 'shared'],
      [stale, 'stale'],
      [retries, retries === 1 ? 'retry' : 'retries'],
      [queuedMs, 'ms in line'],
      [budget.missing, 'credits missing'],
    ].flatMap(([number, words]) => (number > 0 ? [`${number} ${words}`] : []));
    const spent = `${count(calls, 'call')}, ${count(total(Object.values(credits)), 'credit')}`;
    return besides.length > 0 ? `${spent}; ${besides.join(', ')}` : spent;
  }

  // On the page. Whatever was answered is text, never markup.

  function element(name, properties, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  }

  function createLine(label) {
    const text = element('span');
    const line = element('p', { hidden: true }, element('strong', {}, `${label}: `), text);
    return {
      line,
      say(words, isWrong = false) {
        line.hidden = words === '';
        line.classList.toggle('wrong', isWrong);
        line.title = words;
        if (text.textContent !== words) text.textContent = words;
      },
    };
  }

  function table(caption, heads, rows) {
    if (rows.length === 0) return '';
    const cells = (name, row) => element('tr', {}, ...row.map((each) => element(name, {}, String(each))));
    return element(
      'table',
      {},
      element('caption', {}, caption),
      element('thead', {}, cells('th', heads)),
      element('tbody', {}, ...rows.map((row) => cells('td', row))),
    );
  }

  const tablesOf = ({ providers, steps, fanOuts }) => [
    table(
      'Providers',
      ['Provider', 'Calls', 'Credits'],
      providers.map((each) => [each.provider, range(each.calls), range(each.credits)]),
    ),
    table(
      'Steps',
      ['Step', 'Likely calls', 'Calls', 'Credits', 'Asks', 'For', 'At', 'After step', 'In hand'],
      steps.map((each) => [
        ...[
          each.number,
          each.likely.calls,
          range(each.calls),
          range(each.credits),
          `${each.provider} ${each.endpoint}`,
        ],
        ...[each.fields.join(', '), each.paths.join(', '), each.dependsOn.join(', ')],
        `${each.cache.held} of ${total(Object.values(each.cache))}`,
      ]),
    ),
    table(
      'Fan-outs',
      ['Objects', 'Calls', 'Credits', 'Asks', 'For', 'At'],
      fanOuts.map((each) => [
        ...[each.objects, each.calls, each.credits, `${each.provider} ${each.endpoint}`],
        each.fields.map(({ name, credits }) => `${name} (${count(credits, 'credit')})`).join(', '),
        each.paths.join(', '),
      ]),
    ),
  ];

  const before = createLine('Before');
  const after = createLine('After');
  /** What the same operation would cost now that it has been answered. */
  const again = createLine('Again');
  const tables = element('div');
  const details = element('details', { hidden: true }, element('summary', {}, 'Details'), tables);
  const lines = element('div', { className: 'lines', role: 'status', ariaLive: 'polite' });
  lines.append(before.line, after.line, again.line);
  const bar = element('footer', { className: 'graphiql-container shopgraph-price', ariaLabel: 'Cost' }, lines, details);
  document.body.append(bar);

  function showDetails(estimated) {
    const hasAny = (estimated?.steps.length ?? 0) > 0;
    details.hidden = !hasAny;
    details.classList.remove('outdated');
    tables.replaceChildren(...(hasAny ? tablesOf(estimated) : []));
  }

  // The price.

  /** The editors take comments and trailing commas; JSON does not. */
  function parsed(text, what) {
    const comments = /("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[^]*?\*\//g;
    const commas = /("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g;
    const json = (text ?? '').replace(comments, '$1').replace(commas, '$1').trim();
    try {
      return json === '' ? undefined : JSON.parse(json);
    } catch {
      throw new Error(`The ${what} are not JSON.`);
    }
  }

  /** False once a price has bought: the header is dropped on the way, and no other price is asked for. */
  let isHeard = true;
  const UNHEARD = 'Not known: somebody on the way drops the header x-shopgraph-dry-run.';

  /** Throws what is wrong. Null: it has no price. */
  async function priceOf({ query, variables, headers, operationName }, signal) {
    if ((query ?? '').replace(/#.*/g, '').trim() === '') return null;
    if (!isHeard) throw new Error(UNHEARD);
    const sent = new Headers({ 'content-type': 'application/json' });
    // An answer that is not cut into parts comes whole, whatever else is taken; a subscription has to take events.
    sent.set('accept', 'application/json, multipart/mixed, text/event-stream');
    for (const [name, value] of Object.entries(parsed(headers, 'headers') ?? {})) sent.set(name, value);
    sent.set('x-shopgraph-dry-run', '1');
    const body = JSON.stringify({ query, variables: parsed(variables, 'variables'), operationName });
    const response = await fetch(location.pathname, { method: 'POST', headers: sent, body, signal });
    // Whole, or as an event or a part, it is one line of JSON.
    const [, json] = /^(?:data: ?)?(\{.*\})\r?$/m.exec(await response.text()) ?? [];
    if (json === undefined) throw new Error(`No price came with status ${response.status}.`);
    const { errors, extensions } = JSON.parse(json);
    if (extensions?.cost?.estimated) return extensions.cost.estimated;
    if (extensions?.cost?.calls > 0) {
      isHeard = false;
      throw new Error(UNHEARD);
    }
    if (errors?.length > 0) throw new Error(errors[0].message);
    return null;
  }

  function createPrice({ say }) {
    /** Null: nothing is being asked. */
    let asking = null;
    const forget = () => {
      asking?.abort();
      asking = null;
      say('');
    };
    const ask = async (operation) => {
      forget();
      const mine = (asking = new AbortController());
      const show = (estimated, ...said) => {
        if (asking !== mine) return;
        asking = null;
        say(...said);
        showDetails(estimated);
      };
      say('…');
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
      if (asking !== mine) return;
      try {
        const estimated = await priceOf(operation, mine.signal);
        show(estimated, estimated ? inWords(estimated) : 'no price', estimated?.budget.stops.length > 0);
      } catch (error) {
        show(null, error.message, true);
      }
    };
    /** What has not come by now is called off. */
    const giveUp = (why) => {
      if (!asking) return;
      forget();
      say(why);
    };
    return { ask, forget, giveUp };
  }

  const priceBefore = createPrice(before);
  const priceAgain = createPrice(again);

  // What GraphiQL tells.

  let priced = '';
  let answered = null;

  /** Of every change of a tab: of its editors, of the operation that would run, and of its answer, whose last part has the receipt. */
  function onTabChange({ tabs, activeTabIndex }) {
    const { query, variables, headers, operationName, response } = tabs[activeTabIndex];
    const operation = { query, variables: variables ?? '', headers: headers ?? '', operationName };
    const isNew = JSON.stringify(operation) !== priced;
    priced = JSON.stringify(operation);
    if (isNew) {
      details.classList.add('outdated');
      priceAgain.forget();
      void priceBefore.ask(operation);
    }
    if (response === answered) return;
    answered = response;
    // It runs: a price that comes from now on is that of what the run has not bought yet.
    if (response === '' && !isNew)
      priceBefore.giveUp('not known, since the operation was run before its price had come');
    const receipt = receiptOf(response);
    if (receipt) after.say(spentInWords(receipt));
    else after.say(response === '' ? '…' : response ? 'no receipt so far' : '');
    if (receipt && !isNew) void priceAgain.ask(operation);
  }

  function receiptOf(response) {
    try {
      const cost = JSON.parse(response)?.extensions?.cost;
      // A dry run is no run.
      return cost?.calls === undefined || cost.estimated ? null : cost;
    } catch {
      return null;
    }
  }

  /** What the address brings stands in the editor, and not yet in its tab. */
  function opened({ tabs, activeTabIndex }) {
    const address = new URLSearchParams(location.search);
    const query = address.get('query');
    if (query === null) return { tabs, activeTabIndex };
    const tab = {
      ...tabs[activeTabIndex],
      query,
      variables: address.get('variables'),
      operationName: address.get('operationName'),
    };
    return { tabs: tabs.with(activeTabIndex, tab), activeTabIndex };
  }

  /** An operation that nobody edited is stored in its tab alone: a reload would open an empty one beside it. */
  function queryOfTab() {
    const { tabs, activeTabIndex } = JSON.parse(localStorage.getItem('graphiql:tabState') ?? '{ "tabs": [] }');
    return tabs[activeTabIndex]?.query ?? null;
  }

  /** GraphiQL reports changes alone. How it begins, it tells what it stores its tabs in. */
  const storage = {
    getItem: (key) => localStorage.getItem(key) ?? (key === 'graphiql:query' ? queryOfTab() : null),
    setItem(key, value) {
      if (key === 'graphiql:tabState' && priced === '') onTabChange(opened(JSON.parse(value)));
      localStorage.setItem(key, value);
    },
    removeItem: (key) => localStorage.removeItem(key),
    clear() {
      for (const key of Object.keys(localStorage)) if (key.startsWith('graphiql:')) localStorage.removeItem(key);
    },
    get length() {
      return Object.keys(localStorage).filter((key) => key.startsWith('graphiql:')).length;
    },
  };

  const { renderYogaGraphiQL } = YogaGraphiQL;
  YogaGraphiQL.renderYogaGraphiQL = (root, options) => renderYogaGraphiQL(root, { ...options, onTabChange, storage });
})();
