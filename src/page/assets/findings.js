/* SPDX-License-Identifier: BSD-2-Clause */
/* What was found step by step, each with its numbers, and the commands to try next. */
"use strict";
tcpcraft.kind("findings", (stage, lines) => {
	const { el } = tcpcraft;
	const result = lines.find((l) => l.type === "result");
	const card = (f) => el("div", { class: "finding" },
		el("h3", {}, f.experiment, " ", el("b", {}, f.verdict)),
		el("p", {}, f.sentence),
		f.numbers && el("table", {}, Object.entries(f.numbers).map(([name, value]) =>
			el("tr", {}, el("th", { scope: "row" }, name.replaceAll("_", " ")),
			   el("td", {}, String(value))))));

	if (result && result.next)
		stage.append(el("div", { class: "finding next" }, el("h3", {}, "Next, to copy"),
			result.next.map((n) => [el("p", {}, n.why), el("pre", {}, n.command)])));
	stage.append(...lines.filter((l) => l.experiment && l.verdict !== "not-asked").map(card));
});
