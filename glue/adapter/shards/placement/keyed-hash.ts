/**
 * HalfSipHash-2-4 (https://github.com/veorq/SipHash): who does not have the key cannot find texts of a hash that
 * he wants. Its words have 32 bits, which is what JavaScript is quick with.
 */

const COMPRESSION_ROUNDS = 2;
const FINAL_ROUNDS = 4;

/** The hash of a text's UTF-16 units, each as two bytes, the lower one first: 32 bits. `key`: 64 bits. */
export function keyedHash(key: readonly [number, number], text: string): number {
  const state: State = [key[0], key[1], key[0] ^ 0x6c796765, key[1] ^ 0x74656462];
  const absorb = (word: number): void => {
    state[3] ^= word;
    mix(state, COMPRESSION_ROUNDS);
    state[0] ^= word;
  };
  const whole = text.length & ~1;
  for (let i = 0; i < whole; i += 2) {
    absorb(text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16));
  }
  const rest = whole < text.length ? text.charCodeAt(whole) : 0;
  absorb(rest | ((2 * text.length) << 24));
  state[2] ^= 0xff;
  mix(state, FINAL_ROUNDS);
  return (state[1] ^ state[3]) >>> 0;
}

type State = [number, number, number, number];

function mix(state: State, rounds: number): void {
  let [a, b, c, d] = state;
  for (let round = 0; round < rounds; round++) {
    a = (a + b) | 0;
    b = rotate(b, 5) ^ a;
    a = rotate(a, 16);
    c = (c + d) | 0;
    d = rotate(d, 8) ^ c;
    a = (a + d) | 0;
    d = rotate(d, 7) ^ a;
    c = (c + b) | 0;
    b = rotate(b, 13) ^ c;
    c = rotate(c, 16);
  }
  state[0] = a;
  state[1] = b;
  state[2] = c;
  state[3] = d;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
