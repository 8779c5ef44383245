import { parentPort, Worker, workerData } from 'node:worker_threads';

/** Threads of this process that all do the same work. */
export interface Threads<Question, Answer> extends AsyncDisposable {
  /** Goes to the thread that has least to do. Rejects with what the work threw, or when the thread ended. */
  ask(question: Question): Promise<Answer>;
}

interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (cause: Error) => void;
}
type Reply<Answer> = { readonly id: number } & ({ readonly answer: Answer } | { readonly error: Error });

/** Starts so many threads of a program that calls `answerQuestions`. `setting` is given to each of them. */
export function startThreads<Question, Answer>(
  program: URL,
  { count, setting }: { readonly count: number; readonly setting: unknown },
): Threads<Question, Answer> {
  const threads = Array.from({ length: count }, () => new Thread<Question, Answer>(program, setting));
  return {
    ask: question => leastBusy(threads).ask(question),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(threads.map(thread => thread.end()));
    },
  };
}

/** For the program of a thread: does the work for each question, one after the other. */
export function answerQuestions(begin: (setting: unknown) => (question: unknown) => unknown): void {
  const work = begin(workerData);
  parentPort?.on('message', ({ id, question }: { readonly id: number; readonly question: unknown }) => {
    try {
      parentPort?.postMessage({ id, answer: work(question) });
    } catch (error) {
      parentPort?.postMessage({ id, error });
    }
  });
}

function leastBusy<T extends { readonly busy: number }>(threads: readonly T[]): T {
  return threads.reduce((least, thread) => (thread.busy < least.busy ? thread : least));
}

class Thread<Question, Answer> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting<Answer>>();
  #asked = 0;
  #gone: Error | undefined;

  constructor(program: URL, setting: unknown) {
    this.#worker = new Worker(program, { workerData: setting });
    this.#worker.on('message', (reply: Reply<Answer>) => this.#settle(reply));
    this.#worker.on('error', cause => this.#lose(cause));
    this.#worker.on('exit', code => this.#lose(new Error(`a thread of ${program.pathname} ended with ${code}`)));
  }

  get busy(): number {
    return this.#waiting.size;
  }

  ask(question: Question): Promise<Answer> {
    const id = (this.#asked += 1);
    return new Promise((resolve, reject) => {
      if (this.#gone !== undefined) {
        reject(this.#gone);
        return;
      }
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, question });
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(reply: Reply<Answer>): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('error' in reply) waiting?.reject(reply.error);
    else waiting?.resolve(reply.answer);
  }

  #lose(cause: Error): void {
    this.#gone ??= cause;
    for (const { reject } of this.#waiting.values()) reject(this.#gone);
    this.#waiting.clear();
  }
}
