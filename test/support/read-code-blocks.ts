export type CodeBlock = {
  /** What stands behind the fence: `ts`, `text`, `sh`. */
  readonly language: string;
  readonly text: string;
  /** The nearest heading above, without its marks. */
  readonly heading: string;
  /** The `text` block that follows with nothing but an empty line between: what the code prints. */
  readonly output: string | undefined;
};

/** The fenced code blocks of a Markdown file, in order. */
export function readCodeBlocks(markdown: string): readonly CodeBlock[] {
  const pattern =
    /^#+ (?<heading>[^\n]+)$|^```(?<language>\w*)\n(?<text>.*?)^```$(?=(?:\n\n```text\n(?<output>.*?)^```$)?)/gms;
  let heading = "";
  return Array.from(markdown.matchAll(pattern)).flatMap(({ groups = {} }) => {
    heading = groups.heading ?? heading;
    const { language, text, output } = groups;
    return language === undefined || text === undefined ? [] : [{ language, text, heading, output }];
  });
}
