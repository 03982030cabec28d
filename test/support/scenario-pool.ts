import { createScenario, type Scenario } from './app-scenario.ts';

export type ScenarioPool = {
  /** Works in a scenario that is not used otherwise. After a failure it is not used again. */
  use: (work: (scenario: Scenario) => Promise<void>) => Promise<void>;
  all: () => readonly Scenario[];
  close: () => Promise<void>;
};

/** Scenarios of a kind, made when they are needed. */
export function createScenarioPool(options: Parameters<typeof createScenario>[0]): ScenarioPool {
  const free: Scenario[] = [];
  const all = new Set<Scenario>();
  const create = async (): Promise<Scenario> => {
    const scenario = await createScenario(options);
    all.add(scenario);
    return scenario;
  };
  const close = async (scenario: Scenario): Promise<void> => {
    all.delete(scenario);
    await scenario.close();
  };
  return {
    use: async (work) => {
      const scenario = free.pop() ?? (await create());
      try {
        await work(scenario);
      } catch (error) {
        await close(scenario);
        throw error;
      }
      free.push(scenario);
    },
    all: () => [...all],
    close: async () => {
      await Promise.all([...all].map(close));
    },
  };
}
