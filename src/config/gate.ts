import type { Config } from './schema.ts';

/** What the gate of a config says of each kind of evidence. */
export type Gate = Exclude<Config['gate'], string>;
export type GateValue = Gate[keyof Gate];

/**
 * Writes the gate of a config out. A single word is about proven findings and contracts, and the others only inform; `off` switches
 * all of them off.
 */
export function resolveGate(gate: Config['gate']): Gate {
  if (typeof gate !== 'string') return gate;
  const others = gate === 'off' ? 'off' : 'neutral';
  return { proven: gate, adapted: others, tested: others, unmeasured: others, contract: gate };
}

/** The gate of a run that may inform and never fail: `fail` becomes `neutral`. */
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
