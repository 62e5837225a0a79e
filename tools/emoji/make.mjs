// Makes public/emoji-en.txt and public/emoji-fr.txt, what the emoji picker knows: `node make.mjs`, after
// `npm install --no-save emojibase-data@17.0.0 cldr-annotations-full@48.2.0 cldr-annotations-derived-full@48.2.0` in this folder.
// Order, groups and skin tones are those of Unicode's emoji-test.txt as emojibase gives them, names and words to search by are CLDR's.
//
// A line is an emoji, a tab, its name, a tab, further words. A `+` behind the emoji: it has skin tones. `=` and a number begin a group.

import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";

const require = createRequire(import.meta.url);
// Newer ones are not in the fonts of most devices yet.
const NEWEST = 15.1;
const COMPONENTS = 2;
const TONES = ["🏻", "🏼", "🏽", "🏾", "🏿"];
// Nobody searches by these.
const FILLERS = new Set("a an and at for in is it of on or the to with | a au aux avec dans de des du elle en et il l la le les ou par pour qui se sur un une".split(" "));
// Words beyond these are mostly of the moment.
const MOST = 9;
const HEAD = "# Names and words: Unicode CLDR 48. Copyright © 2004-2026 Unicode, Inc. Unicode-3.0, see license-emoji.txt.\n";

// emojibase asks for the look of a picture also where that is the only one.
const sign = (emoji) => emoji.replace(/(\p{Emoji_Presentation})\uFE0F/gu, "$1");
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
// As src/ui/emoji/data.rs does it: a tone stands behind the first picture and further people, instead of their style.
const toned = (emoji, tone) => emoji.replace(/(^.|[🧑👨👩])\uFE0F?/gu, `$1${tone}`);

function uniform(entry) {
  const skins = (entry.skins ?? []).filter((skin) => typeof skin.tone === "number");
  return TONES.every((tone, at) => skins.some((skin) => skin.tone === at + 1 && sign(skin.emoji) === toned(sign(entry.emoji), tone)));
}

function words(language) {
  const load = (kind) => require(`cldr-annotations${kind}-full/annotations${kind === "" ? "" : "Derived"}/${language}/annotations.json`);
  const all = { ...load("-derived").annotationsDerived.annotations, ...load("").annotations.annotations };
  return (emoji) => all[emoji.replaceAll("\uFE0F", "")] ?? all[emoji];
}

for (const language of ["en", "fr"]) {
  const find = words(language);
  let file = HEAD;
  let group;
  for (const entry of require("emojibase-data/en/data.json").sort((one, other) => one.order - other.order)) {
    if (entry.group === undefined || entry.group === COMPONENTS || entry.version > NEWEST) continue;
    const known = find(entry.emoji);
    if (known === undefined) throw new Error(`${language} has no words for ${entry.emoji} ${entry.label}`);
    if (entry.group !== group) file += `=${(group = entry.group)}\n`;
    const name = known.tts[0];
    const named = new Set(plain(name).split(/[^\p{L}\p{N}]+/u));
    const further = new Set((known.default ?? []).flatMap((word) => plain(word).split(/[\s,|:]+/)).filter((word) => word.length > 1 && !named.has(word) && !FILLERS.has(word)));
    const takes = entry.skins !== undefined && uniform(entry);
    if (entry.skins !== undefined && !takes) console.log(`without tones: ${entry.emoji} ${entry.label}`);
    file += `${sign(entry.emoji)}${takes ? "+" : ""}\t${name}\t${[...further].slice(0, MOST).join(" ")}\n`;
  }
  writeFileSync(new URL(`../../public/emoji-${language}.txt`, import.meta.url), file);
}
