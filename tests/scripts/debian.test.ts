// The decisions of `npm start` on a fresh machine, taken on texts that its tools print.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { hasCandidate, isDebianRelease, notInstalled } from "../../scripts/support/debian.mjs";

suite("setting up on Debian", () => {
  test("recognises Debian and its derivatives by /etc/os-release", () => {
    assert.equal(isDebianRelease('PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\n'), true);
    assert.equal(isDebianRelease("ID=ubuntu\nID_LIKE=debian\n"), true);
    assert.equal(isDebianRelease('ID=mint\nID_LIKE="ubuntu debian"\n'), true);
    assert.equal(isDebianRelease('ID=fedora\nHOME_URL="https://debian.example/"\n'), false);
    assert.equal(isDebianRelease("ID=notdebian\n"), false);
    assert.equal(isDebianRelease(""), false);
  });

  test("misses packages that dpkg does not know, or of which only the settings remain", () => {
    const listing = "cmake installed\nlld-19 config-files\nlibc++-19-dev-wasm32 not-installed\n";
    assert.deepEqual(
      notInstalled(["cmake", "lld-19", "libc++-19-dev-wasm32", "clang-19"], listing),
      ["lld-19", "libc++-19-dev-wasm32", "clang-19"],
    );
    assert.deepEqual(notInstalled(["cmake"], ""), ["cmake"]);
  });

  test("asks for package lists when apt cannot install a package", () => {
    const policy = [
      "cmake:",
      "  Installed: (none)",
      "  Candidate: 3.25.1-1",
      "  Version table:",
      "clang-19:",
      "  Installed: (none)",
      "  Candidate: (none)",
      "  Version table:",
    ].join("\n");
    assert.equal(hasCandidate(policy, "cmake"), true);
    assert.equal(hasCandidate(policy, "clang-19"), false);
    assert.equal(hasCandidate(policy, "lld-19"), false);
    assert.equal(hasCandidate("", "cmake"), false);
  });
});
