"""What a machine can see of how a page looks: words of another language, words in single letters, what is cut off or laid over."""

# the texts of a page that are read as prose: not code, not what only a machine or a screen reader meets, not the drawn charts
LOOKS = r"""() => {
    const wrong = new Set(), chinese = document.documentElement.lang.startsWith("zh");
    const told = (fault, element, text) => wrong.add(`${fault}: <${element.tagName.toLowerCase()}> ${text.trim().slice(0, 60)}`);
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node; (node = texts.nextNode());) {
        const text = node.textContent.trim(), element = node.parentElement;
        if (!text || element.closest("script, style, symbol, code, pre, .chart, .hidden-visually, .trap, .skip, noscript")) continue;
        if (element.getBoundingClientRect().width <= 1) continue;  // for readers of the screen only
        const marked = element.closest("[lang]").lang.startsWith("zh");
        if (marked && /[A-Za-z]{3,}[,;:.)]?\s+(?:[A-Za-z]{1,2}\s+)?\(?[A-Za-z]{3,}/.test(text)) told("English", element, text);
        if (!marked && /[\u3400-\u9fff]/.test(text)) told("Chinese", element, text);
        const head = element.closest("thead");  // on a phone it is there for screen readers only
        if (!element.checkVisibility({visibilityProperty: true}) || head && getComputedStyle(head).position === "absolute") continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        const lines = new Set([...range.getClientRects()].map(box => Math.round(box.top))).size;
        if (lines > 3 && text.length / lines < 2.6) told("in single letters", element, text);
        const frame = element.closest("td, th, .rail a, .bottom a")?.getBoundingClientRect(), written = range.getBoundingClientRect();
        if (frame && (written.right > frame.right + 3 || written.left < frame.left - 3)) told("sticks out of its cell", element, text);
        const look = getComputedStyle(element);
        const hides = ["hidden", "clip"].includes(look.overflowX) && look.textOverflow !== "ellipsis";
        if (hides && element.scrollWidth > element.clientWidth + 2) told("cut off", element, text);
    }
    for (const table of document.querySelectorAll("main table"))
        if (!table.tHead?.textContent.trim()) told("table without a head", table, table.textContent);
    for (const figure of document.querySelectorAll("figure.figure"))
        if (!figure.querySelector("figcaption :is(h2, h3)")?.textContent.trim() || figure.dataset.chart && !figure.querySelector(".facts li"))
            told("figure without a title or a unit", figure, figure.id);
    for (const drawn of document.querySelectorAll(".chart svg")) {
        const frame = drawn.getBoundingClientRect();
        const labels = [...drawn.querySelectorAll("text")].filter(label => label.textContent.trim())
            .map(label => [label.textContent, label.getBoundingClientRect(), label]);
        labels.forEach(([text, box, label], at) => {
            if (box.left < frame.left - 2 || box.right > frame.right + 2) told("label outside its chart", label, text);
            for (const [other, more] of labels.slice(at + 1)) {
                const across = Math.min(box.right, more.right) - Math.max(box.left, more.left);
                const down = Math.min(box.bottom, more.bottom) - Math.max(box.top, more.top);
                if (across > 3 && down > 4) told("label over another", label, `${text} / ${other}`);
            }
        });
    }
    return [...wrong]; }"""
