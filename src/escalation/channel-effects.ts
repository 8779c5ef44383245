import type { Post } from '../system/http-post.ts';
import type { SendMail } from '../system/smtp.ts';

/** What channels need of the world. The composing file gives the real ones, tests those with short limits. */
export interface ChannelEffects {
  /** ISO, UTC, milliseconds. */
  now(): string;
  readonly post: Post;
  readonly mail: SendMail;
  /** Text of a template by its name below `templates/`. */
  readonly template: (name: string) => Promise<string>;
  /** Where events for PagerDuty go. Default: its address in the United States. */
  readonly pagerdutyUrl?: string;
}
