/** A page to render into. React looks for one when it is loaded: to be imported before it. */
import { Window } from 'happy-dom';

export const window = new Window();
export const { document } = window;
Object.assign(globalThis, { window, document });

/** Resolves as soon as the page shows it. */
export const shown = <T>(look: () => T | null): Promise<T> =>
  new Promise((resolve) => {
    const check = () => {
      const found = look();
      if (found === null) return;
      changes.disconnect();
      resolve(found);
    };
    const changes = new window.MutationObserver(check);
    changes.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    check();
  });
