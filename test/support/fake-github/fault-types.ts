/** A request that a fault is for. Without `method` and `path`: any. `path`: matched with the query, without the prefix. */
export type FaultMatch = { method?: string; path?: RegExp };

/**
 * What goes wrong. `before-*`: nothing happened on the server; `after-*`: everything did, and only the answer is lost.
 * `run`: happens right before the request is answered, as if at the same moment somebody else did something; where it
 * returns 'drop', the request never arrived.
 */
export type FaultKind =
  | 'before-502'
  | 'after-502'
  | 'reset-before'
  | 'reset-after'
  | { status: number; headers?: Record<string, string>; body?: unknown }
  | { delayMs: number }
  | { run: () => void | 'drop' | Promise<void | 'drop'> };

export type NewFault = {
  match?: FaultMatch;
  kind: FaultKind;
  /** How often; default 1. */
  times?: number;
  /** Requests that match and pass before the first that is hit; default 0. */
  skip?: number;
};

/** `hits`: how often it struck. */
export type Fault = Required<NewFault> & { hits: number };

export type Faults = {
  add: (fault: NewFault) => Fault;
  remove: (fault: Fault) => void;
  clear: () => void;
};
