/** A finished piece of SVG markup. */
export type Markup = string;

type Attributes = Readonly<Record<string, string | number>>;

/** An element with attributes and finished children; attribute values are escaped. */
export function element(name: string, attributes: Attributes, ...children: Markup[]): Markup {
  const list = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escapeText(attributeValue(value))}"`)
    .join("");
  return children.length === 0
    ? `<${name}${list}/>`
    : `<${name}${list}>${children.join("")}</${name}>`;
}

/** A `text` element with plain content. */
export function text(content: string, attributes: Attributes): Markup {
  return element("text", attributes, escapeText(content));
}

/** A whole drawing of the given size with a style sheet; `label` is its text for screen readers. */
export function drawing(
  size: { readonly width: number; readonly height: number },
  label: string,
  style: string,
  children: readonly Markup[],
): string {
  const { width, height } = size;
  const root = element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: "img",
      "aria-label": label,
    },
    `\n<style>${style}</style>\n`,
    ...children.map((child) => `${child}\n`),
  );
  return `${root}\n`;
}

function attributeValue(value: string | number): string {
  return typeof value === "number" ? String(Math.round(value * 10) / 10) : value;
}

function escapeText(content: string): string {
  return content
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
