/**
 * How fast deliveries are acknowledged with each database, at a steady rate with and without unsigned bodies beside it,
 * and flat out, in turn with a bare Probot app that stores nothing; and how long one and two workers take for a backlog on PostgreSQL. The engine is a stub.
 * Usage: npm run bench:app [-- intake|backlog]
 */
import { measureBacklog } from './app-backlog.ts';
import { measureIntake } from './app-intake.ts';

const wanted = process.argv[2];
if (wanted !== 'backlog') await measureIntake();
if (wanted !== 'intake') await measureBacklog();
