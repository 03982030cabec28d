import type { Evidence } from '../../rules/types.ts';

/**
 * How a kind of evidence is shown: the label of a finding, the words in the count of findings, and a sentence of
 * explanation.
 */
type EvidenceWords = { label: string; counted: string; sentence: string };

/** The words for each kind of evidence. */
export const evidenceWords: Readonly<Record<Evidence, EvidenceWords>> = {
  broken: {
    label: 'BROKEN',
    counted: 'broken (no longer gives a result)',
    sentence: 'Broken: the benchmark gave a result at base and gives none at head, so nothing was compared.',
  },
  proven: {
    label: 'PROVEN',
    counted: 'proven (measured)',
    sentence: 'Proven: a benchmark allocates more, and the heap profile shows it here.',
  },
  adapted: {
    label: 'ADAPTED',
    counted: 'adapted (each side measured under its own benchmark)',
    sentence:
      'Adapted: the benchmark changed with the code, so each side ran its own version of it, and the heap profile shows the allocation here.',
  },
  tested: {
    label: 'TESTED',
    counted: 'tested (measured in tests)',
    sentence: 'Tested: no benchmark runs this code, and its tests allocate more here.',
  },
  possible: {
    label: 'POSSIBLE',
    counted: 'possible (not measured)',
    sentence:
      "Possible: the code or the compiler's decision suggests an allocation here, but no benchmark shows a cost.",
  },
};
