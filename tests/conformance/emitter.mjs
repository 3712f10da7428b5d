// A running conformance-emit: a fresh client key of ours and the library that signs with it.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export class Emitter {
  #process;
  #lines;

  constructor() {
    const program = process.env.VOUCH_EMIT;
    if (!program) throw new Error('VOUCH_EMIT does not name the program that makes what is checked');
    this.#process = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  // One order at a time.
  async make(what, fields = {}) {
    this.#process.stdin.write(`${JSON.stringify({ make: what, ...fields })}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`conformance-emit ended instead of making ${what}`);
    return JSON.parse(value);
  }

  end() {
    this.#process.stdin.end();
  }
}

// Runs `check(emitter)` for several fresh keys: a leading zero in a coordinate or in half of a signature is rare, and
// must not be what breaks a login.
export async function withKeys(count, check) {
  for (let i = 0; i < count; i += 1) {
    const emitter = new Emitter();
    try {
      await check(emitter);
    } finally {
      emitter.end();
    }
  }
}
