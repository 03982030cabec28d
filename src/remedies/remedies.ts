import type { Remedy } from './edits.ts';
import { appendInPlace, buildString, formatDirectly, splitWrites } from './formatting.ts';
import { hoistCompile, hoistError, hoistJoinedError, hoistObject } from './hoist.ts';
import { sizeAppended, sizeMap } from './sizes.ts';
import {
  compareBytes,
  copyInBranch,
  dropCopy,
  lookUpInPlace,
  passPointer,
  reuseTimer,
  sortFunc,
  splitLazily,
  writeString,
} from './values.ts';

/** All remedies that allocgate can write. If a rule has several, the first one that passes is offered. */
export const remedies: readonly Remedy[] = [
  hoistCompile,
  hoistError,
  hoistJoinedError,
  hoistObject,
  formatDirectly,
  appendInPlace,
  buildString,
  splitWrites,
  sizeAppended,
  sizeMap,
  passPointer,
  dropCopy,
  copyInBranch,
  reuseTimer,
  sortFunc,
  splitLazily,
  compareBytes,
  writeString,
  lookUpInPlace,
];

/** The remedies of a rule, by its ID. */
export const remediesFor = (ruleId: string): Remedy[] =>
  remedies.filter(({ rules }) => rules.includes(ruleId));
