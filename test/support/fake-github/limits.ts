import { invalid, Refusal, type Call } from './routing.ts';
import { now } from './world.ts';

/** Refuses an empty body and one that is too long. */
export function checkBody(call: Call, resource: string, body: string): void {
  const most = call.world.limits.bodyLength;
  if (body.trim() === '') throw invalid(resource, 'body', "body can't be blank", 'missing_field');
  if (body.length > most) throw invalid(resource, 'body', `body is too long (maximum is ${most} characters)`);
}

/** Counts requests that create content, and refuses them if there were too many in the last minute. */
export function countCreation(call: Call, resource: string, amount = 1): void {
  const { world } = call;
  const { commentsPerMinute, secondary } = world.limits;
  const since = new Date(now(world).getTime() - 60_000);
  world.created = world.created.filter((at) => at > since);
  const count = world.created.length + amount;
  if (secondary && count > secondary.perMinute) {
    throw new Refusal(
      403,
      {
        message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
      },
      { 'retry-after': String(secondary.retryAfter) },
    );
  }
  if (commentsPerMinute !== null && count > commentsPerMinute) {
    throw invalid(resource, 'body', 'was submitted too quickly', 'abuse');
  }
  for (let made = 0; made < amount; made += 1) world.created.push(now(world));
}
