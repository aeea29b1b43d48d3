/** Socket.IO protocol, revision 5, sentence by sentence. Words in capitals are the document's. */
import assert from "node:assert/strict";
import type { Rule } from "./rule.ts";

const PLACEHOLDER = '{"_placeholder":true,"num":0}';
const SECOND_PLACEHOLDER = '{"_placeholder":true,"num":1}';

export const SOCKET_IO: Rule[] = [
  {
    sentence:
      "Connection to a namespace: the server MUST respond with CONNECT, the session ID in the payload",
    async check(wires) {
      const wire = await wires.handshaken();
      wire.send("40");
      await wire.match(/^40\{"sid":"[^"]+"\}$/);
    },
  },
  {
    sentence: "Connection to a namespace: or with CONNECT_ERROR, if the connection is not allowed",
    async check(wires) {
      const wire = await wires.handshaken();
      wire.send("40/closed,");
      await wire.expect('44/closed,{"message":"Not authorized","data":{"until":"monday"}}');
      wire.send("40/unknown,");
      await wire.expect('44/unknown,{"message":"Invalid namespace"}');
      // A refusal ends nothing else.
      wire.send("40");
      await wire.match(/^40\{"sid":"[^"]+"\}$/);
    },
  },
  {
    sentence:
      "Connection to a namespace: if the server does not receive CONNECT first, it MUST close the connection",
    async check(wires) {
      for (const frame of ['42["message","hello"]', "41", '430["x"]', '44{"message":"x"}']) {
        const wire = await wires.handshaken();
        wire.send(frame);
        await wire.closed();
      }
    },
  },
  {
    sentence: "Connection to a namespace: a client that never sends CONNECT is disconnected, too",
    async check(wires) {
      const wire = await wires.handshaken({ lively: true });
      while (!wire.isClosed) {
        const frame = await wire.next().catch(() => undefined);
        if (frame === "2") wire.send("3");
      }
    },
  },
  {
    sentence: "Connection to a namespace: a client MAY be in several namespaces over one WebSocket",
    async check(wires) {
      const wire = await wires.connected();
      wire.send("40/custom,");
      await wire.match(/^40\/custom,\{"sid":"[^"]+"\}$/);
      await wire.expect('42/custom,["auth",{}]');
      wire.send('42/custom,["message",1]', '42["message",2]');
      await wire.expect('42/custom,["message-back",1]', '42["message-back",2]');
    },
  },
  {
    sentence: "Connection to a namespace: the payload of CONNECT reaches the server",
    async check(wires) {
      const wire = await wires.handshaken();
      wire.send('40{"token":"123"}');
      await wire.match(/^40\{"sid"/);
      await wire.expect('42["auth",{"token":"123"}]');
      wire.send('40/custom,{"token":"abc"}');
      await wire.match(/^40\/custom,\{"sid"/);
      await wire.expect('42/custom,["auth",{"token":"abc"}]');
    },
  },
  {
    sentence:
      "Connection to a namespace: the payload of CONNECT is an object; another closes the connection",
    async check(wires) {
      for (const payload of ["[]", '"a"', "true", "{", "null"]) {
        const wire = await wires.handshaken();
        wire.send(`40${payload}`);
        await wire.closed();
      }
    },
  },
  {
    sentence: "Connection to a namespace: a second CONNECT to the same one closes the connection",
    async check(wires) {
      const wire = await wires.connected();
      wire.send("40");
      await wire.closed();
    },
  },
  {
    sentence: "Sending and receiving data: events in both directions",
    async check(wires) {
      const wire = await wires.connected();
      wire.send('42["message",1,"2",{"3":[true,null]}]');
      await wire.expect('42["message-back",1,"2",{"3":[true,null]}]');
    },
  },
  {
    sentence:
      "Sending and receiving data: the payload MUST be a non-empty array, else the receiver MUST close the connection",
    async check(wires) {
      for (const payload of [
        "{}",
        "[]",
        '"message"',
        "true",
        "null",
        "[{}]",
        "[null]",
        "[",
        "abc",
      ]) {
        const wire = await wires.connected();
        wire.send(`42${payload}`);
        await wire.closed();
      }
    },
  },
  {
    sentence: "Sending and receiving data: an event without any payload reaches nobody",
    async check(wires) {
      // The document calls the payload mandatory; the reference implementation lets such a packet
      // pass, and so does Dormouse.
      const wire = await wires.connected();
      wire.send("42");
      await wire.isQuiet();
    },
  },
  {
    sentence: "Sending and receiving data: binary data, in the order of the placeholders",
    async check(wires) {
      const wire = await wires.connected();
      wire.send(`451-["message",${PLACEHOLDER}]`, Buffer.of(1, 2, 3, 4));
      await wire.expect(`451-["message-back",${PLACEHOLDER}]`, Buffer.of(1, 2, 3, 4));
      wire.send(
        `452-["message",${PLACEHOLDER},"between",${SECOND_PLACEHOLDER}]`,
        Buffer.of(1, 2),
        Buffer.of(3, 4),
      );
      await wire.expect(
        `452-["message-back",${PLACEHOLDER},"between",${SECOND_PLACEHOLDER}]`,
        Buffer.of(1, 2),
        Buffer.of(3, 4),
      );
    },
  },
  {
    sentence: "Sending and receiving data: attachments follow their packet at once",
    async check(wires) {
      const [unannounced, interrupted] = [await wires.connected(), await wires.connected()];
      unannounced.send(Buffer.of(1));
      await unannounced.closed();
      interrupted.send(`451-["message",${PLACEHOLDER}]`, '42["message"]');
      await interrupted.closed();
    },
  },
  {
    sentence:
      "Acknowledgement: the receiver MUST respond with an ACK packet with the same event ID",
    async check(wires) {
      const wire = await wires.connected();
      for (const id of ["0", "12", "456", "9007199254740991"]) {
        wire.send(`42${id}["message-with-ack",1,"2",{"3":[false]}]`);
        await wire.expect(`43${id}[1,"2",{"3":[false]}]`);
      }
    },
  },
  {
    sentence: "Acknowledgement: the payload is an array, possibly empty",
    async check(wires) {
      const wire = await wires.connected();
      wire.send('4212["message-with-ack"]');
      await wire.expect("4312[]");
      for (const payload of ["{}", '"a"', "true"]) {
        const faulty = await wires.connected();
        faulty.send(`430${payload}`);
        await faulty.closed();
      }
    },
  },
  {
    sentence: "Acknowledgement: with a custom namespace",
    async check(wires) {
      const wire = await wires.connected();
      wire.send("40/custom,");
      await wire.match(/^40\/custom,/);
      await wire.expect('42/custom,["auth",{}]');
      wire.send('42/custom,13["message-with-ack","bar"]');
      await wire.expect('43/custom,13["bar"]');
    },
  },
  {
    sentence: "Acknowledgement: with binary data, both ways",
    async check(wires) {
      const wire = await wires.connected();
      wire.send(`451-14["message-with-ack","foo",${PLACEHOLDER}]`, Buffer.of(1, 2, 3, 4));
      await wire.expect(`461-14["foo",${PLACEHOLDER}]`, Buffer.of(1, 2, 3, 4));
      wire.send('42["ask me","foo"]');
      const [id] = await wire.match(/^42(\d+)\["question","foo"\]$/);
      wire.send(`461-${id}["bar",${PLACEHOLDER}]`, Buffer.of(5, 6));
      await wire.expect(`451-["answered","bar",${PLACEHOLDER}]`, Buffer.of(5, 6));
    },
  },
  {
    sentence: "Acknowledgement: the server asks, too; an answer to nothing is ignored",
    async check(wires) {
      const wire = await wires.connected();
      wire.send('42["ask me",1]');
      const [id] = await wire.match(/^42(\d+)\["question",1\]$/);
      wire.send(`43${id}["yes"]`);
      await wire.expect('42["answered","yes"]');
      wire.send(`43${id}["again"]`, '43999["nobody asked"]');
      await wire.isQuiet();
    },
  },
  {
    sentence:
      "Disconnection from a namespace: no response is expected, and the connection MAY be kept for another",
    async check(wires) {
      const wire = await wires.connected();
      wire.send("40/custom,");
      await wire.match(/^40\/custom,/);
      await wire.expect('42/custom,["auth",{}]');
      wire.send("41/custom,");
      await wire.isQuiet();
      wire.send("40/custom,");
      await wire.match(/^40\/custom,/);
    },
  },
  {
    sentence: "Disconnection from a namespace: by the server",
    async check(wires) {
      const wire = await wires.connected();
      wire.send('42["end me"]');
      await wire.expect("41");
      // Nothing may be sent there any more, but it can be joined again.
      wire.send("40");
      await wire.match(/^40\{"sid"/);
    },
  },
  {
    sentence: "Disconnection from a namespace: what is sent there afterwards closes the connection",
    async check(wires) {
      const wire = await wires.connected();
      wire.send("41", '42["message"]');
      await wire.closed();
    },
  },
  {
    sentence: "Packet encoding: packet types are 0 to 6; another closes the connection",
    async check(wires) {
      for (const frame of ["47", "49x", "4a", "4"]) {
        const wire = await wires.connected();
        wire.send(frame);
        await wire.closed();
      }
    },
  },
  {
    sentence: "Packet encoding: the namespace is only included if it is not the main one",
    async check(wires) {
      const wire = await wires.handshaken();
      // A client may write it all the same.
      wire.send('40/,{"token":"1"}');
      await wire.match(/^40\{"sid":"[^"]+"\}$/);
      await wire.expect('42["auth",{"token":"1"}]');
      wire.send('42/,7["message-with-ack",1]');
      await wire.expect("437[1]");
    },
  },
  {
    sentence: "Packet encoding: the namespace is delimited by a comma and MUST NOT contain one",
    async check(wires) {
      const wire = await wires.handshaken();
      wire.send('40/unknown,{"a":1}');
      await wire.expect('44/unknown,{"message":"Invalid namespace"}');
      wire.send("40/with,comma,");
      await wire.closed();
    },
  },
  {
    sentence: "Packet encoding: the number of attachments is a digit or more, before a dash",
    async check(wires) {
      for (const head of ["45", "45-", "450-", "45x-", "451", "4511-", "45-1-"]) {
        const wire = await wires.connected();
        wire.send(`${head}["message",${PLACEHOLDER}]`);
        await wire.closed();
      }
    },
  },
  {
    sentence: "Packet encoding: a placeholder names an attachment that is there",
    async check(wires) {
      for (const num of ["1", "-1", '"0"', "null", "0.5"]) {
        const wire = await wires.connected();
        wire.send(`451-["message",{"_placeholder":true,"num":${num}}]`, Buffer.of(1));
        await wire.closed();
      }
    },
  },
  {
    sentence: "Sample session: the frames after the upgrade",
    async check(wires) {
      const wire = await wires.connected();
      wire.send('42["message","hello"]', '42["message","world"]', "40/custom,");
      await wire.expect('42["message-back","hello"]', '42["message-back","world"]');
      await wire.match(/^40\/custom,\{"sid":"[^"]+"\}$/);
      await wire.expect('42/custom,["auth",{}]');
      wire.send('42/custom,1["message-with-ack","tellme"]');
      await wire.expect('43/custom,1["tellme"]');
    },
  },
  {
    sentence: "Difference between v5 and v4: no implicit connection to the main namespace",
    async check(wires) {
      const wire = await wires.handshaken();
      wire.send("40/custom,");
      await wire.match(/^40\/custom,/);
      await wire.expect('42/custom,["auth",{}]');
      wire.send('42["message"]');
      await wire.closed();
    },
  },
  {
    sentence:
      "Difference between v5 and v4: the socket's ID is another than that of the Engine.IO session",
    async check(wires) {
      const wire = wires.open();
      const [engine] = await wire.match(/^0\{"sid":"([^"]+)"/);
      wire.send("40");
      const [socket] = await wire.match(/^40\{"sid":"([^"]+)"\}$/);
      assert.notEqual(engine, socket);
    },
  },
];
