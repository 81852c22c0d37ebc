/**
 * As much of `@mtcute/node` as the music bot uses. The package itself brings a native module along, which nothing here needs:
 * its client is that of `@mtcute/core` with a transport, a storage and a terminal.
 */
import { TelegramClient as CoreClient } from '@mtcute/core/client.js';

export type { Message } from '@mtcute/core';

export class TelegramClient extends CoreClient {
  constructor(options: { apiId: number; apiHash: string; storage?: string });
  input(text: string): Promise<string>;
}
