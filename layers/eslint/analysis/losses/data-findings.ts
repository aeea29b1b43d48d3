/** What is lost of data that variables hold, and of what is made of it. */

import type { Flow } from "../walk/flow.ts";
import { latePropertiesOf } from "../walk/late-properties.ts";
import { staleCopiesOf } from "./data/copies.ts";
import { unkeptFallbacksOf } from "./data/fallbacks.ts";
import { heldChangesOf } from "./data/held-data.ts";
import { sharedDataOf } from "./data/shared-data.ts";
import { unkeptValuesOf } from "./data/unkept.ts";
import type { Finding } from "./finding.ts";
import { remadeValuesOf } from "./remade/remade.ts";

export function dataFindings(flow: Flow): Finding[] {
  return [
    ...heldDataFindings(flow),
    ...latePropertyFindings(flow),
    ...sharedDataFindings(flow),
    ...remadeFindings(flow),
    ...copyFindings(flow),
    ...fallbackFindings(flow),
    ...unkeptFindings(flow),
  ];
}

function heldDataFindings(flow: Flow): Finding[] {
  return heldChangesOf(flow).map(({ node, messageId, ...data }) => ({
    rule: "no-held-data",
    messageId,
    data,
    module: flow.root,
    node,
    entry: undefined,
  }));
}

function latePropertyFindings(flow: Flow): Finding[] {
  return latePropertiesOf(flow).map(({ name, isDetached, ...seen }) => ({
    ...seen,
    rule: "no-held-data",
    messageId: "property",
    data: { name, who: isDetached ? "what nobody waits for" : seen.context.name },
  }));
}

function sharedDataFindings(flow: Flow): Finding[] {
  return sharedDataOf(flow).map(({ node, ...data }) => ({
    rule: "no-held-data",
    messageId: "shared",
    data,
    module: flow.root,
    node,
    entry: undefined,
  }));
}

function remadeFindings(flow: Flow): Finding[] {
  return remadeValuesOf(flow).map(({ node, name, source, home }) => ({
    rule: "no-remade-values",
    messageId: home,
    data: { name, source },
    module: flow.root,
    node,
    entry: undefined,
  }));
}

function fallbackFindings(flow: Flow): Finding[] {
  return unkeptFallbacksOf(flow).map(({ node, name, source }) => ({
    rule: "no-state-in-variables",
    messageId: "fallback",
    data: { name, source },
    module: flow.root,
    node,
    entry: undefined,
  }));
}

function copyFindings(flow: Flow): Finding[] {
  return staleCopiesOf(flow).map(({ node, name, source, home, isDerived }) => ({
    rule: "no-remade-values",
    messageId: isDerived ? "derived" : "copy",
    data: { name, source, when: home === "setup" ? "wake" : "replay of the connection listener" },
    module: flow.root,
    node,
    entry: undefined,
  }));
}

function unkeptFindings(flow: Flow): Finding[] {
  return unkeptValuesOf(flow).map(({ node, messageId, ...data }) => ({
    rule: "no-unkept-values",
    messageId,
    data,
    module: flow.root,
    node,
    entry: undefined,
  }));
}
