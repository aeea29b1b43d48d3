let round = 0;

export function nextRound(): number {
  round += 1;
  return round;
}
