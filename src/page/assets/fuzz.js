/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A campaign of the fuzzer: what came of each field, by segment and class of values, as a
 * table of colours; and what was found.
 */
(() => {
	const { el, many } = tcpcraft;
	/* From well answered to not at all. */
	const shade = { "reply": "good", "bad-reply": "odd", "closed": "ended", "reset": "reset",
			"refused": "reset", "unreachable": "reset", "silent": "silent",
			"unacked": "silent", "no-answer": "silent", "not-carried": "none" };
	const segment_names = { syn: "SYN", ack: "third of the handshake", data: "data", fin: "FIN",
				any: "two at once" };

	const total = (reactions) => Object.values(reactions).reduce((a, b) => a + b, 0);
	const by_number = (reactions) => Object.entries(reactions).sort((a, b) => b[1] - a[1]);

	/* The most frequent gives the colour, several a stripe each. */
	function paint(reactions) {
		const all = total(reactions);
		let at = 0;

		return by_number(reactions).map(([name, n]) => {
			const from = at;

			at += 100 * n / all;
			return `var(--heat-${shade[name] || "none"}) ${from}% ${at}%`;
		}).join(", ");
	}

	function cell(row) {
		if (!row)
			return el("td", { class: "empty" });
		const words = by_number(row.reactions).map(([name, n]) => `${name} ${n}`).join(", ");
		const td = el("td", { tabindex: 0, title: words,
				      "aria-label": `${row.field} ${row.class}: ${words}` },
			      by_number(row.reactions)[0][0]);

		td.style.background = `linear-gradient(90deg, ${paint(row.reactions)})`;
		return td;
	}

	function table(rows, segment) {
		const mine = rows.filter((r) => r.segment === segment);
		const fields = [...new Set(mine.map((r) => r.field))];
		const classes = [...new Set(mine.map((r) => r.class))].sort();
		const find = (f, c) => mine.find((r) => r.field === f && r.class === c);

		return el("figure", { class: "heat" },
			  el("figcaption", {}, segment_names[segment] || segment),
			  el("div", { class: "scroll" }, el("table", {},
			     el("thead", {}, el("tr", {}, el("th"), classes.map((c) => el("th", {}, c)))),
			     el("tbody", {}, fields.map((f) => el("tr", {}, el("th", {}, f),
				classes.map((c) => cell(find(f, c)))))))));
	}

	function heat(stage, data) {
		const rows = data.rows, all = {};
		const segments = ["syn", "ack", "data", "fin", "any"]
			.filter((s) => rows.some((r) => r.segment === s));

		for (const r of rows)
			for (const [name, n] of Object.entries(r.reactions))
				all[name] = (all[name] || 0) + n;
		stage.append(el("p", { class: "reactions" }, by_number(all).map(([name, n]) => {
			const dot = el("i");

			dot.style.background = `var(--heat-${shade[name] || "none"})`;
			return el("span", {}, dot, `${name} ${n.toLocaleString("en")}`);
		})), ...segments.map((s) => table(rows, s)));
	}

	/* What there is, on top of the page: how many of each kind, and the way to each. */
	const found = [];

	function overview() {
		const main = document.querySelector("main");
		const old = main.querySelector(".overview");
		const kinds = new Map();

		for (const { f } of found)
			kinds.set(f.kind, (kinds.get(f.kind) || 0) + 1);
		const counts = found.length ? [...kinds].map(([kind, n]) =>
			el("span", { class: `found ${kind}` }, `${kind} ${n}`)) :
			[el("span", { class: "found novel" }, "no finding")];
		const ways = found.map(({ f, id }) => el("li", {},
			el("a", { href: `#${id}` }, `${f.kind}, case ${f.case}`),
			` ${f.why}`));
		const now = el("nav", { class: "overview", "aria-label": "findings" },
			       el("p", {}, counts), ways.length > 0 && el("ol", {}, ways));

		if (old)
			old.replaceWith(now);
		else
			main.prepend(now);
	}

	function finding(stage, f) {
		const section = stage.closest("section");

		section.id = `finding-${found.length + 1}`;
		found.push({ f, id: section.id });
		overview();
		stage.append(el("p", {}, el("b", { class: "found " + f.kind }, f.kind),
				` case ${f.case}: ${f.why}`,
				f.times > 1 ? el("span", { class: "dim" },
						 `, ${many(f.times, "time")}`) : null),
			     el("pre", { class: "command" }, f.command),
			     f.ladders && el("pre", { class: "beside" }, f.ladders));
		if (f.runs > 1)
			stage.append(el("p", { class: "dim" },
					"Only repetition triggers it: the server " +
					"fails after this many cases."));
	}

	tcpcraft.kind("heat", (stage, data) => {
		heat(stage, data);
		overview();
	});
	tcpcraft.kind("finding", finding);
})();
