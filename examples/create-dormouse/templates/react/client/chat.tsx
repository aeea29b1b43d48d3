import { type FormEvent, useEffect, useState } from "react";
import { socket, useStatus } from "./use-socket.ts";

interface Line {
  key: number;
  text: string;
}

export function Chat() {
  const status = useStatus();
  const [lines, setLines] = useState<Line[]>([]);
  const [text, setText] = useState("");

  useEffect(() => {
    const said = (who: string, what: string): void => {
      setLines((before) => [...before, { key: before.length, text: `${who}: ${what}` }]);
    };
    socket.on("said", said);
    return () => void socket.off("said", said);
  }, []);

  function send(event: FormEvent): void {
    event.preventDefault();
    if (text.trim() !== "") socket.emit("say", text);
    setText("");
  }

  return (
    <main>
      <p id="status">{status}</p>
      <ul>
        {lines.map((line) => (
          <li key={line.key}>{line.text}</li>
        ))}
      </ul>
      <form onSubmit={send}>
        <input
          aria-label="Message"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit">Send</button>
      </form>
    </main>
  );
}
