/** What a key does in a list of rows. */
export interface ListActions {
  readonly move: (to: number, extend: boolean) => void;
  readonly toggle: () => void;
  readonly open: () => void;
  readonly expand: () => void;
  readonly collapse: () => void;
  readonly all: () => void;
  /** Goes to the first row whose name begins so; false where none does. */
  readonly typed: (text: string) => boolean;
}

const pageRows = 15;
const typingMs = 800;

/** The keys of a list, as file managers have them: arrows, pages, ends, space, enter, Ctrl-A, and typing a name. */
export function useListKeys(
  at: () => number,
  length: () => number,
  actions: ListActions,
): (event: KeyboardEvent) => void {
  let typed = '';
  let typedAt = 0;
  return (event) => {
    const { key, shiftKey } = event;
    const command = event.ctrlKey || event.metaKey;
    if (event.altKey) return;
    const to = targetOf(key, at(), length());
    if (to !== undefined && !command) actions.move(to, shiftKey);
    else if (key === ' ' && !command && (typed === '' || event.timeStamp - typedAt > typingMs))
      actions.toggle();
    else if (key === 'Enter' && !command) actions.open();
    else if (key === 'ArrowRight' && !command) actions.expand();
    else if (key === 'ArrowLeft' && !command) actions.collapse();
    else if (key.toLowerCase() === 'a' && command) actions.all();
    else if (key.length === 1 && !command && key !== '/' && key !== '?') {
      typed = event.timeStamp - typedAt > typingMs ? key : typed + key;
      typedAt = event.timeStamp;
      // What begins no name may be a shortcut of the window.
      if (!actions.typed(typed)) return;
    } else return;
    event.preventDefault();
  };
}

function targetOf(key: string, at: number, length: number): number | undefined {
  const last = length - 1;
  switch (key) {
    case 'ArrowDown':
      return Math.min(last, at + 1);
    case 'ArrowUp':
      return Math.max(0, at - 1);
    case 'PageDown':
      return Math.min(last, at + pageRows);
    case 'PageUp':
      return Math.max(0, at - pageRows);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}
