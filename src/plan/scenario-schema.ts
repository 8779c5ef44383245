import { z } from 'zod';
import { DEPENDENCIES, isDependency, type Dependency } from './dependency.ts';
import { textOption } from './words.ts';

const EXPECTED = `expected one of ${DEPENDENCIES}`;

/** What may happen to a system, and what people must then be able to do: `resurgam drill --scenario` plays it (requirement SD-65). */
export const ScenarioKeys = z
  .strictObject({
    name: textOption('the name of the scenario', 80).describe('By it the scenario is drilled, and its result is reported'),
    event: textOption('what has happened in it', 200).describe('In the words of those who decide, such as: the main site burns at night'),
    without: z
      .array(z.string({ error: EXPECTED }).refine((text): text is Dependency => isDependency(text), { error: EXPECTED }))
      .default([])
      .describe('What is not there then; each is denied to the drill'),
    workflows: z
      .array(textOption('the name of a workflow'))
      .min(1)
      .optional()
      .describe('What people must be able to do then: it is usable when these pass. Without it: all required workflows'),
  })
  .describe('An event to be prepared for, and what must be possible then');
