import type { Config } from './schema.ts';

/** The gate of a config for each kind of evidence. */
export type Gate = Exclude<Config['gate'], string>;
export type GateValue = Gate[keyof Gate];

/**
 * Expands the gate of a config. A single word applies to proven findings and contracts, and the others only inform;
 * `off` switches all of them off.
 */
export function resolveGate(gate: Config['gate']): Gate {
  if (typeof gate !== 'string') return gate;
  const others = gate === 'off' ? 'off' : 'neutral';
  return { proven: gate, adapted: others, tested: others, unmeasured: others, contract: gate };
}

/** The gate of a run that must never fail: `fail` becomes `neutral`. */
export function withoutFailing(gate: Config['gate']): Gate {
  const { proven, adapted, tested, unmeasured, contract } = resolveGate(gate);
  const soften = (value: GateValue): GateValue => (value === 'fail' ? 'neutral' : value);
  return {
    proven: soften(proven),
    adapted: soften(adapted),
    tested: soften(tested),
    unmeasured: soften(unmeasured),
    contract: soften(contract),
  };
}
