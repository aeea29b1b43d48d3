export class Users {
  names = new Set<string>();
  add(name: string) {
    this.names.add(name);
    return [...this.names];
  }
}
