// Every way to export what is changed.
export const state = { count: 0, users: [] as string[] };
export let round = 0;
export function nextRound() {
  round += 1;
}
export default { queue: [] as string[] };
