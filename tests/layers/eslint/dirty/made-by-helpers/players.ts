export function makePlayer(name: string) {
  const self: { name: string; greet?: () => string } = { name };
  self.greet = () => `I am ${name}`;
  return self;
}
