import type { Fault, Faults, NewFault } from './fault-types.ts';

export type FaultBox = Faults & {
  /** The fault that a request meets, if any; it counts as a hit. */
  strike: (method: string, path: string) => Fault | null;
};

function matches(fault: NewFault, method: string, path: string): boolean {
  const { match = {} } = fault;
  return (match.method ?? method) === method && (match.path?.test(path) ?? true);
}

export function createFaults(): FaultBox {
  let faults: Fault[] = [];
  return {
    add: (wanted) => {
      const fault: Fault = { match: {}, times: 1, skip: 0, ...wanted, hits: 0 };
      faults.push(fault);
      return fault;
    },
    remove: (fault) => {
      faults = faults.filter((one) => one !== fault);
    },
    clear: () => {
      faults = [];
    },
    strike: (method, path) => {
      for (const fault of faults) {
        if (!matches(fault, method, path) || fault.hits >= fault.times) continue;
        if (fault.skip > 0) {
          fault.skip -= 1;
          continue;
        }
        fault.hits += 1;
        return fault;
      }
      return null;
    },
  };
}
