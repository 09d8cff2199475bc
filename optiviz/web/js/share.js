/** Share panel: scene, Python, framework code, picture and link. */

import { LONGEST_ADDRESS, addressOf } from "./address_text.js";
import { FRAMEWORKS } from "./as_frameworks.js";
import { pythonLines } from "./as_python.js";
import { tomlLines, writesProblem } from "./as_toml.js";
import { isChanged, sharedRuns } from "./changes.js";
import { button, choiceRow, copyText, saveFile } from "./controls.js";
import { frameworkLines } from "./framework_code.js";
import { make } from "./layout.js";
import { saveGif, savePicture } from "./save_picture.js";

const TABS = [["scene", "Scene"], ["python", "Python"], ["torch", "torch"], ["picture", "Picture"]];
const SAID_FOR = 2000; // ms that a button tells what it did

/**
 * Fill the panel once; it shows itself while `panel` is "share".
 * @param {HTMLElement} root where it is drawn
 * @param {import("./store.js").Store} store
 * @returns {void}
 */
export function mountShare(root, store) {
  root.classList.add("share");
  const parts = shareParts();
  const view = { tab: "scene", framework: "torch" };
  root.append(make("h2", {}, ["Share"]), parts.tabs, parts.frameworks, parts.code, parts.picture,
    parts.buttons, parts.note, parts.link);
  const tabs = choiceRow(parts.tabs, "tab", (name) => { view.tab = name; show(); });
  const frameworks = choiceRow(parts.frameworks, "radio", (name) => { view.framework = name; show(); });
  const copy = button(["Copy"], () => copyShown(), { class: "filled copy" });
  const save = button(["Save"], () => saveShown(), { class: "outlined" });
  const png = button(["Save PNG"], () => savePicture(store), { class: "filled" });
  const link = button(["Link"], () => copyLink(), { class: "outlined" });
  parts.buttons.append(copy, save);
  const about = "The stage as it is now: map, paths, names and title, in twice the pixels.";
  const gif = button(["Save GIF"], async () => {
    gif.disabled = true;
    await saveGif(store, (words) => { gif.textContent = words; });
    gif.textContent = "Save GIF";
    gif.disabled = false;
  }, { class: "outlined" });
  const motion = "The whole motion, in 60 frames of 640 pixels. The clip of optiviz render is smoother.";
  parts.picture.append(make("p", {}, [about]), png, make("p", {}, [motion]), gif);
  parts.link.append(parts.address, link);
  let text = "";
  let shownText = "";

  function show() {
    const { state } = store;
    const reasons = frameworkReasons(state);
    tabs.show(TABS.map(([name, words]) => ({ name, inside: [words], label: name === "torch" && reasons.all
      ? reasons.all : undefined })), view.tab);
    parts.frameworks.hidden = view.tab !== "torch";
    frameworks.show(FRAMEWORKS.map((name) => ({ name, inside: [FRAMEWORK_WORDS[name]] })), view.framework);
    const { lines, note } = contentOf(state, view);
    text = lines.length > 0 ? `${lines.map((line) => line.text).join("\n")}\n` : "";
    parts.code.hidden = view.tab === "picture" || lines.length === 0;
    parts.picture.hidden = view.tab !== "picture";
    parts.buttons.hidden = parts.code.hidden;
    const made = lines.map(codeLine);
    parts.code.replaceChildren(...made);
    const first = made.find((line) => line.classList.contains("changed"));
    if (first && text !== shownText) parts.code.scrollTop = first.offsetTop - parts.code.offsetTop - 110;
    shownText = text;
    parts.note.textContent = note;
    copy.textContent = COPY_WORDS[view.tab] ?? "Copy";
    save.textContent = `Save ${EXTENSIONS[view.tab] ?? ""}`;
    const address = addressOf(state);
    const long = address.length > LONGEST_ADDRESS;
    parts.address.value = long ? "too long for a link, save the scene" : `#${address}`;
    link.disabled = long;
  }

  async function copyShown() {
    await tellCopy(copy, parts.code, text, `Copied, ${text.split("\n").length - 1} lines`);
  }
  async function copyLink() {
    const where = location.protocol === "about:" ? "" : location.href.split("#")[0];
    await tellCopy(link, parts.address, `${where}${parts.address.value}`, "Copied");
  }
  function saveShown() {
    const name = `${store.state.scene.name || "scene"}${EXTENSIONS[view.tab]}`;
    saveFile(name, new Blob([text], { type: "text/plain" }));
  }
  store.on(["panel", "changes", "start", "time", "race", "theme", "hidden", "only", "selected"], () => {
    if (store.state.panel === "share") show();
  });
  store.on(["copying"], () => {
    if (!store.state.copying) return;
    view.tab = "scene";
    show();
    if (store.state.copying.what === "link") copyLink();
    else copyShown();
  });
}

const FRAMEWORK_WORDS = { torch: "torch", keras: "Keras", optax: "optax" };
const COPY_WORDS = { scene: "Copy scene", python: "Copy Python", torch: "Copy code" };
const EXTENSIONS = { scene: ".toml", python: ".py", torch: ".py" };

function shareParts() {
  return {
    tabs: make("div", { class: "segmented", "aria-label": "What to share" }),
    frameworks: make("div", { class: "segmented slim", "aria-label": "Framework" }),
    code: make("pre", { class: "code", role: "region", tabindex: "0", "aria-label": "Text to copy" }),
    picture: make("div", { class: "picture" }),
    buttons: make("div", { class: "row" }),
    note: make("p", { class: "note" }),
    link: make("div", { class: "row link" }),
    address: make("input", { type: "text", readonly: "", "aria-label": "Link to this state" }),
  };
}

function codeLine({ text, changed }) {
  return make("span", changed ? { class: "line changed" } : { class: "line" }, [`${text}\n`]);
}

/** Lines of a tab, and the sentence below them. */
function contentOf(state, { tab, framework }) {
  if (tab === "picture") return { lines: [], note: "" };
  if (tab === "python") return { lines: pythonLines(state), note: "Plays the same race, to the last bit." };
  if (tab === "torch") {
    const { lines, reasons } = frameworkLines(state, framework);
    return { lines, note: reasons.join(". ") };
  }
  const bent = sharedRuns(state.scene, state.changes)
    .filter((run) => run.rates && !state.changes?.runs?.[run.label] && !run.schedule);
  if (bent.length > 0) {
    const words = "has a schedule of its own, of which this is the first rate: use the scene's own file.";
    return { lines: tomlLines(state), note: `${bent.map((run) => run.label).join(", ")} ${words}` };
  }
  const count = Object.keys(state.changes?.runs ?? {}).length;
  const words = { 0: "", 1: "One run changed, marked. " }[count] ?? `${count} runs changed, marked. `;
  const other = isChanged(state) && count === 0 ? "Changed lines are marked. " : "";
  const use = writesProblem(state.scene)
    ? "optiviz render gives the same paths."
    : `The data are not in the page: these runs belong into ${state.scene.name || "scene"}.toml.`;
  return { lines: tomlLines(state), note: `${words}${other}${use}` };
}

/** Why no framework has any rule of the scene; "" where one has. */
function frameworkReasons(state) {
  const found = FRAMEWORKS.map((name) => frameworkLines(state, name));
  const none = found.every(({ lines }) => lines.length === 0);
  return { all: none ? found[0].reasons.join(". ") : "" };
}

/** Copy, and say so in the button itself; where it is refused the text is selected for Ctrl C. */
async function tellCopy(at, source, text, done) {
  const words = at.textContent;
  const copied = await copyText(text);
  if (!copied) selectText(source);
  at.textContent = copied ? done : "Press Ctrl C";
  at.classList.add("told");
  setTimeout(() => {
    at.textContent = words;
    at.classList.remove("told");
  }, SAID_FOR);
}

function selectText(source) {
  source.focus();
  if (source.select) {
    source.select();
    return;
  }
  const range = document.createRange();
  range.selectNodeContents(source);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}
