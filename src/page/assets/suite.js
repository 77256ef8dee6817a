/* SPDX-License-Identifier: BSD-2-Clause */
/* Many scripts: a square for each, by section, and each with its ladder. */
"use strict";
tcpcraft.kind("suite", (stage, cases) => {
	const { el } = tcpcraft;
	const section = (c) => c.case.includes("/") ? c.case.replace(/\/[^/]*$/, "") : "";
	const rows = new Map();
	/* What went wrong first is seen at once. */
	const worst = cases.findIndex((c) => /^(fail|error)$/.test(c.verdict));
	const card = (c, i) => el("details", { id: `case-${i}`, class: `case ${c.verdict}`,
					       open: i === worst },
		el("summary", {}, el("b", {}, c.verdict), " ", c.case,
		   c.class ? ` (${c.class})` : ""),
		c.sound && el("p", {}, c.sound, c.clause ? ` (${c.clause})` : ""),
		c.why && el("p", { class: "why" }, c.why),
		c.expected && el("p", {}, el("code", {}, `expected ${c.expected}`)),
		c.seen && el("p", {}, el("code", {}, `seen ${c.seen_ours ? "<" : ">"} ${c.seen}`)),
		c.ladder && el("pre", {}, c.ladder));
	const square = (c, i) => el("a", { href: `#case-${i}`, class: c.verdict,
		title: `${c.case}: ${c.verdict}`, "aria-label": `${c.case}: ${c.verdict}`,
		onclick: () => { document.getElementById(`case-${i}`).open = true; } });

	cases.forEach((c, i) => {
		if (!rows.has(section(c)))
			rows.set(section(c), []);
		rows.get(section(c)).push(square(c, i));
	});
	stage.append(
		el("table", { class: "suite" }, [...rows].map(([name, squares]) =>
			el("tr", {}, el("th", { scope: "row" }, name || "scripts"),
			   el("td", {}, squares),
			   el("td", {}, `${squares.filter((s) =>
				s.classList.contains("pass")).length} of ${squares.length} pass`)))),
		...cases.map(card));
});
